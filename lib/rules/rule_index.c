/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_index.h"

#include "formats/address.h"
#include "rules/rule_eval.h"

#include <stdlib.h>
#include <string.h>

/* A guard with more names, from a long list, would fill the index and rarely
 * keep a message out. */
enum { NAMES_MAX = 200, WORD_BITS = 64 };

/* The facts that can guard: known from RCPT on, and one name of few. */
static const enum rule_fact_id guards[] = { FACT_SENDER, FACT_SENDER_DOMAIN,
	FACT_LOGIN, FACT_LISTENER, FACT_RECIPIENT, FACT_RECIPIENT_DOMAIN };
enum { GUARD_COUNT = sizeof(guards) / sizeof(guards[0]) };

/* NAME guards RULE. */
struct entry {
	enum rule_fact_id fact;
	struct span name; /* in lower case */
	size_t rule;
};

/* The rules of one kind. */
struct half {
	struct entry *entries; /* sorted by fact, name and rule */
	size_t entry_count;
	uint64_t *always; /* rules without a guard */
};

struct rule_index {
	size_t rule_count;
	size_t words;
	uint64_t *all[2]; /* that are not off, by per_recipient */
	struct half halves[2];
};

static void
set_bit(uint64_t *bits, size_t index)
{
	bits[index / WORD_BITS] |= UINT64_C(1) << (index % WORD_BITS);
}

static bool
is_guard(const struct rule_test *test)
{
	const struct rule_names *names = test->operand.names;

	if (test->negated || names == NULL || names->count > NAMES_MAX ||
	    (test->verb != VERB_IS && test->verb != VERB_IN))
		return false;
	for (size_t i = 0; i < GUARD_COUNT; i++)
		if (test->fact->id == guards[i])
			return true;
	return false;
}

static const struct rule_test *
narrower(const struct rule_test *a, const struct rule_test *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return b->operand.names->count < a->operand.names->count ? b : a;
}

/* A test without which CONDITION is false, the one with the fewest names, or
 * NULL. */
static const struct rule_test *
find_guard(const struct rule_condition *condition)
{
	const struct rule_quantifier *quantifier = &condition->quantifier;
	const struct rule_test *guard = NULL;

	switch (condition->kind) {
	case CONDITION_BROKEN:
	case CONDITION_OR:
	case CONDITION_NOT:
		break;
	case CONDITION_AND:
		for (size_t i = 0; i < condition->child_count; i++)
			guard = narrower(
			    guard, find_guard(condition->children[i]));
		break;
	case CONDITION_TEST:
		if (is_guard(&condition->test))
			guard = &condition->test;
		break;
	case CONDITION_QUANTIFIER:
		/* Of attachments there may be any number unread. */
		if (quantifier->noun == NOUN_RECIPIENT &&
		    (quantifier->quantity == QUANTITY_ANY ||
			quantifier->quantity == QUANTITY_AT_LEAST) &&
		    quantifier->inner != NULL)
			guard = find_guard(quantifier->inner);
		break;
	case CONDITION_DEFINED:
		guard = find_guard(condition->defined.define->condition);
		break;
	}
	return guard;
}

