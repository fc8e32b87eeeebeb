/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operands: what tests compare with, made ready for comparing.
 */
#include "rules/rule_check.h"

#include "formats/address.h"
#include "formats/header.h"
#include "formats/message_type.h"

/* What to write where TEXT is a table's name, a dot and a column's. */
static struct span
column_advice(const struct rule_check *check, struct span text)
{
	size_t dot = span_find(text, '.');
	const struct rule_table *table =
	    rule_check_table(check, span_slice(text, 0, dot));

	if (table == NULL || table->broken || dot == text.len)
		return SPAN("");
	return pool_printf(check->errors->pool,
	    "; a column is written %.*s[%s]%.*s", SPAN_ARGS(table->name),
	    table->key->phrase, SPAN_ARGS(span_slice(text, dot, text.len)));
}

void
rule_compile_address(const struct rule_check *check, struct rule_names *names,
    const struct rule_token *item)
{
	struct address address;
	struct err err;
	size_t at = span_find_last(item->text, '@');
	struct span local = span_slice(item->text, 0, at);

	/* "*" may be in an address, but here it stands for one. */
	if (at < item->text.len &&
	    (local.len == 0 || span_equal(local, SPAN("*")))) {
		rule_error(check->errors, item->place,
		    "expected an address such as user@example.com, found "
		    "\"%.*s\"; for all of a domain test the domain: \"sender "
		    "domain is %.*s\"",
		    SPAN_ARGS(item->text),
		    SPAN_ARGS(span_slice(
			item->text, at + 1, item->text.len)));
		return;
	}
	if (address_parse(item->text, &address, &err) < 0 ||
	    address.domain.len == 0) {
		rule_error(check->errors, item->place,
		    "expected an address such as user@example.com, found "
		    "\"%.*s\"%.*s",
		    SPAN_ARGS(item->text),
		    SPAN_ARGS(column_advice(check, item->text)));
		return;
	}
	rule_names_add(names, check->set->pool,
	    address_key(check->set->pool, &address));
}

int
rule_check_domain(const struct rule_check *check, struct span text,
    struct rule_place place)
{
	if (domain_pattern_is_valid(text))
		return 0;
	rule_error(check->errors, place,
	    "expected a domain such as example.com, or .example.com for all "
	    "below it, found \"%.*s\"",
	    SPAN_ARGS(text));
	return -1;
}

void
rule_compile_domain(const struct rule_check *check, struct rule_names *names,
    const struct rule_token *item)
{
	if (rule_check_domain(check, item->text, item->place) == 0)
		rule_names_add(names, check->set->pool, item->text);
}

int
rule_check_helo(const struct rule_check *check, struct span text,
    struct rule_place place)
{
	static const struct span never = SPAN(" \t@*/,");
	bool good = text.len > 0;

	for (size_t i = 0; i < never.len; i++)
		if (span_find(text, never.ptr[i]) < text.len)
			good = false;
	if (good)
		return 0;
	rule_error(check->errors, place,
	    "expected what a client calls itself, such as mail.example.com, or "
	    ".example.com for all below it, found \"%.*s\"",
	    SPAN_ARGS(text));
	return -1;
}

static void
compile_helo(const struct rule_check *check, struct rule_names *names,
    const struct rule_token *item)
{
	if (rule_check_helo(check, item->text, item->place) == 0)
		rule_names_add(names, check->set->pool, item->text);
}

void
rule_compile_network(const struct rule_check *check,
    struct rule_networks *networks, const struct rule_token *item)
{
	struct network network;
	struct err err;

	if (network_parse(item->text, &network, &err) < 0)
		rule_error(check->errors, item->place,
		    "expected a network such as 192.0.2.0/24: %s", err.text);
	else
		rule_networks_add(networks, check->set->pool, &network);
}

static void
add_needle(const struct rule_check *check, struct rule_matcher *matcher,
    const struct rule_token *item, enum rule_needle how)
{
	struct err err;

	if (span_trim(item->text).len == 0 && how != NEEDLE_WHOLE)
		rule_error(check->errors, item->place,
		    "an empty text is found everywhere");
	else if (rule_matcher_add(matcher, item->text, how, &err) < 0)
		rule_error(check->errors, item->place,
		    "this text cannot be looked for: %s", err.text);
}

