/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrong rule files and what is said of them, word for word: tables and time.
 */
#include "rules/rule.h"

#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

static const struct text_file files[] = {
	{ "a.csv", "10.0.0.0/8,a@b.example,x\n" },
	{ "s.csv", "a@b.example,x\n" },
	{ "width.csv", "10.0.0.1,a\n10.0.0.2\n10.0.0.3,b,c\n" },
	{ "semicolon.csv", "10.0.0.1;a\n" },
	{ "quote.csv", "10.0.0.1,a\"b\n10.0.0.2,\"x\n" },
	{ "latin.csv", "10.0.0.1,caf\xe9\n" },
	{ "heading.csv", "owner,client\na,10.0.0.1\n" },
	{ "keys.csv", "10.0.0.1,a\n\n,b\nhost.example,c\n10.0.0.7/24,d\n" },
	{ "twice.csv", "10.0.0.1,a\n# x\n10.0.0.0/24,b\n10.0.0.1/32,c\n" },
	{ "addresses.csv", "x@b.example,a\nnobody,b\n" },
	{ "many.csv", "x@b.example,a\n*@b.example,c\n" },
	{ "owners.csv",
	    "10.0.0.1,a@b.example\n10.0.0.2,\"c@d.example; nobody\"\n"
	    "10.0.0.3,\n" },
	{ "owner2.csv", "10.0.0.1,\"a\"\"b;x\"\n" },
	{ NULL, NULL },
};

#define A "table t = \"a.csv\" key client columns who, what "
#define S "table s = \"s.csv\" key sender columns what "
#define KEY_HINT \
	"expected the fact that is the key, such as \"client\", \"sender\" " \
	"or \"recipient domain\", found "

/* TEXT is a file called "r"; SAID the first line of each message. */
struct mistake {
	const char *text, *said;
};

