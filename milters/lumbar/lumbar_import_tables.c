/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KeyTable and SigningTable of OpenDKIM, or Domain with KeyFile and Selector,
 * as lines of a table of lumbar-sign.
 */
#include "milters/lumbar/lumbar_import.h"

#include "base/err.h"
#include "formats/opendkim_signing.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAEMON_USER "lumbar"

struct key {
	struct span name; /* in the KeyTable */
	struct opendkim_key entry;
	const char *file; /* that the line is in */
	unsigned line;
	size_t position;
	/* The key that has the same DNS name, itself if it was the first. */
	struct key *same;
	bool used; /* its line has been written */
};

struct keys {
	struct key *items; /* sorted by name once all are there */
	size_t count;
};

static int
compare_names(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int result = span_compare(x->name, y->name);

	if (result != 0)
		return result;
	return x->position < y->position ? -1 : x->position > y->position;
}

static int
compare_dns_names(const void *a, const void *b)
{
	const struct key *x = *(struct key *const *)a;
	const struct key *y = *(struct key *const *)b;
	int result = span_compare_case(x->entry.domain, y->entry.domain);

	if (result == 0)
		result =
		    span_compare_case(x->entry.selector, y->entry.selector);
	if (result == 0)
		result =
		    x->position < y->position ? -1 : x->position > y->position;
	return result;
}

static struct key *
find_key(const struct keys *keys, struct span name)
{
	size_t from = 0, to = keys->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (span_compare(keys->items[middle].name, name) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < keys->count && span_equal(keys->items[from].name, name))
		return &keys->items[from];
	return NULL;
}

/* True if WORD can stand in a line of a table. */
static bool
is_word(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((unsigned char)word.ptr[i] <= ' ' || word.ptr[i] == '"' ||
		    word.ptr[i] == '=')
			return false;
	return word.len > 0 && word.ptr[0] != '#';
}

/*
 * True if lumbar-sign will open a file of STATUS: by the rules of secret_read,
 * and as its user, whose name is the default of sign.conf.  Where there is no
 * such user yet, by the rules alone.
 */
static bool
suits_daemon(const struct stat *status)
{
	const struct passwd *user = getpwnam(DAEMON_USER);
	bool is_own = user != NULL && status->st_uid == user->pw_uid;

	if ((status->st_mode & (S_IWGRP | S_IRWXO)) != 0 ||
	    (status->st_uid != 0 && !is_own))
		return false;
	return user == NULL || is_own ||
	    (status->st_gid == user->pw_gid && (status->st_mode & S_IRGRP));
}

/* Tells if lumbar-sign could not open FILE, of KEY. */
static void
check_key_file(const struct key *key, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	struct err err;

	if (fd < 0 || fstat(fd, &status) < 0) {
		(void)err_set_file(&err, file, "opened");
		import_note(key->file, key->line, "%s", err.text);
	} else if (!S_ISREG(status.st_mode)) {
		import_note(key->file, key->line,
		    "%s is not a regular file; name one", file);
	} else if (!suits_daemon(&status)) {
		import_note(key->file, key->line,
		    "%s: only root may change it, and the user " DAEMON_USER
		    " must be able to read it; run (on a copy, while OpenDKIM "
		    "signs with it): chown root:" DAEMON_USER
		    " %s && chmod 0640 %s; then lumbar-sign -n tells whether "
		    "it is",
		    file, file, file);
	}
	if (fd >= 0)
		(void)close(fd);
}

/* The file of KEY as lumbar-sign is to open it; tells if it could not. */
static const char *
key_file(const struct import *import, const struct key *key)
{
	struct span base = import->settings[IMPORT_BASE_DIRECTORY].value;
	const char *file = pool_string(import->pool, key->entry.key);

	if (file[0] != '/' && base.len > 0)
		file = pool_printf(import->pool, "%.*s/%s", SPAN_ARGS(base),
		    file).ptr;
	if (file[0] != '/')
		import_note(key->file, key->line,
		    "%s counts from where OpenDKIM was started; make it "
		    "absolute in the new table",
		    file);
	else
		check_key_file(key, file);
	return file;
}

/* True if KEY can be carried over; else tells why not. */
static bool
check_key(const struct key *key)
{
	const struct opendkim_key *entry = &key->entry;

	if (!opendkim_key_is_file(entry))
		import_note(key->file, key->line,
		    "the private key stands in the table itself; put it into "
		    "a file of its own; left out");
	else if (span_find(entry->key, '%') < entry->key.len)
		import_note(key->file, key->line,
		    "\"%%\" in the name of a file cannot be carried over; "
		    "write a line for each domain; left out");
	else if (!is_word(key->name) || !is_word(entry->domain) ||
	    !is_word(entry->selector) ||
	    span_find(entry->key, '"') < entry->key.len)
		import_note(key->file, key->line,
		    "a quotation mark, \"=\" or control character cannot be "
		    "carried over; left out");
	else
		return true;
	return false;
}

