/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/csv.h"

#include "base/buf.h"
#include "t/unit/suite.h"

/* All records of TEXT, fields in <>, a line each; of what is wrong the offset
 * and why. */
static void
show(const char *text, struct buf *out)
{
	struct pool *pool = pool_new();
	struct csv_reader reader = { .text = span_of(text) };
	struct csv_record record = { .count = 0 };
	enum csv_result result;
	struct err err;
	size_t offset;

	buf_reset(out);
	while ((result = csv_next(&reader, pool, &record, &offset, &err)) !=
	    CSV_END) {
		if (result == CSV_WRONG)
			(void)buf_printf(out, "%zu: %s", offset, err.text);
		for (size_t i = 0; result == CSV_RECORD && i < record.count;
		    i++)
			(void)buf_printf(out, "<%.*s>",
			    SPAN_ARGS(record.fields[i].value));
		(void)buf_append_char(out, '\n');
	}
	pool_free(&pool);
}

START_TEST(records)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "", "" },
		{ "\n \n# a, b\n\r\n", "" },
		{ "a", "<a>\n" },
		{ "a,b\r\nc,d\r\n", "<a><b>\n<c><d>\n" },
		{ "a,b\nc,d", "<a><b>\n<c><d>\n" },
		{ " a , b c ,\td\n", "<a><b c><d>\n" },
		{ ",", "<><>\n" },
		{ "a,,b,\n", "<a><><b><>\n" },
		{ "\"a\",\"b, c\"\n", "<a><b, c>\n" },
		{ " \" a \" ,b\n", "< a ><b>\n" },
		{ "\"a \"\"b\"\" c\"\n", "<a \"b\" c>\n" },
		{ "\"\"\"\"", "<\">\n" },
		{ "\"\",\"\"", "<><>\n" },
		{ "\"two\r\nlines\",x\ny\n", "<two\r\nlines><x>\n<y>\n" },
		{ "\xef\xbb\xbfkey,a\n", "<key><a>\n" },
		{ "\xef\xbb\xbf\"key\",a\n", "<key><a>\n" },
		{ "a,#b\n#c\n", "<a><#b>\n" },
		{ "\"#a\",b\n", "<#a><b>\n" },
		/* Mistakes; the next line is read all the same. */
		{ "a\"b,c\nd\n",
		    "1: a field that has a quote must stand in quotes "
		    "itself, and the quote in it twice\n<d>\n" },
		{ "x,\"a\"b\nd\n",
		    "5: expected \",\" or the end of the line behind a "
		    "closing quote; write \"\" for a quote in a field\n"
		    "<d>\n" },
		{ "a,\"b\nc\n", "2: this quote is never closed\n" },
		{ "a\n\"", "<a>\n2: this quote is never closed\n" },
		{ "\"a\"\"", "0: this quote is never closed\n" },
	};
	struct buf out;

	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		show(cases[i].text, &out);
		ck_assert_msg(span_equal(buf_span(&out),
				  span_of(cases[i].said)),
		    "<%s> is %s", cases[i].text, buf_string(&out));
	}
	buf_free(&out);
}
END_TEST

START_TEST(offsets)
{
	struct pool *pool = pool_new();
	struct csv_reader reader = { .text = SPAN("# x\na,  \"b\" ,c\nd") };
	struct csv_record record = { .count = 0 };
	struct err err;
	size_t offset;

	ck_assert_int_eq(
	    csv_next(&reader, pool, &record, &offset, &err), CSV_RECORD);
	ck_assert_uint_eq(record.count, 3);
	ck_assert_uint_eq(record.fields[0].offset, 4);
	ck_assert_uint_eq(record.fields[1].offset, 8);
	ck_assert_uint_eq(record.fields[2].offset, 13);
	ck_assert_int_eq(
	    csv_next(&reader, pool, &record, &offset, &err), CSV_RECORD);
	ck_assert_uint_eq(record.fields[0].offset, 15);
	pool_free(&pool);
}
END_TEST

START_TEST(too_many_fields)
{
	struct buf text, out;

	buf_init(&text, 1 << 16);
	buf_init(&out, 1 << 16);
	for (int i = 0; i < CSV_FIELDS_MAX; i++)
		(void)buf_append_char(&text, ',');
	show(buf_string(&text), &out);
	ck_assert_str_eq(
	    buf_string(&out), "1000: a line has at most 1000 fields\n");
	show(buf_string(&text) + 1, &out);
	ck_assert_uint_eq(out.len, 2 * CSV_FIELDS_MAX + 1);
	buf_free(&text);
	buf_free(&out);
}
END_TEST

SUITE_MAIN("csv", records, offsets, too_many_fields)
