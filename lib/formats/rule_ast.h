/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy rules as plain data: what the parser makes of the text, with the
 * places for errors, and what the check adds (names resolved, operands
 * compiled, stages).  Private to rule_*.c; others use rule.h.
 */
#ifndef LUMBAR_FORMATS_RULE_AST_H
#define LUMBAR_FORMATS_RULE_AST_H

#include "base/pool.h"
#include "base/span.h"
#include "formats/detector.h"
#include "formats/rule.h"
#include "formats/rule_match.h"
#include "formats/rule_words.h"

/* A text that rules are written in; lives in the pool of the set. */
struct rule_source {
	struct span name; /* of the file */
	struct span text;
	size_t order; /* in which it was read; errors are sorted by it */
};

/* Where something stands. */
struct rule_place {
	const struct rule_source *source;
	size_t offset; /* byte in source->text */
};

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
};

struct rule_list {
	struct span name;
	enum rule_list_kind kind;
	struct rule_place place;
	struct rule_token *items;
	size_t count;
	bool used;
	bool broken; /* its mistake has been reported */
	/* Compiled, by kind: */
	struct rule_names names;
	struct rule_networks networks;
	struct rule_matcher *words;
};

/* What a test compares with: literals, or a list by its name. */
struct rule_operand {
	struct rule_token *items;
	size_t count;
	bool braced;    /* written in { } */
	bool is_words;  /* written as words { } */
	bool one_word;  /* behind "has word": not the name of a list */
	bool near;      /* behind "near", else behind a verb */
	struct rule_list *list; /* by name; set by the check */
	/* Compiled, by the type of the fact and the verb: */
	const struct rule_names *names;
	const struct rule_networks *networks;
	const struct rule_matcher *matcher;
	uint64_t size;    /* bytes */
	unsigned choices; /* bit for each index of the choice */
};

struct rule_test {
	const struct rule_fact *fact;
	struct span header; /* FACT_HEADER, FACT_RAW_HEADER: its name */
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

enum rule_action_kind {
	ACTION_REJECT,
	ACTION_TEMPFAIL,
	ACTION_DISCARD,
	ACTION_HOLD,
	ACTION_ADD_HEADER,
	ACTION_SET_HEADER,
	ACTION_REMOVE_HEADER,
	ACTION_ADD_RECIPIENT,
	ACTION_REDIRECT,
	ACTION_REMOVE_RECIPIENTS,
	ACTION_DISCARD_IF_NONE,
	ACTION_STOP,
};

/* True if nothing behind an action of KIND is done or looked at. */
bool rule_action_ends(enum rule_action_kind kind);

struct rule_action {
	enum rule_action_kind kind;
	struct rule_place place;
	unsigned code;        /* REJECT, TEMPFAIL */
	struct span enhanced; /* likewise */
	struct span text;     /* REJECT, TEMPFAIL, HOLD; empty: the title */
	struct span name;     /* headers */
	struct span value;    /* headers; recipient: its address */
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
	struct rule_condition *when;
	struct rule_condition **except;
	size_t except_count;
	struct rule_action *actions;
	size_t action_count;
	size_t then_begin, then_end; /* their bytes in place.source->text */
	/* Set by the check: */
	struct rule_reach reach; /* of its conditions */
};

struct rule_set {
	struct pool *pool;
	struct rule **rules;
	size_t rule_count;
	struct rule_list **lists;
	size_t list_count;
	struct rule_define **defines;
	size_t define_count;
	enum rule_unread unread;
	struct rule_place unread_place;
	struct rule_matchers matchers; /* all, to be released with the set */
	char hash[RULE_HASH_SIZE];
	unsigned needs; /* of all rules that are not off */
	struct rule_index *index; /* NULL while it is being made */
};

#endif
