/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of lumbar-route; members of struct daemon.
 */
#ifndef LUMBAR_MILTERS_ROUTE_DECIDE_H
#define LUMBAR_MILTERS_ROUTE_DECIDE_H

#include "skeleton/daemon.h"

void route_begin(struct decision *decision);
enum answer route_decide(struct decision *decision);
void route_settle(struct decision *decision, enum settlement settlement);

#endif
