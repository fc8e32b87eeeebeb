/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/mbox.h"

#include "base/buf.h"

#include "t/unit/suite.h"

#define FROM "From ann@example.com Sun Nov 22 10:00:00 2026\n"

/* MESSAGES: the unquoted text of each with a "|" behind it; "!" where the rest
 * is no mbox. */
static const struct {
	const char *box;
	const char *messages;
} boxes[] = {
	{ "", "" },
	{ "\n\r\n\n", "" },
	{ "Subject: a\n\nb\n", "!" },
	{ FROM "A: 1\n\nb\n", "A: 1\n\nb\n|" },
	{ "\n\n" FROM "A: 1\n\nb\n", "A: 1\n\nb\n|" },
	{ FROM "A: 1\n\nb\n\n" FROM "A: 2\n\nc\n\n",
	    "A: 1\n\nb\n|A: 2\n\nc\n\n|" },
	/* No empty line before it, no time in it: text. */
	{ FROM "A: 1\n\nb\n" FROM "c\n", "A: 1\n\nb\n" FROM "c\n|" },
	{ FROM "A: 1\n\nb\n\nFrom here on\n",
	    "A: 1\n\nb\n\nFrom here on\n|" },
	{ FROM "A: 1\n\nb\n\nFrom 12:30\n", "A: 1\n\nb\n\nFrom 12:30\n|" },
	/* No body: the empty line behind the header is also that before. */
	{ FROM "A: 1\n\n" FROM "A: 2\n", "A: 1\n|A: 2\n|" },
	/* mboxrd */
	{ FROM "A: 1\n\n>From x\n>>From y\n> From z\nno >From\n",
	    "A: 1\n\nFrom x\n>From y\n> From z\nno >From\n|" },
	/* CRLF */
	{ "From a@b 10:00\r\nA: 1\r\n\r\nb\r\n\r\nFrom a@b 10:00\r\nA: 2\r\n",
	    "A: 1\r\n\r\nb\r\n|A: 2\r\n|" },
	{ "From \"a b\"@c Sun 10:00\nA: 1\n\nb\n", "A: 1\n\nb\n|" },
	/* mboxcl2: the length leads to the next message, or to the end. */
	{ FROM "Content-Length: 54\n\n>From x\n" FROM "\n" FROM "A: 2\n\nb\n",
	    "Content-Length: 54\n\n>From x\n" FROM "|A: 2\n\nb\n|" },
	{ FROM "content-length: 50\n\nabc\n" FROM,
	    "content-length: 50\n\nabc\n" FROM "|" },
	/* A wrong length is no reason to lose a message. */
	{ FROM "Content-Length: 3\n\nabcd\n\n" FROM "A: 2\n\nb\n",
	    "Content-Length: 3\n\nabcd\n|A: 2\n\nb\n|" },
	{ FROM "Content-Length: 999999\n\nabcd\n\n" FROM "A: 2\n\nb\n",
	    "Content-Length: 999999\n\nabcd\n|A: 2\n\nb\n|" },
	{ FROM "Content-Length: 99999999999999999999\n\na\n",
	    "Content-Length: 99999999999999999999\n\na\n|" },
};

/* Cuts BOX, of which STEP bytes more are shown at a time. */
static void
cut(struct span box, size_t step, struct pool *pool, struct buf *out)
{
	struct mbox mbox = { 0 };
	size_t shown = step;

	for (;;) {
		struct mbox_message message;
		bool final = shown >= box.len;
		struct span text;

		switch (mbox_next(
		    &mbox, span_slice(box, 0, shown), final, &message)) {
		case MBOX_MORE:
			ck_assert(!final);
			shown += step;
			continue;
		case MBOX_MESSAGE:
			break;
		case MBOX_END:
			return;
		case MBOX_BROKEN:
			(void)buf_append_char(out, '!');
			return;
		}
		text = message.text;
		if (message.quoted)
			text = mbox_unquote(text, pool);
		(void)buf_append_span(out, text);
		(void)buf_append_char(out, '|');
		box = span_slice(box, message.used, box.len);
		shown = step;
	}
}

START_TEST(box_table)
{
	struct span box = span_of(boxes[_i].box);
	struct pool *pool = pool_new();
	struct buf out;

	buf_init(&out, 1 << 16);
	for (size_t step = 1; step <= box.len + 1; step++) {
		buf_reset(&out);
		cut(box, step, pool, &out);
		ck_assert_msg(span_equal(buf_span(&out),
				  span_of(boxes[_i].messages)),
		    "in steps of %zu:\n%s\nis\n%s\nnot\n%s", step,
		    boxes[_i].box, buf_string(&out), boxes[_i].messages);
	}
	buf_free(&out);
	pool_free(&pool);
}
END_TEST

/* What was looked at is not looked at again, in the header section as well. */
START_TEST(goes_on_where_it_was)
{
	struct span box = SPAN(FROM "A: 1\nB: 2\nC: ");
	struct mbox mbox = { 0 };
	struct mbox_message message;

	ck_assert_int_eq(mbox_next(&mbox, box, false, &message), MBOX_MORE);
	ck_assert_uint_eq(mbox.scanned, box.len - 3);
	box = SPAN(FROM "A: 1\nB: 2\nC: 3\n\nx\n");
	ck_assert_int_eq(mbox_next(&mbox, box, false, &message), MBOX_MORE);
	ck_assert_uint_eq(mbox.scanned, box.len);
	ck_assert_int_eq(mbox_next(&mbox, box, true, &message), MBOX_MESSAGE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mbox");

	tcase_add_loop_test(suite_case(suite, "boxes"), box_table, 0,
	    sizeof(boxes) / sizeof(boxes[0]));
	tcase_add_test(suite_case(suite, "steps"), goes_on_where_it_was);
	return suite_finish(suite);
}
