/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A span is text that somebody else owns: a pointer and a length in bytes.
 * It may hold any byte, NUL included, and is never assumed to end in NUL.
 * Case-insensitive functions fold ASCII only, as the mail RFCs do.
 */
#ifndef LUMBAR_BASE_SPAN_H
#define LUMBAR_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *ptr;
	size_t len;
};

/* The span of a string literal; also usable in static tables. */
#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })
#define SPAN_INIT(literal) { (literal), sizeof(literal) - 1 }

/* For printf: "%.*s" with SPAN_ARGS(span). */
#define SPAN_ARGS(span) (int)(span).len, (span).ptr != NULL ? (span).ptr : ""

/* The span of STRING, which may be NULL (the answer is then empty). */
struct span span_of(const char *string);

/* The LEN bytes at PTR. */
struct span span_make(const char *ptr, size_t len);

/* The bytes of SPAN from FROM up to, not including, TO; both are clipped. */
struct span span_slice(struct span span, size_t from, size_t to);

/* True if both have the same bytes; the second folds case. */
bool span_equal(struct span a, struct span b);
bool span_equal_case(struct span a, struct span b);

/* Order of the bytes, then of the length: negative, 0 or positive. */
int span_compare(struct span a, struct span b);
int span_compare_case(struct span a, struct span b);

/* C in lower case, if it is an ASCII letter. */
static inline char
span_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* True if SPAN begins with PREFIX, or ends in SUFFIX. */
bool span_starts(struct span span, struct span prefix);
bool span_starts_case(struct span span, struct span prefix);
bool span_ends_case(struct span span, struct span suffix);

/* The offset of the first (last) C in SPAN, or SPAN.len when there is none. */
size_t span_find(struct span span, char c);
size_t span_find_last(struct span span, char c);

/* The offset of the first NEEDLE in SPAN without regard to ASCII case, or
 * SPAN.len when there is none.  An empty NEEDLE is found at 0. */
size_t span_find_case(struct span span, struct span needle);

/* True if no byte of SPAN is over 127. */
bool span_is_ascii(struct span span);

/* SPAN without the blanks (space, tab, CR, LF) at both ends. */
struct span span_trim(struct span span);

/*
 * Takes the next item up to SEPARATOR off the front of *REST.  False when
 * nothing is left; "a,,b" yields three items, "" none.
 */
bool span_next(struct span *rest, char separator, struct span *item);

/* The decimal number that SPAN consists of, digits only.  0 or -1 (empty,
 * another byte, or over MAX); *NUMBER is set on success only. */
int span_number(struct span span, uint64_t max, uint64_t *number);

#endif
