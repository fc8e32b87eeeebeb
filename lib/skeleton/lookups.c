/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/lookups.h"

#include "base/xalloc.h"
#include "skeleton/snapshot.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct job {
	struct lookup lookup; /* the worker's while it runs */
	struct lookups *owner;
	struct job *next; /* in the set */
	struct job *queued_behind;
	bool answered; /* under the owner's mutex */
};

struct lookups {
	pthread_mutex_t mutex;
	pthread_cond_t answered;
	unsigned references; /* the session's, and one for each open job */
	size_t count;
	size_t open; /* jobs without an answer */
	int64_t deadline_us;
	void (*watcher)(void *context, uint64_t token); /* or NULL */
	void *watcher_context;
	uint64_t watcher_token;
	struct snapshot *snapshot;
	struct job *first;
	struct job **end;
};

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t work;
	struct job *first;
	struct job **end;
	size_t waiting;
	size_t waiting_max;
	bool stopping;
	size_t thread_count;
	pthread_t threads[];
};

/* A condition variable whose waits end by the monotonic clock, which nobody
 * sets back. */
static void
init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int result;

	result = pthread_condattr_init(&attributes);
	assert(result == 0);
	result = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	assert(result == 0);
	result = pthread_cond_init(condition, &attributes);
	assert(result == 0);
	(void)pthread_condattr_destroy(&attributes);
}

struct lookups *
lookups_new(void)
{
	struct lookups *lookups = xalloc(sizeof(*lookups));

	(void)pthread_mutex_init(&lookups->mutex, NULL);
	init_condition(&lookups->answered);
	lookups->references = 1;
	lookups->end = &lookups->first;
	return lookups;
}

/* Drops one reference, and with the last everything. */
static void
release(struct lookups *lookups)
{
	struct job *job, *next;
	bool last;

	(void)pthread_mutex_lock(&lookups->mutex);
	last = --lookups->references == 0;
	(void)pthread_mutex_unlock(&lookups->mutex);
	if (!last)
		return;
	for (job = lookups->first; job != NULL; job = next) {
		next = job->next;
		pool_free(&job->lookup.pool);
		free(job);
	}
	snapshot_release(&lookups->snapshot);
	(void)pthread_cond_destroy(&lookups->answered);
	(void)pthread_mutex_destroy(&lookups->mutex);
	free(lookups);
}

void
lookups_free(struct lookups **lookups)
{
	if (*lookups == NULL)
		return;
	release(*lookups);
	*lookups = NULL;
}

struct lookup *
lookups_add(struct lookups *lookups)
{
	struct job *job = xalloc(sizeof(*job));

	job->owner = lookups;
	job->lookup.pool = pool_new();
	*lookups->end = job;
	lookups->end = &job->next;
	lookups->count++;
	return &job->lookup;
}

static void
answer(struct job *job, enum lookup_result result)
{
	struct lookups *lookups = job->owner;
	bool last;

	(void)pthread_mutex_lock(&lookups->mutex);
	job->lookup.result = result;
	job->answered = true;
	last = --lookups->open == 0;
	if (last)
		(void)pthread_cond_signal(&lookups->answered);
	(void)pthread_mutex_unlock(&lookups->mutex);
	/* Nobody sets the watcher any more. */
	if (last && lookups->watcher != NULL)
		lookups->watcher(
		    lookups->watcher_context, lookups->watcher_token);
	release(lookups);
}

static void
run(struct job *job)
{
	/* DEADLINE_US does not change once the job is open. */
	int64_t deadline_us = job->owner->deadline_us;

	if (clock_now().monotonic_us >= deadline_us) {
		(void)err_set(&job->lookup.err, ERR_TEMPORARY,
		    "no worker was free before the deadline");
		answer(job, LOOKUP_FAILED);
		return;
	}
	answer(job, job->lookup.run(&job->lookup, deadline_us));
}

static void
refuse(struct job *job, const char *reason)
{
	(void)err_set(&job->lookup.err, ERR_LIMIT, "%s", reason);
	answer(job, LOOKUP_FAILED);
}

static void
enqueue(struct workers *workers, struct job *job)
{
	bool room;

	(void)pthread_mutex_lock(&workers->mutex);
	room = workers->waiting < workers->waiting_max && !workers->stopping;
	if (room) {
		job->queued_behind = NULL;
		*workers->end = job;
		workers->end = &job->queued_behind;
		workers->waiting++;
		(void)pthread_cond_signal(&workers->work);
	}
	(void)pthread_mutex_unlock(&workers->mutex);
	if (!room)
		refuse(job, "too many lookups wait already");
}

void
lookups_start(struct lookups *lookups, struct workers *workers,
    struct snapshot *snapshot, int64_t time_left_us)
{
	struct job *job, *next;

