/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_error.h"

#include <stdlib.h>

enum {
	SUGGEST_MAX = 48,   /* bytes of a word that is compared */
	SHOWN_LINE_MAX = 160, /* bytes of a line that are shown */
};

/* A mistake at PLACE, or NULL if one is known there. */
static struct rule_mistake *
add_mistake(struct rule_errors *errors, struct rule_place place)
{
	struct rule_mistake *mistake;

	/* A second mistake at the same place follows from the first. */
	if (errors->count > 0) {
		mistake = &errors->items[errors->count - 1];
		if (mistake->place.source == place.source &&
		    mistake->place.offset == place.offset)
			return NULL;
	}
	errors->items = pool_grow(errors->pool, errors->items, errors->count,
	    sizeof(*errors->items));
	mistake = &errors->items[errors->count++];
	*mistake = (struct rule_mistake){ .place = place };
	return mistake;
}

void
rule_error(struct rule_errors *errors, struct rule_place place,
    const char *format, ...)
{
	struct rule_mistake *mistake = add_mistake(errors, place);
	va_list args;

	if (mistake == NULL)
		return;
	va_start(args, format);
	mistake->text = pool_vprintf(errors->pool, format, args);
	va_end(args);
}

void
rule_error_again(struct rule_errors *errors, struct rule_place place,
    struct rule_place earlier, const char *format, ...)
{
	struct rule_mistake *mistake = add_mistake(errors, place);
	va_list args;

