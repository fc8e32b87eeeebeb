/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char captured[4 * LOG_LINE_MAX];
static FILE *capture;
static size_t seen; /* bytes of CAPTURE */

/* Opens the log on a file in place of stderr. */
static void
start(enum log_format format, bool verbose)
{
	capture = tmpfile();
	ck_assert_ptr_nonnull(capture);
	seen = 0;
	ck_assert_int_ge(dup2(fileno(capture), STDERR_FILENO), 0);
	log_open(&(struct log_settings){ .program = "lumbar-test",
	    .target = LOG_TARGET_STDERR,
	    .format = format,
	    .verbose = verbose });
}

/* What has been logged since start or the last call. */
static const char *
logged(void)
{
	struct stat status;
	ssize_t len;

	ck_assert_int_eq(fstat(fileno(capture), &status), 0);
	len = pread(fileno(capture), captured, sizeof(captured) - 1,
	    (off_t)seen);
	ck_assert_int_ge(len, 0);
	captured[len] = '\0';
	seen = (size_t)status.st_size;
	return captured;
}

/* A value, and how the two formats show it. */
static const struct {
	struct span value;
	const char *text;
	const char *json;
} values[] = {
	{ SPAN_INIT("a@example.com"), "a@example.com", "\"a@example.com\"" },
	{ SPAN_INIT(""), "\"\"", "\"\"" },
	{ SPAN_INIT("a b"), "\"a b\"", "\"a b\"" },
	{ SPAN_INIT("a=b"), "\"a=b\"", "\"a=b\"" },
	{ SPAN_INIT("a\"b"), "\"a\\\"b\"", "\"a\\\"b\"" },
	{ SPAN_INIT("\xc3\xbc b"), "\"\xc3\xbc b\"", "\"\xc3\xbc b\"" },
	{ SPAN_INIT("\xc3\xbc=b"), "\"\xc3\xbc=b\"", "\"\xc3\xbc=b\"" },
	{ SPAN_INIT("a\\b"), "\"a\\\\b\"", "\"a\\\\b\"" },
	{ SPAN_INIT("a\nb"), "\"a\\x0ab\"", "\"a\\u000ab\"" },
	{ SPAN_INIT("a\0b"), "\"a\\x00b\"", "\"a\\u0000b\"" },
	{ SPAN_INIT("\x1b[2J"), "\"\\x1b[2J\"", "\"\\u001b[2J\"" },
	{ SPAN_INIT("\x7f"), "\"\\x7f\"", "\"\\u007f\"" },
	/* UTF-8 */
	{ SPAN_INIT("\xc3\xbc"), "\xc3\xbc", "\"\xc3\xbc\"" },
	{ SPAN_INIT("\xe2\x82\xac"), "\xe2\x82\xac", "\"\xe2\x82\xac\"" },
	{ SPAN_INIT("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80",
	    "\"\xf0\x9f\x98\x80\"" },
	{ SPAN_INIT("\xef\xbf\xbd"), "\xef\xbf\xbd", "\"\xef\xbf\xbd\"" },
	{ SPAN_INIT("\xc2\x9b"), "\"\\x9b\"", "\"\\u009b\"" },
	{ SPAN_INIT("\xc2\xa0"), "\xc2\xa0", "\"\xc2\xa0\"" },
	/* what only looks like it */
	{ SPAN_INIT("\xff"), "\"\\xff\"", "\"\\\\xff\"" },
	{ SPAN_INIT("\x80"), "\"\\x80\"", "\"\\\\x80\"" },
	{ SPAN_INIT("\xc3"), "\"\\xc3\"", "\"\\\\xc3\"" },
	{ SPAN_INIT("\xc3("), "\"\\xc3(\"", "\"\\\\xc3(\"" },
	{ SPAN_INIT("\xc0\xaf"), "\"\\xc0\\xaf\"", "\"\\\\xc0\\\\xaf\"" },
	{ SPAN_INIT("\xe0\x80\xaf"), "\"\\xe0\\x80\\xaf\"",
	    "\"\\\\xe0\\\\x80\\\\xaf\"" },
	{ SPAN_INIT("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"",
	    "\"\\\\xed\\\\xa0\\\\x80\"" },
	{ SPAN_INIT("\xf0\x80\x80\x80"), "\"\\xf0\\x80\\x80\\x80\"",
	    "\"\\\\xf0\\\\x80\\\\x80\\\\x80\"" },
	{ SPAN_INIT("\xf4\x90\x80\x80"), "\"\\xf4\\x90\\x80\\x80\"",
	    "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"" },
	{ SPAN_INIT("\xe2\x82"), "\"\\xe2\\x82\"", "\"\\\\xe2\\\\x82\"" },
};

START_TEST(escaping)
{
	struct log_line line;
	char expected[256];

	start(LOG_FORMAT_TEXT, false);
	log_line_start(&line, SPAN("4fXb2k1Qz"));
	log_line_text(&line, "key", values[_i].value);
	log_line_end(&line, LOG_LEVEL_INFO);
	(void)snprintf(expected, sizeof(expected),
	    "lumbar-test: 4fXb2k1Qz: key=%s\n", values[_i].text);
	ck_assert_str_eq(logged(), expected);

	log_set_format(LOG_FORMAT_JSON);
	log_line_start(&line, SPAN("4fXb2k1Qz"));
	log_line_text(&line, "key", values[_i].value);
	log_line_end(&line, LOG_LEVEL_INFO);
	(void)snprintf(expected, sizeof(expected),
	    "{\"id\":\"4fXb2k1Qz\",\"key\":%s}\n", values[_i].json);
	ck_assert_str_eq(logged(), expected);
}
END_TEST

START_TEST(fields)
{
	/* Counters are named for their rules (policy_count.c). */
	static const char long_key[] =
	    "rule_of_a_rule_whose_name_is_as_long_as_any_may_be_and_no_longer"
	    "_faults";
	struct log_line line;

	start(LOG_FORMAT_TEXT, false);
	log_line_start(&line, SPAN("Q1"));
	log_line_text(&line, "action", SPAN("pass"));
	log_line_number(&line, "size", INT64_MIN);
	log_line_ms(&line, "ms", 3149);
	log_line_ms(&line, "zero", 0);
	log_line_ms(&line, "back", -5);
	log_line_ms(&line, "up", 950);
	log_line_number(&line, long_key, 1);
	log_line_end(&line, LOG_LEVEL_NOTICE);
	ck_assert_str_eq(logged(),
	    "lumbar-test: Q1: action=pass size=-9223372036854775808 ms=3.1 "
	    "zero=0.0 back=0.0 up=1.0 "
	    "rule_of_a_rule_whose_name_is_as_long_as_any_may_be_and_no_longer"
	    "_faults=1\n");

	log_line_start(&line, SPAN(""));
	log_line_text(&line, "action", SPAN("pass"));
	log_line_end(&line, LOG_LEVEL_ERROR);
	ck_assert_str_eq(logged(), "lumbar-test: action=pass\n");

	log_set_format(LOG_FORMAT_JSON);
	log_line_start(&line, SPAN(""));
	log_line_text(&line, "action", SPAN("pass"));
	log_line_number(&line, "size", 7);
	log_line_ms(&line, "ms", 120);
	/* The line keeps the format it began with. */
	log_set_format(LOG_FORMAT_TEXT);
	log_line_text(&line, "end", SPAN("yes"));
	log_line_end(&line, LOG_LEVEL_INFO);
	ck_assert_str_eq(logged(),
	    "{\"action\":\"pass\",\"size\":7,\"ms\":0.1,\"end\":\"yes\"}\n");
}
END_TEST

START_TEST(long_values)
{
	char value[LOG_VALUE_MAX + 8];
	char expected[LOG_VALUE_MAX + 64];
	struct log_line line;

	memset(value, 'a', sizeof(value));
	start(LOG_FORMAT_TEXT, false);
	for (size_t over = 0; over <= 1; over++) {
		log_line_start(&line, SPAN(""));
		log_line_text(
		    &line, "v", span_make(value, LOG_VALUE_MAX + over));
		log_line_end(&line, LOG_LEVEL_INFO);
		(void)snprintf(expected, sizeof(expected),
		    "lumbar-test: v=%.*s%s\n", LOG_VALUE_MAX, value,
		    over > 0 ? "..." : "");
		ck_assert_str_eq(logged(), expected);
	}
	/* A character or an escape is never cut in two. */
	memcpy(value + LOG_VALUE_MAX - 1, "\xc3\xbc", 2);
	log_line_start(&line, SPAN(""));
	log_line_text(&line, "v", span_make(value, LOG_VALUE_MAX + 1));
	log_line_end(&line, LOG_LEVEL_INFO);
	(void)snprintf(expected, sizeof(expected), "lumbar-test: v=%.*s...\n",
	    LOG_VALUE_MAX - 1, value);
	ck_assert_str_eq(logged(), expected);
	value[LOG_VALUE_MAX - 3] = '\x1b';
	log_line_start(&line, SPAN(""));
	log_line_text(&line, "v", span_make(value, LOG_VALUE_MAX + 1));
	log_line_end(&line, LOG_LEVEL_INFO);
	(void)snprintf(expected, sizeof(expected),
	    "lumbar-test: v=\"%.*s...\"\n", LOG_VALUE_MAX - 3, value);
	ck_assert_str_eq(logged(), expected);
}
END_TEST

START_TEST(long_lines)
{
	static const enum log_format formats[] = { LOG_FORMAT_TEXT,
		LOG_FORMAT_JSON };
	char value[LOG_VALUE_MAX * 2];
	struct log_line line;
	const char *text;

	memset(value, '\x01', sizeof(value));
	for (size_t i = 0; i < 2; i++) {
		start(formats[i], false);
		log_line_start(&line, span_make(value, sizeof(value)));
		for (int j = 0; j < 100; j++) {
			log_line_text(&line, "key",
			    span_make(value, (size_t)j * 10));
			log_line_number(&line, "number", j);
		}
		log_line_end(&line, LOG_LEVEL_INFO);
		text = logged();
		ck_assert_uint_lt(strlen(text),
		    LOG_LINE_MAX + strlen("lumbar-test: \n"));
		ck_assert_uint_gt(strlen(text), LOG_LINE_MAX - 600);
		/* One line, complete fields, and a mark at its end. */
		ck_assert_uint_eq(strcspn(text, "\n"), strlen(text) - 1);
		ck_assert_ptr_nonnull(strstr(text,
		    i == 0 ? " cut=1\n" : ",\"cut\":1}\n"));
	}
}
END_TEST

static char sunk[2 * LOG_LINE_MAX];

static void
sink(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)snprintf(sunk, sizeof(sunk), "%s", line);
}

static void
log_long_line(size_t len)
{
	char value[LOG_VALUE_MAX];
	struct log_line line;

	memset(value, 'a', sizeof(value));
	log_line_start(&line, SPAN(""));
	while (len > 0) {
		size_t part = len < sizeof(value) ? len : sizeof(value);

		log_line_text(&line, "k", span_make(value, part));
		len -= part;
	}
	log_line_end(&line, LOG_LEVEL_INFO);
}

/* What stderr shows before a line takes no room from it. */
START_TEST(same_line_everywhere)
{
	for (size_t len = LOG_LINE_MAX - 100; len < LOG_LINE_MAX; len++) {
		start(LOG_FORMAT_TEXT, false);
		log_long_line(len);
		ck_assert_int_eq(strncmp(logged(), "lumbar-test: ", 13), 0);
		log_open(&(struct log_settings){
		    .target = LOG_TARGET_SINK, .sink = sink });
		log_long_line(len);
		(void)strcat(sunk, "\n");
		ck_assert_msg(
		    strcmp(captured + 13, sunk) == 0, "%zu bytes", len);
		(void)fclose(capture);
	}
}
END_TEST

START_TEST(sentences)
{
	char value[2 * LOG_LINE_MAX];

	start(LOG_FORMAT_TEXT, false);
	log_write(LOG_LEVEL_WARNING, "%s: \"%s\"", "a\\b", "c\nd\x1b\xff");
	ck_assert_str_eq(
	    logged(), "lumbar-test: a\\b: \"c\\x0ad\\x1b\\xff\"\n");
	log_write(LOG_LEVEL_DEBUG, "not asked for");
	ck_assert_str_eq(logged(), "");
	memset(value, '\x02', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_write(LOG_LEVEL_INFO, "%s", value);
	ck_assert_uint_lt(strlen(logged()), LOG_LINE_MAX + 16);

	start(LOG_FORMAT_JSON, true);
	log_write(LOG_LEVEL_DEBUG, "%s: \"%s\"", "a\\b", "c\nd");
	ck_assert_str_eq(
	    logged(), "{\"message\":\"a\\\\b: \\\"c\\u000ad\\\"\"}\n");
	log_write(LOG_LEVEL_INFO, "%s", value);
	ck_assert_uint_lt(strlen(logged()), LOG_LINE_MAX + 2);
	ck_assert_ptr_nonnull(strstr(captured, "...\"}\n"));
}
END_TEST

START_TEST(levels)
{
	static const enum log_level all[] = { LOG_LEVEL_ERROR,
		LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO,
		LOG_LEVEL_DEBUG };
	static const char *const marks[] = { "<3>", "<4>", "<5>", "<6>",
		"<7>" };
	struct stat status;
	char stream[64], expected[64];
	struct log_line line;

	/* The journal reads the level of a line from a mark at its start. */
	start(LOG_FORMAT_TEXT, true);
	ck_assert_int_eq(fstat(STDERR_FILENO, &status), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju",
	    (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_open(&(struct log_settings){ .program = "lumbar-test",
	    .target = LOG_TARGET_STDERR, .verbose = true });
	for (size_t i = 0; i < 5; i++) {
		log_line_start(&line, SPAN("Q1"));
		log_line_end(&line, all[i]);
		(void)snprintf(expected, sizeof(expected),
		    "%sQ1:\n", marks[i]);
		ck_assert_str_eq(logged(), expected);
	}
	log_set_format(LOG_FORMAT_JSON);
	log_line_start(&line, SPAN(""));
	log_line_number(&line, "size", 0);
	log_line_number(&line, "most", INT64_MAX);
	log_line_end(&line, LOG_LEVEL_ERROR);
	ck_assert_str_eq(logged(),
	    "<3>{\"size\":0,\"most\":9223372036854775807}\n");
	log_write(LOG_LEVEL_INFO, "ready");
	ck_assert_str_eq(logged(), "<6>{\"message\":\"ready\"}\n");
}
END_TEST

START_TEST(to_syslog)
{
	struct log_line line;

	/* Nothing to see here but that stderr stays silent. */
	start(LOG_FORMAT_TEXT, false);
	log_open(&(struct log_settings){ .program = "lumbar-test",
	    .target = LOG_TARGET_SYSLOG });
	log_write(LOG_LEVEL_INFO, "100%% %s", "%n");
	log_line_start(&line, SPAN("%n"));
	log_line_end(&line, LOG_LEVEL_INFO);
	ck_assert_str_eq(logged(), "");
}
END_TEST

/* A check of a file warns between the mistakes that it prints. */
START_TEST(before_open)
{
	capture = tmpfile();
	ck_assert_ptr_nonnull(capture);
	seen = 0;
	ck_assert_int_ge(dup2(fileno(capture), STDERR_FILENO), 0);
	log_write(LOG_LEVEL_WARNING, "sign.conf:1: key \"a\": weak");
	ck_assert_str_eq(logged(), "sign.conf:1: key \"a\": weak\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = suite_case(suite, "log");

	tcase_add_loop_test(tcase, escaping, 0,
	    (int)(sizeof(values) / sizeof(values[0])));
	tcase_add_test(tcase, fields);
	tcase_add_test(tcase, long_values);
	tcase_add_test(tcase, long_lines);
	tcase_add_test(tcase, same_line_everywhere);
	tcase_add_test(tcase, sentences);
	tcase_add_test(tcase, levels);
	tcase_add_test(tcase, to_syslog);
	tcase_add_test(tcase, before_open);
	return suite_finish(suite);
}
