/* SPDX-License-Identifier: BSD-2-Clause */
/* lumbar-policy over a directory in an LDIF file, and over none that works. */
#include "milters/policy/policy.h"
#include "skeleton/trial.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char people[] =
    "dn: uid=rita,ou=people,dc=example,dc=com\n"
    "mail: rita@example.com\n"
    "mailLocalAddress: rita.r@example.com\n"
    "departmentNumber: Research\n"
    "title;lang-en: Chemist\n"
    "manager: UID=Max, OU=people, DC=example, DC=com\n"
    "memberOf: cn=cleared,ou=groups,dc=example,dc=com\n"
    "\n"
    "dn: uid=tom,ou=people,dc=example,dc=com\n"
    "mail: tom@example.com\n"
    "departmentNumber: Trading\n"
    "manager: uid=gone,ou=people,dc=example,dc=com\n"
    "\n"
    "dn: uid=max,ou=people,dc=example,dc=com\n"
    "mail: max@example.com\n"
    "mailLocalAddress: sip:max@example.com\n"
    "mailLocalAddress: maximilian@example.com\n"
    "departmentNumber: Board\n"
    "\n"
    "dn: cn=cleared,ou=groups,dc=example,dc=com\n"
    "objectClass: groupOfNames\n"
    "cn: cleared\n"
    "member: uid=rita,ou=people,dc=example,dc=com\n"
    "member: uid=max,ou=people,dc=example,dc=com\n"
    "\n"
    "dn: cn=unique,ou=groups,dc=example,dc=com\n"
    "objectClass: groupOfUniqueNames\n"
    "cn: unique\n"
    "uniqueMember: uid=tom,ou=people,dc=example,dc=com\n"
    "\n"
    "dn: cn=twice,ou=a,dc=example,dc=com\n"
    "objectClass: groupOfNames\n"
    "cn: twice\n"
    "\n"
    "dn: cn=twice,ou=b,dc=example,dc=com\n"
    "objectClass: groupOfNames\n"
    "cn: twice\n"
    "\n"
    "dn: uid=double1,dc=example,dc=com\n"
    "mail: double@example.com\n"
    "\n"
    "dn: uid=double2,dc=example,dc=com\n"
    "mail: double@example.com\n";

static const char directory_conf[] =
    "attribute \"department\" { ldap_name = \"departmentNumber\" }\n"
    "directory \"main\" { ldif = \"people.ldif\" }\n";

/* A port where nobody listens. */
static const char dead_conf[] =
    "attribute \"department\" { ldap_name = \"departmentNumber\" }\n"
    "directory \"main\" {\n"
    "	uris = \"ldap://127.0.0.1:9\"\n"
    "	base = \"dc=example,dc=com\"\n"
    "	start_tls = no\n"
    "}\n";

struct fixture {
	char folder[64];
	struct trial *trial;
};

