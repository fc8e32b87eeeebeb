/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/opendkim_file.h"

void
opendkim_file_init(struct opendkim_lines *lines, struct span text)
{
	*lines = (struct opendkim_lines){ .rest = text };
}

void
opendkim_list_init(struct opendkim_lines *lines, struct span text)
{
	*lines = (struct opendkim_lines){ .rest = text, .is_list = true };
}

/* The offset of the first blank in TEXT, or its length. */
static size_t
find_blank(struct span text)
{
	size_t at = 0;

	while (at < text.len && text.ptr[at] != ' ' && text.ptr[at] != '\t')
		at++;
	return at;
}

bool
opendkim_next(struct opendkim_lines *lines, struct opendkim_line *line)
{
	struct span text;

	while (span_next(&lines->rest, lines->is_list ? ',' : '\n', &text)) {
		size_t end;

		if (!lines->is_list) {
			lines->number++;
			text = span_slice(text, 0, span_find(text, '#'));
		}
		text = span_trim(text);
		if (text.len == 0)
			continue;
		end = lines->is_list ? span_find(text, '=') : find_blank(text);
		line->number = lines->number;
		line->key = span_trim(span_slice(text, 0, end));
		line->value = span_trim(span_slice(
		    text, end + (lines->is_list ? 1 : 0), text.len));
		if (line->key.len > 0)
			return true;
	}
	return false;
}

struct opendkim_set
opendkim_set_of(struct span value)
{
	static const struct {
		struct span prefix;
		enum opendkim_set_kind kind;
	} prefixes[] = {
		{ SPAN_INIT("csl:"), OPENDKIM_LIST },
		{ SPAN_INIT("file:"), OPENDKIM_FILE },
		{ SPAN_INIT("refile:"), OPENDKIM_REFILE },
		{ SPAN_INIT("db:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("dsn:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("ldap:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("ldaps:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("ldapi:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("lua:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("memcache:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("erlang:"), OPENDKIM_FOREIGN },
		{ SPAN_INIT("mdb:"), OPENDKIM_FOREIGN },
	};
	struct opendkim_set set = { OPENDKIM_LIST, value };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!span_starts_case(value, prefixes[i].prefix))
			continue;
		set.kind = prefixes[i].kind;
		set.text = span_trim(
		    span_slice(value, prefixes[i].prefix.len, value.len));
		return set;
	}
	if (span_ends_case(value, SPAN(".db")))
		set.kind = OPENDKIM_FOREIGN;
	else if (span_starts(value, SPAN("/")))
		set.kind = OPENDKIM_FILE;
	return set;
}

int
opendkim_key_parse(
    struct span value, struct opendkim_key *key, struct err *err)
{
	size_t first = span_find(value, ':');
	struct span rest = span_slice(value, first + 1, value.len);
	size_t second = span_find(rest, ':');

	key->domain = span_trim(span_slice(value, 0, first));
	key->selector = span_trim(span_slice(rest, 0, second));
	key->key = span_trim(span_slice(rest, second + 1, rest.len));
	if (key->domain.len > 0 && key->selector.len > 0 && key->key.len > 0)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%.*s\" is not DOMAIN:SELECTOR:KEY", SPAN_ARGS(value));
}

bool
opendkim_key_is_file(const struct opendkim_key *key)
{
	return span_starts(key->key, SPAN("/")) ||
	    span_starts(key->key, SPAN("./")) ||
	    span_starts(key->key, SPAN("../"));
}

bool
opendkim_boolean(struct span value)
{
	return value.len > 0 &&
	    (value.ptr[0] == '1' || span_lower(value.ptr[0]) == 't' ||
		span_lower(value.ptr[0]) == 'y');
}
