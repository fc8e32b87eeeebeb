/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/detector_number.h"

#include <string.h>

/* Any of the eight bytes at PTR is a digit.  Most text has none, and this looks
 * at eight bytes at once. */
static bool
has_digit(const char *ptr)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, ptr, sizeof(word));
	/* A digit becomes its value, all else 10 or more; the borrow of a
	 * subtraction reaches bit 7 of a byte below 10. */
	word ^= ones * '0';
	return ((word - ones * 10) & ~word & ones * 0x80) != 0;
}

size_t
number_next_digit(struct span text, size_t from)
{
	while (text.len - from >= sizeof(uint64_t) &&
	    !has_digit(text.ptr + from))
		from += sizeof(uint64_t);
	while (from < text.len && !number_is_digit(text.ptr[from]))
		from++;
	return from;
}

size_t
number_skip_digits(struct span text, size_t from)
{
	while (from < text.len && number_is_digit(text.ptr[from]))
		from++;
	return from;
}

/* Those beyond ASCII, in UTF-8. */
static const struct {
	struct span bytes;
	enum number_separator separator;
} separators[] = {
	{ SPAN_INIT("\302\240"), SEPARATOR_BLANK },     /* U+00A0 */
	{ SPAN_INIT("\342\200\257"), SEPARATOR_BLANK }, /* U+202F */
	{ SPAN_INIT("\342\200\220"), SEPARATOR_DASH },  /* U+2010 */
	{ SPAN_INIT("\342\200\221"), SEPARATOR_DASH },  /* U+2011 */
	{ SPAN_INIT("\342\200\222"), SEPARATOR_DASH },  /* U+2012 */
	{ SPAN_INIT("\342\200\223"), SEPARATOR_DASH },  /* U+2013 */
	{ SPAN_INIT("\342\200\224"), SEPARATOR_DASH },  /* U+2014 */
	{ SPAN_INIT("\342\210\222"), SEPARATOR_DASH },  /* U+2212 */
};

enum number_separator
number_separator_beyond_ascii(
    struct span text, size_t offset, size_t *length)
{
	struct span rest = span_slice(text, offset, text.len);

	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]);
	    i++)
		if (span_starts(rest, separators[i].bytes)) {
			*length = separators[i].bytes.len;
			return separators[i].separator;
		}
	*length = 0;
	return SEPARATOR_NONE;
}

/* Longest gap in bytes.  What is further apart are columns of their own. */
enum { GAP_MAX = 8 };

/* The length of the line end at OFFSET, or 0. */
static size_t
line_end_at(struct span text, size_t offset)
{
	struct span rest = span_slice(text, offset, text.len);

	return span_starts(rest, SPAN("\r\n")) ? 2
	    : span_starts(rest, SPAN("\n"))	? 1
						: 0;
}

size_t
number_gap_at(struct span text, size_t offset, bool *wraps)
{
	size_t at = offset;
	bool dash = false;

	*wraps = false;
	while (at - offset <= GAP_MAX) {
		size_t length;
		enum number_separator separator =
		    number_separator_at(text, at, &length);

		if (separator == SEPARATOR_NONE && at < text.len &&
		    text.ptr[at] == '\t')
			length = 1;
		if (length == 0) {
			length = line_end_at(text, at);
			if (length == 0)
				return at - offset;
			if (*wraps)
				return 0;
			*wraps = true;
		}
		if (separator == SEPARATOR_DASH) {
			if (dash)
				return 0;
			dash = true;
		}
		at += length;
	}
	return 0;
}

static bool
joins(char c)
{
	return c == '-' || c == '.';
}

bool
number_is_joined(struct span text, size_t start, size_t end)
{
	if (start >= 2 && joins(text.ptr[start - 1]) &&
	    number_is_digit(text.ptr[start - 2]))
		return true;
	return end < text.len && joins(text.ptr[end]) &&
	    number_digit_at(text, end + 1);
}

bool
number_is_trivial(const unsigned char *digits, size_t count)
{
	/* Modulo 10: 9 is followed by 0, and the other way round. */
	unsigned step = count < 2 ? 0 : (digits[1] + 10u - digits[0]) % 10;

	if (step > 1 && step < 9)
		return false;
	for (size_t i = 1; i < count; i++)
		if ((digits[i] + 10u - digits[i - 1]) % 10 != step)
			return false;
	return true;
}
