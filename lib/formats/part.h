/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One part of a message (RFC 2045) as plain data, and what its header section
 * says of it.
 */
#ifndef LUMBAR_FORMATS_PART_H
#define LUMBAR_FORMATS_PART_H

#include "base/pool.h"
#include "base/span.h"
#include "formats/header.h"
#include "formats/mime.h"

enum part_flag {
	PART_ENCRYPTED = 1u << 0,   /* by its type or by a PGP armour */
	PART_UNSCANNABLE = 1u << 1, /* could not be decoded */
	PART_AMBIGUOUS = 1u << 2,   /* mail programs would differ on it */
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
 * "broken-encoding"; FLAG is one flag. */
const char *part_flag_name(enum part_flag flag);

enum transfer_encoding {
	ENCODING_IDENTITY, /* 7bit, 8bit, binary */
	ENCODING_QUOTED_PRINTABLE,
	ENCODING_BASE64,
	ENCODING_UNKNOWN, /* PART_UNSCANNABLE; read as it stands */
};

enum disposition_type {
	DISPOSITION_TYPE_NONE, /* no Content-Disposition */
	DISPOSITION_TYPE_INLINE,
	DISPOSITION_TYPE_ATTACHMENT, /* or any other (RFC 2183) */
};

enum { PART_NO_PARENT = -1 };

/*
 * One part.  What it does not say is empty or zero.  Spans live in the pool of
 * the content.
 */
struct part {
	int parent;     /* index in content_facts.parts, or PART_NO_PARENT */
	unsigned depth; /* 0: the message itself */
	enum mime_kind kind; /* whether it has parts of its own */
	struct header_list headers; /* its own; the message's for part 0 */
	/* Of Content-Type, in lower case; the default of RFC 2045 section 5.2
	 * or 2046 section 5.1.5 filled in. */
	struct span type;    /* "text" */
	struct span subtype; /* "plain" */
	struct span charset; /* as declared, in lower case */
	enum transfer_encoding encoding;
	enum disposition_type disposition;
	/*
	 * Every file name that a mail program could show or save it under,
	 * decoded to UTF-8 and each once: "filename" of Content-Disposition,
	 * then "name" of Content-Type and the field Content-Name.  A rule must
	 * look at all of them.
	 */
	struct span *names;
	size_t name_count;
	/* Where its body, as transferred, stands in the message's body. */
	uint64_t offset;
	uint64_t length;
	uint64_t decoded_size; /* bytes, transfer encoding removed */
	/*
	 * It is neither multipart nor an embedded message and has a file name,
	 * is declared an attachment or is not text, by its type or by what
	 * it begins with; or it is an embedded message.
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
	/*
	 * Another text as UTF-8, which rules must match as well.  Where the
	 * header section is PART_AMBIGUOUS or PART_UNSCANNABLE: the body as
	 * transferred.  Else, where the charset is one that others may not
	 * know, or there is a byte order mark: the decoded bytes without
	 * regard to it, if that is not the same.
	 */
	struct span raw_text;
	struct span head; /* first decoded bytes, to tell the type from */
	/* "application/x-dosexec": for the caller to fill in from HEAD.  Empty
	 * where no type is known, NULL where none could be told. */
	struct span true_type;
	unsigned flags;     /* PART_* */
	const char *reason; /* of the first of PART_UNREAD; NULL: none */
};

/* Sets FLAG; REASON, of static storage, is kept if it is the first of
 * PART_UNREAD. */
void part_mark(struct part *part, enum part_flag flag, const char *reason);

/*
 * Fills in what part->headers say: type, charset, encoding, disposition,
 * names, is_attachment, is_text and flags.  IN_DIGEST: part of a
 * multipart/digest, which changes the default type.  Returns how its body is
 * to be read.
 */
struct mime_shape part_describe(
    struct part *part, bool in_digest, struct pool *pool);

#endif
