/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often rules applied, and rules that need what policy.conf says.
 */
#include "milters/policy/policy.h"
#include "milters/policy/policy_count.h"

#include "skeleton/trial.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <stdlib.h>

struct fixture {
	char folder[64];
	struct trial *trial;
	struct buf conf, errors;
};

static void
write_rules(const struct fixture *f, const char *rules)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/policy.rules", f->folder);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(rules, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
setup(struct fixture *f, const char *rules, const char *more)
{
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/lumbar-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->folder));
	write_rules(f, rules);
	buf_init(&f->conf, 1 << 12);
	buf_init(&f->errors, 1 << 12);
	(void)buf_printf(&f->conf, "rules = \"%s/policy.rules\"\n%s",
	    f->folder, more);
	f->trial = trial_new(
	    &policy_daemon, buf_string(&f->conf), &f->errors);
}

static void
teardown(struct fixture *f)
{
	char path[128];

	trial_free(&f->trial);
	(void)snprintf(path, sizeof(path), "%s/policy.rules", f->folder);
	(void)remove(path);
	(void)rmdir(f->folder);
	buf_free(&f->conf);
	buf_free(&f->errors);
}

static void
send_message(struct fixture *f, const char *subject)
{
	static const char *const recipients[] = { "<b@example.com>",
		"<c@example.com>", NULL };
	struct trial_message message = {
		.sender = "<a@example.com>",
		.recipients = recipients,
	};
	struct buf text;

	buf_init(&text, 1 << 12);
	(void)buf_printf(&text, "Subject: %s\n\nx\n", subject);
	message.text = buf_span(&text);
	(void)trial_run(f->trial, &message);
	buf_free(&text);
}

static const char *
statistics(struct fixture *f, struct log_capture *capture)
{
	(void)log_capture_read(capture);
	trial_log_counters(f->trial);
	return log_capture_read(capture);
}

/* Counts go on over a reload, and over a rule that was away for a while. */
START_TEST(reloads)
{
	static const char rules[] =
	    "rule each for each recipient { when recipient is c@example.com "
	    "then reject }\n"
	    "rule watched { when subject is x then hold mode audit }\n"
	    "rule slow { when subject matches /^(a+)+$/ then hold "
	    "on failure tempfail }\n";
	struct log_capture *capture = malloc(sizeof(*capture));
	struct fixture f;
	const char *line;

	ck_assert_ptr_nonnull(capture);
	setup(&f, rules, "");
	ck_assert_msg(f.trial != NULL, "%s", buf_string(&f.errors));
	log_capture_start(capture);
	line = statistics(&f, capture);
	ck_assert_ptr_null(strstr(line, "rule_"));
	send_message(&f, "x");
	send_message(&f, "y");
	send_message(&f, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	line = statistics(&f, capture);
	ck_assert_msg(strstr(line, " rule_each=3 rule_watched=1 "
				   "rule_slow_faults=1\n") != NULL,
	    "%s", line);
	write_rules(&f, "rule watched { when subject is y then hold }");
	ck_assert_int_eq(
	    trial_reload(f.trial, buf_string(&f.conf), &f.errors), 0);
	send_message(&f, "y");
	write_rules(&f, rules);
	ck_assert_int_eq(
	    trial_reload(f.trial, buf_string(&f.conf), &f.errors), 0);
	send_message(&f, "y");
	line = statistics(&f, capture);
	ck_assert_msg(strstr(line, " rule_each=4 rule_watched=2 "
				   "rule_slow_faults=1\n") != NULL,
	    "%s", line);
	log_capture_end(capture);
	free(capture);
	teardown(&f);
}
END_TEST

/* Whom to believe must be said where a rule asks. */
START_TEST(trust)
{
	static const char rules[] =
	    "rule a { when result \"spf\" is pass then hold }";
	struct fixture f;

	setup(&f, rules, "");
	ck_assert_ptr_null(f.trial);
	ck_assert_ptr_nonnull(strstr(buf_string(&f.errors),
	    "trusted_authserv_ids: a rule asks for results of other "
	    "filters; name the hosts whose Authentication-Results are to be "
	    "believed\n"));
	teardown(&f);
	setup(&f, rules, "trusted_authserv_ids = { \"MX.example.com\" }\n");
	ck_assert_msg(f.trial != NULL, "%s", buf_string(&f.errors));
	teardown(&f);
}
END_TEST

SUITE_MAIN("policy_count", reloads, trust)
