/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process takes of the machine.
 */
#ifndef LUMBAR_BASE_MEMORY_H
#define LUMBAR_BASE_MEMORY_H

#include <stdint.h>

/* Bytes of memory that the process has in use (resident set); 0 where the
 * system does not tell. */
int64_t memory_in_use(void);

#endif
