/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_values.h"

#include "formats/authentication_results.h"
#include "formats/encoded_word.h"
#include "formats/mailbox.h"
#include "rules/rule_eval_table.h"
#include "rules/rule_time.h"

#include <stddef.h>

void
rule_values_add(
    struct pool *pool, struct rule_values *values, struct span value)
{
	if (values->count == 0) {
		values->one = value;
		values->items = &values->one;
		values->count = 1;
		return;
	}
	if (values->count == 1) {
		values->items =
		    pool_grow(pool, NULL, 0, sizeof(*values->items));
		values->items[0] = values->one;
	}
	values->items = pool_grow(
	    pool, values->items, values->count, sizeof(*values->items));
	values->items[values->count++] = value;
}

static void
add_value(
    struct rule_eval *eval, struct rule_values *values, struct span value)
{
	rule_values_add(eval->facts->temporary, values, value);
}

struct span
rule_decode_header(struct pool *pool, const struct header *header)
{
	return encoded_word_decode(pool, header->value);
}

struct span
rule_header_text(struct rule_facts *facts, const struct header *header)
{
	const struct header_list *headers = &facts->message->headers;
	struct span *slot;

	if (facts->decoded == NULL)
		facts->decoded = pool_alloc_array(
		    facts->pool, headers->count + 1, sizeof(struct span));
	slot = &facts->decoded[header - headers->items];
	if (slot->ptr == NULL)
		*slot = rule_decode_header(facts->pool, header);
	/* NULL marks what was not decoded yet. */
	if (slot->ptr == NULL)
		*slot = SPAN("");
	return *slot;
}

/* The value as it is, but for the blanks around it: the one behind the colon is
 * no part of what its author wrote. */
static struct span
raw_text(const struct header *header)
{
	return span_trim(header->value);
}

static void
add_headers(struct rule_eval *eval, struct span name, bool raw,
    struct rule_values *values)
{
	const struct header_list *headers = &eval->facts->message->headers;

	for (size_t i = 0; i < headers->count; i++) {
		const struct header *header = &headers->items[i];

		if (!span_equal_case(header->name, name))
			continue;
		add_value(eval, values,
		    raw ? raw_text(header)
			: rule_header_text(eval->facts, header));
	}
}

/* Addresses, or their domains, of all fields of NAME.  One that cannot be read
 * in one way only is taken as it stands, with no domain: it must not look like
 * one of ours. */
static void
read_addresses(const struct rule_facts *facts, struct span name, bool domain,
    struct pool *pool, struct rule_values *values)
{
	const struct header_list *headers = &facts->message->headers;

	for (size_t i = 0; i < headers->count; i++) {
		const struct header *header = &headers->items[i];
		struct mailbox_list list = { 0 };
		struct err err;

		if (!span_equal_case(header->name, name))
			continue;
		if (mailbox_list_parse(pool, header->value, &list, &err) < 0) {
			rule_values_add(pool, values,
			    domain ? SPAN("")
				   : header_unfold(pool, header->value));
			continue;
		}
		for (size_t j = 0; j < list.count; j++) {
			const struct address address = {
				.local = list.items[j].local,
				.domain = list.items[j].domain,
			};

			rule_values_add(pool, values,
			    domain ? address.domain
				   : address_plain(pool, &address));
		}
	}
}

/* The same of From, read once for all rules. */
static const struct rule_values *
from_values(struct rule_facts *facts, bool domain)
{
	const struct rule_values **values =
	    domain ? &facts->from_domains : &facts->from;

	if (*values == NULL) {
		struct rule_values *read =
		    pool_alloc(facts->pool, sizeof(*read));

		read_addresses(
		    facts, SPAN("From"), domain, facts->pool, read);
		*values = read;
	}
	return *values;
}

/* Adds what HEADER says, if a host to be believed wrote it. */
static void
add_trusted(struct rule_facts *facts, const struct header *header,
    struct authentication_results *all)
{
	struct authentication_results one;
	struct span host;
	struct err err;

	if (!span_equal_case(header->name, SPAN("Authentication-Results")) ||
	    authentication_results_host(facts->pool, header->value, &host) <
		0 ||
	    !rule_names_have(facts->authserv_ids, host) ||
	    authentication_results_parse(
		facts->pool, header->value, &one, &err) < 0)
		return;
	for (size_t i = 0; i < one.count; i++) {
		all->items = pool_grow(facts->pool, all->items, all->count,
		    sizeof(*all->items));
		all->items[all->count++] = one.items[i];
	}
}

