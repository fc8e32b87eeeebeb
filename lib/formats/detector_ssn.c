/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Social security numbers of the United States: area, group, serial.
 */
#include "formats/detector_number.h"

enum {
	AREA_DIGITS = 3,
	GROUP_DIGITS = 2,
	SERIAL_DIGITS = 4,
	DIGITS = AREA_DIGITS + GROUP_DIGITS + SERIAL_DIGITS,
};

/* Printed in advertisements and on sample cards. */
static const uint64_t withdrawn[] = { 78051120, 219099999, 457555462 };

/* Since 2011 areas say nothing of the place, and all but these are in use; 9xx
 * are taxpayers who have no social security number. */
static bool
is_assigned(const unsigned char *digits, uint64_t value)
{
	uint64_t area = value / 1000000;

	if (area == 0 || area == 666 || area >= 900 ||
	    value / 10000 % 100 == 0 || value % 10000 == 0)
		return false;
	for (size_t i = 0; i < sizeof(withdrawn) / sizeof(withdrawn[0]); i++)
		if (value == withdrawn[i])
			return false;
	return !number_is_trivial(digits, DIGITS);
}

/* Takes COUNT digits at *AT of TEXT. */
static bool
take_digits(struct span text, size_t *at, size_t count, unsigned char **digits)
{
	for (size_t i = 0; i < count; i++) {
		if (!number_digit_at(text, *at))
			return false;
		*(*digits)++ = (unsigned char)(text.ptr[(*at)++] - '0');
	}
	return true;
}

/* True if the number from START to END has a blank and more digits beside it,
 * as the cells of a table do. */
static bool
is_in_row(struct span text, size_t start, size_t end)
{
	size_t length;

	if (start >= 2 && text.ptr[start - 1] == ' ' &&
	    number_is_digit(text.ptr[start - 2]))
		return true;
	return number_separator_at(text, end, &length) == SEPARATOR_BLANK &&
	    number_digit_at(text, end + length);
}

static bool
read_ssn(struct span text, size_t start, struct detector_hit *hit)
{
	unsigned char digits[DIGITS];
	unsigned char *next = digits;
	size_t at = start;
	size_t length;
	enum number_separator separator;
	uint64_t value = 0;

	if (!take_digits(text, &at, AREA_DIGITS, &next))
		return false;
	separator = number_separator_at(text, at, &length);
	at += length;
	if (!take_digits(text, &at, GROUP_DIGITS, &next) ||
	    number_separator_at(text, at, &length) != separator)
		return false;
	at += length;
	if (!take_digits(text, &at, SERIAL_DIGITS, &next) ||
	    number_alnum_at(text, at))
		return false;
	for (size_t i = 0; i < DIGITS; i++)
		value = value * 10 + digits[i];
	if (!is_assigned(digits, value))
		return false;
	*hit = (struct detector_hit){
		.offset = start,
		.length = at - start,
		.value = value,
		.confidence = CONFIDENCE_MEDIUM,
	};
	if (separator == SEPARATOR_NONE || number_is_joined(text, start, at) ||
	    (separator == SEPARATOR_BLANK && is_in_row(text, start, at)))
		hit->confidence = CONFIDENCE_LOW;
	return true;
}

bool
detector_next_ssn(struct span text, size_t from, struct detector_hit *hit)
{
	while ((from = number_next_digit(text, from)) < text.len) {
		bool begins = from == 0 || !number_alnum_at(text, from - 1);

		if (begins && read_ssn(text, from, hit))
			return true;
		from = number_skip_digits(text, from);
	}
	return false;
}
