/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration of lumbar-sign: sign.conf as it is written, and the
 * snapshot that decisions read.
 */
#ifndef LUMBAR_MILTERS_SIGN_CONFIG_H
#define LUMBAR_MILTERS_SIGN_CONFIG_H

#include "base/conf.h"
#include "base/text_map.h"
#include "formats/dkim_signature.h"
#include "milters/sign/sign_table.h"
#include "skeleton/settings.h"

/* Canonicalisation of header and body; the order is that of the choices. */
enum sign_canon {
	SIGN_RELAXED_RELAXED,
	SIGN_RELAXED_SIMPLE,
	SIGN_SIMPLE_RELAXED,
	SIGN_SIMPLE_SIMPLE,
};

/* What becomes of mail with several From fields, or with authors in several
 * domains; the order is that of the choices. */
enum several_authors {
	SEVERAL_REFUSE,
	SEVERAL_FIRST, /* the first one's keys sign */
};

/* Which authors a client that has logged in may be; the order is that of the
 * choices. */
enum bind_logins {
	BIND_NO,      /* any */
	BIND_TABLE,   /* those that a login block or line grants */
	BIND_ADDRESS, /* these, and the login if it is an address itself */
};

/* key "NAME" { ... } */
struct sign_key_conf {
	const char *name;
	struct conf_place place;
	const char *set; /* instead of these three; see key_set.h */
	const char *domain;
	const char *selector;
	const char *file;
	const char *identity;
	int on_bad_key; /* enum bad_key_outcome */
	struct conf_strings from;
};

/* login "NAME" { ... } */
struct sign_login_conf {
	const char *name;
	struct conf_place place;
	struct conf_strings from;
};

/* origin "NAME" { ... } */
struct sign_origin_conf {
	const char *name;
	struct conf_place place;
	struct conf_strings networks;
	struct conf_strings listeners;
	struct conf_strings roles;
	struct conf_strings logins;
	bool local;
	bool bounces;
	struct conf_strings certificates;
	struct conf_strings headers;
};

/* sign.conf, see lumbar-sign.conf(5).  Its texts have passed the checks of the
 * options table. */
struct sign_conf {
	struct settings settings;
	struct conf_strings networks;
	bool logins;
	bool local;
	bool bounces;
	struct conf_strings roles;
	struct conf_strings listeners;
	int several_authors; /* enum several_authors */
	int bind_logins;     /* enum bind_logins */
	struct conf_strings tables;
	int on_bad_key;       /* BAD_KEY_TEMPFAIL or BAD_KEY_PASS */
	int canonicalization; /* enum sign_canon */
	int64_t lifetime;     /* microseconds; 0: without end */
	bool copy_headers;
	bool warn_eight_bit;
	int64_t predict_line_breaks; /* bytes; 0: no */
	struct conf_strings oversign;
	struct conf_strings oversign_present;
	struct conf_strings headers;
	struct conf_items keys;    /* struct sign_key_conf */
	struct conf_items grants;  /* struct sign_login_conf */
	struct conf_items origins; /* struct sign_origin_conf */
};

/* Where receivers look for the public half of a key.  One whose domain is that
 * of the author has a record for the domain of each pattern. */
struct sign_record {
	struct span dns_name; /* SELECTOR._domainkey.DOMAIN */
	struct span domain;   /* may have "*" in it */
	const struct sign_key *key;
};

/* Immutable. */
struct sign_config {
	struct pool *pool;
	struct sign_origins *origins;
	enum several_authors several_authors;
	enum bind_logins bind_logins;
	enum dkim_canon header_canon;
	enum dkim_canon body_canon;
	int64_t lifetime_s; /* 0: no x= */
	bool copy_headers;
	bool warn_eight_bit;
	size_t line_limit; /* of line_break.h; 0: lines arrive as they are */
	struct dkim_field_choice *fields;
	size_t field_count;
	struct sign_key **keys;
	size_t key_count;
	struct sign_key_files *files;
	struct sign_record **records;
	size_t record_count;
	struct text_map *dns_names; /* the records by their DNS name */
	struct sign_table *table;   /* by author */
	struct sign_logins *logins;
	/* Hexadecimal digits of a hash of all keys, with their public halves,
	 * and of what they and the logins are for. */
	char digest[2 * SHA256_SIZE + 1];
};

/*
 * The snapshot for CONF, which it borrows: every key has been read from its
 * file and has signed once, or is known as bad.  Release with
 * sign_config_free.  NULL, and ERRORS has a line for each mistake.  Logs how
 * much was loaded, which keys verifiers may soon refuse, and that there is
 * none.
 */
struct sign_config *sign_config_new(
    const struct sign_conf *conf, struct buf *errors);

/* Releases *CONFIG and clears it; NULL is a no-op. */
void sign_config_free(struct sign_config **config);

/* Adds a line to ERRORS for each key that cannot be used. */
void sign_config_bad_keys(
    const struct sign_config *config, struct buf *errors);

/* The key for the author's domain that signs all mail of DOMAIN, but for
 * authors that something narrower is for, under the selector of KEY; NULL if
 * there is none. */
const struct sign_key *sign_config_key_of_author(
    const struct sign_config *config, struct span domain,
    const struct sign_key *key);

/*
 * 0 if FRESH may take the place of OLD at a reload; else -1, and ERRORS has a
 * line for each reason: a key that has become bad, or that is another one
 * under the same selector.
 */
int sign_config_may_replace(const struct sign_config *old,
    const struct sign_config *fresh, struct buf *errors);

#endif
