/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each recipient of ours is looked up at RCPT, where it alone can be refused.
 * What is found is put to use when the envelope is complete: an MTA takes
 * changes of recipients at the end of message only, and two recipients with
 * one routing address must make one.
 */
#include "milters/route/route_decide.h"

#include "milters/route/route_address.h"

#include <search.h>
#include <stdlib.h>

enum outcome {
	OUTCOME_PASS,
	OUTCOME_UNKNOWN,
	OUTCOME_ROUTE, /* to TARGET */
};

/* A recipient of ours that was looked up.  KEY is first: see compare_keys. */
struct routed {
	struct span key;
	enum outcome outcome;
	struct span target;
};

struct state {
	void *known;       /* tsearch(3) tree of struct routed, by key */
	/* By index of the recipient; NULL: passes untouched.  Shorter than
	 * the recipients are where the last ones pass. */
	struct routed **recipients;
	size_t count;
	size_t unknown;
	bool planned;
};

/* What a lookup asks and what it found. */
struct question {
	struct directory_keys keys;
	struct span target;
};

void
route_begin(struct decision *decision)
{
	decision->state =
	    pool_alloc(decision->message->pool, sizeof(struct state));
}

/* Order of what starts with a struct span; for tsearch(3). */
static int
compare_keys(const void *a, const void *b)
{
	return span_compare(
	    *(const struct span *)a, *(const struct span *)b);
}

static void
keep(void *item)
{
	(void)item; /* in the message's pool */
}

/* Adds ITEM, which starts with a span, to the tree ROOT: the one that stands
 * there, which is ITEM if it is new. */
static void *
insert(void **root, void *item)
{
	void **node = tsearch(item, root, compare_keys);

	/* As with xalloc: no memory, no promise to keep about this mail. */
	if (node == NULL)
		abort();
	return *node;
}

void
route_settle(struct decision *decision, enum settlement settlement)
{
	struct state *state = decision->state;

	(void)settlement;
	tdestroy(state->known, keep);
	state->known = NULL;
}

/* Asks the directory; on a worker. */
static enum lookup_result
run(struct lookup *lookup, int64_t deadline_us)
{
	const struct route_config *config = lookup->service;
	struct question *question = lookup->data;
	struct directory_entry entry;
	enum lookup_result result;
	bool by_plain = false;

	result = directory_lookup(config->query, &question->keys.exact,
	    lookup->pool, &entry, deadline_us, &lookup->err);
	if (result == LOOKUP_NOT_FOUND && question->keys.extension.len > 0) {
		by_plain = true;
		result = directory_lookup(config->query,
		    &question->keys.plain, lookup->pool, &entry, deadline_us,
		    &lookup->err);
	}
	if (result == LOOKUP_FOUND &&
	    route_target(config, &question->keys, by_plain, &entry,
		lookup->pool, &question->target, &lookup->err) < 0)
		return LOOKUP_FAILED;
	return result;
}

static enum answer
ask(struct decision *decision, const struct recipient *recipient)
{
	struct route_config *config = decision->config;
	struct lookup *lookup = decision_ask(decision, run, config);
	struct question *question =
	    pool_alloc(lookup->pool, sizeof(*question));

	directory_keys_fill(&question->keys, lookup->pool,
	    &recipient->address, config->conf->recipient_delimiter[0]);
	lookup->data = question;
	return ANSWER_LOOKUPS;
}

/* Keeps what the recipient that is asked about has become. */
static void
remember(struct decision *decision, struct routed *routed)
{
	struct state *state = decision->state;

	while (state->count <= decision->recipient) {
		state->recipients = pool_grow(decision->message->pool,
		    state->recipients, state->count,
		    sizeof(*state->recipients));
		state->recipients[state->count++] = NULL;
	}
	state->recipients[decision->recipient] = routed;
	if (routed->outcome != OUTCOME_UNKNOWN)
		return;
	state->unknown++;
	decision_refuse(decision, DISPOSITION_REJECT, 550, SPAN("5.1.1"),
	    "User unknown");
}

/* The target of LOOKUP as an outcome. */
static void
take_target(struct pool *pool, const struct question *question,
    struct routed *routed)
{
	struct address address;

	routed->outcome = OUTCOME_PASS;
	if (question->target.len == 0 ||
	    address_parse(question->target, &address, NULL) < 0)
		return;
	/* Routing to itself would only lose the spelling of the client. */
	if (span_equal(address_key(pool, &address), routed->key))
		return;
	routed->outcome = OUTCOME_ROUTE;
	routed->target = pool_dup(pool, question->target);
}

