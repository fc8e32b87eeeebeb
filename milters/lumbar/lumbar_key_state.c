/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar key generate, list and retire: keys come, are shown, and go.
 */
#include "milters/lumbar/lumbar_key.h"

#include "formats/dkim_record.h"
#include "milters/lumbar/key_folder.h"
#include "milters/lumbar/lumbar.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { SETS_MAX = 1000000 }; /* key sets in a folder */

/* A letter for the algorithm, so that two keys made on one day differ. */
static struct span
default_selector(const struct key_request *request)
{
	const char *day = key_day(request, 0);

	return pool_printf(request->pool, "%c%.4s%.2s%.2s",
	    request->algorithm == KEY_RSA ? 's' : 'e', day, day + 5, day + 8);
}

/* Makes the file of a new key; 0 or -1. */
static int
add_key_file(const struct key_request *request, struct key_folder *folder,
    const char *name, struct err *err)
{
	struct signing_key *key =
	    signing_key_generate(request->algorithm, request->bits, err);
	struct secret pem = { NULL, 0 };
	int result = -1;

	if (key != NULL && signing_key_pem(key, &pem, err) == 0)
		result = key_folder_add(folder, name, secret_span(&pem), err);
	secret_free(&pem);
	signing_key_free(&key);
	return result;
}

/* Adds the key of SELECTOR to OLD, which may be NULL: there is no set yet. */
static int
add_key(const struct key_request *request, struct key_folder *folder,
    const struct key_set *old, struct span selector, struct err *err)
{
	struct span domain = key_request_domain(request);
	size_t count = old != NULL ? old->keys.count : 0;
	struct key_set_key *keys =
	    pool_alloc_array(request->pool, count + 1, sizeof(keys[0]));
	struct key_set set = { .domain = domain.ptr };
	const char *file = pool_printf(request->pool,
	    "%.*s._domainkey.%.*s.pem", SPAN_ARGS(selector),
	    SPAN_ARGS(domain)).ptr;

	if (old != NULL && key_set_find(old, selector) != NULL)
		return err_set(err, ERR_CONFIG,
		    "%s has a key %.*s already; choose another selector",
		    key_set_path(request, domain), SPAN_ARGS(selector));
	if (count == KEY_SET_MAX)
		return err_set(err, ERR_LIMIT, "%s has %d keys; retire some",
		    key_set_path(request, domain), KEY_SET_MAX);
	if (count > 0)
		memcpy(keys, old->keys.items, count * sizeof(keys[0]));
	keys[count] = (struct key_set_key){
		.selector = selector.ptr,
		.file = file,
		.state = KEY_PENDING,
		.since = key_day(request, 0),
		.retires = "",
	};
	set.keys = (struct conf_items){ keys, count + 1 };
	/* The key first: a set must not name what is not there. */
	if (add_key_file(request, folder, file, err) < 0 ||
	    key_set_store(request, folder, &set, err) < 0)
		return -1;
	printf("%s/%s: written\n", request->folder, file);
	return 0;
}

int
lumbar_key_generate(struct key_request *request)
{
	struct span domain = key_request_domain(request);
	struct span selector = request->name_count > 1
	    ? request->names[1]
	    : default_selector(request);
	const char *path = key_set_path(request, domain);
	struct key_folder *folder = NULL;
	const struct key_set *old = NULL;
	struct conf *conf = NULL;
	int status = EX_OK;
	struct err err;

	folder = key_folder_open(request->folder, &err);
	if (folder == NULL)
		return key_request_fail(&err);
	if (access(path, F_OK) == 0) {
		old = key_set_load(request, domain, &conf);
		if (old == NULL) {
			status = EX_CONFIG;
			goto out;
		}
	}
	if (add_key(request, folder, old, selector, &err) < 0) {
		status = key_request_fail(&err);
		goto out;
	}
	printf("%s: %.*s is pending and does not sign yet\n"
	       "Next, publish its record and activate it:\n"
	       "  lumbar key dns -k %s %.*s %.*s\n"
	       "  lumbar key activate -k %s %.*s %.*s\n",
	    path, SPAN_ARGS(selector), request->folder, SPAN_ARGS(domain),
	    SPAN_ARGS(selector), request->folder, SPAN_ARGS(domain),
	    SPAN_ARGS(selector));
	if (old == NULL)
		printf("and name the key set in a block of sign.conf:\n"
		       "  key \"%.*s\" { set = \"%s\" }\n",
		    SPAN_ARGS(domain), path);
out:
	conf_free(&conf);
	key_folder_close(&folder);
	return status;
}

