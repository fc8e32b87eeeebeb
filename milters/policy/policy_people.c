/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy_people.h"

/* Lookups of one message at the same time.  Each asks about its share of the
 * people, one after the other: a message to a thousand must not fill the queue
 * of all. */
enum { LOOKUPS_MAX = 8 };

struct asked_group {
	size_t index; /* in rule_directory.groups */
	enum lookup_result member;
	struct err fault;
};

/* One person in a lookup, in its pool: what is asked, and the answers. */
struct asked_person {
	struct rule_person *person; /* not for the worker */
	struct address address;
	bool manager;
	/* By this lookup or one before; LOOKUP_FAILED at first. */
	enum lookup_result found;
	struct directory_entry entry;
	enum lookup_result managers_found;
	struct directory_addresses *managers;
	size_t manager_count;
	struct asked_group *groups;
	size_t group_count;
	struct err fault; /* of FOUND or MANAGERS_FOUND */
};

struct asked_people {
	const struct policy_directory *directory;
	struct asked_person **items;
	size_t count;
};

/* What is kept of a person from one lookup to the next, in the pool of the
 * message. */
struct record {
	enum lookup_result found;
	struct directory_entry entry; /* where it is LOOKUP_FOUND */
	/* While lookups are made: which has the person, and as what. */
	struct lookup *lookup;
	struct asked_person *asked;
};

/* Answers all about one person; on a worker. */
static void
look_up(const struct policy_directory *directory, struct asked_person *asked,
    struct pool *pool, int64_t deadline_us)
{
	const struct directory_people *people = directory->people;

	if (asked->found == LOOKUP_FAILED)
		asked->found = directory_person_find(people, &asked->address,
		    pool, &asked->entry, deadline_us, &asked->fault);
	if (asked->found != LOOKUP_FOUND)
		return;
	if (asked->manager)
		asked->managers_found = directory_person_managers(people,
		    &asked->entry, pool, &asked->managers,
		    &asked->manager_count, deadline_us, &asked->fault);
	for (size_t i = 0; i < asked->group_count; i++) {
		struct asked_group *group = &asked->groups[i];

		group->member = directory_person_in_group(people,
		    &asked->entry, &asked->address,
		    directory->asked->groups[group->index], pool, deadline_us,
		    &group->fault);
	}
}

/* Each person has answers of his own; of the lookup it counts only that it came
 * to its end. */
static enum lookup_result
run(struct lookup *lookup, int64_t deadline_us)
{
	struct asked_people *people = lookup->data;

	for (size_t i = 0; i < people->count; i++)
		look_up(people->directory, people->items[i], lookup->pool,
		    deadline_us);
	return LOOKUP_FOUND;
}

static struct record *
record_of(struct rule_person *person, struct pool *pool)
{
	if (person->record == NULL)
		/* LOOKUP_FAILED is zero: not found yet. */
		person->record = pool_alloc(pool, sizeof(struct record));
	return person->record;
}

/* Puts PERSON into LOOKUP. */
static void
add_person(struct lookup *lookup, struct rule_person *person)
{
	struct asked_people *people = lookup->data;
	struct pool *pool = lookup->pool;
	struct record *record = person->record;
	struct asked_person *asked = pool_alloc(pool, sizeof(*asked));

	asked->person = person;
	(void)address_parse(
	    pool_dup(pool, person->address.text), &asked->address, NULL);
	asked->found = record->found;
	if (asked->found == LOOKUP_FOUND)
		directory_entry_copy(&asked->entry, pool, &record->entry);
	people->items = pool_grow(pool, people->items, people->count,
	    sizeof(struct asked_person *));
	people->items[people->count++] = asked;
	record->lookup = lookup;
	record->asked = asked;
}

static void
add_group(struct asked_person *asked, struct pool *pool, size_t group)
{
	asked->groups = pool_grow(
	    pool, asked->groups, asked->group_count, sizeof(*asked->groups));
	asked->groups[asked->group_count++] =
	    (struct asked_group){ .index = group };
}

static struct lookup *
make_lookup(struct decision *decision, struct policy_directory *directory)
{
	struct lookup *lookup = decision_ask(decision, run, directory);
	struct asked_people *people =
	    pool_alloc(lookup->pool, sizeof(*people));

	people->directory = directory;
	lookup->data = people;
	return lookup;
}

void
policy_people_ask(struct decision *decision,
    struct policy_directory *directory, struct rule_people *people)
{
	struct lookup *lookups[LOOKUPS_MAX] = { NULL };
	size_t next = 0;

	for (size_t i = 0; i < people->question_count; i++) {
		const struct rule_question *question = &people->questions[i];
		struct record *record =
		    record_of(question->person, people->pool);

		if (record->asked == NULL) {
			if (lookups[next] == NULL)
				lookups[next] =
				    make_lookup(decision, directory);
			add_person(lookups[next], question->person);
			next = (next + 1) % LOOKUPS_MAX;
		}
		if (question->ask == RULE_ASK_MANAGER)
			record->asked->manager = true;
		else if (question->ask == RULE_ASK_GROUP)
			add_group(record->asked, record->lookup->pool,
			    question->group);
	}
	for (size_t i = 0; i < people->question_count; i++)
		record_of(people->questions[i].person, people->pool)->asked =
		    NULL;
}

