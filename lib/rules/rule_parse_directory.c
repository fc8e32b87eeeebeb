/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts of the directory: attributes and managers of people, and groups.
 */
#include "rules/rule_attribute.h"
#include "rules/rule_parser.h"

/* "manager of" before each other; more are a slip. */
enum { MANAGERS_MAX = 5 };

static const char *const person_words[] = {
	[PERSON_SENDER] = "sender",
	[PERSON_FROM] = "from",
	[PERSON_RECIPIENT] = "recipient",
	NULL,
};

/* A fact about PERSON, called PHRASE. */
static const struct rule_fact *
make_fact(struct parser *parser, const struct rule_person_name *person,
    enum rule_fact_id id, enum rule_type type, struct span phrase)
{
	struct rule_fact *fact = pool_alloc(parser->pool, sizeof(*fact));

	fact->phrase = pool_string(parser->pool, phrase);
	fact->id = id;
	fact->type = type;
	fact->scope = person->role == PERSON_RECIPIENT ? SCOPE_RECIPIENT
						       : SCOPE_MESSAGE;
	fact->stage = person->role == PERSON_FROM ? RULE_STAGE_HEADERS
						  : RULE_STAGE_RECIPIENT;
	fact->needs = RULE_NEEDS_DIRECTORY;
	if (person->role == PERSON_FROM)
		fact->needs |= RULE_NEEDS_HEADERS;
	return fact;
}

/* The person whose address FACT is. */
static struct rule_person_name
person_of(const struct rule_test *test)
{
	struct rule_person_name person = test->person;

	if (test->fact->id == FACT_SENDER)
		person.role = PERSON_SENDER;
	else if (test->fact->id == FACT_FROM)
		person.role = PERSON_FROM;
	else if (test->fact->id == FACT_RECIPIENT)
		person.role = PERSON_RECIPIENT;
	return person;
}

/* Looks for what NAME, which is no attribute, may be meant for. */
static struct span
attribute_suggestion(struct parser *parser, struct span name)
{
	struct rule_suggestion suggestion;

	rule_suggestion_start(&suggestion, name);
	rule_suggestion_try(&suggestion, SPAN("domain"));
	return rule_suggestion_text(&suggestion, parser->errors->pool);
}

/* True if the next token is called like an attribute and is tested. */
static bool
at_tested_name(const struct parser *parser)
{
	const struct rule_token *token = parser_peek(parser, 0);

	return token->kind == TOKEN_WORD && !parser_at_verb(parser, 0) &&
	    parser_at_verb(parser, 1) && rule_attribute_possible(token->text);
}

bool
parser_at_attribute(const struct parser *parser)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct rule_suggestion suggestion;

	if (!at_tested_name(parser))
		return false;
	if (rule_attribute_known(token->text))
		return true;
	rule_suggestion_start(&suggestion, token->text);
	for (size_t i = 0; i < rule_facts_count; i++) {
		const struct rule_fact *fact = &rule_facts_table[i];

		/* "name" is of an attachment or a header. */
		if (span_equal(token->text, span_of(fact->phrase)))
			return false;
		if (fact->scope == SCOPE_MESSAGE ||
		    fact->scope == SCOPE_RECIPIENT)
			rule_suggestion_try(
			    &suggestion, span_of(fact->phrase));
	}
	return suggestion.best.len == 0;
}

