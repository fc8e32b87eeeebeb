/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/opendkim_signing.h"

#include "base/text_map.h"
#include "formats/glob.h"

#include <stdlib.h>

/* Kinds of pattern in lumbar-sign, from the narrowest to the widest. */
enum kind {
	ADDRESS, /* joe@example.com */
	LOCAL,   /* joe-*@example.com */
	DOMAIN,  /* example.com */
	BELOW,   /* .example.com */
	WILD,    /* all others */
};

/* The order in which OpenDKIM looks for keys of a data set that is no refile;
 * within one, the longer domain first. */
enum rank { RANK_ADDRESS, RANK_DOMAIN, RANK_USER_BELOW, RANK_BELOW, RANK_USER,
	RANK_ANY };

struct entry {
	struct span glob;    /* matched with the whole address, lower case */
	struct span pattern; /* the same for lumbar-sign */
	enum kind kind;
	enum rank rank;
	struct span key;
	struct span identity;
	unsigned line;
	size_t position; /* in the table */
};

/* A key with the name of a domain. */
struct domain_key {
	struct span domain; /* its name in lower case */
	struct span name;
};

struct table {
	const struct opendkim_signing *signing;
	struct opendkim_froms *froms;
	struct domain_key *domain_keys;
	size_t domain_key_count;
	struct text_map *by_domain; /* struct domain_key */
	struct entry *entries; /* in the order of OpenDKIM */
	size_t count;
	const struct entry **by_glob; /* sorted by GLOB, then order */
	const struct entry **wild;    /* LOCAL, BELOW and WILD, in order */
	size_t wild_count;
};

