/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one gate through which every text, and every needle that is looked for
 * in it, passes before they are compared.  Normalisation (NFKC, invisible
 * characters dropped, digits as ASCII) has its place here and nowhere else.
 */
#ifndef LUMBAR_RULES_RULE_TEXT_H
#define LUMBAR_RULES_RULE_TEXT_H

#include "base/pool.h"
#include "base/span.h"

/* TEXT as it is matched: in POOL, or borrowed where nothing changed. */
struct span rule_text_subject(struct span text, struct pool *pool);

/* NEEDLE, which a rule names, in the same form. */
struct span rule_text_needle(struct span needle, struct pool *pool);

#endif
