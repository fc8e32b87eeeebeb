/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a rule does: the actions behind "then".
 */
#include "rules/rule_parser.h"

#include "formats/address.h"
#include "formats/header.h"

enum {
	/* What is put before a subject leaves room for it in a line. */
	TAG_MAX = 100,
	/* A header line is at most 998 bytes (RFC 5322 section 2.1.1). */
	HEADER_NAME_MAX = 98,
	HEADER_VALUE_MAX = 898,
};

/* Where the arguments of an action have ended. */
static bool
at_action(const struct parser *parser, size_t ahead)
{
	const struct rule_token *token = parser_peek(parser, ahead);

	if (parser_at_clause(parser, ahead))
		return true;
	if (token->kind == TOKEN_COMMA)
		return true;
	return token->kind == TOKEN_WORD &&
	    (rule_word_index(rule_action_words, token->text) >= 0 ||
		rule_word_index(rule_later_actions, token->text) >= 0);
}

static struct rule_action *
action_new(struct parser *parser, struct rule *rule,
    enum rule_action_kind kind, struct rule_place place)
{
	struct rule_action *action;

	rule->actions = pool_grow(parser->pool, rule->actions,
	    rule->action_count, sizeof(*rule->actions));
	action = &rule->actions[rule->action_count++];
	*action = (struct rule_action){ .kind = kind, .place = place };
	return action;
}

/* Text for one line: no control characters; for a reply only ASCII. */
static void
check_line(struct parser *parser, const struct rule_token *token, size_t max,
    bool ascii, const char *what)
{
	if (token->text.len > max)
		rule_error(parser->errors, token->place,
		    "%s is longer than %zu bytes", what, max);
	for (size_t i = 0; i < token->text.len; i++) {
		unsigned char c = (unsigned char)token->text.ptr[i];

		if ((c >= ' ' || c == '\t') && c != 0x7f &&
		    (c < 0x80 || !ascii))
			continue;
		rule_error(parser->errors, token->place,
		    ascii ? "%s may have printable ASCII characters only"
			  : "%s may have no control characters",
		    what);
		return;
	}
}

/* "5.7.1": a class, a subject and a detail of up to three digits (RFC 3463). */
static bool
is_enhanced(struct span text)
{
	struct span number;
	uint64_t value;
	unsigned count = 0;

	while (span_next(&text, '.', &number)) {
		if (span_number(number, 999, &value) < 0 || number.len > 3)
			return false;
		if (count++ == 0 && (number.len != 1 || value < 2))
			return false;
	}
	return count == 3;
}

/* True if TEXT is a reply code, of three digits or enhanced, of CLASS. */
static bool
is_reply_code(struct span text, char class)
{
	uint64_t code;

	return span_starts(text, span_make(&class, 1)) &&
	    (is_enhanced(text) ||
		(text.len == 3 && span_number(text, 599, &code) == 0));
}

/* A word that is no reply of CLASS: a code, or a clause or an action that was
 * spelt wrong. */
static void
wrong_reply(struct parser *parser, const struct rule_token *token, char class)
{
	const char *codes =
	    class == '5' ? "550 or 5.7.1" : "451 or 4.7.1";
	struct rule_suggestion suggestion;

	if (is_reply_code(token->text, class == '5' ? '4' : '5')) {
		rule_error(parser->errors, token->place,
		    "%.*s is a code of \"%s\"; write \"%s %.*s\" or a code "
		    "such as %s",
		    SPAN_ARGS(token->text),
		    class == '5' ? "tempfail" : "reject",
		    class == '5' ? "tempfail" : "reject",
		    SPAN_ARGS(token->text), codes);
		return;
	}
	if (token->text.ptr[0] >= '0' && token->text.ptr[0] <= '9') {
		rule_error(parser->errors, token->place,
		    "expected a reply code such as %s or a text, found "
		    "\"%.*s\"",
		    codes, SPAN_ARGS(token->text));
		return;
	}
	rule_suggestion_start(&suggestion, token->text);
	for (size_t i = 0; rule_clause_words[i] != NULL; i++)
		rule_suggestion_try(
		    &suggestion, span_of(rule_clause_words[i]));
	for (size_t i = 0; rule_action_words[i] != NULL; i++)
		rule_suggestion_try(
		    &suggestion, span_of(rule_action_words[i]));
	rule_error(parser->errors, token->place,
	    "expected a reply code such as %s, a text, another action, "
	    "\"when\", \"except\", \"on failure\", \"unread\", \"mode\", "
	    "\"severity\", \"from\", \"until\", \"during\" or \"}\", found "
	    "\"%.*s\"%.*s",
	    codes, SPAN_ARGS(token->text),
	    SPAN_ARGS(rule_suggestion_text(
		&suggestion, parser->errors->pool)));
	parser_skip(parser, at_action);
}

