/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schedules found by their names, and dates checked.
 */
#include "rules/rule_check.h"
#include "rules/rule_time.h"

/* The schedule that TOKEN names, now used, or NULL after reporting. */
static struct rule_schedule *
find_schedule(const struct rule_check *check, const struct rule_token *token)
{
	struct rule_schedule *schedule =
	    rule_check_schedule(check, token->text);

	if (schedule == NULL)
		rule_error(check->errors, token->place,
		    "there is no schedule \"%.*s\"%.*s",
		    SPAN_ARGS(token->text),
		    SPAN_ARGS(rule_check_schedule_suggestion(
			check, token->text)));
	else
		schedule->used = true;
	return schedule;
}

/* "date is ...": each item must be one. */
static void
check_dates(const struct rule_check *check, const struct rule_test *test)
{
	const struct rule_operand *operand = &test->operand;
	const struct rule_token *items =
	    operand->list != NULL ? operand->list->items : operand->items;
	size_t count =
	    operand->list != NULL ? operand->list->count : operand->count;
	int32_t date;

	for (size_t i = 0; i < count; i++)
		if (rule_date_read(items[i].text, &date) < 0)
			rule_error(check->errors, items[i].place,
			    "expected a date such as 2027-06-30, found "
			    "\"%.*s\"",
			    SPAN_ARGS(items[i].text));
}

bool
rule_compile_time(const struct rule_check *check, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;

	operand->zone = check->set->zone;
	if (test->fact->type == TYPE_DATE && test->verb != VERB_FROM)
		check_dates(check, test);
	if (test->fact->type != TYPE_TIME || test->verb != VERB_IN)
		return false;
	if (operand->braced || operand->items[0].kind != TOKEN_WORD)
		rule_error(check->errors, operand->items[0].place,
		    "expected the name of a schedule; a range is written "
		    "\"%s from 8 to 18\"",
		    test->fact->phrase);
	else
		operand->schedule = find_schedule(check, &operand->items[0]);
	return true;
}

void
rule_check_validity(const struct rule_check *check, struct rule *rule)
{
	rule->zone = check->set->zone;
	if (rule->valid_until != 0 && rule->valid_until < rule->valid_from)
		rule_error(check->errors, rule->until_place,
		    "the rule ends before it begins");
	if (rule->during_name != NULL)
		rule->during = find_schedule(check, rule->during_name);
}
