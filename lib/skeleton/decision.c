/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/decision.h"

#include "skeleton/lookups.h"

struct lookup *
decision_ask(struct decision *decision,
    enum lookup_result (*run)(struct lookup *, int64_t), void *service)
{
	struct lookup *lookup;

	if (decision->asked == NULL)
		decision->asked = lookups_new();
	lookup = lookups_add(decision->asked);
	lookup->run = run;
	lookup->service = service;
	return lookup;
}

void
decision_refuse(struct decision *decision, enum disposition disposition,
    unsigned code, struct span enhanced, const char *format, ...)
{
	struct span text;
	va_list args;

	va_start(args, format);
	text = pool_vprintf(decision->message->pool, format, args);
	va_end(args);
	decision->refused = true;
	verdict_init(&decision->refusal, decision->message->pool);
	verdict_end(&decision->refusal, disposition, code, enhanced, "%.*s",
	    SPAN_ARGS(text));
}

void
decision_fail(
    struct decision *decision, const char *what, const struct err *err)
{
	decision->failed = true;
	decision->failed_what = what;
	if (err != NULL)
		decision->fault = *err;
	else
		(void)err_set(&decision->fault, ERR_TEMPORARY, "%s", what);
}
