/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules as text again, each thing written in one way only, whatever way it was
 * written in the file.  What is printed reads back as the same rules.
 */
#ifndef LUMBAR_RULES_RULE_PRINT_H
#define LUMBAR_RULES_RULE_PRINT_H

#include "base/buf.h"
#include "rules/rule_ast.h"

/* Adds CONDITION to OUT. */
void rule_print_condition(
    const struct rule_condition *condition, struct buf *out);

/* VERB as it is printed, plain ("in", "has word") and negated ("not in", "does
 * not have word"). */
const char *rule_print_verb(enum rule_verb verb);
const char *rule_print_negated_verb(enum rule_verb verb);

/* Adds "TEXT" to OUT, as a string of the language. */
void rule_print_string(struct span text, struct buf *out);

/* Adds TABLE[KEY].COLUMN to OUT. */
void rule_print_cell(const struct rule_cell *cell, struct buf *out);

/* Adds one of the actions of a rule to OUT. */
void rule_print_action(const struct rule_action *action, struct buf *out);

#endif
