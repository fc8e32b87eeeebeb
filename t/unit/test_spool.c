/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/spool.h"

#include "t/unit/suite.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[] = "/tmp/lumbar-spool.XXXXXX";

static void
make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* Also fails where a spool has left a name behind. */
static void
remove_folder(void)
{
	ck_assert_int_eq(rmdir(folder), 0);
}

/* Byte I of a body in which no two lines are the same. */
static char
body_byte(size_t i)
{
	return (char)(i * 31 + i / 251);
}

static void
expect_body(struct spool *spool, size_t len)
{
	struct span contents;
	size_t wrong = 0;
	struct err err;

	ck_assert_int_eq(spool_contents(spool, &contents, &err), 0);
	ck_assert_uint_eq(spool_size(spool), len);
	ck_assert_uint_eq(contents.len, len);
	for (size_t i = 0; i < len; i++)
		wrong += contents.ptr[i] != body_byte(i);
	ck_assert_uint_eq(wrong, 0);
}

static int
append_body(struct spool *spool, size_t from, size_t to, struct err *err)
{
	char chunk[1000];

	while (from < to) {
		size_t len = 0;

		for (; len < sizeof(chunk) && from < to; len++)
			chunk[len] = body_byte(from++);
		if (spool_append(spool, span_make(chunk, len), err) < 0)
			return -1;
	}
	return 0;
}

START_TEST(in_memory)
{
	/* The directory is not touched before the memory is full. */
	struct spool *spool = spool_new(1000, "/nonexistent");
	struct err err;

	expect_body(spool, 0);
	ck_assert_int_eq(append_body(spool, 0, 400, &err), 0);
	expect_body(spool, 400);
	ck_assert_int_eq(append_body(spool, 400, 1000, &err), 0);
	expect_body(spool, 1000);
	spool_free(&spool);
	ck_assert_ptr_null(spool);
	spool_free(&spool);
}
END_TEST

START_TEST(in_a_file)
{
	static const size_t limits[] = { 0, 1, 999, 1000, 4096 };
	struct err err;

	make_folder();
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct spool *spool = spool_new(limits[i], folder);

		ck_assert_int_eq(append_body(spool, 0, 1001, &err), 0);
		expect_body(spool, 1001);
		/* After reading, appending goes on. */
		ck_assert_int_eq(append_body(spool, 1001, 9000, &err), 0);
		expect_body(spool, 9000);
		ck_assert_int_eq(spool_append(spool, SPAN(""), &err), 0);
		expect_body(spool, 9000);
		spool_free(&spool);
	}
	remove_folder();
}
END_TEST

/* Nothing is left when the process dies while a spool is open. */
START_TEST(no_names)
{
	struct spool *spool;
	struct dirent *entry;
	size_t count = 0;
	DIR *listing;
	struct err err;

	make_folder();
	spool = spool_new(0, folder);
	ck_assert_int_eq(append_body(spool, 0, 5000, &err), 0);
	listing = opendir(folder);
	ck_assert_ptr_nonnull(listing);
	while ((entry = readdir(listing)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(listing);
	ck_assert_uint_eq(count, 0);
	spool_free(&spool);
	remove_folder();
}
END_TEST

START_TEST(no_directory)
{
	struct spool *spool = spool_new(10, "/nonexistent/spool");
	struct err err;

	ck_assert_int_eq(append_body(spool, 0, 11, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_str_eq(err.text,
	    "cannot create a file for a message body in /nonexistent/spool: "
	    "No such file or directory");
	spool_free(&spool);
}
END_TEST

/* The limit on file size stands for a full disk: write fails or is short. */
START_TEST(disk_full)
{
	struct rlimit limit = { 5000, 5000 };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct spool *spool;
	char expected[128];
	struct err err;

	make_folder();
	ck_assert_int_eq(sigaction(SIGXFSZ, &ignore, NULL), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	spool = spool_new(100, folder);
	ck_assert_int_eq(append_body(spool, 0, 4700, &err), 0);
	ck_assert_int_eq(append_body(spool, 4700, 9000, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	(void)snprintf(expected, sizeof(expected),
	    "cannot write a message body to %s: File too large", folder);
	ck_assert_str_eq(err.text, expected);
	spool_free(&spool);

	/* While what was in memory moves to the file. */
	limit.rlim_cur = 50;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	spool = spool_new(100, folder);
	ck_assert_int_eq(append_body(spool, 0, 100, &err), 0);
	ck_assert_int_eq(append_body(spool, 100, 101, &err), -1);
	spool_free(&spool);
	remove_folder();
}
END_TEST

SUITE_MAIN("spool", in_memory, in_a_file, no_names, no_directory, disk_full)
