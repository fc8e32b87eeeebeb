/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The quoted-printable transfer encoding (RFC 2045 section 6.7), decoded as it
 * streams by.  What is no valid escape is kept as it stands, as the RFC
 * advises.
 */
#ifndef LUMBAR_FORMATS_QUOTED_PRINTABLE_H
#define LUMBAR_FORMATS_QUOTED_PRINTABLE_H

#include "base/span.h"

/* Blanks at the end of a line are dropped, but not more than these: a line
 * may have 76 characters, and what is held back must be bounded. */
enum { QUOTED_PRINTABLE_BLANKS_MAX = 80 };

/* Where the decoder stands; all zero at the start. */
struct quoted_printable_decoder {
	/* Bytes whose meaning depends on what follows: the beginning of an
	 * escape, with blanks behind it, or blanks. */
	char held[QUOTED_PRINTABLE_BLANKS_MAX + 2];
	size_t held_len;
	bool long_blanks; /* within more blanks than may be held */
	bool broken;      /* an "=" that is neither escape nor soft break */
};

/* Bytes that quoted_printable_decode may write for LEN bytes of input. */
#define QUOTED_PRINTABLE_DECODED_MAX(len) \
	((len) + QUOTED_PRINTABLE_BLANKS_MAX + 2)

/*
 * Decodes the next bytes, cut anywhere, to OUT, which has room for
 * QUOTED_PRINTABLE_DECODED_MAX(in.len).  Returns how many it wrote.
 */
size_t quoted_printable_decode(
    struct quoted_printable_decoder *decoder, struct span in, char *out);

/* The input has ended: the same for what was held back. */
size_t quoted_printable_finish(
    struct quoted_printable_decoder *decoder, char *out);

#endif
