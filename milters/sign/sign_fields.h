/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which header fields a signature may be over (RFC 6376 section 5.4): those
 * that do not change on the way.
 */
#ifndef LUMBAR_MILTERS_SIGN_FIELDS_H
#define LUMBAR_MILTERS_SIGN_FIELDS_H

#include "base/err.h"

/* Each: 0 if fields called TEXT may be signed in this way, or -1 with *ERR
 * (ERR_CONFIG) saying why not and what to do. */

/* As many as there are. */
int sign_fields_check(const char *text, struct err *err);

/* One more than there are, where there is one. */
int sign_fields_check_oversign_present(const char *text, struct err *err);

/* One more than there are, be there none. */
int sign_fields_check_oversign(const char *text, struct err *err);

#endif
