/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One test of one fact: its verb, and what it is compared with.
 */
#include "rules/rule_parser.h"

enum {
	COUNT_MAX = 1000000, /* of "at least N" */
	VALUES_SHOWN = 4,    /* of those that braces are missing around */
};

struct rule_condition *
parser_condition(struct parser *parser, enum rule_condition_kind kind,
    struct rule_place place)
{
	struct rule_condition *condition =
	    pool_alloc(parser->pool, sizeof(*condition));

	condition->kind = kind;
	condition->place = place;
	return condition;
}

bool
parser_at_end_of_test(const struct parser *parser, size_t ahead)
{
	const struct rule_token *token = parser_peek(parser, ahead);

	if (token->kind == TOKEN_CLOSE_PAREN)
		return true;
	return parser_sees(parser, ahead, "and") ||
	    parser_sees(parser, ahead, "or") ||
	    parser_at_clause(parser, ahead) || parser_at_item(parser, ahead);
}

struct rule_condition *
parser_broken(struct parser *parser)
{
	struct rule_place place = parser_peek(parser, 0)->place;

	parser_skip(parser, parser_at_end_of_test);
	return parser_condition(parser, CONDITION_BROKEN, place);
}

bool
parser_at_verb(const struct parser *parser, size_t ahead)
{
	const struct rule_token *token = parser_peek(parser, ahead);

	return token->kind == TOKEN_WORD &&
	    rule_word_index(rule_verb_words, token->text) >= 0;
}

static int
later(struct parser *parser, const struct rule_token *token, const char *what)
{
	rule_error(parser->errors, token->place, "%s not available yet", what);
	return -1;
}

size_t
parse_count(struct parser *parser)
{
	const struct rule_token *token;
	uint64_t number;

	if (!parser_expect_word(parser, "least"))
		return 0;
	token = parser_expect(parser, TOKEN_WORD, "a number");
	if (token == NULL)
		return 0;
	if (span_number(token->text, COUNT_MAX, &number) < 0 || number == 0) {
		rule_error(parser->errors, token->place,
		    "expected a number from 1 to %d, found \"%.*s\"", COUNT_MAX,
		    SPAN_ARGS(token->text));
		return 0;
	}
	return (size_t)number;
}

static const struct {
	const char *unit;
	unsigned shift;
} units[] = {
	{ "", 0 }, { "bytes", 0 }, { "B", 0 }, { "K", 10 }, { "KB", 10 },
	{ "M", 20 }, { "MB", 20 }, { "G", 30 }, { "GB", 30 },
};

static bool
find_unit(struct span text, unsigned *shift)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!span_equal_case(text, span_of(units[i].unit)))
			continue;
		*shift = units[i].shift;
		return true;
	}
	return false;
}

/* "10 MB" or "10MB".  0 or -1. */
static int
parse_size(struct parser *parser, uint64_t *size)
{
	const struct rule_token *token =
	    parser_expect(parser, TOKEN_WORD, "a size such as 10 MB");
	size_t digits = 0;
	uint64_t number;
	unsigned shift = 0;
	struct span unit;

	if (token == NULL)
		return -1;
	while (digits < token->text.len && token->text.ptr[digits] >= '0' &&
	    token->text.ptr[digits] <= '9')
		digits++;
	unit = span_slice(token->text, digits, token->text.len);
	if (span_number(span_slice(token->text, 0, digits), UINT64_MAX >> 31,
		&number) < 0 ||
	    !find_unit(unit, &shift)) {
		rule_error(parser->errors, token->place,
		    "expected a size such as 10 MB, found \"%.*s\"",
		    SPAN_ARGS(token->text));
		return -1;
	}
	if (unit.len == 0 && parser_peek(parser, 0)->kind == TOKEN_WORD &&
	    find_unit(parser_peek(parser, 0)->text, &shift))
		(void)parser_take(parser);
	*size = number << shift;
	return 0;
}

