/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include "t/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(reads_and_refuses)
{
	char name[] = "test-file-XXXXXX";
	int fd = mkstemp(name);
	struct buf text;
	struct err err;

	ck_assert_int_eq(write(fd, "12345", 5), 5);
	ck_assert_int_eq(close(fd), 0);
	buf_init(&text, 8);
	ck_assert_int_eq(file_read(name, &text, &err), 0);
	ck_assert_str_eq(buf_string(&text), "12345");
	ck_assert_int_eq(file_read(name, &text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 8 bytes"));
	ck_assert_int_eq(unlink(name), 0);
	ck_assert_int_eq(file_read(name, &text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, name));
	ck_assert_int_eq(file_read("/", &text, &err), -1);
	buf_free(&text);
}
END_TEST

SUITE_MAIN("file", reads_and_refuses)
