/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sentences that would not mean what their reader takes them for: what is said
 * of each, and that the ones beside them pass.
 */
#include "rules/rule.h"

#include "t/unit/suite.h"

#include <string.h>

/* Of a rule file "r" the first line of each message; "" where it is right. */
struct sentence {
	const char *text, *said;
};

#define CARDS \
	"unread content is held " \
	"define cards = content has payment-card " \
	"define sent-out = direction is outbound " \
	"define both = cards and sent-out\n"

/* Words that mean another thing where one recipient or attachment is picked
 * than in a definition. */
static const struct sentence definitions[] = {
	{ CARDS "rule a { when any attachment (extension is csv and cards) "
		"then hold }",
	    "r:2:52: \"cards\" is about the message: its \"content\" is not "
	    "that of one attachment; write the test itself here\n" },
	{ CARDS "rule a { when any attachment (not both) then hold }",
	    "r:2:35: \"both\" is about the message: its \"content\" is not "
	    "that of one attachment; write the test itself here\n" },
	{ CARDS "rule a { when any recipient (both) then hold }",
	    "r:2:30: \"both\" is about the message: its \"direction\" is "
	    "not that of one recipient; write the test itself here\n" },
	{ CARDS "rule a { when always then remove recipients (sent-out) }",
	    "r:2:46: \"sent-out\" is about the message: its \"direction\" "
	    "is not that of one recipient; write the test itself here\n" },
	{ CARDS "rule a for each recipient { when sent-out then reject }",
	    "r:2:34: \"sent-out\" is about the message: its \"direction\" "
	    "is not that of one recipient; write the test itself here\n" },
	{ CARDS "rule a { when any external recipient and both and any "
		"attachment extension is csv then hold }",
	    "" },
	{ CARDS "rule a { when any recipient (domain is a.example and cards) "
		"and any attachment (extension is csv and sent-out) "
		"then hold }",
	    "" },
	/* What a definition picks itself stays picked. */
	{ "unread content is held "
	  "define d = any attachment content has iban "
	  "define e = any recipient direction is outbound "
	  "rule a { when any attachment (d) and any recipient (e) "
	  "then remove recipients (e) }",
	    "" },
};

#define NEVER(few, many) \
	"there " few " here, so \"at least " many \
	" distinct\" is never true; leave out \"distinct\" to count each " \
	"find\n"

/* A word that stands there twice is one.  What is in a list is told by the
 * report. */
static const struct sentence words[] = {
	{ "rule a { when subject has word a at least 2 distinct then hold }",
	    "r:1:32: " NEVER("is only 1 word", "2") },
	{ "rule a { when subject has words { a b } at least 3 distinct "
	  "then hold }",
	    "r:1:35: " NEVER("are only 2 words", "3") },
	{ "rule a { when subject has words { Falcon falcon } at least 2 "
	  "distinct then hold }",
	    "r:1:35: " NEVER("is only 1 word", "2") },
	{ "list l = words { \"blue whale\" \" Blue \t Whale\" }\n"
	  "rule a { when subject has words l at least 2 distinct then hold }",
	    "" },
	{ "list l = words { blue whale }\n"
	  "rule a { when subject has words l at least 2 distinct "
	  "and subject has word a at least 2 "
	  "and subject has words { a b } at least 3 then hold }",
	    "" },
};

#define THEN(action) "rule a { when always then " action " }"
#define WHICH \
	"say which recipient: an address or a condition in parentheses; " \
	"for all write \"recipients\"\n"

/* One recipient is not all of them. */
static const struct sentence removals[] = {
	{ THEN("remove recipient"), "r:1:34: " WHICH },
	{ THEN("remove external recipient"), "r:1:43: " WHICH },
	{ THEN("remove recipient discard if none is left"),
	    "r:1:34: " WHICH },
	{ THEN("remove recipient, hold"), "r:1:34: " WHICH },
	{ THEN("remove recipient a@b.example"), "" },
	{ THEN("remove recipient (domain is b.example)"), "" },
	{ THEN("remove internal recipient (address starts with x)"), "" },
	{ THEN("remove recipients"), "" },
	{ THEN("remove external recipients discard if none is left"), "" },
};

#define HANGS_UP(code, other) \
	code " closes the client's connection, with all that it would still " \
	"send; write " other " or leave the code out\n"