static bool
is_value(const struct rule_token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING ||
	    token->kind == TOKEN_REGEX;
}

/* Reports where a comma is missing between the tokens from the one at BEGIN to
 * the next one, if there are any: "social security, credit card" is meant to be
 * two values and would be four. */
static void
check_commas(struct parser *parser, size_t begin)
{
	const struct rule_token *missing = NULL;
	bool any = false;

	for (size_t i = begin; i < parser->at; i++) {
		const struct rule_token *token = &parser->tokens.items[i];

		if (token->kind == TOKEN_COMMA)
			any = true;
		else if (missing == NULL && i > begin && is_value(token) &&
		    is_value(token - 1))
			missing = token;
	}
	if (any && missing != NULL)
		rule_error(parser->errors, missing->place,
		    "a \",\" is missing before %.*s: with commas there must be "
		    "one between all items; put a phrase in quotes",
		    SPAN_ARGS(rule_token_name(
			missing, parser->errors->pool)));
}

/* True, after reporting, if TOKEN joins conditions: as a value it would be a
 * word like any other. */
static bool
is_joining_word(struct parser *parser, const struct rule_token *token)
{
	static const char *const words[] = { "and", "or", "not", NULL };

	if (token->kind != TOKEN_WORD ||
	    rule_word_index(words, token->text) < 0)
		return false;
	rule_error(parser->errors, token->place,
	    "braces have values only, of which one is enough: leave out "
	    "\"%.*s\", or put it in quotes if the word is meant",
	    SPAN_ARGS(token->text));
	return true;
}

void
parse_items(struct parser *parser, struct rule_token **items, size_t *count)
{
	const struct rule_token *open = parser_take(parser);
	size_t begin = parser->at;

	for (;;) {
		const struct rule_token *token = parser_peek(parser, 0);

		if (token->kind == TOKEN_CLOSE_BRACE) {
			check_commas(parser, begin);
			(void)parser_take(parser);
			return;
		}
		if (token->kind == TOKEN_END) {
			rule_error(parser->errors, open->place,
			    "this \"{\" is never closed");
			return;
		}
		(void)parser_take(parser);
		if (token->kind == TOKEN_COMMA || token->kind == TOKEN_BROKEN ||
		    is_joining_word(parser, token))
			continue;
		if (!is_value(token)) {
			rule_error(parser->errors, token->place,
			    "expected a word, a string or \"}\", found %.*s",
			    SPAN_ARGS(rule_token_name(
				token, parser->errors->pool)));
			continue;
		}
		*items = pool_grow(
		    parser->pool, *items, *count, sizeof(**items));
		(*items)[(*count)++] = *token;
	}
}

/* TOKEN, a value, as it is written. */
static struct span
value_text(const struct rule_token *token, struct pool *pool)
{
	const char *quote = token->kind == TOKEN_STRING ? "\""
	    : token->kind == TOKEN_REGEX		? "/"
							: "";

	return pool_printf(pool, "%s%.*s%s", quote, SPAN_ARGS(token->text),
	    quote);
}

/* Values with commas between them and no braces around; the first is taken
 * already.  Always -1. */
static int
several_values(struct parser *parser, const struct rule_test *test)
{
	struct pool *pool = parser->errors->pool;
	const struct rule_token *first = &test->operand.items[0];
	struct span values = value_text(first, pool);
	bool listed = test->verb == VERB_IS || test->verb == VERB_IN;
	size_t count = 1;

	while (parser_peek(parser, 0)->kind == TOKEN_COMMA) {
		const struct rule_token *token;

		(void)parser_take(parser);
		token = parser_peek(parser, 0);
		if ((token->kind != TOKEN_WORD ||
			parser_at_end_of_test(parser, 0)) &&
		    token->kind != TOKEN_STRING && token->kind != TOKEN_REGEX)
			break;
		(void)parser_take(parser);
		if (++count <= VALUES_SHOWN)
			values = pool_printf(pool, "%.*s %.*s",
			    SPAN_ARGS(values),
			    SPAN_ARGS(value_text(token, pool)));
	}
	rule_error(parser->errors, first->place,
	    "several values stand in braces; write: %s{ %.*s%s }",
	    !listed ? "" : test->negated ? "not in " : "in ",
	    SPAN_ARGS(values), count > VALUES_SHOWN ? " ..." : "");
	return -1;
}

