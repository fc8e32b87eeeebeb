/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_texts.h"

#include "rules/rule_values.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A value that a detector found, and its id. */
struct known_value {
	uint64_t value;
	size_t id;
};

struct rule_text_cache {
	struct rule_texts subjects; /* from the end of headers on */
	bool has_subjects;
	struct rule_texts parts; /* at the end of the message */
	bool has_parts;
	/* Sorted by value.  A hash table would need a secret, or else whoever
	 * writes the message chooses what collides. */
	struct known_value *known[DETECTOR_COUNT];
	size_t known_count[DETECTOR_COUNT];
	size_t known_room[DETECTOR_COUNT];
	size_t kept[DETECTOR_COUNT][CONFIDENCE_COUNT];
};

static struct rule_text_cache *
cache_of(struct rule_facts *facts)
{
	if (facts->texts == NULL)
		facts->texts = pool_alloc(facts->pool, sizeof(*facts->texts));
	return facts->texts;
}

static void
add_text(struct rule_texts *texts, struct pool *pool, struct rule_text text)
{
	struct rule_text *copy;

	if (text.text.len == 0)
		return;
	copy = pool_alloc(pool, sizeof(*copy));
	*copy = text;
	copy->of_message = true;
	texts->items =
	    pool_grow(pool, texts->items, texts->count, sizeof(*texts->items));
	texts->items[texts->count++] = copy;
}

static const struct rule_texts *
subjects_of(struct rule_facts *facts)
{
	struct rule_text_cache *cache = cache_of(facts);
	const struct header_list *headers = &facts->message->headers;

	for (size_t i = 0; i < headers->count && !cache->has_subjects; i++)
		if (span_equal_case(headers->items[i].name, SPAN("Subject")))
			add_text(&cache->subjects, facts->pool,
			    (struct rule_text){
				.text = rule_header_text(
				    facts, &headers->items[i]),
				.part = RULE_NO_PART,
				.view = RULE_VIEW_HEADER,
			    });
	cache->has_subjects = true;
	return &cache->subjects;
}

/* The subject of an embedded message is in the header section of the part in
 * it. */
static void
add_embedded_subjects(struct rule_facts *facts, struct rule_texts *texts,
    const struct part *part, struct rule_text text)
{
	if (part->parent == PART_NO_PARENT ||
	    facts->content->parts[part->parent].kind != MIME_MESSAGE)
		return;
	for (size_t i = 0; i < part->headers.count; i++) {
		const struct header *header = &part->headers.items[i];

		if (!span_equal_case(header->name, SPAN("Subject")))
			continue;
		text.view = RULE_VIEW_HEADER;
		text.text = rule_decode_header(facts->pool, header);
		add_text(texts, facts->pool, text);
	}
}

static const struct rule_texts *
parts_of(struct rule_facts *facts)
{
	struct rule_text_cache *cache = cache_of(facts);
	const struct content_facts *content = facts->content;
	bool *attached;

	if (cache->has_parts)
		return &cache->parts;
	attached = pool_alloc_array(
	    facts->pool, content->part_count + 1, sizeof(*attached));
	for (size_t i = 0; i < content->part_count; i++) {
		const struct part *part = &content->parts[i];
		struct rule_text text = { .part = (int)i };

		/* Parents come first. */
		attached[i] = part->is_attachment ||
		    (part->parent != PART_NO_PARENT && attached[part->parent]);
		text.attached = attached[i];
		add_embedded_subjects(facts, &cache->parts, part, text);
		text.view = RULE_VIEW_TEXT;
		text.text = part->text;
		add_text(&cache->parts, facts->pool, text);
		text.view = RULE_VIEW_RAW_TEXT;
		text.text = part->raw_text;
		add_text(&cache->parts, facts->pool, text);
	}
	cache->has_parts = true;
	return &cache->parts;
}

