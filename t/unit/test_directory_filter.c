/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/directory_filter.h"

#include "t/unit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* cn: Anna Arens; cn;lang-de: Anne; mail: Anna@Example.com, second@b */
static struct directory_entry
sample(struct pool *pool)
{
	static const char *const values[][2] = {
		{ "objectClass", "inetOrgPerson" },
		{ "mail", "Anna@Example.com" },
		{ "MAIL", "second@b" },
		{ "cn", "Anna Arens" },
		{ "cn;lang-de", "Anne" },
		{ "description", "a (b) *c\\" },
	};
	struct directory_entry entry = { .dn = SPAN("uid=anna") };

	for (size_t i = 0; i < COUNT(values); i++)
		ck_assert_int_eq(
		    directory_entry_add(&entry, pool, span_of(values[i][0]),
			span_of(values[i][1]), NULL),
		    0);
	return entry;
}

static const struct {
	const char *filter;
	bool matches;
} match_cases[] = {
	{ "(mail=anna@example.COM)", true },
	{ "(mail=second@b)", true },
	{ "(mail=anna@example.co)", false },
	{ "(mai=anna@example.com)", false },
	{ "(mail=*)", true },
	{ "(fax=*)", false },
	{ "(!(fax=*))", true },
	{ "(cn=anne)", true },
	{ "(cn;lang-de=anne)", true },
	{ "(cn;lang-de=Anna Arens)", false },
	{ "(cn=anna*)", true },
	{ "(cn=*arens)", true },
	{ "(cn=*a a*)", true },
	{ "(cn=a*a*s)", true },
	{ "(cn=anna a*arens)", false },
	{ "(cn=*x*)", false },
	{ "(description=a \\28b\\29 \\2ac\\5C)", true },
	{ "(&(mail=second@b)(objectClass=inetorgperson))", true },
	{ "(&(mail=second@b)(objectClass=group))", false },
	{ "(|(mail=nobody)(cn=Anna Arens))", true },
	{ "(|(mail=nobody)(cn=nobody))", false },
	{ "(&)", true },
	{ "(|)", false },
	{ "(&(!(mail=x))(|(mail=y)(!(mail=z))))", true },
};

START_TEST(filters_match)
{
	struct pool *pool = pool_new();
	struct directory_entry entry = sample(pool);

	for (size_t i = 0; i < COUNT(match_cases); i++) {
		const struct directory_filter *filter;
		struct err err;

		ck_assert_msg(
		    directory_filter_parse(pool,
			span_of(match_cases[i].filter), &filter, &err) == 0,
		    "%s: %s", match_cases[i].filter, err.text);
		ck_assert_int_eq(directory_filter_check(filter, &err), 0);
		ck_assert_msg(directory_filter_match(filter, &entry) ==
			match_cases[i].matches,
		    "%s", match_cases[i].filter);
	}
	pool_free(&pool);
}
END_TEST

static const char *const malformed_cases[] = { "", "mail=x", "(mail=x",
	"(mail=x))", "(mail)", "(=x)", "(mail=a(b)", "(mail=\\2)",
	"(mail=\\zz)", "(!(a=b)(c=d))", "(!)", "(&(a=b)", "(&a=b)",
	"(a=b)(c=d)", "((a=b))", "(mail=\\" };

START_TEST(malformed_filters_are_errors)
{
	struct pool *pool = pool_new();
	struct buf deep;

	for (size_t i = 0; i < COUNT(malformed_cases); i++) {
		const struct directory_filter *filter = NULL;
		struct err err;

		ck_assert_msg(directory_filter_parse(pool,
				  span_of(malformed_cases[i]), &filter,
				  &err) == -1,
		    "%s", malformed_cases[i]);
		ck_assert_int_eq(err.kind, ERR_CONFIG);
	}
	buf_init(&deep, 1000);
	for (int i = 0; i < DIRECTORY_FILTER_DEPTH_MAX; i++)
		ck_assert_int_eq(buf_append_span(&deep, SPAN("(!")), 0);
	for (int i = 0; i < 2; i++) {
		const struct directory_filter *filter = NULL;
		struct err err;

		ck_assert_int_eq(directory_filter_parse(pool, buf_span(&deep),
				     &filter, &err),
		    -1);
		ck_assert_int_eq(buf_append_span(&deep, SPAN("(a=b)")), 0);
	}
	buf_free(&deep);
	pool_free(&pool);
}
END_TEST

