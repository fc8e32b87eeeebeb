/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on what the directory says of people: which questions they ask, and
 * what they say to each kind of answer.
 */
#include "rules/rule_eval.h"
#include "rules/rule_people.h"
#include "rules/rule_run.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

static const struct text_file files[] = {
	{ "depts.csv", "192.0.2.0/24,Sales;research,the.boss@example.com\n" },
	{ "none.csv", "10.0.0.0/8,Research\n" },
	{ "budgets.csv", "Trading,1\n" },
	{ NULL, NULL },
};

static struct rule_set *
compile(const char *text)
{
	const struct rule_files reader = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)files,
	};
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 20);
	set = rule_set_new(SPAN("r"), span_of(text), &reader, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return rule_reprinted(set, &reader);
}

/* What the directory of these tests has. */
static const struct {
	const char *address;
	const char *department; /* values with blanks between; NULL: none */
	const char *managers;   /* "a=b c": two, one with two addresses */
	const char *groups;
} entries[] = {
	{ "bob@example.com", "Research Trading", "boss@example.com="
	    "the.boss@example.com", "pci staff" },
	{ "carol@example.com", "Trading", "", "staff" },
	{ "boss@example.com", "Board", "ceo@example.com", "board" },
	{ "ceo@example.com", NULL, "", "board" },
};

/* The same whom it cannot be asked about, and who is not in it. */
static const char broken[] = "broken@example.com";

static bool
has_word(const char *list, struct span word)
{
	struct span rest = span_of(list), item;

	while (span_next(&rest, ' ', &item))
		if (span_equal(item, word))
			return true;
	return false;
}

static void
add_text(struct pool *pool, struct rule_entry_values *texts, struct span text)
{
	texts->items = pool_grow(
	    pool, texts->items, texts->count, sizeof(*texts->items));
	texts->items[texts->count++] = text;
}

static void
answer_managers(struct pool *pool, struct rule_person *person,
    const char *list)
{
	struct span rest = span_of(list), manager;

	while (rest.len > 0 && span_next(&rest, ' ', &manager)) {
		struct rule_entry_values texts = { NULL, 0 };
		struct span address;

		while (span_next(&manager, '=', &address))
			add_text(pool, &texts, address);
		person->managers = pool_grow(pool, person->managers,
		    person->manager_count, sizeof(texts));
		person->managers[person->manager_count++] = texts;
	}
}

static void
answer_entry(struct pool *pool, const struct rule_directory *directory,
    struct rule_person *person, const char *department)
{
	person->attributes = pool_alloc_array(pool,
	    directory->attribute_count + 1, sizeof(*person->attributes));
	for (size_t i = 0; i < directory->attribute_count; i++) {
		struct span rest =
		    span_of(department != NULL ? department : "");
		struct span value;

		if (!span_equal(directory->attributes[i], SPAN("department")))
			continue;
		while (rest.len > 0 && span_next(&rest, ' ', &value))
			add_text(pool, &person->attributes[i], value);
	}
}

static void
answer(struct pool *pool, const struct rule_directory *directory,
    const struct rule_question *question)
{
	struct rule_person *person = question->person;
	struct rule_membership *membership;
	size_t at = 0;

	if (span_equal(person->key, span_of(broken)))
		return;
	while (at < sizeof(entries) / sizeof(entries[0]) &&
	    !span_equal(person->key, span_of(entries[at].address)))
		at++;
	switch (question->ask) {
	case RULE_ASK_ENTRY:
		person->entry.known = RULE_ANSWERED;
		if (at < sizeof(entries) / sizeof(entries[0]))
			answer_entry(pool, directory, person,
			    entries[at].department);
		break;
	case RULE_ASK_MANAGER:
		person->manager.known = RULE_ANSWERED;
		if (at < sizeof(entries) / sizeof(entries[0]))
			answer_managers(pool, person, entries[at].managers);
		break;
	case RULE_ASK_GROUP:
		membership = rule_person_membership(person, question->group);
		membership->answer.known = RULE_ANSWERED;
		membership->member =
		    at < sizeof(entries) / sizeof(entries[0]) &&
		    has_word(entries[at].groups,
			directory->groups[question->group]);
		break;
	}
}

