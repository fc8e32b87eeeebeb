/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tables say of the facts of a message.
 */
#include "rules/rule_eval_table.h"

static void
add_row(struct rule_eval *eval, struct rule_rows *rows, size_t row)
{
	rows->items = pool_grow(eval->facts->temporary, rows->items,
	    rows->count, sizeof(*rows->items));
	rows->items[rows->count++] = row;
}

struct rule_rows
rule_rows_find(struct rule_eval *eval, const struct rule_table *table,
    const struct rule_values *keys)
{
	struct rule_rows rows = { .count = 0 };
	size_t row;

	for (size_t i = 0; i < keys->count; i++)
		if (rule_table_find(table, keys->items[i],
			&eval->facts->connection->client,
			eval->facts->temporary, &row))
			add_row(eval, &rows, row);
	return rows;
}

/* The rows of the table of CELL for its key, which is known. */
static struct rule_rows
rows_of(struct rule_eval *eval, const struct rule_cell *cell)
{
	struct rule_values keys;

	rule_values_get(eval, cell->key, &keys);
	return rule_rows_find(eval, cell->table, &keys);
}

void
rule_cell_values(struct rule_eval *eval, const struct rule_cell *cell,
    struct rule_values *values)
{
	struct rule_rows rows = rows_of(eval, cell);
	size_t column = (size_t)(cell->column - cell->table->columns) + 1;

	for (size_t i = 0; i < rows.count; i++) {
		struct span rest =
		    rule_table_field(cell->table, rows.items[i], column)
			->value;
		struct span value;

		while (rule_table_next_value(&rest, &value))
			rule_values_add(
			    eval->facts->temporary, values, value);
	}
}

/* TEST against the text of its column, which is known only now. */
static enum rule_value
test_text(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values)
{
	struct rule_test bound = *test;
	struct rule_matchers matchers = { .first = NULL };
	struct rule_values wanted = { .count = 0 };
	struct rule_matcher *matcher =
	    rule_matcher_new(&matchers, eval->facts->temporary);
	enum rule_value value = RULE_FALSE;

	rule_cell_values(eval, test->operand.cell, &wanted);
	for (size_t i = 0; i < wanted.count; i++)
		if (rule_matcher_add(matcher, wanted.items[i], NEEDLE_WHOLE,
			&eval->fault) < 0)
			value = RULE_FAILED;
	bound.operand.cell = NULL;
	bound.operand.matcher = matcher;
	if (value != RULE_FAILED && wanted.count > 0)
		value = rule_evaluate_values(eval, &bound, values);
	rule_matchers_free(&matchers);
	return value;
}

enum rule_value
rule_evaluate_cell(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values)
{
	const struct rule_cell *cell = test->operand.cell;
	const struct rule_column *column = cell->column;
	struct rule_test bound = *test;
	struct rule_rows rows;

	if (test->fact->type == TYPE_TEXT)
		return test_text(eval, test, values);
	rows = rows_of(eval, cell);
	bound.operand.cell = NULL;
	for (size_t i = 0; i < rows.count; i++) {
		size_t row = rows.items[i];

		if (test->fact->type == TYPE_ADDRESS)
			bound.operand.names = &column->addresses[row];
		else if (test->fact->type == TYPE_DOMAIN)
			bound.operand.names = &column->domains[row];
		else if (test->fact->type == TYPE_NETWORK)
			bound.operand.networks = &column->networks[row];
		else
			bound.operand.names = &column->names[row];
		if (rule_evaluate_values(eval, &bound, values) == RULE_TRUE)
			return RULE_TRUE;
	}
	return RULE_FALSE;
}
