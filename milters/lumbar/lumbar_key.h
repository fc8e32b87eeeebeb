/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands of lumbar-key(1) have in common: the request as read from
 * the command line, and access to a key set.  Everything that goes wrong is
 * told on standard error; commands return the exit status (sysexits(3)).
 */
#ifndef LUMBAR_MILTERS_LUMBAR_KEY_H
#define LUMBAR_MILTERS_LUMBAR_KEY_H

#include "base/conf.h"
#include "base/crypto.h"
#include "base/pool.h"
#include "milters/sign/key_set.h"

#include <stdbool.h>

/* How records are printed, in the order of the names of --format. */
enum key_format {
	KEY_FORMAT_ZONE,     /* line of a zone file */
	KEY_FORMAT_VALUE,    /* value alone, for web forms */
	KEY_FORMAT_NSUPDATE, /* request for nsupdate(1) */
};

struct key_request {
	struct pool *pool;
	const char *folder; /* of keys and key sets */
	enum key_algorithm algorithm;
	unsigned bits; /* of RSA; 0 until the command line has been read */
	enum key_format format;
	unsigned ttl;     /* of records, seconds */
	const char *file; /* a private key that is in no set; or NULL */
	struct conf_strings servers; /* DNS; none: those of the system */
	unsigned timeout_s;          /* of one lookup */
	unsigned wait_s;             /* for a record to become visible */
	unsigned retire_days;        /* from now to the retirement */
	bool at_once;                /* do not wait for the retirement day */
	/* Key sets for list; else the domain and the selectors. */
	struct span *names; /* lower case, each a DNS name */
	size_t name_count;
};

/* The commands. */
int lumbar_key_generate(struct key_request *request);
int lumbar_key_list(struct key_request *request);
int lumbar_key_dns(struct key_request *request);
int lumbar_key_check(struct key_request *request);
int lumbar_key_activate(struct key_request *request);
int lumbar_key_retire(struct key_request *request);

/* One key, ready to be worked on. */
struct key_subject {
	const struct key_set_key *entry; /* NULL: given by --file */
	struct span selector;
	const char *file; /* as the tool opens it */
	struct signing_key *key;
	struct span public_half; /* see signing_key_public */
	struct span name;        /* of its TXT record, no dot at the end */
};

/* The domain of REQUEST: its first name. */
struct span key_request_domain(const struct key_request *request);

/* The name of the file of the key set of DOMAIN, without its folder, and with
 * it; in the pool of REQUEST. */
const char *key_set_name(const struct key_request *request, struct span domain);
const char *key_set_path(const struct key_request *request, struct span domain);

/* Reads the key set of DOMAIN, as key_set_read; NULL after telling why not. */
const struct key_set *key_set_load(const struct key_request *request,
    struct span domain, struct conf **conf);

/* Loads the private key FILE of SELECTOR and DOMAIN; release it with
 * key_subject_free.  0, or -1 after telling why not. */
int key_subject_load(const struct key_request *request,
    struct key_subject *subject, struct span domain, struct span selector,
    const char *file);
void key_subject_free(struct key_subject *subject);

/* "rsa 2048", "ed25519": what SUBJECT is.  In the pool of REQUEST. */
struct span key_subject_kind(
    const struct key_request *request, const struct key_subject *subject);

struct key_folder;

/* Writes SET into FOLDER in place of the one of its domain.  0, or -1 with
 * *ERR. */
int key_set_store(const struct key_request *request,
    struct key_folder *folder, const struct key_set *set, struct err *err);

/* Tells *ERR; returns the exit status for it. */
int key_request_fail(const struct err *err);

/* Says that the daemon has to be told. */
void key_request_advise_reload(void);

/* The day (UTC) that is DAYS from now. */
const char *key_day(const struct key_request *request, unsigned days);

#endif