bool
rule_part_is_in(const struct content_facts *content, int part,
    const struct part *attachment)
{
	while (part != PART_NO_PARENT) {
		if (&content->parts[part] == attachment)
			return true;
		part = content->parts[part].parent;
	}
	return false;
}

/* True if the fact ID has TEXT, of a part. */
static bool
has_text(const struct rule_eval *eval, enum rule_fact_id id,
    const struct rule_text *text)
{
	if (id == FACT_TEXT)
		return text->view != RULE_VIEW_HEADER;
	if (id == FACT_BODY)
		return !text->attached;
	if (id == FACT_ATTACHMENTS)
		return text->attached;
	if (id == FACT_ATTACHMENT_TEXT)
		return rule_part_is_in(
		    eval->facts->content, text->part, eval->attachment);
	return true;
}

/* Adds to TEXTS those of FROM that the fact ID has. */
static void
add_texts(const struct rule_eval *eval, enum rule_fact_id id,
    const struct rule_texts *from, struct rule_texts *texts)
{
	for (size_t i = 0; i < from->count; i++) {
		if (from->items[i]->part != RULE_NO_PART &&
		    !has_text(eval, id, from->items[i]))
			continue;
		texts->items = pool_grow(eval->facts->temporary, texts->items,
		    texts->count, sizeof(*texts->items));
		texts->items[texts->count++] = from->items[i];
	}
}

/* VALUES of a fact that is not content, as texts. */
static void
add_values(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values, struct rule_texts *texts)
{
	struct rule_text text = {
		.part = RULE_NO_PART,
		.view = RULE_VIEW_HEADER,
	};

	if (test->fact->scope == SCOPE_ATTACHMENT) {
		text.part =
		    (int)(eval->attachment - eval->facts->content->parts);
		text.view = RULE_VIEW_NAME;
	}
	texts->items = pool_alloc_array(eval->facts->temporary,
	    values->count + 1, sizeof(*texts->items));
	for (size_t i = 0; i < values->count; i++) {
		struct rule_text *copy =
		    pool_alloc(eval->facts->temporary, sizeof(*copy));

		/* An empty value is one all the same: "is" may ask for it. */
		text.text = values->items[i];
		*copy = text;
		texts->items[texts->count++] = copy;
	}
}

void
rule_texts_get(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values, struct rule_texts *texts)
{
	enum rule_fact_id id = test->fact->id;

	*texts = (struct rule_texts){ .count = 0 };
	/* Only what detectors scan need be the same text for every rule. */
	if (id == FACT_CONTENT ||
	    (id == FACT_SUBJECT && test->verb == VERB_HAS_DETECTOR))
		add_texts(eval, id, subjects_of(eval->facts), texts);
	if (rule_fact_is_content(test->fact))
		add_texts(eval, id, parts_of(eval->facts), texts);
	else if (id != FACT_SUBJECT || test->verb != VERB_HAS_DETECTOR)
		add_values(eval, test, values, texts);
}

