/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/conf.h"

#include "base/clock.h"

#include "t/unit/suite.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A program's configuration with a row of each type. */
struct block {
	const char *title;
	struct conf_place place;
	const char *role;
	struct conf_strings domains;
};

struct values {
	bool observe;
	int64_t sessions;
	int64_t timeout;
	int64_t body;
	int64_t socket_mode;
	const char *socket;
	struct conf_strings domains;
	struct conf_strings groups;
	int outcome;
	int64_t offset;
	struct conf_items blocks;
};

static const char *const outcomes[] = { "tempfail", "hold", "reject", NULL };

static int
check_socket(const char *text, struct err *err)
{
	if (strchr(text, ':') != NULL || text[0] == '\0')
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is no socket; write unix:/PATH", text);
}

#define ROW(name, field, kind, ...) \
	{ .key = name, .type = kind, \
	    .offset = offsetof(struct values, field), __VA_ARGS__ }

static const struct conf_row rows[] = {
	ROW("observe", observe, CONF_BOOL, .fallback = "no",
	    .help = "Decide and log, change nothing."),
	ROW("max_sessions", sessions, CONF_INTEGER, .fallback = "200",
	    .min = 1, .max = 10000),
	ROW("timeout", timeout, CONF_DURATION, .fallback = "2500ms",
	    .min = CLOCK_SECOND_US, .max = 86400 * CLOCK_SECOND_US),
	ROW("body_memory", body, CONF_SIZE, .fallback = "1M"),
	ROW("socket_mode", socket_mode, CONF_MODE, .fallback = "0660",
	    .max = 0777),
	ROW("socket", socket, CONF_STRING, .check = check_socket),
	ROW("domains", domains, CONF_STRINGS),
	ROW("groups", groups, CONF_STRINGS, .fallback = "{ \"a b\", \"c\" }"),
	ROW("outcome", outcome, CONF_CHOICE, .fallback = "hold",
	    .choices = outcomes),
	ROW("offset", offset, CONF_INTEGER, .fallback = "0", .min = -10,
	    .max = INT64_MAX),
};

static const struct conf_row block_rows[] = {
	{ .key = "role", .type = CONF_STRING,
	    .offset = offsetof(struct block, role), .fallback = "inbound" },
	{ .key = "domains", .type = CONF_STRINGS,
	    .offset = offsetof(struct block, domains), .fallback = "here" },
};

static const struct conf_section sections[] = {
	{ .name = "listener", .rows = block_rows, .row_count = 2,
	    .item_size = sizeof(struct block),
	    .title_offset = offsetof(struct block, title),
	    .place_offset = offsetof(struct block, place),
	    .items_offset = offsetof(struct values, blocks),
	    .help = "One listener of the MTA." },
};

static const struct conf_table table = { .rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]), .sections = sections,
	.section_count = 1 };

static const struct conf_schema schema = { .tables = &table,
	.table_count = 1, .size = sizeof(struct values) };

static char folder[] = "/tmp/lumbar-conf.XXXXXX";

/* Reads TEXT as "F"; the mistakes are left in ERRORS. */
static struct conf *
read_text(const char *text, struct buf *errors)
{
	struct conf *conf;
	int result;

	buf_init(errors, 1 << 20);
	result = conf_read_text(&schema, "F", text, &conf, errors);
	ck_assert((result == 0) == (conf != NULL));
	ck_assert((result == 0) == (errors->len == 0));
	return conf;
}

/* Values of a text without a mistake. */
static const struct values *
read_good(const char *text, struct conf **conf)
{
	struct buf errors;

	*conf = read_text(text, &errors);
	ck_assert_str_eq(buf_string(&errors), "");
	ck_assert_ptr_nonnull(*conf);
	buf_free(&errors);
	return conf_values(*conf);
}

START_TEST(set_string)
{
	char text[] = "unix:/b";
	struct conf *conf;
	const struct values *values =
	    read_good("socket = \"unix:/a\"\nmax_sessions = 7\n", &conf);

	conf_set_string(&schema, conf, "socket", text);
	text[6] = 'c'; /* it has its own copy */
	ck_assert_str_eq(values->socket, "unix:/b");
	ck_assert_int_eq(values->sessions, 7);
	conf_free(&conf);
}
END_TEST