/* Takes CODE, which stands at TOKEN, for the reply. */
static void
take_code(struct parser *parser, struct rule_action *action,
    const struct rule_token *token, uint64_t code)
{
	/* A milter's reply with one of these makes the MTA hang up. */
	if (code == 421 || code == 521)
		rule_error(parser->errors, token->place,
		    "%.*s closes the client's connection, with all that it "
		    "would still send; write %s or leave the code out",
		    SPAN_ARGS(token->text), code == 421 ? "451" : "550");
	else if (action->code != 0)
		rule_error(parser->errors, token->place,
		    "a reply has one code, and %u stands here already",
		    action->code);
	action->code = (unsigned)code;
}

static void
take_enhanced(struct parser *parser, struct rule_action *action,
    const struct rule_token *token)
{
	if (action->enhanced.len > 0)
		rule_error(parser->errors, token->place,
		    "a reply has one enhanced code, and %.*s stands here "
		    "already",
		    SPAN_ARGS(action->enhanced));
	action->enhanced = token->text;
}

/* [CODE] [ENHANCED] ["text"], where CLASS is '4' or '5'. */
static void
parse_reply(struct parser *parser, struct rule_action *action, char class)
{
	const struct rule_token *token;

	while (parser_peek(parser, 0)->kind == TOKEN_WORD &&
	    !at_action(parser, 0)) {
		uint64_t code;

		token = parser_take(parser);
		if (span_number(token->text, 599, &code) == 0 && code >= 400 &&
		    token->text.ptr[0] == class)
			take_code(parser, action, token, code);
		else if (is_enhanced(token->text) &&
		    token->text.ptr[0] == class)
			take_enhanced(parser, action, token);
		else
			wrong_reply(parser, token, class);
	}
	if (parser_peek(parser, 0)->kind != TOKEN_STRING)
		return;
	token = parser_take(parser);
	action->text = token->text;
	check_line(parser, token, RULE_REPLY_MAX, true, "the text of a reply");
}

/* A header's name in quotes: it, or empty after reporting. */
static struct span
parse_header_name(struct parser *parser)
{
	const struct rule_token *token = parser_expect(
	    parser, TOKEN_STRING, "the header's name in quotes");

	if (token == NULL) {
		parser_skip(parser, at_action);
		return SPAN("");
	}
	if (token->text.len > HEADER_NAME_MAX ||
	    header_name_check(token->text) < 0)
		rule_error(parser->errors, token->place,
		    "\"%.*s\" cannot be the name of a header: one has "
		    "no colon and no blanks",
		    SPAN_ARGS(token->text));
	return token->text;
}

static void
parse_header_action(
    struct parser *parser, struct rule_action *action, bool value)
{
	const struct rule_token *token;

	action->name = parse_header_name(parser);
	if (!value || action->name.len == 0)
		return;
	token = parser_expect(
	    parser, TOKEN_STRING, "the header's value in quotes");
	if (token == NULL) {
		parser_skip(parser, at_action);
		return;
	}
	action->value = token->text;
	check_line(
	    parser, token, HEADER_VALUE_MAX, true, "the value of a header");
}

struct span
parse_address(struct parser *parser)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct err err;

	if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
		parser_unexpected(parser, "an address");
		parser_skip(parser, at_action);
		return SPAN("");
	}
	(void)parser_take(parser);
	if (address_check_single(token->text, &err) < 0)
		rule_error(parser->errors, token->place,
		    "expected an address such as user@example.com: %s",
		    err.text);
	return token->text;
}

/* An address, or a column that has some. */
static void
parse_target(struct parser *parser, struct rule_action *action)
{
	if (!parser_at_cell(parser)) {
		action->value = parse_address(parser);
		return;
	}
	parser->scope = SCOPE_MESSAGE;
	action->cell = parse_cell(parser);
	if (action->cell == NULL)
		parser_skip(parser, at_action);
}

