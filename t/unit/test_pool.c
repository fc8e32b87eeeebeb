/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pool.h"

#include "t/unit/suite.h"

#include <stdalign.h>
#include <string.h>

START_TEST(freeing)
{
	struct pool *pool = pool_new();

	pool_free(&pool);
	ck_assert_ptr_null(pool);
	pool_free(&pool);
}
END_TEST

START_TEST(allocating)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 17, 100, 4095, 4096, 4097,
		100000 };
	struct pool *pool = pool_new();
	size_t asked = 0;

	for (size_t round = 0; round < 20; round++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned char *item = pool_alloc(pool, sizes[i]);
			unsigned char bits = 0;

			ck_assert_uint_eq(
			    (uintptr_t)item % alignof(max_align_t), 0);
			for (size_t j = 0; j < sizes[i]; j++)
				bits |= item[j];
			ck_assert_uint_eq(bits, 0);
			/* Seen by the sanitizer where items overlap blocks,
			 * and by the test above where they overlap items. */
			memset(item, 0xaa, sizes[i]);
			asked += sizes[i];
		}
	ck_assert_uint_ge(pool_size(pool), asked);
	pool_free(&pool);
}
END_TEST

/* A large item must not make the block that has room be forgotten. */
START_TEST(large_items)
{
	struct pool *pool = pool_new();
	char *first = pool_alloc(pool, 16);
	char *large = pool_alloc(pool, 1 << 20);
	char *second = pool_alloc(pool, 16);

	memset(large, 0xaa, 1 << 20);
	ck_assert_ptr_eq(second, first + 16);
	pool_free(&pool);
}
END_TEST

START_TEST(arrays)
{
	struct pool *pool = pool_new();
	uint32_t *numbers = NULL;

	for (uint32_t i = 0; i < 1000; i++) {
		numbers = pool_grow(pool, numbers, i, sizeof(*numbers));
		numbers[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(numbers[i], i);
	ck_assert_ptr_nonnull(pool_alloc_array(pool, 0, 8));
	ck_assert_ptr_nonnull(pool_alloc_array(pool, 8, 0));
	pool_free(&pool);
}
END_TEST

/* What is reused is zeroed, and nothing piles up. */
START_TEST(resetting)
{
	struct pool *pool = pool_new();
	char *bytes;
	size_t taken;

	pool_reset(pool);
	memset(pool_alloc(pool, 100), 'x', 100);
	taken = pool_size(pool);
	for (unsigned i = 0; i < 3; i++) {
		memset(pool_alloc(pool, 100000), 'x', 100000);
		memset(pool_alloc(pool, 4000), 'x', 4000);
		pool_reset(pool);
		ck_assert_uint_eq(pool_size(pool), taken);
	}
	bytes = pool_alloc(pool, 100);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(bytes[i], 0);
	pool_free(&pool);
	pool = pool_new();
	memset(pool_alloc(pool, 100000), 'x', 100000);
	pool_reset(pool);
	ck_assert_uint_eq(pool_size(pool), 0);
	pool_free(&pool);
}
END_TEST

START_TEST(small_ones_take_little)
{
	struct pool *pool = pool_new_small();
	size_t taken;

	memset(pool_alloc(pool, 100), 'x', 100);
	taken = pool_size(pool);
	ck_assert_uint_lt(taken, 512);
	memset(pool_alloc(pool, 1000), 'x', 1000);
	pool_reset(pool);
	ck_assert_uint_eq(pool_size(pool), taken);
	pool_free(&pool);
}
END_TEST

START_TEST(texts)
{
	struct pool *pool = pool_new();
	struct span copy = pool_dup(pool, SPAN("a\0b"));

	ck_assert(span_equal(copy, SPAN("a\0b")));
	ck_assert(span_equal(
	    pool_dup_lower(pool, SPAN("AZ[\0a\xC0")), SPAN("az[\0a\xC0")));
	ck_assert_int_eq(copy.ptr[3], '\0');
	ck_assert_str_eq(pool_string(pool, (struct span){ NULL, 0 }), "");
	ck_assert_str_eq(pool_string(pool, span_make("abcdef", 3)), "abc");
	ck_assert(span_equal(
	    pool_printf(pool, "%d-%s", 7, "x"), SPAN("7-x")));
	ck_assert_uint_eq(pool_printf(pool, "%s", "").len, 0);
	ck_assert_uint_eq(pool_printf(pool, "%5000d", 1).len, 5000);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("pool", freeing, allocating, large_items, arrays, resetting, small_ones_take_little, texts)
