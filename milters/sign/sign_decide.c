/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides at the end of the header whether the message is one's own and
 * whether there is a key for its author; if not, the MTA need not send the
 * body.  To ask at MAIL would cost each signed message one more round trip.
 * The body is hashed as it comes, once for all signatures; what is left at
 * the end is one private operation per key.
 */
#include "milters/sign/sign_decide.h"

#include "base/crypto.h"
#include "formats/dkim_body_digest.h"
#include "formats/dkim_signature.h"
#include "formats/dns_name.h"
#include "formats/mailbox.h"
#include "milters/sign/sign_config.h"
#include "milters/sign/sign_count.h"
#include "milters/sign/sign_earlier.h"
#include "milters/sign/sign_origin.h"

struct sign_message {
	const struct sign_uses *uses; /* NULL: it is not signed */
	struct author author;
	struct dkim_fields fields;
	struct dkim_body_digest *body; /* NULL before the body */
	struct sign_earlier_list earlier;
	bool eight_bit; /* the body has a byte over 127 */
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

static enum answer
pass_unsigned(struct decision *decision, enum unsigned_reason reason)
{
	sign_count_unsigned(decision->process, reason);
	verdict_note(
	    decision->verdict, "reason", "%s", sign_count_reason_name(reason));
	return ANSWER_DONE;
}

/* True if the message is one's own; else *REASON says why not. */
static bool
check_origin(struct decision *decision, enum unsigned_reason *reason)
{
	const struct sign_config *config = decision->config;
	struct span name = SPAN("");
	enum sign_own own = sign_origins_judge(config->origins,
	    decision->connection, decision->message, &name);

	if (name.len > 0)
		verdict_note(
		    decision->verdict, "origin", "%.*s", SPAN_ARGS(name));
	switch (own) {
	case SIGN_OWN:
		return true;
	case SIGN_FOREIGN:
		*reason = UNSIGNED_ORIGIN;
		break;
	case SIGN_NO_CERTIFICATE:
		*reason = UNSIGNED_CERTIFICATE;
		break;
	case SIGN_NO_HEADER_FIELD:
		*reason = UNSIGNED_HEADER;
		break;
	}
	return false;
}

/* True if the client may be only certain authors. */
static bool
is_bound(const struct decision *decision)
{
	const struct sign_config *config = decision->config;

	return config->bind_logins != BIND_NO &&
	    decision->connection->login.len > 0;
}

/* Reads the mailboxes of the first From field.  True, or *REASON says why it
 * cannot be. */
static bool
read_authors(struct decision *decision, struct mailbox_list *authors,
    enum unsigned_reason *reason)
{
	const struct sign_config *config = decision->config;
	const struct message *message = decision->message;
	const struct header *from =
	    header_list_find(&message->headers, SPAN("From"), 0);
	struct err err;

	*reason = UNSIGNED_NO_FROM;
	if (from == NULL)
		return false;
	*reason = UNSIGNED_SEVERAL_FROM;
	/* What a login may be is asked of the first field alone. */
	if ((config->several_authors == SEVERAL_REFUSE || is_bound(decision)) &&
	    header_list_count(&message->headers, SPAN("From")) > 1)
		return false;
	*reason = UNSIGNED_FROM_MALFORMED;
	if (mailbox_list_parse(message->pool, from->value, authors, &err) <
	    0) {
		verdict_note(decision->verdict, "from_error", "%s", err.text);
		return false;
	}
	*reason = UNSIGNED_NO_AUTHOR;
	return authors->count > 0;
}

/* True if the client may be AUTHOR. */
static bool
login_may_be(const struct decision *decision, const struct author *author)
{
	const struct sign_config *config = decision->config;
	struct span login = decision->connection->login;
	size_t at = span_find_last(login, '@');

	if (!is_bound(decision))
		return true;
	if (config->bind_logins == BIND_ADDRESS && at < login.len &&
	    span_equal_case(span_slice(login, 0, at), author->local) &&
	    span_equal_case(
		span_slice(login, at + 1, login.len), author->domain))
		return true;
	return sign_logins_grant(config->logins, login, author);
}

/*
 * Finds the author by whom the message is signed, and that the client may be
 * each of them.  True, or *REASON says why not: whoever signs for one of
 * several authors vouches for the others as well, unless several_authors says
 * that it does not matter.
 */
static bool
find_author(struct decision *decision, struct author *author,
    enum unsigned_reason *reason)
{
	const struct sign_config *config = decision->config;
	struct mailbox_list authors;
	struct err err;