/* Adds ITEM unless it is among the words SEEN: were it there twice, a single
 * find of it would be "at least 2 distinct". */
static void
add_word(const struct rule_check *check, struct rule_matcher *matcher,
    const struct rule_token *item, struct text_map *seen)
{
	void **place = text_map_place(
	    seen, rule_word_key(item->text, check->errors->pool));

	if (*place == NULL)
		add_needle(check, matcher, item, NEEDLE_WORD);
	*place = matcher;
}

void
rule_compile_list(const struct rule_check *check, struct rule_list *list)
{
	struct text_map *seen;

	if (list->kind == LIST_WORDS)
		list->words = rule_matcher_new(
		    &check->set->matchers, check->set->pool);
	if (list->kind == LIST_MEMBERS) {
		rule_compile_members(check, list);
		return;
	}
	rule_check_nesting(check, list);
	seen = text_map_new();
	for (size_t i = 0; i < list->count; i++) {
		const struct rule_token *item = &list->items[i];

		if (item->kind == TOKEN_REGEX) {
			rule_error(check->errors, item->place,
			    "a list has no regular expressions; use "
			    "\"matches\"");
			continue;
		}
		switch (list->kind) {
		case LIST_ADDRESSES:
			rule_compile_address(check, &list->names, item);
			break;
		case LIST_DOMAINS:
			rule_compile_domain(check, &list->names, item);
			break;
		case LIST_NAMES:
			rule_names_add(
			    &list->names, check->set->pool, item->text);
			break;
		case LIST_NETWORKS:
			rule_compile_network(check, &list->networks, item);
			break;
		case LIST_WORDS:
			add_word(check, list->words, item, seen);
			break;
		case LIST_MEMBERS:
			break;
		}
	}
	text_map_free(&seen);
	rule_names_sort(&list->names);
}

size_t
rule_operand_items(
    const struct rule_operand *operand, const struct rule_token **items)
{
	*items = operand->list != NULL ? operand->list->items : operand->items;
	return operand->list != NULL ? operand->list->count : operand->count;
}

static void
compile_needles(const struct rule_check *check, struct rule_test *test,
    enum rule_needle how)
{
	struct rule_matcher *matcher =
	    rule_matcher_new(&check->set->matchers, check->set->pool);
	struct text_map *seen = text_map_new();
	const struct rule_token *items;
	size_t count = rule_operand_items(&test->operand, &items);

	for (size_t i = 0; i < count; i++) {
		if (items[i].kind == TOKEN_REGEX)
			rule_error(check->errors, items[i].place,
			    "expected a text; a regular expression stands "
			    "behind \"matches\"");
		else if (how == NEEDLE_WORD)
			add_word(check, matcher, &items[i], seen);
		else
			add_needle(check, matcher, &items[i], how);
	}
	text_map_free(&seen);
	test->operand.matcher = matcher;
}

static void
compile_regexes(const struct rule_check *check, struct rule_test *test)
{
	struct rule_matcher *matcher =
	    rule_matcher_new(&check->set->matchers, check->set->pool);

	for (size_t i = 0; i < test->operand.count; i++) {
		const struct rule_token *item = &test->operand.items[i];
		struct rule_place place = item->place;
		struct err err;
		size_t offset = 0;

		if (item->kind != TOKEN_REGEX) {
			/* What began with "*" was meant for file names. */
			rule_error(check->errors, place,
			    "expected a regular expression such as /%.*s/%s",
			    SPAN_ARGS(span_starts(item->text, SPAN("*"))
				    ? SPAN("\\.exe$")
				    : item->text),
			    span_starts(item->text, SPAN("*"))
				? "; the end alone is \"ends with .exe\""
				: "");
			continue;
		}
		if (rule_matcher_add_regex(matcher, item->text,
			item->regex_flags, &offset, &err) < 0) {
			place.offset += 1 + offset;
			rule_error(check->errors, place,
			    "this regular expression is wrong here: %s",
			    err.text);
		}
	}
	test->operand.matcher = matcher;
}

