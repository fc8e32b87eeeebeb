/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/conf_key.h"

#include <string.h>

enum { KEY_MAX = 64 }; /* bytes of a key whose spelling is compared */

const struct conf_section *
conf_key_section(const struct conf_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->table_count; i++) {
		const struct conf_table *table = &schema->tables[i];

		for (size_t j = 0; j < table->section_count; j++)
			if (strcmp(table->sections[j].name, name) == 0)
				return &table->sections[j];
	}
	return NULL;
}

static const struct conf_row *
find_in_rows(const struct conf_row *rows, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

const struct conf_row *
conf_key_row(const struct conf_schema *schema, const char *section,
    const char *key)
{
	const struct conf_row *row = NULL;

	if (section != NULL) {
		const struct conf_section *found =
		    conf_key_section(schema, section);

		return found == NULL ? NULL :
		    find_in_rows(found->rows, found->row_count, key);
	}
	for (size_t i = 0; i < schema->table_count && row == NULL; i++)
		row = find_in_rows(schema->tables[i].rows,
		    schema->tables[i].row_count, key);
	return row;
}

/* How many letters must be changed, added or left out to make B of A
 * (Wagner and Fischer 1974, one row of the matrix at a time). */
static size_t
spelling_distance(const char *a, const char *b)
{
	size_t row[KEY_MAX + 1];
	size_t length = strlen(b);

	if (strlen(a) > KEY_MAX || length > KEY_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[length];
}

struct nearest {
	const char *wrong;
	const char *name; /* NULL: nothing is near */
	size_t distance;
};

static void
offer(struct nearest *nearest, const char *name)
{
	size_t distance = spelling_distance(nearest->wrong, name);

	if (distance >= nearest->distance)
		return;
	nearest->name = name;
	nearest->distance = distance;
}

static void
offer_rows(struct nearest *nearest, const struct conf_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		offer(nearest, rows[i].key);
}

const char *
conf_key_nearest(const struct conf_schema *schema, const char *section,
    const char *key)
{
	struct nearest nearest = { .wrong = key,
		.distance = strlen(key) / 3 + 2 };

	if (section != NULL) {
		const struct conf_section *found =
		    conf_key_section(schema, section);

		if (found != NULL)
			offer_rows(&nearest, found->rows, found->row_count);
		return nearest.name;
	}
	for (size_t i = 0; i < schema->table_count; i++) {
		const struct conf_table *table = &schema->tables[i];

		offer_rows(&nearest, table->rows, table->row_count);
		for (size_t j = 0; j < table->section_count; j++)
			offer(&nearest, table->sections[j].name);
	}
	offer(&nearest, "include");
	return nearest.name;
}
