/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mistakes of a rule file: gathered while it is read, told in the order of
 * the text, each with its line, a caret and, for a word that nearly is one of
 * ours, what was probably meant.
 */
#ifndef LUMBAR_RULES_RULE_ERROR_H
#define LUMBAR_RULES_RULE_ERROR_H

#include "base/buf.h"
#include "base/pool.h"
#include "rules/rule_ast.h"

#include <stdarg.h>

struct rule_mistake {
	struct rule_place place;
	struct span text;
	/* What it repeats, with its line; without a source: nothing. */
	struct rule_place earlier;
	size_t earlier_line;
};

struct rule_errors {
	struct pool *pool;
	struct rule_mistake *items;
	size_t count;
};

/* Adds a mistake at PLACE. */
void rule_error(struct rule_errors *errors, struct rule_place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same where something stands again that stood at EARLIER; ", in line N of
 * FILE" follows the text. */
void rule_error_again(struct rule_errors *errors, struct rule_place place,
    struct rule_place earlier, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes all of ERRORS to OUT, sorted by place. */
void rule_errors_print(struct rule_errors *errors, struct buf *out);

/* A place with its line and column (in characters), both from 1.  All zero at
 * the start. */
struct rule_position {
	struct rule_place place;
	size_t line, column;
};

/* Moves POSITION to PLACE.  Places in the order of a text cost one pass over
 * it, however many there are. */
void rule_position_move(
    struct rule_position *position, struct rule_place place);

/*
 * The candidate that WORD was probably meant to be, or NULL: at most two
 * letters changed, added, left out or swapped, and fewer in a short word.
 */
const char *rule_suggest(const char *const *candidates, struct span word);

/* For candidates that are no table: keeps the nearest of those shown. */
struct rule_suggestion {
	struct span word;
	struct span best;
	size_t distance;
};

/* Starts the search for what WORD, borrowed, was meant to be. */
void rule_suggestion_start(
    struct rule_suggestion *suggestion, struct span word);

/* Shows CANDIDATE, borrowed, which is kept if it is the nearest so far. */
void rule_suggestion_try(
    struct rule_suggestion *suggestion, struct span candidate);

/* "; did you mean \"X\"?" in POOL, or empty. */
struct span rule_suggestion_text(
    const struct rule_suggestion *suggestion, struct pool *pool);

#endif
