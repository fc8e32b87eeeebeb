/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/line_break.h"

#include "base/buf.h"

#include "t/unit/suite.h"

#include <string.h>

enum { TEXT_MAX = 1 << 20 };

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

/* At a limit of 5. */
static const struct {
	struct span body, broken;
} bodies[] = {
	{ SPAN_INIT(""), SPAN_INIT("") },
	{ SPAN_INIT("\r\n"), SPAN_INIT("\r\n") },
	{ SPAN_INIT("abcd\r\n"), SPAN_INIT("abcd\r\n") },
	{ SPAN_INIT("abcde\r\n"), SPAN_INIT("abcde\r\n") },
	{ SPAN_INIT("abcdef\r\n"), SPAN_INIT("abcde\r\n f\r\n") },
	{ SPAN_INIT("abcde"), SPAN_INIT("abcde") },
	{ SPAN_INIT("abcdef"), SPAN_INIT("abcde\r\n f") },
	/* The space counts in the line that it begins. */
	{ SPAN_INIT("abcdefghi\r\n"), SPAN_INIT("abcde\r\n fghi\r\n") },
	{ SPAN_INIT("abcdefghij\r\n"), SPAN_INIT("abcde\r\n fghi\r\n j\r\n") },
	{ SPAN_INIT("abcdefghijklmn\r\nx\r\nabcdef\r\n"),
	    SPAN_INIT("abcde\r\n fghi\r\n jklm\r\n n\r\nx\r\n"
		      "abcde\r\n f\r\n") },
	/* What is broken stays as it is. */
	{ SPAN_INIT("abcde\r\n fghi\r\n j\r\n"),
	    SPAN_INIT("abcde\r\n fghi\r\n j\r\n") },
	{ SPAN_INIT("abcde f\r\n"), SPAN_INIT("abcde\r\n  f\r\n") },
	/* Bare CR and LF are data. */
	{ SPAN_INIT("abcd\re\r\n"), SPAN_INIT("abcd\r\r\n e\r\n") },
	{ SPAN_INIT("abcde\re\r\n"), SPAN_INIT("abcde\r\n \re\r\n") },
	{ SPAN_INIT("abcde\r\r\n"), SPAN_INIT("abcde\r\n \r\r\n") },
	{ SPAN_INIT("abcde\r"), SPAN_INIT("abcde\r\n \r") },
	{ SPAN_INIT("abcd\r"), SPAN_INIT("abcd\r") },
	{ SPAN_INIT("abc\nde\r\n"), SPAN_INIT("abc\nd\r\n e\r\n") },
	{ SPAN_INIT("\n\n\n\n\n\n"), SPAN_INIT("\n\n\n\n\n\r\n \n") },
	{ SPAN_INIT("\r\r\r\r\r\r\r\n"), SPAN_INIT("\r\r\r\r\r\r\n \r\r\n") },
};

static void
check_cut(struct span body, size_t cut, size_t again, struct span broken)
{
	struct line_break lines;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	line_break_init(&lines, 5, (struct dkim_sink){ write_to_buf, &out });
	line_break_update(&lines, span_slice(body, 0, cut));
	line_break_update(&lines, span_slice(body, cut, again));
	line_break_update(&lines, span_slice(body, again, body.len));
	line_break_final(&lines);
	check_text(buf_span(&out), broken, body);
	buf_free(&out);
}

START_TEST(body_table_cut_anywhere)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		for (size_t cut = 0; cut <= bodies[i].body.len; cut++)
			for (size_t again = cut; again <= bodies[i].body.len;
			     again++)
				check_cut(bodies[i].body, cut, again,
				    bodies[i].broken);
}
END_TEST

/* What Postfix writes of one line without its CRLF: when as many bytes as
 * there is space for, or more, are left, it ends a line behind them, and begins
 * the next with a space if there are more. */
static void
reference_line(struct span line, size_t limit, struct buf *out)
{
	size_t space = limit;

	do {
		size_t len = line.len < space ? line.len : space;

		ck_assert_int_eq(
		    buf_append_span(out, span_slice(line, 0, len)), 0);
		ck_assert_int_eq(buf_append(out, "\r\n", 2), 0);
		line = span_slice(line, len, line.len);
		space = limit - 1;
		if (line.len > 0)
			ck_assert_int_eq(buf_append_char(out, ' '), 0);
	} while (line.len > 0);
}

