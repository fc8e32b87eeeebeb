/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_eval.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

static const char lists[] =
    "unread content is delivered\n"
    "list partners = domains { bank.example .partner.example }\n"
    "list people = addresses { \"Bob.Smith@example.com\" }\n"
    "list nets = networks { 192.0.2.0/24 2001:db8::/32 }\n"
    "list logins = names { ALICE bob }\n"
    "list programs = names { Executable }\n"
    "list projects = words { \"social security\" PROJECT unheard }\n"
    "define to-bank = any recipient (domain is bank.example)\n";

static const char headers[] =
    "From: \"Bob @ work\" <bob@example.com>, x@evil.example\n"
    "To: carol@example.com\n"
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Berlin\n"
    "X-Tag: one\n"
    "X-Tag: two\n"
    "X-Empty: \n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n";

static const char body[] =
    "--b\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "The Project \303\234berraschung: social\r\n"
    "  security and a project. Subprojects do not count.\r\n"
    "--b\r\n"
    "Content-Type: application/octet-stream\r\n"
    "Content-Disposition: attachment; filename=\"tool.EXE\"\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "TVqQAAMAAAAEAAAA\r\n"
    "--b\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Disposition: attachment; filename=notes.txt\r\n"
    "\r\n"
    "attached alpha\r\n"
    "--b--\r\n";

/* The value at RCPT of the second recipient, DATA, end of headers, end of
 * message: T(rue), F(alse) or "?" for not yet. */
