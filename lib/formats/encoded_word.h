/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encoded words in header fields: "=?charset?encoding?text?=" (RFC 2047, with
 * the language of RFC 2231 section 5).
 */
#ifndef LUMBAR_FORMATS_ENCODED_WORD_H
#define LUMBAR_FORMATS_ENCODED_WORD_H

#include "base/pool.h"
#include "base/span.h"

/*
 * The text of an unstructured field such as Subject as UTF-8: VALUE unfolded,
 * trimmed and with its encoded words decoded.  As tolerant as mail programs
 * are: words may touch other text, may hold blanks, and may split a character
 * between two neighbours.  What is no encoded word is kept as it is; bytes
 * over 127 that are not UTF-8 are taken as windows-1252.  VALUE may be of any
 * length; time is linear in it.  In POOL, or borrowed where nothing changed.
 */
struct span encoded_word_decode(struct pool *pool, struct span value);

#endif
