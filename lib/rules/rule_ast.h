/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy rules as plain data: what the parser makes of the text, with the
 * places for errors, and what the check adds (names resolved, operands
 * compiled, stages).  Private to rule_*.c; others use rule.h.
 */
#ifndef LUMBAR_RULES_RULE_AST_H
#define LUMBAR_RULES_RULE_AST_H

#include "base/clock.h"
#include "base/pool.h"
#include "base/span.h"
#include "formats/detector.h"
#include "rules/rule.h"
#include "rules/rule_match.h"
#include "rules/rule_place.h"
#include "rules/rule_table.h"
#include "rules/rule_words.h"

enum rule_token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_REGEX,
	TOKEN_OPEN_BRACE,
	TOKEN_CLOSE_BRACE,
	TOKEN_OPEN_PAREN,
	TOKEN_CLOSE_PAREN,
	TOKEN_OPEN_BRACKET,
	TOKEN_CLOSE_BRACKET,
	TOKEN_EQUALS,
	TOKEN_COMMA,
	TOKEN_BROKEN, /* its error has been reported */
};

struct rule_token {
	enum rule_token_kind kind;
	unsigned regex_flags; /* of enum regex_flag */
	struct span text;     /* STRING and REGEX: without their delimiters */
	struct rule_place place;
	size_t end; /* offset of the byte behind it */
};

/* list NAME = KIND { ... }.  The kinds of rule_list_kinds, in its order. */
enum rule_list_kind {
	LIST_ADDRESSES,
	LIST_DOMAINS,
	LIST_NAMES,
	LIST_NETWORKS,
	LIST_WORDS,
	LIST_MEMBERS, /* of groups of the directory, which are the items */
};

/* Groups of the directory, as indices in rule_directory.groups. */
struct rule_groups {
	size_t *items;
	size_t count;
};

/* Whose entry of the directory is meant. */
enum rule_person_role {
	PERSON_SENDER,
	PERSON_FROM,
	PERSON_RECIPIENT, /* the one that was picked */
};

/* "sender", "manager of recipient", "manager of manager of sender". */
struct rule_person_name {
	enum rule_person_role role;
	unsigned managers; /* how often "manager of" stands before */
};

struct rule_list {
	struct span name;
	enum rule_list_kind kind;
	struct rule_place place;
	struct rule_token *items;
	size_t count;
	bool used;
	bool broken; /* its mistake has been reported */
	unsigned checked; /* bit for each check of values that its items had */
	/* Compiled, by kind: */
	struct rule_names names;
	struct rule_networks networks;
	struct rule_matcher *words;
	struct rule_groups groups;
	/* LIST_WORDS: a test wants more different ones than there are. */
	bool too_short;
};

/* TABLE[KEY].COLUMN: what a column of a table says of a fact. */
struct rule_cell {
	struct rule_place place;
	struct span table_name;
	struct span column_name;
	struct rule_place column_place;
	struct rule_test *key; /* no test: its fact and header only */
	/* The cell as a fact: its text, and when it is known. */
	struct rule_fact fact;
	/* Set by the check: */
	struct rule_table *table;
	struct rule_column *column;
};

/* Minutes of the day; over midnight where TO is not behind FROM. */
struct rule_hours {
	unsigned from, to; /* TO is not among them */
};

/* schedule NAME = weekdays ... hours ... */
struct rule_schedule {
	struct span name;
	struct rule_place place;
	unsigned weekdays; /* bit 0: Monday */
	struct rule_hours *hours;
	size_t hours_count;
	bool used;
};

/* What a test compares with: literals, or a list or table by its name, or a
 * column. */
