/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SigningTable: the first byte says how it is read, the rest are its lines.
 * What comes out must choose the keys that OpenDKIM chooses, by plain models
 * of both, for authors made of the patterns, unless a note says that it does
 * not.
 */
#include "formats/opendkim_signing.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 400, LINES_MAX = 12, TEXT_MAX = 1024 };

static const struct span key_names[] = { SPAN_INIT("a.b"),
	SPAN_INIT("a.example"), SPAN_INIT("example") };

static bool
glob_matches(struct span glob, struct span text)
{
	bool row[TEXT_MAX + 1] = { true };

	assert(text.len <= TEXT_MAX);
	for (size_t i = 0; i < glob.len; i++) {
		bool star = glob.ptr[i] == '*';
		bool diagonal = row[0];

		row[0] = row[0] && star;
		for (size_t k = 1; k <= text.len; k++) {
			bool above = row[k];

			row[k] = star ? above || row[k - 1]
				      : diagonal &&
				glob.ptr[i] == text.ptr[k - 1];
			diagonal = above;
		}
	}
	return row[text.len];
}

static struct span
domain_of(struct span author)
{
	return span_slice(
	    author, span_find_last(author, '@') + 1, author.len);
}

/* Keys of one author, each once. */
struct chosen {
	struct span keys[LINES_MAX];
	size_t count;
};

static bool
has(const struct chosen *chosen, struct span key)
{
	for (size_t i = 0; i < chosen->count; i++)
		if (span_equal(chosen->keys[i], key))
			return true;
	return false;
}

static void
choose(struct chosen *chosen, struct span key)
{
	if (!has(chosen, key) && chosen->count < LINES_MAX)
		chosen->keys[chosen->count++] = key;
}

/* The key that LINE names for AUTHOR; a "%" that names none is empty. */
static struct span
key_of(const struct opendkim_line *line, struct span author)
{
	struct span key = span_trim(
	    span_slice(line->value, 0, span_find(line->value, ':')));

	if (!span_equal(key, SPAN("%")))
		return key;
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++)
		if (span_equal(key_names[i], domain_of(author)))
			return key_names[i];
	return SPAN("");
}

/* What opendkim.conf(5) says of SigningTable. */
static struct chosen
opendkim_chooses(struct pool *pool, const struct opendkim_signing *signing,
    const struct opendkim_line *lines, size_t count, struct span author)
{
	struct chosen chosen = { .count = 0 };
	struct span domain = domain_of(author);
	struct span user =
	    span_slice(author, 0, author.len - domain.len - 1);
	struct span queries[2 * TEXT_MAX];
	size_t query_count = 0;

	queries[query_count++] = author;
	queries[query_count++] = domain;
	for (int plain = 0; plain < 2; plain++)
		for (size_t i = 1; i < domain.len; i++)
			if (domain.ptr[i] == '.')
				queries[query_count++] = pool_printf(pool,
				    "%.*s%s%.*s",
				    SPAN_ARGS(plain ? SPAN("") : user),
				    plain ? "" : "@",
				    SPAN_ARGS(
					span_slice(domain, i, domain.len)));
	queries[query_count++] = pool_printf(pool, "%.*s@*", SPAN_ARGS(user));
	queries[query_count++] = SPAN("*");
	for (size_t q = 0; q < (signing->is_refile ? 1 : query_count); q++)
		for (size_t i = 0; i < count; i++) {
			struct span key = pool_dup_lower(pool, lines[i].key);
			struct span name = key_of(&lines[i], author);

			if (name.len == 0 ||
			    !(signing->is_refile
				    ? glob_matches(key, author)
				    : span_equal(key, queries[q])))
				continue;
			if (chosen.count == 0 || signing->multiple)
				choose(&chosen, name);
		}
	return chosen;
}

/* What lumbar-sign.conf(5) says of patterns: how narrow PATTERN is. */
static unsigned
kind_of(struct span pattern)
{
	size_t at = span_find(pattern, '@');
	struct span domain = span_slice(pattern, at + 1, pattern.len);

	if (at == pattern.len && span_find(pattern, '*') == pattern.len)
		return span_starts(pattern, SPAN(".")) ? 3 : 2;
	if (at == pattern.len || span_find(domain, '*') < domain.len)
		return 4;
	return span_find(pattern, '*') < at ? 1 : 0;
}

static bool
pattern_matches(struct pool *pool, struct span pattern, struct span author)
{
	switch (kind_of(pattern)) {
	case 2:
		return span_equal(pattern, domain_of(author));
	case 3:
		return span_ends_case(domain_of(author), pattern);
	default:
		(void)pool;
		return glob_matches(pattern, author);
	}
}

static struct chosen
lumbar_chooses(
    struct pool *pool, const struct opendkim_froms *froms, struct span author)
{
	const struct opendkim_from *best = NULL;
	struct chosen chosen = { .count = 0 };

