/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/conf_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int
cannot_read(const char *file, struct err *err)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return err_set(err, ERR_CONFIG,
		    "the file does not exist; create it (an empty file takes "
		    "every default) or name another one");
	case EACCES:
	case EPERM:
		return err_set(err, ERR_CONFIG,
		    "permission denied; let the user that reads it read the "
		    "file and search its folders");
	case EISDIR:
		return err_set(err, ERR_CONFIG,
		    "it is a directory; name a file in it");
	default:
		return err_set_errno(err, "cannot read %s", file);
	}
}

int
conf_text_load(const char *file, struct buf *text, struct err *err)
{
	char chunk[4096];
	size_t count;
	FILE *in = fopen(file, "re");
	int result = 0;

	if (in == NULL)
		return cannot_read(file, err);
	while ((count = fread(chunk, 1, sizeof(chunk), in)) > 0)
		if (buf_append(text, chunk, count) < 0) {
			result = err_set(err, ERR_CONFIG,
			    "the file is larger than %d MB; split it with "
			    "include()", CONF_TEXT_MAX >> 20);
			break;
		}
	if (ferror(in))
		result = cannot_read(file, err);
	(void)fclose(in);
	return result;
}

/* A walk through the text that knows the line. */
struct walk {
	char *ptr;
	size_t len;
	size_t at;
	int line;
	int open_line; /* of the outermost "{" that is open */
	int depth;
};

/* Blanks what follows "#" up to the end of the line. */
static void
blank_comment(struct walk *walk)
{
	while (walk->at < walk->len && walk->ptr[walk->at] != '\n')
		walk->ptr[walk->at++] = ' ';
}

/* Passes the string that begins here.  -1 when it does not end. */
static int
pass_string(struct walk *walk)
{
	char quote = walk->ptr[walk->at++];
	int line = walk->line;

	for (; walk->at < walk->len; walk->at++) {
		char c = walk->ptr[walk->at];

		if (c == quote) {
			walk->at++;
			return 0;
		}
		if (c == '\n')
			walk->line++;
		if (c == '\\' && walk->at + 1 < walk->len &&
		    walk->ptr[++walk->at] == '\n')
			walk->line++;
	}
	walk->line = line;
	return -1;
}

/* True at the start of a comment as C writes it.  Two slashes inside a word
 * are part of a URL or path. */
static bool
is_c_comment(const struct walk *walk)
{
	const char *here = walk->ptr + walk->at;

	if (walk->len - walk->at < 2 || here[0] != '/')
		return false;
	if (here[1] == '*')
		return true;
	return here[1] == '/' &&
	    (walk->at == 0 || strchr(" \t\r\n{}=,", here[-1]) != NULL);
}

static int
pass_brace(struct walk *walk, struct err *err)
{
	if (walk->ptr[walk->at++] == '{') {
		if (walk->depth++ == 0)
			walk->open_line = walk->line;
		return 0;
	}
	if (walk->depth-- == 0)
		return err_set(err, ERR_CONFIG,
		    "\"}\" closes nothing; remove it");
	return 0;
}

static int
pass_one(struct walk *walk, struct err *err)
{
	char c = walk->ptr[walk->at];

	if (c == '\0')
		return err_set(err, ERR_CONFIG,
		    "the file has a NUL byte; save it as plain text");
	if (is_c_comment(walk))
		return err_set(err, ERR_CONFIG,
		    "\"%.2s\" begins no comment; write comments with #",
		    walk->ptr + walk->at);
	if (c == '{' || c == '}')
		return pass_brace(walk, err);
	if (c == '#') {
		blank_comment(walk);
	} else if (c == '"' || c == '\'') {
		if (pass_string(walk) < 0)
			return err_set(err, ERR_CONFIG,
			    "the string that begins here is not closed; add "
			    "%c", c);
	} else {
		walk->line += c == '\n';
		walk->at++;
	}
	return 0;
}

/* Some editors put a byte order mark at the start; libconfuse would take it
 * for a part of the first key. */
static void
blank_mark(struct buf *text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (span_starts(buf_span(text), span_of(mark)))
		memset(text->ptr, ' ', sizeof(mark) - 1);
}

int
conf_text_prepare(struct buf *text, int *line, struct err *err)
{
	struct walk walk = { .ptr = text->ptr, .len = text->len, .line = 1 };

	blank_mark(text);
	while (walk.at < walk.len)
		if (pass_one(&walk, err) < 0) {
			*line = walk.line;
			return -1;
		}
	if (walk.depth == 0)
		return 0;
	*line = walk.open_line;
	return err_set(err, ERR_CONFIG,
	    "the \"{\" in this line is not closed; add \"}\"");
}

struct span
conf_text_word(const struct buf *text, int line)
{
	struct span rest = buf_span(text);
	struct span found = { NULL, 0 };
	size_t len = 0;

	while (line > 0 && span_next(&rest, '\n', &found))
		line--;
	if (line > 0)
		return span_slice(found, 0, 0);
	found = span_trim(found);
	while (len < found.len && strchr(" \t={}(+\"'", found.ptr[len]) == NULL)
		len++;
	return span_slice(found, 0, len);
}
