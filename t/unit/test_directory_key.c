/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/directory_key.h"

#include "t/unit/suite.h"

/* The address of the envelope, the parts of what is looked up first, and the
 * parts of what is looked up next; "" where there is no extension. */
static const struct {
	const char *path, *address, *local, *domain;
	const char *plain_address, *plain_local, *extension;
} cases[] = {
	{ "<Tom@Example.com>", "tom@example.com", "tom", "example.com", "", "",
	    "" },
	{ "<tom+X@example.com>", "tom+x@example.com", "tom+x", "example.com",
	    "tom@example.com", "tom", "+X" },
	{ "<tom+x+y@example.com>", "tom+x+y@example.com", "tom+x+y",
	    "example.com", "tom@example.com", "tom", "+x+y" },
	{ "<+tom@example.com>", "+tom@example.com", "+tom", "example.com", "",
	    "", "" },
	{ "<postmaster>", "postmaster", "postmaster", "", "", "", "" },
	{ "<tom+x>", "tom+x", "tom+x", "", "tom", "tom", "+x" },
	/* Quotes change nothing of what the address means. */
	{ "<\"tom+X\"@example.com>", "tom+x@example.com", "tom+x",
	    "example.com", "tom@example.com", "tom", "+X" },
	{ "<\"tom\\+x\"@example.com>", "tom+x@example.com", "tom+x",
	    "example.com", "tom@example.com", "tom", "+x" },
	{ "<tom.\"r+x\"@example.com>", "tom.r+x@example.com", "tom.r+x",
	    "example.com", "tom.r@example.com", "tom.r", "+x" },
	{ "<\"tom+a b\"@example.com>", "\"tom+a b\"@example.com",
	    "\"tom+a b\"", "example.com", "tom@example.com", "tom", "+a b" },
	{ "<\"tom+\\\"\"@example.com>", "\"tom+\\\"\"@example.com",
	    "\"tom+\\\"\"", "example.com", "tom@example.com", "tom", "+\"" },
	{ "<\"a B+x\"@example.com>", "\"a b+x\"@example.com", "\"a b+x\"",
	    "example.com", "\"a b\"@example.com", "\"a b\"", "+x" },
	{ "<\"a\\\"+x\"@example.com>", "\"a\\\"+x\"@example.com",
	    "\"a\\\"+x\"", "example.com", "\"a\\\"\"@example.com",
	    "\"a\\\"\"", "+x" },
	{ "<\"+tom\"@example.com>", "+tom@example.com", "+tom", "example.com",
	    "", "", "" },
	{ "<\"a@b+x\">", "\"a@b+x\"", "\"a@b+x\"", "", "\"a@b\"", "\"a@b\"",
	    "+x" },
	{ "<\"\"@example.com>", "\"\"@example.com", "\"\"", "example.com", "",
	    "", "" },
	{ "<>", "", "", "", "", "", "" },
};

static void
assert_span(struct span span, const char *text, const char *path)
{
	ck_assert_msg(span_equal(span, span_of(text)), "%s: %.*s", path,
	    SPAN_ARGS(span));
}

START_TEST(forms)
{
	const char *path = cases[_i].path;
	struct pool *pool = pool_new();
	struct directory_keys keys;
	struct address address = { .routed = false };

	(void)address_parse(span_of(path), &address, NULL);
	directory_keys_fill(&keys, pool, &address, '+');
	assert_span(keys.exact.address, cases[_i].address, path);
	assert_span(keys.exact.local, cases[_i].local, path);
	assert_span(keys.exact.domain, cases[_i].domain, path);
	assert_span(keys.plain.address, cases[_i].plain_address, path);
	assert_span(keys.plain.local, cases[_i].plain_local, path);
	assert_span(keys.plain.domain,
	    cases[_i].extension[0] != '\0' ? cases[_i].domain : "", path);
	assert_span(keys.extension, cases[_i].extension, path);
	pool_free(&pool);
}
END_TEST

START_TEST(no_delimiter)
{
	struct pool *pool = pool_new();
	struct directory_keys keys;
	struct address address;

	ck_assert_int_eq(
	    address_parse(SPAN("<\"tom+x\"@example.com>"), &address, NULL), 0);
	directory_keys_fill(&keys, pool, &address, '\0');
	assert_span(keys.exact.address, "tom+x@example.com", "exact");
	assert_span(keys.extension, "", "extension");
	directory_keys_fill(&keys, pool, &address, '-');
	assert_span(keys.extension, "", "extension");
	pool_free(&pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("directory_key");
	TCase *tcase = suite_case(suite, "directory_key");

	tcase_add_loop_test(
	    tcase, forms, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, no_delimiter);
	return suite_finish(suite);
}
