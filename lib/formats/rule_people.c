/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/rule_people.h"

#include "formats/rule.h"

#include <search.h>
#include <stdlib.h>

struct rule_people *
rule_people_new(const struct rule_directory *directory, struct pool *pool)
{
	struct rule_people *people = pool_alloc(pool, sizeof(*people));

	people->pool = pool;
	people->group_count = directory->group_count;
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

	if (found != NULL)
		return *found;
	person = pool_alloc(people->pool, sizeof(*person));
	person->key = pool_dup(people->pool, key.key);
	person->address = *address;
	person->groups = pool_alloc_array(people->pool,
	    people->group_count + 1, sizeof(*person->groups));
	/* As with xalloc: no memory, no promise to keep about this mail. */
	if (tsearch(person, &people->tree, compare_people) == NULL)
		abort();
	return person;
}

void
rule_people_ask(struct rule_people *people, struct rule_person *person,
    enum rule_ask ask, size_t group)
{
	if (people->question_count == people->question_room) {
		people->questions = pool_grow(people->pool, people->questions,
		    people->question_room, sizeof(*people->questions));
		people->question_room++;
	}
	people->questions[people->question_count++] =
	    (struct rule_question){ person, ask, group };
}

/* What is known of the thing that QUESTION asks for. */
static struct rule_answer *
answer_of(const struct rule_question *question)
{
	switch (question->ask) {
	case RULE_ASK_ENTRY:
		break;
	case RULE_ASK_MANAGER:
		return &question->person->manager;
	case RULE_ASK_GROUP:
		return &question->person->groups[question->group].answer;
	}
	return &question->person->entry;
}

void
rule_people_send(struct rule_people *people)
{
	size_t count = 0;

	for (size_t i = 0; i < people->question_count; i++) {
		struct rule_answer *answer = answer_of(&people->questions[i]);

		if (answer->known != RULE_UNASKED)
			continue;
		answer->known = RULE_ASKED;
		people->questions[count++] = people->questions[i];
	}
	people->question_count = count;
}

void
rule_people_received(struct rule_people *people, const struct err *fault)
{
	struct err *kept = NULL;

	for (size_t i = 0; i < people->question_count; i++) {
		struct rule_answer *answer = answer_of(&people->questions[i]);

		if (answer->known == RULE_ASKED && kept == NULL) {
			kept = pool_alloc(people->pool, sizeof(*kept));
			*kept = *fault;
		}
		if (answer->known == RULE_ASKED)
			*answer =
			    (struct rule_answer){ RULE_UNANSWERED, kept };
		if (answer->known == RULE_UNANSWERED &&
		    answer->fault->kind != ERR_CONFIG)
			people->failed = true;
	}
	people->question_count = 0;
}
