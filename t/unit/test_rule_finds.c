/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What content has: detectors, words near each other, the parts they are in.
 */
#include "rules/rule_texts.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

static struct rule_set *
compile(const char *condition)
{
	struct buf text, errors;
	struct rule_set *set;

	buf_init(&text, 1 << 16);
	buf_init(&errors, 1 << 16);
	(void)buf_printf(&text,
	    "unread content is delivered\n"
	    "list projects = words { falcon }\n"
	    "rule a { when %s then hold }\n",
	    condition);
	set = rule_set_new(SPAN("r"), buf_span(&text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	set = rule_reprinted(set, NULL);
	buf_free(&text);
	buf_free(&errors);
	return set;
}

static const char headers[] =
    "Subject: Order of 536-22-1234\n"
    "X-Ref: 4111111111111111\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n";

static const char body[] =
    "--b\r\n"
    "\r\n"
    "Please charge 4111 1111 1111 1111\r\n"
    "and again 4111-1111-1111-1111.\r\n"
    " Project Falcon: 5555555555554444\r\n"
    "--b\r\n"
    "Content-Disposition: attachment; filename=report.xlsx\r\n"
    "\r\n"
    "4242424242424242,5105105105105100\r\n"
    "378282246310005;6011000990139424\r\n"
    "--b\r\n"
    "Content-Type: message/rfc822\r\n"
    "\r\n"
    "Subject: DE89 3704 0044 0532 0130 00\r\n"
    "\r\n"
    "NL91ABNA0417164300\r\n"
    "--b\r\n"
    "Content-Disposition: attachment; filename=low.txt\r\n"
    "\r\n"
    "536221234 and 4222222222222\r\n"
    "--b--\r\n";

static const char *const recipients[] = { "a@example.com", NULL };

static void
message_init(struct rule_message *m)
{
	rule_message_init(m, "s@example.com", recipients, headers, SPAN(body));
}

static enum rule_value
evaluate(struct rule_message *m, const char *condition, bool doubt)
{
	struct rule_set *set = compile(condition);
	struct rule_eval eval = {
		.facts = &m->facts,
		.recipient = RULE_NO_RECIPIENT,
		.doubt = doubt,
	};
	enum rule_value value = rule_evaluate_rule(&eval, set->rules[0]);

	if (value == RULE_FAILED)
		ck_assert_uint_gt(strlen(eval.fault.text), 0);
	rule_set_free(&set);
	return value;
}

struct truth {
	const char *condition;
	char value; /* T(rue), F(alse), "!" failed, "?" not yet */
};

static void
check_truths(struct rule_message *m, const struct truth *truths, size_t count,
    bool doubt)
{
	for (size_t i = 0; i < count; i++) {
		/* In the order of enum rule_value. */
		char got = "FT!?"[evaluate(m, truths[i].condition, doubt)];

		ck_assert_msg(got == truths[i].value, "%s is %c, not %c",
		    truths[i].condition, got, truths[i].value);
	}
}

static const struct truth content_truths[] = {
	/* How many, how sure. */
	{ "content has payment-card", 'T' },
	{ "content has payment-card at least 1", 'T' },
	{ "content has payment-card at least 7", 'T' },
	{ "content has payment-card at least 8", 'F' },
	{ "content has payment-card at least 6 distinct", 'T' },
	{ "content has payment-card at least 7 distinct", 'F' },
	{ "content has payment-card with confidence medium at least 7",
	    'T' },
	{ "content has payment-card with confidence low at least 8",
	    'T' },
	{ "content has payment-card at least 9 with confidence low",
	    'F' },
	{ "content has payment-card at least 7 distinct with "
	  "confidence low",
	    'T' },
	{ "content has payment-card at least 2 with confidence high",
	    'T' },
	{ "content has payment-card at least 2 distinct with "
	  "confidence high",
	    'F' },
	{ "content has iban at least 2 distinct", 'T' },
	{ "content has iban at least 3", 'F' },
	{ "content has us-ssn", 'T' },
	{ "content has us-ssn at least 2", 'F' },
	{ "content has us-ssn at least 2 with confidence low", 'T' },
	{ "content has us-ssn with confidence high", 'F' },
	/* Where. */
	{ "subject has us-ssn", 'T' },
	{ "subject has payment-card", 'F' },
	{ "header \"X-Ref\" has payment-card", 'T' },
	{ "raw header \"X-Ref\" has payment-card", 'T' },
	{ "header \"X-Ref\" has iban", 'F' },
	{ "any header value has payment-card", 'T' },
	{ "at least 2 headers (value has payment-card)", 'F' },
	{ "body has payment-card at least 3", 'T' },
	{ "body has payment-card at least 4", 'F' },
	{ "body has iban", 'F' },
	{ "body has us-ssn with confidence low", 'F' },
	{ "attachments have payment-card at least 4", 'T' },
	{ "attachments has payment-card at least 5", 'F' },
	{ "attachments have iban at least 2", 'T' },
	{ "attachments do not have us-ssn", 'T' },
	{ "text has iban", 'T' },
	{ "text has iban at least 2", 'F' }, /* not its subject */
	{ "text has us-ssn", 'F' },
	{ "content contains \"Order of\"", 'T' },
	{ "text contains \"Order of\"", 'F' },
	{ "content has words { order please 0130 }", 'T' },
	{ "content has words { order please 0130 } at least 3 "
	  "distinct",
	    'T' },
	{ "text has words { order please 0130 } at least 2", 'F' },
	{ "body has word falcon", 'T' },
	{ "body contains 4242", 'F' },
	{ "attachments contain 4242", 'T' },
	{ "attachments contains 4242", 'T' },
	{ "attachments match /^4242/", 'T' },
	{ "attachments do not match /falcon/i", 'T' },
	{ "attachments does not contain falcon", 'T' },
	{ "attachments not contain falcon", 'T' },
	/* One attachment. */
	{ "any attachment (name is report.xlsx and content has "
	  "payment-card at least 4 distinct)",
	    'T' },
	{ "any attachment (name is report.xlsx and text has "
	  "payment-card at least 5)",
	    'F' },
	{ "any attachment (name is low.txt and content has "
	  "payment-card)",
	    'F' },
	{ "any attachment (name is low.txt and content has "
	  "payment-card with confidence low)",
	    'T' },
	{ "any attachment content has iban at least 2", 'T' },
	{ "any attachment text has word falcon", 'F' },
	{ "any attachment (name is low.txt and body has word falcon)",
	    'T' },
	{ "every attachment content has payment-card", 'F' },
	{ "no attachment content has us-ssn", 'T' },
	{ "at least 2 attachments (content has payment-card with "
	  "confidence low)",
	    'T' },
	{ "any attachment (not content has payment-card)", 'T' },
	{ "any attachment name has payment-card", 'F' },
	/* Near. */
	{ "content has payment-card near words { unheard }", 'F' },
	{ "content has payment-card near words { falcon }", 'T' },
	{ "content has payment-card near words projects", 'T' },
	{ "content has payment-card near word falcon", 'T' },
	{ "content has payment-card near words { unheard falcon }",
	    'T' },
	{ "content has payment-card at least 3 near word falcon", 'T' },
	{ "content has payment-card at least 4 near word falcon", 'F' },
	{ "content has payment-card at least 2 distinct near word "
	  "falcon",
	    'T' },
	{ "content has payment-card near word falcon at least 3 "
	  "distinct",
	    'F' },
	{ "content has payment-card near word falcon within 2 "
	  "characters",
	    'T' },
	{ "content has payment-card near word falcon within 1 "
	  "character",
	    'F' },
	{ "attachments have payment-card near word falcon", 'F' },
	{ "content has us-ssn near words { order }", 'T' },
	{ "content has us-ssn near words { please }", 'F' },
	{ "text has word again near word please within 33 characters",
	    'T' },
	{ "text has word again near word please within 32 characters",
	    'F' },
	{ "text has word please near word again within 33 characters",
	    'T' },
	{ "text has words { please again falcon } at least 3 near "
	  "word charge",
	    'T' },
	{ "text has words { please again falcon } at least 3 near "
	  "word charge within 40 characters",
	    'F' },
	{ "text has words { please again falcon } at least 2 "
	  "distinct near word charge within 40 characters",
	    'T' },
	/* A word in two ways is one, and each find of it counts once. */
	{ "text has words { Falcon falcon } at least 2", 'F' },
	{ "text has words { Falcon falcon again } at least 2 distinct", 'T' },
	{ "text has words { Falcon falcon please } at least 2 distinct near "
	  "word project within 5 characters",
	    'F' },
	{ "text matches /[0-9]{4}-[0-9]{4}/ near word falcon", 'T' },
	{ "text matches /[0-9]{4};[0-9]{4}/ near word falcon", 'F' },
	{ "body contains again near words projects within 32 "
	  "characters",
	    'T' },
	{ "body contains again near words projects within 31 "
	  "characters",
	    'F' },
	{ "subject has word order near words { of }", 'T' },
	{ "body does not have word again near word falcon", 'F' },
	{ "content does not have iban near word falcon", 'T' },
	/* Joined. */
	{ "content has iban and content has us-ssn", 'T' },
	{ "not content has iban", 'F' },
	{ "content does not have iban", 'F' },
	{ "body does not have iban or body has us-ssn", 'T' },
};

START_TEST(values)
{
	struct rule_message m;

	message_init(&m);
	check_truths(&m, content_truths,
	    sizeof(content_truths) / sizeof(content_truths[0]), false);
	rule_message_free(&m);
}
END_TEST

/* Every detector of the grammar is there, or is known to come later. */
START_TEST(names)
{
	struct buf text, errors;

	buf_init(&text, 1 << 16);
	buf_init(&errors, 1 << 16);
	for (size_t i = 0; detector_names[i] != NULL; i++) {
		struct rule_set *set;

		(void)buf_printf(&text, "content has %s", detector_names[i]);
		set = compile(buf_string(&text));
		ck_assert_uint_eq(set->rules[0]->when->test.detector, i);
		rule_set_free(&set);
		buf_reset(&text);
	}
	for (size_t i = 0; rule_later_detectors[i] != NULL; i++) {
		(void)buf_printf(&text,
		    "rule a { when content has %s at least 2 with confidence "
		    "high then hold }",
		    rule_later_detectors[i]);
		buf_reset(&errors);
		ck_assert_ptr_null(rule_set_new(
		    SPAN("r"), buf_span(&text), NULL, &errors));
		buf_reset(&text);
		(void)buf_printf(&text,
		    "r:1:27: the detector \"%s\" is not available yet\n",
		    rule_later_detectors[i]);
		ck_assert(span_starts(buf_span(&errors), buf_span(&text)));
		buf_reset(&text);
	}
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

/* A definition may have detectors, as the design's example does. */
START_TEST(definition)
{
	static const char text[] =
	    "unread content is held\n"
	    "list partners = domains { bank.example }\n"
	    "define cardholder-data =\n"
	    "    content has payment-card at least 3 distinct\n"
	    "    or content has us-ssn near words { \"social security\" "
	    "\"ssn\" }\n"
	    "rule pci-out { when any recipient domain not in partners\n"
	    "    and cardholder-data then hold }\n";
	struct buf errors;
	struct rule_set *set;
	struct rule_message m;
	struct rule_eval eval = {
		.facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT,
	};

	buf_init(&errors, 1 << 16);
	message_init(&m);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_TRUE);
	rule_set_free(&set);
	rule_message_free(&m);
	buf_free(&errors);
}
END_TEST

/* Each fact is known when its stage comes. */
START_TEST(stages)
{
	static const struct {
		const char *condition, *values;
	} rows[] = {
		{ "subject has us-ssn", "??TT" },
		{ "header \"X-Ref\" has payment-card", "??TT" },
		{ "content has us-ssn", "???T" },
		{ "body has payment-card", "???T" },
		{ "attachments have iban", "???T" },
		{ "any attachment content has iban", "???T" },
	};
	struct rule_message m;

	message_init(&m);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned stage = 0; stage < 4; stage++) {
			m.facts.stage = (enum rule_stage)stage;
			ck_assert_msg(
			    "FT!?"[evaluate(&m, rows[i].condition, false)] ==
				rows[i].values[stage],
			    "%s at %u", rows[i].condition, stage);
		}
	rule_message_free(&m);
}
END_TEST

/* What was not read may hold anything; what was found stays found. */
START_TEST(doubt)
{
	static const char unread[] =
	    "--b\r\n"
	    "\r\n"
	    "NL91ABNA0417164300\r\n"
	    "--b\r\n"
	    "Content-Type: application/pgp-encrypted\r\n"
	    "Content-Disposition: attachment; filename=secret\r\n"
	    "\r\n"
	    "x\r\n"
	    "--b\r\n"
	    "Content-Disposition: attachment; filename=open\r\n"
	    "\r\n"
	    "x\r\n"
	    "--b--\r\n";
	static const struct truth truths[] = {
		{ "content has iban", 'T' },
		{ "content has us-ssn with confidence high", '?' },
		{ "content has payment-card", '?' },
		{ "content does not have payment-card", '?' },
		{ "body has payment-card", '?' },
		{ "attachments have payment-card", '?' },
		{ "text has payment-card near word x", '?' },
		{ "subject has payment-card", 'F' },
		{ "subject has us-ssn", 'T' },
		{ "any attachment (name is secret and content has iban)",
		    '?' },
		{ "every attachment (name is secret and content has iban)",
		    'F' },
	};
	struct rule_message m;
	struct rule_set *set;
	struct rule_eval eval = {
		.facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT,
		.doubt = true,
	};

	rule_message_init(
	    &m, "s@example.com", recipients, headers, SPAN(unread));
	check_truths(&m, truths, sizeof(truths) / sizeof(truths[0]), true);
	/* Of one attachment only its own parts count. */
	set = compile("any attachment (content has iban)");
	for (size_t i = 2; i < 4; i++) {
		eval.attachment = &m.facts.content->parts[i];
		ck_assert_int_eq(
		    rule_evaluate(
			&eval, set->rules[0]->when->quantifier.inner),
		    i == 2 ? RULE_NOT_YET : RULE_FALSE);
	}
	rule_set_free(&set);
	rule_message_free(&m);
}
END_TEST

/* What there is too much of has no part in what was not read, where it can
 * stand near nothing. */
START_TEST(no_fault_far_from_words)
{
	static const char mixed[] =
	    "MIME-Version: 1.0\n"
	    "Content-Type: multipart/mixed; boundary=b\n";
	struct rule_message m;
	struct rule_set *set;
	struct rule_eval eval = {
		.facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT,
		.doubt = true,
	};
	struct buf text;

	buf_init(&text, 1 << 20);
	(void)buf_append_span(&text, SPAN("--b\r\n\r\n"));
	for (unsigned i = 0; i <= RULE_FINDS_MAX; i++)
		(void)buf_append_span(&text, SPAN("a "));
	(void)buf_append_span(&text,
	    SPAN("\r\n--b\r\n"
		 "Content-Type: application/pkcs7-mime; "
		 "smime-type=enveloped-data\r\n\r\nx\r\n--b--\r\n"));
	rule_message_init(
	    &m, "s@example.com", recipients, mixed, buf_span(&text));
	set = compile("text has word a near words { secret }");
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_NOT_YET);
	ck_assert_int_eq(eval.fault.kind, ERR_NONE);
	rule_set_free(&set);
	set = compile("text has word a near words { a }");
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_TRUE);
	rule_set_free(&set);
	rule_message_free(&m);
	buf_free(&text);
}
END_TEST

