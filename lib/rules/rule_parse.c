/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule files: the helpers of all parsing, and the items of a file but rules
 * and lists.
 */
#include "rules/rule_parser.h"

enum { INCLUDE_MAX = 16 };

const struct rule_token *
parser_peek(const struct parser *parser, size_t ahead)
{
	size_t last = parser->tokens.count - 1;

	if (ahead > last - parser->at)
		return &parser->tokens.items[last];
	return &parser->tokens.items[parser->at + ahead];
}

const struct rule_token *
parser_take(struct parser *parser)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (parser->at + 1 < parser->tokens.count)
		parser->at++;
	return token;
}

bool
parser_sees(const struct parser *parser, size_t ahead, const char *word)
{
	const struct rule_token *token = parser_peek(parser, ahead);

	return token->kind == TOKEN_WORD &&
	    span_equal(token->text, span_of(word));
}

bool
parser_accept(struct parser *parser, const char *word)
{
	if (!parser_sees(parser, 0, word))
		return false;
	(void)parser_take(parser);
	return true;
}

void
parser_unexpected(struct parser *parser, const char *what)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (token->kind == TOKEN_BROKEN)
		return; /* one mistake, one message */
	rule_error(parser->errors, token->place, "expected %s, found %.*s",
	    what, SPAN_ARGS(rule_token_name(token, parser->errors->pool)));
}

bool
parser_accept_kind(struct parser *parser, enum rule_token_kind kind)
{
	if (parser_peek(parser, 0)->kind != kind)
		return false;
	(void)parser_take(parser);
	return true;
}

const struct rule_token *
parser_expect(
    struct parser *parser, enum rule_token_kind kind, const char *what)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (token->kind == kind)
		return parser_take(parser);
	if (kind == TOKEN_STRING && token->kind == TOKEN_WORD)
		/* Quotes around both would hide what is missing. */
		rule_error(parser->errors, token->place,
		    "expected %s, found %.*s without quotes", what,
		    SPAN_ARGS(token->text));
	else
		parser_unexpected(parser, what);
	return NULL;
}

bool
parser_expect_word(struct parser *parser, const char *word)
{
	if (parser_accept(parser, word))
		return true;
	parser_unexpected(
	    parser, pool_printf(parser->errors->pool, "\"%s\"", word).ptr);
	return false;
}

int
parser_expect_choice(
    struct parser *parser, const char *const *list, const char *what)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct rule_suggestion suggestion;
	int index;

	if (token->kind != TOKEN_WORD) {
		parser_unexpected(parser, what);
		return -1;
	}
	(void)parser_take(parser);
	index = rule_word_index(list, token->text);
	if (index >= 0)
		return index;
	rule_suggestion_start(&suggestion, token->text);
	for (size_t i = 0; list[i] != NULL; i++)
		rule_suggestion_try(&suggestion, span_of(list[i]));
	rule_error(parser->errors, token->place,
	    "expected %s, found %.*s%.*s", what,
	    SPAN_ARGS(rule_token_name(token, parser->errors->pool)),
	    SPAN_ARGS(rule_suggestion_text(
		&suggestion, parser->errors->pool)));
	return -1;
}

bool
parser_at_item(const struct parser *parser, size_t ahead)
{
	const struct rule_token *token = parser_peek(parser, ahead);

	if (token->kind == TOKEN_END)
		return true;
	if (token->kind != TOKEN_WORD)
		return false;
	/* "unread" also begins a clause; a file-level one follows no open
	 * brace, which parser_skip has passed over by then. */
	return rule_word_index(rule_item_words, token->text) >= 0;
}

