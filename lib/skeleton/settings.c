/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/settings.h"

#include "base/log.h"
#include "formats/address.h"
#include "skeleton/listener.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#define SECOND (INT64_C(1000) * 1000)
#define MEGABYTE (INT64_C(1) << 20)

static const char *const role_choices[] = { "inbound", "outbound",
	"application", "local", NULL };
static const char *const listener_role_choices[] = { "inbound", "outbound",
	"application", "local", "default", NULL };
static const char *const failure_choices[] = { "default", "tempfail", "hold",
	NULL };
static const char *const engine_choices[] = { "libmilter", "native", NULL };
static const char *const log_choices[] = { "text", "json", NULL };

/* Only of names that a file gives: the default user may be made later. */
static int
check_user(const char *text, struct err *err)
{
	if (text[0] != '\0' && getpwnam(text) == NULL)
		return err_set(err, ERR_CONFIG,
		    "there is no user \"%s\"; make it with adduser --system, "
		    "or name another", text);
	return 0;
}

static int
check_group(const char *text, struct err *err)
{
	if (text[0] != '\0' && getgrnam(text) == NULL)
		return err_set(err, ERR_CONFIG,
		    "there is no group \"%s\"; make it with addgroup "
		    "--system, or name another", text);
	return 0;
}

static int
check_socket(const char *text, struct err *err)
{
	return text[0] != '\0' ? listener_check(text, err) : 0;
}

#define ROW(member) offsetof(struct settings, member)

static const struct conf_row rows[] = {
	{ "socket", CONF_STRING, ROW(socket), NULL, 0, 0, NULL, check_socket,
	    "Where the MTA connects: unix:/path, inet:port@host, "
	    "inet6:port@host or fd:N; empty: the daemon's default." },
	{ "socket_owner", CONF_STRING, ROW(socket_owner), NULL, 0, 0, NULL,
	    check_user, "User who owns the unix socket; empty: the daemon's." },
	{ "socket_group", CONF_STRING, ROW(socket_group), NULL, 0, 0, NULL,
	    check_group,
	    "Group of the unix socket, the MTA's; empty: the daemon's." },
	{ "socket_mode", CONF_MODE, ROW(socket_mode), "0660", 0, 0777, NULL,
	    NULL, "Permissions of the unix socket." },
	{ "user", CONF_STRING, ROW(user), "lumbar", 0, 0, NULL, check_user,
	    "User to become when started by root." },
	{ "group", CONF_STRING, ROW(group), NULL, 0, 0, NULL, check_group,
	    "Group to become when started by root; empty: the user's own." },
	{ "observe", CONF_BOOL, ROW(observe), "no", 0, 0, NULL, NULL,
	    "Decide and log everything, change nothing." },
	{ "log_format", CONF_CHOICE, ROW(log_format), "text", 0, 0,
	    log_choices, NULL,
	    "Form of the log lines; both have the same fields." },
	{ "internal_domains", CONF_STRINGS, ROW(internal_domains), NULL, 0, 0,
	    NULL, domain_pattern_check,
	    "Domains whose recipients are internal; \".example.com\" means "
	    "every domain below example.com." },
	{ "default_role", CONF_CHOICE, ROW(default_role), "inbound", 0, 0,
	    role_choices, NULL,
	    "Role of an MTA listener that has no listener section." },
	{ "engine", CONF_CHOICE, ROW(engine), "native", 0, 0,
	    engine_choices, NULL,
	    "What speaks the milter protocol: the native engine or Sendmail's "
	    "libmilter; both do the same." },
	{ "session_timeout", CONF_DURATION, ROW(session_timeout), "7210s",
	    SECOND, 7 * 24 * 3600 * SECOND, NULL, NULL,
	    "Time after which an MTA connection without a command is closed; "
	    "above the longest pause of an SMTP client." },
	{ "max_sessions", CONF_INTEGER, ROW(max_sessions), "1000", 1, 100000,
	    NULL, NULL,
	    "MTA connections at the same time; one more is closed at once." },
	{ "max_recipients", CONF_INTEGER, ROW(max_recipients), "50000", 1,
	    1000000, NULL, NULL,
	    "Recipients of one message; one more is deferred, with the whole "
	    "message where recipients are not answered one by one." },
	{ "max_header_size", CONF_SIZE, ROW(max_header_size), "4M", 65536,
	    1024 * MEGABYTE, NULL, NULL,
	    "Bytes in the header section of one message, and 64 for each "
	    "field; more is a fault." },
	{ "workers", CONF_INTEGER, ROW(workers), "8", 1, 256, NULL, NULL,
	    "Threads that ask directories and other services." },
	{ "lookup_timeout", CONF_DURATION, ROW(lookup_timeout), "5s",
	    SECOND / 100, 3600 * SECOND, NULL, NULL,
	    "Time after which a lookup has failed; below the MTA's own "
	    "timeout (Sendmail's default is 10 seconds)." },
	{ "drain_timeout", CONF_DURATION, ROW(drain_timeout), "20s", 0,
	    3600 * SECOND, NULL, NULL,
	    "Time that open sessions get to end when the daemon is stopped." },
	{ "hold_after_faults", CONF_INTEGER, ROW(hold_after_faults), "3", 0,
	    1000000, NULL, NULL,
	    "Hold a message that met this many faults, rather than defer it "
	    "again; 0: never." },
	{ "body_memory", CONF_SIZE, ROW(body_memory), "1M", 4096,
	    1024 * MEGABYTE, NULL, NULL,
	    "Bytes of a kept body that stay in memory; what is larger goes "
	    "to an unlinked file." },
	{ "spool_directory", CONF_STRING, ROW(spool_directory), "/tmp", 0, 0,
	    NULL, NULL, "Where such files are made." },
	{ "statistics_interval", CONF_DURATION, ROW(statistics_interval), "1h",
	    0, 24 * 3600 * SECOND, NULL, NULL,
	    "How often the counters are logged; 0s: only at the end." },
};

