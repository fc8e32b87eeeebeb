/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sign.conf may hold, and the daemon as a table.
 */
#include "milters/sign.h"

#include "milters/sign_config.h"
#include "milters/sign_decide.h"

#include <stddef.h>
#include <string.h>

#define DAY (24 * 3600 * CLOCK_SECOND_US)

static int
check_domain(const char *text, struct err *err)
{
	return sign_check_name(span_of(text), err);
}

static int
check_pattern(const char *text, struct err *err)
{
	if (strncmp(text, "*.", 2) == 0)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is no domain; write \"%s\" for all below %s", text,
		    text + 1, text + 2);
	return sign_check_name(span_of(text[0] == '.' ? text + 1 : text), err);
}

static int
check_header(const char *text, struct err *err)
{
	/* Trace fields, which every MTA on the way adds, and fields that an
	 * MTA takes out (RFC 6376 section 5.4). */
	static const char *const unstable[] = { "Received", "Return-Path",
		"Delivered-To", "X-Original-To", "Bcc", "Resent-Bcc",
		"DKIM-Signature", "Authentication-Results" };

	if (header_name_check(span_of(text)) < 0)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" cannot be the name of a header field; write one "
		    "such as \"Subject\"",
		    text);
	for (size_t i = 0; i < sizeof(unstable) / sizeof(unstable[0]); i++)
		if (span_equal_case(span_of(text), span_of(unstable[i])))
			return err_set(err, ERR_CONFIG,
			    "%s changes on the way, which would break every "
			    "signature; take it out",
			    unstable[i]);
	return 0;
}

static int
check_oversign(const char *text, struct err *err)
{
	struct span name = span_of(text);

	if (check_header(text, err) < 0)
		return -1;
	if (span_equal_case(name, SPAN("Sender")) ||
	    span_starts_case(name, SPAN("List-")))
		return err_set(err, ERR_CONFIG,
		    "mailing lists add %s, which would break the signature; "
		    "put it into sign_headers or take it out",
		    text);
	return 0;
}

/* What check_oversign tests, and no field that Sendmail adds after the milter
 * where it is missing. */
static int
check_oversign_absent(const char *text, struct err *err)
{
	struct span name = span_of(text);

	if (check_oversign(text, err) < 0)
		return -1;
	if (span_equal_case(name, SPAN("Date")) ||
	    span_equal_case(name, SPAN("Message-ID")))
		return err_set(err, ERR_CONFIG,
		    "Sendmail adds a missing %s after the signature, which "
		    "would break it; put it into oversign_present_headers",
		    text);
	return 0;
}

/* In the order of enum sign_canon. */
static const char *const canon_choices[] = { "relaxed/relaxed",
	"relaxed/simple", "simple/relaxed", "simple/simple", NULL };

#define ROW(member) offsetof(struct sign_conf, member)

static const struct conf_row rows[] = {
	{ "sign_networks", CONF_STRINGS, ROW(networks),
	    "{ \"127.0.0.0/8\", \"::1\" }", 0, 0, NULL,
	    settings_check_network,
	    "Mail from clients in these networks is signed." },
	{ "sign_logins", CONF_BOOL, ROW(logins), "yes", 0, 0, NULL, NULL,
	    "Mail from clients that have logged in is signed." },
	{ "sign_local", CONF_BOOL, ROW(local), "yes", 0, 0, NULL, NULL,
	    "Mail that did not come by SMTP is signed: sendmail(1), bounces." },
	{ "sign_roles", CONF_STRINGS, ROW(roles),
	    "{ \"outbound\", \"application\" }", 0, 0, NULL,
	    settings_check_role,
	    "Mail that came in by a listener of these roles is signed." },
	{ "sign_listeners", CONF_STRINGS, ROW(listeners), NULL, 0, 0, NULL,
	    NULL, "Mail that came in by these listeners is signed." },
	{ "canonicalization", CONF_CHOICE, ROW(canonicalization),
	    "relaxed/relaxed", 0, 0, canon_choices, NULL,
	    "Form of header and body that is hashed (RFC 6376 section 3.4)." },
	{ "lifetime", CONF_DURATION, ROW(lifetime), "0s", 0, 3650 * DAY, NULL,
	    NULL, "Time after which signatures are void (x=); 0s: never." },
	{ "oversign_headers", CONF_STRINGS, ROW(oversign),
	    "{ \"From\", \"Subject\", \"To\", \"Cc\" }", 0, 0, NULL,
	    check_oversign_absent,
	    "Header fields to sign so that no further one can be added." },
	{ "oversign_present_headers", CONF_STRINGS, ROW(oversign_present),
	    "{ \"Date\", \"Message-ID\" }", 0, 0, NULL, check_oversign,
	    "The same for fields of which the message has at least one." },
	{ "sign_headers", CONF_STRINGS, ROW(headers),
	    "{ \"Reply-To\", \"In-Reply-To\", \"References\", "
	    "\"MIME-Version\", \"Content-Type\", "
	    "\"Content-Transfer-Encoding\", \"Resent-Date\", "
	    "\"Resent-From\", \"Resent-To\", \"Resent-Cc\", "
	    "\"Resent-Message-ID\" }",
	    0, 0, NULL, check_header,
	    "Header fields to sign where the message has them." },
};

#undef ROW
#define ROW(member) offsetof(struct sign_key_conf, member)

static const struct conf_row key_rows[] = {
	{ "domain", CONF_STRING, ROW(domain), NULL, 0, 0, NULL, check_domain,
	    "The domain that signs (d=)." },
	{ "selector", CONF_STRING, ROW(selector), NULL, 0, 0, NULL,
	    check_domain,
	    "Where the public half is: SELECTOR._domainkey.DOMAIN (s=)." },
	{ "file", CONF_STRING, ROW(file), NULL, 0, 0, NULL, NULL,
	    "The private key in PEM, RSA or Ed25519; a relative name counts "
	    "from the folder of this file." },
	{ "from", CONF_STRINGS, ROW(from), NULL, 0, 0, NULL, check_pattern,
	    "Domains in From that the key signs for, \".example.com\" for all "
	    "below example.com; empty: the signing domain only." },
	{ "identity", CONF_STRING, ROW(identity), NULL, 0, 0, NULL, NULL,
	    "The agent on whose behalf is signed (i=), \"@\" and the domain or "
	    "one below it; empty: none." },
};

static const struct conf_section sections[] = {
	{ "key", key_rows, sizeof(key_rows) / sizeof(key_rows[0]),
	    sizeof(struct sign_key_conf), ROW(name), ROW(place),
	    offsetof(struct sign_conf, keys),
	    "A private key, by a name of your choice.  Several for one From "
	    "domain make several signatures." },
};

static void *
sign_load(void *process, const void *conf, struct buf *errors)
{
	(void)process;
	return sign_config_new(conf, errors);
}

static void
sign_unload(void *config)
{
	struct sign_config *snapshot = config;

	sign_config_free(&snapshot);
}

const struct daemon sign_daemon = {
	.name = "lumbar-sign",
	.summary = "signs the mail of one's own domains with DKIM",
	.conf_file = "sign.conf",
	.table = {
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.sections = sections,
		.section_count = sizeof(sections) / sizeof(sections[0]),
	},
	.conf_size = sizeof(struct sign_conf),
	.default_socket = "unix:/run/lumbar/sign.sock",
	.events = EVENT_HEADERS | EVENT_BODY,
	.changes = CHANGE_HEADERS,
	.load = sign_load,
	.unload = sign_unload,
	.needs = sign_needs,
	.begin = sign_begin,
	.decide = sign_decide,
	.body = sign_body,
	.settle = sign_settle,
};