struct rule_operand {
	struct rule_token *items;
	size_t count;
	bool braced;    /* written in { } */
	bool is_words;  /* written as words { } */
	bool one_word;  /* behind "has word": not the name of a list */
	bool is_group;   /* the items are groups of the directory */
	/* "manager of ...": with whose addresses is compared; else NULL. */
	const struct rule_person_name *person;
	bool near;      /* behind "near", else behind a verb */
	struct rule_list *list; /* by name; set by the check */
	struct rule_table *table; /* likewise */
	struct rule_cell *cell; /* NULL unless a column */
	struct rule_schedule *schedule; /* of a time; set by the check */
	int32_t low, high; /* VERB_FROM: minutes, HIGH not among them, or
	                      dates (rule_time.h), HIGH among them */
	enum clock_zone zone; /* of times */
	/* Compiled, by the type of the fact and the verb: */
	const struct rule_names *names;
	const struct rule_networks *networks;
	const struct rule_matcher *matcher;
	const struct rule_groups *groups;
	uint64_t size;    /* bytes */
	unsigned choices; /* bit for each index of the choice */
};

struct rule_test {
	const struct rule_fact *fact;
	struct span header; /* of a fact that has a name: that */
	struct rule_person_name person; /* of FACT_ATTRIBUTE, FACT_MANAGER */
	struct span attribute;          /* FACT_ATTRIBUTE: in lower case */
	size_t attribute_index; /* in rule_directory.attributes, by check */
	struct rule_cell *cell; /* FACT_CELL */
	enum rule_verb verb;
	bool negated;
	struct rule_operand operand;
	size_t at_least; /* VERB_HAS_*: hits wanted, 1 or more */
	bool distinct;   /* counts different words or numbers, not hits */
	enum detector detector;              /* VERB_HAS_DETECTOR */
	enum detector_confidence confidence; /* likewise: the least */
	/* VERB_HAS_*, VERB_MATCHES: words of which one must stand not more than
	 * WITHIN characters from a hit, as a test of the same fact; or NULL. */
	struct rule_test *near;
	size_t within;
	/* Set by the check: from which stage on FACT and all that it is
	 * compared with are known. */
	enum rule_stage stage;
	unsigned needs; /* RULE_NEEDS_* of them */
};

enum rule_quantity {
	QUANTITY_ANY,
	QUANTITY_EVERY, /* and there is at least one */
	QUANTITY_NO,
	QUANTITY_AT_LEAST,
};

/* Which recipients a quantifier or an action speaks of. */
enum rule_side {
	SIDE_BOTH,
	SIDE_EXTERNAL,
	SIDE_INTERNAL,
};

struct rule_quantifier {
	enum rule_quantity quantity;
	size_t at_least;
	enum rule_noun noun;
	enum rule_side side;
	struct span header; /* NOUN_HEADER: of that name; empty: all */
	struct rule_condition *inner; /* NULL: it is there */
	bool implied; /* not written: "direction ..." of any recipient */
};

enum rule_condition_kind {
	CONDITION_BROKEN, /* its error has been reported */
	CONDITION_AND,
	CONDITION_OR,
	CONDITION_NOT,
	CONDITION_TEST,
	CONDITION_QUANTIFIER,
	CONDITION_DEFINED,
};

struct rule_condition {
	enum rule_condition_kind kind;
	struct rule_place place;
	/* What was written: bytes of place.source->text.  END 0: nothing, it
	 * follows from the condition around it. */
	size_t begin, end;
	/* AND, OR: two or more; NOT: one. */
	struct rule_condition **children;
	size_t child_count;
	union {
		struct rule_test test;
		struct rule_quantifier quantifier;
		struct {
			struct span name;
			struct rule_define *define;
		} defined;
	};
};

/* What a condition needs, and how deep it is. */
struct rule_reach {
	enum rule_stage stage;
	unsigned needs;      /* RULE_NEEDS_* */
	const char *fact;    /* the one for which STAGE is needed, or NULL */
	unsigned height;     /* of conditions inside each other */
	size_t tests;        /* in it, those of definitions at each use */
	/* For each scope a fact of the message that means another one where
	 * one of that scope is picked, or NULL. */
	const char *shadowed[RULE_SCOPE_COUNT];
};

