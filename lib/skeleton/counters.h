/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon counts, from one table.  Counters are atomic and only grow;
 * they are logged at intervals and at the end.
 */
#ifndef LUMBAR_SKELETON_COUNTERS_H
#define LUMBAR_SKELETON_COUNTERS_H

#include "base/log.h"

#include <stdatomic.h>
#include <stdint.h>

/* COUNTER(name, what is counted) */
#define COUNTERS(COUNTER) \
	COUNTER(sessions, "MTA connections") \
	COUNTER(sessions_over_cap, "MTA connections closed at max_sessions") \
	COUNTER(accept_pauses, "times that accepting was paused for want of " \
			       "file descriptors") \
	COUNTER(messages, "messages begun") \
	COUNTER(recipients, "recipients seen") \
	COUNTER(recipients_refused, "recipients refused") \
	COUNTER(passed, "messages that passed") \
	COUNTER(edited, "messages that passed with edits") \
	COUNTER(held, "messages held") \
	COUNTER(rejected, "messages rejected") \
	COUNTER(tempfailed, "messages deferred") \
	COUNTER(discarded, "messages discarded on a rule's word") \
	COUNTER(aborted, "messages that ended early") \
	COUNTER(faults, "decisions that something failed for") \
	COUNTER(lookups, "lookups asked") \
	COUNTER(lookups_failed, "lookups that failed") \
	COUNTER(reloads, "configurations put in force") \
	COUNTER(reload_errors, "configurations found wrong at reload")

#define COUNTER_MEMBER(name, help) atomic_uint_fast64_t name;
struct counters {
	COUNTERS(COUNTER_MEMBER)
};
#undef COUNTER_MEMBER

/* Adds COUNT to a counter; no order with other memory is implied. */
static inline void
counter_add(atomic_uint_fast64_t *counter, uint64_t count)
{
	(void)atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}

/* Adds all counters to LINE. */
void counters_add(const struct counters *counters, struct log_line *line);

#endif