	if (!read_authors(decision, &authors, reason))
		return false;
	for (size_t i = 0; i < authors.count; i++) {
		struct author each;

		if (author_of(decision->message->pool, &authors.items[i],
			&each, &err) < 0) {
			verdict_note(
			    decision->verdict, "from_error", "%s", err.text);
			*reason = UNSIGNED_DOMAIN_MALFORMED;
			return false;
		}
		if (i == 0) {
			*author = each;
			verdict_note(decision->verdict, "author_domain",
			    "%.*s", SPAN_ARGS(each.domain));
		}
		*reason = UNSIGNED_SEVERAL_DOMAINS;
		if (config->several_authors == SEVERAL_REFUSE &&
		    !span_equal(each.domain, author->domain))
			return false;
		*reason = UNSIGNED_LOGIN;
		if (!login_may_be(decision, &each))
			return false;
		/* Nothing is asked of the others. */
		if (config->several_authors == SEVERAL_FIRST &&
		    !is_bound(decision))
			return true;
	}
	return true;
}

/* A key of the message cannot be used, and its administrator wants the mail to
 * wait. */
static enum answer
defer_for(struct decision *decision, const struct sign_key *key)
{
	struct err err;

	(void)err_set(&err, ERR_CONFIG, "key \"%.*s\": %s",
	    SPAN_ARGS(key->name), key->file->error);
	(void)pass_unsigned(decision, UNSIGNED_KEY_DISABLED);
	decision_fail(decision, "signing key", &err);
	return ANSWER_DONE;
}

/*
 * Looks at the keys that the message is to be signed with.  True if one of
 * them can do so; else *ANSWER is that of the decision.
 */
static bool
check_keys(struct decision *decision, const struct sign_uses *uses,
    const struct author *author, enum answer *answer)
{
	bool any = false;

	for (size_t i = 0; i < uses->count; i++) {
		const struct sign_key *key = uses->items[i].key;

		/* What goes into d= must not be able to end the tag. */
		if (dns_name_check(sign_use_domain(&uses->items[i], author),
			NULL) < 0) {
			*answer =
			    pass_unsigned(decision, UNSIGNED_DOMAIN_MALFORMED);
			return false;
		}
		if (key->file->key != NULL) {
			any = true;
			continue;
		}
		verdict_note(decision->verdict, "disabled", "%.*s",
		    SPAN_ARGS(key->name));
		if (key->on_bad_key != BAD_KEY_PASS) {
			*answer = defer_for(decision, key);
			return false;
		}
	}
	if (!any)
		*answer = pass_unsigned(decision, UNSIGNED_KEY_DISABLED);
	return any;
}

/* Chooses the fields to be signed, in the form in which they will arrive.  0
 * or -1: they are too many. */
static int
select_fields(const struct decision *decision, struct dkim_fields *fields)
{
	const struct sign_config *config = decision->config;
	struct pool *pool = decision->message->pool;

	if (dkim_fields_select(pool, &decision->message->headers,
		config->fields, config->field_count, fields, NULL) < 0)
		return -1;
	dkim_fields_break(pool, config->line_limit, fields);
	return 0;
}

static enum answer
decide_headers(struct decision *decision)
{
	const struct sign_config *config = decision->config;
	struct sign_message *state = decision->state;
	const struct sign_uses *uses;
	enum unsigned_reason reason;
	enum answer answer = ANSWER_DONE;

	if (config->key_count == 0)
		return pass_unsigned(decision, UNSIGNED_NO_KEYS);
	if (!check_origin(decision, &reason) ||
	    !find_author(decision, &state->author, &reason))
		return pass_unsigned(decision, reason);
	uses = sign_table_find(config->table, &state->author);
	if (uses == NULL)
		return pass_unsigned(decision, UNSIGNED_NO_KEY);
	if (!check_keys(decision, uses, &state->author, &answer))
		return answer;
	if (select_fields(decision, &state->fields) < 0)
		return pass_unsigned(decision, UNSIGNED_TOO_MANY_FIELDS);
	state->uses = uses;
	state->body = dkim_body_digest_new(
	    decision->message->pool, config->line_limit);
	dkim_body_digest_want(state->body, config->body_canon);
	sign_earlier_find(decision, uses, &state->author, state->body,
	    &state->earlier);
	return ANSWER_MORE;
}

int
sign_body(struct decision *decision, struct span chunk)
{
	const struct sign_config *config = decision->config;
	struct sign_message *state = decision->state;

	if (state->uses == NULL)
		return 0;
	dkim_body_digest_update(state->body, chunk);
	if (config->warn_eight_bit && !state->eight_bit)
		state->eight_bit = !span_is_ascii(chunk);
	return 0;
}

/* Adds the signature by USE to the verdict.  0, or -1 with *ERR. */
static int
sign_with(
    struct decision *decision, const struct sign_use *use, struct err *err)
{
	const struct sign_config *config = decision->config;
	const struct sign_message *state = decision->state;
	const struct signing_key *key = use->key->file->key;
	struct pool *pool = decision->message->pool;
	int64_t now = decision->now.wall_us / CLOCK_SECOND_US;
	const struct dkim_tags tags = {
		.algorithm = signing_key_algorithm(key),
		.header_canon = config->header_canon,
		.body_canon = config->body_canon,
		.domain = sign_use_domain(use, &state->author),
		.selector = use->key->selector,
		.identity = use->identity,
		.signed_at = now,
		.expires_at =
		    config->lifetime_s > 0 ? now + config->lifetime_s : 0,
		.body_digest =
		    dkim_body_digest_get(state->body, config->body_canon),
		.copy_headers = config->copy_headers,
	};
	uint8_t digest[SHA256_SIZE], signature[SIGNATURE_MAX];
	struct span head = dkim_render(pool, &tags, &state->fields);
	size_t len;

