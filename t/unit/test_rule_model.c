/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random rule sets over random messages, against an evaluator that knows all
 * facts at once and does what lumbar.rules(5) says in the plainest way.  The
 * outcome must be the same whatever the stage at which facts arrive, must not
 * depend on rules in audit mode, and must be the same with the index, which
 * leaves rules out, as under a trace, which visits all.
 */
#include "rules/rule_ast.h"
#include "rules/rule_people.h"
#include "rules/rule_run.h"
#include "rules/rule_trace.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/rule_world.h"
#include "t/unit/suite.h"

#include <string.h>

enum { ROUNDS = 3000, RULES_MAX = 8, NODES_MAX = 800 };

/* xorshift64: the same rules on every machine. */
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static unsigned
below(uint64_t *state, unsigned bound)
{
	return (unsigned)(next_random(state) % bound);
}

#define LENGTH(table) ((unsigned)(sizeof(table) / sizeof((table)[0])))

/* What content that was not read may do to a test. */
enum doubt {
	STEADY,
	MAY_BE_TRUE, /* what is false may be true */
	MAY_BE_FALSE,
};

/* Tests of the message: each of one variable or two that must both be so. */
static const struct {
	const char *text;
	enum variable variable, other;
	enum doubt doubt;
	bool negated;
} message_tests[] = {
	{ "login is alice", LOGIN, LOGIN, STEADY, false },
	{ "login in { bob alice }", LOGIN, LOGIN, STEADY, false },
	{ "login in owners", LOGIN, LOGIN, STEADY, false },
	{ "owners[login].mark is one", LOGIN, LOGIN, STEADY, false },
	{ "sender domain is here.example", SENDER, SENDER, STEADY, false },
	{ "sender domain in here", SENDER, SENDER, STEADY, false },
	{ "sender is A@here.example", SENDER, SENDER, STEADY, false },
	{ "sender is owners[login].owner", LOGIN, SENDER, STEADY, false },
	{ "header \"X-Mark\" exists", MARK, MARK, STEADY, false },
	{ "any header (name is X-Mark and value is one)", MARK, MARK,
	    STEADY, false },
	{ "header \"X-Mark\" is owners[login].mark",
	    LOGIN, MARK, STEADY, false },
	{ "header \"X-Slow\" matches /^(a+)+$/", SLOW, SLOW, STEADY, false },
	{ "from domain is from.example", FROM, FROM, STEADY, false },
	{ "header address \"From\" is x@from.example",
	    FROM, FROM, STEADY, false },
	{ "result \"spf\" is pass", SPF, SPF, STEADY, false },
	{ "hour from 8 to 18", HOUR, HOUR, STEADY, false },
	{ "weekday is friday", FRIDAY, FRIDAY, STEADY, false },
	{ "time in office", FRIDAY, HOUR, STEADY, false },
	{ "text has word secret", SECRET, SECRET, MAY_BE_TRUE, false },
	{ "content matches /s.cret/", SECRET, SECRET, MAY_BE_TRUE, false },
	{ "content has payment-card near word paid", CARD, CARD,
	    MAY_BE_TRUE, false },
	{ "content has payment-card at least 2 distinct", CARDS, CARDS,
	    MAY_BE_TRUE, false },
	{ "message is calendar", CALENDAR, CALENDAR, MAY_BE_TRUE, false },
	{ "charset is empty", NO_CHARSET, NO_CHARSET, MAY_BE_FALSE, false },
	{ "sender domain is not here.example", SENDER, SENDER, STEADY, true },
	{ "login not in owners", LOGIN, LOGIN, STEADY, true },
	{ "sender is not owners[login].owner", LOGIN, SENDER, STEADY, true },
	{ "text does not contain secret", SECRET, SECRET, MAY_BE_TRUE, true },
};

/* Tests of one recipient, and of one attachment. */
enum picked_test {
	IS_EXTERNAL,
	IS_FIRST,
	IN_GROUP,
	DEPARTMENT,
	COLUMN_DEPARTMENT,
	MANAGER,
	NAME,
	TYPE,
	TEXT,
	LOGIN_TOO,
};

