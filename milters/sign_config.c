/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign_config.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

enum {
	DNS_NAME_MAX = 253, /* RFC 1035 section 2.3.4, as text */
	DNS_LABEL_MAX = 63,
};

static const struct canon_pair {
	enum dkim_canon header, body;
} canon_pairs[] = {
	[SIGN_RELAXED_RELAXED] = { DKIM_RELAXED, DKIM_RELAXED },
	[SIGN_RELAXED_SIMPLE] = { DKIM_RELAXED, DKIM_SIMPLE },
	[SIGN_SIMPLE_RELAXED] = { DKIM_SIMPLE, DKIM_RELAXED },
	[SIGN_SIMPLE_SIMPLE] = { DKIM_SIMPLE, DKIM_SIMPLE },
};

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Tells what is wrong with a LABEL of NAME.  0 or -1. */
static int
check_label(struct span name, struct span label, struct err *err)
{
	if (label.len == 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" has two dots in a row; remove one",
		    SPAN_ARGS(name));
	if (label.len > DNS_LABEL_MAX)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" has more than %d bytes between dots; shorten it",
		    SPAN_ARGS(name), DNS_LABEL_MAX);
	for (size_t i = 0; i < label.len; i++)
		if (!is_name_byte(label.ptr[i]))
			return err_set(err, ERR_CONFIG,
			    "\"%.*s\" is no DNS name; write letters, digits "
			    "and \"-\" with dots between, other scripts as "
			    "A-label (xn--...)",
			    SPAN_ARGS(name));
	return 0;
}

int
sign_check_name(struct span name, struct err *err)
{
	struct span rest = name;
	struct span label;

	if (name.len == 0)
		return err_set(err, ERR_CONFIG,
		    "it is empty; write a name such as example.com");
	if (name.len > DNS_NAME_MAX)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is longer than %d bytes; shorten it",
		    SPAN_ARGS(name), DNS_NAME_MAX);
	if (span_starts(name, SPAN(".")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" begins with a dot; write \"%.*s\"",
		    SPAN_ARGS(name),
		    SPAN_ARGS(span_slice(name, 1, name.len)));
	if (span_ends_case(name, SPAN(".")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" ends with a dot; write \"%.*s\"",
		    SPAN_ARGS(name),
		    SPAN_ARGS(span_slice(name, 0, name.len - 1)));
	while (span_next(&rest, '.', &label))
		if (check_label(name, label, err) < 0)
			return -1;
	return 0;
}

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

/* All texts were checked when the file was read. */
static void
load_origins(struct sign_config *config, const struct sign_conf *conf)
{
	config->networks = pool_alloc_array(
	    config->pool, conf->networks.count, sizeof(config->networks[0]));
	for (size_t i = 0; i < conf->networks.count; i++)
		if (network_parse(span_of(conf->networks.items[i]),
			&config->networks[config->network_count], NULL) == 0)
			config->network_count++;
	for (size_t i = 0; i < conf->roles.count; i++) {
		enum role role;

		if (role_parse(
			span_of(conf->roles.items[i]), &role, NULL) == 0)
			config->roles |= 1u << role;
	}
	config->logins = conf->logins;
	config->local = conf->local;
	config->listeners = &conf->listeners;
}

/* True if every key that must be there is; else ERRORS tells. */
static bool
check_complete(const struct sign_key_conf *conf, struct buf *errors)
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
		conf_mistake(errors, &conf->place,
		    "key \"%s\": %s is missing; add: %s = \"%s\"", conf->name,
		    needed[i].key, needed[i].key, needed[i].example);
		complete = false;
	}
	return complete;
}

/* RFC 6376 section 3.5: the domain of i= is d= or lies under it. */
static bool
check_identity(
    const struct sign_key_conf *conf, struct span domain, struct buf *errors)
{
	struct conf_place place = conf_key_place(&conf->place, "identity");
	struct span identity = span_of(conf->identity);
	size_t at = span_find_last(identity, '@');
	struct span below = span_slice(identity, at + 1, identity.len);
	bool good = at < identity.len && sign_check_name(below, NULL) == 0 &&
	    span_ends_case(below, domain) &&
	    (below.len == domain.len ||
		below.ptr[below.len - domain.len - 1] == '.');

	/* Only what stands for itself in dkim-quoted-printable. */
	for (size_t i = 0; i < at && at < identity.len; i++)
		if (identity.ptr[i] <= ' ' || identity.ptr[i] >= 0x7f ||
		    identity.ptr[i] == ';' || identity.ptr[i] == '=')
			good = false;
	if (identity.len > 0 && !good)
		conf_mistake(errors, &place,
		    "key \"%s\": identity \"%s\" is not in the domain; write "
		    "\"@%.*s\" or take it out",
		    conf->name, conf->identity, SPAN_ARGS(domain));
	return identity.len == 0 || good;
}

