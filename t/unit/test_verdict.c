/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/verdict.h"

#include "t/unit/suite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct pool *pool;
static struct message message;
static struct verdict verdict;

/* A message of these header fields ("Name: value" each) and recipients. */
static void
start(const char *const *headers, const char *const *recipients)
{
	pool = pool_new();
	message = (struct message){
		.pool = pool,
		.sender_given = SPAN("<sender@example.com>"),
	};
	(void)address_parse(message.sender_given, &message.sender, NULL);
	for (; headers != NULL && *headers != NULL; headers++) {
		struct span line = span_of(*headers);
		size_t colon = span_find(line, ':');

		header_list_add(&message.headers, pool,
		    span_slice(line, 0, colon),
		    span_slice(line, colon + 1, line.len));
	}
	message.recipients =
	    pool_alloc_array(pool, 16, sizeof(*message.recipients));
	for (; recipients != NULL && *recipients != NULL; recipients++) {
		struct recipient *recipient =
		    &message.recipients[message.recipient_count++];

		recipient->given = span_of(*recipients);
		(void)address_parse(
		    recipient->given, &recipient->address, NULL);
	}
	verdict_init(&verdict, pool);
}

static void
finish(void)
{
	pool_free(&pool);
}

/* The plan as text, one edit after the other. */
static const char *
plan_text(void)
{
	static const char *const kinds[] = {
		[EDIT_ADD_HEADER] = "add",
		[EDIT_INSERT_HEADER] = "insert",
		[EDIT_CHANGE_HEADER] = "change",
		[EDIT_DELETE_HEADER] = "delete",
		[EDIT_ADD_RECIPIENT] = "rcpt+",
		[EDIT_DELETE_RECIPIENT] = "rcpt-",
		[EDIT_CHANGE_SENDER] = "from",
		[EDIT_REPLACE_BODY] = "body",
	};
	struct span text = SPAN("");
	size_t count;
	const struct edit *edits =
	    verdict_plan(&message, &verdict, pool, &count);

	for (size_t i = 0; i < count; i++)
		text = pool_printf(pool, "%.*s%s %.*s%s%.*s%s%.*s/%u\n",
		    SPAN_ARGS(text), kinds[edits[i].kind],
		    SPAN_ARGS(edits[i].name), edits[i].name.len ? ":" : "",
		    SPAN_ARGS(edits[i].value),
		    edits[i].parameters.len ? " " : "",
		    SPAN_ARGS(edits[i].parameters), edits[i].index);
	return pool_string(pool, text);
}

/* Headers after the edits, "Name:value\n" each. */
static const char *
applied_headers(void)
{
	struct span text = SPAN("");
	struct applied applied;

	verdict_apply(&message, &verdict, pool, &applied);
	for (size_t i = 0; i < applied.headers.count; i++)
		text = pool_printf(pool, "%.*s%.*s:%.*s\n", SPAN_ARGS(text),
		    SPAN_ARGS(applied.headers.items[i].name),
		    SPAN_ARGS(applied.headers.items[i].value));
	return pool_string(pool, text);
}

static const char *
applied_recipients(void)
{
	struct span text = SPAN("");
	struct applied applied;

	verdict_apply(&message, &verdict, pool, &applied);
	ck_assert_uint_eq(verdict_recipients_left(&message, &verdict, pool),
	    applied.recipient_count);
	for (size_t i = 0; i < applied.recipient_count; i++)
		text = pool_printf(pool, "%.*s%.*s ", SPAN_ARGS(text),
		    SPAN_ARGS(applied.recipients[i]));
	return pool_string(pool, text);
}

START_TEST(first_end_counts)
{
	start(NULL, NULL);
	verdict_end(&verdict, DISPOSITION_REJECT, 550, SPAN("5.7.1"),
	    "rule %s\r\n250 ok \xc3\xa4", "x");
	verdict_end(&verdict, DISPOSITION_TEMPFAIL, 451, SPAN("4.3.0"), "y");
	ck_assert_int_eq(verdict.disposition, DISPOSITION_REJECT);
	ck_assert_uint_eq(verdict.reply.code, 550);
	ck_assert(span_equal(verdict.reply.enhanced, SPAN("5.7.1")));
	ck_assert(
	    span_equal(verdict.reply.text, SPAN("rule x??250 ok ??")));
	ck_assert_str_eq(disposition_name(DISPOSITION_CONTINUE), "continue");
	ck_assert_str_eq(disposition_name(DISPOSITION_REJECT), "reject");
	ck_assert_str_eq(disposition_name(DISPOSITION_TEMPFAIL), "tempfail");
	ck_assert_str_eq(disposition_name(DISPOSITION_DISCARD), "discard");
	finish();
}
END_TEST

