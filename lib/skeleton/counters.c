/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/counters.h"

void
counters_add(const struct counters *counters, struct log_line *line)
{
#define LOG_COUNTER(name, help) \
	log_line_number(line, #name, \
	    (int64_t)atomic_load_explicit( \
		&counters->name, memory_order_relaxed));
	COUNTERS(LOG_COUNTER)
#undef LOG_COUNTER
}
