/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table is cut into shards, each with its own mutex and an array of slots
 * with open addressing.  A key may stand in the first WINDOW slots from its
 * place on; one that is not in use ends the search.  Slots are never emptied:
 * a bucket that has run empty is the same as none, so its slot is taken over
 * by the next key that needs one.
 */
#include "services/bucket.h"

#include "base/xalloc.h"

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

#define NS_PER_US INT64_C(1000)

enum {
	SHARDS_MAX = 64,        /* plenty for as many threads at work */
	SHARD_KEYS_MIN = 1024,  /* below, keys spread too unevenly */
	SLOTS_PER_KEY = 2,
	/* At half load, a longer run of used slots is seen in one of 10^10
	 * places. */
	WINDOW = 128,
	CACHE_LINE = 64,
};

struct slot {
	struct siphash key; /* all zero: never used */
	int64_t empty_ns;   /* theoretical arrival time */
};

struct shard {
	alignas(CACHE_LINE) pthread_mutex_t mutex;
	struct slot *slots;
};

struct bucket_table {
	struct siphash secret;
	struct shard *shards;
	size_t shard_count; /* power of two */
	struct slot *slots; /* of all shards */
	size_t shard_slots; /* power of two */
};

static size_t
power_of_two_from(size_t least)
{
	size_t power = 1;

	while (power < least)
		power *= 2;
	return power;
}

struct bucket_table *
bucket_table_new(size_t keys, struct err *err)
{
	struct bucket_table *table = xalloc(sizeof(*table));
	size_t slots;

	assert(keys >= BUCKET_KEYS_MIN && keys <= SIZE_MAX / 256);
	slots = power_of_two_from(keys * SLOTS_PER_KEY);
	table->shard_count = slots / (SHARD_KEYS_MIN * SLOTS_PER_KEY);
	if (table->shard_count > SHARDS_MAX)
		table->shard_count = SHARDS_MAX;
	table->shard_slots = slots / table->shard_count;
	if (getrandom(&table->secret, sizeof(table->secret), 0) !=
	    sizeof(table->secret)) {
		(void)err_set_errno(err, "cannot get random bytes");
		free(table);
		return NULL;
	}
	/* The system hands out the pages as they are touched. */
	table->slots = calloc(slots, sizeof(*table->slots));
	table->shards = aligned_alloc(
	    CACHE_LINE, table->shard_count * sizeof(*table->shards));
	if (table->slots == NULL || table->shards == NULL) {
		(void)err_set(err, ERR_SYSTEM,
		    "no memory for a table of %zu keys; lower table_size",
		    keys);
		free(table->slots);
		free(table->shards);
		free(table);
		return NULL;
	}
	for (size_t i = 0; i < table->shard_count; i++) {
		struct shard *shard = &table->shards[i];

		(void)pthread_mutex_init(&shard->mutex, NULL);
		shard->slots = table->slots + i * table->shard_slots;
	}
	return table;
}

void
bucket_table_free(struct bucket_table **table)
{
	struct bucket_table *freed = *table;

	if (freed == NULL)
		return;
	*table = NULL;
	for (size_t i = 0; i < freed->shard_count; i++)
		(void)pthread_mutex_destroy(&freed->shards[i].mutex);
	free(freed->shards);
	free(freed->slots);
	free(freed);
}

struct siphash
bucket_key(
    const struct bucket_table *table, struct span name, struct span value)
{
	struct siphash key = siphash_of(siphash_of(table->secret, name), value);

	/* All zero marks a slot that was never used. */
	if (key.word[0] == 0 && key.word[1] == 0)
		key.word[0] = 1;
	return key;
}

/* The upper half of the key chooses the shard, the lower the slot. */
static size_t
shard_of(const struct bucket_table *table, struct siphash key)
{
	return key.word[1] & (table->shard_count - 1);
}

/*
 * The slot of KEY; or, where it has none, NULL and in *ROOM, which may be
 * NULL, a slot that nobody needs at NOW_NS, or NULL.
 */
static struct slot *
find_slot(const struct bucket_table *table, struct siphash key,
    int64_t now_ns, struct slot **room)
{
	struct slot *slots = table->shards[shard_of(table, key)].slots;
	struct slot *unneeded = NULL;
	struct slot *found = NULL;

	for (size_t i = 0; i < WINDOW && found == NULL; i++) {
		struct slot *slot =
		    &slots[(key.word[0] + i) & (table->shard_slots - 1)];
		bool never_used = (slot->key.word[0] | slot->key.word[1]) == 0;

		if (slot->key.word[0] == key.word[0] &&
		    slot->key.word[1] == key.word[1])
			found = slot;
		else if (unneeded == NULL &&
		    (never_used || slot->empty_ns <= now_ns))
			unneeded = slot;
		if (never_used)
			break;
	}
	if (room != NULL)
		*room = unneeded;
	return found;
}

/* How long after NOW_NS the bucket of CLAIM will be empty; 0: it is. */
static int64_t
fill_of(const struct bucket_claim *claim, const struct slot *slot,
    int64_t now_ns)
{
	const struct bucket_rate *rate = &claim->rate;
	int64_t full = rate->burst * rate->interval_ns;

	if (slot == NULL || slot->empty_ns <= now_ns)
		return 0;
	/* More than full: the clock went back or the limit shrank. */
	if (slot->empty_ns - now_ns > full)
		return full;
	return slot->empty_ns - now_ns;
}

