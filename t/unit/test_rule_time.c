/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_time.h"

#include "rules/rule_eval.h"
#include "rules/rule_run.h"
#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/suite.h"

#include <string.h>
#include <time.h>

static struct rule_set *
compile(const char *text)
{
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 16);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return rule_reprinted(set, NULL);
}

/* A message that began at "2027-01-01 08:00", universal time. */
static void
message_init(struct rule_message *m, const char *began)
{
	static const char *const recipients[] = { "b@example.com", NULL };
	struct tm tm = { .tm_isdst = 0 };

	ck_assert_ptr_nonnull(strptime(began, "%Y-%m-%d %H:%M", &tm));
	rule_message_init(m, "a@example.com", recipients, "", SPAN("x\r\n"));
	m->message.began.wall_us = (int64_t)timegm(&tm) * CLOCK_SECOND_US;
	m->facts.stage = RULE_STAGE_RECIPIENT;
}

static enum rule_value
evaluate(const struct rule_set *set, const char *began)
{
	struct rule_message m;
	struct rule_eval eval = { .facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT };
	enum rule_value value;

	message_init(&m, began);
	value = rule_evaluate_rule(&eval, set->rules[0]);
	rule_message_free(&m);
	return value;
}

/* At a Friday's and the following Saturday's moments, T or F. */
static const char *const moments[] = { "2027-01-01 00:00",
	"2027-01-01 07:59", "2027-01-01 08:00", "2027-01-01 17:59",
	"2027-01-01 18:00", "2027-01-01 23:59", "2027-01-02 00:00",
	"2027-01-02 05:59", "2027-01-02 06:00", "2027-01-02 22:00" };
enum { MOMENTS = sizeof(moments) / sizeof(moments[0]) };

START_TEST(conditions)
{
	static const struct {
		const char *condition, *values;
	} cases[] = {
		{ "hour from 8 to 18", "FFTTFFFFFF" },
		{ "time from 08:00 to 18:00", "FFTTFFFFFF" },
		{ "time not from 8 to 18", "TTFFTTTTTT" },
		{ "hour from 18 to 8", "TTFFTTTTTT" },
		{ "time from 7:59 to 8", "FTFFFFFFFF" },
		{ "hour from 0 to 24", "TTTTTTTTTT" },
		{ "weekday is friday", "TTTTTTFFFF" },
		{ "weekday is not friday", "FFFFFFTTTT" },
		{ "weekday in { saturday sunday }", "FFFFFFTTTT" },
		{ "weekday from monday to friday", "TTTTTTFFFF" },
		{ "weekday from saturday to monday", "FFFFFFTTTT" },
		{ "weekday from sunday to sunday", "FFFFFFFFFF" },
		{ "weekday not from monday to friday", "FFFFFFTTTT" },
		{ "date is 2027-01-01", "TTTTTTFFFF" },
		{ "date is not 2027-01-01", "FFFFFFTTTT" },
		{ "date in { 2026-12-31 2027-01-02 }", "FFFFFFTTTT" },
		{ "date in holidays", "TTTTTTFFFF" },
		{ "date from 2027-01-02 to 2027-01-02", "FFFFFFTTTT" },
		{ "date from 2026-01-01 to 2027-01-01", "TTTTTTFFFF" },
		{ "time in office", "FFTTFFFFFF" },
		{ "time not in office", "TTFFTTTTTT" },
		{ "time in weekend", "FFFFFFTTTT" },
		/* The night of a Friday goes on until Saturday morning, and
		 * there is none before it. */
		{ "time in friday-night", "FFFFTTTTFF" },
		{ "time in several", "TTFFFTTTTT" },
	};
	struct buf text;

	buf_init(&text, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set;
		char got[MOMENTS + 1] = "";

		buf_reset(&text);
		(void)buf_printf(&text,
		    "timezone \"UTC\"\n"
		    "list holidays = names { 2027-01-01 2027-12-25 }\n"
		    "schedule office = weekdays monday..friday hours 8-18\n"
		    "schedule weekend = weekdays saturday, sunday\n"
		    "schedule friday-night = weekdays friday hours 18-6\n"
		    "schedule several = hours 0-8 23:30-24, 22:00-23:30\n"
		    "rule r { when %s then hold }",
		    cases[i].condition);
		set = compile(buf_string(&text));
		for (size_t j = 0; j < MOMENTS; j++)
			got[j] = "FT!?"[evaluate(set, moments[j])];
		ck_assert_msg(strcmp(got, cases[i].values) == 0,
		    "%s is %s, not %s", cases[i].condition, got,
		    cases[i].values);
		rule_set_free(&set);
	}
	buf_free(&text);
}
END_TEST