bool
parser_at_clause(const struct parser *parser, size_t ahead)
{
	const struct rule_token *token = parser_peek(parser, ahead);

	if (token->kind == TOKEN_END || token->kind == TOKEN_CLOSE_BRACE)
		return true;
	if (token->kind != TOKEN_WORD)
		return false;
	/* The brace of the rule before it was forgotten. */
	if (span_equal(token->text, SPAN("rule")))
		return parser_peek(parser, ahead + 1)->kind == TOKEN_WORD;
	/* "from" is a fact as well. */
	if (span_equal(token->text, SPAN("from")))
		return parser_at_validity(parser, ahead);
	return rule_word_index(rule_clause_words, token->text) >= 0 ||
	    rule_word_index(rule_later_clauses, token->text) >= 0;
}

void
parser_skip(struct parser *parser,
    bool (*stop)(const struct parser *parser, size_t ahead))
{
	size_t open = 0;

	for (;;) {
		enum rule_token_kind kind = parser_peek(parser, 0)->kind;

		if (kind == TOKEN_END || (open == 0 && stop(parser, 0)))
			return;
		if (kind == TOKEN_OPEN_BRACE || kind == TOKEN_OPEN_PAREN)
			open++;
		if ((kind == TOKEN_CLOSE_BRACE || kind == TOKEN_CLOSE_PAREN) &&
		    open > 0)
			open--;
		(void)parser_take(parser);
	}
}

enum rule_unread
parse_unread(struct parser *parser, bool in_rule)
{
	static const char *const outcomes[] = { "held", "tempfailed",
		"delivered", NULL };
	static const enum rule_unread values[] = { UNREAD_HELD,
		UNREAD_TEMPFAILED, UNREAD_DELIVERED };
	int index;

	if (in_rule && parser_accept(parser, "counts")) {
		if (!parser_expect_word(parser, "as") ||
		    !parser_expect_word(parser, "match"))
			return UNREAD_UNSTATED;
		return UNREAD_AS_MATCH;
	}
	if (!parser_accept(parser, "content")) {
		parser_unexpected(parser, in_rule
			? "\"content is ...\" or \"counts as match\""
			: "\"content is ...\"");
		return UNREAD_UNSTATED;
	}
	if (!parser_expect_word(parser, "is"))
		return UNREAD_UNSTATED;
	index = parser_expect_choice(
	    parser, outcomes, "\"held\", \"tempfailed\" or \"delivered\"");
	return index >= 0 ? values[index] : UNREAD_UNSTATED;
}

static void
parse_file_unread(struct parser *parser, const struct rule_token *keyword)
{
	enum rule_unread unread = parse_unread(parser, false);

	if (parser->set->unread != UNREAD_UNSTATED)
		rule_error(parser->errors, keyword->place,
		    "what happens to unread content has been stated already");
	parser->set->unread = unread;
	parser->set->unread_place = keyword->place;
	if (unread == UNREAD_UNSTATED)
		parser_skip(parser, parser_at_item);
}

/* define NAME = condition, from the name on. */
static void
parse_define(struct parser *parser)
{
	const struct rule_token *name = parser_expect(
	    parser, TOKEN_WORD, "the name of the condition");
	struct rule_define *define;
	struct rule_set *set = parser->set;

	if (name == NULL ||
	    parser_expect(parser, TOKEN_EQUALS, "\"=\" after the name") ==
		NULL) {
		parser_skip(parser, parser_at_item);
		return;
	}
	define = pool_alloc(parser->pool, sizeof(*define));
	define->name = name->text;
	define->place = name->place;
	define->condition = parse_condition(parser, SCOPE_MESSAGE);
	set->defines = pool_grow(parser->pool, set->defines, set->define_count,
	    sizeof(struct rule_define *));
	set->defines[set->define_count++] = define;
}

const struct rule_source *
parser_read(struct parser *parser, const struct rule_token *token)
{
	struct rule_source *source;
	struct err err = { .kind = ERR_NONE };

	if (parser->files == NULL) {
		rule_error(parser->errors, token->place,
		    "files cannot be read here; write the contents in { }");
		return NULL;
	}
	source = pool_alloc(parser->pool, sizeof(*source));
	if (parser->files->read(parser->files->context, token->text,
		parser->file->source->name, parser->pool, &source->name,
		&source->text, &err) < 0) {
		rule_error(parser->errors, token->place, "%s", err.text);
		return NULL;
	}
	source->order = parser->source_count++;
	sha256_update(parser->sha256, source->text);
	return source;
}

