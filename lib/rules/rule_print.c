/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_print.h"

#include "rules/rule_time.h"

static void
print_span(struct span text, struct buf *out)
{
	(void)buf_append_span(out, text);
}

static void
print(const char *text, struct buf *out)
{
	print_span(span_of(text), out);
}

void
rule_print_string(struct span text, struct buf *out)
{
	(void)buf_append_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			(void)buf_append_char(out, '\\');
		(void)buf_append_char(out, text.ptr[i]);
	}
	(void)buf_append_char(out, '"');
}

static void
print_regex(const struct rule_token *token, struct buf *out)
{
	(void)buf_printf(out, "/%.*s/%s%s%s%s", SPAN_ARGS(token->text),
	    token->regex_flags & REGEX_CASELESS ? "i" : "",
	    token->regex_flags & REGEX_MULTILINE ? "m" : "",
	    token->regex_flags & REGEX_DOTALL ? "s" : "",
	    token->regex_flags & REGEX_EXTENDED ? "x" : "");
}

/* A value; as a string it is never taken for a word of the language. */
static void
print_item(const struct rule_token *token, struct buf *out)
{
	if (token->kind == TOKEN_REGEX)
		print_regex(token, out);
	else
		rule_print_string(token->text, out);
}

static void
print_items(const struct rule_token *items, size_t count, struct buf *out)
{
	print("{ ", out);
	for (size_t i = 0; i < count; i++) {
		print_item(&items[i], out);
		print(" ", out);
	}
	print("}", out);
}

static void
print_fact(const struct rule_test *test, struct buf *out)
{
	if (test->cell != NULL) {
		rule_print_cell(test->cell, out);
		return;
	}
	print(test->fact->phrase, out);
	if (rule_fact_is_named(test->fact->id)) {
		print(" ", out);
		rule_print_string(test->header, out);
	}
}

void
rule_print_cell(const struct rule_cell *cell, struct buf *out)
{
	print_span(cell->table_name, out);
	print("[", out);
	print_fact(cell->key, out);
	print("].", out);
	print_span(cell->column_name, out);
}

/* "manager of sender". */
static void
print_person(const struct rule_person_name *person, struct buf *out)
{
	static const char *const roles[] = {
		[PERSON_SENDER] = "sender",
		[PERSON_FROM] = "from",
		[PERSON_RECIPIENT] = "recipient",
	};

	for (unsigned i = 0; i < person->managers; i++)
		print("manager of ", out);
	print(roles[person->role], out);
}

static void
print_groups(const struct rule_operand *operand, struct buf *out)
{
	print("group ", out);
	print_items(operand->items, operand->count, out);
}

static void
print_operand(const struct rule_operand *operand, struct buf *out)
{
	print(" ", out);
	if (operand->cell != NULL)
		rule_print_cell(operand->cell, out);
	else if (operand->person != NULL)
		print_person(operand->person, out);
	else if (operand->is_group)
		print_groups(operand, out);
	else if (operand->list != NULL)
		print_span(operand->list->name, out);
	else if (operand->table != NULL)
		print_span(operand->table->name, out);
	else if (operand->schedule != NULL)
		print_span(operand->schedule->name, out);
	else if (operand->braced)
		print_items(operand->items, operand->count, out);
	else if (operand->count > 0)
		print_item(&operand->items[0], out);
}

/* from LOW to HIGH */
static void
print_range(const struct rule_test *test, struct buf *out)
{
	const struct rule_operand *operand = &test->operand;

	if (test->fact->type == TYPE_DATE) {
		rule_date_print(operand->low, out);
		print(" to ", out);
		rule_date_print(operand->high, out);
		return;
	}
	(void)buf_printf(out, "%02d:%02d to %02d:%02d", operand->low / 60,
	    operand->low % 60, operand->high / 60, operand->high % 60);
}

/* How each verb reads, plain and negated. */
static const struct {
	const char *plain, *negated;
} verbs[] = {
	[VERB_IS] = { "is", "is not" },
	[VERB_IN] = { "in", "not in" },
	[VERB_CONTAINS] = { "contains", "does not contain" },
	[VERB_MATCHES] = { "matches", "does not match" },
	[VERB_STARTS_WITH] = { "starts with", "does not start with" },
	[VERB_ENDS_WITH] = { "ends with", "does not end with" },
	[VERB_HAS_WORDS] = { "has word", "does not have word" },
	[VERB_HAS_DETECTOR] = { "has", "does not have" },
	[VERB_OVER] = { "over", "not over" },
	[VERB_UNDER] = { "under", "not under" },
	[VERB_FROM] = { "from", "not from" },
	[VERB_EXISTS] = { "exists", "does not exist" },
	[VERB_IS_EMPTY] = { "is empty", "is not empty" },
	[VERB_IS_INTERNAL] = { "is internal", "is not internal" },
	[VERB_IS_EXTERNAL] = { "is external", "is not external" },
	[VERB_IS_VERIFIED] = { "is verified", "is not verified" },
};

