/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time in rule files: schedule NAME = ..., timezone "...", the clauses from,
 * until and during, and the tests of times, dates and weekdays.
 */
#include "rules/rule_parser.h"
#include "rules/rule_time.h"

/* A weekday and the two dots that may follow it, as "monday..friday". */
static const struct span dots = SPAN_INIT("..");

void
parse_timezone(struct parser *parser, const struct rule_token *keyword)
{
	const struct rule_token *name = parser_expect(
	    parser, TOKEN_STRING, "\"local\" or \"UTC\" in quotes");
	struct rule_set *set = parser->set;

	if (name == NULL) {
		parser_skip(parser, parser_at_item);
		return;
	}
	if (set->zone_place.source != NULL)
		rule_error(parser->errors, keyword->place,
		    "the time zone has been stated already");
	set->zone_place = keyword->place;
	if (span_equal_case(name->text, SPAN("UTC")))
		set->zone = CLOCK_ZONE_UTC;
	else if (!span_equal(name->text, SPAN("local")))
		rule_error(parser->errors, name->place,
		    "time zones by name are not available yet; write "
		    "\"UTC\", or \"local\" and set TZ=%.*s for the daemon",
		    SPAN_ARGS(name->text));
}

/* A date as next token.  0 or -1. */
static int
parse_date(struct parser *parser, int32_t *date)
{
	const struct rule_token *token = parser_peek(parser, 0);

	if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
		parser_unexpected(parser, "a date such as 2027-06-30");
		return -1;
	}
	(void)parser_take(parser);
	if (rule_date_read(token->text, date) == 0)
		return 0;
	rule_error(parser->errors, token->place,
	    "expected a date such as 2027-06-30, found \"%.*s\"",
	    SPAN_ARGS(token->text));
	return -1;
}

/* A time of day as next token.  0 or -1. */
static int
parse_time(struct parser *parser, int32_t *minute)
{
	const struct rule_token *token = parser_peek(parser, 0);
	unsigned value;

	if (token->kind != TOKEN_WORD) {
		parser_unexpected(parser, "a time such as 8 or 18:30");
		return -1;
	}
	(void)parser_take(parser);
	if (rule_time_read(token->text, &value) == 0) {
		*minute = (int32_t)value;
		return 0;
	}
	rule_error(parser->errors, token->place,
	    "expected a time such as 8 or 18:30, found \"%.*s\"",
	    SPAN_ARGS(token->text));
	return -1;
}

/* Weekdays from the next token up to another, each an item of the test: a
 * range of them is a short way to write a set.  0 or -1. */
static int
parse_weekday_range(struct parser *parser, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	struct rule_place place = parser_peek(parser, 0)->place;
	int from = parser_expect_choice(parser, rule_weekdays, "a weekday");
	int to;

	if (from < 0 || !parser_expect_word(parser, "to"))
		return -1;
	to = parser_expect_choice(parser, rule_weekdays, "a weekday");
	if (to < 0)
		return -1;
	test->verb = VERB_IN;
	operand->braced = true;
	for (int day = from;; day = (day + 1) % 7) {
		operand->items = pool_grow(parser->pool, operand->items,
		    operand->count, sizeof(*operand->items));
		operand->items[operand->count++] = (struct rule_token){
			.kind = TOKEN_WORD,
			.text = span_of(rule_weekdays[day]),
			.place = place,
		};
		if (day == to)
			return 0;
	}
}

int
parse_range(struct parser *parser, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	struct rule_place place = parser_peek(parser, 0)->place;
	bool dates = test->fact->type == TYPE_DATE;

	if (test->fact->type == TYPE_WEEKDAY)
		return parse_weekday_range(parser, test);
	if ((dates ? parse_date(parser, &operand->low)
		   : parse_time(parser, &operand->low)) < 0 ||
	    !parser_expect_word(parser, "to") ||
	    (dates ? parse_date(parser, &operand->high)
		   : parse_time(parser, &operand->high)) < 0)
		return -1;
	if (dates ? operand->low <= operand->high
		  : operand->low != operand->high &&
		    operand->low != RULE_DAY_MINUTES)
		return 0;
	rule_error(parser->errors, place,
	    !dates && operand->low == RULE_DAY_MINUTES
		? "a range begins before 24; write 0"
		: dates
		? "the first date is behind the second"
		: "from a time to the same time there is nothing");
	return -1;
}

