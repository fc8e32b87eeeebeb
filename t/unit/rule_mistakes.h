/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrong rule files and what is said of them, for test_rule_errors.c.
 */
#ifndef LUMBAR_T_RULE_MISTAKES_H
#define LUMBAR_T_RULE_MISTAKES_H

/* TEXT is a file called "r"; SAID the first line of each message. */
static const struct {
	const char *text, *said;
} wrong[] = {
	{ "rul a { when always then hold }",
	    "r:1:1: expected \"rule\", \"list\", \"table\","
	    " \"schedule\", \"define\", \"timezone\", \"unread\" or"
	    " \"include\", found \"rul\"; did you mean \"rule\"?\n" },
	{ "42",
	    "r:1:1: expected \"rule\", \"list\", \"table\","
	    " \"schedule\", \"define\", \"timezone\", \"unread\" or"
	    " \"include\", found \"42\"\n" },
	{ "}",
	    "r:1:1: expected \"rule\", \"list\", \"table\","
	    " \"schedule\", \"define\", \"timezone\", \"unread\" or"
	    " \"include\", found \"}\"\n" },
	/* Quotation marks, ends of lines and blanks from elsewhere. */
	{ "rule a { when subject contains 'two words' then hold }",
	    "r:1:32: a text stands in straight double quotes, \"...\", "
	    "and not in '\n" },
	{ "rule a { when subject contains \xe2\x80\x9ctwo words\xe2\x80\x9d "
	  "and subject contain x then hold }",
	    "r:1:32: a text stands in straight double quotes, \"...\", "
	    "and not in \xe2\x80\x9c\n"
	    "r:1:56: expected a test of \"subject\" (\"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", \"ends "
	    "with\", \"has words\", \"has payment-card\", \"exists\", "
	    "\"is empty\"), found \"contain\"; did you mean "
	    "\"contains\"?\n" },
	{ "rule a { when subject contains { 'x', y } then hold }",
	    "r:1:34: a text stands in straight double quotes, \"...\", "
	    "and not in '\n" },
	{ "rule a { when subject contains 'x then hold }\n",
	    "r:1:32: a text stands in straight double quotes, \"...\", "
	    "and not in '\n" },
	{ "rule a { when subject contains x; then hold; }",
	    "r:1:33: nothing ends with \";\" here; leave it out, or put a "
	    "text that has it in double quotes\n"
	    "r:1:44: nothing ends with \";\" here; leave it out, or put a "
	    "text that has it in double quotes\n" },
	{ "rule a { when\xc2\xa0" "always then hold }",
	    "r:1:14: a no-break space is no blank; put an ordinary one\n" },
	{ "rule",
	    "r:1:5: expected the rule's name, found the end of the "
	    "file\n" },
	{ "rule a { when login is sender then hold }",
	    "r:1:24: \"login\" is compared with values, a column of a table "
	    "or \"manager of ...\", not with another fact; write \"sender\" "
	    "in quotes if the word is meant\n" },
	{ "rule a { when any recipient is not from then hold }",
	    "r:1:36: \"recipient\" is compared with values, a column of a "
	    "table or \"manager of ...\", not with another fact; write "
	    "\"from\" in quotes if the word is meant\n" },
	{ "rule \"x\" { }",
	    "r:1:6: expected the rule's name, found a string\n" },
	{ "rule a hold",
	    "r:1:8: expected a title in quotes, \"for each recipient\" "
	    "or \"{\", found \"hold\"\n" },
	{ "rule a \"t\" hold",
	    "r:1:12: expected \"for each recipient\" or \"{\", found "
	    "\"hold\"\n" },
	{ "rule a for every recipient { when always then hold }",
	    "r:1:12: expected \"each\", found \"every\"\n" },
	{ "rule a { when always then hold",
	    "r:1:8: the \"{\" of rule \"a\" is never closed\n" },
	{ "rule a { when always then hold rule b { when always "
	  "then hold }",
	    "r:1:8: the \"{\" of rule \"a\" is never closed\n" },
	{ "rule a { then hold }",
	    "r:1:6: rule \"a\" has no \"when\"; write \"when always\" "
	    "for every message\n" },
	{ "rule a { when always }",
	    "r:1:6: rule \"a\" has no \"then\"\n" },
	{ "rule a { when always when always then hold }",
	    "r:1:22: a rule has one \"when\" only; join conditions "
	    "with \"and\" or \"or\"\n" },
	{ "rule a { when always then hold mode enforce mode audit "
	  "}",
	    "r:1:45: a rule has one \"mode\" only\n" },
	{ "rule a { when always then hold mode enforced }",
	    "r:1:37: expected \"enforce\", \"audit\" or \"off\", "
	    "found \"enforced\"; did you mean \"enforce\"?\n" },
	{ "rule a { when always then hold mode }",
	    "r:1:37: expected \"enforce\", \"audit\" or \"off\", "
	    "found \"}\"\n" },
	{ "rule a { when always then hold on failure pass }",
	    "r:1:43: expected \"tempfail\", \"hold\" or \"default\", "
	    "found \"pass\"\n" },
	{ "rule a { when always then hold on error hold }",
	    "r:1:35: expected \"failure\", found \"error\"\n" },
	{ "rule a { when always then hold severity urgent }",
	    "r:1:41: expected \"low\", \"medium\" or \"high\", found "
	    "\"urgent\"\n" },
	{ "rule a { whenn always then hold }",
	    "r:1:10: expected "
	    "\"when\", \"except\", \"then\", \"on failure\", \"unread\","
	    " \"mode\", \"severity\", \"from\", \"until\", \"during\" or "
	    "\"}\", "
	    "found \"whenn\"; did you mean \"when\"?\n" },
	{ "rule a { when always then hold unread is held }",
	    "r:1:39: expected \"content is ...\" or \"counts as match\", "
	    "found \"is\"\n" },
	{ "rule a { when always then hold unread counts as hit "
	  "}",
	    "r:1:49: expected \"match\", found \"hit\"\n" },
	{ "unread content is rejected",
	    "r:1:19: expected \"held\", \"tempfailed\" or \"delivered\", "
	    "found \"rejected\"\n" },
	{ "unread content is held unread content is held",
	    "r:1:24: what happens to unread content has been stated "
	    "already\n" },
	{ "rule a_very_long_name_of_a_rule_that_goes_on_and_on_until_it_"
	  "is_over_64_bytes { when always then hold }",
	    "r:1:6: a name has letters, digits, \"-\" and \"_\", "
	    "begins with a letter or digit and is at most 64 long\n" },
	{ "rule a.b { when always then hold }",
	    "r:1:6: a name has letters, digits, \"-\" and \"_\", "
	    "begins with a letter or digit and is at most 64 long\n" },
	{ "rule a { when always then hold } rule a { when always "
	  "then hold }",
	    "r:1:39: the rule \"a\" is there already, in line 1 of "
	    "r\n" },
	{ "rule a { when always then hold \"x\" hold 5 }",
	    "r:1:41: expected an action (reject, tempfail, discard,"
	    " hold, add, set, remove, redirect, tag, stop), found \"5\"\n" },
	{ "list = domains { a }",
	    "r:1:6: expected the name of the list, found \"=\"\n" },
	{ "list x domains { a }",
	    "r:1:8: expected \"=\" after the name, found \"domains\"\n" },
	{ "list x = domain { a.example }",
	    "r:1:10: expected \"addresses\", \"domains\", \"names\", "
	    "\"networks\", \"words\" or \"members of group\", found "
	    "\"domain\"; did you "
	    "mean \"domains\"?\n" },
	{ "list x = domains a.example",
	    "r:1:18: expected \"{\" or \"from\", found \"a.example\"\n" },
	{ "list x = domains { a.example",
	    "r:1:18: this \"{\" is never closed\n" },
	{ "list x = domains { a@b }",
	    "r:1:20: expected a domain such as example.com, or .example.co"
	    "m for all below it, found \"a@b\"\n" },
	{ "list x = addresses { a.example }",
	    "r:1:22: expected an address such as user@example.com, "
	    "found \"a.example\"\n" },
	{ "list x = networks { 192.0.2.1/24 }",
	    "r:1:21: expected a network such as 192.0.2.0/24: \"192.0.2.1/"
	    "24\" has bits set behind its prefix; write 192.0.2.0/24\n" },
	{ "list x = networks { 300.1.1.1 }",
	    "r:1:21: expected a network such as 192.0.2.0/24: \"300.1.1.1\""
	    " is not an Internet address; write 192.0.2.0/24 or 2001:db8::"
	    "/32\n" },
	{ "list x = words { /a/ }",
	    "r:1:18: a list has no regular expressions; use \"matches\"\n" },
	{ "list x = words { \"\" }",
	    "r:1:18: an empty text is found everywhere\n" },
	{ "list x = words from \"w.txt\"",
	    "r:1:21: files cannot be read here; write the contents "
	    "in { }\n" },
	{ "list x = names { a } list x = names { b }",
	    "r:1:27: the list \"x\" is there already, in line 1 of "
	    "r\n" },
	{ "list sender = names { a }",
	    "r:1:6: \"sender\" is a word of the language; choose "
	    "another name\n" },
	{ "include \"x\"",
	    "r:1:9: files cannot be read here; write the contents "
	    "in { }\n" },
	{ "include x",
	    "r:1:9: expected the file's name in quotes, found x without quotes\n" },
	{ "list x = names { a ( }",
	    "r:1:20: expected a word, a string or \"}\", found \"(\"\n" },
	{ "define = always",
	    "r:1:8: expected the name of the condition, found \"=\"\n" },
	{ "define d always",
	    "r:1:10: expected \"=\" after the name, found \"always\"\n" },
	{ "define d = d",
	    "r:1:12: the definition of \"d\" comes back to itself\n" },
	{ "define a = b define b = a",
	    "r:1:25: the definition of \"a\" comes back to itself\n" },
	{ "define any = always",
	    "r:1:8: \"any\" is a word of the language; choose another "
	    "name\n" },
	{ "define d = always define d = always",
	    "r:1:26: the condition \"d\" is there already, in line "
	    "1 of r\n" },
	{ "define d = any recipient (domain is x.example and",
	    "r:1:50: expected a condition, found the end of the file\n" },
	{ "rule a { when sendr is a@b.example then hold }",
	    "r:1:15: \"sendr\" is not a fact that rules know; did "
	    "you mean \"sender\"?\n" },
	{ "rule a { when recipient is a@b.example then hold }",
	    "r:1:15: say which: \"any recipient\", \"every recipient\", "
	    "\"no recipient\" or \"at least N recipients\"\n" },
	{ "rule a { when type is executable then hold }",
	    "r:1:15: \"type\" is of one attachment; write \"any attachment"
	    " (type ...)\"\n" },
	{ "rule a { when sender then hold }",
	    "r:1:22: expected a test of \"sender\" (\"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\", \"is internal\", \"is external\"), "
	    "found \"then\"\n" },
	{ "rule a { when sender iss a@b.example then hold }",
	    "r:1:22: expected a test of \"sender\" (\"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\", \"is internal\", \"is external\"), "
	    "found \"iss\"; did you mean \"is\"?\n" },
	{ "rule a { when card-data then hold }",
	    "r:1:15: \"card-data\" is neither a fact nor a defined "
	    "condition\n" },
	{ "rule a { when (sender is internal then hold }",
	    "r:1:35: expected \")\", \"and\" or \"or\", found \"then\"\n" },
	{ "rule a { when sender is internal or then hold }",
	    "r:1:37: expected a condition, found \"then\"\n" },
	{ "rule a { when not then hold }",
	    "r:1:19: expected a condition, found \"then\"\n" },
	{ "rule a { when and then hold }",
	    "r:1:15: expected a condition, found \"and\"\n"
	    "r:1:19: expected a condition, found \"then\"\n" },
	{ "rule a { when \"x\" then hold }",
	    "r:1:15: expected a condition, found a string\n" },
	{ "rule a { when content has payment-card then hold }",
	    "r:1:6: rule \"a\" tests content (\"content\"), so the file "
	    "must say what happens to what cannot be read: \"unread content "
	    "is held\", \"tempfailed\" or \"delivered\"\n" },
	{ "rule a { when text has bic then hold }",
	    "r:1:24: the detector \"bic\" is not available yet\n" },
	{ "rule a { when text is \"x\" then hold }",
	    "r:1:15: \"text\" cannot be tested with \"is\"; use \"contains"
	    "\", \"matches\", \"has words\", \"has payment-card\"\n" },
	{ "rule a { when subject over 5 then hold }",
	    "r:1:15: \"subject\" cannot be tested with \"over\"; "
	    "use \"is\", \"in\", \"contains\", \"matches\", \"starts "
	    "with\", \"ends with\", \"has words\", \"has payment-card\", "
	    "\"exists\", \"is "
	    "empty\"\n" },
	{ "rule a { when message size over big then hold }",
	    "r:1:33: expected a size such as 10 MB, found \"big\"\n" },
	{ "rule a { when message size is 5 then hold }",
	    "r:1:15: \"message size\" cannot be tested with \"is\"; "
	    "use \"over\", \"under\"\n" },
	{ "rule a { when message size over 5 XB then hold }",
	    "r:1:35: expected "
	    "\"when\", \"except\", \"then\", \"on failure\", \"unread\","
	    " \"mode\", \"severity\", \"from\", \"until\", \"during\" or "
	    "\"}\", "
	    "found \"XB\"\n" },
	{ "rule a { when sender in partners then hold }",
	    "r:1:25: there is no list \"partners\"\n" },
	{ "rule a { when header is \"x\" then hold }",
	    "r:1:22: expected the header's name in quotes, found "
	    "is without quotes\n" },
	{ "rule a { when header \"X y\" exists then hold }",
	    "r:1:15: \"X y\" cannot be the name of a header: "
	    "one has no colon and no blanks\n" },
	{ "rule a { when header \"X\" is signed then hold }",
	    "r:1:29: signed headers are not available yet\n" },
	{ "rule a { when client in apps[client].x then hold }",
	    "r:1:25: there is no table \"apps\"\n" },
	{ "rule a { when apps[client].x is \"y\" then hold }",
	    "r:1:15: there is no table \"apps\"\n" },
	{ "rule a { when listener role is aplication then hold "
	  "}",
	    "r:1:32: \"aplication\" is no value of \"listener role\"; "
	    "did you mean \"application\"?\n" },
	{ "rule a { when listener role contains \"x\" then hold "
	  "}",
	    "r:1:15: \"listener role\" cannot be tested with \"contains\";"
	    " use \"is\", \"in\"\n" },
	{ "rule a { when sender is { } then hold }",
	    "r:1:25: there is nothing between \"{\" and \"}\"\n" },
	{ "rule a { when sender is { a@b.example then hold }",
	    "r:1:8: the \"{\" of rule \"a\" is never closed\n"
	    "r:1:39: expected an address such as user@example.com, "
	    "found \"then\"\n"
	    "r:1:44: expected an address such as user@example.com, "
	    "found \"hold\"\n" },
	{ "rule a { when subject matches \"x\" then hold }",
	    "r:1:31: expected a regular expression such as /x/\n" },
	{ "rule a { when subject matches /(/ then hold }",
	    "r:1:33: this regular expression is wrong here: missing "
	    "closing parenthesis\n" },
	{ "rule a { when subject matches /x then hold }",
	    "r:1:8: the \"{\" of rule \"a\" is never closed\n"
	    "r:1:31: this regular expression has no closing / on "
	    "its line; write \\/ for a slash in it\n" },
	{ "rule a { when subject matches /x/q then hold }",
	    "r:1:34: behind a regular expression only the letters "
	    "i (any case), m, s and x may stand\n" },
	{ "rule a { when subject contains /x/ then hold }",
	    "r:1:32: expected a text; a regular expression stands "
	    "behind \"matches\"\n" },
	{ "rule a { when sender is a.example then hold }",
	    "r:1:25: expected an address such as user@example.com, "
	    "found \"a.example\"\n" },
	{ "rule a { when sender domain is a@b then hold }",
	    "r:1:32: expected a domain such as example.com, or .example.co"
	    "m for all below it, found \"a@b\"\n" },
	{ "rule a { when subject contains \"\" then hold }",
	    "r:1:32: an empty text is found everywhere\n" },
	{ "rule a { when subject contains \"a then hold }",
	    "r:1:8: the \"{\" of rule \"a\" is never closed\n"
	    "r:1:32: this string has no closing \" on its line\n" },
	{ "rule a { when subject contains \"a\\n\" then hold }",
	    "r:1:34: in a string, \\ may stand before \" and \\ only; "
	    "write \\\\ for the character itself\n" },
	{ "rule a { when any thing then hold }",
	    "r:1:19: expected \"recipient\", \"external recipient\", "
	    "\"internal recipient\", \"attachment\" or \"header\", "
	    "found \"thing\"\n" },
	{ "rule a { when any external attachment then hold }",
	    "r:1:15: only recipients are internal or external\n" },
	{ "rule a { when any external thing then hold }",
	    "r:1:28: expected \"recipient\", found \"thing\"\n" },
	{ "rule a { when at most 3 recipients then hold }",
	    "r:1:18: expected \"least\", found \"most\"\n" },
	{ "rule a { when at least 0 recipients then hold }",
	    "r:1:24: expected a number from 1 to 1000000, found \"0\"\n" },
	{ "rule a { when at least many recipients then hold }",
	    "r:1:24: expected a number from 1 to 1000000, found \"many\"\n" },
	{ "rule a { when any recipient (name is \"x\") then hold "
	  "}",
	    "r:1:30: \"name\" is of one attachment; write \"any attachment"
	    " (name ...)\"\n" },
	{ "rule a { when any attachment type is exe then hold }",
	    "r:1:6: rule \"a\" tests content (\"attachments\"), so "
	    "the file must say what happens to what cannot be read: "
	    "\"unread content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:38: \"exe\" is neither a class of files nor a type "
	    "such as \"application/pdf\" or \"image/*\"\n" },
	{ "rule a { when any attachment (size over 1MB then hold "
	  "}",
	    "r:1:6: rule \"a\" tests content (\"attachments\"), so "
	    "the file must say what happens to what cannot be read: "
	    "\"unread content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:45: expected \")\", \"and\" or \"or\", found \"then\"\n" },
	{ "rule a { when any attachment nam is \"x\" then hold "
	  "}",
	    "r:1:6: rule \"a\" tests content (\"attachments\"), so "
	    "the file must say what happens to what cannot be read: "
	    "\"unread content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:30: \"nam\" is not a fact that rules know; did you "
	    "mean \"name\"?\n" },
	{ "rule a { when text has words { a } near \"x\" then hold "
	  "}",
	    "r:1:41: expected \"word\" or \"words\", found a string\n" },
	{ "rule a { when text contains words { a } then hold }",
	    "r:1:6: rule \"a\" tests content (\"text\"), so the file "
	    "must say what happens to what cannot be read: \"unread "
	    "content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:37: words are looked for with \"has words { ... "
	    "}\"\n" },
	{ "rule a { when direction is sideways then hold }",
	    "r:1:28: \"sideways\" is no value of \"direction\"; write "
	    "\"inbound\", \"outbound\" or \"internal\"\n" },
	{ "rule a { when sender does contain \"x\" then hold }",
	    "r:1:27: expected \"not\", found \"contain\"\n" },
	{ "rule a { when sender does not is \"x\" then hold }",
	    "r:1:31: expected a test of \"sender\" (\"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\", \"is internal\", \"is external\"), "
	    "found \"is\"\n" },
	{ "rule a { when ((((((((((((((((((((((((((((((((((((((((((((((("
	  "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
	  "((((((((((((always)))))))))))))))))))))))))))))))))))))))))))"
	  ")))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))"
	  ")))))))))))))))) then hold }",
	    "r:1:115: conditions are nested more than 100 deep\n" },
	{ "rule a for each recipient { when any recipient is external "
	  "then reject }",
	    "r:1:34: a rule \"for each recipient\" sees one recipient "
	    "only; write \"recipient ...\"\n" },
	{ "rule a for each recipient { when subject contains \"x\" "
	  "then reject }",
	    "r:1:6: a rule \"for each recipient\" answers at RCPT, "
	    "where \"subject\" is not known yet; leave out \"for "
	    "each recipient\" to decide about the whole message\n" },
	{ "rule a for each recipient { when always then hold }",
	    "r:1:46: a rule \"for each recipient\" can reject or "
	    "tempfail that recipient, or stop\n" },
	{ "rule a { when text has words { a } then hold }",
	    "r:1:6: rule \"a\" tests content (\"text\"), so the file "
	    "must say what happens to what cannot be read: \"unread "
	    "content is held\", \"tempfailed\" or \"delivered\"\n" },
	{ "rule a { when any attachment then hold }",
	    "r:1:6: rule \"a\" tests content (\"attachments\"), so "
	    "the file must say what happens to what cannot be read: "
	    "\"unread content is held\", \"tempfailed\" or \"delivered\"\n" },
	{ "list p = domains { a.example } rule a { when sender "
	  "in p then hold }",
	    "r:1:56: \"p\" is a list of domains: write \"sender domain "
	    "in p\"\n" },
	{ "list p = domains { a.example } rule a { when sender "
	  "domain is p then hold }",
	    "r:1:63: \"p\" is a list of domains: write \"in p\"\n" },
	{ "list p = words { a } rule a { when text contains p then "
	  "hold }",
	    "r:1:27: rule \"a\" tests content (\"text\"), so the "
	    "file must say what happens to what cannot be read: \"unread "
	    "content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:50: \"p\" is a list of words: write \"has words "
	    "p\"\n" },
	{ "list p = words { a } rule a { when sender in p then "
	  "hold }",
	    "r:1:46: \"p\" is a list of words, with which \"sender\" "
	    "cannot be compared\n" },
	{ "list p = names { a } rule a { when sender in pp then "
	  "hold }",
	    "r:1:46: there is no list \"pp\"\n" },
	{ "list p = networks { 10.0.0.0/8 } rule a { when login "
	  "in p then hold }",
	    "r:1:57: \"p\" is a list of networks, with which \"login\" "
	    "cannot be compared\n" },
	{ "rule a { when always then  }",
	    "r:1:28: expected an action behind \"then\"\n" },
	{ "rule a { when always then rejct }",
	    "r:1:27: expected an action (reject, tempfail, discard,"
	    " hold, add, set, remove, redirect, tag, stop), found \"rejct\"; "
	    "did you mean \"reject\"?\n" },
	{ "rule a { when always then reject 450 \"x\" }",
	    "r:1:34: 450 is a code of \"tempfail\"; write \"tempfail 450\" "
	    "or a code such as 550 or 5.7.1\n" },
	{ "rule a { when always then reject 4.7.1 }",
	    "r:1:34: 4.7.1 is a code of \"tempfail\"; write \"tempfail "
	    "4.7.1\" or a code such as 550 or 5.7.1\n" },
	{ "rule a { when always then reject serverity high }",
	    "r:1:34: expected a reply code such as 550 or 5.7.1, a text, "
	    "another action, \"when\", \"except\", \"on failure\", \"unread\","
	    " \"mode\", \"severity\", \"from\", \"until\", \"during\" or "
	    "\"}\", found "
	    "\"serverity\"; did you mean \"severity\"?\n" },
	{ "rule a { when always then reject 5.7 \"x\" }",
	    "r:1:34: expected a reply code such as 550 or 5.7.1 or "
	    "a text, found \"5.7\"\n" },
	{ "rule a { when always then reject \"\303\244\" }",
	    "r:1:34: the text of a reply may have printable ASCII "
	    "characters only\n" },
	{ "rule a { when always then tempfail 550 }",
	    "r:1:36: 550 is a code of \"reject\"; write \"reject 550\" or "
	    "a code such as 451 or 4.7.1\n" },
	{ "rule a { when always then reject hold }",
	    "r:1:34: this is never done, for the rule has ended the "
	    "message or stopped before\n" },
	{ "rule a { when always then discard if empty }",
	    "r:1:38: expected \"none\", found \"empty\"\n" },
	{ "rule a { when always then add }",
	    "r:1:31: expected \"header\" or \"recipient\", found "
	    "\"}\"\n" },
	{ "rule a { when always then add footer }",
	    "r:1:31: expected \"header\" or \"recipient\", found "
	    "\"footer\"\n" },
	{ "rule a { when always then add header X \"y\" }",
	    "r:1:38: expected the header's name in quotes, found "
	    "X without quotes\n" },
	{ "rule a { when always then add header \"X Y\" \"z\" }",
	    "r:1:38: \"X Y\" cannot be the name of a header: "
	    "one has no colon and no blanks\n" },
	{ "rule a { when always then add header \"X\" }",
	    "r:1:42: expected the header's value in quotes, found "
	    "\"}\"\n" },
	{ "rule a { when always then add recipient a,b@c.example "
	  "}",
	    "r:1:41: expected an address such as user@example.com: "
	    "cannot read the address \"a\": it has no domain\n"
	    "r:1:43: expected an action (reject, tempfail, discard,"
	    " hold, add, set, remove, redirect, tag, stop), found "
	    "\"b@c.example\""
	    "\n" },
	{ "rule a { when always then add recipient \"a b\" }",
	    "r:1:41: expected an address such as user@example.com: "
	    "cannot read the address \"a b\": it does not end with "
	    "its domain\n" },
	{ "rule a { when always then redirect a@b.example }",
	    "r:1:36: expected \"to\", found \"a@b.example\"\n" },
	{ "rule a { when always then redirect to }",
	    "r:1:39: expected an address, found \"}\"\n" },
	{ "rule a { when always then remove }",
	    "r:1:34: expected \"header\", \"recipient\", \"recipients\", "
	    "\"external recipients\" or \"internal recipients\", "
	    "found \"}\"\n" },
	{ "rule a { when always then remove external headers }",
	    "r:1:43: expected \"recipients\", found \"headers\"\n" },
	{ "rule a { when always then remove recipients (domain "
	  "is }",
	    "r:1:56: expected a value: a word, a string, a list's "
	    "name or { ... }, found \"}\"\n" },
	{ "rule a { when always then quarantine as \"x\" hold }",
	    "r:1:27: the action \"quarantine\" is not available yet; "
	    "\"hold\" keeps the message in the MTA's queue\n" },
	{ "rule a { when always then notify manager of sender using "
	  "x }",
	    "r:1:27: the action \"notify\" is not available yet\n" },
	{ "rule a { when always then hold \"a\001b\" }",
	    "r:1:32: the reason of a hold may have printable ASCII "
	    "characters only\n" },
	{ "rule a { when always then set recipient a@b.example "
	  "}",
	    "r:1:31: expected \"header\", found \"recipient\"\n" },
	{ "rule a { when always then \"x\" }",
	    "r:1:27: expected an action (reject, tempfail, discard,"
	    " hold, add, set, remove, redirect, tag, stop), found a string\n" },
	{ "rule a { when text has word p then hold }",
	    "r:1:6: rule \"a\" tests content (\"text\"), so the file "
	    "must say what happens to what cannot be read: \"unread "
	    "content is held\", \"tempfailed\" or \"delivered\"\n" },
	{ "rule a { when login is verified and client is verified "
	  "then hold }",
	    "r:1:47: expected a network such as 192.0.2.0/24: \"verified\""
	    " is not an Internet address; write 192.0.2.0/24 or 2001:db8::"
	    "/32\n" },
	{ "list p = words { a } rule a { when subject has word "
	  "p then hold }",
	    "r:1:53: \"p\" is a list of words: write \"has words p\"\n" },
	{ "rule a { when any attachment is encrypted and x then "
	  "hold }",
	    "r:1:6: rule \"a\" tests content (\"attachments\"), so "
	    "the file must say what happens to what cannot be read: "
	    "\"unread content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:47: \"x\" is neither a fact nor a defined condition\n" },
	{ "rule a { when any attachment is brokn then hold }",
	    "r:1:6: rule \"a\" tests content (\"attachments\"), so "
	    "the file must say what happens to what cannot be read: "
	    "\"unread content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:33: \"brokn\" is no value of \"attachment\"; write "
	    "\"encrypted\", \"unscannable\", \"ambiguous\" or \"cut\"\n" },
	{ "rule a { when always then reject 5.7.1.1 }",
	    "r:1:34: expected a reply code such as 550 or 5.7.1 or "
	    "a text, found \"5.7.1.1\"\n" },
	{ "rule a { when always then tempfail 4.7.1 \"x\" stop "
	  "}",
	    "r:1:46: this is never done, for the rule has ended the "
	    "message or stopped before\n" },
	{ "rule a { when always then hold, hold, stop, hold }",
	    "r:1:45: this is never done, for the rule has ended the "
	    "message or stopped before\n" },
	{ "rule a for each recipient { when text has word x then "
	  "reject }",
	    "r:1:6: a rule \"for each recipient\" answers at RCPT, "
	    "where \"text\" is not known yet; leave out \"for each "
	    "recipient\" to decide about the whole message\n" },
	{ "define d = text has word x rule a for each recipient "
	  "{ when d then reject }",
	    "r:1:33: a rule \"for each recipient\" answers at RCPT, "
	    "where \"text\" is not known yet; leave out \"for each "
	    "recipient\" to decide about the whole message\n" },
	{ "list a = words { } rule b { when subject has words a "
	  "or subject in a then hold }",
	    "r:1:68: \"a\" is a list of words: write \"has words "
	    "a\"\n" },
	{ "unread content was held",
	    "r:1:16: expected \"is\", found \"was\"\n" },
	{ "unread counts as match",
	    "r:1:8: expected \"content is ...\", found \"counts\"\n" },
	{ "define x = recipient is internal",
	    "r:1:12: say which: \"any recipient\", \"every recipient\", "
	    "\"no recipient\" or \"at least N recipients\"\n" },
	{ "list p = addresses { \"<>\" }",
	    "r:1:22: expected an address such as user@example.com, "
	    "found \"<>\"\n" },
	{ "list p = domains { \"*.example.com\" }",
	    "r:1:20: expected a domain such as example.com, or .example.co"
	    "m for all below it, found \"*.example.com\"\n" },
	{ "list p = domains { /x/ }",
	    "r:1:20: a list has no regular expressions; use \"matches\"\n" },
	{ "rule a { when any recipient (sender is internal and "
	  "text) then hold }",
	    "r:1:57: expected a test of \"text\" (\"contains\", \"matches\""
	    ", \"has words\", \"has payment-card\"), found \")\"\n" },
	{ "rule a { when at least 2 attachments (name is x then "
	  "hold }",
	    "r:1:6: rule \"a\" tests content (\"attachments\"), so "
	    "the file must say what happens to what cannot be read: "
	    "\"unread content is held\", \"tempfailed\" or \"delivered\"\n"
	    "r:1:49: expected \")\", \"and\" or \"or\", found \"then\"\n" },
	{ "rule a { when no recipient domain then hold }",
	    "r:1:35: expected a test of \"domain\" (\"is\", \"in\", "
	    "\"contains\", \"matches\", \"starts with\", \"ends with\", "
	    "\"exists\", \"is empty\", \"is internal\", \"is external\"), "
	    "found \"then\"\n" },
	{ "rule a { when every external recipient in { a.example "
	  "} then hold }",
	    "r:1:45: expected an address such as user@example.com, "
	    "found \"a.example\"\n" },
	{ "rule a { when client in 10.0.0.0/33 then hold }",
	    "r:1:25: expected a network such as 192.0.2.0/24: \"10.0.0.0/3"
	    "3\": the prefix must be a number from 0 to 32\n" },
	{ "rule a { when client in lan then hold }",
	    "r:1:25: there is no list \"lan\"\n" },
	{ "rule a { when message size over 10 MB and message size "
	  "under then hold }",
	    "r:1:62: expected a size such as 10 MB, found \"then\"\n" },
	{ "rule a { when sender is not then hold }",
	    "r:1:29: expected a value: a word, a string, a list's "
	    "name or { ... }, found \"then\"\n" },
	{ "rule a { when sender is not a@b.example c@d.example "
	  "then hold }",
	    "r:1:41: expected "
	    "\"when\", \"except\", \"then\", \"on failure\", \"unread\","
	    " \"mode\", \"severity\", \"from\", \"until\", \"during\" or "
	    "\"}\", "
	    "found \"c@d.example\"\n" },
	{ "rule a { when subject is /x/ then hold }",
	    "r:1:26: expected a text; a regular expression stands "
	    "behind \"matches\"\n" },
	{ "rule a { when \001always then hold }",
	    "r:1:15: a control character (code 1) does not belong "
	    "in a rule file\n" },
	{ "rule a { when subject contains \"\377\" then hold }",
	    "r:1:8: the \"{\" of rule \"a\" is never closed\n"
	    "r:1:32: this string has no closing \" on its line\n"
	    "r:1:33: this byte (0xff) is not UTF-8; save the file "
	    "as UTF-8\n" },
	{ "rule a { when always then hold ] }",
	    "r:1:32: expected an action (reject, tempfail, discard,"
	    " hold, add, set, remove, redirect, tag, stop), found \"]\"\n" },
	{ "unread content is held "
	  "rule a { when any attachment (extension is .exe) then hold }",
	    "r:1:67: an extension is what stands behind the last dot: write "
	    "\"exe\", not \".exe\"\n" },
	{ "unread content is held list bad = names { exe .scr } "
	  "rule a { when any attachment (extension in bad) then hold }",
	    "r:1:47: an extension is what stands behind the last dot: write "
	    "\"scr\", not \".scr\"\n" },
	{ "rule a { when sender in a@b.c then hold }",
	    "r:1:25: there is no list \"a@b.c\"; for the value itself write: "
	    "in { a@b.c }\n" },
	{ "rule a { when sender is a@b.c, c@d.e then hold }",
	    "r:1:25: several values stand in braces; write: in { a@b.c "
	    "c@d.e }\n" },
	{ "rule a { when sender not in a@b.c, c@d.e then hold }",
	    "r:1:29: several values stand in braces; write: not in { "
	    "a@b.c c@d.e }\n" },
	{ "rule a { when subject contains \"a\", \"b c\", d, e, f and x "
	  "then hold }",
	    "r:1:32: several values stand in braces; write: { \"a\" "
	    "\"b c\" d e ... }\n"
	    "r:1:56: \"x\" is neither a fact nor a defined condition\n" },
	{ "rule a { when to is a@b.c then hold }",
	    "r:1:15: \"to\" is not a fact that rules know; write \"any "
	    "recipient\" for the envelope or header \"To\" for what the "
	    "message says\n" },
	{ "rule a { when cc contains x then hold }",
	    "r:1:15: \"cc\" is not a fact that rules know; write \"any "
	    "recipient\" for the envelope or header \"Cc\" for what the "
	    "message says\n" },
	{ "rule a { when recipients in { a@b.c } then hold }",
	    "r:1:15: \"recipients\" is not a fact that rules know; write "
	    "\"any recipient\" for the envelope or header \"To\" for what "
	    "the message says\n" },
	{ "list x = names { a } ; rule",
	    "r:1:22: nothing ends with \";\" here; leave it out, or put a "
	    "text that has it in double quotes\n"
	    "r:1:28: expected the rule's name, found the end of the "
	    "file\n" },
	/* What is natural to write and not the language. */
	{ "rule a { when sender is *@b.example then hold }",
	    "r:1:25: expected an address such as user@example.com, found "
	    "\"*@b.example\"; for all of a domain test the domain: "
	    "\"sender domain is b.example\"\n" },
	{ "list l = addresses { @b.example } "
	  "rule a { when sender in l then hold }",
	    "r:1:22: expected an address such as user@example.com, found "
	    "\"@b.example\"; for all of a domain test the domain: "
	    "\"sender domain is b.example\"\n" },
	{ "rule a { when sender is a@b.example or c@d.example then hold }",
	    "r:1:40: \"c@d.example\" is neither a fact nor a defined "
	    "condition; several values stand in braces: \"in { ... }\"\n" },
	{ "rule a { when weekday in { sat } then hold }",
	    "r:1:28: \"sat\" is no value of \"weekday\"; write "
	    "\"monday\", \"tuesday\", \"wednesday\", \"thursday\", "
	    "\"friday\", \"saturday\" or \"sunday\"\n" },
	{ "unread content is held "
	  "rule a { when any attachment name matches *.exe then hold }",
	    "r:1:66: expected a regular expression such as /\\.exe$/; the "
	    "end alone is \"ends with .exe\"\n" },
	{ "rule a { when all recipients are external then hold }",
	    "r:1:15: \"all\" is not a fact that rules know; write "
	    "\"every\"\n" },
	{ "rule a { when more than 50 recipients then hold }",
	    "r:1:15: \"more\" is not a fact that rules know; write \"at "
	    "least N\"\n" },
	{ "rule a { when attachment type is executable then hold }",
	    "r:1:15: \"attachment\" is not a fact that rules know; say "
	    "which: \"any attachment\", \"every attachment\", \"no "
	    "attachment\" or \"at least N attachments\"\n" },
	{ "rule a { when always then hold unless sender is a@b.example }",
	    "r:1:32: expected an action (reject, tempfail, discard, hold, "
	    "add, set, remove, redirect, tag, stop), found \"unless\"; write "
	    "\"except\"\n" },
	{ "rule a { when always then hold execpt sender is a@b.example }",
	    "r:1:32: expected an action (reject, tempfail, discard, hold, "
	    "add, set, remove, redirect, tag, stop), found \"execpt\"; did you "
	    "mean \"except\"?\n" },
};

#endif