static void note(struct table *table, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
note(struct table *table, unsigned line, const char *format, ...)
{
	struct opendkim_froms *froms = table->froms;
	struct pool *pool = table->signing->pool;
	va_list args;

	froms->notes = pool_grow(
	    pool, froms->notes, froms->note_count, sizeof(froms->notes[0]));
	va_start(args, format);
	froms->notes[froms->note_count++] = (struct opendkim_note){ line,
		pool_vprintf(pool, format, args) };
	va_end(args);
}

static bool
has_star(struct span text)
{
	return span_find(text, '*') < text.len;
}

/* Fills in what GLOB, of one "@", is in lumbar-sign. */
static void
classify(struct entry *entry)
{
	size_t at = span_find_last(entry->glob, '@');
	struct span local = span_slice(entry->glob, 0, at);
	struct span domain = span_slice(entry->glob, at + 1, entry->glob.len);
	bool any = span_equal(local, SPAN("*"));
	struct span below = span_slice(domain, 1, domain.len);

	entry->pattern = entry->glob;
	if (!has_star(domain)) {
		entry->kind = any ? DOMAIN : has_star(local) ? LOCAL : ADDRESS;
		if (any)
			entry->pattern = domain;
	} else if (any && span_starts(domain, SPAN("*.")) &&
	    !has_star(below)) {
		entry->kind = BELOW;
		entry->pattern = below;
	} else {
		entry->kind = WILD;
		if (any && span_equal(domain, SPAN("*")))
			entry->pattern = SPAN("*");
	}
}

/*
 * Turns the key of an entry of a refile, in lower case, into a glob with one
 * "@".  False after a note.
 */
static bool
read_refile_key(struct table *table, struct span text, struct entry *entry)
{
	size_t at = span_find(text, '@');
	size_t star = span_find(text, '*');

	entry->rank = RANK_ADDRESS; /* the order of the file counts */
	entry->glob = text;
	if (at < text.len)
		return true;
	if (star == text.len) {
		note(table, entry->line,
		    "\"%.*s\" matches no address in a refile, for it has no "
		    "\"@\"; left out (for the domain, write \"*@%.*s\")",
		    SPAN_ARGS(text), SPAN_ARGS(text));
		return false;
	}
	if (span_find_last(text, '*') != star) {
		note(table, entry->line,
		    "\"%.*s\" has several \"*\" and no \"@\"; left out, write "
		    "local part and domain apart",
		    SPAN_ARGS(text));
		return false;
	}
	/* The "@" is what the "*" stands for, among others. */
	entry->glob = pool_printf(table->signing->pool, "%.*s*@*%.*s",
	    SPAN_ARGS(span_slice(text, 0, star)),
	    SPAN_ARGS(span_slice(text, star + 1, text.len)));
	return true;
}

/* The same for all other data sets, in which "*" and a dot before the domain
 * have their meaning in few places only. */
static bool
read_plain_key(struct table *table, struct span text, struct entry *entry)
{
	struct pool *pool = table->signing->pool;
	size_t at = span_find(text, '@');
	bool has_user = at < text.len;
	struct span user = span_slice(text, 0, at);
	struct span domain =
	    has_user ? span_slice(text, at + 1, text.len) : text;
	bool below = span_starts(domain, SPAN("."));
	bool any = span_equal(domain, SPAN("*"));

	if ((has_user && has_star(user)) || (!any && has_star(domain))) {
		note(table, entry->line,
		    "\"%.*s\" matches nothing, for the table is no refile; "
		    "left out",
		    SPAN_ARGS(text));
		return false;
	}
	if (has_user)
		entry->rank = any ? RANK_USER
		    : below	  ? RANK_USER_BELOW
				  : RANK_ADDRESS;
	else
		entry->rank = any ? RANK_ANY
		    : below	  ? RANK_BELOW
				  : RANK_DOMAIN;
	entry->glob = pool_printf(pool, "%.*s@%s%.*s",
	    SPAN_ARGS(has_user ? user : SPAN("*")), below ? "*" : "",
	    SPAN_ARGS(domain));
	return true;
}

static void
add_entry(struct table *table, const struct entry *entry)
{
	/* No more fits into glob_meets. */
	if (entry->glob.len > OPENDKIM_PATTERN_MAX) {
		note(table, entry->line,
		    "an address cannot be that long; left out");
		return;
	}
	table->entries = pool_grow(table->signing->pool, table->entries,
	    table->count, sizeof(table->entries[0]));
	table->entries[table->count] = *entry;
	table->entries[table->count].position = table->count;
	table->count++;
}

/* Finds what "%" can mean. */
static void
index_domain_keys(struct table *table)
{
	const struct opendkim_signing *signing = table->signing;

	table->by_domain = text_map_new();
	table->domain_keys = pool_alloc_array(signing->pool,
	    signing->key_count + 1, sizeof(table->domain_keys[0]));
	for (size_t i = 0; i < signing->key_count; i++) {
		struct span name = signing->keys[i];
		struct domain_key *key =
		    &table->domain_keys[table->domain_key_count];
		void **place;

		if (has_star(name) || span_find(name, '@') < name.len)
			continue;
		key->domain = pool_dup_lower(signing->pool, name);
		key->name = name;
		place = text_map_place(table->by_domain, key->domain);
		if (*place != NULL) /* the first of a domain counts */
			continue;
		*place = key;
		table->domain_key_count++;
	}
}

/* Adds what ENTRY, whose key is "%", is for the domain of KEY. */
static void
add_for(struct table *table, const struct entry *entry,
    const struct domain_key *key)
{
	size_t at = span_find_last(entry->glob, '@');
	struct entry one = *entry;

	one.key = key->name;
	one.glob = pool_printf(table->signing->pool, "%.*s@%.*s",
	    SPAN_ARGS(span_slice(entry->glob, 0, at)), SPAN_ARGS(key->domain));
	classify(&one);
	add_entry(table, &one);
}

/* "%" as the name of a key is the domain of the author: one entry for each key
 * that has the name of a domain that ENTRY is for. */
static void
expand_key(struct table *table, const struct entry *entry)
{
	size_t at = span_find_last(entry->glob, '@');
	struct span domain = span_slice(entry->glob, at + 1, entry->glob.len);
	size_t before = table->count;
	const struct domain_key *key;

	if (!has_star(domain)) {
		key = text_map_get(table->by_domain, domain);
		if (key != NULL)
			add_for(table, entry, key);
	} else {
		for (size_t i = 0; i < table->domain_key_count; i++)
			if (glob_covers(domain, table->domain_keys[i].domain))
				add_for(table, entry, &table->domain_keys[i]);
	}
	if (table->count == before)
		note(table, entry->line,
		    "\"%%\" means a key with the name of the author's domain, "
		    "and the KeyTable has none that fits; left out");
}

/* Replaces "%" in the i= of ENTRY by the author's domain, where there is but
 * one. */
static void
expand_identity(struct table *table, struct entry *entry)
{
	size_t percent = span_find(entry->identity, '%');
	size_t at = span_find_last(entry->glob, '@');
	struct span domain = span_slice(entry->glob, at + 1, entry->glob.len);

	if (percent == entry->identity.len)
		return;
	if (has_star(domain)) {
		note(table, entry->line,
		    "\"%%\" in the signer (i=) cannot be carried over for "
		    "several domains; signed without i=");
		entry->identity = SPAN("");
		return;
	}
	entry->identity = pool_printf(table->signing->pool, "%.*s%.*s%.*s",
	    SPAN_ARGS(span_slice(entry->identity, 0, percent)),
	    SPAN_ARGS(domain),
	    SPAN_ARGS(span_slice(
		entry->identity, percent + 1, entry->identity.len)));
}

/* True if there may be an address that GLOB matches. */
static bool
is_address(struct span glob)
{
	size_t at = span_find_last(glob, '@');
	struct span local = span_slice(glob, 0, at);
	struct span domain = span_slice(glob, at + 1, glob.len);

	return local.len > 0 && domain.len > 0 &&
	    span_find(local, '@') == local.len && domain.ptr[0] != '.' &&
	    domain.ptr[domain.len - 1] != '.';
}

static bool
has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
			return true;
	return false;
}

