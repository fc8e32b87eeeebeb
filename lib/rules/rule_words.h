/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vocabulary of the rule language: which facts there are, of which type,
 * when they are known, and every other word, in tables that the parser, the
 * error messages and the tests share.
 */
#ifndef LUMBAR_RULES_RULE_WORDS_H
#define LUMBAR_RULES_RULE_WORDS_H

#include "base/buf.h"
#include "base/span.h"
#include "rules/rule.h"

/* What a fact is, hence which tests it allows. */
enum rule_type {
	TYPE_ADDRESS,   /* of mail */
	TYPE_DOMAIN,
	TYPE_NETWORK,   /* an internet address */
	TYPE_NAME,      /* a word of a protocol; ASCII case does not count */
	TYPE_TEXT,      /* what people write; Unicode case does not count */
	TYPE_LONG_TEXT, /* the same, but searched only */
	TYPE_FILE_TYPE, /* a class of files or a media type */
	TYPE_SIZE,      /* bytes */
	TYPE_ROLE,      /* of the listener */
	TYPE_DIRECTION,
	TYPE_CERTIFICATE, /* of the client: verified or not */
	TYPE_STATE,       /* how well an attachment could be read */
	TYPE_TIME,        /* of the day */
	TYPE_DATE,
	TYPE_WEEKDAY,
	TYPE_MESSAGE, /* of which types the message is */
};

/* Of what a fact speaks.  All but the message's are known only where one
 * recipient, attachment or header has been picked. */
enum rule_scope {
	SCOPE_MESSAGE,
	SCOPE_RECIPIENT,
	SCOPE_ATTACHMENT,
	SCOPE_HEADER,
};
enum { RULE_SCOPE_COUNT = SCOPE_HEADER + 1 };

enum rule_fact_id {
	FACT_CLIENT,
	FACT_CLIENT_NAME,
	FACT_CLIENT_CERTIFICATE,
	FACT_CERTIFICATE_SUBJECT,
	FACT_CERTIFICATE_ISSUER,
	FACT_HELO,
	FACT_LOGIN,
	FACT_LISTENER,
	FACT_LISTENER_ROLE,
	FACT_TLS_VERSION,
	FACT_TLS_CIPHER,
	FACT_SENDER,
	FACT_SENDER_DOMAIN,
	FACT_FROM,
	FACT_FROM_DOMAIN,
	FACT_HEADER,
	FACT_RAW_HEADER,
	FACT_SUBJECT,
	FACT_MESSAGE_SIZE,
	FACT_TEXT,
	FACT_CONTENT,
	FACT_BODY,
	FACT_ATTACHMENTS,
	FACT_ATTACHMENT_TEXT,
	FACT_DIRECTION,
	FACT_HEADER_ADDRESS, /* in a header field of addresses */
	FACT_HEADER_DOMAIN,
	FACT_RESULT, /* of another filter */
	FACT_MESSAGE_TYPE,
	FACT_CHARSET,
	FACT_TOTAL_SIZE, /* of all attachments */
	FACT_TIME,
	FACT_DATE,
	FACT_WEEKDAY,
	FACT_RECIPIENT,
	FACT_RECIPIENT_DOMAIN,
	FACT_ATTACHMENT_STATE,
	FACT_ATTACHMENT_NAME,
	FACT_ATTACHMENT_EXTENSION,
	FACT_ATTACHMENT_TYPE,
	FACT_ATTACHMENT_SIZE,
	FACT_HEADER_NAME,
	FACT_HEADER_VALUE,
	FACT_HEADER_RAW_VALUE,
	FACT_ATTRIBUTE, /* of somebody's entry in the directory */
	FACT_MANAGER,   /* the addresses of somebody's manager */
	FACT_CELL, /* in no table of facts: see struct rule_cell */
};

/* True for facts behind whose phrase a name stands, as in header "To". */
bool rule_fact_is_named(enum rule_fact_id id);

