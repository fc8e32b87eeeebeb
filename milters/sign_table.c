/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign_table.h"

#include "base/pool.h"
#include "base/xalloc.h"

#include <stdlib.h>

enum {
	SLOTS_FIRST = 64, /* a power of two, as all later sizes */
	DOMAIN_MAX = 255, /* RFC 1035 section 2.3.4 */
};

struct slot {
	struct span pattern; /* NULL: free */
	struct sign_keys keys;
};

/* Open addressing; at most half of the slots are in use. */
struct sign_table {
	struct pool *pool; /* of the key lists */
	struct slot *slots;
	size_t slot_count;
	size_t used;
};

struct sign_table *
sign_table_new(void)
{
	struct sign_table *table = xalloc(sizeof(*table));

	table->pool = pool_new();
	table->slot_count = SLOTS_FIRST;
	table->slots = xalloc_array(table->slot_count, sizeof(struct slot));
	return table;
}

void
sign_table_free(struct sign_table **table)
{
	if (*table == NULL)
		return;
	pool_free(&(*table)->pool);
	free((*table)->slots);
	free(*table);
	*table = NULL;
}

/* FNV-1a.  Only the administrator fills the table, so nobody can crowd a slot
 * from outside. */
static uint64_t
hash(struct span text)
{
	uint64_t value = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text.len; i++) {
		value ^= (unsigned char)text.ptr[i];
		value *= UINT64_C(1099511628211);
	}
	return value;
}

/* The slot that PATTERN has or would have. */
static struct slot *
find_slot(const struct sign_table *table, struct span pattern)
{
	size_t mask = table->slot_count - 1;
	size_t i = (size_t)hash(pattern) & mask;

	while (table->slots[i].pattern.ptr != NULL &&
	    !span_equal(table->slots[i].pattern, pattern))
		i = (i + 1) & mask;
	return &table->slots[i];
}

static void
grow(struct sign_table *table)
{
	struct slot *old = table->slots;
	size_t old_count = table->slot_count;

	table->slot_count = 2 * old_count;
	table->slots = xalloc_array(table->slot_count, sizeof(struct slot));
	for (size_t i = 0; i < old_count; i++)
		if (old[i].pattern.ptr != NULL)
			*find_slot(table, old[i].pattern) = old[i];
	free(old);
}

void
sign_table_add(
    struct sign_table *table, struct span pattern, const struct sign_key *key)
{
	struct sign_keys *keys;
	struct slot *slot;

	if (2 * (table->used + 1) > table->slot_count)
		grow(table);
	slot = find_slot(table, pattern);
	if (slot->pattern.ptr == NULL) {
		slot->pattern = pattern;
		table->used++;
	}
	keys = &slot->keys;
	/* The two signatures would be the same. */
	if (keys->count > 0 && keys->items[keys->count - 1] == key)
		return;
	keys->items = pool_grow(
	    table->pool, keys->items, keys->count, sizeof(keys->items[0]));
	keys->items[keys->count++] = key;
}

const struct sign_keys *
sign_table_get(const struct sign_table *table, struct span pattern)
{
	const struct slot *slot = find_slot(table, pattern);

	return slot->pattern.ptr != NULL ? &slot->keys : NULL;
}

const struct sign_keys *
sign_table_find(const struct sign_table *table, struct span domain)
{
	char lower[DOMAIN_MAX];
	const struct sign_keys *keys;

	if (domain.len == 0 || domain.len > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < domain.len; i++)
		lower[i] = span_lower(domain.ptr[i]);
	domain.ptr = lower;
	keys = sign_table_get(table, domain);
	for (size_t i = 1; keys == NULL && i < domain.len; i++)
		if (lower[i] == '.')
			keys = sign_table_get(
			    table, span_slice(domain, i, domain.len));
	return keys;
}
