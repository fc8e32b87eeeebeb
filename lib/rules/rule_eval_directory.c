/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of what the directory says of somebody.
 *
 * One who is not there has no attribute, no manager and is in no group; that
 * the directory could not be asked is a fault.  Only addresses of ours are
 * asked about: nobody else's say anything about people elsewhere.
 */
#include "rules/rule_people.h"
#include "rules/rule_values.h"

/* From fields may name any number of addresses, each a lookup. */
enum { PEOPLE_MAX = 20 };

/* What is known of several people together. */
struct found {
	struct rule_values values;
	bool failed;
	bool not_yet;
};

static const struct rule_fact base_facts[] = {
	[PERSON_SENDER] = { .id = FACT_SENDER },
	[PERSON_FROM] = { .id = FACT_FROM },
	[PERSON_RECIPIENT] = { .id = FACT_RECIPIENT },
};

bool
rule_test_asks(const struct rule_test *test)
{
	return test->fact->id == FACT_ATTRIBUTE ||
	    test->fact->id == FACT_MANAGER ||
	    test->operand.person != NULL || test->operand.groups != NULL;
}

/* Whose entry TEST speaks of. */
static struct rule_person_name
person_of(const struct rule_test *test)
{
	if (test->fact->id == FACT_SENDER)
		return (struct rule_person_name){ PERSON_SENDER, 0 };
	if (test->fact->id == FACT_FROM)
		return (struct rule_person_name){ PERSON_FROM, 0 };
	if (test->fact->id == FACT_RECIPIENT)
		return (struct rule_person_name){ PERSON_RECIPIENT, 0 };
	return test->person;
}

/* The person of ADDRESS; NULL where the directory has nothing to say. */
static struct rule_person *
find_person(struct rule_eval *eval, struct span text)
{
	const struct rule_facts *facts = eval->facts;
	struct address address;
	struct err err;

	if (address_parse(text, &address, &err) < 0 ||
	    address.domain.len == 0 ||
	    !rule_is_internal(facts, address.local, address.domain))
		return NULL;
	return rule_people_find(facts->people, &address, facts->temporary);
}

/* True if ANSWER, about PERSON, is known.  Else adds to FOUND why it is not,
 * and asks where that was not done. */
static bool
has_answer(struct rule_eval *eval, struct rule_person *person,
    const struct rule_answer *answer, enum rule_ask ask, size_t group,
    struct found *found)
{
	struct rule_people *people = eval->facts->people;
	enum rule_known known = answer->known;

	/* A rule in force asks again: it must not fail by one on trial. */
	if (known == RULE_UNANSWERED && answer->on_trial && !eval->on_trial)
		known = RULE_UNASKED;
	switch (known) {
	case RULE_ANSWERED:
		return true;
	case RULE_UNANSWERED:
		eval->fault = *answer->fault;
		found->failed = true;
		break;
	case RULE_UNASKED:
		if (eval->on_trial && people->failed) {
			(void)err_set(&eval->fault, ERR_TEMPORARY,
			    "the directory has failed this message, and a "
			    "rule in audit mode waits for nothing more");
			found->failed = true;
			break;
		}
		rule_people_ask(people,
		    (struct rule_question){
			.person = person,
			.ask = ask,
			.group = group,
			.on_trial = eval->on_trial,
		    });
		found->not_yet = true;
		break;
	case RULE_ASKED:
		found->not_yet = true;
		break;
	}
	return false;
}

/* True if the directory can be asked about the people of VALUES. */
static bool
may_ask(struct rule_eval *eval, const struct rule_values *values)
{
	if (eval->facts->people == NULL) {
		(void)err_set(&eval->fault, ERR_CONFIG,
		    "there is no directory to ask");
		return false;
	}
	if (values->count > PEOPLE_MAX) {
		(void)err_set(&eval->fault, ERR_LIMIT,
		    "more than %d addresses to ask the directory about",
		    PEOPLE_MAX);
		return false;
	}
	return true;
}

/* The addresses of the managers of ADDRESSES; of each only that to write to,
 * unless ALL. */
static void
find_managers(struct rule_eval *eval, const struct rule_values *addresses,
    bool all, struct found *found)
{
	struct pool *pool = eval->facts->temporary;

	if (!may_ask(eval, addresses)) {
		found->failed = true;
		return;
	}
	for (size_t i = 0; i < addresses->count; i++) {
		struct rule_person *person =
		    find_person(eval, addresses->items[i]);

		if (person == NULL ||
		    !has_answer(eval, person, &person->manager,
			RULE_ASK_MANAGER, 0, found))
			continue;
		for (size_t j = 0; j < person->manager_count; j++) {
			const struct rule_entry_values *texts =
			    &person->managers[j];

			for (size_t k = 0; k < texts->count; k++)
				if (all || k == 0)
					rule_values_add(pool, &found->values,
					    texts->items[k]);
		}
	}
}

