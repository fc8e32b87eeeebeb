/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser's insides, shared by its files: recursive descent over tokens
 * with any lookahead.  A parsing function that finds a mistake reports it,
 * goes to the next place where it can go on, and returns what it has.
 */
#ifndef LUMBAR_RULES_RULE_PARSER_H
#define LUMBAR_RULES_RULE_PARSER_H

#include "base/crypto.h"
#include "rules/rule_ast.h"
#include "rules/rule_error.h"
#include "rules/rule_lex.h"

/* A file being read; those that include each other form a chain. */
struct parser_file {
	const struct rule_source *source;
	const struct parser_file *included_by;
};

struct parser {
	struct rule_set *set; /* being filled */
	struct pool *pool;    /* of SET */
	struct rule_errors *errors;
	const struct rule_files *files; /* may be NULL */
	struct sha256 *sha256;          /* of all text so far */
	size_t source_count;
	const struct parser_file *file;
	struct rule_tokens tokens; /* of FILE */
	size_t at;                 /* the next token */
	unsigned depth;            /* of nested conditions */
	bool per_recipient;        /* the rule is for each recipient */
	enum rule_scope scope;     /* in which the condition stands */
	bool picked; /* the condition speaks of one recipient */
};

/* The AHEADth token from the next one (0); the last one at the end. */
const struct rule_token *parser_peek(const struct parser *parser, size_t ahead);

/* Takes the next token. */
const struct rule_token *parser_take(struct parser *parser);

/* True if the AHEADth token is WORD. */
bool parser_sees(const struct parser *parser, size_t ahead, const char *word);

/* Takes the next token if it is WORD. */
bool parser_accept(struct parser *parser, const char *word);

/* Takes the next token if it is of KIND. */
bool parser_accept_kind(struct parser *parser, enum rule_token_kind kind);

/* Takes the next token if it is of KIND, else reports that WHAT ("\"{\" after
 * the name") was expected.  The token or NULL. */
const struct rule_token *parser_expect(
    struct parser *parser, enum rule_token_kind kind, const char *what);

/* The same for one WORD. */
bool parser_expect_word(struct parser *parser, const char *word);

/* The same for a word of LIST: its index or -1. */
int parser_expect_choice(
    struct parser *parser, const char *const *list, const char *what);

/* Reports that WHAT was expected instead of the next token. */
void parser_unexpected(struct parser *parser, const char *what);

/* True if the AHEADth token begins a clause of a rule or ends the rule. */
bool parser_at_clause(const struct parser *parser, size_t ahead);

/* True if the AHEADth token begins list, define, rule, ... or ends the file. */
bool parser_at_item(const struct parser *parser, size_t ahead);

/* Goes over tokens, with what parentheses and braces enclose, up to one for
 * which STOP is true. */
void parser_skip(struct parser *parser,
    bool (*stop)(const struct parser *parser, size_t ahead));

/* True if a condition, or a test in it, has ended before the AHEADth token. */
bool parser_at_end_of_test(const struct parser *parser, size_t ahead);

/* True if the AHEADth token begins a verb. */
bool parser_at_verb(const struct parser *parser, size_t ahead);

/* The fact with the longest phrase that stands next, of those that SCOPE and
 * the message have.  NULL, or *LENGTH tokens. */
const struct rule_fact *parser_find_fact(const struct parser *parser,
    enum rule_scope scope, size_t *length);

/* Behind the phrase of TEST's fact: the name that some facts have, such as a
 * header's.  0, or -1 after reporting. */
int parser_fact_name(struct parser *parser, struct rule_test *test);

/* Reports a TOKEN that cannot be the name of a rule, list or the like. */
void parser_check_id(struct parser *parser, const struct rule_token *token);

/* Reports that the byte at PLACE is not UTF-8. */
void parser_not_utf8(struct parser *parser, struct rule_place place);

/* True if TABLE[ stands next. */
bool parser_at_cell(const struct parser *parser);

/* Reports that TEST does not take the column that stands at PLACE. */
void parser_no_cell(struct parser *parser, const struct rule_test *test,
    struct rule_place place);

/* TABLE[KEY].COLUMN, the first two tokens of which stand next.  NULL after
 * reporting. */
struct rule_cell *parse_cell(struct parser *parser);

/* A new condition of KIND. */
struct rule_condition *parser_condition(struct parser *parser,
    enum rule_condition_kind kind, struct rule_place place);

/* Goes to the end of the test; the condition that stands for it. */
struct rule_condition *parser_broken(struct parser *parser);

/* The test of FACT, whose phrase has been taken. */
struct rule_condition *parse_test(struct parser *parser,
    const struct rule_fact *fact, struct rule_place place);

/* The same where FACT is of PERSON. */
struct rule_condition *parse_person_test(struct parser *parser,
    const struct rule_person_name *person, const struct rule_fact *fact,
    struct rule_place place);

