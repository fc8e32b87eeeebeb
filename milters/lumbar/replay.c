/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/lumbar/replay.h"

#include "base/xalloc.h"
#include "formats/journal_report.h"
#include "milters/lumbar/explain.h"
#include "milters/policy/policy_config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_US (CLOCK_SECOND_US / 2)

const char *const replay_actions[REPLAY_ACTIONS] = { "pass", "edit", "hold",
	"reject", "tempfail", "discard", "refuse", "other" };

/* What all workers share. */
struct replay {
	const struct replay_options *options;
	struct replay_source *source;
	struct pool *pool; /* of the result */
	int64_t began_us;
	pthread_mutex_t mutex; /* guards the rest and SOURCE and POOL */
	struct replay_total *total;
	uint64_t taken;
	int64_t told_us; /* when progress was told */
};

/* One set of rules in one worker. */
struct side {
	struct trial *trial;
	struct policy_observer observer;
	const struct rule_about *rules;
	size_t rule_count;
	struct replay_rule_count *counts;
	/* For each rule the message, by its number, it was counted for last;
	 * and the one it failed on. */
	uint64_t *counted, *failed;
	uint64_t actions[REPLAY_ACTIONS];
};

struct worker {
	struct replay *replay;
	struct side main;
	struct side other;
	struct pool *pool;    /* of the message */
	struct pool *lasting; /* of the worker */
	struct buf text;
	uint64_t messages, bytes, journal_reports, undated;
	bool journal; /* the message was in a journal report */
	bool dated;   /* it says when it was sent */
};

static void
side_init(struct side *side, struct trial *shared, struct pool *pool)
{
	const struct policy_config *config = trial_config(shared);
	size_t count;

	side->trial = trial_share(shared);
	side->rules = rule_set_about(config->rules, pool, &side->rule_count);
	trial_observe(side->trial, &side->observer);
	count = side->rule_count + 1;
	side->counts = pool_alloc_array(pool, count, sizeof(*side->counts));
	side->counted = pool_alloc_array(pool, count, sizeof(uint64_t));
	side->failed = pool_alloc_array(pool, count, sizeof(uint64_t));
}

static size_t
action_index(struct span action)
{
	size_t i = 0;

	while (i + 1 < REPLAY_ACTIONS &&
	    !span_equal(action, span_of(replay_actions[i])))
		i++;
	return i;
}

/* Counts what the rules of SIDE found in message NUMBER (from 1). */
static void
count_findings(struct side *side, uint64_t number)
{
	for (size_t i = 0; i < side->observer.finding_count; i++) {
		const struct policy_finding *finding =
		    &side->observer.findings[i];
		struct replay_rule_count *count = &side->counts[finding->rule];

		switch (finding->kind) {
		case RULE_EVENT_MATCH:
			count->recipients +=
			    finding->recipient != RULE_TRACE_MESSAGE;
			if (side->counted[finding->rule] != number)
				count->messages++;
			side->counted[finding->rule] = number;
			break;
		case RULE_EVENT_UNREAD:
		case RULE_EVENT_FAULT:
			if (side->failed[finding->rule] != number)
				count->faults++;
			side->failed[finding->rule] = number;
			break;
		}
	}
}

/* What the MTA would be told, as text: two are the same if this is. */
static struct span
outcome_text(const struct trial_result *result, struct pool *pool)
{
	const struct verdict *verdict = result->verdict;
	struct span text = pool_printf(pool, "%.*s %u %.*s",
	    SPAN_ARGS(explain_action(result)), verdict->reply.code,
	    SPAN_ARGS(verdict->reply.enhanced));
	size_t count;
	const struct edit *edits = explain_edits(result, pool, &count);

	for (size_t i = 0; i < result->recipient_count; i++)
		text = pool_printf(pool, "%.*s %u", SPAN_ARGS(text),
		    result->recipients[i].kind == RESPONSE_CONTINUE
			? 0
			: result->recipients[i].reply.code);
	for (size_t i = 0; i < count; i++)
		text = pool_printf(pool, "%.*s\n%d %u %.*s:%.*s",
		    SPAN_ARGS(text), (int)edits[i].kind, edits[i].index,
		    SPAN_ARGS(edits[i].name), SPAN_ARGS(edits[i].value));
	return pool_printf(pool, "%.*s\n%d", SPAN_ARGS(text), verdict->hold);
}

