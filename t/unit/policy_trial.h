/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-policy tried on messages, with rules that live as long as a test.
 */
#ifndef LUMBAR_T_POLICY_TRIAL_H
#define LUMBAR_T_POLICY_TRIAL_H

#include "milters/policy/policy.h"
#include "skeleton/trial.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A policy.rules of its own for each test, and the daemon over it. */
struct fixture {
	char path[64];
	struct trial *trial;
};

static inline void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void
conf_text(const struct fixture *fixture, const char *more, char *out,
    size_t size)
{
	(void)snprintf(out, size,
	    "rules = \"%s\"\n"
	    "internal_domains = { \"example.com\" }\n"
	    "listener \"apps\" { role = application }\n%s",
	    fixture->path, more);
}

static inline void
setup(struct fixture *fixture, const char *rules)
{
	struct buf errors;
	char conf[512];
	int fd;

	buf_init(&errors, 1 << 16);
	(void)snprintf(
	    fixture->path, sizeof(fixture->path), "/tmp/test_policy.XXXXXX");
	fd = mkstemp(fixture->path);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	write_file(fixture->path, rules);
	conf_text(fixture, "", conf, sizeof(conf));
	fixture->trial = trial_new(&policy_daemon, conf, &errors);
	ck_assert_msg(fixture->trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
}

static inline void
teardown(struct fixture *fixture)
{
	trial_free(&fixture->trial);
	(void)unlink(fixture->path);
}

static const char plain[] =
    "From: a@example.com\n"
    "Subject: hello\n"
    "X-Old: 1\n"
    "X-Old: 2\n"
    "\n"
    "a secret word\n";

static const char encrypted[] =
    "From: a@example.com\n"
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
    "--b--\n";

static const char slow[] =
    "Subject: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n"
    "\n"
    "x\n";

static const char *const one[] = { "<b@example.com>", NULL };
static const char *const two[] = { "<b@example.com>", "<c@bank.example>",
	NULL };

static inline const struct trial_result *
run(struct fixture *fixture, const char *text, const char *const *recipients)
{
	struct trial_message message = {
		.sender = "<a@example.com>",
		.recipients = recipients,
		.text = span_of(text),
	};

	return trial_run(fixture->trial, &message);
}

static inline struct span
note(const struct trial_result *result, const char *key)
{
	for (size_t i = 0; i < result->verdict->note_count; i++)
		if (strcmp(result->verdict->notes[i].key, key) == 0)
			return result->verdict->notes[i].value;
	return SPAN("");
}

static inline void
assert_span(struct span span, const char *text)
{
	ck_assert_msg(span_equal(span, span_of(text)), "\"%.*s\" is not \"%s\"",
	    SPAN_ARGS(span), text);
}

#endif
