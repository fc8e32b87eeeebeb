/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of payment cards (ISO/IEC 7812-1).
 */
#include "formats/detector_number.h"

enum {
	DIGITS_MIN = 12,
	DIGITS_MAX = 19,
	PREFIX_DIGITS = 4,
};

#define LENGTH(digits) (1u << (digits))
#define LENGTHS(from, to) (LENGTH((to) + 1) - LENGTH(from))

/*
 * Who issues which numbers: the first four digits, and how long the numbers
 * are.  RARE lengths are seldom met, so that a bare number of that length is
 * more often something else.  In the order of the prefixes.
 */
static const struct issuer {
	unsigned first, last;
	unsigned lengths, rare;
} issuers[] = {
	{ 1000, 1999, LENGTH(15), LENGTH(15) },           /* UATP */
	{ 2200, 2204, LENGTHS(16, 19), LENGTHS(17, 19) }, /* Mir */
	{ 2221, 2720, LENGTH(16), 0 },                    /* MasterCard */
	{ 3000, 3059, LENGTHS(14, 19), LENGTHS(15, 19) }, /* Diners Club */
	{ 3095, 3095, LENGTHS(14, 19), LENGTHS(15, 19) },
	{ 3400, 3499, LENGTH(15), 0 },                    /* American Express */
	{ 3528, 3589, LENGTHS(16, 19), LENGTHS(17, 19) }, /* JCB */
	{ 3600, 3699, LENGTHS(14, 19), LENGTHS(15, 19) }, /* Diners Club */
	{ 3700, 3799, LENGTH(15), 0 },                    /* American Express */
	{ 3800, 3999, LENGTHS(14, 19), LENGTHS(15, 19) }, /* Diners Club */
	{ 4000, 4999, LENGTH(13) | LENGTH(16) | LENGTH(19),
	    LENGTH(13) | LENGTH(19) },                    /* Visa */
	{ 5000, 5099, LENGTHS(12, 19), ~LENGTH(16) },     /* Maestro */
	{ 5100, 5599, LENGTH(16), 0 },                    /* MasterCard */
	{ 5600, 5999, LENGTHS(12, 19), ~LENGTH(16) },     /* Maestro */
	{ 6011, 6011, LENGTHS(16, 19), LENGTHS(17, 19) }, /* Discover */
	{ 6200, 6299, LENGTHS(14, 19), LENGTHS(14, 15) }, /* UnionPay */
	{ 6300, 6399, LENGTHS(12, 19), ~LENGTH(16) },     /* Maestro */
	{ 6440, 6599, LENGTHS(16, 19), LENGTHS(17, 19) }, /* Discover */
	{ 6700, 6799, LENGTHS(12, 19), ~LENGTH(16) },     /* Maestro */
	{ 8100, 8199, LENGTHS(14, 19), LENGTHS(14, 15) }, /* UnionPay */
	{ 9792, 9792, LENGTH(16), 0 },                    /* Troy */
};

/* Digits taken from a text, with what is needed to judge them at any time. */
struct number {
	unsigned char digits[DIGITS_MAX];
	size_t count;
	/* Luhn's sums where the digits of even or odd index are doubled: which
	 * of them counts depends on how many digits there will be. */
	unsigned sums[2];
	uint64_t value;
	unsigned char groups[DIGITS_MAX]; /* how many digits each has */
	size_t group_count;
	enum number_separator separator;
	bool mixed; /* different separators */
	bool spread; /* more than a separator between the groups */
	bool wraps;  /* a line end is among it */
};

static void
add_digit(struct number *number, char c)
{
	unsigned digit = (unsigned)(c - '0');
	unsigned twice = digit < 5 ? digit * 2 : digit * 2 - 9;

	number->sums[number->count % 2] += twice;
	number->sums[1 - number->count % 2] += digit;
	number->value = number->value * 10 + digit;
	number->digits[number->count++] = (unsigned char)digit;
}

static bool
passes_luhn(const struct number *number)
{
	/* The last digit is not doubled, the one before it is. */
	return number->sums[number->count % 2] % 10 == 0;
}

/* The issuer of NUMBER, of which as many digits are known as a prefix has, if
 * its lengths have one of LENGTHS, or NULL. */
static const struct issuer *
find_issuer(const struct number *number, unsigned lengths)
{
	unsigned prefix = 0;

	for (size_t i = 0; i < PREFIX_DIGITS; i++)
		prefix = prefix * 10 + number->digits[i];
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++)
		if (prefix >= issuers[i].first && prefix <= issuers[i].last &&
		    (issuers[i].lengths & lengths) != 0)
			return &issuers[i];
	return NULL;
}

/* True if the groups are those that cards and forms have: fours, of which the
 * last may be shorter; 4-6-5 and 4-6-4; 4-3-3-3; 6-13. */
