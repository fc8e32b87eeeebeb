/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structured MIME fields: a value and parameters, as in Content-Type (RFC 2045
 * section 5.1) and Content-Disposition (RFC 2183), with the continuations and
 * charsets of RFC 2231.
 */
#ifndef LUMBAR_FORMATS_PARAMETER_H
#define LUMBAR_FORMATS_PARAMETER_H

#include "base/pool.h"
#include "base/span.h"

/* Parameters of one field; those beyond are dropped and make it malformed. */
enum { PARAMETER_COUNT_MAX = 100 };

struct parameter {
	struct span name;  /* in lower case, without "*" */
	struct span value; /* quotes removed */
	/* It was written as RFC 2231 has it: VALUE is UTF-8.  Else it may hold
	 * any bytes, or encoded words, which section 5 of RFC 2047 forbids and
	 * mail programs use. */
	bool extended;
	/* A backslash that stood in its quotes is not part of VALUE; programs
	 * that know no quoting keep it. */
	bool escaped;
};

struct parameter_field {
	struct span value; /* "text/plain": in lower case, no comments */
	/*
	 * In the order of the field.  A name comes more than once where
	 * programs disagree on its value: given twice, both plain and
	 * extended, or blanks in a value without quotes.
	 */
	struct parameter *items;
	size_t count;
	/* It breaks the grammar, or has a comment that touches a word, so that
	 * a program could see other parameters than these. */
	bool malformed;
};

/*
 * Reads the field whose value is TEXT (struct header), folds included.  There
 * is always a result; time is linear in TEXT.  In POOL, or borrowed from TEXT.
 */
struct parameter_field parameter_read(struct pool *pool, struct span text);

/* The NTH parameter (from 0) of NAME, which is in lower case, or NULL. */
const struct parameter *parameter_find(
    const struct parameter_field *field, struct span name, size_t nth);

#endif
