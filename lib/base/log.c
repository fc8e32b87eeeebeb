/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include "base/escape.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

enum {
	TAIL_SIZE = 16, /* always left for what marks and closes a line */
	PIECE_MAX = 8,  /* one escaped character, its NUL included */
};

static struct log_settings settings = { .target = LOG_TARGET_STDERR };
static bool journal; /* stderr is read by the systemd journal */
static atomic_int current_format;

/* How a value is written. */
enum quoting {
	QUOTING_NONE, /* a sentence of ours, or an id */
	QUOTING_TEXT,
	QUOTING_JSON,
};

/* systemd names the stream it reads as DEVICE:INODE.  It takes "<LEVEL>" at the
 * start of a line and adds the program's name, as syslog does. */
static bool
stderr_is_journal(void)
{
	const char *name = getenv("JOURNAL_STREAM");
	struct stat status;
	char own[64];

	if (name == NULL || fstat(STDERR_FILENO, &status) < 0)
		return false;
	(void)snprintf(own, sizeof(own), "%ju:%ju",
	    (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	return strcmp(name, own) == 0;
}

void
log_open(const struct log_settings *wanted)
{
	settings = *wanted;
	atomic_store(&current_format, (int)wanted->format);
	if (settings.target == LOG_TARGET_SYSLOG)
		openlog(settings.program, LOG_PID | LOG_NDELAY, LOG_MAIL);
	else if (settings.target == LOG_TARGET_STDERR)
		journal = stderr_is_journal();
}

void
log_set_format(enum log_format format)
{
	atomic_store(&current_format, (int)format);
}

static int
priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARNING:
		return LOG_WARNING;
	case LOG_LEVEL_NOTICE:
		return LOG_NOTICE;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_DEBUG:
		return LOG_DEBUG;
	}
	return LOG_ERR;
}

