/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists and tables that tests name.
 */
#include "rules/rule_check.h"

#include "rules/rule_print.h"

/* The kind of list that "is" and "in" of FACT take. */
static bool
kind_fits(const struct rule_fact *fact, enum rule_list_kind kind)
{
	switch (fact->type) {
	case TYPE_ADDRESS:
		return kind == LIST_ADDRESSES ||
		    (kind == LIST_MEMBERS && rule_fact_is_person(fact->id));
	case TYPE_DOMAIN:
		return kind == LIST_DOMAINS || kind == LIST_NAMES;
	case TYPE_NETWORK:
		return kind == LIST_NETWORKS;
	case TYPE_NAME:
	case TYPE_TEXT:
	case TYPE_FILE_TYPE:
	case TYPE_DATE:
		return kind == LIST_NAMES;
	case TYPE_LONG_TEXT:
	case TYPE_SIZE:
	case TYPE_ROLE:
	case TYPE_DIRECTION:
	case TYPE_CERTIFICATE:
	case TYPE_STATE:
	case TYPE_TIME:
	case TYPE_WEEKDAY:
	case TYPE_MESSAGE:
		return false;
	}
	return false;
}

static bool
list_fits(const struct rule_test *test, const struct rule_list *list)
{
	switch (test->verb) {
	case VERB_IN:
		return kind_fits(test->fact, list->kind);
	case VERB_CONTAINS:
	case VERB_STARTS_WITH:
	case VERB_ENDS_WITH:
		return list->kind != LIST_WORDS &&
		    list->kind != LIST_NETWORKS && list->kind != LIST_MEMBERS;
	case VERB_HAS_WORDS:
		return list->kind == LIST_WORDS;
	case VERB_IS:
	case VERB_MATCHES:
	case VERB_HAS_DETECTOR:
	case VERB_OVER:
	case VERB_UNDER:
	case VERB_FROM:
	case VERB_EXISTS:
	case VERB_IS_EMPTY:
	case VERB_IS_INTERNAL:
	case VERB_IS_EXTERNAL:
	case VERB_IS_VERIFIED:
		return false;
	}
	return false;
}

/* The domains of the address that TEST, which stands at PLACE, speaks of; empty
 * if they are no fact. */
static struct span
domain_fact(const struct rule_check *check, const struct rule_test *test,
    struct rule_place place)
{
	struct span text = place.source->text;
	bool named = span_starts(
	    span_slice(text, place.offset, text.len), SPAN("recipient"));

	if (test->fact->id == FACT_SENDER || test->fact->id == FACT_FROM)
		return pool_printf(
		    check->errors->pool, "%s domain", test->fact->phrase);
	if (test->fact->id == FACT_HEADER_ADDRESS)
		return pool_printf(check->errors->pool,
		    "header domain \"%.*s\"", SPAN_ARGS(test->header));
	/* "any recipient in" and "address in" become "domain in". */
	if (test->fact->id == FACT_RECIPIENT)
		return named ? SPAN("recipient domain") : SPAN("domain");
	return SPAN("");
}

/* What is to be written where TEST stands, at PLACE, to compare with LIST;
 * empty if nothing can. */
static struct span
fitting_test(const struct rule_check *check, const struct rule_test *test,
    const struct rule_list *list, struct rule_place place)
{
	struct pool *pool = check->errors->pool;
	const struct rule_fact *fact = test->fact;
	enum rule_verb verb = list_fits(test, list) ? test->verb : VERB_IN;
	struct span domain = SPAN("");

	if (test->operand.near && list->kind != LIST_WORDS)
		return SPAN("");
	if (test->operand.near)
		return pool_printf(
		    pool, "near words %.*s", SPAN_ARGS(list->name));
	if (list->kind == LIST_WORDS)
		verb = VERB_HAS_WORDS;
	else if (list->kind == LIST_DOMAINS && verb == VERB_IN)
		domain = domain_fact(check, test, place);
	if (!rule_type_allows(fact->type, verb) ||
	    (verb == VERB_IN && domain.len == 0 &&
		!kind_fits(fact, list->kind)))
		return SPAN("");
	return pool_printf(pool, "%.*s%s%s%s %.*s", SPAN_ARGS(domain),
	    domain.len > 0 ? " " : "",
	    test->negated ? rule_print_negated_verb(verb)
			  : rule_print_verb(verb),
	    verb == VERB_HAS_WORDS ? "s" : "", SPAN_ARGS(list->name));
}

/* Reports LIST, which TEST at PLACE names and cannot be compared with. */
static void
wrong_list(const struct rule_check *check, const struct rule_test *test,
    const struct rule_list *list, struct rule_place place)
{
	const struct rule_token *item = &test->operand.items[0];
	struct span fitting = fitting_test(check, test, list, place);

	if (fitting.len == 0)
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list of %s, with which \"%s\" cannot be "
		    "compared",
		    SPAN_ARGS(list->name), rule_list_kinds[list->kind],
		    test->fact->phrase);
	else if (list->kind == LIST_MEMBERS)
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a group of the directory, whose members are "
		    "not read: write \"%.*s\"",
		    SPAN_ARGS(list->name), SPAN_ARGS(fitting));
	else
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list of %s: write \"%.*s\"",
		    SPAN_ARGS(list->name), rule_list_kinds[list->kind],
		    SPAN_ARGS(fitting));
}

/* What to write instead of NAME, behind which there is no list: a list that is
 * nearly called so, or braces around what is no name at all. */