static int
compare_keys(enum rule_fact_id fact, struct span name, const struct entry *b)
{
	if (fact != b->fact)
		return fact < b->fact ? -1 : 1;
	return span_compare_case(name, b->name);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare_keys(x->fact, x->name, y);

	if (order != 0)
		return order;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static void
add_rule(struct rule_index *index, const struct rule *rule, struct pool *pool)
{
	struct half *half = &index->halves[rule->per_recipient];
	const struct rule_test *guard = find_guard(rule->when);

	set_bit(index->all[rule->per_recipient], rule->index);
	if (guard == NULL) {
		set_bit(half->always, rule->index);
		return;
	}
	for (size_t i = 0; i < guard->operand.names->count; i++) {
		half->entries = pool_grow(pool, half->entries,
		    half->entry_count, sizeof(*half->entries));
		half->entries[half->entry_count++] = (struct entry){
			.fact = guard->fact->id,
			.name = guard->operand.names->items[i],
			.rule = rule->index,
		};
	}
}

struct rule_index *
rule_index_new(const struct rule_set *set)
{
	struct pool *pool = set->pool;
	struct rule_index *index = pool_alloc(pool, sizeof(*index));

	index->rule_count = set->rule_count;
	index->words = set->rule_count / WORD_BITS + 1;
	for (size_t i = 0; i < 2; i++) {
		index->all[i] =
		    pool_alloc_array(pool, index->words, sizeof(uint64_t));
		index->halves[i].always =
		    pool_alloc_array(pool, index->words, sizeof(uint64_t));
	}
	for (size_t i = 0; i < set->rule_count; i++)
		if (set->rules[i]->mode != MODE_OFF)
			add_rule(index, set->rules[i], pool);
	for (size_t i = 0; i < 2; i++) {
		struct half *half = &index->halves[i];

		if (half->entry_count > 1)
			qsort(half->entries, half->entry_count,
			    sizeof(*half->entries), compare_entries);
	}
	return index;
}

/* A message's names being looked up. */
struct search {
	const struct half *half;
	uint64_t *bits;
};

/* Adds the rules that NAME guards as FACT. */
static void
add_name(const struct search *search, enum rule_fact_id fact,
    struct span name)
{
	const struct entry *entries = search->half->entries;
	size_t low = 0, high = search->half->entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_keys(fact, name, &entries[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < search->half->entry_count &&
	    compare_keys(fact, name, &entries[low]) == 0;
	    low++)
		set_bit(search->bits, entries[low].rule);
}

/* The same for a domain and, as ".example.com", those above it. */
static void
add_domain(const struct search *search, enum rule_fact_id fact,
    struct span domain)
{
	add_name(search, fact, domain);
	for (size_t i = 1; i < domain.len; i++)
		if (domain.ptr[i] == '.')
			add_name(search, fact,
			    span_slice(domain, i, domain.len));
}

static void
add_address(const struct search *search, enum rule_fact_id fact,
    enum rule_fact_id domain, const struct address *address,
    struct pool *pool)
{
	add_domain(search, domain, address->domain);
	if (address->text.len > 0)
		add_name(search, fact, address_key(pool, address));
}

/* Adds the rules that the names in FACTS select. */
static void
add_names(const struct search *search, const struct rule_facts *facts,
    long recipient)
{
	const struct message *message = facts->message;
	bool per_recipient = recipient != RULE_NO_RECIPIENT;
	size_t first = per_recipient ? (size_t)recipient : 0;
	size_t end = per_recipient ? first + 1 : message->recipient_count;

	if (search->half->entry_count == 0)
		return; /* there may be thousands of recipients */
	add_address(search, FACT_SENDER, FACT_SENDER_DOMAIN,
	    &message->sender, facts->temporary);
	add_name(search, FACT_LOGIN, facts->connection->login);
	add_name(search, FACT_LISTENER, facts->connection->listener);
	for (size_t i = first; i < end; i++)
		add_address(search, FACT_RECIPIENT, FACT_RECIPIENT_DOMAIN,
		    &message->recipients[i].address, facts->temporary);
}

void
rule_index_find(const struct rule_index *index, struct rule_facts *facts,
    long recipient, struct pool *pool, struct rule_candidates *candidates)
{
	bool per_recipient = recipient != RULE_NO_RECIPIENT;
	struct search search = { .half = &index->halves[per_recipient] };
	size_t size = index->words * sizeof(uint64_t);

	pool_reset(facts->temporary);
	if (candidates->concerned == NULL)
		candidates->concerned = pool_alloc(pool, size);
	candidates->count = index->rule_count;
	memcpy(candidates->concerned, search.half->always, size);
	search.bits = candidates->concerned;
	add_names(&search, facts, recipient);
	/* An explanation tells of every rule. */
	candidates->bits = facts->trace != NULL ? index->all[per_recipient]
						: candidates->concerned;
}

bool
rule_candidates_concern(
    const struct rule_candidates *candidates, size_t index)
{
	return (candidates->concerned[index / WORD_BITS] >>
		    (index % WORD_BITS) & 1) != 0;
}

size_t
rule_candidates_next(const struct rule_candidates *candidates, size_t from)
{
	size_t words = candidates->count / WORD_BITS + 1;
	size_t word = from / WORD_BITS;
	uint64_t rest;

	if (from >= candidates->count)
		return candidates->count;
	rest = candidates->bits[word] >> (from % WORD_BITS);
	if (rest != 0)
		return from + (size_t)__builtin_ctzll(rest);
	while (++word < words)
		if (candidates->bits[word] != 0)
			return word * WORD_BITS +
			    (size_t)__builtin_ctzll(candidates->bits[word]);
	return candidates->count;
}
