/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Becoming an ordinary user for good.
 */
#ifndef LUMBAR_SKELETON_PRIVILEGES_H
#define LUMBAR_SKELETON_PRIVILEGES_H

#include "base/err.h"

/*
 * If the process runs as root, becomes USER with GROUP ("": the user's own)
 * and that user's other groups; for others nothing changes.  In both cases no
 * program started later can gain privileges.  0, or -1 with *ERR, after which
 * the process must end.
 */
int privileges_drop(const char *user, const char *group, struct err *err);

#endif