static void
write_question(const struct rule_directory *directory,
    const struct rule_question *question, struct buf *out)
{
	struct span key = question->person->key;

	key.len = span_find(key, '@');
	(void)buf_printf(out, "%.*s.", SPAN_ARGS(key));
	switch (question->ask) {
	case RULE_ASK_ENTRY:
		(void)buf_printf(out, "entry ");
		break;
	case RULE_ASK_MANAGER:
		(void)buf_printf(out, "manager ");
		break;
	case RULE_ASK_GROUP:
		(void)buf_printf(out, "%.*s ",
		    SPAN_ARGS(directory->groups[question->group]));
		break;
	}
}

/* Carries the questions to the directory, as a daemon does; adds them to ASKED,
 * which may be NULL, with a "/" behind. */
static void
carry(struct rule_message *m, const struct rule_set *set, struct buf *asked)
{
	const struct rule_directory *directory = rule_set_directory(set);
	struct rule_people *people = m->facts.people;
	struct err fault;

	for (size_t i = 0; i < people->question_count; i++) {
		if (asked != NULL)
			write_question(
			    directory, &people->questions[i], asked);
		answer(m->message.pool, directory, &people->questions[i]);
	}
	if (asked != NULL)
		(void)buf_printf(asked, "/");
	(void)err_set(&fault, ERR_TEMPORARY, "no server answers");
	rule_people_received(people, &fault);
}

static void
message_init(struct rule_message *m, const char *sender)
{
	static const char *const recipients[] = { "carol@example.com",
		"absent@example.com", "boss@example.com", "eve@evil.example",
		"broken@example.com", NULL };

	rule_message_init(m, sender, recipients,
	    "From: b <bob@example.com>, x <x@evil.example>\n"
	    "Subject: plain\n",
	    SPAN("a text\r\n"));
	m->facts.people = rule_people_new(m->message.pool);
}

static void
message_free(struct rule_message *m)
{
	rule_people_free(&m->facts.people);
	rule_message_free(m);
}

/* The value in the end: T, F, X (failed), and what was asked before, each round
 * ended by "/"; of the sender bob unless another is named. */
