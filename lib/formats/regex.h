/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regular expressions: the one place that includes PCRE2.
 *
 * A compiled expression is immutable and shared by all threads; what changes
 * while matching is in a scratch, of which each message has its own.  Matching
 * is bounded: an expression that backtracks without end is a fault, never "no
 * match", for the text behind it was not looked at.
 */
#ifndef LUMBAR_FORMATS_REGEX_H
#define LUMBAR_FORMATS_REGEX_H

#include "base/err.h"
#include "base/span.h"

enum regex_flag {
	REGEX_CASELESS = 1u << 0,  /* by Unicode's rules */
	REGEX_MULTILINE = 1u << 1, /* "^" and "$" at every line */
	REGEX_DOTALL = 1u << 2,    /* "." matches a line end */
	REGEX_EXTENDED = 1u << 3,  /* blanks in the pattern do not count */
	REGEX_LITERAL = 1u << 4,   /* the pattern is text, not an expression */
	REGEX_AT_START = 1u << 5,  /* matches only where the text starts */
	REGEX_TO_END = 1u << 6,    /* matches only up to the text's end */
};

enum regex_result {
	REGEX_FAULT, /* a limit was reached, the guard of the scratch has said
	                no, or memory is short */
	REGEX_NO_MATCH,
	REGEX_MATCH,
};

struct regex_match {
	size_t start, end; /* byte offsets in the text */
};

struct regex;
struct regex_scratch;

/*
 * Compiles PATTERN, which is UTF-8, with FLAGS of enum regex_flag.  On failure
 * returns NULL with *ERR saying why and *OFFSET the byte of PATTERN where.
 * Release with regex_free.
 */
struct regex *regex_new(struct span pattern, unsigned flags, size_t *offset,
    struct err *err) __attribute__((warn_unused_result));
void regex_free(struct regex **regex);

/* False where the expression runs without compiled machine code, because the
 * system forbids writing it (MemoryDenyWriteExecute= of systemd) or the library
 * cannot; matching is then some ten times slower. */
bool regex_is_fast(const struct regex *regex);

/* What matching needs; one thread at a time.  Release with
 * regex_scratch_free. */
struct regex_scratch *regex_scratch_new(void)
    __attribute__((warn_unused_result));
void regex_scratch_free(struct regex_scratch **scratch);

/* Before each search with SCRATCH, MAY_GO_ON is called with CONTEXT; where it
 * returns -1 with *ERR, that search is REGEX_FAULT for that reason.  So the sum
 * of many searches is bounded, too. */
void regex_scratch_guard(struct regex_scratch *scratch,
    int (*may_go_on)(void *context, struct err *err), void *context);

/*
 * Looks for REGEX in TEXT from byte FROM on.  Bytes that are not UTF-8 match
 * nothing and end no search.  REGEX_MATCH fills *MATCH; REGEX_FAULT fills *ERR.
 */
enum regex_result regex_find(const struct regex *regex, struct span text,
    size_t from, struct regex_scratch *scratch, struct regex_match *match,
    struct err *err);

#endif
