/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/mailbox.h"

#include "base/buf.h"

#include "t/unit/suite.h"

/* MAILBOXES: each as "local@domain" with a "|" behind it. */
static const struct {
	struct span value;
	struct span mailboxes;
} good[] = {
	{ SPAN_INIT(""), SPAN_INIT("") },
	{ SPAN_INIT(" joe@example.com"), SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" <joe@example.com>"), SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" Joe SixPack <joe@Example.COM>"),
	    SPAN_INIT("joe@Example.COM|") },
	{ SPAN_INIT(" \"Six, Pack @ x\" <joe@example.com>"),
	    SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" \"a \\\" <b@c>\" <joe@example.com>"),
	    SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" =?utf-8?q?J=C3=B6e?=\n =?utf-8?b?eA==?=\n"
		    "\t<joe@example.com>"),
	    SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" J\xc3\xb6"
		    "e <j\xc3\xb6"
		    "e@b\xc3\xbc"
		    "cher.example>"),
	    SPAN_INIT("j\xc3\xb6"
		      "e@b\xc3\xbc"
		      "cher.example|") },
	{ SPAN_INIT(" joe@example.com (Joe)"), SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" (a (b\\) c) <x@y>) joe (d) . (e) s@example\n .com"),
	    SPAN_INIT("joe.s@example.com|") },
	{ SPAN_INIT(" \"joe@x\"@example.com"),
	    SPAN_INIT("\"joe@x\"@example.com|") },
	{ SPAN_INIT(" \"joe\".s@example.com"),
	    SPAN_INIT("\"joe\".s@example.com|") },
	{ SPAN_INIT(" \"a\\\\\"@example.com"),
	    SPAN_INIT("\"a\\\\\"@example.com|") },
	{ SPAN_INIT(" joe@[192.0.2.1]"), SPAN_INIT("joe@[192.0.2.1]|") },
	{ SPAN_INIT(" [App] Joe <joe@example.com>"),
	    SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" <@a.example,@b.example:joe@example.com>"),
	    SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" a@one.example, B <b@two.example>"),
	    SPAN_INIT("a@one.example|b@two.example|") },
	{ SPAN_INIT(" , a@one.example,, b@two.example ,"),
	    SPAN_INIT("a@one.example|b@two.example|") },
	{ SPAN_INIT(" Team: a@one.example, B <b@two.example>;"),
	    SPAN_INIT("a@one.example|b@two.example|") },
	{ SPAN_INIT(" Team: a@one.example;, c@three.example"),
	    SPAN_INIT("a@one.example|c@three.example|") },
	{ SPAN_INIT(" undisclosed-recipients:;"), SPAN_INIT("") },
	/* Without quotes, as much software writes it. */
	{ SPAN_INIT(" joe@example.com <joe@example.com>"),
	    SPAN_INIT("joe@example.com|") },
	{ SPAN_INIT(" J. R. Ewing <jr@example.com>"),
	    SPAN_INIT("jr@example.com|") },
	{ SPAN_INIT(" a@b@c.. <jr@example.com>"),
	    SPAN_INIT("jr@example.com|") },
};

START_TEST(good_table)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct pool *pool = pool_new();
		struct mailbox_list list;
		struct err err;
		struct buf text;

		buf_init(&text, 4096);
		ck_assert_msg(
		    mailbox_list_parse(pool, good[i].value, &list, &err) == 0,
		    "\"%.*s\": %s", SPAN_ARGS(good[i].value), err.text);
		for (size_t k = 0; k < list.count; k++)
			ck_assert_int_eq(buf_printf(&text, "%.*s@%.*s|",
					     SPAN_ARGS(list.items[k].local),
					     SPAN_ARGS(list.items[k].domain)),
			    0);
		ck_assert_msg(span_equal(buf_span(&text), good[i].mailboxes),
		    "\"%.*s\" gave %s", SPAN_ARGS(good[i].value),
		    buf_string(&text));
		buf_free(&text);
		pool_free(&pool);
	}
}
END_TEST