START_TEST(defaults)
{
	struct conf *conf;
	const struct values *values = read_good("", &conf);

	ck_assert(!values->observe);
	ck_assert_int_eq(values->sessions, 200);
	ck_assert_int_eq(values->timeout, 2500000);
	ck_assert_int_eq(values->body, 1 << 20);
	ck_assert_int_eq(values->socket_mode, 0660);
	ck_assert_str_eq(values->socket, "");
	ck_assert_uint_eq(values->domains.count, 0);
	ck_assert_uint_eq(values->groups.count, 2);
	ck_assert_str_eq(values->groups.items[0], "a b");
	ck_assert_int_eq(values->outcome, 1);
	ck_assert_uint_eq(values->blocks.count, 0);
	conf_free(&conf);
	ck_assert_ptr_null(conf);
	conf_free(&conf);
}
END_TEST

START_TEST(all_types)
{
	struct conf *conf;
	const struct values *values = read_good(
	    "# a comment with \"quotes\" and { braces }\n"
	    "observe = On # another\n"
	    "max_sessions = 10000\r\n"
	    "timeout = 1d\n"
	    "body_memory = 3g\n"
	    "socket_mode = \"0600\"\n"
	    "socket = 'unix:/run/a#b'\n"
	    "domains = { example.com, \"x\\\"y\",\n\t\"\\x41\" }\n"
	    "domains += last\n"
	    "groups = {}\n"
	    "outcome = reject\n"
	    "offset = -10\n", &conf);

	ck_assert(values->observe);
	ck_assert_int_eq(values->sessions, 10000);
	ck_assert_int_eq(values->timeout, 86400 * CLOCK_SECOND_US);
	ck_assert_int_eq(values->body, INT64_C(3) << 30);
	ck_assert_int_eq(values->socket_mode, 0600);
	ck_assert_str_eq(values->socket, "unix:/run/a#b");
	ck_assert_uint_eq(values->domains.count, 4);
	ck_assert_str_eq(values->domains.items[0], "example.com");
	ck_assert_str_eq(values->domains.items[1], "x\"y");
	ck_assert_str_eq(values->domains.items[2], "A");
	ck_assert_str_eq(values->domains.items[3], "last");
	ck_assert_uint_eq(values->groups.count, 0);
	ck_assert_int_eq(values->outcome, 2);
	ck_assert_int_eq(values->offset, -10);
	conf_free(&conf);
}
END_TEST

/* As some editors save a file: with a byte order mark at its start. */
START_TEST(byte_order_mark)
{
	struct conf *conf;
	const struct values *values =
	    read_good("\xef\xbb\xbfobserve = yes\n", &conf);

	ck_assert(values->observe);
	conf_free(&conf);
	values = read_good("\xef\xbb\xbf", &conf);
	ck_assert(!values->observe);
	conf_free(&conf);
}
END_TEST

START_TEST(blocks)
{
	struct conf *conf;
	const struct values *values = read_good(
	    "# one\n# two\n"
	    "listener \"mx\" {\n\trole = outbound\n}\n"
	    "groups += d\n"
	    "listener submission\n{\n\tdomains = { a, b }\n}\n", &conf);
	const struct block *block = values->blocks.items;

	ck_assert_uint_eq(values->groups.count, 3);
	ck_assert_uint_eq(values->blocks.count, 2);
	ck_assert_str_eq(block[0].title, "mx");
	ck_assert_str_eq(block[0].role, "outbound");
	ck_assert_uint_eq(block[0].domains.count, 1);
	ck_assert_str_eq(block[0].domains.items[0], "here");
	ck_assert_str_eq(block[0].place.file, "F");
	ck_assert_int_eq(block[0].place.line, 3);
	ck_assert_str_eq(block[1].title, "submission");
	ck_assert_str_eq(block[1].role, "inbound");
	ck_assert_uint_eq(block[1].domains.count, 2);
	ck_assert_int_eq(block[1].place.line, 8);
	/* Where a key is set; where it is not, the block. */
	ck_assert_int_eq(conf_key_place(&block[0].place, "role").line, 4);
	ck_assert_int_eq(conf_key_place(&block[1].place, "domains").line, 9);
	ck_assert_int_eq(conf_key_place(&block[1].place, "role").line, 8);
	conf_free(&conf);
}
END_TEST

