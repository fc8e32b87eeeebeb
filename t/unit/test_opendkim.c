/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/opendkim_signing.h"

#include "base/buf.h"
#include "t/unit/suite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { TEXT_MAX = 65536 };

START_TEST(lines_are_read)
{
	static const char text[] = "# all a comment\n"
				   "\n"
				   "  Mode \t sv # both\r\n"
				   "UMask\n"
				   "KeyTable  refile:/etc/a b";
	struct opendkim_lines lines;
	struct opendkim_line line;

	opendkim_file_init(&lines, SPAN(text));
	ck_assert(opendkim_next(&lines, &line));
	ck_assert_uint_eq(line.number, 3);
	ck_assert(span_equal(line.key, SPAN("Mode")));
	ck_assert(span_equal(line.value, SPAN("sv")));
	ck_assert(opendkim_next(&lines, &line));
	ck_assert(span_equal(line.key, SPAN("UMask")));
	ck_assert_uint_eq(line.value.len, 0);
	ck_assert(opendkim_next(&lines, &line));
	ck_assert_uint_eq(line.number, 5);
	ck_assert(span_equal(line.value, SPAN("refile:/etc/a b")));
	ck_assert(!opendkim_next(&lines, &line));
}
END_TEST

START_TEST(lists_are_read)
{
	struct opendkim_lines lines;
	struct opendkim_line line;

	opendkim_list_init(&lines, SPAN("a = x:y , ,b,=c"));
	ck_assert(opendkim_next(&lines, &line));
	ck_assert(span_equal(line.key, SPAN("a")));
	ck_assert(span_equal(line.value, SPAN("x:y")));
	ck_assert(opendkim_next(&lines, &line));
	ck_assert(span_equal(line.key, SPAN("b")));
	ck_assert_uint_eq(line.value.len, 0);
	ck_assert(!opendkim_next(&lines, &line));
}
END_TEST

START_TEST(data_sets)
{
	static const struct {
		const char *value;
		enum opendkim_set_kind kind;
		const char *text;
	} sets[] = {
		{ "a,b", OPENDKIM_LIST, "a,b" },
		{ "csl:a,b", OPENDKIM_LIST, "a,b" },
		{ "/etc/x", OPENDKIM_FILE, "/etc/x" },
		{ "file:x", OPENDKIM_FILE, "x" },
		{ "refile:/etc/x", OPENDKIM_REFILE, "/etc/x" },
		{ "/etc/x.db", OPENDKIM_FOREIGN, "/etc/x.db" },
		{ "dsn:mysql://x", OPENDKIM_FOREIGN, "mysql://x" },
		{ "ldap://x", OPENDKIM_FOREIGN, "//x" },
		{ "", OPENDKIM_LIST, "" },
	};

	for (size_t i = 0; i < COUNT(sets); i++) {
		struct opendkim_set set =
		    opendkim_set_of(span_of(sets[i].value));

		ck_assert_int_eq(set.kind, sets[i].kind);
		ck_assert(span_equal(set.text, span_of(sets[i].text)));
	}
}
END_TEST

START_TEST(keys_are_read)
{
	static const char *const wrong[] = { "", "a", "a:b", "a:b:", ":b:c",
		"a::c" };
	struct opendkim_key key;
	struct err err;

	ck_assert_int_eq(
	    opendkim_key_parse(SPAN("%:s : /k/a:b"), &key, &err), 0);
	ck_assert(span_equal(key.domain, SPAN("%")));
	ck_assert(span_equal(key.selector, SPAN("s")));
	ck_assert(span_equal(key.key, SPAN("/k/a:b")));
	ck_assert(opendkim_key_is_file(&key));
	ck_assert_int_eq(opendkim_key_parse(SPAN("a:s:MII="), &key, &err), 0);
	ck_assert(!opendkim_key_is_file(&key));
	for (size_t i = 0; i < COUNT(wrong); i++)
		ck_assert_int_eq(
		    opendkim_key_parse(span_of(wrong[i]), &key, &err), -1);
}
END_TEST