int
parse_attribute(struct parser *parser, struct rule_test *test)
{
	const struct rule_token *token = parser_peek(parser, 0);
	const char *phrase = test->fact->phrase;
	struct rule_person_name person = person_of(test);
	struct span suggestion;

	if (!rule_fact_is_person(test->fact->id) ||
	    token->kind != TOKEN_WORD ||
	    parser_at_verb(parser, 0) ||
	    (!parser_at_verb(parser, 1) && !rule_attribute_known(token->text)))
		return 0;
	suggestion = attribute_suggestion(parser, token->text);
	if (span_equal_case(token->text, SPAN("manager"))) {
		/* It holds a DN, which no address ever equals. */
		rule_error(parser->errors, token->place,
		    "write \"manager of %s\"", person_words[person.role]);
		return -1;
	}
	if (span_equal(token->text, SPAN("domain"))) {
		rule_error(parser->errors, token->place,
		    "\"%s\" has no \"domain\"; write \"%s ends with "
		    "@example.com\"",
		    phrase, phrase);
		return -1;
	}
	if (!rule_attribute_possible(token->text)) {
		rule_error(parser->errors, token->place,
		    "\"%.*s\" is no attribute of the directory; its name has "
		    "letters, digits and \"-\", a letter first",
		    SPAN_ARGS(token->text));
		return -1;
	}
	if (!rule_attribute_known(token->text) && suggestion.len > 0) {
		rule_error(parser->errors, token->place,
		    "\"%.*s\" is no attribute of the directory%.*s",
		    SPAN_ARGS(token->text), SPAN_ARGS(suggestion));
		return -1;
	}
	(void)parser_take(parser);
	test->person = person;
	test->attribute = pool_dup_lower(parser->pool, token->text);
	test->fact = make_fact(parser, &person, FACT_ATTRIBUTE, TYPE_TEXT,
	    pool_printf(parser->pool, "%s %.*s", phrase,
		SPAN_ARGS(token->text)));
	return 0;
}

bool
parser_lone_attribute(
    struct parser *parser, const struct rule_token *token)
{
	if (!rule_attribute_known(token->text))
		return false;
	if (span_equal_case(token->text, SPAN("manager"))) {
		rule_error(parser->errors, token->place,
		    "write \"manager of sender\"");
		return true;
	}
	rule_error(parser->errors, token->place,
	    "\"%.*s\" is an attribute of a person; write \"sender %.*s\" or "
	    "\"%s%.*s ...%s\"",
	    SPAN_ARGS(token->text), SPAN_ARGS(token->text),
	    parser->per_recipient ? "recipient " : "any recipient (",
	    SPAN_ARGS(token->text), parser->per_recipient ? "" : ")");
	return true;
}

bool
parser_at_manager(const struct parser *parser)
{
	return parser_sees(parser, 0, "manager") &&
	    parser_sees(parser, 1, "of");
}

/* "manager of" [manager of ...] sender | from | recipient.  0 or -1. */
static int
parse_person(struct parser *parser, struct rule_person_name *person)
{
	const struct rule_token *first = parser_peek(parser, 0);
	const struct rule_token *token;
	int role;

	*person = (struct rule_person_name){ .managers = 0 };
	while (parser_at_manager(parser)) {
		(void)parser_take(parser);
		(void)parser_take(parser);
		person->managers++;
	}
	if (person->managers > MANAGERS_MAX) {
		rule_error(parser->errors, first->place,
		    "\"manager of\" stands more than %d times", MANAGERS_MAX);
		return -1;
	}
	token = parser_peek(parser, 0);
	role = parser_expect_choice(parser, person_words,
	    "\"sender\", \"from\" or \"recipient\" behind \"manager of\"");
	if (role < 0)
		return -1;
	person->role = (enum rule_person_role)role;
	if (person->role != PERSON_RECIPIENT || parser->picked)
		return 0;
	rule_error(parser->errors, token->place,
	    "say which recipient: \"any recipient (... manager of recipient "
	    "...)\", or make it a rule \"for each recipient\"");
	return -1;
}

/* "manager of sender". */
static struct span
person_phrase(struct parser *parser, const struct rule_person_name *person)
{
	struct span phrase = span_of(person_words[person->role]);

	for (unsigned i = 0; i < person->managers; i++)
		phrase = pool_printf(
		    parser->pool, "manager of %.*s", SPAN_ARGS(phrase));
	return phrase;
}

