/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry of a directory (RFC 4512 section 2.2), wherever it was read.
 */
#ifndef LUMBAR_FORMATS_DIRECTORY_ENTRY_H
#define LUMBAR_FORMATS_DIRECTORY_ENTRY_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

enum {
	/* Values in one entry; as many members may a large group have. */
	DIRECTORY_VALUES_MAX = 100000,
};

struct directory_attribute {
	struct span name; /* with its options: "cn;lang-en" */
	struct span *values;
	size_t value_count;
};

struct directory_entry {
	struct span dn;
	struct directory_attribute *attributes;
	size_t attribute_count;
	size_t value_count; /* of all attributes */
};

/*
 * Adds a value to the attribute NAME, which is made where it is new.  NAME
 * and VALUE are borrowed for the life of ENTRY, whose arrays grow in POOL.
 * 0, or -1 with *ERR when there are DIRECTORY_VALUES_MAX already.
 */
int directory_entry_add(struct directory_entry *entry, struct pool *pool,
    struct span name, struct span value, struct err *err);

/* True if an attribute called NAME is (a subtype of) WANTED: the same but for
 * case, or with options behind a ";" (RFC 4512 section 2.5). */
bool directory_attribute_is(struct span name, struct span wanted);

/* The attribute called exactly NAME but for case, or NULL. */
const struct directory_attribute *directory_entry_find(
    const struct directory_entry *entry, struct span name);

/* A copy of all of FROM in POOL. */
void directory_entry_copy(struct directory_entry *entry, struct pool *pool,
    const struct directory_entry *from);

/* True if the DNs A and B differ in ASCII case and blanks around "," and "="
 * at the most: as servers write the same DN in several places. */
bool directory_dn_equal(struct span a, struct span b);

#endif