static const struct {
	const char *text;
	const char *errors;
} wrong[] = {
	/* values */
	{ "observe = maybe\n",
	    "F:1: observe: \"maybe\" is neither yes nor no; write yes or "
	    "no\n" },
	{ "max_sessions = many",
	    "F:1: max_sessions: \"many\" is not a number; write digits "
	    "only\n" },
	{ "max_sessions = 9223372036854775808",
	    "F:1: max_sessions: \"9223372036854775808\" is not a number; "
	    "write digits only\n" },
	{ "max_sessions = 0",
	    "F:1: max_sessions: 0 is out of range; write a value from 1 to "
	    "10000\n" },
	{ "offset = -11",
	    "F:1: offset: -11 is too small; write -10 or more\n" },
	{ "\n\ntimeout = 30",
	    "F:3: timeout: \"30\" is not a duration; write a number with ms, "
	    "s, m, h or d, such as 30s\n" },
	{ "timeout = 2d",
	    "F:1: timeout: 2d is out of range; write a value from 1s to 1d\n" },
	{ "timeout = 5ms",
	    "F:1: timeout: 5ms is out of range; write a value from 1s to "
	    "1d\n" },
	{ "body_memory = 10MB",
	    "F:1: body_memory: \"10MB\" is not a size; write a number of "
	    "bytes, or with K, M or G, such as 10M\n" },
	{ "body_memory = -1",
	    "F:1: body_memory: -1 is too small; write 0 or more\n" },
	{ "body_memory = 9223372036854775807K",
	    "F:1: body_memory: \"9223372036854775807K\" is not a size; write "
	    "a number of bytes, or with K, M or G, such as 10M\n" },
	{ "socket_mode = 0669",
	    "F:1: socket_mode: \"0669\" is not a file mode; write octal "
	    "digits, such as 0660\n" },
	{ "socket_mode = 1000",
	    "F:1: socket_mode: 1000 is out of range; write a value from 0000 "
	    "to 0777\n" },
	{ "socket_mode = 123456",
	    "F:1: socket_mode: \"123456\" is not a file mode; write octal "
	    "digits, such as 0660\n" },
	{ "socket = /run/x",
	    "F:1: socket: \"/run/x\" is no socket; write unix:/PATH\n" },
	{ "outcome = drop",
	    "F:1: outcome: \"drop\" is not known; write tempfail, hold or "
	    "reject\n" },
	/* An empty item may match what is empty, or everything. */
	{ "domains = \"\"",
	    "F:1: domains: an item is empty; write { } for an empty list, or "
	    "take the item out\n" },
	{ "domains = { a, \"\" }\ndomains += \"\"\n",
	    "F:1: domains: an item is empty; write { } for an empty list, or "
	    "take the item out\n"
	    "F:2: domains: an item is empty; write { } for an empty list, or "
	    "take the item out\n" },
	/* all of them in one run, comments and strings counted as lines */
	{ "# one\nobserve = 2 # two\n\nsocket = \"\n\"\ntimeout = x\n",
	    "F:2: observe: \"2\" is neither yes nor no; write yes or no\n"
	    "F:5: socket: \"\n\" is no socket; write unix:/PATH\n"
	    "F:6: timeout: \"x\" is not a duration; write a number with ms, "
	    "s, m, h or d, such as 30s\n" },
	/* keys */
	{ "observ = yes",
	    "F:1: observ: unknown key; did you mean observe?\n" },
	{ "colour = red",
	    "F:1: colour: unknown key; remove it; -x prints all keys\n" },
	{ "colour = red\nmax_session = { 1, 2 }\noutcome = x\n"
	  "listener a {\n\trule = x\n}\nsocket = x\n",
	    "F:1: colour: unknown key; remove it; -x prints all keys\n"
	    "F:2: max_session: unknown key; did you mean max_sessions?\n"
	    "F:3: outcome: \"x\" is not known; write tempfail, hold or "
	    "reject\n"
	    "F:5: rule: unknown key in listener \"a\"; did you mean role?\n"
	    "F:7: socket: \"x\" is no socket; write unix:/PATH\n" },
	{ "listner \"a\" { }",
	    "F:1: listner: unknown key; did you mean listener?\n" },
	{ "observe = yes\nobserve = yes\n",
	    "F:2: observe: line 1 has set it already; remove one of the "
	    "two\n" },
	{ "groups = { a }\ngroups = b\n",
	    "F:2: groups: line 1 has set it already; remove one of the two\n" },
	{ "listener a {}\nlistener b {}\nlistener a {}\n",
	    "F:3: listener: line 1 has a block \"a\" already; join the two\n" },
	{ "listener a {\n domains = x\n domains = y\n}\n",
	    "F:3: listener \"a\": domains: line 2 has set it already; remove "
	    "one of the two\n" },
	/* syntax */
	{ "observe yes",
	    "F:1: observe: \"=\" is missing; write KEY = VALUE\n" },
	{ "observe += yes",
	    "F:1: observe: \"+=\" adds to a list and this is none; write KEY = "
	    "VALUE\n" },
	{ "observe = { yes }",
	    "F:1: observe: unexpected token '{'; write KEY = VALUE or, for a "
	    "list, KEY = { A, B }\n" },
	{ "domains = { a b }",
	    "F:1: domains: unexpected token 'b'; write KEY = VALUE or, for a "
	    "list, KEY = { A, B }\n" },
	{ "observe =",
	    "F:1: observe: the file ends in the middle of a setting; complete "
	    "it\n" },
	{ "\nlistener {\n}",
	    "F:2: listener: the block has no title; write NAME \"TITLE\" { ... "
	    "}\n" },
	{ "listener a\nobserve = yes",
	    "F:2: observe: \"{\" is missing; write NAME \"TITLE\" { ... }\n" },
	{ "\nlistener \"a\" {\nrole = b\n",
	    "F:2: listener: the \"{\" in this line is not closed; add "
	    "\"}\"\n" },
	{ "observe = yes\n}\n", "F:2: \"}\" closes nothing; remove it\n" },
	{ "\nsocket = \"unix:/x\n\n",
	    "F:2: socket: the string that begins here is not closed; add "
	    "\"\n" },
	{ "socket = 'unix:/x\\'",
	    "F:1: socket: the string that begins here is not closed; add "
	    "'\n" },
	{ "socket = \"a:\\9\"",
	    "F:1: socket: wrong escape in a string; write a backslash as "
	    "\\\\\n" },
	{ "observe = yes\n/* no */\n",
	    "F:2: /*: \"/*\" begins no comment; write comments with #\n" },
	{ "observe = yes // no\n",
	    "F:1: observe: \"//\" begins no comment; write comments with #\n" },
	{ "include()\ninclude(\"a\", \"b\")",
	    "F:1: include: one file is expected; write include(\"FILE\")\n"
	    "F:2: include: one file is expected; write include(\"FILE\")\n" },
	{ "include \"a\"\n",
	    "F:1: include: \"(\" is missing; write include(\"FILE\")\n" },
	{ "include(\"F\")\n",
	    "F:1: include: F is part of the configuration already; remove "
	    "this line\n" },
	{ "include(\"/nonexistent/x.conf\")\n",
	    "F:1: include: /nonexistent/x.conf: the file does not exist; "
	    "create it (an empty file takes every default) or name another "
	    "one\n" },
};

