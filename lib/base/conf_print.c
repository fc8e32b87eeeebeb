/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/conf.h"

#include "base/conf_key.h"
#include "base/conf_value.h"

#include <string.h>

enum { COMMENT_WIDTH = 76 };

/* Prints HELP, which may be NULL, as comment lines. */
static void
print_comment(const char *help, const char *indent, FILE *out)
{
	struct span rest = span_of(help);

	while (rest.len > 0) {
		size_t end = rest.len;

		if (rest.len > COMMENT_WIDTH)
			end = span_find_last(
			    span_slice(rest, 0, COMMENT_WIDTH), ' ');
		(void)fprintf(out, "%s# %.*s\n", indent, (int)end, rest.ptr);
		rest = span_slice(rest, end + 1, rest.len);
	}
}

static void
print_rows(const struct conf_row *rows, size_t count, const char *base,
    const char *indent, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		print_comment(rows[i].help, indent, out);
		(void)fprintf(out, "%s%s = ", indent, rows[i].key);
		conf_value_print(&rows[i], base + rows[i].offset, out);
		(void)fputs("\n\n", out);
	}
}

/* Shows in comments what a block of SECTION may hold. */
static void
print_example(const struct conf_section *section, FILE *out)
{
	(void)fprintf(out, "# %s \"NAME\" {\n", section->name);
	for (size_t i = 0; i < section->row_count; i++) {
		const struct conf_row *row = &section->rows[i];

		(void)fprintf(out, "#\t%s = ", row->key);
		if (row->type == CONF_STRING)
			conf_value_print_string(
			    row->fallback != NULL ? row->fallback : "", out);
		else
			(void)fputs(
			    row->fallback != NULL ? row->fallback : "{ }",
			    out);
		(void)fputs("\n", out);
	}
	(void)fputs("# }\n\n", out);
}

static void
print_section(
    const struct conf_section *section, const char *base, FILE *out)
{
	const struct conf_items *items =
	    (const void *)(base + section->items_offset);

	print_comment(section->help, "", out);
	if (items->count == 0)
		print_example(section, out);
	for (size_t i = 0; i < items->count; i++) {
		const char *item =
		    (const char *)items->items + i * section->item_size;
		const char *const *title =
		    (const void *)(item + section->title_offset);

		(void)fprintf(out, "%s ", section->name);
		conf_value_print_string(*title, out);
		(void)fputs(" {\n", out);
		print_rows(
		    section->rows, section->row_count, item, "\t", out);
		(void)fputs("}\n\n", out);
	}
}

void
conf_print(
    const struct conf_schema *schema, const struct conf *conf, FILE *out)
{
	for (size_t i = 0; i < schema->table_count; i++) {
		const struct conf_table *table = &schema->tables[i];
		const char *base =
		    (const char *)conf_values(conf) + table->base;

		print_rows(table->rows, table->row_count, base, "", out);
		for (size_t j = 0; j < table->section_count; j++)
			print_section(&table->sections[j], base, out);
	}
}

const char *
conf_path(struct pool *pool, const struct conf_place *place, const char *path)
{
	struct span file = span_of(place->file);
	size_t slash = span_find_last(file, '/');

	if (path[0] == '\0' || path[0] == '/' || slash == file.len)
		return pool_string(pool, span_of(path));
	return pool_printf(pool, "%.*s/%s",
	    SPAN_ARGS(span_slice(file, 0, slash)), path)
	    .ptr;
}

struct conf_place
conf_key_place(const struct conf_place *block, const char *key)
{
	for (const struct conf_keys *keys = block->keys; keys != NULL;
	     keys = keys->next)
		if (strcmp(keys->key, key) == 0)
			return keys->place;
	return *block;
}

static void
add_mistake(struct buf *errors, const struct conf_place *place,
    const char *key, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void
add_mistake(struct buf *errors, const struct conf_place *place,
    const char *key, const char *format, va_list args)
{
	(void)buf_printf(errors, "%s:", place->file);
	if (place->line > 0)
		(void)buf_printf(errors, "%d:", place->line);
	(void)buf_append_char(errors, ' ');
	if (key != NULL)
		(void)buf_printf(errors, "%s: ", key);
	(void)buf_vprintf(errors, format, args);
	(void)buf_append_char(errors, '\n');
}

void
conf_mistake(struct buf *errors, const struct conf_place *place,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_mistake(errors, place, NULL, format, args);
	va_end(args);
}

void
conf_key_mistake(struct buf *errors, const struct conf_place *block,
    const char *key, const char *format, ...)
{
	struct conf_place place = conf_key_place(block, key);
	va_list args;

	va_start(args, format);
	add_mistake(errors, &place, key, format, args);
	va_end(args);
}
