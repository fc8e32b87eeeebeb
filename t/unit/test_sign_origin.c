/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which mail is one's own to sign, by where it came from.
 */
#include "t/unit/sign_trial.h"

static const struct {
	const char *conf;
	struct trial_message message;
	const char *reason; /* "": it is signed */
} origins[] = {
	{ ONE_KEY, { .client = "127.0.0.1" }, "" },
	{ ONE_KEY, { .client = "127.9.9.9" }, "" },
	{ ONE_KEY, { .client = "::1" }, "" },
	{ ONE_KEY, { .client = "192.0.2.1" }, "origin" },
	{ ONE_KEY, { .client = "2001:db8::1" }, "origin" },
	{ ONE_KEY, { .client = "192.0.2.1", .login = "joe" }, "" },
	{ ONE_KEY, { .client = "127.0.0.1", .local = true }, "" },
	{ ONE_KEY "sign_bounces = no", { .client = "127.0.0.1", .local = true },
	    "origin" },
	{ ONE_KEY "sign_bounces = no",
	    { .client = "127.0.0.1", .local = true, .sender = "<a@b.example>" },
	    "" },
	{ ONE_KEY "sign_local = no", { .client = "127.0.0.1", .local = true },
	    "" },
	{ ONE_KEY "sign_local = no",
	    { .client = "127.0.0.1", .local = true, .sender = "<a@b.example>" },
	    "origin" },
	{ ONE_KEY "sign_logins = no", { .client = "192.0.2.1", .login = "joe" },
	    "origin" },
	{ ONE_KEY "sign_networks = { \"192.0.2.0/24\" }",
	    { .client = "192.0.2.255" }, "" },
	{ ONE_KEY "sign_networks = { \"192.0.2.0/24\" }",
	    { .client = "127.0.0.1" }, "origin" },
	{ ONE_KEY "sign_networks = {}", { .client = "127.0.0.1" }, "origin" },
	{ ONE_KEY "listener \"apps\" { role = application }",
	    { .listener = "apps" }, "" },
	{ ONE_KEY "listener \"out\" { role = outbound }", { .listener = "out" },
	    "" },
	{ ONE_KEY "listener \"in\" { role = inbound }", { .listener = "in" },
	    "origin" },
	{ ONE_KEY "listener \"out\" { role = outbound }\nsign_roles = {}",
	    { .listener = "out" }, "origin" },
	{ ONE_KEY "sign_listeners = { \"a\", \"b\" }", { .listener = "b" },
	    "" },
	{ ONE_KEY "sign_listeners = { \"a\", \"b\" }", { .listener = "c" },
	    "origin" },
	{ "", { .client = "127.0.0.1" }, "no-keys" },
};

START_TEST(origin_table)
{
	write_keys();
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		struct trial *trial = good_trial(origins[i].conf);
		struct trial_message message = origins[i].message;
		const struct trial_result *result;

		message.recipients = recipients;
		message.text = SPAN(TEXT);
		result = trial_run(trial, &message);
		check_notes(result, "reason", origins[i].reason, i);
		ck_assert_uint_eq(count_signatures(result),
		    origins[i].reason[0] == '\0' ? 1 : 0);
		trial_free(&trial);
	}
	remove_keys();
}
END_TEST

/* A cloud provider's clients: many addresses, one certificate, and a field in
 * which the provider says whose mail it is. */
#define CLOUD \
	"origin \"cloud\" { certificates = \"mail.provider.example\" " \
	"headers = { \"X-Tenant: example.com\", " \
	"\"x-tenant: example.org\" } }\n"
#define CLOUD_NETWORK \
	"origin \"cloud\" { networks = \"192.0.2.0/24\" " \
	"certificates = \"mail.provider.example\" " \
	"headers = \"X-Tenant: example.com\" }\n"
#define LOCAL "origin \"jobs\" { local = yes headers = \"X-Job: payroll\" }\n"
#define BOUNCES "origin \"b\" { bounces = yes headers = \"X-A: b\" }\n"
#define SUBMITTED \
	.client = "127.0.0.1", .local = true, .sender = "<a@b.example>"
#define BOUNCE .client = "127.0.0.1", .local = true
#define CERTIFICATE .certificate = "Mail.Provider.Example"