/* "reject (a, b)" */
static struct span
summary_text(const struct side *side, const struct trial_result *result,
    struct pool *pool)
{
	struct explanation explanation = {
		.observer = &side->observer,
		.rules = side->rules,
		.rule_count = side->rule_count,
		.pool = pool,
	};
	size_t count;
	const struct span *ids =
	    explain_matched(&explanation, false, &count);
	struct span text = pool_dup(pool, explain_action(result));

	for (size_t i = 0; i < count; i++)
		text = pool_printf(pool, "%.*s%s%.*s", SPAN_ARGS(text),
		    i == 0 ? " (" : ", ", SPAN_ARGS(ids[i]));
	if (count > 0)
		text = pool_printf(pool, "%.*s)", SPAN_ARGS(text));
	return text;
}

/* Keeps what is to be told of the message NAME. */
static void
keep_note(struct replay *replay, struct replay_notes *notes, const char *name,
    struct span message_id, struct span text)
{
	(void)pthread_mutex_lock(&replay->mutex);
	notes->items = pool_grow(
	    replay->pool, notes->items, notes->count, sizeof(*notes->items));
	notes->items[notes->count++] = (struct replay_note){
		.name = pool_string(replay->pool, span_of(name)),
		.message_id = pool_string(replay->pool, message_id),
		.text = pool_string(replay->pool, text),
	};
	(void)pthread_mutex_unlock(&replay->mutex);
}

static void
run_side(struct worker *worker, struct side *side,
    const struct lumbar_mail *mail, const struct trial_result **result)
{
	*result = trial_run(side->trial, &mail->sent);
	side->actions[action_index(explain_action(*result))]++;
	count_findings(side, worker->messages);
}

static void
try_mail(
    struct worker *worker, const char *name, const struct lumbar_mail *mail)
{
	const struct trial_result *result, *other;
	const struct header *id = header_list_find(
	    &mail->stored.headers, SPAN("Message-ID"), 0);
	struct pool *pool = worker->pool;

	worker->messages++;
	worker->bytes += mail->stored.text.len;
	worker->journal_reports += worker->journal;
	worker->undated += !worker->dated;
	run_side(worker, &worker->main, mail, &result);
	if (worker->other.trial == NULL)
		return;
	run_side(worker, &worker->other, mail, &other);
	if (span_equal(outcome_text(result, pool), outcome_text(other, pool)))
		return;
	keep_note(worker->replay, &worker->replay->total->changed, name,
	    id != NULL ? span_trim(id->value) : SPAN(""),
	    pool_printf(pool, "%.*s -> %.*s",
		SPAN_ARGS(summary_text(&worker->main, result, pool)),
		SPAN_ARGS(summary_text(&worker->other, other, pool))));
}

/* The envelope that a journal report tells. */
static void
take_envelope(const struct stored_envelope *told, struct pool *pool,
    struct lumbar_envelope *envelope)
{
	envelope->from = pool_string(pool, told->sender);
	envelope->recipients = pool_alloc_array(
	    pool, told->recipient_count + 1, sizeof(const char *));
	envelope->recipient_count = told->recipient_count;
	for (size_t i = 0; i < told->recipient_count; i++)
		envelope->recipients[i] =
		    pool_string(pool, told->recipients[i]);
}

/* Makes *MAIL of TEXT.  0, or -1 with *ERR. */
static int
make_mail(struct worker *worker, struct span text, struct lumbar_mail *mail,
    struct err *err)
{
	struct lumbar_envelope envelope = {
		.last_resort = worker->replay->options->recipient,
	};
	struct pool *pool = worker->pool;
	struct journal_report report;
	struct stored_mail stored;

	if (stored_mail_read(text, pool, &stored, err) < 0)
		return -1;
	worker->journal = journal_report_is(&stored);
	if (worker->journal) {
		if (journal_report_read(&stored, pool, &report, err) < 0)
			return -1;
		text = report.message;
		take_envelope(&report.envelope, pool, &envelope);
	}
	if (lumbar_mail_make(text, &envelope, pool, mail, err) < 0)
		return worker->journal
		    ? err_context(err, "the message in the journal report")
		    : -1;
	/* Rules that know the time are to see that of the message. */
	worker->dated =
	    stored_mail_date(&mail->stored, &mail->sent.now.wall_us);
	return 0;
}

static void
take_item(struct worker *worker, struct replay_item *item)
{
	struct lumbar_mail mail;

	if (!item->failed && item->file != NULL &&
	    lumbar_mail_load(item->file, &worker->text, &item->err) < 0)
		item->failed = true;
	if (!item->failed &&
	    make_mail(worker, buf_span(&worker->text), &mail, &item->err) < 0)
		item->failed = true;
	if (!item->failed)
		try_mail(worker, item->name, &mail);
	else
		keep_note(worker->replay, &worker->replay->total->unreadable,
		    item->name, SPAN(""), span_of(item->err.text));
}