static void
parse_source(struct parser *parser, const struct rule_source *source);

/* include "FILE", from the string on. */
static void
parse_include(struct parser *parser)
{
	const struct rule_token *name = parser_expect(
	    parser, TOKEN_STRING, "the file's name in quotes");
	const struct rule_source *source;
	size_t depth = 0;

	if (name == NULL) {
		parser_skip(parser, parser_at_item);
		return;
	}
	source = parser_read(parser, name);
	if (source == NULL)
		return;
	for (const struct parser_file *file = parser->file; file != NULL;
	    file = file->included_by) {
		if (span_equal(file->source->name, source->name)) {
			rule_error(parser->errors, name->place,
			    "this file includes itself");
			return;
		}
		if (++depth >= INCLUDE_MAX) {
			rule_error(parser->errors, name->place,
			    "files include each other more than %d deep",
			    INCLUDE_MAX);
			return;
		}
	}
	parse_source(parser, source);
}

#define ITEMS \
	"\"rule\", \"list\", \"table\", \"schedule\", \"define\", " \
	"\"timezone\", \"unread\" or \"include\""

static void
parse_unknown_item(struct parser *parser)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct rule_suggestion suggestion;

	if (token->kind == TOKEN_WORD &&
	    rule_word_index(rule_later_items, token->text) >= 0) {
		rule_error(parser->errors, token->place,
		    "\"%.*s\" is not available yet", SPAN_ARGS(token->text));
	} else if (token->kind == TOKEN_WORD) {
		rule_suggestion_start(&suggestion, token->text);
		for (size_t i = 0; rule_item_words[i] != NULL; i++)
			rule_suggestion_try(
			    &suggestion, span_of(rule_item_words[i]));
		rule_error(parser->errors, token->place,
		    "expected " ITEMS ", found \"%.*s\"%.*s",
		    SPAN_ARGS(token->text),
		    SPAN_ARGS(rule_suggestion_text(
			&suggestion, parser->errors->pool)));
	} else {
		parser_unexpected(parser, ITEMS);
	}
	(void)parser_take(parser);
	parser_skip(parser, parser_at_item);
}

#undef ITEMS

static void
parse_item(struct parser *parser)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (parser_accept(parser, "rule"))
		parse_rule(parser);
	else if (parser_accept(parser, "list"))
		parse_list(parser);
	else if (parser_accept(parser, "table"))
		parse_table(parser);
	else if (parser_accept(parser, "schedule"))
		parse_schedule(parser);
	else if (parser_accept(parser, "timezone"))
		parse_timezone(parser, token);
	else if (parser_accept(parser, "define"))
		parse_define(parser);
	else if (parser_accept(parser, "unread"))
		parse_file_unread(parser, token);
	else if (parser_accept(parser, "include"))
		parse_include(parser);
	else
		parse_unknown_item(parser);
}

static void
parse_source(struct parser *parser, const struct rule_source *source)
{
	struct rule_tokens tokens = parser->tokens;
	const struct parser_file *outer = parser->file;
	struct parser_file file = { source, outer };
	size_t at = parser->at;

	parser->file = &file;
	parser->tokens = (struct rule_tokens){ 0 };
	parser->at = 0;
	rule_lex(source, parser->pool, &parser->tokens, parser->errors);
	while (parser_peek(parser, 0)->kind != TOKEN_END)
		parse_item(parser);
	parser->tokens = tokens;
	parser->file = outer;
	parser->at = at;
}

void
parse_file(struct parser *parser, struct span name, struct span text)
{
	struct rule_source *source = pool_alloc(parser->pool, sizeof(*source));

	source->name = pool_dup(parser->pool, name);
	source->text = pool_dup(parser->pool, text);
	source->order = parser->source_count++;
	sha256_update(parser->sha256, text);
	parse_source(parser, source);
}
