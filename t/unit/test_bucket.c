/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/bucket.h"

#include "base/xalloc.h"
#include "t/unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define START (1000 * HOUR)

static struct bucket_table *
new_table(void)
{
	struct err err;
	struct bucket_table *table = bucket_table_new(BUCKET_KEYS_MIN, &err);

	ck_assert_ptr_nonnull(table);
	return table;
}

/* COST units of VALUE at COUNT per PERIOD_US. */
static struct bucket_claim
claim_of(const struct bucket_table *table, const char *value, int64_t count,
    int64_t period_us, int64_t burst, int64_t cost)
{
	return (struct bucket_claim){
		.key = bucket_key(table, SPAN("limit"), span_of(value)),
		.rate = { (period_us * 1000 + count - 1) / count, burst },
		.cost = cost,
	};
}

/* Reserves as often as it is allowed at NOW, at most 100,000 times. */
static int64_t
drain(struct bucket_table *table, struct bucket_claim claim, int64_t now)
{
	int64_t allowed = 0;

	while (allowed < 100000 &&
	    bucket_reserve(table, &claim, 1, now).answer == BUCKET_ALLOWED)
		allowed += claim.cost;
	return allowed;
}

START_TEST(burst_then_rate)
{
	struct bucket_table *table = new_table();
	struct bucket_claim claim = claim_of(table, "a", 100, HOUR, 20, 1);
	struct bucket_result result;

	ck_assert_int_eq(drain(table, claim, START), 20);
	result = bucket_reserve(table, &claim, 1, START);
	ck_assert_int_eq(result.answer, BUCKET_OVER);
	ck_assert_uint_eq(result.claim, 0);
	ck_assert_int_eq(result.wait_us, 36 * SECOND);
	ck_assert_int_eq(claim.used, 20);
	/* The waiting time is exact to the microsecond. */
	ck_assert_int_eq(
	    drain(table, claim, START + result.wait_us - 1), 0);
	ck_assert_int_eq(drain(table, claim, START + result.wait_us), 1);
	ck_assert_int_eq(drain(table, claim, START + 3 * MINUTE), 4);
	/* An idle key has no more than its burst. */
	ck_assert_int_eq(drain(table, claim, START + 100 * HOUR), 20);
	bucket_table_free(&table);
	bucket_table_free(&table);
}
END_TEST

START_TEST(exact_over_hours)
{
	static const struct {
		int64_t count, period_us, burst;
	} cases[] = {
		{ 100, HOUR, 20 },
		{ 100, HOUR, 1 },
		{ 1, MINUTE, 1 },
		{ 7, SECOND, 3 },
		{ 30, MINUTE, 30 },
		{ 10000, 24 * HOUR, 500 },
		{ 1000000, SECOND, 1000 },
	};
	const int64_t span = 5 * HOUR;
	const int64_t steps = span / SECOND;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bucket_table *table = new_table();
		struct bucket_claim claim = claim_of(table, "a",
		    cases[i].count, cases[i].period_us, cases[i].burst, 1);
		int64_t leaked = span / cases[i].period_us * cases[i].count +
		    span % cases[i].period_us * cases[i].count /
			cases[i].period_us;
		int64_t allowed = 0;

		/* Only a sender that always asks gets all there is; this
		 * one asks less often than some of the cases allow. */
		for (int64_t step = 0; step <= steps; step++)
			allowed +=
			    drain(table, claim, START + step * SECOND);
		ck_assert_int_le(allowed, cases[i].burst + leaked);
		if (cases[i].period_us / cases[i].count * cases[i].burst >=
		    SECOND)
			ck_assert_int_ge(
			    allowed, cases[i].burst + leaked - 1);
		bucket_table_free(&table);
	}
}
END_TEST

START_TEST(cost)
{
	struct bucket_table *table = new_table();
	struct bucket_claim claim = claim_of(table, "a", 60, HOUR, 10, 8);
	struct bucket_result result;

	ck_assert_int_eq(
	    bucket_reserve(table, &claim, 1, START).answer, BUCKET_ALLOWED);
	ck_assert_int_eq(claim.used, 8);
	result = bucket_reserve(table, &claim, 1, START);
	ck_assert_int_eq(result.answer, BUCKET_OVER);
	ck_assert_int_eq(result.wait_us, 6 * MINUTE);
	claim.cost = 2;
	ck_assert_int_eq(
	    bucket_reserve(table, &claim, 1, START).answer, BUCKET_ALLOWED);
	claim.cost = 0;
	ck_assert_int_eq(
	    bucket_reserve(table, &claim, 1, START).answer, BUCKET_ALLOWED);
	bucket_table_free(&table);
}
END_TEST

START_TEST(test_changes_nothing)
{
	struct bucket_table *table = new_table();
	struct bucket_claim claim = claim_of(table, "a", 1, HOUR, 1, 1);
	struct bucket_result result;

	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(bucket_test(table, &claim, 1, START).answer,
		    BUCKET_ALLOWED);
	ck_assert_int_eq(drain(table, claim, START), 1);
	result = bucket_test(table, &claim, 1, START);
	ck_assert_int_eq(result.answer, BUCKET_OVER);
	ck_assert_int_eq(result.wait_us, HOUR);
	ck_assert_int_eq(
	    bucket_test(table, NULL, 0, START).answer, BUCKET_ALLOWED);
	bucket_table_free(&table);
}
END_TEST

