/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of the log that explain decisions: one for each message when it
 * has ended, and one for each recipient that was refused.
 */
#ifndef LUMBAR_SKELETON_DECISION_LOG_H
#define LUMBAR_SKELETON_DECISION_LOG_H

#include "skeleton/decision.h"

/* Logs how DECISION's message ended.  SPENT_US: how long the last answer
 * took, lookups included. */
void decision_log(const struct decision *decision, int64_t spent_us);

/* Logs the refusal of the recipient that DECISION was asked about. */
void decision_log_refusal(const struct decision *decision);

#endif
