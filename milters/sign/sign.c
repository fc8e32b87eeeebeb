/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sign.conf may hold, and the daemon as a table.
 */
#include "milters/sign/sign.h"

#include "formats/dns_name.h"
#include "milters/sign/sign_config.h"
#include "milters/sign/sign_count.h"
#include "milters/sign/sign_decide.h"
#include "milters/sign/sign_fields.h"
#include "milters/sign/sign_origin.h"

#include <stddef.h>

/* Lines of a signature itself are shorter than the least limit (a DNS name has
 * at most 255 bytes, an identity DKIM_IDENTITY_MAX), so these are never
 * broken. */
enum { LINE_LIMIT_MIN = 512, LINE_LIMIT_MAX = 1 << 20 };

#define DAY (24 * 3600 * CLOCK_SECOND_US)

static int
check_dns_name(const char *text, struct err *err)
{
	struct pool *pool = pool_new();
	struct span ascii;
	int result = dns_name_parse(pool, span_of(text), &ascii, err);

	pool_free(&pool);
	return result;
}

static int
check_domain(const char *text, struct err *err)
{
	if (span_equal(span_of(text), SPAN("%")))
		return 0;
	return check_dns_name(text, err);
}

static int
check_pattern(const char *text, struct err *err)
{
	struct pool *pool = pool_new();
	struct author_pattern pattern;
	int result =
	    author_pattern_parse(pool, span_of(text), &pattern, err);

	pool_free(&pool);
	return result;
}

/* In the order of enum sign_canon. */
static const char *const canon_choices[] = { "relaxed/relaxed",
	"relaxed/simple", "simple/relaxed", "simple/simple", NULL };

/* In the order of enum several_authors. */
static const char *const several_choices[] = { "refuse", "first", NULL };

/* In the order of enum bind_logins. */
static const char *const bind_choices[] = { "no", "table", "address", NULL };

/* In the order of enum bad_key_outcome; the first is of keys alone. */
static const char *const bad_key_choices[] = { "default", "tempfail", "pass",
	NULL };

static int
check_not_default(const char *text, struct err *err)
{
	if (span_equal(span_of(text), SPAN("default")))
		return err_set(err, ERR_CONFIG,
		    "\"default\" means this key; write tempfail or pass");
	return 0;
}

static int
check_line_limit(const char *text, struct err *err)
{
	uint64_t limit;

	if (span_number(span_of(text), LINE_LIMIT_MAX, &limit) == 0 &&
	    limit != 0 && limit < LINE_LIMIT_MIN)
		return err_set(err, ERR_CONFIG,
		    "%s is shorter than the lines of a signature can be; write "
		    "what postconf smtp_line_length_limit says, mostly 998, or "
		    "0 to predict nothing",
		    text);
	return 0;
}

#define ROW(member) offsetof(struct sign_conf, member)

