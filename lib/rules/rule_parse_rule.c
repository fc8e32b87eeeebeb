/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules with their clauses, and lists.
 */
#include "rules/rule_parser.h"

#include <ctype.h>

enum { ID_MAX = 64 }; /* bytes of a rule's id, which replies carry */

/* Clauses that may stand once, as bits. */
enum clause {
	CLAUSE_WHEN = 1u << 0,
	CLAUSE_THEN = 1u << 1,
	CLAUSE_ON = 1u << 2,
	CLAUSE_UNREAD = 1u << 3,
	CLAUSE_MODE = 1u << 4,
	CLAUSE_SEVERITY = 1u << 5,
	CLAUSE_FROM = 1u << 6,
	CLAUSE_UNTIL = 1u << 7,
	CLAUSE_DURING = 1u << 8,
};

static void
once(struct parser *parser, const struct rule_token *token, unsigned *seen,
    enum clause clause)
{
	if (*seen & clause)
		rule_error(parser->errors, token->place,
		    "a rule has one \"%.*s\" only%s", SPAN_ARGS(token->text),
		    clause == CLAUSE_WHEN
			? "; join conditions with \"and\" or \"or\""
			: "");
	*seen |= clause;
}

static void
parse_except(struct parser *parser, struct rule *rule)
{
	rule->except = pool_grow(parser->pool, rule->except,
	    rule->except_count, sizeof(struct rule_condition *));
	rule->except[rule->except_count++] =
	    parse_condition(parser, SCOPE_MESSAGE);
}

/* "on" is taken: failure OUTCOME. */
static void
parse_failure(struct parser *parser, struct rule *rule)
{
	int index;

	if (!parser_expect_word(parser, "failure"))
		return;
	index = parser_expect_choice(parser, rule_failures,
	    "\"tempfail\", \"hold\" or \"default\"");
	if (index >= 0)
		rule->on_failure = (enum rule_failure)index;
}

static void
unknown_clause(struct parser *parser)
{
	const struct rule_token *token = parser_take(parser);
	struct rule_suggestion suggestion;

	if (token->kind == TOKEN_BROKEN)
		return;
	if (token->kind == TOKEN_WORD &&
	    rule_word_index(rule_later_clauses, token->text) >= 0) {
		rule_error(parser->errors, token->place,
		    "\"%.*s\" is not available yet", SPAN_ARGS(token->text));
		return;
	}
	rule_suggestion_start(&suggestion,
	    token->kind == TOKEN_WORD ? token->text : SPAN(""));
	for (size_t i = 0; rule_clause_words[i] != NULL; i++)
		rule_suggestion_try(
		    &suggestion, span_of(rule_clause_words[i]));
	rule_error(parser->errors, token->place,
	    "expected " PARSER_CLAUSES ", found %.*s%.*s",
	    SPAN_ARGS(rule_token_name(token, parser->errors->pool)),
	    SPAN_ARGS(rule_suggestion_text(
		&suggestion, parser->errors->pool)));
}

static void
parse_severity(struct parser *parser, struct rule *rule)
{
	int index = parser_expect_choice(
	    parser, rule_severities, "\"low\", \"medium\" or \"high\"");

	if (index >= 0)
		rule->severity = span_of(rule_severities[index]);
}

static void
parse_mode(struct parser *parser, struct rule *rule)
{
	int index = parser_expect_choice(
	    parser, rule_modes, "\"enforce\", \"audit\" or \"off\"");

	if (index >= 0)
		rule->mode = (enum rule_mode)index;
}

/* The clauses that say when the rule holds.  False if none is next. */
static bool
parse_time_clause(struct parser *parser, struct rule *rule, unsigned *seen)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (parser_at_validity(parser, 0)) {
		(void)parser_take(parser);
		once(parser, token, seen, CLAUSE_FROM);
		parse_valid_from(parser, rule);
	} else if (parser_accept(parser, "until")) {
		once(parser, token, seen, CLAUSE_UNTIL);
		parse_valid_until(parser, rule);
	} else if (parser_accept(parser, "during")) {
		once(parser, token, seen, CLAUSE_DURING);
		parse_during(parser, rule);
	} else {
		return false;
	}
	return true;
}

