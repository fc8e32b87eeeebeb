/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_act.h"
#include "rules/rule_eval.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

static const struct text_file files[] = {
	{ "apps.csv",
	    "client,sender,scope,owner\n"
	    "# the narrower network counts\n"
	    "192.0.2.0/24,wide@example.com,external,wide-owner@example.com\n"
	    "192.0.2.0/28;2001:db8::/32,\"bob@example.com; "
	    "Robot@Example.com\",internal,o1@example.com;o2@example.com\n"
	    "10.0.0.0/8,ten@example.com,internal,\n" },
	{ "people.csv",
	    "Bob@Example.com,Research,\"Gr\303\274\303\237e\"\n"
	    "carol@example.com,Trading,x\n" },
	{ "domains.csv",
	    "note,domain,level\n"
	    "a,.example.com,two\n"
	    "b,.dept.example.com,three\n"
	    "c,example.com,one\n" },
	{ "logins.csv", "ALICE,192.0.2.0/24,submission\nbob,10.0.0.1,x\n" },
	{ "empty.csv", "" },
	{ NULL, NULL },
};

static struct rule_set *
compile(const char *text, struct buf *errors)
{
	const struct rule_files reader = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)files,
	};

	struct rule_set *set;

	buf_reset(errors);
	set = rule_set_new(SPAN("r"), span_of(text), &reader, errors);
	return set != NULL ? rule_reprinted(set, &reader) : NULL;
}

static const char tables[] =
    "table apps = \"apps.csv\" key client columns sender, scope, owner\n"
    "table people = \"people.csv\" key sender columns department, greeting\n"
    "table levels = \"domains.csv\" key domain columns level\n"
    "table logins = \"logins.csv\" key login columns from, port\n"
    "table none = \"empty.csv\" key client columns a\n"
    "list ports = names { submission smtps }\n";

static void
message_init(struct rule_message *m)
{
	static const char *const recipients[] = { "carol@example.com",
		"dan@bank.example", NULL };

	rule_message_init(m, "bob@EXAMPLE.com", recipients,
	    "From: x@a.dept.example.com, y@other.example\n"
	    "X-Dept: research\n"
	    "Subject: gr\303\234\303\237e\n",
	    SPAN("x\r\n"));
	m->connection.login = SPAN("alice");
	m->connection.listener = SPAN("submission");
}

/* The value at RCPT, DATA, end of headers and end of message. */
static const struct {
	const char *condition, *values;
} values[] = {
	{ "client in apps", "TTTT" },
	{ "client not in apps", "FFFF" },
	{ "client in none", "FFFF" },
	{ "none[client].a exists", "FFFF" },
	{ "sender is apps[client].sender", "TTTT" },
	{ "sender is not apps[client].sender", "FFFF" },
	{ "sender in apps[client].sender", "TTTT" },
	{ "sender not in apps[client].sender", "FFFF" },
	{ "sender is none[client].a", "FFFF" },
	{ "sender is not none[client].a", "TTTT" },
	{ "apps[client].scope is \"internal\"", "TTTT" },
	{ "apps[client].scope is INTERNAL", "TTTT" },
	{ "apps[client].scope is internal", "TTTT" },
	{ "apps[client].scope is not external", "TTTT" },
	{ "apps[client].scope in { a internal }", "TTTT" },
	{ "apps[client].scope exists", "TTTT" },
	{ "apps[client].owner contains \"o2@\"", "TTTT" },
	{ "apps[client].owner contains \"wide\"", "FFFF" },
	{ "apps[client].owner matches /^o\\d@/", "TTTT" },
	{ "apps[client].owner is empty", "FFFF" },
	{ "sender in people", "TTTT" },
	{ "people[sender].department is research", "TTTT" },
	{ "people[sender].department is people[sender].department", "TTTT" },
	{ "people[from].department does not exist", "??TT" },
	{ "from in people", "??FF" },
	{ "any recipient in people", "?TTT" },
	{ "any recipient (people[recipient].department is trading)", "?TTT" },
	{ "any recipient (people[recipient].department is research)",
	    "?FFF" },
	{ "every recipient (people[address].department exists)", "?FFF" },
	{ "header \"X-Dept\" is people[sender].department", "??TT" },
	{ "subject is people[sender].greeting", "??TT" },
	{ "sender domain in levels", "TTTT" },
	{ "levels[sender domain].level is one", "TTTT" },
	{ "levels[from domain].level is three", "??TT" },
	{ "levels[from domain].level is two", "??FF" },
	{ "login in logins", "TTTT" },
	{ "client is logins[login].from", "TTTT" },
	{ "client in logins[login].from", "TTTT" },
	{ "listener is logins[login].port", "TTTT" },
	{ "logins[login].port in ports", "TTTT" },
	{ "header \"X-Dept\" in logins", "??FF" },
	{ "logins[header \"X-None\"].port is submission", "??FF" },
};

