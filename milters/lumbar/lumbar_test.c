/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar test: messages with expectations beside them, tried on a rule file.
 */
#include "milters/lumbar/explain.h"
#include "milters/lumbar/lumbar.h"
#include "milters/lumbar/rule_cases.h"

#include "base/file.h"
#include "base/log.h"
#include "formats/address.h"
#include "formats/expectation.h"
#include "milters/policy/policy.h"
#include "milters/policy/policy_config.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { EXIT_FAILED = 1 }; /* a message fared otherwise */

static const char usage[] =
    "usage: lumbar test [-c FILE] [--junit=FILE] FOLDER\n";

struct test_run {
	struct trial *trial;
	const struct rule_about *rules;
	size_t rule_count;
	bool *reached; /* for each rule: a message matched it */
	struct pool *pool; /* of the whole run */
};

/* What one case is compared by. */
struct comparison {
	struct pool *pool; /* of the case */
	const struct lumbar_mail *mail;
	const struct trial_result *result;
	struct buf complaint; /* a line for each difference */
};

static const char *
string_or_null(struct pool *pool, struct span text)
{
	return text.ptr != NULL ? pool_string(pool, text) : NULL;
}

/* How the message comes, as EXPECTATION has it. */
static void
make_envelope(const struct expectation *expectation, struct pool *pool,
    struct lumbar_envelope *envelope)
{
	size_t count = expectation->recipient_count;

	*envelope = (struct lumbar_envelope){
		.from = string_or_null(pool, expectation->from),
		.recipients =
		    pool_alloc_array(pool, count + 1, sizeof(const char *)),
		.recipient_count = count,
		.client = string_or_null(pool, expectation->client),
		.login = string_or_null(pool, expectation->login),
		.listener = string_or_null(pool, expectation->listener),
		.time_us = expectation->time_us,
	};
	for (size_t i = 0; i < count; i++)
		envelope->recipients[i] =
		    pool_string(pool, expectation->recipients[i]);
}

static bool
has(const struct span *items, size_t count, struct span item)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal(items[i], item))
			return true;
	return false;
}

/* Tells of ITEMS that are not among OTHERS that they are WRONG. */
static void
compare_one_way(struct comparison *comparison, const char *wrong,
    const struct span *items, size_t count, const struct span *others,
    size_t other_count)
{
	for (size_t i = 0; i < count; i++)
		if (!has(others, other_count, items[i]))
			(void)buf_printf(&comparison->complaint,
			    "%s: %.*s\n", wrong, SPAN_ARGS(items[i]));
}

static void
compare_rules(struct comparison *comparison,
    const struct expectation_list *expected, const struct span *matched,
    size_t count, const char *missing, const char *extra)
{
	if (!expected->told)
		return;
	compare_one_way(comparison, missing, expected->items, expected->count,
	    matched, count);
	compare_one_way(comparison, extra, matched, count, expected->items,
	    expected->count);
}

static struct span
key_of(struct pool *pool, struct span path)
{
	struct address address;

	if (address_parse(path, &address, NULL) < 0)
		return path;
	return address_key(pool, &address);
}

/* Compares ADDRESSES with those that are EXPECTED. */
static void
compare_addresses(struct comparison *comparison,
    const struct expectation_list *expected, const struct span *addresses,
    size_t count, const char *missing, const char *extra)
{
	struct pool *pool = comparison->pool;
	struct span *wanted = pool_alloc_array(
	    pool, expected->count + 1, sizeof(*wanted));
	struct span *found =
	    pool_alloc_array(pool, count + 1, sizeof(*found));

	if (!expected->told)
		return;
	for (size_t i = 0; i < expected->count; i++)
		wanted[i] = key_of(pool, expected->items[i]);
	for (size_t i = 0; i < count; i++)
		found[i] = key_of(pool, addresses[i]);
	compare_one_way(
	    comparison, missing, wanted, expected->count, found, count);
	compare_one_way(
	    comparison, extra, found, count, wanted, expected->count);
}

static void
compare_recipients(
    struct comparison *comparison, const struct expectation *expectation)
{
	const struct trial_result *result = comparison->result;
	struct span *refused = pool_alloc_array(comparison->pool,
	    result->recipient_count + 1, sizeof(*refused));
	size_t count = 0;

	for (size_t i = 0; i < result->recipient_count; i++)
		if (result->recipients[i].kind != RESPONSE_CONTINUE)
			refused[count++] =
			    span_of(comparison->mail->sent.recipients[i]);
	compare_addresses(comparison, &expectation->refused, refused, count,
	    "the recipient is not refused", "the recipient is refused");
	compare_addresses(comparison, &expectation->left,
	    result->applied.recipients, result->applied.recipient_count,
	    "the message does not go to", "the message goes to");
}

