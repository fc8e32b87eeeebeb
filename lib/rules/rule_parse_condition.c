/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conditions: "not" binds before "and" before "or".
 */
#include "rules/rule_parser.h"

#include "formats/header.h"

#include <string.h>

/* Parentheses, "not" and quantifiers inside each other.  People need five; the
 * stack must survive the rest. */
enum { DEPTH_MAX = 100 };

static void
add_child(struct parser *parser, struct rule_condition *condition,
    struct rule_condition *child)
{
	condition->children =
	    pool_grow(parser->pool, condition->children, condition->child_count,
		sizeof(struct rule_condition *));
	condition->children[condition->child_count++] = child;
}

/* CONDITION is what was read from the token at offset BEGIN up to here, unless
 * it stood in parentheses and is known already. */
static struct rule_condition *
with_extent(const struct parser *parser, struct rule_condition *condition,
    size_t begin)
{
	if (condition->end > 0 || parser->at == 0)
		return condition;
	condition->begin = begin;
	condition->end = parser->tokens.items[parser->at - 1].end;
	return condition;
}

/* How many tokens from the next one on are PHRASE, or 0. */
static size_t
phrase_length(const struct parser *parser, const char *phrase)
{
	struct span rest = span_of(phrase);
	struct span word;
	size_t count = 0;

	while (span_next(&rest, ' ', &word)) {
		const struct rule_token *token = parser_peek(parser, count);

		if (token->kind != TOKEN_WORD || !span_equal(token->text, word))
			return 0;
		count++;
	}
	return count;
}

const struct rule_fact *
parser_find_fact(
    const struct parser *parser, enum rule_scope scope, size_t *length)
{
	const struct rule_fact *found = NULL;

	*length = 0;
	for (size_t i = 0; i < rule_facts_count; i++) {
		const struct rule_fact *fact = &rule_facts_table[i];
		size_t count;

		/* Without a noun in front, "name" or "domain" mean something
		 * only inside their scope. */
		if (fact->scope != SCOPE_MESSAGE && fact->scope != scope &&
		    fact->id != FACT_DIRECTION &&
		    strncmp(fact->phrase, "recipient", 9) != 0)
			continue;
		count = phrase_length(parser, fact->phrase);
		/* "text" in a scope is that of the one that was picked. */
		if (count > *length ||
		    (count > 0 && count == *length && fact->scope == scope)) {
			*length = count;
			found = fact;
		}
	}
	return found;
}

static const struct rule_fact *
fact_of(enum rule_scope scope, enum rule_fact_id id)
{
	for (size_t i = 0; i < rule_facts_count; i++)
		if (rule_facts_table[i].id == id &&
		    rule_facts_table[i].scope == scope)
			return &rule_facts_table[i];
	return NULL;
}

/* What a test without a fact speaks of: the one that was picked. */
static const struct rule_fact *
default_fact(enum rule_scope scope)
{
	switch (scope) {
	case SCOPE_MESSAGE:
		return NULL;
	case SCOPE_RECIPIENT:
		return fact_of(scope, FACT_RECIPIENT);
	case SCOPE_ATTACHMENT:
		return fact_of(scope, FACT_ATTACHMENT_STATE);
	case SCOPE_HEADER:
		return fact_of(scope, FACT_HEADER_VALUE);
	}
	return NULL;
}

enum rule_side
parse_side(struct parser *parser)
{
	if (parser_accept(parser, "external"))
		return SIDE_EXTERNAL;
	if (parser_accept(parser, "internal"))
		return SIDE_INTERNAL;
	return SIDE_BOTH;
}

/* The noun as next token, singular or plural: true and *NOUN. */
static bool
parse_noun(struct parser *parser, enum rule_noun *noun)
{
	static const char *const singular[] = { "recipient", "attachment",
		"header", NULL };
	static const char *const plural[] = { "recipients", "attachments",
		"headers", NULL };
	const struct rule_token *token = parser_peek(parser, 0);
	int index;

	if (token->kind != TOKEN_WORD)
		return false;
	index = rule_word_index(singular, token->text);
	if (index < 0)
		index = rule_word_index(plural, token->text);
	if (index < 0)
		return false;
	(void)parser_take(parser);
	*noun = (enum rule_noun)index;
	return true;
}

/* What people call the recipients of a message, and the header field that they
 * may mean instead. */
static const char *const recipient_words[] = { "to", "cc", "bcc", "rcpt",
	"recipients", NULL };
static const char *const recipient_fields[] = { "To", "Cc", "Bcc", "To",
	"To" };

/* True if TOKEN is one of them and was reported. */
static bool
is_recipient_word(struct parser *parser, const struct rule_token *token)
{
	int index = rule_word_index(recipient_words, token->text);

	if (index < 0)
		return false;
	rule_error(parser->errors, token->place,
	    "\"%.*s\" is not a fact that rules know; write \"any recipient\" "
	    "for the envelope or header \"%s\" for what the message says",
	    SPAN_ARGS(token->text), recipient_fields[index]);
	return true;
}