	lookups->deadline_us = clock_now().monotonic_us + time_left_us;
	lookups->open = lookups->count;
	lookups->references += (unsigned)lookups->count;
	lookups->snapshot = snapshot_acquire(snapshot);
	for (job = lookups->first; job != NULL; job = next) {
		next = job->next;
		if (workers != NULL)
			enqueue(workers, job);
		else
			run(job);
	}
}

int64_t
lookups_deadline(const struct lookups *lookups)
{
	return lookups->deadline_us;
}

bool
lookups_wait(struct lookups *lookups, int64_t until_us)
{
	struct timespec until = {
		.tv_sec = (time_t)(until_us / CLOCK_SECOND_US),
		.tv_nsec = (long)(until_us % CLOCK_SECOND_US) * 1000,
	};
	bool all;
	int result = 0;

	(void)pthread_mutex_lock(&lookups->mutex);
	while (lookups->open > 0 && result != ETIMEDOUT)
		result = pthread_cond_timedwait(
		    &lookups->answered, &lookups->mutex, &until);
	all = lookups->open == 0;
	(void)pthread_mutex_unlock(&lookups->mutex);
	return all;
}

bool
lookups_watch(struct lookups *lookups,
    void (*answered)(void *context, uint64_t token), void *context,
    uint64_t token)
{
	bool all;

	(void)pthread_mutex_lock(&lookups->mutex);
	all = lookups->open == 0;
	if (!all) {
		lookups->watcher = answered;
		lookups->watcher_context = context;
		lookups->watcher_token = token;
	}
	(void)pthread_mutex_unlock(&lookups->mutex);
	return all;
}

/* What the decision sees of a lookup that somebody may still be working on:
 * nothing but its failure. */
static struct lookup *
late_lookup(struct pool *pool, const struct job *job)
{
	struct lookup *late = pool_alloc(pool, sizeof(*late));

	late->service = job->lookup.service;
	late->result = LOOKUP_FAILED;
	(void)err_set(
	    &late->err, ERR_TEMPORARY, "no answer before the deadline");
	return late;
}

void
lookups_collect(struct lookups *lookups, struct pool *pool,
    struct lookup ***items, size_t *count)
{
	size_t i = 0;

	*items = pool_alloc_array(pool, lookups->count, sizeof(**items));
	*count = lookups->count;
	(void)pthread_mutex_lock(&lookups->mutex);
	for (struct job *job = lookups->first; job != NULL; job = job->next)
		(*items)[i++] =
		    job->answered ? &job->lookup : late_lookup(pool, job);
	(void)pthread_mutex_unlock(&lookups->mutex);
}

/* The next job, or NULL when the workers are to end.  Called with the mutex
 * held. */
static struct job *
dequeue(struct workers *workers)
{
	struct job *job;

	while (workers->first == NULL && !workers->stopping)
		(void)pthread_cond_wait(&workers->work, &workers->mutex);
	job = workers->first;
	if (job == NULL)
		return NULL;
	workers->first = job->queued_behind;
	if (workers->first == NULL)
		workers->end = &workers->first;
	workers->waiting--;
	return job;
}

static void *
worker_main(void *argument)
{
	struct workers *workers = argument;
	struct job *job;
	bool stopping;

	for (;;) {
		(void)pthread_mutex_lock(&workers->mutex);
		job = dequeue(workers);
		stopping = workers->stopping;
		(void)pthread_mutex_unlock(&workers->mutex);
		if (job == NULL)
			return NULL;
		if (stopping)
			refuse(job, "the daemon is stopping");
		else
			run(job);
	}
}

struct workers *
workers_new(size_t count, size_t queue_max, struct err *err)
{
	struct workers *workers;

	workers = xalloc(sizeof(*workers) + count * sizeof(pthread_t));
	(void)pthread_mutex_init(&workers->mutex, NULL);
	(void)pthread_cond_init(&workers->work, NULL);
	workers->end = &workers->first;
	workers->waiting_max = queue_max;
	for (size_t i = 0; i < count; i++) {
		errno = pthread_create(
		    &workers->threads[i], NULL, worker_main, workers);
		if (errno != 0) {
			(void)err_set_errno(err,
			    "cannot start worker thread %zu of %zu (see "
			    "TasksMax= of the unit)", i + 1, count);
			workers_free(&workers);
			return NULL;
		}
		workers->thread_count++;
	}
	return workers;
}

void
workers_free(struct workers **workers)
{
	if (*workers == NULL)
		return;
	(void)pthread_mutex_lock(&(*workers)->mutex);
	(*workers)->stopping = true;
	(void)pthread_cond_broadcast(&(*workers)->work);
	(void)pthread_mutex_unlock(&(*workers)->mutex);
	for (size_t i = 0; i < (*workers)->thread_count; i++)
		(void)pthread_join((*workers)->threads[i], NULL);
	(void)pthread_cond_destroy(&(*workers)->work);
	(void)pthread_mutex_destroy(&(*workers)->mutex);
	free(*workers);
	*workers = NULL;
}