/* Of ten thousand rules each may have one. */
START_TEST(many_hold_reasons)
{
	enum { REASONS = 2000, ENOUGH = 100000 };

	start(NULL, NULL);
	for (int i = 0; i < REASONS; i++)
		verdict_hold(&verdict, SPAN("the directory does not answer"));
	ck_assert_uint_lt(verdict.hold_reason.len, 512);
	ck_assert(span_ends_case(verdict.hold_reason, SPAN(", and others")));
	ck_assert_uint_lt(pool_size(verdict.pool), ENOUGH);
	finish();
}
END_TEST

START_TEST(hold_and_notes)
{
	char reason[] = "one";

	start(NULL, NULL);
	verdict_hold(&verdict, SPAN(""));
	ck_assert(verdict.hold);
	verdict_hold(&verdict, span_of(reason));
	reason[0] = 'X';
	verdict_hold(&verdict, SPAN("two"));
	ck_assert(span_equal(verdict.hold_reason, SPAN("one, two")));
	verdict_note(&verdict, "rule", "%d", 1);
	verdict_note(&verdict, "rule", "%d", 2);
	ck_assert_uint_eq(verdict.note_count, 2);
	ck_assert(span_equal(verdict.notes[0].value, SPAN("1")));
	ck_assert_str_eq(verdict.notes[1].key, "rule");
	finish();
}
END_TEST

/* What a caller hands over may go away, and can add no field. */
START_TEST(values_are_copied)
{
	static const struct {
		struct span value, copy;
	} cases[] = {
		{ SPAN_INIT(" a\n b"), SPAN_INIT(" a\n b") },
		{ SPAN_INIT(" a\r\n\tb"), SPAN_INIT(" a\n\tb") },
		{ SPAN_INIT(" a\nBcc: b"), SPAN_INIT(" a Bcc: b") },
		{ SPAN_INIT(" a\r\nBcc: b"), SPAN_INIT(" a Bcc: b") },
		{ SPAN_INIT(" a\n\n b"), SPAN_INIT(" a \n b") },
		{ SPAN_INIT(" a\rb"), SPAN_INIT(" a b") },
		{ SPAN_INIT(" a\0b\n"), SPAN_INIT(" a b ") },
		{ SPAN_INIT(""), SPAN_INIT("") },
	};
	char name[] = "X-Name";

	start(NULL, NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		verdict_add_header(
		    &verdict, span_of(name), cases[i].value);
		ck_assert_msg(
		    span_equal(verdict.edits[i].value, cases[i].copy),
		    "case %zu: %.*s", i, SPAN_ARGS(verdict.edits[i].value));
	}
	memset(name, '?', sizeof(name) - 1);
	ck_assert(span_equal(verdict.edits[0].name, SPAN("X-Name")));
	finish();
}
END_TEST

static const char *const headers[] = {
	"Received: 1", "Received: 2", "X-A: 1", "Subject: s", "x-a: 2",
	"X-A: 3", NULL
};