struct picked_form {
	const char *text;
	enum picked_test test;
};

static const struct picked_form recipient_forms[] = {
	{ "domain is there.example", IS_EXTERNAL },
	{ "is external", IS_EXTERNAL },
	{ "direction is outbound", IS_EXTERNAL },
	{ "address is r0@example.com", IS_FIRST },
	{ "in group staff", IN_GROUP },
	{ "in staffers", IN_GROUP },
	{ "department is Sales", DEPARTMENT },
	{ "department in budgets", DEPARTMENT },
	{ "department is owners[login].department", COLUMN_DEPARTMENT },
	{ "manager of recipient is boss@example.com", MANAGER },
	{ "login is alice", LOGIN_TOO },
};

static const struct picked_form attachment_forms[] = {
	{ "name ends with .exe", NAME },
	{ "type is executable", TYPE },
	{ "text has word marked", TEXT },
	{ "login is alice", LOGIN_TOO },
};

/* Beside UNKNOWN, which is for a fault, what is so for content that was not
 * read.  Both are bits: what hangs on two unknowns has the reasons of both. */
static const enum value unread_value = (enum value)4;

struct node {
	enum { LEAF, AND, OR, NOT, RECIPIENTS, ATTACHMENTS, PICKED } kind;
	unsigned test; /* LEAF: of message_tests; PICKED: of the forms */
	struct node *left, *right;
	/* RECIPIENTS, ATTACHMENTS: LEFT for how many of them. */
	enum rule_quantity quantity;
	enum rule_side side;
};

struct model_rule {
	struct node *when, *except; /* EXCEPT may be NULL */
	enum rule_mode mode;
	enum rule_failure on_failure;
	bool unread_as_match;
	unsigned action, clause;
};

/* Each with whether it ends the evaluation. */
static const struct {
	const char *text;
	bool ends;
} actions[] = {
	{ "reject", true }, { "tempfail", true }, { "discard", true },
	{ "stop", true }, { "hold", false },
	{ "add header \"X\" \"y\"", false },
	{ "hold add header \"X\" \"y\"", false },
};

/* When a rule is in force. */
static const char *const clauses[] = { "", "", "until 2027-06-30",
	"until 2026-12-31", "during office" };
enum { EXPIRED = 3, DURING_OFFICE = 4 };

struct model {
	uint64_t random;
	struct node nodes[NODES_MAX];
	size_t node_count;
	struct model_rule rules[RULES_MAX];
	unsigned rule_count;
	struct world world;
};

static struct node *
new_node(struct model *model)
{
	struct node *node = &model->nodes[model->node_count++];

	ck_assert_uint_le(model->node_count, NODES_MAX);
	*node = (struct node){ .kind = LEAF };
	return node;
}

/* A condition of one recipient or attachment. */
static struct node *
random_picked(struct model *model, unsigned forms, unsigned depth)
{
	struct node *node = new_node(model);

	node->kind = PICKED;
	node->test = below(&model->random, forms);
	if (depth == 0 || below(&model->random, 2) == 0)
		return node;
	node->kind = (unsigned)AND + below(&model->random, 3);
	node->left = random_picked(model, forms, depth - 1);
	if (node->kind != NOT)
		node->right = random_picked(model, forms, depth - 1);
	return node;
}

static struct node *
random_node(struct model *model, unsigned depth)
{
	struct node *node = new_node(model);
	unsigned choice = below(&model->random, 8);

	node->test = below(&model->random, LENGTH(message_tests));
	if (choice < 2) {
		node->kind = choice == 0 ? RECIPIENTS : ATTACHMENTS;
		node->quantity =
		    (enum rule_quantity)below(&model->random, 4);
		if (node->kind == RECIPIENTS)
			node->side =
			    (enum rule_side)below(&model->random, 3);
		node->left = random_picked(model,
		    node->kind == RECIPIENTS ? LENGTH(recipient_forms)
					     : LENGTH(attachment_forms),
		    1);
		return node;
	}
	if (depth == 0 || choice < 4)
		return node;
	node->kind = (unsigned)AND + below(&model->random, 3);
	node->left = random_node(model, depth - 1);
	if (node->kind != NOT)
		node->right = random_node(model, depth - 1);
	return node;
}

