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

void
directory_entry_copy(struct directory_entry *entry, struct pool *pool,
    const struct directory_entry *from)
{
	*entry = (struct directory_entry){ .dn = pool_dup(pool, from->dn) };
	for (size_t i = 0; i < from->attribute_count; i++) {
		const struct directory_attribute *attribute =
		    &from->attributes[i];
		struct span name = pool_dup(pool, attribute->name);

		for (size_t k = 0; k < attribute->value_count; k++)
			(void)directory_entry_add(entry, pool, name,
			    pool_dup(pool, attribute->values[k]), NULL);
	}
}

static bool
is_separator(char c)
{
	return c == ',' || c == '=';
}

/* Takes the next byte that counts off *DN, behind BEFORE (0 at the start), in
 * lower case; -1 at the end. */
static int
next_byte(struct span *dn, int before)
{
	size_t blanks = 0;
	char c;

	while (blanks < dn->len && dn->ptr[blanks] == ' ')
		blanks++;
	if (blanks == dn->len)
		return -1;
	if (before == 0 || is_separator((char)before) ||
	    is_separator(dn->ptr[blanks]))
		*dn = span_slice(*dn, blanks, dn->len);
	c = dn->ptr[0];
	*dn = span_slice(*dn, 1, dn->len);
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

bool
directory_dn_equal(struct span a, struct span b)
{
	int x = 0;

	while (x >= 0) {
		int before = x;

		x = next_byte(&a, before);
		if (x != next_byte(&b, before))
			return false;
	}
	return true;
}
