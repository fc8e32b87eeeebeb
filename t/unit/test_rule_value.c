/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that cannot be what was meant, and those that can.
 */
#include "rules/rule.h"

#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

static const struct text_file files[] = {
	{ "apps.csv", "10.0.0.1,a@b.example,host.example\n" },
	{ "hellos.csv", "my_pc$,ann\nlocalhost.,bob\n" },
	{ "mark", "\xef\xbb\xbf" "10.0.0.0/8\r\n" },
	{ "comma", "a.example,\n" },
	{ "good", "# birds\r\n\r\n\tosprey\r\n5\" disk\r\nC#\r\n"
		  "\"big\" bird\nPlant #3\n\tinvoice #12 #13b\n#\n" },
	{ "note", "osprey # the bird\nPlant #3\t#\tnew\n"
		  "kite #the bird\nfalcon ##old\neagle #\n" },
	{ "bad", "osprey  # the bird\n\"blue whale\"\nprinter,\n'a b'\n"
		 "\xe2\x80\x9ctiger\xe2\x80\x9d\nx;\n" },
	{ NULL, NULL },
};

/* Before each condition, in line 1. */
#define HEAD \
	"unread content is held " \
	"list partners = domains { bank.example } " \
	"list bosses = addresses { ceo@bank.example } " \
	"list robots = names { scanner } " \
	"list projects = words { falcon } " \
	"list offices = networks { 10.0.0.0/8 } " \
	"list cleared = members of group \"cleared\" " \
	"list dotted = names { a.example b.example. } " \
	"list persons = names { ann@a.example } " \
	"list padded = names { \" x\" \"y \" } " \
	"table apps = \"apps.csv\" key client columns owner, host " \
	"table hellos = \"hellos.csv\" key helo columns owner "

/* SAID of line 2, where the CONDITION stands; empty if nothing is wrong. */
struct value {
	const char *condition, *said;
};

#define QUOTES ", or put it in quotes if the word is meant"
#define BRACES ", or put it in braces if the word is meant"

/* Names of lists where values stand. */
static const struct value lists[] = {
	{ "any external recipient domain not in { partners x.example }",
	    "2:40: \"partners\" is a list of domains: outside of braces "
	    "write \"not in partners\"" QUOTES },
	{ "sender domain in { x.example partners }",
	    "2:30: \"partners\" is a list of domains: outside of braces "
	    "write \"in partners\"" QUOTES },
	{ "any recipient in { partners }",
	    "2:20: \"partners\" is a list of domains: outside of braces "
	    "write \"domain in partners\"" QUOTES },
	{ "login in { robots printer }",
	    "2:12: \"robots\" is a list of names: outside of braces write "
	    "\"in robots\"" QUOTES },
	{ "subject does not contain { robots }",
	    "2:28: \"robots\" is a list of names: outside of braces write "
	    "\"does not contain robots\"" QUOTES },
	{ "subject contains { projects }",
	    "2:20: \"projects\" is a list of words: outside of braces write "
	    "\"has words projects\"" QUOTES },
	{ "text does not have words { projects \"x y\" }",
	    "2:28: \"projects\" is a list of words: outside of braces write "
	    "\"does not have words projects\"" QUOTES },
	{ "text has word x near words { projects y }",
	    "2:30: \"projects\" is a list of words: outside of braces write "
	    "\"near words projects\"" QUOTES },
	{ "client in { offices 192.0.2.1 }",
	    "2:13: \"offices\" is a list of networks: outside of braces "
	    "write \"in offices\"" QUOTES },
	{ "client in { apps 192.0.2.1 }",
	    "2:13: \"apps\" is a table: outside of braces write \"in "
	    "apps\"" QUOTES },
	{ "any recipient domain in \"partners\"",
	    "2:25: \"partners\" is a list of domains: without quotes write "
	    "\"in partners\"" BRACES },
	{ "text has words \"projects\"",
	    "2:16: \"projects\" is a list of words: without quotes write "
	    "\"has words projects\"" BRACES },
	/* What can only be the word, or is marked as one. */
	{ "login in { \"robots\" \"printer\" }", "" },
	{ "login is \"robots\"", "" },
	{ "login in { offices projects }", "" },
	{ "text has words { partners robots \"projects\" }", "" },
	{ "text has word \"projects\"", "" },
	{ "subject contains \"robots\"", "" },
	{ "sender in groups { cleared robots }", "" },
	{ "client in \"10.0.0.0/8\"", "" },
	{ "any attachment type in { image text }", "" },
};

