/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/directory.h"

#include "base/xalloc.h"
#include "services/directory_backend.h"

#include <limits.h>
#include <stdlib.h>

#define ROW(member) offsetof(struct directory_settings, member)

enum { DN_MAX = 8192 }; /* bytes of a search base */

const struct conf_row directory_rows[] = {
	{ .key = "uris",
	    .type = CONF_STRINGS,
	    .offset = ROW(uris),
	    .help = "LDAP servers, in the order of preference" },
	{ .key = "ldif",
	    .type = CONF_STRING,
	    .offset = ROW(ldif),
	    .help = "file of entries, instead of servers" },
	{ .key = "base",
	    .type = CONF_STRING,
	    .offset = ROW(base),
	    .help = "DN below which servers search; may hold %d, %u, %s" },
	{ .key = "bind_dn",
	    .type = CONF_STRING,
	    .offset = ROW(bind_dn),
	    .help = "who asks; empty: anonymous" },
	{ .key = "password_file",
	    .type = CONF_STRING,
	    .offset = ROW(password_file),
	    .help = "file with the password of bind_dn in its first line" },
	{ .key = "ca_file",
	    .type = CONF_STRING,
	    .offset = ROW(ca_file),
	    .help = "certificates that servers are checked against; "
		    "empty: as in ldap.conf(5)" },
	{ .key = "start_tls",
	    .type = CONF_BOOL,
	    .offset = ROW(start_tls),
	    .fallback = "yes",
	    .help = "encrypt ldap:// connections; a server that cannot is "
		    "not used" },
	{ .key = "connect_timeout",
	    .type = CONF_DURATION,
	    .offset = ROW(connect_timeout),
	    .fallback = "2s",
	    .min = 100 * 1000,
	    .max = 60 * 1000000,
	    .help = "longest wait for a connection to one server" },
	{ .key = "search_timeout",
	    .type = CONF_DURATION,
	    .offset = ROW(search_timeout),
	    .fallback = "3s",
	    .min = 100 * 1000,
	    .max = 60 * 1000000,
	    .help = "longest wait for one server's answer" },
	{ .key = "retry_interval",
	    .type = CONF_DURATION,
	    .offset = ROW(retry_interval),
	    .fallback = "10s",
	    .min = 100 * 1000,
	    .max = 3600 * INT64_C(1000000),
	    .help = "a server that failed is tried again after this time" },
	{ .key = "max_connections",
	    .type = CONF_INTEGER,
	    .offset = ROW(max_connections),
	    .fallback = "8",
	    .min = 1,
	    .max = 1000,
	    .help = "connections to all servers of the directory together" },
};
_Static_assert(
    sizeof(directory_rows) / sizeof(directory_rows[0]) == DIRECTORY_ROW_COUNT,
    "DIRECTORY_ROW_COUNT counts directory_rows");

struct directory {
	const struct directory_settings *settings;
	/* One of these: */
	struct directory_servers *servers;
	struct directory_ldif *ldif;
};

struct directory_query {
	struct directory *directory;
	struct pool *pool;
	struct span filter; /* template, unless ANY */
	bool any;
	struct conf_strings attributes;
};

/* Finds what does not go together: 0, or -1 with *ERR. */
static int
check_settings(const struct directory_settings *settings, struct err *err)
{
	bool has_ldif = settings->ldif[0] != '\0';

	if (has_ldif && settings->uris.count > 0)
		return err_set(err, ERR_CONFIG,
		    "\"uris\" or \"ldif\" can be set, and not both; remove "
		    "one");
	if (!has_ldif && settings->uris.count == 0)
		return err_set(err, ERR_CONFIG,
		    "one of \"uris\" and \"ldif\" must be set");
	if (has_ldif)
		return 0;
	if (settings->base[0] == '\0')
		return err_set(err, ERR_CONFIG,
		    "\"base\" must be set, such as \"dc=example,dc=com\"");
	if ((settings->bind_dn[0] == '\0') !=
	    (settings->password_file[0] == '\0'))
		return err_set(err, ERR_CONFIG,
		    "\"bind_dn\" and \"password_file\" go together");
	return 0;
}