static const struct mistake tables[] = {
	{ "table", "r:1:6: expected the name of the table, found the end of "
		   "the file\n" },
	{ "table t \"a.csv\"",
	    "r:1:9: expected \"=\" after the name, found a string\n" },
	{ "table t = a.csv",
	    "r:1:11: expected the file's name in quotes, found a.csv without quotes\n" },
	{ "table t = \"a.csv\" client columns who",
	    "r:1:19: expected \"key\", found \"client\"\n" },
	{ "table t = \"a.csv\" key columns who",
	    "r:1:23: " KEY_HINT "\"columns\"\n" },
	{ "table t = \"a.csv\" key clint columns who",
	    "r:1:23: " KEY_HINT "\"clint\"\n" },
	{ "table t = \"a.csv\" key text columns who",
	    "r:1:23: \"text\" cannot be a key; an address, a domain, the "
	    "client or a name can\n" },
	{ "table t = \"a.csv\" key message size columns who",
	    "r:1:23: \"message size\" cannot be a key; an address, a domain, "
	    "the client or a name can\n" },
	{ "table t = \"a.csv\" key client who",
	    "r:1:30: expected \"columns\", found \"who\"\n" },
	{ "table t = \"a.csv\" key client columns",
	    "r:1:37: expected the name of a column, found the end of the "
	    "file\n" },
	{ "table t = \"a.csv\" key client columns who, \"x\"",
	    "r:1:43: expected the name of a column, found a string\n" },
	{ "table t = \"a.csv\" key client columns who, who",
	    "r:1:43: the table has a column \"who\" already\n" },
	{ "table t = \"a.csv\" key client columns a.b, c",
	    "r:1:38: a name has letters, digits, \"-\" and \"_\", begins with "
	    "a letter or digit and is at most 64 long\n" },
	{ "table t = \"none.csv\" key client columns who",
	    "r:1:11: there is no none.csv\n" },
	{ "table any = \"a.csv\" key client columns a, b",
	    "r:1:7: \"any\" is a word of the language; choose another name\n" },
	{ A A, "r:1:54: the table \"t\" is there already, in line 1 of r\n" },
	{ "list t = names { a } " A,
	    "r:1:28: the name \"t\" is there already, in line 1 of r\n" },
	/* The file. */
	{ "table t = \"width.csv\" key client columns a",
	    "width.csv:2:1: expected 2 fields, found 1\n"
	    "width.csv:3:1: expected 2 fields, found 3\n" },
	{ "table t = \"semicolon.csv\" key client columns a",
	    "semicolon.csv:1:1: expected 2 fields, found 1; fields have a "
	    "comma between them, not \";\"\n" },
	{ "table t = \"quote.csv\" key client columns a",
	    "quote.csv:1:11: a field that has a quote must stand in quotes "
	    "itself, and the quote in it twice\n"
	    "quote.csv:2:10: this quote is never closed\n" },
	{ "table t = \"latin.csv\" key client columns a",
	    "latin.csv:1:13: this byte (0xe9) is not UTF-8; save the file as "
	    "UTF-8\n" },
	{ "table t = \"heading.csv\" key client columns owner, scope",
	    "heading.csv:1:1: this heading names no column \"scope\"\n" },
	{ "table t = \"heading.csv\" key client columns owner, clint",
	    "heading.csv:1:1: this heading names no column \"clint\"; did "
	    "you mean \"client\"?\n" },
	{ "table t = \"heading.csv\" key client columns owner scope",
	    "r:1:50: expected \",\" before the next column, found "
	    "\"scope\"\n" },
	{ "table t = \"keys.csv\" key client columns a",
	    "keys.csv:3:1: this row has no key\n"
	    "keys.csv:4:1: \"host.example\" is not an Internet address; "
	    "write 192.0.2.0/24 or 2001:db8::/32\n"
	    "keys.csv:5:1: \"10.0.0.7/24\" has bits set behind its prefix; "
	    "write 10.0.0.0/24\n" },
	{ "table t = \"twice.csv\" key client columns a",
	    "twice.csv:4:1: this key is there already, in line 1 of "
	    "twice.csv\n" },
	{ "table t = \"addresses.csv\" key sender columns a",
	    "addresses.csv:2:1: expected an address such as "
	    "user@example.com, found \"nobody\"\n" },
	{ "table t = \"many.csv\" key sender columns a",
	    "many.csv:2:1: expected an address such as "
	    "user@example.com, found \"*@b.example\"\n" },
	{ "table t = \"addresses.csv\" key sender domain columns a",
	    "addresses.csv:1:1: expected a domain such as example.com, or "
	    ".example.com for all below it, found \"x@b.example\"\n" },
	/* Its use. */
	{ A "rule a { when client in tt then hold }",
	    "r:1:72: there is no list \"tt\"\n" },
	{ A "rule a { when client is t then hold }",
	    "r:1:72: \"t\" is a table: write \"in t\", or name a column as in "
	    "t[client].who\n" },
	{ A "rule a { when sender in t then hold }",
	    "r:1:72: the key of \"t\" is \"client\", with which \"sender\" "
	    "cannot be compared\n" },
	{ S "rule a { when sender domain in s then hold }",
	    "r:1:74: the key of \"s\" is \"sender\", with which \"sender "
	    "domain\" cannot be compared\n" },
	{ A "rule a { when sender is tt[client].who then hold }",
	    "r:1:72: there is no table \"tt\"\n" },
	{ "table apps = \"a.csv\" key client columns who, what "
	  "rule a { when sender is aps[client].who then hold }",
	    "r:1:75: there is no table \"aps\"; did you mean \"apps\"?\n" },
	{ A "rule a { when sender is t.who then hold }",
	    "r:1:72: expected an address such as user@example.com, found "
	    "\"t.who\"; a column is written t[client].who\n" },
	{ A "rule a { when sender is t[client].whom then hold }",
	    "r:1:81: the table \"t\" has no column \"whom\"; did you mean "
	    "\"who\"?\n" },
	{ A "rule a { when sender is t[sender].who then hold }",
	    "r:1:72: the key of \"t\" is \"client\", with which \"sender\" "
	    "cannot be compared\n" },
	{ A "rule a { when sender is t[].who then hold }",
	    "r:1:74: expected a fact such as \"client\" or \"sender\", found "
	    "\"]\"\n" },
	{ A "rule a { when sender is t[client who then hold }",
	    "r:1:81: expected \"]\", found \"who\"\n" },
	{ A "rule a { when sender is t[client] then hold }",
	    "r:1:82: expected \".\" and the name of a column behind \"]\", "
	    "found \"then\"\n" },
	{ A "rule a { when sender is t[client]. who then hold }",
	    "r:1:81: expected \".\" and the name of a column behind \"]\", "
	    "found \".\"\n" },
	{ S "rule a { when s[recipient].what is x then hold }",
	    "r:1:59: say which recipient: \"any recipient (...)\" with this "
	    "in the parentheses\n" },
	{ A "rule a { when t[client].who then hold }",
	    "r:1:76: expected a test of \"t[client].who\" (\"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", \"ends with\", \"has "
	    "words\", \"has payment-card\", \"exists\", \"is empty\"), "
	    "found \"then\"\n" },
	{ A "rule a { when t[client].who over 5 then hold }",
	    "r:1:62: \"t[client].who\" cannot be tested with \"over\"; use "
	    "\"is\", \"in\", \"contains\", \"matches\", \"starts with\", "
	    "\"ends with\", \"has words\", "
	    "\"has payment-card\", \"exists\", \"is empty\"\n" },
	{ A "rule a { when sender contains t[client].who then hold }",
	    "r:1:78: \"sender\" cannot be compared with a column by "
	    "\"contains\"; \"is\" and \"in\" can\n" },
	{ "unread content is held "
	  A "rule a { when text has words t[client].who then hold }",
	    "r:1:100: \"text\" cannot be compared with a column by \"has "
	    "words\"; \"is\" and \"in\" can\n" },
	{ A "rule a { when listener role is t[client].who then hold }",
	    "r:1:79: \"listener role\" cannot be compared with a column; an "
	    "address, a domain, the client, a name or a text can\n" },
	{ "table t = \"owners.csv\" key client columns who "
	  "rule a { when sender is t[client].who then hold }",
	    "owners.csv:2:24: expected an address such as user@example.com, "
	    "found \"nobody\"\n" },
	{ A "rule a { when sender is t[client].what then hold }",
	    "a.csv:1:24: expected an address such as user@example.com, found "
	    "\"x\"\n" },
	{ A "rule a { when client is t[client].what then hold }",
	    "a.csv:1:24: expected a network such as 192.0.2.0/24: \"x\" is "
	    "not an Internet address; write 192.0.2.0/24 or 2001:db8::/32\n" },
	{ A "rule a { when sender domain is t[client].who then hold }",
	    "a.csv:1:12: expected a domain such as example.com, or "
	    ".example.com for all below it, found \"a@b.example\"\n" },
	{ "table t = \"owners.csv\" key client columns who "
	  "rule a { when always then add recipient t[client].who }",
	    "owners.csv:2:24: \"t[client].who\" is sent mail, so this must be "
	    "an address: cannot read the address \"nobody\": it has no "
	    "domain\n" },
	{ "table t = \"owner2.csv\" key client columns who "
	  "rule a { when sender is t[client].who then hold }",
	    "owner2.csv:1:10: expected an address such as user@example.com, "
	    "found \"a\"b\"\n" },
	{ A "rule a { when always then redirect to t[client] }",
	    "r:1:96: expected \".\" and the name of a column behind \"]\", "
	    "found \"}\"\n" },
	{ S "rule a { when always then redirect to s[client].what }",
	    "r:1:81: the key of \"s\" is \"sender\", with which \"client\" "
	    "cannot be compared\n" },
};