/* remove recipient ADDRESS | remove [external|internal] recipients [(...)],
 * from behind NOUN on. */
static void
parse_remove_recipients(struct parser *parser, struct rule_action *action,
    const struct rule_token *noun)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (token->kind == TOKEN_OPEN_PAREN) {
		(void)parser_take(parser);
		parser->picked = true;
		action->condition = parse_condition(parser, SCOPE_RECIPIENT);
		parser->picked = parser->per_recipient;
		if (parser_expect(parser, TOKEN_CLOSE_PAREN,
			"\")\", \"and\" or \"or\"") == NULL)
			parser_skip(parser, at_action);
		return;
	}
	if (action->side == SIDE_BOTH &&
	    (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING) &&
	    !at_action(parser, 0))
		action->value = parse_address(parser);
	else if (span_equal(noun->text, SPAN("recipient")))
		/* It would remove them all. */
		rule_error(parser->errors, noun->place,
		    "say which recipient: an address or a condition in "
		    "parentheses; for all write \"recipients\"");
}

/* "add", "set" or "remove" is taken: of a header or of recipients. */
static void
parse_edit(struct parser *parser, struct rule *rule,
    const struct rule_token *verb)
{
	bool add = span_equal(verb->text, SPAN("add"));
	bool set = span_equal(verb->text, SPAN("set"));
	enum rule_side side = SIDE_BOTH;
	const struct rule_token *noun;
	struct rule_action *action;

	if (parser_accept(parser, "header")) {
		action = action_new(parser, rule,
		    add		? ACTION_ADD_HEADER
			: set	? ACTION_SET_HEADER
				: ACTION_REMOVE_HEADER,
		    verb->place);
		parse_header_action(parser, action, add || set);
		return;
	}
	if (!add && !set)
		side = parse_side(parser);
	noun = parser_peek(parser, 0);
	if (!set && (parser_accept(parser, "recipient") ||
			(!add && parser_accept(parser, "recipients")))) {
		action = action_new(parser, rule,
		    add ? ACTION_ADD_RECIPIENT : ACTION_REMOVE_RECIPIENTS,
		    verb->place);
		action->side = side;
		if (add)
			parse_target(parser, action);
		else
			parse_remove_recipients(parser, action, noun);
		return;
	}
	parser_unexpected(parser,
	    add		? "\"header\" or \"recipient\""
		: set	? "\"header\""
		: side != SIDE_BOTH
			? "\"recipients\""
			: "\"header\", \"recipient\", \"recipients\", "
			  "\"external recipients\" or \"internal recipients\"");
	parser_skip(parser, at_action);
}

static void
parse_redirect(struct parser *parser, struct rule *rule,
    const struct rule_token *verb)
{
	struct rule_action *action;

	if (!parser_expect_word(parser, "to")) {
		parser_skip(parser, at_action);
		return;
	}
	action = action_new(parser, rule, ACTION_REDIRECT, verb->place);
	parse_target(parser, action);
}

static void
parse_discard(struct parser *parser, struct rule *rule,
    const struct rule_token *verb)
{
	enum rule_action_kind kind = ACTION_DISCARD;

	if (parser_accept(parser, "if")) {
		kind = ACTION_DISCARD_IF_NONE;
		if (!parser_expect_word(parser, "none") ||
		    !parser_expect_word(parser, "is") ||
		    !parser_expect_word(parser, "left"))
			parser_skip(parser, at_action);
	}
	(void)action_new(parser, rule, kind, verb->place);
}

static void
parse_hold(struct parser *parser, struct rule *rule,
    const struct rule_token *verb)
{
	struct rule_action *action =
	    action_new(parser, rule, ACTION_HOLD, verb->place);
	const struct rule_token *reason = parser_peek(parser, 0);

	if (reason->kind != TOKEN_STRING)
		return;
	(void)parser_take(parser);
	action->text = reason->text;
	check_line(
	    parser, reason, RULE_REPLY_MAX, true, "the reason of a hold");
}

