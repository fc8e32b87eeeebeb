/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of attributes in a directory.  rule_attribute_known is in rule.h.
 */
#ifndef LUMBAR_RULES_RULE_ATTRIBUTE_H
#define LUMBAR_RULES_RULE_ATTRIBUTE_H

#include "base/span.h"

enum { RULE_ATTRIBUTE_MAX = 64 }; /* bytes of a name */

/* Those of rule_attribute_known, NULL-terminated. */
extern const char *const rule_attribute_names[];

/* True if NAME can be the name of an attribute (RFC 4512 section 1.4: a letter,
 * then letters, digits and hyphens). */
bool rule_attribute_possible(struct span name);

#endif