static const struct {
	const char *conf;
	struct trial_message message;
	const char *fields;
	const char *origin;
	const char *reason; /* "": it is signed */
} blocks[] = {
	{ CLOUD, { CERTIFICATE }, "X-Tenant: example.com\n", "cloud", "" },
	{ CLOUD, { CERTIFICATE }, "X-TENANT:  Example.ORG \n", "cloud", "" },
	/* Another tenant, or one that hides it. */
	{ CLOUD, { CERTIFICATE }, "X-Tenant: example.net\n", "cloud",
	    "origin-header" },
	{ CLOUD, { CERTIFICATE }, "", "cloud", "origin-header" },
	{ CLOUD, { CERTIFICATE },
	    "X-Tenant: example.com\nX-Tenant: example.net\n", "cloud",
	    "origin-header" },
	{ CLOUD, { CERTIFICATE },
	    "X-Tenant: example.com\nX-Tenant: example.com\n", "cloud",
	    "origin-header" },
	/* Others are judged by the general rules. */
	{ CLOUD, { CERTIFICATE, .certificate_unverified = true },
	    "X-Tenant: example.com\n", "", "origin" },
	{ CLOUD, { .certificate = "mail.other.example" },
	    "X-Tenant: example.com\n", "", "origin" },
	{ CLOUD, { .client = "127.0.0.1" }, "", "network", "" },
	{ CLOUD, { .login = "joe" }, "", "login", "" },
	/* But a block decides alone about its own clients. */
	{ CLOUD, { CERTIFICATE, .client = "127.0.0.1" }, "", "cloud",
	    "origin-header" },
	{ CLOUD "listener \"out\" { role = outbound }",
	    { CERTIFICATE, .listener = "out" }, "", "cloud",
	    "origin-header" },
	{ CLOUD_NETWORK "listener \"out\" { role = outbound }",
	    { .listener = "out" }, "X-Tenant: example.com\n", "cloud",
	    "origin-certificate" },
	{ CLOUD_NETWORK "listener \"out\" { role = outbound }",
	    { .listener = "out", .client = "198.51.100.1" }, "", "role", "" },
	{ CLOUD_NETWORK, { CERTIFICATE }, "X-Tenant: example.com\n", "cloud",
	    "" },
	{ CLOUD_NETWORK, { CERTIFICATE, .client = "198.51.100.1" },
	    "X-Tenant: example.com\n", "", "origin" },
	/* All that a block says of clients must fit; one of each list. */
	{ "origin \"o\" { listeners = { \"a\", \"b\" } "
	  "networks = { \"192.0.2.0/24\", \"10.0.0.0/8\" } }\n",
	    { .listener = "b", .client = "10.1.2.3" }, "", "o", "" },
	{ "origin \"o\" { listeners = { \"a\", \"b\" } "
	  "networks = \"10.0.0.0/8\" }\n",
	    { .listener = "c", .client = "10.1.2.3" }, "", "", "origin" },
	{ "origin \"o\" { roles = inbound logins = \"app-*\" }\n",
	    { .login = "app-1" }, "", "o", "" },
	{ "sign_logins = no\norigin \"o\" { logins = \"app-*\" }\n",
	    { .login = "joe" }, "", "", "origin" },
	{ "origin \"o\" { logins = \"*\" }\n", { .login = NULL }, "", "",
	    "origin" },
	/* The first block that is about a client decides. */
	{ "origin \"o\" { networks = \"192.0.2.0/24\" "
	  "headers = \"X-A: b\" }\norigin \"p\" { networks = \"192.0.2.1\" }",
	    { .client = "192.0.2.1" }, "", "o", "origin-header" },
	/* Mail that did not come by SMTP has no client. */
	{ "origin \"o\" { networks = \"127.0.0.0/8\" "
	  "headers = \"X-A: b\" }\n",
	    { .client = "127.0.0.1", .local = true }, "", "bounce", "" },
	{ "origin \"o\" { roles = local headers = \"X-A: b\" }\n",
	    { SUBMITTED }, "", "local", "" },
	/* A block may be about such mail, about bounces or about both. */
	{ LOCAL, { SUBMITTED }, "X-Job: Payroll\n", "jobs", "" },
	{ LOCAL, { SUBMITTED }, "", "jobs", "origin-header" },
	{ LOCAL, { BOUNCE }, "", "bounce", "" },
	{ BOUNCES, { BOUNCE }, "", "b", "origin-header" },
	{ BOUNCES, { SUBMITTED }, "", "local", "" },
	{ BOUNCES, { .client = "127.0.0.1" }, "", "network", "" },
};

START_TEST(block_table)
{
	write_keys();
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct trial_message message = blocks[i].message;
		const struct trial_result *result;
		struct trial *trial;
		char conf[1024], text[256];

		(void)snprintf(
		    conf, sizeof(conf), "%s%s", ONE_KEY, blocks[i].conf);
		(void)snprintf(text, sizeof(text),
		    "From: a@example.com\n%s\nText.\n", blocks[i].fields);
		trial = good_trial(conf);
		message.recipients = recipients;
		message.text = span_of(text);
		result = trial_run(trial, &message);
		check_notes(result, "origin", blocks[i].origin, i);
		check_notes(result, "reason", blocks[i].reason, i);
		trial_free(&trial);
	}
	remove_keys();
}
END_TEST

SUITE_MAIN("sign_origin", origin_table, block_table)
