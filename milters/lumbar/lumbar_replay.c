/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar replay: what rules would have done over stored mail.
 */
#include "milters/lumbar/lumbar.h"
#include "milters/lumbar/replay.h"

#include "base/escape.h"
#include "base/log.h"
#include "milters/lumbar/lumbar_mail.h"
#include "milters/policy/policy.h"
#include "milters/policy/policy_config.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 16 };

static const char usage[] =
    "usage: lumbar replay [-c FILE] [--against=FILE] [--jobs=N]\n"
    "           [--rcpt=ADDRESS] MAILDIR|MBOX|FOLDER|MESSAGE...\n";

struct options {
	const char *conf;
	const char *against;
	const char *recipient;
	size_t jobs;
	const char *const *paths;
	size_t path_count;
};

static int
take_jobs(const char *text, size_t *jobs)
{
	uint64_t number;

	if (span_number(span_of(text), REPLAY_JOBS_MAX, &number) < 0 ||
	    number == 0) {
		fprintf(stderr,
		    "lumbar replay: --jobs=%s: write a number from 1 to %d\n",
		    text, REPLAY_JOBS_MAX);
		return -1;
	}
	*jobs = (size_t)number;
	return 0;
}

static int
take_recipient(const char *text, struct options *options)
{
	struct err err;

	if (lumbar_mail_check_address(text, &err) < 0) {
		fprintf(stderr, "lumbar replay: --rcpt: %s\n", err.text);
		return -1;
	}
	options->recipient = text;
	return 0;
}

