/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what was parsed to what can be evaluated: names resolved, operands
 * compiled, stages computed, and whatever contradicts the rules of the
 * language reported.
 */
#ifndef LUMBAR_FORMATS_RULE_CHECK_H
#define LUMBAR_FORMATS_RULE_CHECK_H

#include "base/text_map.h"
#include "formats/rule_error.h"

/* The lists, conditions and rules of a set by name. */
struct rule_check {
	struct rule_set *set;
	struct rule_errors *errors;
	struct rule_list **lists; /* sorted */
	struct rule_define **defines;
	/* Of rule_set.directory, from its name to its index and one more. */
	struct text_map *attributes;
	struct text_map *groups;
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

/* Notes which groups LIST means. */
void rule_compile_members(
    const struct rule_check *check, struct rule_list *list);

/* Notes what TEST, which stands at PLACE, asks of the directory.  True if
 * nothing is left to be compiled. */
bool rule_compile_directory(const struct rule_check *check,
    struct rule_test *test, struct rule_place place);

/* Adds to *REACH what TEST, compiled, takes if it asks the directory. */
void rule_directory_reach(
    const struct rule_test *test, struct rule_reach *reach);

/* Compiles what TEST, which stands at PLACE, compares with. */
void rule_compile_test(const struct rule_check *check, struct rule_test *test,
    struct rule_place place);

#endif
