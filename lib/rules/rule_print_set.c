/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole set as a file: its lists, tables, schedules, conditions and rules.
 */
#include "rules/rule_print.h"
#include "rules/rule_time.h"

static void
print_list(const struct rule_list *list, struct buf *out)
{
	(void)buf_printf(out, "list %.*s = %s {", SPAN_ARGS(list->name),
	    list->kind == LIST_MEMBERS ? "members of groups"
				       : rule_list_kinds[list->kind]);
	for (size_t i = 0; i < list->count; i++) {
		(void)buf_append(out, "\n    ", 5);
		rule_print_string(list->items[i].text, out);
	}
	(void)buf_printf(out, "\n}\n\n");
}

static void
print_table(const struct rule_table *table, struct buf *out)
{
	(void)buf_printf(out, "table %.*s = ", SPAN_ARGS(table->name));
	/* As it was found: the file that names it may be in another folder. */
	rule_print_string(table->source->name, out);
	(void)buf_printf(out, " key %s columns", table->key->phrase);
	for (size_t i = 0; i < table->column_count; i++)
		(void)buf_printf(out, "%s %.*s", i > 0 ? "," : "",
		    SPAN_ARGS(table->columns[i].name));
	(void)buf_printf(out, "\n\n");
}

static void
print_schedule(const struct rule_schedule *schedule, struct buf *out)
{
	(void)buf_printf(
	    out, "schedule %.*s = weekdays", SPAN_ARGS(schedule->name));
	for (size_t i = 0; rule_weekdays[i] != NULL; i++)
		if (schedule->weekdays & (1u << i))
			(void)buf_printf(out, " %s", rule_weekdays[i]);
	(void)buf_printf(out, " hours");
	for (size_t i = 0; i < schedule->hours_count; i++)
		(void)buf_printf(out, " %02u:%02u-%02u:%02u",
		    schedule->hours[i].from / 60, schedule->hours[i].from % 60,
		    schedule->hours[i].to / 60, schedule->hours[i].to % 60);
	(void)buf_printf(out, "\n\n");
}

static void
print_define(const struct rule_define *define, struct buf *out)
{
	(void)buf_printf(out, "define %.*s =\n    ", SPAN_ARGS(define->name));
	rule_print_condition(define->condition, out);
	(void)buf_printf(out, "\n\n");
}

/* The clauses but when, except and then, as far as they are not what a rule
 * without them has. */
static void
print_clauses(const struct rule *rule, struct buf *out)
{
	if (rule->on_failure != RULE_FAILURE_DEFAULT)
		(void)buf_printf(out, "    on failure %s\n",
		    rule_failures[rule->on_failure]);
	if (rule->unread == UNREAD_AS_MATCH)
		(void)buf_printf(out, "    unread counts as match\n");
	else if (rule->unread != UNREAD_UNSTATED)
		(void)buf_printf(out, "    unread content is %s\n",
		    rule_unreads[rule->unread]);
	if (rule->severity.len > 0)
		(void)buf_printf(out, "    severity %.*s\n",
		    SPAN_ARGS(rule->severity));
	if (rule->mode != MODE_ENFORCE)
		(void)buf_printf(
		    out, "    mode %s\n", rule_modes[rule->mode]);
	if (rule->valid_from != 0) {
		(void)buf_printf(out, "    from ");
		rule_date_print(rule->valid_from, out);
		(void)buf_printf(out, "\n");
	}
	if (rule->valid_until != 0) {
		(void)buf_printf(out, "    until ");
		rule_date_print(rule->valid_until, out);
		(void)buf_printf(out, "\n");
	}
	if (rule->during != NULL)
		(void)buf_printf(out, "    during %.*s\n",
		    SPAN_ARGS(rule->during->name));
}

static void
print_rule(const struct rule *rule, struct buf *out)
{
	(void)buf_printf(out, "rule %.*s", SPAN_ARGS(rule->id));
	if (rule->title.len > 0) {
		(void)buf_printf(out, " ");
		rule_print_string(rule->title, out);
	}
	(void)buf_printf(out, "%s {\n    when ",
	    rule->per_recipient ? " for each recipient" : "");
	rule_print_condition(rule->when, out);
	for (size_t i = 0; i < rule->except_count; i++) {
		(void)buf_printf(out, "\n    except ");
		rule_print_condition(rule->except[i], out);
	}
	for (size_t i = 0; i < rule->action_count; i++) {
		(void)buf_printf(out, "\n    %s ", i == 0 ? "then" : "    ");
		rule_print_action(&rule->actions[i], out);
	}
	(void)buf_printf(out, "\n");
	print_clauses(rule, out);
	(void)buf_printf(out, "}\n\n");
}

void
rule_set_print(const struct rule_set *set, struct buf *out)
{
	if (set->unread != UNREAD_UNSTATED)
		(void)buf_printf(out, "unread content is %s\n\n",
		    rule_unreads[set->unread]);
	if (set->zone_place.source != NULL)
		(void)buf_printf(out, "timezone \"%s\"\n\n",
		    set->zone == CLOCK_ZONE_UTC ? "UTC" : "local");
	for (size_t i = 0; i < set->list_count; i++)
		print_list(set->lists[i], out);
	for (size_t i = 0; i < set->table_count; i++)
		print_table(set->tables[i], out);
	for (size_t i = 0; i < set->schedule_count; i++)
		print_schedule(set->schedules[i], out);
	for (size_t i = 0; i < set->define_count; i++)
		print_define(set->defines[i], out);
	for (size_t i = 0; i < set->rule_count; i++)
		print_rule(set->rules[i], out);
}