/* tag subject "TEXT" */
static void
parse_tag(struct parser *parser, struct rule *rule,
    const struct rule_token *verb)
{
	const struct rule_token *tag;
	struct rule_action *action;

	if (!parser_expect_word(parser, "subject")) {
		parser_skip(parser, at_action);
		return;
	}
	tag = parser_expect(parser, TOKEN_STRING, "the tag as a string");
	if (tag == NULL) {
		parser_skip(parser, at_action);
		return;
	}
	action = action_new(parser, rule, ACTION_TAG_SUBJECT, verb->place);
	action->text = span_trim(tag->text);
	if (action->text.len == 0)
		rule_error(parser->errors, tag->place, "the tag is empty");
	check_line(parser, tag, TAG_MAX, true, "a tag");
}

/* "reject matching" has been taken: "recipients", which says in a rule for each
 * recipient what "reject" does there anyway.  0, or -1 after reporting. */
static int
parse_matching(struct parser *parser, const struct rule *rule,
    const struct rule_token *verb)
{
	if (!parser_expect_word(parser, "recipients"))
		return -1;
	if (rule->per_recipient)
		return 0;
	rule_error(parser->errors, verb->place,
	    "one recipient is refused at RCPT, by a rule of its own: write "
	    "\"rule %.*s for each recipient { when recipient ... then "
	    "reject }\"",
	    SPAN_ARGS(rule->id));
	return -1;
}

static void
unknown_action(struct parser *parser)
{
	const struct rule_token *token = parser_take(parser);
	struct rule_suggestion suggestion;

	if (token->kind == TOKEN_BROKEN)
		return;
	rule_suggestion_start(&suggestion,
	    token->kind == TOKEN_WORD ? token->text : SPAN(""));
	for (size_t i = 0; rule_action_words[i] != NULL; i++)
		rule_suggestion_try(
		    &suggestion, span_of(rule_action_words[i]));
	for (size_t i = 0; rule_clause_words[i] != NULL; i++)
		rule_suggestion_try(
		    &suggestion, span_of(rule_clause_words[i]));
	rule_error(parser->errors, token->place,
	    "expected an action (reject, tempfail, discard, hold, add, set, "
	    "remove, redirect, tag, stop), found %.*s%.*s",
	    SPAN_ARGS(rule_token_name(token, parser->errors->pool)),
	    SPAN_ARGS(span_equal(token->text, SPAN("unless"))
		    ? SPAN("; write \"except\"")
		    : rule_suggestion_text(
			  &suggestion, parser->errors->pool)));
}

static void
parse_action(struct parser *parser, struct rule *rule)
{
	const struct rule_token *verb = parser_peek(parser, 0);
	struct rule_action *action;

	if (parser_accept(parser, "reject")) {
		action = action_new(parser, rule, ACTION_REJECT, verb->place);
		if (parser_accept(parser, "matching") &&
		    parse_matching(parser, rule, verb) < 0) {
			parser_skip(parser, at_action);
			return;
		}
		parse_reply(parser, action, '5');
	} else if (parser_accept(parser, "tempfail")) {
		action = action_new(parser, rule, ACTION_TEMPFAIL, verb->place);
		parse_reply(parser, action, '4');
	} else if (parser_accept(parser, "discard")) {
		parse_discard(parser, rule, verb);
	} else if (parser_accept(parser, "hold")) {
		parse_hold(parser, rule, verb);
	} else if (parser_accept(parser, "add") ||
	    parser_accept(parser, "set") || parser_accept(parser, "remove")) {
		parse_edit(parser, rule, verb);
	} else if (parser_accept(parser, "redirect")) {
		parse_redirect(parser, rule, verb);
	} else if (parser_accept(parser, "tag")) {
		parse_tag(parser, rule, verb);
	} else if (parser_accept(parser, "stop")) {
		(void)action_new(parser, rule, ACTION_STOP, verb->place);
	} else if (!parse_later_action(parser, at_action)) {
		unknown_action(parser);
		parser_skip(parser, at_action);
	}
}

void
parse_actions(struct parser *parser, struct rule *rule)
{
	size_t errors = parser->errors->count;
	struct rule_place place = parser_peek(parser, 0)->place;
	bool any = false;

	while (!parser_at_clause(parser, 0)) {
		if (parser_accept_kind(parser, TOKEN_COMMA))
			continue;
		any = true;
		parse_action(parser, rule);
	}
	if (!any && parser->errors->count == errors)
		rule_error(parser->errors, place,
		    "expected an action behind \"then\"");
}
