/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables: table NAME = "FILE" key FACT columns A, B, their files, and what
 * names a column, NAME[FACT].COLUMN.
 */
#include "rules/rule_parser.h"

static void
add_column(struct parser *parser, struct rule_table *table,
    const struct rule_token *token)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (span_equal(table->columns[i].name, token->text))
			rule_error(parser->errors, token->place,
			    "the table has a column \"%.*s\" already",
			    SPAN_ARGS(token->text));
	if (table->column_count == RULE_TABLE_COLUMNS_MAX) {
		rule_error(parser->errors, token->place,
		    "a table has at most %d columns", RULE_TABLE_COLUMNS_MAX);
		return;
	}
	table->columns = pool_grow(parser->pool, table->columns,
	    table->column_count, sizeof(*table->columns));
	table->columns[table->column_count++] = (struct rule_column){
		.name = token->text,
		.place = token->place,
	};
}

/* A, B, C behind "columns".  0 or -1. */
static int
parse_columns(struct parser *parser, struct rule_table *table)
{
	do {
		const struct rule_token *token = parser_expect(
		    parser, TOKEN_WORD, "the name of a column");

		if (token == NULL)
			return -1;
		parser_check_id(parser, token);
		add_column(parser, table, token);
	} while (parser_accept_kind(parser, TOKEN_COMMA));
	if (parser_at_item(parser, 0) ||
	    parser_peek(parser, 0)->kind != TOKEN_WORD)
		return 0;
	parser_unexpected(parser, "\",\" before the next column");
	return -1;
}

/* The fact behind "key".  0 or -1. */
static int
parse_key(struct parser *parser, struct rule_table *table)
{
	const struct rule_token *token = parser_peek(parser, 0);
	size_t length;

	table->key = parser_find_fact(parser, SCOPE_RECIPIENT, &length);
	if (table->key == NULL) {
		parser_unexpected(parser,
		    "the fact that is the key, such as \"client\", "
		    "\"sender\" or \"recipient domain\"");
		return -1;
	}
	for (size_t i = 0; i < length; i++)
		(void)parser_take(parser);
	if (rule_table_key_allowed(table->key->type))
		return 0;
	rule_error(parser->errors, token->place,
	    "\"%s\" cannot be a key; an address, a domain, the client or a "
	    "name can",
	    table->key->phrase);
	return -1;
}

/* True if one of the COUNT fields of RECORD is NAME, its index then *AT. */
static bool
record_has(const struct csv_record *record, struct span name, size_t *at)
{
	for (*at = 0; *at < record->count; ++*at)
		if (span_equal_case(record->fields[*at].value, name))
			return true;
	return false;
}

/* True if RECORD, the first of the file, names the key and a column. */
static bool
is_heading(const struct rule_table *table, const struct csv_record *record)
{
	size_t at;

	if (!record_has(record, span_of(table->key->phrase), &at))
		return false;
	for (size_t i = 0; i < table->column_count; i++)
		if (record_has(record, table->columns[i].name, &at))
			return true;
	return false;
}

/* Where the file has the key and the columns. */
struct layout {
	bool known;   /* the first record has been read */
	size_t width; /* fields of each record */
	size_t at[RULE_TABLE_COLUMNS_MAX + 1];
};

/* From RECORD, a heading.  0 or -1. */
static int
read_heading(struct parser *parser, const struct rule_table *table,
    const struct csv_record *record, struct layout *layout)
{
	struct rule_place place = { table->source, record->fields[0].offset };
	struct rule_suggestion suggestion;

	(void)record_has(
	    record, span_of(table->key->phrase), &layout->at[0]);
	for (size_t i = 0; i < table->column_count; i++) {
		struct span name = table->columns[i].name;

		if (record_has(record, name, &layout->at[i + 1]))
			continue;
		rule_suggestion_start(&suggestion, name);
		for (size_t j = 0; j < record->count; j++)
			rule_suggestion_try(
			    &suggestion, span_trim(record->fields[j].value));
		rule_error(parser->errors, place,
		    "this heading names no column \"%.*s\"%.*s",
		    SPAN_ARGS(name),
		    SPAN_ARGS(rule_suggestion_text(
			&suggestion, parser->errors->pool)));
		return -1;
	}
	layout->width = record->count;
	return 0;
}

