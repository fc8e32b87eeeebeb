/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told of the rules of a file that has no mistake.
 */
#include "base/text_map.h"
#include "rules/rule_ast.h"
#include "rules/rule_error.h"
#include "rules/rule_print.h"
#include "rules/rule_time.h"

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

/* True if RULE ends the evaluation wherever its conditions hold. */
static bool
always_ends(const struct rule *rule)
{
	if (rule->mode != MODE_ENFORCE || rule->valid_from != 0 ||
	    rule->valid_until != 0 || rule->during != NULL)
		return false;
	for (size_t i = 0; i < rule->action_count; i++)
		if (rule_action_ends(rule->actions[i].kind))
			return true;
	return false;
}

/* True if RULE ends the evaluation of every message, or recipient, that reaches
 * it. */
static bool
takes_all(const struct rule *rule)
{
	return always_ends(rule) && rule->except_count == 0 &&
	    rule->when->kind == CONDITION_AND && rule->when->child_count == 0;
}

/* The conditions of RULE as text, which is the same for the same ones.  Empty
 * where it is too long to compare. */
static struct span
conditions_text(const struct rule *rule, bool except, struct pool *pool)
{
	enum { CONDITIONS_MAX = 1 << 20 };
	struct span text = SPAN("");
	struct buf out;

	buf_init(&out, CONDITIONS_MAX);
	(void)buf_printf(&out, "%s", rule->per_recipient ? "each " : "");
	rule_print_condition(rule->when, &out);
	for (size_t i = 0; except && i < rule->except_count; i++) {
		(void)buf_printf(&out, " except ");
		rule_print_condition(rule->except[i], &out);
	}
	if (!out.full)
		text = pool_dup(pool, buf_span(&out));
	buf_free(&out);
	return text;
}

/* True if RULE, which BEFORE leaves no message that it would apply to, still
 * has a say where content was not read. */
static bool
has_own_doubt(const struct rule_set *set, const struct rule *rule,
    const struct rule *before)
{
	enum rule_unread unread = rule_unread_of(set, rule);
	enum rule_unread unread_before = rule_unread_of(set, before);

	return (rule->reach.needs & RULE_NEEDS_CONTENT) != 0 &&
	    unread != UNREAD_DELIVERED && unread_before != UNREAD_AS_MATCH &&
	    unread != unread_before;
}

/* The rule before RULE that ends the evaluation where RULE would apply, for it
 * has the same conditions, or "when" and no exceptions.  NULL: none is known.
 * Adds RULE to ENDING, where it may be that for later ones. */
static const struct rule *
rule_before(const struct rule_set *set, struct text_map *ending,
    struct rule *rule, struct pool *pool)
{
	struct span all = conditions_text(rule, true, pool);
	struct span when = conditions_text(rule, false, pool);
	const struct rule *before = text_map_get(ending, when);
	void **place;

	if (before == NULL)
		before = text_map_get(ending, all);
	if (before == NULL && all.len > 0 && always_ends(rule)) {
		place = text_map_place(ending, all);
		*place = rule;
	}
	return before != NULL && has_own_doubt(set, rule, before) ? NULL
								  : before;
}

/* Rules that can never apply: all are taken before, or those that they would
 * apply to. */
static void
report_unreached(const struct rule_set *set, struct buf *out)
{
	struct rule_position position = { .line = 0 };
	struct text_map *ending = text_map_new();
	struct pool *pool = pool_new();
	bool taken[2] = { false, false }; /* messages, recipients */

	for (size_t i = 0; i < set->rule_count; i++) {
		struct rule *rule = set->rules[i];
		const struct rule *before =
		    rule_before(set, ending, rule, pool);

		if (taken[rule->per_recipient])
			warn(&position, rule->place, out,
			    rule->per_recipient
				? "no recipient reaches rule"
				: "no message reaches rule",
			    rule->id);
		else if (before != NULL)
			warn(&position, rule->place, out,
			    pool_printf(pool,
				"rule \"%.*s\" before it ends all that would "
				"be for rule",
				SPAN_ARGS(before->id))
				.ptr,
			    rule->id);
		if (takes_all(rule))
			taken[rule->per_recipient] = true;
	}
	text_map_free(&ending);
	pool_free(&pool);
}

/* True if RULE has its title as the text of an SMTP reply. */
static bool
replies_with_title(const struct rule *rule)
{
	for (size_t i = 0; i < rule->action_count; i++)
		if ((rule->actions[i].kind == ACTION_REJECT ||
			rule->actions[i].kind == ACTION_TEMPFAIL) &&
		    rule->actions[i].text.len == 0)
			return true;
	return false;
}

static bool
is_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] >= 0x80)
			return false;
	return true;
}

/* Titles of which clients get less than was written; a text behind "reject"
 * would have been refused. */
static void
report_titles(const struct rule_set *set, struct buf *out)
{
	struct rule_position position = { .line = 0 };

	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule *rule = set->rules[i];

		if (!replies_with_title(rule))
			continue;
		if (!is_ascii(rule->title))
			warn(&position, rule->place, out,
			    "clients see \"?\" for letters beyond ASCII in "
			    "the title of rule",
			    rule->id);
		else if (rule->title.len > RULE_REPLY_MAX)
			warn(&position, rule->place, out,
			    "clients do not see the end of the title of rule",
			    rule->id);
	}
}

/* At RCPT there is no content. */
static void
report_unread(const struct rule_set *set, struct buf *out)
{
	struct rule_position position = { .line = 0 };

	for (size_t i = 0; i < set->rule_count; i++)
		if (set->rules[i]->per_recipient &&
		    set->rules[i]->unread != UNREAD_UNSTATED)
			warn(&position, set->rules[i]->place, out,
			    "\"unread\" changes nothing in rule",
			    set->rules[i]->id);
}

static void
report_lists(const struct rule_set *set, struct buf *out)
{
	struct rule_position position = { .line = 0 };

	for (size_t i = 0; i < set->list_count; i++) {
		const struct rule_list *list = set->lists[i];
		const char *what = !list->used ? "nothing uses list"
		    : list->count == 0	       ? "nothing is in list"
		    : list->too_short
		    ? "a test wants more different words than there are in "
		      "list"
		    : NULL;

		if (what != NULL)
			warn(&position, list->place, out, what, list->name);
	}
}

void
rule_set_report(const struct rule_set *set, struct buf *out)
{
	struct rule_position position = { .line = 0 };

	for (size_t i = 0; i < set->rule_count; i++)
		report_rule(set->rules[i], out);
	report_unreached(set, out);
	report_titles(set, out);
	report_unread(set, out);
	report_lists(set, out);
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