	if (mistake == NULL)
		return;
	mistake->earlier = earlier;
	va_start(args, format);
	mistake->text = pool_vprintf(errors->pool, format, args);
	va_end(args);
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The line that holds PLACE, without its end. */
static struct span
line_of(struct rule_place place, size_t *start)
{
	struct span text = place.source->text;
	struct span rest;

	*start = 0;
	if (place.offset > 0) {
		struct span before = span_slice(text, 0, place.offset);
		size_t last = span_find_last(before, '\n');

		*start = last < before.len ? last + 1 : 0;
	}
	rest = span_slice(text, *start, text.len);
	rest = span_slice(rest, 0, span_find(rest, '\n'));
	if (rest.len > 0 && rest.ptr[rest.len - 1] == '\r')
		rest.len--;
	return rest;
}

void
rule_position_move(struct rule_position *position, struct rule_place place)
{
	struct span text = place.source->text;
	size_t end = place.offset < text.len ? place.offset : text.len;
	size_t from = position->place.offset;

	if (position->place.source != place.source || from > end) {
		position->line = 1;
		position->column = 1;
		from = 0;
	}
	for (; from < end; from++) {
		if (text.ptr[from] == '\n') {
			position->line++;
			position->column = 1;
		} else if (!is_continuation(text.ptr[from])) {
			position->column++;
		}
	}
	position->place = (struct rule_place){ place.source, end };
}

static int
compare_places(const struct rule_place *x, const struct rule_place *y)
{
	if (x->source->order != y->source->order)
		return x->source->order < y->source->order ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int
compare_mistakes(const void *a, const void *b)
{
	const struct rule_mistake *x = a, *y = b;

	return compare_places(&x->place, &y->place);
}

static int
compare_earlier(const void *a, const void *b)
{
	const struct rule_mistake *const *x = a, *const *y = b;

	return compare_places(&(*x)->earlier, &(*y)->earlier);
}

/* Fills earlier_line.  In the order of the earlier places, or a large file that
 * is included twice would be gone over once for each of its names. */
static void
find_earlier_lines(struct rule_errors *errors)
{
	struct rule_position position = { .line = 0 };
	struct rule_mistake **again = pool_alloc_array(
	    errors->pool, errors->count + 1, sizeof(struct rule_mistake *));
	size_t count = 0;

	for (size_t i = 0; i < errors->count; i++)
		if (errors->items[i].earlier.source != NULL)
			again[count++] = &errors->items[i];
	if (count > 1)
		qsort(again, count, sizeof(struct rule_mistake *),
		    compare_earlier);
	for (size_t i = 0; i < count; i++) {
		rule_position_move(&position, again[i]->earlier);
		again[i]->earlier_line = position.line;
	}
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* The line and a caret below the place.  Long lines are cut around it. */
static void
print_line(const struct rule_mistake *mistake, struct buf *out)
{
	size_t start, at, from = 0;
	struct span line = line_of(mistake->place, &start);

	at = mistake->place.offset - start;
	if (at > line.len)
		at = line.len;
	if (at > SHOWN_LINE_MAX / 2 && line.len > SHOWN_LINE_MAX)
		from = at - SHOWN_LINE_MAX / 2;
	while (from < at && is_continuation(line.ptr[from]))
		from++;
	line = span_slice(line, from, from + SHOWN_LINE_MAX);
	at -= from;
	(void)buf_append_char(out, '\t');
	for (size_t i = 0; i < line.len; i++) {
		bool tame = is_control(line.ptr[i]) && line.ptr[i] != '\t';

		(void)buf_append_char(out, tame ? '?' : line.ptr[i]);
	}
	(void)buf_append(out, "\n\t", 2);
	for (size_t i = 0; i < at; i++)
		if (line.ptr[i] == '\t')
			(void)buf_append_char(out, '\t');
		else if (!is_continuation(line.ptr[i]))
			(void)buf_append_char(out, ' ');
	(void)buf_append(out, "^\n", 2);
}

void
rule_errors_print(struct rule_errors *errors, struct buf *out)
{
	struct rule_position position = { .line = 0 };

	if (errors->count > 1)
		qsort(errors->items, errors->count, sizeof(*errors->items),
		    compare_mistakes);
	find_earlier_lines(errors);
	for (size_t i = 0; i < errors->count; i++) {
		const struct rule_mistake *mistake = &errors->items[i];

		rule_position_move(&position, mistake->place);
		(void)buf_printf(out, "%.*s:%zu:%zu: %.*s",
		    SPAN_ARGS(mistake->place.source->name), position.line,
		    position.column,
		    SPAN_ARGS(mistake->text));
		if (mistake->earlier.source != NULL)
			(void)buf_printf(out, ", in line %zu of %.*s",
			    mistake->earlier_line,
			    SPAN_ARGS(mistake->earlier.source->name));
		(void)buf_append_char(out, '\n');
		print_line(mistake, out);
	}
}

/* Edit distance with swaps of neighbours (Damerau, restricted form). */
static size_t
distance(struct span a, struct span b)
{
	size_t rows[3][SUGGEST_MAX + 1];

	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t best = above[j - 1] +
			    (a.ptr[i - 1] != b.ptr[j - 1] ? 1 : 0);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1] &&
			    two_above[j - 2] + 1 < best)
				best = two_above[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a.len % 3][b.len];
}

void
rule_suggestion_start(struct rule_suggestion *suggestion, struct span word)
{
	*suggestion = (struct rule_suggestion){ .word = word };
	/* One slip in a short word, two in a longer one; below that a
	 * suggestion would be a guess. */
	suggestion->distance = word.len < 3 ? 1 : word.len < 6 ? 2 : 3;
}

void
rule_suggestion_try(
    struct rule_suggestion *suggestion, struct span candidate)
{
	size_t found;

	if (suggestion->word.len > SUGGEST_MAX || candidate.len > SUGGEST_MAX)
		return;
	found = distance(suggestion->word, candidate);
	/* The word itself, in the wrong place, is no suggestion. */
	if (found == 0 || found >= suggestion->distance)
		return;
	suggestion->distance = found;
	suggestion->best = candidate;
}

struct span
rule_suggestion_text(
    const struct rule_suggestion *suggestion, struct pool *pool)
{
	if (suggestion->best.len == 0)
		return SPAN("");
	return pool_printf(pool, "; did you mean \"%.*s\"?",
	    SPAN_ARGS(suggestion->best));
}

const char *
rule_suggest(const char *const *candidates, struct span word)
{
	struct rule_suggestion suggestion;

	rule_suggestion_start(&suggestion, word);
	for (size_t i = 0; candidates[i] != NULL; i++)
		rule_suggestion_try(&suggestion, span_of(candidates[i]));
	return suggestion.best.ptr;
}
