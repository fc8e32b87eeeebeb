/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lumbar check says of rules that have no mistake, and rules printed.
 */
#include "rules/rule.h"

#include "t/unit/rule_reprinted.h"
#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <string.h>

static const struct text_file files[] = {
	{ "a.csv", "10.0.0.1,x@example.com\n" },
	{ "words.txt", "falcon\n\"blue\" \\whale\n" },
	{ "emptied.txt", "# none now\n" },
	{ "one.txt", "blue whale\nBlue  Whale\n" },
	{ NULL, NULL },
};

static const struct rule_files reader = {
	.read = text_file_read,
	.context = (void *)(uintptr_t)files,
};

static struct rule_set *
compile(const char *text)
{
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 16);
	set = rule_set_new(SPAN("r"), span_of(text), &reader, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return set;
}

#define NEVER(id) "note: no message reaches rule \"" id "\"\n"
#define BEFORE(first, id) \
	"note: rule \"" first \
	"\" before it ends all that would be for rule \"" id "\"\n"

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

/* NOTES are the notes of the report, without their places. */
static const struct {
	const char *text, *notes;
} cases[] = {
	{ "rule a { when always then reject } "
	  "rule b { when login exists then hold }",
	    NEVER("b") },
	{ "rule a { when always then hold } rule b { when always then hold }",
	    "" },
	{ "rule a { when always then reject mode audit } "
	  "rule b { when always then hold }",
	    "" },
	{ "rule a { when always then reject until 2027-01-01 } "
	  "rule b { when always then hold }",
	    "" },
	{ "rule a { when always except login exists then reject } "
	  "rule b { when always then hold }",
	    "" },
	{ "rule a for each recipient { when always then reject } "
	  "rule b for each recipient { when always then stop } "
	  "rule c { when always then hold }",
	    "note: no recipient reaches rule \"b\"\n" },
	/* The same conditions, however they are written. */
	{ "rule a { when login is x and sender is empty then stop } "
	  "rule b { when (login is \"x\") and (sender is empty) then hold }",
	    BEFORE("a", "b") },
	{ "rule a { when login is x then reject } "
	  "rule b { when login is x except sender is empty then hold }",
	    BEFORE("a", "b") },
	{ "rule a { when login is x except sender is empty then reject } "
	  "rule b { when login is x then hold }",
	    "" },
	{ "rule a { when login is x except sender is empty then reject } "
	  "rule b { when login is x except sender is empty then hold }",
	    BEFORE("a", "b") },
	{ "rule a { when login is x then hold } "
	  "rule b { when login is x then hold }",
	    "" },
	{ "rule a { when login is x then reject mode audit } "
	  "rule b { when login is x then hold }",
	    "" },
	{ "rule a for each recipient { when login is x then reject } "
	  "rule b { when login is x then hold }",
	    "" },
	{ "rule a { when login is x then discard } "
	  "rule b { when login is y then hold } "
	  "rule c { when login is x then hold } "
	  "rule d { when login is x then reject }",
	    BEFORE("a", "c") BEFORE("a", "d") },
	/* A title that clients do not see as it is written. */
	{ "rule a \"Ohne Pr\303\274fung\" { when always then reject 5.7.1 }",
	    "note: clients see \"?\" for letters beyond ASCII in the title of "
	    "rule \"a\"\n" },
	{ "rule a \"" X100 X100 X100 X100 "\" { when always then tempfail }",
	    "note: clients do not see the end of the title of rule \"a\"\n" },
	{ "rule a \"Pr\303\274fung\" { when always then reject \"no\" } "
	  "rule b \"Pr\303\274fung\" { when sender is empty then hold } "
	  "rule c \"" X100 "\" { when sender is empty then stop }",
	    NEVER("b") NEVER("c") },
	/* A clause that changes nothing. */
	{ "rule a for each recipient { when login is x then reject "
	  "unread counts as match }",
	    "note: \"unread\" changes nothing in rule \"a\"\n" },
	/* What has nothing in it. */
	{ "list l = names { } rule a { when login in l then hold }",
	    "note: nothing is in list \"l\"\n" },
	/* And what has less in it than is to be found. */
	{ "list l = words from \"emptied.txt\" "
	  "rule a { when subject has words l at least 2 distinct then hold }",
	    "note: nothing is in list \"l\"\n" },
	{ "list l = words from \"one.txt\" "
	  "rule a { when subject has words l at least 2 distinct then hold } "
	  "rule b { when subject has word x near words l then hold }",
	    "note: a test wants more different words than there are in list "
	    "\"l\"\n" },
	{ "list l = words { \"blue whale\" \" Blue \t Whale\" } "
	  "rule a { when subject has words l at least 2 distinct then hold }",
	    "note: a test wants more different words than there are in list "
	    "\"l\"\n" },
	{ "list l = words from \"one.txt\" list m = words { a b } "
	  "rule a { when subject has words l at least 2 "
	  "and subject has words m at least 2 distinct then hold }",
	    "" },
	/* What was not read is the later rule's own, unless the first one had
	 * the same of it. */
	{ "unread content is held "
	  "rule a { when text has word x then reject unread content is "
	  "delivered } "
	  "rule b { when text has word x then hold unread counts as match }",
	    "" },
	{ "unread content is held "
	  "rule a { when text has word x then reject unread content is "
	  "delivered } "
	  "rule b { when text has word x then hold }",
	    "" },
	{ "unread content is held "
	  "rule a { when text has word x then reject } "
	  "rule b { when text has word x except login is y then hold }",
	    BEFORE("a", "b") },
	{ "unread content is held "
	  "rule a { when text has word x then reject } "
	  "rule b { when text has word x then hold unread content is "
	  "delivered }",
	    BEFORE("a", "b") },
	{ "unread content is held "
	  "rule a { when text has word x then reject unread counts as match } "
	  "rule b { when text has word x then hold }",
	    BEFORE("a", "b") },
	/* What nothing uses. */
	{ "list l = names { a } list m = names { a } "
	  "rule a { when login in l then hold }",
	    "note: nothing uses list \"m\"\n" },
	{ "table t = \"a.csv\" key client columns c "
	  "table u = \"a.csv\" key client columns c "
	  "table v = \"a.csv\" key client columns c "
	  "rule a { when client in t or u[client].c is x then hold }",
	    "note: nothing uses table \"v\"\n" },
	{ "schedule s = hours 8-9 schedule t = hours 8-9 "
	  "schedule u = hours 8-9 "
	  "rule a { when time in s then hold during t }",
	    "note: nothing uses schedule \"u\"\n" },
	{ "define d = always rule a { when always then hold }",
	    "note: nothing uses condition \"d\"\n" },
};