static void
compare_reply(struct comparison *comparison,
    const struct expectation *expectation)
{
	const struct reply *reply = &comparison->result->end.reply;

	if (expectation->reply_code == 0 ||
	    (reply->code == expectation->reply_code &&
		(expectation->reply_enhanced.len == 0 ||
		    span_equal(
			reply->enhanced, expectation->reply_enhanced))))
		return;
	if (reply->code == 0)
		(void)buf_printf(&comparison->complaint,
		    "there is no reply, and %u%s%.*s is expected\n",
		    expectation->reply_code,
		    expectation->reply_enhanced.len > 0 ? " " : "",
		    SPAN_ARGS(expectation->reply_enhanced));
	else
		(void)buf_printf(&comparison->complaint,
		    "the reply is %u %.*s %.*s, not %u %.*s\n", reply->code,
		    SPAN_ARGS(reply->enhanced), SPAN_ARGS(reply->text),
		    expectation->reply_code,
		    SPAN_ARGS(expectation->reply_enhanced));
}

static bool
has_header(const struct header_list *headers,
    const struct expectation_header *wanted, struct pool *pool)
{
	for (size_t i = 0; i < headers->count; i++)
		if (span_equal_case(headers->items[i].name, wanted->name) &&
		    span_equal(header_unfold(pool, headers->items[i].value),
			wanted->value))
			return true;
	return false;
}

static void
compare_headers(struct comparison *comparison,
    const struct expectation *expectation)
{
	const struct header_list *headers =
	    &comparison->result->applied.headers;

	for (size_t i = 0; i < expectation->header_count; i++) {
		const struct expectation_header *wanted =
		    &expectation->headers[i];

		if (!has_header(headers, wanted, comparison->pool))
			(void)buf_printf(&comparison->complaint,
			    "there is no header %.*s: %.*s\n",
			    SPAN_ARGS(wanted->name),
			    SPAN_ARGS(wanted->value));
	}
	for (size_t i = 0; i < expectation->absent_count; i++)
		if (header_list_count(headers, expectation->absent[i]) > 0)
			(void)buf_printf(&comparison->complaint,
			    "there is a header %.*s\n",
			    SPAN_ARGS(expectation->absent[i]));
}

/* A rule that is not in the file is a slip of the pen, not of the rules. */
static void
find_rules(const struct test_run *run, struct comparison *comparison,
    const struct expectation_list *expected)
{
	for (size_t i = 0; i < expected->count; i++) {
		size_t at = 0;

		while (at < run->rule_count &&
		    !span_equal(run->rules[at].id, expected->items[i]))
			at++;
		if (at == run->rule_count)
			(void)buf_printf(&comparison->complaint,
			    "there is no rule called %.*s\n",
			    SPAN_ARGS(expected->items[i]));
	}
}

/* Sends the message and compares what became of it. */
static void
compare(struct test_run *run, const struct expectation *expectation,
    struct comparison *comparison)
{
	struct policy_observer observer = { .wants_trace = false };
	struct explanation explanation = {
		.observer = &observer,
		.rules = run->rules,
		.rule_count = run->rule_count,
		.pool = comparison->pool,
	};
	const struct span *matched;
	struct span action;
	size_t count;

	trial_observe(run->trial, &observer);
	comparison->result =
	    trial_run(run->trial, &comparison->mail->sent);
	action = explain_action(comparison->result);
	if (expectation->action.len > 0 &&
	    !span_equal(action, expectation->action))
		(void)buf_printf(&comparison->complaint,
		    "the action is %.*s, not %.*s\n", SPAN_ARGS(action),
		    SPAN_ARGS(expectation->action));
	find_rules(run, comparison, &expectation->rules);
	find_rules(run, comparison, &expectation->audits);
	matched = explain_matched(&explanation, false, &count);
	compare_rules(comparison, &expectation->rules, matched, count,
	    "the rule does not match",
	    "a rule matches that is not expected");
	matched = explain_matched(&explanation, true, &count);
	compare_rules(comparison, &expectation->audits, matched, count,
	    "the audited rule does not match",
	    "an audited rule matches that is not expected");
	compare_reply(comparison, expectation);
	compare_recipients(comparison, expectation);
	compare_headers(comparison, expectation);
	for (size_t i = 0; i < observer.finding_count; i++)
		if (observer.findings[i].kind == RULE_EVENT_MATCH)
			run->reached[observer.findings[i].rule] = true;
}

/* Reads the expectation; false and the complaint says why not. */
static bool
read_expectation(const char *name, struct comparison *comparison,
    struct buf *text, struct expectation *expectation)
{
	const char *file =
	    pool_printf(comparison->pool, "%s.expect", name).ptr;
	struct err err;