/* What people write where a condition begins, and what says it. */
static const struct {
	const char *word, *advice;
} other_words[] = {
	{ "all", "write \"every\"" },
	{ "each", "write \"every\"" },
	{ "some", "write \"any\"" },
	{ "none", "write \"no\"" },
	{ "more", "write \"at least N\"" },
	{ "less", "write \"not at least N\"" },
	{ "fewer", "write \"not at least N\"" },
	{ "attachment",
	    "say which: \"any attachment\", \"every attachment\", \"no "
	    "attachment\" or \"at least N attachments\"" },
	{ "spf", "write result \"spf\"" },
	{ "dkim", "write result \"dkim\"" },
	{ "dmarc", "write result \"dmarc\"" },
	{ NULL, NULL },
};

/* True if TOKEN is one of them and was reported. */
static bool
is_other_word(struct parser *parser, const struct rule_token *token)
{
	for (size_t i = 0; other_words[i].word != NULL; i++) {
		if (!span_equal(token->text, span_of(other_words[i].word)))
			continue;
		rule_error(parser->errors, token->place,
		    "\"%.*s\" is not a fact that rules know; %s",
		    SPAN_ARGS(token->text), other_words[i].advice);
		return true;
	}
	return false;
}

/* A word that is no fact and is tested as if it were one. */
static struct rule_condition *
unknown_fact(struct parser *parser, enum rule_scope scope)
{
	const struct rule_token *token = parser_take(parser);
	struct rule_suggestion suggestion;

	if (is_recipient_word(parser, token) ||
	    is_other_word(parser, token) ||
	    parser_lone_attribute(parser, token))
		return parser_broken(parser);
	rule_suggestion_start(&suggestion, token->text);
	/* Of two words that are as near the one of the scope is meant. */
	for (size_t i = 0; i < rule_facts_count; i++)
		if (rule_facts_table[i].scope == scope)
			rule_suggestion_try(&suggestion,
			    span_of(rule_facts_table[i].phrase));
	for (size_t i = 0; i < rule_facts_count; i++) {
		const struct rule_fact *fact = &rule_facts_table[i];

		if (fact->scope != SCOPE_MESSAGE && fact->scope != scope &&
		    span_equal(token->text, span_of(fact->phrase)) &&
		    fact->scope != SCOPE_RECIPIENT) {
			rule_error(parser->errors, token->place,
			    "\"%s\" is of one %s; write \"any %s (%s ...)\"",
			    fact->phrase,
			    fact->scope == SCOPE_HEADER ? "header"
							: "attachment",
			    fact->scope == SCOPE_HEADER ? "header"
							: "attachment",
			    fact->phrase);
			return parser_broken(parser);
		}
		if (fact->scope == SCOPE_MESSAGE || fact->scope == scope)
			rule_suggestion_try(
			    &suggestion, span_of(fact->phrase));
	}
	rule_error(parser->errors, token->place,
	    "\"%.*s\" is not a fact that rules know%.*s",
	    SPAN_ARGS(token->text),
	    SPAN_ARGS(rule_suggestion_text(
		&suggestion, parser->errors->pool)));
	return parser_broken(parser);
}

/* What is said of each: in parentheses, as one test, or nothing. */
static struct rule_condition *
parse_inner(struct parser *parser, enum rule_scope scope)
{
	struct rule_place place = parser_peek(parser, 0)->place;
	const struct rule_fact *fact = default_fact(scope);
	struct rule_condition *inner;
	size_t length = 0;

	if (parser_at_end_of_test(parser, 0))
		return NULL;
	parser->scope = scope;
	if (parser_peek(parser, 0)->kind == TOKEN_OPEN_PAREN) {
		(void)parser_take(parser);
		inner = parse_condition(parser, scope);
		if (parser_expect(parser, TOKEN_CLOSE_PAREN,
			"\")\", \"and\" or \"or\"") == NULL)
			return parser_broken(parser);
		return inner;
	}
	for (size_t i = 0; i < rule_facts_count; i++) {
		size_t count;

		if (rule_facts_table[i].scope != scope)
			continue;
		count = phrase_length(parser, rule_facts_table[i].phrase);
		if (count > length) {
			length = count;
			fact = &rule_facts_table[i];
		}
	}
	if (length == 0 && scope != SCOPE_RECIPIENT &&
	    parser_peek(parser, 0)->kind == TOKEN_WORD &&
	    !parser_at_verb(parser, 0) && parser_at_verb(parser, 1))
		return unknown_fact(parser, scope);
	for (size_t i = 0; i < length; i++)
		(void)parser_take(parser);
	return with_extent(
	    parser, parse_test(parser, fact, place), place.offset);
}

