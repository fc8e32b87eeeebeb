/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks come first and decide alone for the clients that they are about:
 * where all tenants of a provider share its networks and its certificate, a
 * general rule, such as that for the role of the listener, must not sign what
 * the block refuses.
 */
#include "milters/sign/sign_origin.h"

#include "base/pool.h"
#include "base/xalloc.h"
#include "formats/glob.h"

#include <stdlib.h>

struct networks {
	struct network *items;
	size_t count;
};

struct header_match {
	struct span name;
	struct span value;
};

/* What a block, or the file outside all blocks, says of clients. */
struct origin {
	struct span name; /* of the block */
	struct networks networks;
	unsigned roles; /* bits 1 << enum role */
	const struct conf_strings *listeners;
	const struct conf_strings *logins; /* of a block */
	bool local, bounces; /* a block is about these; they have no client */
	const struct conf_strings *certificates;
	struct header_match *headers;
	size_t header_count;
};

struct sign_origins {
	struct pool *pool;
	bool logins, local, bounces;
	struct origin general;
	struct origin *blocks;
	size_t block_count;
};

static void
load_networks(struct pool *pool, const struct conf_strings *texts,
    struct networks *networks)
{
	networks->items =
	    pool_alloc_array(pool, texts->count, sizeof(struct network));
	for (size_t i = 0; i < texts->count; i++)
		if (network_parse(span_of(texts->items[i]),
			&networks->items[networks->count], NULL) == 0)
			networks->count++;
}

static unsigned
load_roles(const struct conf_strings *texts)
{
	unsigned roles = 0;

	for (size_t i = 0; i < texts->count; i++) {
		enum role role;

		if (role_parse(span_of(texts->items[i]), &role, NULL) == 0)
			roles |= 1u << role;
	}
	return roles;
}

static void
split_header(const char *text, struct header_match *match)
{
	struct span field = span_of(text);
	size_t colon = span_find(field, ':');

	match->name = span_slice(field, 0, colon);
	match->value = span_trim(span_slice(field, colon + 1, field.len));
}

int
sign_origin_check_header(const char *text, struct err *err)
{
	struct header_match match;

	split_header(text, &match);
	if (header_name_check(match.name) < 0 || match.value.len == 0)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is no header field; write one such as "
		    "\"X-OriginatorOrg: example.com\"",
		    text);
	return 0;
}

/* True if BLOCK says which clients it is about; else a line in ERRORS. */
static bool
load_block(struct pool *pool, const struct sign_origin_conf *conf,
    struct origin *block, struct buf *errors)
{
	bool clients;

	block->name = span_of(conf->name);
	load_networks(pool, &conf->networks, &block->networks);
	block->roles = load_roles(&conf->roles);
	block->listeners = &conf->listeners;
	block->logins = &conf->logins;
	block->local = conf->local;
	block->bounces = conf->bounces;
	block->certificates = &conf->certificates;
	block->headers = pool_alloc_array(
	    pool, conf->headers.count, sizeof(block->headers[0]));
	block->header_count = conf->headers.count;
	for (size_t i = 0; i < conf->headers.count; i++)
		split_header(conf->headers.items[i], &block->headers[i]);
	clients = conf->networks.count + conf->roles.count +
	    conf->listeners.count + conf->logins.count +
	    conf->certificates.count > 0;
	if (clients != (conf->local || conf->bounces))
		return true;
	/* Anyone can write a header field. */
	conf_mistake(errors, &conf->place, "origin \"%s\": %s", conf->name,
	    clients
		? "what did not come by SMTP has no client; beside local and "
		  "bounces there can only be headers"
		: "it does not say which clients it is about; add networks, "
		  "listeners, roles, logins, certificates, local or bounces");
	return false;
}

struct sign_origins *
sign_origins_new(const struct sign_conf *conf, struct buf *errors)
{
	struct sign_origins *origins = xalloc(sizeof(*origins));
	const struct sign_origin_conf *items = conf->origins.items;
	bool good = true;

	origins->pool = pool_new();
	origins->logins = conf->logins;
	origins->local = conf->local;
	origins->bounces = conf->bounces;
	load_networks(
	    origins->pool, &conf->networks, &origins->general.networks);
	origins->general.roles = load_roles(&conf->roles);
	origins->general.listeners = &conf->listeners;
	origins->block_count = conf->origins.count;
	origins->blocks = pool_alloc_array(
	    origins->pool, origins->block_count, sizeof(struct origin));
	for (size_t i = 0; i < origins->block_count; i++)
		if (!load_block(origins->pool, &items[i], &origins->blocks[i],
			errors))
			good = false;
	if (!good)
		sign_origins_free(&origins);
	return origins;
}