/* The directory has answered. */
static enum answer
take_answer(struct decision *decision, struct routed *routed)
{
	const struct lookup *lookup = decision->lookups[0];
	struct state *state = decision->state;

	switch (lookup->result) {
	case LOOKUP_FAILED:
		decision_fail(decision, "directory", &lookup->err);
		return ANSWER_DONE;
	case LOOKUP_NOT_FOUND:
		routed->outcome = OUTCOME_UNKNOWN;
		break;
	case LOOKUP_FOUND:
		take_target(
		    decision->message->pool, lookup->data, routed);
		break;
	}
	(void)insert(&state->known, routed);
	remember(decision, routed);
	return ANSWER_MORE;
}

static enum answer
decide_recipient(struct decision *decision)
{
	const struct route_config *config = decision->config;
	const struct recipient *recipient =
	    &decision->message->recipients[decision->recipient];
	const struct address *address = &recipient->address;
	struct state *state = decision->state;
	struct routed *routed;
	struct routed **known;

	if (!route_is_ours(config->conf, address) ||
	    route_is_exempt(config->conf, address))
		return ANSWER_MORE;
	if (route_is_source_route(address)) {
		/* Postfix deletes it only without its route, Sendmail only
		 * with it. */
		decision_refuse(decision, DISPOSITION_REJECT, 553,
		    SPAN("5.1.3"), "Source routes are not accepted");
		return ANSWER_MORE;
	}
	routed = pool_alloc(decision->message->pool, sizeof(*routed));
	routed->key = address_key(decision->message->pool, address);
	if (decision->lookup_count > 0)
		return take_answer(decision, routed);
	known = tfind(routed, &state->known, compare_keys);
	if (known == NULL)
		return ask(decision, recipient);
	remember(decision, *known);
	return ANSWER_MORE;
}

static const struct routed *
routed_of(const struct state *state, size_t recipient)
{
	if (recipient >= state->count ||
	    state->recipients[recipient] == NULL ||
	    state->recipients[recipient]->outcome != OUTCOME_ROUTE)
		return NULL;
	return state->recipients[recipient];
}

/* The key of ADDRESS in POOL, for a tree. */
static struct span *
tree_key(struct pool *pool, const struct address *address)
{
	struct span *key = pool_alloc(pool, sizeof(*key));

	*key = address_key(pool, address);
	return key;
}

/*
 * Replaces the recipients that are routed.  A target that is a recipient
 * already is not added again, for Postfix would deliver it twice where the
 * original recipients differ.  All deletions come first: an address may be
 * one's target and another's own.
 */
static size_t
plan(struct decision *decision)
{
	const struct message *message = decision->message;
	struct verdict *verdict = decision->verdict;
	struct state *state = decision->state;
	void *present = NULL;
	size_t count = 0;

	for (size_t i = 0; i < message->recipient_count; i++) {
		const struct recipient *recipient = &message->recipients[i];

		if (recipient->refused)
			continue;
		if (routed_of(state, i) == NULL) {
			(void)insert(&present,
			    tree_key(message->pool, &recipient->address));
			continue;
		}
		verdict_delete_recipient(verdict, recipient);
		count++;
	}
	for (size_t i = 0; i < message->recipient_count; i++) {
		const struct recipient *recipient = &message->recipients[i];
		const struct routed *routed = routed_of(state, i);
		struct address target;
		struct span *key;

		if (recipient->refused || routed == NULL ||
		    address_parse(routed->target, &target, NULL) < 0)
			continue;
		key = tree_key(message->pool, &target);
		if (insert(&present, key) == key)
			verdict_add_recipient(verdict, routed->target,
			    route_parameters(message->pool, recipient));
	}
	tdestroy(present, keep);
	return count;
}

enum answer
route_decide(struct decision *decision)
{
	struct state *state = decision->state;

	switch (decision->stage) {
	case STAGE_MAIL:
		return ANSWER_MORE;
	case STAGE_RECIPIENT:
		return decide_recipient(decision);
	case STAGE_DATA:
	case STAGE_HEADERS:
	case STAGE_END:
		break;
	}
	if (!state->planned) {
		state->planned = true;
		verdict_note(
		    decision->verdict, "routed", "%zu", plan(decision));
		verdict_note(
		    decision->verdict, "unknown", "%zu", state->unknown);
	}
	return ANSWER_DONE;
}