/* The name of the headers that a quantifier speaks of, which stands next.  An
 * empty one would be all of them. */
static struct span
parse_header_name(struct parser *parser)
{
	const struct rule_token *token = parser_take(parser);

	if (header_name_check(token->text) < 0)
		rule_error(parser->errors, token->place,
		    "\"%.*s\" cannot be the name of a header: one has no "
		    "colon and no blanks",
		    SPAN_ARGS(token->text));
	return token->text;
}

/* any / every / no / at least N ..., with that word next. */
static struct rule_condition *
parse_quantifier(struct parser *parser)
{
	static const enum rule_quantity quantities[] = { QUANTITY_ANY,
		QUANTITY_EVERY, QUANTITY_NO, QUANTITY_AT_LEAST };
	const struct rule_token *word = parser_take(parser);
	struct rule_condition *condition =
	    parser_condition(parser, CONDITION_QUANTIFIER, word->place);
	struct rule_quantifier *quantifier = &condition->quantifier;
	bool picked;

	quantifier->quantity =
	    quantities[rule_word_index(rule_quantity_words, word->text)];
	quantifier->at_least = 1;
	if (quantifier->quantity == QUANTITY_AT_LEAST) {
		quantifier->at_least = parse_count(parser);
		if (quantifier->at_least == 0)
			return parser_broken(parser);
	}
	quantifier->side = parse_side(parser);
	if (!parse_noun(parser, &quantifier->noun)) {
		parser_unexpected(parser, quantifier->side != SIDE_BOTH
			? "\"recipient\""
			: "\"recipient\", \"external recipient\", "
			  "\"internal recipient\", \"attachment\" or "
			  "\"header\"");
		return parser_broken(parser);
	}
	if (quantifier->side != SIDE_BOTH &&
	    quantifier->noun != NOUN_RECIPIENT) {
		rule_error(parser->errors, word->place,
		    "only recipients are internal or external");
		return parser_broken(parser);
	}
	if (quantifier->noun == NOUN_RECIPIENT && parser->per_recipient) {
		rule_error(parser->errors, word->place,
		    "a rule \"for each recipient\" sees one recipient only; "
		    "write \"recipient ...\"");
		return parser_broken(parser);
	}
	if (quantifier->noun == NOUN_HEADER &&
	    parser_peek(parser, 0)->kind == TOKEN_STRING)
		quantifier->header = parse_header_name(parser);
	picked = parser->picked;
	parser->picked = quantifier->noun == NOUN_RECIPIENT;
	quantifier->inner =
	    parse_inner(parser, rule_noun_scope(quantifier->noun));
	parser->picked = picked;
	return condition;
}

/* "direction is outbound" in a message rule: of any recipient. */
static struct rule_condition *
any_recipient(struct parser *parser, struct rule_condition *inner)
{
	struct rule_condition *condition =
	    parser_condition(parser, CONDITION_QUANTIFIER, inner->place);

	condition->quantifier.at_least = 1;
	condition->quantifier.inner = inner;
	condition->quantifier.implied = true;
	if (inner->test.negated) {
		struct rule_condition *none =
		    parser_condition(parser, CONDITION_NOT, inner->place);

		/* "is not outbound" says so of all of them. */
		inner->test.negated = false;
		add_child(parser, none, condition);
		return none;
	}
	return condition;
}

static struct rule_condition *
parse_fact(struct parser *parser, const struct rule_fact *fact, size_t length,
    enum rule_scope scope)
{
	struct rule_place place = parser_peek(parser, 0)->place;
	struct rule_condition *condition;
	bool picked = parser->per_recipient || scope == SCOPE_RECIPIENT;

	for (size_t i = 0; i < length; i++)
		(void)parser_take(parser);
	if (fact->scope == SCOPE_RECIPIENT && !picked &&
	    fact->id != FACT_DIRECTION) {
		rule_error(parser->errors, place,
		    "say which: \"any recipient\", \"every recipient\", \"no "
		    "recipient\" or \"at least N recipients\"");
		return parser_broken(parser);
	}
	condition = parse_test(parser, fact, place);
	if (fact->id == FACT_DIRECTION && !picked &&
	    condition->kind == CONDITION_TEST)
		return any_recipient(parser, condition);
	return condition;
}

/* A test of TABLE[KEY].COLUMN, which stands next. */
static struct rule_condition *
parse_cell_test(struct parser *parser)
{
	struct rule_cell *cell = parse_cell(parser);
	struct rule_condition *condition;

	if (cell == NULL)
		return parser_broken(parser);
	condition = parse_test(parser, &cell->fact, cell->place);
	if (condition->kind == CONDITION_TEST)
		condition->test.cell = cell;
	return condition;
}

