/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-limit decides at RCPT: units are reserved there, for all limits of
 * the message or for none, and given back if the message does not get through.
 *
 * A limit on messages is tested at MAIL, and a message that is over it is
 * refused for each recipient alike, but not before RCPT: postmaster must
 * still be reached by it (RFC 5321 section 4.5.1).  Mail from the null sender
 * is never refused, for a bounce that cannot be delivered is lost; but who has
 * logged in sends no bounces, and a stolen password would need no sender.
 */
#include "milters/limit/limit.h"

#include "milters/limit/limit_config.h"

#include <inttypes.h>

#define DAY_US (INT64_C(24) * 3600 * CLOCK_SECOND_US)

/* A limit that applies to this message. */
struct use {
	const struct limit *limit;
	struct span value; /* whom it counts */
	struct siphash key;
	int64_t taken; /* units that we reserved for this message */
	int64_t used;  /* in the bucket when we looked last */
};

struct state {
	struct use *uses;
	size_t count;
	/* The limit on messages that this one is over, or NULL. */
	const struct use *over;
	int64_t over_wait_us;
	bool reserved; /* something, so the message itself is counted */
	int64_t reserved_us;
};

/* Claims on some of the uses of one message. */
struct selection {
	struct bucket_claim claims[BUCKET_CLAIMS_MAX];
	struct use *uses[BUCKET_CLAIMS_MAX];
	size_t count;
};

/* Where internal domains are not declared, every postmaster counts as ours:
 * better too many than to miss ours. */
static bool
is_postmaster(const struct settings *settings, const struct address *address)
{
	if (!address_local_is(address, SPAN("postmaster")))
		return false;
	return address->domain.len == 0 ||
	    settings->internal_domains.count == 0 ||
	    settings_internal(settings, address->domain);
}

static void
begin(struct decision *decision)
{
	decision->state =
	    pool_alloc(decision->message->pool, sizeof(struct state));
}

/* Finds out which limits apply. */
static void
gather_uses(struct decision *decision)
{
	const struct limit_set *set = decision->config;
	struct state *state = decision->state;
	struct pool *pool = decision->message->pool;

	if (limit_is_null_sender(decision->message) &&
	    decision->connection->login.len == 0)
		return;
	state->uses =
	    pool_alloc_array(pool, set->count, sizeof(*state->uses));
	for (size_t i = 0; i < set->count; i++) {
		struct use *use = &state->uses[state->count];
		const struct limit *limit = &set->limits[i];

		if (!limit_applies(limit, decision->connection,
			decision->message, pool, &use->value))
			continue;
		use->limit = limit;
		use->key =
		    bucket_key(decision->process, limit->name, use->value);
		state->count++;
	}
}

static void
select_use(struct selection *selection, struct use *use, int64_t cost)
{
	selection->uses[selection->count] = use;
	selection->claims[selection->count++] = (struct bucket_claim){
		.key = use->key,
		.rate = use->limit->bucket,
		.cost = cost,
	};
}

static void
note_use(struct verdict *verdict, const struct use *use)
{
	verdict_note(verdict, "limit", "%.*s", SPAN_ARGS(use->limit->name));
	verdict_note(verdict, "key", "%.*s", SPAN_ARGS(use->value));
	verdict_note(verdict, "used", "%" PRId64 "/%" PRId64, use->used,
	    use->limit->bucket.burst);
}

