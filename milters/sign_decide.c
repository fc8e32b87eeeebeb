/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides at the end of the header whether the message is one's own and
 * whether there is a key for its author; if not, the MTA need not send the
 * body.  To ask at MAIL would cost each signed message one more round trip.
 * The body is hashed as it comes, once for all signatures; what is left at
 * the end is one private operation per key.
 */
#include "milters/sign_decide.h"

#include "base/crypto.h"
#include "formats/dkim_canon.h"
#include "formats/dkim_signature.h"
#include "formats/mailbox.h"
#include "milters/sign_config.h"

struct sign_message {
	const struct sign_keys *keys; /* NULL: it is not signed */
	struct dkim_fields fields;
	struct sha256 *body_hash; /* NULL before the body */
	struct dkim_body body;
};

unsigned
sign_needs(const void *config)
{
	const struct sign_config *snapshot = config;

	return snapshot->key_count > 0 ? EVENT_HEADERS | EVENT_BODY : 0;
}

void
sign_begin(struct decision *decision)
{
	decision->state =
	    pool_alloc(decision->message->pool, sizeof(struct sign_message));
}

static bool
in_networks(const struct sign_config *config, const struct ip *client)
{
	for (size_t i = 0; i < config->network_count; i++)
		if (network_contains(&config->networks[i], client))
			return true;
	return false;
}

static bool
in_listeners(const struct sign_config *config, struct span listener)
{
	for (size_t i = 0; i < config->listeners->count; i++)
		if (span_equal(span_of(config->listeners->items[i]), listener))
			return true;
	return false;
}

/* True if mail of CONNECTION is one's own to sign. */
static bool
is_own(const struct sign_config *config, const struct connection *connection)
{
	/* Its client is shown as 127.0.0.1, which says nothing. */
	if (connection->local)
		return config->local;
	return (config->logins && connection->login.len > 0) ||
	    (config->roles & (1u << connection->role)) != 0 ||
	    in_listeners(config, connection->listener) ||
	    in_networks(config, &connection->client);
}

static enum answer
pass_unsigned(struct decision *decision, const char *reason)
{
	verdict_note(decision->verdict, "reason", "%s", reason);
	return ANSWER_DONE;
}

static bool
is_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] >= 0x80)
			return false;
	return true;
}

/*
 * Finds the one domain of all authors.  NULL, or why there is none: whoever
 * signs for one of several authors vouches for the others as well.
 */
static const char *
find_author_domain(struct decision *decision, struct span *domain)
{
	const struct message *message = decision->message;
	const struct header *from =
	    header_list_find(&message->headers, SPAN("From"), 0);
	struct mailbox_list authors;
	struct err err;

	if (from == NULL)
		return "no-from";
	if (header_list_count(&message->headers, SPAN("From")) > 1)
		return "several-from";
	if (mailbox_list_parse(message->pool, from->value, &authors, &err) <
	    0) {
		verdict_note(decision->verdict, "from_error", "%s", err.text);
		return "from-malformed";
	}
	if (authors.count == 0)
		return "no-author";
	*domain = authors.items[0].domain;
	for (size_t i = 1; i < authors.count; i++)
		if (!span_equal_case(authors.items[i].domain, *domain))
			return "several-domains";
	return NULL;
}

static void
write_to_sha256(void *context, struct span piece)
{
	sha256_update(context, piece);
}

static enum answer
decide_headers(struct decision *decision)
{
	const struct sign_config *config = decision->config;
	struct sign_message *state = decision->state;
	struct span domain = { NULL, 0 };
	const struct sign_keys *keys;
	const char *reason;

	if (config->key_count == 0)
		return pass_unsigned(decision, "no-keys");
	if (!is_own(config, decision->connection))
		return pass_unsigned(decision, "origin");
	reason = find_author_domain(decision, &domain);
	if (reason != NULL)
		return pass_unsigned(decision, reason);
	verdict_note(
	    decision->verdict, "author_domain", "%.*s", SPAN_ARGS(domain));
	if (!is_ascii(domain))
		return pass_unsigned(decision, "domain-not-ascii");
	keys = sign_table_find(config->table, domain);
	if (keys == NULL)
		return pass_unsigned(decision, "no-key");
	if (dkim_fields_select(decision->message->pool,
		&decision->message->headers, config->fields,
		config->field_count, &state->fields, NULL) < 0)
		return pass_unsigned(decision, "too-many-fields");
	state->keys = keys;
	state->body_hash = sha256_new();
	dkim_body_init(&state->body, config->body_canon,
	    (struct dkim_sink){ write_to_sha256, state->body_hash });
	return ANSWER_MORE;
}

