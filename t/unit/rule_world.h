/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message of which everything is known, for the model of evaluation: who it
 * is from and to, what it holds, when it came, and what the directory says.
 */
#ifndef LUMBAR_T_RULE_WORLD_H
#define LUMBAR_T_RULE_WORLD_H

#include "rules/rule_ast.h"
#include "rules/rule_people.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>

enum value {
	NO,
	YES,
	UNKNOWN, /* for a fault */
};

/* What is so or not of the message as a whole. */
enum variable {
	LOGIN,
	SENDER,
	MARK,
	SLOW, /* UNKNOWN or NO */
	SECRET,
	CARD, /* one near the word */
	CARDS, /* two */
	CALENDAR,
	NO_CHARSET,
	SPF,
	FROM,
	HOUR,
	FRIDAY,
	VARIABLES,
};

enum { RECIPIENTS_MAX = 3, ATTACHMENTS_MAX = 3 };

struct world_recipient {
	bool external, refused;
	enum value group, department, manager;
};

struct world_attachment {
	bool program; /* by its name */
	bool marked;  /* by its text */
	bool unread;
	enum value executable; /* by its type */
};

struct world {
	enum value variables[VARIABLES];
	struct world_recipient recipients[RECIPIENTS_MAX];
	unsigned recipient_count;
	struct world_attachment attachments[ATTACHMENTS_MAX];
	unsigned attachment_count;
	bool unread; /* the last attachment cannot be read */
};

static const struct text_file world_files[] = {
	{ "owners.csv", "alice,a@here.example,one,Sales;Other\n" },
	{ "budgets.csv", "sales,1\n" },
	{ NULL, NULL },
};

static const char world_rules[] =
    "unread content is held\n"
    "timezone \"UTC\"\n"
    "schedule office = weekdays monday..friday hours 8-18\n"
    "list here = domains { here.example }\n"
    "list staffers = members of group \"staff\"\n"
    "table owners = \"owners.csv\" key login columns owner, mark, department\n"
    "table budgets = \"budgets.csv\" key login columns budget\n"
    "define to-there = any recipient domain is there.example\n";

static inline void
world_add_attachment(const struct world_attachment *attachment,
    struct buf *body)
{
	if (attachment->unread)
		(void)buf_printf(body,
		    "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
		    "x\r\n");
	else
		(void)buf_printf(body,
		    "--b\r\nContent-Type: text/plain\r\n"
		    "Content-Disposition: attachment; filename=\"f.%s\"\r\n"
		    "\r\n%s\r\n",
		    attachment->program ? "exe" : "txt",
		    attachment->marked ? "marked" : "plain");
}

static inline void
world_write(const struct world *world, struct buf *headers, struct buf *body)
{
	const enum value *has = world->variables;

	if (has[MARK] == YES)
		(void)buf_printf(headers, "X-Mark: one\n");
	if (has[SLOW] == UNKNOWN)
		(void)buf_printf(headers,
		    "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n");
	(void)buf_printf(headers,
	    "From: x@%s.example\n"
	    "Authentication-Results: mx.example.com; spf=%s\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
	    has[FROM] == YES ? "from" : "else",
	    has[SPF] == YES ? "pass" : "fail");
	(void)buf_printf(body,
	    "--b\r\nContent-Type: text/plain%s\r\n\r\n%s %s "
	    "4111111111111111\r\n%s\r\n",
	    has[NO_CHARSET] == YES ? "" : "; charset=us-ascii",
	    has[SECRET] == YES ? "secret" : "",
	    has[CARD] == YES ? "paid" : "",
	    has[CARDS] == YES ? "5500005555555559" : "");
	if (has[CALENDAR] == YES)
		(void)buf_printf(body,
		    "--b\r\nContent-Type: text/calendar\r\n"
		    "Content-Disposition: inline\r\n\r\nx\r\n");
	for (unsigned i = 0; i < world->attachment_count; i++)
		world_add_attachment(&world->attachments[i], body);
	(void)buf_printf(body, "--b--\r\n");
}