START_TEST(mistakes)
{
	struct buf errors;
	struct conf *conf = read_text(wrong[_i].text, &errors);

	ck_assert_str_eq(buf_string(&errors), wrong[_i].errors);
	ck_assert_ptr_null(conf);
	buf_free(&errors);
	/* The scanner is global: whatever happened, the next text is read. */
	(void)read_good("socket = \"unix:/a\" observe = yes\n", &conf);
	conf_free(&conf);
}
END_TEST

START_TEST(many_mistakes)
{
	struct buf text, errors;
	size_t lines = 0;

	buf_init(&text, 1 << 16);
	for (int i = 0; i < 100; i++)
		(void)buf_printf(&text, "observe = %d\nunknown%d = x\n", i, i);
	ck_assert_ptr_null(read_text(buf_string(&text), &errors));
	for (const char *at = buf_string(&errors); *at != '\0'; at++)
		lines += *at == '\n';
	/* 32 unknown keys are read over; the next ends reading. */
	ck_assert_uint_ge(lines, 65);
	buf_free(&errors);
	buf_free(&text);
}
END_TEST

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

/* Reads the file NAME in FOLDER; in the errors, FOLDER is written "@". */
static struct conf *
read_file(const char *name, struct buf *shown)
{
	char path[128];
	struct buf errors;
	struct conf *conf;
	struct span rest;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_init(&errors, 1 << 16);
	(void)conf_read(&schema, path, &conf, &errors);
	rest = buf_span(&errors);
	buf_init(shown, 1 << 16);
	while (rest.len > 0) {
		bool here = span_starts(rest, span_of(folder));

		(void)buf_append_char(shown, here ? '@' : rest.ptr[0]);
		rest = span_slice(
		    rest, here ? strlen(folder) : 1, rest.len);
	}
	buf_free(&errors);
	return conf;
}