/* True, after reporting, if the next token is a person's fact where a value is
 * expected: as a word it would be equal to nothing. */
static bool
is_other_fact(struct parser *parser, const struct rule_test *test)
{
	static const char *const people[] = { "sender", "from", "recipient",
		NULL };
	const struct rule_token *token = parser_peek(parser, 0);

	if (test->verb != VERB_IS || token->kind != TOKEN_WORD ||
	    rule_word_index(people, token->text) < 0)
		return false;
	rule_error(parser->errors, token->place,
	    "\"%s\" is compared with values, a column of a table or \"manager "
	    "of ...\", not with another fact; write \"%.*s\" in quotes if "
	    "the word is meant",
	    test->fact->phrase, SPAN_ARGS(token->text));
	return true;
}

int
parse_operand(struct parser *parser, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	const struct rule_token *token = parser_peek(parser, 0);

	if (parser_sees(parser, 0, "group") || parser_sees(parser, 0, "groups"))
		return parse_group_operand(parser, test);
	if (parser_at_manager(parser))
		return parse_manager_operand(parser, test);
	if (parser_misspelt_group(parser, test) || is_other_fact(parser, test))
		return -1;
	if (parser_at_cell(parser)) {
		if (test->verb != VERB_IS && test->verb != VERB_IN) {
			parser_no_cell(parser, test, token->place);
			return -1;
		}
		operand->cell = parse_cell(parser);
		return operand->cell != NULL ? 0 : -1;
	}
	if (parser_sees(parser, 0, "words") &&
	    parser_peek(parser, 1)->kind == TOKEN_OPEN_BRACE) {
		operand->is_words = true;
		(void)parser_take(parser);
		token = parser_peek(parser, 0);
	}
	if (token->kind == TOKEN_OPEN_BRACE) {
		size_t errors = parser->errors->count;

		operand->braced = true;
		parse_items(parser, &operand->items, &operand->count);
		/* What is broken has been reported. */
		if (operand->count == 0 && parser->errors->count == errors &&
		    parser->tokens.items[parser->at - 2].kind != TOKEN_BROKEN)
			rule_error(parser->errors, token->place,
			    "there is nothing between \"{\" and \"}\"");
		return operand->count > 0 ? 0 : -1;
	}
	if ((token->kind != TOKEN_WORD || parser_at_end_of_test(parser, 0)) &&
	    token->kind != TOKEN_STRING && token->kind != TOKEN_REGEX) {
		parser_unexpected(parser,
		    test->verb == VERB_MATCHES
			? "a regular expression such as /.../i"
			: "a value: a word, a string, a list's name or "
			  "{ ... }");
		return -1;
	}
	operand->items = pool_alloc(parser->pool, sizeof(*operand->items));
	operand->items[0] = *parser_take(parser);
	operand->count = 1;
	if (parser_peek(parser, 0)->kind == TOKEN_COMMA)
		return several_values(parser, test);
	return 0;
}

