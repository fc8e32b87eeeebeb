/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/counters.h"

#include "base/log.h"

void
counters_log(const struct counters *counters)
{
	struct log_line line;

	log_line_start(&line, SPAN("statistics"));
#define LOG_COUNTER(name, help) \
	log_line_number(&line, #name, \
	    (int64_t)atomic_load_explicit( \
		&counters->name, memory_order_relaxed));
	COUNTERS(LOG_COUNTER)
#undef LOG_COUNTER
	log_line_end(&line, LOG_LEVEL_INFO);
}
