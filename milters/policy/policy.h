/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-policy: does what the rules of lumbar.rules(5) say of a message.
 */
#ifndef LUMBAR_MILTERS_POLICY_H
#define LUMBAR_MILTERS_POLICY_H

#include "skeleton/daemon.h"

extern const struct daemon policy_daemon;

#endif