START_TEST(evaluation)
{
	struct rule_message m;
	struct buf errors, text;

	message_init(&m);
	buf_init(&errors, 1 << 16);
	buf_init(&text, 1 << 16);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct rule_set *set;
		char got[5] = "";

		buf_reset(&text);
		(void)buf_printf(&text, "%srule r { when %s then hold }",
		    tables, values[i].condition);
		set = compile(buf_string(&text), &errors);
		ck_assert_msg(set != NULL, "%s", buf_string(&errors));
		for (unsigned stage = 0; stage < 4; stage++) {
			struct rule_eval eval = { .facts = &m.facts,
				.recipient = RULE_NO_RECIPIENT };

			m.facts.stage = (enum rule_stage)stage;
			got[stage] = "FT!?"[rule_evaluate_rule(
			    &eval, set->rules[0])];
		}
		ck_assert_msg(strcmp(got, values[i].values) == 0,
		    "%s is %s, not %s", values[i].condition, got,
		    values[i].values);
		rule_set_free(&set);
	}
	buf_free(&errors);
	buf_free(&text);
	rule_message_free(&m);
}
END_TEST

/* "Applications keep to their registered use". */
START_TEST(registered_use)
{
	static const struct {
		const char *client, *sender, *recipient;
		bool held;
	} cases[] = {
		{ "192.0.2.1", "robot@example.com", "a@example.com", false },
		{ "192.0.2.1", "robot@example.com", "a@bank.example", true },
		{ "192.0.2.1", "other@example.com", "a@example.com", true },
		{ "192.0.2.99", "wide@example.com", "a@bank.example", false },
		{ "192.0.2.99", "robot@example.com", "a@example.com", true },
		{ "198.51.100.1", "robot@example.com", "a@example.com", true },
	};
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 16);
	set = compile(
	    "table apps = \"apps.csv\" key client columns sender, scope, "
	    "owner\n"
	    "rule app-scope {\n"
	    "    when    listener role is application\n"
	    "            and (client not in apps\n"
	    "                 or sender is not apps[client].sender\n"
	    "                 or (apps[client].scope is \"internal\"\n"
	    "                     and any recipient is external))\n"
	    "    then    hold\n"
	    "}\n",
	    &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *recipients[] = { cases[i].recipient, NULL };
		struct rule_message m;
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };

		rule_message_init(
		    &m, cases[i].sender, recipients, "", SPAN(""));
		(void)ip_parse(span_of(cases[i].client), &m.connection.client);
		m.connection.role = ROLE_APPLICATION;
		ck_assert_msg((rule_evaluate_rule(&eval, set->rules[0]) ==
				  RULE_TRUE) == cases[i].held,
		    "%s %s %s", cases[i].client, cases[i].sender,
		    cases[i].recipient);
		rule_message_free(&m);
	}
	rule_set_free(&set);
	buf_free(&errors);
}
END_TEST

/* The rows of clients: the longest network wins, none is none. */
START_TEST(networks)
{
	static const struct {
		const char *client, *owner; /* NULL: no row */
	} cases[] = {
		{ "192.0.2.7", "o1@example.com;o2@example.com" },
		{ "192.0.2.16", "wide-owner@example.com" },
		{ "192.0.3.1", NULL },
		{ "10.255.255.255", "" },
		{ "2001:db8::1", "o1@example.com;o2@example.com" },
		{ "2001:db9::1", NULL },
		{ "::ffff:192.0.2.7", "o1@example.com;o2@example.com" },
	};
	struct pool *pool = pool_new();
	struct rule_set *set;
	struct buf errors;

	buf_init(&errors, 1 << 16);
	set = compile(tables, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule_table *table = set->tables[0];
		struct ip ip;
		size_t row;
		bool found;

		ck_assert_int_eq(ip_parse(span_of(cases[i].client), &ip), 0);
		found = rule_table_find(table, SPAN(""), &ip, pool, &row);
		ck_assert_int_eq(found, cases[i].owner != NULL);
		if (found)
			ck_assert(span_equal(
			    rule_table_field(table, row, 3)->value,
			    span_of(cases[i].owner)));
	}
	rule_set_free(&set);
	buf_free(&errors);
	pool_free(&pool);
}
END_TEST

