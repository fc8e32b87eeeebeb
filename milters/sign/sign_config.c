/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_config.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/xalloc.h"
#include "milters/sign/sign_builder.h"
#include "milters/sign/sign_origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MEGABYTE = 1 << 20,
	WEAK_NAMED_MAX = 20, /* lines in the log */
};

static const struct canon_pair {
	enum dkim_canon header, body;
} canon_pairs[] = {
	[SIGN_RELAXED_RELAXED] = { DKIM_RELAXED, DKIM_RELAXED },
	[SIGN_RELAXED_SIMPLE] = { DKIM_RELAXED, DKIM_SIMPLE },
	[SIGN_SIMPLE_RELAXED] = { DKIM_SIMPLE, DKIM_RELAXED },
	[SIGN_SIMPLE_SIMPLE] = { DKIM_SIMPLE, DKIM_SIMPLE },
};

/* Adds NAMES to the fields that are signed.  A name that is in a list before
 * stays as it is there, for those lists promise more. */
static void
add_fields(struct sign_config *config, const struct conf_strings *names,
    enum dkim_field_rule rule)
{
	for (size_t i = 0; i < names->count; i++) {
		struct span name = pool_dup_lower(
		    config->pool, span_of(names->items[i]));
		size_t k = 0;

		while (k < config->field_count &&
		    !span_equal(config->fields[k].name, name))
			k++;
		if (k < config->field_count)
			continue;
		config->fields[config->field_count++] =
		    (struct dkim_field_choice){ name, rule };
	}
}

static void
load_fields(struct sign_config *config, const struct sign_conf *conf)
{
	size_t most = conf->oversign.count + conf->oversign_present.count +
	    conf->headers.count + 1;
	static const char *const from[] = { "from" };
	static const struct conf_strings always = { from, 1 };

	config->fields =
	    pool_alloc_array(config->pool, most, sizeof(config->fields[0]));
	add_fields(config, &conf->oversign, DKIM_OVERSIGN);
	add_fields(config, &conf->oversign_present, DKIM_OVERSIGN_PRESENT);
	add_fields(config, &conf->headers, DKIM_SIGN);
	/* RFC 6376 section 5.4: From must be signed. */
	add_fields(config, &always, DKIM_SIGN);
}

static bool
is_weak(const struct sign_key *key)
{
	const struct signing_key *signing_key = key->file->key;

	return signing_key != NULL &&
	    signing_key_algorithm(signing_key) == KEY_RSA &&
	    signing_key_bits(signing_key) < KEY_RSA_BITS_GOOD;
}

/* Names some of the weak keys, for all may be, and says how many there are. */
static void
warn_of_weak(const struct sign_config *config, const char *file)
{
	size_t count = 0;

	for (size_t i = 0; i < config->key_count; i++) {
		const struct sign_key *key = config->keys[i];

		if (!is_weak(key) || ++count > WEAK_NAMED_MAX)
			continue;
		log_write(LOG_LEVEL_WARNING,
		    "%s:%d: key \"%.*s\": RSA of %u bits is weak; make a new "
		    "key of %d bits under a new selector",
		    key->place.file, key->place.line, SPAN_ARGS(key->name),
		    signing_key_bits(key->file->key), KEY_RSA_BITS_GOOD);
	}
	if (count > WEAK_NAMED_MAX)
		log_write(LOG_LEVEL_WARNING, "%s: %zu keys are weak", file,
		    count);
}

/* Reads the files of all keys and says how much that was. */
static void
load_files(struct sign_config *config, const char *file)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = processors > 0 ? (unsigned)processors : 1;
	int64_t began_us = clock_now().monotonic_us;
	int64_t spent_ms;

	sign_key_files_load(config->files, threads);
	spent_ms = (clock_now().monotonic_us - began_us) / 1000;
	warn_of_weak(config, file);
	log_write(LOG_LEVEL_INFO,
	    "%s: loaded keys=%zu files=%zu patterns=%zu ms=%jd processors=%u "
	    "memory_mb=%jd",
	    file, config->key_count, sign_key_files_count(config->files),
	    sign_table_count(config->table), (intmax_t)spent_ms, threads,
	    (intmax_t)(memory_in_use() / MEGABYTE));
}

/* The public half of KEY as it tells keys apart, in POOL. */
static struct span
public_half(const struct sign_key *key, struct pool *pool)
{
	struct span bytes;

	if (key->file->key == NULL ||
	    signing_key_public(key->file->key, pool, &bytes, NULL) < 0)
		return SPAN("unusable");
	return bytes;
}

