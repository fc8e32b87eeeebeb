/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration of lumbar-sign: sign.conf as it is written, and the
 * snapshot that decisions read.
 */
#ifndef LUMBAR_MILTERS_SIGN_CONFIG_H
#define LUMBAR_MILTERS_SIGN_CONFIG_H

#include "base/conf.h"
#include "formats/dkim_signature.h"
#include "formats/ip.h"
#include "milters/sign_table.h"
#include "skeleton/settings.h"

/* Canonicalisation of header and body; the order is that of the choices. */
enum sign_canon {
	SIGN_RELAXED_RELAXED,
	SIGN_RELAXED_SIMPLE,
	SIGN_SIMPLE_RELAXED,
	SIGN_SIMPLE_SIMPLE,
};

/* key "NAME" { ... } */
struct sign_key_conf {
	const char *name;
	struct conf_place place;
	const char *domain;
	const char *selector;
	const char *file;
	const char *identity;
	struct conf_strings from;
};

/* sign.conf, see lumbar-sign.conf(5).  Its texts have passed the checks of the
 * options table. */
struct sign_conf {
	struct settings settings;
	struct conf_strings networks;
	bool logins;
	bool local;
	struct conf_strings roles;
	struct conf_strings listeners;
	int canonicalization; /* enum sign_canon */
	int64_t lifetime;     /* microseconds; 0: without end */
	struct conf_strings oversign;
	struct conf_strings oversign_present;
	struct conf_strings headers;
	struct conf_items keys; /* struct sign_key_conf */
};

/* 0 if NAME is labels of ASCII letters, digits, "-" and "_" with dots between
 * them (RFC 1035 section 2.3.1, and "_"), else -1 with *ERR. */
int sign_check_name(struct span name, struct err *err);

/* Immutable. */
struct sign_config {
	struct pool *pool;
	struct network *networks;
	size_t network_count;
	bool logins;
	bool local;
	unsigned roles; /* bits 1 << enum role */
	const struct conf_strings *listeners;
	enum dkim_canon header_canon;
	enum dkim_canon body_canon;
	int64_t lifetime_s; /* 0: no x= */
	struct dkim_field_choice *fields;
	size_t field_count;
	struct sign_key *keys;
	size_t key_count;
	struct sign_table *table; /* by domain of the author */
};

/*
 * The snapshot for CONF, which it borrows: every key has been read from its
 * file and has signed once.  Release with sign_config_free.  NULL, and ERRORS
 * has a line for each mistake.  Keys that verifiers may soon refuse are
 * logged, and that there is none.
 */
struct sign_config *sign_config_new(
    const struct sign_conf *conf, struct buf *errors);

/* Releases *CONFIG and clears it; NULL is a no-op. */
void sign_config_free(struct sign_config **config);

#endif