static void
unknown_verb(struct parser *parser, const struct rule_fact *fact)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct pool *pool = parser->errors->pool;
	struct buf verbs;
	struct rule_suggestion suggestion;

	if (token->kind == TOKEN_BROKEN)
		return;
	buf_init(&verbs, 1024);
	rule_type_verbs(fact->type, &verbs);
	rule_suggestion_start(&suggestion,
	    token->kind == TOKEN_WORD ? token->text : SPAN(""));
	for (size_t i = 0; rule_verb_words[i] != NULL; i++)
		rule_suggestion_try(&suggestion, span_of(rule_verb_words[i]));
	rule_error(parser->errors, token->place,
	    "expected a test of \"%s\" (%.*s), found %.*s%.*s", fact->phrase,
	    SPAN_ARGS(buf_span(&verbs)),
	    SPAN_ARGS(rule_token_name(token, pool)),
	    SPAN_ARGS(rule_suggestion_text(&suggestion, pool)));
	buf_free(&verbs);
}

static const struct {
	const char *word;
	enum rule_verb verb;
	bool is_value; /* of facts that do not allow VERB */
} is_words[] = {
	{ "empty", VERB_IS_EMPTY, false },
	{ "internal", VERB_IS_INTERNAL, true },
	{ "external", VERB_IS_EXTERNAL, true },
	{ "verified", VERB_IS_VERIFIED, true },
	{ "in", VERB_IN, false },
	{ "over", VERB_OVER, false },
	{ "under", VERB_UNDER, false },
	{ "from", VERB_FROM, true },
};

/* "is" is taken. */
static int
parse_is(struct parser *parser, struct rule_test *test)
{
	if (parser_accept(parser, "not"))
		test->negated = !test->negated;
	if (test->fact->type == TYPE_TEXT && parser_sees(parser, 0, "signed"))
		return later(
		    parser, parser_peek(parser, 0), "signed headers are");
	for (size_t i = 0; i < sizeof(is_words) / sizeof(is_words[0]); i++) {
		/* For other facts "internal" is a value like any other. */
		if (!parser_sees(parser, 0, is_words[i].word) ||
		    (is_words[i].is_value &&
			!rule_type_allows(test->fact->type, is_words[i].verb)))
			continue;
		(void)parser_take(parser);
		test->verb = is_words[i].verb;
		return 0;
	}
	test->verb = VERB_IS;
	return 0;
}

/* The two forms of each verb: "contains", and behind "does not" "contain". */
static const struct {
	const char *word, *plain, *second;
	enum rule_verb verb;
} verbs[] = {
	{ "in", NULL, NULL, VERB_IN },
	{ "contains", "contain", NULL, VERB_CONTAINS },
	{ "matches", "match", NULL, VERB_MATCHES },
	{ "starts", "start", "with", VERB_STARTS_WITH },
	{ "ends", "end", "with", VERB_ENDS_WITH },
	{ "over", NULL, NULL, VERB_OVER },
	{ "under", NULL, NULL, VERB_UNDER },
	{ "from", NULL, NULL, VERB_FROM },
	{ "exists", "exist", NULL, VERB_EXISTS },
};

/* The verb and what it compares with, of which verb and negation are set.  0,
 * or -1 after reporting. */
static int
parse_verb(struct parser *parser, struct rule_test *test)
{
	/* "attachments contain": either form will do. */
	bool plain = test->fact->id == FACT_ATTACHMENTS;
	bool inflected = true;

	if (parser_accept(parser, "is"))
		return parse_is(parser, test);
	if (parser_accept(parser, "does") ||
	    (plain && parser_accept(parser, "do"))) {
		if (!parser_expect_word(parser, "not"))
			return -1;
		plain = true;
		inflected = false;
		test->negated = true;
	} else if (parser_accept(parser, "not")) {
		test->negated = true;
		/* "any recipient (not is internal)" */
		if (parser_accept(parser, "is"))
			return parse_is(parser, test);
	}
	if ((plain && parser_accept(parser, "have")) ||
	    (inflected && parser_accept(parser, "has")))
		return parse_has(parser, test);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!(inflected && parser_accept(parser, verbs[i].word)) &&
		    !(plain && verbs[i].plain != NULL &&
			parser_accept(parser, verbs[i].plain)))
			continue;
		if (verbs[i].second != NULL &&
		    !parser_expect_word(parser, verbs[i].second))
			return -1;
		test->verb = verbs[i].verb;
		return 0;
	}
	unknown_verb(parser, test->fact);
	return -1;
}