/* Shows the keys of DOMAIN, one line each; an exit status. */
static int
list_set(const struct key_request *request, struct span domain)
{
	struct conf *conf = NULL;
	const struct key_set *set = key_set_load(request, domain, &conf);
	const struct key_set_key *keys;
	int status = EX_OK;

	if (set == NULL)
		return EX_CONFIG;
	keys = set->keys.items;
	for (size_t i = 0; i < set->keys.count; i++) {
		struct key_subject subject;

		if (key_subject_load(request, &subject, domain,
			span_of(keys[i].selector),
			conf_path(request->pool, &keys[i].place,
			    keys[i].file)) < 0) {
			status = EX_CONFIG;
			continue;
		}
		printf("%.*s %s %.*s %s", SPAN_ARGS(domain), keys[i].selector,
		    SPAN_ARGS(key_subject_kind(request, &subject)),
		    key_state_name((enum key_state)keys[i].state));
		if (keys[i].since[0] != '\0')
			printf(" since %s", keys[i].since);
		if (keys[i].retires[0] != '\0')
			printf(" until %s", keys[i].retires);
		fputs("\n", stdout);
		key_subject_free(&subject);
	}
	conf_free(&conf);
	return status;
}

static int
compare_names(const void *a, const void *b)
{
	return span_compare(
	    *(const struct span *)a, *(const struct span *)b);
}

/* Finds the domains of all key sets in the folder; 0, or -1 after telling why
 * it cannot be read. */
static int
find_sets(struct key_request *request)
{
	DIR *folder = opendir(request->folder);
	struct dirent *entry;
	struct err err;

	if (folder == NULL) {
		(void)key_folder_cannot_open(request->folder, &err);
		(void)key_request_fail(&err);
		return -1;
	}
	while ((entry = readdir(folder)) != NULL &&
	    request->name_count < SETS_MAX) {
		struct span name = span_of(entry->d_name);

		if (!span_ends_case(name, SPAN(KEY_SET_SUFFIX)))
			continue;
		request->names = pool_grow(request->pool, request->names,
		    request->name_count, sizeof(request->names[0]));
		request->names[request->name_count++] = pool_dup(
		    request->pool,
		    span_slice(name, 0,
			name.len - (sizeof(KEY_SET_SUFFIX) - 1)));
	}
	(void)closedir(folder);
	if (request->name_count > 0)
		qsort(request->names, request->name_count,
		    sizeof(request->names[0]), compare_names);
	return 0;
}

int
lumbar_key_list(struct key_request *request)
{
	int status = EX_OK;

	if (request->name_count == 0) {
		request->names = NULL;
		if (find_sets(request) < 0)
			return EX_NOINPUT;
	}
	for (size_t i = 0; i < request->name_count; i++) {
		int one = list_set(request, request->names[i]);

		if (one != EX_OK)
			status = one;
	}
	return status;
}

/* What is to be done to one key. */
enum retirement {
	RETIRE_LATER,  /* nothing yet */
	RETIRE_BEGIN,  /* it signs no more, and goes on its day */
	RETIRE_REMOVE, /* it goes now */
};

static bool
is_named(const struct key_request *request, const struct key_set_key *key)
{
	return request->name_count > 1 &&
	    span_equal(span_of(key->selector), request->names[1]);
}

/* What REQUEST means for KEY; one that names a key is about that alone. */
static enum retirement
plan(const struct key_request *request, const struct key_set_key *key)
{
	bool named = is_named(request, key);

	if (request->name_count > 1 && !named)
		return RETIRE_LATER;
	switch ((enum key_state)key->state) {
	case KEY_PENDING:
		return named ? RETIRE_REMOVE : RETIRE_LATER;
	case KEY_ACTIVE:
		if (!named)
			return RETIRE_LATER;
		return request->at_once ? RETIRE_REMOVE : RETIRE_BEGIN;
	case KEY_RETIRING:
		if (request->at_once)
			return RETIRE_REMOVE;
		return strcmp(key->retires, key_day(request, 0)) <= 0
		    ? RETIRE_REMOVE
		    : RETIRE_LATER;
	}
	return RETIRE_LATER;
}

/* Removes the private key of KEY, which is in no set any more, and says what
 * to do about its record. */