/* Refuses the recipient because of USE, which allows it again in WAIT_US. */
static void
refuse(struct decision *decision, const struct use *use, int64_t wait_us)
{
	const struct limit *limit = use->limit;
	struct pool *pool = decision->message->pool;
	const char *unit = limit->count == LIMIT_COUNT_MESSAGES ?
	    "message" : "recipient";
	struct span text = pool_printf(pool,
	    "limit %.*s: %" PRId64 " %s%s per %.*s exceeded, try again in "
	    "%.*s",
	    SPAN_ARGS(limit->name), limit->rate.count, unit,
	    limit->rate.count == 1 ? "" : "s",
	    SPAN_ARGS(limit->rate.period_words),
	    SPAN_ARGS(limit_duration_words(pool, wait_us)));
	/* What is counted by the day is a quota: with 452 4.5.3 a client
	 * sends the other recipients now and these later (RFC 5321 section
	 * 4.5.3.1.10). */
	bool quota = limit->count == LIMIT_COUNT_RECIPIENTS &&
	    limit->rate.period_us >= DAY_US;

	switch (limit->action) {
	case LIMIT_ACTION_TEMPFAIL:
		decision_refuse(decision, DISPOSITION_TEMPFAIL,
		    quota ? 452 : 450, quota ? SPAN("4.5.3") : SPAN("4.7.1"),
		    "%.*s", SPAN_ARGS(text));
		break;
	case LIMIT_ACTION_REJECT:
		decision_refuse(decision, DISPOSITION_REJECT, 550,
		    SPAN("5.7.1"), "%.*s", SPAN_ARGS(text));
		break;
	}
	note_use(&decision->refusal, use);
	verdict_note(&decision->refusal, "wait", "%" PRId64 "s",
	    (wait_us + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US);
}

/* Tests the limits on messages, which nothing but time can change now. */
static void
decide_mail(struct decision *decision)
{
	struct state *state = decision->state;
	struct selection selection = { .count = 0 };
	struct bucket_result result;

	gather_uses(decision);
	for (size_t i = 0; i < state->count; i++)
		if (state->uses[i].limit->count == LIMIT_COUNT_MESSAGES)
			select_use(&selection, &state->uses[i], 1);
	result = bucket_test(decision->process, selection.claims,
	    selection.count, decision->now.monotonic_us);
	for (size_t i = 0; i < selection.count; i++)
		selection.uses[i]->used = selection.claims[i].used;
	if (result.answer != BUCKET_OVER)
		return;
	state->over = selection.uses[result.claim];
	state->over_wait_us = result.wait_us;
}

/* Reserves the recipient, and with the first one the message itself. */
static void
reserve(struct decision *decision)
{
	struct state *state = decision->state;
	struct selection selection = { .count = 0 };
	int64_t now_us = decision->now.monotonic_us;
	struct bucket_result result;
	struct err err;

	for (size_t i = 0; i < state->count; i++)
		if (state->uses[i].limit->count == LIMIT_COUNT_RECIPIENTS ||
		    !state->reserved)
			select_use(&selection, &state->uses[i], 1);
	result = bucket_reserve(
	    decision->process, selection.claims, selection.count, now_us);
	for (size_t i = 0; i < selection.count; i++)
		selection.uses[i]->used = selection.claims[i].used;
	switch (result.answer) {
	case BUCKET_ALLOWED:
		for (size_t i = 0; i < selection.count; i++)
			selection.uses[i]->taken++;
		if (!state->reserved)
			state->reserved_us = now_us;
		state->reserved = true;
		break;
	case BUCKET_OVER: {
		struct use *use = selection.uses[result.claim];

		refuse(decision, use, result.wait_us);
		if (use->limit->count == LIMIT_COUNT_MESSAGES) {
			state->over = use;
			state->over_wait_us = result.wait_us;
		}
		break;
	}
	case BUCKET_FULL:
		(void)err_set(&err, ERR_LIMIT,
		    "the table of limits is full; raise table_size and "
		    "restart");
		decision_fail(decision, "rate limits", &err);
		break;
	}
}

static void
decide_recipient(struct decision *decision)
{
	const struct state *state = decision->state;
	const struct recipient *recipient =
	    &decision->message->recipients[decision->recipient];

	if (is_postmaster(decision->settings, &recipient->address))
		return;
	if (state->over != NULL)
		refuse(decision, state->over, state->over_wait_us);
	else
		reserve(decision);
}

/* Tells the log of the limit that is nearest to being reached. */
static void
note_tightest(struct decision *decision)
{
	const struct state *state = decision->state;
	const struct use *tightest = NULL;
	int64_t least = 0;

	for (size_t i = 0; i < state->count; i++) {
		const struct use *use = &state->uses[i];
		int64_t left = use->limit->bucket.burst - use->used;

		if (use->taken > 0 && (tightest == NULL || left < least)) {
			tightest = use;
			least = left;
		}
	}
	if (tightest != NULL)
		note_use(decision->verdict, tightest);
}

static enum answer
decide(struct decision *decision)
{
	switch (decision->stage) {
	case STAGE_MAIL:
		decide_mail(decision);
		break;
	case STAGE_RECIPIENT:
		decide_recipient(decision);
		break;
	case STAGE_DATA:
	case STAGE_HEADERS:
		break;
	case STAGE_END:
		note_tightest(decision);
		return ANSWER_DONE;
	}
	return decision->failed ? ANSWER_DONE : ANSWER_MORE;
}

/* What did not get through is not charged. */
static void
settle(struct decision *decision, enum settlement settlement)
{
	struct state *state = decision->state;
	struct selection selection = { .count = 0 };

	if (settlement == SETTLE_COMMIT)
		return;
	for (size_t i = 0; i < state->count; i++)
		if (state->uses[i].taken > 0)
			select_use(&selection, &state->uses[i],
			    state->uses[i].taken);
	bucket_refund(decision->process, selection.claims, selection.count,
	    state->reserved_us, decision->now.monotonic_us);
}

static void *
open_table(const void *conf, struct err *err)
{
	const struct limit_conf *limit_conf = conf;

	return bucket_table_new((size_t)limit_conf->table_size, err);
}

static void
close_table(void *process)
{
	struct bucket_table *table = process;

	bucket_table_free(&table);
}

static void *
load(void *process, const void *conf, struct buf *errors)
{
	(void)process;
	return limit_set_load(conf, errors);
}

static void
unload(void *config)
{
	struct limit_set *set = config;

	limit_set_free(&set);
}

const struct daemon limit_daemon = {
	.name = "lumbar-limit",
	.summary = "limits how much each sender may send",
	.conf_file = "limit.conf",
	.table = {
		.rows = limit_rows,
		.row_count = LIMIT_ROWS,
		.sections = limit_sections,
		.section_count = LIMIT_SECTIONS,
		.base = 0,
	},
	.conf_size = sizeof(struct limit_conf),
	.default_socket = "unix:/run/lumbar/limit.sock",
	.events = EVENT_MAIL | EVENT_RECIPIENT,
	.changes = 0,
	.open = open_table,
	.close = close_table,
	.load = load,
	.unload = unload,
	.begin = begin,
	.decide = decide,
	.settle = settle,
};
