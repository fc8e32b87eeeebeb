/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message for tests of rules: connection, envelope, headers and content from
 * text, as far as its stage says.
 */
#ifndef LUMBAR_T_RULE_MESSAGE_H
#define LUMBAR_T_RULE_MESSAGE_H

#include "rules/rule_facts.h"

struct rule_message {
	struct connection connection;
	struct message message;
	struct content *content;
	struct rule_facts facts;
};

/* Sender and NULL-terminated recipients without "<>"; HEADERS with LF, BODY
 * with CRLF line ends.  Domain example.com and those below are internal. */
static inline void
rule_message_init(struct rule_message *m, const char *sender,
    const char *const *recipients, const char *headers, struct span body);

static inline void
rule_message_free(struct rule_message *m)
{
	content_free(&m->content);
	regex_scratch_free(&m->facts.scratch);
	pool_free(&m->facts.temporary);
	pool_free(&m->message.pool);
}

static inline bool
rule_message_internal(const void *context, struct span domain)
{
	(void)context;
	return domain_matches(domain, SPAN("example.com")) ||
	    domain_matches(domain, SPAN(".example.com"));
}

static inline void
rule_message_add_recipient(struct rule_message *m, const char *address)
{
	struct message *message = &m->message;
	struct recipient *recipient;

	message->recipients = pool_grow(message->pool, message->recipients,
	    message->recipient_count, sizeof(*recipient));
	recipient = &message->recipients[message->recipient_count++];
	recipient->given =
	    pool_printf(message->pool, "<%s>", address);
	if (address_parse(recipient->given, &recipient->address, NULL) < 0)
		recipient->address = (struct address){ 0 };
}

static inline void
rule_message_add_headers(struct rule_message *m, const char *text)
{
	struct span rest = pool_dup(m->message.pool, span_of(text)), line;

	while (span_next(&rest, '\n', &line)) {
		size_t colon = span_find(line, ':');

		if (line.len > 0)
			header_list_add(&m->message.headers, m->message.pool,
			    span_slice(line, 0, colon),
			    span_slice(line, colon + 1, line.len));
	}
}

static inline void
rule_message_init(struct rule_message *m, const char *sender,
    const char *const *recipients, const char *headers, struct span body)
{
	struct content_limits limits = content_limits_default();
	struct pool *pool = pool_new();

	*m = (struct rule_message){ .message = { .pool = pool } };
	m->connection.client_text = SPAN("192.0.2.7");
	(void)ip_parse(m->connection.client_text, &m->connection.client);
	m->connection.role = ROLE_OUTBOUND;
	m->message.sender_given = pool_printf(pool, "<%s>", sender);
	(void)address_parse(m->message.sender_given, &m->message.sender, NULL);
	for (size_t i = 0; recipients[i] != NULL; i++)
		rule_message_add_recipient(m, recipients[i]);
	rule_message_add_headers(m, headers);
	m->message.body_size = body.len;
	m->content = content_new(&limits, &m->message.headers, pool);
	content_feed(m->content, body);
	m->facts = (struct rule_facts){
		.connection = &m->connection,
		.message = &m->message,
		.stage = RULE_STAGE_END,
		.content = content_finish(m->content),
		.internal = rule_message_internal,
		.scratch = regex_scratch_new(),
		.pool = pool,
		.temporary = pool_new(),
	};
}

#endif