static const struct {
	const char *condition, *values;
} table[] = {
	{ "always", "TTTT" },
	{ "not always", "FFFF" },
	/* The connection. */
	{ "client is 192.0.2.7", "TTTT" },
	{ "client is 192.0.2.8", "FFFF" },
	{ "client is not 192.0.2.8", "TTTT" },
	{ "client in 192.0.2.0/28", "TTTT" },
	{ "client in { 10.0.0.0/8 2001:db8::/32 }", "FFFF" },
	{ "client in nets", "TTTT" },
	{ "client not in nets", "FFFF" },
	{ "client name is mail.client.example", "TTTT" },
	{ "client name is .client.example", "TTTT" },
	{ "client name ends with .EXAMPLE", "TTTT" },
	{ "client certificate is verified", "TTTT" },
	{ "client certificate subject contains \"CN=gate\"", "TTTT" },
	{ "client certificate issuer exists", "FFFF" },
	{ "helo is Client.Example", "TTTT" },
	{ "login is alice", "TTTT" },
	{ "login in logins", "TTTT" },
	{ "login exists", "TTTT" },
	{ "login is empty", "FFFF" },
	{ "listener is submission", "TTTT" },
	{ "listener role is outbound", "TTTT" },
	{ "listener role in { inbound local }", "FFFF" },
	{ "tls exists", "TTTT" },
	{ "tls version is TLSv1.3", "TTTT" },
	{ "tls cipher starts with \"TLS_\"", "TTTT" },
	/* The envelope. */
	{ "sender is bob.smith@EXAMPLE.com", "TTTT" },
	{ "sender in people", "TTTT" },
	{ "sender not in people", "FFFF" },
	{ "sender is { a@b.example bob.smith@example.com }", "TTTT" },
	{ "sender is internal", "TTTT" },
	{ "sender is not external", "TTTT" },
	{ "sender matches /^bob\\..*@/i", "TTTT" },
	{ "sender matches /^bob\\..*@/", "FFFF" },
	{ "sender contains smith", "TTTT" },
	{ "sender does not contain jones", "TTTT" },
	{ "sender domain is example.com", "TTTT" },
	{ "sender domain in partners", "FFFF" },
	{ "sender domain is internal", "TTTT" },
	{ "helo is external", "TTTT" },
	{ "any recipient", "?TTT" },
	{ "any recipient is external", "?TTT" },
	{ "any external recipient", "?TTT" },
	{ "any external recipient domain not in partners", "?TTT" },
	{ "any recipient domain in partners", "?TTT" },
	{ "every external recipient domain in partners", "?FFF" },
	{ "every external recipient (domain in partners or domain is "
	  "evil.example)",
	    "?TTT" },
	{ "every internal recipient is carol@example.com", "?TTT" },
	{ "no recipient domain is x.example", "?TTT" },
	{ "no recipient is internal", "?FFF" },
	{ "at least 3 recipients", "?TTT" },
	{ "at least 4 recipients", "?FFF" },
	{ "at least 2 external recipients", "?TTT" },
	{ "at least 3 external recipients", "?FFF" },
	{ "any recipient (is external and not domain in partners and address "
	  "starts with eve)",
	    "?TTT" },
	{ "direction is outbound", "?TTT" },
	{ "direction is internal", "?TTT" },
	{ "direction is inbound", "?FFF" },
	{ "direction is not inbound", "?TTT" },
	{ "direction is not outbound", "?FFF" },
	{ "any recipient direction is not outbound", "?TTT" },
	{ "to-bank", "?TTT" },
	{ "not to-bank", "?FFF" },
	/* Headers. */
	{ "from is BOB@example.com", "??TT" },
	{ "from domain is evil.example", "??TT" },
	{ "from domain is work", "??FF" },
	{ "from is external", "??TT" },
	{ "from is internal", "??TT" },
	{ "subject contains \"GR\303\234SSE\"", "??FF" },
	{ "subject contains \"gr\303\234\303\237e\"", "??TT" },
	{ "subject has word berlin", "??TT" },
	{ "subject has word berl", "??FF" },
	{ "subject starts with \"gr\303\274\"", "??TT" },
	{ "subject ends with BERLIN", "??TT" },
	{ "subject is \"gr\303\274\303\237e AUS berlin\"", "??TT" },
	{ "subject is \"gr\303\274\303\237e\"", "??FF" },
	{ "raw header \"Subject\" contains \"=?utf-8?\"", "??TT" },
	/* Without the blanks around it. */
	{ "raw header \"X-Tag\" is one", "??TT" },
	{ "raw header \"X-Tag\" matches /^two$/", "??TT" },
	{ "raw header \"X-Empty\" is empty", "??TT" },
	{ "any header (name is x-tag and raw value is two)", "??TT" },
	{ "header \"Subject\" contains \"=?utf-8?\"", "??FF" },
	{ "header \"X-Tag\" is two", "??TT" },
	{ "header \"x-tag\" is three", "??FF" },
	{ "header \"X-Empty\" exists", "??TT" },
	{ "header \"X-Empty\" is empty", "??TT" },
	{ "header \"X-None\" exists", "??FF" },
	{ "header \"X-None\" does not exist", "??TT" },
	{ "any header \"X-Tag\" is two", "??TT" },
	{ "every header \"X-Tag\" is two", "??FF" },
	{ "at least 2 headers \"X-Tag\"", "??TT" },
	{ "any header (name starts with x- and value is one)", "??TT" },
	{ "any header (name starts with x- and raw value ends with two)",
	    "??TT" },
	/* Content. */
	{ "message size over 600 bytes", "???T" },
	{ "message size under 1K", "???T" },
	{ "message size over 10 MB", "???F" },
	{ "text contains \"BERRASCH\"", "???T" },
	{ "text has word \303\274berraschung", "???T" },
	{ "text has word berraschung", "???F" },
	{ "text has words projects", "???T" },
	{ "text has words projects at least 3", "???T" },
	{ "text has words projects at least 4", "???F" },
	{ "text has words projects at least 2 distinct", "???T" },
	{ "text has words projects at least 3 distinct", "???F" },
	{ "text does not have words projects", "???F" },
	{ "text has words { alpha omega }", "???T" },
	{ "text matches /social\\s+security/", "???T" },
	{ "text matches { /nothing/ /ALPHA$/mi }", "???T" },
	{ "any attachment", "???T" },
	{ "at least 2 attachments", "???T" },
	{ "at least 3 attachments", "???F" },
	{ "any attachment name is tool.exe", "???T" },
	{ "any attachment extension in { exe js }", "???T" },
	{ "every attachment extension in { exe js }", "???F" },
	{ "any attachment type is executable", "???T" },
	{ "any attachment type is \"text/*\"", "???T" },
	{ "any attachment type in { image archive }", "???F" },
	{ "any attachment type in programs", "???T" },
	{ "every attachment type not in programs", "???F" },
	{ "any attachment size over 1K", "???F" },
	{ "every attachment size under 1K", "???T" },
	{ "no attachment is encrypted", "???T" },
	{ "any attachment (type is executable or name matches "
	  "/\\.(exe|js|vbs)$/i)",
	    "???T" },
	{ "any attachment (name is tool.exe and name is notes.txt)", "???F" },
	/* What is known decides. */
	{ "sender is internal or text has word x", "TTTT" },
	{ "sender is external or text has word x", "???F" },
	{ "sender is external and text has word x", "FFFF" },
	{ "not (sender is internal and subject is empty)", "??TT" },
	{ "subject is empty or sender is external and text contains x",
	    "??FF" },
	{ "any recipient is external and not text has word alpha", "???F" },
};

