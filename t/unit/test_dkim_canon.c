/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_canon.h"

#include "base/buf.h"

#include "t/unit/suite.h"

#include <string.h>

static void
write_to_buf(void *context, struct span piece)
{
	ck_assert_int_eq(buf_append_span(context, piece), 0);
}

static void
check_text(struct span got, struct span expected, struct span input)
{
	ck_assert_msg(span_equal(got, expected),
	    "\"%.*s\" gave \"%.*s\", not \"%.*s\"", SPAN_ARGS(input),
	    SPAN_ARGS(got), SPAN_ARGS(expected));
}

/* RFC 6376 section 3.4.5 and what the RFC leaves to its grammar. */
static const struct {
	struct span name, value;
	struct span simple, relaxed;
} fields[] = {
	{ SPAN_INIT("A"), SPAN_INIT(" X"), SPAN_INIT("A: X\r\n"),
	    SPAN_INIT("a:X\r\n") },
	{ SPAN_INIT("B "), SPAN_INIT(" Y\t\n\tZ  "),
	    SPAN_INIT("B : Y\t\r\n\tZ  \r\n"), SPAN_INIT("b:Y Z\r\n") },
	{ SPAN_INIT("Subject"), SPAN_INIT(""), SPAN_INIT("Subject:\r\n"),
	    SPAN_INIT("subject:\r\n") },
	{ SPAN_INIT("Subject"), SPAN_INIT(" \t "),
	    SPAN_INIT("Subject: \t \r\n"), SPAN_INIT("subject:\r\n") },
	{ SPAN_INIT("SUBJect"), SPAN_INIT("\n folded"),
	    SPAN_INIT("SUBJect:\r\n folded\r\n"),
	    SPAN_INIT("subject:folded\r\n") },
	{ SPAN_INIT("X"), SPAN_INIT("a\r\n b"), SPAN_INIT("X:a\r\n b\r\n"),
	    SPAN_INIT("x:a b\r\n") },
	{ SPAN_INIT("X"), SPAN_INIT(" a\n \n b\n "),
	    SPAN_INIT("X: a\r\n \r\n b\r\n \r\n"), SPAN_INIT("x:a b\r\n") },
	/* A bare CR, other controls and bytes over 127 are data. */
	{ SPAN_INIT("X"), SPAN_INIT(" a\rb\v c\xc3\xa4"),
	    SPAN_INIT("X: a\rb\v c\xc3\xa4\r\n"),
	    SPAN_INIT("x:a\rb\v c\xc3\xa4\r\n") },
	{ SPAN_INIT("X"), SPAN_INIT(" a\0b"), SPAN_INIT("X: a\0b\r\n"),
	    SPAN_INIT("x:a\0b\r\n") },
};

START_TEST(header_table)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct header field = { fields[i].name, fields[i].value };

		for (int canon = DKIM_SIMPLE; canon <= DKIM_RELAXED; canon++) {
			struct span expected = canon == DKIM_SIMPLE
			    ? fields[i].simple
			    : fields[i].relaxed;
			struct dkim_stage stage;
			struct buf out;

			buf_init(&out, 4096);
			dkim_stage_init(
			    &stage, (struct dkim_sink){ write_to_buf, &out });
			dkim_canon_header(
			    (enum dkim_canon)canon, &field, false, &stage);
			dkim_stage_flush(&stage);
			check_text(buf_span(&out), expected, field.value);

			buf_reset(&out);
			dkim_canon_header(
			    (enum dkim_canon)canon, &field, true, &stage);
			dkim_stage_flush(&stage);
			check_text(buf_span(&out),
			    span_slice(expected, 0, expected.len - 2),
			    field.value);
			buf_free(&out);
		}
	}
}
END_TEST

