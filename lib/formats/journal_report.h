/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Journal reports of Microsoft Exchange ("envelope journaling"): a message
 * with X-MS-Journal-Report in its header, whose text lists the envelope and to
 * which the message itself is attached as message/rfc822.
 *
 * The lines of the text: "Sender:", and for each recipient "Recipient:", "To:",
 * "Cc:" or "Bcc:", the last three with ", Expanded: LIST" or ", Forwarded:
 * ADDRESS" behind the address where it came to be a recipient that way.
 */
#ifndef LUMBAR_FORMATS_JOURNAL_REPORT_H
#define LUMBAR_FORMATS_JOURNAL_REPORT_H

#include "formats/stored_mail.h"

struct journal_report {
	/* Of the message: sender and all recipients, those of lists and
	 * forwards as they were in the end. */
	struct stored_envelope envelope;
	struct span message; /* the attached one, with CRLF line ends */
};

/* True if MAIL is, or claims to be, a journal report. */
bool journal_report_is(const struct stored_mail *mail);

/*
 * Unwraps MAIL.  *REPORT lives in POOL.  0, or -1 with *ERR (ERR_INPUT) where
 * it has no readable text, no sender, no recipient or no message attached.
 */
int journal_report_read(const struct stored_mail *mail, struct pool *pool,
    struct journal_report *report, struct err *err);

#endif
