/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rules a message can concern at all.
 *
 * Many rules begin with whom or where: "sender is X and ...", "any recipient
 * domain in { Y } and ...".  Such a test is the rule's guard: where it is
 * false so is the rule, whatever else there is, now and later.  The index
 * knows for each name the rules that it guards, so that a message visits only
 * those that its own names select and those without a guard.
 */
#ifndef LUMBAR_RULES_RULE_INDEX_H
#define LUMBAR_RULES_RULE_INDEX_H

#include "rules/rule_ast.h"
#include "rules/rule_facts.h"

struct rule_index;

/* The index of SET, which has been checked; lives in its pool. */
struct rule_index *rule_index_new(const struct rule_set *set);

/* Rules as bits by their index in the set; all zero at first. */
struct rule_candidates {
	const uint64_t *bits;
	size_t count; /* of rules */
	/* Those of them that can be true: an explanation has the others as
	 * candidates, too. */
	uint64_t *concerned;
};

/*
 * Sets *CANDIDATES to the rules that can have another value than false over
 * FACTS: of those "for each recipient" for RECIPIENT, of the others, where that
 * is RULE_NO_RECIPIENT, to be called once the envelope is complete.  Rules that
 * are off are left out.  What it needs lives in POOL, and is used again when it
 * is called again.
 * Facts that are traced have the rest of those rules as candidates as well.
 */
void rule_index_find(const struct rule_index *index, struct rule_facts *facts,
    long recipient, struct pool *pool, struct rule_candidates *candidates);

/* True if the daemon evaluates the rule of INDEX. */
bool rule_candidates_concern(
    const struct rule_candidates *candidates, size_t index);

/* The first candidate from FROM on, or the number of rules. */
size_t rule_candidates_next(
    const struct rule_candidates *candidates, size_t from);

#endif
