/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One map holds addresses, domains and, with their dot, domains above others.
 * No domain has an "@", so the patterns with "*" in the local part can stand
 * there too, under "@" and their domain.
 */
#include "milters/sign/sign_table.h"

#include "base/text_map.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 2 * MAILBOX_SIDE_MAX + 1 }; /* "local@domain" */

/* Patterns that are tried one by one. */
struct wild {
	const struct author_pattern *pattern;
	struct sign_uses uses;
};

struct wilds {
	struct wild *items;
	size_t count;
};

struct sign_table {
	struct pool *pool;
	struct text_map *map; /* struct sign_uses; struct wilds under "@..." */
	struct wilds wilds;
	size_t count;
};

struct span
sign_use_domain(const struct sign_use *use, const struct author *author)
{
	return use->key->domain.len > 0 ? use->key->domain : author->domain;
}

struct sign_table *
sign_table_new(void)
{
	struct sign_table *table = xalloc(sizeof(*table));

	table->pool = pool_new();
	table->map = text_map_new();
	return table;
}

void
sign_table_free(struct sign_table **table)
{
	if (*table == NULL)
		return;
	text_map_free(&(*table)->map);
	pool_free(&(*table)->pool);
	free(*table);
	*table = NULL;
}

size_t
sign_table_count(const struct sign_table *table)
{
	return table->count;
}

static void
add_use(struct pool *pool, struct sign_uses *uses, struct sign_use use)
{
	for (size_t i = 0; i < uses->count; i++)
		if (uses->items[i].key == use.key)
			return;
	uses->items =
	    pool_grow(pool, uses->items, uses->count, sizeof(use));
	uses->items[uses->count++] = use;
}

static void
add_exact(struct sign_table *table, struct span text, struct sign_use use)
{
	void **place = text_map_place(table->map, text);

	if (*place == NULL) {
		*place = pool_alloc(table->pool, sizeof(struct sign_uses));
		table->count++;
	}
	add_use(table->pool, *place, use);
}

static bool
same_text(const struct author_pattern *a, const struct author_pattern *b)
{
	return span_equal(a->local, b->local) &&
	    span_equal(a->domain, b->domain);
}

static int
add_wild(struct sign_table *table, struct wilds *wilds,
    const struct author_pattern *pattern, struct sign_use use,
    struct err *err)
{
	for (size_t i = 0; i < wilds->count; i++)
		if (same_text(wilds->items[i].pattern, pattern)) {
			add_use(table->pool, &wilds->items[i].uses, use);
			return 0;
		}
	if (wilds->count == SIGN_WILD_MAX)
		return err_set(err, ERR_CONFIG,
		    "more than %d patterns have \"*\"; name domains or "
		    "addresses", SIGN_WILD_MAX);
	wilds->items = pool_grow(table->pool, wilds->items, wilds->count,
	    sizeof(struct wild));
	wilds->items[wilds->count] = (struct wild){ .pattern = pattern };
	add_use(table->pool, &wilds->items[wilds->count++].uses, use);
	table->count++;
	return 0;
}

static int
add_local(struct sign_table *table, const struct author_pattern *pattern,
    struct sign_use use, struct err *err)
{
	void **place = text_map_place(table->map,
	    pool_printf(table->pool, "@%.*s", SPAN_ARGS(pattern->domain)));

	if (*place == NULL)
		*place = pool_alloc(table->pool, sizeof(struct wilds));
	return add_wild(table, *place, pattern, use, err);
}

int
sign_table_add(struct sign_table *table, const struct author_pattern *pattern,
    struct sign_use use, struct err *err)
{
	switch (pattern->kind) {
	case AUTHOR_ADDRESS:
		add_exact(table,
		    pool_printf(table->pool, "%.*s@%.*s",
			SPAN_ARGS(pattern->local), SPAN_ARGS(pattern->domain)),
		    use);
		return 0;
	case AUTHOR_LOCAL:
		return add_local(table, pattern, use, err);
	case AUTHOR_DOMAIN:
	case AUTHOR_BELOW:
		add_exact(table, pattern->domain, use);
		return 0;
	case AUTHOR_WILD:
		return add_wild(table, &table->wilds, pattern, use, err);
	}
	return 0;
}

static const struct sign_uses *
find_wild(const struct wilds *wilds, const struct author *author)
{
	for (size_t i = 0; i < wilds->count; i++)
		if (author_pattern_matches(wilds->items[i].pattern, author))
			return &wilds->items[i].uses;
	return NULL;
}

/* The keys of the address itself, or of a pattern at its domain. */
static const struct sign_uses *
find_local(const struct sign_table *table, const struct author *author)
{
	char text[KEY_MAX];
	struct span whole = { text, author->local.len + 1 +
		author->domain.len };
	const struct sign_uses *uses;
	const struct wilds *wilds;

	memcpy(text, author->local.ptr, author->local.len);
	text[author->local.len] = '@';
	memcpy(text + author->local.len + 1, author->domain.ptr,
	    author->domain.len);
	uses = text_map_get(table->map, whole);
	if (uses != NULL)
		return uses;
	wilds = text_map_get(table->map,
	    span_slice(whole, author->local.len, whole.len));
	return wilds != NULL ? find_wild(wilds, author) : NULL;
}

const struct sign_uses *
sign_table_find(const struct sign_table *table, const struct author *author)
{
	struct span domain = author->domain;
	const struct sign_uses *uses;

	if (author->local.len == 0 || author->local.len > MAILBOX_SIDE_MAX ||
	    domain.len == 0 || domain.len > MAILBOX_SIDE_MAX)
		return NULL;
	uses = find_local(table, author);
	/* What has an "@" in it, as a literal can, is no domain. */
	if (uses == NULL && span_find(domain, '@') == domain.len) {
		uses = text_map_get(table->map, domain);
		for (size_t i = 1; uses == NULL && i < domain.len; i++)
			if (domain.ptr[i] == '.')
				uses = text_map_get(table->map,
				    span_slice(domain, i, domain.len));
	}
	return uses != NULL ? uses : find_wild(&table->wilds, author);
}

/* What one login is granted. */
struct grants {
	const struct author_pattern **items;
	size_t count;
};

struct sign_logins {
	struct pool *pool;
	struct text_map *map; /* struct grants */
};

struct sign_logins *
sign_logins_new(void)
{
	struct sign_logins *logins = xalloc(sizeof(*logins));

	logins->pool = pool_new();
	logins->map = text_map_new();
	return logins;
}

void
sign_logins_free(struct sign_logins **logins)
{
	if (*logins == NULL)
		return;
	text_map_free(&(*logins)->map);
	pool_free(&(*logins)->pool);
	free(*logins);
	*logins = NULL;
}

void
sign_logins_add(struct sign_logins *logins, struct span login,
    const struct author_pattern *pattern)
{
	void **place = text_map_place(logins->map, login);
	struct grants *grants = *place;

	if (grants == NULL)
		*place = grants = pool_alloc(logins->pool, sizeof(*grants));
	grants->items = pool_grow(logins->pool, grants->items, grants->count,
	    sizeof(grants->items[0]));
	grants->items[grants->count++] = pattern;
}

static bool
is_granted(const struct grants *grants, const struct author *author)
{
	for (size_t i = 0; grants != NULL && i < grants->count; i++)
		if (author_pattern_matches(grants->items[i], author))
			return true;
	return false;
}

bool
sign_logins_grant(const struct sign_logins *logins, struct span login,
    const struct author *author)
{
	return is_granted(text_map_get(logins->map, login), author) ||
	    is_granted(text_map_get(logins->map, SPAN("*")), author);
}
