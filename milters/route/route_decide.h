/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of lumbar-route: members of struct daemon, whose contracts
 * they keep.
 */
#ifndef LUMBAR_MILTERS_ROUTE_DECIDE_H
#define LUMBAR_MILTERS_ROUTE_DECIDE_H

#include "skeleton/daemon.h"

/* daemon.begin: nobody has been looked up yet. */
void route_begin(struct decision *decision);

/* daemon.decide: at RCPT, whether that recipient is known; when the envelope
 * is complete, which recipients are replaced. */
enum answer route_decide(struct decision *decision);

/* daemon.settle: forgets who was looked up. */
void route_settle(struct decision *decision, enum settlement settlement);

#endif
