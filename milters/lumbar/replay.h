/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rules would have done over stored mail, counted by several threads; and
 * what becomes otherwise by other rules.
 */
#ifndef LUMBAR_MILTERS_REPLAY_H
#define LUMBAR_MILTERS_REPLAY_H

#include "milters/lumbar/replay_source.h"
#include "rules/rule.h"
#include "skeleton/trial.h"

enum { REPLAY_JOBS_MAX = 256 };

/* How often a rule found something. */
struct replay_rule_count {
	uint64_t messages;   /* that it matched, or a recipient of which */
	uint64_t recipients; /* that it matched at RCPT */
	/* Messages on which it could not be decided, for a fault or for what
	 * was not read: as the daemon counts. */
	uint64_t faults;
};

/* A message that fares otherwise, or could not be tried. */
struct replay_note {
	const char *name;       /* of the file */
	const char *message_id; /* may be empty */
	const char *text;       /* "reject (a) -> pass", or why not */
};

struct replay_notes {
	struct replay_note *items; /* sorted by name once complete */
	size_t count;
};

enum { REPLAY_ACTIONS = 8 };

struct replay_total {
	uint64_t messages; /* that were tried */
	uint64_t bytes;
	uint64_t journal_reports;
	uint64_t undated; /* without a Date to be read: tried as of now */
	int64_t spent_us; /* from start to end */
	/* For each rule of the set, and of the other one. */
	struct replay_rule_count *rules;
	struct replay_rule_count *other_rules;
	/* How many messages had each of replay_actions. */
	uint64_t actions[REPLAY_ACTIONS];
	uint64_t other_actions[REPLAY_ACTIONS];
	struct replay_notes unreadable;
	struct replay_notes changed;
};

/* "pass", "edit", ..., REPLAY_ACTIONS of them; the last stands for others. */
extern const char *const replay_actions[];

struct replay_options {
	struct trial *trial;   /* the rules */
	struct trial *against; /* others, or NULL */
	const char *const *paths;
	size_t path_count;
	size_t jobs;
	/* Recipient of messages whose header names none; NULL: such a message
	 * cannot be tried. */
	const char *recipient;
	/* Told now and then, by any thread but one at a time; may be NULL. */
	void (*progress)(uint64_t messages, int64_t spent_us);
};

/* Tries all mail.  *TOTAL lives in POOL. */
void replay_run(const struct replay_options *options, struct pool *pool,
    struct replay_total *total);

#endif
