/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names by which mail declares charsets, and how each is converted.
 */
#ifndef LUMBAR_FORMATS_CHARSET_NAMES_H
#define LUMBAR_FORMATS_CHARSET_NAMES_H

#include "base/span.h"

enum charset_method {
	CHARSET_GUESS, /* UTF-8 where it is valid, else windows-1252 */
	CHARSET_UTF8,
	CHARSET_WINDOWS_1252,
	CHARSET_ICONV,
};

struct charset_name {
	struct span name; /* in lower case */
	enum charset_method method;
	const char *iconv_name; /* for iconv_open(3) */
};

/* All rows, and how many. */
const struct charset_name *charset_names_all(size_t *count);

/* The row for NAME, ASCII case ignored, or NULL. */
const struct charset_name *charset_names_find(struct span name);

#endif