/* Translations: what comes out, and in brackets the lines of notes. */
static const struct {
	bool is_refile, multiple;
	const char *table, *result;
} cases[] = {
	/* Forms of patterns. */
	{ true, false, "*@Example.com a\njoe@example.com a\n",
	    "example.com a\n[2]" },
	{ true, false, "joe@example.com a\n*@example.com b\n",
	    "joe@example.com a\nexample.com b\n" },
	{ true, false, "j*@example.com a\n", "j*@example.com a\n" },
	{ true, false, "*@*.example.com a\n", ".example.com a\n" },
	{ true, false, "*@* a\n", "* a\n" },
	{ true, false, "* a\n", "* a\n" },
	{ true, false, "*example.com a\n", "*@*example.com a\n" },
	{ true, false, "*@.example.com a\n", "[1]" },
	{ true, false, "example.com a\n", "[1]" },
	{ true, false, "*a*b c\n", "[1]" },
	{ true, false, "@example.com a\na@ b\na@b@c d\nx\n",
	    "[1][2][3][4]" },
	{ false, false, "example.com a\n.example.com b\njoe@example.com c\n",
	    "joe@example.com c\nexample.com a\n.example.com b\n" },
	{ false, false, "*@example.com a\nj*@x b\n", "[1][2]" },
	/* What is never reached. */
	{ true, false, "* a\n*@example.com b\n", "* a\n[2]" },
	{ true, false, "*@*.example.com a\nx@b.example.com b\n",
	    ".example.com a\n[2]" },
	{ false, false, "example.com a\nEXAMPLE.com b\n",
	    "example.com a\n[2]" },
	/* The order of OpenDKIM against that of lumbar-sign. */
	{ true, false, "*@m*.example.com a\n*@*.example.com b\n",
	    "*@m*.example.com a\n*@*.example.com b\n" },
	{ true, false, "joe@* a\n*@example.com b\n",
	    "joe@* a\nexample.com b\n[2]" },
	{ false, false, "* a\njoe@* b\njoe@.x.com c\n.x.com d\n.y.x.com e\n",
	    "joe@*.x.com c\n*@*.y.x.com e\n*@*.x.com d\njoe@* b\n* a\n" },
	/* All that match sign. */
	{ true, true, "*@example.com a\njoe@example.com b\n",
	    "joe@example.com a b\nexample.com a\n" },
	{ true, true, "*@example.com a\n*@example.com b\n*@example.com a\n",
	    "example.com a b\n" },
	{ true, true, "*@*.x.com a\n*@m*.x.com b\n",
	    "*@m*.x.com a b\n*@*.x.com a\n" },
	{ true, true, "joe@* a\n*@example.com b\n",
	    "joe@* a\nexample.com b\n[2]" },
	/* "%", and signers. */
	{ true, false, "*@* %\n", "one.com one.com\ntwo.com two.com\n" },
	{ true, false, "x@*.com %\n",
	    "x@one.com one.com\nx@two.com two.com\n" },
	{ true, false, "*@example.com %\n", "[1]" },
	{ true, false, "*@one.com a:x@%\n", "one.com a x@one.com\n" },
	{ true, false, "*@*.com a:@%\n", ".com a\n[1]" },
	{ true, false, "*@one.com a : @one.com \n", "one.com a @one.com\n" },
	{ true, true, "*@one.com a:@one.com\n*@one.com b:x@one.com\n",
	    "one.com a b @one.com\n[2]" },
};

static void
translate(size_t number, struct buf *result)
{
	static const struct span keys[] = { SPAN_INIT("one.com"),
		SPAN_INIT("two.com") };
	struct pool *pool = pool_new();
	struct opendkim_signing signing = { pool, cases[number].is_refile,
		cases[number].multiple, keys, COUNT(keys) };
	struct opendkim_line lines[10];
	struct opendkim_lines place;
	struct opendkim_froms froms;
	size_t count = 0;

	opendkim_file_init(&place, span_of(cases[number].table));
	while (count < COUNT(lines) && opendkim_next(&place, &lines[count]))
		count++;
	opendkim_signing_translate(&signing, lines, count, &froms);
	for (size_t i = 0; i < froms.count; i++) {
		(void)buf_append_span(result, froms.items[i].pattern);
		for (size_t k = 0; k < froms.items[i].key_count; k++)
			(void)buf_printf(result, " %.*s",
			    SPAN_ARGS(froms.items[i].keys[k]));
		if (froms.items[i].identity.len > 0)
			(void)buf_printf(result, " %.*s",
			    SPAN_ARGS(froms.items[i].identity));
		(void)buf_append_char(result, '\n');
	}
	for (size_t i = 0; i < froms.note_count; i++)
		(void)buf_printf(result, "[%u]", froms.notes[i].line);
	pool_free(&pool);
}