/* The values of the attribute NAME, with its options ("cn;lang-en"). */
static void
take_attribute(struct rule_entry_values *texts, struct pool *pool,
    const struct directory_entry *entry, struct span name)
{
	for (size_t i = 0; i < entry->attribute_count; i++) {
		const struct directory_attribute *attribute =
		    &entry->attributes[i];

		if (!directory_attribute_is(attribute->name, name))
			continue;
		for (size_t j = 0; j < attribute->value_count; j++) {
			texts->items = pool_grow(pool, texts->items,
			    texts->count, sizeof(*texts->items));
			texts->items[texts->count++] = attribute->values[j];
		}
	}
}

static void
take_fault(struct rule_answer *answer, struct pool *pool,
    const struct err *fault)
{
	struct err *kept = pool_alloc(pool, sizeof(*kept));

	*kept = *fault;
	answer->known = RULE_UNANSWERED;
	answer->fault = kept;
}

/* The directory could not look for somebody. */
static void
take_failure(const struct asked_person *asked, struct pool *pool)
{
	struct rule_person *person = asked->person;

	if (person->entry.known == RULE_ASKED)
		take_fault(&person->entry, pool, &asked->fault);
	if (asked->manager)
		take_fault(&person->manager, pool, &asked->fault);
	for (size_t i = 0; i < asked->group_count; i++)
		take_fault(
		    &rule_person_membership(person, asked->groups[i].index)
			 ->answer,
		    pool, &asked->fault);
}

static void
take_entry(const struct asked_person *asked,
    const struct policy_directory *directory,
    const struct rule_people *people)
{
	const struct conf_strings *names = &directory->attributes;
	struct rule_person *person = asked->person;
	struct record *record = person->record;

	if (person->entry.known == RULE_ANSWERED)
		return;
	person->entry.known = RULE_ANSWERED;
	record->found = asked->found;
	if (asked->found != LOOKUP_FOUND)
		return;
	directory_entry_copy(&record->entry, people->pool, &asked->entry);
	person->attributes = pool_alloc_array(people->pool, names->count + 1,
	    sizeof(*person->attributes));
	for (size_t i = 0; i < names->count; i++)
		take_attribute(&person->attributes[i], people->pool,
		    &record->entry, span_of(names->items[i]));
}

static void
take_managers(
    const struct asked_person *asked, const struct rule_people *people)
{
	struct rule_person *person = asked->person;
	struct pool *pool = people->pool;

	if (asked->found == LOOKUP_FOUND &&
	    asked->managers_found == LOOKUP_FAILED) {
		take_fault(&person->manager, pool, &asked->fault);
		return;
	}
	person->manager.known = RULE_ANSWERED;
	person->managers = pool_alloc_array(
	    pool, asked->manager_count + 1, sizeof(*person->managers));
	person->manager_count = asked->manager_count;
	for (size_t i = 0; i < asked->manager_count; i++) {
		struct rule_entry_values *texts = &person->managers[i];

		texts->count = asked->managers[i].count;
		texts->items = pool_alloc_array(
		    pool, texts->count + 1, sizeof(*texts->items));
		for (size_t j = 0; j < texts->count; j++)
			texts->items[j] =
			    pool_dup(pool, asked->managers[i].items[j]);
	}
}

static void
take_group(const struct asked_person *asked,
    const struct asked_group *group, const struct rule_people *people)
{
	struct rule_membership *membership =
	    rule_person_membership(asked->person, group->index);

	/* Who is not there is in no group. */
	if (asked->found == LOOKUP_FOUND && group->member == LOOKUP_FAILED) {
		take_fault(&membership->answer, people->pool, &group->fault);
		return;
	}
	membership->answer.known = RULE_ANSWERED;
	membership->member = asked->found == LOOKUP_FOUND &&
	    group->member == LOOKUP_FOUND;
}

static void
take_person(const struct asked_person *asked,
    const struct policy_directory *directory,
    const struct rule_people *people)
{
	if (asked->found == LOOKUP_FAILED) {
		take_failure(asked, people->pool);
		return;
	}
	take_entry(asked, directory, people);
	if (asked->manager)
		take_managers(asked, people);
	for (size_t i = 0; i < asked->group_count; i++)
		take_group(asked, &asked->groups[i], people);
}

void
policy_people_take(const struct decision *decision,
    const struct policy_directory *directory, struct rule_people *people)
{
	struct err fault = { .kind = ERR_NONE };

	for (size_t i = 0; i < decision->lookup_count; i++) {
		const struct lookup *lookup = decision->lookups[i];
		const struct asked_people *asked = lookup->data;

		/* Where its time was over, a worker may be writing still. */
		if (lookup->result == LOOKUP_FAILED || asked == NULL) {
			fault = lookup->err;
			continue;
		}
		for (size_t j = 0; j < asked->count; j++)
			take_person(asked->items[j], directory, people);
	}
	rule_people_received(people, &fault);
}