/* Lines around the limit that Postfix has by default, in chunks. */
START_TEST(body_around_998)
{
	static const size_t lengths[] = { 0, 1, 996, 997, 998, 999, 1000, 1994,
		1995, 1996, 2047, 2048, 2049, 2992, 2993, 10000 };
	struct buf text, expected, out;
	struct line_break lines;

	buf_init(&text, TEXT_MAX);
	buf_init(&expected, TEXT_MAX);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t begin = text.len;

		for (size_t k = 0; k < lengths[i]; k++)
			ck_assert_int_eq(
			    buf_append_char(&text, (char)('a' + k % 26)), 0);
		reference_line(
		    span_slice(buf_span(&text), begin, text.len), 998,
		    &expected);
		ck_assert_int_eq(buf_append(&text, "\r\n", 2), 0);
	}
	for (size_t chunk = 1; chunk <= text.len; chunk += chunk / 3 + 1) {
		buf_init(&out, TEXT_MAX);
		line_break_init(
		    &lines, 998, (struct dkim_sink){ write_to_buf, &out });
		for (size_t i = 0; i < text.len; i += chunk)
			line_break_update(&lines,
			    span_slice(buf_span(&text), i, i + chunk));
		line_break_final(&lines);
		ck_assert_msg(
		    span_equal(buf_span(&out), buf_span(&expected)),
		    "in chunks of %zu", chunk);
		buf_free(&out);
	}
	buf_free(&text);
	buf_free(&expected);
}
END_TEST

static void
count_piece(void *context, struct span piece)
{
	size_t *count = context;

	ck_assert_uint_gt(piece.len, 0);
	(*count)++;
}

/* A digest is not called for each line. */
START_TEST(body_in_one_piece)
{
	struct line_break lines;
	size_t count = 0;

	line_break_init(&lines, 998, (struct dkim_sink){ count_piece, &count });
	line_break_update(&lines, SPAN("one\r\ntwo\r\nthree\r\n"));
	line_break_final(&lines);
	ck_assert_uint_eq(count, 1);
}
END_TEST

/* At a limit of 8; the name is "Name". */
static const struct {
	const char *value, *broken; /* NULL: as it is */
} fields[] = {
	{ "", NULL },
	{ " ab", NULL },
	{ " abc", " ab\n c" },
	{ " abc def", " ab\n c def" },
	{ " abcdefghijk", " ab\n cdefghi\n jk" },
	{ " ab\n 2345678\n\t3", " ab\n 2345678\n\t3" },
	{ " ab\n 23456789\n\t3", " ab\n 2345678\n 9\n\t3" },
	{ "\n 1234567890123456", "\n 1234567\n 8901234\n 56" },
	{ "a\n", NULL },
};

START_TEST(header_table)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct header field = { SPAN("Name"),
			span_of(fields[i].value) };
		const struct header *broken =
		    line_break_header(pool, 8, &field);

		check_text(broken->name, field.name, field.name);
		if (fields[i].broken == NULL)
			ck_assert_ptr_eq(broken, &field);
		else
			check_text(broken->value, span_of(fields[i].broken),
			    field.value);
		/* Once is enough. */
		ck_assert_ptr_eq(line_break_header(pool, 8, broken), broken);
	}
	pool_free(&pool);
}
END_TEST

/* The colon still fits, or it does not. */
START_TEST(header_with_long_name)
{
	const struct header fits = { SPAN("X-Field"), SPAN(" value") };
	const struct header longer = { SPAN("X-Fields"), SPAN(" value") };
	struct pool *pool = pool_new();

	check_text(line_break_header(pool, 8, &fits)->value,
	    SPAN("\n  value"), fits.value);
	ck_assert_ptr_eq(line_break_header(pool, 8, &longer), &longer);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("line_break", body_table_cut_anywhere, body_around_998,
    body_in_one_piece, header_table, header_with_long_name)
