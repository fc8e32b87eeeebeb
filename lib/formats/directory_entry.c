/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/directory_entry.h"

static struct directory_attribute *
find(const struct directory_entry *entry, struct span name)
{
	for (size_t i = 0; i < entry->attribute_count; i++)
		if (span_equal_case(entry->attributes[i].name, name))
			return &entry->attributes[i];
	return NULL;
}

int
directory_entry_add(struct directory_entry *entry, struct pool *pool,
    struct span name, struct span value, struct err *err)
{
	struct directory_attribute *attribute = find(entry, name);

	if (entry->value_count >= DIRECTORY_VALUES_MAX)
		return err_set(err, ERR_LIMIT,
		    "the entry %.*s has more than %d values",
		    SPAN_ARGS(entry->dn), DIRECTORY_VALUES_MAX);
	if (attribute == NULL) {
		entry->attributes = pool_grow(pool, entry->attributes,
		    entry->attribute_count, sizeof(*entry->attributes));
		attribute = &entry->attributes[entry->attribute_count++];
		*attribute = (struct directory_attribute){ .name = name };
	}
	attribute->values = pool_grow(pool, attribute->values,
	    attribute->value_count, sizeof(*attribute->values));
	attribute->values[attribute->value_count++] = value;
	entry->value_count++;
	return 0;
}

bool
directory_attribute_is(struct span name, struct span wanted)
{
	return span_equal_case(name, wanted) ||
	    (name.len > wanted.len && name.ptr[wanted.len] == ';' &&
		span_starts_case(name, wanted));
}

const struct directory_attribute *
directory_entry_find(const struct directory_entry *entry, struct span name)
{
	return find(entry, name);
}