static void
read_entry(struct table *table, const struct opendkim_line *line)
{
	const struct opendkim_signing *signing = table->signing;
	struct span key = pool_dup_lower(signing->pool, line->key);
	size_t colon = span_find(line->value, ':');
	struct entry entry = { .line = line->number };

	entry.key = span_trim(span_slice(line->value, 0, colon));
	entry.identity = span_trim(
	    span_slice(line->value, colon + 1, line->value.len));
	if (entry.key.len == 0) {
		note(table, line->number,
		    "\"%.*s\" names no key; left out", SPAN_ARGS(line->key));
		return;
	}
	if (has_control(key) || has_control(line->value)) {
		note(table, line->number,
		    "there is a control character; left out");
		return;
	}
	if (key.len > OPENDKIM_PATTERN_MAX - 3) {
		note(table, line->number,
		    "an address cannot be that long; left out");
		return;
	}
	if (!(signing->is_refile ? read_refile_key(table, key, &entry)
				 : read_plain_key(table, key, &entry)))
		return;
	if (!is_address(entry.glob)) {
		note(table, line->number,
		    "\"%.*s\" matches no address; left out (for all domains "
		    "below one, a refile has \"*@*.example.com\")",
		    SPAN_ARGS(line->key));
		return;
	}
	classify(&entry);
	if (span_equal(entry.key, SPAN("%"))) {
		expand_key(table, &entry);
		return;
	}
	expand_identity(table, &entry);
	add_entry(table, &entry);
}

static int
compare_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if ((x->rank == RANK_BELOW || x->rank == RANK_USER_BELOW) &&
	    x->glob.len != y->glob.len)
		return x->glob.len > y->glob.len ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static int
compare_globs(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;
	int result = span_compare(x->glob, y->glob);

	return result != 0 ? result : x < y ? -1 : x > y;
}

static void
index_entries(struct table *table)
{
	struct pool *pool = table->signing->pool;

	if (table->count == 0)
		return;
	qsort(table->entries, table->count, sizeof(table->entries[0]),
	    compare_order);
	table->by_glob =
	    pool_alloc_array(pool, table->count, sizeof(table->by_glob[0]));
	table->wild = pool_alloc_array(
	    pool, OPENDKIM_WILD_MAX, sizeof(table->wild[0]));
	for (size_t i = 0; i < table->count; i++) {
		const struct entry *entry = &table->entries[i];

		table->by_glob[i] = entry;
		if (entry->kind == ADDRESS || entry->kind == DOMAIN)
			continue;
		if (table->wild_count == OPENDKIM_WILD_MAX)
			note(table, entry->line,
			    "there are more than %d patterns with \"*\"; what "
			    "this one overlaps has not been looked at",
			    OPENDKIM_WILD_MAX);
		else
			table->wild[table->wild_count++] = entry;
	}
	qsort(table->by_glob, table->count, sizeof(table->by_glob[0]),
	    compare_globs);
}

/* How one entry stands to the others. */
struct covering {
	const struct entry **items; /* those that cover it, itself included,
	                               in the order of OpenDKIM */
	size_t count;
	/* lumbar-sign must look at it among the patterns of kind WILD, in
	 * their order, or it would take it too early. */
	bool late;
};

static void
add_covering(
    struct table *table, struct covering *covering, const struct entry *entry)
{
	size_t i = covering->count;

	covering->items = pool_grow(table->signing->pool, covering->items,
	    covering->count++, sizeof(covering->items[0]));
	for (; i > 0 && covering->items[i - 1] > entry; i--)
		covering->items[i] = covering->items[i - 1];
	covering->items[i] = entry;
}

/* Adds all entries of GLOB. */
static void
add_equal(struct table *table, struct covering *covering, struct span glob)
{
	size_t from = 0, to = table->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (span_compare(table->by_glob[middle]->glob, glob) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < table->count &&
	     span_equal(table->by_glob[from]->glob, glob); from++)
		add_covering(table, covering, table->by_glob[from]);
}

/*
 * WILD shares some authors with ENTRY and does not cover it: says in *COVERING
 * if ENTRY must be late, and tells where lumbar-sign will decide otherwise
 * than OpenDKIM.
 */