static int
compare_values(const void *a, const void *b)
{
	const struct known_value *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

static const struct known_value *
find_value(const struct rule_text_cache *cache, enum detector detector,
    uint64_t value)
{
	struct known_value key = { .value = value };

	if (cache->known_count[detector] == 0)
		return NULL;
	return bsearch(&key, cache->known[detector],
	    cache->known_count[detector], sizeof(key), compare_values);
}

/* The id of VALUE, which is known. */
static size_t
id_of(const struct rule_text_cache *cache, enum detector detector,
    uint64_t value)
{
	const struct known_value *known = find_value(cache, detector, value);

	assert(known != NULL);
	return known->id;
}

/* A scan of one text. */
struct scan {
	struct rule_finds *finds;
	struct pool *pool; /* where FINDS lives */
	size_t *kept;      /* for each confidence */
	uint64_t *values;  /* of FINDS */
};

static bool
on_hit(void *context, const struct detector_hit *hit)
{
	struct scan *scan = context;
	struct rule_finds *finds = scan->finds;

	if (scan->kept[hit->confidence] == RULE_FINDS_MAX) {
		finds->cut[hit->confidence] = true;
		return true; /* of another confidence there may be more */
	}
	scan->kept[hit->confidence]++;
	finds->items = pool_grow(
	    scan->pool, finds->items, finds->count, sizeof(*finds->items));
	scan->values = pool_grow(
	    scan->pool, scan->values, finds->count, sizeof(*scan->values));
	scan->values[finds->count] = hit->value;
	finds->items[finds->count++] = (struct rule_find){
		.offset = hit->offset,
		.length = hit->length,
		.confidence = hit->confidence,
	};
	return true;
}

/* The values of VALUES that are not known yet, sorted, each once: *COUNT of
 * them. */
static struct known_value *
new_values(const struct rule_text_cache *cache, enum detector detector,
    const uint64_t *values, size_t *count, struct pool *pool)
{
	struct known_value *fresh =
	    pool_alloc_array(pool, *count, sizeof(*fresh));
	size_t all = 0, kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (find_value(cache, detector, values[i]) == NULL)
			fresh[all++].value = values[i];
	qsort(fresh, all, sizeof(*fresh), compare_values);
	for (size_t i = 0; i < all; i++)
		if (kept == 0 || fresh[kept - 1].value != fresh[i].value)
			fresh[kept++] = fresh[i];
	*count = kept;
	return fresh;
}

/* Room for COUNT values in all. */
static void
make_room(struct rule_facts *facts, enum detector detector, size_t count)
{
	struct rule_text_cache *cache = cache_of(facts);
	struct known_value *known;

	if (count <= cache->known_room[detector])
		return;
	/* Twice as much each time: every part may bring a few. */
	known = pool_alloc_array(facts->pool, count, 2 * sizeof(*known));
	if (cache->known_count[detector] > 0)
		memcpy(known, cache->known[detector],
		    cache->known_count[detector] * sizeof(*known));
	cache->known[detector] = known;
	cache->known_room[detector] = 2 * count;
}

/* Makes known those of COUNT VALUES that are not. */
static void
learn_values(struct rule_facts *facts, enum detector detector,
    const uint64_t *values, size_t count)
{
	struct rule_text_cache *cache = cache_of(facts);
	struct known_value *fresh = new_values(
	    cache, detector, values, &count, facts->temporary);
	size_t old = cache->known_count[detector];
	struct known_value *known;

	make_room(facts, detector, old + count);
	known = cache->known[detector];
	cache->known_count[detector] += count;
	for (size_t i = 0; i < count; i++)
		fresh[i].id = old + i;
	/* From the end on, so that none is overwritten before it has moved. */
	while (count > 0) {
		bool take_old =
		    old > 0 && known[old - 1].value > fresh[count - 1].value;
		size_t at = old + count - 1;

		known[at] = take_old ? known[--old] : fresh[--count];
	}
}

const struct rule_finds *
rule_text_finds(
    struct rule_eval *eval, struct rule_text *text, enum detector detector)
{
	struct rule_facts *facts = eval->facts;
	struct rule_text_cache *cache = cache_of(facts);
	size_t kept[CONFIDENCE_COUNT] = { 0 };
	struct scan scan = {
		.pool = text->of_message ? facts->pool : facts->temporary,
		.kept = text->of_message ? cache->kept[detector] : kept,
	};

	if (text->finds[detector] != NULL)
		return text->finds[detector];
	scan.finds = pool_alloc(scan.pool, sizeof(*scan.finds));
	detector_scan(detector, text->text, on_hit, &scan);
	if (scan.finds->count > 0)
		learn_values(facts, detector, scan.values, scan.finds->count);
	for (size_t i = 0; i < scan.finds->count; i++)
		scan.finds->items[i].id =
		    id_of(cache, detector, scan.values[i]);
	text->finds[detector] = scan.finds;
	return scan.finds;
}

size_t
rule_find_ids(const struct rule_eval *eval, enum detector detector)
{
	return cache_of(eval->facts)->known_count[detector];
}