START_TEST(header_order)
{
	start(headers, NULL);
	verdict_replace_body(&verdict, SPAN("b1"));
	verdict_insert_header(&verdict, 0, SPAN("Top"), SPAN(" 1"));
	verdict_insert_header(&verdict, 1, SPAN("Under"), SPAN(" 1"));
	verdict_insert_header(&verdict, 0, SPAN("Top"), SPAN(" 2"));
	verdict_add_header(&verdict, SPAN("End"), SPAN(" 1"));
	verdict_delete_header(&verdict, SPAN("X-A"), 1);
	verdict_change_header(&verdict, SPAN("X-a"), 2, SPAN(" two"));
	verdict_delete_header(&verdict, SPAN("x-A"), 3);
	verdict_add_header(&verdict, SPAN("End"), SPAN(" 2"));
	verdict_change_sender(&verdict, SPAN("b@example.com"));
	verdict_change_sender(&verdict, SPAN(""));
	verdict_replace_body(&verdict, SPAN("b2"));
	ck_assert_str_eq(plan_text(),
	    "from /0\n"
	    "delete X-A:/3\n"
	    "change x-a: two/2\n"
	    "delete X-A:/1\n"
	    "insert Under: 1/1\n"
	    "insert Top: 1/0\n"
	    "insert Top: 2/0\n"
	    "add End: 1/0\n"
	    "add End: 2/0\n"
	    "body b2/0\n");
	ck_assert_str_eq(applied_headers(),
	    "Top: 2\n"
	    "Top: 1\n"
	    "Under: 1\n"
	    "Received: 1\n"
	    "Received: 2\n"
	    "Subject: s\n"
	    "x-a: two\n"
	    "End: 1\n"
	    "End: 2\n");
	finish();
}
END_TEST

START_TEST(last_wish_for_a_field_counts)
{
	start(headers, NULL);
	verdict_delete_header(&verdict, SPAN("Subject"), 1);
	verdict_change_header(&verdict, SPAN("subject"), 1, SPAN(" new"));
	verdict_change_header(&verdict, SPAN("Received"), 2, SPAN(" two"));
	verdict_delete_header(&verdict, SPAN("Received"), 2);
	verdict_change_header(&verdict, SPAN("X-A"), 3, SPAN(""));
	ck_assert_str_eq(plan_text(),
	    "delete Received:/2\n"
	    "change Subject: new/1\n"
	    "delete X-A:/3\n");
	ck_assert_str_eq(applied_headers(),
	    "Received: 1\nX-A: 1\nSubject: new\nx-a: 2\n");
	finish();
}
END_TEST

START_TEST(absent_fields)
{
	start(headers, NULL);
	verdict_delete_header(&verdict, SPAN("Absent"), 1);
	verdict_delete_header(&verdict, SPAN("X-A"), 4);
	verdict_change_header(&verdict, SPAN("New"), 1, SPAN(" 1"));
	verdict_change_header(&verdict, SPAN("Subject"), 3, SPAN(" 3"));
	verdict_insert_header(&verdict, 99, SPAN("Last"), SPAN(" 1"));
	ck_assert_str_eq(applied_headers(),
	    "Received: 1\nReceived: 2\nX-A: 1\nSubject: s\nx-a: 2\nX-A: 3\n"
	    "Last: 1\nNew: 1\nSubject: 3\n");
	finish();
}
END_TEST

/* The last wish counts for a field that is not there as well. */
START_TEST(absent_field_is_changed_twice)
{
	start(headers, NULL);
	verdict_change_header(&verdict, SPAN("New"), 1, SPAN(" 1"));
	verdict_add_header(&verdict, SPAN("End"), SPAN(" 1"));
	verdict_change_header(&verdict, SPAN("new"), 1, SPAN(" 2"));
	verdict_change_header(&verdict, SPAN("Gone"), 1, SPAN(" 1"));
	verdict_delete_header(&verdict, SPAN("Gone"), 1);
	ck_assert_str_eq(plan_text(), "add End: 1/0\nadd new: 2/0\n");
	finish();
}
END_TEST

/* Whoever sends a header section of one field must not keep the daemon busy
 * when a rule takes that field out: with work for each pair of them this
 * would not end. */
START_TEST(many_fields_deleted)
{
	enum { FIELDS = 100000 };
	size_t count;

	start(NULL, NULL);
	for (unsigned i = 1; i <= FIELDS; i++) {
		header_list_add(&message.headers, message.pool, SPAN("X"),
		    SPAN(" 1"));
		verdict_delete_header(&verdict, SPAN("x"), i);
	}
	(void)verdict_plan(&message, &verdict, message.pool, &count);
	ck_assert_uint_eq(count, FIELDS);
	finish();
}
END_TEST

START_TEST(every_received_deleted)
{
	start(headers, NULL);
	for (unsigned i = 1; i <= 3; i++)
		verdict_delete_header(&verdict, SPAN("X-A"), i);
	verdict_insert_header(&verdict, 0, SPAN("X-A"), SPAN(" ours"));
	ck_assert_str_eq(applied_headers(),
	    "X-A: ours\nReceived: 1\nReceived: 2\nSubject: s\n");
	finish();
}
END_TEST