/* "monday" or "monday..friday".  0 or -1. */
static int
add_weekdays(struct parser *parser, struct rule_schedule *schedule)
{
	const struct rule_token *token = parser_take(parser);
	size_t at = span_find_case(token->text, dots);
	struct span first = span_slice(token->text, 0, at);
	struct span last = at < token->text.len
	    ? span_slice(token->text, at + dots.len, token->text.len)
	    : first;
	int from = rule_word_index(rule_weekdays, first);
	int to = rule_word_index(rule_weekdays, last);
	const char *meant;

	if (from >= 0 && to >= 0) {
		for (; from != to; from = (from + 1) % 7)
			schedule->weekdays |= 1u << from;
		schedule->weekdays |= 1u << to;
		return 0;
	}
	meant = rule_suggest(rule_weekdays, from < 0 ? first : last);
	rule_error(parser->errors, token->place,
	    "expected weekdays such as monday or monday..friday, found "
	    "\"%.*s\"%s%s%s",
	    SPAN_ARGS(token->text), meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
	return -1;
}

/* "8-18" or "8:30-17:15".  0 or -1. */
static int
add_hours(struct parser *parser, struct rule_schedule *schedule)
{
	const struct rule_token *token = parser_take(parser);
	size_t dash = span_find(token->text, '-');
	struct rule_hours hours;

	if (rule_time_read(span_slice(token->text, 0, dash), &hours.from) < 0 ||
	    rule_time_read(span_slice(token->text, dash + 1, token->text.len),
		&hours.to) < 0 ||
	    hours.from == hours.to || hours.from == RULE_DAY_MINUTES) {
		rule_error(parser->errors, token->place,
		    "expected hours such as 8-18 or 22:30-6, found \"%.*s\"",
		    SPAN_ARGS(token->text));
		return -1;
	}
	schedule->hours = pool_grow(parser->pool, schedule->hours,
	    schedule->hours_count, sizeof(*schedule->hours));
	schedule->hours[schedule->hours_count++] = hours;
	return 0;
}

static bool
at_schedule_end(const struct parser *parser)
{
	return parser_peek(parser, 0)->kind != TOKEN_WORD ||
	    parser_sees(parser, 0, "weekdays") ||
	    parser_sees(parser, 0, "hours") || parser_at_item(parser, 0);
}

/* What stands behind "weekdays" or "hours".  0 or -1. */
static int
parse_schedule_items(struct parser *parser, struct rule_schedule *schedule,
    int (*add)(struct parser *, struct rule_schedule *), const char *what)
{
	if (at_schedule_end(parser)) {
		parser_unexpected(parser, what);
		return -1;
	}
	do {
		if (add(parser, schedule) < 0)
			return -1;
		(void)parser_accept_kind(parser, TOKEN_COMMA);
	} while (!at_schedule_end(parser));
	return 0;
}

/* "= weekdays ... hours ...".  0 or -1. */
static int
parse_schedule_body(struct parser *parser, struct rule_schedule *schedule)
{
	static const struct rule_hours all_day = { 0, RULE_DAY_MINUTES };
	enum { EVERY_DAY = (1 << 7) - 1 };
	bool any = false;

	if (parser_expect(
		parser, TOKEN_EQUALS, "\"=\" after the name") == NULL)
		return -1;
	if (parser_accept(parser, "weekdays")) {
		any = true;
		if (parse_schedule_items(parser, schedule, add_weekdays,
			"weekdays such as monday..friday") < 0)
			return -1;
	}
	if (parser_accept(parser, "hours")) {
		any = true;
		if (parse_schedule_items(parser, schedule, add_hours,
			"hours such as 8-18") < 0)
			return -1;
	}
	if (!any) {
		parser_unexpected(parser, "\"weekdays\" or \"hours\"");
		return -1;
	}
	if (schedule->weekdays == 0)
		schedule->weekdays = EVERY_DAY;
	if (schedule->hours_count == 0) {
		schedule->hours = pool_grow(
		    parser->pool, NULL, 0, sizeof(*schedule->hours));
		schedule->hours[schedule->hours_count++] = all_day;
	}
	return 0;
}

void
parse_schedule(struct parser *parser)
{
	const struct rule_token *name =
	    parser_expect(parser, TOKEN_WORD, "the name of the schedule");
	struct rule_set *set = parser->set;
	struct rule_schedule *schedule;

	if (name == NULL) {
		parser_skip(parser, parser_at_item);
		return;
	}
	parser_check_id(parser, name);
	schedule = pool_alloc(parser->pool, sizeof(*schedule));
	schedule->name = name->text;
	schedule->place = name->place;
	set->schedules = pool_grow(parser->pool, set->schedules,
	    set->schedule_count, sizeof(struct rule_schedule *));
	set->schedules[set->schedule_count++] = schedule;
	if (parse_schedule_body(parser, schedule) < 0)
		parser_skip(parser, parser_at_item);
}

bool
parser_at_validity(const struct parser *parser, size_t ahead)
{
	const struct rule_token *next = parser_peek(parser, ahead + 1);

	return parser_sees(parser, ahead, "from") &&
	    next->kind == TOKEN_WORD && next->text.ptr[0] >= '0' &&
	    next->text.ptr[0] <= '9';
}

void
parse_valid_from(struct parser *parser, struct rule *rule)
{
	(void)parse_date(parser, &rule->valid_from);
}

void
parse_valid_until(struct parser *parser, struct rule *rule)
{
	struct rule_place place = parser_peek(parser, 0)->place;

	if (parse_date(parser, &rule->valid_until) < 0)
		return;
	rule->until_place = place;
}

void
parse_during(struct parser *parser, struct rule *rule)
{
	const struct rule_token *name =
	    parser_expect(parser, TOKEN_WORD, "the name of a schedule");

	rule->during_name = name;
}