static int
remove_key(const struct key_request *request, struct key_folder *folder,
    const struct key_set_key *key, struct err *err)
{
	struct span name = pool_printf(request->pool, "%s._domainkey.%.*s",
	    key->selector, SPAN_ARGS(key_request_domain(request)));

	/* Only what this tool has made; a file elsewhere is somebody's. */
	if (strchr(key->file, '/') != NULL)
		fprintf(stderr, "%s: left where it is; remove it yourself\n",
		    key->file);
	else if (key_folder_remove(folder, key->file, err) < 0)
		return -1;
	else
		fprintf(stderr, "%s/%s: removed\n", request->folder, key->file);
	if (request->format == KEY_FORMAT_NSUPDATE)
		fputs(dkim_record_nsupdate_delete(request->pool, name).ptr,
		    stdout);
	else
		printf("Remove the TXT record of %.*s.\n", SPAN_ARGS(name));
	return 0;
}

/* What a retirement has done to a key set. */
struct retired {
	struct key_set set;              /* as it is to be */
	const struct key_set_key **gone; /* no longer in it */
	size_t gone_count;
	const struct key_set_key *retiring; /* the one that is named, or NULL */
	bool changed; /* SET is another one */
	bool signing; /* other keys sign */
	bool silent;  /* none signs any more */
};

/* Retires the keys of OLD that REQUEST means. */
static struct retired
retire_keys(const struct key_request *request, const struct key_set *old)
{
	const struct key_set_key *keys = old->keys.items;
	struct retired retired = { .changed = false };
	struct key_set_key *kept = pool_alloc_array(
	    request->pool, old->keys.count + 1, sizeof(kept[0]));
	size_t kept_count = 0, signing = 0, signed_before = 0;

	retired.gone = pool_alloc_array(
	    request->pool, old->keys.count + 1, sizeof(retired.gone[0]));
	for (size_t i = 0; i < old->keys.count; i++) {
		struct key_set_key key = keys[i];

		signed_before += key.state == KEY_ACTIVE;
		switch (plan(request, &key)) {
		case RETIRE_REMOVE:
			retired.gone[retired.gone_count++] = &keys[i];
			continue;
		case RETIRE_BEGIN:
			key.state = KEY_RETIRING;
			key.since = key_day(request, 0);
			key.retires = key_day(request, request->retire_days);
			retired.changed = true;
			break;
		case RETIRE_LATER:
			break;
		}
		if (key.state == KEY_RETIRING && is_named(request, &key))
			retired.retiring = &kept[kept_count];
		signing += key.state == KEY_ACTIVE;
		kept[kept_count++] = key;
	}
	retired.silent = signing == 0 && signed_before > 0;
	retired.changed |= retired.gone_count > 0;
	retired.signing = signing != signed_before;
	retired.set = (struct key_set){ .domain = old->domain,
		.keys = { kept, kept_count } };
	return retired;
}

/* Says what holds now that the set has been stored. */
static void
tell_retired(const struct retired *retired)
{
	if (retired->retiring != NULL)
		fprintf(stderr,
		    "%s signs no more; leave its record until %s\n",
		    retired->retiring->selector, retired->retiring->retires);
	if (retired->silent)
		fprintf(
		    stderr, "no key of %s signs now\n", retired->set.domain);
	if (retired->signing)
		key_request_advise_reload();
}

int
lumbar_key_retire(struct key_request *request)
{
	struct span domain = key_request_domain(request);
	struct key_folder *folder = NULL;
	const struct key_set *old;
	struct conf *conf = NULL;
	struct retired retired;
	int status = EX_CONFIG;
	struct err err;

	folder = key_folder_open(request->folder, &err);
	if (folder == NULL)
		return key_request_fail(&err);
	old = key_set_load(request, domain, &conf);
	if (old == NULL)
		goto out;
	if (request->name_count > 1 &&
	    key_set_find(old, request->names[1]) == NULL) {
		fprintf(stderr,
		    "lumbar key: %s has no key %.*s; try lumbar key list\n",
		    key_set_path(request, domain),
		    SPAN_ARGS(request->names[1]));
		goto out;
	}
	retired = retire_keys(request, old);
	/* The set first: it must not name what is not there. */
	if (retired.changed &&
	    key_set_store(request, folder, &retired.set, &err) < 0) {
		status = key_request_fail(&err);
		goto out;
	}
	status = EX_OK;
	tell_retired(&retired);
	for (size_t i = 0; status == EX_OK && i < retired.gone_count; i++)
		if (remove_key(request, folder, retired.gone[i], &err) < 0)
			status = key_request_fail(&err);
out:
	conf_free(&conf);
	key_folder_close(&folder);
	return status;
}
