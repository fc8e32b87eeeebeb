/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of lumbar-policy; see struct daemon for each.
 */
#ifndef LUMBAR_MILTERS_POLICY_DECIDE_H
#define LUMBAR_MILTERS_POLICY_DECIDE_H

#include "skeleton/daemon.h"

/* Sets decision->state. */
void policy_begin(struct decision *decision);

/* Evaluates the rules as far as the stage allows. */
enum answer policy_decide(struct decision *decision);

/* Reads CHUNK of the body into its parts, where a rule needs them. */
int policy_body(struct decision *decision, struct span chunk);

/* Releases decision->state. */
void policy_settle(struct decision *decision, enum settlement settlement);

#endif
