/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder of messages with expectations, for lumbar test: which there are,
 * what came of each, and the reports.
 */
#ifndef LUMBAR_MILTERS_RULE_CASES_H
#define LUMBAR_MILTERS_RULE_CASES_H

#include "base/err.h"
#include "base/pool.h"

#include <stdint.h>
#include <stdio.h>

/* One message, NAME.eml, with NAME.expect beside it. */
struct rule_case {
	const char *name; /* path without ".eml" */
	bool passed;
	const char *complaint; /* why not, in lines; NULL: it passed */
	int64_t spent_us;
};

struct rule_cases {
	struct rule_case *items; /* in the order of their names */
	size_t count;
};

/* Finds all cases in FOLDER and the folders in it, in POOL.  A message without
 * expectation and the reverse are cases, too.  0, or -1 with *ERR. */
int rule_cases_find(const char *folder, struct pool *pool,
    struct rule_cases *cases, struct err *err);

/* Prints case NUMBER (from 1) in the Test Anything Protocol, version 14. */
void rule_case_print_tap(
    const struct rule_case *item, size_t number, FILE *out);

/* Writes CASES, of FOLDER, to FILE as JUnit's XML.  0, or -1 with *ERR. */
int rule_cases_write_junit(const struct rule_cases *cases, const char *folder,
    const char *file, struct err *err);

#endif
