/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error record.  A function that can fail returns -1 (or LOOKUP_FAILED)
 * and fills the caller's record; each caller adds its context once.  The text
 * says what was tried, on what, why it failed and what to do, and is made for
 * the log and for an administrator, not for a remote client.
 */
#ifndef LUMBAR_BASE_ERR_H
#define LUMBAR_BASE_ERR_H

#include <stdarg.h>

enum err_kind {
	ERR_NONE,
	ERR_CONFIG,    /* a file of the administrator's is wrong */
	ERR_INPUT,     /* mail or a directory value is malformed */
	ERR_LIMIT,     /* a declared maximum was reached */
	ERR_TEMPORARY, /* a service did not answer; it may later */
	ERR_SYSTEM,    /* the operating system refused */
};

struct err {
	enum err_kind kind;
	char text[768]; /* cut at the end where longer */
};

/* Fills *ERR, which may be NULL, anew.  Always returns -1. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int err_vset(struct err *err, enum err_kind kind, const char *format,
    va_list args) __attribute__((format(printf, 3, 0)));

/* The same with ": " and the text of errno behind it; kind ERR_SYSTEM. */
int err_set_errno(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a FILE that an administrator named and that could not be DONE
 * ("opened", "read"), with what to do about it. */
int err_set_file(struct err *err, const char *file, const char *done);

/* Puts context and ": " before the text that *ERR has.  Always returns -1. */
int err_context(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