static const struct span bad[] = {
	SPAN_INIT(" joe"),
	SPAN_INIT(" @example.com"),
	SPAN_INIT(" joe@"),
	SPAN_INIT(" joe@example."),
	SPAN_INIT(" joe@.example"),
	SPAN_INIT(" .joe@example.com"),
	SPAN_INIT(" joe..s@example.com"),
	SPAN_INIT(" joe@a@example.com"),
	SPAN_INIT(" joe s@example.com"),
	SPAN_INIT(" joe@example.com s"),
	SPAN_INIT(" joe@[192.0.2.1"),
	SPAN_INIT(" joe@\"example.com\""),
	SPAN_INIT(" [joe]@example.com"),
	SPAN_INIT(" <joe@example.com"),
	SPAN_INIT(" joe@example.com>"),
	SPAN_INIT(" <joe@example.com> <b@example.net>"),
	SPAN_INIT(" <joe@example.com> joe"),
	SPAN_INIT(" <joe@example.com, b@example.net>"),
	SPAN_INIT(" <<joe@example.com>>"),
	SPAN_INIT(" <>"),
	SPAN_INIT(" Joe <>"),
	SPAN_INIT(" <@a.example>"),
	SPAN_INIT(" <@a.example:>"),
	SPAN_INIT(" SixPack, Joe <joe@example.com>"),
	SPAN_INIT(" \"Joe <joe@example.com>"),
	SPAN_INIT(" (Joe joe@example.com"),
	SPAN_INIT(" (Joe\\"),
	SPAN_INIT(" Joe) <joe@example.com>"),
	SPAN_INIT(" Team: joe@example.com"),
	SPAN_INIT(" A: B: joe@example.com;;"),
	SPAN_INIT(" : joe@example.com;"),
	SPAN_INIT(" joe@example.com;"),
	SPAN_INIT(" A: joe@example.com; b@example.com"),
	SPAN_INIT(" joe\\x@example.com"),
	SPAN_INIT(" joe\0@example.com"),
	SPAN_INIT(" \"joe\0\"@example.com"),
	SPAN_INIT(" \"joe\\\0\"@example.com"),
	SPAN_INIT(" \"joe\\\"@example.com"),
	SPAN_INIT(" joe@example.com\x7f"),
};

START_TEST(bad_table)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pool *pool = pool_new();
		struct mailbox_list list;
		struct err err = { .kind = ERR_NONE };

		ck_assert_msg(mailbox_list_parse(pool, bad[i], &list, &err) < 0,
		    "\"%.*s\" was taken", SPAN_ARGS(bad[i]));
		ck_assert_int_eq(err.kind, ERR_INPUT);
		pool_free(&pool);
	}
}
END_TEST

/* Parses COUNT times PIECE; whether that succeeded. */
static bool
parse_repeated(const char *piece, size_t count)
{
	struct pool *pool = pool_new();
	struct mailbox_list list;
	struct err err;
	struct buf text;
	int result;

	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(buf_append_span(&text, span_of(piece)), 0);
	result = mailbox_list_parse(pool, buf_span(&text), &list, &err);
	/* Work space stays in proportion to the limits, not to the field. */
	ck_assert_uint_le(pool_size(pool), 512 * 1024);
	buf_free(&text);
	pool_free(&pool);
	return result == 0;
}

START_TEST(limits)
{
	ck_assert(parse_repeated("a@b,", MAILBOX_LIST_MAX));
	ck_assert(!parse_repeated("a@b,", MAILBOX_LIST_MAX + 1));
	ck_assert(!parse_repeated("(", 100000));
	ck_assert(!parse_repeated("a .", 100000));
	ck_assert(!parse_repeated("a.", 100000));
	ck_assert(!parse_repeated("<", 100000));
	ck_assert(parse_repeated(",", 100000));
}
END_TEST

/* Each word of an address on its own was a copy of all before it. */
START_TEST(blanks_between_words)
{
	struct buf piece;

	buf_init(&piece, 4096);
	(void)buf_printf(&piece, "a");
	for (int i = 0; i < 200; i++)
		(void)buf_printf(&piece, ". a");
	(void)buf_printf(&piece, "@b");
	for (int i = 0; i < 200; i++)
		(void)buf_printf(&piece, " .b");
	(void)buf_printf(&piece, ",");
	ck_assert(parse_repeated(buf_string(&piece), MAILBOX_LIST_MAX));
	buf_free(&piece);
}
END_TEST

SUITE_MAIN("mailbox", good_table, bad_table, limits, blanks_between_words)