int
sign_body(struct decision *decision, struct span chunk)
{
	struct sign_message *state = decision->state;

	if (state->keys != NULL)
		dkim_body_update(&state->body, chunk);
	return 0;
}

/* Adds the signature by KEY to the verdict.  0, or -1 with *ERR. */
static int
sign_with(struct decision *decision, const struct sign_key *key,
    const uint8_t body_digest[SHA256_SIZE], struct err *err)
{
	const struct sign_config *config = decision->config;
	const struct sign_message *state = decision->state;
	struct pool *pool = decision->message->pool;
	int64_t now = decision->now.wall_us / CLOCK_SECOND_US;
	const struct dkim_tags tags = {
		.algorithm = signing_key_algorithm(key->key),
		.header_canon = config->header_canon,
		.body_canon = config->body_canon,
		.domain = key->domain,
		.selector = key->selector,
		.identity = key->identity,
		.signed_at = now,
		.expires_at =
		    config->lifetime_s > 0 ? now + config->lifetime_s : 0,
		.body_digest = body_digest,
	};
	uint8_t digest[SHA256_SIZE], signature[SIGNATURE_MAX];
	struct span head = dkim_render(pool, &tags, &state->fields);
	size_t len;

	dkim_digest(pool, config->header_canon, &state->fields, head,
	    (struct span){ NULL, 0 }, digest);
	if (signing_key_sign(key->key, digest, signature, &len, err) < 0)
		return -1;
	verdict_insert_header(decision->verdict, 0, SPAN("DKIM-Signature"),
	    dkim_complete(pool, head, span_make((const char *)signature, len)));
	return 0;
}

/* One note for all signatures. */
static void
note_signed(struct decision *decision, const struct sign_keys *keys)
{
	struct pool *pool = decision->message->pool;
	struct span text = { NULL, 0 };

	for (size_t i = 0; i < keys->count; i++) {
		const struct sign_key *key = keys->items[i];

		text = pool_printf(pool, "%.*s%s%.*s/%.*s/%s", SPAN_ARGS(text),
		    i > 0 ? "," : "", SPAN_ARGS(key->domain),
		    SPAN_ARGS(key->selector),
		    dkim_algorithm_name(signing_key_algorithm(key->key)));
	}
	verdict_note(decision->verdict, "signed", "%.*s", SPAN_ARGS(text));
}

static enum answer
decide_end(struct decision *decision)
{
	struct sign_message *state = decision->state;
	uint8_t body_digest[SHA256_SIZE];
	struct err err;

	/* No end of the header came. */
	if (state->keys == NULL)
		return pass_unsigned(decision, "no-header");
	dkim_body_final(&state->body);
	sha256_final(state->body_hash, body_digest);
	for (size_t i = 0; i < state->keys->count; i++) {
		const struct sign_key *key = state->keys->items[i];

		if (sign_with(decision, key, body_digest, &err) < 0) {
			(void)err_context(&err, "%.*s/%.*s",
			    SPAN_ARGS(key->domain), SPAN_ARGS(key->selector));
			decision_fail(decision, "signing", &err);
			return ANSWER_DONE;
		}
	}
	note_signed(decision, state->keys);
	return ANSWER_DONE;
}

enum answer
sign_decide(struct decision *decision)
{
	switch (decision->stage) {
	case STAGE_MAIL:
	case STAGE_RECIPIENT:
	case STAGE_DATA:
		return ANSWER_MORE;
	case STAGE_HEADERS:
		return decide_headers(decision);
	case STAGE_END:
		return decide_end(decision);
	}
	return ANSWER_DONE;
}

void
sign_settle(struct decision *decision, enum settlement settlement)
{
	struct sign_message *state = decision->state;

	(void)settlement;
	sha256_free(&state->body_hash);
}
