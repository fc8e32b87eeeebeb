/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_match.h"

#include "rules/rule_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int
compare_names(const void *a, const void *b)
{
	return span_compare(
	    *(const struct span *)a, *(const struct span *)b);
}

/* The same for NAME in any case and an ITEM of the set, which is in lower
 * case. */
static int
compare_with_item(const void *name, const void *item)
{
	return span_compare_case(
	    *(const struct span *)name, *(const struct span *)item);
}

void
rule_names_add(struct rule_names *names, struct pool *pool, struct span name)
{
	names->items = pool_grow(
	    pool, names->items, names->count, sizeof(*names->items));
	names->items[names->count++] = pool_dup_lower(pool, name);
}

void
rule_names_sort(struct rule_names *names)
{
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(*names->items),
		    compare_names);
}

bool
rule_names_have(const struct rule_names *names, struct span name)
{
	return names->count > 0 &&
	    bsearch(&name, names->items, names->count, sizeof(*names->items),
		compare_with_item) != NULL;
}

bool
rule_names_have_domain(const struct rule_names *names, struct span domain)
{
	if (rule_names_have(names, domain))
		return true;
	for (size_t i = 1; i < domain.len; i++)
		if (domain.ptr[i] == '.' &&
		    rule_names_have(
			names, span_slice(domain, i, domain.len)))
			return true;
	return false;
}

void
rule_networks_add(struct rule_networks *networks, struct pool *pool,
    const struct network *network)
{
	networks->items = pool_grow(
	    pool, networks->items, networks->count, sizeof(*networks->items));
	networks->items[networks->count++] = *network;
}

bool
rule_networks_have(const struct rule_networks *networks, const struct ip *ip)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_contains(&networks->items[i], ip))
			return true;
	return false;
}

struct rule_matcher {
	struct rule_matcher *next;
	struct rule_matchers *all;
	struct pool *pool;
	struct regex **needles;
	size_t count;
};

struct rule_matcher *
rule_matcher_new(struct rule_matchers *matchers, struct pool *pool)
{
	struct rule_matcher *matcher = pool_alloc(pool, sizeof(*matcher));

	matcher->pool = pool;
	matcher->all = matchers;
	matcher->next = matchers->first;
	matchers->first = matcher;
	return matcher;
}

void
rule_matchers_free(struct rule_matchers *matchers)
{
	for (struct rule_matcher *matcher = matchers->first; matcher != NULL;
	    matcher = matcher->next)
		for (size_t i = 0; i < matcher->count; i++)
			regex_free(&matcher->needles[i]);
	matchers->first = NULL;
}

static int
add_regex(struct rule_matcher *matcher, struct span pattern, unsigned flags,
    size_t *offset, struct err *err)
{
	struct regex *regex = regex_new(pattern, flags, offset, err);

	if (regex == NULL)
		return -1;
	if (!regex_is_fast(regex))
		matcher->all->slow++;
	matcher->needles = pool_grow(matcher->pool, matcher->needles,
	    matcher->count, sizeof(*matcher->needles));
	matcher->needles[matcher->count++] = regex;
	return 0;
}

int
rule_matcher_add_regex(struct rule_matcher *matcher, struct span pattern,
    unsigned flags, size_t *offset, struct err *err)
{
	return add_regex(matcher, pattern, flags, offset, err);
}

