/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/header.h"

/* Bytes of a field on the wire, where each of its lines ends in CRLF. */
static size_t
wire_size(struct span name, struct span value)
{
	size_t size = name.len + 1 + value.len + 2;

	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] == '\n')
			size++;
	return size;
}

void
header_list_add(struct header_list *list, struct pool *pool,
    struct span name, struct span value)
{
	list->items = pool_grow(
	    pool, list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct header){ name, value };
	list->bytes += wire_size(name, value);
}

const struct header *
header_list_find(const struct header_list *list, struct span name, size_t nth)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_equal_case(list->items[i].name, name) && nth-- == 0)
			return &list->items[i];
	return NULL;
}

size_t
header_list_count(const struct header_list *list, struct span name)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (span_equal_case(list->items[i].name, name))
			count++;
	return count;
}

struct span
header_value_read(struct pool *pool, struct span text)
{
	char *value = pool_alloc(pool, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '\r' || i + 1 == text.len ||
		    text.ptr[i + 1] != '\n')
			value[len++] = text.ptr[i];
	while (len > 0 && value[len - 1] == '\n')
		len--;
	return span_make(value, len);
}

/* The length of the line end at AT if a blank follows it, else 0. */
static size_t
fold_at(struct span value, size_t at)
{
	size_t end = at;

	if (end < value.len && value.ptr[end] == '\r')
		end++;
	if (end >= value.len || value.ptr[end] != '\n')
		return 0;
	end++;
	if (end >= value.len ||
	    (value.ptr[end] != ' ' && value.ptr[end] != '\t'))
		return 0;
	return end - at;
}

struct span
header_unfold(struct pool *pool, struct span value)
{
	size_t len = 0;
	char *unfolded;

	value = span_trim(value);
	if (span_find(value, '\n') == value.len)
		return value;
	unfolded = pool_alloc(pool, value.len);
	for (size_t i = 0; i < value.len;) {
		size_t fold = fold_at(value, i);

		if (fold == 0)
			unfolded[len++] = value.ptr[i++];
		i += fold;
	}
	return span_make(unfolded, len);
}

int
header_name_check(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] < '!' || name.ptr[i] > '~' ||
		    name.ptr[i] == ':')
			return -1;
	return name.len > 0 ? 0 : -1;
}