static struct span
no_list_advice(const struct rule_check *check, const struct rule_test *test,
    struct span name)
{
	if (span_find(name, '@') == name.len &&
	    span_find(name, '.') == name.len)
		return rule_check_list_suggestion(check, name);
	return pool_printf(check->errors->pool,
	    "; for the value itself write: %s{ %.*s }",
	    test->operand.near	    ? "near words "
		: test->verb == VERB_IN ? (test->negated ? "not in " : "in ")
		: test->negated	    ? "does not have words "
				    : "has words ",
	    SPAN_ARGS(name));
}

/* True if the values of facts of TYPE are words of the language, which they
 * stay whatever lists are called. */
static bool
has_fixed_values(enum rule_type type)
{
	return type == TYPE_FILE_TYPE || type == TYPE_ROLE ||
	    type == TYPE_DIRECTION || type == TYPE_STATE ||
	    type == TYPE_WEEKDAY || type == TYPE_MESSAGE;
}

/* Reports ITEM, a value of TEST, which stands at PLACE, if it is the name of
 * a list or table that would fit.  0 or -1. */
static int
check_value(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item, struct rule_place place)
{
	const struct rule_list *list = rule_check_list(check, item->text);
	const struct rule_table *table = rule_check_table(check, item->text);
	bool quoted = item->kind == TOKEN_STRING;
	struct span kind = SPAN("table"), fitting = SPAN("");

	if (list != NULL && !list->broken) {
		fitting = fitting_test(check, test, list, place);
		kind = pool_printf(check->errors->pool, "list of %s",
		    rule_list_kinds[list->kind]);
	} else if (table != NULL && !table->broken && test->verb == VERB_IN &&
	    rule_table_key_fits(table->key->type, test->fact->type)) {
		fitting = pool_printf(check->errors->pool, "%s %.*s",
		    test->negated ? "not in" : "in", SPAN_ARGS(table->name));
	}
	if (fitting.len == 0)
		return 0;
	rule_error(check->errors, item->place,
	    "\"%.*s\" is a %.*s: %s write \"%.*s\", or put it in %s if the "
	    "word is meant",
	    SPAN_ARGS(item->text), SPAN_ARGS(kind),
	    quoted ? "without quotes" : "outside of braces",
	    SPAN_ARGS(fitting), quoted ? "braces" : "quotes");
	return -1;
}

/* Reports names of lists and tables that TEST, which stands at PLACE, would
 * take for values: words in braces, and a string alone where only a list may
 * stand alone.  0 or -1. */
static int
check_values(const struct rule_check *check, const struct rule_test *test,
    struct rule_place place)
{
	const struct rule_operand *operand = &test->operand;
	bool list_expected = test->verb == VERB_IN ||
	    (test->verb == VERB_HAS_WORDS && !operand->one_word);
	int rc = 0;

	if (has_fixed_values(test->fact->type) ||
	    (!operand->braced && !list_expected))
		return 0;
	for (size_t i = 0; i < operand->count; i++)
		if (operand->items[i].kind ==
			(operand->braced ? TOKEN_WORD : TOKEN_STRING) &&
		    check_value(check, test, &operand->items[i], place) < 0)
			rc = -1;
	return rc;
}

/* Takes LIST, by whose name alone TEST at PLACE compares.  0, or -1 after
 * reporting. */
static int
take_list(const struct rule_check *check, struct rule_test *test,
    struct rule_list *list, struct rule_place place)
{
	list->used = true;
	if (list->broken)
		return -1;
	if (!list_fits(test, list) || test->operand.one_word) {
		wrong_list(check, test, list, place);
		return -1;
	}
	test->operand.list = list;
	return 0;
}

int
rule_resolve_list(const struct rule_check *check, struct rule_test *test,
    struct rule_place place)
{
	struct rule_operand *operand = &test->operand;
	const struct rule_token *item = &operand->items[0];
	struct rule_list *list;
	int table;

	if (operand->braced || item->kind != TOKEN_WORD)
		return check_values(check, test, place);
	list = rule_check_list(check, item->text);
	if (list != NULL)
		return take_list(check, test, list, place);
	if (operand->one_word)
		return 0;
	table = rule_resolve_table(check, test);
	if (table != 0)
		return table < 0 ? -1 : 0;
	/* An address or network needs no braces: "client in 10.0.0.0/8". */
	if (test->verb == VERB_HAS_WORDS ||
	    (test->verb == VERB_IN && test->fact->type != TYPE_NETWORK) ||
	    (test->verb == VERB_IN &&
		span_find(item->text, '.') == item->text.len &&
		span_find(item->text, ':') == item->text.len)) {
		rule_error(check->errors, item->place,
		    "there is no list \"%.*s\"%.*s", SPAN_ARGS(item->text),
		    SPAN_ARGS(no_list_advice(check, test, item->text)));
		return -1;
	}
	return 0;
}

void
rule_check_nesting(const struct rule_check *check,
    const struct rule_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rule_token *item = &list->items[i];
		const struct rule_list *other =
		    rule_check_list(check, item->text);

		/* Its own name can only be the word. */
		if (item->kind != TOKEN_WORD || other == NULL ||
		    other == list || other->broken ||
		    other->kind != list->kind)
			continue;
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list of %s, too, and no list has the items "
		    "of another: test both, as in \"in %.*s or ... in %.*s\", "
		    "or put it in quotes if the word is meant",
		    SPAN_ARGS(other->name), rule_list_kinds[other->kind],
		    SPAN_ARGS(list->name), SPAN_ARGS(other->name));
	}
}