static bool
is_word_byte(char c)
{
	/* Bytes of longer UTF-8 characters are letters as a rule, and \w in
	 * the pattern decides for the text's side. */
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

/* The expression for NEEDLE as a word.  A border is asked for only where
 * NEEDLE itself has a word character, or "C++" could never match. */
static struct span
word_pattern(struct pool *pool, struct span needle)
{
	static const char before[] = "(?<!\\w)", after[] = "(?!\\w)";
	size_t size = needle.len * 3 + sizeof(before) + sizeof(after);
	char *out = pool_alloc(pool, size);
	size_t len = 0;
	bool blank = false;

	if (needle.len > 0 && is_word_byte(needle.ptr[0])) {
		memcpy(out, before, sizeof(before) - 1);
		len = sizeof(before) - 1;
	}
	for (size_t i = 0; i < needle.len; i++) {
		char c = needle.ptr[i];

		if (c == ' ' || c == '\t') {
			if (!blank)
				memcpy(out + len, "\\s+", 3);
			len += blank ? 0 : 3;
			blank = true;
			continue;
		}
		blank = false;
		if (!is_word_byte(c))
			out[len++] = '\\';
		out[len++] = c;
	}
	if (needle.len > 0 && is_word_byte(needle.ptr[needle.len - 1])) {
		memcpy(out + len, after, sizeof(after) - 1);
		len += sizeof(after) - 1;
	}
	return span_make(out, len);
}

struct span
rule_word_key(struct span needle, struct pool *pool)
{
	struct span text = rule_text_needle(needle, pool);

	return pool_dup_lower(pool, word_pattern(pool, span_trim(text)));
}

int
rule_matcher_add(struct rule_matcher *matcher, struct span needle,
    enum rule_needle how, struct err *err)
{
	unsigned flags = REGEX_CASELESS | REGEX_LITERAL;
	struct span pattern = rule_text_needle(needle, matcher->pool);
	size_t offset;

	switch (how) {
	case NEEDLE_ANYWHERE:
		break;
	case NEEDLE_WORD:
		flags = REGEX_CASELESS;
		pattern =
		    word_pattern(matcher->pool, span_trim(pattern));
		break;
	case NEEDLE_AT_START:
		flags |= REGEX_AT_START;
		break;
	case NEEDLE_AT_END:
		flags |= REGEX_TO_END;
		break;
	case NEEDLE_WHOLE:
		flags |= REGEX_AT_START | REGEX_TO_END;
		break;
	}
	return add_regex(matcher, pattern, flags, &offset, err);
}

void
rule_hits_init(struct rule_hits *hits, const struct rule_matcher *matcher,
    bool count_distinct, struct pool *pool)
{
	*hits = (struct rule_hits){ 0 };
	if (count_distinct)
		hits->seen = pool_alloc_array(
		    pool, matcher->count + 1, sizeof(*hits->seen));
}

/* The next hit of NEEDLE, see rule_matcher_next. */
static enum regex_result
next_hit(const struct regex *needle, struct span text, size_t *from,
    struct regex_scratch *scratch, struct regex_match *match, struct err *err)
{
	enum regex_result result;

	if (*from > text.len)
		return REGEX_NO_MATCH;
	result = regex_find(needle, text, *from, scratch, match, err);
	if (result == REGEX_MATCH)
		/* An empty match would be found again at the same place. */
		*from = match->end > *from ? match->end : *from + 1;
	return result;
}

/* One needle in TEXT.  0 or -1. */
static int
find_needle(const struct regex *needle, bool *seen, struct span text,
    struct regex_scratch *scratch, size_t wanted, struct rule_hits *hits,
    struct err *err)
{
	size_t from = 0;

	while (hits->total < wanted || seen != NULL) {
		struct regex_match match;
		enum regex_result result =
		    next_hit(needle, text, &from, scratch, &match, err);

		if (result == REGEX_FAULT)
			return -1;
		if (result == REGEX_NO_MATCH)
			return 0;
		hits->total++;
		if (seen != NULL) {
			if (!*seen)
				hits->distinct++;
			*seen = true;
			return 0;
		}
	}
	return 0;
}

int
rule_matcher_find(const struct rule_matcher *matcher, struct span text,
    struct regex_scratch *scratch, size_t wanted, struct rule_hits *hits,
    struct err *err)
{
	bool faulty = false;

	for (size_t i = 0; i < matcher->count; i++) {
		bool *seen = hits->seen != NULL ? &hits->seen[i] : NULL;

		if ((seen != NULL ? hits->distinct : hits->total) >= wanted)
			break;
		if (find_needle(matcher->needles[i], seen, text, scratch,
			wanted, hits, err) < 0)
			faulty = true;
	}
	return faulty ? -1 : 0;
}

size_t
rule_matcher_count(const struct rule_matcher *matcher)
{
	return matcher->count;
}

enum regex_result
rule_matcher_next(const struct rule_matcher *matcher, size_t needle,
    struct span text, size_t *from, struct regex_scratch *scratch,
    struct regex_match *match, struct err *err)
{
	return next_hit(
	    matcher->needles[needle], text, from, scratch, match, err);
}
