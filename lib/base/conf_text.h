/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a configuration file before it is parsed.  For conf.c only.
 *
 * libconfuse 3.3 counts a line twice after each comment, accepts a file that
 * ends inside a block, and leaves its scanner inside a string that is not
 * closed.  So comments are blanked and these mistakes found here.
 */
#ifndef LUMBAR_BASE_CONF_TEXT_H
#define LUMBAR_BASE_CONF_TEXT_H

#include "base/buf.h"
#include "base/err.h"

enum { CONF_TEXT_MAX = 16 << 20 }; /* bytes in one file */

/* Appends the contents of FILE to TEXT.  0, or -1 with *ERR, which says what
 * to do but does not name the file. */
int conf_text_load(const char *file, struct buf *text, struct err *err);

/* Overwrites the comments in TEXT and a UTF-8 byte order mark at its start
 * with blanks.  0, or -1 with *ERR and *LINE
 * where a string or block is not closed or a comment not ours. */
int conf_text_prepare(struct buf *text, int *line, struct err *err);

/* The first word in LINE of TEXT, most often the key; may be empty. */
struct span conf_text_word(const struct buf *text, int line);

#endif