/* Of time. */
static const struct mistake times[] = {
	{ "timezone UTC",
	    "r:1:10: expected \"local\" or \"UTC\" in quotes, found "
	    "UTC without quotes\n" },
	{ "timezone \"Europe/Berlin\"",
	    "r:1:10: time zones by name are not available yet; write "
	    "\"UTC\", or \"local\" and set TZ=Europe/Berlin for the "
	    "daemon\n" },
	{ "timezone \"UTC\" timezone \"local\"",
	    "r:1:16: the time zone has been stated already\n" },
	{ "schedule",
	    "r:1:9: expected the name of the schedule, found the end of the "
	    "file\n" },
	{ "schedule s hours 8-18",
	    "r:1:12: expected \"=\" after the name, found \"hours\"\n" },
	{ "schedule s = 8-18",
	    "r:1:14: expected \"weekdays\" or \"hours\", found \"8-18\"\n" },
	{ "schedule s = weekdays",
	    "r:1:22: expected weekdays such as monday..friday, found the end "
	    "of the file\n" },
	{ "schedule s = weekdays hours 8-18",
	    "r:1:23: expected weekdays such as monday..friday, found "
	    "\"hours\"\n" },
	{ "schedule s = weekdays monday-friday",
	    "r:1:23: expected weekdays such as monday or monday..friday, "
	    "found \"monday-friday\"\n" },
	{ "schedule s = weekdays mondy",
	    "r:1:23: expected weekdays such as monday or monday..friday, "
	    "found \"mondy\"; did you mean \"monday\"?\n" },
	{ "schedule s = weekdays monday..fryday",
	    "r:1:23: expected weekdays such as monday or monday..friday, "
	    "found \"monday..fryday\"; did you mean \"friday\"?\n" },
	{ "schedule s = hours",
	    "r:1:19: expected hours such as 8-18, found the end of the "
	    "file\n" },
	{ "schedule s = hours 8",
	    "r:1:20: expected hours such as 8-18 or 22:30-6, found \"8\"\n" },
	{ "schedule s = hours 8-25",
	    "r:1:20: expected hours such as 8-18 or 22:30-6, found "
	    "\"8-25\"\n" },
	{ "schedule s = hours 8-8",
	    "r:1:20: expected hours such as 8-18 or 22:30-6, found "
	    "\"8-8\"\n" },
	{ "schedule s = hours 8-24:30",
	    "r:1:20: expected hours such as 8-18 or 22:30-6, found "
	    "\"8-24:30\"\n" },
	{ "schedule s = hours 8:5-9",
	    "r:1:20: expected hours such as 8-18 or 22:30-6, found "
	    "\"8:5-9\"\n" },
	{ "schedule s = hours 8-9 schedule s = hours 9-10",
	    "r:1:33: the schedule \"s\" is there already, in line 1 of r\n" },
	{ "schedule any = hours 8-9",
	    "r:1:10: \"any\" is a word of the language; choose another "
	    "name\n" },
	{ "rule a { when time in office then hold }",
	    "r:1:23: there is no schedule \"office\"\n" },
	{ "schedule office = hours 8-9 "
	  "rule a { when time in offise then hold }",
	    "r:1:51: there is no schedule \"offise\"; did you mean "
	    "\"office\"?\n" },
	{ "rule a { when time in { 8 9 } then hold }",
	    "r:1:25: expected the name of a schedule; a range is written "
	    "\"time from 8 to 18\"\n" },
	{ "rule a { when time is 5 then hold }",
	    "r:1:15: \"time\" cannot be tested with \"is\"; use \"in\", "
	    "\"from\"\n" },
	{ "rule a { when hour over 5 then hold }",
	    "r:1:15: \"hour\" cannot be tested with \"over\"; use \"in\", "
	    "\"from\"\n" },
	{ "rule a { when hour from 8 then hold }",
	    "r:1:27: expected \"to\", found \"then\"\n" },
	{ "rule a { when hour from 8 to 8pm then hold }",
	    "r:1:30: expected a time such as 8 or 18:30, found \"8pm\"\n" },
	{ "rule a { when hour from { 8 } then hold }",
	    "r:1:25: expected a time such as 8 or 18:30, found \"{\"\n" },
	{ "rule a { when hour from 8 to 8:00 then hold }",
	    "r:1:25: from a time to the same time there is nothing\n" },
	{ "rule a { when weekday is mondya then hold }",
	    "r:1:26: \"mondya\" is no value of \"weekday\"; did you mean "
	    "\"monday\"?\n" },
	{ "rule a { when weekday from monday then hold }",
	    "r:1:35: expected \"to\", found \"then\"\n" },
	{ "rule a { when weekday from montag to freitag then hold }",
	    "r:1:28: expected a weekday, found \"montag\"; did you mean "
	    "\"monday\"?\n" },
	{ "rule a { when date is 2027-02-29 then hold }",
	    "r:1:23: expected a date such as 2027-06-30, found "
	    "\"2027-02-29\"\n" },
	{ "rule a { when date in { 2028-02-29 24.12.2027 } then hold }",
	    "r:1:36: expected a date such as 2027-06-30, found "
	    "\"24.12.2027\"\n" },
	{ "list h = names { 2027-12-25 2027-12-32 } "
	  "rule a { when date in h then hold }",
	    "r:1:29: expected a date such as 2027-06-30, found "
	    "\"2027-12-32\"\n" },
	{ "rule a { when date from 2027-01-02 to 2027-01-01 then hold }",
	    "r:1:25: the first date is behind the second\n" },
	{ "rule a { when date from 2027-1-2 to 2027-01-03 then hold }",
	    "r:1:25: expected a date such as 2027-06-30, found "
	    "\"2027-1-2\"\n" },
	{ "rule a { when sender from 8 to 9 then hold }",
	    "r:1:15: \"sender\" cannot be tested with \"from\"; use "
	    "\"is\", \"in\", \"contains\", \"matches\", \"starts with\", "
	    "\"ends with\", \"exists\", \"is empty\", \"is internal\", "
	    "\"is external\"\n" },
	{ "rule a { when always then hold until }",
	    "r:1:38: expected a date such as 2027-06-30, found \"}\"\n" },
	{ "rule a { when always then hold until tomorrow }",
	    "r:1:38: expected a date such as 2027-06-30, found "
	    "\"tomorrow\"\n" },
	{ "rule a { when always then hold until 2027-06-31 }",
	    "r:1:38: expected a date such as 2027-06-30, found "
	    "\"2027-06-31\"\n" },
	{ "rule a { when always then hold until 2027-13-01 }",
	    "r:1:38: expected a date such as 2027-06-30, found "
	    "\"2027-13-01\"\n" },
	{ "rule a { when always then hold from 2027-00-01 }",
	    "r:1:37: expected a date such as 2027-06-30, found "
	    "\"2027-00-01\"\n" },
	{ "rule a { when always then hold from 2027-02-01 "
	  "until 2027-01-01 }",
	    "r:1:54: the rule ends before it begins\n" },
	{ "rule a { when always then hold until 2027-02-01 "
	  "until 2027-01-01 }",
	    "r:1:49: a rule has one \"until\" only\n" },
	{ "rule a { when always then hold during }",
	    "r:1:39: expected the name of a schedule, found \"}\"\n" },
	{ "rule a { when always then hold during office }",
	    "r:1:39: there is no schedule \"office\"\n" },
};