static void
add_key(struct import *import, struct keys *keys, const struct key *key)
{
	if (!check_key(key))
		return;
	keys->items = pool_grow(
	    import->pool, keys->items, keys->count, sizeof(keys->items[0]));
	keys->items[keys->count] = *key;
	keys->items[keys->count].position = keys->count;
	keys->count++;
}

static void
read_key_table(struct import *import, struct keys *keys)
{
	struct opendkim_line line;
	struct import_set set;

	if (!import_set_open(import, IMPORT_KEY_TABLE, &set))
		return;
	while (import_set_next(&set, &line)) {
		struct key key = { .name = line.key, .file = set.file,
			.line = line.number };
		struct err err;

		if (opendkim_key_parse(line.value, &key.entry, &err) < 0)
			import_note(set.file, line.number,
			    "%s; left out", err.text);
		else
			add_key(import, keys, &key);
	}
}

/* Sorts KEYS and finds those that are one under several names. */
static void
index_keys(struct import *import, struct keys *keys)
{
	struct key **sorted = pool_alloc_array(
	    import->pool, keys->count + 1, sizeof(sorted[0]));

	if (keys->count == 0)
		return;
	qsort(keys->items, keys->count, sizeof(keys->items[0]), compare_names);
	for (size_t i = 0; i < keys->count; i++) {
		sorted[i] = &keys->items[i];
		keys->items[i].same = &keys->items[i];
		if (i > 0 &&
		    span_equal(keys->items[i].name, keys->items[i - 1].name))
			import_note(keys->items[i].file, keys->items[i].line,
			    "\"%.*s\" stands twice; the first counts",
			    SPAN_ARGS(keys->items[i].name));
	}
	qsort(sorted, keys->count, sizeof(sorted[0]), compare_dns_names);
	for (size_t i = 1; i < keys->count; i++) {
		struct key *first = sorted[i - 1]->same;

		if (!span_equal_case(
			first->entry.domain, sorted[i]->entry.domain) ||
		    !span_equal_case(
			first->entry.selector, sorted[i]->entry.selector))
			continue;
		sorted[i]->same = first;
		if (!span_equal(first->entry.key, sorted[i]->entry.key))
			import_note(sorted[i]->file, sorted[i]->line,
			    "line %u has another private key under the same "
			    "DNS name; that one is used",
			    first->line);
	}
}

static void
write_key(struct import *import, struct key *key)
{
	const char *file;

	if (key->used)
		return;
	key->used = true;
	file = key_file(import, key);
	(void)buf_printf(&import->table, "key %.*s %.*s %.*s \"%s\"\n",
	    SPAN_ARGS(key->name), SPAN_ARGS(key->entry.domain),
	    SPAN_ARGS(key->entry.selector), file);
}

/* RFC 6376 section 3.5: OpenDKIM leaves i= out where it is not in d=. */
static bool
identity_fits(struct span identity, const struct key *key)
{
	size_t at = span_find_last(identity, '@');
	struct span below = span_slice(identity, at + 1, identity.len);
	struct span domain = key->entry.domain;

	if (at == identity.len || !is_word(identity))
		return false;
	if (span_equal(domain, SPAN("%")))
		return true;
	return span_ends_case(below, domain) &&
	    (below.len == domain.len ||
		below.ptr[below.len - domain.len - 1] == '.');
}

/* Writes one line of authors and the keys that it needs. */
static void
write_from(struct import *import, const struct keys *keys, const char *file,
    const struct opendkim_from *from)
{
	struct span identity = from->identity;
	struct buf names;
	size_t count = 0;

	buf_init(&names, import->table.max);
	for (size_t i = 0; i < from->key_count; i++) {
		struct key *key = find_key(keys, from->keys[i]);

		if (key == NULL) {
			import_note(file, from->line,
			    "the KeyTable has no usable key \"%.*s\"; left "
			    "out",
			    SPAN_ARGS(from->keys[i]));
			continue;
		}
		key = key->same;
		write_key(import, key);
		(void)buf_printf(&names, " %.*s", SPAN_ARGS(key->name));
		count++;
		if (identity.len > 0 && !identity_fits(identity, key)) {
			import_note(file, from->line,
			    "i=%.*s is not in the domain that signs, and "
			    "OpenDKIM leaves it out; so does the new table",
			    SPAN_ARGS(identity));
			identity = SPAN("");
		}
	}
	if (count > 0)
		(void)buf_printf(&import->table, "from %.*s%.*s%s%.*s\n",
		    SPAN_ARGS(from->pattern), SPAN_ARGS(buf_span(&names)),
		    identity.len > 0 ? " identity=" : "",
		    SPAN_ARGS(identity));
	buf_free(&names);
}