const char *
rule_print_verb(enum rule_verb verb)
{
	return verbs[verb].plain;
}

const char *
rule_print_negated_verb(enum rule_verb verb)
{
	return verbs[verb].negated;
}

/* How many finds are wanted, how sure and near which words. */
static void
print_finds(const struct rule_test *test, struct buf *out)
{
	if (test->at_least > 1 || test->distinct)
		(void)buf_printf(out, " at least %zu%s", test->at_least,
		    test->distinct ? " distinct" : "");
	if (test->verb == VERB_HAS_DETECTOR)
		(void)buf_printf(out, " with confidence %s",
		    detector_confidences[test->confidence]);
	if (test->near == NULL)
		return;
	(void)buf_printf(
	    out, " near word%s", test->near->operand.one_word ? "" : "s");
	print_operand(&test->near->operand, out);
	(void)buf_printf(out, " within %zu characters", test->within);
}

/* A test without its fact. */
static void
print_rest(const struct rule_test *test, struct buf *out)
{
	print(test->negated ? verbs[test->verb].negated
			    : verbs[test->verb].plain,
	    out);
	switch (test->verb) {
	case VERB_HAS_WORDS:
		if (!test->operand.one_word)
			print("s", out);
		print_operand(&test->operand, out);
		print_finds(test, out);
		break;
	case VERB_HAS_DETECTOR:
		(void)buf_printf(out, " %s", detector_names[test->detector]);
		print_finds(test, out);
		break;
	case VERB_OVER:
	case VERB_UNDER:
		(void)buf_printf(out, " %llu bytes",
		    (unsigned long long)test->operand.size);
		break;
	case VERB_FROM:
		print(" ", out);
		print_range(test, out);
		break;
	case VERB_CONTAINS:
	case VERB_MATCHES:
		print_operand(&test->operand, out);
		print_finds(test, out);
		break;
	case VERB_IS:
	case VERB_IN:
	case VERB_STARTS_WITH:
	case VERB_ENDS_WITH:
		print_operand(&test->operand, out);
		break;
	case VERB_EXISTS:
	case VERB_IS_EMPTY:
	case VERB_IS_INTERNAL:
	case VERB_IS_EXTERNAL:
	case VERB_IS_VERIFIED:
		break;
	}
}

static void
print_test(const struct rule_test *test, struct buf *out)
{
	print_fact(test, out);
	print(" ", out);
	print_rest(test, out);
}

/* True if FACT is what a test behind a noun speaks of without naming it. */
static bool
is_default(enum rule_fact_id id)
{
	return id == FACT_RECIPIENT || id == FACT_ATTACHMENT_STATE ||
	    id == FACT_HEADER_VALUE;
}

/* What is said of each: in the shortest form that reads back the same. */
static void
print_inner(const struct rule_quantifier *quantifier, struct buf *out)
{
	const struct rule_condition *inner = quantifier->inner;

	if (inner == NULL)
		return;
	print(" ", out);
	if (inner->kind != CONDITION_TEST || inner->test.cell != NULL ||
	    inner->test.fact->id == FACT_ATTRIBUTE ||
	    inner->test.fact->id == FACT_MANAGER ||
	    inner->test.fact->scope != rule_noun_scope(quantifier->noun)) {
		print("(", out);
		rule_print_condition(inner, out);
		print(")", out);
	} else if (is_default(inner->test.fact->id)) {
		print_rest(&inner->test, out);
	} else {
		print_test(&inner->test, out);
	}
}

static void
print_side(enum rule_side side, struct buf *out)
{
	if (side != SIDE_BOTH)
		print(side == SIDE_EXTERNAL ? "external " : "internal ", out);
}

static void
print_quantifier(const struct rule_quantifier *quantifier, struct buf *out)
{
	static const char *const quantities[] = {
		[QUANTITY_ANY] = "any ",
		[QUANTITY_EVERY] = "every ",
		[QUANTITY_NO] = "no ",
	};
	static const char *const nouns[] = {
		[NOUN_RECIPIENT] = "recipient",
		[NOUN_ATTACHMENT] = "attachment",
		[NOUN_HEADER] = "header",
	};

	if (quantifier->quantity == QUANTITY_AT_LEAST)
		(void)buf_printf(out, "at least %zu ", quantifier->at_least);
	else
		print(quantities[quantifier->quantity], out);
	print_side(quantifier->side, out);
	print(nouns[quantifier->noun], out);
	if (quantifier->quantity == QUANTITY_AT_LEAST)
		print("s", out);
	if (quantifier->header.len > 0) {
		print(" ", out);
		rule_print_string(quantifier->header, out);
	}
	print_inner(quantifier, out);
}