/* One record that is no heading. */
static void
add_row(struct parser *parser, struct rule_table *table,
    const struct csv_record *record, const struct layout *layout)
{
	struct rule_place place = { table->source, record->fields[0].offset };
	size_t width = table->column_count + 1;

	if (record->count != layout->width) {
		struct span first = record->fields[0].value;

		rule_error(parser->errors, place,
		    "expected %zu fields, found %zu%s", layout->width,
		    record->count,
		    record->count == 1 && span_find(first, ';') < first.len
			? "; fields have a comma between them, not \";\""
			: "");
		return;
	}
	for (size_t i = 0; i < width; i++) {
		const struct csv_field *field = &record->fields[layout->at[i]];

		place.offset = field->offset;
		if (field->value.len > RULE_TABLE_CELL_MAX)
			rule_error(parser->errors, place,
			    "a field has at most %d bytes",
			    RULE_TABLE_CELL_MAX);
		table->fields = pool_grow(parser->pool, table->fields,
		    table->row_count * width + i, sizeof(*table->fields));
		table->fields[table->row_count * width + i] = *field;
	}
	table->row_count++;
}

static void
read_rows(struct parser *parser, struct rule_table *table)
{
	struct csv_reader reader = { .text = table->source->text };
	struct csv_record record = { .count = 0 };
	struct layout layout = { .width = table->column_count + 1 };
	enum csv_result result;
	struct err err;
	size_t offset;

	for (size_t i = 0; i <= table->column_count; i++)
		layout.at[i] = i;
	while ((result = csv_next(&reader, parser->pool, &record, &offset,
		    &err)) != CSV_END) {
		bool first = !layout.known;

		layout.known = true;
		if (result == CSV_WRONG) {
			rule_error(parser->errors,
			    (struct rule_place){ table->source, offset },
			    "%s", err.text);
		} else if (first && is_heading(table, &record)) {
			if (read_heading(parser, table, &record, &layout) < 0)
				return;
		} else {
			add_row(parser, table, &record, &layout);
		}
	}
}

static void
read_table(struct parser *parser, struct rule_table *table,
    const struct rule_token *file)
{
	size_t errors = parser->errors->count;
	size_t bad;

	table->source = parser_read(parser, file);
	if (table->source != NULL) {
		bad = rule_find_not_utf8(table->source->text);
		if (bad == table->source->text.len)
			read_rows(parser, table);
		else
			parser_not_utf8(parser,
			    (struct rule_place){ table->source, bad });
	}
	table->broken = parser->errors->count > errors;
}

/* "= FILE key FACT columns A, B".  The file's name, or NULL. */
static const struct rule_token *
parse_description(struct parser *parser, struct rule_table *table)
{
	const struct rule_token *file;

	if (parser_expect(
		parser, TOKEN_EQUALS, "\"=\" after the name") == NULL)
		return NULL;
	file = parser_expect(
	    parser, TOKEN_STRING, "the file's name in quotes");
	if (file == NULL || !parser_expect_word(parser, "key") ||
	    parse_key(parser, table) < 0 ||
	    !parser_expect_word(parser, "columns") ||
	    parse_columns(parser, table) < 0)
		return NULL;
	return file;
}