static enum value
random_value(struct model *model)
{
	if (below(&model->random, 5) == 0)
		return UNKNOWN;
	return (enum value)below(&model->random, 2);
}

static void
random_world(struct model *model)
{
	struct world *world = &model->world;
	uint64_t *random = &model->random;

	*world = (struct world){ .unread = below(random, 2) == 0 };
	for (unsigned i = 0; i < VARIABLES; i++)
		world->variables[i] = (enum value)below(random, 2);
	if (world->variables[SLOW] == YES)
		world->variables[SLOW] = UNKNOWN;
	world->recipient_count = 1 + below(random, RECIPIENTS_MAX);
	for (unsigned i = 0; i < world->recipient_count; i++)
		world->recipients[i] = (struct world_recipient){
			.external = below(random, 2) == 0,
			.refused = below(random, 5) == 0,
			.group = random_value(model),
			.department = random_value(model),
			.manager = random_value(model),
		};
	world->attachment_count = below(random, ATTACHMENTS_MAX);
	for (unsigned i = 0; i < world->attachment_count; i++)
		world->attachments[i] = (struct world_attachment){
			.program = below(random, 2) == 0,
			.marked = below(random, 2) == 0,
			.executable = random_value(model),
		};
	if (world->unread)
		world->attachments[world->attachment_count++] =
		    (struct world_attachment){ .unread = true };
}

static void
random_model(struct model *model)
{
	model->node_count = 0;
	model->rule_count = 1 + below(&model->random, RULES_MAX);
	for (unsigned i = 0; i < model->rule_count; i++) {
		struct model_rule *rule = &model->rules[i];

		rule->when = random_node(model, 3);
		rule->except = below(&model->random, 2) == 0
		    ? random_node(model, 2)
		    : NULL;
		rule->mode = (enum rule_mode)below(&model->random, 3);
		if (below(&model->random, 2) == 0)
			rule->mode = MODE_ENFORCE;
		rule->on_failure =
		    (enum rule_failure)below(&model->random, 3);
		rule->unread_as_match = below(&model->random, 2) == 0;
		rule->action = below(&model->random, LENGTH(actions));
		rule->clause = below(&model->random, LENGTH(clauses));
	}
	random_world(model);
}

static void write_node(const struct node *node,
    const struct picked_form *forms, struct buf *text);

static void
write_quantifier(const struct node *node, struct buf *text)
{
	static const char *const quantities[] = { "any", "every", "no",
		"at least 2" };
	static const char *const sides[] = { "", " external", " internal" };
	bool recipients = node->kind == RECIPIENTS;

	(void)buf_printf(text, "%s%s %s%s (", quantities[node->quantity],
	    sides[node->side], recipients ? "recipient" : "attachment",
	    node->quantity == QUANTITY_AT_LEAST ? "s" : "");
	write_node(node->left,
	    recipients ? recipient_forms : attachment_forms, text);
	(void)buf_printf(text, ")");
}

/* FORMS: what PICKED nodes are of. */
static void
write_node(const struct node *node, const struct picked_form *forms,
    struct buf *text)
{
	switch (node->kind) {
	case LEAF:
		(void)buf_printf(text, "%s", message_tests[node->test].text);
		break;
	case PICKED:
		(void)buf_printf(text, "%s", forms[node->test].text);
		break;
	case RECIPIENTS:
	case ATTACHMENTS:
		write_quantifier(node, text);
		break;
	case NOT:
		(void)buf_printf(text, "not (");
		write_node(node->left, forms, text);
		(void)buf_printf(text, ")");
		break;
	case AND:
	case OR:
		(void)buf_printf(text, "(");
		write_node(node->left, forms, text);
		(void)buf_printf(
		    text, "%s", node->kind == AND ? " and " : " or ");
		write_node(node->right, forms, text);
		(void)buf_printf(text, ")");
		break;
	}
}

