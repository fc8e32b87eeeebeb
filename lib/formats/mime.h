/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The structure of a message (RFC 2046 section 5.1): finds header sections and
 * bodies of its parts while it streams by.  What a header section means is for
 * the caller to say, so that another reading of the same bytes is another
 * caller.
 *
 * Every line is looked at once, and compared with the boundaries of the parts
 * that are open; time is linear in the bytes for a given depth.
 */
#ifndef LUMBAR_FORMATS_MIME_H
#define LUMBAR_FORMATS_MIME_H

#include "base/span.h"

#include <stdint.h>

/* Longest boundary that can be found, in bytes; the RFC allows 70. */
enum { MIME_BOUNDARY_MAX = 900 };

enum mime_kind {
	MIME_LEAF,      /* bytes */
	MIME_MULTIPART, /* parts, between lines of its boundary */
	MIME_MESSAGE,   /* one part, which begins with its header section */
};

struct mime_shape {
	enum mime_kind kind;
	/* Of a multipart: not empty, at most MIME_BOUNDARY_MAX bytes, valid
	 * until the reader is freed. */
	struct span boundary;
};

/* What the reader came upon that mail programs read differently, or that it
 * could not take. */
enum mime_oddity {
	MIME_BOUNDARY_JUNK,     /* a delimiter line goes on with other text */
	MIME_BOUNDARY_REOPENED, /* a delimiter behind the closing one */
	/* A multipart within another, and the boundary of one is that of the
	 * other or begins with it. */
	MIME_BOUNDARY_REPEATED,
	MIME_BOUNDARY_MISSING,  /* a multipart was not closed */
	MIME_HEADER_LINE,       /* a line that is no field; the body begins */
	MIME_HEADER_BLANK,      /* a line of blanks, taken as folded */
	MIME_HEADER_BYTE,       /* NUL, or CR or LF alone */
	MIME_HEADER_UNFINISHED, /* no empty line before the next delimiter */
	MIME_HEADER_COLON,      /* a blank before it, which ends the header
				   section for some */
	MIME_HEADER_LIMIT,      /* too long; what does not fit is dropped */
};

/* Where the reader stands is the part begun last of those not ended. */
struct mime_events {
	/* A part begins within it, OFFSET bytes into the message's body.
	 * False: no further structure is looked for, all that is left is the
	 * body of this part. */
	bool (*begin)(void *context, uint64_t offset);
	/* A header field: as in struct header, valid during the call. */
	void (*field)(void *context, struct span name, struct span value);
	/* The header section has ended, the body begins OFFSET bytes into the
	 * message's body.  Not called where begin answered false. */
	struct mime_shape (*body)(void *context, uint64_t offset);
	/* Bytes of a leaf, or from before the first and behind the last part
	 * of a multipart. */
	void (*bytes)(void *context, struct span bytes);
	/* The part ends OFFSET bytes into the message's body. */
	void (*end)(void *context, uint64_t offset);
	void (*odd)(void *context, enum mime_oddity oddity);
};

/* Maxima in bytes of header sections: one part's, and all parts' together. */
struct mime_limits {
	size_t header_bytes;
	size_t headers_bytes;
};

struct mime_reader;

/*
 * Begins to read the body of a message that has SHAPE by its header section,
 * for which there is neither begin nor body.  EVENTS is borrowed.  Release
 * with mime_free.
 */
struct mime_reader *mime_new(const struct mime_limits *limits,
    struct mime_shape shape, const struct mime_events *events, void *context)
    __attribute__((warn_unused_result));

/* Releases *READER and clears it; NULL is a no-op. */
void mime_free(struct mime_reader **reader);

/* The next bytes, lines ending in CRLF (LF alone is taken as well), cut
 * anywhere: the events do not depend on it but for how bytes are cut. */
void mime_feed(struct mime_reader *reader, struct span chunk);

/* The body has ended: ends all parts, the message itself last. */
void mime_finish(struct mime_reader *reader);

#endif