#undef ROW
#define ROW(member) offsetof(struct listener_settings, member)

static const struct conf_row listener_rows[] = {
	{ "role", CONF_CHOICE, ROW(role), "default", 0, 0,
	    listener_role_choices, NULL,
	    "What the listener is for; default: what default_role says." },
	{ "on_failure", CONF_CHOICE, ROW(on_failure), "default", 0, 0,
	    failure_choices, NULL,
	    "What happens to mail when a decision fails; default: hold for "
	    "applications, tempfail for all others." },
};

static const struct conf_section sections[] = {
	{ "listener", listener_rows,
	    sizeof(listener_rows) / sizeof(listener_rows[0]),
	    sizeof(struct listener_settings), ROW(name), ROW(place),
	    offsetof(struct settings, listeners),
	    "A listener of the MTA, by its {daemon_name}." },
};

const struct conf_table settings_table = {
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.sections = sections,
	.section_count = sizeof(sections) / sizeof(sections[0]),
	.base = 0,
};

const struct listener_settings *
settings_listener(const struct settings *settings, struct span name)
{
	const struct listener_settings *items = settings->listeners.items;

	for (size_t i = 0; i < settings->listeners.count; i++)
		if (span_equal(span_of(items[i].name), name))
			return &items[i];
	return NULL;
}

enum role
settings_role(const struct settings *settings, struct span name)
{
	const struct listener_settings *listener =
	    settings_listener(settings, name);

	if (listener == NULL || listener->role == LISTENER_ROLE_DEFAULT)
		return (enum role)settings->default_role;
	return (enum role)listener->role;
}

bool
settings_internal(const struct settings *settings, struct span domain)
{
	const struct conf_strings *domains = &settings->internal_domains;

	for (size_t i = 0; i < domains->count; i++)
		if (domain_matches(domain, span_of(domains->items[i])))
			return true;
	return false;
}

int
settings_check_role(const char *text, struct err *err)
{
	enum role role;

	return role_parse(span_of(text), &role, err);
}

int
settings_check_network(const char *text, struct err *err)
{
	struct network network;

	return network_parse(span_of(text), &network, err);
}