static void
write_file(const struct fixture *f, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
open_fixture(struct fixture *f, const char *rules, const char *conf,
    struct buf *errors)
{
	char path[128];
	struct buf text;

	(void)strcpy(f->folder, "/tmp/test_policy_dir.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->folder));
	write_file(f, "policy.rules", rules);
	write_file(f, "people.ldif", people);
	buf_init(&text, 1 << 16);
	(void)buf_printf(&text, "rules = \"policy.rules\"\n%s", conf);
	write_file(f, "policy.conf", buf_string(&text));
	(void)snprintf(path, sizeof(path), "%s/policy.conf", f->folder);
	f->trial = trial_open(&policy_daemon, path, errors);
	buf_free(&text);
}

static void
teardown(struct fixture *f)
{
	char command[128];

	trial_free(&f->trial);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->folder);
	ck_assert_int_eq(system(command), 0);
}

static void
setup(struct fixture *f, const char *rules, const char *conf)
{
	struct buf errors, text;

	buf_init(&errors, 1 << 16);
	buf_init(&text, 1 << 16);
	(void)buf_printf(&text,
	    "internal_domains = { \"example.com\" }\n%s", conf);
	open_fixture(f, rules, buf_string(&text), &errors);
	ck_assert_msg(f->trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	buf_free(&text);
}

static const struct trial_result *
send(struct fixture *f, const char *sender, const char *const *recipients)
{
	struct trial_message message = {
		.sender = sender,
		.recipients = recipients,
		.text = SPAN("From: <rita@example.com>\n"
			     "Subject: hello\n"
			     "\n"
			     "a secret word\n"),
	};

	return trial_run(f->trial, &message);
}

static struct span
note(const struct trial_result *result, const char *key)
{
	for (size_t i = 0; i < result->verdict->note_count; i++)
		if (strcmp(result->verdict->notes[i].key, key) == 0)
			return result->verdict->notes[i].value;
	return SPAN("");
}

/* A condition about a message to tom from SENDER: what becomes of it if it
 * holds (hold), if not (-), if it cannot be told (4xx: "x"). */
static const struct {
	const char *condition, *sender;
	char outcome;
} cases[] = {
	{ "sender department is research", "<rita@example.com>", 'h' },
	{ "sender department is research", "<RITA.R@Example.com>", 'h' },
	{ "sender department is research", "<rita+x@example.com>", 'h' },
	{ "sender department is research", "<\"rita\"@example.com>", 'h' },
	{ "sender department is research", "<\"rita+x\"@example.com>", 'h' },
	{ "sender department is research", "<tom@example.com>", '-' },
	{ "sender department is research", "<nobody@example.com>", '-' },
	{ "sender department is research", "<double@example.com>", 'x' },
	{ "sender department is research", "<rita@other.example>", '-' },
	{ "sender department is research", "<>", '-' },
	{ "sender departmentNumber is research", "<rita@example.com>", 'h' },
	{ "sender title is chemist", "<rita@example.com>", 'h' },
	{ "sender title exists", "<tom@example.com>", '-' },
	{ "from department is research", "<tom@example.com>", 'h' },
	{ "any recipient department is trading", "<rita@example.com>", 'h' },
	{ "any recipient (department is board)", "<rita@example.com>", '-' },
	{ "sender in group cleared", "<rita@example.com>", 'h' },
	{ "sender in group CLEARED", "<rita.r+1@example.com>", 'h' },
	{ "sender in group cleared", "<tom@example.com>", '-' },
	{ "sender in group cleared", "<nobody@example.com>", '-' },
	{ "sender in group unique", "<tom@example.com>", 'h' },
	{ "sender in group unknown", "<tom@example.com>", 'x' },
	{ "sender in group twice", "<tom@example.com>", 'x' },
	{ "sender in groups { cleared unique }", "<tom@example.com>", 'h' },
	/* Who is not there is in no group, even if there is none. */
	{ "sender in group unknown", "<nobody@example.com>", '-' },
	{ "manager of sender is max@example.com", "<rita@example.com>", 'h' },
	{ "manager of sender is maximilian@example.com",
	    "<rita@example.com>", 'h' },
	{ "manager of sender contains sip", "<rita@example.com>", '-' },
	{ "manager of sender department is board", "<rita@example.com>",
	    'h' },
	{ "manager of sender in group cleared", "<rita@example.com>", 'h' },
	/* He is gone, and his entry with him. */
	{ "manager of sender exists", "<tom@example.com>", '-' },
	{ "manager of sender is empty", "<max@example.com>", 'h' },
	{ "manager of manager of sender exists", "<rita@example.com>", '-' },
	{ "sender in group cleared and sender department is research and "
	  "manager of sender exists",
	    "<rita@example.com>", 'h' },
};

static char
outcome_of(const struct trial_result *result)
{
	if (result->end.kind == RESPONSE_TEMPFAIL)
		return 'x';
	return result->verdict->hold ? 'h' : '-';
}

static void
check_cases(const char *conf)
{
	static const char *const tom[] = { "<tom@example.com>", NULL };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		char rules[256];
		char outcome;

		(void)snprintf(rules, sizeof(rules),
		    "rule r { when %s then hold }\n", cases[i].condition);
		setup(&f, rules, conf);
		outcome = outcome_of(send(&f, cases[i].sender, tom));
		ck_assert_msg(outcome == cases[i].outcome, "%s from %s: %c",
		    cases[i].condition, cases[i].sender, outcome);
		teardown(&f);
	}
}

START_TEST(ldif)
{
	check_cases(directory_conf);
}
END_TEST

/* Groups from the entry of the person. */
START_TEST(group_attribute)
{
	struct fixture f;
	static const char *const tom[] = { "<tom@example.com>", NULL };
	char conf[512];

	(void)snprintf(conf, sizeof(conf), "group_attribute = memberOf\n%s",
	    directory_conf);
	setup(&f,
	    "rule a { when sender in group cleared then hold }\n"
	    "rule b { when sender in group unknown then tempfail\n"
	    "  on failure hold mode audit }\n",
	    conf);
	ck_assert_int_eq(outcome_of(send(&f, "<rita@example.com>", tom)), 'h');
	/* In the group, but his entry does not say so. */
	ck_assert_int_eq(outcome_of(send(&f, "<max@example.com>", tom)), '-');
	teardown(&f);
}
END_TEST

static const char wall[] =
    "rule wall \"Information barrier\" for each recipient {\n"
    "  when sender department is Research\n"
    "       and recipient department is Trading\n"
    "  then reject 5.7.1\n"
    "}\n";

START_TEST(each_recipient)
{
	static const char *const recipients[] = { "<tom@example.com>",
		"<max@example.com>", "<Tom+x@Example.COM>",
		"<tom@other.example>", "<nobody@example.com>",
		"<double@example.com>", NULL };
	static const enum response_kind kinds[] = { RESPONSE_REJECT,
		RESPONSE_CONTINUE, RESPONSE_REJECT, RESPONSE_CONTINUE,
		RESPONSE_CONTINUE, RESPONSE_TEMPFAIL };
	const struct trial_result *result;
	struct fixture f;

	setup(&f, wall, directory_conf);
	result = send(&f, "<rita@example.com>", recipients);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		ck_assert_msg(result->recipients[i].kind == kinds[i],
		    "recipient %zu: %d", i, result->recipients[i].kind);
	result = send(&f, "<max@example.com>", recipients);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		ck_assert_int_eq(
		    result->recipients[i].kind, RESPONSE_CONTINUE);
	teardown(&f);
}
END_TEST

/* Quotes get nobody over the wall, whichever form comes first. */
START_TEST(quoted_extensions)
{
	static const char *const orders[][5] = {
		{ "<\"tom+x\"@example.com>", "<tom+x@example.com>",
		    "<\"tom+a b\"@example.com>", "<\"tom\"@example.com>" },
		{ "<\"tom+a b\"@example.com>", "<tom+x@example.com>",
		    "<\"tom+x\"@example.com>", "<tom@example.com>" },
	};
	struct fixture f;

	setup(&f, wall, directory_conf);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct trial_result *result =
		    send(&f, "<\"rita+x\"@example.com>", orders[i]);

		for (size_t k = 0; orders[i][k] != NULL; k++)
			ck_assert_msg(result->recipients[k].kind ==
				RESPONSE_REJECT,
			    "%s: %d", orders[i][k],
			    result->recipients[k].kind);
	}
	teardown(&f);
}
END_TEST

