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

#include <stdint.h>

enum part_flag {
	PART_ENCRYPTED = 1u << 0,   /* by its type or by a PGP armour */
	PART_UNSCANNABLE = 1u << 1, /* could not be decoded */
	PART_AMBIGUOUS = 1u << 2,   /* mail programs would read it differently */
	PART_LIMIT = 1u << 3,       /* a limit cut it short */
	/* The following were read all the same: */
	PART_CHARSET_UNKNOWN = 1u << 4, /* its charset was guessed */
	PART_BROKEN_ENCODING = 1u << 5, /* bytes that its encoding forbids */
};

/* Flags of a part that was not, or not surely, read as the recipient will. */
enum {
	PART_UNREAD =
	    PART_ENCRYPTED | PART_UNSCANNABLE | PART_AMBIGUOUS | PART_LIMIT,
};

/* "encrypted", "unscannable", "ambiguous", "limit", "charset-unknown" or
 * "broken-encoding". */
const char *part_flag_name(enum part_flag flag);

enum transfer_encoding {
	ENCODING_IDENTITY, /* 7bit, 8bit, binary */
	ENCODING_QUOTED_PRINTABLE,
	ENCODING_BASE64,
	ENCODING_UNKNOWN, /* PART_UNSCANNABLE; read as it stands */
};

enum disposition_type {
	DISPOSITION_TYPE_NONE, /* no Content-Disposition, or none we know */
	DISPOSITION_TYPE_INLINE,
	DISPOSITION_TYPE_ATTACHMENT,
};

enum { PART_NO_PARENT = -1 };

/*
 * One part; all but NAMES[] and TEXT is empty or zero where the part does not
 * say it.  Spans live as long as the content.
 */
struct part {
	int parent;     /* index in content_facts.parts, or PART_NO_PARENT */
	unsigned depth; /* 0: the message itself */
	struct header_list headers; /* its own; the message's for part 0 */
	/* Of Content-Type, in lower case; the default of RFC 2045 section 5.2
	 * or 2046 section 5.1.5 filled in. */
	struct span type;    /* "text" */
	struct span subtype; /* "plain" */
	struct span charset; /* as declared, in lower case */
	enum transfer_encoding encoding;
	enum disposition_type disposition;
	/*
	 * Every file name that a mail program could show, decoded to UTF-8 and
	 * each once: "filename" of Content-Disposition, then "name" of
	 * Content-Type.  A rule on names must look at all of them.
	 */
	struct span *names;
	size_t name_count;
	/* Where its body, as transferred, stands in the message's body. */
	uint64_t offset;
	uint64_t length;
	uint64_t decoded_size; /* bytes, transfer encoding removed */
	/*
	 * It is neither multipart nor an embedded message and has a file name,
	 * is declared an attachment or is not text; or it is an embedded
	 * message.
	 */
	bool is_attachment;
	/* It has text: its type is text, or a message that is not descended
	 * into, or its bytes look like text whatever its type is. */
	bool is_text;
	/*
	 * The decoded source text as UTF-8 (of HTML with its tags).  For a
	 * multipart: what stands before the first and behind the last of its
	 * parts, which some mail programs show.
	 */
	struct span text;
	/* Of a part whose encoding or type is PART_AMBIGUOUS or unknown: the
	 * body as transferred, as UTF-8.  Rules must match it as well. */
	struct span raw_text;
	struct span head; /* first decoded bytes, to tell the type from */
	/* "application/x-dosexec": for the caller to fill in from HEAD. */
	struct span true_type;
	unsigned flags;     /* PART_* */
	const char *reason; /* of the first of PART_UNREAD; NULL: none */
};

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
	size_t text_bytes;      /* of all text and raw_text */
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
 * The body has ended.  The facts live as long as CONTENT; the caller may fill
 * in true_type.  Further calls return the same.
 */
struct content_facts *content_finish(struct content *content);

/* Releases *CONTENT, finished or not, and clears it; NULL is a no-op. */
void content_free(struct content **content);

#endif
