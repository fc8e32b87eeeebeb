/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: syslog, or stderr in the foreground.  Lines are "id: key=value
 * ..." and, where JSON is asked for, one object with the same fields.  Values
 * from outside are escaped, so that a remote client cannot forge a line or
 * send control codes to a terminal.  Message content is never logged.
 *
 * The settings are the only state; log_open is called before any thread.
 */
#ifndef LUMBAR_BASE_LOG_H
#define LUMBAR_BASE_LOG_H

#include "base/span.h"

#include <stdarg.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG, /* only where log_settings.verbose */
};

enum log_target {
	LOG_TARGET_SYSLOG,
	LOG_TARGET_STDERR,
	LOG_TARGET_SINK, /* log_settings.sink */
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

struct log_settings {
	const char *program; /* borrowed for good */
	enum log_target target;
	enum log_format format;
	bool verbose;
	/* LOG_TARGET_SINK: takes each finished line, without its line end, on
	 * the thread that logs.  CONTEXT is borrowed for good. */
	void (*sink)(void *context, enum log_level level, const char *line);
	void *context;
};

/* Opens the log.  Before that, lines go to stderr without a program's name,
 * between the mistakes that a check of a file prints there. */
void log_open(const struct log_settings *wanted);

/* Changes the format in a running program; thread-safe.  A line that has been
 * started keeps its own. */
void log_set_format(enum log_format format);

/* One line that is not about a message.  What FORMAT yields is escaped: a
 * line end in it shows as \x0a. */
void log_write(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

enum {
	LOG_HEAD_MAX = 80,   /* bytes that stderr shows before a line */
	LOG_LINE_MAX = 4096, /* bytes in a line, below syslog's own limits */
	LOG_VALUE_MAX = 512, /* bytes of an escaped value; "..." then stands
	                        for the rest */
};

/* A line under construction; lives on the stack. */
struct log_line {
	enum log_format format;
	bool cut;     /* a field did not fit */
	size_t start; /* of the line, behind what stderr shows before it */
	size_t len;
	char text[LOG_HEAD_MAX + LOG_LINE_MAX];
};

/* Starts *LINE with ID, a queue id or a session id; empty: no id. */
void log_line_start(struct log_line *line, struct span id);

/*
 * Each adds a field.  KEY is one of ours, a VALUE may be anyone's.  Text is
 * quoted where it is empty or has a blank, quote, "=" or escaped byte: control
 * codes and what is not UTF-8 become \xNN, quotes and backslashes get a
 * backslash.  From the first field on that does not fit, all are left out and
 * the line ends in cut=1.
 */
void log_line_text(struct log_line *line, const char *key, struct span value);
void log_line_number(struct log_line *line, const char *key, int64_t value);

/* MICROSECONDS as milliseconds with one decimal. */
void log_line_ms(struct log_line *line, const char *key, int64_t microseconds);

/* Writes the line. */
void log_line_end(struct log_line *line, enum log_level level);

#endif
