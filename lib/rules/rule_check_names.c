/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of rules, lists, tables, schedules and conditions: none is a word of
 * the language, and none stands twice.
 */
#include "rules/rule_check.h"

static void
check_name(const struct rule_check *check, struct span name,
    struct rule_place place)
{
	static const char *const others[] = { "and", "or", "always", "group",
		"groups", "members", "manager", "words", "word", "header",
		"raw", NULL };
	const char *const *const lists[] = { others, rule_item_words,
		rule_clause_words, rule_verb_words, rule_quantity_words,
		rule_later_items, rule_later_clauses, rule_later_facts };
	bool taken = false;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (rule_word_index(lists[i], name) >= 0)
			taken = true;
	for (size_t i = 0; i < rule_facts_count; i++) {
		struct span first = span_of(rule_facts_table[i].phrase);

		first.len = span_find(first, ' ');
		if (span_equal(first, name))
			taken = true;
	}
	if (taken)
		rule_error(check->errors, place,
		    "\"%.*s\" is a word of the language; choose another name",
		    SPAN_ARGS(name));
}

/* Of two equal names, at A and B, the later one is to be changed. */
static void
told_twice(const struct rule_check *check, const char *what, struct span name,
    struct rule_place a, struct rule_place b)
{
	bool a_later = a.source->order != b.source->order
	    ? a.source->order > b.source->order
	    : a.offset > b.offset;

	rule_error_again(check->errors, a_later ? a : b, a_later ? b : a,
	    "the %s \"%.*s\" is there already", what, SPAN_ARGS(name));
}

void
rule_check_names(const struct rule_check *check)
{
	struct rule_set *set = check->set;
	struct rule **rules = check->rules;

	for (size_t i = 0; i < set->list_count; i++) {
		check_name(check, set->lists[i]->name, set->lists[i]->place);
		if (i > 0 && span_equal(check->lists[i - 1]->name,
				 check->lists[i]->name))
			told_twice(check, "list", check->lists[i]->name,
			    check->lists[i - 1]->place,
			    check->lists[i]->place);
	}
	for (size_t i = 0; i < set->schedule_count; i++) {
		const struct rule_schedule *schedule = check->schedules[i];

		check_name(check, schedule->name, schedule->place);
		if (i > 0 &&
		    span_equal(check->schedules[i - 1]->name, schedule->name))
			told_twice(check, "schedule", schedule->name,
			    check->schedules[i - 1]->place, schedule->place);
	}
	for (size_t i = 0; i < set->table_count; i++) {
		const struct rule_table *table = check->tables[i];
		const struct rule_list *list =
		    rule_check_list(check, table->name);

		check_name(check, table->name, table->place);
		if (list != NULL)
			told_twice(check, "name", table->name, list->place,
			    table->place);
		if (i > 0 &&
		    span_equal(check->tables[i - 1]->name, table->name))
			told_twice(check, "table", table->name,
			    check->tables[i - 1]->place, table->place);
	}
	for (size_t i = 0; i < set->define_count; i++) {
		check_name(
		    check, set->defines[i]->name, set->defines[i]->place);
		if (i > 0 && span_equal(check->defines[i - 1]->name,
				 check->defines[i]->name))
			told_twice(check, "condition",
			    check->defines[i]->name,
			    check->defines[i - 1]->place,
			    check->defines[i]->place);
	}
	for (size_t i = 1; i < set->rule_count; i++)
		if (span_equal(rules[i - 1]->id, rules[i]->id))
			told_twice(check, "rule", rules[i]->id,
			    rules[i - 1]->place, rules[i]->place);
}