START_TEST(recipients)
{
	static const char *const given[] = {
		"<a@example.com>", "<B@Example.com>", "<@r:c@example.com>",
		"\"d\"@example.com", "<postmaster>", "<b@example.com>", NULL
	};

	start(NULL, given);
	message.recipients[4].refused = true;
	/* Added before the deletions are asked for; parameters are kept. */
	verdict_add_recipient(&verdict, SPAN("a@store.example"),
	    SPAN("NOTIFY=NEVER ORCPT=rfc822;a@example.com"));
	verdict_delete_recipient(&verdict, &message.recipients[0]);
	verdict_delete_recipient(&verdict, &message.recipients[2]);
	/* Twice the same, in another case of the domain. */
	verdict_add_recipient(&verdict, SPAN("a@STORE.example"), SPAN(""));
	/* Already there. */
	verdict_add_recipient(&verdict, SPAN("B@example.COM"), SPAN(""));
	/* Postfix would deliver it once, so both MTAs do. */
	verdict_add_recipient(&verdict, SPAN("A@store.example"), SPAN(""));
	ck_assert_str_eq(plan_text(),
	    "rcpt- <a@example.com>/0\n"
	    "rcpt- <@r:c@example.com>/0\n"
	    "rcpt- <c@example.com>/0\n"
	    "rcpt+ a@store.example NOTIFY=NEVER "
	    "ORCPT=rfc822;a@example.com/0\n");
	ck_assert_str_eq(applied_recipients(),
	    "B@Example.com \"d\"@example.com a@store.example ");
	finish();
}
END_TEST

START_TEST(deleted_and_added_again)
{
	static const char *const given[] = { "<a@EXAMPLE.com>",
		"<b@example.com>", NULL };

	start(NULL, given);
	verdict_add_recipient(&verdict, SPAN("a@example.com"), SPAN(""));
	verdict_delete_recipient(&verdict, &message.recipients[0]);
	verdict_delete_recipient(&verdict, &message.recipients[1]);
	verdict_add_recipient(&verdict, SPAN("c@example.com"), SPAN(""));
	ck_assert_str_eq(plan_text(),
	    "rcpt- <b@example.com>/0\nrcpt+ c@example.com/0\n");
	ck_assert_str_eq(
	    applied_recipients(), "a@EXAMPLE.com c@example.com ");
	finish();
}
END_TEST

START_TEST(deletion_is_exact)
{
	static const char *const given[] = { "<a@EXAMPLE.com>",
		"<a@example.com>", "a@example.com", "not an address", NULL };

	start(NULL, given);
	ck_assert_str_eq(
	    applied_recipients(), "a@EXAMPLE.com not an address ");
	verdict_delete_recipient(&verdict, &message.recipients[2]);
	ck_assert_str_eq(
	    applied_recipients(), "a@EXAMPLE.com not an address ");
	verdict_delete_recipient(&verdict, &message.recipients[0]);
	verdict_delete_recipient(&verdict, &message.recipients[3]);
	ck_assert_str_eq(applied_recipients(), "");
	finish();
}
END_TEST

START_TEST(sender_and_body)
{
	struct applied applied;

	start(NULL, NULL);
	verdict_apply(&message, &verdict, pool, &applied);
	ck_assert(span_equal(applied.sender, SPAN("sender@example.com")));
	ck_assert(!applied.body_replaced);
	ck_assert_uint_eq(applied.headers.count, 0);
	ck_assert_uint_eq(applied.recipient_count, 0);
	verdict_change_sender(&verdict, SPAN("new@example.com"));
	verdict_replace_body(&verdict, SPAN(""));
	verdict_apply(&message, &verdict, pool, &applied);
	ck_assert(span_equal(applied.sender, SPAN("new@example.com")));
	ck_assert(applied.body_replaced);
	ck_assert_uint_eq(applied.body.len, 0);
	finish();
}
END_TEST

SUITE_MAIN("verdict", first_end_counts, hold_and_notes, many_hold_reasons,
    values_are_copied, header_order, last_wish_for_a_field_counts, absent_fields,
    absent_field_is_changed_twice, many_fields_deleted, every_received_deleted, recipients, deleted_and_added_again,
    deletion_is_exact, sender_and_body)
