/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time in rules: that of MAIL, so that it does not matter how long a message
 * takes, by the calendar of the zone that the rules state.
 */
#ifndef LUMBAR_RULES_RULE_TIME_H
#define LUMBAR_RULES_RULE_TIME_H

#include "rules/rule_ast.h"
#include "rules/rule_facts.h"

enum { RULE_DAY_MINUTES = 24 * 60 };

/* "2027-06-30" as a number by which days can be compared.  0 or -1. */
int rule_date_read(struct span text, int32_t *date);

/* The same for a moment of the calendar. */
int32_t rule_date_of(const struct calendar *calendar);

/* DATE as text: in POOL, or added to OUT. */
struct span rule_date_text(int32_t date, struct pool *pool);
void rule_date_print(int32_t date, struct buf *out);

/* "8", "8:30" or "24:00" in minutes.  0 or -1. */
int rule_time_read(struct span text, unsigned *minute);

/* The calendar of ZONE when the message began. */
const struct calendar *rule_calendar(
    struct rule_facts *facts, enum clock_zone zone);

/* The value of TEST, of a time, a date or a weekday by a range or a schedule,
 * without negation. */
bool rule_test_time(struct rule_facts *facts, const struct rule_test *test);

/* True if RULE is in force: the date lies in its validity and the time in its
 * schedule. */
bool rule_in_force(struct rule_facts *facts, const struct rule *rule);

#endif