static const struct conf_row rows[] = {
	{ "sign_networks", CONF_STRINGS, ROW(networks),
	    "{ \"127.0.0.0/8\", \"::1\" }", 0, 0, NULL,
	    settings_check_network,
	    "Mail from clients in these networks is signed." },
	{ "sign_logins", CONF_BOOL, ROW(logins), "yes", 0, 0, NULL, NULL,
	    "Mail from clients that have logged in is signed." },
	{ "sign_local", CONF_BOOL, ROW(local), "yes", 0, 0, NULL, NULL,
	    "Mail of sendmail(1), which did not come by SMTP, is signed." },
	{ "sign_bounces", CONF_BOOL, ROW(bounces), "yes", 0, 0, NULL, NULL,
	    "Mail with the null sender that did not come by SMTP is signed: "
	    "bounces that the MTA itself writes." },
	{ "sign_roles", CONF_STRINGS, ROW(roles),
	    "{ \"outbound\", \"application\" }", 0, 0, NULL,
	    settings_check_role,
	    "Mail that came in by a listener of these roles is signed." },
	{ "sign_listeners", CONF_STRINGS, ROW(listeners), NULL, 0, 0, NULL,
	    NULL, "Mail that came in by these listeners is signed." },
	{ "several_authors", CONF_CHOICE, ROW(several_authors), "refuse", 0, 0,
	    several_choices, NULL,
	    "What happens to mail with several From fields, or authors in "
	    "several domains: not signed, or signed for the first." },
	{ "bind_logins", CONF_CHOICE, ROW(bind_logins), "no", 0, 0,
	    bind_choices, NULL,
	    "Sign mail of clients that have logged in only where the author "
	    "is one that the login may be: any, those that tables and login "
	    "blocks grant, these and the login itself if it is an address." },
	{ "tables", CONF_STRINGS, ROW(tables), NULL, 0, 0, NULL, NULL,
	    "Files with more keys and what they are for, one a line." },
	{ "on_bad_key", CONF_CHOICE, ROW(on_bad_key), "tempfail", 0, 0,
	    bad_key_choices, check_not_default,
	    "What happens to mail whose key cannot be used: deferred, or "
	    "passed without its signature." },
	{ "canonicalization", CONF_CHOICE, ROW(canonicalization),
	    "relaxed/relaxed", 0, 0, canon_choices, NULL,
	    "Form of header and body that is hashed (RFC 6376 section 3.4)." },
	{ "lifetime", CONF_DURATION, ROW(lifetime), "0s", 0, 3650 * DAY, NULL,
	    NULL, "Time after which signatures are void (x=); 0s: never." },
	{ "copy_headers", CONF_BOOL, ROW(copy_headers), "no", 0, 0, NULL, NULL,
	    "Put the signed header fields into the signature (z=), to find "
	    "out what changes them on the way." },
	{ "predict_line_breaks", CONF_INTEGER, ROW(predict_line_breaks), "0",
	    0, LINE_LIMIT_MAX, NULL, check_line_limit,
	    "Sign header and body as they will be after Postfix has broken "
	    "lines of over this many bytes, its smtp_line_length_limit; 0: as "
	    "they are." },
	{ "warn_eight_bit", CONF_BOOL, ROW(warn_eight_bit), "yes", 0, 0, NULL,
	    NULL,
	    "Note and count signed mail whose body is not all ASCII: an MTA "
	    "that recodes it for a server without 8BITMIME breaks the "
	    "signature." },
	{ "oversign_headers", CONF_STRINGS, ROW(oversign),
	    "{ \"From\", \"Subject\", \"To\", \"Cc\" }", 0, 0, NULL,
	    sign_fields_check_oversign,
	    "Header fields to sign so that no further one can be added." },
	{ "oversign_present_headers", CONF_STRINGS, ROW(oversign_present),
	    "{ \"Date\", \"Message-ID\" }", 0, 0, NULL,
	    sign_fields_check_oversign_present,
	    "The same for fields of which the message has at least one." },
	{ "sign_headers", CONF_STRINGS, ROW(headers),
	    "{ \"Reply-To\", \"In-Reply-To\", \"References\", "
	    "\"MIME-Version\", \"Content-Type\", "
	    "\"Content-Transfer-Encoding\", \"Resent-Date\", "
	    "\"Resent-From\", \"Resent-To\", \"Resent-Cc\", "
	    "\"Resent-Message-ID\" }",
	    0, 0, NULL, sign_fields_check,
	    "Header fields to sign where the message has them." },
};

#undef ROW
#define ROW(member) offsetof(struct sign_key_conf, member)

static const struct conf_row key_rows[] = {
	{ "set", CONF_STRING, ROW(set), NULL, 0, 0, NULL, NULL,
	    "A file that lumbar-key(1) keeps, DOMAIN.keys: all keys that are "
	    "active there sign; instead of domain, selector and file." },
	{ "domain", CONF_STRING, ROW(domain), NULL, 0, 0, NULL, check_domain,
	    "The domain that signs (d=); \"%\": that of each author." },
	{ "selector", CONF_STRING, ROW(selector), NULL, 0, 0, NULL,
	    check_dns_name,
	    "Where the public half is: SELECTOR._domainkey.DOMAIN (s=)." },
	{ "file", CONF_STRING, ROW(file), NULL, 0, 0, NULL, NULL,
	    "The private key in PEM, RSA or Ed25519; a relative name counts "
	    "from the folder of this file." },
	{ "from", CONF_STRINGS, ROW(from), NULL, 0, 0, NULL, check_pattern,
	    "Authors in From that the key signs for: domains, "
	    "\".example.com\" for all below example.com, addresses, patterns "
	    "with \"*\"; empty: the signing domain only." },
	{ "identity", CONF_STRING, ROW(identity), NULL, 0, 0, NULL, NULL,
	    "The agent on whose behalf is signed (i=), \"@\" and the domain or "
	    "one below it; empty: none." },
	{ "on_bad_key", CONF_CHOICE, ROW(on_bad_key), "default", 0, 0,
	    bad_key_choices, NULL,
	    "What happens to mail if this key cannot be used; default: as "
	    "on_bad_key outside all blocks says." },
};

