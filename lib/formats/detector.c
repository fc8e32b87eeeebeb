/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/detector.h"

#include "formats/detector_number.h"

const char *const detector_names[] = { "payment-card", "iban", "us-ssn",
	NULL };
const char *const detector_confidences[] = { "low", "medium", "high", NULL };

/*
 * Words that say what a number near them is, in small letters.  Each begins
 * where a word does; with "*" behind it, it may go on.
 */
static const char *const card_words[] = { "amex", "card*", "carta di credito",
	"carte bancaire", "carte bleue", "cc#", "ccn", "credit card*",
	"creditcard*", "cvc*", "cvv*", "debit card*", "diners", "expir*",
	"karten*", "kreditk*", "maestro", "mastercard*", "tarjeta*",
	"valid thru", "visa", NULL };
static const char *const iban_words[] = { "account*", "bank*", "banque",
	"bic", "compte", "conto", "cuenta", "iban*", "konto*", "rekening*",
	"swift", NULL };
static const char *const ssn_words[] = { "soc sec", "social security*",
	"social-security*", "ss#", "ssa", "ssn*", "ssns", "tax id*",
	"taxpayer*", NULL };

static const struct {
	bool (*next)(
	    struct span text, size_t from, struct detector_hit *hit);
	const char *const *words;
} detectors[] = {
	[DETECTOR_PAYMENT_CARD] = { detector_next_card, card_words },
	[DETECTOR_IBAN] = { detector_next_iban, iban_words },
	[DETECTOR_US_SSN] = { detector_next_ssn, ssn_words },
};

/* True if not more than CHARACTERS characters stand between the bytes FROM and
 * TO of TEXT, in this order.  Takes time in proportion to CHARACTERS. */
static bool
is_near(struct span text, size_t from, size_t to, size_t characters)
{
	size_t count = 0;

	/* No character has more than four bytes, and none less than one. */
	if (to - from <= characters)
		return true;
	if (to - from > characters * 4)
		return false;
	for (size_t i = from; i < to; i++)
		if ((text.ptr[i] & 0xc0) != 0x80)
			count++;
	return count <= characters;
}

/* The words of a detector in a text, the ones before and behind a place that
 * moves on: what is found is gone over once. */
struct words {
	struct span text;
	const char *const *list;
	size_t before_end; /* of the last one before the place; 0: none */
	size_t next, next_end; /* of the first behind it; TEXT.len: none */
};

/* The length of LIST's word that begins at OFFSET of TEXT, or 0. */
static size_t
word_at(struct span text, size_t offset, const char *const *list)
{
	char first = span_lower(text.ptr[offset]);

	for (; *list != NULL; list++) {
		const char *word = *list;
		size_t at = offset;

		if (word[0] != first)
			continue;
		while (*word != '\0' && *word != '*' && at < text.len &&
		    span_lower(text.ptr[at]) == *word) {
			word++;
			at++;
		}
		if (*word == '*' ||
		    (*word == '\0' &&
			(at == text.len || !number_is_letter(text.ptr[at]))))
			return at - offset;
	}
	return 0;
}

/* Moves on to the next word. */
static void
find_word(struct words *words, size_t from)
{
	struct span text = words->text;
	bool inside = from > 0 && number_alnum_at(text, from - 1);

	for (; from < text.len; from++) {
		bool letter = number_is_letter(text.ptr[from]);
		size_t length = letter && !inside
		    ? word_at(text, from, words->list)
		    : 0;

		if (length > 0) {
			words->next = from;
			words->next_end = from + length;
			return;
		}
		inside = letter || number_is_digit(text.ptr[from]);
	}
	words->next = words->next_end = text.len;
}

/* True if a word is near what stands from START to END, behind all that was
 * asked about before. */
static bool
has_word_near(struct words *words, size_t start, size_t end)
{
	while (words->next < end) {
		if (words->next_end <= start)
			words->before_end = words->next_end;
		find_word(words, words->next_end);
	}
	if (words->before_end > 0 &&
	    is_near(
		words->text, words->before_end, start, DETECTOR_WINDOW))
		return true;
	return words->next < words->text.len &&
	    is_near(words->text, end, words->next, DETECTOR_WINDOW);
}

void
detector_scan(enum detector detector, struct span text,
    bool (*found)(void *context, const struct detector_hit *hit),
    void *context)
{
	struct words words = {
		.text = text,
		.list = detectors[detector].words,
	};
	struct detector_hit hit;
	size_t from = 0;
	bool first = true;

	while (detectors[detector].next(text, from, &hit)) {
		/* Most texts have no hit, and need no look at their words. */
		if (first)
			find_word(&words, 0);
		first = false;
		if (hit.confidence < CONFIDENCE_HIGH &&
		    has_word_near(
			&words, hit.offset, hit.offset + hit.length))
			hit.confidence++;
		if (!found(context, &hit))
			return;
		from = hit.offset + hit.length;
	}
}

void
detector_tail(struct span text, const struct detector_hit *hit,
    char tail[DETECTOR_TAIL_SIZE])
{
	size_t at = hit->offset + hit->length;
	size_t left = DETECTOR_TAIL_SIZE - 1;

	tail[left] = '\0';
	while (left > 0 && at > hit->offset)
		if (number_alnum_at(text, --at))
			tail[--left] = text.ptr[at];
}
