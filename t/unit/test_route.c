/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole messages through lumbar-route, its directory in an LDIF file. */
#include "milters/route/route.h"
#include "milters/route/route_address.h"
#include "skeleton/trial.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char folder[64];

static const char people[] =
    "dn: uid=anna\nmail: anna@example.com\n"
    "mailLocalAddress: a.arens@example.com\n"
    "mailRoutingAddress: anna@store1.example.com\n\n"
    "dn: uid=ben\nmail: ben@example.com\n\n"
    "dn: uid=sales\nmail: sales@example.com\n"
    "mailRoutingAddress: anna@store1.example.com\n\n"
    "dn: uid=self\nmail: self@example.com\n"
    "mailRoutingAddress: SELF@Example.com\n\n"
    "dn: uid=tben\nmail: toben@example.com\n"
    "mailRoutingAddress: Ben@example.com\n\n"
    "dn: uid=chain\nmail: chain@example.com\n"
    "mailRoutingAddress: sales@example.com\n\n"
    "dn: uid=two\nmail: two@example.com\n"
    "mailRoutingAddress: a@x.example\nmailRoutingAddress: b@x.example\n\n"
    "dn: uid=list\nmail: list@example.com\n"
    "mailRoutingAddress: a@x.example, b@x.example\n\n"
    "dn: uid=eai\nmail: eai@example.com\n"
    "mailRoutingAddress:: w6RAeC5leGFtcGxl\n\n"
    "dn: uid=twin1\nmail: twin@example.com\n\n"
    "dn: uid=twin2\nmail: twin@example.com\n\n"
    "dn: uid=quoted\nmail: \"q;r\"@example.com\n"
    "mailRoutingAddress: qr@store1.example.com\n\n"
    "dn: uid=umlaut\nmail:: w7xAZXhhbXBsZS5jb20=\n"
    "mailRoutingAddress: ue@store1.example.com\n\n"
    "dn: uid=ad\nproxyAddresses: SMTP:carl@example.com\n"
    "proxyAddresses: smtp:c@example.com\n"
    "targetAddress: SMTP:carl@cloud.example\n";

