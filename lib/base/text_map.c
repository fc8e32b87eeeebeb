/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text_map.h"

#include "base/xalloc.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 64 }; /* a power of two, as all later sizes */

struct slot {
	struct span key; /* NULL: free */
	void *value;
};

/* Open addressing; at most half of the slots are in use. */
struct text_map {
	struct slot *slots;
	size_t slot_count;
	size_t used;
};

struct text_map *
text_map_new(void)
{
	struct text_map *map = xalloc(sizeof(*map));

	map->slot_count = SLOTS_FIRST;
	map->slots = xalloc_array(map->slot_count, sizeof(struct slot));
	return map;
}

void
text_map_free(struct text_map **map)
{
	if (*map == NULL)
		return;
	free((*map)->slots);
	free(*map);
	*map = NULL;
}

/* FNV-1a. */
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

/* The slot that KEY has or would have. */
static struct slot *
find_slot(const struct text_map *map, struct span key)
{
	size_t mask = map->slot_count - 1;
	size_t i = (size_t)hash(key) & mask;

	while (map->slots[i].key.ptr != NULL &&
	    !span_equal(map->slots[i].key, key))
		i = (i + 1) & mask;
	return &map->slots[i];
}

static void
grow(struct text_map *map)
{
	struct slot *old = map->slots;
	size_t old_count = map->slot_count;

	map->slot_count = 2 * old_count;
	map->slots = xalloc_array(map->slot_count, sizeof(struct slot));
	for (size_t i = 0; i < old_count; i++)
		if (old[i].key.ptr != NULL)
			*find_slot(map, old[i].key) = old[i];
	free(old);
}

void **
text_map_place(struct text_map *map, struct span key)
{
	struct slot *slot;

	if (2 * (map->used + 1) > map->slot_count)
		grow(map);
	slot = find_slot(map, key);
	if (slot->key.ptr == NULL) {
		slot->key = key.ptr != NULL ? key : SPAN("");
		map->used++;
	}
	return &slot->value;
}

void *
text_map_get(const struct text_map *map, struct span key)
{
	return find_slot(map, key)->value;
}

size_t
text_map_count(const struct text_map *map)
{
	return map->used;
}
