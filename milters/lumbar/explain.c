/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/lumbar/explain.h"

const char *
explain_response(const struct response *response)
{
	switch (response->kind) {
	case RESPONSE_CONTINUE:
	case RESPONSE_ACCEPT:
	case RESPONSE_SKIP:
		return "accepted";
	case RESPONSE_REJECT:
		return "rejected";
	case RESPONSE_TEMPFAIL:
		return "deferred";
	case RESPONSE_DISCARD:
		return "discarded";
	}
	return "";
}

struct span
explain_action(const struct trial_result *result)
{
	if (result->end_stage == STAGE_RECIPIENT &&
	    result->end.kind != RESPONSE_CONTINUE)
		return SPAN("refuse");
	return verdict_action(result->verdict);
}

const struct edit *
explain_edits(
    const struct trial_result *result, struct pool *pool, size_t *count)
{
	*count = 0;
	if (result->verdict->disposition != DISPOSITION_CONTINUE)
		return NULL;
	return verdict_plan(result->message, result->verdict, pool, count);
}

const char *
explain_stage(enum stage stage)
{
	switch (stage) {
	case STAGE_MAIL:
		return "MAIL";
	case STAGE_RECIPIENT:
		return "RCPT";
	case STAGE_DATA:
		return "DATA";
	case STAGE_HEADERS:
		return "end of headers";
	case STAGE_END:
		return "end of message";
	}
	return "";
}

const struct span *
explain_matched(
    const struct explanation *explanation, bool audit, size_t *count)
{
	const struct policy_observer *observer = explanation->observer;
	bool *found = pool_alloc_array(explanation->pool,
	    explanation->rule_count + 1, sizeof(*found));
	struct span *ids = pool_alloc_array(explanation->pool,
	    explanation->rule_count + 1, sizeof(*ids));

	*count = 0;
	for (size_t i = 0; i < observer->finding_count; i++)
		found[observer->findings[i].rule] = true;
	for (size_t i = 0; i < explanation->rule_count; i++)
		if (found[i] &&
		    (explanation->rules[i].mode == MODE_AUDIT) == audit)
			ids[(*count)++] = explanation->rules[i].id;
	return ids;
}
