/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/route/route_address.h"

bool
route_is_ours(const struct route_conf *conf, const struct address *address)
{
	for (size_t i = 0; i < conf->domains.count; i++)
		if (domain_matches(
			address->domain, span_of(conf->domains.items[i])))
			return true;
	return false;
}

bool
route_is_exempt(const struct route_conf *conf, const struct address *address)
{
	for (size_t i = 0; i < conf->always_accept.count; i++)
		if (address_local_is(
			address, span_of(conf->always_accept.items[i])))
			return true;
	for (size_t i = 0; i < conf->exempt.count; i++)
		if (span_starts_case(
			address->local, span_of(conf->exempt.items[i])))
			return true;
	return false;
}

static bool
is_quoted(struct span local)
{
	return span_find(local, '"') < local.len;
}

bool
route_is_source_route(const struct address *address)
{
	return address->routed || address_local_routes(address);
}

/* TARGET with EXTENSION behind its local part, or TARGET where that is no
 * address any more. */
static struct span
with_extension(struct pool *pool, struct span target, struct span extension)
{
	size_t at = span_find_last(target, '@');
	struct span extended = pool_printf(pool, "%.*s%.*s%.*s",
	    SPAN_ARGS(span_slice(target, 0, at)), SPAN_ARGS(extension),
	    SPAN_ARGS(span_slice(target, at, target.len)));

	if (is_quoted(target) || address_check_single(extended, NULL) < 0)
		return target;
	return extended;
}

int
route_target(const struct route_config *config,
    const struct directory_keys *keys, bool has_extension,
    const struct directory_entry *entry, struct pool *pool,
    struct span *target, struct err *err)
{
	const struct directory_attribute *attribute = NULL;
	struct span value;

	*target = SPAN("");
	if (config->routing_attribute.len > 0)
		attribute =
		    directory_entry_find(entry, config->routing_attribute);
	if (attribute == NULL)
		return 0;
	if (attribute->value_count != 1)
		return err_set(err, ERR_INPUT,
		    "\"%.*s\": %.*s has %zu values; one is expected",
		    SPAN_ARGS(entry->dn), SPAN_ARGS(attribute->name),
		    attribute->value_count);
	value = span_trim(attribute->values[0]);
	/* Active Directory names the kind of address first. */
	if (span_starts_case(value, SPAN("smtp:")))
		value = span_slice(value, 5, value.len);
	if (address_check_single(value, err) < 0)
		return err_context(err, "\"%.*s\": %.*s", SPAN_ARGS(entry->dn),
		    SPAN_ARGS(attribute->name));
	*target = pool_dup(pool, value);
	if (has_extension && config->conf->keep_extension)
		*target = with_extension(pool, *target, keys->extension);
	return 0;
}

/* Room for text of LEN bytes, each of which may take "\x{10FFFF}". */
#define ENCODED_MAX(len) (16 + 10 * (len))

/* Appends TEXT as xtext (RFC 3461 section 4). */
static void
add_xtext(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < '!' || c > '~' || c == '+' || c == '=')
			(void)buf_printf(out, "+%02X", c);
		else
			(void)buf_append_char(out, (char)c);
	}
}

/* How many bytes follow FIRST in a character of UTF-8. */
static size_t
bytes_behind(unsigned char first)
{
	if (first < 0xc0)
		return 0;
	if (first < 0xe0)
		return 1;
	return first < 0xf0 ? 2 : 3;
}

/* True if TEXT begins with a whole character of MORE bytes behind the first. */
static bool
is_whole(struct span text, size_t more)
{
	if (more == 0 || more >= text.len)
		return false;
	for (size_t i = 1; i <= more; i++)
		if (((unsigned char)text.ptr[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* Takes a character off the front of *REST; a byte that begins none, as an MTA
 * without SMTPUTF8 may pass it on, stands for itself. */
static unsigned long
next_character(struct span *rest)
{
	unsigned char first = (unsigned char)rest->ptr[0];
	size_t more = bytes_behind(first);
	unsigned long character = first;

	if (is_whole(*rest, more)) {
		character = first & (0x3fu >> more);
		for (size_t i = 1; i <= more; i++)
			character = character << 6 |
			    ((unsigned char)rest->ptr[i] & 0x3fu);
	} else {
		more = 0;
	}
	*rest = span_slice(*rest, more + 1, rest->len);
	return character;
}

/* Appends TEXT as utf-8-addr-xtext (RFC 6533 section 3), which is ASCII. */
static void
add_utf8_xtext(struct buf *out, struct span text)
{
	while (text.len > 0) {
		unsigned long c = next_character(&text);

		if (c < '!' || c > '~' || c == '+' || c == '=' || c == '\\')
			(void)buf_printf(out, "\\x{%02lX}", c);
		else
			(void)buf_append_char(out, (char)c);
	}
}

struct span
route_parameters(struct pool *pool, const struct recipient *recipient)
{
	struct span text = recipient->address.text;
	struct span notify, original, parameters;
	struct buf out;

	if (!parameters_find(&recipient->parameters, SPAN("ORCPT"), &original))
		original = SPAN("");
	if (!parameters_find(&recipient->parameters, SPAN("NOTIFY"), &notify))
		notify = SPAN("");
	buf_init(&out,
	    ENCODED_MAX(text.len) + original.len + notify.len + 64);
	if (notify.len > 0)
		(void)buf_printf(&out, "NOTIFY=%.*s ", SPAN_ARGS(notify));
	(void)buf_printf(&out, "ORCPT=%.*s", SPAN_ARGS(original));
	if (original.len == 0 && span_is_ascii(text)) {
		(void)buf_append_span(&out, SPAN("rfc822;"));
		add_xtext(&out, text);
	} else if (original.len == 0) {
		(void)buf_append_span(&out, SPAN("utf-8;"));
		add_utf8_xtext(&out, text);
	}
	parameters = pool_dup(pool, buf_span(&out));
	buf_free(&out);
	return parameters;
}