	dkim_digest(pool, config->header_canon, &state->fields, head,
	    (struct span){ NULL, 0 }, digest);
	if (signing_key_sign(key, digest, signature, &len, err) < 0)
		return err_context(err, "%.*s/%.*s", SPAN_ARGS(tags.domain),
		    SPAN_ARGS(tags.selector));
	verdict_insert_header(decision->verdict, 0, SPAN("DKIM-Signature"),
	    dkim_complete(pool, head, span_make((const char *)signature, len)));
	sign_count_signature(decision->process, tags.algorithm);
	return 0;
}

/* Puts the name of the signature by USE behind TEXT. */
static void
describe(const struct decision *decision, const struct sign_use *use,
    struct span *text)
{
	const struct sign_message *state = decision->state;

	*text = pool_printf(decision->message->pool, "%.*s%s%.*s/%.*s/%s",
	    SPAN_ARGS(*text), text->len > 0 ? "," : "",
	    SPAN_ARGS(sign_use_domain(use, &state->author)),
	    SPAN_ARGS(use->key->selector),
	    dkim_algorithm_name(signing_key_algorithm(use->key->file->key)));
}

/* What became of the signatures of a message, for its decision line. */
struct outcome {
	struct span signed_with;
	struct span kept;   /* it has them already */
	struct span broken; /* it had them and they do not hold */
};

/* Does what is to be done by USE, whose key can be used.  0, or -1 with
 * *ERR. */
static int
sign_or_keep(struct decision *decision, const struct sign_use *use,
    struct outcome *outcome, struct err *err)
{
	const struct sign_message *state = decision->state;

	switch (sign_earlier_judge(&state->earlier, use, state->body)) {
	case EARLIER_HOLDS:
		describe(decision, use, &outcome->kept);
		sign_count_finding(decision->process, SIGN_KEPT);
		return 0;
	case EARLIER_BROKEN:
		describe(decision, use, &outcome->broken);
		sign_count_finding(decision->process, SIGN_BROKEN);
		break;
	case EARLIER_NONE:
		break;
	}
	if (sign_with(decision, use, err) < 0)
		return -1;
	describe(decision, use, &outcome->signed_with);
	return 0;
}

/* Counts the message and tells what was done. */
static enum answer
conclude(struct decision *decision, const struct outcome *outcome)
{
	const struct sign_message *state = decision->state;
	struct verdict *verdict = decision->verdict;

	if (outcome->broken.len > 0)
		verdict_note(
		    verdict, "broken", "%.*s", SPAN_ARGS(outcome->broken));
	if (outcome->kept.len > 0)
		verdict_note(
		    verdict, "kept", "%.*s", SPAN_ARGS(outcome->kept));
	if (state->eight_bit) {
		verdict_note(verdict, "warning", "eight-bit");
		sign_count_finding(decision->process, SIGN_EIGHT_BIT);
	}
	if (outcome->signed_with.len == 0)
		return pass_unsigned(decision, UNSIGNED_ALREADY_SIGNED);
	sign_count_message(decision->process);
	verdict_note(
	    verdict, "signed", "%.*s", SPAN_ARGS(outcome->signed_with));
	return ANSWER_DONE;
}

static enum answer
decide_end(struct decision *decision)
{
	struct sign_message *state = decision->state;
	struct outcome outcome = { .kept = SPAN("") };
	struct err err;

	/* No end of the header came. */
	if (state->uses == NULL)
		return pass_unsigned(decision, UNSIGNED_NO_HEADER);
	dkim_body_digest_final(state->body);
	for (size_t i = 0; i < state->uses->count; i++) {
		const struct sign_use *use = &state->uses->items[i];

		if (use->key->file->key == NULL)
			continue;
		if (sign_or_keep(decision, use, &outcome, &err) < 0) {
			decision_fail(decision, "signing", &err);
			return ANSWER_DONE;
		}
	}
	return conclude(decision, &outcome);
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
	dkim_body_digest_free(&state->body);
}
