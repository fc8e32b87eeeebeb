/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a rule file as tokens, each with its place.
 */
#ifndef LUMBAR_RULES_RULE_LEX_H
#define LUMBAR_RULES_RULE_LEX_H

#include "rules/rule_error.h"

/* Tokens of a source, TOKEN_END the last. */
struct rule_tokens {
	struct rule_token *items;
	size_t count;
};

/*
 * Splits SOURCE, which must stay, into *TOKENS, which live in POOL.  What is no
 * token is reported to ERRORS and becomes TOKEN_BROKEN, so that the parser can
 * go on behind it.
 */
void rule_lex(const struct rule_source *source, struct pool *pool,
    struct rule_tokens *tokens, struct rule_errors *errors);

/* For "expected ..., found ...": "\"word\"", "a string", "the end of the
 * file"; in POOL. */
struct span rule_token_name(const struct rule_token *token, struct pool *pool);

/* True if TEXT stands in quotation marks of any kind. */
bool rule_text_is_quoted(struct span text);

/* The offset of the first byte of TEXT that is not UTF-8 (RFC 3629) or a NUL,
 * or TEXT.len. */
size_t rule_find_not_utf8(struct span text);

#endif
