/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/file_type.h"

#include "rules/rule_file_type.h"
#include "t/unit/suite.h"

#include <pthread.h>
#include <string.h>

/* Beginnings of real files, as short as they can be told by. */
static const struct {
	struct span head;
	const char *type; /* empty: LOOKUP_NOT_FOUND */
	bool program;
} files[] = {
	/* A PE executable: DOS header, offset of "PE", its file header. */
	{ SPAN_INIT("MZ\x90\0\3\0\0\0\4\0\0\0\xFF\xFF\0\0"
		    "\xB8\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0"
		    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		    "\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0"
		    "PE\0\0\x64\x86\1\0\0\0\0\0\0\0\0\0\0\0\0\0"
		    "\xF0\0\x22\0\x0B\2"),
	    "application/vnd.microsoft.portable-executable", true },
	{ SPAN_INIT("MZ\x90\0\3\0\0\0\4\0\0\0\xFF\xFF\0\0"),
	    "application/x-dosexec", true },
	{ SPAN_INIT("\x7F"
		    "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3E\0\1\0\0\0"),
	    "application/x-executable", true },
	{ SPAN_INIT("\xCF\xFA\xED\xFE\7\0\0\1\3\0\0\0\2\0\0\0\1\0\0\0"
		    "\x48\0\0\0\0\0\0\0\0\0\0\0"),
	    "application/x-mach-binary", true },
	{ SPAN_INIT("\xCA\xFE\xBA\xBE\0\0\0\x34\0\x1D\x0A\0\6\0\x0F\t"),
	    "application/x-java-applet", true },
	{ SPAN_INIT("L\0\0\0\1\x14\2\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"
		    "\x9B\0\x08\0\x20\0\0\0"),
	    "application/x-ms-shortcut", true },
	{ SPAN_INIT("#!/bin/sh\necho hello\n"), "text/x-shellscript", true },
	{ SPAN_INIT("#!/usr/bin/perl -w\nprint 1;\n"), "text/x-perl", true },
	{ SPAN_INIT("@echo off\r\ndel /q c:\\*.*\r\n"), "text/x-msdos-batch",
	    true },
	{ SPAN_INIT("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n"),
	    "application/pdf", false },
	{ SPAN_INIT("PK\3\4\x14\0\0\0\x08\0\0\0\x21\0\0\0\0\0\0\0\0\0"
		    "\0\0\0\0\5\0\0\0a.txt"),
	    "application/zip", false },
	{ SPAN_INIT("PK\3\4\x14\0\6\0\x08\0\0\0\x21\0\0\0\0\0\0\0\0\0"
		    "\0\0\0\0\x13\0\0\0[Content_Types].xml"
		    "PK\3\4\x14\0\6\0\x08\0\0\0\x21\0\0\0\0\0\0\0\0\0"
		    "\0\0\0\0\x0B\0\0\0_rels/.rels"
		    "PK\3\4\x14\0\6\0\x08\0\0\0\x21\0\0\0\0\0\0\0\0\0"
		    "\0\0\0\0\x11\0\0\0word/document.xml"),
	    "application/vnd.openxmlformats-officedocument."
	    "wordprocessingml.document",
	    false },
	{ SPAN_INIT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0\0\0\0\0"),
	    "application/x-ole-storage", false },
	{ SPAN_INIT("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08"
		    "\6\0\0\0"),
	    "image/png", false },
	{ SPAN_INIT("\x1F\x8B\x08\0\0\0\0\0\0\3"), "application/gzip", false },
	/* libmagic writes it in capitals. */
	{ SPAN_INIT("-----BEGIN PGP SIGNED MESSAGE-----\n\nabc\n"),
	    "text/pgp", false },
	{ SPAN_INIT("Just a letter.\r\n"), "text/plain", false },
	{ SPAN_INIT("\1\2\3\4\xFE\xDC"), "", false },
	{ SPAN_INIT(""), "", false },
};

enum { FILE_COUNT = sizeof(files) / sizeof(files[0]) };

/* The classes of the rule language must know what libmagic calls programs. */
static bool
is_program(struct span type)
{
	return rule_file_type_is(type, SPAN("executable")) ||
	       rule_file_type_is(type, SPAN("script"));
}

static void
detect_all(struct file_type *file_type)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < FILE_COUNT; i++) {
		struct err err = { .kind = ERR_NONE };
		struct span type;
		enum lookup_result result = file_type_detect(
		    file_type, files[i].head, pool, &type, &err);

		ck_assert_int_eq(result,
		    files[i].type[0] != '\0' ? LOOKUP_FOUND : LOOKUP_NOT_FOUND);
		ck_assert_str_eq(pool_string(pool, type), files[i].type);
		ck_assert_int_eq(is_program(type), files[i].program);
	}
	pool_free(&pool);
}

START_TEST(types_of_files)
{
	struct err err = { .kind = ERR_NONE };
	struct file_type *file_type = file_type_open(NULL, 1, &err);

	ck_assert_msg(file_type != NULL, "%s", err.text);
	detect_all(file_type);
	file_type_close(&file_type);
	ck_assert_ptr_null(file_type);
	file_type_close(&file_type);
}
END_TEST

static void *
run_thread(void *file_type)
{
	for (unsigned i = 0; i < 20; i++)
		detect_all(file_type);
	return NULL;
}

START_TEST(threads_share_handles)
{
	struct err err = { .kind = ERR_NONE };
	struct file_type *file_type = file_type_open(NULL, 2, &err);
	pthread_t threads[6];

	ck_assert_msg(file_type != NULL, "%s", err.text);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, run_thread, file_type),
		    0);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	file_type_close(&file_type);
}
END_TEST

START_TEST(missing_database)
{
	struct err err = { .kind = ERR_NONE };

	ck_assert_ptr_null(file_type_open("/nonexistent/magic", 2, &err));
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/magic"));
	ck_assert_ptr_nonnull(strstr(err.text, "libmagic-mgc"));
}
END_TEST

SUITE_MAIN("file_type", types_of_files, threads_share_handles, missing_database)
