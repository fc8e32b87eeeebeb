/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pool.h"
#include "base/text_map.h"

#include "t/unit/suite.h"

START_TEST(finds_what_was_put)
{
	enum { KEYS = 5000 };
	static int values[KEYS];
	struct text_map *map = text_map_new();
	struct pool *pool = pool_new();

	for (unsigned i = 0; i < KEYS; i++) {
		void **place =
		    text_map_place(map, pool_printf(pool, "key %u", i));

		ck_assert_ptr_null(*place);
		*place = &values[i];
	}
	ck_assert_uint_eq(text_map_count(map), KEYS);
	for (unsigned i = 0; i < KEYS; i++) {
		struct span key = pool_printf(pool, "key %u", i);

		ck_assert_ptr_eq(text_map_get(map, key), &values[i]);
		ck_assert_ptr_eq(*text_map_place(map, key), &values[i]);
		ck_assert_ptr_null(
		    text_map_get(map, pool_printf(pool, "Key %u", i)));
	}
	ck_assert_uint_eq(text_map_count(map), KEYS);
	text_map_free(&map);
	ck_assert_ptr_null(map);
	text_map_free(&map);
	pool_free(&pool);
}
END_TEST

START_TEST(knows_the_empty_key)
{
	struct text_map *map = text_map_new();
	int value;

	ck_assert_ptr_null(text_map_get(map, SPAN("")));
	*text_map_place(map, span_of(NULL)) = &value;
	ck_assert_ptr_eq(text_map_get(map, SPAN("")), &value);
	ck_assert_uint_eq(text_map_count(map), 1);
	text_map_free(&map);
}
END_TEST

SUITE_MAIN("text_map", finds_what_was_put, knows_the_empty_key)
