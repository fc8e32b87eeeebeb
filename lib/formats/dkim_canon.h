/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Canonicalisation for DKIM (RFC 6376 section 3.4): the form of header fields
 * and body that is hashed, so that harmless changes on the way do not matter.
 */
#ifndef LUMBAR_FORMATS_DKIM_CANON_H
#define LUMBAR_FORMATS_DKIM_CANON_H

#include "base/span.h"
#include "formats/header.h"

#include <stdint.h>

enum dkim_canon {
	DKIM_SIMPLE,  /* RFC 6376 sections 3.4.1 and 3.4.3 */
	DKIM_RELAXED, /* RFC 6376 sections 3.4.2 and 3.4.4 */
};

/* "simple", "relaxed". */
const char *dkim_canon_name(enum dkim_canon canon);

/* Takes the canonical bytes, in order and in pieces of any size; PIECE is
 * borrowed for the call. */
struct dkim_sink {
	void (*write)(void *context, struct span piece);
	void *context;
};

enum { DKIM_STAGE_SIZE = 1024 };

/*
 * Gathers small pieces, so that the sink, usually a digest, is called seldom.
 * Plain data for the stack or inside another struct; part of the two
 * canonicalisers below.
 */
struct dkim_stage {
	struct dkim_sink sink;
	size_t len;
	char bytes[DKIM_STAGE_SIZE];
};

/* Makes *STAGE empty; what it gathers goes to SINK. */
void dkim_stage_init(struct dkim_stage *stage, struct dkim_sink sink);

/* Hands on what STAGE has gathered. */
void dkim_stage_flush(struct dkim_stage *stage);

/*
 * Writes FIELD in canonical form, with CRLF behind it unless LAST: the
 * DKIM-Signature field itself is hashed last and without (RFC 6376 section
 * 3.7).  A fold in FIELD is LF and blanks, as in struct header; a bare CR is
 * data.
 */
void dkim_canon_header(enum dkim_canon canon, const struct header *field,
    bool last, struct dkim_stage *stage);

/*
 * The canonicaliser of one body, which comes in chunks that are cut anywhere.
 * Only CRLF ends a line; bare CR and bare LF are data.  Memory is constant.
 */
struct dkim_body {
	struct dkim_stage stage;
	enum dkim_canon canon;
	uint64_t line_ends; /* CRLFs not yet written: they may be the last */
	bool blank;         /* a run of blanks not yet written (relaxed) */
	bool cr;            /* the last byte was CR */
	bool any;           /* something was written */
};

/* A body has begun; SINK takes its canonical form. */
void dkim_body_init(
    struct dkim_body *body, enum dkim_canon canon, struct dkim_sink sink);

/* The next bytes of the body. */
void dkim_body_update(struct dkim_body *body, struct span chunk);

/*
 * The body has ended; the rest goes to the sink.  A body without a line end
 * at its close gets one; an empty one is CRLF (simple) or nothing (relaxed).
 */
void dkim_body_final(struct dkim_body *body);

#endif