static bool
next_item(struct worker *worker, struct replay_item *item)
{
	struct replay *replay = worker->replay;
	int64_t now = clock_now().monotonic_us;
	bool more;

	(void)pthread_mutex_lock(&replay->mutex);
	more = replay_source_next(
	    replay->source, worker->pool, &worker->text, item);
	replay->taken += more;
	if (replay->options->progress != NULL &&
	    now - replay->told_us >= PROGRESS_US) {
		replay->told_us = now;
		replay->options->progress(
		    replay->taken, now - replay->began_us);
	}
	(void)pthread_mutex_unlock(&replay->mutex);
	return more;
}

static void *
work(void *context)
{
	struct worker *worker = context;
	struct replay_item item;

	while (next_item(worker, &item)) {
		take_item(worker, &item);
		buf_reset(&worker->text);
		pool_reset(worker->pool);
	}
	return NULL;
}

static void
worker_init(struct worker *worker, struct replay *replay)
{
	worker->replay = replay;
	worker->pool = pool_new();
	worker->lasting = pool_new();
	buf_init(&worker->text, LUMBAR_MAIL_MAX);
	side_init(&worker->main, replay->options->trial, worker->lasting);
	if (replay->options->against != NULL)
		side_init(&worker->other, replay->options->against,
		    worker->lasting);
}

/* Adds what SIDE counted to RULES. */
static void
add_counts(struct replay_rule_count *rules, const struct side *side)
{
	for (size_t i = 0; i < side->rule_count; i++) {
		rules[i].messages += side->counts[i].messages;
		rules[i].recipients += side->counts[i].recipients;
		rules[i].faults += side->counts[i].faults;
	}
}

/* Adds what WORKER counted to the total, and releases it. */
static void
worker_finish(struct worker *worker)
{
	struct replay_total *total = worker->replay->total;

	total->messages += worker->messages;
	total->bytes += worker->bytes;
	total->journal_reports += worker->journal_reports;
	total->undated += worker->undated;
	add_counts(total->rules, &worker->main);
	add_counts(total->other_rules, &worker->other);
	for (size_t i = 0; i < REPLAY_ACTIONS; i++) {
		total->actions[i] += worker->main.actions[i];
		total->other_actions[i] += worker->other.actions[i];
	}
	trial_free(&worker->main.trial);
	trial_free(&worker->other.trial);
	buf_free(&worker->text);
	pool_free(&worker->pool);
	pool_free(&worker->lasting);
}

static int
compare_notes(const void *a, const void *b)
{
	const struct replay_note *x = a, *y = b;

	/* "box:9" before "box:10" */
	return strverscmp(x->name, y->name);
}

static void
sort_notes(struct replay_notes *notes)
{
	if (notes->count > 1)
		qsort(notes->items, notes->count, sizeof(*notes->items),
		    compare_notes);
}

void
replay_run(const struct replay_options *options, struct pool *pool,
    struct replay_total *total)
{
	struct replay replay = {
		.options = options,
		.source =
		    replay_source_new(options->paths, options->path_count),
		.pool = pool,
		.began_us = clock_now().monotonic_us,
		.total = total,
	};
	struct worker *workers = xalloc_array(options->jobs, sizeof(*workers));
	pthread_t *threads = xalloc_array(options->jobs, sizeof(*threads));
	size_t started = 0;

	*total = (struct replay_total){ 0 };
	(void)pthread_mutex_init(&replay.mutex, NULL);
	replay.told_us = replay.began_us;
	for (size_t i = 0; i < options->jobs; i++)
		worker_init(&workers[i], &replay);
	total->rules = pool_alloc_array(
	    pool, workers[0].main.rule_count + 1, sizeof(*total->rules));
	total->other_rules = pool_alloc_array(pool,
	    workers[0].other.rule_count + 1, sizeof(*total->other_rules));
	/* This thread is the last of them. */
	while (started + 1 < options->jobs &&
	    pthread_create(
		&threads[started], NULL, work, &workers[started]) == 0)
		started++;
	(void)work(&workers[options->jobs - 1]);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	for (size_t i = 0; i < options->jobs; i++)
		worker_finish(&workers[i]);
	total->spent_us = clock_now().monotonic_us - replay.began_us;
	sort_notes(&total->unreadable);
	sort_notes(&total->changed);
	(void)pthread_mutex_destroy(&replay.mutex);
	replay_source_free(&replay.source);
	free(threads);
	free(workers);
}
