/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rules ask the directory about people, and what it answered, as data.
 *
 * Evaluation asks only what it needs to go on, and gathers questions here.
 * Whoever evaluates carries them to a directory and stores the answers with
 * the person; nothing here does I/O.  Each question is asked once per message,
 * but for one that failed and was asked for rules in audit mode only.
 */
#ifndef LUMBAR_RULES_RULE_PEOPLE_H
#define LUMBAR_RULES_RULE_PEOPLE_H

#include "base/err.h"
#include "base/pool.h"
#include "formats/address.h"

/* How far something is known. */
enum rule_known {
	RULE_UNASKED,
	RULE_ASKED,    /* the answer is on its way */
	RULE_ANSWERED,
	RULE_UNANSWERED, /* the directory could not be asked */
};

/* Values of one attribute, or addresses of one person. */
struct rule_entry_values {
	struct span *items;
	size_t count;
};

/* The same with the reason where it is RULE_UNANSWERED. */
struct rule_answer {
	enum rule_known known;
	bool on_trial; /* asked by rules in audit mode only */
	const struct err *fault;
};

struct rule_membership {
	size_t group; /* index in rule_directory.groups */
	struct rule_answer answer;
	bool member; /* where it is RULE_ANSWERED */
};

/* Somebody with an address.  Whoever is not in the directory has no attribute,
 * no manager and is in no group. */
struct rule_person {
	struct span key; /* address_key of ADDRESS */
	struct address address;
	struct rule_answer entry;
	/* For each of rule_directory.attributes; NULL: there is no entry. */
	struct rule_entry_values *attributes;
	struct rule_answer manager;
	/* All addresses of each manager, the one to write to first. */
	struct rule_entry_values *managers;
	size_t manager_count;
	/* Of the groups that were asked about, in the order of asking. */
	struct rule_membership *groups;
	size_t group_count;
	void *record; /* whatever the one who asks keeps, or NULL */
};

enum rule_ask {
	RULE_ASK_ENTRY, /* all attributes at once */
	RULE_ASK_MANAGER,
	RULE_ASK_GROUP,
};

struct rule_question {
	struct rule_person *person;
	enum rule_ask ask;
	size_t group; /* RULE_ASK_GROUP: index in rule_directory.groups */
	bool on_trial; /* by a rule in audit mode */
};

struct rule_people {
	struct pool *pool; /* of the message */
	void *tree; /* of struct rule_person, for tsearch(3) */
	/* To be carried to the directory after RULE_ASKS. */
	struct rule_question *questions;
	size_t question_count, question_room;
	/* A question could not be answered, and not because the rules or the
	 * configuration are wrong (ERR_CONFIG): for rules in audit mode no
	 * further one is asked. */
	bool failed;
};

/* Nobody yet.  In POOL, but release it with rule_people_free before that. */
struct rule_people *rule_people_new(struct pool *pool);
void rule_people_free(struct rule_people **people);

/* The person of ADDRESS, as address_parse gave it.  What the search itself
 * takes is in TEMPORARY. */
struct rule_person *rule_people_find(struct rule_people *people,
    const struct address *address, struct pool *temporary);

/* What is known of PERSON's being in GROUP; NULL where nobody has asked. */
struct rule_membership *rule_person_membership(
    const struct rule_person *person, size_t group);

/* Adds QUESTION.  Those behind a mark (question_count) can be dropped by
 * setting the count back, as long as they have not been asked. */
void rule_people_ask(
    struct rule_people *people, struct rule_question question);

/* Marks the questions behind MARK as asked, and drops those before it and those
 * that were asked before. */
void rule_people_send(struct rule_people *people, size_t mark);

/* To be called when the answers are stored: what is still RULE_ASKED will not
 * be answered, for FAULT.  No question is left. */
void rule_people_received(
    struct rule_people *people, const struct err *fault);

#endif
