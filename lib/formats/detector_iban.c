/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * International bank account numbers (ISO 13616-1): country, two check digits,
 * and what the country itself calls an account.
 */
#include "formats/detector_number.h"

#include "base/siphash.h"

#include <stdlib.h>
#include <string.h>

enum {
	COUNTRY_LETTERS = 2,
	HEAD = 4, /* country and check digits */
	LENGTH_MAX = 34,
	GROUP = 4, /* characters, as it is printed */
};

/*
 * The countries of the registry that SWIFT keeps, sorted, and what their
 * accounts look like: runs of n digits, a capital letters, c of either.
 */
static const struct country {
	char code[COUNTRY_LETTERS + 1];
	char account[12];
} countries[] = {
	{ "AD", "8n12c" }, { "AE", "19n" }, { "AL", "8n16c" }, { "AT", "16n" },
	{ "AZ", "4a20c" }, { "BA", "16n" }, { "BE", "12n" },
	{ "BG", "4a6n8c" }, { "BH", "4a14c" }, { "BI", "23n" },
	{ "BR", "23n1a1c" }, { "BY", "4c4n16c" }, { "CH", "5n12c" },
	{ "CR", "18n" }, { "CY", "8n16c" }, { "CZ", "20n" }, { "DE", "18n" },
	{ "DJ", "23n" }, { "DK", "14n" }, { "DO", "4c20n" }, { "EE", "16n" },
	{ "EG", "25n" }, { "ES", "20n" }, { "FI", "14n" }, { "FK", "2a12n" },
	{ "FO", "14n" }, { "FR", "10n11c2n" }, { "GB", "4a14n" },
	{ "GE", "2a16n" }, { "GI", "4a15c" }, { "GL", "14n" },
	{ "GR", "7n16c" }, { "GT", "24c" }, { "HN", "4a20n" }, { "HR", "17n" },
	{ "HU", "24n" }, { "IE", "4a14n" }, { "IL", "19n" }, { "IQ", "4a15n" },
	{ "IS", "22n" }, { "IT", "1a10n12c" }, { "JO", "4a4n18c" },
	{ "KW", "4a22c" }, { "KZ", "3n13c" }, { "LB", "4n20c" },
	{ "LC", "4a24c" }, { "LI", "5n12c" }, { "LT", "16n" },
	{ "LU", "3n13c" }, { "LV", "4a13c" }, { "LY", "21n" },
	{ "MC", "10n11c2n" }, { "MD", "20c" }, { "ME", "18n" },
	{ "MK", "3n10c2n" }, { "MN", "16n" }, { "MR", "23n" },
	{ "MT", "4a5n18c" }, { "MU", "4a19n3a" }, { "NI", "4a20n" },
	{ "NL", "4a10n" }, { "NO", "11n" }, { "OM", "3n16c" },
	{ "PK", "4a16c" }, { "PL", "24n" }, { "PS", "4a21c" }, { "PT", "21n" },
	{ "QA", "4a21c" }, { "RO", "4a16c" }, { "RS", "18n" },
	{ "RU", "14n15c" }, { "SA", "2n18c" }, { "SC", "4a20n3a" },
	{ "SD", "14n" }, { "SE", "20n" }, { "SI", "15n" }, { "SK", "20n" },
	{ "SM", "1a10n12c" }, { "SO", "19n" }, { "ST", "21n" },
	{ "SV", "4a20n" }, { "TL", "19n" }, { "TN", "20n" }, { "TR", "6n16c" },
	{ "UA", "6n19c" }, { "VA", "18n" }, { "VG", "4a16n" }, { "XK", "16n" },
	{ "YE", "4a4n18c" },
};

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static int
compare_country(const void *code, const void *country)
{
	return memcmp(
	    code, ((const struct country *)country)->code, COUNTRY_LETTERS);
}

/* The country with the code at PTR, in any case, or NULL. */
static const struct country *
find_country(const char *ptr)
{
	char code[COUNTRY_LETTERS] = { upper(ptr[0]), upper(ptr[1]) };

	return bsearch(code, countries,
	    sizeof(countries) / sizeof(countries[0]), sizeof(countries[0]),
	    compare_country);
}

/* Takes the next run, such as 16n, off *RUNS: how many, and *KIND. */
static size_t
next_run(const char **runs, char *kind)
{
	size_t count = 0;

	while (number_is_digit(**runs))
		count = count * 10 + (size_t)(*(*runs)++ - '0');
	*kind = *(*runs)++;
	return count;
}

static size_t
length_of(const struct country *country)
{
	const char *runs = country->account;
	size_t length = HEAD;
	char kind;

	while (*runs != '\0')
		length += next_run(&runs, &kind);
	return length;
}

