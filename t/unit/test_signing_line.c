/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/signing_line.h"

#include "base/buf.h"

#include "t/unit/suite.h"

#include <string.h>

static const struct {
	const char *text;
	enum signing_line_kind kind;
	const char *words; /* each with "|" behind it */
	const char *identity, *on_bad_key;
} lines[] = {
	{ "", SIGNING_NOTHING, "", "", "" },
	{ " \t\r", SIGNING_NOTHING, "", "", "" },
	{ "# key", SIGNING_NOTHING, "", "", "" },
	{ "key main example.com s1 keys/s1.pem", SIGNING_KEY,
	    "main|example.com|s1|keys/s1.pem|", "", "" },
	{ "  key\tmain  % s1 \"keys/s 1#.pem\" # ours\r", SIGNING_KEY,
	    "main|%|s1|keys/s 1#.pem|", "", "" },
	{ "key main a.example s a#b on_bad_key=pass identity=@a.example",
	    SIGNING_KEY, "main|a.example|s|a#b|", "@a.example", "pass" },
	{ "from .example.com rsa ed identity=x@example.com", SIGNING_FROM,
	    ".example.com|rsa|ed|", "x@example.com", "" },
	{ "from on_bad_key=pass rsa", SIGNING_FROM, "on_bad_key=pass|rsa|", "",
	    "" },
	{ "login joe joe@example.com example.net", SIGNING_LOGIN,
	    "joe|joe@example.com|example.net|", "", "" },
	{ "login identity=x y", SIGNING_LOGIN, "identity=x|y|", "", "" },
};

START_TEST(line_table)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct signing_line line;
		struct buf words;
		struct err err;

		buf_init(&words, 4096);
		ck_assert_msg(signing_line_parse(span_of(lines[i].text), &line,
				  &err) == 0,
		    "row %zu: %s", i, err.text);
		ck_assert_int_eq(line.kind, lines[i].kind);
		for (size_t k = 0; k < line.word_count; k++)
			ck_assert_int_eq(buf_printf(&words, "%.*s|",
					     SPAN_ARGS(line.words[k])),
			    0);
		ck_assert_str_eq(buf_string(&words), lines[i].words);
		ck_assert(
		    span_equal(line.identity, span_of(lines[i].identity)));
		ck_assert(
		    span_equal(line.on_bad_key, span_of(lines[i].on_bad_key)));
		buf_free(&words);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *error;
} mistakes[] = {
	{ "sign example.com main", "begins no line; write key, from or login" },
	{ "Key a b c d", "begins no line" },
	{ "key a b c", "a word is missing; write such as: key main" },
	{ "key a b c d e", "\"e\" is too much" },
	{ "from example.com", "a word is missing" },
	{ "from example.com # main", "a word is missing" },
	{ "login joe", "a word is missing" },
	{ "key a b c \"d", "a quote is not closed" },
	{ "key a b c \"d\"e", "a blank is missing behind \"d\"" },
	{ "key a b c \"\"", "a word is empty" },
	{ "from a b identity=", "must stand once" },
	{ "from a b identity=x identity=y", "must stand once" },
	{ "\"key", "a quote is not closed" },
};

START_TEST(mistake_table)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct signing_line line;
		struct err err;

		ck_assert_msg(signing_line_parse(span_of(mistakes[i].text),
				  &line, &err) == -1,
		    "row %zu", i);
		ck_assert_msg(strstr(err.text, mistakes[i].error) != NULL,
		    "row %zu: %s", i, err.text);
		ck_assert_int_eq(err.kind, ERR_CONFIG);
	}
}
END_TEST

START_TEST(bounds)
{
	static struct signing_line line;
	struct buf text;
	struct err err;

	buf_init(&text, 2 * SIGNING_LINE_MAX);
	ck_assert_int_eq(buf_printf(&text, "login"), 0);
	for (int i = 0; i < SIGNING_WORDS_MAX; i++)
		ck_assert_int_eq(buf_printf(&text, " w%d", i), 0);
	ck_assert_int_eq(signing_line_parse(buf_span(&text), &line, &err), 0);
	ck_assert_uint_eq(line.word_count, SIGNING_WORDS_MAX);
	ck_assert_int_eq(buf_printf(&text, " w"), 0);
	ck_assert_int_eq(signing_line_parse(buf_span(&text), &line, &err), -1);
	while (text.len <= SIGNING_LINE_MAX)
		ck_assert_int_eq(buf_append_char(&text, 'x'), 0);
	ck_assert_int_eq(signing_line_parse(buf_span(&text), &line, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 65536 bytes"));
	buf_free(&text);
}
END_TEST

SUITE_MAIN("signing_line", line_table, mistake_table, bounds)
