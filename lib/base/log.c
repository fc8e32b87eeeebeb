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
	TAIL_SIZE = 16,   /* always left for what cuts and closes a line */
	DOTS = 3,         /* bytes of "...", for what was cut off */
	PIECE_MAX = 8,    /* one escaped character, its NUL included */
	DECIMAL_MAX = 20, /* the digits of INT64_MIN, with its sign */
	MARK_LEVEL = 1,   /* where the level stands in MARK */
};

/* What the journal reads at the start of a line; emit puts the level in. */
#define MARK "<6>"

static struct log_settings settings = { .target = LOG_TARGET_STDERR };
static bool journal; /* stderr is read by the systemd journal */
static char line_head[LOG_HEAD_MAX]; /* "PROGRAM: ", for text on stderr */
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
	journal =
	    settings.target == LOG_TARGET_STDERR && stderr_is_journal();
	line_head[0] = '\0';
	if (settings.target == LOG_TARGET_STDERR && !journal &&
	    settings.program != NULL)
		(void)snprintf(
		    line_head, sizeof(line_head), "%.64s: ", settings.program);
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

/* Starts *LINE with what stderr shows before a line. */
static void
begin(struct log_line *line)
{
	const char *shown = "";

	line->cut = false;
	line->format = (enum log_format)atomic_load(&current_format);
	if (journal)
		shown = MARK;
	else if (line->format == LOG_FORMAT_TEXT)
		shown = line_head;
	line->start = line->len = strlen(shown);
	memcpy(line->text, shown, line->len);
}

