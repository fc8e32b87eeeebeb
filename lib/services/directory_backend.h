/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What directory.c asks of the kinds of directory; nobody else includes this.
 */
#ifndef LUMBAR_SERVICES_DIRECTORY_BACKEND_H
#define LUMBAR_SERVICES_DIRECTORY_BACKEND_H

#include "services/directory.h"

/* A query filled in for one lookup. */
struct directory_search {
	const char *base;
	bool base_only; /* and no entry below it, nor is it to exist */
	const char *filter; /* NULL: any */
	const struct conf_strings *attributes;
};

/* What the connections of a directory have in common. */
struct directory_account {
	const char *bind_dn;
	const char *password; /* NULL: anonymous */
	const char *ca_file;  /* "": as in ldap.conf(5) */
	bool start_tls;
};

/* How a search on one server ended. */
struct directory_answer {
	enum lookup_result result;
	bool server_fault; /* with LOOKUP_FAILED: another may do better */
	bool connection_lost;
};

/* One connection to one LDAP server, for one thread at a time. */
struct directory_ldap;

/* 0 if URI names one server and TLS can be set up for it; else -1 with *ERR.
 * No server is contacted. */
int directory_ldap_check(const char *uri,
    const struct directory_account *account, struct err *err);

/* Connects to URI, which outlives the connection, and logs in by DEADLINE_US.
 * NULL with *ERR on failure. */
struct directory_ldap *directory_ldap_open(const char *uri,
    const struct directory_account *account, int64_t deadline_us,
    struct err *err);

/* Says goodbye, closes *LDAP and clears it; NULL is a no-op. */
void directory_ldap_close(struct directory_ldap **ldap);

/* Asks.  Results, POOL, ENTRY, DEADLINE_US and ERR as in directory_lookup.
 * After a server_fault the connection is of no further use. */
struct directory_answer directory_ldap_search(struct directory_ldap *ldap,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err);

/* All servers of one directory. */
struct directory_servers;

/* As directory_open and directory_close; PASSWORD_FILE and CA_FILE are
 * resolved names, "" where there is none.  One mistake ends it. */
struct directory_servers *directory_servers_open(
    const struct directory_settings *settings, const char *password_file,
    const char *ca_file, struct err *err);
void directory_servers_close(struct directory_servers **servers);

/* As directory_lookup. */
enum lookup_result directory_servers_search(struct directory_servers *servers,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err);

struct directory_ldif;

/* As directory_open; FILE is the resolved name of the one in SETTINGS. */
struct directory_ldif *directory_ldif_open(
    const struct directory_settings *settings, const char *file,
    struct buf *errors);
void directory_ldif_close(struct directory_ldif **ldif);

/* As directory_lookup; memory is never late. */
enum lookup_result directory_ldif_search(const struct directory_ldif *ldif,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, struct err *err);

/* LOOKUP_FAILED with an error that names the entries FIRST and SECOND, which
 * both match FILTER. */
enum lookup_result directory_ambiguous(const char *filter, struct span first,
    struct span second, struct err *err);

#endif
