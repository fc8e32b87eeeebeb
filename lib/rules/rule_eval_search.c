/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that look for something in texts: texts against needles, words and
 * detectors, and near what the finds stand.
 */
#include "rules/rule_deadline.h"
#include "rules/rule_eval.h"
#include "rules/rule_text.h"
#include "rules/rule_texts.h"

#include <stdlib.h>

/* Of a test whose finds are looked at one by one. */
struct search {
	struct rule_eval *eval;
	const struct rule_test *test;
	size_t total, distinct;
	bool *seen; /* for each id; NULL: DISTINCT is not asked for */
	size_t seen_size;
	bool failed; /* more may be there than was counted */
	/* The first find that counts, for the evidence. */
	const struct rule_text *first;
	struct rule_find first_find;
	bool elsewhere; /* others are in other parts */
};

static size_t
wanted_of(const struct rule_test *test)
{
	return test->at_least > 0 ? test->at_least : 1;
}

static size_t
count_of(const struct search *search)
{
	return search->test->distinct ? search->distinct : search->total;
}

static struct span
subject_of(const struct rule_eval *eval, const struct rule_text *text)
{
	return rule_text_subject(text->text, eval->facts->temporary);
}

/* True if the places of TEST are asked for and are in the message. */
static bool
tells_places(const struct rule_eval *eval, const struct rule_test *test)
{
	return eval->places != NULL && !test->negated &&
	    test->fact->stage >= RULE_STAGE_HEADERS;
}

static void
add_place(struct rule_eval *eval, const struct rule_text *text, size_t offset,
    size_t length)
{
	struct rule_hit_places *places = eval->places;

	if (places->count == RULE_PLACES_MAX) {
		places->more = true;
		return;
	}
	places->items[places->count++] = (struct rule_hit_place){
		.part = text->part,
		.view = text->view,
		.offset = offset,
		.length = length,
	};
}

/* Where the needles of TEST are, which has been found true. */
static void
add_needle_places(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_texts *texts)
{
	const struct rule_matcher *matcher = test->operand.matcher;

	for (size_t i = 0; i < texts->count; i++)
		for (size_t j = 0; j < rule_matcher_count(matcher); j++) {
			struct span text = subject_of(eval, texts->items[i]);
			struct regex_match match;
			struct err err;
			size_t from = 0;

			while (!eval->places->more &&
			    rule_matcher_next(matcher, j, text, &from,
				eval->facts->scratch, &match,
				&err) == REGEX_MATCH)
				add_place(eval, texts->items[i], match.start,
				    match.end - match.start);
		}
}

/* Texts against needles, wherever these stand. */
static enum rule_value
search_needles(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_texts *texts)
{
	const struct rule_matcher *matcher = test->operand.matcher;
	size_t wanted = wanted_of(test);
	struct rule_hits hits;
	bool failed = false;

	rule_hits_init(
	    &hits, matcher, test->distinct, eval->facts->temporary);
	for (size_t i = 0; i < texts->count; i++) {
		struct span text = subject_of(eval, texts->items[i]);

		if (rule_matcher_find(matcher, text, eval->facts->scratch,
			wanted, &hits, &eval->fault) < 0)
			failed = true;
		if ((test->distinct ? hits.distinct : hits.total) < wanted)
			continue;
		if (tells_places(eval, test))
			add_needle_places(eval, test, texts);
		return RULE_TRUE;
	}
	return failed ? RULE_FAILED : RULE_FALSE;
}

static void
too_many(struct search *search)
{
	const char *cure = search->test->verb == VERB_HAS_DETECTOR
	    ? "ask for fewer or for a higher confidence"
	    : "look for something rarer, or for nothing near it";

	(void)err_set(&search->eval->fault, ERR_SYSTEM,
	    "more than %d finds, the rest was not looked at; %s",
	    RULE_FINDS_MAX, cure);
	search->failed = true;
}