/* All that hosts to be believed found out, read once for all rules. */
static const struct authentication_results *
trusted_results(struct rule_facts *facts)
{
	const struct header_list *headers = &facts->message->headers;
	struct authentication_results *all;

	if (facts->results != NULL)
		return facts->results;
	all = pool_alloc(facts->pool, sizeof(*all));
	if (facts->authserv_ids != NULL)
		for (size_t i = 0; i < headers->count; i++)
			add_trusted(facts, &headers->items[i], all);
	facts->results = all;
	return all;
}

/* NAME is a method, "spf", or with a property, "spf.smtp.mailfrom".  What a
 * property says counts only if the method was passed: in a signature that is
 * not valid anybody may be named. */
static void
add_results(
    struct rule_eval *eval, struct span name, struct rule_values *values)
{
	const struct authentication_results *results =
	    trusted_results(eval->facts);
	size_t dot = span_find(name, '.');
	struct span property = span_slice(name, dot + 1, name.len);

	for (size_t i = 0; i < results->count; i++) {
		const struct authentication_result *item = &results->items[i];

		if (span_equal_case(
			item->method, span_slice(name, 0, dot)) &&
		    span_equal_case(item->property, property) &&
		    (property.len == 0 || item->passed))
			add_value(eval, values, item->value);
	}
}

static void
add_charsets(struct rule_eval *eval, struct rule_values *values)
{
	const struct content_facts *content = eval->facts->content;

	for (size_t i = 0; i < content->part_count; i++)
		if (content->parts[i].charset.len > 0)
			add_value(eval, values, content->parts[i].charset);
}

/* Names that programs show differ; a rule must see all of them. */
static void
add_names(struct rule_eval *eval, bool extension, struct rule_values *values)
{
	const struct part *part = eval->attachment;

	for (size_t i = 0; i < part->name_count; i++) {
		struct span name = part->names[i];
		size_t dot = span_find_last(name, '.');

		if (!extension)
			add_value(eval, values, name);
		else if (dot < name.len)
			/* Windows drops blanks and dots at the end. */
			add_value(eval, values,
			    span_trim(span_slice(name, dot + 1, name.len)));
	}
}

static const struct recipient *
picked_recipient(const struct rule_eval *eval)
{
	return &eval->facts->message->recipients[eval->recipient];
}

/* The facts that are a span of the connection. */
static const struct {
	enum rule_fact_id id;
	size_t offset;
} connection_values[] = {
	{ FACT_CLIENT, offsetof(struct connection, client_text) },
	{ FACT_CLIENT_NAME, offsetof(struct connection, client_name) },
	{ FACT_CLIENT_CERTIFICATE,
	    offsetof(struct connection, tls.client_subject) },
	{ FACT_CERTIFICATE_SUBJECT,
	    offsetof(struct connection, tls.client_subject) },
	{ FACT_CERTIFICATE_ISSUER,
	    offsetof(struct connection, tls.client_issuer) },
	{ FACT_HELO, offsetof(struct connection, helo) },
	{ FACT_LOGIN, offsetof(struct connection, login) },
	{ FACT_LISTENER, offsetof(struct connection, listener) },
	{ FACT_TLS_VERSION, offsetof(struct connection, tls.version) },
	{ FACT_TLS_CIPHER, offsetof(struct connection, tls.cipher) },
};

static void
add_connection_value(struct rule_eval *eval, enum rule_fact_id id,
    struct rule_values *values)
{
	const char *base = (const char *)eval->facts->connection;

	for (size_t i = 0;
	    i < sizeof(connection_values) / sizeof(connection_values[0]); i++)
		if (connection_values[i].id == id)
			add_value(eval, values,
			    *(const struct span *)(const void *)(base +
				connection_values[i].offset));
}

/* Adds ADDRESS, the same for all spellings of a mailbox; one that cannot be
 * read is added as it stands. */
static void
add_address(struct rule_eval *eval, const struct address *address,
    struct rule_values *values)
{
	add_value(eval, values,
	    address->local.len > 0
		? address_plain(eval->facts->temporary, address)
		: address->text);
}

