/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/native_macros.h"

#include <string.h>

enum {
	MACROS_MAX = 1 << 20, /* bytes that one connection may define */

	/* The stages in the order of events, which is that of END. */
	ORDER_CONNECT = 0,
	ORDER_HELO,
	ORDER_MAIL,
	ORDER_RECIPIENT,
	ORDER_DATA,
	ORDER_HEADERS_END,
	ORDER_END,
	ORDER_NONE = -1,
};

void
native_macros_init(struct native_macros *macros)
{
	*macros = (struct native_macros){ .end = { 0 } };
	buf_init(&macros->bytes, MACROS_MAX);
}

void
native_macros_free(struct native_macros *macros)
{
	buf_free(&macros->bytes);
	native_macros_clear(macros);
}

/* The stage before whose COMMAND macros come. */
static int
order_of(char command)
{
	switch (command) {
	case MILTER_CONNECT:
		return ORDER_CONNECT;
	case MILTER_HELO:
		return ORDER_HELO;
	case MILTER_MAIL:
		return ORDER_MAIL;
	case MILTER_RECIPIENT:
		return ORDER_RECIPIENT;
	case MILTER_DATA:
		return ORDER_DATA;
	case MILTER_HEADERS_END:
		return ORDER_HEADERS_END;
	case MILTER_END:
		return ORDER_END;
	default:
		return ORDER_NONE;
	}
}

/* Forgets what the stages from ORDER on defined. */
static void
forget(struct native_macros *macros, size_t order)
{
	size_t end = order > 0 ? macros->end[order - 1] : 0;

	macros->bytes.len = end;
	for (size_t i = order; i < MILTER_STAGE_COUNT; i++)
		macros->end[i] = end;
}

int
native_macros_define(
    struct native_macros *macros, struct span payload, struct err *err)
{
	struct span pairs = span_slice(payload, 1, payload.len);
	size_t count;
	int order;

	if (payload.len == 0 || !milter_strings_valid(pairs, &count) ||
	    count % 2 != 0)
		return err_set(err, ERR_INPUT,
		    "expected names and values by turns, each ended by a NUL");
	order = order_of(payload.ptr[0]);
	if (order == ORDER_NONE)
		return 0;
	forget(macros, (size_t)order);
	if (buf_append_span(&macros->bytes, pairs) < 0)
		return err_set(
		    err, ERR_LIMIT, "more than %d bytes of them", MACROS_MAX);
	for (size_t i = (size_t)order; i < MILTER_STAGE_COUNT; i++)
		macros->end[i] = macros->bytes.len;
	return 0;
}

/* Whether the macro name at NAME is WANTED; the MTA may leave out the braces
 * of a name of one letter, or put them there. */
static bool
is_macro(const char *name, const char *wanted)
{
	size_t len = strlen(name);

	if (strcmp(name, wanted) == 0)
		return true;
	return len == 3 && name[0] == '{' && name[2] == '}' &&
	    name[1] == wanted[0] && wanted[1] == '\0';
}

/* The value of NAME among the bytes of one stage. */
static const char *
find_in_stage(const char *ptr, const char *end, const char *name)
{
	while (ptr < end) {
		const char *value = ptr + strlen(ptr) + 1;

		if (is_macro(ptr, name))
			return value;
		ptr = value + strlen(value) + 1;
	}
	return NULL;
}

const char *
native_macros_find(const struct native_macros *macros, const char *name)
{
	const char *bytes = macros->bytes.ptr;
	const char *value = NULL;

	if (macros->bytes.len == 0)
		return NULL;
	for (size_t i = MILTER_STAGE_COUNT; value == NULL && i-- > 0;)
		value = find_in_stage(
		    bytes + (i > 0 ? macros->end[i - 1] : 0),
		    bytes + macros->end[i], name);
	return value;
}

void
native_macros_end_message(struct native_macros *macros)
{
	forget(macros, ORDER_MAIL);
}

void
native_macros_clear(struct native_macros *macros)
{
	forget(macros, ORDER_CONNECT);
}
