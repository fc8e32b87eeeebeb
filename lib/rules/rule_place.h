/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Places in the text of rules, for messages.  Private to rule_*.c.
 */
#ifndef LUMBAR_RULES_RULE_PLACE_H
#define LUMBAR_RULES_RULE_PLACE_H

#include "base/span.h"

/* A text that rules are written in; lives in the pool of the set. */
struct rule_source {
	struct span name; /* of the file */
	struct span text;
	size_t order; /* in which it was read; errors are sorted by it */
};

/* Where something stands. */
struct rule_place {
	const struct rule_source *source;
	size_t offset; /* byte in source->text */
};

#endif
