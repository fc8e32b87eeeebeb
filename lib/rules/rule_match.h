/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tests compare with, compiled: sets of names, sets of networks, and
 * needles to look for in text.
 *
 * The matcher is an interface: a text and a set of needles give hits.  Here
 * every needle is looked for by itself; one automaton for the needles of all
 * rules can take its place without a change to its callers.
 */
#ifndef LUMBAR_RULES_RULE_MATCH_H
#define LUMBAR_RULES_RULE_MATCH_H

#include "base/pool.h"
#include "formats/ip.h"
#include "formats/regex.h"

/* Names of a protocol, compared without regard to ASCII case. */
struct rule_names {
	struct span *items; /* in lower case; sorted once complete */
	size_t count;
};

/* Adds NAME; its lower-case copy lives in POOL. */
void rule_names_add(
    struct rule_names *names, struct pool *pool, struct span name);

/* To be called once behind the last rule_names_add. */
void rule_names_sort(struct rule_names *names);

/* True if NAME is in NAMES. */
bool rule_names_have(const struct rule_names *names, struct span name);

/* True if DOMAIN is in NAMES or lies below an entry that starts with ".". */
bool rule_names_have_domain(
    const struct rule_names *names, struct span domain);

struct rule_networks {
	struct network *items;
	size_t count;
};

/* Adds NETWORK; the array grows in POOL. */
void rule_networks_add(struct rule_networks *networks, struct pool *pool,
    const struct network *network);
/* True if IP lies in one of NETWORKS. */
bool rule_networks_have(
    const struct rule_networks *networks, const struct ip *ip);

/* How a needle that is not an expression is looked for. */
enum rule_needle {
	NEEDLE_ANYWHERE,
	NEEDLE_WORD, /* between word borders; a blank is any run of blanks */
	NEEDLE_AT_START,
	NEEDLE_AT_END,
	NEEDLE_WHOLE, /* the text is the needle */
};

struct rule_matcher;

/* All matchers of a set, so that they can be released with it. */
struct rule_matchers {
	struct rule_matcher *first;
	size_t slow; /* expressions for which regex_is_fast is false */
};

/* A matcher without needles; it lives until rule_matchers_free. */
struct rule_matcher *rule_matcher_new(
    struct rule_matchers *matchers, struct pool *pool);
void rule_matchers_free(struct rule_matchers *matchers);

/* Adds the text NEEDLE, compared without regard to Unicode case.  0, or -1
 * with *ERR (it is not UTF-8, or longer than an expression may be). */
int rule_matcher_add(struct rule_matcher *matcher, struct span needle,
    enum rule_needle how, struct err *err);

/* Adds a regular expression; see regex_new. */
int rule_matcher_add_regex(struct rule_matcher *matcher, struct span pattern,
    unsigned flags, size_t *offset, struct err *err);

/* NEEDLE as NEEDLE_WORD finds it, in POOL: equal to that of any other that
 * finds the same.  Letters beyond ASCII are taken as they are written. */
struct span rule_word_key(struct span needle, struct pool *pool);

struct rule_hits {
	size_t total;    /* all hits in all texts so far, up to WANTED */
	size_t distinct; /* different needles among them, up to WANTED */
	bool *seen;      /* for each needle; NULL where DISTINCT is not asked */
};

/* Makes *HITS ready for MATCHER; COUNT_DISTINCT as rule_test.distinct. */
void rule_hits_init(struct rule_hits *hits, const struct rule_matcher *matcher,
    bool count_distinct, struct pool *pool);

/*
 * Looks for the needles of MATCHER in TEXT, and stops at WANTED hits (different
 * needles where those are counted).  0, or -1 with *ERR when a needle could not
 * be looked for to the end; hits found elsewhere count all the same.
 */
int rule_matcher_find(const struct rule_matcher *matcher, struct span text,
    struct regex_scratch *scratch, size_t wanted, struct rule_hits *hits,
    struct err *err);

/* How many needles MATCHER has. */
size_t rule_matcher_count(const struct rule_matcher *matcher);

/*
 * Looks for the needle of index NEEDLE alone, from byte *FROM of TEXT on.
 * REGEX_MATCH fills *MATCH and moves *FROM behind it, so that the next call
 * finds the next; beyond TEXT.len there is none.
 */
enum regex_result rule_matcher_next(const struct rule_matcher *matcher,
    size_t needle, struct span text, size_t *from,
    struct regex_scratch *scratch, struct regex_match *match,
    struct err *err);

#endif
