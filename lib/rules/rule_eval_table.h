/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables in the evaluation of rules.
 */
#ifndef LUMBAR_RULES_RULE_EVAL_TABLE_H
#define LUMBAR_RULES_RULE_EVAL_TABLE_H

#include "rules/rule_values.h"

struct rule_rows {
	size_t *items;
	size_t count;
};

/* The rows of TABLE for KEYS, the values of a fact. */
struct rule_rows rule_rows_find(struct rule_eval *eval,
    const struct rule_table *table, const struct rule_values *keys);

/* Adds to *VALUES what the column of CELL has in the rows of its key. */
void rule_cell_values(struct rule_eval *eval, const struct rule_cell *cell,
    struct rule_values *values);

/* The value of TEST, whose operand is a column, without its negation, over
 * VALUES of its fact. */
enum rule_value rule_evaluate_cell(struct rule_eval *eval,
    const struct rule_test *test, const struct rule_values *values);

#endif