/* A search that was not done to its end is a fault unless it is decided. */
START_TEST(faults)
{
	static const struct truth truths[] = {
		{ "text matches /^(a+)+$/ near word b", '!' },
		{ "not text matches /^(a+)+$/ near word b", '!' },
		{ "text matches /^(a+)+$/ near word b or body has word b",
		    'T' },
		{ "content has payment-card at least 32768", 'T' },
		{ "content has payment-card at least 2 distinct", '!' },
		{ "content has payment-card with confidence high", 'F' },
		{ "content has payment-card at least 32768 near word b",
		    '!' },
		{ "content has payment-card at least 2 distinct near word b",
		    '!' },
		{ "content has word 4111111111111111 at least 32768 near "
		  "word b",
		    '!' },
		/* Nothing can stand near what is not there. */
		{ "content has payment-card at least 2 distinct near word "
		  "unheard",
		    'F' },
		{ "content has word 4111111111111111 near word unheard", 'F' },
		{ "text matches /[0-9]+/ near words { unheard never }", 'F' },
		{ "text matches /^(a+)+$/ near word unheard", 'F' },
		{ "content has iban", 'F' },
	};
	struct rule_message m;
	struct buf text;

	buf_init(&text, 1 << 24);
	for (unsigned i = 0; i < 40; i++)
		(void)buf_append_span(&text, SPAN("a"));
	(void)buf_append_span(&text, SPAN("! b "));
	for (unsigned i = 0; i <= RULE_FINDS_MAX; i++)
		(void)buf_append_span(&text, SPAN("4111111111111111\t"));
	rule_message_init(
	    &m, "s@example.com", recipients, "X: y\n", buf_span(&text));
	check_truths(&m, truths, sizeof(truths) / sizeof(truths[0]), false);
	rule_message_free(&m);
	buf_free(&text);
}
END_TEST

