/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_time.h"

enum { YEAR_MAX = 9999 };

static int32_t
date_number(unsigned year, unsigned month, unsigned day)
{
	return (int32_t)(year * 10000 + month * 100 + day);
}

static unsigned
days_in(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* The number of exactly LEN digits that TEXT begins with.  0 or -1. */
static int
take_digits(struct span *text, size_t len, unsigned *number)
{
	uint64_t value;

	if (text->len < len ||
	    span_number(span_slice(*text, 0, len), YEAR_MAX, &value) < 0)
		return -1;
	*number = (unsigned)value;
	*text = span_slice(*text, len, text->len);
	return 0;
}

static int
take_dash(struct span *text)
{
	if (!span_starts(*text, SPAN("-")))
		return -1;
	*text = span_slice(*text, 1, text->len);
	return 0;
}

int
rule_date_read(struct span text, int32_t *date)
{
	unsigned year, month, day;

	if (take_digits(&text, 4, &year) < 0 || take_dash(&text) < 0 ||
	    take_digits(&text, 2, &month) < 0 || take_dash(&text) < 0 ||
	    take_digits(&text, 2, &day) < 0 || text.len > 0 || year == 0 ||
	    month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return -1;
	*date = date_number(year, month, day);
	return 0;
}

int32_t
rule_date_of(const struct calendar *calendar)
{
	return date_number(calendar->year, calendar->month, calendar->day);
}

struct span
rule_date_text(int32_t date, struct pool *pool)
{
	return pool_printf(pool, "%04d-%02d-%02d", date / 10000,
	    date / 100 % 100, date % 100);
}

void
rule_date_print(int32_t date, struct buf *out)
{
	(void)buf_printf(out, "%04d-%02d-%02d", date / 10000,
	    date / 100 % 100, date % 100);
}

int
rule_time_read(struct span text, unsigned *minute)
{
	size_t colon = span_find(text, ':');
	struct span digits = span_slice(text, colon + 1, text.len);
	uint64_t hours, minutes = 0;

	if (colon > 2 || span_number(span_slice(text, 0, colon), 24,
			     &hours) < 0)
		return -1;
	if (colon < text.len &&
	    (digits.len != 2 || span_number(digits, 59, &minutes) < 0))
		return -1;
	*minute = (unsigned)(hours * 60 + minutes);
	return *minute <= RULE_DAY_MINUTES ? 0 : -1;
}

const struct calendar *
rule_calendar(struct rule_facts *facts, enum clock_zone zone)
{
	struct calendar *calendar = facts->calendars[zone];

	if (calendar == NULL) {
		calendar = pool_alloc(facts->pool, sizeof(*calendar));
		*calendar =
		    clock_calendar(facts->message->began.wall_us, zone);
		facts->calendars[zone] = calendar;
	}
	return calendar;
}

/* True if MINUTE lies in HOURS on the day WEEKDAY, of which there is what
 * WEEKDAYS has.  What goes over midnight belongs to the day it began on. */
static bool
hours_have(const struct rule_hours *hours, unsigned weekdays,
    unsigned weekday, unsigned minute)
{
	bool today = (weekdays & (1u << weekday)) != 0;
	bool yesterday = (weekdays & (1u << (weekday + 6) % 7)) != 0;

	if (hours->from < hours->to)
		return today && minute >= hours->from && minute < hours->to;
	return (today && minute >= hours->from) ||
	    (yesterday && minute < hours->to);
}

/* True if the moment lies in SCHEDULE. */
static bool
schedule_has(
    const struct rule_schedule *schedule, const struct calendar *calendar)
{
	for (size_t i = 0; i < schedule->hours_count; i++)
		if (hours_have(&schedule->hours[i], schedule->weekdays,
			calendar->weekday, calendar->minute))
			return true;
	return false;
}

bool
rule_test_time(struct rule_facts *facts, const struct rule_test *test)
{
	const struct rule_operand *operand = &test->operand;
	const struct calendar *calendar = rule_calendar(facts, operand->zone);
	int32_t date;

	if (test->fact->type == TYPE_WEEKDAY)
		return (operand->choices & (1u << calendar->weekday)) != 0;
	if (test->fact->type == TYPE_TIME && test->verb == VERB_IN)
		return schedule_has(operand->schedule, calendar);
	if (test->fact->type == TYPE_TIME) {
		enum { EVERY_DAY = (1 << 7) - 1 };
		struct rule_hours hours = {
			.from = (unsigned)operand->low,
			.to = (unsigned)operand->high,
		};

		return hours_have(
		    &hours, EVERY_DAY, calendar->weekday, calendar->minute);
	}
	date = rule_date_of(calendar);
	return date >= operand->low && date <= operand->high;
}

bool
rule_in_force(struct rule_facts *facts, const struct rule *rule)
{
	const struct calendar *calendar;
	int32_t date;

	if (rule->valid_from == 0 && rule->valid_until == 0 &&
	    rule->during == NULL)
		return true;
	calendar = rule_calendar(facts, rule->zone);
	date = rule_date_of(calendar);
	return date >= rule->valid_from &&
	    (rule->valid_until == 0 || date <= rule->valid_until) &&
	    (rule->during == NULL ||
		schedule_has(rule->during, calendar));
}
