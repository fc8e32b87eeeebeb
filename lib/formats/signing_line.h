/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of a table of lumbar-sign, see lumbar-sign.conf(5): a key, whose mail
 * it signs, or which authors a login may be.
 */
#ifndef LUMBAR_FORMATS_SIGNING_LINE_H
#define LUMBAR_FORMATS_SIGNING_LINE_H

#include "base/err.h"
#include "base/span.h"

enum {
	SIGNING_WORDS_MAX = 64,   /* in one line */
	SIGNING_LINE_MAX = 65536, /* bytes in one line */
};

enum signing_line_kind {
	SIGNING_NOTHING, /* an empty line, a comment */
	SIGNING_KEY,     /* key NAME DOMAIN SELECTOR FILE [identity=TEXT]
	                    [on_bad_key=TEXT] */
	SIGNING_FROM,    /* from PATTERN NAME... [identity=TEXT] */
	SIGNING_LOGIN,   /* login NAME PATTERN... */
};

struct signing_line {
	enum signing_line_kind kind;
	struct span words[SIGNING_WORDS_MAX]; /* behind the first */
	size_t word_count;
	struct span identity;   /* empty: not given */
	struct span on_bad_key; /* empty: not given */
};

/*
 * Reads TEXT, a line without its end.  Words have blanks between them; one in
 * quotes may have blanks in it; "#" at the start of a word begins a comment.
 * The words are borrowed from TEXT; there are as many as the kind needs, but
 * what they say is not looked at.  0, or -1 with *ERR (ERR_CONFIG).
 */
int signing_line_parse(
    struct span text, struct signing_line *line, struct err *err);

#endif