/* The test with which a list is compared is as it must be written there. */
static const struct value fitting[] = {
	{ "sender not in partners",
	    "2:15: \"partners\" is a list of domains: write \"sender domain "
	    "not in partners\"" },
	{ "from is not partners",
	    "2:13: \"partners\" is a list of domains: write \"from domain not "
	    "in partners\"" },
	{ "any recipient in partners",
	    "2:18: \"partners\" is a list of domains: write \"domain in "
	    "partners\"" },
	{ "any recipient (address not in partners)",
	    "2:31: \"partners\" is a list of domains: write \"domain not in "
	    "partners\"" },
	{ "no recipient (recipient in partners)",
	    "2:28: \"partners\" is a list of domains: write \"recipient "
	    "domain in partners\"" },
	{ "header address \"Cc\" not in partners",
	    "2:28: \"partners\" is a list of domains: write \"header domain "
	    "\"Cc\" not in partners\"" },
	{ "manager of sender in partners",
	    "2:22: \"partners\" is a list of domains, with which \"manager of "
	    "sender\" cannot be compared" },
	{ "subject not in projects",
	    "2:16: \"projects\" is a list of words: write \"does not have "
	    "words projects\"" },
	{ "subject does not have word projects",
	    "2:28: \"projects\" is a list of words: write \"does not have "
	    "words projects\"" },
	{ "attachments do not have word projects",
	    "2:30: \"projects\" is a list of words: write \"does not have "
	    "words projects\"" },
	{ "login is not robots",
	    "2:14: \"robots\" is a list of names: write \"not in robots\"" },
	{ "login not in projects",
	    "2:14: \"projects\" is a list of words, with which \"login\" "
	    "cannot be compared" },
	{ "sender does not contain cleared",
	    "2:25: \"cleared\" is a group of the directory, whose members are "
	    "not read: write \"not in cleared\"" },
	{ "text does not have words a.b",
	    "2:26: there is no list \"a.b\"; for the value itself write: does "
	    "not have words { a.b }" },
	{ "client is not apps",
	    "2:15: \"apps\" is a table: write \"not in apps\", or name a "
	    "column as in apps[client].owner" },
};

#define COMMA \
	": with commas there must be one between all items; put a phrase in " \
	"quotes"

/* What stands in braces. */
static const struct value braces[] = {
	{ "text has words { social security, credit card }",
	    "2:25: a \",\" is missing before \"security\"" COMMA },
	{ "sender in { a@b.example, c@d.example e@f.example }",
	    "2:38: a \",\" is missing before \"e@f.example\"" COMMA },
	{ "text has words { \"social security\" a, b }",
	    "2:36: a \",\" is missing before \"a\"" COMMA },
	{ "subject contains { invoice or bill }",
	    "2:28: braces have values only, of which one is enough: leave out "
	    "\"or\", or put it in quotes if the word is meant" },
	{ "sender domain not in { a.example and b.example }",
	    "2:34: braces have values only, of which one is enough: leave out "
	    "\"and\", or put it in quotes if the word is meant" },
	{ "login in { not admin }",
	    "2:12: braces have values only, of which one is enough: leave out "
	    "\"not\", or put it in quotes if the word is meant" },
	{ "text has words { C# F# }",
	    "2:19: a comment begins at this \"#\": put a blank before it, or "
	    "the text in double quotes\n"
	    "2:22: a comment begins at this \"#\": put a blank before it, or "
	    "the text in double quotes" },
	{ "login is a#b\n",
	    "2:11: a comment begins at this \"#\": put a blank before it, or "
	    "the text in double quotes" },
	{ "text has words { a, b c d }",
	    "2:23: a \",\" is missing before \"c\"" COMMA },
	{ "text has words { \"social security\", credit }", "" },
	{ "text has words { a, b, c, }", "" },
	{ "text has words { a b \"C#\" \"or\" } # comment", "" },
	{ "text has words { a\n# b, c\nd }#", "" },
	{ "sender in groups { a, b }", "" },
};

