/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the detectors have in common: how numbers stand in a text.  Private to
 * detector*.c.
 */
#ifndef LUMBAR_FORMATS_DETECTOR_NUMBER_H
#define LUMBAR_FORMATS_DETECTOR_NUMBER_H

#include "formats/detector.h"

/* Each finds the first hit in TEXT that starts at FROM or later, and sets *HIT
 * without regard to words near it. */
bool detector_next_card(
    struct span text, size_t from, struct detector_hit *hit);
bool detector_next_iban(
    struct span text, size_t from, struct detector_hit *hit);
bool detector_next_ssn(
    struct span text, size_t from, struct detector_hit *hit);

static inline bool
number_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
number_is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* True if a digit stands at OFFSET; there may be nothing. */
static inline bool
number_digit_at(struct span text, size_t offset)
{
	return offset < text.len && number_is_digit(text.ptr[offset]);
}

/* The same for an ASCII letter or a digit.  Letters of other scripts are no
 * part of any number and may touch it. */
static inline bool
number_alnum_at(struct span text, size_t offset)
{
	return offset < text.len &&
	    (number_is_digit(text.ptr[offset]) ||
		number_is_letter(text.ptr[offset]));
}

/* The offset of the first digit at FROM or later, or text.len. */
size_t number_next_digit(struct span text, size_t from);

/* The offset of the first byte at FROM or later that is no digit. */
size_t number_skip_digits(struct span text, size_t from);

/* What may stand between the groups of a number. */
enum number_separator {
	SEPARATOR_NONE,
	SEPARATOR_BLANK, /* also one that does not break the line */
	SEPARATOR_DASH,  /* of any length */
};

/* The separator of more than one byte at OFFSET, and its *LENGTH in bytes. */
enum number_separator number_separator_beyond_ascii(
    struct span text, size_t offset, size_t *length);

/* Any separator at OFFSET, and its *LENGTH in bytes. */
static inline enum number_separator
number_separator_at(struct span text, size_t offset, size_t *length)
{
	char c = offset < text.len ? text.ptr[offset] : '\0';

	if ((c & 0x80) != 0)
		return number_separator_beyond_ascii(text, offset, length);
	*length = c == ' ' || c == '-' ? 1 : 0;
	return c == ' ' ? SEPARATOR_BLANK
	    : c == '-'	? SEPARATOR_DASH
			: SEPARATOR_NONE;
}

/*
 * The length in bytes of what stands at OFFSET between two groups where a text
 * was wrapped, or is set in columns: blanks and tabs, with one dash and one
 * line end among them.  *WRAPS if there is a line end.  0 if something else
 * stands there, or more than a few bytes.
 */
size_t number_gap_at(struct span text, size_t offset, bool *wraps);

/* True if the number from START to END is one piece of something longer such
 * as 1.234 or 12-34-5. */
bool number_is_joined(struct span text, size_t start, size_t end);

/* True if the COUNT DIGITS (values, not characters) are all the same, or each
 * is the one before plus or minus 1: what people type to fill a form. */
bool number_is_trivial(const unsigned char *digits, size_t count);

#endif