void
parse_table(struct parser *parser)
{
	const struct rule_token *name =
	    parser_expect(parser, TOKEN_WORD, "the name of the table");
	struct rule_set *set = parser->set;
	const struct rule_token *file;
	struct rule_table *table;

	if (name == NULL) {
		parser_skip(parser, parser_at_item);
		return;
	}
	parser_check_id(parser, name);
	table = pool_alloc(parser->pool, sizeof(*table));
	table->name = name->text;
	table->place = name->place;
	set->tables = pool_grow(parser->pool, set->tables, set->table_count,
	    sizeof(struct rule_table *));
	set->tables[set->table_count++] = table;
	file = parse_description(parser, table);
	if (file != NULL) {
		read_table(parser, table, file);
		return;
	}
	table->broken = true;
	parser_skip(parser, parser_at_item);
}

/* What stands between the brackets: a fact that is known where the cell is
 * used.  NULL after reporting. */
static struct rule_test *
parse_cell_key(struct parser *parser)
{
	struct rule_place place = parser_peek(parser, 0)->place;
	struct rule_test *key = pool_alloc(parser->pool, sizeof(*key));
	size_t length;

	key->fact = parser_find_fact(parser, parser->scope, &length);
	if (key->fact == NULL) {
		parser_unexpected(
		    parser, "a fact such as \"client\" or \"sender\"");
		return NULL;
	}
	if (key->fact->scope == SCOPE_RECIPIENT && !parser->per_recipient &&
	    parser->scope != SCOPE_RECIPIENT) {
		rule_error(parser->errors, place,
		    "say which recipient: \"any recipient (...)\" with this "
		    "in the parentheses");
		return NULL;
	}
	for (size_t i = 0; i < length; i++)
		(void)parser_take(parser);
	return parser_fact_name(parser, key) == 0 ? key : NULL;
}

/* The cell as it is written. */
static const char *
cell_phrase(struct parser *parser, const struct rule_cell *cell)
{
	const struct rule_test *key = cell->key;
	bool named = key->header.len > 0;

	return pool_printf(parser->pool, "%.*s[%s%s%.*s%s].%.*s",
	    SPAN_ARGS(cell->table_name), key->fact->phrase,
	    named ? " \"" : "", SPAN_ARGS(key->header), named ? "\"" : "",
	    SPAN_ARGS(cell->column_name))
	    .ptr;
}

bool
parser_at_cell(const struct parser *parser)
{
	return parser_peek(parser, 0)->kind == TOKEN_WORD &&
	    parser_peek(parser, 1)->kind == TOKEN_OPEN_BRACKET;
}

void
parser_no_cell(struct parser *parser, const struct rule_test *test,
    struct rule_place place)
{
	rule_error(parser->errors, place,
	    "\"%s\" cannot be compared with a column by \"%s\"; \"is\" and "
	    "\"in\" can",
	    test->fact->phrase, rule_verb_name(test->verb));
}

struct rule_cell *
parse_cell(struct parser *parser)
{
	const struct rule_token *name = parser_take(parser);
	const struct rule_token *column;
	struct rule_cell *cell = pool_alloc(parser->pool, sizeof(*cell));

	(void)parser_take(parser);
	cell->place = name->place;
	cell->table_name = name->text;
	cell->key = parse_cell_key(parser);
	if (cell->key == NULL ||
	    parser_expect(parser, TOKEN_CLOSE_BRACKET, "\"]\"") == NULL)
		return NULL;
	column = parser_peek(parser, 0);
	if (column->kind != TOKEN_WORD || column->text.ptr[0] != '.' ||
	    column->text.len < 2) {
		parser_unexpected(
		    parser, "\".\" and the name of a column behind \"]\"");
		return NULL;
	}
	(void)parser_take(parser);
	cell->column_name = span_slice(column->text, 1, column->text.len);
	cell->column_place = column->place;
	cell->fact = (struct rule_fact){
		.phrase = cell_phrase(parser, cell),
		.id = FACT_CELL,
		.type = TYPE_TEXT,
		.scope = cell->key->fact->scope,
		.stage = cell->key->fact->stage,
		.needs = cell->key->fact->needs,
	};
	return cell;
}
