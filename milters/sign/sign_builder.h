/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of a snapshot and what they are for, from the blocks of sign.conf
 * and from tables.  First all keys are declared, for a line may name one that
 * stands further down or in another file; then what they are for; last the
 * files are read.
 */
#ifndef LUMBAR_MILTERS_SIGN_BUILDER_H
#define LUMBAR_MILTERS_SIGN_BUILDER_H

#include "milters/sign/sign_config.h"

/* What a name of the administrator's stands for: a key, or all active keys of
 * the set of a block. */
struct named_keys {
	struct conf_place place; /* of the block or line that has the name */
	struct sign_key **items;
	size_t count;
};

/* A snapshot that is being filled. */
struct sign_builder {
	struct sign_config *config;
	const struct sign_conf *conf;
	struct text_map *names; /* struct named_keys */
	struct sha256 *sha256;  /* of all that was taken, in its order */
	struct buf *errors;
	bool failed; /* ERRORS has a line */
};

/* Adds the COUNT WORDS, which stand for something that was taken, to the hash
 * of BUILDER. */
void sign_builder_hash(
    struct sign_builder *builder, const struct span *words, size_t count);

/* A key as it is declared. */
struct sign_key_text {
	struct span name;
	struct span domain; /* "%": that of the author */
	struct span selector;
	struct span file; /* relative to the folder of PLACE */
	struct span identity; /* empty: none */
	enum bad_key_outcome on_bad_key;
	struct conf_place place;
};

/* Notes a mistake about KEY (may be NULL) of the block or line at PLACE. */
void sign_builder_mistake(struct sign_builder *builder,
    const struct conf_place *place, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Declares a key.  NULL after a mistake was noted. */
struct sign_key *sign_builder_add_key(
    struct sign_builder *builder, const struct sign_key_text *text);

/* KEYS sign for authors of PATTERN, with IDENTITY where that is not empty and
 * else each with its own.  WHERE is the key of the configuration at PLACE that
 * says so; may be NULL. */
void sign_builder_add_from(struct sign_builder *builder,
    const struct named_keys *keys, struct span pattern, struct span identity,
    const struct conf_place *place, const char *where);

/* LOGIN may be an author of PATTERN. */
void sign_builder_add_login(struct sign_builder *builder, struct span login,
    struct span pattern, const struct conf_place *place, const char *where);

/* Fills the keys, tables and logins of BUILDER's config. */
void sign_builder_load(struct sign_builder *builder);

#endif
