/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a text has: words or what a detector finds, how many of them, how sure,
 * and near which words.
 */
#include "rules/rule_parser.h"

#include "rules/rule_texts.h"

enum {
	WITHIN_DEFAULT = 300, /* characters */
	WITHIN_MAX = 100000,
};

/* What people call what has another name here. */
static const struct {
	const char *word;
	enum detector meant;
} synonyms[] = {
	{ "card", DETECTOR_PAYMENT_CARD },
	{ "credit-card", DETECTOR_PAYMENT_CARD },
	{ "creditcard", DETECTOR_PAYMENT_CARD },
	{ "card-number", DETECTOR_PAYMENT_CARD },
	{ "pan", DETECTOR_PAYMENT_CARD },
	{ "bank-account", DETECTOR_IBAN },
	{ "ssn", DETECTOR_US_SSN },
	{ "social-security", DETECTOR_US_SSN },
	{ "social-security-number", DETECTOR_US_SSN },
};

/* "; did you mean ...?" for WORD, which is no detector, or what else may be
 * meant. */
static struct span
detector_advice(struct span word, struct pool *pool)
{
	struct rule_suggestion suggestion;
	struct span advice;

	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (span_equal_case(word, span_of(synonyms[i].word)))
			return pool_printf(pool, "; did you mean \"%s\"?",
			    detector_names[synonyms[i].meant]);
	rule_suggestion_start(&suggestion, word);
	rule_suggestion_try(&suggestion, SPAN("words"));
	for (size_t i = 0; detector_names[i] != NULL; i++)
		rule_suggestion_try(&suggestion, span_of(detector_names[i]));
	for (size_t i = 0; rule_later_detectors[i] != NULL; i++)
		rule_suggestion_try(
		    &suggestion, span_of(rule_later_detectors[i]));
	advice = rule_suggestion_text(&suggestion, pool);
	if (advice.len > 0)
		return advice;
	return pool_printf(pool,
	    "; write \"has words %.*s\" for a list of words, \"%.*s\" alone "
	    "for a condition",
	    SPAN_ARGS(word), SPAN_ARGS(word));
}

/* "payment-card, iban, ...". */
static struct span
detector_list(struct pool *pool)
{
	struct span list = span_of(detector_names[0]);

	for (size_t i = 1; detector_names[i] != NULL; i++)
		list = pool_printf(
		    pool, "%.*s, %s", SPAN_ARGS(list), detector_names[i]);
	return list;
}

/* Reports that the next token is no detector.  Always -1. */
static int
not_a_detector(struct parser *parser, const struct rule_fact *fact)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct rule_errors *errors = parser->errors;

	if (token->kind == TOKEN_OPEN_BRACE)
		rule_error(errors, token->place,
		    "detectors stand one by one: \"%s has iban or %s has "
		    "us-ssn\"",
		    fact->phrase, fact->phrase);
	else if (token->kind != TOKEN_WORD || parser_at_end_of_test(parser, 0))
		parser_unexpected(parser,
		    "\"word\", \"words\" or a detector such as "
		    "\"payment-card\"");
	else if (parser_sees(parser, 0, "at"))
		rule_error(errors, token->place,
		    "how many stands behind what is found: \"has payment-card "
		    "at least 3\"");
	else if (rule_word_index(rule_later_detectors, token->text) >= 0)
		rule_error(errors, token->place,
		    "the detector \"%.*s\" is not available yet",
		    SPAN_ARGS(token->text));
	else
		rule_error(errors, token->place,
		    "\"%.*s\" is not a detector that rules know (%.*s)%.*s",
		    SPAN_ARGS(token->text),
		    SPAN_ARGS(detector_list(errors->pool)),
		    SPAN_ARGS(detector_advice(token->text, errors->pool)));
	return -1;
}

/* A detector's name as next token.  0 or -1. */
static int
parse_detector(struct parser *parser, struct rule_test *test)
{
	const struct rule_token *token = parser_peek(parser, 0);
	int index = -1;

	test->verb = VERB_HAS_DETECTOR;
	test->confidence = CONFIDENCE_MEDIUM;
	if (token->kind == TOKEN_WORD)
		index = rule_word_index(detector_names, token->text);
	if (index < 0)
		return not_a_detector(parser, test->fact);
	(void)parser_take(parser);
	test->detector = (enum detector)index;
	return 0;
}

/* "at" has been taken: "least N [distinct]". */
static int
parse_at_least(struct parser *parser, struct rule_test *test)
{
	test->at_least = parse_count(parser);
	test->distinct = parser_accept(parser, "distinct");
	return test->at_least > 0 ? 0 : -1;
}

/* "with" has been taken: "confidence LEVEL". */
static int
parse_confidence(struct parser *parser, struct rule_test *test)
{
	int index;

	if (test->verb != VERB_HAS_DETECTOR) {
		rule_error(parser->errors, parser_peek(parser, 0)->place,
		    "only detectors have a confidence");
		return -1;
	}
	if (!parser_expect_word(parser, "confidence"))
		return -1;
	index = parser_expect_choice(parser, detector_confidences,
	    "\"low\", \"medium\" or \"high\"");
	if (index < 0)
		return -1;
	test->confidence = (enum detector_confidence)index;
	return 0;
}

