/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table from text to anything: a lookup takes the same time however many
 * entries there are.  For keys that only an administrator chooses; where
 * remote clients name them, they could crowd a slot (see base/siphash.h).
 */
#ifndef LUMBAR_BASE_TEXT_MAP_H
#define LUMBAR_BASE_TEXT_MAP_H

#include "base/span.h"

struct text_map;

/* An empty table.  Release with text_map_free. */
struct text_map *text_map_new(void) __attribute__((warn_unused_result));

/* Releases *MAP, but not what its values point to, and clears it; NULL is a
 * no-op. */
void text_map_free(struct text_map **map);

/*
 * Where the value of KEY is kept: NULL in it if KEY is new.  KEY is borrowed
 * for the life of MAP, the place until the next call.
 */
void **text_map_place(struct text_map *map, struct span key)
    __attribute__((warn_unused_result));

/* The value of KEY, or NULL where there is none. */
void *text_map_get(const struct text_map *map, struct span key);

/* How many keys there are. */
size_t text_map_count(const struct text_map *map);

#endif