/* Ends the hash of BUILDER with the keys that were read. */
static void
finish_digest(struct sign_builder *builder)
{
	struct sign_config *config = builder->config;
	uint8_t digest[SHA256_SIZE];

	for (size_t i = 0; i < config->key_count; i++) {
		struct pool *pool = pool_new_small();
		struct span half = public_half(config->keys[i], pool);

		sign_builder_hash(builder, &half, 1);
		pool_free(&pool);
	}
	sha256_final(builder->sha256, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(config->digest + 2 * i, 3, "%02x", digest[i]);
}

static struct sign_config *
new_config(const struct sign_conf *conf)
{
	struct sign_config *config = xalloc(sizeof(*config));

	config->pool = pool_new();
	config->files = sign_key_files_new();
	config->dns_names = text_map_new();
	config->table = sign_table_new();
	config->logins = sign_logins_new();
	config->several_authors = (enum several_authors)conf->several_authors;
	config->bind_logins = (enum bind_logins)conf->bind_logins;
	config->header_canon = canon_pairs[conf->canonicalization].header;
	config->body_canon = canon_pairs[conf->canonicalization].body;
	config->lifetime_s = conf->lifetime / CLOCK_SECOND_US;
	config->copy_headers = conf->copy_headers;
	config->warn_eight_bit = conf->warn_eight_bit;
	config->line_limit = (size_t)conf->predict_line_breaks;
	load_fields(config, conf);
	return config;
}

struct sign_config *
sign_config_new(const struct sign_conf *conf, struct buf *errors)
{
	struct sign_config *config = new_config(conf);
	struct sign_builder builder = { .config = config, .conf = conf,
		.errors = errors };
	const char *file = conf->settings.place.file;

	config->origins = sign_origins_new(conf, errors);
	builder.names = text_map_new();
	builder.sha256 = sha256_new();
	sign_builder_load(&builder);
	if (builder.failed || config->origins == NULL) {
		sign_config_free(&config);
		goto out;
	}
	if (config->key_count > 0)
		load_files(config, file);
	else if (conf->keys.count == 0) /* else its sets have been told of */
		log_write(LOG_LEVEL_WARNING,
		    "%s: no key is configured: nothing is signed; add key "
		    "\"NAME\" { domain = ... selector = ... file = ... }",
		    file);
	finish_digest(&builder);
out:
	sha256_free(&builder.sha256);
	text_map_free(&builder.names);
	return config;
}

void
sign_config_free(struct sign_config **config)
{
	if (*config == NULL)
		return;
	sign_origins_free(&(*config)->origins);
	sign_logins_free(&(*config)->logins);
	sign_table_free(&(*config)->table);
	text_map_free(&(*config)->dns_names);
	sign_key_files_free(&(*config)->files);
	pool_free(&(*config)->pool);
	free(*config);
	*config = NULL;
}

/* What happens to mail that KEY should sign, for a message about it. */
static const char *
outcome_words(const struct sign_key *key)
{
	switch (key->on_bad_key) {
	case BAD_KEY_PASS:
		return "its mail goes without this signature";
	case BAD_KEY_TEMPFAIL:
	case BAD_KEY_DEFAULT:
		break;
	}
	return "its mail is deferred";
}

void
sign_config_bad_keys(const struct sign_config *config, struct buf *errors)
{
	for (size_t i = 0; i < config->key_count; i++) {
		const struct sign_key *key = config->keys[i];
		struct conf_place place = conf_key_place(&key->place, "file");

		if (key->file->key == NULL)
			conf_mistake(errors, &place,
			    "key \"%.*s\": file: %s; until it is mended and "
			    "reloaded, %s",
			    SPAN_ARGS(key->name), key->file->error,
			    outcome_words(key));
	}
}

/* True if FRESH may sign from now on where OLD did, at RECORD. */
static bool
may_follow(const struct sign_key *old, const struct sign_key *fresh,
    const struct sign_record *record, struct buf *errors)
{
	struct conf_place place = conf_key_place(&fresh->place, "file");

	if (old->file->key == NULL)
		return true;
	if (fresh->file->key == NULL) {
		conf_mistake(errors, &place,
		    "key \"%.*s\": file: %s; the key that is in force is good "
		    "and stays",
		    SPAN_ARGS(fresh->name), fresh->file->error);
		return false;
	}
	if (signing_key_same(old->file->key, fresh->file->key))
		return true;
	conf_mistake(errors, &place,
	    "key \"%.*s\": file: %s has another key than the one in force for "
	    "%.*s, whose public half receivers know; give it a new selector, "
	    "or restart to use it nevertheless",
	    SPAN_ARGS(fresh->name), fresh->file->path,
	    SPAN_ARGS(record->dns_name));
	return false;
}

const struct sign_key *
sign_config_key_of_author(const struct sign_config *config, struct span domain,
    const struct sign_key *key)
{
	/* A local part that only patterns for all of them are for. */
	const struct author author = { SPAN("*"), domain };
	const struct sign_uses *uses = sign_table_find(config->table, &author);

	for (size_t i = 0; uses != NULL && i < uses->count; i++)
		if (uses->items[i].key->domain.len == 0 &&
		    span_equal(uses->items[i].key->selector, key->selector))
			return uses->items[i].key;
	return NULL;
}

/* The key whose signatures receivers check with what is at RECORD, which is of
 * another snapshot; NULL: no key of CONFIG. */
static const struct sign_key *
key_at(const struct sign_config *config, const struct sign_record *record)
{
	const struct sign_record *same =
	    text_map_get(config->dns_names, record->dns_name);

	return same != NULL
	    ? same->key
	    : sign_config_key_of_author(
		  config, record->domain, record->key);
}

int
sign_config_may_replace(const struct sign_config *old,
    const struct sign_config *fresh, struct buf *errors)
{
	const struct sign_key *told = NULL; /* one line for many domains */
	int result = 0;

	for (size_t i = 0; i < fresh->record_count; i++) {
		const struct sign_record *record = fresh->records[i];
		const struct sign_key *before = key_at(old, record);

		if (before == NULL || record->key == told ||
		    may_follow(before, record->key, record, errors))
			continue;
		told = record->key;
		result = -1;
	}
	/* And where only a pattern for more than one domain reaches now. */
	for (size_t i = 0; i < old->record_count; i++) {
		const struct sign_record *record = old->records[i];
		const struct sign_key *after = sign_config_key_of_author(
		    fresh, record->domain, record->key);

		if (after == NULL || after == told ||
		    may_follow(record->key, after, record, errors))
			continue;
		told = after;
		result = -1;
	}
	return result;
}