START_TEST(evidence)
{
	static const struct {
		const char *condition, *evidence;
	} cases[] = {
		{ "attachments have payment-card",
		    "payment-card x4 (...4242) in report.xlsx" },
		{ "content has payment-card at least 3 distinct",
		    "payment-card x6 (...1111) in body and elsewhere" },
		{ "body has payment-card",
		    "payment-card x3 (...1111) in body" },
		{ "body has payment-card at least 2 distinct",
		    "payment-card x2 (...1111) in body" },
		{ "content has us-ssn", "us-ssn x1 (...1234) in subject" },
		{ "subject has us-ssn", "us-ssn x1 (...1234) in subject" },
		{ "header \"X-Ref\" has payment-card",
		    "payment-card x1 (...1111) in X-Ref" },
		{ "any header value has payment-card",
		    "payment-card x1 (...1111) in value" },
		{ "content has iban",
		    "iban x2 (...3000) in attachment" },
		{ "sender is internal and body has payment-card near word "
		  "falcon within 2 characters",
		    "sender, payment-card x1 (...4444) in body" },
		{ "any attachment (name is report.xlsx and content has "
		  "payment-card)",
		    "name in report.xlsx, payment-card x4 (...4242) in "
		    "report.xlsx" },
		{ "body does not have iban", "body" },
		{ "not body has iban", "" },
		{ "body has iban or text has word falcon", "text" },
	};
	struct rule_message m;

	message_init(&m);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set = compile(cases[i].condition);
		struct buf found;
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT,
			.evidence = &found };

		buf_init(&found, 400);
		ck_assert_int_eq(rule_evaluate_rule(&eval, set->rules[0]),
		    RULE_TRUE);
		ck_assert_str_eq(buf_string(&found), cases[i].evidence);
		buf_free(&found);
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* "part view text, ..." of the places that EVAL has found. */
static void
print_places(const struct rule_message *m, const struct rule_hit_places *found,
    struct buf *out)
{
	static const char *const views[] = { "header", "name", "text", "raw" };