#define STAR " has a \"*\", which stands for itself only: write "
#define NO_DOMAIN \
	": expected a domain such as example.com, or .example.com for all " \
	"below it, found "
#define NO_HELO \
	": expected what a client calls itself, such as mail.example.com, or " \
	".example.com for all below it, found "
#define TRIMMED \
	" has a blank at an end where a header has none; leave it out"
#define TLS \
	" is not what a version of TLS is called: write \"TLSv1\", " \
	"\"TLSv1.1\", \"TLSv1.2\" or \"TLSv1.3\""
#define SIDE " A domain that is called so stands in quotes"

/* Values that the facts never have. */
static const struct value never[] = {
	{ "any attachment name in { *.exe *.js }",
	    "2:26: \"*.exe\"" STAR "\"ends with .exe\"\n"
	    "2:32: \"*.js\"" STAR "\"ends with .js\"" },
	{ "any attachment (name is not \"*.exe\")",
	    "2:29: \"*.exe\"" STAR "\"does not end with .exe\"" },
	{ "any attachment name contains invoice*",
	    "2:30: \"invoice*\"" STAR "\"starts with invoice\"" },
	{ "any attachment name is a*b",
	    "2:24: \"a*b\"" STAR "\"matches /.../\"" },
	{ "any attachment extension is ex*",
	    "2:29: \"ex*\"" STAR "\"starts with ex\"" },
	{ "login in { svc-* printer }",
	    "2:12: \"svc-*\"" STAR "\"starts with svc-\"" },
	{ "login is *", "2:10: \"*\"" STAR "\"exists\"" },
	{ "charset is iso-8859-*",
	    "2:12: \"iso-8859-*\"" STAR "\"starts with iso-8859-\"" },
	{ "any header (name is X-*)",
	    "2:21: \"X-*\"" STAR "\"starts with X-\"" },
	{ "any header (name is \"To:\")",
	    "2:21: \"To:\" cannot be the name of a header: one has no colon "
	    "and no blanks" },
	{ "any attachment type in { application/vnd.ms-* }",
	    "2:26: \"application/vnd.ms-*\" is neither a class of files nor a "
	    "type such as \"application/pdf\" or \"image/*\"" },
	{ "any attachment type is \"*/*\"",
	    "2:24: \"*/*\" is neither a class of files nor a type such as "
	    "\"application/pdf\" or \"image/*\"" },
	{ "any attachment type is \"text/plain; charset=utf-8\"",
	    "2:24: \"text/plain; charset=utf-8\" is neither a class of files "
	    "nor a type such as \"application/pdf\" or \"image/*\"" },
	{ "sender domain in { example.com. . a..b \"\" }",
	    "2:20" NO_DOMAIN "\"example.com.\"\n"
	    "2:33" NO_DOMAIN "\".\"\n"
	    "2:35" NO_DOMAIN "\"a..b\"\n"
	    "2:40" NO_DOMAIN "\"\"" },
	{ "sender domain in dotted", "1:288" NO_DOMAIN "\"b.example.\"" },
	{ "helo in { \"my pc\" *.example.com \"a,b\" \"\" }",
	    "2:11" NO_HELO "\"my pc\"\n"
	    "2:19" NO_HELO "\"*.example.com\"\n"
	    "2:33" NO_HELO "\"a,b\"\n"
	    "2:39" NO_HELO "\"\"" },
	{ "helo is http://a.example", "2:9" NO_HELO "\"http://a.example\"" },
	{ "helo in persons", "1:324" NO_HELO "\"ann@a.example\"" },
	{ "sender domain is External",
	    "2:18: \"External\" is no domain; did you mean \"is "
	    "external\"?" SIDE },
	{ "any recipient domain is not externall",
	    "2:29: \"externall\" is no domain; did you mean \"is not "
	    "external\"?" SIDE },
	{ "any recipient domain in { internal a.example }",
	    "2:27: \"internal\" is no domain; did you mean \"is "
	    "internal\"?" SIDE },
	{ "tls version is TLSv1.0", "2:16: \"TLSv1.0\"" TLS },
	{ "tls in { TLS1.2 TLSv13 1.3 TLSv1. }",
	    "2:10: \"TLS1.2\"" TLS "\n2:17: \"TLSv13\"" TLS
	    "\n2:24: \"1.3\"" TLS "\n2:28: \"TLSv1.\"" TLS },
	{ "tls is verified",
	    "2:8: \"verified\"" TLS "; whether the client is known is "
	    "\"client certificate is verified\"" },
	{ "result \"spf\" is failed",
	    "2:17: \"failed\" is no result; did you mean \"fail\"?" },
	{ "result \"dkim\" not in { Passed }",
	    "2:24: \"Passed\" is no result; did you mean \"pass\"?" },
	{ "header \"To\" is ann@example.com",
	    "2:16: a header \"To\" may have a name beside the address: write "
	    "header address \"To\"" },
	{ "header \"reply-to\" not in { a@b.example }",
	    "2:28: a header \"reply-to\" may have a name beside the address: "
	    "write header address \"reply-to\"" },
	{ "login is apps.owner",
	    "2:10: \"apps.owner\" is no value here; a column is written "
	    "apps[client].owner" },
	{ "client name is apps.host",
	    "2:16: \"apps.host\" is no value here; a column is written "
	    "apps[client].host" },
	{ "subject is not apps.owner",
	    "2:16: \"apps.owner\" is no value here; a column is written "
	    "apps[client].owner" },
	{ "raw header \"Subject\" is \" hello\"", "2:25: \" hello\"" TRIMMED },
	{ "raw header \"Subject\" not in { \"a\t\" b }",
	    "2:31: \"a\t\"" TRIMMED },
	{ "raw header \"Subject\" starts with \" x\"",
	    "2:34: \" x\"" TRIMMED },
	{ "any header (raw value ends with \"x \")",
	    "2:33: \"x \"" TRIMMED },
	{ "any header (raw value in padded)",
	    "1:362: \" x\"" TRIMMED "\n1:367: \"y \"" TRIMMED },
	{ "raw header \"A\" ends with padded or raw header \"B\" starts with "
	  "padded",
	    "1:362: \" x\"" TRIMMED "\n1:367: \"y \"" TRIMMED },
	/* What they may have. */
	{ "raw header \"A\" starts with { \"x \" y } or raw header \"A\" "
	  "ends with \" x\" or raw header \"A\" contains \" x \"",
	    "" },
	{ "header \"A\" is \" x\" or raw header \"A\" is \"a b\"", "" },
	{ "raw header \"A\" contains padded or raw header \"A\" is \"\"", "" },
	{ "any attachment (name is invoice.exe or name matches /\\*/)", "" },
	{ "any attachment type in { image/* application/vnd.ms-excel }", "" },
	{ "any attachment type in { application/x-c++ image/svg+xml }", "" },
	{ "sender domain in { localhost .internal \"[IPv6:::1]\" x_y.example }",
	    "" },
	{ "sender domain is \"external\" or sender domain is external", "" },
	{ "helo in { localhost ylmf-pc \"[192.0.2.1]\" 192.0.2.1 }", "" },
	{ "helo is \"my_pc$\" or helo in { localhost. a..b \"[1.2.3.4\" } "
	  "or helo in dotted or hellos[helo].owner is x",
	    "" },
	{ "client name in { apps.example b\xc3\xbc" "cher.example }", "" },
	{ "client certificate subject is \"CN=*.example.com\"", "" },
	{ "subject is \"*** spam ***\" or subject contains \"*.exe\"", "" },
	{ "apps[client].owner is *", "" },
	{ "tls in { TLSv1 tlsv1.1 TLSv1.3 SSLv3 } or tls contains 1.0", "" },
	{ "result \"spf\" in { pass softfail Fail none bestguesspass }", "" },
	{ "result \"dkim.header.d\" is failed or result \"arc\" is odd", "" },
	{ "header \"X-Original-To\" is ann@example.com", "" },
	{ "header \"To\" in { \"Ann <ann@example.com>\" undisclosed }", "" },
	{ "login is \"apps.owner\" or login is apps.other", "" },
	{ "login is ann@example.com", "" },
};

