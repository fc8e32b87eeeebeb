/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what was parsed to what can be evaluated: names resolved, operands
 * compiled, stages computed, and whatever contradicts the rules of the
 * language reported.
 */
#ifndef LUMBAR_FORMATS_RULE_CHECK_H
#define LUMBAR_FORMATS_RULE_CHECK_H

#include "formats/rule_error.h"

/* The lists, conditions and rules of a set by name. */
struct rule_check {
	struct rule_set *set;
	struct rule_errors *errors;
	struct rule_list **lists; /* sorted */
	struct rule_define **defines;
	unsigned depth; /* of the condition being checked */
};

/* Checks and completes SET. */
void rule_check_set(struct rule_set *set, struct rule_errors *errors);

/* The list NAME, now used, or NULL. */
struct rule_list *rule_check_list(
    const struct rule_check *check, struct span name);

/* "; did you mean ...?" for a list's name that does not exist. */
struct span rule_check_list_suggestion(
    const struct rule_check *check, struct span name);

/* Compiles the items of LIST by its kind. */
void rule_compile_list(const struct rule_check *check, struct rule_list *list);

/* Compiles what TEST, which stands at PLACE, compares with. */
void rule_compile_test(const struct rule_check *check, struct rule_test *test,
    struct rule_place place);

#endif
