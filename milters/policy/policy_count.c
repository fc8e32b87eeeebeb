/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy_count.h"

#include "base/pool.h"
#include "base/text_map.h"
#include "base/xalloc.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct policy_count {
	struct span id;
	atomic_uint_fast64_t matches;
	atomic_uint_fast64_t faults;
};

struct policy_counts {
	/* Of what follows, not of the numbers; apart, for who only reads locks
	 * it, too. */
	pthread_mutex_t *mutex;
	struct pool *pool;
	struct text_map *by_id;
	struct policy_count **items;
	size_t count;
};

/* What a line shows of one rule. */
struct shown {
	const struct policy_count *count;
	uint64_t matches, faults;
};

struct policy_counts *
policy_counts_new(void)
{
	struct policy_counts *counts = xalloc(sizeof(*counts));
	int result;

	counts->mutex = xalloc(sizeof(*counts->mutex));
	result = pthread_mutex_init(counts->mutex, NULL);
	assert(result == 0);
	counts->pool = pool_new();
	counts->by_id = text_map_new();
	return counts;
}

void
policy_counts_free(struct policy_counts **counts)
{
	if (*counts == NULL)
		return;
	text_map_free(&(*counts)->by_id);
	pool_free(&(*counts)->pool);
	(void)pthread_mutex_destroy((*counts)->mutex);
	free((*counts)->mutex);
	free(*counts);
	*counts = NULL;
}

struct policy_count *
policy_count_rule(struct policy_counts *counts, struct span id)
{
	struct policy_count *count;
	void **place;

	(void)pthread_mutex_lock(counts->mutex);
	count = text_map_get(counts->by_id, id);
	if (count == NULL) {
		count = pool_alloc(counts->pool, sizeof(*count));
		count->id = pool_dup(counts->pool, id);
		place = text_map_place(counts->by_id, count->id);
		*place = count;
		counts->items = pool_grow(counts->pool, counts->items,
		    counts->count, sizeof(struct policy_count *));
		counts->items[counts->count++] = count;
	}
	(void)pthread_mutex_unlock(counts->mutex);
	return count;
}

static void
add_one(atomic_uint_fast64_t *number)
{
	(void)atomic_fetch_add_explicit(number, 1, memory_order_relaxed);
}

void
policy_count_match(struct policy_count *count)
{
	add_one(&count->matches);
}

void
policy_count_fault(struct policy_count *count)
{
	add_one(&count->faults);
}

static uint64_t
read_number(const atomic_uint_fast64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static int
compare_shown(const void *a, const void *b)
{
	const struct shown *x = a;
	const struct shown *y = b;

	if (x->matches != y->matches)
		return x->matches > y->matches ? -1 : 1;
	return span_compare(x->count->id, y->count->id);
}

static void
log_number(struct log_line *line, struct span id, const char *suffix,
    uint64_t number)
{
	char key[128]; /* more than an id may have */

	if (number == 0)
		return;
	(void)snprintf(
	    key, sizeof(key), "rule_%.*s%s", SPAN_ARGS(id), suffix);
	log_line_number(line, key, (int64_t)number);
}

void
policy_counts_log(const struct policy_counts *counts, struct log_line *line)
{
	struct shown *shown;
	size_t count;

	(void)pthread_mutex_lock(counts->mutex);
	count = counts->count;
	shown = xalloc_array(count + 1, sizeof(*shown));
	for (size_t i = 0; i < count; i++)
		shown[i] = (struct shown){
			.count = counts->items[i],
			.matches = read_number(&counts->items[i]->matches),
			.faults = read_number(&counts->items[i]->faults),
		};
	(void)pthread_mutex_unlock(counts->mutex);
	qsort(shown, count, sizeof(*shown), compare_shown);
	for (size_t i = 0; i < count; i++) {
		log_number(line, shown[i].count->id, "", shown[i].matches);
		log_number(
		    line, shown[i].count->id, "_faults", shown[i].faults);
	}
	free(shown);
}