/* Hands out a finished line. */
static void
emit(struct log_line *line, enum log_level level)
{
	line->text[line->len] = '\0';
	if (settings.target == LOG_TARGET_SYSLOG) {
		syslog(LOG_MAIL | priority(level), "%s", line->text);
		return;
	}
	if (settings.target == LOG_TARGET_SINK) {
		settings.sink(settings.context, level, line->text);
		return;
	}
	if (journal)
		line->text[MARK_LEVEL] = (char)('0' + priority(level));
	line->text[line->len++] = '\n';
	/* One write, so that lines of several threads do not mix.  There is
	 * nobody to tell when it fails. */
	if (write(STDERR_FILENO, line->text, line->len) < 0)
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

/* True for what stands for itself in every quoting. */
static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static size_t
plain_length(struct span value)
{
	size_t len = 0;

	while (len < value.len && is_plain(value.ptr[len]))
		len++;
	return len;
}

/* Writes VALUE escaped to OUT, without a NUL: ROOM bytes of it at most and,
 * where it is cut between two characters for that, DOTS more.  Returns how many
 * bytes it wrote. */
static size_t
escape(struct span value, enum quoting quoting, char *out, size_t room)
{
	char piece[PIECE_MAX];
	size_t used = 0;

	while (value.len > 0) {
		const char *ptr = value.ptr;
		size_t plain = plain_length(value);
		size_t len = plain;

		if (plain > 0) {
			value = span_slice(value, plain, value.len);
		} else {
			len = escape_one(&value, quoting, piece);
			ptr = piece;
		}
		if (len > room - used) {
			/* Plain characters fill what is left. */
			len = plain > 0 ? room - used : 0;
			memcpy(out + used, ptr, len);
			used += len;
			memcpy(out + used, "...", DOTS);
			return used + DOTS;
		}
		memcpy(out + used, ptr, len);
		used += len;
	}
	return used;
}

/* True if VALUE is nothing, or has what ends a value or is escaped. */
static bool
needs_quotes(struct span value)
{
	bool empty = value.len == 0;

	while (value.len > 0) {
		size_t len = plain_length(value);
		struct span plain = span_slice(value, 0, len);

		if (span_find(plain, ' ') < len || span_find(plain, '=') < len)
			return true;
		value = span_slice(value, len, value.len);
		if (value.len == 0)
			break;
		len = escape_utf8_length(value);
		if (len <= 1 || escape_is_control(value, len))
			return true;
		value = span_slice(value, len, value.len);
	}
	return empty;
}

/* Bytes that still fit, without what closes the line. */
static size_t
room_of(const struct log_line *line)
{
	return line->start + LOG_LINE_MAX - TAIL_SIZE - line->len;
}

static void
append(struct log_line *line, const char *text, size_t len)
{
	if (line->cut || len > room_of(line)) {
		line->cut = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void
append_string(struct log_line *line, const char *text)
{
	append(line, text, strlen(text));
}

/* Appends KEY and VALUE, between two QUOTES; or nothing, and sees to it that
 * the line says so. */
static void
append_field(struct log_line *line, const char *key, struct span value,
    const char *quotes)
{
	bool json = line->format == LOG_FORMAT_JSON;
	size_t before = line->len;

	/* Behind the brace of JSON there is none yet. */
	if (before > line->start + (json ? 1 : 0))
		append(line, json ? "," : " ", 1);
	if (json)
		append(line, "\"", 1);
	append_string(line, key);
	append_string(line, json ? "\":" : "=");
	append_string(line, quotes);
	append(line, value.ptr, value.len);
	append_string(line, quotes);
	if (line->cut)
		line->len = before;
}

void
log_line_start(struct log_line *line, struct span id)
{
	char text[LOG_VALUE_MAX + DOTS];

	begin(line);
	if (line->format == LOG_FORMAT_JSON) {
		append(line, "{", 1);
		if (id.len > 0)
			log_line_text(line, "id", id);
		return;
	}
	if (id.len == 0)
		return;
	append(line, text, escape(id, QUOTING_NONE, text, LOG_VALUE_MAX));
	append(line, ":", 1);
}

void
log_line_text(struct log_line *line, const char *key, struct span value)
{
	char text[LOG_VALUE_MAX + DOTS];
	bool json = line->format == LOG_FORMAT_JSON;
	size_t len = escape(
	    value, json ? QUOTING_JSON : QUOTING_TEXT, text, LOG_VALUE_MAX);

	append_field(line, key, span_make(text, len),
	    json || needs_quotes(value) ? "\"" : "");
}

/* VALUE in decimal, at the end of TEXT. */
static struct span
decimal(int64_t value, char text[DECIMAL_MAX])
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	size_t at = DECIMAL_MAX;

	do
		text[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (value < 0)
		text[--at] = '-';
	return span_make(text + at, DECIMAL_MAX - at);
}

void
log_line_number(struct log_line *line, const char *key, int64_t value)
{
	char text[DECIMAL_MAX];

	append_field(line, key, decimal(value, text), "");
}

void
log_line_ms(struct log_line *line, const char *key, int64_t microseconds)
{
	int64_t tenths = microseconds > 0 ? (microseconds + 50) / 100 : 0;
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRId64 ".%" PRId64,
	    tenths / 10, tenths % 10);

	append_field(line, key, span_make(text, (size_t)len), "");
}

/* Closes the line with TAIL, for which there always is room, and writes it. */
static void
finish(struct log_line *line, const char *tail, enum log_level level)
{
	memcpy(line->text + line->len, tail, strlen(tail));
	line->len += strlen(tail);
	emit(line, level);
}

void
log_line_end(struct log_line *line, enum log_level level)
{
	bool json = line->format == LOG_FORMAT_JSON;
	const char *tail = json ? "}" : "";

	if (level == LOG_LEVEL_DEBUG && !settings.verbose)
		return;
	if (line->cut)
		tail = json ? ",\"cut\":1}" : " cut=1";
	finish(line, tail, level);
}

void
log_write(enum log_level level, const char *format, ...)
{
	char raw[LOG_LINE_MAX];
	struct log_line line;
	bool json;
	va_list args;

	if (level == LOG_LEVEL_DEBUG && !settings.verbose)
		return;
	va_start(args, format);
	(void)vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	begin(&line);
	json = line.format == LOG_FORMAT_JSON;
	if (json)
		append_string(&line, "{\"message\":\"");
	line.len += escape(span_of(raw), json ? QUOTING_JSON : QUOTING_NONE,
	    line.text + line.len, room_of(&line));
	finish(&line, json ? "\"}" : "", level);
}
