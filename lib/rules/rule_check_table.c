/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables and columns made ready: keys indexed, names resolved, and every value
 * of a column checked that a rule compares with a fact or sends mail to.
 */
#include "rules/rule_check.h"

#include "formats/address.h"

/* The place of VALUE in FIELD of TABLE. */
static struct rule_place
value_place(const struct rule_table *table, const struct csv_field *field,
    struct span value)
{
	struct span text = table->source->text;
	struct rule_place place = { table->source, field->offset };

	/* Of a field in which quotes were doubled only its own is known. */
	if (value.ptr >= text.ptr && value.ptr < text.ptr + text.len)
		place.offset = (size_t)(value.ptr - text.ptr);
	return place;
}

/* 0 if FACT, the key of a table, can be VALUE at PLACE, or -1 after
 * reporting. */
static int
check_key_value(const struct rule_check *check,
    const struct rule_fact *fact, struct span value, struct rule_place place)
{
	if (fact->id == FACT_HELO)
		return rule_check_helo(check, value, place);
	if (fact->type == TYPE_DOMAIN)
		return rule_check_domain(check, value, place);
	return 0;
}

/* The keys of one row. */
static void
add_keys(const struct rule_check *check, struct rule_table *table, size_t row)
{
	const struct csv_field *field = rule_table_field(table, row, 0);
	struct rule_place place = { table->source, field->offset };
	struct span rest = field->value;
	struct span value;
	bool any = false;
	struct err err;

	while (rule_table_next_value(&rest, &value)) {
		any = true;
		place = value_place(table, field, value);
		if (check_key_value(check, table->key, value, place) < 0)
			continue;
		if (rule_table_add_key(table, check->set->pool, value, row,
			place, &err) < 0)
			rule_error(check->errors, place, "%s", err.text);
	}
	if (!any)
		rule_error(check->errors, place, "this row has no key");
}

void
rule_compile_table(const struct rule_check *check, struct rule_table *table)
{
	const struct rule_table_key *first, *second;
	struct rule_position position = { .line = 0 };

	for (size_t i = 0; i < table->row_count; i++)
		add_keys(check, table, i);
	second = rule_table_index(table, check->set->pool, &first);
	if (second == NULL)
		return;
	rule_position_move(&position, first->place);
	rule_error(check->errors, second->place,
	    "this key is there already, in line %zu of %.*s", position.line,
	    SPAN_ARGS(table->source->name));
}

/* What the values of a column must be for a fact of TYPE, one value. */
static void
add_value(const struct rule_check *check, struct rule_column *column,
    enum rule_type type, size_t row, const struct rule_token *value)
{
	switch (type) {
	case TYPE_ADDRESS:
		rule_compile_address(check, &column->addresses[row], value);
		break;
	case TYPE_DOMAIN:
		rule_compile_domain(check, &column->domains[row], value);
		break;
	case TYPE_NETWORK:
		rule_compile_network(check, &column->networks[row], value);
		break;
	case TYPE_NAME:
		rule_names_add(
		    &column->names[row], check->set->pool, value->text);
		break;
	case TYPE_TEXT:
	case TYPE_LONG_TEXT:
	case TYPE_FILE_TYPE:
	case TYPE_SIZE:
	case TYPE_ROLE:
	case TYPE_DIRECTION:
	case TYPE_CERTIFICATE:
	case TYPE_STATE:
	case TYPE_TIME:
	case TYPE_DATE:
	case TYPE_WEEKDAY:
	case TYPE_MESSAGE:
		break;
	}
}

/* Makes room for the values of COLUMN as facts of TYPE.  False if there is
 * nothing to be done. */
static bool
prepare(const struct rule_check *check, const struct rule_table *table,
    struct rule_column *column, enum rule_type type)
{
	struct rule_names **names = NULL;
	struct pool *pool = check->set->pool;

	if (type == TYPE_NETWORK) {
		if (column->networks != NULL)
			return false;
		column->networks = pool_alloc_array(
		    pool, table->row_count + 1, sizeof(*column->networks));
		return true;
	}
	if (type == TYPE_ADDRESS)
		names = &column->addresses;
	else if (type == TYPE_DOMAIN)
		names = &column->domains;
	else if (type == TYPE_NAME)
		names = &column->names;
	if (names == NULL || *names != NULL)
		return false;
	*names =
	    pool_alloc_array(pool, table->row_count + 1, sizeof(**names));
	return true;
}

/* Makes the column of CELL ready to be compared with facts of TYPE. */
static void
compile_column(const struct rule_check *check, struct rule_cell *cell,
    enum rule_type type)
{
	struct rule_table *table = cell->table;
	struct rule_column *column = cell->column;
	size_t index = (size_t)(column - table->columns) + 1;

