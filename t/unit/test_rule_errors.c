/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrong rule files and what is said of them, word for word.
 */
#include "rules/rule.h"

#include "t/unit/rule_find_mistakes.h"
#include "t/unit/rule_mistakes.h"
#include "t/unit/suite.h"

#include <string.h>

static struct span
check(const char *text, struct buf *errors)
{
	struct rule_set *set;

	buf_reset(errors);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, errors);
	ck_assert_msg((set == NULL) == (errors->len > 0), "%s", text);
	rule_set_free(&set);
	return buf_span(errors);
}

/* The lines of ERRORS that begin a message, without the source shown. */
static void
first_lines(struct span errors, struct buf *out)
{
	struct span line;

	buf_reset(out);
	while (span_next(&errors, '\n', &line))
		if (span_starts(line, SPAN("r:")))
			(void)buf_printf(out, "%.*s\n", SPAN_ARGS(line));
}

START_TEST(wrong_files)
{
	struct buf errors, said;

	buf_init(&errors, 1 << 20);
	buf_init(&said, 1 << 20);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		first_lines(check(wrong[i].text, &errors), &said);
		ck_assert_msg(strcmp(buf_string(&said), wrong[i].said) == 0,
		    "of <%s> is said\n%sexpected was\n%s", wrong[i].text,
		    buf_string(&said), wrong[i].said);
	}
	buf_free(&errors);
	buf_free(&said);
}
END_TEST

/* What content has, with the line and the caret. */
START_TEST(wrong_conditions)
{
	struct buf text, errors, expected;

	buf_init(&text, 1 << 16);
	buf_init(&errors, 1 << 16);
	buf_init(&expected, 1 << 16);
	for (size_t i = 0; i < sizeof(wrong_finds) / sizeof(wrong_finds[0]);
	    i++) {
		const struct find_mistake *row = &wrong_finds[i];

		buf_reset(&text);
		(void)buf_printf(&text,
		    "unread content is held list projects = words { falcon } "
		    "list partners = domains { bank.example } rule a { when\n"
		    "%s\nthen hold }\n",
		    row->condition);
		buf_reset(&expected);
		(void)buf_printf(&expected, "r:%zu:%zu: %s\n\t%s\n\t%*s^\n",
		    row->line, row->column, row->said,
		    row->line == 2 ? row->condition : "then hold }",
		    (int)row->column - 1, "");
		(void)check(buf_string(&text), &errors);
		ck_assert_str_eq(
		    buf_string(&errors), buf_string(&expected));
	}
	buf_free(&text);
	buf_free(&errors);
	buf_free(&expected);
}
END_TEST

START_TEST(caret)
{
	struct buf errors;

	buf_init(&errors, 1 << 16);
	(void)check("# comment\nrule a {\n\twhen\tsendr is x\n\tthen hold\n}\n",
	    &errors);
	ck_assert_str_eq(buf_string(&errors),
	    "r:3:7: \"sendr\" is not a fact that rules know; did you mean "
	    "\"sender\"?\n"
	    "\t\twhen\tsendr is x\n"
	    "\t\t    \t^\n");
	/* Columns count characters, not bytes. */
	(void)check("rule a { when subject is \"\303\244\303\266\" foo }",
	    &errors);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "r:1:31: "));
	buf_free(&errors);
}
END_TEST

START_TEST(long_line)
{
	struct buf text, errors;

	buf_init(&text, 1 << 16);
	buf_init(&errors, 1 << 16);
	(void)buf_printf(&text, "%2000s rul a", "");
	(void)check(buf_string(&text), &errors);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "r:1:2002: "));
	ck_assert_uint_lt(errors.len, 600);
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

/* All mistakes of a file are told at once, in its order. */
START_TEST(all_at_once)
{
	struct buf errors, said;

	buf_init(&errors, 1 << 16);
	buf_init(&said, 1 << 16);
	first_lines(check("list trusted = domain { }\n"
			  "rule a {\n"
			  "  when sender in trused and sendr is x or "
			  "text has p\n"
			  "  then rejct mode on\n"
			  "}\n",
			&errors),
	    &said);
	ck_assert_str_eq(buf_string(&said),
	    "r:1:16: expected \"addresses\", \"domains\", \"names\", "
	    "\"networks\", \"words\" or \"members of group\", found "
	    "\"domain\"; did you mean "
	    "\"domains\"?\n"
	    "r:3:18: there is no list \"trused\"; did you mean \"trusted\"?\n"
	    "r:3:29: \"sendr\" is not a fact that rules know; did you mean "
	    "\"sender\"?\n"
	    "r:3:52: \"p\" is not a detector that rules know (payment-card, "
	    "iban, us-ssn); write \"has words p\" for a list of words, \"p\" "
	    "alone for a condition\n"
	    "r:4:8: expected an action (reject, tempfail, discard,"
	    " hold, add, set, remove, redirect, tag, stop), found \"rejct\"; "
	    "did you mean "
	    "\"reject\"?\n"
	    "r:4:19: expected \"enforce\", \"audit\" or \"off\", found "
	    "\"on\"\n");
	buf_free(&errors);
	buf_free(&said);
}
END_TEST

