/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration files: whatever is in one, reading it ends in values or in
 * mistakes, and values that are printed read back to the same print.
 */
#include "base/conf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item {
	const char *title;
	struct conf_place place;
	struct conf_strings list;
};

struct values {
	int64_t duration;
	int64_t size;
	const char *text;
	struct conf_strings list;
	struct conf_items items;
};

#define ROW(name, kind) \
	{ .key = #name, .type = kind, .offset = offsetof(struct values, name) }

static const struct conf_row rows[] = {
	ROW(duration, CONF_DURATION),
	ROW(size, CONF_SIZE),
	ROW(text, CONF_STRING),
	ROW(list, CONF_STRINGS),
};

static const struct conf_row item_rows[] = {
	{ .key = "list", .type = CONF_STRINGS,
	    .offset = offsetof(struct item, list), .fallback = "{ a, b }" },
};

static const struct conf_section section = { .name = "item",
	.rows = item_rows, .row_count = 1, .item_size = sizeof(struct item),
	.title_offset = offsetof(struct item, title),
	.place_offset = offsetof(struct item, place),
	.items_offset = offsetof(struct values, items) };

static const struct conf_table table = { .rows = rows, .row_count = 4,
	.sections = &section, .section_count = 1 };

static const struct conf_schema schema = { .tables = &table,
	.table_count = 1, .size = sizeof(struct values) };

static char *
print(const struct conf *conf)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	conf_print(&schema, conf, out);
	(void)fclose(out);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf, *again;
	char *text = malloc(size + 1);
	char *first, *second;
	struct buf errors;

	memcpy(text, data, size);
	text[size] = '\0';
	buf_init(&errors, 1 << 20);
	/* Not to read files of the machine, let alone devices. */
	if (strstr(text, "include") == NULL &&
	    conf_read_text(&schema, "F", text, &conf, &errors) == 0) {
		first = print(conf);
		if (conf_read_text(&schema, "F", first, &again, &errors) < 0)
			abort();
		second = print(again);
		assert(strcmp(first, second) == 0);
		free(first);
		free(second);
		conf_free(&conf);
		conf_free(&again);
	}
	buf_free(&errors);
	free(text);
	return 0;
}