static void
warn_if_weak(const struct sign_key_conf *conf, const struct signing_key *key)
{
	unsigned bits = signing_key_bits(key);

	if (signing_key_algorithm(key) == KEY_RSA && bits < KEY_RSA_BITS_GOOD)
		log_write(LOG_LEVEL_WARNING,
		    "%s:%d: key \"%s\": RSA of %u bits is weak; make a new "
		    "key of %d bits under a new selector",
		    conf->place.file, conf->place.line, conf->name, bits,
		    KEY_RSA_BITS_GOOD);
}

/* True if no key before KEY has its DNS name; NAMES has those so far. */
static bool
check_unique(struct sign_config *config, struct sign_table *names,
    const struct sign_key_conf *conf, const struct sign_key *key,
    struct buf *errors)
{
	struct span name = pool_printf(config->pool, "%.*s._domainkey.%.*s",
	    SPAN_ARGS(key->selector), SPAN_ARGS(key->domain));

	if (name.len > DNS_NAME_MAX) {
		conf_mistake(errors, &conf->place,
		    "key \"%s\": %s is longer than a DNS name can be; choose a "
		    "shorter selector",
		    conf->name, name.ptr);
		return false;
	}
	if (sign_table_get(names, name) != NULL) {
		conf_mistake(errors, &conf->place,
		    "key \"%s\": there is another key for %s; give each its "
		    "own selector",
		    conf->name, name.ptr);
		return false;
	}
	sign_table_add(names, name, key);
	return true;
}

static void
load_key(struct sign_config *config, struct sign_table *names,
    const struct sign_key_conf *conf, struct buf *errors)
{
	struct sign_key *key = &config->keys[config->key_count];
	struct conf_place place;
	struct err err;

	if (!check_complete(conf, errors))
		return;
	key->domain = pool_dup_lower(config->pool, span_of(conf->domain));
	key->selector = pool_dup_lower(config->pool, span_of(conf->selector));
	key->identity = span_of(conf->identity);
	if (!check_identity(conf, key->domain, errors) ||
	    !check_unique(config, names, conf, key, errors))
		return;
	key->key = signing_key_read(
	    conf_path(config->pool, &conf->place, conf->file), &err);
	if (key->key == NULL) {
		place = conf_key_place(&conf->place, "file");
		conf_mistake(errors, &place, "key \"%s\": file: %s",
		    conf->name, err.text);
		return;
	}
	warn_if_weak(conf, key->key);
	config->key_count++;
	if (conf->from.count == 0)
		sign_table_add(config->table, key->domain, key);
	for (size_t i = 0; i < conf->from.count; i++)
		sign_table_add(config->table,
		    pool_dup_lower(
			config->pool, span_of(conf->from.items[i])),
		    key);
}

/* True if all keys are good. */
static bool
load_keys(struct sign_config *config, const struct sign_conf *conf,
    struct buf *errors)
{
	const struct sign_key_conf *items = conf->keys.items;
	struct sign_table *names = sign_table_new();

	config->keys = pool_alloc_array(
	    config->pool, conf->keys.count, sizeof(config->keys[0]));
	for (size_t i = 0; i < conf->keys.count; i++)
		load_key(config, names, &items[i], errors);
	sign_table_free(&names);
	return config->key_count == conf->keys.count;
}

struct sign_config *
sign_config_new(const struct sign_conf *conf, struct buf *errors)
{
	struct sign_config *config = xalloc(sizeof(*config));

	config->pool = pool_new();
	config->table = sign_table_new();
	config->header_canon = canon_pairs[conf->canonicalization].header;
	config->body_canon = canon_pairs[conf->canonicalization].body;
	config->lifetime_s = conf->lifetime / CLOCK_SECOND_US;
	load_origins(config, conf);
	load_fields(config, conf);
	if (conf->keys.count == 0)
		log_write(LOG_LEVEL_WARNING,
		    "%s: no key is configured: nothing is signed; add key "
		    "\"NAME\" { domain = ... selector = ... file = ... }",
		    conf->settings.place.file);
	if (!load_keys(config, conf, errors))
		sign_config_free(&config);
	return config;
}

void
sign_config_free(struct sign_config **config)
{
	if (*config == NULL)
		return;
	for (size_t i = 0; i < (*config)->key_count; i++)
		signing_key_free(&(*config)->keys[i].key);
	sign_table_free(&(*config)->table);
	pool_free(&(*config)->pool);
	free(*config);
	*config = NULL;
}