	if (!prepare(check, table, column, type))
		return;
	for (size_t row = 0; row < table->row_count; row++) {
		const struct csv_field *field =
		    rule_table_field(table, row, index);
		struct span rest = field->value;
		struct rule_token value = { .kind = TOKEN_STRING };

		while (rule_table_next_value(&rest, &value.text)) {
			value.place = value_place(table, field, value.text);
			add_value(check, column, type, row, &value);
		}
	}
	for (size_t row = 0; row < table->row_count; row++) {
		if (type == TYPE_ADDRESS)
			rule_names_sort(&column->addresses[row]);
		else if (type == TYPE_DOMAIN)
			rule_names_sort(&column->domains[row]);
		else if (type == TYPE_NAME)
			rule_names_sort(&column->names[row]);
	}
}

struct rule_column *
rule_check_column(const struct rule_table *table, struct span name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (span_equal(table->columns[i].name, name))
			return &table->columns[i];
	return NULL;
}

static void
no_column(const struct rule_check *check, const struct rule_cell *cell)
{
	const struct rule_table *table = cell->table;
	struct rule_suggestion suggestion;

	rule_suggestion_start(&suggestion, cell->column_name);
	for (size_t i = 0; i < table->column_count; i++)
		rule_suggestion_try(&suggestion, table->columns[i].name);
	rule_error(check->errors, cell->column_place,
	    "the table \"%.*s\" has no column \"%.*s\"%.*s",
	    SPAN_ARGS(table->name), SPAN_ARGS(cell->column_name),
	    SPAN_ARGS(rule_suggestion_text(
		&suggestion, check->errors->pool)));
}

/* 0 if FACT, used at PLACE, can be looked up in TABLE, or -1 after
 * reporting. */
static int
check_key(const struct rule_check *check, const struct rule_table *table,
    const struct rule_fact *fact, struct rule_place place)
{
	if (rule_table_key_fits(table->key->type, fact->type))
		return 0;
	rule_error(check->errors, place,
	    "the key of \"%.*s\" is \"%s\", with which \"%s\" cannot be "
	    "compared",
	    SPAN_ARGS(table->name), table->key->phrase, fact->phrase);
	return -1;
}

int
rule_check_cell(const struct rule_check *check, struct rule_cell *cell)
{
	struct rule_table *table = rule_check_table(check, cell->table_name);

	if (table == NULL) {
		rule_error(check->errors, cell->place,
		    "there is no table \"%.*s\"%.*s",
		    SPAN_ARGS(cell->table_name),
		    SPAN_ARGS(rule_check_table_suggestion(
			check, cell->table_name)));
		return -1;
	}
	table->used = true;
	if (table->broken)
		return -1;
	cell->table = table;
	cell->column = rule_check_column(table, cell->column_name);
	if (cell->column == NULL) {
		no_column(check, cell);
		return -1;
	}
	cell->column->used = true;
	return check_key(check, table, cell->key->fact, cell->place);
}

void
rule_check_targets(const struct rule_check *check, struct rule_cell *cell)
{
	const struct rule_table *table;
	size_t index;

	if (rule_check_cell(check, cell) < 0)
		return;
	table = cell->table;
	index = (size_t)(cell->column - table->columns) + 1;
	for (size_t row = 0; row < table->row_count; row++) {
		const struct csv_field *field =
		    rule_table_field(table, row, index);
		struct span rest = field->value;
		struct span value;
		struct err err;

		while (rule_table_next_value(&rest, &value))
			if (address_check_single(value, &err) < 0)
				rule_error(check->errors,
				    value_place(table, field, value),
				    "\"%s\" is sent mail, so this must be "
				    "an address: %s",
				    cell->fact.phrase, err.text);
	}
}

int
rule_resolve_table(const struct rule_check *check, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	const struct rule_token *item = &operand->items[0];
	struct rule_table *table = rule_check_table(check, item->text);

	if (table == NULL)
		return 0;
	table->used = true;
	if (table->broken)
		return -1;
	if (test->verb != VERB_IN) {
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a table: write \"%s %.*s\", or name a column "
		    "as in %.*s[%s].%.*s",
		    SPAN_ARGS(item->text), test->negated ? "not in" : "in",
		    SPAN_ARGS(item->text),
		    SPAN_ARGS(item->text), table->key->phrase,
		    SPAN_ARGS(table->columns[0].name));
		return -1;
	}
	operand->table = table;
	return check_key(check, table, test->fact, item->place) < 0 ? -1 : 1;
}

void
rule_compile_cell(const struct rule_check *check, struct rule_test *test)
{
	struct rule_cell *cell = test->operand.cell;

	if (rule_check_cell(check, cell) < 0)
		return;
	if (!rule_table_key_allowed(test->fact->type)) {
		rule_error(check->errors, cell->place,
		    "\"%s\" cannot be compared with a column; an address, a "
		    "domain, the client, a name or a text can",
		    test->fact->phrase);
		return;
	}
	compile_column(check, cell, test->fact->type);
	test->needs |= cell->fact.needs;
	if (cell->fact.stage > test->stage)
		test->stage = cell->fact.stage;
}
