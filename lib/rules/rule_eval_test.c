/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One test of one fact.
 */
#include "formats/address.h"
#include "formats/message_type.h"
#include "rules/rule_deadline.h"
#include "rules/rule_eval.h"
#include "rules/rule_eval_table.h"
#include "rules/rule_file_type.h"
#include "rules/rule_texts.h"
#include "rules/rule_time.h"
#include "rules/rule_values.h"

static enum rule_value
value_of(bool truth)
{
	return truth ? RULE_TRUE : RULE_FALSE;
}

enum rule_value
rule_not(enum rule_value value)
{
	switch (value) {
	case RULE_FALSE:
		return RULE_TRUE;
	case RULE_TRUE:
		return RULE_FALSE;
	case RULE_FAILED:
	case RULE_NOT_YET:
		break;
	}
	return value;
}

static bool
address_in(struct rule_eval *eval, const struct rule_names *names,
    struct span text)
{
	struct address address;
	struct err err;

	if (text.len == 0 || address_parse(text, &address, &err) < 0)
		return false;
	return rule_names_have(
	    names, address_key(eval->facts->temporary, &address));
}

static bool
file_type_in(const struct rule_names *names, struct span type)
{
	for (size_t i = 0; i < names->count; i++)
		if (rule_file_type_is(type, names->items[i]))
			return true;
	return false;
}

static void
set_file_type_fault(struct rule_eval *eval)
{
	static const char what[] =
	    "the type of an attachment could not be told";

	if (eval->facts->file_type_fault == NULL) {
		(void)err_set(&eval->fault, ERR_SYSTEM, "%s", what);
		return;
	}
	eval->fault = *eval->facts->file_type_fault;
	(void)err_context(&eval->fault, "%s", what);
}

/* Values against a set of names. */
static enum rule_value
test_names(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values)
{
	const struct rule_names *names = test->operand.names;

	for (size_t i = 0; i < values->count; i++) {
		struct span value = values->items[i];
		bool found = false;

		switch (test->fact->type) {
		case TYPE_ADDRESS:
			found = address_in(eval, names, value);
			break;
		case TYPE_DOMAIN:
			found = rule_names_have_domain(names, value);
			break;
		case TYPE_FILE_TYPE:
			if (value.ptr == NULL) {
				set_file_type_fault(eval);
				return RULE_FAILED;
			}
			found = file_type_in(names, value);
			break;
		case TYPE_NAME:
		case TYPE_NETWORK:
		case TYPE_TEXT:
		case TYPE_LONG_TEXT:
		case TYPE_SIZE:
		case TYPE_ROLE:
		case TYPE_DIRECTION:
		case TYPE_CERTIFICATE:
		case TYPE_STATE:
		case TYPE_TIME:
		case TYPE_DATE:
		case TYPE_WEEKDAY:
		case TYPE_MESSAGE:
			found = rule_names_have(names, value);
			break;
		}
		if (found)
			return RULE_TRUE;
	}
	return RULE_FALSE;
}

static bool
any_value(const struct rule_values *values)
{
	for (size_t i = 0; i < values->count; i++)
		if (values->items[i].len > 0)
			return true;
	return false;
}

/* True if VALUE, an address or a domain, is internal. */
static bool
is_internal(
    const struct rule_facts *facts, enum rule_type type, struct span value)
{
	struct address address;
	struct err err;

	if (type == TYPE_DOMAIN)
		return rule_is_internal(facts, SPAN(""), value);
	/* What cannot be read is not ours. */
	return address_parse(value, &address, &err) == 0 &&
	    rule_is_internal(facts, address.local, address.domain);
}

static enum rule_value
test_internal(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values)
{
	bool internal = test->verb == VERB_IS_INTERNAL;

	if (test->fact->scope == SCOPE_RECIPIENT &&
	    test->fact->id != FACT_MANAGER)
		return value_of(rule_recipient_on(eval->facts,
		    (size_t)eval->recipient,
		    internal ? SIDE_INTERNAL : SIDE_EXTERNAL));
	for (size_t i = 0; i < values->count; i++)
		/* The null sender is on neither side. */
		if (values->items[i].len > 0 &&
		    is_internal(eval->facts, test->fact->type,
			values->items[i]) == internal)
			return RULE_TRUE;
	return RULE_FALSE;
}

static unsigned
state_bits(const struct part *part)
{
	unsigned bits = 0;

	for (size_t i = 0; rule_states[i] != NULL; i++)
		if (part->flags & rule_state_flags[i])
			bits |= 1u << i;
	return bits;
}

