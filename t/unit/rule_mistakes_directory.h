/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrong rules on facts of the directory, and what is said of each, in lines
 * without the source shown.
 */
#ifndef LUMBAR_T_RULE_MISTAKES_DIRECTORY_H
#define LUMBAR_T_RULE_MISTAKES_DIRECTORY_H

static const struct {
	const char *text, *said;
} wrong[] = {
	{ "rule a { when sender departmnt then hold }",
	    "r:1:22: expected a test of \"sender\" (\"is\", "
	    "\"in\", \"contains\", \"matches\", \"starts "
	    "with\", \"ends with\", \"exists\", \"is "
	    "empty\", \"is internal\", \"is external\"), "
	    "found \"departmnt\"\n" },
	{ "rule a { when sender domian is x then hold }",
	    "r:1:22: \"domian\" is no attribute of the "
	    "directory; did you mean \"domain\"?\n" },
	{ "rule a { when recipient department is x then hold }",
	    "r:1:15: say which: \"any recipient\", \"every "
	    "recipient\", \"no recipient\" or \"at least N "
	    "recipients\"\n" },
	{ "rule a { when department is x then hold }",
	    "r:1:15: \"department\" is an attribute of a "
	    "person; write \"sender department\" or \"any "
	    "recipient (department ...)\"\n" },
	{ "rule a for each recipient { when department is x "
	  "then reject }",
	    "r:1:34: \"department\" is an attribute of a "
	    "person; write \"sender department\" or "
	    "\"recipient department ...\"\n" },
	{ "rule a { when any attachment (department is x) then "
	  "hold } unread content is held",
	    "r:1:31: \"department\" is an attribute of a "
	    "person; write \"sender department\" or \"any "
	    "recipient (department ...)\"\n" },
	{ "rule a { when sender department then hold }",
	    "r:1:33: expected a test of \"sender "
	    "department\" (\"is\", \"in\", \"contains\", "
	    "\"matches\", \"starts with\", \"ends with\", "
	    "\"has words\", "
	    "\"has payment-card\", \"exists\", \"is empty\"), found "
	    "\"then\"\n" },
	{ "rule a { when sender department is then hold }",
	    "r:1:36: expected a value: a word, a string, a "
	    "list's name or { ... }, found \"then\"\n" },
	{ "rule a { when sender department are x then hold }",
	    "r:1:33: expected a test of \"sender "
	    "department\" (\"is\", \"in\", \"contains\", "
	    "\"matches\", \"starts with\", \"ends with\", "
	    "\"has words\", "
	    "\"has payment-card\", \"exists\", \"is empty\"), found "
	    "\"are\"\n" },
	{ "rule a { when sender department over 3 MB then hold "
	  "}",
	    "r:1:15: \"sender department\" cannot be tested "
	    "with \"over\"; use \"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", "
	    "\"ends with\", \"has words\", "
	    "\"has payment-card\", \"exists\", \"is "
	    "empty\"\n" },
	{ "rule a { when sender department is /x/ then hold }",
	    "r:1:36: expected a text; a regular expression "
	    "stands behind \"matches\"\n" },
	{ "rule a { when sender department matches x then hold "
	  "}",
	    "r:1:41: expected a regular expression such as "
	    "/x/\n" },
	{ "rule a { when sender department in nowhere then "
	  "hold }",
	    "r:1:36: there is no list \"nowhere\"\n" },
	{ "list d = domains { a.example } rule a { when sender "
	  "department in d then hold }",
	    "r:1:67: \"d\" is a list of domains, with which "
	    "\"sender department\" cannot be compared\n" },
	{ "list w = words { a } rule a { when sender "
	  "department in w then hold }",
	    "r:1:57: \"w\" is a list of words: write \"has "
	    "words w\"\n" },
	{ "rule a { when sender department is x, y then hold }",
	    "r:1:36: several values stand in braces; write: "
	    "in { x y }\n" },
	{ "rule a { when sender cost_center is x then hold }",
	    "r:1:22: \"cost_center\" is no attribute of the "
	    "directory; its name has letters, digits and "
	    "\"-\", a letter first\n" },
	{ "rule a { when sender 1department is x then hold }",
	    "r:1:22: \"1department\" is no attribute of the "
	    "directory; its name has letters, digits and "
	    "\"-\", a letter first\n" },
	{ "rule a { when sender manager is a@b.example then "
	  "hold }",
	    "r:1:22: write \"manager of sender\"\n" },
	{ "rule a { when any recipient (manager is "
	  "a@b.example) then hold }",
	    "r:1:30: write \"manager of recipient\"\n" },
	{ "rule a { when any recipient manager is a@b.example "
	  "then hold }",
	    "r:1:29: write \"manager of recipient\"\n" },
	{ "rule a { when manager is a@b.example then hold }",
	    "r:1:15: write \"manager of sender\"\n" },
	{ "rule a { when manager of is a@b.example then hold }",
	    "r:1:26: expected \"sender\", \"from\" or "
	    "\"recipient\" behind \"manager of\", found "
	    "\"is\"\n" },
	{ "rule a { when manager of boss is a@b.example then "
	  "hold }",
	    "r:1:26: expected \"sender\", \"from\" or "
	    "\"recipient\" behind \"manager of\", found "
	    "\"boss\"\n" },
	{ "rule a { when manager of sendr is a@b.example then "
	  "hold }",
	    "r:1:26: expected \"sender\", \"from\" or "
	    "\"recipient\" behind \"manager of\", found "
	    "\"sendr\"; did you mean \"sender\"?\n" },
	{ "rule a { when manager of recipient is a@b.example "
	  "then hold }",
	    "r:1:26: say which recipient: \"any recipient "
	    "(... manager of recipient ...)\", or make it a "
	    "rule \"for each recipient\"\n" },
	{ "rule a { when any attachment (sender is manager of "
	  "recipient) then hold } unread content is held",
	    "r:1:52: say which recipient: \"any recipient "
	    "(... manager of recipient ...)\", or make it a "
	    "rule \"for each recipient\"\n" },
	{ "rule a { when manager of sender then hold }",
	    "r:1:33: expected a test of \"manager of "
	    "sender\" (\"is\", \"in\", \"contains\", "
	    "\"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\", \"is internal\", \"is "
	    "external\"), found \"then\"\n" },
	{ "rule a { when manager of sender over 3 then hold }",
	    "r:1:15: \"manager of sender\" cannot be tested "
	    "with \"over\"; use \"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", "
	    "\"ends with\", \"exists\", \"is empty\", \"is "
	    "internal\", \"is external\"\n" },
	{ "rule a { when manager of sender domain is a.example "
	  "then hold }",
	    "r:1:33: \"manager of sender\" has no "
	    "\"domain\"; write \"manager of sender ends with "
	    "@example.com\"\n" },
	{ "rule a { when manager of manager of manager of "
	  "manager of manager of manager of sender exists then "
	  "hold }",
	    "r:1:15: \"manager of\" stands more than 5 times\n" },
	{ "rule a { when sender is manager of manager of then "
	  "hold }",
	    "r:1:47: expected \"sender\", \"from\" or "
	    "\"recipient\" behind \"manager of\", found "
	    "\"then\"\n" },
	{ "rule a { when login is manager of sender then hold }",
	    "r:1:24: \"login\" cannot be compared with somebody's "
	    "manager; sender, from, recipient and their managers can\n" },
	/* A header of addresses names nobody in particular. */
	{ "rule a { when header address \"To\" is manager of sender then "
	  "hold }",
	    "r:1:38: \"header address\" cannot be compared with somebody's "
	    "manager; sender, from, recipient and their managers can\n" },
	{ "rule a { when header address \"To\" in group x then hold }",
	    "r:1:38: \"header address\" is in no group of the directory; "
	    "sender, from, recipient and their managers may be\n" },
	{ "list g = members of group \"x\"\n"
	  "rule a { when header address \"To\" in g then hold }",
	    "r:2:38: \"g\" is a list of members, with which \"header "
	    "address\" cannot be compared\n" },
	{ "rule a { when header address \"To\" department is x then hold }",
	    "r:1:35: expected a test of \"header address\" (\"is\", "
	    "\"in\", \"contains\", \"matches\", \"starts with\", "
	    "\"ends with\", \"exists\", \"is empty\", \"is "
	    "internal\", \"is external\"), found \"department\"\n" },
	{ "rule a { when sender domain is manager of sender "
	  "then hold }",
	    "r:1:32: \"sender domain\" cannot be compared with "
	    "somebody's manager; sender, from, recipient and their "
	    "managers can\n" },
	{ "rule a { when sender in manager of sender then hold "
	  "}",
	    "r:1:25: write \"is manager of sender\"\n" },
	{ "rule a { when sender contains manager of recipient "
	  "then hold }",
	    "r:1:42: say which recipient: \"any recipient "
	    "(... manager of recipient ...)\", or make it a "
	    "rule \"for each recipient\"\n" },
	{ "rule a { when any recipient (address contains "
	  "manager of recipient) then hold }",
	    "r:1:47: write \"is manager of recipient\"\n" },
	{ "rule a for each recipient { when from is manager of "
	  "recipient then reject }",
	    "r:1:6: a rule \"for each recipient\" answers at "
	    "RCPT, where \"from\" is not known yet; leave "
	    "out \"for each recipient\" to decide about the "
	    "whole message\n" },
	{ "rule a for each recipient { when sender is manager "
	  "of from then reject }",
	    "r:1:6: a rule \"for each recipient\" answers at "
	    "RCPT, where \"from\" is not known yet; leave "
	    "out \"for each recipient\" to decide about the "
	    "whole message\n" },
	{ "rule a for each recipient { when from department is "
	  "x then reject }",
	    "r:1:6: a rule \"for each recipient\" answers at "
	    "RCPT, where \"from department\" is not known "
	    "yet; leave out \"for each recipient\" to decide "
	    "about the whole message\n" },
	{ "rule a { when sender in group then hold }",
	    "r:1:31: expected the name of the group in "
	    "quotes, or { ... }, found \"then\"\n" },
	{ "rule a { when sender in group { } then hold }",
	    "r:1:31: there is no group between \"{\" and "
	    "\"}\"\n" },
	{ "rule a { when sender in group { \"a\" then hold }",
	    "r:1:8: the \"{\" of rule \"a\" is never closed\n" },
	{ "rule a { when sender in group and sender is "
	  "a@b.example then hold }",
	    "r:1:31: expected the name of the group in "
	    "quotes, or { ... }, found \"and\"\n" },
	{ "rule a { when sender in group /x/ then hold }",
	    "r:1:31: expected the name of the group in "
	    "quotes, or { ... }, found a regular expression\n" },
	{ "rule a { when sender in group \"\" then hold }",
	    "r:1:31: expected the name of a group in quotes\n" },
	{ "rule a { when sender in group { \"a\" /x/ } then "
	  "hold }",
	    "r:1:37: expected the name of a group in quotes\n" },
	{ "rule a { when sender is group \"a\" then hold }",
	    "r:1:25: write \"in group ...\"\n" },
	{ "rule a { when sender contains group \"a\" then hold "
	  "}",
	    "r:1:31: write \"in group ...\"\n" },
	{ "rule a { when login in group \"a\" then hold }",
	    "r:1:24: \"login\" is in no group of the "
	    "directory; sender, from, recipient and their "
	    "managers may be\n" },
	{ "rule a { when sender domain in group \"a\" then "
	  "hold }",
	    "r:1:32: \"sender domain\" is in no group of the "
	    "directory; sender, from, recipient and their "
	    "managers may be\n" },
	{ "rule a { when sender department in group \"a\" then "
	  "hold }",
	    "r:1:36: \"sender department\" is in no group of "
	    "the directory; sender, from, recipient and "
	    "their managers may be\n" },
	{ "rule a { when any recipient domain in group \"a\" "
	  "then hold }",
	    "r:1:39: \"domain\" is in no group of the "
	    "directory; sender, from, recipient and their "
	    "managers may be\n" },
	{ "rule a { when recipient in group \"a\" then hold }",
	    "r:1:15: say which: \"any recipient\", \"every "
	    "recipient\", \"no recipient\" or \"at least N "
	    "recipients\"\n" },
	{ "rule a { when sender in group \"a\", \"b\" then "
	  "hold }",
	    "r:1:31: several groups stand in braces; write: "
	    "groups { \"a\" ... }\n" },
	{ "rule a { when sender in grup \"a\" then hold }",
	    "r:1:25: expected a list, { ... } or \"group\", "
	    "found \"grup\"; did you mean \"group\"?\n" },
	{ "rule a { when sender has words { a } then hold }",
	    "r:1:15: \"sender\" cannot be tested with \"has "
	    "words\"; use \"is\", \"in\", \"contains\", "
	    "\"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\", \"is internal\", \"is "
	    "external\"\n" },
	{ "list g = members rule a { when sender in g then "
	  "hold }",
	    "r:1:18: expected \"of\", found \"rule\"\n" },
	{ "list g = members of \"a\"",
	    "r:1:21: expected \"group\", found a string\n" },
	{ "list g = members of group",
	    "r:1:26: expected the name of the group in "
	    "quotes, or { ... }, found the end of the file\n" },
	{ "list g = members of grp \"a\"",
	    "r:1:21: expected \"group\", found \"grp\"\n" },
	{ "list g = group",
	    "r:1:15: expected the name of the group in "
	    "quotes, or { ... }, found the end of the file\n" },
	{ "list g = groups { }",
	    "r:1:17: there is no group between \"{\" and "
	    "\"}\"\n" },
	{ "list g = members of group { \"\" }",
	    "r:1:29: expected the name of a group in quotes\n" },
	{ "list g = members of group \"a\" rule a { when "
	  "sender is g then hold }",
	    "r:1:55: \"g\" is a group of the directory, whose members "
	    "are not read: write \"in g\"\n" },
	{ "list g = members of group \"a\" rule a { when login "
	  "in g then hold }",
	    "r:1:54: \"g\" is a list of members, with which "
	    "\"login\" cannot be compared\n" },
	{ "list g = members of group \"a\" rule a { when "
	  "sender contains g then hold }",
	    "r:1:61: \"g\" is a group of the directory, "
	    "whose members are not read: write \"in g\"\n" },
	{ "list g = members of group \"a\" rule a { when "
	  "sender domain in g then hold }",
	    "r:1:62: \"g\" is a list of members, with which "
	    "\"sender domain\" cannot be compared\n" },
	{ "list g = members of group \"a\" rule a { when "
	  "sender department in g then hold }",
	    "r:1:66: \"g\" is a list of members, with which "
	    "\"sender department\" cannot be compared\n" },
	{ "list g = members of group \"a\" rule a { when "
	  "sender in gg then hold }",
	    "r:1:55: there is no list \"gg\"\n" },
	{ "list g = members of group \"a\" rule a { when "
	  "sender has words g then hold }",
	    "r:1:45: \"sender\" cannot be tested with \"has "
	    "words\"; use \"is\", \"in\", \"contains\", "
	    "\"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\", \"is internal\", \"is "
	    "external\"\n" },
	{ "list group = names { a }",
	    "r:1:6: \"group\" is a word of the language; "
	    "choose another name\n" },
	{ "list manager = names { a }",
	    "r:1:6: \"manager\" is a word of the language; "
	    "choose another name\n" },
	{ "define members = sender exists",
	    "r:1:8: \"members\" is a word of the language; "
	    "choose another name\n" },
	{ "rule a { when sender in group \"a\" then remove "
	  "recipients (departmnt is x and domian is y) }",
	    "r:1:78: \"domian\" is not a fact that rules "
	    "know; did you mean \"domain\"?\n" },
	{ "define x = recipient department is y",
	    "r:1:12: say which: \"any recipient\", \"every "
	    "recipient\", \"no recipient\" or \"at least N "
	    "recipients\"\n" },
	{ "define x = manager of recipient exists",
	    "r:1:23: say which recipient: \"any recipient "
	    "(... manager of recipient ...)\", or make it a "
	    "rule \"for each recipient\"\n" },
};

#endif
