/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy_files.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
make_path(char *path, size_t size)
{
	int fd;

	(void)snprintf(path, size, "/tmp/test_policy.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* Lists and includes are read beside the file that names them. */
START_TEST(files)
{
	char path[64];
	struct buf errors, report, text;
	char list[80], part[80];
	struct rule_set *set;

	buf_init(&errors, 1 << 16);
	buf_init(&report, 1 << 16);
	buf_init(&text, 1 << 16);
	make_path(path, sizeof(path));
	(void)snprintf(list, sizeof(list), "%s.txt", path);
	(void)snprintf(part, sizeof(part), "%s.part", path);
	write_file(list, "# comment\n\n a@example.com \nb@example.com\n");
	write_file(part, "rule b { when sender in people then hold }\n");
	(void)buf_printf(&text,
	    "list people = addresses from \"%s\"\ninclude \"%s\"\n",
	    strrchr(list, '/') + 1, strrchr(part, '/') + 1);
	write_file(path, buf_string(&text));
	ck_assert_int_eq(rule_file_check(path, &report, &errors), 0);
	ck_assert_str_eq(
	    buf_string(&report), "b: enforce, answered at DATA\n");

	/* A mistake in such a file is told with its name and line. */
	write_file(list, "a@example.com\nwrong\n");
	ck_assert_int_eq(rule_file_check(path, &report, &errors), -1);
	buf_reset(&text);
	(void)buf_printf(&text, "%s:2:1: expected an address", list);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), buf_string(&text)));

	/* A file that includes itself. */
	write_file(part, "include \"");
	buf_reset(&text);
	(void)buf_printf(
	    &text, "include \"%s\"\n", strrchr(part, '/') + 1);
	write_file(part, buf_string(&text));
	buf_reset(&errors);
	set = policy_rules_read(part, NULL, &errors);
	ck_assert_ptr_null(set);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "includes itself"));
	(void)unlink(list);
	(void)unlink(part);
	(void)unlink(path);
	buf_free(&errors);
	buf_free(&report);
	buf_free(&text);
}
END_TEST

START_TEST(report)
{
	char path[64];
	struct buf errors, out, expected;

	buf_init(&errors, 1 << 16);
	buf_init(&out, 1 << 16);
	buf_init(&expected, 1 << 16);
	make_path(path, sizeof(path));
	write_file(path,
	    "unread content is held\n"
	    "list unused = names { a }\n"
	    "define idle = always\n"
	    "rule a for each recipient { when recipient is internal then "
	    "stop }\n"
	    "rule b { when any recipient is internal then hold mode audit }\n"
	    "rule c { when subject is empty then hold mode off }\n"
	    "rule d { when always then stop }\n"
	    "rule e { when text has word x or sender is internal then hold "
	    "}\n");
	ck_assert_int_eq(rule_file_check(path, &out, &errors), 0);
	(void)buf_printf(&expected,
	    "a: enforce, answered at RCPT, where \"recipient\" is known\n"
	    "b: audit, answered at DATA, where \"recipients\" is known\n"
	    "c: off, answered at end of headers, where \"subject\" is known\n"
	    "d: enforce, answered at DATA\n"
	    "e: enforce, answered at end of message, where \"text\" is known\n"
	    "%s:8:6: note: no message reaches rule \"e\"\n"
	    "%s:2:6: note: nothing uses list \"unused\"\n"
	    "%s:3:8: note: nothing uses condition \"idle\"\n",
	    path, path, path);
	ck_assert_str_eq(buf_string(&out), buf_string(&expected));
	(void)unlink(path);
	buf_free(&errors);
	buf_free(&out);
	buf_free(&expected);
}
END_TEST

START_TEST(not_a_file)
{
	static const struct {
		const char *path, *said;
	} cases[] = {
		{ "/nonexistent/policy.rules",
		    "/nonexistent/policy.rules cannot be opened: No such file "
		    "or directory; create it or name another\n" },
		{ "/dev/null",
		    "/dev/null is not a regular file; name one\n" },
		{ "/tmp", "/tmp is a folder; name a file in it\n" },
	};
	static const struct conf_place named = { "policy.conf", 0, NULL };
	static const char key[] = "policy.conf: rules: ";

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf errors;
		struct rule_set *set;

		buf_init(&errors, 1 << 16);
		set = policy_rules_read(cases[i].path, NULL, &errors);
		ck_assert_ptr_null(set);
		ck_assert_str_eq(buf_string(&errors), cases[i].said);
		buf_reset(&errors);
		set = policy_rules_read(cases[i].path, &named, &errors);
		ck_assert_ptr_null(set);
		ck_assert(span_starts(buf_span(&errors), span_of(key)));
		ck_assert_str_eq(
		    buf_string(&errors) + strlen(key), cases[i].said);
		buf_free(&errors);
	}
}
END_TEST

SUITE_MAIN("policy_files", files, report, not_a_file)