/* All that may be written where nothing is nearly what was. */
static struct span
choices_advice(const struct rule_check *check, const char *const *choices)
{
	struct span all = SPAN("; write ");

	for (size_t i = 0; choices[i] != NULL; i++)
		all = pool_printf(check->errors->pool, "%.*s%s\"%s\"",
		    SPAN_ARGS(all),
		    i == 0			? ""
			: choices[i + 1] != NULL ? ", "
						: " or ",
		    choices[i]);
	return all;
}

static void
expected_value(
    const struct rule_check *check, const struct rule_token *regex)
{
	rule_error(check->errors, regex->place,
	    "expected a value; a regular expression stands behind "
	    "\"matches\"");
}

static void
compile_choices(const struct rule_check *check, struct rule_test *test,
    const char *const *choices)
{
	struct rule_operand *operand = &test->operand;

	for (size_t i = 0; i < operand->count; i++) {
		int index = rule_word_index(choices, operand->items[i].text);
		struct rule_suggestion suggestion;

		if (operand->items[i].kind == TOKEN_REGEX) {
			expected_value(check, &operand->items[i]);
			continue;
		}
		if (index >= 0) {
			operand->choices |= 1u << index;
			continue;
		}
		rule_suggestion_start(&suggestion, operand->items[i].text);
		for (size_t j = 0; choices[j] != NULL; j++)
			rule_suggestion_try(&suggestion, span_of(choices[j]));
		rule_error(check->errors, operand->items[i].place,
		    "\"%.*s\" is no value of \"%s\"%.*s",
		    SPAN_ARGS(operand->items[i].text), test->fact->phrase,
		    SPAN_ARGS(suggestion.best.len > 0
			    ? rule_suggestion_text(
				  &suggestion, check->errors->pool)
			    : choices_advice(check, choices)));
	}
}

/* A set of names from the items of the test, unless a list has one; of a list
 * of members their groups. */
static void
compile_names(const struct rule_check *check, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	struct rule_names *names;

	if (operand->list != NULL && operand->list->kind == LIST_MEMBERS) {
		operand->groups = &operand->list->groups;
		return;
	}
	if (operand->list != NULL) {
		operand->names = &operand->list->names;
		return;
	}
	names = pool_alloc(check->set->pool, sizeof(*names));
	for (size_t i = 0; i < operand->count; i++) {
		const struct rule_token *item = &operand->items[i];

		if (item->kind == TOKEN_REGEX)
			expected_value(check, item);
		else if (test->fact->type == TYPE_ADDRESS)
			rule_compile_address(check, names, item);
		else if (test->fact->id == FACT_HELO)
			compile_helo(check, names, item);
		else if (test->fact->type == TYPE_DOMAIN)
			rule_compile_domain(check, names, item);
		else
			rule_names_add(names, check->set->pool, item->text);
	}
	rule_names_sort(names);
	operand->names = names;
}

static void
compile_networks(const struct rule_check *check, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	struct rule_networks *networks;

	if (operand->list != NULL) {
		operand->networks = &operand->list->networks;
		return;
	}
	networks = pool_alloc(check->set->pool, sizeof(*networks));
	for (size_t i = 0; i < operand->count; i++)
		rule_compile_network(check, networks, &operand->items[i]);
	operand->networks = networks;
}

/* Whether a message is one of some types, a few of which its parts tell. */
static void
compile_message_types(const struct rule_check *check, struct rule_test *test)
{
	compile_choices(check, test, message_type_names);
	if ((test->operand.choices & (1u << MESSAGE_CALENDAR)) == 0)
		return;
	test->stage = RULE_STAGE_END;
	test->needs |= RULE_NEEDS_BODY | RULE_NEEDS_CONTENT;
}

/* "is" and "in", by the type of the fact. */
static void
compile_equality(const struct rule_check *check, struct rule_test *test)
{
	switch (test->fact->type) {
	case TYPE_ADDRESS:
	case TYPE_DOMAIN:
	case TYPE_NAME:
	case TYPE_FILE_TYPE:
	case TYPE_DATE:
		compile_names(check, test);
		break;
	case TYPE_NETWORK:
		compile_networks(check, test);
		break;
	case TYPE_TEXT:
		compile_needles(check, test, NEEDLE_WHOLE);
		break;
	case TYPE_ROLE:
		compile_choices(check, test, rule_roles);
		break;
	case TYPE_DIRECTION:
		compile_choices(check, test, rule_directions);
		break;
	case TYPE_STATE:
		compile_choices(check, test, rule_states);
		break;
	case TYPE_WEEKDAY:
		compile_choices(check, test, rule_weekdays);
		break;
	case TYPE_MESSAGE:
		compile_message_types(check, test);
		break;
	case TYPE_LONG_TEXT:
	case TYPE_SIZE:
	case TYPE_CERTIFICATE:
	case TYPE_TIME:
		break; /* rule_type_allows has refused it */
	}
}