START_TEST(notes)
{
	struct buf report, found;

	buf_init(&report, 1 << 16);
	buf_init(&found, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_set *set = compile(cases[i].text);
		struct span rest, line;

		buf_reset(&report);
		buf_reset(&found);
		rule_set_report(set, &report);
		rest = buf_span(&report);
		while (span_next(&rest, '\n', &line)) {
			size_t at = span_find_case(line, SPAN("note: "));

			if (at < line.len)
				(void)buf_printf(&found, "%.*s\n",
				    SPAN_ARGS(span_slice(
					line, at, line.len)));
		}
		ck_assert_msg(strcmp(buf_string(&found), cases[i].notes) == 0,
		    "of <%s> is noted\n%s", cases[i].text,
		    buf_string(&found));
		rule_set_free(&set);
	}
	buf_free(&report);
	buf_free(&found);
}
END_TEST

/* Each thing of the language once, and how it is printed. */
static const char all[] =
    "unread content is tempfailed timezone \"UTC\"\n"
    "list l = words from \"words.txt\"\n"
    "table t = \"a.csv\" key client columns c\n"
    "schedule s = weekdays friday..sunday hours 22-6, 8-12:30\n"
    "define d = not (login is a or login is b) and tls exists\n"
    "rule one \"A \\\"title\\\"\" {\n"
    "  when d and any external recipient domain is x.example\n"
    "    or subject has words l at least 2 distinct\n"
    "  except at least 2 attachments (type is \"application/pdf\" or size "
    "over 1 KB)\n"
    "  except t[client].c does not exist\n"
    "  then add header \"X\" \"a\\\\b\", tag subject \"[T]\"\n"
    "    remove recipients (is internal) discard if none is left\n"
    "    add recipient t[client].c hold \"why\"\n"
    "  on failure hold unread counts as match severity low mode audit\n"
    "  from 2027-01-01 until 2027-12-31 during s\n"
    "}\n"
    "rule three {\n"
    "  when any recipient (not (not recipient is external))\n"
    "  then hold\n"
    "}\n"
    "rule two for each recipient {\n"
    "  when recipient matches /a\\/b/ix and weekday from friday to monday\n"
    "    and hour from 8 to 9:30 and date from 2027-01-01 to 2027-01-02\n"
    "  then reject matching recipients 554 5.7.1 \"no\"\n"
    "}\n";