static inline void
world_set_types(const struct world *world, struct content_facts *content)
{
	unsigned at = 0;

	for (size_t i = 0; i < content->part_count; i++) {
		struct part *part = &content->parts[i];
		enum value executable;

		if (!part->is_attachment)
			continue;
		ck_assert_uint_lt(at, world->attachment_count);
		executable = world->attachments[at++].executable;
		part->true_type = executable == YES
		    ? SPAN("application/x-dosexec")
		    : executable == NO ? SPAN("text/plain")
				       : (struct span){ NULL, 0 };
	}
	ck_assert_uint_eq(at, world->attachment_count);
}

/* The message as rules see it. */
static inline void
world_message(const struct world *world, struct rule_message *m)
{
	static struct span authserv_id[] = { SPAN_INIT("mx.example.com") };
	static const struct rule_names authserv_ids = { authserv_id, 1 };
	/* 2027-01-01 00:00 UTC, a Friday. */
	enum { FRIDAY_S = 1798761600, DAY_S = 86400, HOUR_S = 3600 };
	static const char *const nobody[] = { NULL };
	const enum value *has = world->variables;
	int64_t began = FRIDAY_S;
	struct buf headers, body;

	buf_init(&headers, 4096);
	buf_init(&body, 4096);
	world_write(world, &headers, &body);
	rule_message_init(m,
	    has[SENDER] == YES ? "a@Here.example" : "a@b.example", nobody,
	    buf_string(&headers), buf_span(&body));
	for (unsigned i = 0; i < world->recipient_count; i++) {
		char address[64];

		(void)snprintf(address, sizeof(address), "R%u@%s", i,
		    world->recipients[i].external ? "There.example"
						  : "EXAMPLE.com");
		rule_message_add_recipient(m, address);
		m->message.recipients[i].refused =
		    world->recipients[i].refused;
	}
	if (has[LOGIN] == YES)
		m->connection.login = SPAN("Alice");
	began += has[FRIDAY] == YES ? 0 : DAY_S;
	began += (has[HOUR] == YES ? 12 : 20) * HOUR_S;
	m->message.began.wall_us = began * CLOCK_SECOND_US;
	m->facts.authserv_ids = &authserv_ids;
	world_set_types(world, content_finish(m->content));
	buf_free(&headers);
	buf_free(&body);
}

/* What the directory says to the questions of PEOPLE; what is UNKNOWN it does
 * not answer. */
static inline void
world_answer(const struct world *world, const struct rule_set *set,
    struct rule_people *people)
{
	static struct span department[] = { SPAN_INIT("Sales") };
	static struct span boss[] = { SPAN_INIT("boss@example.com") };
	static struct rule_entry_values managers[] = { { boss, 1 } };
	const struct rule_directory *directory = rule_set_directory(set);
	struct err fault;

	for (size_t i = 0; i < people->question_count; i++) {
		const struct rule_question *question = &people->questions[i];
		struct rule_person *person = question->person;
		unsigned number = (unsigned)(person->key.ptr[1] - '0');
		const struct world_recipient *recipient;
		struct rule_membership *membership;

		ck_assert_uint_lt(number, world->recipient_count);
		recipient = &world->recipients[number];
		ck_assert(!recipient->external);
		switch (question->ask) {
		case RULE_ASK_ENTRY:
			if (recipient->department == UNKNOWN)
				break;
			person->entry.known = RULE_ANSWERED;
			person->attributes = pool_alloc_array(people->pool,
			    directory->attribute_count,
			    sizeof(*person->attributes));
			person->attributes[0] = (struct rule_entry_values){
				department, recipient->department == YES };
			break;
		case RULE_ASK_MANAGER:
			if (recipient->manager == UNKNOWN)
				break;
			person->manager.known = RULE_ANSWERED;
			person->managers = managers;
			person->manager_count = recipient->manager == YES;
			break;
		case RULE_ASK_GROUP:
			if (recipient->group == UNKNOWN)
				break;
			membership = rule_person_membership(
			    person, question->group);
			membership->answer.known = RULE_ANSWERED;
			membership->member = recipient->group == YES;
			break;
		}
	}
	(void)err_set(&fault, ERR_TEMPORARY, "no answer");
	rule_people_received(people, &fault);
}

#endif