static void
expect_file_errors(const char *name, const char *expected)
{
	struct buf errors;
	struct conf *conf = read_file(name, &errors);

	ck_assert_str_eq(buf_string(&errors), expected);
	ck_assert(conf == NULL);
	buf_free(&errors);
}

START_TEST(files)
{
	char path[128];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	expect_file_errors("none",
	    "@/none: the file does not exist; create it (an empty file takes "
	    "every default) or name another one\n");
	expect_file_errors("", "@/: it is a directory; name a file in it\n");
	write_file("secret", "");
	(void)snprintf(path, sizeof(path), "%s/secret", folder);
	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() != 0)
		expect_file_errors("secret",
		    "@/secret: permission denied; let the user that reads it "
		    "read the file and search its folders\n");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(includes)
{
	static const char *const names[] = { "main", "second", "third" };
	const struct values *values;
	char path[128];
	struct buf errors;
	struct conf *conf;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file("main",
	    "listener a {}\ninclude(\"second\")\nobserve = yes\n");
	write_file("second", "# x\ninclude(third)\nlistener b {}\n");
	write_file("third", "max_sessions = 7\n\nlistener c {}\n");
	conf = read_file("main", &errors);
	ck_assert_str_eq(buf_string(&errors), "");
	values = conf_values(conf);
	ck_assert(values->observe);
	ck_assert_int_eq(values->sessions, 7);
	ck_assert_uint_eq(values->blocks.count, 3);
	ck_assert_int_eq(
	    ((const struct block *)values->blocks.items)[2].place.line, 3);
	buf_free(&errors);
	conf_free(&conf);

	/* More often than libconfuse bears with its own include(). */
	for (int i = 0; i < 12; i++) {
		write_file(
		    "third", "observe = no\nsocket = x\nlistener a {}\n");
		expect_file_errors("main",
		    "@/third:1: observe: @/main:3 has set it already; remove one "
		    "of the two\n"
		    "@/third:2: socket: \"x\" is no socket; write unix:/PATH\n"
		    "@/third:3: listener: @/main:1 has a block \"a\" already; "
		    "join the two\n");
		write_file("third", "socket = \"\\9\n\"\n");
		expect_file_errors("main",
		    "@/third:1: socket: wrong escape in a string; write a "
		    "backslash as \\\\\n");
		write_file("third", "include(\"main\")\n");
		expect_file_errors("main",
		    "@/third:1: include: @/main is part of the configuration "
		    "already; remove this line\n");
	}
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static char *
print(const struct conf *conf)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	conf_print(&schema, conf, out);
	(void)fclose(out);
	return text;
}

/* Whatever is printed reads back to the same, whose print is the same. */
static const char *const printed[] = {
	"",
	"observe = yes max_sessions = 1 timeout = 1001ms body_memory = 1025\n"
	"socket_mode = 0777 outcome = tempfail offset = 9223372036854775807",
	"timeout = 1h body_memory = 0 socket_mode = 0 offset = -10",
	"timeout = 90s body_memory = 1536K groups = {} domains = { a, \" \" }",
	"socket = \":\\\"\\\\$\\x01\\x7f\\n\\t\\r ${HOME} \\${HOME}\\\\${x\"",
	"socket = ':\n#{}()=+,\\n \xc3\xbc \xff' domains = '${HOME}'",
	"listener \"a \\\" \\\\ \\${HOME} }\" { role = '\\\\' } listener b {\n"
	"domains = { \"{\", '\"', \",\" } } listener \"\" { domains = {} }",
};