/* A message to many is asked about in few lookups, and each is answered. */
START_TEST(many_recipients)
{
	enum { COUNT = 300 };
	static char texts[COUNT][32];
	static const char *recipients[COUNT + 1];
	const struct trial_result *result;
	struct fixture f;

	for (size_t i = 0; i < COUNT; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]),
		    "<tom+%zu@example.com>", i);
		recipients[i] = texts[i];
	}
	setup(&f,
	    "rule a { when every recipient (department is Trading and in "
	    "group unique) then hold }\n",
	    directory_conf);
	result = send(&f, "<rita@example.com>", recipients);
	ck_assert_int_eq(outcome_of(result), 'h');
	recipients[COUNT - 1] = "<max@example.com>";
	result = send(&f, "<rita@example.com>", recipients);
	ck_assert_int_eq(outcome_of(result), '-');
	teardown(&f);
}
END_TEST

/* A directory that does not answer: each rule's own outcome. */
START_TEST(down)
{
	static const char *const tom[] = { "<tom@example.com>", NULL };
	static const struct {
		const char *rules;
		char outcome;
	} rules[] = {
		{ "rule a { when sender in group cleared then reject\n"
		  "  on failure tempfail }\n",
		    'x' },
		{ "rule a { when sender in group cleared then reject\n"
		  "  on failure hold }\n",
		    'h' },
		{ "rule a { when sender in group cleared then reject }\n",
		    'x' },
		{ "rule a { when sender in group cleared then reject\n"
		  "  mode audit }\n",
		    '-' },
		{ "rule a { when sender is external and sender in group "
		  "cleared then reject }\n",
		    '-' },
		{ "rule a { when sender is internal or sender in group "
		  "cleared then hold }\n",
		    'h' },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct fixture f;
		char outcome;

		setup(&f, rules[i].rules, dead_conf);
		outcome = outcome_of(send(&f, "<rita@example.com>", tom));
		ck_assert_msg(outcome == rules[i].outcome, "%s: %c",
		    rules[i].rules, outcome);
		teardown(&f);
	}
}
END_TEST