static const char printed[] =
    "unread content is tempfailed\n"
    "\n"
    "timezone \"UTC\"\n"
    "\n"
    "list l = words {\n"
    "    \"falcon\"\n"
    "    \"\\\"blue\\\" \\\\whale\"\n"
    "}\n"
    "\n"
    "table t = \"a.csv\" key client columns c\n"
    "\n"
    "schedule s = weekdays friday saturday sunday hours 22:00-06:00 "
    "08:00-12:30\n"
    "\n"
    "define d =\n"
    "    not (login is \"a\" or login is \"b\") and tls exists\n"
    "\n"
    "rule one \"A \\\"title\\\"\" {\n"
    "    when d and any external recipient domain is \"x.example\" or "
    "subject has words l at least 2 distinct\n"
    "    except at least 2 attachments (type is \"application/pdf\" or size "
    "over 1024 bytes)\n"
    "    except t[client].c does not exist\n"
    "    then add header \"X\" \"a\\\\b\"\n"
    "         tag subject \"[T]\"\n"
    "         remove recipients (recipient is internal)\n"
    "         discard if none is left\n"
    "         add recipient t[client].c\n"
    "         hold \"why\"\n"
    "    on failure hold\n"
    "    unread counts as match\n"
    "    severity low\n"
    "    mode audit\n"
    "    from 2027-01-01\n"
    "    until 2027-12-31\n"
    "    during s\n"
    "}\n"
    "\n"
    "rule three {\n"
    "    when any recipient (not (not recipient is external))\n"
    "    then hold\n"
    "}\n"
    "\n"
    "rule two for each recipient {\n"
    "    when recipient matches /a\\/b/ix and weekday in { \"friday\" "
    "\"saturday\" \"sunday\" \"monday\" } and hour from 08:00 to 09:30 and "
    "date from 2027-01-01 to 2027-01-02\n"
    "    then reject 554 5.7.1 \"no\"\n"
    "}\n"
    "\n";

START_TEST(print)
{
	struct rule_set *set;
	struct buf out;

	buf_init(&out, 1 << 16);
	set = compile(all);
	rule_set_print(set, &out);
	ck_assert_str_eq(buf_string(&out), printed);
	set = rule_reprinted(set, &reader);
	rule_set_free(&set);
	buf_free(&out);
}
END_TEST

/* Files that lie in folder "sub", where the rules name them from. */
static int
read_below(void *context, struct span name, struct span from,
    struct pool *pool, struct span *full_name, struct span *text,
    struct err *err)
{
	size_t slash = span_find_last(name, '/');
	struct span base =
	    slash < name.len ? span_slice(name, slash + 1, name.len) : name;

	if (text_file_read(
		context, base, from, pool, full_name, text, err) < 0)
		return -1;
	*full_name = pool_printf(pool, "sub/%.*s", SPAN_ARGS(base));
	return 0;
}

/* What is printed stands elsewhere than the file that named the table. */
START_TEST(print_included)
{
	const struct rule_files below = { .read = read_below,
		.context = reader.context };
	struct rule_set *set;
	struct buf out;

	buf_init(&out, 1 << 16);
	set = rule_set_new(SPAN("r"),
	    SPAN("table t = \"a.csv\" key client columns c"), &below, &out);
	ck_assert_msg(set != NULL, "%s", buf_string(&out));
	rule_set_print(set, &out);
	ck_assert_str_eq(buf_string(&out),
	    "table t = \"sub/a.csv\" key client columns c\n\n");
	set = rule_reprinted(set, &below);
	rule_set_free(&set);
	buf_free(&out);
}
END_TEST

SUITE_MAIN("rule_report", notes, print, print_included)
