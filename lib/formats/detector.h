/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detectors: numbers of persons and accounts in a text, told from other
 * numbers by what their issuers prescribe (length, structure, check digits,
 * ranges that are in use) and by how they are written.
 *
 * A hit has one of three confidences.  A number that stands alone as its
 * issuer's rules want it has the detector's own, below; one less if it is
 * written in no usual way, wrapped once at a line end, or joined to other
 * digits, one more if it is written in the usual groups; and one more if a word
 * such as "card" stands within DETECTOR_WINDOW characters of it.
 *
 *	payment card   medium   1 in 10 other numbers pass its check digit
 *	IBAN           medium   1 in 100
 *	US SSN         low      9 in 10, for it has no check digit
 *
 * Published test numbers count, for with them a rule is tried; numbers of one
 * repeated digit or of digits in sequence do not.
 */
#ifndef LUMBAR_FORMATS_DETECTOR_H
#define LUMBAR_FORMATS_DETECTOR_H

#include "base/span.h"

enum detector {
	/* ISO/IEC 7812-1: issuer's prefix and length, Luhn's check digit. */
	DETECTOR_PAYMENT_CARD,
	/* ISO 13616-1: the country's structure, ISO/IEC 7064 MOD 97-10. */
	DETECTOR_IBAN,
	/* Areas, groups and serials that the US Social Security Administration
	 * assigns since 2011, and numbers known from advertisements. */
	DETECTOR_US_SSN,
};

enum {
	DETECTOR_COUNT = DETECTOR_US_SSN + 1,
	DETECTOR_WINDOW = 300, /* characters before and behind a hit */
	DETECTOR_TAIL_SIZE = 5,
};

enum detector_confidence {
	CONFIDENCE_LOW,
	CONFIDENCE_MEDIUM,
	CONFIDENCE_HIGH,
};

enum { CONFIDENCE_COUNT = CONFIDENCE_HIGH + 1 };

/* "payment-card", ...; NULL-terminated, in the order of enum detector. */
extern const char *const detector_names[];

/* "low", "medium", "high", NULL. */
extern const char *const detector_confidences[];

struct detector_hit {
	size_t offset; /* bytes in the text */
	size_t length; /* bytes, separators included */
	/* The number without its separators: equal for equal numbers.  Of an
	 * IBAN 64 bits of a hash. */
	uint64_t value;
	enum detector_confidence confidence;
};

/*
 * Calls FOUND with CONTEXT for each hit of DETECTOR in TEXT, UTF-8, in the
 * order of the text; hits do not overlap.  Ends when FOUND returns false.
 * Takes time in proportion to TEXT and no memory.
 */
void detector_scan(enum detector detector, struct span text,
    bool (*found)(void *context, const struct detector_hit *hit),
    void *context);

/* Writes to TAIL the last four letters or digits of HIT in TEXT, which tell
 * whose number it is to those who know it and to nobody else. */
void detector_tail(struct span text, const struct detector_hit *hit,
    char tail[DETECTOR_TAIL_SIZE]);

#endif
