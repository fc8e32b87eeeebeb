/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random rule sets over random messages, against an evaluator that knows all
 * facts at once and does what lumbar.rules(5) says in the plainest way.  The
 * outcome must be the same whatever the stage at which facts arrive, and must
 * not depend on rules in audit mode.
 */
#include "formats/rule_ast.h"
#include "formats/rule_people.h"
#include "formats/rule_run.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/suite.h"

#include <string.h>

enum { ROUNDS = 1000, RULES_MAX = 8, NODES_MAX = 400, ATOMS = 11 };

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

/* A fact that a message has or not, or that cannot be told. */
static const char *const atoms[ATOMS] = {
	"login is alice",
	"sender domain is here.example",
	"any recipient domain is there.example",
	"header \"X-Mark\" exists",
	"header \"X-Slow\" matches /^(a+)+$/",
	"text has word secret",
	"content has payment-card near word paid",
	"any attachment type is executable",
	"any recipient in group staff",
	"any internal recipient department is Sales",
	"any recipient (manager of recipient is boss@example.com)",
};
enum {
	ATOM_SLOW = 4,
	ATOM_SECRET = 5,
	ATOM_CARD = 6,
	ATOM_TYPE = 7,
	ATOM_GROUP = 8,
	ATOM_DEPARTMENT = 9,
	ATOM_MANAGER = 10,
};

enum value { NO, YES, UNKNOWN };

struct node {
	enum { LEAF, AND, OR, NOT } kind;
	unsigned atom;
	struct node *left, *right;
};

struct model_rule {
	struct node *when, *except; /* EXCEPT may be NULL */
	enum rule_mode mode;
	enum rule_failure on_failure;
	unsigned action;
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
enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

struct model {
	uint64_t random;
	struct node nodes[NODES_MAX];
	size_t node_count;
	struct model_rule rules[RULES_MAX];
	unsigned rule_count;
	enum value atoms[ATOMS];
	bool unread; /* part of the text was not read */
};

static struct node *
random_node(struct model *model, unsigned depth)
{
	struct node *node = &model->nodes[model->node_count++];

	node->kind = LEAF;
	node->atom = below(&model->random, ATOMS);
	if (depth == 0 || below(&model->random, 3) == 0)
		return node;
	node->kind = (unsigned)AND + below(&model->random, 3);
	node->left = random_node(model, depth - 1);
	if (node->kind != NOT)
		node->right = random_node(model, depth - 1);
	return node;
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
		rule->action = below(&model->random, ACTIONS);
	}
	for (unsigned i = 0; i < ATOMS; i++)
		model->atoms[i] = (enum value)below(&model->random, 2);
	if (model->atoms[ATOM_SLOW] == YES)
		model->atoms[ATOM_SLOW] = UNKNOWN;
	if (below(&model->random, 3) == 0)
		model->atoms[ATOM_TYPE] = UNKNOWN;
	for (unsigned i = ATOM_GROUP; i <= ATOM_MANAGER; i++)
		if (below(&model->random, 4) == 0)
			model->atoms[i] = UNKNOWN;
	model->unread = below(&model->random, 3) == 0;
}

static void
write_node(const struct node *node, struct buf *text)
{
	if (node->kind == LEAF) {
		(void)buf_printf(text, "%s", atoms[node->atom]);
		return;
	}
	(void)buf_printf(text, "%s", node->kind == NOT ? "not (" : "(");
	write_node(node->left, text);
	if (node->kind != NOT) {
		(void)buf_printf(
		    text, "%s", node->kind == AND ? ") and (" : ") or (");
		write_node(node->right, text);
	}
	(void)buf_printf(text, ")");
}

static void
write_rules(const struct model *model, bool audits, struct buf *text)
{
	(void)buf_printf(text, "unread content is held\n");
	for (unsigned i = 0; i < model->rule_count; i++) {
		const struct model_rule *rule = &model->rules[i];

		if (rule->mode == MODE_AUDIT && !audits)
			continue;
		(void)buf_printf(text, "rule r%u { when ", i);
		write_node(rule->when, text);
		if (rule->except != NULL) {
			(void)buf_printf(text, " except ");
			write_node(rule->except, text);
		}
		(void)buf_printf(text, " then %s mode %s on failure %s }\n",
		    actions[rule->action].text, rule_modes[rule->mode],
		    rule_failures[rule->on_failure]);
	}
}

/* DOUBT: a text or an attachment that was not found may be in what was not
 * read. */
