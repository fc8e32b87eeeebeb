/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory: LDAP servers, or an LDIF file that is read into memory when
 * the configuration is loaded.  Whichever it is, a lookup is the same.
 *
 * A lookup blocks until its deadline at the most, or for as long as the system
 * takes to resolve a server's name, so it runs on a worker.  All
 * functions may be called by several threads at once, except that nobody may
 * use a directory that is being closed.  The process must ignore SIGPIPE:
 * libldap writes to servers that may be gone.
 */
#ifndef LUMBAR_SERVICES_DIRECTORY_H
#define LUMBAR_SERVICES_DIRECTORY_H

#include "base/conf.h"
#include "base/lookup_result.h"
#include "formats/directory_entry.h"
#include "formats/directory_filter.h"

struct directory;
struct directory_query;

/*
 * directory "NAME" { ... } in a configuration file.  Names of files are
 * relative to the folder of the configuration file.
 */
struct directory_settings {
	const char *name;
	struct conf_place place;
	struct conf_strings uris; /* in the order of preference */
	const char *ldif;         /* instead of URIS */
	const char *base;         /* may hold placeholders */
	const char *bind_dn;      /* "": anonymous */
	const char *password_file;
	const char *ca_file; /* "": as in ldap.conf(5) */
	bool start_tls;      /* on ldap:// */
	/* Microseconds: */
	int64_t connect_timeout;
	int64_t search_timeout;
	int64_t retry_interval; /* between trials of a server that failed */
	int64_t max_connections; /* to all servers together */
};

/* The rows of struct directory_settings, for a conf_section. */
extern const struct conf_row directory_rows[];
enum { DIRECTORY_ROW_COUNT = 11 };

/*
 * Makes a directory from SETTINGS, which outlive it: reads the LDIF file, or
 * the password and the certificates.  No server is contacted yet.  Call it
 * first before there are other threads (TLS libraries initialise themselves).
 * On failure NULL, and ERRORS has a line "FILE:LINE: ..." for each mistake.
 */
struct directory *directory_open(
    const struct directory_settings *settings, struct buf *errors);

/* Closes *DIRECTORY with its connections and clears it; NULL is a no-op. */
void directory_close(struct directory **directory);

/*
 * Prepares a lookup in DIRECTORY, which outlives it: FILTER is a template
 * (directory_template_fill), ATTRIBUTES the names of those wanted.  What is
 * wrong with the filter is found here, not by the first mail.  FILTER NULL is
 * for directory_read only, and matches any entry.  Release with
 * directory_query_free.  NULL with *ERR on failure.
 */
struct directory_query *directory_query_new(struct directory *directory,
    const char *filter, const struct conf_strings *attributes,
    struct err *err);
void directory_query_free(struct directory_query **query);

/*
 * Looks for the one entry that matches QUERY for KEY, whose parts may hold any
 * byte.
 *
 * LOOKUP_FOUND: *ENTRY, in POOL, has the DN and those wanted attributes that
 * the entry has.
 * LOOKUP_NOT_FOUND: the directory was asked and has no such entry.
 * LOOKUP_FAILED: it could not be asked or answered by DEADLINE_US (monotonic
 * microseconds), a limit was reached, the search base does not exist, or more
 * than one entry matches, for then nobody knows which is meant; *ERR tells.
 */
enum lookup_result directory_lookup(const struct directory_query *query,
    const struct directory_key *key, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err);

/*
 * The same, but looks at the entry DN only, wherever that is.
 * LOOKUP_NOT_FOUND: it does not exist, or does not match.
 */
enum lookup_result directory_read(const struct directory_query *query,
    struct span dn, const struct directory_key *key, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err);

#endif