/* A code that is more than an answer, and one that is never sent. */
static const struct sentence codes[] = {
	{ THEN("tempfail 421"), "r:1:36: " HANGS_UP("421", "451") },
	{ THEN("tempfail 421 4.7.1 \"x\""),
	    "r:1:36: " HANGS_UP("421", "451") },
	{ THEN("reject 521"), "r:1:34: " HANGS_UP("521", "550") },
	{ "rule a for each recipient { when always then reject 521 }",
	    "r:1:53: " HANGS_UP("521", "550") },
	{ THEN("reject 550 554"),
	    "r:1:38: a reply has one code, and 550 stands here already\n" },
	{ THEN("reject 550 5.7.1 5.1.1"),
	    "r:1:44: a reply has one enhanced code, and 5.7.1 stands here "
	    "already\n" },
	{ THEN("reject 5.7.1 550 \"no\""), "" },
	{ THEN("tempfail 450 4.2.1"), "" },
};

/* Commas are no actions. */
static const struct sentence nothing_done[] = {
	{ THEN(","), "r:1:27: expected an action behind \"then\"\n" },
	{ "rule a { when always then , , mode audit }",
	    "r:1:27: expected an action behind \"then\"\n" },
	{ THEN("add header \"X\" \"y\", hold"), "" },
};

/* What says nothing that could be so, and what is said in another way. */
static const struct sentence values[] = {
	{ "rule a { when listener role is /inbound/ then hold }",
	    "r:1:32: expected a value; a regular expression stands behind "
	    "\"matches\"\n" },
	{ "rule a { when weekday in { monday /tue/ } then hold }",
	    "r:1:35: expected a value; a regular expression stands behind "
	    "\"matches\"\n" },
	{ "rule a { when hour from 24 to 8 then hold }",
	    "r:1:25: a range begins before 24; write 0\n" },
	{ "rule a { when hour from 18 to 24 then hold }", "" },
	{ "unread content is held "
	  "rule a { when any attachment contains foo then hold }",
	    "r:1:53: \"attachment\" cannot be tested with \"contains\"; use "
	    "\"is\", \"in\", or test its text: \"attachment content "
	    "contains\"\n" },
	{ "unread content is held "
	  "rule a { when no attachment has iban then hold }",
	    "r:1:52: \"attachment\" cannot be tested with \"has iban\"; use "
	    "\"is\", \"in\", or test its text: \"attachment content "
	    "has iban\"\n" },
	{ "rule a { when any recipient (not is internal) and "
	  "date is from 2027-01-01 to 2027-01-31 and hour is not from 8 to 9 "
	  "then hold }",
	    "" },
};

/* The lines of ERRORS that begin a message, without the source shown. */
static void
first_lines(struct span errors, struct buf *out)
{
	struct span line;

	buf_reset(out);
	while (span_next(&errors, '\n', &line))
		if (span_starts(line, SPAN("r:")))
			(void)buf_printf(out, "%.*s\n", SPAN_ARGS(line));
}

static void
check(const struct sentence *sentences, size_t count)
{
	struct buf errors, said;

	buf_init(&errors, 1 << 16);
	buf_init(&said, 1 << 16);
	for (size_t i = 0; i < count; i++) {
		struct rule_set *set;

		buf_reset(&errors);
		set = rule_set_new(
		    SPAN("r"), span_of(sentences[i].text), NULL, &errors);
		ck_assert((set == NULL) == (errors.len > 0));
		rule_set_free(&set);
		first_lines(buf_span(&errors), &said);
		ck_assert_msg(
		    strcmp(buf_string(&said), sentences[i].said) == 0,
		    "of <%s> is said\n%sexpected was\n%s", sentences[i].text,
		    buf_string(&said), sentences[i].said);
	}
	buf_free(&errors);
	buf_free(&said);
}

#define CHECK(sentences) \
	check(sentences, sizeof(sentences) / sizeof(sentences[0]))

START_TEST(of_definitions)
{
	CHECK(definitions);
}
END_TEST

START_TEST(of_words)
{
	CHECK(words);
}
END_TEST

START_TEST(of_actions)
{
	CHECK(removals);
	CHECK(codes);
	CHECK(nothing_done);
}
END_TEST

START_TEST(of_tests)
{
	CHECK(values);
}
END_TEST

SUITE_MAIN("rule_meaning", of_definitions, of_words, of_actions,
    of_tests)