static const struct {
	const char *condition, *values;
	const char *sender;
} table[] = {
	/* Attributes: one value is enough. */
	{ "sender department is research", "T bob.entry /", NULL },
	{ "sender department is Trading", "T bob.entry /", NULL },
	{ "sender department is \"Research Trading\"", "F bob.entry /",
	    NULL },
	{ "sender DEPARTMENT is not Research", "F bob.entry /", NULL },
	{ "sender department in { x Research }", "T bob.entry /", NULL },
	{ "sender department in secret", "T bob.entry /", NULL },
	{ "sender department not in secret", "F bob.entry /", NULL },
	{ "sender department contains SEAR", "T bob.entry /", NULL },
	{ "sender department matches /^Res/", "T bob.entry /", NULL },
	{ "sender department matches /^res/", "F bob.entry /", NULL },
	{ "sender department starts with tra", "T bob.entry /", NULL },
	{ "sender department ends with ing", "T bob.entry /", NULL },
	{ "sender department does not end with x", "T bob.entry /", NULL },
	{ "sender department has word research", "T bob.entry /", NULL },
	{ "sender department exists", "T bob.entry /", NULL },
	{ "sender department is empty", "F bob.entry /", NULL },
	{ "sender title exists", "F bob.entry /", NULL },
	{ "sender title is empty", "T bob.entry /", NULL },
	{ "sender title is not x", "T bob.entry /", NULL },
	/* All attributes by one question. */
	{ "sender title is x or sender department is Research",
	    "T bob.entry /", NULL },
	/* Who is not there has none; who is not ours is not asked about. */
	{ "sender department is x", "F absent.entry /",
	    "absent@example.com" },
	{ "sender department is empty", "T absent.entry /",
	    "absent@example.com" },
	{ "sender in group pci", "F absent.pci /", "absent@example.com" },
	{ "sender department is x", "F ", "eve@evil.example" },
	{ "sender department is empty", "T ", "eve@evil.example" },
	{ "sender not in group pci", "T ", "eve@evil.example" },
	{ "manager of sender exists", "F ", "eve@evil.example" },
	{ "sender department is x", "F ", "" },
	{ "sender in group pci", "F ", "" },
	{ "sender in group pci", "F ", "postmaster" },
	/* A fault is neither. */
	{ "sender department is x", "X broken.entry /",
	    "broken@example.com" },
	{ "sender department is not x", "X broken.entry /",
	    "broken@example.com" },
	{ "sender department is empty", "X broken.entry /",
	    "broken@example.com" },
	{ "sender department does not exist", "X broken.entry /",
	    "broken@example.com" },
	{ "sender in group pci", "X broken.pci /", "broken@example.com" },
	{ "not sender in group pci", "X broken.pci /",
	    "broken@example.com" },
	{ "manager of sender exists", "X broken.manager /",
	    "broken@example.com" },
	{ "any recipient is manager of sender", "X broken.manager /",
	    "broken@example.com" },
	{ "sender in group pci or sender is internal", "T ",
	    "broken@example.com" },
	{ "sender in group pci and sender is external", "F ",
	    "broken@example.com" },
	/* Groups. */
	{ "sender in group \"pci\"", "T bob.pci /", NULL },
	{ "sender not in group \"pci\"", "F bob.pci /", NULL },
	{ "sender is not in group pci", "F bob.pci /", NULL },
	{ "sender in group board", "F bob.board /", NULL },
	{ "sender in groups { board staff }", "T bob.board bob.staff /",
	    NULL },
	{ "sender in directors", "F bob.board /", NULL },
	{ "sender in insiders", "T bob.pci bob.board /", NULL },
	{ "any recipient in group board",
	    "T carol.board absent.board boss.board broken.board /", NULL },
	{ "any recipient (in group board)",
	    "T carol.board absent.board boss.board broken.board /", NULL },
	{ "any recipient (not in group staff and is internal)",
	    "T carol.staff absent.staff boss.staff broken.staff /", NULL },
	{ "every recipient in group board",
	    "F ", NULL },
	{ "every internal recipient in group board",
	    "F carol.board absent.board boss.board broken.board /", NULL },
	{ "no recipient in group pci",
	    "X carol.pci absent.pci boss.pci broken.pci /", NULL },
	{ "at least 2 recipients in group board",
	    "X carol.board absent.board boss.board broken.board /", NULL },
	{ "at least 3 recipients in group board",
	    "F carol.board absent.board boss.board broken.board /", NULL },
	{ "any recipient department is Trading",
	    "T carol.entry absent.entry boss.entry broken.entry /", NULL },
	{ "any recipient (department is Board and address is "
	  "boss@example.com)",
	    "T boss.entry /", NULL },
	{ "any recipient (address is boss@example.com and department is "
	  "Board)",
	    "T boss.entry /", NULL },
	/* From has several addresses. */
	{ "from department is Research", "T bob.entry /", NULL },
	{ "from in group pci", "T bob.pci /", NULL },
	{ "manager of from is boss@example.com", "T bob.manager /", NULL },
	/* Managers. */
	{ "manager of sender is BOSS@example.com", "T bob.manager /", NULL },
	{ "manager of sender is the.boss@example.com", "T bob.manager /",
	    NULL },
	{ "manager of sender in bosses", "T bob.manager /", NULL },
	{ "manager of sender is internal", "T bob.manager /", NULL },
	{ "manager of sender is external", "F bob.manager /", NULL },
	{ "manager of sender is empty", "F bob.manager /", NULL },
	{ "manager of sender exists", "F ceo.manager /",
	    "ceo@example.com" },
	{ "manager of sender department is Board",
	    "T bob.manager /boss.entry /", NULL },
	{ "manager of sender in group board",
	    "T bob.manager /boss.board /", NULL },
	{ "manager of manager of sender is ceo@example.com",
	    "T bob.manager /boss.manager /", NULL },
	{ "any recipient is manager of sender", "T bob.manager /", NULL },
	{ "any recipient is not manager of sender", "T bob.manager /",
	    NULL },
	{ "every recipient is manager of sender", "F bob.manager /", NULL },
	{ "sender is manager of sender", "F bob.manager /", NULL },
	{ "any recipient (manager of recipient is ceo@example.com)",
	    "T carol.manager absent.manager boss.manager broken.manager /",
	    NULL },
	/* Columns of a table, and its keys. */
	{ "sender department is depts[client].department", "T bob.entry /",
	    NULL },
	{ "sender department is not depts[client].department",
	    "F bob.entry /", NULL },
	{ "sender department is depts[client].department",
	    "F boss.entry /", "boss@example.com" },
	{ "sender department is depts[client].department",
	    "X broken.entry /", "broken@example.com" },
	{ "sender department is none[client].department", "F bob.entry /",
	    NULL },
	{ "sender department in budgets", "T bob.entry /", NULL },
	{ "sender department in budgets", "F boss.entry /",
	    "boss@example.com" },
	{ "sender department not in budgets", "X broken.entry /",
	    "broken@example.com" },
	{ "manager of sender is depts[client].head", "T bob.manager /",
	    NULL },
	{ "manager of sender is depts[client].head", "F boss.manager /",
	    "boss@example.com" },
	/* Nothing is asked that what is known makes needless. */
	{ "sender is external and sender in group pci", "F ", NULL },
	{ "sender in group pci and sender is external", "F ", NULL },
	{ "subject contains x and sender in group pci", "F ", NULL },
	{ "sender in group pci and any recipient in group board",
	    "T bob.pci /carol.board absent.board boss.board "
	    "broken.board /", NULL },
	{ "sender in group board and any recipient in group board",
	    "F bob.board /", NULL },
	{ "sender in group pci or any recipient in group board",
	    "T bob.pci /", NULL },
	{ "(sender in group pci and subject is x) or sender department is "
	  "Research",
	    "T bob.entry /", NULL },
};