static void
compile_words(const struct rule_check *check, struct rule_test *test)
{
	struct rule_operand *operand = &test->operand;
	size_t count;

	if (operand->list != NULL)
		operand->matcher = operand->list->words;
	else
		compile_needles(check, test, NEEDLE_WORD);
	count = rule_matcher_count(operand->matcher);
	if (!test->distinct || test->at_least <= count)
		return;
	/* A list, from a file perhaps, is data: it may become short, or empty,
	 * and the other rules must go on working.  The report says so. */
	if (operand->list != NULL)
		operand->list->too_short = true;
	else
		rule_error(check->errors, operand->items[0].place,
		    "there %s only %zu word%s here, so \"at least %zu "
		    "distinct\" is never true; leave out \"distinct\" to "
		    "count each find",
		    count == 1 ? "is" : "are", count, count == 1 ? "" : "s",
		    test->at_least);
}

/* True if nothing more is to be compiled, for TEST compares with a column, a
 * table or a schedule, or what it names has been reported. */
static bool
compile_named(const struct rule_check *check, struct rule_test *test,
    struct rule_place place)
{
	if (test->operand.cell != NULL) {
		rule_compile_cell(check, test);
		return true;
	}
	if (test->fact->type == TYPE_TIME && rule_compile_time(check, test))
		return true;
	if (test->operand.count > 0 &&
	    rule_resolve_list(check, test, place) < 0)
		return true;
	if (test->fact->type == TYPE_DATE || test->fact->type == TYPE_WEEKDAY)
		(void)rule_compile_time(check, test);
	return test->operand.table != NULL;
}

void
rule_compile_test(const struct rule_check *check, struct rule_test *test,
    struct rule_place place)
{
	test->stage = test->fact->stage;
	test->needs = test->fact->needs;
	if (test->cell != NULL && rule_check_cell(check, test->cell) < 0)
		return;
	if (rule_fact_is_header(test->fact->id) &&
	    header_name_check(test->header) < 0)
		rule_error(check->errors, place,
		    "\"%.*s\" cannot be the name of a header: one has "
		    "no colon and no blanks",
		    SPAN_ARGS(test->header));
	if (test->operand.is_words && test->verb != VERB_HAS_WORDS) {
		rule_error(check->errors, test->operand.items[0].place,
		    "words are looked for with \"has words { ... }\"");
		return;
	}
	if (rule_compile_directory(check, test, place))
		return;
	if (test->near != NULL &&
	    rule_resolve_list(check, test->near, place) == 0)
		compile_words(check, test->near);
	if (compile_named(check, test, place))
		return;
	rule_check_values(check, test);
	switch (test->verb) {
	case VERB_IS:
	case VERB_IN:
		compile_equality(check, test);
		break;
	case VERB_CONTAINS:
		compile_needles(check, test, NEEDLE_ANYWHERE);
		break;
	case VERB_STARTS_WITH:
		compile_needles(check, test, NEEDLE_AT_START);
		break;
	case VERB_ENDS_WITH:
		compile_needles(check, test, NEEDLE_AT_END);
		break;
	case VERB_MATCHES:
		compile_regexes(check, test);
		break;
	case VERB_HAS_WORDS:
		compile_words(check, test);
		break;
	case VERB_HAS_DETECTOR: /* has nothing to compile but NEAR */
	case VERB_OVER:
	case VERB_UNDER:
	case VERB_FROM:
	case VERB_EXISTS:
	case VERB_IS_EMPTY:
	case VERB_IS_INTERNAL:
	case VERB_IS_EXTERNAL:
	case VERB_IS_VERIFIED:
		break;
	}
}
