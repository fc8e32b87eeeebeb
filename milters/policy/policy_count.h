/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often each rule applied.  The counts are kept by the rules' ids, so that
 * they go on when the rules are read anew.
 */
#ifndef LUMBAR_MILTERS_POLICY_COUNT_H
#define LUMBAR_MILTERS_POLICY_COUNT_H

#include "base/log.h"
#include "base/span.h"

/* Of all rules there have been as long as the process lives; may be used by any
 * number of threads at once. */
struct policy_counts;

/* Of one rule; lives as long as those. */
struct policy_count;

/* No rule yet.  Release with policy_counts_free. */
struct policy_counts *policy_counts_new(void)
    __attribute__((warn_unused_result));
void policy_counts_free(struct policy_counts **counts);

/* The count of the rule ID, from 0 where there was none of that id. */
struct policy_count *policy_count_rule(
    struct policy_counts *counts, struct span id);

/* The rule applied, in whatever mode it is; or it could not be decided. */
void policy_count_match(struct policy_count *count);
void policy_count_fault(struct policy_count *count);

/* Adds to LINE rule_ID for each rule that applied, and rule_ID_faults where it
 * could not be decided; those with the highest counts first, for a line holds
 * only so many. */
void policy_counts_log(
    const struct policy_counts *counts, struct log_line *line);

#endif