static struct rule_set *
compile_condition(const char *condition)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "list secret = names { research development }\n"
	    "list directors = members of group \"board\"\n"
	    "list insiders = groups { pci board }\n"
	    "list bosses = addresses { boss@example.com }\n"
	    "table depts = \"depts.csv\" key client columns department, "
	    "head\n"
	    "table none = \"none.csv\" key client columns department\n"
	    "table budgets = \"budgets.csv\" key login columns budget\n"
	    "rule r { when %s then hold }",
	    condition);
	return compile(text);
}

START_TEST(values)
{
	struct buf got;

	buf_init(&got, 1 << 16);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct rule_set *set = compile_condition(table[i].condition);
		struct rule_message m;
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };
		enum rule_value value;

		message_init(&m,
		    table[i].sender != NULL ? table[i].sender
					    : "bob@example.com");
		buf_reset(&got);
		while ((value = rule_evaluate_rule(&eval, set->rules[0])) ==
		    RULE_NOT_YET) {
			ck_assert_msg(m.facts.people->question_count > 0,
			    "%s: unknown without a question",
			    table[i].condition);
			rule_people_send(m.facts.people, 0);
			carry(&m, set, &got);
		}
		ck_assert_uint_eq(m.facts.people->question_count, 0);
		ck_assert_msg(buf_string(&got)[0] == '\0' ||
			(rule_set_needs(set) & RULE_NEEDS_DIRECTORY) != 0,
		    "%s", table[i].condition);
		ck_assert_msg("FTX?"[value] == table[i].values[0] &&
			strcmp(buf_string(&got), table[i].values + 2) == 0,
		    "%s of %s is %c after %s", table[i].condition,
		    table[i].sender != NULL ? table[i].sender : "bob",
		    "FTX?"[value], buf_string(&got));
		message_free(&m);
		rule_set_free(&set);
	}
	buf_free(&got);
}
END_TEST

/* What comes later may make the directory needless, so it is not asked before;
 * what does not wait for that is asked at once. */
START_TEST(not_too_early)
{
	static const struct {
		const char *condition;
		const char *questions; /* at RCPT, DATA, headers, end */
	} cases[] = {
		{ "sender in group pci", "1111" },
		{ "sender in group pci and subject is plain", "0011" },
		{ "sender in group pci or subject is x", "0011" },
		{ "sender in group pci and text has word text", "0001" },
		{ "any recipient in group pci", "0444" },
		{ "any recipient (in group pci and subject is plain)",
		    "0044" },
		{ "from in group pci", "0011" },
		/* The same for each recipient: one lookup all the same. */
		{ "any recipient is manager of from", "0055" },
		{ "not (sender in group pci and text has word text)",
		    "0001" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256], got[5] = "";
		struct rule_set *set;
		struct rule_message m;
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };

		(void)snprintf(text, sizeof(text),
		    "unread content is held rule r { when %s then hold }",
		    cases[i].condition);
		set = compile(text);
		message_init(&m, "bob@example.com");
		for (unsigned stage = 0; stage < 4; stage++) {
			m.facts.stage = (enum rule_stage)stage;
			m.facts.people->question_count = 0;
			(void)rule_evaluate_rule(&eval, set->rules[0]);
			got[stage] = (char)('0' +
			    (int)m.facts.people->question_count);
		}
		ck_assert_msg(strcmp(got, cases[i].questions) == 0,
		    "%s asks %s", cases[i].condition, got);
		message_free(&m);
		rule_set_free(&set);
	}
}
END_TEST