/* Names of headers that are counted. */
static const struct value headers[] = {
	{ "no header \"Message-ID:\"",
	    "2:11: \"Message-ID:\" cannot be the name of a header: one has no "
	    "colon and no blanks" },
	{ "any header \"X Spam\" contains x",
	    "2:12: \"X Spam\" cannot be the name of a header: one has no "
	    "colon and no blanks" },
	{ "any header \"\"",
	    "2:12: \"\" cannot be the name of a header: one has no colon and "
	    "no blanks" },
	{ "at least 2 headers \"From\" or any header", "" },
};

/* The mistakes in TEXT, without the name of its own file; or "". */
static void
mistake(const char *text, struct buf *said)
{
	const struct rule_files reader = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)files,
	};
	struct buf errors;
	struct span rest, line;
	struct rule_set *set;

	buf_init(&errors, 1 << 20);
	buf_reset(said);
	set = rule_set_new(SPAN("r"), span_of(text), &reader, &errors);
	ck_assert_msg((set == NULL) == (errors.len > 0), "%s", text);
	rule_set_free(&set);
	rest = buf_span(&errors);
	while (span_next(&rest, '\n', &line))
		if (!span_starts(line, SPAN("\t")))
			(void)buf_printf(said, "%s%.*s",
			    said->len > 0 ? "\n" : "",
			    SPAN_ARGS(span_slice(line,
				span_starts(line, SPAN("r:")) ? 2 : 0,
				line.len)));
	buf_free(&errors);
}

