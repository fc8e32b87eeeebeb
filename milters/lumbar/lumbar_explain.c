/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar explain: one message through the daemon's own decisions, with how
 * each rule came to its answer.
 */
#include "milters/lumbar/explain.h"
#include "milters/lumbar/lumbar.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "milters/policy/policy.h"
#include "milters/policy/policy_config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct explain_options {
	const char *conf;
	struct lumbar_envelope envelope;
	bool json;
	char **messages; /* NULL-terminated */
	bool several;
};

static const char usage[] =
    "usage: lumbar explain [-c FILE] [--from=ADDRESS] [--rcpt=ADDRESS]...\n"
    "           [--client=ADDRESS] [--login=NAME] [--listener=NAME]\n"
    "           [--time=TIME] [--json] MESSAGE...\n";

static const struct option long_options[] = {
	LUMBAR_ENVELOPE_OPTIONS,
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

/* 0, or -1 with *ERR. */
static int
take_option(struct explain_options *options, int option, struct err *err)
{
	if (option == 'c')
		options->conf = optarg;
	else if (option == 'j')
		options->json = true;
	else
		return lumbar_envelope_option(
		    &options->envelope, option, optarg, err);
	return 0;
}

/* EX_OK to go on, another status, or -1 to end well. */
static int
read_options(int argc, char **argv, struct explain_options *options)
{
	struct err err;
	int option;

	/* What getopt says does not name the command. */
	opterr = 0;
	while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) !=
	    -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (take_option(options, option, &err) < 0) {
			fprintf(stderr, "lumbar explain: %s\n", err.text);
			return EX_USAGE;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	options->messages = &argv[optind];
	options->several = optind + 1 < argc;
	return EX_OK;
}

/* Gathers what the daemon would log; without CONTEXT nobody wants it. */
static void
log_sink(void *context, enum log_level level, const char *line)
{
	struct buf *log = context;

	(void)level;
	if (log != NULL)
		(void)buf_printf(log, "%s\n", line);
}

/* Runs MAIL and prints what there is to tell. */
static int
explain_mail(struct trial *trial, const struct explain_options *options,
    const char *file, const struct lumbar_mail *mail, struct pool *pool)
{
	const struct policy_config *config = trial_config(trial);
	struct policy_observer observer = { .wants_trace = true };
	struct explanation explanation = {
		.file = file,
		.told = &options->envelope,
		.mail = mail,
		.observer = &observer,
		.rules_hash = rule_set_hash(config->rules),
		.observe = trial_settings(trial)->observe,
		.pool = pool,
	};
	struct buf log;
	int result;

	buf_init(&log, LUMBAR_OUTPUT_MAX);
	log_open(&(struct log_settings){
	    .target = LOG_TARGET_SINK, .sink = log_sink, .context = &log });
	explanation.role = settings_role(
	    trial_settings(trial), span_of(options->envelope.listener));
	explanation.listener_known =
	    settings_listener(trial_settings(trial),
		span_of(options->envelope.listener)) != NULL;
	explanation.rules =
	    rule_set_about(config->rules, pool, &explanation.rule_count);
	trial_observe(trial, &observer);
	explanation.result = trial_run(trial, &mail->sent);
	explanation.log = buf_span(&log);
	result = options->json
	    ? explain_json(&explanation, options->several, stdout)
	    : explain_text(&explanation, stdout);
	/* That the client then goes away is no news, least of all of the next
	 * message. */
	log_open(&(struct log_settings){
	    .target = LOG_TARGET_SINK, .sink = log_sink });
	trial_hang_up(trial);
	buf_free(&log);
	return result < 0 || fflush(stdout) != 0 ? EX_IOERR : EX_OK;
}

static int
explain_file(struct trial *trial, const struct explain_options *options,
    const char *file)
{
	struct pool *pool = pool_new();
	struct lumbar_mail mail;
	struct buf text;
	struct err err;
	int status = EX_OK;

	buf_init(&text, LUMBAR_MAIL_MAX);
	if (lumbar_mail_load(file, &text, &err) < 0)
		status = EX_NOINPUT;
	else if (lumbar_mail_make(buf_span(&text), &options->envelope, pool,
		     &mail, &err) < 0)
		status = EX_DATAERR;
	if (status == EX_OK)
		status = explain_mail(trial, options, file, &mail, pool);
	else
		fprintf(stderr, "lumbar explain: %s%s%s\n",
		    status == EX_DATAERR ? file : "",
		    status == EX_DATAERR ? ": " : "", err.text);
	buf_free(&text);
	pool_free(&pool);
	return status;
}

int
lumbar_explain(int argc, char **argv)
{
	struct explain_options options = {
		.conf = SYSCONFDIR "/policy.conf",
	};
	struct trial *trial = NULL;
	struct buf errors;
	int status;

	options.envelope.recipients =
	    xalloc_array((size_t)argc, sizeof(const char *));
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	status = read_options(argc, argv, &options);
	if (status != EX_OK)
		goto out;
	trial = trial_open(&policy_daemon, options.conf, &errors);
	if (trial == NULL) {
		fputs(buf_string(&errors), stderr);
		status = EX_CONFIG;
		goto out;
	}
	for (char **file = options.messages; *file != NULL; file++) {
		int one = explain_file(trial, &options, *file);

		if (one != EX_OK)
			status = one;
		if (!options.json && file[1] != NULL)
			putchar('\n');
	}
out:
	trial_free(&trial);
	buf_free(&errors);
	free(options.envelope.recipients);
	return status < 0 ? EX_OK : status;
}
