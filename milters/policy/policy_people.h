/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions that rules ask about people, as lookups of a decision and back.
 */
#ifndef LUMBAR_MILTERS_POLICY_PEOPLE_H
#define LUMBAR_MILTERS_POLICY_PEOPLE_H

#include "milters/policy/policy_directory.h"
#include "rules/rule_people.h"
#include "skeleton/decision.h"

/* Asks for lookups, of DECISION, that answer the questions of PEOPLE. */
void policy_people_ask(struct decision *decision,
    struct policy_directory *directory, struct rule_people *people);

/* Stores with PEOPLE what those lookups, now of DECISION, have answered. */
void policy_people_take(const struct decision *decision,
    const struct policy_directory *directory, struct rule_people *people);

#endif
