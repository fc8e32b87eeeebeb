/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_people.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>

struct rule_people *
rule_people_new(struct pool *pool)
{
	struct rule_people *people = pool_alloc(pool, sizeof(*people));

	people->pool = pool;
	return people;
}

static void
keep(void *person)
{
	(void)person; /* in the message's pool */
}

void
rule_people_free(struct rule_people **people)
{
	if (*people == NULL)
		return;
	tdestroy((*people)->tree, keep);
	*people = NULL;
}

static int
compare_people(const void *a, const void *b)
{
	return span_compare(((const struct rule_person *)a)->key,
	    ((const struct rule_person *)b)->key);
}

struct rule_person *
rule_people_find(struct rule_people *people,
    const struct address *address, struct pool *temporary)
{
	struct rule_person key = {
		.key = address_key(temporary, address),
	};
	struct rule_person **found =
	    tfind(&key, &people->tree, compare_people);
	struct rule_person *person;
	int parsed;

	if (found != NULL)
		return *found;
	person = pool_alloc(people->pool, sizeof(*person));
	person->key = pool_dup(people->pool, key.key);
	/* ADDRESS may be in TEMPORARY. */
	parsed = address_parse(
	    pool_dup(people->pool, address->text), &person->address, NULL);
	assert(parsed == 0);
	/* As with xalloc: no memory, no promise to keep about this mail. */
	if (tsearch(person, &people->tree, compare_people) == NULL)
		abort();
	return person;
}

void
rule_people_ask(struct rule_people *people, struct rule_question question)
{
	if (people->question_count == people->question_room) {
		people->questions = pool_grow(people->pool, people->questions,
		    people->question_room, sizeof(*people->questions));
		people->question_room++;
	}
	people->questions[people->question_count++] = question;
}

struct rule_membership *
rule_person_membership(const struct rule_person *person, size_t group)
{
	/* What was asked last is wanted most. */
	for (size_t i = person->group_count; i > 0; i--)
		if (person->groups[i - 1].group == group)
			return &person->groups[i - 1];
	return NULL;
}

/* The same, made where nobody has asked. */
static struct rule_membership *
membership_of(struct rule_people *people, struct rule_person *person,
    size_t group)
{
	struct rule_membership *membership =
	    rule_person_membership(person, group);

	if (membership != NULL)
		return membership;
	person->groups = pool_grow(people->pool, person->groups,
	    person->group_count, sizeof(*person->groups));
	membership = &person->groups[person->group_count++];
	*membership = (struct rule_membership){ .group = group };
	return membership;
}

/* What is known of the thing that QUESTION asks for. */
static struct rule_answer *
answer_of(struct rule_people *people, const struct rule_question *question)
{
	switch (question->ask) {
	case RULE_ASK_ENTRY:
		break;
	case RULE_ASK_MANAGER:
		return &question->person->manager;
	case RULE_ASK_GROUP:
		return &membership_of(
		    people, question->person, question->group)->answer;
	}
	return &question->person->entry;
}

void
rule_people_send(struct rule_people *people, size_t mark)
{
	size_t count = 0;

	for (size_t i = mark; i < people->question_count; i++) {
		const struct rule_question *question = &people->questions[i];
		struct rule_answer *answer = answer_of(people, question);

		if (answer->known != RULE_UNASKED &&
		    (answer->known != RULE_UNANSWERED || !answer->on_trial))
			continue;
		*answer = (struct rule_answer){
			.known = RULE_ASKED,
			.on_trial = question->on_trial,
		};
		people->questions[count++] = *question;
	}
	people->question_count = count;
}

void
rule_people_received(struct rule_people *people, const struct err *fault)
{
	struct err *kept = NULL;

	for (size_t i = 0; i < people->question_count; i++) {
		struct rule_answer *answer =
		    answer_of(people, &people->questions[i]);

		if (answer->known == RULE_ASKED && kept == NULL) {
			kept = pool_alloc(people->pool, sizeof(*kept));
			*kept = *fault;
		}
		if (answer->known == RULE_ASKED)
			*answer = (struct rule_answer){
				.known = RULE_UNANSWERED,
				.on_trial = answer->on_trial,
				.fault = kept,
			};
		if (answer->known == RULE_UNANSWERED &&
		    answer->fault->kind != ERR_CONFIG)
			people->failed = true;
	}
	people->question_count = 0;
}