/* The facts of the recipient, attachment or header that was picked. */
static void
add_picked_value(struct rule_eval *eval, enum rule_fact_id id,
    struct rule_values *values)
{
	if (id == FACT_RECIPIENT)
		add_address(eval, &picked_recipient(eval)->address, values);
	else if (id == FACT_RECIPIENT_DOMAIN)
		add_value(eval, values, picked_recipient(eval)->address.domain);
	else if (id == FACT_ATTACHMENT_NAME)
		add_names(eval, false, values);
	else if (id == FACT_ATTACHMENT_EXTENSION)
		add_names(eval, true, values);
	else if (id == FACT_ATTACHMENT_TYPE)
		add_value(eval, values, eval->attachment->true_type);
	else if (id == FACT_HEADER_NAME)
		add_value(eval, values, eval->header->name);
	else if (id == FACT_HEADER_VALUE)
		add_value(eval, values,
		    rule_header_text(eval->facts, eval->header));
	else if (id == FACT_HEADER_RAW_VALUE)
		add_value(eval, values, raw_text(eval->header));
}

void
rule_values_get(struct rule_eval *eval, const struct rule_test *test,
    struct rule_values *values)
{
	const struct message *message = eval->facts->message;

	*values = (struct rule_values){ 0 };
	switch (test->fact->id) {
	case FACT_CLIENT:
	case FACT_CLIENT_NAME:
	case FACT_CLIENT_CERTIFICATE:
	case FACT_CERTIFICATE_SUBJECT:
	case FACT_CERTIFICATE_ISSUER:
	case FACT_HELO:
	case FACT_LOGIN:
	case FACT_LISTENER:
	case FACT_TLS_VERSION:
	case FACT_TLS_CIPHER:
		add_connection_value(eval, test->fact->id, values);
		break;
	case FACT_SENDER:
		add_address(eval, &message->sender, values);
		break;
	case FACT_SENDER_DOMAIN:
		add_value(eval, values, message->sender.domain);
		break;
	case FACT_FROM:
	case FACT_FROM_DOMAIN:
		*values = *from_values(
		    eval->facts, test->fact->id == FACT_FROM_DOMAIN);
		break;
	case FACT_HEADER:
	case FACT_RAW_HEADER:
		add_headers(eval, test->header,
		    test->fact->id == FACT_RAW_HEADER, values);
		break;
	case FACT_HEADER_ADDRESS:
	case FACT_HEADER_DOMAIN:
		read_addresses(eval->facts, test->header,
		    test->fact->id == FACT_HEADER_DOMAIN,
		    eval->facts->temporary, values);
		break;
	case FACT_RESULT:
		add_results(eval, test->header, values);
		break;
	case FACT_CHARSET:
		add_charsets(eval, values);
		break;
	case FACT_SUBJECT:
		add_headers(eval, SPAN("Subject"), false, values);
		break;
	case FACT_RECIPIENT:
	case FACT_RECIPIENT_DOMAIN:
	case FACT_ATTACHMENT_NAME:
	case FACT_ATTACHMENT_EXTENSION:
	case FACT_ATTACHMENT_TYPE:
	case FACT_HEADER_NAME:
	case FACT_HEADER_VALUE:
	case FACT_HEADER_RAW_VALUE:
		add_picked_value(eval, test->fact->id, values);
		break;
	case FACT_DATE:
		add_value(eval, values,
		    rule_date_text(
			rule_date_of(rule_calendar(
			    eval->facts, test->operand.zone)),
			eval->facts->temporary));
		break;
	case FACT_CELL:
		rule_cell_values(eval, test->cell, values);
		break;
	case FACT_TIME:
	case FACT_WEEKDAY:
	case FACT_MESSAGE_TYPE:
	case FACT_TOTAL_SIZE:
	case FACT_LISTENER_ROLE:
	case FACT_MESSAGE_SIZE:
	case FACT_DIRECTION:
	case FACT_ATTACHMENT_STATE:
	case FACT_ATTACHMENT_SIZE:
	case FACT_ATTRIBUTE:
	case FACT_MANAGER:
		break; /* no texts, or rule_eval_directory.c has them */
	case FACT_TEXT:
	case FACT_CONTENT:
	case FACT_BODY:
	case FACT_ATTACHMENTS:
	case FACT_ATTACHMENT_TEXT:
		break; /* rule_texts_get has them */
	}
}

bool
rule_is_internal(const struct rule_facts *facts, struct span local,
    struct span domain)
{
	struct address address = { .local = local };
	/* A bare "postmaster" is the host's own (RFC 5321 section 4.5.1). */
	bool ours = domain.len == 0
	    ? local.len > 0
	    : facts->internal != NULL &&
		facts->internal(facts->internal_context, domain);

	/* From a domain of its own the MTA may send it on to anywhere. */
	return ours && !address_local_routes(&address);
}