static void
parse_clause(struct parser *parser, struct rule *rule, unsigned *seen)
{
	const struct rule_token *token = parser_peek(parser, 0);
	size_t errors = parser->errors->count;

	if (parser_accept(parser, "when")) {
		once(parser, token, seen, CLAUSE_WHEN);
		rule->when = parse_condition(parser, SCOPE_MESSAGE);
	} else if (parser_accept(parser, "except")) {
		parse_except(parser, rule);
	} else if (parser_accept(parser, "then")) {
		once(parser, token, seen, CLAUSE_THEN);
		rule->then_begin = parser_peek(parser, 0)->place.offset;
		parse_actions(parser, rule);
		rule->then_end = parser->tokens.items[parser->at - 1].end;
	} else if (parser_accept(parser, "on")) {
		once(parser, token, seen, CLAUSE_ON);
		parse_failure(parser, rule);
	} else if (parser_accept(parser, "unread")) {
		once(parser, token, seen, CLAUSE_UNREAD);
		rule->unread = parse_unread(parser, true);
	} else if (parser_accept(parser, "mode")) {
		once(parser, token, seen, CLAUSE_MODE);
		parse_mode(parser, rule);
	} else if (parser_accept(parser, "severity")) {
		once(parser, token, seen, CLAUSE_SEVERITY);
		parse_severity(parser, rule);
	} else if (!parse_time_clause(parser, rule, seen)) {
		unknown_clause(parser);
	}
	if (parser_at_clause(parser, 0))
		return;
	/* One message for what cannot follow, then on to the next clause. */
	if (parser->errors->count == errors)
		unknown_clause(parser);
	parser_skip(parser, parser_at_clause);
}

void
parser_check_id(struct parser *parser, const struct rule_token *token)
{
	bool good = token->text.len <= ID_MAX &&
	    isalnum((unsigned char)token->text.ptr[0]);

	for (size_t i = 0; i < token->text.len; i++) {
		unsigned char c = (unsigned char)token->text.ptr[i];

		if (c >= 0x80 || (!isalnum(c) && c != '-' && c != '_'))
			good = false;
	}
	if (!good)
		rule_error(parser->errors, token->place,
		    "a name has letters, digits, \"-\" and \"_\", begins with "
		    "a letter or digit and is at most %d long",
		    ID_MAX);
}

/* What is missing in the rule, unless a mistake before explains it. */
static void
finish_rule(struct parser *parser, struct rule *rule, unsigned seen,
    size_t errors)
{
	if (parser->errors->count > errors)
		return;
	if ((seen & CLAUSE_WHEN) == 0)
		rule_error(parser->errors, rule->place,
		    "rule \"%.*s\" has no \"when\"; write \"when always\" for "
		    "every message",
		    SPAN_ARGS(rule->id));
	if ((seen & CLAUSE_THEN) == 0)
		rule_error(parser->errors, rule->place,
		    "rule \"%.*s\" has no \"then\"", SPAN_ARGS(rule->id));
}

/* { clauses } with the brace as next token. */
static void
parse_clauses(struct parser *parser, struct rule *rule)
{
	const struct rule_token *open = parser_take(parser);
	size_t errors = parser->errors->count;
	unsigned seen = 0;

	for (;;) {
		const struct rule_token *token = parser_peek(parser, 0);

		if (token->kind == TOKEN_CLOSE_BRACE) {
			(void)parser_take(parser);
			break;
		}
		/* A brace was forgotten when the next rule begins. */
		if (token->kind == TOKEN_END ||
		    (parser_sees(parser, 0, "rule") &&
			parser_peek(parser, 1)->kind == TOKEN_WORD)) {
			rule_error(parser->errors, open->place,
			    "the \"{\" of rule \"%.*s\" is never closed",
			    SPAN_ARGS(rule->id));
			break;
		}
		parse_clause(parser, rule, &seen);
	}
	finish_rule(parser, rule, seen, errors);
}

void
parse_rule(struct parser *parser)
{
	const struct rule_token *id =
	    parser_expect(parser, TOKEN_WORD, "the rule's name");
	struct rule_set *set = parser->set;
	struct rule *rule;

	if (id == NULL) {
		parser_skip(parser, parser_at_item);
		return;
	}
	parser_check_id(parser, id);
	rule = pool_alloc(parser->pool, sizeof(*rule));
	rule->id = id->text;
	rule->place = id->place;
	set->rules = pool_grow(parser->pool, set->rules, set->rule_count,
	    sizeof(struct rule *));
	rule->index = set->rule_count;
	set->rules[set->rule_count++] = rule;
	if (parser_peek(parser, 0)->kind == TOKEN_STRING)
		rule->title = parser_take(parser)->text;
	if (parser_accept(parser, "for")) {
		rule->per_recipient = true;
		if (!parser_expect_word(parser, "each") ||
		    !parser_expect_word(parser, "recipient")) {
			parser_skip(parser, parser_at_item);
			return;
		}
	}
	if (parser_peek(parser, 0)->kind != TOKEN_OPEN_BRACE) {
		parser_unexpected(parser, rule->title.len == 0
			? "a title in quotes, \"for each recipient\" or "
			  "\"{\""
			: "\"for each recipient\" or \"{\"");
		/* The rest of a rule that does not begin makes no sense. */
		rule->when = NULL;
		parser_skip(parser, parser_at_item);
		return;
	}
	parser->per_recipient = rule->per_recipient;
	parser->picked = rule->per_recipient;
	parse_clauses(parser, rule);
	parser->per_recipient = false;
	parser->picked = false;
}