/* The addresses of NAME; with ALL those of a manager, not only the first. */
static void
find_addresses(struct rule_eval *eval, const struct rule_person_name *name,
    bool all, struct found *found)
{
	const struct rule_test base = { .fact = &base_facts[name->role] };

	*found = (struct found){ .failed = false };
	if (name->role == PERSON_FROM &&
	    eval->facts->stage < RULE_STAGE_HEADERS) {
		found->not_yet = true;
		return;
	}
	rule_values_get(eval, &base, &found->values);
	for (unsigned i = 0; i < name->managers; i++) {
		struct rule_values below = found->values;

		/* Values may point into what they were copied from. */
		if (below.count == 1)
			below.items = &below.one;
		found->values = (struct rule_values){ .count = 0 };
		find_managers(eval, &below,
		    all && i + 1 == name->managers, found);
	}
}

/* The value of what FOUND has, where VALUE is that of what is known: a test
 * that holds for one holds, whatever the others say. */
static enum rule_value
combine(const struct found *found, enum rule_value value,
    enum rule_value decides)
{
	if (value == decides)
		return value;
	if (found->not_yet)
		return RULE_NOT_YET;
	return found->failed ? RULE_FAILED : value;
}

/* Replaces the addresses in FOUND by the values of the test's attribute. */
static void
find_attribute(struct rule_eval *eval, const struct rule_test *test,
    struct found *found)
{
	struct rule_values addresses = found->values;

	if (addresses.count == 1)
		addresses.items = &addresses.one;
	found->values = (struct rule_values){ .count = 0 };
	if (!may_ask(eval, &addresses)) {
		found->failed = true;
		return;
	}
	for (size_t i = 0; i < addresses.count; i++) {
		struct rule_person *person =
		    find_person(eval, addresses.items[i]);
		const struct rule_entry_values *texts;

		if (person == NULL ||
		    !has_answer(eval, person, &person->entry, RULE_ASK_ENTRY,
			0, found) ||
		    person->attributes == NULL)
			continue;
		texts = &person->attributes[test->attribute_index];
		for (size_t j = 0; j < texts->count; j++)
			rule_values_add(eval->facts->temporary,
			    &found->values, texts->items[j]);
	}
}

static enum rule_value
test_groups(struct rule_eval *eval, const struct rule_groups *groups,
    struct found *found)
{
	static const struct rule_answer unasked = { .known = RULE_UNASKED };

	if (!may_ask(eval, &found->values)) {
		found->failed = true;
		return combine(found, RULE_FALSE, RULE_TRUE);
	}
	for (size_t i = 0; i < found->values.count; i++) {
		struct rule_person *person =
		    find_person(eval, found->values.items[i]);

		for (size_t j = 0; person != NULL && j < groups->count; j++) {
			size_t group = groups->items[j];
			const struct rule_membership *known =
			    rule_person_membership(person, group);

			if (has_answer(eval, person,
				known != NULL ? &known->answer : &unasked,
				RULE_ASK_GROUP, group, found) &&
			    known != NULL && known->member)
				return RULE_TRUE;
		}
	}
	return combine(found, RULE_FALSE, RULE_TRUE);
}

static bool
same_address(struct rule_eval *eval, struct span a, struct span b)
{
	struct pool *pool = eval->facts->temporary;
	struct address x, y;
	struct err err;

	return a.len > 0 && address_parse(a, &x, &err) == 0 &&
	    address_parse(b, &y, &err) == 0 &&
	    span_equal(address_key(pool, &x), address_key(pool, &y));
}

/* One of the addresses in FOUND is one of those of the operand's person. */
static enum rule_value
test_person(struct rule_eval *eval, const struct rule_person_name *name,
    struct found *found)
{
	struct found others;

	find_addresses(eval, name, true, &others);
	for (size_t i = 0; i < found->values.count; i++)
		for (size_t j = 0; j < others.values.count; j++)
			if (same_address(eval, found->values.items[i],
				others.values.items[j]))
				return RULE_TRUE;
	found->failed |= others.failed;
	found->not_yet |= others.not_yet;
	return combine(found, RULE_FALSE, RULE_TRUE);
}

enum rule_value
rule_evaluate_directory(struct rule_eval *eval, const struct rule_test *test)
{
	const struct rule_groups *groups = test->operand.groups;
	struct rule_person_name name = person_of(test);
	enum rule_value decides =
	    test->verb == VERB_IS_EMPTY ? RULE_FALSE : RULE_TRUE;
	struct found found;

	/* A person is asked about by one address; values are compared in all
	 * their forms. */
	find_addresses(eval, &name,
	    test->fact->id != FACT_ATTRIBUTE && groups == NULL, &found);
	if (groups != NULL)
		return test_groups(eval, groups, &found);
	if (test->operand.person != NULL)
		return test_person(eval, test->operand.person, &found);
	if (test->fact->id == FACT_ATTRIBUTE)
		find_attribute(eval, test, &found);
	return combine(
	    &found, rule_evaluate_values(eval, test, &found.values), decides);
}

void
rule_directory_values(struct rule_eval *eval, const struct rule_test *test,
    struct rule_values *values)
{
	struct rule_people *people = eval->facts->people;
	size_t questions = people != NULL ? people->question_count : 0;
	struct rule_person_name name = person_of(test);
	struct rule_eval aside = *eval;
	struct found found;

	find_addresses(
	    &aside, &name, test->fact->id != FACT_ATTRIBUTE, &found);
	if (test->fact->id == FACT_ATTRIBUTE)
		find_attribute(&aside, test, &found);
	if (people != NULL)
		people->question_count = questions;
	*values = found.values;
	if (values->count == 1)
		values->items = &values->one;
}