static void
weigh(struct table *table, const struct entry *entry,
    const struct entry *wild, struct covering *covering)
{
	bool multiple = table->signing->multiple;
	bool earlier = wild < entry;
	bool differs = false;

	if (entry->kind == BELOW && wild->kind == WILD)
		covering->late |= multiple || earlier;
	else
		differs = !multiple && earlier && wild->kind > entry->kind;
	/* All keys of both would sign for these.  Two that are both among
	 * the wild ones meet twice. */
	if (multiple && !glob_covers(entry->glob, wild->glob) &&
	    (earlier || entry->kind == DOMAIN || entry->kind == ADDRESS))
		differs = true;
	if (differs)
		note(table, entry->line,
		    "some authors match line %u too, and only one of the two "
		    "is used for them, perhaps not as in OpenDKIM; give them "
		    "lines of their own",
		    wild->line);
}

static struct covering
find_covering(struct table *table, const struct entry *entry)
{
	struct pool *pool = table->signing->pool;
	struct covering covering = { .count = 0 };
	size_t at = span_find_last(entry->glob, '@');

	add_equal(table, &covering, entry->glob);
	if (entry->kind == ADDRESS || entry->kind == LOCAL)
		add_equal(table, &covering,
		    pool_printf(pool, "*%.*s",
			SPAN_ARGS(span_slice(
			    entry->glob, at, entry->glob.len))));
	for (size_t i = 0; i < table->wild_count; i++) {
		const struct entry *wild = table->wild[i];

		if (span_equal(wild->glob, entry->glob))
			continue;
		if (glob_covers(wild->glob, entry->glob))
			add_covering(table, &covering, wild);
		else if (glob_meets(wild->glob, entry->glob))
			weigh(table, entry, wild, &covering);
	}
	return covering;
}

static bool
has_key(const struct opendkim_from *from, struct span key)
{
	for (size_t i = 0; i < from->key_count; i++)
		if (span_equal(from->keys[i], key))
			return true;
	return false;
}

/* A line that was made, and what decides about its place. */
struct made {
	struct opendkim_from from;
	size_t weight; /* entries that cover it */
	size_t position;
};

/* Makes the line for ENTRY.  False if another one is for its authors. */
static bool
translate_entry(
    struct table *table, const struct entry *entry, struct made *made)
{
	struct pool *pool = table->signing->pool;
	struct covering covering = find_covering(table, entry);
	struct opendkim_from from = { .line = entry->line };

	if (covering.items[0] != entry &&
	    (!table->signing->multiple ||
		span_equal(covering.items[0]->glob, entry->glob))) {
		/* With all of them signing, the first has all keys. */
		if (!table->signing->multiple)
			note(table, entry->line,
			    "never reached, for line %u matches first; left "
			    "out",
			    covering.items[0]->line);
		return false;
	}
	made->weight = covering.count;
	from.pattern = covering.late ? entry->glob : entry->pattern;
	if (!table->signing->multiple)
		covering.count = 1;
	for (size_t i = 0; i < covering.count; i++) {
		const struct entry *one = covering.items[i];

		if (has_key(&from, one->key))
			continue;
		from.keys = pool_grow(
		    pool, from.keys, from.key_count, sizeof(from.keys[0]));
		from.keys[from.key_count++] = one->key;
		if (from.identity.len == 0)
			from.identity = one->identity;
		else if (!span_equal(from.identity, one->identity))
			note(table, one->line,
			    "another signer (i=) than on line %u for the same "
			    "author cannot be carried over; that one is used",
			    entry->line);
	}
	made->from = from;
	return true;
}

/* Of two lines with "*", the first counts.  Where all that match sign, the one
 * that has the keys of the other too must come first: it is covered by more. */
static int
compare_made(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

void
opendkim_signing_translate(const struct opendkim_signing *signing,
    const struct opendkim_line *entries, size_t count,
    struct opendkim_froms *froms)
{
	struct table table = { .signing = signing, .froms = froms };
	struct made *made;

	*froms = (struct opendkim_froms){ .count = 0 };
	index_domain_keys(&table);
	for (size_t i = 0; i < count; i++)
		read_entry(&table, &entries[i]);
	index_entries(&table);
	made = pool_alloc_array(
	    signing->pool, table.count + 1, sizeof(made[0]));
	froms->items = pool_alloc_array(
	    signing->pool, table.count + 1, sizeof(froms->items[0]));
	for (size_t i = 0; i < table.count; i++)
		if (translate_entry(
			&table, &table.entries[i], &made[froms->count])) {
			made[froms->count].position = froms->count;
			froms->count++;
		}
	if (signing->multiple)
		qsort(made, froms->count, sizeof(made[0]), compare_made);
	for (size_t i = 0; i < froms->count; i++)
		froms->items[i] = made[i].from;
	text_map_free(&table.by_domain);
}
