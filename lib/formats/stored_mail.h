/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail as it lies in a file, for the tools that try rules on it: its header
 * section and body, and the envelope as far as the header tells it.
 */
#ifndef LUMBAR_FORMATS_STORED_MAIL_H
#define LUMBAR_FORMATS_STORED_MAIL_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"
#include "formats/header.h"

struct stored_mail {
	struct span text; /* from the first header field on */
	struct header_list headers;
	struct span body; /* behind the empty line, or from the first line on
	                     that is no field, as it lies there */
};

/*
 * Reads TEXT, lines ended by LF or CRLF; a "From " line at the top, which
 * mailboxes put there, is passed over.  What *MAIL has lives in POOL or TEXT.
 * 0, or -1 with *ERR (ERR_INPUT) where TEXT does not begin with a header field
 * (RFC 5322 section 2.2).
 */
int stored_mail_read(struct span text, struct pool *pool,
    struct stored_mail *mail, struct err *err);

/* The moment of MAIL's Date field (RFC 5322 section 3.3) in microseconds since
 * 1970: true, or false where there is none that can be read. */
bool stored_mail_date(const struct stored_mail *mail, int64_t *wall_us);

struct stored_envelope {
	struct span sender; /* "<a@example.com>"; "<>" where nothing says it */
	const char *sender_field; /* that it is from; NULL: none */
	struct span *recipients; /* likewise in "<>" */
	size_t recipient_count;
	const char *recipients_field; /* NULL: none had one */
	size_t unreadable; /* fields that were to say it and cannot be read */
};

/*
 * The envelope that MAIL most probably had: the sender of Return-Path, else
 * the first one of From; the recipients of To, Cc and Bcc, else of
 * Delivered-To.  It is a guess: who was in a Bcc or on a list, and which
 * addresses were rewritten, a header does not tell.
 */
void stored_envelope_guess(const struct stored_mail *mail, struct pool *pool,
    struct stored_envelope *envelope);

/* Adds ADDRESS, without "<>", to the recipients of ENVELOPE. */
void stored_envelope_add(struct stored_envelope *envelope, struct pool *pool,
    struct span address);

#endif