/* Translates ENTRIES, which stand in FILE, and writes them with their keys. */
static void
write_signing(struct import *import, const struct keys *keys,
    const char *file, bool is_refile, const struct opendkim_line *entries,
    size_t count)
{
	struct span *names = pool_alloc_array(
	    import->pool, keys->count + 1, sizeof(names[0]));
	struct opendkim_signing signing = {
		.pool = import->pool,
		.is_refile = is_refile,
		.multiple = import_is_true(import, IMPORT_MULTIPLE_SIGNATURES),
		.keys = names,
		.key_count = keys->count,
	};
	struct opendkim_froms froms;

	for (size_t i = 0; i < keys->count; i++)
		names[i] = keys->items[i].name;
	opendkim_signing_translate(&signing, entries, count, &froms);
	for (size_t i = 0; i < froms.note_count; i++)
		import_note(file, froms.notes[i].line, "%.*s",
		    SPAN_ARGS(froms.notes[i].text));
	for (size_t i = 0; i < froms.count; i++)
		write_from(import, keys, file, &froms.items[i]);
	for (size_t i = 0; i < keys->count; i++)
		if (!keys->items[i].same->used)
			import_note(keys->items[i].file, keys->items[i].line,
			    "the key \"%.*s\" signs for nobody; left out",
			    SPAN_ARGS(keys->items[i].name));
}

static void
import_signing_table(struct import *import)
{
	struct keys keys = { NULL, 0 };
	struct opendkim_line *entries = NULL;
	struct opendkim_line line;
	struct import_set set;
	size_t count = 0;

	read_key_table(import, &keys);
	index_keys(import, &keys);
	if (!import_set_open(import, IMPORT_SIGNING_TABLE, &set)) {
		import_note(import->file, 0,
		    "there is no SigningTable that can be read: no key has "
		    "authors to sign for");
		return;
	}
	while (import_set_next(&set, &line)) {
		entries = pool_grow(
		    import->pool, entries, count, sizeof(entries[0]));
		entries[count++] = line;
	}
	write_signing(import, &keys, set.file,
	    set.set.kind == OPENDKIM_REFILE, entries, count);
}

/* One key for all domains: each of them signs for itself. */
static void
import_domains(struct import *import)
{
	const struct import_setting *file = &import->settings[IMPORT_KEY_FILE];
	const struct import_setting *selector =
	    &import->settings[IMPORT_SELECTOR];
	struct keys keys = { NULL, 0 };
	struct opendkim_line *entries = NULL;
	struct opendkim_line line;
	struct import_set set;
	size_t count = 0;

	if (selector->value.len == 0 ||
	    !import_set_open(import, IMPORT_DOMAIN, &set)) {
		import_note(import->file, 0,
		    "there are neither KeyTable and SigningTable nor Domain, "
		    "KeyFile and Selector: nothing is signed");
		return;
	}
	while (import_set_next(&set, &line)) {
		struct key key = { .name = line.key, .file = set.file,
			.line = line.number };

		key.entry = (struct opendkim_key){ line.key, selector->value,
			file->value };
		/* A name without a folder is a file here. */
		if (!opendkim_key_is_file(&key.entry))
			key.entry.key = pool_printf(
			    import->pool, "./%.*s", SPAN_ARGS(file->value));
		add_key(import, &keys, &key);
		line.value = line.key;
		entries = pool_grow(
		    import->pool, entries, count, sizeof(entries[0]));
		entries[count++] = line;
		if (!import_is_true(import, IMPORT_SUB_DOMAINS))
			continue;
		/* For these, and only these, OpenDKIM says i=. */
		line.key = pool_printf(
		    import->pool, ".%.*s", SPAN_ARGS(key.name));
		line.value = pool_printf(import->pool, "%.*s:@%.*s",
		    SPAN_ARGS(key.name), SPAN_ARGS(key.name));
		entries = pool_grow(
		    import->pool, entries, count, sizeof(entries[0]));
		entries[count++] = line;
	}
	index_keys(import, &keys);
	write_signing(import, &keys, set.file, false, entries, count);
}

void
import_tables(struct import *import)
{
	(void)buf_printf(&import->table,
	    "# Made by lumbar import opendkim of %s; see "
	    "lumbar-sign.conf(5).\n",
	    import->file);
	if (import->settings[IMPORT_KEY_TABLE].value.ptr != NULL)
		import_signing_table(import);
	else
		import_domains(import);
}