START_TEST(comparisons_of_servers_are_told)
{
	static const char *const cases[] = { "(size>=3)", "(size<=3)",
		"(cn~=anna)", "(uac:1.2.840.113556.1.4.803:=2)",
		"(&(a=b)(!(cn~=anna)))" };
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct directory_filter *filter;
		struct err err;

		ck_assert_int_eq(directory_filter_parse(pool,
				     span_of(cases[i]), &filter, &err),
		    0);
		ck_assert_int_eq(directory_filter_check(filter, &err), -1);
	}
	pool_free(&pool);
}
END_TEST

static const struct {
	const char *text, *in_filter, *in_dn;
} escape_cases[] = {
	{ "anna@example.com", "anna@example.com", "anna@example.com" },
	{ "*", "\\2a", "*" },
	{ "a)(uid=*", "a\\29\\28uid=\\2a", "a)(uid\\3d*" },
	{ "\\", "\\5c", "\\5c" },
	{ "M\xc3\xbcller", "M\\c3\\bcller", "M\xc3\xbcller" },
	{ "#a, b+c;\"d\"<e> ", "#a, b+c;\"d\"<e> ",
	    "\\23a\\2c b\\2bc\\3b\\22d\\22\\3ce\\3e\\20" },
	{ " ", " ", "\\20" },
	{ "\r\n", "\\0d\\0a", "\\0d\\0a" },
};

START_TEST(values_stand_for_themselves)
{
	for (size_t i = 0; i < COUNT(escape_cases); i++) {
		struct buf out;

		buf_init(&out, 100);
		ck_assert_int_eq(directory_filter_escape(
				     &out, span_of(escape_cases[i].text)),
		    0);
		ck_assert_str_eq(buf_string(&out), escape_cases[i].in_filter);
		buf_reset(&out);
		ck_assert_int_eq(
		    directory_dn_escape(&out, span_of(escape_cases[i].text)),
		    0);
		ck_assert_str_eq(buf_string(&out), escape_cases[i].in_dn);
		buf_free(&out);
	}
}
END_TEST

/* NUL ends no value: C strings must not cut one. */
START_TEST(nul_is_escaped)
{
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(
	    directory_filter_escape(&out, span_make("a\0b", 3)), 0);
	ck_assert_str_eq(buf_string(&out), "a\\00b");
	buf_free(&out);
}
END_TEST

START_TEST(templates_are_filled)
{
	const struct directory_key key = { SPAN("a*@b.example"), SPAN("a*"),
		SPAN("b.example") };
	struct buf out;
	struct err err;

	buf_init(&out, 60);
	ck_assert_int_eq(directory_template_fill(&out,
			     SPAN("(|(m=%s)(u=%u)(d=%d)(p=100%%))"), &key,
			     directory_filter_escape, &err),
	    0);
	ck_assert_str_eq(buf_string(&out),
	    "(|(m=a\\2a@b.example)(u=a\\2a)(d=b.example)(p=100%))");
	ck_assert_int_eq(directory_template_fill(&out, SPAN("(m=%s)"), &key,
			     directory_filter_escape, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_int_eq(directory_template_fill(&out, SPAN("%x"), &key,
			     directory_filter_escape, &err),
	    -1);
	ck_assert_int_eq(directory_template_fill(&out, SPAN("%"), &key,
			     directory_filter_escape, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERR_CONFIG);
	buf_free(&out);
}
END_TEST

SUITE_MAIN("directory_filter", filters_match, malformed_filters_are_errors,
    comparisons_of_servers_are_told, values_stand_for_themselves,
    nul_is_escaped, templates_are_filled)