START_TEST(down_at_rcpt)
{
	static const char *const recipients[] = { "<tom@example.com>",
		"<a@other.example>", NULL };
	const struct trial_result *result;
	struct fixture f;
	char held[512];

	setup(&f, wall, dead_conf);
	result = send(&f, "<rita@example.com>", recipients);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_TEMPFAIL);
	/* That he is not ours decides. */
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_CONTINUE);
	teardown(&f);

	(void)snprintf(held, sizeof(held), "%.*s on failure hold }\n",
	    (int)(strlen(wall) - 2), wall);
	setup(&f, held, dead_conf);
	result = send(&f, "<rita@example.com>", recipients);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_CONTINUE);
	ck_assert(result->verdict->hold);
	teardown(&f);
}
END_TEST

/* Of a fault of its lookup a rule in audit mode says so and nothing else. */
START_TEST(audit_fault)
{
	static const char *const tom[] = { "<tom@example.com>", NULL };
	const struct trial_result *result;
	struct fixture f;

	setup(&f,
	    "rule a { when sender in group unknown then reject mode audit }\n"
	    "rule b { when sender department is research then hold }\n",
	    directory_conf);
	result = send(&f, "<rita@example.com>", tom);
	ck_assert_int_eq(outcome_of(result), 'h');
	ck_assert(span_equal(note(result, "rule"), SPAN("b")));
	ck_assert_uint_gt(result->verdict->aside_count, 0);
	teardown(&f);
}
END_TEST

/* The content decides first, and what could not be read counts unless the
 * directory says that it does not matter. */
START_TEST(content_first)
{
	static const char *const tom[] = { "<tom@example.com>", NULL };
	struct trial_message message = {
		.sender = "<rita@example.com>",
		.recipients = tom,
		.text = SPAN("From: a@example.com\n"
			     "MIME-Version: 1.0\n"
			     "Content-Type: multipart/mixed; boundary=b\n"
			     "\n"
			     "--b\n"
			     "\n"
			     "see attachment\n"
			     "--b\n"
			     "Content-Type: application/pgp-encrypted\n"
			     "\n"
			     "Version: 1\n"
			     "--b--\n"),
	};
	static const struct {
		const char *rules;
		char outcome;
	} rules[] = {
		/* No word, no question: the group does not even exist. */
		{ "unread content is delivered\n"
		  "rule a { when text has word nothing and sender in group "
		  "unknown then reject }\n",
		    '-' },
		{ "unread content is held\n"
		  "rule a { when text has word nothing and sender in group "
		  "cleared then reject }\n",
		    'h' },
		{ "unread content is held\n"
		  "rule a { when text has word nothing and sender in group "
		  "unique then reject }\n",
		    '-' },
		{ "rule a { when text has word nothing and sender in group "
		  "cleared then hold unread counts as match }\n",
		    'h' },
		{ "rule a { when text has word nothing and sender in group "
		  "unique then hold unread counts as match }\n",
		    '-' },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct fixture f;
		char outcome;

		setup(&f, rules[i].rules, directory_conf);
		outcome = outcome_of(trial_run(f.trial, &message));
		ck_assert_msg(outcome == rules[i].outcome, "%s: %c",
		    rules[i].rules, outcome);
		teardown(&f);
	}
}
END_TEST

/* A message with content that cannot be read, for tom and rita. */
static const struct trial_result *
send_encrypted(struct fixture *f)
{
	static const char *const recipients[] = { "<tom@example.com>",
		"<rita@example.com>", NULL };
	struct trial_message message = {
		.sender = "<max@example.com>",
		.recipients = recipients,
		.text = SPAN("From: a@example.com\n"
			     "MIME-Version: 1.0\n"
			     "Content-Type: multipart/encrypted; boundary=b\n"
			     "\n"
			     "--b\n"
			     "Content-Type: application/pgp-encrypted\n"
			     "\n"
			     "Version: 1\n"
			     "--b--\n"),
	};

	return trial_run(f->trial, &message);
}

