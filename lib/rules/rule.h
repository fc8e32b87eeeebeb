/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy rules: the language of lumbar.rules(5), compiled.
 *
 * A rule file is read into an immutable set that all messages share.  For each
 * message a run asks the set what it says, stage by stage, and gives actions as
 * data.  Nothing here reads files, looks anything up or knows the milter
 * protocol, so the daemon, `lumbar explain` and tests evaluate alike.
 */
#ifndef LUMBAR_RULES_RULE_H
#define LUMBAR_RULES_RULE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

enum { RULE_HASH_SIZE = 8 }; /* seven hexadecimal digits and a NUL */

/* When a rule can be answered, in this order. */
enum rule_stage {
	RULE_STAGE_RECIPIENT, /* RCPT: connection, sender, that recipient */
	RULE_STAGE_DATA,      /* the envelope is complete */
	RULE_STAGE_HEADERS,   /* and the header section */
	RULE_STAGE_END,       /* and the body */
};

/* "RCPT", "DATA", "end of headers", "end of message". */
const char *rule_stage_name(enum rule_stage stage);

enum rule_mode {
	MODE_ENFORCE,
	MODE_AUDIT, /* says what it would do, and does nothing */
	MODE_OFF,
};

/* What becomes of a message or recipient when a rule cannot be decided because
 * of a fault. */
enum rule_failure {
	RULE_FAILURE_DEFAULT, /* the listener's outcome */
	RULE_FAILURE_TEMPFAIL,
	RULE_FAILURE_HOLD,
};

/* What becomes of a message of which some content could not be read where a
 * rule had to know it. */
enum rule_unread {
	UNREAD_UNSTATED,
	UNREAD_HELD,
	UNREAD_TEMPFAILED,
	UNREAD_DELIVERED,
	UNREAD_AS_MATCH, /* of one rule: counts as if it matched */
};

/* What the rules of a set must be shown. */
enum rule_needs {
	RULE_NEEDS_HEADERS = 1u << 0,
	RULE_NEEDS_BODY = 1u << 1,
	RULE_NEEDS_CONTENT = 1u << 2, /* the body in its parts */
	RULE_NEEDS_TEXT = 1u << 3,    /* and the text of those */
	RULE_NEEDS_FILE_TYPES = 1u << 4,
	RULE_NEEDS_RECIPIENTS = 1u << 5, /* to be asked at each RCPT */
	RULE_NEEDS_MESSAGE = 1u << 6,    /* to be asked from DATA on */
	RULE_NEEDS_CERTIFICATE = 1u << 7, /* the client's, if it has one */
	RULE_NEEDS_RESULTS = 1u << 8,    /* authserv-ids to trust */
	RULE_NEEDS_DIRECTORY = 1u << 9,  /* a directory to ask about people */
};

/*
 * How the compiler gets the files that rules name (include "FILE", list X =
 * words from "FILE").  NAME is as written; FROM is the name of the file that
 * names it.  0 and *TEXT in POOL with *FULL_NAME, the name for messages, also
 * in POOL; or -1 with *ERR.
 */
struct rule_files {
	int (*read)(void *context, struct span name, struct span from,
	    struct pool *pool, struct span *full_name, struct span *text,
	    struct err *err);
	void *context;
};

struct rule;
struct rule_set;

/*
 * Compiles TEXT, called NAME in messages.  FILES may be NULL: naming a file is
 * then an error.  On failure returns NULL and adds to ERRORS for each mistake
 *
 *     NAME:LINE:COLUMN: what is wrong; what was expected
 *             the line
 *                 ^
 *
 * in the order of the text.  Columns count characters from 1.  Release with
 * rule_set_free.
 */
struct rule_set *rule_set_new(struct span name, struct span text,
    const struct rule_files *files, struct buf *errors)
    __attribute__((warn_unused_result));
void rule_set_free(struct rule_set **set);

/* The first digits of the SHA-256 of all text the set was made of. */
const char *rule_set_hash(const struct rule_set *set);

/* RULE_NEEDS_* of all rules that are not off. */
unsigned rule_set_needs(const struct rule_set *set);

/* What the rules of a set ask a directory about people. */
struct rule_directory {
	struct span *attributes; /* as rules name them, in lower case */
	size_t attribute_count;
	struct span *groups; /* as rules name them; each once */
	size_t group_count;
	bool managers; /* a rule asks for somebody's manager */
};

/* Of all rules of SET; it lives as long as that. */
const struct rule_directory *rule_set_directory(const struct rule_set *set);

/* True if NAME is an attribute that directories have without anybody's
 * declaring it: of RFC 4519, RFC 2798 or Active Directory. */
bool rule_attribute_known(struct span name);

/*
 * Checks that a directory is there where a rule in use needs one (HAS_ONE), and
 * that each attribute is known or one of the COUNT names DECLARED in the file
 * CONF.  0, or -1 and ERRORS has what is wrong, as rule_set_new writes it.
 */
int rule_set_check_directory(const struct rule_set *set, bool has_one,
    const struct span *declared, size_t count, const char *conf,
    struct buf *errors);

/* How many regular expressions run slow; see regex_is_fast. */
size_t rule_set_slow(const struct rule_set *set);

/* Rules that are not off. */
size_t rule_set_count(const struct rule_set *set);

/* All rules, and the id of that of INDEX (from 0). */
size_t rule_set_size(const struct rule_set *set);
struct span rule_set_rule_id(const struct rule_set *set, size_t index);

/* A rule as its author knows it.  Text lives as long as the set. */
struct rule_about {
	struct span id;
	struct span title;
	struct span file; /* in which it stands */
	size_t line;      /* from 1 */
	enum rule_mode mode;
	bool per_recipient;
	enum rule_stage stage; /* at which it is answered at the latest */
	struct span then;      /* its actions, as the file has them */
};

/* All rules of SET in their order, *COUNT of them, in POOL. */
const struct rule_about *rule_set_about(
    const struct rule_set *set, struct pool *pool, size_t *count);

/* "enforce", "audit" or "off". */
const char *rule_mode_name(enum rule_mode mode);

/* The index of RULE in its set, as of an event of a run. */
size_t rule_index(const struct rule *rule);

/*
 * Adds to OUT a line for each rule, with its mode, the stage at which it is
 * answered, the fact that it waits for and whether it asks the directory, and
 * then what deserves a look: lists and conditions that nothing uses, lists with
 * fewer words than a test wants, attributes that the configuration must declare,
 * rules that can never be reached.
 */
void rule_set_report(const struct rule_set *set, struct buf *out);

/* Adds the rules to OUT as a file, each thing written in one way only and with
 * the lists that stand in files; it reads back as the same rules. */
void rule_set_print(const struct rule_set *set, struct buf *out);

/* Adds to OUT a line for each rule whose validity was over at WALL_US (struct
 * moment): it can be deleted. */
void rule_set_report_expired(
    const struct rule_set *set, int64_t wall_us, struct buf *out);

#endif
