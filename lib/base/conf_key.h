/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of a configuration: found, or guessed from a wrong spelling.  For
 * conf.c only.
 */
#ifndef LUMBAR_BASE_CONF_KEY_H
#define LUMBAR_BASE_CONF_KEY_H

#include "base/conf.h"

/* The section called NAME, or NULL. */
const struct conf_section *conf_key_section(
    const struct conf_schema *schema, const char *name);

/* The row of KEY in blocks of the section called SECTION, or outside all
 * blocks where SECTION is NULL.  NULL when there is none. */
const struct conf_row *conf_key_row(const struct conf_schema *schema,
    const char *section, const char *key);

/* The key, or outside all blocks also the section, that KEY was probably meant
 * to be; NULL when nothing is near.  SECTION as above. */
const char *conf_key_nearest(const struct conf_schema *schema,
    const char *section, const char *key);

/* Where one key is set; a list, see conf_place. */
struct conf_keys {
	const char *key;
	struct conf_place place;
	const struct conf_keys *next;
};

#endif
