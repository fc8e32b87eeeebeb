/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains in other scripts than ASCII (RFC 5890): the one place that includes
 * libidn2.
 */
#ifndef LUMBAR_FORMATS_IDN_H
#define LUMBAR_FORMATS_IDN_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

enum { IDN_TEXT_MAX = 1024 }; /* bytes of a domain that is looked at */

/*
 * DOMAIN with its U-labels as A-labels, "xn--...", and its letters in lower
 * case: the form that DNS and the tags of a DKIM signature want.  What is all
 * ASCII is only put in lower case, whatever it is.  UTF-8 is mapped by UTS #46
 * and must then be fit for IDNA 2008.  *ASCII is in POOL.  0, or -1 with *ERR
 * (ERR_INPUT).
 */
int idn_to_ascii(struct pool *pool, struct span domain, struct span *ascii,
    struct err *err);

#endif