/* EX_OK to go on, another status, or -1 to end well. */
static int
read_options(int argc, char **argv, struct options *options)
{
	static const struct option long_options[] = {
		{ "against", required_argument, NULL, 'a' },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "rcpt", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) !=
	    -1) {
		switch (option) {
		case 'a':
			options->against = optarg;
			break;
		case 'c':
			options->conf = optarg;
			break;
		case 'j':
			if (take_jobs(optarg, &options->jobs) < 0)
				return EX_USAGE;
			break;
		case 'r':
			if (take_recipient(optarg, options) < 0)
				return EX_USAGE;
			break;
		case 'h':
			fputs(usage, stdout);
			return -1;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	options->paths = (const char *const *)&argv[optind];
	options->path_count = (size_t)(argc - optind);
	return EX_OK;
}

static void
log_nothing(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

static void
put_text(const char *text)
{
	struct buf escaped;

	buf_init(&escaped, LINE_MAX_BYTES);
	(void)escape_text(span_of(text), &escaped);
	fputs(buf_string(&escaped), stdout);
	buf_free(&escaped);
}

static void
tell_progress(uint64_t messages, int64_t spent_us)
{
	fprintf(stderr, "\r%" PRIu64 " messages, %" PRId64 " each second ",
	    messages,
	    spent_us > 0 ? (int64_t)messages * CLOCK_SECOND_US / spent_us : 0);
}

static void
print_notes(const char *title, const struct replay_notes *notes)
{
	if (notes->count > 0)
		printf("\n%s: %zu\n", title, notes->count);
	for (size_t i = 0; i < notes->count; i++) {
		const struct replay_note *note = &notes->items[i];

		fputs("  ", stdout);
		/* What the system says of a file begins with its name. */
		if (!span_starts(
			span_of(note->text), span_of(note->name))) {
			put_text(note->name);
			if (note->message_id[0] != '\0')
				putchar(' ');
			put_text(note->message_id);
			fputs(": ", stdout);
		}
		put_text(note->text);
		putchar('\n');
	}
}

static void
print_actions(const struct replay_total *total, bool against)
{
	fputs("\naction      messages", stdout);
	fputs(against ? "     against\n" : "\n", stdout);
	for (size_t i = 0; i < REPLAY_ACTIONS; i++) {
		if (total->actions[i] == 0 && total->other_actions[i] == 0)
			continue;
		printf("%-9s %10" PRIu64, replay_actions[i],
		    total->actions[i]);
		if (against)
			printf("  %10" PRIu64, total->other_actions[i]);
		putchar('\n');
	}
}

/* The rules of TRIAL, and what COUNTS has for each; AGAINST: the file of the
 * other rules, where they are these. */
static void
print_rules(struct trial *trial, const struct replay_rule_count *counts,
    const char *against, struct pool *pool)
{
	const struct policy_config *config = trial_config(trial);
	size_t count;
	const struct rule_about *rules =
	    rule_set_about(config->rules, pool, &count);

	printf("\n  messages recipients     faults  rule%s%s\n",
	    against != NULL ? " of " : "", against != NULL ? against : "");
	for (size_t i = 0; i < count; i++) {
		const struct replay_rule_count *found = &counts[i];

		if (rules[i].mode == MODE_OFF)
			continue;
		printf("%10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  %.*s%s\n",
		    found->messages, found->recipients, found->faults,
		    SPAN_ARGS(rules[i].id),
		    rules[i].mode == MODE_AUDIT ? " (audit)" : "");
	}
}

static void
print_total(const struct replay_total *total, size_t jobs)
{
	double seconds = (double)total->spent_us / CLOCK_SECOND_US;

	printf("messages    %" PRIu64 "\nbytes       %" PRIu64 "\n",
	    total->messages, total->bytes);
	if (total->journal_reports > 0)
		printf("journal     %" PRIu64 " of them in journal reports\n",
		    total->journal_reports);
	if (total->undated > 0)
		printf("undated     %" PRIu64 " of them, tried as of now\n",
		    total->undated);
	if (total->unreadable.count > 0)
		printf("unreadable  %zu, listed below\n",
		    total->unreadable.count);
	printf("seconds     %.2f, with %zu threads\n", seconds, jobs);
	if (seconds > 0)
		printf("speed       %.0f messages per second\n",
		    (double)total->messages / seconds);
}

static int
replay(struct trial *trial, struct trial *against,
    const struct options *options)
{
	struct pool *pool = pool_new();
	struct replay_options run = {
		.trial = trial,
		.against = against,
		.paths = options->paths,
		.path_count = options->path_count,
		.jobs = options->jobs,
		.recipient = options->recipient,
		.progress = isatty(STDERR_FILENO) ? tell_progress : NULL,
	};
	struct replay_total total;
	bool unreadable;

	log_open(&(struct log_settings){
	    .target = LOG_TARGET_SINK, .sink = log_nothing });
	replay_run(&run, pool, &total);
	if (run.progress != NULL)
		fputs("\r\033[K", stderr);
	print_total(&total, options->jobs);
	print_actions(&total, against != NULL);
	print_rules(trial, total.rules, NULL, pool);
	if (against != NULL)
		print_rules(
		    against, total.other_rules, options->against, pool);
	if (against != NULL && total.changed.count == 0)
		fputs("\nno message fares otherwise\n", stdout);
	print_notes("fare otherwise", &total.changed);
	print_notes("unreadable", &total.unreadable);
	unreadable = total.unreadable.count > 0;
	pool_free(&pool);
	if (fflush(stdout) != 0)
		return EX_IOERR;
	return unreadable ? EX_DATAERR : EX_OK;
}

/* The other rules: those of a configuration, or a rule file with what CONF says
 * otherwise.  NULL after telling. */
static struct trial *
open_against(const struct options *options, struct buf *errors)
{
	char *path;
	struct trial *trial;

	if (!span_ends_case(span_of(options->against), SPAN(".rules")))
		return trial_open(&policy_daemon, options->against, errors);
	/* A path in a configuration counts from its folder. */
	path = realpath(options->against, NULL);
	if (path == NULL) {
		struct err err;

		(void)err_set_file(&err, options->against, "opened");
		(void)buf_printf(errors, "%s\n", err.text);
		return NULL;
	}
	trial = trial_open_with(
	    &policy_daemon, options->conf, "rules", path, errors);
	free(path);
	return trial;
}

int
lumbar_replay(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct options options = {
		.conf = SYSCONFDIR "/policy.conf",
		.jobs = processors < 1 ? 1
		    : processors > REPLAY_JOBS_MAX ? REPLAY_JOBS_MAX
						   : (size_t)processors,
	};
	struct trial *trial = NULL, *against = NULL;
	struct buf errors;
	int status = read_options(argc, argv, &options);

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	status = EX_CONFIG;
	trial = trial_open(&policy_daemon, options.conf, &errors);
	if (trial != NULL && options.against != NULL)
		against = open_against(&options, &errors);
	if (trial == NULL || (options.against != NULL && against == NULL))
		fputs(buf_string(&errors), stderr);
	else
		status = replay(trial, against, &options);
	trial_free(&against);
	trial_free(&trial);
	buf_free(&errors);
	return status;
}
