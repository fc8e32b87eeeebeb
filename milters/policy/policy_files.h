/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule files on disk: what rule.h compiles is read here, for the daemon and for
 * `lumbar check`.
 */
#ifndef LUMBAR_MILTERS_POLICY_FILES_H
#define LUMBAR_MILTERS_POLICY_FILES_H

#include "base/conf.h"
#include "rules/rule.h"

/*
 * Compiles the rules in the file PATH.  Files that it names are looked for
 * beside the file that names them.  NULL and ERRORS has what is wrong, as
 * rule_set_new writes it.  That PATH itself cannot be read is a mistake of the
 * configuration file NAMED, where the key "rules" names it, unless NULL.
 */
struct rule_set *policy_rules_read(
    const char *path, const struct conf_place *named, struct buf *errors)
    __attribute__((warn_unused_result));

/*
 * Checks the rule file PATH.  0 and REPORT has what rule_set_report says of it,
 * or -1 and ERRORS has what is wrong.
 */
int rule_file_check(
    const char *path, struct buf *report, struct buf *errors);

/* The same, but REPORT has the rules as rule_set_print writes them. */
int rule_file_print(const char *path, struct buf *report, struct buf *errors);

#endif
