/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists and tables that tests name.
 */
#include "rules/rule_check.h"

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

static void
wrong_list(const struct rule_check *check, const struct rule_test *test,
    const struct rule_list *list)
{
	const struct rule_token *item = &test->operand.items[0];
	const char *phrase = test->fact->phrase;

	if (list->kind == LIST_WORDS)
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list of words: write \"has words %.*s\"",
		    SPAN_ARGS(list->name), SPAN_ARGS(list->name));
	else if (list->kind == LIST_DOMAINS &&
	    test->fact->type == TYPE_ADDRESS)
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list of domains: write \"%s domain in "
		    "%.*s\"",
		    SPAN_ARGS(list->name), phrase, SPAN_ARGS(list->name));
	else if (list->kind == LIST_MEMBERS &&
	    rule_fact_is_person(test->fact->id))
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a group of the directory, whose members are "
		    "not read: write \"%s in %.*s\"",
		    SPAN_ARGS(list->name), phrase, SPAN_ARGS(list->name));
	else
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list of %s, with which \"%s\" cannot be "
		    "compared",
		    SPAN_ARGS(list->name), rule_list_kinds[list->kind],
		    phrase);
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
		: test->verb != VERB_IN ? "has words "
		: test->negated	    ? "not in "
				    : "in ",
	    SPAN_ARGS(name));
}

int
rule_resolve_list(const struct rule_check *check, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	const struct rule_token *item = &operand->items[0];
	struct rule_list *list;
	int table;

	if (operand->braced || operand->count != 1 || item->kind != TOKEN_WORD)
		return 0;
	list = rule_check_list(check, item->text);
	if (list != NULL && list->broken)
		return -1;
	if (list != NULL && test->verb == VERB_IS) {
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list: write \"in %.*s\"",
		    SPAN_ARGS(item->text), SPAN_ARGS(item->text));
		return -1;
	}
	if (list != NULL && !list_fits(test, list)) {
		wrong_list(check, test, list);
		return -1;
	}
	if (operand->one_word && list == NULL)
		return 0;
	if (operand->one_word) {
		rule_error(check->errors, item->place,
		    "\"%.*s\" is a list: write \"%s words %.*s\"",
		    SPAN_ARGS(item->text), operand->near ? "near" : "has",
		    SPAN_ARGS(item->text));
		return -1;
	}
	operand->list = list;
	if (list != NULL)
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