static const struct {
	const char *rules;
	char outcome;
	size_t recipients; /* left */
} unread_actions[] = {
	/* Only rita is in it. */
	{ "rule a { when content has word secret\n"
	  "  then remove recipients (text has word secret\n"
	  "    and in group cleared) unread counts as match }\n",
	    '-', 1 },
	{ "rule a { when content has word secret\n"
	  "  then remove recipients (text has word secret\n"
	  "    and in group cleared) unread counts as match }\n"
	  "rule b { when sender in group unique then hold }\n",
	    '-', 1 },
	{ "rule a { when content has word secret\n"
	  "  then remove recipients (text has word secret\n"
	  "    and in group cleared) unread counts as match\n"
	  "  mode audit }\n"
	  "rule b { when sender in group cleared then hold }\n",
	    'h', 2 },
	/* It applies by what was read. */
	{ "rule a { when not text has word secret\n"
	  "  then remove recipients (text has word secret\n"
	  "    and in group cleared) unread counts as match }\n",
	    '-', 1 },
	{ "rule a { when content has word secret\n"
	  "  then remove recipients (text has word secret\n"
	  "    and in group unknown) unread counts as match }\n",
	    'x', 2 },
	{ "rule a { when content has word secret\n"
	  "  then remove recipients (in group unknown)\n"
	  "  on failure hold unread counts as match }\n",
	    'h', 2 },
	/* Nothing hangs on the group. */
	{ "rule a { when content has word secret\n"
	  "  then remove recipients (in group unknown\n"
	  "    and domain is other.example)\n"
	  "    remove recipient tom@example.com\n"
	  "  unread counts as match }\n",
	    '-', 1 },
};

/* Where unread content counts as match, the directory is asked whom an action
 * means before it is done, and its faults are those of the rule. */
START_TEST(unread_and_action)
{
	for (size_t i = 0;
	    i < sizeof(unread_actions) / sizeof(unread_actions[0]); i++) {
		const struct trial_result *result;
		struct fixture f;

		setup(&f, unread_actions[i].rules, directory_conf);
		result = send_encrypted(&f);
		ck_assert_msg(outcome_of(result) == unread_actions[i].outcome,
		    "%zu: %c", i, outcome_of(result));
		ck_assert_msg(unread_actions[i].outcome == 'x' ||
			result->applied.recipient_count ==
			    unread_actions[i].recipients,
		    "%zu: %zu recipients", i,
		    result->applied.recipient_count);
		teardown(&f);
	}
}
END_TEST

/* Content that was not read makes no match of what the directory could not
 * tell: it is a fault, as it is where the content was read. */
START_TEST(unread_and_down)
{
	static const struct {
		const char *rules;
		char outcome;
	} rules[] = {
		{ "rule a { when content has word secret and sender in group "
		  "cleared\n"
		  "  then discard on failure hold unread counts as match }\n",
		    'h' },
		{ "rule a { when content has word secret\n"
		  "  except sender in group cleared\n"
		  "  then discard on failure hold unread counts as match }\n",
		    'h' },
		{ "rule a { when content has word secret and sender in group "
		  "cleared\n"
		  "  then reject unread counts as match }\n",
		    'x' },
		/* Whatever the group, that is not the sender. */
		{ "rule a { when content has word secret and sender in group "
		  "cleared\n"
		  "  and sender is tom@example.com\n"
		  "  then hold unread counts as match }\n",
		    '-' },
		{ "rule a { when sender in group cleared\n"
		  "  then reject on failure hold }\n"
		  "rule b { when (sender in group cleared and sender is "
		  "tom@example.com)\n"
		  "  or content has word secret\n"
		  "  then tempfail on failure hold unread counts as match }\n",
		    'x' },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct fixture f;
		char outcome;

		setup(&f, rules[i].rules, dead_conf);
		outcome = outcome_of(send_encrypted(&f));
		ck_assert_msg(outcome == rules[i].outcome, "%s: %c",
		    rules[i].rules, outcome);
		teardown(&f);
	}
}
END_TEST

/* An action asks about those only whom it can mean. */
START_TEST(action_side)
{
	static const char *const recipients[] = { "<tom@example.com>",
		"<a@other.example>", NULL };
	const struct trial_result *result;
	struct fixture f;

	setup(&f,
	    "rule a { when always then remove external recipients\n"
	    "  (not in group unknown) }\n",
	    directory_conf);
	result = send(&f, "<rita@example.com>", recipients);
	ck_assert_int_eq(outcome_of(result), '-');
	ck_assert_uint_eq(result->applied.recipient_count, 1);
	teardown(&f);
}
END_TEST

