/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values that a fact has for a message, be there none, one or many.
 */
#ifndef LUMBAR_RULES_RULE_VALUES_H
#define LUMBAR_RULES_RULE_VALUES_H

#include "rules/rule_eval.h"

struct rule_values {
	struct span *items;
	size_t count;
	struct span one; /* where ITEMS points if there is but one */
};

/* Sets *VALUES, which must not move, to the texts of TEST's fact.  For facts
 * that are no text, see rule_eval_test.c; for content, rule_texts.h. */
void rule_values_get(struct rule_eval *eval, const struct rule_test *test,
    struct rule_values *values);

/* Adds VALUE to *VALUES, which must not move; the array grows in POOL. */
void rule_values_add(
    struct pool *pool, struct rule_values *values, struct span value);
/* The value of HEADER, one of the message's, decoded once for all rules. */
struct span rule_header_text(
    struct rule_facts *facts, const struct header *header);

/* The same for any header, each time; in POOL. */
struct span rule_decode_header(
    struct pool *pool, const struct header *header);

/* True if DOMAIN of an address with LOCAL part is internal; never where the
 * MTA may find another address in LOCAL (address_local_routes). */
bool rule_is_internal(const struct rule_facts *facts, struct span local,
    struct span domain);

#endif
