/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon's decision function sees and may do.
 *
 * A decision reads connection and message and fills the verdict, or asks for
 * lookups and is called again when they are answered.  It never blocks and
 * sends nothing, and what it decides by is DECISION->now, so the same code runs
 * in the daemon, in `lumbar explain` and in tests.  One that may take long
 * reads a clock to bound its own work, and that only.
 */
#ifndef LUMBAR_SKELETON_DECISION_H
#define LUMBAR_SKELETON_DECISION_H

#include "base/clock.h"
#include "base/err.h"
#include "base/lookup_result.h"
#include "base/pool.h"
#include "formats/connection.h"
#include "formats/message.h"
#include "formats/verdict.h"
#include "skeleton/settings.h"

struct lookups;

/* When a decision is asked, in this order.  RECIPIENT comes once for each,
 * DATA after the last.  A recipient is not asked about where nobody can tell
 * whom the MTA means by it or by the sender: the skeleton refuses it. */
enum stage {
	STAGE_MAIL,
	STAGE_RECIPIENT,
	STAGE_DATA,    /* envelope complete */
	STAGE_HEADERS, /* and the header section */
	STAGE_END,     /* and the body */
};

/*
 * At STAGE_RECIPIENT, MORE and DONE are the same: every recipient is asked
 * about unless an earlier stage was DONE.  A verdict that ends the message is
 * carried out as soon as a decision leaves it so.
 */
enum answer {
	ANSWER_MORE,    /* nothing final yet; later stages matter */
	ANSWER_LISTENS, /* the same, but later stages change nothing for the
	                   message: what it has too much of is no fault */
	ANSWER_DONE,    /* the verdict stands, whatever comes later */
	ANSWER_LOOKUPS, /* ask again at this stage when they are answered */
};

/*
 * One question to something outside the process.  It owns its memory, for it
 * may outlive the message when the service hangs beyond the deadline.
 */
struct lookup {
	struct pool *pool; /* for question and answer */
	/* Borrowed from the configuration snapshot, which the lookup keeps
	 * alive. */
	void *service;
	/* Question and answer, in POOL.  NULL when the deadline passed, for a
	 * worker may still be writing to it. */
	void *data;
	/*
	 * Asks.  Runs on a worker thread, must touch nothing but the lookup
	 * and its service, and should end at DEADLINE_US (monotonic), after
	 * which nobody waits any more.  Fills ERR when it returns
	 * LOOKUP_FAILED.
	 */
	enum lookup_result (*run)(struct lookup *lookup, int64_t deadline_us);
	enum lookup_result result;
	struct err err;
};

struct decision {
	/* Given by the skeleton: */
	const struct settings *settings; /* of the configuration in force */
	void *process; /* what daemon.open returned */
	void *config;  /* what daemon.load returned; immutable snapshot */
	const struct connection *connection;
	const struct message *message;
	enum stage stage;
	size_t recipient; /* at STAGE_RECIPIENT: its index in the message */
	/* After ANSWER_LISTENS: a limit was reached, and what is there of the
	 * message is cut short.  To be answered with ANSWER_DONE. */
	bool cut;
	struct moment now;
	/*
	 * The answered lookups after ANSWER_LOOKUPS, in the order of asking;
	 * none when a stage is asked for the first time.  They are gone when
	 * the decision returns: what is to stay is copied to message->pool.
	 */
	struct lookup **lookups;
	size_t lookup_count;
	/* The daemon's own, in message->pool, set by daemon.begin: */
	void *state;
	/*
	 * Of the message.  At STAGE_RECIPIENT it may gather edits and notes;
	 * to refuse that one recipient, call decision_refuse.
	 */
	struct verdict *verdict;
	/* Filled by decision_refuse and decision_fail: */
	struct verdict refusal;
	bool refused;
	bool failed;
	const char *failed_what;
	struct err fault;
	/* Where a trial wants to be told more than the verdict says, in a form
	 * that daemon and trial agree on; NULL in service. */
	void *observer;
	struct lookups *asked; /* the skeleton's: what decision_ask gathered */
};

/* A new lookup for RUN, to be filled by the caller before it answers
 * ANSWER_LOOKUPS.  Owned by the decision. */
struct lookup *decision_ask(struct decision *decision,
    enum lookup_result (*run)(struct lookup *, int64_t), void *service);

/*
 * Refuses the recipient that is being asked about.  DISPOSITION_REJECT or
 * DISPOSITION_TEMPFAIL; CODE, ENHANCED and text as in verdict_end.
 */
void decision_refuse(struct decision *decision, enum disposition disposition,
    unsigned code, struct span enhanced, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/*
 * Something that the decision needs has failed.  WHAT ("directory") is told to
 * the client, ERR only to the log.  The failure policy decides what becomes of
 * the recipient or message; the decision returns ANSWER_DONE.
 */
void decision_fail(
    struct decision *decision, const char *what, const struct err *err);

#endif
