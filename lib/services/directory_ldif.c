/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory in an LDIF file, for sites without a server and for tests.  A
 * lookup goes through all entries: meant for thousands of them, not millions.
 */
#include "services/directory_backend.h"

#include "base/file.h"
#include "base/xalloc.h"
#include "formats/ldif.h"

#include <stdlib.h>

enum {
	FILE_MAX = 64 * 1024 * 1024, /* bytes */
	MISTAKES_MAX = 20,           /* told of one file */
};

struct directory_ldif {
	struct pool *pool;
	struct directory_entry *entries;
	size_t count;
};

/* Reads the entries of TEXT; returns how many mistakes it told. */
static unsigned
read_entries(struct directory_ldif *ldif, const char *file, struct span text,
    struct buf *errors)
{
	struct directory_entry entry;
	enum ldif_result result;
	struct ldif reader;
	struct err err;
	unsigned line;
	unsigned mistakes = 0;

	ldif_init(&reader, pool_dup(ldif->pool, text));
	do {
		result = ldif_next(&reader, ldif->pool, &entry, &line, &err);
		if (result == LDIF_ENTRY) {
			ldif->entries = pool_grow(ldif->pool, ldif->entries,
			    ldif->count, sizeof(entry));
			ldif->entries[ldif->count++] = entry;
		}
		if (result == LDIF_MISTAKE) {
			(void)buf_printf(
			    errors, "%s:%u: %s\n", file, line, err.text);
			mistakes++;
		}
	} while (result != LDIF_END && mistakes < MISTAKES_MAX);
	return mistakes;
}

/* Notes what is wrong with the file as a whole where SETTINGS name it. */
static void
wrong_file(const struct directory_settings *settings, const struct err *err,
    struct buf *errors)
{
	struct conf_place place = conf_key_place(&settings->place, "ldif");

	conf_mistake(errors, &place, "directory \"%s\": ldif: %s",
	    settings->name, err->text);
}

/* Whoever stands behind the place where a file was cut off would be unknown. */
static bool
ends_within_line(struct span text)
{
	return text.len > 0 && text.ptr[text.len - 1] != '\n';
}

struct directory_ldif *
directory_ldif_open(const struct directory_settings *settings,
    const char *file, struct buf *errors)
{
	struct directory_ldif *ldif = xalloc(sizeof(*ldif));
	struct buf text;
	struct err err;

	ldif->pool = pool_new();
	buf_init(&text, FILE_MAX);
	if (file_read(file, &text, &err) < 0) {
		if (text.full)
			(void)err_set(&err, ERR_LIMIT,
			    "%s: larger than %d bytes; use an LDAP server",
			    file, FILE_MAX);
		wrong_file(settings, &err, errors);
		directory_ldif_close(&ldif);
	} else if (read_entries(ldif, file, buf_span(&text), errors) > 0) {
		directory_ldif_close(&ldif);
	} else if (ends_within_line(buf_span(&text))) {
		(void)err_set(&err, ERR_CONFIG,
		    "%s: the last line has no end, as of a file that was cut "
		    "off; export the directory again, or end the line", file);
		wrong_file(settings, &err, errors);
		directory_ldif_close(&ldif);
	} else if (ldif->count == 0) {
		/* What an export that failed leaves behind: everybody would be
		 * unknown, and refused for good. */
		(void)err_set(&err, ERR_CONFIG,
		    "%s: no entries; export the directory again", file);
		wrong_file(settings, &err, errors);
		directory_ldif_close(&ldif);
	}
	buf_free(&text);
	return ldif;
}

void
directory_ldif_close(struct directory_ldif **ldif)
{
	if (*ldif == NULL)
		return;
	pool_free(&(*ldif)->pool);
	free(*ldif);
	*ldif = NULL;
}

static bool
is_wanted(struct span name, const struct conf_strings *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (directory_attribute_is(name, span_of(wanted->items[i])))
			return true;
	return false;
}

/* Copies the WANTED attributes of FROM: an answer outlives a reload. */
static void
copy_entry(struct pool *pool, const struct directory_entry *from,
    const struct conf_strings *wanted, struct directory_entry *entry)
{
	*entry = (struct directory_entry){ .dn = pool_dup(pool, from->dn) };
	for (size_t i = 0; i < from->attribute_count; i++) {
		const struct directory_attribute *attribute =
		    &from->attributes[i];
		struct span name;

		if (!is_wanted(attribute->name, wanted))
			continue;
		name = pool_dup(pool, attribute->name);
		for (size_t k = 0; k < attribute->value_count; k++)
			(void)directory_entry_add(entry, pool, name,
			    pool_dup(pool, attribute->values[k]), NULL);
	}
}

static bool
matches(const struct directory_search *search,
    const struct directory_filter *filter,
    const struct directory_entry *entry)
{
	/* The base of a whole search is that of servers; a file has none. */
	if (search->base_only &&
	    !directory_dn_equal(entry->dn, span_of(search->base)))
		return false;
	return filter == NULL || directory_filter_match(filter, entry);
}

enum lookup_result
directory_ldif_search(const struct directory_ldif *ldif,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, struct err *err)
{
	const struct directory_entry *found = NULL;
	const struct directory_filter *filter = NULL;

	if (search->filter != NULL &&
	    directory_filter_parse(
		pool, span_of(search->filter), &filter, err) < 0)
		return LOOKUP_FAILED;
	for (size_t i = 0; i < ldif->count; i++) {
		if (!matches(search, filter, &ldif->entries[i]))
			continue;
		if (found != NULL)
			return directory_ambiguous(
			    search->filter != NULL ? search->filter
						   : search->base,
			    found->dn, ldif->entries[i].dn, err);
		found = &ldif->entries[i];
	}
	if (found == NULL)
		return LOOKUP_NOT_FOUND;
	copy_entry(pool, found, search->attributes, entry);
	return LOOKUP_FOUND;
}