/* "within" has been taken: "N characters". */
static int
parse_within(struct parser *parser, struct rule_test *test)
{
	const struct rule_token *token =
	    parser_expect(parser, TOKEN_WORD, "a number of characters");
	uint64_t number;

	if (token == NULL)
		return -1;
	if (span_number(token->text, WITHIN_MAX, &number) < 0 || number == 0) {
		rule_error(parser->errors, token->place,
		    "expected a number of characters from 1 to %d, found "
		    "\"%.*s\"",
		    WITHIN_MAX, SPAN_ARGS(token->text));
		return -1;
	}
	test->within = (size_t)number;
	if (parser_accept(parser, "character") ||
	    parser_accept(parser, "characters"))
		return 0;
	parser_unexpected(parser, "\"characters\"");
	return -1;
}

/* "near" has been taken: "words ... [within N characters]". */
static int
parse_near(struct parser *parser, struct rule_test *test)
{
	struct rule_test *near = pool_alloc(parser->pool, sizeof(*near));

	near->fact = test->fact;
	near->verb = VERB_HAS_WORDS;
	if (!rule_type_allows(test->fact->type, near->verb)) {
		rule_error(parser->errors, parser_peek(parser, 0)->place,
		    "\"near\" is for texts such as \"content\"; \"%s\" "
		    "has no words",
		    test->fact->phrase);
		return -1;
	}
	near->at_least = 1;
	if (!parser_sees(parser, 0, "word") &&
	    !parser_sees(parser, 0, "words")) {
		parser_unexpected(parser, "\"word\" or \"words\"");
		return -1;
	}
	near->operand.near = true;
	near->operand.one_word = parser_sees(parser, 0, "word");
	(void)parser_take(parser);
	if (parse_operand(parser, near) < 0)
		return -1;
	test->near = near;
	test->within = WITHIN_DEFAULT;
	if (parser_accept(parser, "within"))
		return parse_within(parser, test);
	return 0;
}

static const struct {
	const char *word;
	int (*parse)(struct parser *parser, struct rule_test *test);
} suffixes[] = {
	{ "at", parse_at_least },
	{ "with", parse_confidence },
	{ "near", parse_near },
};
enum { SUFFIX_COUNT = sizeof(suffixes) / sizeof(suffixes[0]) };

/* Finds of detectors and near words are all kept.  0 or -1. */
static int
check_count(struct parser *parser, const struct rule_test *test,
    struct rule_place place)
{
	if (test->at_least <= RULE_FINDS_MAX ||
	    (test->verb != VERB_HAS_DETECTOR && test->near == NULL))
		return 0;
	rule_error(parser->errors, place, "at most %d can be asked for here",
	    RULE_FINDS_MAX);
	return -1;
}

/* What stands behind the finds of a test is its end.  0 or -1. */
static int
check_end(struct parser *parser, bool counts)
{
	const struct rule_token *token = parser_peek(parser, 0);
	struct pool *pool = parser->errors->pool;
	struct rule_suggestion suggestion;

	if (parser_sees(parser, 0, "within")) {
		rule_error(parser->errors, token->place,
		    "\"within\" stands behind \"near words ...\"");
		return -1;
	}
	if (!counts || token->kind != TOKEN_WORD ||
	    parser_at_end_of_test(parser, 0))
		return 0;
	rule_suggestion_start(&suggestion, token->text);
	rule_suggestion_try(&suggestion, SPAN("within"));
	for (size_t i = 0; i < SUFFIX_COUNT; i++)
		rule_suggestion_try(&suggestion, span_of(suffixes[i].word));
	rule_suggestion_try(&suggestion, SPAN("distinct"));
	rule_error(parser->errors, token->place,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found %.*s%.*s",
	    SPAN_ARGS(rule_token_name(token, pool)),
	    SPAN_ARGS(rule_suggestion_text(&suggestion, pool)));
	return -1;
}

int
parse_finds(struct parser *parser, struct rule_test *test)
{
	/* A text that contains or matches something does so once. */
	bool counts = test->verb == VERB_HAS_WORDS ||
	    test->verb == VERB_HAS_DETECTOR;
	struct rule_place places[SUFFIX_COUNT] = { { NULL, 0 } };
	size_t i = counts ? 0 : 1;

	while (i < SUFFIX_COUNT) {
		struct rule_place place = parser_peek(parser, 0)->place;

		if (!parser_accept(parser, suffixes[i].word)) {
			i++;
			continue;
		}
		if (places[i].source != NULL) {
			rule_error(parser->errors, place,
			    "\"%s\" stands here a second time",
			    suffixes[i].word);
			return -1;
		}
		places[i] = place;
		if (suffixes[i].parse(parser, test) < 0)
			return -1;
		i = counts ? 0 : 1; /* in any order */
	}
	if (check_end(parser, counts) < 0)
		return -1;
	return check_count(parser, test, places[0]);
}

int
parse_has(struct parser *parser, struct rule_test *test)
{
	bool words = parser_sees(parser, 0, "words");

	test->at_least = 1;
	if (!words && !parser_sees(parser, 0, "word")) {
		if (parse_detector(parser, test) < 0)
			return -1;
		return parse_finds(parser, test);
	}
	test->verb = VERB_HAS_WORDS;
	test->operand.one_word = !words;
	/* "has words { }" reads as well as "has words words { }". */
	(void)parser_take(parser);
	if (parse_operand(parser, test) < 0)
		return -1;
	return parse_finds(parser, test);
}
