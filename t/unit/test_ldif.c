/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/ldif.h"

#include "base/buf.h"
#include "t/unit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The first value of NAME in ENTRY. */
static struct span
value_of(const struct directory_entry *entry, const char *name)
{
	const struct directory_attribute *attribute =
	    directory_entry_find(entry, span_of(name));

	ck_assert_ptr_nonnull(attribute);
	return attribute->values[0];
}

START_TEST(entries_are_read)
{
	static const char text[] =
	    "# a comment\n"
	    " that goes on\n"
	    "version: 1\n"
	    "\n"
	    "dn: uid=anna,dc=exa\n"
	    " mple,dc=com\r\n"
	    "mail: anna@example.com\r\n"
	    "# in between\n"
	    "MAIL:  b\n"
	    "cn:: TcO8bGxlcg==\n"
	    "sn:: TcO8\n"
	    " bGxlcg==\n"
	    "empty:\n"
	    "\n"
	    "\n"
	    "dn:: dWlkPWI=\n"
	    "description: a: b";
	struct pool *pool = pool_new();
	struct directory_entry entry;
	struct ldif ldif;
	struct err err;
	unsigned line;

	ldif_init(&ldif, SPAN(text));
	ck_assert_int_eq(
	    ldif_next(&ldif, pool, &entry, &line, &err), LDIF_ENTRY);
	ck_assert(span_equal(entry.dn, SPAN("uid=anna,dc=example,dc=com")));
	ck_assert_uint_eq(entry.attribute_count, 4);
	ck_assert_uint_eq(entry.attributes[0].value_count, 2);
	ck_assert(span_equal(entry.attributes[0].values[1], SPAN("b")));
	ck_assert(span_equal(value_of(&entry, "cn"), SPAN("M\xc3\xbcller")));
	ck_assert(span_equal(value_of(&entry, "SN"), SPAN("M\xc3\xbcller")));
	ck_assert_uint_eq(value_of(&entry, "empty").len, 0);
	ck_assert_int_eq(
	    ldif_next(&ldif, pool, &entry, &line, &err), LDIF_ENTRY);
	ck_assert(span_equal(entry.dn, SPAN("uid=b")));
	ck_assert(span_equal(value_of(&entry, "description"), SPAN("a: b")));
	ck_assert_int_eq(
	    ldif_next(&ldif, pool, &entry, &line, &err), LDIF_END);
	pool_free(&pool);
}
END_TEST

/* Each is followed by a sound entry, which must be found. */
static const struct {
	const char *text;
	unsigned line;
} mistake_cases[] = {
	{ "mail: x", 1 },
	{ "dn: a\nmail", 2 },
	{ "dn: a\nmail:: !!!!", 2 },
	{ "dn: a\nmail:: QQ", 2 },
	{ "dn: a\nmail:: QQ==QQ==", 2 },
	{ "dn: a\nmail:< file:///etc/passwd", 2 },
	{ "dn: a\n: x", 2 },
	{ "dn: a\nma il: x", 2 },
	{ "dn: a\nmail: x\ndn: b", 3 },
	{ "dn: a\nchangetype: delete", 2 },
	{ "dn: a\ncn: 1\n 2\n 3\nmail", 5 },
	{ "\n continued", 2 },
	{ "version: 2", 1 },
};

START_TEST(mistakes_name_their_line)
{
	for (size_t i = 0; i < COUNT(mistake_cases); i++) {
		struct pool *pool = pool_new();
		struct span text = pool_printf(pool,
		    "%s\nx: y\n\ndn: sound\n", mistake_cases[i].text);
		struct directory_entry entry;
		struct ldif ldif;
		struct err err;
		unsigned line = 0;

		ldif_init(&ldif, text);
		ck_assert_msg(ldif_next(&ldif, pool, &entry, &line, &err) ==
			LDIF_MISTAKE,
		    "%s", mistake_cases[i].text);
		ck_assert_msg(line == mistake_cases[i].line, "%s: line %u",
		    mistake_cases[i].text, line);
		ck_assert_msg(ldif_next(&ldif, pool, &entry, &line, &err) ==
			LDIF_ENTRY,
		    "%s: %s", mistake_cases[i].text, err.text);
		ck_assert(span_equal(entry.dn, SPAN("sound")));
		pool_free(&pool);
	}
}
END_TEST

START_TEST(long_line_is_refused)
{
	struct pool *pool = pool_new();
	struct directory_entry entry;
	struct buf text;
	struct ldif ldif;
	struct err err;
	unsigned line = 0;

	buf_init(&text, 4 * LDIF_LINE_MAX);
	ck_assert_int_eq(buf_append_span(&text, SPAN("dn: a\ncn: b\n")), 0);
	while (text.len < 2 * LDIF_LINE_MAX)
		ck_assert_int_eq(buf_append_span(&text, SPAN(" 1234567\n")),
		    0);
	ldif_init(&ldif, buf_span(&text));
	ck_assert_int_eq(
	    ldif_next(&ldif, pool, &entry, &line, &err), LDIF_MISTAKE);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_uint_eq(line, 2);
	buf_free(&text);
	pool_free(&pool);
}
END_TEST

/* The limit is the same for a line in one piece. */
START_TEST(limit_in_one_piece)
{
	struct pool *pool = pool_new();
	struct buf text;

	for (size_t more = 0; more < 2; more++) {
		struct directory_entry entry;
		struct ldif ldif;
		struct err err;
		unsigned line;

		buf_init(&text, 4 * LDIF_LINE_MAX);
		(void)buf_printf(&text, "dn: a\ncn: ");
		for (size_t i = 0; i < LDIF_LINE_MAX - 4 + more; i++)
			(void)buf_append_char(&text, 'x');
		(void)buf_append_char(&text, '\n');
		ldif_init(&ldif, buf_span(&text));
		ck_assert_int_eq(ldif_next(&ldif, pool, &entry, &line, &err),
		    more == 0 ? LDIF_ENTRY : LDIF_MISTAKE);
		buf_free(&text);
	}
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("ldif", entries_are_read, mistakes_name_their_line,
    long_line_is_refused, limit_in_one_piece)
