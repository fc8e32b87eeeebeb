/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict on one message: what happens to it and how it is changed, as
 * data.  A daemon fills it; the skeleton carries it out, logs it, or, when it
 * only observes, does neither more than log.  verdict_apply gives the message
 * that the MTA will have, so that tests, chained daemons and `lumbar explain`
 * need no MTA.
 */
#ifndef LUMBAR_FORMATS_VERDICT_H
#define LUMBAR_FORMATS_VERDICT_H

#include "base/pool.h"
#include "base/span.h"
#include "formats/header.h"
#include "formats/message.h"

enum disposition {
	DISPOSITION_CONTINUE, /* the message goes on, with the edits */
	DISPOSITION_REJECT,   /* 5xx */
	DISPOSITION_TEMPFAIL, /* 4xx */
	DISPOSITION_DISCARD,  /* accepted and thrown away, on a rule's word */
};

/* "continue", "reject", "tempfail", "discard". */
const char *disposition_name(enum disposition disposition);

/* What the SMTP client is told.  CODE 0: the skeleton's own text. */
struct reply {
	unsigned code;        /* 4xx with TEMPFAIL, 5xx with REJECT */
	struct span enhanced; /* "5.7.1" (RFC 3463) */
	struct span text;     /* one line, printable */
};

enum edit_kind {
	EDIT_ADD_HEADER,       /* name, value: behind the last field */
	EDIT_INSERT_HEADER,    /* name, value, index: 0 is the top */
	EDIT_CHANGE_HEADER,    /* name, value, index: occurrence from 1 */
	EDIT_DELETE_HEADER,    /* name, index: occurrence from 1 */
	EDIT_ADD_RECIPIENT,    /* value: address; parameters */
	EDIT_DELETE_RECIPIENT, /* value: recipient.given, exactly */
	EDIT_CHANGE_SENDER,    /* value: address, empty for "<>" */
	EDIT_REPLACE_BODY,     /* value: the new body, CRLF line ends */
};

struct edit {
	enum edit_kind kind;
	struct span name;
	struct span value;
	struct span parameters; /* ESMTP, blank between, may be empty */
	unsigned index;
};

/* A key and value for the decision line, in the order they were noted. */
struct note {
	const char *key; /* ours, borrowed for good */
	struct span value;
};

struct verdict {
	struct pool *pool; /* of the message */
	enum disposition disposition;
	struct reply reply;
	bool hold;
	struct span hold_reason;
	/* What the decision line shows as action=; empty: from the above. */
	struct span action;
	struct edit *edits; /* in the order they were asked for */
	size_t edit_count;
	struct note *notes;
	size_t note_count;
	/* Lines beside the decision line; each begins with key "audit". */
	struct note *asides;
	size_t aside_count;
	/* No recipient left is what a rule wanted, not an accident. */
	bool discard_if_no_recipient;
};

/* An empty verdict whose contents live in POOL. */
void verdict_init(struct verdict *verdict, struct pool *pool);

/*
 * Ends the message: DISPOSITION with CODE ("5xx"/"4xx"), ENHANCED and a text.
 * A verdict that already ends it stays as it is, for the first one counts.
 */
void verdict_end(struct verdict *verdict, enum disposition disposition,
    unsigned code, struct span enhanced, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* What the decision line shows as action=. */
struct span verdict_action(const struct verdict *verdict);

/* Holds the message in the MTA's queue.  Reasons accumulate, up to
 * as many as one line takes. */
void verdict_hold(struct verdict *verdict, struct span reason);

/* Header edits.  NAME and VALUE are copied; VALUE as in struct header, with
 * its leading blank.  A NUL or line end in it that is no fold becomes a blank,
 * so that no text from outside can add a field. */
void verdict_add_header(
    struct verdict *verdict, struct span name, struct span value);
/* INDEX 0: above everything, the MTA's own Received included; N: above the
 * Nth field as received.  Only at 0 are the MTAs sure to agree once fields are
 * deleted, for Sendmail goes on counting those. */
void verdict_insert_header(struct verdict *verdict, unsigned index,
    struct span name, struct span value);
/* OCCURRENCE counts the fields of NAME as received, from 1.  Of several edits
 * of one field the last counts.  To change a field that is not there adds it;
 * to change it to nothing deletes it. */
void verdict_change_header(struct verdict *verdict, struct span name,
    unsigned occurrence, struct span value);
void verdict_delete_header(
    struct verdict *verdict, struct span name, unsigned occurrence);

/* ADDRESS without "<>"; PARAMETERS such as "NOTIFY=NEVER ORCPT=...".  Deleting
 * and adding the same mailbox leaves the recipient as it is. */
void verdict_add_recipient(
    struct verdict *verdict, struct span address, struct span parameters);
void verdict_delete_recipient(
    struct verdict *verdict, const struct recipient *recipient);

/* ADDRESS without "<>", empty for the null sender; BODY in lines that end in
 * CRLF. */
void verdict_change_sender(struct verdict *verdict, struct span address);
void verdict_replace_body(struct verdict *verdict, struct span body);

/* A field for the decision line. */
void verdict_note(struct verdict *verdict, const char *key,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * A field for a line beside the decision line, which tells what was found and
 * had no effect: what a rule in audit mode would have done.  Key "audit", with
 * the rule's id, begins a line.
 */
void verdict_aside(struct verdict *verdict, const char *key,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The message as the MTA will have it. */
struct applied {
	struct span sender;
	struct span *recipients; /* addresses without "<>" */
	size_t recipient_count;
	struct header_list headers;
	bool body_replaced;
	struct span body; /* where BODY_REPLACED */
};

/*
 * What both MTAs make of MESSAGE with the edits of VERDICT, taken in the
 * order of verdict_plan.  The MTA's own Received field, which milters never
 * see, is not shown.  RESULT lives in POOL.
 */
void verdict_apply(const struct message *message,
    const struct verdict *verdict, struct pool *pool, struct applied *result);

/* How many recipients verdict_apply would leave; the header, however large, is
 * not looked at.  POOL is for working space. */
size_t verdict_recipients_left(const struct message *message,
    const struct verdict *verdict, struct pool *pool);

/*
 * The edits of VERDICT on MESSAGE in the order in which they are sent, so that
 * both MTAs do the same:
 *
 *  - recipients are deleted before others are added: deleting an address
 *    that was just added would lose its mail;
 *  - a recipient that MESSAGE has, or that is added twice, is not added:
 *    Postfix delivers twice where ORCPT differs.  A mailbox is the same
 *    without regard to case, as Postfix has it;
 *  - a recipient with a source route is deleted in both forms, for Sendmail
 *    knows it with the route and Postfix without;
 *  - headers are changed and deleted, from the last occurrence of a name to
 *    the first, before any is inserted: Postfix stops counting a field that is
 *    deleted and begins to count its own Received after an insertion at 0;
 *  - sender and body are each replaced once, the body last.
 *
 * Array of *COUNT edits in POOL.
 */
const struct edit *verdict_plan(const struct message *message,
    const struct verdict *verdict, struct pool *pool, size_t *count);

#endif