static void
repeat(struct buf *text, const char *what, size_t times)
{
	for (size_t i = 0; i < times; i++)
		(void)buf_append_span(text, span_of(what));
}

/* Neither nesting nor chains of definitions may exhaust the stack. */
START_TEST(depth)
{
	struct buf text, errors;

	buf_init(&text, 1 << 22);
	buf_init(&errors, 1 << 22);
	(void)buf_append_span(&text, SPAN("define a = "));
	repeat(&text, "(", 100000);
	(void)check(buf_string(&text), &errors);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "more than 100"));
	buf_reset(&text);
	(void)buf_append_span(&text, SPAN("define a0 = always\n"));
	for (int i = 1; i < 20000; i++)
		(void)buf_printf(&text, "define a%d = not a%d\n", i, i - 1);
	(void)check(buf_string(&text), &errors);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "more than 200"));
	buf_reset(&text);
	for (int i = 1; i < 20000; i++)
		(void)buf_printf(&text, "define a%d = not a%d\n", i, i + 1);
	(void)buf_append_span(&text, SPAN("define a20000 = always\n"));
	(void)check(buf_string(&text), &errors);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "more than 200"));
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

/* Definitions that name each other twice double with each step. */
START_TEST(expansion)
{
	struct buf text, errors;

	buf_init(&text, 1 << 16);
	buf_init(&errors, 1 << 16);
	(void)buf_printf(&text, "define d0 = login exists\n");
	for (int i = 1; i < 60; i++)
		(void)buf_printf(&text, "define d%d = d%d and d%d\n", i,
		    i - 1, i - 1);
	(void)buf_printf(&text, "rule a { when d59 then hold }\n");
	(void)check(buf_string(&text), &errors);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors),
	    "r:22:14: with the definitions in it \"d20\" has more than 1000000 "
	    "tests"));
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

/* As many mistakes as lines, each told with its line: in the time of one pass
 * over the text, which a quadratic one would not end here. */
START_TEST(many_mistakes)
{
	enum { LINES = 100000 };
	struct buf text, errors;

	buf_init(&text, 1 << 24);
	buf_init(&errors, 1 << 26);
	(void)buf_append_span(&text, SPAN("list l = domains {\n"));
	repeat(&text, "  somebody@example.com\n", LINES);
	(void)buf_append_span(&text, SPAN("}\n"));
	(void)check(buf_string(&text), &errors);
	ck_assert_ptr_nonnull(strstr(
	    buf_string(&errors), "\nr:100001:3: expected a domain such as"));
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

/* The same of names that stand twice, each told with the line of the first. */
START_TEST(many_twice)
{
	enum { NAMES = 50000 };
	struct buf text, errors;

	buf_init(&text, 1 << 24);
	buf_init(&errors, 1 << 26);
	for (int i = 0; i < 2 * NAMES; i++)
		(void)buf_printf(&text,
		    "rule r%d { when sender is somebody@example.com "
		    "then hold }\n",
		    i % NAMES);
	(void)check(buf_string(&text), &errors);
	ck_assert_ptr_nonnull(strstr(buf_string(&errors),
	    "r:50001:6: the rule \"r0\" is there already, in line 1 of r\n"));
	ck_assert_ptr_nonnull(strstr(buf_string(&errors),
	    "\nr:100000:6: the rule \"r49999\" is there already, in line "
	    "50000 of r\n"));
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

/* One rule of over 100 KB, and as many rules as one likes. */
START_TEST(size)
{
	struct buf text, errors;
	struct rule_set *set;

	buf_init(&text, 1 << 24);
	buf_init(&errors, 1 << 20);
	(void)buf_append_span(&text, SPAN("rule big { when sender is a@b.c"));
	repeat(&text, "\n or sender domain is example.com", 5000);
	(void)buf_append_span(&text, SPAN(" then hold }\n"));
	for (int i = 0; i < 5000; i++)
		(void)buf_printf(&text,
		    "rule r%d { when sender is u%d@example.com then hold }\n",
		    i, i);
	set = rule_set_new(SPAN("r"), buf_span(&text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	ck_assert_uint_eq(rule_set_count(set), 5001);
	rule_set_free(&set);
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

SUITE_MAIN("rule_errors", wrong_files, wrong_conditions, caret, long_line,
    all_at_once, depth, expansion, many_mistakes, many_twice, size)