enum rule_direction
rule_direction_of(const struct rule_eval *eval)
{
	if (rule_recipient_on(
		eval->facts, (size_t)eval->recipient, SIDE_EXTERNAL))
		return DIRECTION_OUTBOUND;
	return eval->facts->connection->role == ROLE_INBOUND
	    ? DIRECTION_INBOUND
	    : DIRECTION_INTERNAL;
}

unsigned
rule_message_types(const struct rule_eval *eval)
{
	struct rule_facts *facts = eval->facts;
	unsigned bits;

	if (facts->message_types == NULL) {
		unsigned *types = pool_alloc(facts->pool, sizeof(*types));

		*types = message_types(
		    &facts->message->headers, facts->temporary);
		facts->message_types = types;
	}
	bits = *facts->message_types;
	if (facts->stage == RULE_STAGE_END && facts->content != NULL)
		bits |= message_types_of_parts(facts->content);
	return bits;
}

/* True if PART lies in an attachment, which is then an embedded message. */
static bool
in_attachment(const struct content_facts *content, const struct part *part)
{
	for (int i = part->parent; i != PART_NO_PARENT;
	    i = content->parts[i].parent)
		if (content->parts[i].is_attachment)
			return true;
	return false;
}

static uint64_t
total_size(const struct content_facts *content)
{
	uint64_t total = 0;

	for (size_t i = 0; i < content->part_count; i++) {
		const struct part *part = &content->parts[i];

		/* An embedded message has no bytes but those of its parts. */
		if (part->is_attachment || in_attachment(content, part))
			total += part->decoded_size;
	}
	return total;
}

/* Facts with a few values, each a bit. */
static bool
test_choice(const struct rule_eval *eval, const struct rule_test *test)
{
	unsigned bits = 0;

	if (test->fact->id == FACT_LISTENER_ROLE)
		bits = 1u << eval->facts->connection->role;
	else if (test->fact->id == FACT_DIRECTION)
		bits = 1u << rule_direction_of(eval);
	else if (test->fact->id == FACT_ATTACHMENT_STATE)
		bits = state_bits(eval->attachment);
	else if (test->fact->id == FACT_MESSAGE_TYPE)
		bits = rule_message_types(eval);
	return (bits & test->operand.choices) != 0;
}

uint64_t
rule_size_of(const struct rule_eval *eval, enum rule_fact_id fact)
{
	switch (fact) {
	case FACT_ATTACHMENT_SIZE:
		return eval->attachment->decoded_size;
	case FACT_TOTAL_SIZE:
		return total_size(eval->facts->content);
	default:
		return message_size(eval->facts->message);
	}
}

static bool
test_size(const struct rule_eval *eval, const struct rule_test *test)
{
	uint64_t size = rule_size_of(eval, test->fact->id);

	return test->verb == VERB_OVER ? size > test->operand.size
				       : size < test->operand.size;
}

static enum rule_value
test_equality(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values)
{
	switch (test->fact->type) {
	case TYPE_ROLE:
	case TYPE_DIRECTION:
	case TYPE_STATE:
	case TYPE_MESSAGE:
		return value_of(test_choice(eval, test));
	case TYPE_TIME:
	case TYPE_WEEKDAY:
		return value_of(rule_test_time(eval->facts, test));
	case TYPE_NETWORK:
		return value_of(rule_networks_have(test->operand.networks,
		    &eval->facts->connection->client));
	case TYPE_TEXT:
		return rule_evaluate_search(eval, test, values);
	case TYPE_ADDRESS:
	case TYPE_DOMAIN:
	case TYPE_NAME:
	case TYPE_FILE_TYPE:
	case TYPE_LONG_TEXT:
	case TYPE_SIZE:
	case TYPE_CERTIFICATE:
	case TYPE_DATE:
		break;
	}
	return test_names(eval, test, values);
}

enum rule_value
rule_evaluate_values(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values)
{
	if (test->operand.cell != NULL)
		return rule_evaluate_cell(eval, test, values);
	if (test->operand.table != NULL)
		return value_of(
		    rule_rows_find(eval, test->operand.table, values).count >
		    0);
	switch (test->verb) {
	case VERB_IS:
	case VERB_IN:
		return test_equality(eval, test, values);
	case VERB_CONTAINS:
	case VERB_MATCHES:
	case VERB_STARTS_WITH:
	case VERB_ENDS_WITH:
	case VERB_HAS_WORDS:
	case VERB_HAS_DETECTOR:
		return rule_evaluate_search(eval, test, values);
	case VERB_OVER:
	case VERB_UNDER:
		return value_of(test_size(eval, test));
	case VERB_FROM:
		return value_of(rule_test_time(eval->facts, test));
	case VERB_EXISTS:
		/* An empty header is there all the same. */
		return value_of(test->fact->stage == RULE_STAGE_HEADERS
			? values->count > 0
			: any_value(values));
	case VERB_IS_EMPTY:
		return value_of(!any_value(values));
	case VERB_IS_INTERNAL:
	case VERB_IS_EXTERNAL:
		return test_internal(eval, test, values);
	case VERB_IS_VERIFIED:
		return value_of(eval->facts->connection->tls.client_verified);
	}
	return RULE_FAILED;
}

