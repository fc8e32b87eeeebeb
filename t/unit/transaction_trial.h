/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail tried on the probe daemon: messages that tell it what to do, and what
 * became of them.
 */
#ifndef LUMBAR_T_TRANSACTION_TRIAL_H
#define LUMBAR_T_TRANSACTION_TRIAL_H

#include "skeleton/trial.h"
#include "t/probe/probe.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ERRORS_MAX = 65536 };

static struct log_capture capture;
static struct trial *trial;

static inline void
setup(void)
{
	log_capture_start(&capture);
}

static inline void
teardown(void)
{
	trial_free(&trial);
	log_capture_end(&capture);
}

static inline void
configure(const char *conf)
{
	struct buf errors;

	buf_init(&errors, ERRORS_MAX);
	trial_free(&trial);
	trial = trial_new(&probe_daemon, conf, &errors);
	ck_assert_msg(trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
}

static const char *const two[] = { "<one@example.net> NOTIFY=NEVER",
	"<@relay.example:Two+x@EXAMPLE.net>", NULL };

/* A message of some client for TWO that tells the probe what to do. */
static inline struct trial_message
mail(const char *text)
{
	return (struct trial_message){
		.sender = "<sender@example.com>",
		.recipients = two,
		.text = span_of(text),
	};
}

static inline const struct trial_result *
run(const char *text)
{
	static struct trial_message message;

	message = mail(text);
	return trial_run(trial, &message);
}

static inline void
assert_span(struct span span, const char *expected)
{
	ck_assert_msg(span_equal(span, span_of(expected)),
	    "\"%.*s\" is not \"%s\"", SPAN_ARGS(span), expected);
}

static inline void
assert_reply(const struct response *response, unsigned code,
    const char *enhanced, const char *text)
{
	ck_assert_uint_eq(response->reply.code, code);
	assert_span(response->reply.enhanced, enhanced);
	assert_span(response->reply.text, text);
}

static inline void
assert_logged(const char *part)
{
	const char *text = log_capture_read(&capture);

	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part,
	    text);
}

#endif