/* Evaluates RULES to the end: what was asked is in ASKED. */
static void
run(const char *rules, const char *sender, struct buf *asked,
    struct buf *events_text)
{
	static const char *const kinds[] = { "match", "unread", "fault" };
	struct rule_set *set = compile(rules);
	struct rule_events events = { 0 };
	struct rule_message m;
	struct rule_run *rule_run;
	enum rule_progress progress = RULE_WAITS;

	buf_reset(asked);
	buf_reset(events_text);
	message_init(&m, sender);
	rule_run = rule_run_new(set, m.message.pool);
	m.facts.stage = RULE_STAGE_RECIPIENT;
	for (size_t i = 0; i < m.message.recipient_count; i++)
		while ((progress = rule_run_recipient(rule_run, &m.facts, i,
			    &events)) == RULE_ASKS)
			carry(&m, set, asked);
	for (unsigned stage = RULE_STAGE_DATA; stage <= RULE_STAGE_END;
	    stage++) {
		m.facts.stage = (enum rule_stage)stage;
		while ((progress = rule_run_message(
			    rule_run, &m.facts, &events)) == RULE_ASKS)
			carry(&m, set, asked);
	}
	ck_assert_int_eq(progress, RULE_DONE);
	for (size_t i = 0; i < events.count; i++)
		(void)buf_printf(events_text, "%.*s %s,",
		    SPAN_ARGS(events.items[i].rule->id),
		    kinds[events.items[i].kind]);
	message_free(&m);
	rule_set_free(&set);
}

static const struct {
	const char *rules, *sender, *asked, *events;
} run_cases[] = {
	/* Rules for each recipient: the sender is asked about once, and
	 * about recipients only if that matters. */
	{ "rule wall for each recipient {"
	  " when sender department is Research"
	  " and recipient department is Trading then reject }",
	    "bob@example.com",
	    "bob.entry /carol.entry /absent.entry /boss.entry "
	    "/broken.entry /",
	    "wall match,wall fault," },
	{ "rule wall for each recipient {"
	  " when sender department is Sales"
	  " and recipient department is Trading then reject }",
	    "bob@example.com", "bob.entry /", "" },
	/* A rule waits, those behind it wait; what ended the message
	 * leaves no question. */
	{ "rule a { when sender in group pci then reject }"
	  "rule b { when sender department is x then hold }",
	    "bob@example.com", "bob.pci /", "a match," },
	{ "rule a { when sender in group none then reject }"
	  "rule b { when sender department is x then hold }",
	    "bob@example.com", "bob.none /bob.entry /", "" },
	/* Rules in audit mode ask behind those in force ... */
	{ "rule a { when sender in group staff then hold mode audit }"
	  "rule b { when sender in group pci then hold }",
	    "bob@example.com", "bob.pci /bob.staff /",
	    "b match,a match," },
	{ "rule a { when sender in group pci then hold mode audit }"
	  "rule b { when sender in group pci then hold }",
	    "bob@example.com", "bob.pci /", "a match,b match," },
	/* ... not as long as a rule in force waits for what comes ... */
	{ "unread content is held "
	  "rule a { when sender in group staff then hold mode audit }"
	  "rule b { when text has word nothing then hold }"
	  "rule c { when sender in group pci then reject }",
	    "bob@example.com", "bob.pci /", "c match," },
	/* ... nor for a message that is rejected, ... */
	{ "rule a { when sender in group staff then hold mode audit }"
	  "rule b { when always then reject }",
	    "bob@example.com", "", "b match," },
	/* ... and once the directory has failed, no more. */
	{ "rule a { when sender in group staff then hold mode audit }"
	  "rule b { when sender in group pci then hold mode audit }"
	  "rule c { when sender department is x then hold mode audit }",
	    "broken@example.com",
	    "broken.staff broken.pci broken.entry /",
	    "a fault,b fault,c fault," },
	{ "rule a { when manager of sender is x@example.com or "
	  "any recipient in group staff then hold mode audit }",
	    "broken@example.com", "broken.manager /", "a fault," },
	/* A rule in force asks again what failed one on trial. */
	{ "rule a for each recipient { when sender department is x "
	  "and recipient is carol@example.com then reject mode audit }"
	  "rule b { when sender department is x then hold }",
	    "broken@example.com", "broken.entry /broken.entry /",
	    "a fault,b fault," },
	/* A rule in force is told of each fault. */
	{ "rule a { when sender in group pci then reject on failure "
	  "hold }"
	  "rule b { when sender department is x then hold }",
	    "broken@example.com", "broken.pci /broken.entry /",
	    "a fault,b fault," },
	/* Which recipients an action means may need the directory. */
	{ "rule a { when always then remove recipients (department "
	  "is Trading and is internal and address is not "
	  "broken@example.com) }",
	    "bob@example.com",
	    "carol.entry absent.entry boss.entry /", "a match," },
	{ "rule a { when always then remove recipients (department "
	  "is Trading) }",
	    "bob@example.com",
	    "carol.entry absent.entry boss.entry broken.entry /",
	    "a fault," },
	/* A rule that is off asks nothing. */
	{ "rule a { when sender in group pci then hold mode off }",
	    "bob@example.com", "", "" },
};