static void
message_init(struct rule_message *m)
{
	static const char *const recipients[] = { "carol@example.com",
		"dan@bank.example", "eve@evil.example", "mallory@x.example",
		NULL };

	rule_message_init(m, "Bob.Smith@Example.com", recipients, headers,
	    SPAN(body));
	m->message.recipients[3].refused = true;
	m->connection.client_name = SPAN("mail.client.example");
	m->connection.helo = SPAN("client.example");
	m->connection.login = SPAN("alice");
	m->connection.listener = SPAN("submission");
	m->connection.tls = (struct tls){
		.version = SPAN("TLSv1.3"),
		.cipher = SPAN("TLS_AES_256_GCM_SHA384"),
		.client_subject = SPAN("CN=gateway"),
		.client_verified = true,
	};
	for (size_t i = 0; i < m->facts.content->part_count; i++) {
		struct part *part = &content_finish(m->content)->parts[i];

		if (part->name_count > 0)
			part->true_type = i == 2
			    ? SPAN("application/x-dosexec")
			    : SPAN("text/plain");
	}
}

static struct rule_set *
compile(const char *text)
{
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 20);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return rule_reprinted(set, NULL);
}

static struct rule_set *
compile_condition(const char *condition)
{
	struct buf text;
	struct rule_set *set;

	buf_init(&text, 1 << 16);
	(void)buf_printf(
	    &text, "%srule r { when %s then hold }", lists, condition);
	set = compile(buf_string(&text));
	buf_free(&text);
	return set;
}