/* True for the addresses of people whom the directory may know. */
bool rule_fact_is_person(enum rule_fact_id id);

/* True if that is the name of a header. */
bool rule_fact_is_header(enum rule_fact_id id);

struct rule_fact {
	const char *phrase; /* words with one blank between */
	enum rule_fact_id id;
	enum rule_type type;
	enum rule_scope scope;
	enum rule_stage stage; /* from which on it is known */
	unsigned needs;        /* RULE_NEEDS_* */
};

extern const struct rule_fact rule_facts_table[];
extern const size_t rule_facts_count;

/* The fact of SCOPE that is called PHRASE, or NULL. */
const struct rule_fact *rule_scope_fact(
    enum rule_scope scope, const char *phrase);

/* True if FACT is text of parts of the message. */
bool rule_fact_is_content(const struct rule_fact *fact);

enum rule_verb {
	VERB_IS,
	VERB_IN,
	VERB_CONTAINS,
	VERB_MATCHES,
	VERB_STARTS_WITH,
	VERB_ENDS_WITH,
	VERB_HAS_WORDS,
	VERB_HAS_DETECTOR,
	VERB_OVER,
	VERB_UNDER,
	VERB_FROM, /* from LOW to HIGH */
	VERB_EXISTS,
	VERB_IS_EMPTY,
	VERB_IS_INTERNAL,
	VERB_IS_EXTERNAL,
	VERB_IS_VERIFIED,
};
enum { RULE_VERB_COUNT = VERB_IS_VERIFIED + 1 };

/* As it is written: "starts with"; of VERB_HAS_DETECTOR an example. */
const char *rule_verb_name(enum rule_verb verb);

/* True if a fact of TYPE may be tested with VERB. */
bool rule_type_allows(enum rule_type type, enum rule_verb verb);

/* Adds "is, in, contains, ...": the tests that TYPE allows. */
void rule_type_verbs(enum rule_type type, struct buf *out);

/* What a quantifier counts. */
enum rule_noun {
	NOUN_RECIPIENT,
	NOUN_ATTACHMENT,
	NOUN_HEADER,
};

/* The scope that NOUN opens. */
enum rule_scope rule_noun_scope(enum rule_noun noun);

/* NULL-terminated lists of words, for the parser and its suggestions.  Those
 * that stand for an enum are in its order. */
extern const char *const rule_item_words[];     /* rule, list, define, ... */
extern const char *const rule_clause_words[];   /* when, except, then, ... */
extern const char *const rule_action_words[];   /* reject, hold, ... */
extern const char *const rule_verb_words[];     /* is, not, contains, ... */
extern const char *const rule_quantity_words[]; /* any, every, no, at */
extern const char *const rule_list_kinds[];     /* enum rule_list_kind */
extern const char *const rule_modes[];          /* enum rule_mode */
extern const char *const rule_failures[];       /* enum rule_failure */
extern const char *const rule_unreads[];        /* enum rule_unread */
extern const char *const rule_severities[];
extern const char *const rule_roles[];          /* enum role */
extern const char *const rule_directions[];     /* enum rule_direction */
extern const char *const rule_states[];         /* of TYPE_STATE */
extern const char *const rule_weekdays[];       /* monday, ... */

/* The PART_* flag of each of rule_states. */
extern const unsigned rule_state_flags[];

/* Words that the grammar knows and this version cannot do yet. */
extern const char *const rule_later_items[];
extern const char *const rule_later_clauses[];
extern const char *const rule_later_actions[];
extern const char *const rule_later_facts[];
extern const char *const rule_later_detectors[];

enum rule_direction {
	DIRECTION_INBOUND,  /* an inbound listener, an internal recipient */
	DIRECTION_OUTBOUND, /* an external recipient */
	DIRECTION_INTERNAL, /* another listener, an internal recipient */
};

/* The index of WORD in LIST, or -1. */
int rule_word_index(const char *const *list, struct span word);

#endif