	if (file_read(file, text, &err) < 0) {
		(void)buf_printf(&comparison->complaint, "%s\n", err.text);
		return false;
	}
	return expectation_parse(span_of(file), buf_span(text),
		   comparison->pool, expectation,
		   &comparison->complaint) == 0;
}

static void
run_case(struct test_run *run, struct rule_case *item)
{
	struct comparison comparison = { .pool = pool_new() };
	const char *file =
	    pool_printf(comparison.pool, "%s.eml", item->name).ptr;
	struct moment began = clock_now();
	struct expectation expectation;
	struct lumbar_envelope envelope;
	struct lumbar_mail mail;
	struct buf text, message;
	struct err err;

	buf_init(&comparison.complaint, LUMBAR_OUTPUT_MAX);
	buf_init(&text, EXPECTATION_MAX);
	buf_init(&message, LUMBAR_MAIL_MAX);
	comparison.mail = &mail;
	if (!read_expectation(item->name, &comparison, &text, &expectation))
		goto out;
	make_envelope(&expectation, comparison.pool, &envelope);
	if (lumbar_mail_load(file, &message, &err) < 0)
		(void)buf_printf(&comparison.complaint, "%s\n", err.text);
	else if (lumbar_mail_make(buf_span(&message), &envelope,
		     comparison.pool, &mail, &err) < 0)
		(void)buf_printf(
		    &comparison.complaint, "%s: %s\n", file, err.text);
	else
		compare(run, &expectation, &comparison);
out:
	item->passed = comparison.complaint.len == 0;
	if (!item->passed)
		item->complaint =
		    pool_string(run->pool, buf_span(&comparison.complaint));
	item->spent_us = clock_now().monotonic_us - began.monotonic_us;
	buf_free(&message);
	buf_free(&text);
	buf_free(&comparison.complaint);
	pool_free(&comparison.pool);
}

/* A rule that no message matches has not been tried. */
static void
print_unreached(const struct test_run *run)
{
	for (size_t i = 0; i < run->rule_count; i++)
		if (!run->reached[i] && run->rules[i].mode != MODE_OFF)
			printf("# %.*s:%zu: no message matches rule %.*s\n",
			    SPAN_ARGS(run->rules[i].file), run->rules[i].line,
			    SPAN_ARGS(run->rules[i].id));
}

static void
log_nothing(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

/* Runs the cases in FOLDER; the exit status. */
static int
test_folder(struct trial *trial, const char *folder, const char *junit)
{
	const struct policy_config *config = trial_config(trial);
	struct test_run run = { .trial = trial, .pool = pool_new() };
	struct rule_cases cases;
	struct err err;
	int status = EX_OK;

	run.rules = rule_set_about(config->rules, run.pool, &run.rule_count);
	run.reached = pool_alloc_array(
	    run.pool, run.rule_count + 1, sizeof(*run.reached));
	log_open(&(struct log_settings){
	    .target = LOG_TARGET_SINK, .sink = log_nothing });
	if (rule_cases_find(folder, run.pool, &cases, &err) < 0) {
		fprintf(stderr, "lumbar test: %s\n", err.text);
		status = EX_NOINPUT;
		goto out;
	}
	if (cases.count == 0) {
		fprintf(stderr, "lumbar test: there is no message in %s; put "
		    "NAME.eml and NAME.expect there\n", folder);
		status = EX_NOINPUT;
		goto out;
	}
	printf("TAP version 14\n1..%zu\n", cases.count);
	for (size_t i = 0; i < cases.count; i++) {
		run_case(&run, &cases.items[i]);
		rule_case_print_tap(&cases.items[i], i + 1, stdout);
		if (!cases.items[i].passed)
			status = EXIT_FAILED;
	}
	print_unreached(&run);
	if (junit != NULL &&
	    rule_cases_write_junit(&cases, folder, junit, &err) < 0) {
		fprintf(stderr, "lumbar test: %s\n", err.text);
		status = EX_CANTCREAT;
	}
out:
	pool_free(&run.pool);
	return fflush(stdout) != 0 ? EX_IOERR : status;
}

int
lumbar_test(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "junit", required_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	const char *conf = SYSCONFDIR "/policy.conf", *junit = NULL;
	struct trial *trial;
	struct buf errors;
	int option, status = EX_CONFIG;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) !=
	    -1) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'j':
			junit = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EX_OK;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (optind != argc - 1) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	trial = trial_open(&policy_daemon, conf, &errors);
	if (trial == NULL)
		fputs(buf_string(&errors), stderr);
	else
		status = test_folder(trial, argv[optind], junit);
	trial_free(&trial);
	buf_free(&errors);
	return status;
}