/* Of facts about the message. */
static const struct mistake facts[] = {
	{ "rule a { when message is sgned then hold }",
	    "r:1:26: \"sgned\" is no value of \"message\"; did you mean "
	    "\"signed\"?\n" },
	{ "rule a { when message exists then hold }",
	    "r:1:15: \"message\" cannot be tested with \"exists\"; use "
	    "\"is\", \"in\"\n" },
	{ "rule a { when message is calendar then hold }",
	    "r:1:6: rule \"a\" tests content (\"message\"), so the file must "
	    "say what happens to what cannot be read: \"unread content is "
	    "held\", \"tempfailed\" or \"delivered\"\n" },
	{ "rule a for each recipient { when message is signed then reject }",
	    "r:1:6: a rule \"for each recipient\" answers at RCPT, where "
	    "\"message\" is not known yet; leave out \"for each recipient\" "
	    "to decide about the whole message\n" },
	{ "rule a { when result is pass then hold }",
	    "r:1:22: expected the method in quotes, such as \"spf\", "
	    "found is without quotes\n" },
	{ "rule a { when result \"spf\" then hold }",
	    "r:1:28: expected a test of \"result\" (\"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\"), found \"then\"\n" },
	{ "rule a { when header address To is a@b.example then hold }",
	    "r:1:30: expected the header's name in quotes, found "
	    "To without quotes\n" },
	{ "rule a { when header address \"T o\" is a@b.example then hold }",
	    "r:1:15: \"T o\" cannot be the name of a header: "
	    "one has no colon and no blanks\n" },
	{ "rule a { when header address \"To\" is b.example then hold }",
	    "r:1:38: expected an address such as user@example.com, found "
	    "\"b.example\"\n" },
	{ "rule a { when header domain \"To\" is a@b.example then hold }",
	    "r:1:37: expected a domain such as example.com, or .example.com "
	    "for all below it, found \"a@b.example\"\n" },
	{ "rule a { when charset is koi8-r then hold }",
	    "r:1:6: rule \"a\" tests content (\"charset\"), so the file must "
	    "say what happens to what cannot be read: \"unread content is "
	    "held\", \"tempfailed\" or \"delivered\"\n" },
	{ "unread content is held "
	  "rule a { when total attachment size is 5 then hold }",
	    "r:1:38: \"total attachment size\" cannot be tested with "
	    "\"is\"; use \"over\", \"under\"\n" },
};

