/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/key_set.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char file[] = "/tmp/test_key_set.XXXXXX";

static void
write_file(const char *text)
{
	FILE *stream;

	if (file[strlen(file) - 1] == 'X')
		(void)close(mkstemp(file));
	stream = fopen(file, "w");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_ge(fputs(text, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
}

#define HEAD "domain = \"example.com\"\n"

/* All that a set can have, as it is written. */
static const char whole[] =
    "# Keys of a signing domain, written by lumbar key; see lumbar-key(1).\n"
    HEAD
    "\nkey \"new\" {\n\tfile = \"new.pem\"\n\tstate = pending\n"
    "\tsince = \"2026-11-20\"\n}\n"
    "\nkey \"a.b\" {\n\tfile = \"/keys/b.pem\"\n\tstate = active\n}\n"
    "\nkey \"old\" {\n\tfile = \"old.pem\"\n\tstate = retiring\n"
    "\tsince = \"2026-10-21\"\n\tretires = \"2026-11-22\"\n}\n";

START_TEST(reads_and_prints)
{
	const struct key_set_key *keys;
	const struct key_set *set;
	struct buf errors, text;
	struct conf *conf;

	buf_init(&errors, 1 << 16);
	buf_init(&text, 1 << 16);
	write_file(whole);
	set = key_set_read(file, &conf, &errors);
	ck_assert_str_eq(buf_string(&errors), "");
	ck_assert_ptr_nonnull(set);
	ck_assert_str_eq(set->domain, "example.com");
	ck_assert_uint_eq(set->keys.count, 3);
	keys = set->keys.items;
	ck_assert_str_eq(keys[0].selector, "new");
	ck_assert_str_eq(keys[0].file, "new.pem");
	ck_assert_str_eq(keys[0].since, "2026-11-20");
	ck_assert_str_eq(keys[0].retires, "");
	ck_assert_int_eq(keys[0].state, KEY_PENDING);
	ck_assert_int_eq(keys[1].state, KEY_ACTIVE);
	ck_assert_int_eq(keys[2].state, KEY_RETIRING);
	ck_assert_str_eq(keys[2].retires, "2026-11-22");
	key_set_print(set, &text);
	ck_assert_str_eq(buf_string(&text), whole);
	conf_free(&conf);
	buf_free(&errors);
	buf_free(&text);
}
END_TEST

START_TEST(finds)
{
	const struct key_set_key *keys;
	const struct key_set *set;
	struct buf errors;
	struct conf *conf;

	buf_init(&errors, 1 << 16);
	write_file(whole);
	set = key_set_read(file, &conf, &errors);
	ck_assert_ptr_nonnull(set);
	keys = set->keys.items;
	ck_assert_ptr_eq(key_set_find(set, SPAN("new")), &keys[0]);
	ck_assert_ptr_eq(key_set_find(set, SPAN("old")), &keys[2]);
	ck_assert_ptr_null(key_set_find(set, SPAN("ol")));
	ck_assert_ptr_null(key_set_find(set, SPAN("")));
	conf_free(&conf);
	buf_free(&errors);
}
END_TEST

START_TEST(names_states)
{
	ck_assert_str_eq(key_state_name(KEY_PENDING), "pending");
	ck_assert_str_eq(key_state_name(KEY_ACTIVE), "active");
	ck_assert_str_eq(key_state_name(KEY_RETIRING), "retiring");
}
END_TEST

#define KEY(text) HEAD "key \"a\" {\n" text "\n}\n"

static const struct {
	const char *text;
	const char *mistake; /* NULL: none */
} rows[] = {
	{ HEAD, NULL },
	{ KEY("file = \"a.pem\""), NULL },
	{ KEY("file = \"a.pem\"\nstate = active"), NULL },
	{ KEY("file = \"a.pem\"\nstate = retiring\nretires = \"2026-01-02\""),
	    NULL },
	{ "", "domain is missing; add: domain = \"example.com\"" },
	{ "domain = \"Example.com\"\n", ":1: " },
	{ "domain = \"example..com\"\n", ":1: " },
	{ HEAD "colour = \"red\"\n", ":2: " },
	{ HEAD "key \"A\" { file = \"a.pem\" }\n",
	    ":2: key: \"A\" has upper case; write it in lower case" },
	{ HEAD "key \"a b\" { file = \"a.pem\" }\n", ":2: key: " },
	{ KEY(""), ":2: key \"a\": file is missing; add: file = " },
	{ KEY("file = \"a\\\"b\""), "rename it" },
	{ KEY("file = \"a\\\\b\""), "rename it" },
	{ KEY("file = \"a.pem\"\nstate = new"), ":4: " },
	{ KEY("file = \"a.pem\"\nstate = retiring"),
	    ":2: key \"a\": retires is missing" },
	{ KEY("file = \"a.pem\"\nsince = \"today\""), "is no day" },
	{ KEY("file = \"a.pem\"\nsince = \"2026-1-02\""), "is no day" },
	{ KEY("file = \"a.pem\"\nsince = \"2026-01-023\""), "is no day" },
	{ KEY("file = \"a.pem\"\nsince = \"2026/01/02\""), "is no day" },
	{ KEY("file = \"a.pem\"") "key \"a\" {\nfile = \"b.pem\"\n}\n",
	    ":5: key: line 2 has a block \"a\" already" },
};

START_TEST(mistakes)
{
	const struct key_set *set;
	struct buf errors;
	struct conf *conf;

	buf_init(&errors, 1 << 16);
	write_file(rows[_i].text);
	set = key_set_read(file, &conf, &errors);
	if (rows[_i].mistake == NULL) {
		ck_assert_str_eq(buf_string(&errors), "");
		ck_assert_ptr_nonnull(set);
	} else {
		ck_assert_ptr_null(set);
		ck_assert_ptr_null(conf);
		ck_assert_msg(strstr(buf_string(&errors), rows[_i].mistake) !=
			NULL, "\"%s\" does not say \"%s\"",
		    buf_string(&errors), rows[_i].mistake);
	}
	conf_free(&conf);
	buf_free(&errors);
}
END_TEST

/* One mistake, not one for each key. */
START_TEST(too_many)
{
	struct buf errors, text;
	struct conf *conf;

	buf_init(&errors, 1 << 16);
	buf_init(&text, 1 << 20);
	(void)buf_printf(&text, HEAD);
	for (int i = 0; i <= KEY_SET_MAX; i++)
		(void)buf_printf(&text, "key \"k%d\" { }\n", i);
	write_file(buf_string(&text));
	ck_assert_ptr_null(key_set_read(file, &conf, &errors));
	ck_assert_ptr_nonnull(
	    strstr(buf_string(&errors), "it has more than 1000 keys"));
	ck_assert_ptr_null(strstr(buf_string(&errors), "file is missing"));
	buf_free(&errors);
	buf_free(&text);
}
END_TEST

START_TEST(missing_file)
{
	struct buf errors;
	struct conf *conf;

	buf_init(&errors, 1 << 16);
	ck_assert_ptr_null(
	    key_set_read("/nonexistent/a.keys", &conf, &errors));
	ck_assert_ptr_null(conf);
	ck_assert_str_eq(buf_string(&errors),
	    "/nonexistent/a.keys: there is no such key set; lumbar key "
	    "generate makes it with the first key of a domain\n");
	buf_free(&errors);
}
END_TEST

static void
remove_file(void)
{
	(void)unlink(file);
}

int
main(void)
{
	Suite *suite = suite_create("key_set");
	TCase *tcase = suite_case(suite, "key_set");

	tcase_add_checked_fixture(tcase, NULL, remove_file);
	tcase_add_test(tcase, reads_and_prints);
	tcase_add_test(tcase, finds);
	tcase_add_test(tcase, names_states);
	tcase_add_loop_test(tcase, mistakes, 0, (int)COUNT(rows));
	tcase_add_test(tcase, too_many);
	tcase_add_test(tcase, missing_file);
	return suite_finish(suite);
}