START_TEST(print_reads_back)
{
	struct conf *conf, *again;
	const struct values *a = read_good(printed[_i], &conf);
	char *text = print(conf);
	const struct values *b = read_good(text, &again);
	char *text_again = print(again);

	ck_assert_str_eq(text, text_again);
	ck_assert_int_eq(a->observe, b->observe);
	ck_assert_int_eq(a->sessions, b->sessions);
	ck_assert_int_eq(a->timeout, b->timeout);
	ck_assert_int_eq(a->body, b->body);
	ck_assert_int_eq(a->socket_mode, b->socket_mode);
	ck_assert_int_eq(a->offset, b->offset);
	ck_assert_int_eq(a->outcome, b->outcome);
	ck_assert_str_eq(a->socket, b->socket);
	ck_assert_uint_eq(a->domains.count, b->domains.count);
	for (size_t i = 0; i < a->domains.count; i++)
		ck_assert_str_eq(a->domains.items[i], b->domains.items[i]);
	ck_assert_uint_eq(a->groups.count, b->groups.count);
	ck_assert_uint_eq(a->blocks.count, b->blocks.count);
	for (size_t i = 0; i < a->blocks.count; i++) {
		const struct block *x = a->blocks.items;
		const struct block *y = b->blocks.items;

		ck_assert_str_eq(x[i].title, y[i].title);
		ck_assert_str_eq(x[i].role, y[i].role);
		ck_assert_uint_eq(x[i].domains.count, y[i].domains.count);
	}
	conf_free(&conf);
	conf_free(&again);
	free(text);
	free(text_again);
}
END_TEST

START_TEST(print_form)
{
	struct conf *conf;
	char *text;

	(void)read_good("listener \"x\" { domains = { a, b } }", &conf);
	text = print(conf);
	ck_assert_str_eq(text,
	    "# Decide and log, change nothing.\n"
	    "observe = no\n\n"
	    "max_sessions = 200\n\n"
	    "timeout = 2500ms\n\n"
	    "body_memory = 1M\n\n"
	    "socket_mode = 0660\n\n"
	    "socket = \"\"\n\n"
	    "domains = { }\n\n"
	    "groups = { \"a b\", \"c\" }\n\n"
	    "outcome = hold\n\n"
	    "offset = 0\n\n"
	    "# One listener of the MTA.\n"
	    "listener \"x\" {\n"
	    "\trole = \"inbound\"\n\n"
	    "\tdomains = { \"a\", \"b\" }\n\n"
	    "}\n\n");
	free(text);
	conf_free(&conf);

	(void)read_good("", &conf);
	text = print(conf);
	ck_assert_ptr_nonnull(strstr(text,
	    "# One listener of the MTA.\n"
	    "# listener \"NAME\" {\n"
	    "#\trole = \"inbound\"\n"
	    "#\tdomains = here\n"
	    "# }\n\n"));
	free(text);
	conf_free(&conf);
}
END_TEST

START_TEST(later_mistake)
{
	struct conf_place place = { "policy.conf", 12, NULL };
	struct buf errors;

	buf_init(&errors, 100);
	conf_mistake(&errors, &place, "key: %s; write another", "wrong");
	place.line = 0;
	conf_mistake(&errors, &place, "empty");
	conf_key_mistake(&errors, &place, "rules", "missing");
	ck_assert_str_eq(buf_string(&errors),
	    "policy.conf:12: key: wrong; write another\npolicy.conf: empty\n"
	    "policy.conf: rules: missing\n");
	buf_free(&errors);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int
main(void)
{
	Suite *suite = suite_create("conf");
	TCase *tcase = suite_case(suite, "conf");

	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, set_string);
	tcase_add_test(tcase, all_types);
	tcase_add_test(tcase, blocks);
	tcase_add_test(tcase, byte_order_mark);
	tcase_add_loop_test(tcase, mistakes, 0, COUNT(wrong));
	tcase_add_test(tcase, many_mistakes);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, includes);
	tcase_add_loop_test(tcase, print_reads_back, 0, COUNT(printed));
	tcase_add_test(tcase, print_form);
	tcase_add_test(tcase, later_mistake);
	return suite_finish(suite);
}
