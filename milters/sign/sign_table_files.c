/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_table_files.h"

#include "base/file.h"
#include "formats/signing_line.h"

enum { TABLE_MAX = 512 << 20 }; /* bytes in one file */

struct table_file {
	const char *name;
	struct span text;
	bool read; /* once; lines that cannot be read were noted */
};

struct sign_table_files {
	struct table_file *items;
	size_t count;
};

/* Reads the file NAME into the snapshot's pool, which keys and patterns borrow
 * from. */
static void
read_file(struct sign_builder *builder, struct table_file *file)
{
	struct buf text;
	struct err err;

	buf_init(&text, TABLE_MAX);
	if (file_read(file->name, &text, &err) < 0)
		sign_builder_mistake(builder, &builder->conf->settings.place,
		    "tables", "tables: %s", err.text);
	else
		file->text = pool_dup(builder->config->pool, buf_span(&text));
	buf_free(&text);
}

/* Takes the word of on_bad_key.  0 or -1. */
static int
read_outcome(struct sign_builder *builder, struct span word,
    const struct conf_place *place, enum bad_key_outcome *outcome)
{
	*outcome = BAD_KEY_DEFAULT;
	if (span_equal(word, SPAN("tempfail")))
		*outcome = BAD_KEY_TEMPFAIL;
	else if (span_equal(word, SPAN("pass")))
		*outcome = BAD_KEY_PASS;
	else if (word.len > 0) {
		sign_builder_mistake(builder, place, NULL,
		    "on_bad_key=%.*s is none; write on_bad_key=tempfail or "
		    "on_bad_key=pass",
		    SPAN_ARGS(word));
		return -1;
	}
	return 0;
}

static void
declare(struct sign_builder *builder, const struct signing_line *line,
    const struct conf_place *place)
{
	struct sign_key_text text = {
		.identity = line->identity,
		.place = *place,
	};

	if (line->kind != SIGNING_KEY)
		return;
	text.name = line->words[0];
	text.domain = line->words[1];
	text.selector = line->words[2];
	text.file = line->words[3];
	if (read_outcome(builder, line->on_bad_key, place, &text.on_bad_key) ==
	    0)
		(void)sign_builder_add_key(builder, &text);
}

static void
apply_from(struct sign_builder *builder, const struct signing_line *line,
    const struct conf_place *place)
{
	for (size_t i = 1; i < line->word_count; i++) {
		const struct named_keys *keys =
		    text_map_get(builder->names, line->words[i]);

		if (keys != NULL)
			sign_builder_add_from(builder, keys, line->words[0],
			    line->identity, place, NULL);
		else
			sign_builder_mistake(builder, place, NULL,
			    "there is no key \"%.*s\"; declare it: key %.*s "
			    "DOMAIN SELECTOR FILE",
			    SPAN_ARGS(line->words[i]),
			    SPAN_ARGS(line->words[i]));
	}
}

static void
apply(struct sign_builder *builder, const struct signing_line *line,
    const struct conf_place *place)
{
	switch (line->kind) {
	case SIGNING_NOTHING:
	case SIGNING_KEY:
		break;
	case SIGNING_FROM:
		apply_from(builder, line, place);
		break;
	case SIGNING_LOGIN:
		for (size_t i = 1; i < line->word_count; i++)
			sign_builder_add_login(builder, line->words[0],
			    line->words[i], place, NULL);
		break;
	}
}

/* Gives each line of FILE to TAKE. */
static void
walk(struct sign_builder *builder, struct table_file *file,
    void (*take)(struct sign_builder *builder,
	const struct signing_line *line, const struct conf_place *place))
{
	struct conf_place place = { .file = file->name };
	struct span rest = file->text;
	struct signing_line line;
	struct span text;
	struct err err;

	while (span_next(&rest, '\n', &text)) {
		place.line++;
		if (signing_line_parse(text, &line, &err) == 0)
			take(builder, &line, &place);
		else if (!file->read)
			sign_builder_mistake(
			    builder, &place, NULL, "%s", err.text);
	}
	file->read = true;
}

struct sign_table_files *
sign_table_files_read(struct sign_builder *builder)
{
	const struct conf_strings *names = &builder->conf->tables;
	struct pool *pool = builder->config->pool;
	struct sign_table_files *files = pool_alloc(pool, sizeof(*files));

	files->count = names->count;
	files->items =
	    pool_alloc_array(pool, files->count, sizeof(files->items[0]));
	for (size_t i = 0; i < files->count; i++) {
		files->items[i].name = conf_path(
		    pool, &builder->conf->settings.place, names->items[i]);
		read_file(builder, &files->items[i]);
		walk(builder, &files->items[i], declare);
	}
	return files;
}

void
sign_table_files_apply(
    struct sign_builder *builder, struct sign_table_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		walk(builder, &files->items[i], apply);
}
