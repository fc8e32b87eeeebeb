/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rules of a set ask the directory: gathered while they are checked,
 * so that one lookup can bring all that is asked about a person.
 */
#include "rules/rule_attribute.h"
#include "rules/rule_check.h"

/* The index of NAME in the array ITEMS of *COUNT, where it is put if it is new.
 * MAP has for each its index and one more, as a pointer. */
static size_t
index_of(struct text_map *map, struct pool *pool, struct span name,
    struct span **items, size_t *count)
{
	void **place = text_map_place(map, name);

	if (*place == NULL) {
		*items = pool_grow(pool, *items, *count, sizeof(**items));
		(*items)[(*count)++] = name;
		/* One of the items, which lives as long as the map. */
		*place = (void *)(uintptr_t)*count;
	}
	return (size_t)(uintptr_t)*place - 1;
}

static void
compile_groups(const struct rule_check *check, const struct rule_token *items,
    size_t count, struct rule_groups *groups)
{
	struct rule_set *set = check->set;
	struct rule_directory *directory = &set->directory;

	for (size_t i = 0; i < count; i++) {
		if (items[i].kind == TOKEN_REGEX ||
		    span_trim(items[i].text).len == 0) {
			rule_error(check->errors, items[i].place,
			    "expected the name of a group in quotes");
			continue;
		}
		groups->items = pool_grow(set->pool, groups->items,
		    groups->count, sizeof(*groups->items));
		groups->items[groups->count++] = index_of(check->groups,
		    set->pool, items[i].text, &directory->groups,
		    &directory->group_count);
	}
}

void
rule_compile_members(const struct rule_check *check, struct rule_list *list)
{
	compile_groups(check, list->items, list->count, &list->groups);
}

static void
compile_attribute(const struct rule_check *check, struct rule_test *test,
    struct rule_place place)
{
	struct rule_set *set = check->set;
	struct rule_directory *directory = &set->directory;
	size_t before = directory->attribute_count;

	test->attribute_index = index_of(check->attributes, set->pool,
	    test->attribute, &directory->attributes,
	    &directory->attribute_count);
	if (directory->attribute_count == before)
		return;
	set->attribute_places = pool_grow(set->pool, set->attribute_places,
	    before, sizeof(*set->attribute_places));
	set->attribute_places[before] = place;
}

bool
rule_compile_directory(const struct rule_check *check,
    struct rule_test *test, struct rule_place place)
{
	struct rule_operand *operand = &test->operand;
	struct rule_groups *groups;

	if (test->fact->id == FACT_ATTRIBUTE)
		compile_attribute(check, test, place);
	if (test->person.managers > 0 || operand->person != NULL)
		check->set->directory.managers = true;
	if (operand->person != NULL)
		return true;
	if (!operand->is_group)
		return false;
	groups = pool_alloc(check->set->pool, sizeof(*groups));
	compile_groups(check, operand->items, operand->count, groups);
	operand->groups = groups;
	return true;
}

void
rule_directory_reach(const struct rule_test *test, struct rule_reach *reach)
{
	const struct rule_operand *operand = &test->operand;

	if (operand->groups != NULL)
		reach->needs |= RULE_NEEDS_DIRECTORY;
	if (operand->person == NULL)
		return;
	reach->needs |= RULE_NEEDS_DIRECTORY;
	if (operand->person->role != PERSON_FROM)
		return;
	reach->needs |= RULE_NEEDS_HEADERS;
	if (reach->stage < RULE_STAGE_HEADERS) {
		reach->stage = RULE_STAGE_HEADERS;
		reach->fact = "from";
	}
}

const struct rule_directory *
rule_set_directory(const struct rule_set *set)
{
	return &set->directory;
}

/* Which name NAME was probably meant to be. */
static struct span
attribute_suggestion(struct span name, const struct span *declared,
    size_t count, struct pool *pool)
{
	struct rule_suggestion suggestion;

	rule_suggestion_start(&suggestion, name);
	for (size_t i = 0; i < count; i++)
		rule_suggestion_try(
		    &suggestion, pool_dup_lower(pool, declared[i]));
	for (size_t i = 0; rule_attribute_names[i] != NULL; i++)
		rule_suggestion_try(&suggestion,
		    pool_dup_lower(pool, span_of(rule_attribute_names[i])));
	return rule_suggestion_text(&suggestion, pool);
}

static bool
is_declared(struct span name, const struct span *declared, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal_case(name, declared[i]))
			return true;
	return rule_attribute_known(name);
}

/* Reports the first rule in use that needs the directory. */
static void
report_missing(const struct rule_set *set, const char *conf,
    struct rule_errors *found)
{
	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule *rule = set->rules[i];

		if (rule->mode == MODE_OFF ||
		    (rule->reach.needs & RULE_NEEDS_DIRECTORY) == 0)
			continue;
		rule_error(found, rule->place,
		    "rule \"%.*s\" needs a directory, and %s has none; add "
		    "there: directory \"main\" { uris = ... base = ... } or "
		    "directory \"main\" { ldif = ... }",
		    SPAN_ARGS(rule->id), conf);
		return;
	}
}

int
rule_set_check_directory(const struct rule_set *set, bool has_one,
    const struct span *declared, size_t count, const char *conf,
    struct buf *errors)
{
	const struct rule_directory *directory = &set->directory;
	struct rule_errors found = { .pool = pool_new() };
	int rc;

	if ((set->needs & RULE_NEEDS_DIRECTORY) != 0 && !has_one)
		report_missing(set, conf, &found);
	for (size_t i = 0; has_one && i < directory->attribute_count; i++) {
		struct span name = directory->attributes[i];
		struct span suggestion;

		if (is_declared(name, declared, count))
			continue;
		suggestion =
		    attribute_suggestion(name, declared, count, found.pool);
		rule_error(&found, set->attribute_places[i],
		    "\"%.*s\" is no attribute that directories usually "
		    "have%.*s%s declare it in %s: attribute \"%.*s\" { }",
		    SPAN_ARGS(name), SPAN_ARGS(suggestion),
		    suggestion.len > 0 ? " If not," : ";", conf,
		    SPAN_ARGS(name));
	}
	rc = found.count > 0 ? -1 : 0;
	rule_errors_print(&found, errors);
	pool_free(&found.pool);
	return rc;
}
