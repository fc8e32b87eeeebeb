/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json_out.h"

#include "base/escape.h"

#include <jansson.h>
#include <stdlib.h>

enum { TEXT_MAX = 64 << 20 }; /* bytes of one text, escaped */

/* A struct json_out is never defined: its pointers are jansson's. */
static json_t *
value_of(const struct json_out *json)
{
	return (json_t *)(uintptr_t)json;
}

static struct json_out *
made(json_t *value)
{
	/* jansson fails for want of memory only; then nobody can go on. */
	if (value == NULL)
		abort();
	return (struct json_out *)(void *)value;
}

static struct json_out *
set(struct json_out *object, const char *key, json_t *value)
{
	struct json_out *member = made(value);

	if (json_object_set_new(value_of(object), key, value) < 0)
		abort();
	return member;
}

static struct json_out *
add(struct json_out *array, json_t *value)
{
	struct json_out *member = made(value);

	if (json_array_append_new(value_of(array), value) < 0)
		abort();
	return member;
}

static json_t *
text_value(struct span text)
{
	struct buf escaped;
	struct span value;
	json_t *made_value;

	buf_init(&escaped, TEXT_MAX);
	(void)escape_text(text, &escaped);
	value = buf_span(&escaped);
	made_value = json_stringn(value.len > 0 ? value.ptr : "", value.len);
	buf_free(&escaped);
	return made_value;
}

struct json_out *
json_out_new(void)
{
	return made(json_object());
}

void
json_out_free(struct json_out **json)
{
	if (*json == NULL)
		return;
	json_decref(value_of(*json));
	*json = NULL;
}

struct json_out *
json_out_object(struct json_out *object, const char *key)
{
	return set(object, key, json_object());
}

struct json_out *
json_out_array(struct json_out *object, const char *key)
{
	return set(object, key, json_array());
}

void
json_out_text(struct json_out *object, const char *key, struct span text)
{
	(void)set(object, key, text_value(text));
}

void
json_out_number(struct json_out *object, const char *key, int64_t number)
{
	(void)set(object, key, json_integer((json_int_t)number));
}

void
json_out_bool(struct json_out *object, const char *key, bool truth)
{
	(void)set(object, key, json_boolean(truth));
}

struct json_out *
json_out_add_object(struct json_out *array)
{
	return add(array, json_object());
}

void
json_out_add_text(struct json_out *array, struct span text)
{
	(void)add(array, text_value(text));
}

int
json_out_print(const struct json_out *json, bool compact, FILE *out)
{
	size_t flags = compact ? JSON_COMPACT : JSON_INDENT(2);

	if (json_dumpf(value_of(json), out, flags) < 0 || putc('\n', out) < 0)
		return -1;
	return 0;
}
