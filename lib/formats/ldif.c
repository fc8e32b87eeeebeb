/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/ldif.h"

#include "base/buf.h"
#include "formats/base64.h"

void
ldif_init(struct ldif *ldif, struct span text)
{
	*ldif = (struct ldif){ .rest = text, .line = 1 };
}

/* Takes a line as it stands in the file off the front; false at the end. */
static bool
next_physical(struct ldif *ldif, struct span *line)
{
	if (!span_next(&ldif->rest, '\n', line))
		return false;
	ldif->line++;
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool
continues(const struct ldif *ldif)
{
	return ldif->rest.len > 0 && ldif->rest.ptr[0] == ' ';
}

/*
 * Takes the next line with its continuation lines, which start with a blank,
 * joined (RFC 2849 note 2).  False at the end, or with ERR filled when it is
 * too long.
 */
static bool
next_line(
    struct ldif *ldif, struct pool *pool, struct span *line, struct err *err)
{
	struct span more;
	struct buf joined;
	bool fits;

	if (!next_physical(ldif, line))
		return false;
	fits = line->len <= LDIF_LINE_MAX;
	if (fits && (!continues(ldif) || line->len == 0))
		return true;
	buf_init(&joined, LDIF_LINE_MAX);
	fits = fits && buf_append_span(&joined, *line) == 0;
	while (continues(ldif) && next_physical(ldif, &more))
		fits = fits &&
		    buf_append_span(&joined, span_slice(more, 1, more.len)) ==
			0;
	if (fits)
		*line = pool_dup(pool, buf_span(&joined));
	else
		(void)err_set(err, ERR_LIMIT,
		    "the line is longer than %d bytes", LDIF_LINE_MAX);
	buf_free(&joined);
	return fits;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == ';' || c == '.';
}

static int
decode_base64(
    struct pool *pool, struct span text, struct span *value, struct err *err)
{
	struct base64_decoder decoder = { 0 };
	char *out = pool_alloc(pool, BASE64_DECODED_MAX(text.len) + 2);
	size_t len;

	len = base64_decode(&decoder, text, out);
	len += base64_finish(&decoder, out + len);
	if (decoder.broken || decoder.resumed)
		return err_set(err, ERR_CONFIG,
		    "what follows \"::\" is not valid base64");
	*value = span_make(out, len);
	return 0;
}

/* Splits "name: value", "name:: base64" (RFC 2849, attrval-spec). */
static int
split_line(struct pool *pool, struct span line, struct span *name,
    struct span *value, struct err *err)
{
	size_t colon = span_find(line, ':');

	if (colon == line.len)
		return err_set(err, ERR_CONFIG,
		    "\"name: value\" expected; there is no colon");
	*name = span_slice(line, 0, colon);
	*value = span_slice(line, colon + 1, line.len);
	if (name->len == 0)
		return err_set(
		    err, ERR_CONFIG, "an attribute's name is missing");
	for (size_t i = 0; i < name->len; i++)
		if (!is_name_byte(name->ptr[i]))
			return err_set(err, ERR_CONFIG,
			    "\"%.*s\" is not an attribute's name",
			    SPAN_ARGS(*name));
	if (span_starts(*value, SPAN(":")))
		return decode_base64(pool,
		    span_trim(span_slice(*value, 1, value->len)), value, err);
	if (span_starts(*value, SPAN("<")))
		return err_set(err, ERR_CONFIG,
		    "values are not read from URLs; write the value");
	while (value->len > 0 && value->ptr[0] == ' ')
		*value = span_slice(*value, 1, value->len);
	return 0;
}

/* Takes a line of an entry's into ENTRY. */
static int
take_line(struct ldif *ldif, struct pool *pool, struct span line,
    struct directory_entry *entry, struct err *err)
{
	struct span name, value;

	if (split_line(pool, line, &name, &value, err) < 0)
		return -1;
	if (entry->dn.ptr == NULL && !ldif->had_entry &&
	    span_equal_case(name, SPAN("version"))) {
		if (!span_equal(value, SPAN("1")))
			return err_set(err, ERR_CONFIG,
			    "LDIF version 1 expected, not \"%.*s\"",
			    SPAN_ARGS(value));
		return 0;
	}
	if (span_equal_case(name, SPAN("dn"))) {
		if (entry->dn.ptr != NULL)
			return err_set(err, ERR_CONFIG,
			    "a second dn; an empty line is missing before it");
		entry->dn = pool_dup(pool, value);
		ldif->had_entry = true;
		return 0;
	}
	if (entry->dn.ptr == NULL)
		return err_set(err, ERR_CONFIG,
		    "an entry must start with \"dn:\", not \"%.*s:\"",
		    SPAN_ARGS(name));
	if (span_equal_case(name, SPAN("changetype")) ||
	    span_equal_case(name, SPAN("control")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\": entries are read here, not changes",
		    SPAN_ARGS(name));
	return directory_entry_add(entry, pool, name, value, err);
}

/* Goes to the empty line that ends the entry. */
static void
skip_entry(struct ldif *ldif)
{
	struct span line;

	while (next_physical(ldif, &line) && line.len > 0)
		;
}

enum ldif_result
ldif_next(struct ldif *ldif, struct pool *pool, struct directory_entry *entry,
    unsigned *line_number, struct err *err)
{
	struct span line;

	*entry = (struct directory_entry){ .attribute_count = 0 };
	err->kind = ERR_NONE;
	for (;;) {
		*line_number = ldif->line;
		if (!next_line(ldif, pool, &line, err))
			break;
		if (line.len == 0 && entry->dn.ptr != NULL)
			return LDIF_ENTRY;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (line.ptr[0] == ' ')
			(void)err_set(err, ERR_CONFIG,
			    "a continuation line follows no line");
		if (err->kind != ERR_NONE ||
		    take_line(ldif, pool, line, entry, err) < 0)
			break;
	}
	if (err->kind != ERR_NONE) {
		skip_entry(ldif);
		return LDIF_MISTAKE;
	}
	return entry->dn.ptr != NULL ? LDIF_ENTRY : LDIF_END;
}