/* CHILD of a condition of KIND, in parentheses where it would not be read as
 * one without them.  In a scope "not not" is read as a verb. */
static void
print_child(const struct rule_condition *child,
    enum rule_condition_kind kind, struct buf *out)
{
	bool joined = child->child_count > 0 &&
	    (child->kind == CONDITION_OR ||
		(child->kind == CONDITION_AND && kind != CONDITION_OR) ||
		(child->kind == CONDITION_NOT && kind == CONDITION_NOT));

	if (joined)
		print("(", out);
	rule_print_condition(child, out);
	if (joined)
		print(")", out);
}

static void
print_joined(const struct rule_condition *condition, const char *word,
    struct buf *out)
{
	for (size_t i = 0; i < condition->child_count; i++) {
		if (i > 0)
			print(word, out);
		print_child(condition->children[i], condition->kind, out);
	}
}

void
rule_print_condition(const struct rule_condition *condition, struct buf *out)
{
	switch (condition->kind) {
	case CONDITION_BROKEN:
		break; /* a set with mistakes is never printed */
	case CONDITION_AND:
		if (condition->child_count == 0)
			print("always", out);
		print_joined(condition, " and ", out);
		break;
	case CONDITION_OR:
		print_joined(condition, " or ", out);
		break;
	case CONDITION_NOT:
		print("not ", out);
		print_child(condition->children[0], condition->kind, out);
		break;
	case CONDITION_TEST:
		print_test(&condition->test, out);
		break;
	case CONDITION_QUANTIFIER:
		print_quantifier(&condition->quantifier, out);
		break;
	case CONDITION_DEFINED:
		print_span(condition->defined.name, out);
		break;
	}
}

static void
print_reply(const struct rule_action *action, const char *word,
    struct buf *out)
{
	print(word, out);
	if (action->code != 0)
		(void)buf_printf(out, " %u", action->code);
	if (action->enhanced.len > 0)
		(void)buf_printf(
		    out, " %.*s", SPAN_ARGS(action->enhanced));
	if (action->text.len > 0) {
		print(" ", out);
		rule_print_string(action->text, out);
	}
}

static void
print_header_action(const struct rule_action *action, const char *word,
    bool value, struct buf *out)
{
	(void)buf_printf(out, "%s header ", word);
	rule_print_string(action->name, out);
	if (!value)
		return;
	print(" ", out);
	rule_print_string(action->value, out);
}

static void
print_target(const struct rule_action *action, const char *words,
    struct buf *out)
{
	print(words, out);
	if (action->cell != NULL)
		rule_print_cell(action->cell, out);
	else
		rule_print_string(action->value, out);
}

static void
print_remove_recipients(const struct rule_action *action, struct buf *out)
{
	print("remove ", out);
	if (action->value.len > 0) {
		print("recipient ", out);
		rule_print_string(action->value, out);
		return;
	}
	print_side(action->side, out);
	print("recipients", out);
	if (action->condition == NULL)
		return;
	print(" (", out);
	rule_print_condition(action->condition, out);
	print(")", out);
}

void
rule_print_action(const struct rule_action *action, struct buf *out)
{
	switch (action->kind) {
	case ACTION_REJECT:
		print_reply(action, "reject", out);
		break;
	case ACTION_TEMPFAIL:
		print_reply(action, "tempfail", out);
		break;
	case ACTION_DISCARD:
		print("discard", out);
		break;
	case ACTION_HOLD:
		print_reply(action, "hold", out);
		break;
	case ACTION_ADD_HEADER:
		print_header_action(action, "add", true, out);
		break;
	case ACTION_SET_HEADER:
		print_header_action(action, "set", true, out);
		break;
	case ACTION_REMOVE_HEADER:
		print_header_action(action, "remove", false, out);
		break;
	case ACTION_TAG_SUBJECT:
		print("tag subject ", out);
		rule_print_string(action->text, out);
		break;
	case ACTION_ADD_RECIPIENT:
		print_target(action, "add recipient ", out);
		break;
	case ACTION_REDIRECT:
		print_target(action, "redirect to ", out);
		break;
	case ACTION_REMOVE_RECIPIENTS:
		print_remove_recipients(action, out);
		break;
	case ACTION_DISCARD_IF_NONE:
		print("discard if none is left", out);
		break;
	case ACTION_STOP:
		print("stop", out);
		break;
	}
}
