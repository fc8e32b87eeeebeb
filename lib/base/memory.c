/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

int64_t
memory_in_use(void)
{
	FILE *in = fopen("/proc/self/statm", "re");
	int64_t pages = 0;

	if (in == NULL)
		return 0;
	/* The first number is the address space (proc(5)). */
	if (fscanf(in, "%*s %" SCNd64, &pages) != 1)
		pages = 0;
	(void)fclose(in);
	return pages * (int64_t)sysconf(_SC_PAGESIZE);
}