/* RFC 6376 sections 3.4.3, 3.4.4, 3.4.5 and the corners between. */
static const struct {
	struct span body;
	struct span simple, relaxed;
} bodies[] = {
	{ SPAN_INIT(""), SPAN_INIT("\r\n"), SPAN_INIT("") },
	{ SPAN_INIT("\r\n"), SPAN_INIT("\r\n"), SPAN_INIT("") },
	{ SPAN_INIT("\r\n\r\n\r\n"), SPAN_INIT("\r\n"), SPAN_INIT("") },
	{ SPAN_INIT(" \r\n\t\r\n"), SPAN_INIT(" \r\n\t\r\n"), SPAN_INIT("") },
	{ SPAN_INIT(" \t "), SPAN_INIT(" \t \r\n"), SPAN_INIT("") },
	{ SPAN_INIT(" C \r\nD \t E\r\n\r\n\r\n"),
	    SPAN_INIT(" C \r\nD \t E\r\n"), SPAN_INIT(" C\r\nD E\r\n") },
	{ SPAN_INIT("no line end"), SPAN_INIT("no line end\r\n"),
	    SPAN_INIT("no line end\r\n") },
	{ SPAN_INIT("blank at the end "), SPAN_INIT("blank at the end \r\n"),
	    SPAN_INIT("blank at the end\r\n") },
	{ SPAN_INIT("a\r\n\r\n \r\nb\r\n \r\n"),
	    SPAN_INIT("a\r\n\r\n \r\nb\r\n \r\n"),
	    SPAN_INIT("a\r\n\r\n\r\nb\r\n") },
	{ SPAN_INIT("\r\n\r\na\r\n"), SPAN_INIT("\r\n\r\na\r\n"),
	    SPAN_INIT("\r\n\r\na\r\n") },
	{ SPAN_INIT("\ta\tb\t\tc\t\r\n"), SPAN_INIT("\ta\tb\t\tc\t\r\n"),
	    SPAN_INIT(" a b c\r\n") },
	/* Only CRLF is a line end; the rest is data. */
	{ SPAN_INIT("a\rb\nc\n\r\n"), SPAN_INIT("a\rb\nc\n\r\n"),
	    SPAN_INIT("a\rb\nc\n\r\n") },
	{ SPAN_INIT("a \r b \n c\r\n"), SPAN_INIT("a \r b \n c\r\n"),
	    SPAN_INIT("a \r b \n c\r\n") },
	{ SPAN_INIT("a\r"), SPAN_INIT("a\r\r\n"), SPAN_INIT("a\r\r\n") },
	{ SPAN_INIT("a\r\n\r"), SPAN_INIT("a\r\n\r\r\n"),
	    SPAN_INIT("a\r\n\r\r\n") },
	{ SPAN_INIT("a\r\r\n\r\n"), SPAN_INIT("a\r\r\n"),
	    SPAN_INIT("a\r\r\n") },
	{ SPAN_INIT("\n"), SPAN_INIT("\n\r\n"), SPAN_INIT("\n\r\n") },
	{ SPAN_INIT("\r"), SPAN_INIT("\r\r\n"), SPAN_INIT("\r\r\n") },
	{ SPAN_INIT("a \r"), SPAN_INIT("a \r\r\n"), SPAN_INIT("a \r\r\n") },
	{ SPAN_INIT("nul \0  \0\r\n"), SPAN_INIT("nul \0  \0\r\n"),
	    SPAN_INIT("nul \0 \0\r\n") },
	/* Longer than the blocks that are looked at together. */
	{ SPAN_INIT("0123456789 123456789 123456789 123456789  long \r\n"
		    "0123456789012345678901234567890 \t 34567890\r\n"
		    "01234567890123456789012345678901 \r\n\r\nend\r\n\r\n"),
	    SPAN_INIT("0123456789 123456789 123456789 123456789  long \r\n"
		      "0123456789012345678901234567890 \t 34567890\r\n"
		      "01234567890123456789012345678901 \r\n\r\nend\r\n"),
	    SPAN_INIT("0123456789 123456789 123456789 123456789 long\r\n"
		      "0123456789012345678901234567890 34567890\r\n"
		      "01234567890123456789012345678901\r\n\r\nend\r\n") },
};

enum { BODY_COUNT = sizeof(bodies) / sizeof(bodies[0]) };

static void
check_body(enum dkim_canon canon, struct span text, size_t cut, size_t again,
    struct span expected)
{
	struct dkim_body body;
	struct buf out;

	buf_init(&out, 4096);
	dkim_body_init(&body, canon, (struct dkim_sink){ write_to_buf, &out });
	dkim_body_update(&body, span_slice(text, 0, cut));
	dkim_body_update(&body, span_slice(text, cut, again));
	dkim_body_update(&body, span_slice(text, again, text.len));
	dkim_body_final(&body);
	check_text(buf_span(&out), expected, text);
	buf_free(&out);
}

