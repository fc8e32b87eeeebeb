/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory that rules ask about people, as policy.conf says.
 */
#ifndef LUMBAR_MILTERS_POLICY_DIRECTORY_H
#define LUMBAR_MILTERS_POLICY_DIRECTORY_H

#include "rules/rule.h"
#include "services/directory_person.h"

/* attribute "NAME" { ldap_name = ... } */
struct policy_attribute {
	const char *name; /* in rules */
	struct conf_place place;
	const char *ldap_name; /* "": the same */
};

extern const struct conf_row policy_attribute_rows[];
enum { POLICY_ATTRIBUTE_ROW_COUNT = 1 };

/* What is in force; immutable. */
struct policy_directory {
	struct pool *pool;
	struct directory *directory;
	struct directory_people *people;
	const struct rule_directory *asked; /* by the rules */
	struct conf_strings attributes; /* the same as in the directory */
};

struct policy_conf;

/*
 * Opens the directory of CONF, which outlives it, for RULES, as far as there is
 * one and a rule needs it: then *DIRECTORY is not NULL.  0, or -1 and ERRORS
 * has what is wrong with the one or with the other.
 */
int policy_directory_open(const struct policy_conf *conf,
    const struct rule_set *rules, struct policy_directory **directory,
    struct buf *errors);

/* Closes *DIRECTORY and clears it; NULL is a no-op. */
void policy_directory_close(struct policy_directory **directory);

#endif