static void
write_rules(const struct model *model, bool audits, struct buf *text)
{
	(void)buf_printf(text, "%s", world_rules);
	for (unsigned i = 0; i < model->rule_count; i++) {
		const struct model_rule *rule = &model->rules[i];

		if (rule->mode == MODE_AUDIT && !audits)
			continue;
		(void)buf_printf(text, "rule r%u { when ", i);
		write_node(rule->when, NULL, text);
		if (rule->except != NULL) {
			(void)buf_printf(text, " except ");
			write_node(rule->except, NULL, text);
		}
		(void)buf_printf(text,
		    " then %s mode %s on failure %s %s %s }\n",
		    actions[rule->action].text, rule_modes[rule->mode],
		    rule_failures[rule->on_failure],
		    rule->unread_as_match ? "unread counts as match" : "",
		    clauses[rule->clause]);
	}
}

static enum value
and(enum value a, enum value b)
{
	unsigned both = (unsigned)a | (unsigned)b;

	if (a == NO || b == NO)
		return NO;
	return both == YES ? YES : (enum value)(both & ~(unsigned)YES);
}

static enum value
not(enum value value)
{
	return value > YES ? value : value == YES ? NO : YES;
}

static enum value
or(enum value a, enum value b)
{
	return not(and(not(a), not(b)));
}

/* Who is elsewhere is not asked about. */
static enum value
said(const struct world_recipient *recipient, enum value value)
{
	return recipient->external ? NO : value;
}

/* A test of the recipient or attachment of INDEX.  DOUBT as in evaluate. */
static enum value
evaluate_picked(const struct world *world, enum picked_test test,
    unsigned index, bool doubt)
{
	const struct world_recipient *recipient = &world->recipients[index];
	const struct world_attachment *attachment = &world->attachments[index];
	enum value login = world->variables[LOGIN], value;

	switch (test) {
	case IS_EXTERNAL:
		return recipient->external ? YES : NO;
	case IS_FIRST:
		return index == 0 && !recipient->external ? YES : NO;
	case IN_GROUP:
		return said(recipient, recipient->group);
	case DEPARTMENT:
		return said(recipient, recipient->department);
	case COLUMN_DEPARTMENT:
		/* It is asked whatever the column has. */
		value = said(recipient, recipient->department);
		return value == UNKNOWN ? UNKNOWN : and(value, login);
	case MANAGER:
		return said(recipient, recipient->manager);
	case NAME:
		return attachment->program ? YES : NO;
	case TYPE:
		return attachment->executable;
	case TEXT:
		if (attachment->unread && doubt)
			return unread_value;
		return attachment->marked && !attachment->unread ? YES : NO;
	case LOGIN_TOO:
		return login;
	}
	return UNKNOWN;
}

/* NODE of the recipient or attachment of INDEX. */
static enum value
evaluate_inner(const struct world *world, const struct node *node,
    const struct picked_form *forms, unsigned index, bool doubt)
{
	enum value left, right;

	if (node->kind == PICKED)
		return evaluate_picked(
		    world, forms[node->test].test, index, doubt);
	left = evaluate_inner(world, node->left, forms, index, doubt);
	if (node->kind == NOT)
		return not(left);
	right = evaluate_inner(world, node->right, forms, index, doubt);
	return node->kind == AND ? and(left, right) : or(left, right);
}

/* COUNTS: of no, yes and unknown, the last for the reasons in UNKNOWNS.
 * HIDDEN: there may be any number more. */
static enum value
evaluate_quantity(enum rule_quantity quantity, const unsigned *counts,
    enum value unknowns, bool hidden)
{
	unsigned wanted = quantity == QUANTITY_AT_LEAST ? 2 : 1;
	enum value enough = counts[YES] >= wanted ? YES
	    : hidden || counts[YES] + counts[UNKNOWN] >= wanted ? unknowns
								: NO;

