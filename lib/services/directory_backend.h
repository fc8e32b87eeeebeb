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
	const char *filter;
	const struct conf_strings *attributes;
};

struct directory_ldap;

/* As directory_open and directory_close; PASSWORD_FILE and CA_FILE are
 * resolved names, "" where there is none.  One mistake ends it. */
struct directory_ldap *directory_ldap_open(
    const struct directory_settings *settings, const char *password_file,
    const char *ca_file, struct err *err);
void directory_ldap_close(struct directory_ldap **ldap);

/* As directory_lookup. */
enum lookup_result directory_ldap_search(struct directory_ldap *ldap,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err);

struct directory_ldif;

/* As directory_open; FILE is the resolved name. */
struct directory_ldif *directory_ldif_open(
    const char *file, struct buf *errors);
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