	for (size_t i = 0; i < found->count; i++) {
		const struct rule_hit_place *place = &found->items[i];
		struct span text = SPAN("");

		if (place->view == RULE_VIEW_TEXT)
			text = m->facts.content->parts[place->part].text;
		else if (place->part == RULE_NO_PART)
			text = span_trim(header_list_find(
			    &m->message.headers, SPAN("Subject"), 0)->value);
		(void)buf_printf(out, "%s%d %s %.*s", i > 0 ? ", " : "",
		    place->part, views[place->view],
		    SPAN_ARGS(span_slice(text, place->offset,
			place->offset + place->length)));
	}
	if (found->more)
		(void)buf_printf(out, ", more");
}

/* Part, view and offset of what made a condition true. */
START_TEST(places)
{
	static const struct {
		const char *condition, *places;
	} cases[] = {
		{ "subject has us-ssn", "-1 header 536-22-1234" },
		{ "body has payment-card with confidence high",
		    "1 text 4111 1111 1111 1111, 1 text "
		    "4111-1111-1111-1111" },
		{ "content has us-ssn with confidence low",
		    "-1 header 536-22-1234, 5 text 536221234" },
		{ "attachments have iban with confidence medium near word x "
		  "or text has iban",
		    "4 text NL91ABNA0417164300" },
		{ "text has word please near word charge", "1 text Please" },
		{ "text has words { falcon please } at least 2",
		    "1 text Falcon, 1 text Please" },
		{ "subject contains order", "-1 header Order" },
		{ "text matches /5555+/", "1 text 555555555555" },
		{ "body has us-ssn or sender is internal", "" },
		{ "sender contains example", "" },
		{ "not body has us-ssn", "" },
		{ "body does not have us-ssn", "" },
		{ "not (body has payment-card and sender is external)", "" },
		{ "text matches /[0-9]/",
		    "1 text 4, 1 text 1, 1 text 1, 1 text 1, 1 text 1, "
		    "1 text 1, 1 text 1, 1 text 1, 1 text 1, 1 text 1, "
		    "1 text 1, 1 text 1, 1 text 1, 1 text 1, 1 text 1, "
		    "1 text 1, more" },
	};
	struct rule_message m;
	struct buf out;

	message_init(&m);
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set = compile(cases[i].condition);
		struct rule_hit_places found = { .count = 0 };
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT,
			.places = &found };

		buf_reset(&out);
		ck_assert_int_eq(rule_evaluate_rule(&eval, set->rules[0]),
		    RULE_TRUE);
		print_places(&m, &found, &out);
		ck_assert_str_eq(buf_string(&out), cases[i].places);
		rule_set_free(&set);
	}
	rule_message_free(&m);
	buf_free(&out);
}
END_TEST

