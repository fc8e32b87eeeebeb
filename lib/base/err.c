/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)err_vset(err, kind, format, args);
	va_end(args);
	return -1;
}

int
err_vset(
    struct err *err, enum err_kind kind, const char *format, va_list args)
{
	if (err == NULL)
		return -1;
	err->kind = kind;
	(void)vsnprintf(err->text, sizeof(err->text), format, args);
	return -1;
}

int
err_set_errno(struct err *err, const char *format, ...)
{
	char buffer[128];
	const char *reason; /* GNU's strerror_r: in BUFFER or constant */
	va_list args;
	size_t len;

	if (err == NULL)
		return -1;
	reason = strerror_r(errno, buffer, sizeof(buffer));
	va_start(args, format);
	(void)err_vset(err, ERR_SYSTEM, format, args);
	va_end(args);
	len = strlen(err->text);
	(void)snprintf(
	    err->text + len, sizeof(err->text) - len, ": %s", reason);
	return -1;
}

/* What an administrator does about the error NUMBER of a file. */
static const char *
file_advice(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		return "; create it or name another";
	case EACCES:
	case EPERM:
		return "; let the daemon's user read it and search its folders";
	case EISDIR:
		return "; name a file in it";
	default:
		return "";
	}
}

int
err_set_file(struct err *err, const char *file, const char *done)
{
	const char *advice = file_advice(errno);
	size_t len;

	if (err == NULL)
		return -1;
	(void)err_set_errno(err, "%s cannot be %s", file, done);
	len = strlen(err->text);
	(void)snprintf(
	    err->text + len, sizeof(err->text) - len, "%s", advice);
	return -1;
}

int
err_context(struct err *err, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list args;
	size_t len;

	if (err == NULL)
		return -1;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	if (snprintf(text + len, sizeof(text) - len, ": %s", err->text) < 0)
		return -1;
	memcpy(err->text, text, sizeof(text));
	return -1;
}