static int
compare_finds(const void *a, const void *b)
{
	const struct rule_find *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The needles of the test in TEXT, in the order of the text. */
static struct rule_finds *
find_needles(struct search *search, struct span text)
{
	const struct rule_matcher *matcher = search->test->operand.matcher;
	struct rule_facts *facts = search->eval->facts;
	struct rule_finds *finds = pool_alloc(facts->temporary, sizeof(*finds));

	for (size_t i = 0; i < rule_matcher_count(matcher); i++) {
		struct regex_match match;
		enum regex_result result;
		size_t from = 0;

		while ((result = rule_matcher_next(matcher, i, text, &from,
			    facts->scratch, &match, &search->eval->fault)) ==
		    REGEX_MATCH) {
			if (finds->count == RULE_FINDS_MAX) {
				too_many(search);
				break;
			}
			finds->items = pool_grow(facts->temporary,
			    finds->items, finds->count, sizeof(*finds->items));
			finds->items[finds->count++] = (struct rule_find){
				.offset = match.start,
				.length = match.end - match.start,
				.id = i,
			};
		}
		if (result == REGEX_FAULT)
			search->failed = true;
	}
	if (finds->count > 1)
		qsort(finds->items, finds->count, sizeof(*finds->items),
		    compare_finds);
	return finds;
}

/* A place in a text that moves on, and how many characters are before it. */
struct cursor {
	struct span text;
	size_t byte, characters;
};

/* The characters before BYTE, which is not before the last one asked for. */
static size_t
characters_before(struct cursor *cursor, size_t byte)
{
	for (; cursor->byte < byte; cursor->byte++)
		if ((cursor->text.ptr[cursor->byte] & 0xc0) != 0x80)
			cursor->characters++;
	return cursor->characters;
}

/* Where a find is, in characters. */
struct reach {
	size_t start, end;
	bool near;
};

/* Marks those of COUNT finds REACHES that one NEEDLE of the words stands near.
 * Both are gone over once: as the finds, the hits of one needle are in the
 * order of the text. */
static void
mark_near(struct search *search, size_t needle, struct span text,
    struct reach *reaches, size_t count)
{
	const struct rule_test *test = search->test;
	struct rule_eval *eval = search->eval;
	struct cursor cursor = { .text = text };
	struct reach word = { .start = 0 };
	bool any = false;
	size_t from = 0;

	for (size_t i = 0; i < count; i++) {
		while (!any || word.end + test->within < reaches[i].start) {
			struct regex_match match;
			enum regex_result result =
			    rule_matcher_next(test->near->operand.matcher,
				needle, text, &from, eval->facts->scratch,
				&match, &eval->fault);

			if (result == REGEX_FAULT)
				search->failed = true;
			if (result != REGEX_MATCH)
				return;
			any = true;
			word.start = characters_before(&cursor, match.start);
			word.end = characters_before(&cursor, match.end);
		}
		if (word.start <= reaches[i].end + test->within)
			reaches[i].near = true;
	}
}

/* For each of FINDS in TEXT whether one of the words stands near it. */
static const struct reach *
near_finds(struct search *search, struct span text,
    const struct rule_finds *finds)
{
	const struct rule_matcher *words = search->test->near->operand.matcher;
	struct reach *reaches =
	    pool_alloc_array(search->eval->facts->temporary, finds->count + 1,
		sizeof(*reaches));
	struct cursor starts = { .text = text };

	for (size_t i = 0; i < finds->count; i++) {
		struct cursor end;

		reaches[i].start =
		    characters_before(&starts, finds->items[i].offset);
		end = starts;
		reaches[i].end = characters_before(
		    &end, finds->items[i].offset + finds->items[i].length);
	}
	for (size_t i = 0;
	    finds->count > 0 && i < rule_matcher_count(words); i++)
		mark_near(search, i, text, reaches, finds->count);
	return reaches;
}

/* True if one of the needles of MATCHER is in TEXT, or may be: the fault that
 * keeps that from being known comes again where they are all looked for. */
static bool
may_be_in(struct search *search, const struct rule_matcher *matcher,
    struct span text)
{
	struct rule_facts *facts = search->eval->facts;
	struct rule_hits hits;

	rule_hits_init(&hits, matcher, false, facts->temporary);
	return rule_matcher_find(
		   matcher, text, facts->scratch, 1, &hits, NULL) < 0 ||
	    hits.total > 0;
}

/* True if one of the words that the finds in TEXT must stand near is there, or
 * may be.  Most texts have none, and what they have else is no matter then,
 * however much it is. */
static bool
may_be_near(struct search *search, struct span text)
{
	return may_be_in(search, search->test->near->operand.matcher, text);
}

/* True if the needles of the test and the words that they must stand near are
 * in TEXT, or may be.  Of either there may be thousands, and the fewer are
 * looked for first. */
static bool
may_be_together(struct search *search, struct span text)
{
	const struct rule_matcher *few = search->test->operand.matcher;
	const struct rule_matcher *many = search->test->near->operand.matcher;

	if (rule_matcher_count(few) > rule_matcher_count(many)) {
		const struct rule_matcher *swap = few;

		few = many;
		many = swap;
	}
	/* The needles are all looked for then in any case. */
	return may_be_in(search, few, text) &&
	    (many == search->test->operand.matcher ||
		may_be_in(search, many, text));
}

/* Room for COUNT ids. */
static void
make_room(struct search *search, size_t count)
{
	bool *seen;

	if (!search->test->distinct || count <= search->seen_size)
		return;
	seen = pool_alloc_array(
	    search->eval->facts->temporary, count, sizeof(*seen));
	for (size_t i = 0; i < search->seen_size; i++)
		seen[i] = search->seen[i];
	search->seen = seen;
	search->seen_size = count;
}

static void
count_find(struct search *search, const struct rule_text *text,
    const struct rule_find *find)
{
	search->total++;
	if (search->test->distinct && !search->seen[find->id]) {
		search->seen[find->id] = true;
		search->distinct++;
	}
	if (search->first == NULL) {
		search->first = text;
		search->first_find = *find;
	} else if (search->first->part != text->part) {
		search->elsewhere = true;
	}
	if (tells_places(search->eval, search->test))
		add_place(search->eval, text, find->offset, find->length);
}

/* True once nothing more is asked for. */
static bool
is_enough(const struct search *search)
{
	return count_of(search) >= wanted_of(search->test) &&
	    search->eval->evidence == NULL && search->eval->places == NULL;
}

/* True if there were more finds of CONFIDENCE at least. */
static bool
was_cut(const struct rule_finds *finds, unsigned confidence)
{
	for (unsigned i = confidence; i < CONFIDENCE_COUNT; i++)
		if (finds->cut[i])
			return true;
	return false;
}

/* True if the detector of TEST has found something in TEXT, or may have.  This
 * is known from other rules, and mostly it is nothing. */
static bool
may_have(struct rule_eval *eval, struct rule_text *text,
    const struct rule_test *test)
{
	const struct rule_finds *finds =
	    rule_text_finds(eval, text, test->detector);

	return finds->count > 0 || was_cut(finds, test->confidence);
}

static void
search_text(struct search *search, struct rule_text *text)
{
	const struct rule_test *test = search->test;
	bool detects = test->verb == VERB_HAS_DETECTOR;
	struct span subject =
	    detects ? text->text : subject_of(search->eval, text);
	const struct rule_finds *finds;
	const struct reach *reaches = NULL;

	if (test->near != NULL &&
	    (detects ? !may_have(search->eval, text, test) ||
			    !may_be_near(search, subject)
		     : !may_be_together(search, subject)))
		return;
	finds = detects ? rule_text_finds(search->eval, text, test->detector)
			: find_needles(search, subject);
	if (test->near != NULL)
		reaches = near_finds(search, subject, finds);
	make_room(search,
	    detects ? rule_find_ids(search->eval, test->detector)
		    : rule_matcher_count(test->operand.matcher));
	for (size_t i = 0; i < finds->count && !is_enough(search); i++)
		if (finds->items[i].confidence >= test->confidence &&
		    (reaches == NULL || reaches[i].near))
			count_find(search, text, &finds->items[i]);
	if (was_cut(finds, test->confidence))
		too_many(search);
}

/* The name of what TEXT is: "subject", "body", a file name, "attachment" or,
 * for other facts, that of the header or the fact. */
static struct span
place_name(const struct search *search, const struct rule_text *text)
{
	const struct content_facts *content = search->eval->facts->content;
	int part = text->part;

	if (search->test->header.len > 0)
		return search->test->header;
	if (part == RULE_NO_PART)
		return search->test->fact->id == FACT_CONTENT
		    ? SPAN("subject")
		    : span_of(search->test->fact->phrase);
	for (; part != PART_NO_PARENT; part = content->parts[part].parent)
		if (content->parts[part].name_count > 0)
			return content->parts[part].names[0];
	return text->attached ? SPAN("attachment") : SPAN("body");
}

/* "payment-card x4 (...1111) in report.xlsx". */
static void
add_evidence(const struct search *search)
{
	struct buf *evidence = search->eval->evidence;
	struct detector_hit hit = {
		.offset = search->first_find.offset,
		.length = search->first_find.length,
	};
	char tail[DETECTOR_TAIL_SIZE];

	detector_tail(search->first->text, &hit, tail);
	if (evidence->len > 0)
		(void)buf_append(evidence, ", ", 2);
	(void)buf_printf(evidence, "%s x%zu (...%s) in %.*s%s",
	    detector_names[search->test->detector], count_of(search), tail,
	    SPAN_ARGS(place_name(search, search->first)),
	    search->elsewhere ? " and elsewhere" : "");
}

enum rule_value
rule_evaluate_search(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values)
{
	struct rule_texts texts;
	struct search search = { .eval = eval, .test = test };

	rule_texts_get(eval, test, values, &texts);
	if (test->verb != VERB_HAS_DETECTOR && test->near == NULL)
		return search_needles(eval, test, &texts);
	for (size_t i = 0; i < texts.count && !is_enough(&search); i++) {
		if (rule_deadline_check(eval->facts->deadline, &eval->fault) <
		    0)
			search.failed = true;
		else
			search_text(&search, texts.items[i]);
	}
	if (count_of(&search) < wanted_of(test))
		return search.failed ? RULE_FAILED : RULE_FALSE;
	if (eval->evidence != NULL && test->verb == VERB_HAS_DETECTOR &&
	    !test->negated)
		add_evidence(&search);
	return RULE_TRUE;
}