void
parser_not_utf8(struct parser *parser, struct rule_place place)
{
	rule_error(parser->errors, place,
	    "this byte (0x%02x) is not UTF-8; save the file as UTF-8",
	    (unsigned)(unsigned char)place.source->text.ptr[place.offset]);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reports what is written as in a rule file or a table in ITEM, a line of
 * SOURCE: as it stands there it would be looked for, and never be found.  0 or
 * -1. */
static int
check_line(struct parser *parser, const struct rule_source *source,
    struct span item)
{
	char last = item.ptr[item.len - 1];
	size_t offset = (size_t)(item.ptr - source->text.ptr);

	/* "Plant #3" has no comment. */
	for (size_t i = 1; i < item.len; i++)
		if (item.ptr[i] == '#' && is_blank(item.ptr[i - 1]) &&
		    (i + 1 == item.len || !is_digit(item.ptr[i + 1]))) {
			rule_error(parser->errors,
			    (struct rule_place){ source, offset + i },
			    "a comment stands on a line of its own; an item "
			    "with such a \"#\" stands in { ... } in the "
			    "rules");
			return -1;
		}
	if (last == ',' || last == ';') {
		rule_error(parser->errors,
		    (struct rule_place){ source, offset + item.len - 1 },
		    "each item of a file stands on a line of its own, without "
		    "\"%c\" behind it",
		    last);
		return -1;
	}
	if (rule_text_is_quoted(item)) {
		rule_error(parser->errors,
		    (struct rule_place){ source, offset },
		    "the items of a file stand without quotes");
		return -1;
	}
	return 0;
}

/* One item a line; empty lines and lines that start with "#" do not count. */
static void
list_from_file(struct parser *parser, struct rule_list *list,
    const struct rule_source *source)
{
	struct span rest = source->text;
	struct span line;
	size_t bad = rule_find_not_utf8(source->text);

	if (bad < source->text.len) {
		parser_not_utf8(parser, (struct rule_place){ source, bad });
		return;
	}
	/* Of programs that mark what they save as UTF-8. */
	if (span_starts(rest, SPAN("\xef\xbb\xbf")))
		rest = span_slice(rest, 3, rest.len);
	while (span_next(&rest, '\n', &line)) {
		struct span item = span_trim(line);
		size_t offset;

		if (item.len == 0 || item.ptr[0] == '#' ||
		    check_line(parser, source, item) < 0)
			continue;
		offset = (size_t)(item.ptr - source->text.ptr);
		list->items = pool_grow(parser->pool, list->items, list->count,
		    sizeof(*list->items));
		list->items[list->count++] = (struct rule_token){
			.kind = TOKEN_STRING,
			.text = item,
			.place = { source, offset },
		};
	}
}

static void
parse_list_items(struct parser *parser, struct rule_list *list)
{
	const struct rule_token *name;
	const struct rule_source *source;

	if (parser_peek(parser, 0)->kind == TOKEN_OPEN_BRACE) {
		parse_items(parser, &list->items, &list->count);
		return;
	}
	if (!parser_accept(parser, "from")) {
		parser_unexpected(parser, "\"{\" or \"from\"");
		list->broken = true;
		parser_skip(parser, parser_at_item);
		return;
	}
	name = parser_expect(
	    parser, TOKEN_STRING, "the file's name in quotes");
	source = name != NULL ? parser_read(parser, name) : NULL;
	if (source != NULL)
		list_from_file(parser, list, source);
	else
		list->broken = true;
}

void
parse_list(struct parser *parser)
{
	const struct rule_token *name =
	    parser_expect(parser, TOKEN_WORD, "the name of the list");
	struct rule_set *set = parser->set;
	struct rule_list *list;
	int kind = -1;

	if (name == NULL) {
		parser_skip(parser, parser_at_item);
		return;
	}
	parser_check_id(parser, name);
	list = pool_alloc(parser->pool, sizeof(*list));
	list->name = name->text;
	list->place = name->place;
	set->lists = pool_grow(parser->pool, set->lists, set->list_count,
	    sizeof(struct rule_list *));
	set->lists[set->list_count++] = list;
	if (parser_expect(parser, TOKEN_EQUALS, "\"=\" after the name") == NULL)
		kind = -1;
	else if (parser_sees(parser, 0, "members") ||
	    parser_sees(parser, 0, "group") ||
	    parser_sees(parser, 0, "groups"))
		kind = parse_members(parser, list);
	else
		kind = parser_expect_choice(parser, rule_list_kinds,
		    "\"addresses\", \"domains\", \"names\", \"networks\", "
		    "\"words\" or \"members of group\"");
	if (kind < 0) {
		list->broken = true;
		parser_skip(parser, parser_at_item);
		return;
	}
	list->kind = (enum rule_list_kind)kind;
	if (list->kind != LIST_MEMBERS)
		parse_list_items(parser, list);
}
