/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from outside made fit for a terminal, a log and JSON: what could send a
 * control code, or is no text, becomes \xNN.
 */
#ifndef LUMBAR_BASE_ESCAPE_H
#define LUMBAR_BASE_ESCAPE_H

#include "base/buf.h"
#include "base/span.h"

/* The bytes of the UTF-8 character (RFC 3629) that TEXT, not empty, begins
 * with, or 0 where there is none. */
size_t escape_utf8_length(struct span text);

/* True if the character of LEN bytes at TEXT's start is C0, DEL or C1 (U+0080
 * to U+009F), which terminals obey as well. */
bool escape_is_control(struct span text, size_t len);

/* Appends TEXT to OUT, control codes and bytes that are not UTF-8 as \xNN, a
 * backslash doubled.  0, or -1 where OUT is full. */
int escape_text(struct span text, struct buf *out);

#endif
