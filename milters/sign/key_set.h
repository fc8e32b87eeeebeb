/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A key set: the private keys of one signing domain, and which of them sign.
 *
 * It is the file DOMAIN.keys in a folder that also holds the keys.  Only
 * lumbar-key(1) writes it, whole and by rename(2), so that a reader sees the
 * old or the new one; sign.conf, which an administrator writes, names it.  A
 * key's file is never written again under its name, so that a selector always
 * means the same key.
 */
#ifndef LUMBAR_MILTERS_KEY_SET_H
#define LUMBAR_MILTERS_KEY_SET_H

#include "base/conf.h"
#include "base/span.h"

#define KEY_SET_SUFFIX ".keys"

enum {
	KEY_SET_MAX = 1000, /* keys in one set */
	KEY_DAY_SIZE = 11,  /* "2026-11-22" and a NUL */
};

/* What becomes of a key, in the order of its life and of the choices. */
enum key_state {
	KEY_PENDING,  /* does not sign: its record is not known to be visible */
	KEY_ACTIVE,   /* signs */
	KEY_RETIRING, /* signs no more; its record stays for mail on its way */
};

/* key "SELECTOR" { ... } */
struct key_set_key {
	const char *selector; /* lower case */
	struct conf_place place;
	const char *file; /* private key in PEM; see conf_path with PLACE */
	int state;        /* enum key_state */
	const char *since;   /* day (UTC) when STATE began; "": not known */
	const char *retires; /* KEY_RETIRING: the day from which neither key
	                        nor record is needed; else "" */
};

struct key_set {
	struct conf_place place;
	const char *domain;     /* lower case */
	struct conf_items keys; /* struct key_set_key */
};

/* "pending", "active", "retiring". */
const char *key_state_name(enum key_state state);

/*
 * Reads the key set FILE.  What is returned lives as long as *CONF, to be
 * released with conf_free; no private key is read.  NULL on failure, *CONF is
 * NULL then, and ERRORS has a line for each mistake.  One thread at a time, as
 * with conf_read.
 */
const struct key_set *key_set_read(
    const char *file, struct conf **conf, struct buf *errors);

/* The key of SELECTOR in SET, or NULL. */
const struct key_set_key *key_set_find(
    const struct key_set *set, struct span selector);

/* Appends SET as a file to TEXT. */
void key_set_print(const struct key_set *set, struct buf *text);

#endif
