/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of lumbar-sign, as struct daemon describes them; the snapshot
 * is a struct sign_config.
 */
#ifndef LUMBAR_MILTERS_SIGN_DECIDE_H
#define LUMBAR_MILTERS_SIGN_DECIDE_H

#include "skeleton/daemon.h"

unsigned sign_needs(const void *config);
void sign_begin(struct decision *decision);
enum answer sign_decide(struct decision *decision);
int sign_body(struct decision *decision, struct span chunk);
void sign_settle(struct decision *decision, enum settlement settlement);

#endif