/* Dates of validity are among the days on which a rule holds. */
START_TEST(validity)
{
	static const struct {
		const char *clauses, *values;
	} cases[] = {
		{ "from 2027-01-01", "TTTTTTTTTT" },
		{ "from 2027-01-02", "FFFFFFTTTT" },
		{ "until 2027-01-01", "TTTTTTFFFF" },
		{ "until 2026-12-31", "FFFFFFFFFF" },
		{ "from 2027-01-01 until 2027-01-01", "TTTTTTFFFF" },
		{ "during office", "FFTTFFFFFF" },
		{ "from 2027-01-02 during office", "FFFFFFFFFF" },
	};
	struct buf text;

	buf_init(&text, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set;
		char got[MOMENTS + 1] = "";

		buf_reset(&text);
		(void)buf_printf(&text,
		    "timezone \"UTC\"\n"
		    "schedule office = weekdays monday..friday hours 8-18\n"
		    "rule r { when from is empty or always then hold %s }",
		    cases[i].clauses);
		set = compile(buf_string(&text));
		for (size_t j = 0; j < MOMENTS; j++)
			got[j] = "FT!?"[evaluate(set, moments[j])];
		ck_assert_msg(strcmp(got, cases[i].values) == 0,
		    "%s is %s, not %s", cases[i].clauses, got,
		    cases[i].values);
		rule_set_free(&set);
	}
	buf_free(&text);
}
END_TEST

/* A rule that is over makes nobody wait for what it would look at. */
START_TEST(does_not_wait)
{
	struct rule_set *set = compile(
	    "timezone \"UTC\" rule r { when subject is x then hold "
	    "until 2026-12-31 }");
	struct rule_events events = { 0 };
	struct rule_message m;

	message_init(&m, "2027-01-01 00:00");
	m.facts.stage = RULE_STAGE_DATA;
	ck_assert_int_eq(
	    rule_run_message(
		rule_run_new(set, m.message.pool), &m.facts, &events),
	    RULE_DONE);
	rule_message_free(&m);
	rule_set_free(&set);
}
END_TEST

/* What the file says of its zone, and the process's own where it does not. */
START_TEST(zones)
{
	struct rule_set *utc =
	    compile("timezone \"UTC\" rule r { when hour from 8 to 9 then "
		    "hold }");
	struct rule_set *local =
	    compile("rule r { when hour from 8 to 9 then hold }");

	ck_assert_int_eq(setenv("TZ", "XYZ-5", 1), 0);
	tzset();
	ck_assert_int_eq(evaluate(utc, "2027-01-01 08:00"), RULE_TRUE);
	ck_assert_int_eq(evaluate(local, "2027-01-01 08:00"), RULE_FALSE);
	ck_assert_int_eq(evaluate(local, "2027-01-01 03:59"), RULE_TRUE);
	rule_set_free(&utc);
	rule_set_free(&local);
}
END_TEST

START_TEST(expired)
{
	struct rule_set *set = compile(
	    "timezone \"UTC\"\n"
	    "rule a { when always then hold until 2026-12-31 }\n"
	    "rule b { when always then hold until 2027-01-01 }\n"
	    "rule c { when always then hold from 2026-01-01 }\n");
	struct buf out;

	buf_init(&out, 1 << 16);
	rule_set_report_expired(
	    set, INT64_C(1798761600) * CLOCK_SECOND_US, &out);
	ck_assert_str_eq(buf_string(&out),
	    "printed:3:6: note: past its last day (until) is rule \"a\"\n");
	rule_set_free(&set);
	buf_free(&out);
}
END_TEST

START_TEST(dates)
{
	static const struct {
		const char *text;
		int32_t date; /* 0: wrong */
	} cases[] = {
		{ "2027-06-30", 20270630 },
		{ "2028-02-29", 20280229 },
		{ "2000-02-29", 20000229 },
		{ "2100-02-29", 0 },
		{ "2027-06-31", 0 },
		{ "2027-06-00", 0 },
		{ "0000-01-01", 0 },
		{ "2027-6-30", 0 },
		{ "2027-06-30 ", 0 },
		{ "2027/06/30", 0 },
		{ "+027-06-30", 0 },
		{ "", 0 },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t date = 0;
		int result = rule_date_read(span_of(cases[i].text), &date);

		ck_assert_msg(date == cases[i].date &&
			(result == 0) == (cases[i].date != 0),
		    "%s", cases[i].text);
		if (result == 0)
			ck_assert(span_equal(rule_date_text(date, pool),
			    span_of(cases[i].text)));
	}
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("rule_time", conditions, validity, does_not_wait, zones, expired,
    dates)