/* However many rules ask, a text is scanned once, and what a message takes does
 * not grow with them. */
START_TEST(scanned_once)
{
	static const char *const conditions[] = {
		"content has payment-card at least 8",
		"body has payment-card at least 8",
		"attachments have payment-card at least 8 distinct",
		"any attachment (text has payment-card at least 8)",
		"subject has iban",
		"header \"X-Ref\" has iban",
		"text has word falcon near word unheard",
	};
	const struct rule_finds *first[16] = { NULL };
	struct rule_message m;
	size_t before = 0;

	message_init(&m);
	for (unsigned i = 0; i < 3; i++) {
		for (size_t j = 0;
		    j < sizeof(conditions) / sizeof(conditions[0]); j++)
			ck_assert_int_eq(
			    evaluate(&m, conditions[j], false), RULE_FALSE);
		if (i == 0)
			before = pool_size(m.message.pool);
		ck_assert_uint_eq(pool_size(m.message.pool), before);
		ck_assert_uint_lt(pool_size(m.facts.temporary), 10000);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct rule_set *set = compile("content has iban");
		struct rule_eval eval = { .facts = &m.facts };
		struct rule_texts texts;

		rule_texts_get(
		    &eval, &set->rules[0]->when->test, NULL, &texts);
		ck_assert_uint_ge(texts.count, 6);
		for (size_t j = 0; j < texts.count; j++) {
			const struct rule_finds *finds = rule_text_finds(
			    &eval, texts.items[j], DETECTOR_IBAN);

			ck_assert(i == 0 || finds == first[j]);
			first[j] = finds;
		}
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* What is known of the finds grows with them, not with their number times that
 * of the parts. */
START_TEST(many_parts)
{
	enum { PARTS = 900, NUMBERS = 36, ENOUGH = 24 << 20 };
	struct rule_set *set =
	    compile("content has us-ssn at least 32400 distinct");
	struct rule_message m;
	struct rule_eval eval = { .facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT };
	struct buf text;

	buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < PARTS; i++) {
		(void)buf_printf(&text, "--b\r\n\r\n");
		for (unsigned j = i * NUMBERS; j < (i + 1) * NUMBERS; j++)
			(void)buf_printf(&text, "%03u-22-%04u\r\n",
			    800 - j / 9000, 1 + (j * 7919) % 9000);
	}
	rule_message_init(&m, "a@example.com", recipients, headers,
	    buf_span(&text));
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_TRUE);
	ck_assert_uint_lt(pool_size(m.message.pool), ENOUGH);
	buf_free(&text);
	rule_message_free(&m);
	rule_set_free(&set);
}
END_TEST

SUITE_MAIN("rule_finds", values, names, definition, stages, doubt, faults,
    no_fault_far_from_words, evidence, places, scanned_once, many_parts)