	if (quantity == QUANTITY_NO)
		return not(enough);
	if (quantity != QUANTITY_EVERY)
		return enough;
	if (counts[NO] > 0)
		return NO;
	if (hidden || counts[UNKNOWN] > 0)
		return unknowns;
	return counts[YES] > 0 ? YES : NO;
}

static enum value
evaluate_quantifier(
    const struct world *world, const struct node *node, bool doubt)
{
	bool recipients = node->kind == RECIPIENTS;
	unsigned count =
	    recipients ? world->recipient_count : world->attachment_count;
	bool hidden = !recipients && doubt && world->unread;
	enum value unknowns = hidden ? unread_value : YES;
	unsigned counts[3] = { 0 };

	for (unsigned i = 0; i < count; i++) {
		const struct world_recipient *recipient =
		    &world->recipients[i];
		enum value value;

		if (recipients &&
		    (recipient->refused ||
			(node->side == SIDE_EXTERNAL &&
			    !recipient->external) ||
			(node->side == SIDE_INTERNAL &&
			    recipient->external)))
			continue;
		value = evaluate_inner(world, node->left,
		    recipients ? recipient_forms : attachment_forms, i,
		    doubt);
		counts[value > YES ? UNKNOWN : value]++;
		if (value > YES)
			unknowns = and(unknowns, value);
	}
	return evaluate_quantity(node->quantity, counts, unknowns, hidden);
}

/* DOUBT: what was not found may be in what was not read. */
static enum value
evaluate(const struct world *world, const struct node *node, bool doubt)
{
	enum value value = UNKNOWN;

	switch (node->kind) {
	case LEAF:
		value = and(world->variables[message_tests[node->test].variable],
		    world->variables[message_tests[node->test].other]);
		if (doubt && world->unread &&
		    ((message_tests[node->test].doubt == MAY_BE_TRUE &&
			 value == NO) ||
			(message_tests[node->test].doubt == MAY_BE_FALSE &&
			    value == YES)))
			value = unread_value;
		if (message_tests[node->test].negated)
			value = not(value);
		break;
	case PICKED:
		break; /* evaluate_inner has it */
	case RECIPIENTS:
	case ATTACHMENTS:
		value = evaluate_quantifier(world, node, doubt);
		break;
	case NOT:
		value = not(evaluate(world, node->left, doubt));
		break;
	case AND:
		value = and(evaluate(world, node->left, doubt),
		    evaluate(world, node->right, doubt));
		break;
	case OR:
		value = or(evaluate(world, node->left, doubt),
		    evaluate(world, node->right, doubt));
		break;
	}
	return value;
}

static enum value
evaluate_rule(
    const struct model *model, const struct model_rule *rule, bool doubt)
{
	const struct world *world = &model->world;
	enum value value = evaluate(world, rule->when, doubt);

	if (rule->clause == EXPIRED ||
	    (rule->clause == DURING_OFFICE &&
		and(world->variables[FRIDAY], world->variables[HOUR]) == NO))
		return NO;
	if (rule->except == NULL)
		return value;
	return and(value, not(evaluate(world, rule->except, doubt)));
}

/* What the rules in force do, as text: "r1 match,r2 fault,...". */
static void
run_model(const struct model *model, struct buf *out)
{
	for (unsigned i = 0; i < model->rule_count; i++) {
		const struct model_rule *rule = &model->rules[i];
		enum value value, possible;
		bool doubt;

		if (rule->mode != MODE_ENFORCE)
			continue;
		value = evaluate_rule(model, rule, false);
		possible = evaluate_rule(model, rule, true);
		doubt = model->world.unread && value != UNKNOWN &&
		    possible > YES;
		/* No fault makes a match, be the rest unread. */
		if (doubt && rule->unread_as_match)
			value = value == NO && possible != unread_value
			    ? UNKNOWN
			    : YES;
		else if (doubt)
			(void)buf_printf(out, "r%u unread,", i);
		if (value == YES)
			(void)buf_printf(out, "r%u match,", i);
		if (value == UNKNOWN)
			(void)buf_printf(out, "r%u fault,", i);
		if ((value == YES && actions[rule->action].ends) ||
		    (value == UNKNOWN && rule->on_failure != RULE_FAILURE_HOLD))
			return;
	}
}

