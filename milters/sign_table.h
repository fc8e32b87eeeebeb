/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which keys sign for which author's domain.
 */
#ifndef LUMBAR_MILTERS_SIGN_TABLE_H
#define LUMBAR_MILTERS_SIGN_TABLE_H

#include "base/crypto.h"
#include "base/span.h"

/* A private key and the DNS name of its public half. */
struct sign_key {
	struct signing_key *key;
	struct span domain;   /* d=, in lower case */
	struct span selector; /* s=, in lower case */
	struct span identity; /* i=; empty: none */
};

/* The keys of one pattern; each makes a signature. */
struct sign_keys {
	const struct sign_key **items;
	size_t count;
};

struct sign_table;

/* An empty table.  Release with sign_table_free. */
struct sign_table *sign_table_new(void) __attribute__((warn_unused_result));
void sign_table_free(struct sign_table **table);

/*
 * Adds KEY for PATTERN: a domain in lower case, or "." and a domain for all
 * those below it.  Both are borrowed for the life of TABLE.  A key that was
 * just added for PATTERN is not added again.
 */
void sign_table_add(
    struct sign_table *table, struct span pattern, const struct sign_key *key);

/* The keys that were added for PATTERN itself, or NULL. */
const struct sign_keys *sign_table_get(
    const struct sign_table *table, struct span pattern);

/*
 * The keys for mail from DOMAIN, in any case: those of the domain itself, else
 * of the longest ".parent"; NULL if there is none.  Takes as many steps as
 * DOMAIN has labels, whatever the size of TABLE.
 */
const struct sign_keys *sign_table_find(
    const struct sign_table *table, struct span domain);

#endif
