/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The content of one message, read while it streams by: the tree of its MIME
 * parts (RFC 2045, 2046), each with its names, the first decoded bytes and,
 * where it is text, the text as UTF-8.
 *
 * Mail programs disagree on how malformed mail is read.  This reader takes the
 * reading that shows the most, and says so: what may look different to the
 * recipient is PART_AMBIGUOUS, what was not seen at all is PART_ENCRYPTED,
 * PART_UNSCANNABLE or PART_LIMIT.  Nothing unread ever looks clean.
 */
#ifndef LUMBAR_FORMATS_CONTENT_H
#define LUMBAR_FORMATS_CONTENT_H

#include "base/pool.h"
#include "base/span.h"
#include "formats/header.h"
#include "formats/part.h"

#include <stdint.h>

struct content_facts {
	struct part *parts; /* parts[0] is the message; parents come first */
	size_t part_count;
	unsigned flags; /* all flags of all parts */
	size_t unread;  /* how many parts have any of PART_UNREAD */
};

/* Maxima of one message.  Reaching one sets PART_LIMIT. */
struct content_limits {
	size_t parts;           /* the last one takes all that is left */
	unsigned depth;         /* of multiparts and messages in each other */
	size_t header_bytes;    /* of one part's header section */
	size_t headers_bytes;   /* of all of them */
	size_t text_bytes;      /* of all text; of all raw_text as well */
	uint64_t decoded_bytes; /* of all parts */
	size_t head_bytes;      /* of one part: no limit, merely enough */
};

/* What suits mail of usual size: 1000 parts, 20 levels, 64 KiB and 1 MiB of
 * headers, 32 MiB of text, 512 MiB decoded, 8 KiB of head. */
struct content_limits content_limits_default(void);

/* A message being read, and later what was read. */
struct content;

/*
 * Begins to read a message whose header section is HEADERS.  HEADERS and POOL
 * outlive the content.  Release with content_free.
 */
struct content *content_new(const struct content_limits *limits,
    const struct header_list *headers, struct pool *pool)
    __attribute__((warn_unused_result));

/* The next bytes of the body, lines ending in CRLF, cut anywhere.  Time is
 * linear in the bytes fed, memory is bounded by the limits. */
void content_feed(struct content *content, struct span chunk);

/*
 * The body has ended.  The facts live in the pool and outlive CONTENT; the
 * caller may fill in true_type.  Further calls return the same.
 */
struct content_facts *content_finish(struct content *content);

/* Releases *CONTENT, finished or not, and clears it; NULL is a no-op. */
void content_free(struct content **content);

#endif
