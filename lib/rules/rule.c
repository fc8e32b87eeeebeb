/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule.h"

#include "rules/rule_check.h"
#include "rules/rule_index.h"
#include "rules/rule_parser.h"

#include <stdio.h>
#include <stdlib.h>

const char *
rule_stage_name(enum rule_stage stage)
{
	switch (stage) {
	case RULE_STAGE_RECIPIENT:
		return "RCPT";
	case RULE_STAGE_DATA:
		return "DATA";
	case RULE_STAGE_HEADERS:
		return "end of headers";
	case RULE_STAGE_END:
		return "end of message";
	}
	return "";
}

bool
rule_action_ends(enum rule_action_kind kind)
{
	switch (kind) {
	case ACTION_REJECT:
	case ACTION_TEMPFAIL:
	case ACTION_DISCARD:
	case ACTION_STOP:
		return true;
	case ACTION_HOLD:
	case ACTION_ADD_HEADER:
	case ACTION_SET_HEADER:
	case ACTION_REMOVE_HEADER:
	case ACTION_TAG_SUBJECT:
	case ACTION_ADD_RECIPIENT:
	case ACTION_REDIRECT:
	case ACTION_REMOVE_RECIPIENTS:
	case ACTION_DISCARD_IF_NONE:
		break;
	}
	return false;
}

enum rule_unread
rule_unread_of(const struct rule_set *set, const struct rule *rule)
{
	return rule->unread != UNREAD_UNSTATED ? rule->unread : set->unread;
}

static void
set_hash(struct rule_set *set, struct sha256 *sha256)
{
	uint8_t digest[SHA256_SIZE];

	sha256_final(sha256, digest);
	(void)snprintf(set->hash, sizeof(set->hash), "%02x%02x%02x%x",
	    (unsigned)digest[0], (unsigned)digest[1], (unsigned)digest[2],
	    (unsigned)digest[3] >> 4);
}

struct rule_set *
rule_set_new(struct span name, struct span text,
    const struct rule_files *files, struct buf *errors)
{
	struct pool *pool = pool_new();
	struct rule_set *set = pool_alloc(pool, sizeof(*set));
	struct rule_errors found = { .pool = pool_new() };
	struct parser parser = {
		.set = set,
		.pool = pool,
		.errors = &found,
		.files = files,
		.sha256 = sha256_new(),
	};

	set->pool = pool;
	parse_file(&parser, name, text);
	set_hash(set, parser.sha256);
	sha256_free(&parser.sha256);
	rule_check_set(set, &found);
	if (found.count > 0) {
		rule_errors_print(&found, errors);
		rule_set_free(&set);
	} else {
		set->index = rule_index_new(set);
	}
	pool_free(&found.pool);
	return set;
}

void
rule_set_free(struct rule_set **set)
{
	struct pool *pool;

	if (*set == NULL)
		return;
	rule_matchers_free(&(*set)->matchers);
	/* The set itself lives in its pool. */
	pool = (*set)->pool;
	*set = NULL;
	pool_free(&pool);
}

const char *
rule_set_hash(const struct rule_set *set)
{
	return set->hash;
}

unsigned
rule_set_needs(const struct rule_set *set)
{
	return set->needs;
}

size_t
rule_set_slow(const struct rule_set *set)
{
	return set->matchers.slow;
}

size_t
rule_set_count(const struct rule_set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < set->rule_count; i++)
		if (set->rules[i]->mode != MODE_OFF)
			count++;
	return count;
}

size_t
rule_set_size(const struct rule_set *set)
{
	return set->rule_count;
}

struct span
rule_set_rule_id(const struct rule_set *set, size_t index)
{
	return set->rules[index]->id;
}
