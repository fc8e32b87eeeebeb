/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_earlier.h"

#include "formats/dkim_signature_read.h"
#include "formats/line_break.h"

#include <string.h>

/* The one of USES that makes signatures as READ says of itself, or NULL. */
static const struct sign_use *
find_use(const struct sign_uses *uses, const struct author *author,
    const struct dkim_read *read)
{
	for (size_t i = 0; i < uses->count; i++) {
		const struct sign_use *use = &uses->items[i];
		const struct signing_key *key = use->key->file->key;

		if (key != NULL &&
		    signing_key_algorithm(key) == read->algorithm &&
		    span_equal_case(use->key->selector, read->selector) &&
		    span_equal_case(
			sign_use_domain(use, author), read->domain))
			return use;
	}
	return NULL;
}

/* A message whose signatures are looked at. */
struct inspection {
	const struct decision *decision;
	const struct sign_uses *uses;
	const struct author *author;
	size_t effort; /* what is left of SIGN_EARLIER_EFFORT_MAX */
};

/* Takes COUNT times BYTES from the effort.  False if that is more than there
 * is. */
static bool
spend(struct inspection *inspection, size_t count, size_t bytes)
{
	if (bytes > 0 && count > inspection->effort / bytes)
		return false;
	inspection->effort -= count * bytes;
	return true;
}

/* Finds the *FIELDS that the signature READ is over, in the form in which they
 * will arrive.  False if that takes too much effort. */
static bool
find_fields(struct inspection *inspection, const struct dkim_read *read,
    struct dkim_fields *fields)
{
	const struct sign_config *config = inspection->decision->config;
	const struct message *message = inspection->decision->message;
	size_t bytes = 0;

	/* Each name is compared with the others and with all fields. */
	for (size_t i = 0; i < read->name_count; i++)
		bytes += read->names[i].len + 1;
	if (!spend(inspection, message->headers.count + read->name_count,
		bytes))
		return false;
	dkim_fields_named(message->pool, &message->headers, read->names,
	    read->name_count, fields);
	for (size_t i = 0; i < fields->count; i++)
		if (fields->fields[i] != NULL &&
		    !spend(inspection, 1, fields->fields[i]->value.len))
			return false;
	dkim_fields_break(message->pool, config->line_limit, fields);
	return true;
}

/* True if the signature READ in FIELD is one by KEY of the header. */
static bool
is_genuine(struct inspection *inspection, const struct header *field,
    const struct dkim_read *read, const struct signing_key *key)
{
	const struct decision *decision = inspection->decision;
	uint64_t now = (uint64_t)(decision->now.wall_us / CLOCK_SECOND_US);
	const struct header unsigned_field = { field->name,
		pool_printf(decision->message->pool, "%.*s%.*s",
		    SPAN_ARGS(read->head), SPAN_ARGS(read->tail)) };
	uint8_t digest[SHA256_SIZE];
	struct dkim_fields fields;

	/* Text could be added behind what l= covers. */
	if (read->part_of_body ||
	    (read->expires_at != 0 && read->expires_at <= now) ||
	    !find_fields(inspection, read, &fields))
		return false;
	dkim_digest_field(
	    read->header_canon, &fields, &unsigned_field, digest);
	return signing_key_verify(key, digest, read->signature);
}

/* Adds what FIELD is to LIST, if it says that it is a signature by one of the
 * uses. */
static void
look_at(struct inspection *inspection, const struct header *field,
    struct dkim_body_digest *body, struct sign_earlier_list *list)
{
	struct pool *pool = inspection->decision->message->pool;
	struct sign_earlier *earlier;
	const struct sign_use *use;
	struct dkim_read read;

	if (dkim_signature_read(pool, field->value, &read, NULL) < 0)
		return;
	use = find_use(inspection->uses, inspection->author, &read);
	if (use == NULL)
		return;
	list->items = pool_grow(
	    pool, list->items, list->count, sizeof(*earlier));
	earlier = &list->items[list->count++];
	earlier->use = use;
	earlier->genuine =
	    is_genuine(inspection, field, &read, use->key->file->key);
	earlier->body_canon = read.body_canon;
	memcpy(earlier->body_digest, read.body_digest, SHA256_SIZE);
	/* Not for a forged one: a body is large. */
	if (earlier->genuine)
		dkim_body_digest_want(body, read.body_canon);
}

void
sign_earlier_find(const struct decision *decision,
    const struct sign_uses *uses, const struct author *author,
    struct dkim_body_digest *body, struct sign_earlier_list *list)
{
	const struct sign_config *config = decision->config;
	const struct header_list *headers = &decision->message->headers;
	struct inspection inspection = { decision, uses, author,
		SIGN_EARLIER_EFFORT_MAX };
	size_t seen = 0;

	*list = (struct sign_earlier_list){ .items = NULL };
	for (size_t i = 0; i < headers->count && seen < SIGN_EARLIER_MAX;
	     i++) {
		const struct header *field = &headers->items[i];

		if (!span_equal_case(field->name, SPAN("DKIM-Signature")))
			continue;
		seen++;
		if (config->line_limit > 0)
			field = line_break_header(decision->message->pool,
			    config->line_limit, field);
		look_at(&inspection, field, body, list);
	}
}

enum sign_earlier_state
sign_earlier_judge(const struct sign_earlier_list *list,
    const struct sign_use *use, const struct dkim_body_digest *body)
{
	enum sign_earlier_state state = EARLIER_NONE;

	for (size_t i = 0; i < list->count; i++) {
		const struct sign_earlier *earlier = &list->items[i];

		if (earlier->use != use)
			continue;
		state = EARLIER_BROKEN;
		if (earlier->genuine &&
		    memcmp(dkim_body_digest_get(body, earlier->body_canon),
			earlier->body_digest, SHA256_SIZE) == 0)
			return EARLIER_HOLDS;
	}
	return state;
}
