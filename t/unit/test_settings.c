/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/settings.h"

#include "base/log.h"
#include "t/unit/suite.h"

enum { ERRORS_MAX = 65536 };

#define SECOND INT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct conf_schema schema = {
	.tables = &settings_table,
	.table_count = 1,
	.size = sizeof(struct settings),
};

static struct conf *conf;
static struct buf errors;

static void
setup(void)
{
	buf_init(&errors, ERRORS_MAX);
}

static void
teardown(void)
{
	conf_free(&conf);
	buf_free(&errors);
}

static const struct settings *
settings_of(const char *text)
{
	ck_assert_msg(
	    conf_read_text(&schema, "test.conf", text, &conf, &errors) == 0,
	    "%s", buf_string(&errors));
	return conf_values(conf);
}

START_TEST(defaults)
{
	const struct settings *settings = settings_of("");

	ck_assert_str_eq(settings->socket, "");
	ck_assert_str_eq(settings->socket_owner, "");
	ck_assert_str_eq(settings->socket_group, "");
	ck_assert_int_eq(settings->socket_mode, 0660);
	ck_assert_str_eq(settings->user, "lumbar");
	ck_assert_str_eq(settings->group, "");
	ck_assert(!settings->observe);
	ck_assert_int_eq(settings->log_format, LOG_FORMAT_TEXT);
	ck_assert_uint_eq(settings->internal_domains.count, 0);
	ck_assert_int_eq(settings->default_role, ROLE_INBOUND);
	ck_assert_uint_eq(settings->listeners.count, 0);
	ck_assert_int_eq(settings->max_sessions, 1000);
	ck_assert_int_eq(settings->max_recipients, 50000);
	ck_assert_int_eq(settings->max_header_size, 4 << 20);
	ck_assert_int_eq(settings->workers, 8);
	ck_assert_int_eq(settings->lookup_timeout, 5 * SECOND);
	ck_assert_int_eq(settings->drain_timeout, 20 * SECOND);
	ck_assert_int_eq(settings->hold_after_faults, 3);
	ck_assert_int_eq(settings->body_memory, 1 << 20);
	ck_assert_str_eq(settings->spool_directory, "/tmp");
	ck_assert_int_eq(settings->statistics_interval, 3600 * SECOND);
}
END_TEST

START_TEST(listeners_have_roles)
{
	const struct settings *settings = settings_of(
	    "default_role = outbound\n"
	    "log_format = json\n"
	    "listener \"in\" { role = inbound }\n"
	    "listener \"apps\" { role = application\non_failure = hold }\n"
	    "listener \"sub\" { role = local\non_failure = tempfail }\n"
	    "listener \"silent\" { on_failure = hold }\n"
	    "listener \"same\" { role = default }\n");
	const struct listener_settings *listener;

	ck_assert_int_eq(settings->log_format, LOG_FORMAT_JSON);
	ck_assert_uint_eq(settings->listeners.count, 5);
	ck_assert_int_eq(settings_role(settings, SPAN("in")), ROLE_INBOUND);
	/* A section about something else leaves the role. */
	ck_assert_int_eq(
	    settings_role(settings, SPAN("silent")), ROLE_OUTBOUND);
	ck_assert_int_eq(settings_role(settings, SPAN("same")), ROLE_OUTBOUND);
	ck_assert_int_eq(
	    settings_role(settings, SPAN("apps")), ROLE_APPLICATION);
	ck_assert_int_eq(settings_role(settings, SPAN("sub")), ROLE_LOCAL);
	/* One without a section, and an MTA that tells no name. */
	ck_assert_int_eq(
	    settings_role(settings, SPAN("other")), ROLE_OUTBOUND);
	ck_assert_int_eq(settings_role(settings, SPAN("")), ROLE_OUTBOUND);
	ck_assert_int_eq(settings_role(settings, SPAN("app")), ROLE_OUTBOUND);
	ck_assert_ptr_null(settings_listener(settings, SPAN("other")));
	listener = settings_listener(settings, SPAN("in"));
	ck_assert_int_eq(listener->on_failure, FAILURE_DEFAULT);
	ck_assert_int_eq(listener->place.line, 3);
	listener = settings_listener(settings, SPAN("apps"));
	ck_assert_int_eq(listener->on_failure, FAILURE_HOLD);
	listener = settings_listener(settings, SPAN("sub"));
	ck_assert_int_eq(listener->on_failure, FAILURE_TEMPFAIL);
}
END_TEST

START_TEST(internal_domains_are_known)
{
	static const struct {
		const char *domain;
		bool internal;
	} rows[] = {
		{ "example.com", true },
		{ "EXAMPLE.Com", true },
		{ "sub.example.com", false },
		{ "xexample.com", false },
		{ "a.example.net", true },
		{ "b.a.example.net", true },
		{ "example.net", false },
		{ "xexample.net", false },
		{ "", false },
	};
	const struct settings *settings = settings_of(
	    "internal_domains = { \"example.com\", \".example.net\" }");

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(settings_internal(settings,
				  span_of(rows[i].domain)) ==
			rows[i].internal,
		    "%s", rows[i].domain);
}
END_TEST

/* The line, and a part of what is said of it. */
static const struct {
	const char *text;
	const char *error;
} wrong[] = {
	{ "socket = tcp", "test.conf:1: socket: \"tcp\": expected unix:/path" },
	{ "\nsocket = \"inet:99999\"",
	    "test.conf:2: socket: \"99999\": expected port@host" },
	{ "user = nobody-such",
	    "test.conf:1: user: there is no user \"nobody-such\"; make it" },
	{ "\n\nsocket_group = no-such",
	    "test.conf:3: socket_group: there is no group \"no-such\"" },
	{ "max_sessions = 0", "test.conf:1: max_sessions: " },
	{ "max_recipients = 0", "test.conf:1: max_recipients: " },
	{ "max_header_size = 65535", "test.conf:1: max_header_size: " },
	{ "workers = 257", "test.conf:1: workers: " },
	{ "lookup_timeout = 9ms", "test.conf:1: lookup_timeout: " },
	{ "socket_mode = 0888", "test.conf:1: socket_mode: " },
	{ "default_role = relay", "test.conf:1: default_role: " },
	{ "listener \"x\" { role = relay }", "test.conf:1: " },
	{ "listener \"x\" { on_failure = discard }", "test.conf:1: " },
	{ "listener \"x\" { on_failure = pass }", "test.conf:1: " },
	{ "no_such_key = 1", "test.conf:1: no_such_key: " },
};

START_TEST(mistakes_have_their_line)
{
	ck_assert_int_eq(conf_read_text(&schema, "test.conf", wrong[_i].text,
			     &conf, &errors), -1);
	ck_assert_msg(span_starts(buf_span(&errors), span_of(wrong[_i].error)),
	    "%s", buf_string(&errors));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = suite_case(suite, "settings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, listeners_have_roles);
	tcase_add_test(tcase, internal_domains_are_known);
	tcase_add_loop_test(
	    tcase, mistakes_have_their_line, 0, (int)COUNT(wrong));
	return suite_finish(suite);
}
