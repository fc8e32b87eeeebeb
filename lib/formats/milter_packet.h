/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets of the milter protocol, versions 2 to 6, as bytes.  Each is a
 * length of four bytes in network order, then as many bytes: a letter and its
 * payload.  No RFC describes them; what Sendmail and Postfix do does
 * (libmilter/docs and include/libmilter/mfdef.h of sendmail 8.17,
 * src/milter/milter8.c of Postfix 3.7).
 */
#ifndef LUMBAR_FORMATS_MILTER_PACKET_H
#define LUMBAR_FORMATS_MILTER_PACKET_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <netinet/in.h>

enum {
	MILTER_VERSION_MIN = 2,
	MILTER_VERSION_MAX = 6,
	/* Bytes of one packet behind its length.  Postfix sends header fields
	 * of over 64 kB uncut; with MILTER_STEP_DATA_1M pieces of the body
	 * are that large. */
	MILTER_PACKET_MAX = 1 << 20,
	/* Bytes of body that every MTA takes in one packet. */
	MILTER_BODY_PIECE = 65535,
};

/* What the MTA says. */
enum milter_command {
	MILTER_ABORT = 'A',
	MILTER_BODY = 'B',
	MILTER_CONNECT = 'C',
	MILTER_MACROS = 'D',
	MILTER_END = 'E', /* of the message */
	MILTER_HELO = 'H',
	MILTER_QUIT_NEW = 'K', /* QUIT, and another connection follows */
	MILTER_HEADER = 'L',
	MILTER_MAIL = 'M',
	MILTER_HEADERS_END = 'N',
	MILTER_NEGOTIATE = 'O', /* also what it is answered with */
	MILTER_QUIT = 'Q',
	MILTER_RECIPIENT = 'R',
	MILTER_DATA = 'T',
	MILTER_UNKNOWN = 'U', /* an SMTP command that the MTA does not know */
};

/* What it is answered with. */
enum milter_reply {
	MILTER_REPLY_ACCEPT = 'a',
	MILTER_REPLY_CONTINUE = 'c',
	MILTER_REPLY_DISCARD = 'd',
	MILTER_REPLY_REJECT = 'r',
	MILTER_REPLY_SKIP = 's',
	MILTER_REPLY_TEMPFAIL = 't',
	MILTER_REPLY_CODE = 'y', /* "550 5.7.1 text", "%" doubled */
	/* Only at the end of message: */
	MILTER_REPLY_PROGRESS = 'p',
	MILTER_ADD_RECIPIENT = '+',
	MILTER_ADD_RECIPIENT_PARAMETERS = '2',
	MILTER_DELETE_RECIPIENT = '-',
	MILTER_CHANGE_SENDER = 'e',
	MILTER_INSERT_HEADER = 'i',
	MILTER_CHANGE_HEADER = 'm', /* with an empty value: delete */
	MILTER_REPLACE_BODY = 'b',
	MILTER_QUARANTINE = 'q',
};

/* The changes that a milter asks to be allowed. */
enum milter_action {
	MILTER_ACTION_ADD_HEADERS = 1u << 0,
	MILTER_ACTION_REPLACE_BODY = 1u << 1,
	MILTER_ACTION_ADD_RECIPIENTS = 1u << 2,
	MILTER_ACTION_DELETE_RECIPIENTS = 1u << 3,
	MILTER_ACTION_CHANGE_HEADERS = 1u << 4,
	MILTER_ACTION_QUARANTINE = 1u << 5,
	MILTER_ACTION_CHANGE_SENDER = 1u << 6,
	MILTER_ACTION_ADD_RECIPIENTS_PARAMETERS = 1u << 7,
	MILTER_ACTION_MACRO_LISTS = 1u << 8,
};

/* What the MTA may leave out, what it need not wait for an answer to (NR: no
 * reply), and what else it offers. */
