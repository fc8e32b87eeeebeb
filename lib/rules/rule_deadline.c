/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_deadline.h"

static int
check_search(void *context, struct err *err)
{
	return rule_deadline_check(context, err);
}

void
rule_deadline_set(struct rule_facts *facts, struct rule_deadline *deadline)
{
	facts->deadline = deadline;
	regex_scratch_guard(facts->scratch, check_search, deadline);
}

/* Adds the time since the last call to those for whom it ran. */
static void
book(struct rule_deadline *deadline)
{
	int64_t now_us = deadline->now_us(deadline->context);

	if (deadline->runs)
		deadline->spent_us[deadline->on_trial] +=
		    now_us - deadline->since_us;
	deadline->since_us = now_us;
}

void
rule_deadline_run(struct rule_deadline *deadline, bool on_trial)
{
	if (deadline == NULL ||
	    (deadline->runs && deadline->on_trial == on_trial))
		return;
	book(deadline);
	deadline->runs = true;
	deadline->on_trial = on_trial;
}

bool
rule_deadline_pause(struct rule_deadline *deadline)
{
	if (deadline == NULL || !deadline->runs)
		return false;
	book(deadline);
	deadline->runs = false;
	return true;
}

int
rule_deadline_check(struct rule_deadline *deadline, struct err *err)
{
	if (deadline == NULL || !deadline->runs)
		return 0;
	book(deadline);
	if (deadline->spent_us[deadline->on_trial] < deadline->limit_us)
		return 0;
	return err_set(err, ERR_LIMIT,
	    "the rules have had %lld ms for this message; make them cheaper "
	    "or raise evaluation_timeout",
	    (long long)(deadline->limit_us / 1000));
}