static void
write_events(const struct rule_events *events, struct buf *out)
{
	static const char *const kinds[] = { "match", "unread", "fault" };

	for (size_t i = 0; i < events->count; i++)
		if (events->items[i].rule->mode == MODE_ENFORCE)
			(void)buf_printf(out, "%.*s %s,",
			    SPAN_ARGS(events->items[i].rule->id),
			    kinds[events->items[i].kind]);
}

/* How the real thing is asked. */
struct asking {
	bool audits; /* with the rules in audit mode */
	bool traced;
	enum rule_stage first; /* the stage from which on */
};

static void
run_real(const struct model *model, const struct rule_set *set,
    const struct asking *asking, struct buf *out)
{
	struct rule_events events = { 0 };
	struct rule_message m;
	struct rule_run *run;
	enum rule_progress progress = RULE_WAITS;

	world_message(&model->world, &m);
	run = rule_run_new(set, m.message.pool);
	m.facts.people = rule_people_new(m.message.pool);
	if (asking->traced)
		m.facts.trace = rule_trace_new(set, m.message.pool);
	for (unsigned stage = asking->first; stage <= RULE_STAGE_END;
	    stage++) {
		m.facts.stage = (enum rule_stage)stage;
		while ((progress = rule_run_message(run, &m.facts,
			    &events)) == RULE_ASKS)
			world_answer(&model->world, set, m.facts.people);
		if (!asking->audits)
			ck_assert_int_ne(progress, RULE_LISTENS);
	}
	ck_assert_int_eq(progress, RULE_DONE);
	write_events(&events, out);
	rule_people_free(&m.facts.people);
	rule_message_free(&m);
}

static void
check_run(const struct model *model, const struct asking *asking,
    const char *expected)
{
	const struct rule_files reader = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)world_files,
	};
	struct buf got, text, errors;
	struct rule_set *set;

	buf_init(&got, 1 << 16);
	buf_init(&text, 1 << 20);
	buf_init(&errors, 1 << 20);
	write_rules(model, asking->audits, &text);
	set = rule_set_new(SPAN("r"), buf_span(&text), &reader, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	set = rule_reprinted(set, &reader);
	run_real(model, set, asking, &got);
	ck_assert_msg(strcmp(buf_string(&got), expected) == 0,
	    "asked from stage %u on, %s\ndo <%s>, not <%s>",
	    (unsigned)asking->first, buf_string(&text), buf_string(&got),
	    expected);
	rule_set_free(&set);
	buf_free(&got);
	buf_free(&text);
	buf_free(&errors);
}

START_TEST(same_in_all_ways)
{
	static const struct asking ways[] = {
		{ true, false, RULE_STAGE_DATA },
		{ false, false, RULE_STAGE_DATA },
		{ true, false, RULE_STAGE_HEADERS },
		{ true, false, RULE_STAGE_END },
		{ true, true, RULE_STAGE_DATA },
	};
	struct model model = { .random = 20261122 };
	struct buf expected;
	size_t outcomes[3] = { 0 };

	buf_init(&expected, 1 << 16);
	for (int round = 0; round < ROUNDS; round++) {
		random_model(&model);
		buf_reset(&expected);
		run_model(&model, &expected);
		outcomes[0] += strstr(buf_string(&expected), "match") != NULL;
		outcomes[1] +=
		    strstr(buf_string(&expected), "unread") != NULL;
		outcomes[2] += strstr(buf_string(&expected), "fault") != NULL;
		for (unsigned i = 0; i < LENGTH(ways); i++)
			check_run(&model, &ways[i], buf_string(&expected));
	}
	/* Else there would be little to compare. */
	for (unsigned i = 0; i < LENGTH(outcomes); i++)
		ck_assert_uint_gt(outcomes[i], ROUNDS / 50);
	buf_free(&expected);
}
END_TEST

SUITE_MAIN("rule_model", same_in_all_ways)