/* A word where a condition is expected. */
static struct rule_condition *
parse_word(struct parser *parser, enum rule_scope scope)
{
	const struct rule_token *token = parser_peek(parser, 0);
	const struct rule_fact *fact;
	struct rule_condition *condition;
	size_t length;

	parser->scope = scope;
	if (rule_word_index(rule_quantity_words, token->text) >= 0)
		return parse_quantifier(parser);
	if (scope != SCOPE_MESSAGE && parser_at_verb(parser, 0))
		return parse_test(parser, default_fact(scope), token->place);
	if (parser_at_manager(parser))
		return parse_manager(parser);
	if (parser_at_cell(parser))
		return parse_cell_test(parser);
	fact = parser_find_fact(parser, scope, &length);
	if (fact != NULL)
		return parse_fact(parser, fact, length, scope);
	if (scope == SCOPE_RECIPIENT && parser_at_attribute(parser))
		return parse_test(parser, default_fact(scope), token->place);
	if (rule_word_index(rule_later_facts, token->text) >= 0) {
		rule_error(parser->errors, token->place,
		    "the fact \"%.*s\" is not available yet",
		    SPAN_ARGS(token->text));
		return parser_broken(parser);
	}
	if (!parser_at_end_of_test(parser, 1) &&
	    parser_peek(parser, 1)->kind == TOKEN_WORD)
		return unknown_fact(parser, scope);
	(void)parser_take(parser);
	if (span_equal(token->text, SPAN("always")))
		return parser_condition(parser, CONDITION_AND, token->place);
	condition = parser_condition(parser, CONDITION_DEFINED, token->place);
	condition->defined.name = token->text;
	return condition;
}

static struct rule_condition *
parse_primary(struct parser *parser, enum rule_scope scope)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct rule_condition *condition;

	if (token->kind == TOKEN_OPEN_PAREN) {
		(void)parser_take(parser);
		condition = parse_condition(parser, scope);
		if (parser_expect(parser, TOKEN_CLOSE_PAREN,
			"\")\", \"and\" or \"or\"") == NULL)
			return parser_broken(parser);
		return condition;
	}
	if (token->kind == TOKEN_WORD && !parser_at_end_of_test(parser, 0))
		return parse_word(parser, scope);
	parser_unexpected(parser, "a condition");
	return parser_broken(parser);
}

static struct rule_condition *
parse_not(struct parser *parser, enum rule_scope scope)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct rule_condition *condition;

	/* Inside a scope "not in LIST" is a test of the one picked. */
	if (!parser_sees(parser, 0, "not") ||
	    (scope != SCOPE_MESSAGE && parser_at_verb(parser, 1)))
		return with_extent(parser, parse_primary(parser, scope),
		    token->place.offset);
	(void)parser_take(parser);
	if (++parser->depth > DEPTH_MAX) {
		rule_error(parser->errors, token->place,
		    "conditions are nested more than %d deep", DEPTH_MAX);
		condition = parser_broken(parser);
	} else {
		condition =
		    parser_condition(parser, CONDITION_NOT, token->place);
		add_child(parser, condition, parse_not(parser, scope));
	}
	parser->depth--;
	return with_extent(parser, condition, token->place.offset);
}

static struct rule_condition *
parse_and(struct parser *parser, enum rule_scope scope)
{
	size_t begin = parser_peek(parser, 0)->place.offset;
	struct rule_condition *first = parse_not(parser, scope);
	struct rule_condition *all;

	if (!parser_sees(parser, 0, "and"))
		return first;
	all = parser_condition(parser, CONDITION_AND, first->place);
	add_child(parser, all, first);
	while (parser_accept(parser, "and"))
		add_child(parser, all, parse_not(parser, scope));
	return with_extent(parser, all, begin);
}

static struct rule_condition *
parse_or(struct parser *parser, enum rule_scope scope)
{
	size_t begin = parser_peek(parser, 0)->place.offset;
	struct rule_condition *first = parse_and(parser, scope);
	struct rule_condition *some;

	if (!parser_sees(parser, 0, "or"))
		return first;
	some = parser_condition(parser, CONDITION_OR, first->place);
	add_child(parser, some, first);
	while (parser_accept(parser, "or"))
		add_child(parser, some, parse_and(parser, scope));
	return with_extent(parser, some, begin);
}

struct rule_condition *
parse_condition(struct parser *parser, enum rule_scope scope)
{
	struct rule_condition *condition;

	if (++parser->depth > DEPTH_MAX) {
		rule_error(parser->errors, parser_peek(parser, 0)->place,
		    "conditions are nested more than %d deep", DEPTH_MAX);
		condition = parser_broken(parser);
	} else {
		condition = parse_or(parser, scope);
	}
	parser->depth--;
	return condition;
}