/* The recipients that a rule's action adds. */
START_TEST(targets)
{
	static const struct {
		const char *action, *client, *added;
	} cases[] = {
		{ "add recipient apps[client].owner", "192.0.2.7",
		    "o1@example.com o2@example.com " },
		{ "add recipient apps[client].owner", "10.0.0.1", "" },
		{ "add recipient apps[client].owner", "198.51.100.1", "" },
		{ "redirect to apps[client].sender", "192.0.2.99",
		    "-<carol@example.com> -<dan@bank.example> "
		    "wide@example.com " },
	};
	struct buf errors, text, done;

	buf_init(&errors, 1 << 16);
	buf_init(&text, 1 << 16);
	buf_init(&done, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_message m;
		struct rule_events events = { 0 };
		struct verdict verdict;
		struct rule_act act;
		struct rule_set *set;

		message_init(&m);
		(void)ip_parse(span_of(cases[i].client), &m.connection.client);
		buf_reset(&text);
		(void)buf_printf(&text, "%srule r { when always then %s }",
		    tables, cases[i].action);
		set = compile(buf_string(&text), &errors);
		ck_assert_msg(set != NULL, "%s", buf_string(&errors));
		verdict_init(&verdict, m.message.pool);
		rule_act_init(&act, &verdict);
		m.facts.stage = RULE_STAGE_DATA;
		ck_assert_int_eq(
		    rule_run_message(rule_run_new(set, m.message.pool),
			&m.facts, &events),
		    RULE_DONE);
		ck_assert_uint_eq(events.count, 1);
		rule_act_event(&act, set, &m.facts, &events.items[0]);
		buf_reset(&done);
		for (size_t j = 0; j < verdict.edit_count; j++)
			(void)buf_printf(&done, "%s%.*s ",
			    verdict.edits[j].kind == EDIT_DELETE_RECIPIENT
				? "-"
				: "",
			    SPAN_ARGS(verdict.edits[j].value));
		ck_assert_str_eq(buf_string(&done), cases[i].added);
		rule_set_free(&set);
		rule_message_free(&m);
	}
	buf_free(&errors);
	buf_free(&text);
	buf_free(&done);
}
END_TEST

/* An action whose column depends on a header waits for it. */
START_TEST(target_waits)
{
	struct rule_message m;
	struct rule_events events = { 0 };
	struct rule_set *set;
	struct rule_run *run;
	struct buf errors;

	buf_init(&errors, 1 << 16);
	set = compile("table p = \"empty.csv\" key from columns a\n"
		      "rule r { when always then add recipient p[from].a }",
	    &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	ck_assert_int_eq(set->rules[0]->reach.stage, RULE_STAGE_HEADERS);
	ck_assert_uint_ne(rule_set_needs(set) & RULE_NEEDS_HEADERS, 0);
	message_init(&m);
	run = rule_run_new(set, m.message.pool);
	m.facts.stage = RULE_STAGE_DATA;
	ck_assert_int_eq(
	    rule_run_message(run, &m.facts, &events), RULE_WAITS);
	m.facts.stage = RULE_STAGE_HEADERS;
	ck_assert_int_eq(rule_run_message(run, &m.facts, &events), RULE_DONE);
	rule_set_free(&set);
	rule_message_free(&m);
	buf_free(&errors);
}
END_TEST

/* What stands in a table is part of the rules in force. */
START_TEST(hash)
{
	static const struct text_file one[] = { { "t", "10.0.0.1,a\n" },
		{ NULL, NULL } };
	static const struct text_file two[] = { { "t", "10.0.0.1,b\n" },
		{ NULL, NULL } };
	static const char text[] =
	    "table t = \"t\" key client columns a";
	struct rule_files reader = { .read = text_file_read };
	struct rule_set *first, *second;
	struct buf errors;

	buf_init(&errors, 1 << 16);
	reader.context = (void *)(uintptr_t)one;
	first = rule_set_new(SPAN("r"), SPAN(text), &reader, &errors);
	reader.context = (void *)(uintptr_t)two;
	second = rule_set_new(SPAN("r"), SPAN(text), &reader, &errors);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(second);
	ck_assert_str_ne(rule_set_hash(first), rule_set_hash(second));
	rule_set_free(&first);
	rule_set_free(&second);
	buf_free(&errors);
}
END_TEST

/* As many rows as one likes, each found. */
START_TEST(many_rows)
{
	enum { ROWS = 100000 };
	struct text_file big[] = { { "big", NULL }, { NULL, NULL } };
	struct rule_files reader = { .read = text_file_read,
		.context = big };
	struct pool *pool = pool_new();
	struct rule_set *set;
	struct buf text, errors;

	buf_init(&text, 1 << 26);
	buf_init(&errors, 1 << 16);
	for (int i = 0; i < ROWS; i++)
		(void)buf_printf(&text, "10.%d.%d.%d/32,u%d@example.com\n",
		    i >> 16, (i >> 8) & 255, i & 255, i);
	big[0].text = buf_string(&text);
	set = rule_set_new(SPAN("r"),
	    SPAN("table t = \"big\" key client columns sender\n"
		 "rule r { when sender is t[client].sender then hold }"),
	    &reader, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	for (int i = 0; i < ROWS; i += 997) {
		char address[64];
		struct ip ip;
		size_t row;

		(void)snprintf(address, sizeof(address), "10.%d.%d.%d",
		    i >> 16, (i >> 8) & 255, i & 255);
		ck_assert_int_eq(ip_parse(span_of(address), &ip), 0);
		ck_assert(rule_table_find(
		    set->tables[0], SPAN(""), &ip, pool, &row));
		ck_assert_uint_eq(row, (size_t)i);
	}
	rule_set_free(&set);
	buf_free(&text);
	buf_free(&errors);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("rule_table", evaluation, registered_use, networks, targets,
    target_waits, hash, many_rows)