#define T(action) "rule a { when always then " action " }"
#define HELD "; \"hold\" keeps the message in the MTA's queue\n"
#define QUARANTINE \
	"r:1:27: the action \"quarantine\" is not available yet" HELD
#define LATER(word) \
	"r:1:27: the action \"" word "\" is not available yet\n"

/* Of actions. */
static const struct mistake actions[] = {
	{ T("tag"), "r:1:31: expected \"subject\", found \"}\"\n" },
	{ T("tag header \"x\""),
	    "r:1:31: expected \"subject\", found \"header\"\n" },
	{ T("tag subject"),
	    "r:1:39: expected the tag as a string, found \"}\"\n" },
	{ T("tag subject [EXT]"),
	    "r:1:39: expected the tag as a string, found \"[\"\n" },
	{ T("tag subject \" \""), "r:1:39: the tag is empty\n" },
	{ T("tag subject \"\303\244\""),
	    "r:1:39: a tag may have printable ASCII characters only\n" },
	{ "rule a for each recipient { when always then tag subject \"x\" }",
	    "r:1:46: a rule \"for each recipient\" can reject or tempfail "
	    "that recipient, or stop\n" },
	{ T("reject matching"),
	    "r:1:43: expected \"recipients\", found \"}\"\n" },
	{ T("reject matching recipients 5.7.1 \"no\""),
	    "r:1:27: one recipient is refused at RCPT, by a rule of its own: "
	    "write \"rule a for each recipient { when recipient ... then "
	    "reject }\"\n" },
	{ "rule a for each recipient { when always then reject matching "
	  "recipients 450 }",
	    "r:1:73: 450 is a code of \"tempfail\"; write \"tempfail 450\" "
	    "or a code such as 550 or 5.7.1\n" },
	/* What comes later is read to its end. */
	{ T("quarantine"), QUARANTINE },
	{ T("quarantine as \"pci\""), QUARANTINE },
	{ T("quarantine as pci"),
	    "r:1:41: expected a string, found pci without quotes\n" },
	{ T("quarantine \"pci\""),
	    QUARANTINE
	    "r:1:38: expected an action (reject, tempfail, discard, hold, "
	    "add, set, remove, redirect, tag, stop), found a string\n" },
	{ T("notify sender using n"), LATER("notify") },
	{ T("notify manager of sender using n"), LATER("notify") },
	{ T("notify manager of manager of recipients using n"),
	    LATER("notify") },
	{ T("notify a@b.example using n, hold"), LATER("notify") },
	{ A T("notify t[client].who using n"),
	    "r:1:74: the action \"notify\" is not available yet\n" },
	{ T("notify manager using n"),
	    "r:1:42: expected \"of\", found \"using\"\n" },
	{ T("notify manager of x using n"),
	    "r:1:45: expected \"sender\" or \"recipients\", found \"x\"\n" },
	{ T("notify sender"), "r:1:41: expected \"using\", found \"}\"\n" },
	{ T("notify sender using \"n\""),
	    "r:1:47: expected a name, found a string\n" },
	{ T("notify nobody using n"),
	    "r:1:34: expected an address such as user@example.com: cannot "
	    "read the address \"nobody\": it has no domain\n" },
	{ T("append disclaimer d"), LATER("append") },
	{ T("prepend disclaimer d"), LATER("prepend") },
	{ T("append d"),
	    "r:1:34: expected \"disclaimer\", found \"d\"\n" },
	{ T("encrypt"), LATER("encrypt") },
	{ T("encrypt using e"), LATER("encrypt") },
	{ T("copy to a@b.example"), LATER("copy") },
	{ T("copy a@b.example"),
	    "r:1:32: expected \"to\", found \"a@b.example\"\n" },
	{ T("strip attachments"), LATER("strip") },
	{ T("strip attachments (type is executable)"), LATER("strip") },
	{ T("strip attachments (tipe is executable)"),
	    "r:1:46: \"tipe\" is not a fact that rules know; did you mean "
	    "\"type\"?\n" },
	{ T("strip attachments (type is executable"),
	    "r:1:65: expected \")\", \"and\" or \"or\", found \"}\"\n" },
	{ T("replace attachments (size over 1 MB) with n"),
	    LATER("replace") },
	{ T("replace attachments n"),
	    "r:1:47: expected \"with\", found \"n\"\n" },
	{ T("journal to a@b.example"), LATER("journal") },
	{ T("release by manager of sender"), LATER("release") },
	{ T("moderate by a@b.example"), LATER("moderate") },
	{ T("route via \"tls\""), LATER("route") },
	{ T("split for external recipients (domain is a.example)"),
	    LATER("split") },
	{ T("log \"x\""), LATER("log") },
	{ T("quarantine as \"pci\" notify sender using n"),
	    QUARANTINE
	    "r:1:47: the action \"notify\" is not available yet\n" },
	/* An action that is not there yet hides no mistake behind it. */
	{ T("quarantine as \"pci\" hld"),
	    QUARANTINE
	    "r:1:47: expected an action (reject, tempfail, discard, hold, "
	    "add, set, remove, redirect, tag, stop), found \"hld\"; did you "
	    "mean \"hold\"?\n" },
};

