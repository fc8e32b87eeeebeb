/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Actions that the grammar knows and this version cannot do: read to their end,
 * so that a mistake in one is told today and not when it becomes available,
 * and then refused.
 */
#include "rules/rule_parser.h"

/* What may stand behind the word of an action. */
enum argument {
	ARGUMENT_NONE,
	ARGUMENT_STRING,
	ARGUMENT_NAME,
	ARGUMENT_TARGET,      /* who is sent something */
	ARGUMENT_ATTACHMENTS, /* attachments [(condition)] */
	ARGUMENT_RECIPIENTS,  /* [external|internal] recipients [(...)] */
};

/* WORD [INTRODUCTION] FIRST [CONJUNCTION SECOND] */
static const struct later {
	const char *word;
	const char *introduction;
	enum argument first;
	bool optional; /* introduction and first may be left out together */
	const char *conjunction;
	enum argument second;
} later_actions[] = {
	{ "quarantine", "as", ARGUMENT_STRING, true, NULL, ARGUMENT_NONE },
	{ "notify", NULL, ARGUMENT_TARGET, false, "using", ARGUMENT_NAME },
	{ "append", "disclaimer", ARGUMENT_NAME, false, NULL, ARGUMENT_NONE },
	{ "prepend", "disclaimer", ARGUMENT_NAME, false, NULL, ARGUMENT_NONE },
	{ "encrypt", "using", ARGUMENT_NAME, true, NULL, ARGUMENT_NONE },
	{ "copy", "to", ARGUMENT_TARGET, false, NULL, ARGUMENT_NONE },
	{ "strip", NULL, ARGUMENT_ATTACHMENTS, false, NULL, ARGUMENT_NONE },
	{ "replace", NULL, ARGUMENT_ATTACHMENTS, false, "with",
	    ARGUMENT_NAME },
	{ "journal", "to", ARGUMENT_TARGET, false, NULL, ARGUMENT_NONE },
	{ "release", "by", ARGUMENT_TARGET, false, NULL, ARGUMENT_NONE },
	{ "moderate", "by", ARGUMENT_TARGET, false, NULL, ARGUMENT_NONE },
	{ "route", "via", ARGUMENT_STRING, false, NULL, ARGUMENT_NONE },
	{ "split", "for", ARGUMENT_RECIPIENTS, false, NULL, ARGUMENT_NONE },
	{ "log", NULL, ARGUMENT_STRING, false, NULL, ARGUMENT_NONE },
};

/* manager of manager of sender | sender | recipients | ADDRESS | a column.  0
 * or -1. */
static int
parse_target(struct parser *parser)
{
	bool manager = false;

	if (parser_at_cell(parser)) {
		parser->scope = SCOPE_MESSAGE;
		return parse_cell(parser) != NULL ? 0 : -1;
	}
	while (parser_accept(parser, "manager")) {
		manager = true;
		if (!parser_expect_word(parser, "of"))
			return -1;
	}
	if (parser_accept(parser, "sender") ||
	    parser_accept(parser, "recipients"))
		return 0;
	if (manager) {
		parser_unexpected(parser, "\"sender\" or \"recipients\"");
		return -1;
	}
	return parse_address(parser).len > 0 ? 0 : -1;
}

/* [( condition )] of what has been named.  0 or -1. */
static int
parse_which(struct parser *parser, enum rule_scope scope)
{
	if (!parser_accept_kind(parser, TOKEN_OPEN_PAREN))
		return 0;
	(void)parse_condition(parser, scope);
	return parser_expect(parser, TOKEN_CLOSE_PAREN,
		   "\")\", \"and\" or \"or\"") != NULL
	    ? 0
	    : -1;
}

static int
parse_argument(struct parser *parser, enum argument argument)
{
	switch (argument) {
	case ARGUMENT_NONE:
		return 0;
	case ARGUMENT_STRING:
		return parser_expect(parser, TOKEN_STRING, "a string") != NULL
		    ? 0
		    : -1;
	case ARGUMENT_NAME:
		return parser_expect(parser, TOKEN_WORD, "a name") != NULL
		    ? 0
		    : -1;
	case ARGUMENT_TARGET:
		return parse_target(parser);
	case ARGUMENT_ATTACHMENTS:
		return parser_expect_word(parser, "attachments")
		    ? parse_which(parser, SCOPE_ATTACHMENT)
		    : -1;
	case ARGUMENT_RECIPIENTS:
		(void)parse_side(parser);
		return parser_expect_word(parser, "recipients")
		    ? parse_which(parser, SCOPE_RECIPIENT)
		    : -1;
	}
	return -1;
}

static int
parse_arguments(struct parser *parser, const struct later *later)
{
	if (later->introduction != NULL &&
	    !parser_accept(parser, later->introduction)) {
		if (later->optional)
			return 0;
		(void)parser_expect_word(parser, later->introduction);
		return -1;
	}
	if (parse_argument(parser, later->first) < 0)
		return -1;
	if (later->conjunction == NULL)
		return 0;
	return parser_expect_word(parser, later->conjunction)
	    ? parse_argument(parser, later->second)
	    : -1;
}

bool
parse_later_action(struct parser *parser,
    bool (*at_action)(const struct parser *parser, size_t ahead))
{
	const struct rule_token *verb = parser_peek(parser, 0);
	size_t errors = parser->errors->count;

	for (size_t i = 0;
	    i < sizeof(later_actions) / sizeof(later_actions[0]); i++) {
		if (!parser_accept(parser, later_actions[i].word))
			continue;
		if (parse_arguments(parser, &later_actions[i]) < 0)
			parser_skip(parser, at_action);
		else if (parser->errors->count == errors)
			rule_error(parser->errors, verb->place,
			    "the action \"%s\" is not available yet%s",
			    later_actions[i].word,
			    span_equal(verb->text, SPAN("quarantine"))
				? "; \"hold\" keeps the message in the MTA's "
				  "queue"
				: "");
		return true;
	}
	return false;
}