START_TEST(values)
{
	struct rule_message m;

	message_init(&m);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct rule_set *set = compile_condition(table[i].condition);
		char got[5] = "";

		for (unsigned stage = 0; stage < 4; stage++) {
			struct rule_eval eval = { .facts = &m.facts,
				.recipient = RULE_NO_RECIPIENT };

			m.facts.stage = (enum rule_stage)stage;
			/* In the order of enum rule_value. */
			got[stage] = "FT!?"[rule_evaluate_rule(
			    &eval, set->rules[0])];
		}
		ck_assert_msg(strcmp(got, table[i].values) == 0,
		    "%s is %s, not %s", table[i].condition, got,
		    table[i].values);
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* The facts of the recipient that is asked about. */
START_TEST(recipient_values)
{
	static const struct {
		const char *condition;
		const char *values; /* of each recipient */
	} cases[] = {
		{ "recipient is external", "FTTT" },
		{ "recipient is internal", "TFFF" },
		{ "recipient is dan@BANK.example", "FTFF" },
		{ "recipient domain is bank.example", "FTFF" },
		{ "recipient domain not in { bank.example x.example }",
		    "TFTF" },
		{ "direction is outbound", "FTTT" },
		{ "recipient contains all and not recipient is internal",
		    "FFFT" },
	};
	struct rule_message m;

	message_init(&m);
	m.facts.stage = RULE_STAGE_RECIPIENT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];
		struct rule_set *set;

		(void)snprintf(text, sizeof(text),
		    "rule r for each recipient { when %s then reject }",
		    cases[i].condition);
		set = compile(text);
		for (long r = 0; r < 4; r++) {
			struct rule_eval eval = {
				.facts = &m.facts,
				.recipient = r,
			};

			ck_assert_msg(
			    (rule_evaluate_rule(&eval, set->rules[0]) ==
				RULE_TRUE) == (cases[i].values[r] == 'T'),
			    "%s for recipient %ld", cases[i].condition, r);
		}
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* A null sender is on neither side; a bare postmaster is ours; what cannot be
 * read is not. */
START_TEST(odd_addresses)
{
	static const char *const recipients[] = { "postmaster",
		"not an address", NULL };
	static const struct {
		const char *condition;
		bool truth;
	} cases[] = {
		{ "sender is internal", false },
		{ "sender is external", false },
		{ "sender is empty", true },
		{ "any internal recipient is empty", false },
		{ "at least 1 internal recipient", true },
		{ "at least 1 external recipient", true },
		{ "at least 2 external recipients", false },
	};
	struct rule_message m;

	rule_message_init(&m, "", recipients, "", SPAN(""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set = compile_condition(cases[i].condition);
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };

		ck_assert_msg((rule_evaluate_rule(&eval, set->rules[0]) ==
				  RULE_TRUE) == cases[i].truth,
		    "%s", cases[i].condition);
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* "every" needs one at least; "no" and "not any" hold where there is none. */
START_TEST(none_there)
{
	static const char *const recipients[] = { "a@example.com", NULL };
	static const struct {
		const char *condition;
		bool truth;
	} cases[] = {
		{ "every attachment name is x", false },
		{ "any attachment name is x", false },
		{ "no attachment name is x", true },
		{ "not any attachment", true },
		{ "every external recipient domain is x.example", false },
	};
	struct rule_message m;

	rule_message_init(&m, "a@example.com", recipients, "", SPAN("hi\r\n"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set = compile_condition(cases[i].condition);
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };

		ck_assert_msg((rule_evaluate_rule(&eval, set->rules[0]) ==
				  RULE_TRUE) == cases[i].truth,
		    "%s", cases[i].condition);
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* A search that ran into a limit is a fault, unless what is known decides. */
START_TEST(faults)
{
	static const char *const recipients[] = { "a@example.com", NULL };
	static const struct {
		const char *condition;
		enum rule_value value;
	} cases[] = {
		{ "subject matches /^(a+)+$/", RULE_FAILED },
		{ "not subject matches /^(a+)+$/", RULE_FAILED },
		{ "subject matches /^(a+)+$/ or sender is internal",
		    RULE_TRUE },
		{ "subject matches /^(a+)+$/ and sender is external",
		    RULE_FALSE },
		{ "subject matches /^(a+)+$/ or sender is external",
		    RULE_FAILED },
		{ "any attachment type is executable", RULE_FAILED },
		{ "any attachment (type is executable and name is x.exe)",
		    RULE_FALSE },
	};
	struct rule_message m;
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "Subject: %.*s!\n"
	    "Content-Disposition: attachment; filename=f.exe\n",
	    100,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	rule_message_init(&m, "a@example.com", recipients, text, SPAN("x\r\n"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set = compile_condition(cases[i].condition);
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };

		ck_assert_msg(rule_evaluate_rule(&eval, set->rules[0]) ==
			cases[i].value,
		    "%s", cases[i].condition);
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* The fault that is told is one that the value hangs on. */
START_TEST(told_fault)
{
	static const char *const recipients[] = { "a@example.com", NULL };
	struct rule_set *set =
	    compile_condition("subject matches /^(a+)+$/ or (header \"X-B\" "
			      "matches /^(b+)+$/ and sender is external)");
	struct rule_message m;
	struct rule_eval eval = { .facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT };

	rule_message_init(&m, "a@example.com", recipients,
	    "Subject: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n"
	    "X-B: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb!\n",
	    SPAN("x\r\n"));
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_FAILED);
	ck_assert_str_eq(eval.fault.text,
	    "regular expression on 40 bytes of text: match limit exceeded");
	rule_set_free(&set);
	rule_message_free(&m);
}
END_TEST

/* Whoever could not tell the type said why. */
START_TEST(file_type_fault)
{
	static const char *const recipients[] = { "a@example.com", NULL };
	struct rule_set *set =
	    compile_condition("any attachment type is executable");
	struct rule_message m;
	struct rule_eval eval = { .facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT };
	struct err fault;

	rule_message_init(&m, "a@example.com", recipients,
	    "Content-Disposition: attachment; filename=f.exe\n",
	    SPAN("x\r\n"));
	(void)err_set(&fault, ERR_SYSTEM, "no memory");
	m.facts.file_type_fault = &fault;
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_FAILED);
	ck_assert_str_eq(eval.fault.text,
	    "the type of an attachment could not be told: no memory");
	rule_set_free(&set);
	rule_message_free(&m);
}
END_TEST

/* Evidence names facts and places, and nothing of the content. */
START_TEST(evidence)
{
	static const struct {
		const char *condition, *evidence;
	} cases[] = {
		{ "text has word alpha and sender is internal",
		    "text, sender" },
		{ "any attachment (type is executable or name is x)",
		    "type in tool.EXE" },
		{ "sender is external or header \"X-Tag\" is one",
		    "header X-Tag" },
		{ "not sender is external", "" },
		{ "any external recipient domain not in partners",
		    "domain" },
	};
	struct rule_message m;

	message_init(&m);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set = compile_condition(cases[i].condition);
		struct buf found;
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT,
			.evidence = &found };

		buf_init(&found, 400);
		ck_assert_int_eq(rule_evaluate_rule(&eval, set->rules[0]),
		    RULE_TRUE);
		ck_assert_str_eq(buf_string(&found), cases[i].evidence);
		buf_free(&found);
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* What a message takes does not grow with the rules that look at it. */
START_TEST(memory)
{
	static const char *const conditions[] = {
		"from in people",
		"from domain in partners",
		"sender in people",
		"every recipient domain in partners",
		"header \"X-Tag\" is three",
		"text has words projects at least 3 distinct",
		"any attachment name is x",
	};
	struct rule_message m;

	message_init(&m);
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]);
	    i++) {
		struct rule_set *set = compile_condition(conditions[i]);
		struct rule_eval eval = { .facts = &m.facts,
			.recipient = RULE_NO_RECIPIENT };
		size_t before = 0;

		for (unsigned j = 0; j < 1000; j++) {
			(void)rule_evaluate_rule(&eval, set->rules[0]);
			if (j == 0)
				before = pool_size(m.message.pool);
		}
		ck_assert_msg(pool_size(m.message.pool) == before, "%s",
		    conditions[i]);
		ck_assert_uint_lt(pool_size(m.facts.temporary), 10000);
		rule_set_free(&set);
	}
	rule_message_free(&m);
}
END_TEST

/* Rules say what has to be there for them; those that are off do not. */
START_TEST(needs)
{
	static const struct {
		const char *condition;
		const char *mode;
		unsigned needs;
	} cases[] = {
		{ "client is 192.0.2.7", "enforce", 0 },
		{ "client certificate is verified", "enforce",
		    RULE_NEEDS_CERTIFICATE },
		{ "not client certificate subject is \"x\"", "enforce",
		    RULE_NEEDS_CERTIFICATE },
		{ "client certificate issuer is \"x\"", "audit",
		    RULE_NEEDS_CERTIFICATE },
		{ "client certificate issuer is \"x\"", "off", 0 },
		{ "subject is \"x\" and client certificate is verified",
		    "enforce",
		    RULE_NEEDS_CERTIFICATE | RULE_NEEDS_HEADERS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set;
		struct buf errors;
		char text[256];

		buf_init(&errors, 65536);
		(void)snprintf(text, sizeof(text),
		    "rule r \"R\" { when %s then hold mode %s }",
		    cases[i].condition, cases[i].mode);
		set = rule_set_new(
		    SPAN("rules"), span_of(text), NULL, &errors);
		ck_assert_msg(set != NULL, "%s", buf_string(&errors));
		ck_assert_uint_eq(rule_set_needs(set) &
			(RULE_NEEDS_CERTIFICATE | RULE_NEEDS_HEADERS),
		    cases[i].needs);
		rule_set_free(&set);
		buf_free(&errors);
	}
}
END_TEST

/* What a test needs is not kept for each recipient that it is asked of. */
START_TEST(little_memory)
{
	enum { MANY = 300, ENOUGH = 1 << 18 };
	static const char text[] =
	    "rule r { when any recipient (header \"X-Many\" contains nowhere) "
	    "then hold }";
	const char *const recipients[] = { NULL };
	struct rule_message m;
	struct rule_eval eval = { .facts = &m.facts,
		.recipient = RULE_NO_RECIPIENT };
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 12);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	rule_message_init(&m, "a@example.com", recipients, "", SPAN(""));
	for (int i = 0; i < MANY; i++) {
		rule_message_add_recipient(&m, "b@bank.example");
		rule_message_add_headers(&m, "X-Many: x\n");
	}
	ck_assert_int_eq(
	    rule_evaluate_rule(&eval, set->rules[0]), RULE_FALSE);
	ck_assert_uint_lt(pool_size(m.facts.temporary), ENOUGH);
	rule_message_free(&m);
	rule_set_free(&set);
	buf_free(&errors);
}
END_TEST

SUITE_MAIN("rule_eval", values, recipient_values, odd_addresses, none_there,
    faults, told_fault, file_type_fault, evidence, memory, needs, little_memory)
