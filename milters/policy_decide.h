/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of lumbar-policy; see struct daemon for each.
 */
#ifndef LUMBAR_MILTERS_POLICY_DECIDE_H
#define LUMBAR_MILTERS_POLICY_DECIDE_H

#include "skeleton/decision.h"
#include "skeleton/daemon.h"

void policy_begin(struct decision *decision);
enum answer policy_decide(struct decision *decision);
int policy_body(struct decision *decision, struct span chunk);
void policy_settle(struct decision *decision, enum settlement settlement);

#endif