#undef ROW
#define ROW(member) offsetof(struct sign_login_conf, member)

static const struct conf_row login_rows[] = {
	{ "from", CONF_STRINGS, ROW(from), NULL, 0, 0, NULL, check_pattern,
	    "Authors that the login may be, as in a key block." },
};

#undef ROW
#define ROW(member) offsetof(struct sign_origin_conf, member)

static const struct conf_row origin_rows[] = {
	{ "networks", CONF_STRINGS, ROW(networks), NULL, 0, 0, NULL,
	    settings_check_network, "The client is in one of these." },
	{ "listeners", CONF_STRINGS, ROW(listeners), NULL, 0, 0, NULL, NULL,
	    "It came in by one of these listeners." },
	{ "roles", CONF_STRINGS, ROW(roles), NULL, 0, 0, NULL,
	    settings_check_role,
	    "It came in by a listener of one of these roles." },
	{ "logins", CONF_STRINGS, ROW(logins), NULL, 0, 0, NULL, NULL,
	    "It has logged in as one of these, in which \"*\" stands for any "
	    "text." },
	{ "local", CONF_BOOL, ROW(local), "no", 0, 0, NULL, NULL,
	    "About mail that did not come by SMTP, but for bounces." },
	{ "bounces", CONF_BOOL, ROW(bounces), "no", 0, 0, NULL, NULL,
	    "About bounces that did not come by SMTP." },
	{ "certificates", CONF_STRINGS, ROW(certificates), NULL, 0, 0, NULL,
	    NULL,
	    "It has shown a certificate that the MTA has verified, with one "
	    "of these as common name." },
	{ "headers", CONF_STRINGS, ROW(headers), NULL, 0, 0, NULL,
	    sign_origin_check_header,
	    "The message has one of these header fields, \"Name: value\", "
	    "once." },
};

static const struct conf_section sections[] = {
	{ "key", key_rows, sizeof(key_rows) / sizeof(key_rows[0]),
	    sizeof(struct sign_key_conf), offsetof(struct sign_key_conf, name),
	    offsetof(struct sign_key_conf, place),
	    offsetof(struct sign_conf, keys),
	    "A private key, by a name of your choice.  Several for one From "
	    "domain make several signatures." },
	{ "login", login_rows, sizeof(login_rows) / sizeof(login_rows[0]),
	    sizeof(struct sign_login_conf),
	    offsetof(struct sign_login_conf, name),
	    offsetof(struct sign_login_conf, place),
	    offsetof(struct sign_conf, grants),
	    "Which authors a login may be, where bind_logins asks; \"*\": "
	    "every login." },
	{ "origin", origin_rows, sizeof(origin_rows) / sizeof(origin_rows[0]),
	    sizeof(struct sign_origin_conf),
	    offsetof(struct sign_origin_conf, name),
	    offsetof(struct sign_origin_conf, place),
	    offsetof(struct sign_conf, origins),
	    "Clients whose mail is one's own only under conditions, by a name "
	    "of your choice." },
};

#undef ROW

static void *
sign_open(const void *conf, struct err *err)
{
	(void)conf;
	(void)err;
	return sign_counts_new();
}

static void
sign_close(void *process)
{
	struct sign_counts *counts = process;

	sign_counts_free(&counts);
}

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

static void
sign_complain(const void *config, struct buf *errors)
{
	sign_config_bad_keys(config, errors);
}

static int
sign_may_replace(const void *old, const void *fresh, struct buf *errors)
{
	return sign_config_may_replace(old, fresh, errors);
}

static const char *
sign_digest(const void *config)
{
	const struct sign_config *snapshot = config;

	return snapshot->digest;
}

static void
sign_log_counters(const void *process, struct log_line *line)
{
	sign_counts_log(process, line);
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
	.open = sign_open,
	.close = sign_close,
	.load = sign_load,
	.unload = sign_unload,
	.complain = sign_complain,
	.may_replace = sign_may_replace,
	.log_counters = sign_log_counters,
	.digest = sign_digest,
	.needs = sign_needs,
	.begin = sign_begin,
	.decide = sign_decide,
	.body = sign_body,
	.settle = sign_settle,
};