/* The key with which templates are tried out when they are read. */
static const struct directory_key sample_key = {
	SPAN_INIT("user@example.com"),
	SPAN_INIT("user"),
	SPAN_INIT("example.com"),
};

/* True if each part of TEXT between commas has an attribute and a value, as
 * those of a DN have (RFC 4514 section 3): a server would find "example.com"
 * wrong at each lookup only. */
static bool
is_dn(struct span text)
{
	size_t start = 0, equals = 0;

	for (size_t i = 0; i <= text.len; i++) {
		char c = i < text.len ? text.ptr[i] : ',';

		if (c == '\\') {
			i++;
		} else if (c == '=' && equals == 0) {
			equals = i;
		} else if (c == ',') {
			if (equals <= start)
				return false;
			start = i + 1;
			equals = 0;
		}
	}
	return true;
}

/* Lookups fill the base in, whichever kind of directory it is. */
static int
check_base(const struct directory_settings *settings, struct err *err)
{
	struct buf base;
	int rc;

	buf_init(&base, DN_MAX);
	rc = directory_template_fill(&base, span_of(settings->base),
	    &sample_key, directory_dn_escape, err);
	if (rc == 0 && base.len > 0 && !is_dn(buf_span(&base)))
		rc = err_set(err, ERR_CONFIG,
		    "\"%s\" is no DN; write one such as "
		    "\"dc=example,dc=com\"",
		    settings->base);
	buf_free(&base);
	return rc < 0 ? err_context(err, "base") : 0;
}

static int
open_servers(struct directory *directory, struct pool *pool, struct err *err)
{
	const struct directory_settings *settings = directory->settings;

	directory->servers = directory_servers_open(settings,
	    conf_path(pool, &settings->place, settings->password_file),
	    conf_path(pool, &settings->place, settings->ca_file), err);
	return directory->servers != NULL ? 0 : -1;
}

struct directory *
directory_open(const struct directory_settings *settings, struct buf *errors)
{
	struct directory *directory = xalloc(sizeof(*directory));
	struct pool *pool = pool_new();
	struct err err;
	int rc;

	directory->settings = settings;
	rc = check_settings(settings, &err);
	if (rc == 0)
		rc = check_base(settings, &err);
	if (rc == 0 && settings->ldif[0] == '\0')
		rc = open_servers(directory, pool, &err);
	if (rc < 0) {
		conf_mistake(errors, &settings->place, "directory \"%s\": %s",
		    settings->name, err.text);
	} else if (settings->ldif[0] != '\0') {
		directory->ldif = directory_ldif_open(settings,
		    conf_path(pool, &settings->place, settings->ldif),
		    errors);
	}
	if (directory->servers == NULL && directory->ldif == NULL)
		directory_close(&directory);
	pool_free(&pool);
	return directory;
}

void
directory_close(struct directory **directory)
{
	if (*directory == NULL)
		return;
	directory_servers_close(&(*directory)->servers);
	directory_ldif_close(&(*directory)->ldif);
	free(*directory);
	*directory = NULL;
}

/* A lookup that is the same for every address would find somebody for all. */
static int
check_placeholders(
    const struct directory *directory, const char *filter, struct err *err)
{
	bool in_base = directory->ldif == NULL &&
	    directory_template_has_key(span_of(directory->settings->base));

	if (in_base || directory_template_has_key(span_of(filter)))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is the same for every address; put %%s (address), %%u "
	    "(local part) or %%d (domain) in it, such as (mail=%%s)",
	    filter);
}

/* Fills FILTER in for the sample key and has it read. */
static int
check_filter(const struct directory *directory, const char *filter,
    struct pool *pool, struct err *err)
{
	const struct directory_filter *parsed = NULL;
	struct buf text;
	int rc;

