/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header section of a message as an ordered list of fields, each with its
 * exact bytes.
 */
#ifndef LUMBAR_FORMATS_HEADER_H
#define LUMBAR_FORMATS_HEADER_H

#include "base/pool.h"
#include "base/span.h"

/*
 * One field.  VALUE is everything behind the colon as received: the leading
 * blank included, folds as LF and the blanks that follow, no line end at the
 * close.
 */
struct header {
	struct span name;
	struct span value;
};

struct header_list {
	struct header *items; /* in the order of the message */
	size_t count;
	size_t bytes; /* of all fields with ":" and line ends as CRLF */
};

/* Adds a field at the end; NAME and VALUE are borrowed for the life of LIST,
 * whose array grows in POOL. */
void header_list_add(struct header_list *list, struct pool *pool,
    struct span name, struct span value);

/* The NTH field (from 0) of that name, ASCII case ignored, or NULL. */
const struct header *header_list_find(
    const struct header_list *list, struct span name, size_t nth);

/* How many fields have that name. */
size_t header_list_count(const struct header_list *list, struct span name);

/* TEXT, the value of a field as it lies in a message with line ends LF or CRLF,
 * in the form of struct header; a bare CR is data.  In POOL. */
struct span header_value_read(struct pool *pool, struct span text);

/* VALUE unfolded (RFC 5322 section 2.2.3) and trimmed, raw otherwise.  In
 * POOL, or borrowed where nothing had to change. */
struct span header_unfold(struct pool *pool, struct span value);

/* 0 if NAME may stand before a colon (RFC 5322 section 3.6.8), else -1. */
int header_name_check(struct span name);

#endif