void
sign_origins_free(struct sign_origins **origins)
{
	if (*origins == NULL)
		return;
	pool_free(&(*origins)->pool);
	free(*origins);
	*origins = NULL;
}

static bool
in_networks(const struct networks *networks, const struct ip *client)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_contains(&networks->items[i], client))
			return true;
	return false;
}

static bool
in_texts(const struct conf_strings *texts, struct span text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (span_equal(span_of(texts->items[i]), text))
			return true;
	return false;
}

static bool
is_login(const struct conf_strings *patterns, struct span login)
{
	for (size_t i = 0; login.len > 0 && i < patterns->count; i++)
		if (glob_matches(span_of(patterns->items[i]), login))
			return true;
	return false;
}

static bool
has_certificate(const struct origin *block, const struct tls *tls)
{
	const struct conf_strings *names = block->certificates;

	if (!tls->client_verified)
		return false;
	for (size_t i = 0; i < names->count; i++)
		if (span_equal_case(
			span_of(names->items[i]), tls->client_name))
			return true;
	return false;
}

/* A field that stands twice could be a forged one beside the real one. */
static bool
has_header(const struct origin *block, const struct header_list *headers)
{
	for (size_t i = 0; i < block->header_count; i++) {
		const struct header_match *match = &block->headers[i];
		const struct header *field =
		    header_list_find(headers, match->name, 0);

		if (field != NULL &&
		    header_list_find(headers, match->name, 1) == NULL &&
		    span_equal_case(span_trim(field->value), match->value))
			return true;
	}
	return block->header_count == 0;
}

/* Of mail that did not come by SMTP.  Postfix shows this sender without "<>"
 * there. */
static bool
is_bounce(const struct message *message)
{
	return message->sender.text.len == 0;
}

/* True if BLOCK is about the client: all fits that it says of where mail comes
 * from, or its certificate where it says nothing else.  A client of mail that
 * did not come by SMTP is shown as 127.0.0.1, which says nothing. */
static bool
is_about(const struct origin *block, const struct connection *connection,
    const struct message *message)
{
	bool any = false;

	if (connection->local)
		return is_bounce(message) ? block->bounces : block->local;
	if (block->networks.count > 0) {
		any = true;
		if (!in_networks(&block->networks, &connection->client))
			return false;
	}
	if (block->roles != 0) {
		any = true;
		if ((block->roles & (1u << connection->role)) == 0)
			return false;
	}
	if (block->listeners->count > 0) {
		any = true;
		if (!in_texts(block->listeners, connection->listener))
			return false;
	}
	if (block->logins->count > 0) {
		any = true;
		if (!is_login(block->logins, connection->login))
			return false;
	}
	return any || has_certificate(block, &connection->tls);
}

static enum sign_own
judge_block(const struct origin *block, const struct connection *connection,
    const struct header_list *headers)
{
	if (block->certificates->count > 0 &&
	    !has_certificate(block, &connection->tls))
		return SIGN_NO_CERTIFICATE;
	return has_header(block, headers) ? SIGN_OWN : SIGN_NO_HEADER_FIELD;
}

/* Which general rule makes mail of CONNECTION one's own; empty: none. */
static struct span
general_rule(const struct sign_origins *origins,
    const struct connection *connection)
{
	const struct origin *general = &origins->general;

	if (origins->logins && connection->login.len > 0)
		return SPAN("login");
	if (in_texts(general->listeners, connection->listener))
		return SPAN("listener");
	if ((general->roles & (1u << connection->role)) != 0)
		return SPAN("role");
	if (in_networks(&general->networks, &connection->client))
		return SPAN("network");
	return SPAN("");
}

/* The same of mail that did not come by SMTP. */
static struct span
local_rule(const struct sign_origins *origins, const struct message *message)
{
	if (is_bounce(message))
		return origins->bounces ? SPAN("bounce") : SPAN("");
	return origins->local ? SPAN("local") : SPAN("");
}

enum sign_own
sign_origins_judge(const struct sign_origins *origins,
    const struct connection *connection, const struct message *message,
    struct span *name)
{
	for (size_t i = 0; i < origins->block_count; i++) {
		const struct origin *block = &origins->blocks[i];

		if (!is_about(block, connection, message))
			continue;
		*name = block->name;
		return judge_block(block, connection, &message->headers);
	}
	*name = connection->local ? local_rule(origins, message)
				  : general_rule(origins, connection);
	return name->len > 0 ? SIGN_OWN : SIGN_FOREIGN;
}
