/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_builder.h"

#include "base/log.h"
#include "formats/dns_name.h"
#include "milters/sign/key_set.h"
#include "milters/sign/sign_table_files.h"

#include <stdarg.h>
#include <stdio.h>

void
sign_builder_mistake(struct sign_builder *builder,
    const struct conf_place *place, const char *key, const char *format, ...)
{
	struct conf_place at =
	    key != NULL ? conf_key_place(place, key) : *place;
	char text[sizeof(((struct err *)NULL)->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	conf_mistake(builder->errors, &at, "%s", text);
	builder->failed = true;
}

void
sign_builder_hash(
    struct sign_builder *builder, const struct span *words, size_t count)
{
	/* A word cannot be taken for two, nor its beginning for the end of
	 * the one before: no word of a file has a NUL. */
	for (size_t i = 0; i < count; i++) {
		sha256_update(builder->sha256, words[i]);
		sha256_update(builder->sha256, SPAN("\0"));
	}
	sha256_update(builder->sha256, SPAN("\n"));
}

/* RFC 6376 section 3.5: the domain of i= is d= or lies under it. */
static bool
is_identity_of(struct span identity, struct span domain)
{
	size_t at = span_find_last(identity, '@');
	struct span below = span_slice(identity, at + 1, identity.len);

	/* Only what stands for itself in dkim-quoted-printable. */
	for (size_t i = 0; i < identity.len; i++)
		if (identity.ptr[i] <= ' ' || identity.ptr[i] >= 0x7f ||
		    identity.ptr[i] == ';' || identity.ptr[i] == '=')
			return false;
	return at < identity.len && dns_name_check(below, NULL) == 0 &&
	    span_ends_case(below, domain) &&
	    (below.len == domain.len ||
		below.ptr[below.len - domain.len - 1] == '.');
}

static bool
check_identity(struct sign_builder *builder, const struct sign_key *key,
    struct span identity, const struct conf_place *place)
{
	if (identity.len == 0)
		return true;
	if (key->domain.len == 0) {
		sign_builder_mistake(builder, place, "identity",
		    "key \"%.*s\": its domain is that of each author, so an "
		    "identity cannot be in it; take it out",
		    SPAN_ARGS(key->name));
		return false;
	}
	if (identity.len > DKIM_IDENTITY_MAX) {
		sign_builder_mistake(builder, place, "identity",
		    "key \"%.*s\": identity has %zu bytes, of which %d are the "
		    "most; shorten it or take it out",
		    SPAN_ARGS(key->name), identity.len, DKIM_IDENTITY_MAX);
		return false;
	}
	if (is_identity_of(identity, key->domain))
		return true;
	sign_builder_mistake(builder, place, "identity",
	    "key \"%.*s\": identity \"%.*s\" is not in the domain; write "
	    "\"@%.*s\" or take it out",
	    SPAN_ARGS(key->name), SPAN_ARGS(identity),
	    SPAN_ARGS(key->domain));
	return false;
}

/* Sets both names of KEY in the DNS.  True if they are good. */
static bool
read_names(struct sign_builder *builder, const struct sign_key_text *text,
    struct sign_key *key)
{
	struct pool *pool = builder->config->pool;
	bool of_author = span_equal(text->domain, SPAN("%"));
	struct err err;

	if (!of_author &&
	    dns_name_parse(pool, text->domain, &key->domain, &err) < 0) {
		sign_builder_mistake(builder, &text->place, "domain",
		    "key \"%.*s\": domain: %s", SPAN_ARGS(text->name),
		    err.text);
		return false;
	}
	if (dns_name_parse(pool, text->selector, &key->selector, &err) < 0 ||
	    dns_name_check_selector(key->selector, &err) < 0) {
		sign_builder_mistake(builder, &text->place, "selector",
		    "key \"%.*s\": selector: %s", SPAN_ARGS(text->name),
		    err.text);
		return false;
	}
	key->dns_name = pool_printf(pool, "%.*s._domainkey.%.*s",
	    SPAN_ARGS(key->selector),
	    SPAN_ARGS(of_author ? text->domain : key->domain));
	if (key->dns_name.len <= DNS_NAME_MAX)
		return true;
	sign_builder_mistake(builder, &text->place, "selector",
	    "key \"%.*s\": %.*s is longer than a DNS name can be; choose a "
	    "shorter selector",
	    SPAN_ARGS(text->name), SPAN_ARGS(key->dns_name));
	return false;
}

/* Keeps NAME for what stands at PLACE.  NULL after a mistake was noted. */
static struct named_keys *
claim_name(struct sign_builder *builder, struct span name,
    const struct conf_place *place)
{
	void **entry = text_map_place(builder->names, name);
	const struct named_keys *other = *entry;
	struct named_keys *keys;

	if (other != NULL) {
		sign_builder_mistake(builder, place, NULL,
		    "key \"%.*s\": %s:%d has a key of this name already; "
		    "choose another",
		    SPAN_ARGS(name), other->place.file, other->place.line);
		return NULL;
	}
	*entry = keys = pool_alloc(builder->config->pool, sizeof(*keys));
	keys->place = *place;
	return keys;
}

static void
add_named(
    struct sign_builder *builder, struct named_keys *keys, struct sign_key *key)
{
	keys->items = pool_grow(builder->config->pool, keys->items,
	    keys->count, sizeof(keys->items[0]));
	keys->items[keys->count++] = key;
}

/* The record of KEY for DOMAIN; that of another key where there is one. */
static const struct sign_record *
add_record(struct sign_builder *builder, const struct sign_key *key,
    struct span domain)
{
	struct sign_config *config = builder->config;
	struct span dns_name = pool_printf(config->pool,
	    "%.*s._domainkey.%.*s", SPAN_ARGS(key->selector),
	    SPAN_ARGS(domain));
	void **place = text_map_place(config->dns_names, dns_name);
	struct sign_record *record;

	if (*place != NULL)
		return *place;
	*place = record = pool_alloc(config->pool, sizeof(*record));
	*record = (struct sign_record){ dns_name, domain, key };
	config->records = pool_grow(config->pool, config->records,
	    config->record_count, sizeof(record));
	config->records[config->record_count++] = record;
	return record;
}

static void
mistake_record(struct sign_builder *builder, const struct sign_key *key,
    const struct conf_place *place, const struct sign_record *record)
{
	sign_builder_mistake(builder, place, NULL,
	    "key \"%.*s\": there is another key for %.*s; give each its own "
	    "selector",
	    SPAN_ARGS(key->name), SPAN_ARGS(record->dns_name));
}

/* True if no other key has the record of KEY. */
static bool
check_unique(struct sign_builder *builder, struct sign_key *key)
{
	const struct sign_record *record;

	if (key->domain.len == 0)
		return true;
	record = add_record(builder, key, key->domain);
	if (record->key != key)
		mistake_record(builder, key, &key->place, record);
	return record->key == key;
}

/* True if KEY, which signs for the domains of PATTERN as they are, is not the
 * second one under its selector there. */
static bool
check_unique_for(struct sign_builder *builder, const struct sign_key *key,
    const struct author_pattern *pattern, const struct conf_place *place)
{
	struct span domain = pattern->domain;
	const struct sign_record *record;

	if (pattern->kind == AUTHOR_BELOW)
		domain = pool_printf(
		    builder->config->pool, "*%.*s", SPAN_ARGS(domain));
	record = add_record(builder, key, domain);
	if (record->key->file == key->file)
		return true;
	mistake_record(builder, key, place, record);
	return false;
}

/* Notes the keys for the author's domain that also sign where another key of
 * their selector does.  What is narrower than a pattern with "*" may leave it
 * no domain; so these are compared with whole domains alone. */
static void
check_wide(struct sign_builder *builder)
{
	const struct sign_config *config = builder->config;

	for (size_t i = 0; i < config->record_count; i++) {
		const struct sign_record *record = config->records[i];
		const struct sign_key *wide;

		if (span_find(record->domain, '*') < record->domain.len)
			continue;
		wide = sign_config_key_of_author(
		    config, record->domain, record->key);
		if (wide != NULL && wide->file != record->key->file)
			mistake_record(builder, wide, &wide->place, record);
	}
}

struct sign_key *
sign_builder_add_key(
    struct sign_builder *builder, const struct sign_key_text *text)
{
	struct sign_config *config = builder->config;
	struct named_keys *named =
	    claim_name(builder, text->name, &text->place);
	struct sign_key *key = pool_alloc(config->pool, sizeof(*key));

	key->name = text->name;
	key->place = text->place;
	key->identity = text->identity;
	key->on_bad_key = text->on_bad_key != BAD_KEY_DEFAULT
	    ? text->on_bad_key
	    : (enum bad_key_outcome)builder->conf->on_bad_key;
	if (named == NULL || !read_names(builder, text, key) ||
	    !check_identity(builder, key, key->identity, &text->place) ||
	    !check_unique(builder, key))
		return NULL;
	add_named(builder, named, key);
	key->file = sign_key_files_add(config->files,
	    conf_path(config->pool, &text->place,
		pool_string(config->pool, text->file)));
	config->keys = pool_grow(
	    config->pool, config->keys, config->key_count, sizeof(key));
	config->keys[config->key_count++] = key;
	sign_builder_hash(builder,
	    (const struct span[]){ SPAN("key"), key->name, key->dns_name,
		span_of(key->file->path), key->identity,
		key->on_bad_key == BAD_KEY_PASS ? SPAN("pass")
						: SPAN("tempfail") },
	    6);
	return key;
}

/* PATTERN as it is matched, or NULL after a mistake was noted. */
static const struct author_pattern *
read_pattern(struct sign_builder *builder, struct span text,
    const struct conf_place *place, const char *where)
{
	struct author_pattern *pattern =
	    pool_alloc(builder->config->pool, sizeof(*pattern));
	struct err err;

	if (author_pattern_parse(
		builder->config->pool, text, pattern, &err) == 0)
		return pattern;
	sign_builder_mistake(builder, place, where, "%s", err.text);
	return NULL;
}

/* KEY signs for authors of PATTERN; else as in sign_builder_add_from. */
static void
add_use(struct sign_builder *builder, const struct sign_key *key,
    const struct author_pattern *pattern, struct span identity,
    const struct conf_place *place, const char *where)
{
	struct sign_use use = { key,
		identity.len > 0 ? identity : key->identity };
	struct err err;

	if (!check_identity(builder, key, identity, place))
		return;
	if (key->domain.len == 0 &&
	    !check_unique_for(builder, key, pattern, place))
		return;
	if (sign_table_add(builder->config->table, pattern, use, &err) < 0)
		sign_builder_mistake(builder, place, where, "%s", err.text);
}

void
sign_builder_add_from(struct sign_builder *builder,
    const struct named_keys *keys, struct span pattern, struct span identity,
    const struct conf_place *place, const char *where)
{
	const struct author_pattern *read =
	    read_pattern(builder, pattern, place, where);

	for (size_t i = 0; i < keys->count; i++) {
		struct sign_key *key = keys->items[i];

		key->used = true;
		if (read == NULL)
			continue;
		sign_builder_hash(builder,
		    (const struct span[]){ SPAN("from"), key->name, pattern,
			identity.len > 0 ? identity : key->identity },
		    4);
		add_use(builder, key, read, identity, place, where);
	}
}

void
sign_builder_add_login(struct sign_builder *builder, struct span login,
    struct span pattern, const struct conf_place *place, const char *where)
{
	const struct author_pattern *read =
	    read_pattern(builder, pattern, place, where);

	sign_builder_hash(
	    builder, (const struct span[]){ SPAN("login"), login, pattern },
	    3);
	if (read != NULL)
		sign_logins_add(builder->config->logins, login, read);
}

/* True if every text that must be there is. */
static bool
check_complete(struct sign_builder *builder, const struct sign_key_conf *conf)
{
	const struct {
		const char *key, *value, *example;
	} needed[] = {
		{ "domain", conf->domain, "example.com" },
		{ "selector", conf->selector, "s2026" },
		{ "file", conf->file, "/etc/lumbar/keys/s2026.pem" },
	};
	bool complete = true;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (needed[i].value[0] != '\0')
			continue;
		sign_builder_mistake(builder, &conf->place, NULL,
		    "key \"%s\": %s is missing; add: %s = \"%s\"", conf->name,
		    needed[i].key, needed[i].key, needed[i].example);
		complete = false;
	}
	return complete;
}

static struct sign_key *
declare_block(struct sign_builder *builder, const struct sign_key_conf *conf)
{
	const struct sign_key_text text = {
		.name = span_of(conf->name),
		.domain = span_of(conf->domain),
		.selector = span_of(conf->selector),
		.file = span_of(conf->file),
		.identity = span_of(conf->identity),
		.on_bad_key = (enum bad_key_outcome)conf->on_bad_key,
		.place = conf->place,
	};

	if (!check_complete(builder, conf))
		return NULL;
	return sign_builder_add_key(builder, &text);
}

/* True if nothing is said twice. */
static bool
check_set_alone(
    struct sign_builder *builder, const struct sign_key_conf *conf)
{
	const struct {
		const char *key, *value;
	} excess[] = {
		{ "domain", conf->domain },
		{ "selector", conf->selector },
		{ "file", conf->file },
	};
	bool alone = true;

	for (size_t i = 0; i < sizeof(excess) / sizeof(excess[0]); i++) {
		if (excess[i].value[0] == '\0')
			continue;
		sign_builder_mistake(builder, &conf->place, excess[i].key,
		    "key \"%s\": %s is in the set already; take it out, or "
		    "take out set", conf->name, excess[i].key);
		alone = false;
	}
	return alone;
}

/* An active key of SET, which is NULL after a mistake was noted.  What is read
 * of SET does not live as long as the snapshot. */
static struct sign_key *
declare_set_key(struct sign_builder *builder,
    const struct sign_key_conf *conf, const struct key_set *set,
    const struct key_set_key *item)
{
	struct pool *pool = builder->config->pool;
	const struct sign_key_text text = {
		.name = pool_printf(pool, "%s/%s", conf->name, item->selector),
		.domain = span_of(set->domain),
		.selector = span_of(item->selector),
		.file = span_of(item->file),
		.identity = span_of(conf->identity),
		.on_bad_key = (enum bad_key_outcome)conf->on_bad_key,
		.place = {
			.file = pool_string(pool, span_of(item->place.file)),
			.line = item->place.line,
		},
	};

	return sign_builder_add_key(builder, &text);
}

/* SET, read from FILE, has no active key; tells which can become one. */
static void
warn_unsigned(const struct key_set *set, const char *file)
{
	const struct key_set_key *items = set->keys.items;
	struct span path = span_of(file);
	struct span folder = span_slice(path, 0, span_find_last(path, '/'));
	const char *selector = NULL;

	for (size_t i = 0; i < set->keys.count && selector == NULL; i++)
		if (items[i].state == KEY_PENDING)
			selector = items[i].selector;
	log_write(LOG_LEVEL_WARNING,
	    "%s: no key is active: mail of %s goes unsigned; publish a key's "
	    "record and run: lumbar key %s -k %.*s %s%s%s",
	    file, set->domain, selector != NULL ? "activate" : "generate",
	    SPAN_ARGS(folder.len < path.len ? folder : SPAN(".")), set->domain,
	    selector != NULL ? " " : "", selector != NULL ? selector : "");
}

/* The keys of the set that CONF names which are active.  A line of a table may
 * name them all by the name of the block, which outlives each of them. */
static void
declare_set(struct sign_builder *builder, const struct sign_key_conf *conf)
{
	const char *file = conf_path(
	    builder->config->pool, &conf->place, conf->set);
	const struct key_set_key *items;
	const struct key_set *set;
	struct conf *read = NULL;
	struct named_keys *named =
	    claim_name(builder, span_of(conf->name), &conf->place);
	size_t active = 0;

	if (named == NULL || !check_set_alone(builder, conf))
		return;
	set = key_set_read(file, &read, builder->errors);
	if (set == NULL) {
		builder->failed = true;
		return;
	}
	items = set->keys.items;
	for (size_t i = 0; i < set->keys.count; i++) {
		struct sign_key *key;

		if (items[i].state != KEY_ACTIVE)
			continue;
		active++;
		key = declare_set_key(builder, conf, set, &items[i]);
		if (key != NULL)
			add_named(builder, named, key);
	}
	if (active == 0)
		warn_unsigned(set, file);
	conf_free(&read);
}

/* What the blocks of sign.conf say. */
static void
apply_blocks(struct sign_builder *builder)
{
	const struct sign_conf *conf = builder->conf;
	const struct sign_key_conf *keys = conf->keys.items;
	const struct sign_login_conf *logins = conf->grants.items;

	for (size_t i = 0; i < conf->keys.count; i++) {
		const struct named_keys *named =
		    text_map_get(builder->names, span_of(keys[i].name));

		for (size_t k = 0; named != NULL && k < keys[i].from.count;
		     k++)
			sign_builder_add_from(builder, named,
			    span_of(keys[i].from.items[k]), SPAN(""),
			    &keys[i].place, "from");
	}
	for (size_t i = 0; i < conf->grants.count; i++)
		for (size_t k = 0; k < logins[i].from.count; k++)
			sign_builder_add_login(builder,
			    span_of(logins[i].name),
			    span_of(logins[i].from.items[k]),
			    &logins[i].place, "from");
}

/* A key that nothing names signs for its own domain. */
static void
apply_domains(struct sign_builder *builder)
{
	const struct sign_config *config = builder->config;

	for (size_t i = 0; i < config->key_count; i++) {
		struct sign_key *key = config->keys[i];

		if (key->used)
			continue;
		if (key->domain.len > 0)
			sign_builder_add_from(builder,
			    &(const struct named_keys){ .items = &key,
				.count = 1 },
			    key->domain, SPAN(""), &key->place, NULL);
		else
			sign_builder_mistake(builder, &key->place, NULL,
			    "key \"%.*s\": its domain is that of each author, "
			    "and nothing says of which; add from",
			    SPAN_ARGS(key->name));
	}
}

void
sign_builder_load(struct sign_builder *builder)
{
	const struct sign_key_conf *keys = builder->conf->keys.items;
	struct sign_table_files *tables;

	for (size_t i = 0; i < builder->conf->keys.count; i++) {
		if (keys[i].set[0] != '\0')
			declare_set(builder, &keys[i]);
		else
			(void)declare_block(builder, &keys[i]);
	}
	tables = sign_table_files_read(builder);
	apply_blocks(builder);
	sign_table_files_apply(builder, tables);
	apply_domains(builder);
	check_wide(builder);
}