/* Each body in one, two and three chunks, cut at every place. */
START_TEST(body_table_cut_anywhere)
{
	for (size_t i = 0; i < BODY_COUNT; i++) {
		struct span text = bodies[i].body;

		for (size_t cut = 0; cut <= text.len; cut++) {
			for (size_t again = cut; again <= text.len; again++) {
				check_body(DKIM_SIMPLE, text, cut, again,
				    bodies[i].simple);
				check_body(DKIM_RELAXED, text, cut, again,
				    bodies[i].relaxed);
			}
		}
	}
}
END_TEST

START_TEST(body_byte_by_byte)
{
	for (size_t i = 0; i < BODY_COUNT; i++) {
		struct span text = bodies[i].body;
		struct dkim_body body;
		struct buf out;

		buf_init(&out, 4096);
		dkim_body_init(&body, DKIM_RELAXED,
		    (struct dkim_sink){ write_to_buf, &out });
		for (size_t k = 0; k < text.len; k++)
			dkim_body_update(&body, span_slice(text, k, k + 1));
		dkim_body_final(&body);
		check_text(buf_span(&out), bodies[i].relaxed, text);
		buf_free(&out);
	}
}
END_TEST

/* The plainest way to canonicalise a body, to compare with. */
static void
reference_relaxed(struct span text, struct buf *out)
{
	size_t settled = 0;
	bool blank = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == ' ' || c == '\t') {
			blank = true;
		} else if (c == '\r' && i + 1 < text.len &&
		    text.ptr[i + 1] == '\n') {
			(void)buf_append_span(out, SPAN("\r\n"));
			blank = false;
			i++;
		} else {
			if (blank)
				(void)buf_append_char(out, ' ');
			blank = false;
			(void)buf_append_char(out, c);
			settled = out->len;
		}
	}
	out->len = settled;
	if (settled > 0)
		(void)buf_append_span(out, SPAN("\r\n"));
}

/* Generated bodies, weighted towards what matters, in chunks of all sizes. */
START_TEST(body_generated)
{
	static const char *const words[] = { " ", " ", "  ", "\t", "\r\n",
		"\r\n", "\r", "\n", "word", "a", "a longer piece of text",
		"=20", "\r\n\r\n", " \r\n" };
	uint32_t seed = 1;

	for (unsigned round = 0; round < 3000; round++) {
		struct buf text, expected, out;
		struct dkim_body body;
		struct span rest;

		buf_init(&text, 65536);
		buf_init(&expected, 65536);
		buf_init(&out, 65536);
		for (unsigned i = round % 200; i > 0; i--) {
			seed = seed * 1664525 + 1013904223;
			(void)buf_append_span(&text,
			    span_of(words[(seed >> 16) %
				(sizeof(words) / sizeof(words[0]))]));
		}
		rest = buf_span(&text);
		reference_relaxed(rest, &expected);
		dkim_body_init(&body, DKIM_RELAXED,
		    (struct dkim_sink){ write_to_buf, &out });
		while (rest.len > 0) {
			size_t size = 1 + (seed >> 20) % 300;

			seed = seed * 1664525 + 1013904223;
			dkim_body_update(&body, span_slice(rest, 0, size));
			rest = span_slice(rest, size, rest.len);
		}
		dkim_body_final(&body);
		check_text(
		    buf_span(&out), buf_span(&expected), buf_span(&text));
		buf_free(&text);
		buf_free(&expected);
		buf_free(&out);
	}
}
END_TEST

struct count {
	size_t pieces;
	size_t bytes;
};

static void
count_piece(void *context, struct span piece)
{
	struct count *count = context;

	count->pieces++;
	count->bytes += piece.len;
}

/* A digest is called a few times for a text, not for each line of it. */
START_TEST(body_in_large_pieces)
{
	struct count count = { 0, 0 };
	struct dkim_body body;
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(buf_append_span(&text,
				     SPAN("A line  of text with  runs.\r\n")),
		    0);
	dkim_body_init(
	    &body, DKIM_RELAXED, (struct dkim_sink){ count_piece, &count });
	dkim_body_update(&body, buf_span(&text));
	dkim_body_final(&body);
	ck_assert_uint_eq(count.bytes, 27 * 1000);
	ck_assert_uint_le(count.pieces, 30);
	buf_free(&text);
}
END_TEST

SUITE_MAIN("dkim_canon", header_table, body_table_cut_anywhere,
    body_byte_by_byte, body_generated, body_in_large_pieces)
