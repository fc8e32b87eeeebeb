/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"

#include <string.h>

struct span
span_of(const char *string)
{
	return (struct span){ string, string != NULL ? strlen(string) : 0 };
}

struct span
span_make(const char *ptr, size_t len)
{
	return (struct span){ ptr, len };
}

struct span
span_slice(struct span span, size_t from, size_t to)
{
	if (to > span.len)
		to = span.len;
	if (from > to)
		from = to;
	/* NULL + 0 is undefined behaviour, and an empty span may be NULL. */
	if (span.ptr == NULL)
		return span;
	return (struct span){ span.ptr + from, to - from };
}

bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
span_equal_case(struct span a, struct span b)
{
	return a.len == b.len && span_starts_case(a, b);
}

int
span_compare(struct span a, struct span b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

int
span_compare_case(struct span a, struct span b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		unsigned char left = (unsigned char)span_lower(a.ptr[i]);
		unsigned char right = (unsigned char)span_lower(b.ptr[i]);

		if (left != right)
			return left < right ? -1 : 1;
	}
	return (a.len > b.len) - (a.len < b.len);
}

bool
span_starts(struct span span, struct span prefix)
{
	return span_equal(span_slice(span, 0, prefix.len), prefix);
}

bool
span_starts_case(struct span span, struct span prefix)
{
	if (span.len < prefix.len)
		return false;
	for (size_t i = 0; i < prefix.len; i++)
		if (span_lower(span.ptr[i]) != span_lower(prefix.ptr[i]))
			return false;
	return true;
}

bool
span_ends_case(struct span span, struct span suffix)
{
	if (span.len < suffix.len)
		return false;
	return span_equal_case(
	    span_slice(span, span.len - suffix.len, span.len), suffix);
}

size_t
span_find(struct span span, char c)
{
	const char *found = NULL;

	if (span.len > 0)
		found = memchr(span.ptr, c, span.len);
	return found != NULL ? (size_t)(found - span.ptr) : span.len;
}

size_t
span_find_last(struct span span, char c)
{
	for (size_t i = span.len; i > 0; i--)
		if (span.ptr[i - 1] == c)
			return i - 1;
	return span.len;
}

size_t
span_find_case(struct span span, struct span needle)
{
	for (size_t i = 0; i + needle.len <= span.len; i++)
		if (span_starts_case(span_slice(span, i, span.len), needle))
			return i;
	return span.len;
}

bool
span_is_ascii(struct span span)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	size_t i = 0;
	uint64_t word;

	for (; span.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, span.ptr + i, sizeof(word));
		if ((word & high_bits) != 0)
			return false;
	}
	for (; i < span.len; i++)
		if ((unsigned char)span.ptr[i] > 0x7f)
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span span)
{
	size_t from = 0;
	size_t to = span.len;

	while (from < to && is_blank(span.ptr[from]))
		from++;
	while (to > from && is_blank(span.ptr[to - 1]))
		to--;
	return span_slice(span, from, to);
}

bool
span_next(struct span *rest, char separator, struct span *item)
{
	size_t end;

	if (rest->ptr == NULL)
		return false;
	end = span_find(*rest, separator);
	if (end == rest->len) {
		*item = *rest;
		*rest = (struct span){ NULL, 0 };
		return item->len > 0;
	}
	*item = span_slice(*rest, 0, end);
	*rest = span_slice(*rest, end + 1, rest->len);
	return true;
}

int
span_number(struct span span, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (span.len == 0)
		return -1;
	for (size_t i = 0; i < span.len; i++) {
		unsigned digit = (unsigned)((unsigned char)span.ptr[i] - '0');

		if (digit > 9 || value > (max - digit) / 10 || digit > max)
			return -1;
		value = value * 10 + digit;
	}
	*number = value;
	return 0;
}