	buf_init(&text, DIRECTORY_FILTER_MAX);
	rc = directory_template_fill(&text, span_of(filter), &sample_key,
	    directory_filter_escape, err);
	/* First as it is written, so that the column told is right. */
	if (rc == 0)
		rc = directory_filter_parse(
		    pool, span_of(filter), &parsed, err);
	if (rc == 0)
		rc = check_placeholders(directory, filter, err);
	if (rc == 0)
		rc = directory_filter_parse(
		    pool, buf_span(&text), &parsed, err);
	if (rc == 0 && directory->ldif != NULL)
		rc = directory_filter_check(parsed, err);
	buf_free(&text);
	return rc;
}

struct directory_query *
directory_query_new(struct directory *directory, const char *filter,
    const struct conf_strings *attributes, struct err *err)
{
	struct directory_query *query;
	struct pool *pool = pool_new();
	const char **names;

	if (filter != NULL && check_filter(directory, filter, pool, err) < 0) {
		pool_free(&pool);
		return NULL;
	}
	query = xalloc(sizeof(*query));
	query->directory = directory;
	query->pool = pool;
	query->any = filter == NULL;
	if (filter != NULL)
		query->filter = pool_dup(pool, span_of(filter));
	names = pool_alloc_array(pool, attributes->count + 1, sizeof(*names));
	for (size_t i = 0; i < attributes->count; i++)
		names[i] = pool_string(pool, span_of(attributes->items[i]));
	query->attributes.items = names;
	query->attributes.count = attributes->count;
	return query;
}

void
directory_query_free(struct directory_query **query)
{
	if (*query == NULL)
		return;
	pool_free(&(*query)->pool);
	free(*query);
	*query = NULL;
}

enum lookup_result
directory_ambiguous(const char *filter, struct span first, struct span second,
    struct err *err)
{
	(void)err_set(err, ERR_INPUT,
	    "the entries \"%.*s\" and \"%.*s\" both match %s; "
	    "only one may",
	    SPAN_ARGS(first), SPAN_ARGS(second), filter);
	return LOOKUP_FAILED;
}

/* Searches below BASE, a DN, or only there. */
static enum lookup_result
search_below(const struct directory_query *query, const char *base,
    bool base_only, const struct directory_key *key, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	const struct directory *directory = query->directory;
	struct directory_search search = {
		.base = base,
		.base_only = base_only,
		.attributes = &query->attributes,
	};
	enum lookup_result result = LOOKUP_FAILED;
	struct buf filter;

	buf_init(&filter, DIRECTORY_FILTER_MAX);
	if (!query->any) {
		if (directory_template_fill(&filter, query->filter, key,
			directory_filter_escape, err) < 0)
			goto out;
		search.filter = buf_string(&filter);
	}
	if (directory->ldif != NULL)
		result = directory_ldif_search(
		    directory->ldif, &search, pool, entry, err);
	else
		result = directory_servers_search(directory->servers, &search,
		    pool, entry, deadline_us, err);
out:
	buf_free(&filter);
	return result;
}

enum lookup_result
directory_lookup(const struct directory_query *query,
    const struct directory_key *key, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	const struct directory *directory = query->directory;
	enum lookup_result result = LOOKUP_FAILED;
	struct buf base;

	buf_init(&base, DN_MAX);
	if (directory_template_fill(&base, span_of(directory->settings->base),
		key, directory_dn_escape, err) == 0)
		result = search_below(query, buf_string(&base), false, key,
		    pool, entry, deadline_us, err);
	if (result == LOOKUP_FAILED)
		(void)err_context(
		    err, "directory \"%s\"", directory->settings->name);
	buf_free(&base);
	return result;
}

enum lookup_result
directory_read(const struct directory_query *query, struct span dn,
    const struct directory_key *key, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	enum lookup_result result = search_below(query, pool_string(pool, dn),
	    true, key, pool, entry, deadline_us, err);

	if (result == LOOKUP_FAILED)
		(void)err_context(err, "directory \"%s\"",
		    query->directory->settings->name);
	return result;
}