/* define NAME = condition */
struct rule_define {
	struct span name;
	struct rule_place place;
	struct rule_condition *condition;
	bool used;
	/* Set by the check; OPEN while it is being checked, to find circles. */
	enum { DEFINE_NEW, DEFINE_OPEN, DEFINE_DONE } state;
	struct rule_reach reach;
};

/* What becomes of a message is the first of these that a rule has. */
enum rule_action_kind {
	ACTION_REJECT,
	ACTION_TEMPFAIL,
	ACTION_DISCARD,
	ACTION_HOLD,
	ACTION_ADD_HEADER,
	ACTION_SET_HEADER,
	ACTION_REMOVE_HEADER,
	ACTION_TAG_SUBJECT,
	ACTION_ADD_RECIPIENT,
	ACTION_REDIRECT,
	ACTION_REMOVE_RECIPIENTS,
	ACTION_DISCARD_IF_NONE,
	ACTION_STOP,
};

/* True if nothing behind an action of KIND is done or looked at. */
bool rule_action_ends(enum rule_action_kind kind);

/* Bytes of the text of a reply.  A line of SMTP has 512 at most (RFC 5321
 * section 4.5.3.1.5), of which code, rule id and reference need their share. */
enum { RULE_REPLY_MAX = 380 };

struct rule_action {
	enum rule_action_kind kind;
	struct rule_place place;
	unsigned code;        /* REJECT, TEMPFAIL */
	struct span enhanced; /* likewise */
	struct span text;     /* REJECT, TEMPFAIL, HOLD; empty: the title;
	                         TAG_SUBJECT */
	struct span name;     /* headers */
	struct span value;    /* headers; recipient: its address */
	struct rule_cell *cell; /* recipient: its address, instead of VALUE */
	/* REMOVE_RECIPIENTS without an address: those of SIDE for which
	 * CONDITION, if there is one, holds. */
	enum rule_side side;
	struct rule_condition *condition;
};

struct rule {
	size_t index; /* in the set */
	struct span id;
	struct span title;
	struct rule_place place;
	bool per_recipient;
	enum rule_mode mode;
	enum rule_failure on_failure;
	enum rule_unread unread; /* UNREAD_UNSTATED: as the file says */
	struct span severity;
	/* Dates (rule_time.h) from and until which it holds; 0: any. */
	int32_t valid_from, valid_until;
	struct rule_place until_place;
	const struct rule_token *during_name; /* NULL: always */
	struct rule_condition *when;
	struct rule_condition **except;
	size_t except_count;
	struct rule_action *actions;
	size_t action_count;
	size_t then_begin, then_end; /* their bytes in place.source->text */
	/* Set by the check: */
	struct rule_reach reach; /* of its conditions */
	const struct rule_schedule *during;
	enum clock_zone zone; /* of the dates */
};

/* What becomes of a message of which RULE has to know content that was not
 * read. */
enum rule_unread rule_unread_of(
    const struct rule_set *set, const struct rule *rule);

struct rule_set {
	struct pool *pool;
	struct rule **rules;
	size_t rule_count;
	struct rule_list **lists;
	size_t list_count;
	struct rule_table **tables;
	size_t table_count;
	struct rule_define **defines;
	size_t define_count;
	struct rule_schedule **schedules;
	size_t schedule_count;
	enum clock_zone zone; /* of all times and dates */
	struct rule_place zone_place;
	enum rule_unread unread;
	struct rule_place unread_place;
	struct rule_matchers matchers; /* all, to be released with the set */
	struct rule_directory directory;
	struct rule_place *attribute_places; /* where each is named first */
	char hash[RULE_HASH_SIZE];
	unsigned needs; /* of all rules that are not off */
	struct rule_index *index; /* NULL while it is being made */
};

#endif