START_TEST(runs)
{
	struct buf asked, events;

	buf_init(&asked, 1 << 16);
	buf_init(&events, 1 << 16);
	for (size_t i = 0; i < sizeof(run_cases) / sizeof(run_cases[0]); i++) {
		run(run_cases[i].rules, run_cases[i].sender, &asked, &events);
		ck_assert_msg(
		    strcmp(buf_string(&asked), run_cases[i].asked) == 0 &&
			strcmp(buf_string(&events), run_cases[i].events) == 0,
		    "%s asks <%s> and says <%s>", run_cases[i].rules,
		    buf_string(&asked), buf_string(&events));
	}
	buf_free(&asked);
	buf_free(&events);
}
END_TEST

/* Without a directory, a rule on it fails. */
START_TEST(no_directory)
{
	static const char *const conditions[] = { "sender department is x",
		"sender in group x", "manager of sender exists",
		"any recipient is manager of sender",
		"manager of sender department is x" };

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]);
	    i++) {
		struct rule_set *set = compile_condition(conditions[i]);
		struct rule_message m;
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };

		message_init(&m, "bob@example.com");
		rule_people_free(&m.facts.people);
		ck_assert_msg(rule_evaluate_rule(&eval, set->rules[0]) ==
			RULE_FAILED,
		    "%s", conditions[i]);
		ck_assert_str_eq(
		    eval.fault.text, "there is no directory to ask");
		message_free(&m);
		rule_set_free(&set);
	}
}
END_TEST

/* More From addresses than anybody has are not asked about. */
START_TEST(many_authors)
{
	struct rule_set *set = compile_condition("from in group x");
	struct rule_message m;
	struct rule_eval eval = { .facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT };

	message_init(&m, "bob@example.com");
	for (int i = 0; i < 20; i++) {
		char field[64];

		(void)snprintf(
		    field, sizeof(field), "From: a%d@example.com\n", i);
		rule_message_add_headers(&m, field);
	}
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_FAILED);
	ck_assert_str_eq(eval.fault.text,
	    "more than 20 addresses to ask the directory about");
	message_free(&m);
	rule_set_free(&set);
}
END_TEST

/* What a message takes does not grow with evaluations. */
START_TEST(memory)
{
	struct rule_set *set =
	    compile_condition("any recipient (department is x or in group y)"
			      " and manager of sender in group z");
	struct rule_message m;
	struct rule_eval eval = { .facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT };
	size_t before = 0;

	message_init(&m, "bob@example.com");
	for (unsigned i = 0; i < 1000; i++) {
		m.facts.people->question_count = 0;
		(void)rule_evaluate_rule(&eval, set->rules[0]);
		if (i == 0)
			before = pool_size(m.message.pool);
	}
	ck_assert_uint_eq(pool_size(m.message.pool), before);
	message_free(&m);
	rule_set_free(&set);
}
END_TEST

SUITE_MAIN("rule_directory", values, not_too_early, runs, no_directory,
    many_authors, memory)