START_TEST(translations)
{
	struct buf result;

	buf_init(&result, TEXT_MAX);
	translate((size_t)_i, &result);
	ck_assert_msg(strcmp(buf_string(&result), cases[_i].result) == 0,
	    "%sgives\n%s\nnot\n%s", cases[_i].table, buf_string(&result),
	    cases[_i].result);
	buf_free(&result);
}
END_TEST

/* A hundred thousand domains do not take for ever, nor do too many patterns,
 * of which those that are not compared are told. */
START_TEST(large_tables)
{
	struct pool *pool = pool_new();
	struct opendkim_signing signing = { .pool = pool, .is_refile = true };
	struct opendkim_line *lines =
	    pool_alloc_array(pool, 100000, sizeof(lines[0]));
	struct opendkim_froms froms;

	for (unsigned i = 0; i < 100000; i++)
		lines[i] = (struct opendkim_line){ i + 1,
			pool_printf(pool, "*@d%u.example", i), SPAN("a") };
	opendkim_signing_translate(&signing, lines, 100000, &froms);
	ck_assert_uint_eq(froms.count, 100000);
	ck_assert_uint_eq(froms.note_count, 0);
	for (unsigned i = 0; i < OPENDKIM_WILD_MAX + 2; i++)
		lines[i].key = pool_printf(pool, "j*@d%u.example", i);
	opendkim_signing_translate(
	    &signing, lines, OPENDKIM_WILD_MAX + 2, &froms);
	ck_assert_uint_eq(froms.count, OPENDKIM_WILD_MAX + 2);
	ck_assert_uint_eq(froms.note_count, 2);
	pool_free(&pool);
}
END_TEST

/* What "%" means is looked up: neither time nor memory for each key grows with
 * the number of lines. */
START_TEST(many_domain_keys)
{
	enum { DOMAINS = 4000, BYTES_OF_ONE = 4096 };

	struct pool *pool = pool_new();
	struct span *keys = pool_alloc_array(pool, DOMAINS, sizeof(keys[0]));
	struct opendkim_signing signing = { .pool = pool, .is_refile = true,
		.keys = keys, .key_count = DOMAINS };
	struct opendkim_line *lines =
	    pool_alloc_array(pool, DOMAINS, sizeof(lines[0]));
	struct opendkim_froms froms;

	for (unsigned i = 0; i < DOMAINS; i++) {
		keys[i] = pool_printf(pool, "D%u.example", DOMAINS - 1 - i);
		lines[i] = (struct opendkim_line){ i + 1,
			pool_printf(pool, "*@d%u.example", i), SPAN("%") };
	}
	opendkim_signing_translate(&signing, lines, DOMAINS, &froms);
	ck_assert_uint_eq(froms.count, DOMAINS);
	ck_assert_uint_eq(froms.note_count, 0);
	for (unsigned i = 0; i < DOMAINS; i++)
		ck_assert(span_equal(
		    froms.items[i].keys[0], keys[DOMAINS - 1 - i]));
	ck_assert_uint_lt(pool_size(pool), DOMAINS * BYTES_OF_ONE);
	pool_free(&pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("opendkim");
	TCase *tcase = suite_case(suite, "opendkim");

	tcase_add_test(tcase, lines_are_read);
	tcase_add_test(tcase, lists_are_read);
	tcase_add_test(tcase, data_sets);
	tcase_add_test(tcase, keys_are_read);
	tcase_add_loop_test(tcase, translations, 0, (int)COUNT(cases));
	tcase_add_test(tcase, large_tables);
	tcase_add_test(tcase, many_domain_keys);
	return suite_finish(suite);
}