static void
check(const struct value *values, size_t count)
{
	struct buf text, said, differences;

	buf_init(&text, 1 << 16);
	buf_init(&said, 1 << 16);
	buf_init(&differences, 1 << 20);
	for (size_t i = 0; i < count; i++) {
		buf_reset(&text);
		(void)buf_printf(&text, HEAD "rule a { when\n%s\nthen hold }",
		    values[i].condition);
		mistake(buf_string(&text), &said);
		if (strcmp(buf_string(&said), values[i].said) != 0)
			(void)buf_printf(&differences,
			    "of <%s> is said\n%s\nexpected was\n%s\n",
			    values[i].condition, buf_string(&said),
			    values[i].said);
	}
	/* More than a message of Check may hold. */
	fputs(buf_string(&differences), stderr);
	ck_assert_uint_eq(differences.len, 0);
	buf_free(&differences);
	buf_free(&said);
	buf_free(&text);
}

#define CHECK(values) check(values, sizeof(values) / sizeof(values[0]))

START_TEST(names_of_lists)
{
	CHECK(lists);
}
END_TEST

START_TEST(lists_that_fit)
{
	CHECK(fitting);
}
END_TEST

START_TEST(values_in_braces)
{
	CHECK(braces);
}
END_TEST

START_TEST(values_that_never_are)
{
	CHECK(never);
}
END_TEST

START_TEST(names_of_headers)
{
	CHECK(headers);
}
END_TEST

/* In a rule on one recipient the noun is there already. */
START_TEST(list_of_the_recipient)
{
	struct buf said;

	buf_init(&said, 1 << 16);
	mistake("list p = domains { a.example }\n"
		"rule a for each recipient { when recipient not in p "
		"then reject }",
	    &said);
	ck_assert_str_eq(buf_string(&said),
	    "2:51: \"p\" is a list of domains: write \"recipient domain not "
	    "in p\"");
	buf_free(&said);
}
END_TEST

#define COMMENT \
	": a comment stands on a line of its own; an item with such a \"#\" " \
	"stands in { ... } in the rules"

