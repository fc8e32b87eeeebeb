/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include "t/unit/suite.h"

#include <errno.h>
#include <string.h>

START_TEST(texts)
{
	struct err err;

	ck_assert_int_eq(err_set(&err, ERR_INPUT, "%s is wrong", "it"), -1);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_str_eq(err.text, "it is wrong");
	ck_assert_int_eq(err_context(&err, "part %d", 3), -1);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_str_eq(err.text, "part 3: it is wrong");
	ck_assert_int_eq(err_context(&err, "message"), -1);
	ck_assert_str_eq(err.text, "message: part 3: it is wrong");
}
END_TEST

START_TEST(from_errno)
{
	struct err err;

	errno = ENOSPC;
	ck_assert_int_eq(err_set_errno(&err, "cannot write %s", "x"), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_str_eq(err.text, "cannot write x: No space left on device");
	errno = ENOENT;
	ck_assert_int_eq(err_set_file(&err, "a.rules", "opened"), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_str_eq(err.text,
	    "a.rules cannot be opened: No such file or directory; create it "
	    "or name another");
	errno = EISDIR;
	ck_assert_int_eq(err_set_file(&err, "a", "read"), -1);
	ck_assert_str_eq(err.text,
	    "a cannot be read: Is a directory; name a file in it");
	errno = EIO;
	ck_assert_int_eq(err_set_file(&err, "a", "read"), -1);
	ck_assert_str_eq(err.text, "a cannot be read: Input/output error");
	ck_assert_int_eq(err_set_file(NULL, "a", "read"), -1);
	errno = 99999;
	ck_assert_int_eq(err_set_errno(&err, "x"), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "99999"));
}
END_TEST

/* Who does not care passes NULL. */
START_TEST(nobody)
{
	errno = ENOENT;
	ck_assert_int_eq(err_set(NULL, ERR_LIMIT, "x"), -1);
	ck_assert_int_eq(err_set_errno(NULL, "x"), -1);
	ck_assert_int_eq(err_context(NULL, "x"), -1);
}
END_TEST

START_TEST(long_texts)
{
	char text[4096];
	struct err err;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)err_set(&err, ERR_CONFIG, "%s", text);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	(void)err_context(&err, "context");
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_int_eq(strncmp(err.text, "context: aaa", 12), 0);
	(void)err_context(&err, "%s", text);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	errno = EIO;
	(void)err_set_errno(&err, "%s", text);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}
END_TEST

SUITE_MAIN("err", texts, from_errno, nobody, long_texts)