	for (size_t i = 0; i < froms->count; i++) {
		const struct opendkim_from *from = &froms->items[i];

		if (!pattern_matches(pool, from->pattern, author))
			continue;
		if (best == NULL ||
		    kind_of(from->pattern) < kind_of(best->pattern) ||
		    (kind_of(from->pattern) == 3 &&
			kind_of(best->pattern) == 3 &&
			from->pattern.len > best->pattern.len))
			best = from;
	}
	for (size_t i = 0; best != NULL && i < best->key_count; i++)
		choose(&chosen, best->keys[i]);
	return chosen;
}

/* PATTERN as an author: "*" and a dot at the start of a domain are replaced. */
static struct span
author_from(struct pool *pool, struct span pattern, struct span filler)
{
	char *text = pool_alloc(pool, TEXT_MAX);
	size_t len = 0;
	bool start = true;

	for (size_t i = 0; i < pattern.len && len + 8 < TEXT_MAX; i++) {
		struct span piece = span_make(pattern.ptr + i, 1);

		if (piece.ptr[0] == '*')
			piece = filler;
		else if (start && piece.ptr[0] == '.')
			piece = SPAN("q.");
		start = pattern.ptr[i] == '@';
		for (size_t k = 0; k < piece.len; k++)
			text[len++] = span_lower(piece.ptr[k]);
	}
	if (span_find(span_make(text, len), '@') < len)
		return span_make(text, len);
	return pool_printf(pool, "u@%.*s", SPAN_ARGS(span_make(text, len)));
}

/* True if AUTHOR is an address with one "@" and a domain of labels. */
static bool
is_author(struct span author)
{
	size_t at = span_find(author, '@');
	struct span rest = span_slice(author, at + 1, author.len);
	struct span label;

	for (size_t i = 0; i < author.len; i++)
		if ((unsigned char)author.ptr[i] <= ' ')
			return false;
	if (at == 0 || at >= author.len || rest.len == 0 ||
	    span_find(rest, '@') < rest.len ||
	    span_ends_case(rest, SPAN(".")))
		return false;
	while (span_next(&rest, '.', &label))
		if (label.len == 0)
			return false;
	return true;
}

static bool
same(const struct chosen *a, const struct chosen *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!has(b, a->keys[i]))
			return false;
	return a->count == b->count;
}

/* True if a note says what is not as in OpenDKIM. */
static bool
is_excused(const struct opendkim_froms *froms)
{
	static const struct span excuses[] = {
		SPAN_INIT("perhaps not as in OpenDKIM"),
		SPAN_INIT("several \"*\""),
		SPAN_INIT("control character"),
		SPAN_INIT("cannot be that long"),
	};

	for (size_t i = 0; i < froms->note_count; i++)
		for (size_t k = 0; k < sizeof(excuses) / sizeof(excuses[0]);
		    k++)
			if (span_find_case(froms->notes[i].text, excuses[k]) <
			    froms->notes[i].text.len)
				return true;
	return false;
}

/* All other readers, which must only not stumble. */
static void
read_as_everything(struct span text)
{
	struct opendkim_lines items;
	struct opendkim_line item;
	struct opendkim_key key;

	opendkim_list_init(&items, text);
	while (opendkim_next(&items, &item)) {
		assert(item.key.len > 0 && item.number == 0);
		assert(opendkim_set_of(item.value).text.len <= item.value.len);
		(void)opendkim_boolean(item.value);
		if (opendkim_key_parse(item.value, &key, NULL) == 0) {
			assert(key.domain.len > 0 && key.selector.len > 0);
			(void)opendkim_key_is_file(&key);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct span fillers[] = { SPAN_INIT(""), SPAN_INIT("a"),
		SPAN_INIT("a.b"), SPAN_INIT("u") };
	struct opendkim_line lines[LINES_MAX];
	struct opendkim_lines place;
	struct opendkim_froms froms;
	struct pool *pool = pool_new();
	size_t count = 0;
	struct opendkim_signing signing = { .pool = pool,
		.keys = key_names,
		.key_count = sizeof(key_names) / sizeof(key_names[0]) };

	if (size == 0 || size > INPUT_MAX)
		goto out;
	signing.is_refile = (data[0] & 1) != 0;
	signing.multiple = (data[0] & 2) != 0;
	read_as_everything(span_make((const char *)data, size));
	opendkim_file_init(
	    &place, span_make((const char *)data + 1, size - 1));
	while (count < LINES_MAX && opendkim_next(&place, &lines[count]))
		count++;
	opendkim_signing_translate(&signing, lines, count, &froms);
	for (size_t i = 0; i < count * 4 && !is_excused(&froms); i++) {
		struct span author =
		    author_from(pool, lines[i / 4].key, fillers[i % 4]);
		struct chosen old, new;

		if (!is_author(author))
			continue;
		old = opendkim_chooses(pool, &signing, lines, count, author);
		new = lumbar_chooses(pool, &froms, author);
		assert(same(&old, &new));
	}
out:
	pool_free(&pool);
	return 0;
}