START_TEST(list_files)
{
	static const char *const kinds[] = { "words", "names" };
	struct buf text, said;

	buf_init(&text, 1 << 16);
	buf_init(&said, 1 << 16);
	mistake("list n = networks from \"mark\"", &said);
	ck_assert_str_eq(buf_string(&said), "");
	mistake("list d = domains from \"comma\"", &said);
	ck_assert_str_eq(buf_string(&said),
	    "comma:1:10: each item of a file stands on a line of its own, "
	    "without \",\" behind it");
	mistake("list n = names from \"note\"", &said);
	ck_assert_str_eq(buf_string(&said),
	    "note:1:8" COMMENT "\nnote:2:10" COMMENT "\nnote:3:6" COMMENT
	    "\nnote:4:8" COMMENT "\nnote:5:7" COMMENT);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		buf_reset(&text);
		(void)buf_printf(
		    &text, "list w = %s from \"good\"", kinds[i]);
		mistake(buf_string(&text), &said);
		ck_assert_str_eq(buf_string(&said), "");
		buf_reset(&text);
		(void)buf_printf(&text, "list w = %s from \"bad\"", kinds[i]);
		mistake(buf_string(&text), &said);
		ck_assert_str_eq(buf_string(&said),
		    "bad:1:9" COMMENT "\n"
		    "bad:2:1: the items of a file stand without quotes\n"
		    "bad:3:8: each item of a file stands on a line of its own, "
		    "without \",\" behind it\n"
		    "bad:4:1: the items of a file stand without quotes\n"
		    "bad:5:1: the items of a file stand without quotes\n"
		    "bad:6:2: each item of a file stands on a line of its own, "
		    "without \";\" behind it");
	}
	buf_free(&said);
	buf_free(&text);
}
END_TEST

/* Of a list that many tests name a mistake is told once, however they name it;
 * and of the same fact only where the test is one for which it matters. */
START_TEST(list_in_many_tests)
{
	struct buf said;

	buf_init(&said, 1 << 16);
	mistake("list l = names { a..b c..d }\n"
		"rule a { when sender domain in l or client name not in l or "
		"sender domain not in l then hold }",
	    &said);
	ck_assert_str_eq(buf_string(&said),
	    "1:18" NO_DOMAIN "\"a..b\"\n1:23" NO_DOMAIN "\"c..d\"");
	mistake("list l = names { svc-* tmp-* }\n"
		"rule a { when login in l or listener in l or login not in l "
		"then hold }",
	    &said);
	ck_assert_str_eq(buf_string(&said),
	    "1:18: \"svc-*\"" STAR "\"starts with svc-\"\n"
	    "1:24: \"tmp-*\"" STAR "\"starts with tmp-\"");
	mistake("list l = names { passed ann@a.example }\n"
		"rule a { when result \"dkim.header.d\" in l or "
		"header \"X-To\" in l or result \"dkim\" in l or "
		"header \"To\" in l then hold }",
	    &said);
	ck_assert_str_eq(buf_string(&said),
	    "1:18: \"passed\" is no result; did you mean \"pass\"?\n"
	    "1:25: a header \"To\" may have a name beside the address: write "
	    "header address \"To\"");
	buf_free(&said);
}
END_TEST

/* A list whose items are names of lists, but for its own. */
START_TEST(lists_in_lists)
{
	struct buf said;

	buf_init(&said, 1 << 16);
	mistake("list a = domains { a.example }\n"
		"list b = domains { a b.example }",
	    &said);
	ck_assert_str_eq(buf_string(&said),
	    "2:20: \"a\" is a list of domains, too, and no list has the items "
	    "of another: test both, as in \"in b or ... in a\"" QUOTES);
	mistake("list falcon = words { falcon \"blue whale\" }\n"
		"list scanner = networks { 10.0.0.0/8 }\n"
		"list robots = names { scanner printer }\n"
		"list others = names { \"robots\" }\n",
	    &said);
	ck_assert_str_eq(buf_string(&said), "");
	buf_free(&said);
}
END_TEST

SUITE_MAIN("rule_value", names_of_lists, lists_that_fit,
    list_of_the_recipient, list_in_many_tests, lists_in_lists, list_files,
    values_in_braces,
    values_that_never_are, names_of_headers)