START_TEST(all_or_nothing)
{
	struct bucket_table *table = new_table();
	struct bucket_claim claims[] = {
		claim_of(table, "wide", 100, HOUR, 100, 1),
		claim_of(table, "narrow", 1, HOUR, 3, 1),
		claim_of(table, "narrower", 1, 10 * HOUR, 3, 1),
		claim_of(table, "wider", 1000, HOUR, 1000, 1),
	};
	struct bucket_result result;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
		    bucket_reserve(table, claims, 4, START).answer,
		    BUCKET_ALLOWED);
	for (int i = 0; i < 50; i++) {
		result = bucket_reserve(table, claims, 4, START);
		ck_assert_int_eq(result.answer, BUCKET_OVER);
		/* The one that takes longest, not the first that is over. */
		ck_assert_uint_eq(result.claim, 2);
		ck_assert_int_eq(result.wait_us, 10 * HOUR);
	}
	ck_assert_int_eq(claims[0].used, 3);
	ck_assert_int_eq(drain(table, claims[0], START), 97);
	ck_assert_int_eq(drain(table, claims[3], START), 997);
	bucket_table_free(&table);
}
END_TEST

START_TEST(refund)
{
	struct bucket_table *table = new_table();
	struct bucket_claim claim = claim_of(table, "a", 60, HOUR, 10, 4);
	struct bucket_claim one = claim_of(table, "a", 60, HOUR, 10, 1);
	struct bucket_claim other = claim_of(table, "b", 60, HOUR, 10, 1);

	/* At once: as if it had never been. */
	(void)bucket_reserve(table, &claim, 1, START);
	bucket_refund(table, &claim, 1, START, START);
	ck_assert_int_eq(drain(table, one, START), 10);
	/* What leaked meanwhile is not given back a second time. */
	(void)bucket_reserve(table, &claim, 1, START + 5 * MINUTE);
	bucket_refund(
	    table, &claim, 1, START + 5 * MINUTE, START + 8 * MINUTE);
	(void)bucket_test(table, &one, 1, START + 8 * MINUTE);
	ck_assert_int_eq(one.used, 5 + 4 - 3 - 1);
	/* Long after, or of a key that has no entry: nothing. */
	bucket_refund(
	    table, &claim, 1, START + 8 * MINUTE, START + 20 * HOUR);
	bucket_refund(table, &other, 1, START, START);
	ck_assert_int_eq(drain(table, one, START + 20 * HOUR), 10);
	ck_assert_int_eq(drain(table, other, START + 20 * HOUR), 10);
	bucket_table_free(&table);
}
END_TEST

/* Reserving and refunding in turn yields nothing beyond the limit. */
START_TEST(refund_is_no_loophole)
{
	struct bucket_table *table = new_table();
	struct bucket_claim hold = claim_of(table, "a", 60, HOUR, 10, 5);
	struct bucket_claim one = claim_of(table, "a", 60, HOUR, 10, 1);
	int64_t allowed = 0;

	for (int64_t minute = 0; minute < 600; minute += 7) {
		int64_t now = START + minute * MINUTE;

		if (bucket_reserve(table, &hold, 1, now).answer ==
		    BUCKET_ALLOWED) {
			allowed += drain(table, one, now + 2 * MINUTE);
			bucket_refund(
			    table, &hold, 1, now, now + 3 * MINUTE);
		}
		allowed += drain(table, one, now + 4 * MINUTE);
	}
	ck_assert_int_le(allowed, 10 + 600);
	bucket_table_free(&table);
}
END_TEST

START_TEST(clock_goes_back)
{
	struct bucket_table *table = new_table();
	struct bucket_claim claim = claim_of(table, "a", 60, HOUR, 10, 1);
	struct bucket_result result;

	ck_assert_int_eq(drain(table, claim, START), 10);
	result = bucket_reserve(table, &claim, 1, START - 500 * HOUR);
	ck_assert_int_eq(result.answer, BUCKET_OVER);
	ck_assert_int_eq(result.wait_us, MINUTE);
	bucket_refund(table, &claim, 1, START, START - HOUR);
	ck_assert_int_eq(drain(table, claim, START), 1);
	bucket_table_free(&table);
}
END_TEST

/* After a reload that shrinks a limit nobody waits longer than the new one
 * takes to run empty. */
START_TEST(limit_shrinks)
{
	struct bucket_table *table = new_table();
	struct bucket_claim before = claim_of(table, "a", 1, HOUR, 100, 1);
	struct bucket_claim after = claim_of(table, "a", 60, HOUR, 5, 1);
	struct bucket_result result;

	ck_assert_int_eq(drain(table, before, START), 100);
	result = bucket_reserve(table, &after, 1, START);
	ck_assert_int_eq(result.answer, BUCKET_OVER);
	ck_assert_int_eq(result.wait_us, MINUTE);
	bucket_table_free(&table);
}
END_TEST

