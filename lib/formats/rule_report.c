/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told of the rules of a file that has no mistake.
 */
#include "formats/rule_ast.h"
#include "formats/rule_error.h"
#include "formats/rule_time.h"

const char *
rule_mode_name(enum rule_mode mode)
{
	return rule_modes[mode];
}

size_t
rule_index(const struct rule *rule)
{
	return rule->index;
}

const struct rule_about *
rule_set_about(
    const struct rule_set *set, struct pool *pool, size_t *count)
{
	struct rule_about *all =
	    pool_alloc_array(pool, set->rule_count + 1, sizeof(*all));
	struct rule_position position = { .line = 0 };

	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule *rule = set->rules[i];

		rule_position_move(&position, rule->place);
		all[i] = (struct rule_about){
			.id = rule->id,
			.title = rule->title,
			.file = rule->place.source->name,
			.line = position.line,
			.mode = rule->mode,
			.per_recipient = rule->per_recipient,
			.stage = rule->reach.stage,
			.then = span_slice(rule->place.source->text,
			    rule->then_begin, rule->then_end),
		};
	}
	*count = set->rule_count;
	return all;
}

static void
report_rule(const struct rule *rule, struct buf *out)
{
	(void)buf_printf(out, "%.*s: %s, answered at %s", SPAN_ARGS(rule->id),
	    rule_modes[rule->mode], rule_stage_name(rule->reach.stage));
	if (rule->reach.fact != NULL)
		(void)buf_printf(
		    out, ", where \"%s\" is known", rule->reach.fact);
	if (rule->reach.needs & RULE_NEEDS_DIRECTORY)
		(void)buf_printf(out, ", asks the directory");
	(void)buf_append_char(out, '\n');
}

/* True if RULE ends the evaluation of every message that reaches it. */
static bool
takes_all(const struct rule *rule)
{
	if (rule->mode != MODE_ENFORCE || rule->per_recipient ||
	    rule->valid_from != 0 || rule->valid_until != 0 ||
	    rule->during != NULL ||
	    rule->except_count > 0 || rule->when->kind != CONDITION_AND ||
	    rule->when->child_count > 0)
		return false;
	for (size_t i = 0; i < rule->action_count; i++)
		if (rule_action_ends(rule->actions[i].kind))
			return true;
	return false;
}

/* Says WHAT of NAME, which stands at PLACE.  POSITION is of the last one. */
static void
warn(struct rule_position *position, struct rule_place place,
    struct buf *out, const char *what, struct span name)
{
	rule_position_move(position, place);
	(void)buf_printf(out, "%.*s:%zu:%zu: note: %s \"%.*s\"\n",
	    SPAN_ARGS(place.source->name), position->line, position->column,
	    what, SPAN_ARGS(name));
}

void
rule_set_report(const struct rule_set *set, struct buf *out)
{
	struct rule_position position = { .line = 0 };
	bool reached = true;

	for (size_t i = 0; i < set->rule_count; i++)
		report_rule(set->rules[i], out);
	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule *rule = set->rules[i];

		if (!reached && !rule->per_recipient)
			warn(&position, rule->place, out,
			    "no message reaches rule", rule->id);
		if (takes_all(rule))
			reached = false;
	}
	for (size_t i = 0; i < set->list_count; i++)
		if (!set->lists[i]->used)
			warn(&position, set->lists[i]->place, out,
			    "nothing uses list", set->lists[i]->name);
	for (size_t i = 0; i < set->table_count; i++)
		if (!set->tables[i]->used)
			warn(&position, set->tables[i]->place, out,
			    "nothing uses table", set->tables[i]->name);
	for (size_t i = 0; i < set->schedule_count; i++)
		if (!set->schedules[i]->used)
			warn(&position, set->schedules[i]->place, out,
			    "nothing uses schedule", set->schedules[i]->name);
	for (size_t i = 0; i < set->directory.attribute_count; i++)
		if (!rule_attribute_known(set->directory.attributes[i]))
			warn(&position, set->attribute_places[i], out,
			    "policy.conf must declare attribute",
			    set->directory.attributes[i]);
	for (size_t i = 0; i < set->define_count; i++)
		if (!set->defines[i]->used)
			warn(&position, set->defines[i]->place, out,
			    "nothing uses condition", set->defines[i]->name);
}

void
rule_set_report_expired(
    const struct rule_set *set, int64_t wall_us, struct buf *out)
{
	struct rule_position position = { .line = 0 };
	struct calendar now = clock_calendar(wall_us, set->zone);

	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule *rule = set->rules[i];

		if (rule->valid_until != 0 &&
		    rule->valid_until < rule_date_of(&now))
			warn(&position, rule->place, out,
			    "past its last day (until) is rule", rule->id);
	}
}