enum milter_step {
	MILTER_STEP_NO_CONNECT = 1u << 0,
	MILTER_STEP_NO_HELO = 1u << 1,
	MILTER_STEP_NO_MAIL = 1u << 2,
	MILTER_STEP_NO_RECIPIENTS = 1u << 3,
	MILTER_STEP_NO_BODY = 1u << 4,
	MILTER_STEP_NO_HEADERS = 1u << 5,
	MILTER_STEP_NO_HEADERS_END = 1u << 6,
	MILTER_STEP_NR_HEADER = 1u << 7,
	MILTER_STEP_NO_UNKNOWN = 1u << 8,
	MILTER_STEP_NO_DATA = 1u << 9,
	MILTER_STEP_SKIP = 1u << 10,
	MILTER_STEP_NR_CONNECT = 1u << 12,
	MILTER_STEP_NR_HELO = 1u << 13,
	MILTER_STEP_NR_MAIL = 1u << 14,
	MILTER_STEP_NR_RECIPIENT = 1u << 15,
	MILTER_STEP_NR_DATA = 1u << 16,
	MILTER_STEP_NR_UNKNOWN = 1u << 17,
	MILTER_STEP_NR_HEADERS_END = 1u << 18,
	MILTER_STEP_NR_BODY = 1u << 19,
	/* Header values begin with the blank behind the colon, if any. */
	MILTER_STEP_LEADING_SPACE = 1u << 20,
	MILTER_STEP_DATA_256K = 1u << 28, /* packets may be as large */
	MILTER_STEP_DATA_1M = 1u << 29,
};

/* The stages for which the MTA sends macros; the numbers are the protocol's
 * own and not in the order of events. */
enum milter_stage {
	MILTER_STAGE_CONNECT,
	MILTER_STAGE_HELO,
	MILTER_STAGE_MAIL,
	MILTER_STAGE_RECIPIENT,
	MILTER_STAGE_DATA,
	MILTER_STAGE_END,
	MILTER_STAGE_HEADERS_END,
	MILTER_STAGE_COUNT,
};

struct milter_packet {
	char letter;
	struct span payload; /* in the bytes that were split */
};

enum packet_split {
	PACKET_WHOLE,
	PACKET_PARTIAL, /* more bytes are needed */
	PACKET_WRONG,   /* a length that no packet has; *ERR says so */
};

/* Takes the packet at the start of *BYTES off them. */
enum packet_split milter_packet_split(
    struct span *bytes, struct milter_packet *packet, struct err *err);

struct milter_negotiation {
	uint32_t version;
	uint32_t actions; /* MILTER_ACTION_* */
	uint32_t steps;   /* MILTER_STEP_* */
};

/* The payload of MILTER_NEGOTIATE.  This and those below: 0, or -1 with *ERR
 * where it is not as the protocol says. */
int milter_read_negotiation(struct span payload,
    struct milter_negotiation *negotiation, struct err *err);

/*
 * The payload of MILTER_CONNECT: the client's name and address.  The family of
 * *ADDRESS is AF_UNSPEC where the client did not come by IP; a unix socket's
 * path is not kept.
 */
int milter_read_client(struct span payload, struct span *name,
    struct sockaddr_storage *address, struct err *err);

/* Payloads that are strings, each ended by a NUL, which is not in its span:
 * COUNT of them exactly. */
int milter_read_strings(struct span payload, struct span *strings,
    size_t count, struct err *err);

/* The same from MIN strings on, of which the first MAX are kept; *COUNT is how
 * many these are. */
int milter_read_arguments(struct span payload, struct span *strings,
    size_t min, size_t max, size_t *count, struct err *err);

/* True if SPAN is strings, each ended by a NUL; *COUNT is how many. */
bool milter_strings_valid(struct span span, size_t *count);

/*
 * Appends a packet to OUT.  milter_packet_begin returns its offset there, for
 * milter_packet_end, which sets its length; the payload is appended in
 * between.  Where OUT is full, it says so.
 */
size_t milter_packet_begin(struct buf *out, char letter);
void milter_packet_end(struct buf *out, size_t offset);

/* A packet without payload. */
void milter_packet_add(struct buf *out, char letter);

/* For payloads: a number of four bytes in network order; TEXT with a NUL. */
void milter_add_number(struct buf *out, uint32_t number);
void milter_add_string(struct buf *out, struct span text);

#endif
