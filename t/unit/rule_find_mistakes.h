/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrong tests of what content has, and what is said of them: one mistake each,
 * in the line of the test (2) or behind it (3).
 */
#ifndef LUMBAR_T_RULE_FIND_MISTAKES_H
#define LUMBAR_T_RULE_FIND_MISTAKES_H

static const struct find_mistake {
	const char *condition;
	size_t line, column;
	const char *said;
} wrong_finds[] = {
	{ "content has payment-crad", 2, 13,
	    "\"payment-crad\" is not a detector that rules know "
	    "(payment-card, iban, us-ssn); did you mean \"payment-card\"?" },
	{ "content has payment_card", 2, 13,
	    "\"payment_card\" is not a detector that rules know "
	    "(payment-card, iban, us-ssn); did you mean \"payment-card\"?" },
	{ "content has ibn", 2, 13,
	    "\"ibn\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"iban\"?" },
	{ "content has us-snn", 2, 13,
	    "\"us-snn\" is not a detector that rules know (payment-card, "
	    "iban, us-ssn); did you mean \"us-ssn\"?" },
	{ "content has ssn", 2, 13,
	    "\"ssn\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"us-ssn\"?" },
	{ "content has cardholder-data", 2, 13,
	    "\"cardholder-data\" is not a detector that rules know "
	    "(payment-card, iban, us-ssn); write \"has words "
	    "cardholder-data\" for a list of words, \"cardholder-data\" "
	    "alone for a condition" },
	{ "content has projects", 2, 13,
	    "\"projects\" is not a detector that rules know (payment-card, "
	    "iban, us-ssn); write \"has words projects\" for a list of "
	    "words, \"projects\" alone for a condition" },
	{ "content has Payment-Card", 2, 13,
	    "\"Payment-Card\" is not a detector that rules know "
	    "(payment-card, iban, us-ssn); did you mean \"payment-card\"?" },
	{ "content has wrds projects", 2, 13,
	    "\"wrds\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"words\"?" },
	{ "content has bic", 2, 13,
	    "the detector \"bic\" is not available yet" },
	{ "content has uk-nhs at least 3 distinct with confidence high "
	  "near words { patient }",
	    2, 13,
	    "the detector \"uk-nhs\" is not available yet" },
	{ "content has fingerprint", 2, 13,
	    "the detector \"fingerprint\" is not available yet" },
	{ "content has de-taxid", 2, 13,
	    "\"de-taxid\" is not a detector that rules know (payment-card, "
	    "iban, us-ssn); did you mean \"de-tax-id\"?" },
	{ "content has", 3, 1,
	    "expected \"word\", \"words\" or a detector such as "
	    "\"payment-card\", found \"then\"" },
	{ "content has and sender is internal", 2, 13,
	    "expected \"word\", \"words\" or a detector such as "
	    "\"payment-card\", found \"and\"" },
	{ "content has \"payment-card\"", 2, 13,
	    "expected \"word\", \"words\" or a detector such as "
	    "\"payment-card\", found a string" },
	{ "content has { iban us-ssn }", 2, 13,
	    "detectors stand one by one: \"content has iban or content has "
	    "us-ssn\"" },
	{ "content has /iban/", 2, 13,
	    "expected \"word\", \"words\" or a detector such as "
	    "\"payment-card\", found a regular expression" },
	{ "content has not iban", 2, 13,
	    "\"not\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); write \"has words not\" for a list of words, \"not\" "
	    "alone for a condition" },
	{ "content does not has iban", 2, 18,
	    "expected a test of \"content\" (\"contains\", \"matches\", "
	    "\"has words\", \"has payment-card\"), found \"has\"" },
	{ "content do not have iban", 2, 9,
	    "expected a test of \"content\" (\"contains\", \"matches\", "
	    "\"has words\", \"has payment-card\"), found \"do\"" },
	{ "content not have iban", 2, 13,
	    "expected a test of \"content\" (\"contains\", \"matches\", "
	    "\"has words\", \"has payment-card\"), found \"have\"" },
	{ "content have iban", 2, 9,
	    "expected a test of \"content\" (\"contains\", \"matches\", "
	    "\"has words\", \"has payment-card\"), found \"have\"" },
	{ "content iban", 2, 9,
	    "expected a test of \"content\" (\"contains\", \"matches\", "
	    "\"has words\", \"has payment-card\"), found \"iban\"" },
	{ "content contain iban", 2, 9,
	    "expected a test of \"content\" (\"contains\", \"matches\", "
	    "\"has words\", \"has payment-card\"), found \"contain\"; did "
	    "you mean \"contains\"?" },
	{ "content is iban", 2, 1,
	    "\"content\" cannot be tested with \"is\"; use \"contains\", "
	    "\"matches\", \"has words\", \"has payment-card\"" },
	{ "content exists", 2, 1,
	    "\"content\" cannot be tested with \"exists\"; use \"contains\", "
	    "\"matches\", \"has words\", \"has payment-card\"" },
	{ "content starts with x", 2, 1,
	    "\"content\" cannot be tested with \"starts with\"; use "
	    "\"contains\", \"matches\", \"has words\", \"has payment-card\"" },
	{ "content over 5 MB", 2, 1,
	    "\"content\" cannot be tested with \"over\"; use \"contains\", "
	    "\"matches\", \"has words\", \"has payment-card\"" },
	{ "contnt has iban", 2, 1,
	    "\"contnt\" is not a fact that rules know; did you mean "
	    "\"content\"?" },
	{ "bdy has iban", 2, 1,
	    "\"bdy\" is not a fact that rules know; did you mean \"body\"?" },
	{ "attachmnts have iban", 2, 1,
	    "\"attachmnts\" is not a fact that rules know; did you mean "
	    "\"attachments\"?" },
	{ "content has iban at", 3, 1,
	    "expected \"least\", found \"then\"" },
	{ "content has iban at lest 3", 2, 21,
	    "expected \"least\", found \"lest\"" },
	{ "content has iban at least", 3, 1,
	    "expected a number from 1 to 1000000, found \"then\"" },
	{ "content has iban at least three", 2, 27,
	    "expected a number from 1 to 1000000, found \"three\"" },
	{ "content has iban at least 0", 2, 27,
	    "expected a number from 1 to 1000000, found \"0\"" },
	{ "content has iban at least 32769", 2, 18,
	    "at most 32768 can be asked for here" },
	{ "content has iban at least 1000001", 2, 27,
	    "expected a number from 1 to 1000000, found \"1000001\"" },
	{ "content has iban at least 3 distnct", 2, 29,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"distnct\"; did you mean \"distinct\"?" },
	{ "content has iban distinct", 2, 18,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"distinct\"" },
	{ "content has iban 3", 2, 18,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"3\"" },
	{ "content has at least 3 iban", 2, 13,
	    "how many stands behind what is found: \"has payment-card at "
	    "least 3\"" },
	{ "content has iban at least 3 at least 4", 2, 29,
	    "\"at\" stands here a second time" },
	{ "content has iban with", 3, 1,
	    "expected \"confidence\", found \"then\"" },
	{ "content has iban with high", 2, 23,
	    "expected \"confidence\", found \"high\"" },
	{ "content has iban with confidnce high", 2, 23,
	    "expected \"confidence\", found \"confidnce\"" },
	{ "content has iban with confidence", 3, 1,
	    "expected \"low\", \"medium\" or \"high\", found \"then\"" },
	{ "content has iban with confidence hihg", 2, 34,
	    "expected \"low\", \"medium\" or \"high\", found \"hihg\"; did "
	    "you mean \"high\"?" },
	{ "content has iban with confidence 85", 2, 34,
	    "expected \"low\", \"medium\" or \"high\", found \"85\"" },
	{ "content has iban with high confidence", 2, 23,
	    "expected \"confidence\", found \"high\"" },
	{ "content has iban with confidence high with confidence low", 2, 39,
	    "\"with\" stands here a second time" },
	{ "content has words projects with confidence high", 2, 33,
	    "only detectors have a confidence" },
	{ "content has word x with confidence low", 2, 25,
	    "only detectors have a confidence" },
	{ "content matches /x/ with confidence low", 2, 26,
	    "only detectors have a confidence" },
	{ "content matches /x/ at least 3", 2, 21,
	    "expected \"when\", \"except\", \"then\", \"on failure\", "
	    "\"unread\", \"mode\", \"severity\", \"from\", "
	    "\"until\", \"during\" or \"}\", found \"at\"" },
	{ "content contains x at least 3", 2, 20,
	    "expected \"when\", \"except\", \"then\", \"on failure\", "
	    "\"unread\", \"mode\", \"severity\", \"from\", "
	    "\"until\", \"during\" or \"}\", found \"at\"" },
	{ "content has iban near", 3, 1,
	    "expected \"word\" or \"words\", found \"then\"" },
	{ "content has iban near projects", 2, 23,
	    "expected \"word\" or \"words\", found \"projects\"" },
	{ "content has iban near { a b }", 2, 23,
	    "expected \"word\" or \"words\", found \"{\"" },
	{ "content has iban near \"account\"", 2, 23,
	    "expected \"word\" or \"words\", found a string" },
	{ "content has iban near iban", 2, 23,
	    "expected \"word\" or \"words\", found \"iban\"" },
	{ "content has iban near words", 3, 1,
	    "expected a value: a word, a string, a list's name or { ... }, "
	    "found \"then\"" },
	{ "content has iban near words account", 2, 29,
	    "there is no list \"account\"" },
	{ "content has iban near words projcts", 2, 29,
	    "there is no list \"projcts\"; did you mean \"projects\"?" },
	{ "content has iban near words partners", 2, 29,
	    "\"partners\" is a list of domains, with which \"content\" "
	    "cannot be compared" },
	{ "content has iban near word projects", 2, 28,
	    "\"projects\" is a list of words: write \"near words "
	    "projects\"" },
	{ "content has iban near words { }", 2, 29,
	    "there is nothing between \"{\" and \"}\"" },
	{ "content has iban near words { /x/ }", 2, 31,
	    "expected a text; a regular expression stands behind \"matches\"" },
	{ "content has iban near words { \"\" }", 2, 31,
	    "an empty text is found everywhere" },
	{ "content has iban near words { a } near words { b }", 2, 35,
	    "\"near\" stands here a second time" },
	{ "content has iban near words a, b", 2, 29,
	    "several values stand in braces; write: { a b }" },
	{ "content has iban within 50 characters", 2, 18,
	    "\"within\" stands behind \"near words ...\"" },
	{ "content has iban near words projects within", 3, 1,
	    "expected a number of characters from 1 to 100000, found "
	    "\"then\"" },
	{ "content has iban near words projects within 0 characters", 2, 45,
	    "expected a number of characters from 1 to 100000, found \"0\"" },
	{ "content has iban near words projects within 100001 "
	  "characters",
	    2, 45,
	    "expected a number of characters from 1 to 100000, found "
	    "\"100001\"" },
	{ "content has iban near words projects within fifty characters", 2, 45,
	    "expected a number of characters from 1 to 100000, found "
	    "\"fifty\"" },
	{ "content has iban near words projects within 50", 3, 1,
	    "expected \"characters\", found \"then\"" },
	{ "content has iban near words projects within 50 words", 2, 48,
	    "expected \"characters\", found \"words\"" },
	{ "content has iban near words projects within 50 chars", 2, 48,
	    "expected \"characters\", found \"chars\"" },
	{ "content has words projects at least 40000 near words { a }", 2, 28,
	    "at most 32768 can be asked for here" },
	{ "content has words projects near words { b } at least 40000", 2, 45,
	    "at most 32768 can be asked for here" },
	{ "sender has iban", 2, 1,
	    "\"sender\" cannot be tested with \"has iban\"; use \"is\", "
	    "\"in\", \"contains\", \"matches\", \"starts with\", \"ends "
	    "with\", \"exists\", \"is empty\", \"is internal\", \"is "
	    "external\"" },
	{ "sender contains x near words { a }", 2, 24,
	    "\"near\" is for texts such as \"content\"; \"sender\" has no "
	    "words" },
	{ "client name matches /x/ near words { a }", 2, 30,
	    "\"near\" is for texts such as \"content\"; \"client name\" has "
	    "no words" },
	{ "message size has iban", 2, 1,
	    "\"message size\" cannot be tested with \"has iban\"; use "
	    "\"over\", \"under\"" },
	{ "login has payment-card", 2, 1,
	    "\"login\" cannot be tested with \"has payment-card\"; use "
	    "\"is\", \"in\", \"contains\", \"matches\", \"starts with\", "
	    "\"ends with\", \"exists\", \"is empty\"" },
	{ "any attachment has iban", 2, 16,
	    "\"attachment\" cannot be tested with \"has iban\"; use \"is\", "
	    "\"in\", or test its text: \"attachment content has iban\"" },
	{ "any attachment (content has ibn)", 2, 29,
	    "\"ibn\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"iban\"?" },
	{ "any attachment (body is x)", 2, 17,
	    "\"body\" cannot be tested with \"is\"; use \"contains\", "
	    "\"matches\", \"has words\", \"has payment-card\"" },
	{ "any attachment content is x", 2, 16,
	    "\"content\" cannot be tested with \"is\"; use \"contains\", "
	    "\"matches\", \"has words\", \"has payment-card\"" },
	{ "any recipient has iban", 2, 15,
	    "\"recipient\" cannot be tested with \"has iban\"; use \"is\", "
	    "\"in\", \"contains\", \"matches\", \"starts with\", \"ends "
	    "with\", \"exists\", \"is empty\", \"is internal\", \"is "
	    "external\"" },
	{ "any header has iban near projects", 2, 26,
	    "expected \"word\" or \"words\", found \"projects\"" },
	{ "header \"X Y\" has iban near words { a }", 2, 1,
	    "\"X Y\" cannot be the name of a header: "
	    "one has no colon and no blanks" },
	{ "recipient has iban", 2, 1,
	    "say which: \"any recipient\", \"every recipient\", \"no "
	    "recipient\" or \"at least N recipients\"" },
	{ "not content has ibn", 2, 17,
	    "\"ibn\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"iban\"?" },
	{ "content has iban, us-ssn", 2, 17,
	    "expected \"when\", \"except\", \"then\", \"on failure\", "
	    "\"unread\", \"mode\", \"severity\", \"from\", "
	    "\"until\", \"during\" or \"}\", found \",\"" },
	{ "content has iban or us-ssn", 2, 21,
	    "\"us-ssn\" is a detector: write \"content has us-ssn\"" },
	{ "content has iban and ibn", 2, 22,
	    "\"ibn\" is neither a fact nor a defined condition" },
	{ "attachments has ibn", 2, 17,
	    "\"ibn\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"iban\"?" },
	{ "attachments do have iban", 2, 16,
	    "expected \"not\", found \"have\"" },
	{ "attachments not have ibn", 2, 22,
	    "\"ibn\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"iban\"?" },
	{ "content has credit-card", 2, 13,
	    "\"credit-card\" is not a detector that rules know "
	    "(payment-card, iban, us-ssn); did you mean \"payment-card\"?" },
	{ "content has SSN at least 2", 2, 13,
	    "\"SSN\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"us-ssn\"?" },
	{ "content has bank-account", 2, 13,
	    "\"bank-account\" is not a detector that rules know "
	    "(payment-card, iban, us-ssn); did you mean \"iban\"?" },
	{ "text has payment-crd", 2, 10,
	    "\"payment-crd\" is not a detector that rules know "
	    "(payment-card, iban, us-ssn); did you mean \"payment-card\"?" },
	{ "subject has iban at least 2 distint", 2, 29,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"distint\"; did you mean \"distinct\"?" },
	{ "header \"X-Ref\" has ibn", 2, 20,
	    "\"ibn\" is not a detector that rules know (payment-card, iban, "
	    "us-ssn); did you mean \"iban\"?" },
	{ "any attachment (name matches /x/ and content has us-sssn)", 2, 50,
	    "\"us-sssn\" is not a detector that rules know (payment-card, "
	    "iban, us-ssn); did you mean \"us-ssn\"?" },
	{ "attachments contain", 3, 1,
	    "expected a value: a word, a string, a list's name or { ... }, "
	    "found \"then\"" },
	{ "content has iban near words projects withn 5 characters", 2, 38,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"withn\"; did you mean \"within\"?" },
	{ "content has iban wiht confidence high", 2, 18,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"wiht\"; did you mean \"with\"?" },
	{ "body has word falcon naer words { x }", 2, 22,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"naer\"; did you mean \"near\"?" },
	{ "body contains falcon within 3 characters", 2, 22,
	    "\"within\" stands behind \"near words ...\"" },
	{ "content has payment-card ner words projects", 2, 26,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"ner\"; did you mean \"near\"?" },
	{ "content has words", 3, 1,
	    "expected a value: a word, a string, a list's name or { ... }, "
	    "found \"then\"" },
	{ "content has word", 3, 1,
	    "expected a value: a word, a string, a list's name or { ... }, "
	    "found \"then\"" },
	{ "content has words { falcon } distinct", 2, 30,
	    "expected \"at least N\", \"at least N distinct\", \"with "
	    "confidence ...\", \"near words ...\" or the end of the test, "
	    "found \"distinct\"" },
};

#endif