struct rule_condition *
parse_test(struct parser *parser, const struct rule_fact *fact,
    struct rule_place place)
{
	struct rule_person_name nobody = { .managers = 0 };

	return parse_person_test(parser, &nobody, fact, place);
}

int
parser_fact_name(struct parser *parser, struct rule_test *test)
{
	const struct rule_token *name;

	if (!rule_fact_is_named(test->fact->id))
		return 0;
	name = parser_expect(parser, TOKEN_STRING,
	    rule_fact_is_header(test->fact->id)
		? "the header's name in quotes"
		: "the method in quotes, such as \"spf\"");
	if (name == NULL)
		return -1;
	test->header = name->text;
	return 0;
}

/* Reports that TEST's fact is not tested with its verb. */
static void
wrong_verb(struct parser *parser, const struct rule_test *test,
    struct rule_place place)
{
	struct span verb = test->verb != VERB_HAS_DETECTOR
	    ? span_of(rule_verb_name(test->verb))
	    : pool_printf(parser->errors->pool, "has %s",
		  detector_names[test->detector]);
	struct span advice = SPAN("");
	struct buf verbs_allowed;

	/* "any attachment contains ..." */
	if (test->fact->id == FACT_ATTACHMENT_STATE &&
	    rule_type_allows(TYPE_LONG_TEXT, test->verb))
		advice = pool_printf(parser->errors->pool,
		    ", or test its text: \"attachment content %.*s\"",
		    SPAN_ARGS(verb));
	buf_init(&verbs_allowed, 1024);
	rule_type_verbs(test->fact->type, &verbs_allowed);
	rule_error(parser->errors, place,
	    "\"%s\" cannot be tested with \"%.*s\"; use %.*s%.*s",
	    test->fact->phrase, SPAN_ARGS(verb),
	    SPAN_ARGS(buf_span(&verbs_allowed)), SPAN_ARGS(advice));
	buf_free(&verbs_allowed);
}

struct rule_condition *
parse_person_test(struct parser *parser,
    const struct rule_person_name *person, const struct rule_fact *fact,
    struct rule_place place)
{
	struct rule_condition *condition =
	    parser_condition(parser, CONDITION_TEST, place);
	struct rule_test *test = &condition->test;

	test->fact = fact;
	test->person = *person;
	if (parser_fact_name(parser, test) < 0 ||
	    parse_attribute(parser, test) < 0 || parse_verb(parser, test) < 0)
		return parser_broken(parser);
	fact = test->fact;
	if (!rule_type_allows(fact->type, test->verb)) {
		wrong_verb(parser, test, place);
		return parser_broken(parser);
	}
	switch (test->verb) {
	case VERB_OVER:
	case VERB_UNDER:
		if (parse_size(parser, &test->operand.size) < 0)
			return parser_broken(parser);
		break;
	case VERB_FROM:
		if (parse_range(parser, test) < 0)
			return parser_broken(parser);
		break;
	case VERB_IS:
	case VERB_IN:
	case VERB_CONTAINS:
	case VERB_MATCHES:
	case VERB_STARTS_WITH:
	case VERB_ENDS_WITH:
		if (parse_operand(parser, test) < 0)
			return parser_broken(parser);
		if ((test->verb == VERB_CONTAINS ||
			test->verb == VERB_MATCHES) &&
		    parse_finds(parser, test) < 0)
			return parser_broken(parser);
		break;
	case VERB_HAS_WORDS: /* read with their verb */
	case VERB_HAS_DETECTOR:
	case VERB_EXISTS:
	case VERB_IS_EMPTY:
	case VERB_IS_INTERNAL:
	case VERB_IS_EXTERNAL:
	case VERB_IS_VERIFIED:
		break;
	}
	return condition;
}