/* Rules of the kind that everybody wants, with all that comes later in them:
 * nothing else is wrong with them. */
static const struct mistake wanted[] = {
	{ "table apps = \"owners.csv\" key client columns owner\n"
	  "rule pci-out \"Card numbers leave only to the processor\" {\n"
	  "    when    any external recipient domain is bank.example\n"
	  "    except  header \"X-Override\" is signed\n"
	  "    then    quarantine as \"pci\"\n"
	  "            notify manager of sender using pci-notice\n"
	  "    on failure hold\n"
	  "    severity high\n"
	  "    mode    audit\n"
	  "    until   2027-06-30\n"
	  "}\n"
	  "rule app-scope {\n"
	  "    when    listener role is application and client not in apps\n"
	  "    then    hold\n"
	  "            notify apps[client].owner using app-notice\n"
	  "}\n",
	    "r:4:36: signed headers are not available yet\n"
	    "r:5:13: the action \"quarantine\" is not available yet" HELD
	    "r:6:13: the action \"notify\" is not available yet\n"
	    "r:15:13: the action \"notify\" is not available yet\n" },
};

/* The lines of ERRORS that begin a message, without the source shown. */
static void
first_lines(struct span errors, struct buf *out)
{
	struct span line;

	buf_reset(out);
	while (span_next(&errors, '\n', &line))
		if (!span_starts(line, SPAN("\t")))
			(void)buf_printf(out, "%.*s\n", SPAN_ARGS(line));
}

