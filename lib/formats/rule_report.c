/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `lumbar check` says of a rule file that has no mistake.
 */
#include "formats/rule_ast.h"
#include "formats/rule_error.h"

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
