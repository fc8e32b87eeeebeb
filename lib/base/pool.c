/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pool.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_SIZE = 4096, /* holds the envelope of most messages */
	SMALL_BLOCK_SIZE = 256, /* holds what most clients say of themselves */
	ALIGNMENT = alignof(max_align_t),
};

struct block {
	struct block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char bytes[];
};

struct pool {
	struct block *blocks; /* the one in use first */
	size_t block_size;
	size_t taken;
};

static struct pool *
new_pool(size_t block_size)
{
	struct pool *pool = xalloc(sizeof(*pool));

	pool->block_size = block_size;
	return pool;
}

struct pool *
pool_new(void)
{
	return new_pool(BLOCK_SIZE);
}

struct pool *
pool_new_small(void)
{
	return new_pool(SMALL_BLOCK_SIZE);
}

void
pool_free(struct pool **pool)
{
	struct block *block, *next;

	if (*pool == NULL)
		return;
	for (block = (*pool)->blocks; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(*pool);
	*pool = NULL;
}

void
pool_reset(struct pool *pool)
{
	struct block *kept = NULL;
	struct block *block, *next;

	for (block = pool->blocks; block != NULL; block = next) {
		next = block->next;
		if (kept == NULL && block->size == pool->block_size) {
			kept = block;
			continue;
		}
		pool->taken -= sizeof(*block) + block->size;
		free(block);
	}
	pool->blocks = kept;
	if (kept == NULL)
		return;
	memset(kept->bytes, 0, kept->used);
	kept->used = 0;
	kept->next = NULL;
}

static struct block *
add_block(struct pool *pool, size_t size)
{
	struct block *block = xalloc(sizeof(*block) + size);

	block->size = size;
	pool->taken += sizeof(*block) + size;
	/* A block for one large item goes behind the one that has room. */
	if (size > BLOCK_SIZE && pool->blocks != NULL) {
		block->next = pool->blocks->next;
		pool->blocks->next = block;
	} else {
		block->next = pool->blocks;
		pool->blocks = block;
	}
	return block;
}

void *
pool_alloc(struct pool *pool, size_t size)
{
	struct block *block = pool->blocks;
	void *item;

	assert(size <= SIZE_MAX / 2);
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block == NULL || block->size - block->used < size)
		block = add_block(
		    pool, size > pool->block_size ? size : pool->block_size);
	item = block->bytes + block->used;
	block->used += size;
	return item;
}

void *
pool_alloc_array(struct pool *pool, size_t count, size_t size)
{
	assert(size == 0 || count <= SIZE_MAX / 2 / size);
	return pool_alloc(pool, count * size);
}

void *
pool_grow(struct pool *pool, void *items, size_t count, size_t size)
{
	void *larger;

	if (count != 0 && (count & (count - 1)) != 0)
		return items;
	larger = pool_alloc_array(pool, count == 0 ? 1 : 2 * count, size);
	if (count > 0)
		memcpy(larger, items, count * size);
	return larger;
}

struct span
pool_dup(struct pool *pool, struct span span)
{
	return (struct span){ pool_string(pool, span), span.len };
}

struct span
pool_dup_lower(struct pool *pool, struct span span)
{
	char *copy = pool_string(pool, span);

	for (size_t i = 0; i < span.len; i++)
		copy[i] = span_lower(copy[i]);
	return (struct span){ copy, span.len };
}

char *
pool_string(struct pool *pool, struct span span)
{
	char *copy = pool_alloc(pool, span.len + 1);

	if (span.len > 0)
		memcpy(copy, span.ptr, span.len);
	return copy;
}

struct span
pool_printf(struct pool *pool, const char *format, ...)
{
	struct span text;
	va_list args;

	va_start(args, format);
	text = pool_vprintf(pool, format, args);
	va_end(args);
	return text;
}

struct span
pool_vprintf(struct pool *pool, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	assert(len >= 0);
	text = pool_alloc(pool, (size_t)len + 1);
	(void)vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return (struct span){ text, (size_t)len };
}

size_t
pool_size(const struct pool *pool)
{
	return pool->taken;
}
