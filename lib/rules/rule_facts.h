/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rules are evaluated over: one message as far as it has been seen, as
 * plain data.
 */
#ifndef LUMBAR_RULES_RULE_FACTS_H
#define LUMBAR_RULES_RULE_FACTS_H

#include "formats/connection.h"
#include "formats/content.h"
#include "formats/message.h"
#include "formats/regex.h"
#include "rules/rule.h"

struct authentication_results;
struct rule_deadline;
struct rule_names;
struct rule_people;
struct rule_text_cache;
struct rule_trace;
struct rule_values;

struct rule_facts {
	const struct connection *connection;
	const struct message *message;
	/* What has been seen.  Facts of later stages are not known yet, even
	 * if part of them is there. */
	enum rule_stage stage;
	/* At RULE_STAGE_END, where RULE_NEEDS_CONTENT.  The true_type of each
	 * attachment is set where RULE_NEEDS_FILE_TYPES; its ptr is NULL if
	 * that failed. */
	const struct content_facts *content;
	/* Why one failed, or NULL. */
	const struct err *file_type_fault;
	/* True if DOMAIN is one of the organisation's own. */
	bool (*internal)(const void *context, struct span domain);
	const void *internal_context;
	/* What the directory said so far, where RULE_NEEDS_DIRECTORY.  NULL:
	 * there is none, which is a fault to the rules that ask for it. */
	struct rule_people *people;
	/* Until when the rules must be done, by rule_deadline_set; NULL: they
	 * have all the time they need. */
	struct rule_deadline *deadline;
	struct regex_scratch *scratch;
	struct pool *pool; /* of the message */
	/* For what one test needs, emptied before each: what it takes must not
	 * grow with the number of rules, nor with that of recipients,
	 * attachments and headers that a test is asked of. */
	struct pool *temporary;
	/* Header values as text, and what From says, made when first asked
	 * for; NULL at first. */
	struct span *decoded;
	const struct rule_values *from;
	const struct rule_values *from_domains;
	/* The hosts whose Authentication-Results are believed, in lower case
	 * and sorted; NULL: none is. */
	const struct rule_names *authserv_ids;
	/* What they said, made when first asked for. */
	const struct authentication_results *results;
	/* Of which types it is by its header section (message_type.h). */
	const unsigned *message_types;
	/* The date and time of message->began in each zone, likewise. */
	struct calendar *calendars[CLOCK_ZONE_COUNT];
	/* What is told how rules came to their answers; NULL: nobody. */
	struct rule_trace *trace;
	struct rule_text_cache *texts; /* likewise, of rule_texts.h */
};

#endif