/* A trial of DIRECTORY (the rows of its section) and MORE settings. */
static struct trial *
start(const char *directory, const char *more)
{
	struct trial *trial;
	struct buf errors;
	char path[128];
	char text[1024];
	FILE *out;

	(void)strcpy(folder, "/tmp/lumbar-route.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/people.ldif", folder);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(people, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	(void)snprintf(text, sizeof(text),
	    "domains = { \"example.com\", \".example.net\" }\n%s\n"
	    "directory \"main\" {\n%s%s%s }\n",
	    more, directory != NULL ? directory : "ldif = \"",
	    directory != NULL ? "" : path, directory != NULL ? "" : "\"\n");
	buf_init(&errors, 4096);
	trial = trial_new(&route_daemon, text, &errors);
	ck_assert_msg(trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return trial;
}

static void
stop(struct trial **trial)
{
	char command[128];

	trial_free(trial);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const struct trial_result *
send(struct trial *trial, const char *const *recipients)
{
	const struct trial_message message = {
		.sender = "<sender@client.example>",
		.recipients = recipients,
		.text = SPAN("Subject: x\n\nbody\n"),
		/* Lookups have a deadline, which the real clock will tell. */
		.now = clock_now(),
	};

	return trial_run(trial, &message);
}

static unsigned
code_of(const struct response *response)
{
	return response->kind == RESPONSE_CONTINUE ? 250
						   : response->reply.code;
}

/* One recipient, the answer to it, and what it is replaced with. */
static const struct {
	const char *recipient;
	unsigned code;
	const char *target, *parameters;
} recipient_cases[] = {
	{ "<anna@example.com>", 250, "anna@store1.example.com",
	    "ORCPT=rfc822;anna@example.com" },
	{ "<A.Arens@EXAMPLE.com>", 250, "anna@store1.example.com",
	    "ORCPT=rfc822;A.Arens@EXAMPLE.com" },
	{ "anna@example.com", 250, "anna@store1.example.com",
	    "ORCPT=rfc822;anna@example.com" },
	{ "<\"anna\"@example.com>", 250, "anna@store1.example.com",
	    "ORCPT=rfc822;\"anna\"@example.com" },
	{ "<\"q;r\"@example.com>", 250, "qr@store1.example.com",
	    "ORCPT=rfc822;\"q;r\"@example.com" },
	{ "<anna@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2Bz@y", 250,
	    "anna@store1.example.com",
	    "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2Bz@y" },
	{ "<anna@example.com> NOTIFY=NEVER", 250, "anna@store1.example.com",
	    "NOTIFY=NEVER ORCPT=rfc822;anna@example.com" },
	{ "<anna+Tag@example.com>", 250, "anna+Tag@store1.example.com",
	    "ORCPT=rfc822;anna+2BTag@example.com" },
	{ "<\"anna+Tag\"@example.com>", 250, "anna+Tag@store1.example.com",
	    "ORCPT=rfc822;\"anna+2BTag\"@example.com" },
	/* An extension that needs quotes is left out. */
	{ "<\"anna+a b\"@example.com>", 250, "anna@store1.example.com",
	    "ORCPT=rfc822;\"anna+2Ba+20b\"@example.com" },
	{ "<\xc3\xbc@example.com>", 250, "ue@store1.example.com",
	    "ORCPT=utf-8;\\x{FC}@example.com" },
	{ "<ben@example.com>", 250, NULL, NULL },
	{ "<ben+x@example.com>", 250, NULL, NULL },
	{ "<self@example.com>", 250, NULL, NULL },
	{ "<nobody@example.com>", 550, NULL, NULL },
	{ "<nobody+anna@example.com>", 550, NULL, NULL },
	{ "<+anna@example.com>", 550, NULL, NULL },
	{ "<anna@sub.example.net>", 550, NULL, NULL },
	{ "<anna@example.net>", 250, NULL, NULL },
	{ "<anna@notexample.com>", 250, NULL, NULL },
	{ "<*@example.com>", 550, NULL, NULL },
	{ "<postmaster>", 250, NULL, NULL },
	{ "<Postmaster@example.com>", 250, NULL, NULL },
	{ "<abuse@sub.example.net>", 250, NULL, NULL },
	{ "<root>", 250, NULL, NULL },
	{ "<@relay.example:anna@example.com>", 553, NULL, NULL },
	{ "<@relay.example:anna@foreign.example>", 250, NULL, NULL },
	{ "<anna%foreign.example@example.com>", 553, NULL, NULL },
	{ "<foreign.example!anna@example.com>", 553, NULL, NULL },
	{ "<\"anna%foreign.example\"@example.com>", 553, NULL, NULL },
	{ "<\"anna@foreign.example\"@example.com>", 553, NULL, NULL },
	{ "<anna%example.com>", 553, NULL, NULL },
	{ "<anna @example.com>", 553, NULL, NULL },
	{ "<SRS0=abc=xy=foreign.example=u@example.com>", 250, NULL, NULL },
	{ "<srs0+abc=xy=foreign.example=u@example.com>", 250, NULL, NULL },
	{ "<prvs=1234abc=anna@example.com>", 250, NULL, NULL },
	{ "<two@example.com>", 451, NULL, NULL },
	{ "<list@example.com>", 451, NULL, NULL },
	{ "<eai@example.com>", 451, NULL, NULL },
	{ "<twin@example.com>", 451, NULL, NULL },
	{ "<>", 553, NULL, NULL },
};

START_TEST(one_recipient)
{
	struct trial *trial = start(NULL, "");

	for (size_t i = 0; i < COUNT(recipient_cases); i++) {
		const char *const recipients[] = { recipient_cases[i].recipient,
			NULL };
		const struct trial_result *result = send(trial, recipients);
		const struct verdict *verdict = result->verdict;

		ck_assert_uint_eq(result->recipient_count, 1);
		ck_assert_msg(code_of(&result->recipients[0]) ==
			recipient_cases[i].code,
		    "%s: %u", recipients[0],
		    code_of(&result->recipients[0]));
		if (recipient_cases[i].target == NULL) {
			ck_assert_msg(
			    verdict->edit_count == 0, "%s", recipients[0]);
			continue;
		}
		ck_assert_msg(
		    verdict->edit_count == 2, "%s", recipients[0]);
		ck_assert_int_eq(
		    verdict->edits[0].kind, EDIT_DELETE_RECIPIENT);
		ck_assert(span_equal(verdict->edits[0].value,
		    result->message->recipients[0].given));
		ck_assert_int_eq(
		    verdict->edits[1].kind, EDIT_ADD_RECIPIENT);
		ck_assert_msg(span_equal(verdict->edits[1].value,
				  span_of(recipient_cases[i].target)),
		    "%s: %.*s", recipients[0],
		    SPAN_ARGS(verdict->edits[1].value));
		ck_assert_msg(span_equal(verdict->edits[1].parameters,
				  span_of(recipient_cases[i].parameters)),
		    "%s: %.*s", recipients[0],
		    SPAN_ARGS(verdict->edits[1].parameters));
	}
	stop(&trial);
}
END_TEST

/* The envelope that the MTA has in the end. */
static const struct {
	const char *recipients[6];
	const char *envelope[6];
} envelope_cases[] = {
	/* Two addresses of one mailbox are one recipient. */
	{ { "<anna@example.com>", "<sales@example.com>" },
	    { "anna@store1.example.com" } },
	{ { "<anna@example.com>", "<ANNA@example.com>",
	      "<anna@example.com>" },
	    { "anna@store1.example.com" } },
	/* The target is a recipient already. */
	{ { "<toben@example.com>", "<ben@example.com>" },
	    { "ben@example.com" } },
	{ { "<ben@example.com>", "<toben@example.com>" },
	    { "ben@example.com" } },
	{ { "<Anna@Store1.Example.com>", "<anna@example.com>" },
	    { "Anna@Store1.Example.com" } },
	/* Quotes that an address does not need are no other mailbox. */
	{ { "<\"anna+x\"@example.com>", "<anna+x@example.com>" },
	    { "anna+x@store1.example.com" } },
	{ { "<anna+x@example.com>", "<\"anna+x\"@example.com>" },
	    { "anna+x@store1.example.com" } },
	/* One's target is another's address, which is routed itself. */
	{ { "<chain@example.com>", "<sales@example.com>" },
	    { "sales@example.com", "anna@store1.example.com" } },
	/* The refused, the routed, the foreign and the local. */
	{ { "<nobody@example.com>", "<anna@example.com>",
	      "<x@foreign.example>", "<ben@example.com>", "<postmaster>" },
	    { "x@foreign.example", "ben@example.com", "postmaster",
		"anna@store1.example.com" } },
};

START_TEST(whole_envelope)
{
	struct trial *trial = start(NULL, "");

	for (size_t i = 0; i < COUNT(envelope_cases); i++) {
		const struct trial_result *result =
		    send(trial, envelope_cases[i].recipients);
		size_t count = 0;

		while (envelope_cases[i].envelope[count] != NULL)
			count++;
		ck_assert_msg(result->applied.recipient_count == count,
		    "case %zu: %zu", i, result->applied.recipient_count);
		for (size_t k = 0; k < count; k++)
			ck_assert_msg(
			    span_equal(result->applied.recipients[k],
				span_of(envelope_cases[i].envelope[k])),
			    "case %zu: %.*s", i,
			    SPAN_ARGS(result->applied.recipients[k]));
	}
	stop(&trial);
}
END_TEST

static struct span
note_of(const struct verdict *verdict, const char *key)
{
	for (size_t i = 0; i < verdict->note_count; i++)
		if (strcmp(verdict->notes[i].key, key) == 0)
			return verdict->notes[i].value;
	return SPAN("none");
}

START_TEST(counts_are_noted)
{
	static const char *const recipients[] = { "<nobody@example.com>",
		"<anna@example.com>", "<nobody@example.com>",
		"<ben@example.com>", NULL };
	struct trial *trial = start(NULL, "");
	const struct trial_result *result = send(trial, recipients);

	ck_assert(span_equal(note_of(result->verdict, "routed"), SPAN("1")));
	ck_assert(span_equal(note_of(result->verdict, "unknown"), SPAN("2")));
	stop(&trial);
}
END_TEST

/* Settings, a recipient, the answer and the target. */
static const struct {
	const char *settings, *recipient;
	unsigned code;
	const char *target;
} settings_cases[] = {
	{ "profile = active-directory", "<carl@example.com>", 250,
	    "carl@cloud.example" },
	{ "profile = active-directory", "<C@example.com>", 250,
	    "carl@cloud.example" },
	{ "profile = inetorgperson", "<anna@example.com>", 250, NULL },
	{ "profile = inetorgperson", "<a.arens@example.com>", 550, NULL },
	{ "routing_attribute = none", "<anna@example.com>", 250, NULL },
	{ "filter = \"(&(mail=%u@%d)(!(uid=x)))\"", "<anna@example.com>", 250,
	    "anna@store1.example.com" },
	{ "keep_extension = no", "<anna+x@example.com>", 250,
	    "anna@store1.example.com" },
	{ "recipient_delimiter = \"\"", "<anna+x@example.com>", 550, NULL },
	{ "recipient_delimiter = \"-\"", "<anna-x@example.com>", 250,
	    "anna-x@store1.example.com" },
	{ "always_accept = {}", "<abuse@example.com>", 550, NULL },
	{ "exempt = {}", "<SRS0=x@example.com>", 550, NULL },
	{ "observe = yes", "<nobody@example.com>", 250, NULL },
};

START_TEST(settings_matter)
{
	for (size_t i = 0; i < COUNT(settings_cases); i++) {
		const char *const recipients[] = { settings_cases[i].recipient,
			NULL };
		struct trial *trial = start(NULL, settings_cases[i].settings);
		const struct trial_result *result = send(trial, recipients);
		const char *target = settings_cases[i].target;

		ck_assert_msg(code_of(&result->recipients[0]) ==
			settings_cases[i].code,
		    "%s", settings_cases[i].settings);
		ck_assert_msg(result->verdict->edit_count ==
			(target != NULL ? 2 : 0),
		    "%s", settings_cases[i].settings);
		if (target != NULL)
			ck_assert(span_equal(result->verdict->edits[1].value,
			    span_of(target)));
		stop(&trial);
	}
}
END_TEST

/* Nobody is refused for good while the directory is down; those who need not
 * be looked up get their mail. */
START_TEST(directory_is_down)
{
	static const char *const recipients[] = { "<anna@example.com>",
		"<nobody@example.com>", "<x@foreign.example>", "<postmaster>",
		NULL };
	static const unsigned codes[] = { 451, 451, 250, 250 };
	struct trial *trial =
	    start("uris = \"ldapi://%2Fnonexistent%2Fsocket\"\n"
		  "base = \"dc=example,dc=com\"\n",
		"");
	const struct trial_result *result = send(trial, recipients);

	for (size_t i = 0; i < COUNT(codes); i++)
		ck_assert_uint_eq(code_of(&result->recipients[i]), codes[i]);
	ck_assert(span_equal(
	    result->recipients[0].reply.enhanced, SPAN("4.3.0")));
	ck_assert_uint_eq(result->verdict->edit_count, 0);
	stop(&trial);
}
END_TEST

#define SERVER "directory \"x\" { uris = \"ldap://h\" base = \"dc=x\" }\n"

static const struct {
	const char *text, *reason;
} mistake_cases[] = {
	{ "", "domains" },
	{ "", "directory" },
	{ "domains = \"*.example.com\"\n" SERVER, "\"*.example.com\"" },
	{ "domains = \"a\"\ndirectory \"x\" { ldif = \"/none\" }", "/none" },
	{ "domains = \"a\"\n" SERVER "directory \"y\" { }",
	    "only one" },
	{ "domains = \"a\"\nfilter = \"mail=x\"\n"
	  SERVER,
	    "route.conf:2: filter: the filter mail=x is malformed at column 1: "
	    "\"(\" expected\n" },
	{ "domains = \"a\"\nfilter = \"(mail=%s\"\n"
	  SERVER,
	    "route.conf:2: filter: the filter (mail=%s is malformed at column "
	    "9: \")\" expected\n" },
	{ "domains = \"a\"\nfilter = \"(uid=foo%%s)\"\n"
	  SERVER,
	    "route.conf:2: filter: \"(uid=foo%%s)\" is the same for every "
	    "address; put %s (address), %u (local part) or %d (domain) in it, "
	    "such as (mail=%s)\n" },
	{ "domains = \"a\"\n"
	  "directory \"x\" { uris = \"ldap://h\" base = \"example.com\" }",
	    "route.conf:2: directory \"x\": base: \"example.com\" is no DN; "
	    "write one such as \"dc=example,dc=com\"\n" },
	{ "domains = \"a\"\n"
	  "directory \"x\" { uris = \"ldap://h\" ldif = \"p.ldif\" }",
	    "route.conf:2: directory \"x\": \"uris\" or \"ldif\" can be "
	    "set, and not both; remove one\n" },
	{ "domains = \"user@example.com\"\n" SERVER,
	    "route.conf:1: domains: \"user@example.com\" is no domain; write "
	    "example.com or, for all domains below it, .example.com\n" },
	{ "domains = \"a\"\nrecipient_delimiter = \"++\"\n"
	  SERVER,
	    "route.conf:2: recipient_delimiter: \"++\" is no delimiter; write "
	    "one of + - = # . * & $ ^ ~ | or, for none, \"\"\n" },
};

START_TEST(mistakes_are_told)
{
	for (size_t i = 0; i < COUNT(mistake_cases); i++) {
		struct buf errors;

		buf_init(&errors, 4096);
		ck_assert_ptr_null(trial_new(
		    &route_daemon, mistake_cases[i].text, &errors));
		ck_assert_msg(strstr(buf_string(&errors),
				  mistake_cases[i].reason) != NULL,
		    "%s", buf_string(&errors));
		buf_free(&errors);
	}
}
END_TEST

/* Any bytes in an address become parameters without blank or control, and
 * none that begins no character swallows those behind it. */
START_TEST(parameters_are_safe)
{
	struct pool *pool = pool_new();

	for (int first = 1; first < 256; first++) {
		const char bytes[] = { (char)first, '=', '+', (char)0xe2 };
		const struct recipient recipient = {
			.address.text = span_make(bytes, sizeof(bytes)),
		};
		struct span parameters = route_parameters(pool, &recipient);

		ck_assert(span_starts(parameters, SPAN("ORCPT=utf-8;")));
		ck_assert_ptr_nonnull(strstr(
		    pool_string(pool, parameters), "\\x{3D}\\x{2B}\\x{E2}"));
		for (size_t i = 0; i < parameters.len; i++)
			ck_assert(parameters.ptr[i] > ' ' &&
			    parameters.ptr[i] <= '~');
	}
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("route", one_recipient, whole_envelope, counts_are_noted,
    settings_matter, directory_is_down, mistakes_are_told,
    parameters_are_safe)
