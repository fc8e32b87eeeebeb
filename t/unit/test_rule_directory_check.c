/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of wrong rules on the directory, word for word, and of those
 * that the configuration does not go with.
 */
#include "rules/rule.h"

#include "t/unit/rule_mistakes_directory.h"
#include "t/unit/suite.h"

#include <string.h>

static struct rule_set *
compile(const char *text)
{
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 20);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return set;
}

START_TEST(wrong_rules)
{
	struct buf errors, said;

	buf_init(&errors, 1 << 20);
	buf_init(&said, 1 << 20);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct rule_set *set = rule_set_new(
		    SPAN("r"), span_of(wrong[i].text), NULL, &errors);
		struct span rest = buf_span(&errors), line;

		ck_assert_msg(set == NULL, "%s", wrong[i].text);
		buf_reset(&said);
		while (span_next(&rest, '\n', &line))
			if (span_starts(line, SPAN("r:")))
				(void)buf_printf(
				    &said, "%.*s\n", SPAN_ARGS(line));
		ck_assert_msg(strcmp(buf_string(&said), wrong[i].said) == 0,
		    "of <%s> is said\n%sexpected was\n%s", wrong[i].text,
		    buf_string(&said), wrong[i].said);
		buf_reset(&errors);
	}
	buf_free(&errors);
	buf_free(&said);
}
END_TEST

static const struct {
	const char *rules;
	bool has_one;
	const char *said;
} needs_cases[] = {
	{ "rule a { when sender is internal then hold }", false, "" },
	{ "rule a { when sender department is x then hold mode off }",
	    false, "" },
	{ "rule z { when always then hold }\n"
	  "rule a { when sender is internal\n"
	  " and sender department is x then hold }",
	    false,
	    "r:2:6: rule \"a\" needs a directory, and p.conf has none; "
	    "add there: directory \"main\" { uris = ... base = ... } "
	    "or directory \"main\" { ldif = ... }\n"
	    "\trule a { when sender is internal\n"
	    "\t     ^\n" },
	{ "define d = sender in group x "
	  "rule a { when d then hold mode audit }",
	    false,
	    "r:1:35: rule \"a\" needs a directory, and p.conf has none; "
	    "add there: directory \"main\" { uris = ... base = ... } "
	    "or directory \"main\" { ldif = ... }\n"
	    "\tdefine d = sender in group x rule a { when d then hold "
	    "mode audit }\n"
	    "\t                                  ^\n" },
	{ "list g = members of group x "
	  "rule a { when always then remove recipients (in g) }",
	    false,
	    "r:1:34: rule \"a\" needs a directory, and p.conf has none; "
	    "add there: directory \"main\" { uris = ... base = ... } "
	    "or directory \"main\" { ldif = ... }\n"
	    "\tlist g = members of group x rule a { when always then "
	    "remove recipients (in g) }\n"
	    "\t                                 ^\n" },
	{ "rule a { when sender Department is x and sender building "
	  "is x and sender shoeSize is 7 then hold }",
	    true,
	    "r:1:67: \"shoesize\" is no attribute that directories "
	    "usually have; declare it in p.conf: attribute "
	    "\"shoesize\" { }\n"
	    "\trule a { when sender Department is x and sender building "
	    "is x and sender shoeSize is 7 then hold }\n"
	    "\t                                                         "
	    "         ^\n" },
	{ "rule a { when sender deparment is x or sender bilding is y "
	  "then hold }",
	    true,
	    "r:1:15: \"deparment\" is no attribute that directories "
	    "usually have; did you mean \"department\"? If not, declare it "
	    "in p.conf: attribute \"deparment\" { }\n"
	    "\trule a { when sender deparment is x or sender bilding "
	    "is y then hold }\n"
	    "\t              ^\n"
	    "r:1:40: \"bilding\" is no attribute that directories "
	    "usually have; did you mean \"building\"? If not, declare it "
	    "in p.conf: attribute \"bilding\" { }\n"
	    "\trule a { when sender deparment is x or sender bilding "
	    "is y then hold }\n"
	    "\t                                       ^\n" },
};

/* What the configuration must have for the rules. */
START_TEST(needs)
{
	static const struct span declared[] = { SPAN_INIT("Building") };
	struct buf errors;

	buf_init(&errors, 1 << 16);
	for (size_t i = 0; i < sizeof(needs_cases) / sizeof(needs_cases[0]);
	    i++) {
		struct rule_set *set = compile(needs_cases[i].rules);
		int rc;

		buf_reset(&errors);
		rc = rule_set_check_directory(set, needs_cases[i].has_one,
		    declared, 1, "p.conf", &errors);
		ck_assert_str_eq(buf_string(&errors), needs_cases[i].said);
		ck_assert_int_eq(rc, errors.len > 0 ? -1 : 0);
		rule_set_free(&set);
	}
	buf_free(&errors);
}
END_TEST

START_TEST(report)
{
	struct rule_set *set = compile(
	    "list unused = members of group x\n"
	    "rule a for each recipient { when sender shoeSize is 7 "
	    "then reject }\n"
	    "rule b { when from in group x then hold }\n"
	    "rule c { when subject is x then hold }\n");
	struct buf out;

	buf_init(&out, 1 << 16);
	rule_set_report(set, &out);
	ck_assert_str_eq(buf_string(&out),
	    "a: enforce, answered at RCPT, where \"sender shoeSize\" is "
	    "known, asks the directory\n"
	    "b: enforce, answered at end of headers, where \"from\" is "
	    "known, asks the directory\n"
	    "c: enforce, answered at end of headers, where \"subject\" is "
	    "known\n"
	    "r:1:6: note: nothing uses list \"unused\"\n"
	    "r:2:34: note: policy.conf must declare attribute "
	    "\"shoesize\"\n");
	buf_free(&out);
	rule_set_free(&set);
}
END_TEST

SUITE_MAIN("rule_directory_check", wrong_rules, needs, report)