static int64_t
round_up(int64_t number, int64_t unit)
{
	return (number + unit - 1) / unit;
}

static void
check_claims(const struct bucket_claim *claims, size_t count)
{
	assert(count <= BUCKET_CLAIMS_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct bucket_rate *rate = &claims[i].rate;

		assert(rate->interval_ns > 0 && rate->burst > 0);
		assert(rate->burst <=
		    BUCKET_EMPTIES_NS_MAX / rate->interval_ns);
		assert(claims[i].cost >= 0 && claims[i].cost <= rate->burst);
	}
}

/*
 * Locks every shard that CLAIMS need, always in the order of the table, so
 * that two messages never wait for each other.  LOCKED has a bit for each.
 */
static void
lock_shards(struct bucket_table *table, const struct bucket_claim *claims,
    size_t count, uint64_t *locked)
{
	*locked = 0;
	for (size_t i = 0; i < count; i++)
		*locked |= UINT64_C(1) << shard_of(table, claims[i].key);
	for (size_t i = 0; i < table->shard_count; i++)
		if ((*locked >> i & 1) != 0)
			(void)pthread_mutex_lock(&table->shards[i].mutex);
}

static void
unlock_shards(struct bucket_table *table, uint64_t locked)
{
	for (size_t i = table->shard_count; i > 0; i--)
		if ((locked >> (i - 1) & 1) != 0)
			(void)pthread_mutex_unlock(
			    &table->shards[i - 1].mutex);
}

/* Tests all CLAIMS with their shards locked. */
static struct bucket_result
test_all(struct bucket_table *table, struct bucket_claim *claims,
    size_t count, int64_t now_ns)
{
	struct bucket_result result = { BUCKET_ALLOWED, 0, 0 };

	for (size_t i = 0; i < count; i++) {
		struct bucket_claim *claim = &claims[i];
		const struct slot *slot =
		    find_slot(table, claim->key, now_ns, NULL);
		int64_t interval = claim->rate.interval_ns;
		int64_t fill = fill_of(claim, slot, now_ns);
		int64_t over =
		    fill - (claim->rate.burst - claim->cost) * interval;

		claim->used = round_up(fill, interval);
		if (over <= 0)
			continue;
		over = round_up(over, NS_PER_US);
		if (over > result.wait_us)
			result = (struct bucket_result){ BUCKET_OVER, i,
				over };
	}
	return result;
}

/*
 * Fills the buckets of CLAIMS, which have been tested.  The slots of keys
 * that are new are taken one after the other, for two may want the same.  On
 * failure everything is as before.
 */
static int
fill_all(struct bucket_table *table, struct bucket_claim *claims,
    size_t count, int64_t now_ns)
{
	struct {
		struct slot *slot;
		struct slot before;
	} undo[BUCKET_CLAIMS_MAX];

	for (size_t i = 0; i < count; i++) {
		struct bucket_claim *claim = &claims[i];
		int64_t cost = claim->cost * claim->rate.interval_ns;
		struct slot *room;
		struct slot *slot =
		    find_slot(table, claim->key, now_ns, &room);
		int64_t fill = fill_of(claim, slot, now_ns);

		if (slot == NULL)
			slot = room;
		if (slot == NULL) {
			while (i-- > 0)
				*undo[i].slot = undo[i].before;
			return -1;
		}
		undo[i].slot = slot;
		undo[i].before = *slot;
		*slot = (struct slot){ claim->key, now_ns + fill + cost };
		claim->used = round_up(fill + cost, claim->rate.interval_ns);
	}
	return 0;
}

struct bucket_result
bucket_test(struct bucket_table *table, struct bucket_claim *claims,
    size_t count, int64_t now_us)
{
	struct bucket_result result;
	uint64_t locked;

	check_claims(claims, count);
	lock_shards(table, claims, count, &locked);
	result = test_all(table, claims, count, now_us * NS_PER_US);
	unlock_shards(table, locked);
	return result;
}

struct bucket_result
bucket_reserve(struct bucket_table *table, struct bucket_claim *claims,
    size_t count, int64_t now_us)
{
	struct bucket_result result;
	uint64_t locked;

	check_claims(claims, count);
	lock_shards(table, claims, count, &locked);
	result = test_all(table, claims, count, now_us * NS_PER_US);
	if (result.answer == BUCKET_ALLOWED &&
	    fill_all(table, claims, count, now_us * NS_PER_US) < 0)
		result.answer = BUCKET_FULL;
	unlock_shards(table, locked);
	return result;
}

void
bucket_refund(struct bucket_table *table, const struct bucket_claim *claims,
    size_t count, int64_t reserved_us, int64_t now_us)
{
	int64_t leaked = 0;
	uint64_t locked;

	if (now_us > reserved_us)
		leaked = (now_us - reserved_us) * NS_PER_US;
	lock_shards(table, claims, count, &locked);
	for (size_t i = 0; i < count; i++) {
		int64_t refund =
		    claims[i].cost * claims[i].rate.interval_ns - leaked;
		struct slot *slot = find_slot(
		    table, claims[i].key, now_us * NS_PER_US, NULL);

		if (slot != NULL && refund > 0)
			slot->empty_ns -= refund;
	}
	unlock_shards(table, locked);
}
