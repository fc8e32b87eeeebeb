/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_table.h"

#include "t/unit/suite.h"

#include <string.h>

static void
add(struct sign_table *table, struct pool *pool, const char *text,
    const struct sign_key *key)
{
	struct author_pattern *pattern = pool_alloc(pool, sizeof(*pattern));
	struct err err;

	ck_assert_msg(author_pattern_parse(
			  pool, span_of(text), pattern, &err) == 0,
	    "%s", err.text);
	ck_assert_msg(sign_table_add(table, pattern, (struct sign_use){ key,
				       SPAN("") }, &err) == 0,
	    "%s", err.text);
}

static const struct sign_uses *
find(const struct sign_table *table, const char *address)
{
	size_t at = span_find_last(span_of(address), '@');
	const struct author author = { span_make(address, at),
		span_of(address + at + 1) };

	return sign_table_find(table, &author);
}

/* The table finds each of many domains and nothing else. */
START_TEST(large_table)
{
	enum { DOMAINS = 20000 };
	static struct sign_key key;
	struct sign_table *table = sign_table_new();
	struct pool *pool = pool_new();

	for (unsigned i = 0; i < DOMAINS; i++)
		add(table, pool, pool_printf(pool, "d%u.example", i).ptr,
		    &key);
	/* Named twice it makes one signature. */
	add(table, pool, "d0.example", &key);
	ck_assert_uint_eq(sign_table_count(table), DOMAINS);
	for (unsigned i = 0; i < DOMAINS; i++) {
		const struct sign_uses *uses = find(
		    table, pool_printf(pool, "a@d%u.example", i).ptr);

		ck_assert_ptr_nonnull(uses);
		ck_assert_uint_eq(uses->count, 1);
		ck_assert_ptr_null(find(
		    table, pool_printf(pool, "a@x.d%u.example", i).ptr));
	}
	sign_table_free(&table);
	pool_free(&pool);
}
END_TEST

/* In the order in which they are added: the widest first. */
static const char *const patterns[] = { "*", "*@*.example.com",
	"*@mail*.example.com", ".example.com", ".deep.example.com",
	"example.com", "joe-*@example.com", "joe-x*@example.com",
	"joe@example.com", "joe@example.org" };

static const struct {
	const char *address;
	const char *pattern; /* whose key is found */
} found[] = {
	{ "joe@example.com", "joe@example.com" },
	{ "joe-xy@example.com", "joe-*@example.com" },
	{ "ann@example.com", "example.com" },
	{ "joe@x.example.com", ".example.com" },
	{ "joe@mail.example.com", ".example.com" },
	{ "joe@a.b.deep.example.com", ".deep.example.com" },
	{ "joe@deep.example.com", ".example.com" },
	{ "joe@example.org", "joe@example.org" },
	{ "ann@example.org", "*" },
	{ "a@com", "*" },
	{ "a@[192.0.2.1]", "*" },
	{ "a@[b@example.com]", "*" },
};

START_TEST(the_narrowest_pattern_counts)
{
	enum { COUNT = sizeof(patterns) / sizeof(patterns[0]) };
	static struct sign_key keys[COUNT];
	struct sign_table *table = sign_table_new();
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT; i++) {
		keys[i].name = span_of(patterns[i]);
		add(table, pool, patterns[i], &keys[i]);
	}
	ck_assert_uint_eq(sign_table_count(table), COUNT);
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		const struct sign_uses *uses = find(table, found[i].address);

		ck_assert_ptr_nonnull(uses);
		ck_assert_uint_eq(uses->count, 1);
		ck_assert_msg(span_equal(uses->items[0].key->name,
				  span_of(found[i].pattern)),
		    "%s: %.*s", found[i].address,
		    SPAN_ARGS(uses->items[0].key->name));
	}
	ck_assert_ptr_null(find(table, "@example.com"));
	ck_assert_ptr_null(find(table, "joe@"));
	sign_table_free(&table);
	ck_assert_ptr_null(table);
	sign_table_free(&table);
	pool_free(&pool);
}
END_TEST

START_TEST(patterns_with_stars_are_bounded)
{
	static const struct sign_key key, other;
	struct sign_table *table = sign_table_new();
	struct pool *pool = pool_new();
	struct author_pattern pattern;
	struct err err;

	for (unsigned i = 0; i < SIGN_WILD_MAX; i++)
		add(table, pool, pool_printf(pool, "*@*.d%u.example", i).ptr,
		    &key);
	/* The same pattern for another key is no further one. */
	add(table, pool, "*@*.d0.example", &other);
	ck_assert_uint_eq(find(table, "a@x.d0.example")->count, 2);
	ck_assert_int_eq(
	    author_pattern_parse(pool, SPAN("*"), &pattern, &err), 0);
	ck_assert_int_eq(sign_table_add(table, &pattern,
			     (struct sign_use){ &key, SPAN("") }, &err),
	    -1);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 1000 patterns"));
	sign_table_free(&table);
	pool_free(&pool);
}
END_TEST

START_TEST(logins)
{
	static const struct {
		const char *login, *pattern;
	} grants[] = { { "joe", "joe@example.com" },
		{ "joe", ".joe.example" }, { "ann", "*@*.ann.example" },
		{ "*", "office@example.com" } };
	struct sign_logins *list = sign_logins_new();
	struct author_pattern parsed[4];
	struct pool *pool = pool_new();
	struct author joe = { SPAN("joe"), SPAN("example.com") };
	struct author office = { SPAN("office"), SPAN("example.com") };
	struct author below = { SPAN("x"), SPAN("a.joe.example") };

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(author_pattern_parse(pool,
				     span_of(grants[i].pattern), &parsed[i],
				     NULL),
		    0);
		sign_logins_add(list, span_of(grants[i].login), &parsed[i]);
	}
	ck_assert(sign_logins_grant(list, SPAN("joe"), &joe));
	ck_assert(sign_logins_grant(list, SPAN("joe"), &below));
	ck_assert(sign_logins_grant(list, SPAN("joe"), &office));
	ck_assert(!sign_logins_grant(list, SPAN("ann"), &joe));
	ck_assert(sign_logins_grant(list, SPAN("ann"), &office));
	ck_assert(!sign_logins_grant(list, SPAN("JOE"), &joe));
	ck_assert(!sign_logins_grant(list, SPAN("eve"), &below));
	sign_logins_free(&list);
	ck_assert_ptr_null(list);
	sign_logins_free(&list);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("sign_table", large_table, the_narrowest_pattern_counts,
    patterns_with_stars_are_bounded, logins)
