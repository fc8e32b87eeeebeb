/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/sendmail_cf.h"

#include "base/clock.h"
#include "formats/mta_duration.h"

/* Timeouts of libsm's milter.c where T= does not name them. */
#define CONNECT_DEFAULT (300 * CLOCK_SECOND_US)
#define ANSWER_DEFAULT (10 * CLOCK_SECOND_US)
#define END_DEFAULT (300 * CLOCK_SECOND_US)

/* A file that is being read, and the arrays as they grow. */
struct reader {
	struct pool *pool;
	struct sendmail_cf *cf;
	struct sendmail_option *options;
	struct sendmail_filter *filters;
	struct sendmail_daemon *daemons;
};

/* Splits "KEY=VALUE" at the first "=", both trimmed. */
static void
split(struct span text, struct span *key, struct span *value)
{
	size_t equals = span_find(text, '=');

	*key = span_trim(span_slice(text, 0, equals));
	*value = span_trim(span_slice(text, equals + 1, text.len));
}

/* The letter by which Sendmail knows the KEY of an equate: its first, in any
 * case; 0 where KEY is empty. */
static char
letter_of(struct span key)
{
	return key.len > 0 ? span_lower(key.ptr[0]) : '\0';
}

static void
read_timeouts(struct span value, struct sendmail_filter *filter)
{
	struct span item;

	while (span_next(&value, ';', &item)) {
		size_t colon = span_find(item, ':');
		struct span time =
		    span_trim(span_slice(item, colon + 1, item.len));
		int64_t duration;

		if (mta_duration_read(time, &duration) < 0)
			continue;
		switch (letter_of(span_trim(item))) {
		case 'c':
			filter->connect_timeout = duration;
			break;
		case 's':
			filter->send_timeout = duration;
			break;
		case 'r':
			filter->read_timeout = duration;
			break;
		case 'e':
			filter->end_timeout = duration;
			break;
		default:
			break; /* Sendmail complains of it itself. */
		}
	}
}

static void
add_filter(struct reader *reader, unsigned line, struct span text)
{
	struct sendmail_filter filter = {
		.line = line,
		.connect_timeout = CONNECT_DEFAULT,
		.send_timeout = ANSWER_DEFAULT,
		.read_timeout = ANSWER_DEFAULT,
		.end_timeout = END_DEFAULT,
	};
	size_t count = reader->cf->filter_count;
	struct span item;

	if (!span_next(&text, ',', &item))
		return;
	filter.name = span_trim(item);
	while (span_next(&text, ',', &item)) {
		struct span key, value;

		split(item, &key, &value);
		switch (letter_of(key)) {
		case 's':
			filter.socket = value;
			break;
		case 'f':
			filter.flags = value;
			break;
		case 't':
			read_timeouts(value, &filter);
			break;
		default:
			break;
		}
	}
	reader->filters = pool_grow(
	    reader->pool, reader->filters, count, sizeof(filter));
	reader->filters[count] = filter;
	reader->cf->filter_count++;
}

static void
add_daemon(struct reader *reader, unsigned line, struct span text)
{
	struct sendmail_daemon daemon = { .line = line };
	size_t count = reader->cf->daemon_count;
	struct span item;

	while (span_next(&text, ',', &item)) {
		struct span key, value;

		split(item, &key, &value);
		if (letter_of(key) == 'n') {
			daemon.name = value;
		} else if (letter_of(key) == 'i') {
			daemon.has_filters = true;
			daemon.filters = value;
		}
	}
	reader->daemons = pool_grow(
	    reader->pool, reader->daemons, count, sizeof(daemon));
	reader->daemons[count] = daemon;
	reader->cf->daemon_count++;
}

static void
add_option(struct reader *reader, unsigned line, struct span text)
{
	struct sendmail_option option = { .line = line };
	size_t count = reader->cf->option_count;

	split(text, &option.name, &option.value);
	if (option.name.len == 0)
		return;
	reader->options = pool_grow(
	    reader->pool, reader->options, count, sizeof(option));
	reader->options[count] = option;
	reader->cf->option_count++;
	if (span_equal_case(option.name, SPAN("DaemonPortOptions")))
		add_daemon(reader, line, option.value);
}

/* Takes one line with those that continue it. */
static void
read_line(struct reader *reader, unsigned line, struct span text)
{
	struct span rest = span_slice(text, 1, text.len);

	switch (text.ptr[0]) {
	case 'O':
		/* Without a blank: options of one letter, of old. */
		if (rest.len > 0 && (rest.ptr[0] == ' ' ||
					rest.ptr[0] == '\t'))
			add_option(reader, line, rest);
		break;
	case 'X':
		add_filter(reader, line, rest);
		break;
	case 'D':
		if (rest.len > 0 && rest.ptr[0] == 'M') {
			reader->cf->masquerade =
			    span_trim(span_slice(rest, 1, rest.len));
			reader->cf->masquerade_line = line;
		}
		break;
	case 'K':
		if (span_starts_case(rest, SPAN("generics ")))
			reader->cf->generics_line = line;
		break;
	default:
		break;
	}
}

/* True if the line at the start of REST continues the one before it. */
static bool
continues(struct span rest)
{
	return rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t');
}

int
sendmail_cf_read(struct pool *pool, struct span text, struct sendmail_cf *cf,
    struct err *err)
{
	struct reader reader = { .pool = pool, .cf = cf };
	unsigned number = 0;
	struct span line;

	*cf = (struct sendmail_cf){ .options = NULL };
	while (span_next(&text, '\n', &line)) {
		unsigned first = ++number;
		struct span next;

		/* The lines follow each other in TEXT. */
		while (continues(text) && span_next(&text, '\n', &next)) {
			number++;
			line.len = (size_t)(next.ptr + next.len - line.ptr);
		}
		if (number > SENDMAIL_CF_LINES_MAX)
			return err_set(err, ERR_LIMIT,
			    "there are more than %d lines",
			    SENDMAIL_CF_LINES_MAX);
		if (line.len > 0)
			read_line(&reader, first, line);
	}
	cf->options = reader.options;
	cf->filters = reader.filters;
	cf->daemons = reader.daemons;
	return 0;
}

const struct sendmail_option *
sendmail_cf_option(const struct sendmail_cf *cf, struct span name)
{
	for (size_t i = cf->option_count; i-- > 0;)
		if (span_equal_case(cf->options[i].name, name))
			return &cf->options[i];
	return NULL;
}

const struct sendmail_filter *
sendmail_cf_filter(const struct sendmail_cf *cf, struct span name)
{
	for (size_t i = 0; i < cf->filter_count; i++)
		if (span_equal(cf->filters[i].name, name))
			return &cf->filters[i];
	return NULL;
}

bool
sendmail_next_filter(struct span *rest, struct span *name)
{
	while (rest->len > 0) {
		size_t comma = span_find(*rest, ',');
		size_t end = span_find(*rest, ';');

		if (comma < end)
			end = comma;
		*name = span_trim(span_slice(*rest, 0, end));
		*rest = span_slice(*rest, end + 1, rest->len);
		if (name->len > 0)
			return true;
	}
	return false;
}