static bool
is_usual(const struct number *number)
{
	static const unsigned char others[][4] = { { 4, 6, 5 }, { 4, 6, 4 },
		{ 4, 3, 3, 3 }, { 6, 13 } };
	bool fours = true;

	if (number->mixed)
		return false;
	for (size_t i = 0; i + 1 < number->group_count; i++)
		if (number->groups[i] != 4)
			fours = false;
	if (fours && number->groups[number->group_count - 1] <= 4)
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t same = 0;

		while (same < number->group_count && same < 4 &&
		    number->groups[same] == others[i][same])
			same++;
		if (same == number->group_count &&
		    (same == 4 || others[i][same] == 0))
			return true;
	}
	return false;
}

/* What NUMBER, which stands from START to END of TEXT, is: true and *HIT if it
 * is a card's. */
static bool
judge(const struct number *number, struct span text, size_t start, size_t end,
    struct detector_hit *hit)
{
	const struct issuer *issuer;

	if (number->count < DIGITS_MIN || !passes_luhn(number) ||
	    number_alnum_at(text, end) ||
	    number_is_trivial(number->digits, number->count))
		return false;
	issuer = find_issuer(number, LENGTH(number->count));
	if (issuer == NULL)
		return false;
	*hit = (struct detector_hit){
		.offset = start,
		.length = end - start,
		.value = number->value,
		.confidence = CONFIDENCE_MEDIUM,
	};
	/* Groups that are far apart are a number only if they look it. */
	if (number->spread && !is_usual(number))
		return false;
	if (number->spread || number_is_joined(text, start, end))
		hit->confidence = CONFIDENCE_LOW;
	else if (number->group_count > 1)
		hit->confidence =
		    is_usual(number) ? CONFIDENCE_HIGH : CONFIDENCE_LOW;
	else if ((issuer->rare & LENGTH(number->count)) != 0)
		hit->confidence = CONFIDENCE_LOW;
	return true;
}

/* Takes the separator at *AT of TEXT: false if there is none before a digit. */
static bool
take_separator(struct number *number, struct span text, size_t *at)
{
	size_t length;
	enum number_separator separator =
	    number_separator_at(text, *at, &length);

	if (separator == SEPARATOR_NONE ||
	    !number_digit_at(text, *at + length))
		return false;
	if (number->separator != SEPARATOR_NONE &&
	    number->separator != separator)
		number->mixed = true;
	number->separator = separator;
	*at += length;
	return true;
}

/* The same of what may stand between groups that are far apart.  A number wraps
 * once: digits below digits are a column. */
static bool
take_gap(struct number *number, struct span text, size_t *at)
{
	bool wraps;
	size_t length = number_gap_at(text, *at, &wraps);

	if (length == 0 || (wraps && number->wraps) ||
	    !number_digit_at(text, *at + length))
		return false;
	number->spread = true;
	number->wraps |= wraps;
	*at += length;
	return true;
}

/* The best reading of the digits that start at START, with what TAKE takes
 * between groups: *HIT and true.  Behind a number its month or another number
 * may follow, so it may end with any group; of two readings the better written
 * is meant, then the longer. */
static bool
read_groups(struct span text, size_t start,
    bool (*take)(struct number *number, struct span text, size_t *at),
    struct detector_hit *hit)
{
	struct number number = { .count = 0 };
	size_t at = start;
	bool found = false;

	do {
		size_t before = number.count;
		struct detector_hit candidate;

		while (number_digit_at(text, at)) {
			if (number.count == DIGITS_MAX)
				return found;
			add_digit(&number, text.ptr[at++]);
		}
		number.groups[number.group_count++] =
		    (unsigned char)(number.count - before);
		/* Of most numbers the first digits are enough to tell. */
		if (before < PREFIX_DIGITS && number.count >= PREFIX_DIGITS &&
		    find_issuer(&number, ~0u) == NULL)
			return false;
		if (!judge(&number, text, start, at, &candidate))
			continue;
		if (!found || candidate.confidence >= hit->confidence)
			*hit = candidate;
		found = true;
	} while (take(&number, text, &at));
	return found;
}

/* The number that starts at START: *HIT and true.  One whose groups are far
 * apart gives way to a better one that begins within it, on the next line
 * perhaps. */
static bool
read_card(struct span text, size_t start, struct detector_hit *hit)
{
	size_t end;

	if (read_groups(text, start, take_separator, hit))
		return true;
	if (!read_groups(text, start, take_gap, hit))
		return false;
	end = hit->offset + hit->length;
	do {
		start = number_skip_digits(text, start);
		start = number_next_digit(text, start);
	} while (start < end && !read_groups(text, start, take_separator, hit));
	return true;
}

bool
detector_next_card(struct span text, size_t from, struct detector_hit *hit)
{
	while ((from = number_next_digit(text, from)) < text.len) {
		bool begins = from == 0 || !number_alnum_at(text, from - 1);

		if (begins && read_card(text, from, hit))
			return true;
		from = number_skip_digits(text, from);
	}
	return false;
}