static const char rule[] =
    "rule a { when sender in group x and sender department is y then hold }\n";

static const struct {
	const char *rules, *conf;
	bool domains;
	const char *said;
} wrong_files[] = {
	{ rule, "", true,
	    "policy.rules:1:6: rule \"a\" needs a directory, and "
	    "FOLDER/policy.conf has none; add there: directory "
	    "\"main\" { uris = ... base = ... } or directory \"main\" "
	    "{ ldif = ... }\n" },
	{ rule, directory_conf, false,
	    "policy.conf: internal_domains: none are set, so nobody "
	    "would be looked up for the rules on the directory; "
	    "write internal_domains = { \"example.com\" }\n" },
	{ "rule a { when sender shoeSize is 7 then hold }\n",
	    directory_conf, true,
	    "policy.rules:1:15: \"shoesize\" is no attribute that "
	    "directories usually have; declare it in "
	    "FOLDER/policy.conf: attribute \"shoesize\" { }\n" },
	{ rule, "attribute \"a b\" { }\n"
		"directory \"main\" { ldif = \"people.ldif\" }\n",
	    true,
	    "policy.conf:3: attribute \"a b\": a name has letters, "
	    "digits and \"-\", a letter first\n" },
	{ rule, "filter = \"(mail=x)\"\n"
		"directory \"main\" { ldif = \"people.ldif\" }\n",
	    true,
	    "policy.conf:3: filter: \"(mail=x)\" is the same for every "
	    "address; put %s (address), %u (local part) or %d "
	    "(domain) in it, such as (mail=%s)\n" },
	{ rule, "member_filter = \"(member=%s\"\n"
		"directory \"main\" { ldif = \"people.ldif\" }\n",
	    true, "policy.conf:3: member_filter: " },
	{ rule, "profile = active-directory\n"
		"directory \"main\" { ldif = \"people.ldif\" }\n",
	    true, "policy.conf: member_filter: " },
	{ rule, "directory \"main\" { ldif = \"people.ldif\" }\n"
		"directory \"other\" { ldif = \"people.ldif\" }\n",
	    true,
	    "policy.conf:4: directory \"other\": only one can be "
	    "used\n" },
	{ rule, "directory \"main\" { }\n", true,
	    "policy.conf:3: directory \"main\": one of \"uris\" and "
	    "\"ldif\" must be set\n" },
	{ rule, "recipient_delimiter = \"ab\"\n", true,
	    "policy.conf:3: recipient_delimiter: " },
};

/* What is wrong is told with its place, and the cure. */
START_TEST(mistakes)
{
	static const char domains[] =
	    "internal_domains = { \"example.com\" }\n";

	for (size_t i = 0; i < sizeof(wrong_files) / sizeof(wrong_files[0]);
	    i++) {
		struct buf errors, conf, said;
		struct span rest = span_of(wrong_files[i].said);
		struct fixture f;
		size_t at;

		buf_init(&errors, 1 << 16);
		buf_init(&conf, 1 << 16);
		buf_init(&said, 1 << 16);
		(void)buf_printf(&conf, "%s%s",
		    wrong_files[i].domains ? domains : "", wrong_files[i].conf);
		open_fixture(
		    &f, wrong_files[i].rules, buf_string(&conf), &errors);
		at = span_find_case(rest, SPAN("FOLDER"));
		(void)buf_printf(&said, "%s/%.*s", f.folder,
		    SPAN_ARGS(span_slice(rest, 0, at)));
		if (at < rest.len)
			(void)buf_printf(&said, "%s%.*s", f.folder,
			    SPAN_ARGS(span_slice(rest, at + 6, rest.len)));
		ck_assert_msg(f.trial == NULL, "%s", wrong_files[i].said);
		ck_assert_msg(strstr(buf_string(&errors),
				  buf_string(&said)) != NULL,
		    "said was\n%s, not\n%s", buf_string(&errors),
		    buf_string(&said));
		teardown(&f);
		buf_free(&errors);
		buf_free(&conf);
		buf_free(&said);
	}
}
END_TEST

SUITE_MAIN("policy_directory", ldif, group_attribute, each_recipient,
    quoted_extensions, many_recipients, down, down_at_rcpt, audit_fault,
    content_first, unread_and_action, unread_and_down, action_side,
    mistakes)