static void
check(const struct mistake *wrong, size_t count)
{
	const struct rule_files reader = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)files,
	};
	struct buf errors, said, differences;

	buf_init(&errors, 1 << 20);
	buf_init(&said, 1 << 20);
	buf_init(&differences, 1 << 20);
	for (size_t i = 0; i < count; i++) {
		struct rule_set *set;

		buf_reset(&errors);
		set = rule_set_new(
		    SPAN("r"), span_of(wrong[i].text), &reader, &errors);
		ck_assert_msg((set == NULL) == (errors.len > 0), "%s",
		    wrong[i].text);
		rule_set_free(&set);
		first_lines(buf_span(&errors), &said);
		if (strcmp(buf_string(&said), wrong[i].said) != 0)
			(void)buf_printf(&differences,
			    "of <%s> is said\n%sexpected was\n%s",
			    wrong[i].text, buf_string(&said), wrong[i].said);
	}
	/* More than a message of Check may hold. */
	fputs(buf_string(&differences), stderr);
	ck_assert_uint_eq(differences.len, 0);
	buf_free(&differences);
	buf_free(&errors);
	buf_free(&said);
}

#define CHECK(mistakes) check(mistakes, sizeof(mistakes) / sizeof(mistakes[0]))

START_TEST(wrong_tables)
{
	CHECK(tables);
}
END_TEST

START_TEST(wrong_times)
{
	CHECK(times);
}
END_TEST

START_TEST(wrong_facts)
{
	CHECK(facts);
}
END_TEST

START_TEST(wrong_actions)
{
	CHECK(actions);
	CHECK(wanted);
}
END_TEST

SUITE_MAIN("rule_mistakes", wrong_tables, wrong_times, wrong_facts,
    wrong_actions)