/* Hands out one finished line. */
static void
emit(enum log_level level, const char *text, enum log_format format)
{
	char line[LOG_LINE_MAX + 128];
	bool named = format == LOG_FORMAT_TEXT && !journal &&
	    settings.program != NULL;
	char mark[8] = "";
	int len;

	if (settings.target == LOG_TARGET_SYSLOG) {
		syslog(LOG_MAIL | priority(level), "%s", text);
		return;
	}
	if (settings.target == LOG_TARGET_SINK) {
		settings.sink(settings.context, level, text);
		return;
	}
	if (journal)
		(void)snprintf(mark, sizeof(mark), "<%d>", priority(level));
	len = snprintf(line, sizeof(line), "%s%.64s%s%s\n", mark,
	    named ? settings.program : "", named ? ": " : "", text);
	/* One write, so that lines of several threads do not mix.  There is
	 * nobody to tell when it fails. */
	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

/*
 * Takes one character off *REST and writes it to PIECE as QUOTING wants it.
 * Returns its length in PIECE.
 */
static size_t
escape_one(struct span *rest, enum quoting quoting, char piece[PIECE_MAX])
{
	const unsigned char *byte = (const unsigned char *)rest->ptr;
	size_t len = escape_utf8_length(*rest);

	if (len == 0 || escape_is_control(*rest, len)) {
		/* JSON has escapes for characters, none for bytes. */
		const char *prefix = quoting != QUOTING_JSON ? "\\x" :
		    len == 0 ? "\\\\x" : "\\u00";

		if (len == 2)
			byte++; /* U+0080 to U+009F have that very byte */
		*rest = span_slice(*rest, len > 0 ? len : 1, rest->len);
		return (size_t)snprintf(
		    piece, PIECE_MAX, "%s%02x", prefix, *byte);
	}
	*rest = span_slice(*rest, len, rest->len);
	if (quoting != QUOTING_NONE && (*byte == '"' || *byte == '\\'))
		return (size_t)snprintf(piece, PIECE_MAX, "\\%c", *byte);
	memcpy(piece, byte, len);
	return len;
}

/* Writes VALUE escaped to OUT, of SIZE bytes, cut between two characters.
 * *CHANGED becomes true if a byte had to be escaped. */
static size_t
escape(struct span value, enum quoting quoting, char *out, size_t size,
    bool *changed)
{
	char piece[PIECE_MAX];
	size_t used = 0;

	while (value.len > 0) {
		struct span before = value;
		size_t len = escape_one(&value, quoting, piece);

		if (len != before.len - value.len)
			*changed = true;
		if (used + len > size - sizeof("...")) {
			memcpy(out + used, "...", 3);
			used += 3;
			break;
		}
		memcpy(out + used, piece, len);
		used += len;
	}
	out[used] = '\0';
	return used;
}

/* Appends all of TEXT, or nothing and sees to it that the line says so. */
static void
append(struct log_line *line, const char *text, size_t len)
{
	if (line->cut || len > sizeof(line->text) - TAIL_SIZE - line->len) {
		line->cut = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

/* Appends KEY with VALUE, which is escaped and quoted as needed. */
static void
append_field(struct log_line *line, const char *key, struct span value)
{
	char field[LOG_VALUE_MAX + 128];
	bool json = line->format == LOG_FORMAT_JSON;
	int len = snprintf(field, sizeof(field), "%s%s%.64s%s%.*s",
	    line->len <= 1 ? "" : json ? "," : " ", json ? "\"" : "", key,
	    json ? "\":" : "=", SPAN_ARGS(value));

	append(line, field, (size_t)len);
}

void
log_line_start(struct log_line *line, struct span id)
{
	char text[LOG_VALUE_MAX];
	bool changed = false;
	size_t len;

	line->len = 0;
	line->cut = false;
	line->format = (enum log_format)atomic_load(&current_format);
	if (line->format == LOG_FORMAT_JSON) {
		append(line, "{", 1);
		if (id.len > 0)
			log_line_text(line, "id", id);
		return;
	}
	if (id.len == 0)
		return;
	len = escape(id, QUOTING_NONE, text, sizeof(text), &changed);
	append(line, text, len);
	append(line, ":", 1);
}

void
log_line_text(struct log_line *line, const char *key, struct span value)
{
	char text[LOG_VALUE_MAX + 2 + sizeof("...")];
	bool json = line->format == LOG_FORMAT_JSON;
	bool quoted = json || value.len == 0;
	size_t len;

	text[0] = '"';
	len = escape(value, json ? QUOTING_JSON : QUOTING_TEXT, text + 1,
	    LOG_VALUE_MAX + sizeof("..."), &quoted);
	for (size_t i = 0; i < value.len && !quoted; i++)
		quoted = value.ptr[i] == ' ' || value.ptr[i] == '=';
	text[len + 1] = '"';
	append_field(line, key,
	    quoted ? span_make(text, len + 2) : span_make(text + 1, len));
}

void
log_line_number(struct log_line *line, const char *key, int64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	append_field(line, key, span_of(text));
}

void
log_line_ms(struct log_line *line, const char *key, int64_t microseconds)
{
	int64_t tenths = microseconds > 0 ? (microseconds + 50) / 100 : 0;
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64 ".%" PRId64,
	    tenths / 10, tenths % 10);
	append_field(line, key, span_of(text));
}

void
log_line_end(struct log_line *line, enum log_level level)
{
	bool json = line->format == LOG_FORMAT_JSON;
	const char *tail = line->cut ? json ? ",\"cut\":1}" : " cut=1" :
	    json ? "}" : "";

	if (level == LOG_LEVEL_DEBUG && !settings.verbose)
		return;
	memcpy(line->text + line->len, tail, strlen(tail) + 1);
	emit(level, line->text, line->format);
}

void
log_write(enum log_level level, const char *format, ...)
{
	char raw[LOG_LINE_MAX];
	char text[LOG_LINE_MAX];
	enum log_format now = (enum log_format)atomic_load(&current_format);
	bool changed = false;
	va_list args;

	if (level == LOG_LEVEL_DEBUG && !settings.verbose)
		return;
	va_start(args, format);
	(void)vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	if (now == LOG_FORMAT_TEXT) {
		(void)escape(span_of(raw), QUOTING_NONE, text, sizeof(text),
		    &changed);
	} else {
		char *end = stpcpy(text, "{\"message\":\"");

		end += escape(span_of(raw), QUOTING_JSON, end,
		    sizeof(text) - TAIL_SIZE * 2, &changed);
		(void)stpcpy(end, "\"}");
	}
	emit(level, text, now);
}
