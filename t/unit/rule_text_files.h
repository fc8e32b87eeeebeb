/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files for tests of rules that are texts of the test.
 */
#ifndef LUMBAR_T_RULE_TEXT_FILES_H
#define LUMBAR_T_RULE_TEXT_FILES_H

#include "rules/rule.h"

struct text_file {
	const char *name, *text;
};

/* The CONTEXT of rule_files: files up to one without a name. */
static inline int
text_file_read(void *context, struct span name, struct span from,
    struct pool *pool, struct span *full_name, struct span *text,
    struct err *err)
{
	const struct text_file *files = context;

	(void)from;
	for (; files->name != NULL; files++) {
		if (!span_equal(name, span_of(files->name)))
			continue;
		*full_name = pool_dup(pool, name);
		*text = pool_dup(pool, span_of(files->text));
		return 0;
	}
	return err_set(
	    err, ERR_CONFIG, "there is no %.*s", SPAN_ARGS(name));
}

#endif