static struct bucket_claim
numbered(const struct bucket_table *table, size_t number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%zu", number);
	return claim_of(table, name, 1, HOUR, 1, 1);
}

START_TEST(full_table)
{
	struct bucket_table *table = new_table();
	struct bucket_claim claims[2];
	size_t taken = 0;

	do {
		claims[0] = numbered(table, taken);
		taken++;
	} while (bucket_reserve(table, claims, 1, START).answer ==
	    BUCKET_ALLOWED);
	ck_assert_uint_gt(taken, BUCKET_KEYS_MIN);
	ck_assert_uint_le(taken, 4 * BUCKET_KEYS_MIN);
	/* It says so, again and again, and changes nothing: not even where
	 * only the second of two keys has no room. */
	claims[1] = claims[0];
	claims[0] = numbered(table, 0);
	claims[0].rate.burst = 100;
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(
		    bucket_reserve(table, claims, 2, START).answer,
		    BUCKET_FULL);
	ck_assert_int_eq(drain(table, claims[0], START), 99);
	ck_assert_int_eq(bucket_test(table, &claims[1], 1, START).answer,
	    BUCKET_ALLOWED);
	/* Keys that are there are served, */
	claims[0] = numbered(table, 1);
	ck_assert_int_eq(
	    bucket_reserve(table, claims, 1, START).answer, BUCKET_OVER);
	/* and all have room again when the others have run empty. */
	for (size_t i = 0; i < BUCKET_KEYS_MIN; i++) {
		claims[0] = numbered(table, taken + i);
		ck_assert_int_eq(bucket_reserve(table, claims, 1,
			             START + 200 * HOUR)
			             .answer,
		    BUCKET_ALLOWED);
	}
	bucket_table_free(&table);
}
END_TEST

/* As many keys as were asked for find room, whatever they are. */
START_TEST(promised_room)
{
	const size_t keys = 100000;
	struct err err;
	struct bucket_table *table = bucket_table_new(keys, &err);

	ck_assert_ptr_nonnull(table);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < keys; i++) {
			struct bucket_claim claim =
			    numbered(table, i + (size_t)round * keys);

			ck_assert_int_eq(bucket_reserve(table, &claim, 1,
				             START + round * 2 * HOUR)
				             .answer,
			    BUCKET_ALLOWED);
		}
	bucket_table_free(&table);
}
END_TEST

START_TEST(keys_of_limits_differ)
{
	struct bucket_table *table = new_table();
	struct siphash a = bucket_key(table, SPAN("a"), SPAN("bc"));
	struct siphash b = bucket_key(table, SPAN("ab"), SPAN("c"));
	struct siphash again = bucket_key(table, SPAN("a"), SPAN("bc"));

	ck_assert(a.word[0] != b.word[0] || a.word[1] != b.word[1]);
	ck_assert(a.word[0] == again.word[0] && a.word[1] == again.word[1]);
	bucket_table_free(&table);
}
END_TEST

enum { THREADS = 8, ROUNDS = 2000, SHARED_BURST = 3000 };

struct hammer {
	struct bucket_table *table;
	struct bucket_claim shared;
	atomic_long allowed;
	atomic_long refunded;
};

/* Takes from the shared key and two others; gives every third back. */
static void *
hammer(void *arg)
{
	struct hammer *job = arg;
	static const char *const others[] = { "x", "y", "z" };

	for (int i = 0; i < ROUNDS; i++) {
		struct bucket_claim claims[3] = {
			claim_of(job->table, others[i % 3], 1, HOUR,
			    THREADS * ROUNDS, 1),
			job->shared,
			claim_of(job->table, others[(i + 1) % 3], 1, HOUR,
			    THREADS * ROUNDS, 1),
		};

		if (bucket_reserve(job->table, claims, 3, START).answer !=
		    BUCKET_ALLOWED)
			continue;
		atomic_fetch_add(&job->allowed, 1);
		if (i % 3 != 0)
			continue;
		bucket_refund(job->table, claims, 3, START, START);
		atomic_fetch_add(&job->refunded, 1);
	}
	return NULL;
}

START_TEST(many_threads)
{
	struct hammer job = { .table = new_table() };
	pthread_t threads[THREADS];

	job.shared =
	    claim_of(job.table, "shared", 1, HOUR, SHARED_BURST, 1);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, hammer, &job), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	/* Exactly the limit is in the end taken: no unit lost, none made. */
	ck_assert_int_eq(job.allowed - job.refunded +
		drain(job.table, job.shared, START),
	    SHARED_BURST);
	bucket_table_free(&job.table);
}
END_TEST

SUITE_MAIN("bucket", burst_then_rate, exact_over_hours, cost,
    test_changes_nothing, all_or_nothing, refund, refund_is_no_loophole,
    clock_goes_back, limit_shrinks, full_table, promised_room,
    keys_of_limits_differ, many_threads)