/* True if the next token is the name of an attribute in the directory, and not
 * what a fact was misspelt to. */
bool parser_at_attribute(const struct parser *parser);

/* "sender ATTRIBUTE ...": takes the attribute behind TEST's fact, if one stands
 * there, and makes it the fact.  0, or -1 after reporting. */
int parse_attribute(struct parser *parser, struct rule_test *test);

/* True if "manager of" stands next. */
bool parser_at_manager(const struct parser *parser);

/* "manager of ..." as a fact, and the test of it. */
struct rule_condition *parse_manager(struct parser *parser);

/* "manager of ...", with which TEST compares.  0, or -1 after reporting. */
int parse_manager_operand(struct parser *parser, struct rule_test *test);

/* group "NAME", behind "in".  0, or -1 after reporting. */
int parse_group_operand(struct parser *parser, struct rule_test *test);

/* Reports a word before a string behind "in" that is nearly "group". */
bool parser_misspelt_group(
    struct parser *parser, const struct rule_test *test);

/* members of group "NAME", with "members" or "group" next: the items of LIST.
 * LIST_MEMBERS, or -1 after reporting. */
int parse_members(struct parser *parser, struct rule_list *list);

/* Reports TOKEN, if it is an attribute that stands alone where nobody is
 * picked. */
bool parser_lone_attribute(
    struct parser *parser, const struct rule_token *token);
/* What a test compares with as next token.  0, or -1 after reporting. */
int parse_operand(struct parser *parser, struct rule_test *test);

/* "has" or "have" has been taken: words or a detector, and parse_finds.  0, or
 * -1 after reporting. */
int parse_has(struct parser *parser, struct rule_test *test);

/* [at least N [distinct]] [with confidence LEVEL] [near words ... [within N
 * characters]], in any order.  0, or -1 after reporting. */
int parse_finds(struct parser *parser, struct rule_test *test);

/* "at" has been taken: "least N".  The count, or 0 after reporting. */
size_t parse_count(struct parser *parser);

/* A condition, or one of kind CONDITION_BROKEN; never NULL. */
struct rule_condition *parse_condition(
    struct parser *parser, enum rule_scope scope);

/* { item item, ... } with the brace as next token. */
void parse_items(struct parser *parser, struct rule_token **items,
    size_t *count);

/* "internal" or "external" if it stands before a noun. */
enum rule_side parse_side(struct parser *parser);

/* The actions behind "then", up to the next clause. */
void parse_actions(struct parser *parser, struct rule *rule);

/* An address as a word or string: it, or empty after reporting. */
struct span parse_address(struct parser *parser);

/* An action that is not available yet, reported when it has been read.  False
 * if none stands next.  Behind a mistake it is left where AT_ACTION is true. */
bool parse_later_action(struct parser *parser,
    bool (*at_action)(const struct parser *parser, size_t ahead));

/* "unread" has been taken: "content is ..." or "counts as match". */
enum rule_unread parse_unread(struct parser *parser, bool in_rule);

/* The rule, from the word behind "rule" up to "}". */
void parse_rule(struct parser *parser);

/* list NAME = ..., from the name on. */
void parse_list(struct parser *parser);

/* table NAME = ..., from the name on. */
void parse_table(struct parser *parser);

/* schedule NAME = ..., from the name on. */
void parse_schedule(struct parser *parser);

/* timezone "...", of which KEYWORD has been taken. */
void parse_timezone(struct parser *parser, const struct rule_token *keyword);

/* True if "from DATE" stands at the AHEADth token: a clause, not the fact. */
bool parser_at_validity(const struct parser *parser, size_t ahead);

/* The clauses whose first word has been taken: from DATE, until DATE, during
 * SCHEDULE. */
void parse_valid_from(struct parser *parser, struct rule *rule);
void parse_valid_until(struct parser *parser, struct rule *rule);
void parse_during(struct parser *parser, struct rule *rule);

/* "from" has been taken in a test of a time, date or weekday: LOW to HIGH.  0,
 * or -1 after reporting. */
int parse_range(struct parser *parser, struct rule_test *test);

/* The clauses of a rule, for "expected ..., found ...". */
#define PARSER_CLAUSES \
	"\"when\", \"except\", \"then\", \"on failure\", \"unread\", " \
	"\"mode\", \"severity\", \"from\", \"until\", \"during\" or \"}\""

/*
 * Parses TEXT, called NAME, into PARSER->set, and what it includes.
 */
void parse_file(struct parser *parser, struct span name, struct span text);

/* Reads the file that TOKEN, a string, names.  NULL when it cannot be read,
 * which has been reported. */
const struct rule_source *parser_read(
    struct parser *parser, const struct rule_token *token);

#endif
