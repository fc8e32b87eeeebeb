/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-limit: how much each sender may send.
 */
#ifndef LUMBAR_MILTERS_LIMIT_H
#define LUMBAR_MILTERS_LIMIT_H

#include "skeleton/daemon.h"

extern const struct daemon limit_daemon;

#endif