/* The value of TEST, without its negation, of a fact that is known. */
static enum rule_value
evaluate_known(struct rule_eval *eval, const struct rule_test *test)
{
	struct rule_values values;

	rule_values_get(eval, test, &values);
	return rule_evaluate_values(eval, test, &values);
}

/* True if something in ATTACHMENT was not read. */
static bool
has_unread(
    const struct content_facts *content, const struct part *attachment)
{
	for (size_t i = 0; i < content->part_count; i++)
		if ((content->parts[i].flags & PART_UNREAD) != 0 &&
		    rule_part_is_in(content, (int)i, attachment))
			return true;
	return false;
}

/* True if what TEST found may differ from what the recipient will see. */
static bool
is_doubtful(const struct rule_eval *eval, const struct rule_test *test)
{
	if (!eval->doubt)
		return false;
	if (test->fact->id == FACT_ATTACHMENT_TEXT)
		return has_unread(eval->facts->content, eval->attachment);
	if (test->fact->scope == SCOPE_MESSAGE &&
	    (test->needs & RULE_NEEDS_CONTENT) != 0)
		return eval->facts->content->unread > 0;
	/* What an archive's password hides, its type and name do not. */
	return test->fact->scope == SCOPE_ATTACHMENT &&
	    test->fact->id != FACT_ATTACHMENT_STATE &&
	    (eval->attachment->flags & PART_UNREAD & ~(unsigned)PART_ENCRYPTED)
	    != 0;
}

/* The value that VERB keeps whatever more content there is, which makes nothing
 * smaller and nothing empty. */
static enum rule_value
lasting_value(enum rule_verb verb)
{
	return value_of(verb != VERB_UNDER && verb != VERB_IS_EMPTY);
}

static void
add_evidence(const struct rule_eval *eval, const struct rule_test *test)
{
	const struct rule_fact *fact = test->fact;

	if (eval->evidence == NULL)
		return;
	if (eval->evidence->len > 0)
		(void)buf_append(eval->evidence, ", ", 2);
	(void)buf_printf(eval->evidence, "%s%s", fact->phrase,
	    test->operand.is_group ? " in group" : "");
	if (test->header.len > 0)
		(void)buf_printf(
		    eval->evidence, " %.*s", SPAN_ARGS(test->header));
	if (fact->scope == SCOPE_ATTACHMENT && eval->attachment != NULL &&
	    eval->attachment->name_count > 0)
		(void)buf_printf(eval->evidence, " in %.*s",
		    SPAN_ARGS(eval->attachment->names[0]));
	else if (fact->scope == SCOPE_HEADER && eval->header != NULL)
		(void)buf_printf(eval->evidence, " in %.*s",
		    SPAN_ARGS(eval->header->name));
}

static enum rule_value
evaluate_test(struct rule_eval *eval, const struct rule_test *test)
{
	enum rule_value value;

	if (eval->facts->stage < test->stage)
		return RULE_NOT_YET;
	/* What is known since RCPT costs too little to be given up. */
	if (test->stage >= RULE_STAGE_HEADERS &&
	    rule_deadline_check(eval->facts->deadline, &eval->fault) < 0)
		return RULE_FAILED;
	pool_reset(eval->facts->temporary);
	value = rule_test_asks(test) ? rule_evaluate_directory(eval, test)
				     : evaluate_known(eval, test);
	if (value == rule_not(lasting_value(test->verb)) &&
	    is_doubtful(eval, test))
		return RULE_NOT_YET;
	if (test->negated)
		value = rule_not(value);
	/* A detector's own evidence says how many it found. */
	if (value == RULE_TRUE &&
	    (test->verb != VERB_HAS_DETECTOR || test->negated))
		add_evidence(eval, test);
	return value;
}

enum rule_value
rule_evaluate_test(struct rule_eval *eval, const struct rule_test *test)
{
	enum rule_value value;
	struct err told;

	if (eval->fault.kind == ERR_NONE)
		return evaluate_test(eval, test);
	told = eval->fault;
	value = evaluate_test(eval, test);
	eval->fault = told;
	return value;
}