static enum value
evaluate(const struct model *model, const struct node *node, bool doubt)
{
	enum value left, right;

	if (node->kind == LEAF) {
		enum value value = model->atoms[node->atom];

		if (doubt && value == NO &&
		    (node->atom == ATOM_SECRET || node->atom == ATOM_CARD ||
			node->atom == ATOM_TYPE))
			return UNKNOWN;
		return value;
	}
	left = evaluate(model, node->left, doubt);
	if (node->kind == NOT)
		return left == UNKNOWN ? UNKNOWN : left == YES ? NO : YES;
	right = evaluate(model, node->right, doubt);
	if (node->kind == AND)
		return left == NO || right == NO ? NO
		    : left == UNKNOWN || right == UNKNOWN ? UNKNOWN
							  : YES;
	return left == YES || right == YES ? YES
	    : left == UNKNOWN || right == UNKNOWN ? UNKNOWN
						  : NO;
}

static enum value
evaluate_rule(
    const struct model *model, const struct model_rule *rule, bool doubt)
{
	struct node except = { .kind = NOT, .left = rule->except };
	struct node both = {
		.kind = AND, .left = rule->when, .right = &except
	};

	return evaluate(model, rule->except != NULL ? &both : rule->when,
	    doubt);
}

/* True if RULE with its true type unknown only for want of reading is in
 * doubt.  What fails stays failed in the second look. */
static bool
model_doubt(const struct model *model, const struct model_rule *rule)
{
	return model->unread && evaluate_rule(model, rule, true) == UNKNOWN;
}

