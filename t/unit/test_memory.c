/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/memory.h"

#include "t/unit/suite.h"

#include <stdlib.h>

START_TEST(grows_with_use)
{
	enum { SIZE = 64 << 20 };
	int64_t before = memory_in_use();
	/* Volatile, or the compiler finds that nobody needs it. */
	char *block = malloc(SIZE);
	volatile char *use = block;

	ck_assert_ptr_nonnull(block);
	for (size_t i = 0; i < SIZE; i += 1024)
		use[i] = 1;
	ck_assert_int_gt(before, 0);
	ck_assert_int_gt(memory_in_use() - before, SIZE / 2);
	free(block);
}
END_TEST

SUITE_MAIN("memory", grows_with_use)
