/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_check.h"

#include <stddef.h>
#include <stdlib.h>

/* Conditions inside each other, through definitions: evaluation recurses. */
enum { HEIGHT_MAX = 200 };

/* Tests in a definition, with those of the definitions in it: a few lines that
 * name each other twice would else take years for a message. */
enum { TESTS_MAX = 1000 * 1000 };

/* Lists, tables, schedules and definitions are looked up in one way: each
 * begins with its name. */
_Static_assert(offsetof(struct rule_list, name) == 0, "name first");
_Static_assert(offsetof(struct rule_table, name) == 0, "name first");
_Static_assert(offsetof(struct rule_schedule, name) == 0, "name first");
_Static_assert(offsetof(struct rule_define, name) == 0, "name first");

static int
compare_names(const void *a, const void *b)
{
	const struct span *x = *(void *const *)a;
	const struct span *y = *(void *const *)b;

	return span_compare(*x, *y);
}

static int
compare_rules(const void *a, const void *b)
{
	const struct rule *x = *(struct rule *const *)a;
	const struct rule *y = *(struct rule *const *)b;

	return span_compare(x->id, y->id);
}

/* A sorted copy of COUNT pointers. */
static void *
sorted(struct pool *pool, const void *items, size_t count,
    int (*compare)(const void *, const void *))
{
	void *const *from = items;
	void **copy = pool_alloc_array(pool, count + 1, sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = from[i];
	if (count > 1)
		qsort(copy, count, sizeof(*copy), compare);
	return copy;
}

/* The one of COUNT sorted ITEMS that is called NAME, or NULL. */
static void *
find_named(const void *items, size_t count, struct span name)
{
	const void *wanted = &name;
	void *const *found = count > 0
	    ? bsearch(&wanted, items, count, sizeof(wanted), compare_names)
	    : NULL;

	return found != NULL ? *found : NULL;
}

/* "; did you mean ...?" for NAME, which none of COUNT ITEMS has. */
static struct span
suggest_named(const struct rule_check *check, const void *items, size_t count,
    struct span name)
{
	void *const *named = items;
	struct rule_suggestion suggestion;

	rule_suggestion_start(&suggestion, name);
	for (size_t i = 0; i < count; i++)
		rule_suggestion_try(
		    &suggestion, *(const struct span *)named[i]);
	return rule_suggestion_text(&suggestion, check->errors->pool);
}

struct rule_list *
rule_check_list(const struct rule_check *check, struct span name)
{
	return find_named(check->lists, check->set->list_count, name);
}

struct span
rule_check_list_suggestion(const struct rule_check *check, struct span name)
{
	return suggest_named(
	    check, check->lists, check->set->list_count, name);
}

struct rule_table *
rule_check_table(const struct rule_check *check, struct span name)
{
	return find_named(check->tables, check->set->table_count, name);
}

struct span
rule_check_table_suggestion(const struct rule_check *check, struct span name)
{
	return suggest_named(
	    check, check->tables, check->set->table_count, name);
}

struct rule_schedule *
rule_check_schedule(const struct rule_check *check, struct span name)
{
	return find_named(
	    check->schedules, check->set->schedule_count, name);
}

struct span
rule_check_schedule_suggestion(
    const struct rule_check *check, struct span name)
{
	return suggest_named(
	    check, check->schedules, check->set->schedule_count, name);
}

static struct rule_define *
find_define(const struct rule_check *check, struct span name)
{
	return find_named(check->defines, check->set->define_count, name);
}

/* Adds what MORE needs to REACH. */
static void
reach_add(struct rule_reach *reach, const struct rule_reach *more)
{
	reach->needs |= more->needs;
	if (reach->fact == NULL || more->stage > reach->stage)
		reach->fact = more->fact;
	if (more->stage > reach->stage)
		reach->stage = more->stage;
	if (more->height > reach->height)
		reach->height = more->height;
	reach->tests += more->tests;
	for (size_t i = 0; i < RULE_SCOPE_COUNT; i++)
		if (reach->shadowed[i] == NULL)
			reach->shadowed[i] = more->shadowed[i];
}

/* Adds what CELL needs to REACH. */
static void
add_cell(struct rule_reach *reach, const struct rule_cell *cell)
{
	struct rule_reach more = {
		.stage = cell->fact.stage,
		.needs = cell->fact.needs,
		.fact = cell->fact.phrase,
	};

	reach_add(reach, &more);
}

static struct rule_reach check_condition(
    struct rule_check *check, struct rule_condition *condition);

/* The same where CONDITION stands in SCOPE. */
static struct rule_reach
check_in_scope(struct rule_check *check, struct rule_condition *condition,
    enum rule_scope scope)
{
	enum rule_scope outer = check->scope;
	struct rule_reach reach;

	check->scope = scope;
	reach = check_condition(check, condition);
	check->scope = outer;
	return reach;
}

static struct rule_reach
check_test(const struct rule_check *check, struct rule_condition *condition)
{
	const struct rule_fact *fact = condition->test.fact;
	const struct rule_cell *cell = condition->test.operand.cell;
	struct rule_reach reach;

	rule_compile_test(check, &condition->test, condition->place);
	reach = (struct rule_reach){
		.stage = fact->stage,
		.needs = fact->needs,
		.fact = fact->phrase,
		.tests = 1,
	};
	for (unsigned scope = SCOPE_MESSAGE + 1; scope < RULE_SCOPE_COUNT;
	    scope++)
		if (fact->scope == SCOPE_MESSAGE &&
		    rule_scope_fact(scope, fact->phrase) != NULL)
			reach.shadowed[scope] = fact->phrase;
	rule_directory_reach(&condition->test, &reach);
	if (cell != NULL)
		add_cell(&reach, cell);
	reach.needs |= condition->test.needs;
	if (condition->test.stage > reach.stage)
		reach.stage = condition->test.stage;
	return reach;
}

static struct rule_reach
check_quantifier(
    struct rule_check *check, struct rule_condition *condition)
{
	static const struct {
		enum rule_stage stage;
		unsigned needs;
		const char *fact;
	} nouns[] = {
		[NOUN_RECIPIENT] = { RULE_STAGE_DATA, 0, "recipients" },
		[NOUN_ATTACHMENT] = { RULE_STAGE_END,
		    RULE_NEEDS_HEADERS | RULE_NEEDS_BODY | RULE_NEEDS_CONTENT,
		    "attachments" },
		[NOUN_HEADER] = { RULE_STAGE_HEADERS, RULE_NEEDS_HEADERS,
		    "headers" },
	};
	struct rule_quantifier *quantifier = &condition->quantifier;
	struct rule_reach reach = {
		.stage = nouns[quantifier->noun].stage,
		.needs = nouns[quantifier->noun].needs,
		.fact = nouns[quantifier->noun].fact,
		.tests = 1,
	};
	enum rule_scope scope = rule_noun_scope(quantifier->noun);
	struct rule_reach inner;

	if (quantifier->inner == NULL)
		return reach;
	inner = check_in_scope(check, quantifier->inner, scope);
	reach_add(&reach, &inner);
	/* Around it nothing changes what is picked here. */
	for (size_t i = 0; i < RULE_SCOPE_COUNT; i++)
		reach.shadowed[i] = NULL;
	if (quantifier->implied)
		reach.shadowed[scope] = inner.fact;
	return reach;
}

static struct rule_reach
check_define(struct rule_check *check, struct rule_define *define)
{
	if (define->state == DEFINE_NEW) {
		define->state = DEFINE_OPEN;
		define->reach = check_in_scope(
		    check, define->condition, SCOPE_MESSAGE);
		define->state = DEFINE_DONE;
	}
	return define->reach;
}

/* Where DEFINE is used at PLACE.  One message for all uses. */
static void
check_expansion(const struct rule_check *check, struct rule_define *define,
    struct rule_place place)
{
	if (define->reach.tests <= TESTS_MAX)
		return;
	rule_error(check->errors, place,
	    "with the definitions in it \"%.*s\" has more than %d tests",
	    SPAN_ARGS(define->name), TESTS_MAX);
	define->reach.tests = 0;
}

/* A definition speaks of the message wherever it is used, which its reader
 * cannot see where its words would mean the one that is picked.  0 or -1. */
static int
check_shadows(const struct rule_check *check, const struct rule_define *define,
    struct rule_place place)
{
	static const char *const picked[] = {
		[SCOPE_RECIPIENT] = "recipient",
		[SCOPE_ATTACHMENT] = "attachment",
		[SCOPE_HEADER] = "header",
	};

	if (define->reach.shadowed[check->scope] == NULL)
		return 0;
	rule_error(check->errors, place,
	    "\"%.*s\" is about the message: its \"%s\" is not that of one "
	    "%s; write the test itself here",
	    SPAN_ARGS(define->name), define->reach.shadowed[check->scope],
	    picked[check->scope]);
	return -1;
}

static struct rule_reach
check_defined(struct rule_check *check, struct rule_condition *condition)
{
	struct span name = condition->defined.name;
	struct rule_define *define = find_define(check, name);
	struct rule_suggestion suggestion;

	if (define != NULL && define->state != DEFINE_OPEN) {
		condition->defined.define = define;
		define->used = true;
		(void)check_define(check, define);
		check_expansion(check, define, condition->place);
		if (check_shadows(check, define, condition->place) == 0)
			return define->reach;
		condition->kind = CONDITION_BROKEN;
		return (struct rule_reach){ 0 };
	}
	if (define != NULL) {
		rule_error(check->errors, condition->place,
		    "the definition of \"%.*s\" comes back to itself",
		    SPAN_ARGS(name));
		condition->kind = CONDITION_BROKEN;
		return (struct rule_reach){ 0 };
	}
	if (rule_word_index(detector_names, name) >= 0) {
		rule_error(check->errors, condition->place,
		    "\"%.*s\" is a detector: write \"content has %.*s\"",
		    SPAN_ARGS(name), SPAN_ARGS(name));
		condition->kind = CONDITION_BROKEN;
		return (struct rule_reach){ 0 };
	}
	rule_suggestion_start(&suggestion, name);
	for (size_t i = 0; i < check->set->define_count; i++)
		rule_suggestion_try(&suggestion, check->defines[i]->name);
	for (size_t i = 0; i < rule_facts_count; i++)
		if (rule_facts_table[i].scope == SCOPE_MESSAGE)
			rule_suggestion_try(
			    &suggestion, span_of(rule_facts_table[i].phrase));
	/* "sender is a@b.example or c@d.example" */
	rule_error(check->errors, condition->place,
	    "\"%.*s\" is neither a fact nor a defined condition%.*s",
	    SPAN_ARGS(name),
	    SPAN_ARGS(span_find(name, '@') < name.len ||
			span_find(name, '.') < name.len
		    ? SPAN("; several values stand in braces: \"in { ... }\"")
		    : rule_suggestion_text(
			  &suggestion, check->errors->pool)));
	condition->kind = CONDITION_BROKEN;
	return (struct rule_reach){ 0 };
}

static void
too_deep(const struct rule_check *check, const struct rule_condition *condition)
{
	rule_error(check->errors, condition->place,
	    "conditions are nested more than %d deep, counting those in "
	    "definitions",
	    HEIGHT_MAX);
}

static struct rule_reach
check_condition(
    struct rule_check *check, struct rule_condition *condition)
{
	struct rule_reach reach = { 0 };

	/* Definitions that are not checked yet are followed from here, too. */
	if (check->depth == HEIGHT_MAX) {
		too_deep(check, condition);
		return reach;
	}
	check->depth++;
	switch (condition->kind) {
	case CONDITION_BROKEN:
		break;
	case CONDITION_AND:
	case CONDITION_OR:
	case CONDITION_NOT:
		for (size_t i = 0; i < condition->child_count; i++) {
			struct rule_reach child =
			    check_condition(check, condition->children[i]);

			reach_add(&reach, &child);
		}
		break;
	case CONDITION_TEST:
		reach = check_test(check, condition);
		break;
	case CONDITION_QUANTIFIER:
		reach = check_quantifier(check, condition);
		break;
	case CONDITION_DEFINED:
		reach = check_defined(check, condition);
		break;
	}
	check->depth--;
	if (++reach.height == HEIGHT_MAX)
		too_deep(check, condition);
	return reach;
}

/* What a rule "for each recipient" may neither see nor do. */
static void
check_recipient_rule(const struct rule_check *check, const struct rule *rule)
{
	if (rule->reach.stage > RULE_STAGE_RECIPIENT)
		rule_error(check->errors, rule->place,
		    "a rule \"for each recipient\" answers at RCPT, where "
		    "\"%s\" is not known yet; leave out \"for each "
		    "recipient\" to decide about the whole message",
		    rule->reach.fact);
	for (size_t i = 0; i < rule->action_count; i++) {
		enum rule_action_kind kind = rule->actions[i].kind;

		if (kind != ACTION_REJECT && kind != ACTION_TEMPFAIL &&
		    kind != ACTION_STOP)
			rule_error(check->errors, rule->actions[i].place,
			    "a rule \"for each recipient\" can reject or "
			    "tempfail that recipient, or stop");
	}
}

static void
check_actions(struct rule_check *check, struct rule *rule)
{
	const struct rule_action *end = NULL;

	for (size_t i = 0; i < rule->action_count; i++) {
		struct rule_action *action = &rule->actions[i];

		if (end != NULL)
			rule_error(check->errors, action->place,
			    "this is never done, for the rule has ended the "
			    "message or stopped before");
		if (action->cell != NULL) {
			rule_check_targets(check, action->cell);
			add_cell(&rule->reach, action->cell);
		}
		if (action->condition != NULL) {
			struct rule_reach reach = check_in_scope(
			    check, action->condition, SCOPE_RECIPIENT);

			reach_add(&rule->reach, &reach);
		}
		if (rule_action_ends(action->kind))
			end = action;
	}
}

static void
check_rule(struct rule_check *check, struct rule *rule)
{
	rule_check_validity(check, rule);
	check->scope = rule->per_recipient ? SCOPE_RECIPIENT : SCOPE_MESSAGE;
	if (rule->when != NULL)
		rule->reach = check_condition(check, rule->when);
	for (size_t i = 0; i < rule->except_count; i++) {
		struct rule_reach reach =
		    check_condition(check, rule->except[i]);

		reach_add(&rule->reach, &reach);
	}
	check_actions(check, rule);
	if (rule->per_recipient) {
		check_recipient_rule(check, rule);
		return;
	}
	if (rule->reach.stage < RULE_STAGE_DATA) {
		rule->reach.stage = RULE_STAGE_DATA;
		rule->reach.fact = NULL;
	}
	for (size_t i = 0; i < rule->action_count; i++)
		if (rule->actions[i].kind == ACTION_SET_HEADER ||
		    rule->actions[i].kind == ACTION_REMOVE_HEADER ||
		    rule->actions[i].kind == ACTION_TAG_SUBJECT) {
			/* Which fields there are is known from then on. */
			rule->reach.needs |= RULE_NEEDS_HEADERS;
			if (rule->reach.stage < RULE_STAGE_HEADERS) {
				rule->reach.stage = RULE_STAGE_HEADERS;
				rule->reach.fact = "headers";
			}
		}
	if ((rule->reach.needs & RULE_NEEDS_CONTENT) != 0 &&
	    rule->unread == UNREAD_UNSTATED &&
	    check->set->unread == UNREAD_UNSTATED)
		rule_error(check->errors, rule->place,
		    "rule \"%.*s\" tests content (\"%s\"), so the file must "
		    "say what happens to what cannot be read: \"unread "
		    "content is held\", \"tempfailed\" or \"delivered\"",
		    SPAN_ARGS(rule->id), rule->reach.fact);
}

void
rule_check_set(struct rule_set *set, struct rule_errors *errors)
{
	struct rule_check check = {
		.set = set,
		.errors = errors,
		.lists = sorted(errors->pool, set->lists, set->list_count,
		    compare_names),
		.tables = sorted(errors->pool, set->tables, set->table_count,
		    compare_names),
		.schedules = sorted(errors->pool, set->schedules,
		    set->schedule_count, compare_names),
		.defines = sorted(errors->pool, set->defines,
		    set->define_count, compare_names),
		.rules = sorted(errors->pool, set->rules, set->rule_count,
		    compare_rules),
		.attributes = text_map_new(),
		.groups = text_map_new(),
	};

	rule_check_names(&check);
	for (size_t i = 0; i < set->list_count; i++)
		if (!set->lists[i]->broken)
			rule_compile_list(&check, set->lists[i]);
	for (size_t i = 0; i < set->table_count; i++)
		if (!set->tables[i]->broken)
			rule_compile_table(&check, set->tables[i]);
	for (size_t i = 0; i < set->define_count; i++)
		(void)check_define(&check, set->defines[i]);
	for (size_t i = 0; i < set->rule_count; i++) {
		struct rule *rule = set->rules[i];

		check_rule(&check, rule);
		if (rule->mode == MODE_OFF)
			continue;
		set->needs |= rule->reach.needs;
		set->needs |= rule->per_recipient ? RULE_NEEDS_RECIPIENTS
						  : RULE_NEEDS_MESSAGE;
	}
	text_map_free(&check.attributes);
	text_map_free(&check.groups);
}