/* True if ACCOUNT, in capitals, is as COUNTRY has them. */
static bool
has_structure(const struct country *country, const char *account)
{
	const char *runs = country->account;
	char kind;

	while (*runs != '\0')
		for (size_t left = next_run(&runs, &kind); left > 0; left--) {
			bool digit = number_is_digit(*account++);

			if ((kind == 'n' && !digit) || (kind == 'a' && digit))
				return false;
		}
	return true;
}

/* ISO/IEC 7064 MOD 97-10 over the account and then the head, where a letter
 * stands for two digits. */
static bool
passes_check(const char *iban, size_t length)
{
	unsigned check = (unsigned)(iban[2] - '0') * 10 +
	    (unsigned)(iban[3] - '0');
	unsigned rest = 0;

	/* The others have the same remainder as one of these, and are never
	 * computed. */
	if (!number_is_digit(iban[3]) || check < 2 || check > 98)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = iban[(i + HEAD) % length];

		rest = number_is_digit(c)
		    ? rest * 10 + (unsigned)(c - '0')
		    : rest * 100 + (unsigned)(c - 'A') + 10;
		rest %= 97;
	}
	return rest == 1;
}

/* How an IBAN is written. */
struct writing {
	size_t groups; /* 1: without separators */
	bool odd;      /* groups of other than four, or different separators */
	bool wraps;    /* a line end stands between groups */
	bool small, capital; /* letters */
};

/* Takes what stands at *AT of TEXT between two groups, behind COUNT characters,
 * if anything, where FIRST stood between the first two.  False if it is too
 * much. */
static bool
take_separator(struct span text, size_t *at, size_t count,
    enum number_separator *first, struct writing *writing)
{
	enum number_separator separator;
	size_t length, gap;
	bool wraps;

	if (number_alnum_at(text, *at))
		return true;
	separator = number_separator_at(text, *at, &length);
	gap = number_gap_at(text, *at, &wraps);
	/* It wraps once: what stands below it else is a column. */
	if (gap == 0 || (wraps && writing->wraps))
		return false;
	writing->wraps |= wraps;
	if (*first == SEPARATOR_NONE)
		*first = separator;
	if (gap > length || count != writing->groups * GROUP ||
	    separator != *first)
		writing->odd = true;
	writing->groups++;
	*at += gap;
	return true;
}

/* Takes LENGTH letters and digits, with separators between groups, from *AT of
 * TEXT into IBAN in capitals.  False if there are not as many. */
static bool
take_iban(struct span text, size_t *at, size_t length, char *iban,
    struct writing *writing)
{
	enum number_separator first = SEPARATOR_NONE;

	for (size_t count = 0; count < length; count++) {
		if (!take_separator(text, at, count, &first, writing) ||
		    !number_alnum_at(text, *at))
			return false;
		iban[count] = upper(text.ptr[*at]);
		if (iban[count] != text.ptr[*at])
			writing->small = true;
		else if (number_is_letter(text.ptr[*at]))
			writing->capital = true;
		(*at)++;
	}
	if (writing->groups > 1 &&
	    writing->groups != (length + GROUP - 1) / GROUP)
		writing->odd = true;
	return true;
}

/* The number whose country is at START of TEXT, or false. */
static bool
read_iban(struct span text, size_t start, struct detector_hit *hit)
{
	const struct country *country = find_country(text.ptr + start);
	char iban[LENGTH_MAX];
	struct writing writing = { .groups = 1 };
	size_t length, at = start;

	if (country == NULL)
		return false;
	length = length_of(country);
	if (!take_iban(text, &at, length, iban, &writing) ||
	    number_alnum_at(text, at) ||
	    !has_structure(country, iban + HEAD) ||
	    !passes_check(iban, length))
		return false;
	*hit = (struct detector_hit){
		.offset = start,
		.length = at - start,
		/* No secret is needed: who makes two accounts look like one
		 * has to own one of them. */
		.value = siphash_of((struct siphash){ { 0, 0 } },
		    span_make(iban, length)).word[0],
		.confidence = CONFIDENCE_MEDIUM,
	};
	if (writing.odd || (writing.small && writing.capital))
		hit->confidence = CONFIDENCE_LOW;
	else if (writing.groups > 1)
		hit->confidence = CONFIDENCE_HIGH;
	return true;
}

/* True if the digit at AT is the first of two behind two letters that begin a
 * word. */
static bool
is_head(struct span text, size_t at)
{
	return at >= COUNTRY_LETTERS && number_is_letter(text.ptr[at - 1]) &&
	    number_is_letter(text.ptr[at - 2]) &&
	    (at == COUNTRY_LETTERS || !number_alnum_at(text, at - 3)) &&
	    number_digit_at(text, at + 1);
}

bool
detector_next_iban(struct span text, size_t from, struct detector_hit *hit)
{
	size_t at = from;

	while ((at = number_next_digit(text, at)) < text.len) {
		if (is_head(text, at) && at - COUNTRY_LETTERS >= from &&
		    read_iban(text, at - COUNTRY_LETTERS, hit))
			return true;
		at = number_skip_digits(text, at);
	}
	return false;
}