/* What the rules in force do, as text: "r1 match, r2 fault, ...". */
static void
run_model(const struct model *model, struct buf *out)
{
	for (unsigned i = 0; i < model->rule_count; i++) {
		const struct model_rule *rule = &model->rules[i];
		enum value value;

		if (rule->mode != MODE_ENFORCE)
			continue;
		value = evaluate_rule(model, rule, false);
		if (value != UNKNOWN && model_doubt(model, rule))
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
make_message(const struct model *model, struct rule_message *m)
{
	const char *recipients[] = { "a@example.com", NULL, NULL };
	struct buf headers, body;

	buf_init(&headers, 4096);
	buf_init(&body, 4096);
	if (model->atoms[2] == YES)
		recipients[1] = "b@there.example";
	if (model->atoms[3] == YES)
		(void)buf_printf(&headers, "X-Mark: 1\n");
	if (model->atoms[ATOM_SLOW] == UNKNOWN)
		(void)buf_printf(&headers,
		    "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n");
	(void)buf_printf(&headers,
	    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n");
	(void)buf_printf(&body, "--b\r\n\r\n%s %s\r\n",
	    model->atoms[ATOM_SECRET] == YES ? "secret" : "",
	    model->atoms[ATOM_CARD] == YES ? "paid 4111111111111111"
					   : "4111111111111111");
	if (model->unread)
		(void)buf_printf(&body,
		    "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
		    "x\r\n");
	if (model->atoms[ATOM_TYPE] != NO)
		(void)buf_printf(&body,
		    "--b\r\nContent-Disposition: attachment; filename=f\r\n"
		    "\r\nMZ\r\n");
	(void)buf_printf(&body, "--b--\r\n");
	rule_message_init(m,
	    model->atoms[1] == YES ? "a@here.example" : "a@b.example",
	    recipients, buf_string(&headers), buf_span(&body));
	if (model->atoms[0] == YES)
		m->connection.login = SPAN("alice");
	for (size_t i = 0; i < m->facts.content->part_count; i++) {
		struct part *part = &content_finish(m->content)->parts[i];

		part->true_type = SPAN("text/plain");
		if (part->name_count > 0)
			part->true_type = model->atoms[ATOM_TYPE] == YES
			    ? SPAN("application/x-dosexec")
			    : (struct span){ NULL, 0 };
	}
	buf_free(&headers);
	buf_free(&body);
}

static void
write_events(const struct rule_events *events, size_t from, struct buf *out)
{
	static const char *const kinds[] = { "match", "unread", "fault" };

	for (size_t i = from; i < events->count; i++)
		if (events->items[i].rule->mode == MODE_ENFORCE)
			(void)buf_printf(out, "%.*s %s,",
			    SPAN_ARGS(events->items[i].rule->id),
			    kinds[events->items[i].kind]);
}

/* What the directory says of the one recipient who is ours; what is UNKNOWN it
 * does not answer. */
static void
answer(const struct model *model, const struct rule_set *set,
    struct rule_people *people)
{
	static struct span department[] = { SPAN_INIT("Sales") };
	static struct span boss[] = { SPAN_INIT("boss@example.com") };
	static struct rule_entry_values managers[] = { { boss, 1 } };
	const struct rule_directory *directory = rule_set_directory(set);
	struct err fault;

	for (size_t i = 0; i < people->question_count; i++) {
		const struct rule_question *question = &people->questions[i];
		struct rule_person *person = question->person;
		struct rule_membership *membership;
		enum value value = question->ask == RULE_ASK_ENTRY
		    ? model->atoms[ATOM_DEPARTMENT]
		    : question->ask == RULE_ASK_MANAGER
		    ? model->atoms[ATOM_MANAGER]
		    : model->atoms[ATOM_GROUP];

		if (value == UNKNOWN)
			continue;
		switch (question->ask) {
		case RULE_ASK_ENTRY:
			person->entry.known = RULE_ANSWERED;
			person->attributes = pool_alloc_array(people->pool,
			    directory->attribute_count,
			    sizeof(*person->attributes));
			person->attributes[0] = (struct rule_entry_values){
				department, value == YES };
			break;
		case RULE_ASK_MANAGER:
			person->manager.known = RULE_ANSWERED;
			person->managers = managers;
			person->manager_count = value == YES;
			break;
		case RULE_ASK_GROUP:
			membership = rule_person_membership(
			    person, question->group);
			membership->answer.known = RULE_ANSWERED;
			membership->member = value == YES;
			break;
		}
	}
	(void)err_set(&fault, ERR_TEMPORARY, "no answer");
	rule_people_received(people, &fault);
}

/* The same by the real thing, asked from stage FIRST on. */
static void
run_real(const struct model *model, bool audits, enum rule_stage first,
    struct buf *out)
{
	struct rule_events events = { 0 };
	struct buf text, errors;
	struct rule_set *set;
	struct rule_message m;
	struct rule_run *run;
	enum rule_progress progress = RULE_WAITS;

	buf_init(&text, 1 << 20);
	buf_init(&errors, 1 << 20);
	write_rules(model, audits, &text);
	set = rule_set_new(SPAN("r"), buf_span(&text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	set = rule_reprinted(set, NULL);
	make_message(model, &m);
	run = rule_run_new(set, m.message.pool);
	m.facts.people = rule_people_new(m.message.pool);
	for (unsigned stage = first; stage <= RULE_STAGE_END; stage++) {
		m.facts.stage = (enum rule_stage)stage;
		while ((progress = rule_run_message(run, &m.facts,
			    &events)) == RULE_ASKS)
			answer(model, set, m.facts.people);
		if (!audits)
			ck_assert_int_ne(progress, RULE_LISTENS);
	}
	ck_assert_int_eq(progress, RULE_DONE);
	write_events(&events, 0, out);
	rule_people_free(&m.facts.people);
	rule_message_free(&m);
	rule_set_free(&set);
	buf_free(&text);
	buf_free(&errors);
}

static void
check_run(const struct model *model, bool audits, enum rule_stage first,
    const char *expected)
{
	struct buf got, text;

	buf_init(&got, 1 << 16);
	buf_init(&text, 1 << 20);
	write_rules(model, audits, &text);
	run_real(model, audits, first, &got);
	ck_assert_msg(strcmp(buf_string(&got), expected) == 0,
	    "asked from stage %u on, %s\ndo <%s>, not <%s>", (unsigned)first,
	    buf_string(&text), buf_string(&got), expected);
	buf_free(&got);
	buf_free(&text);
}

START_TEST(same_at_every_stage)
{
	struct model model = { .random = 20261122 };
	struct buf expected;

	buf_init(&expected, 1 << 16);
	for (int round = 0; round < ROUNDS; round++) {
		random_model(&model);
		buf_reset(&expected);
		run_model(&model, &expected);
		check_run(&model, true, RULE_STAGE_DATA, buf_string(&expected));
		check_run(
		    &model, false, RULE_STAGE_DATA, buf_string(&expected));
		check_run(
		    &model, true, RULE_STAGE_HEADERS, buf_string(&expected));
		check_run(&model, true, RULE_STAGE_END, buf_string(&expected));
	}
	buf_free(&expected);
}
END_TEST

SUITE_MAIN("rule_model", same_at_every_stage)
