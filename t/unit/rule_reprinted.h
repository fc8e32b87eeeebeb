/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that were printed and read again, for tests that then find the same as
 * before.
 */
#ifndef LUMBAR_T_RULE_REPRINTED_H
#define LUMBAR_T_RULE_REPRINTED_H

#include "base/buf.h"
#include "rules/rule.h"

#include <check.h>

/* SET, which is released, printed and read with FILES, which may be NULL. */
static inline struct rule_set *
rule_reprinted(struct rule_set *set, const struct rule_files *files)
{
	struct rule_set *again;
	struct buf first, second, errors;

	buf_init(&first, 1 << 24);
	buf_init(&second, 1 << 24);
	buf_init(&errors, 1 << 16);
	rule_set_print(set, &first);
	again = rule_set_new(
	    SPAN("printed"), buf_span(&first), files, &errors);
	ck_assert_msg(again != NULL, "%s", buf_string(&errors));
	rule_set_print(again, &second);
	ck_assert(span_equal(buf_span(&first), buf_span(&second)));
	ck_assert_uint_eq(rule_set_size(again), rule_set_size(set));
	ck_assert_uint_eq(rule_set_needs(again), rule_set_needs(set));
	rule_set_free(&set);
	buf_free(&first);
	buf_free(&second);
	buf_free(&errors);
	return again;
}

#endif