struct rule_condition *
parse_manager(struct parser *parser)
{
	struct rule_place place = parser_peek(parser, 0)->place;
	struct rule_person_name person;

	if (parse_person(parser, &person) < 0)
		return parser_broken(parser);
	return parse_person_test(parser, &person,
	    make_fact(parser, &person, FACT_MANAGER, TYPE_ADDRESS,
		person_phrase(parser, &person)),
	    place);
}

int
parse_manager_operand(struct parser *parser, struct rule_test *test)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct rule_person_name *person =
	    pool_alloc(parser->pool, sizeof(*person));

	if (parse_person(parser, person) < 0)
		return -1;
	if (!rule_fact_is_person(test->fact->id)) {
		rule_error(parser->errors, token->place,
		    "\"%s\" cannot be compared with somebody's manager; "
		    "sender, from, recipient and their managers can",
		    test->fact->phrase);
		return -1;
	}
	if (test->verb != VERB_IS) {
		rule_error(parser->errors, token->place, "write \"is %.*s\"",
		    SPAN_ARGS(person_phrase(parser, person)));
		return -1;
	}
	test->operand.person = person;
	return 0;
}

/* "NAME" or { "NAME" ... } of groups. */
static int
parse_group_names(
    struct parser *parser, struct rule_token **items, size_t *count)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (token->kind == TOKEN_OPEN_BRACE) {
		parse_items(parser, items, count);
		if (*count == 0)
			rule_error(parser->errors, token->place,
			    "there is no group between \"{\" and \"}\"");
		return *count > 0 ? 0 : -1;
	}
	if (token->kind != TOKEN_STRING &&
	    (token->kind != TOKEN_WORD || parser_at_end_of_test(parser, 0))) {
		parser_unexpected(
		    parser, "the name of the group in quotes, or { ... }");
		return -1;
	}
	*items = pool_alloc(parser->pool, sizeof(**items));
	(*items)[0] = *parser_take(parser);
	*count = 1;
	if (parser_peek(parser, 0)->kind != TOKEN_COMMA)
		return 0;
	rule_error(parser->errors, token->place,
	    "several groups stand in braces; write: groups { \"%.*s\" ... }",
	    SPAN_ARGS(token->text));
	return -1;
}

bool
parser_misspelt_group(struct parser *parser, const struct rule_test *test)
{
	const struct rule_token *token = parser_peek(parser, 0);
	static const char *const group[] = { "group", "groups", NULL };
	const char *meant;

	if (test->verb != VERB_IN || token->kind != TOKEN_WORD ||
	    parser_peek(parser, 1)->kind != TOKEN_STRING)
		return false;
	meant = rule_suggest(group, token->text);
	if (meant == NULL)
		return false;
	rule_error(parser->errors, token->place,
	    "expected a list, { ... } or \"group\", found \"%.*s\"; did you "
	    "mean \"%s\"?",
	    SPAN_ARGS(token->text), meant);
	return true;
}

int
parse_group_operand(struct parser *parser, struct rule_test *test)
{
	const struct rule_token *token = parser_take(parser);

	if (!rule_fact_is_person(test->fact->id)) {
		rule_error(parser->errors, token->place,
		    "\"%s\" is in no group of the directory; sender, from, "
		    "recipient and their managers may be",
		    test->fact->phrase);
		return -1;
	}
	if (test->verb != VERB_IN) {
		rule_error(
		    parser->errors, token->place, "write \"in group ...\"");
		return -1;
	}
	test->operand.is_group = true;
	return parse_group_names(
	    parser, &test->operand.items, &test->operand.count);
}

int
parse_members(struct parser *parser, struct rule_list *list)
{
	if (parser_accept(parser, "members") &&
	    !parser_expect_word(parser, "of"))
		return -1;
	if (!parser_accept(parser, "groups") &&
	    !parser_expect_word(parser, "group"))
		return -1;
	if (parse_group_names(parser, &list->items, &list->count) < 0)
		return -1;
	return LIST_MEMBERS;
}
