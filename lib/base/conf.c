/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables become options of libconfuse, all of them text: our own parsers
 * see each value while its line is known and only note what is wrong, so that
 * one run finds every mistake.  Values are stored when there is none.
 *
 * This file is as long as it is because no other may include libconfuse.
 */
#include "base/conf.h"

#include "base/conf_key.h"
#include "base/conf_text.h"
#include "base/conf_value.h"
#include "base/pool.h"
#include "base/xalloc.h"

#include <assert.h>
#include <confuse.h>
#include <stdlib.h>
#include <string.h>

enum {
	SOURCE_MAX = 64,  /* files in one configuration */
	UNKNOWN_MAX = 32, /* unknown keys before reading ends */
};

/* An option that no user can name by accident: its default is "parsed" at the
 * start of each block, and so tells us the line. */
static const char block_start[] = " start";

struct conf {
	struct pool *pool; /* holds VALUES and all that it points to */
	void *values;
};

/* A file to be read, and the include() that named it. */
struct source {
	const char *file;
	struct conf_place from;
};

/* A block that has begun. */
struct block {
	const char *name;
	const char *title;
	struct conf_place place;
};

/* A key that no table has.  libconfuse ends at such a key, so it is added to
 * the options and the file read again. */
struct unknown {
	const char *section; /* name, or NULL outside all blocks */
	const char *key;
};

struct reader {
	const struct conf_schema *schema;
	const char *given_text; /* instead of the first source's contents */
	struct pool *pool;
	struct buf *errors;
	size_t errors_before;
	bool failed;
	bool again; /* an unknown key was met for the first time */
	struct buf text; /* of the source being parsed */
	struct source sources[SOURCE_MAX];
	size_t source_count;
	struct unknown unknown[UNKNOWN_MAX];
	size_t unknown_count;
	struct block *blocks;
	size_t block_count;
	/* Where keys were set; options know the number of theirs. */
	struct conf_place *settings;
	size_t setting_count;
};

/* libconfuse gives its callbacks no argument of ours, and its scanner is
 * global to the process anyway: one reader at a time. */
static struct reader *reading;

/* Notes a mistake at LINE of FILE (0: in all of it) about KEY, which may be
 * empty. */
static void mistake(const char *file, int line, struct span key,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
mistake(const char *file, int line, struct span key, const char *format, ...)
{
	struct conf_place place = { file, line, NULL };
	char text[sizeof(((struct err *)NULL)->text)];
	va_list args;

	reading->failed = true;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	conf_mistake(reading->errors, &place, "%.*s%s%s", SPAN_ARGS(key),
	    key.len > 0 ? ": " : "", text);
}

/* The name of the block CFG, NULL for the file itself. */
static const char *
section_of(const cfg_t *cfg)
{
	return cfg->title != NULL ? cfg->name : NULL;
}

static void
report_unknown(const cfg_t *cfg, const char *key)
{
	const char *near =
	    conf_key_nearest(reading->schema, section_of(cfg), key);
	char where[128] = "";
	char advice[128] = "remove it; -x prints all keys";

	if (section_of(cfg) != NULL)
		(void)snprintf(where, sizeof(where), " in %s \"%s\"",
		    cfg->name, cfg->title);
	if (near != NULL)
		(void)snprintf(advice, sizeof(advice), "did you mean %s?",
		    near);
	mistake(cfg->filename, cfg->line, span_of(key), "unknown key%s; %s",
	    where, advice);
}

/* True if UNKNOWN is one of SECTION, which may be NULL. */
static bool
is_unknown_of(const struct unknown *unknown, const char *section)
{
	if (unknown->section == NULL || section == NULL)
		return unknown->section == section;
	return strcmp(unknown->section, section) == 0;
}

static bool
is_known_unknown(const cfg_t *cfg, const char *key)
{
	for (size_t i = 0; i < reading->unknown_count; i++) {
		const struct unknown *unknown = &reading->unknown[i];

		if (strcmp(unknown->key, key) == 0 &&
		    is_unknown_of(unknown, section_of(cfg)))
			return true;
	}
	return false;
}

static void
meet_unknown(const cfg_t *cfg, const char *key)
{
	struct unknown *unknown = &reading->unknown[reading->unknown_count];

	/* A quoted key with odd bytes is not worth another reading. */
	if (reading->unknown_count == UNKNOWN_MAX || key[0] == '\0' ||
	    key[strcspn(key, "|= \t\n")] != '\0') {
		report_unknown(cfg, key);
		return;
	}
	unknown->key = pool_string(reading->pool, span_of(key));
	unknown->section = section_of(cfg) == NULL ? NULL :
	    pool_string(reading->pool, span_of(cfg->name));
	reading->unknown_count++;
	reading->again = true;
}

/* What libconfuse says, and what we say instead. */
static const struct {
	const char *theirs; /* beginning of its format */
	const char *ours;
} syntax_errors[] = {
	{ "missing equal sign",
	    "\"=\" is missing; write KEY = VALUE" },
	{ "missing opening brace",
	    "\"{\" is missing; write NAME \"TITLE\" { ... }" },
	{ "missing title",
	    "the block has no title; write NAME \"TITLE\" { ... }" },
	{ "premature end of file",
	    "the file ends in the middle of a setting; complete it" },
	{ "attempt to append",
	    "\"+=\" adds to a list and this is none; write KEY = VALUE" },
	{ "missing parenthesis",
	    "\"(\" is missing; write include(\"FILE\")" },
	{ "syntax error in call",
	    "\")\" is missing; write include(\"FILE\")" },
	{ "bad escape sequence",
	    "wrong escape in a string; write a backslash as \\\\" },
	{ "invalid octal number",
	    "wrong escape in a string; write a backslash as \\\\" },
};

static void report_syntax(const cfg_t *cfg, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void
report_syntax(const cfg_t *cfg, const char *format, va_list args)
{
	struct span word = conf_text_word(&reading->text, cfg->line);
	char text[256];

	for (size_t i = 0;
	     i < sizeof(syntax_errors) / sizeof(syntax_errors[0]); i++) {
		const char *theirs = syntax_errors[i].theirs;

		if (strncmp(format, theirs, strlen(theirs)) != 0)
			continue;
		mistake(cfg->filename, cfg->line, word, "%s",
		    syntax_errors[i].ours);
		return;
	}
	(void)vsnprintf(text, sizeof(text), format, args);
	mistake(cfg->filename, cfg->line, word,
	    "%s; write KEY = VALUE or, for a list, KEY = { A, B }", text);
}

static void on_error(cfg_t *cfg, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void
on_error(cfg_t *cfg, const char *format, va_list args)
{
	if (strcmp(format, "no such option '%s'") == 0) {
		meet_unknown(cfg, va_arg(args, const char *));
		return;
	}
	if (strncmp(format, "missing equal sign", 18) == 0) {
		va_list again;
		const char *key;

		va_copy(again, args);
		key = va_arg(again, const char *);
		va_end(again);
		if (is_known_unknown(cfg, key)) {
			report_unknown(cfg, key);
			return;
		}
	}
	report_syntax(cfg, format, args);
}

/* An option's DEF.NUMBER, unused by libconfuse for text, remembers which of
 * the reader's settings, from 1, it is; this while its default is still to be
 * parsed. */
enum { DEFAULT_PENDING = -1 };

/* KEY with the block that it stands in. */
static struct span
key_words(const cfg_t *cfg, const char *key)
{
	if (section_of(cfg) == NULL)
		return span_of(key);
	return pool_printf(reading->pool, "%s \"%s\": %s", cfg->name,
	    cfg->title, key);
}

/* Where CFG has been read to. */
static struct conf_place
place_of(const cfg_t *cfg)
{
	return (struct conf_place){
		pool_string(reading->pool, span_of(cfg->filename)), cfg->line,
		NULL
	};
}

/* PLACE in words for somebody who looks at FILE. */
static const char *
place_words(const struct conf_place *place, const char *file)
{
	if (strcmp(place->file, file) == 0)
		return pool_printf(reading->pool, "line %d", place->line).ptr;
	return pool_printf(reading->pool, "%s:%d", place->file, place->line)
	    .ptr;
}

/* Notes that OPT is set here. */
static void
note_setting(const cfg_t *cfg, cfg_opt_t *opt)
{
	struct reader *reader = reading;

	reader->settings = pool_grow(reader->pool, reader->settings,
	    reader->setting_count, sizeof(*reader->settings));
	reader->settings[reader->setting_count++] = place_of(cfg);
	opt->def.number = (long)reader->setting_count;
}

/* Called for each value, and each item of a list, when it has been read. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct conf_row *row =
	    conf_key_row(reading->schema, section_of(cfg), opt->name);
	struct err err;

	*(const char **)result = value;
	if (row == NULL) {
		if (opt->nvalues == 1)
			report_unknown(cfg, opt->name);
		return 0;
	}
	if (opt->nvalues == 1 && opt->def.number > 0) {
		mistake(cfg->filename, cfg->line, key_words(cfg, row->key),
		    "%s has set it already; remove one of the two",
		    place_words(&reading->settings[opt->def.number - 1],
			cfg->filename));
		return 0;
	}
	if (opt->nvalues == 1 && opt->def.number == DEFAULT_PENDING)
		opt->def.number = 0;
	else if (opt->nvalues == 1)
		note_setting(cfg, opt);
	if (conf_value_read(row, value, NULL, &err) < 0 ||
	    (row->check != NULL && row->check(value, &err) < 0))
		mistake(cfg->filename, cfg->line, key_words(cfg, row->key),
		    "%s", err.text);
	return 0;
}

/* Called when the "{" of a block has been read. */
static int
on_block(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct reader *reader = reading;

	(void)opt;
	(void)value;
	*(long *)result = cfg->line;
	for (size_t i = 0; i < reader->block_count; i++) {
		const struct block *block = &reader->blocks[i];

		if (strcmp(block->name, cfg->name) != 0 ||
		    strcmp(block->title, cfg->title) != 0)
			continue;
		mistake(cfg->filename, cfg->line, span_of(cfg->name),
		    "%s has a block \"%s\" already; join the two",
		    place_words(&block->place, cfg->filename), cfg->title);
		return 0;
	}
	reader->blocks = pool_grow(reader->pool, reader->blocks,
	    reader->block_count, sizeof(*reader->blocks));
	reader->blocks[reader->block_count++] = (struct block){
		.name = pool_string(reader->pool, span_of(cfg->name)),
		.title = pool_string(reader->pool, span_of(cfg->title)),
		.place = place_of(cfg),
	};
	return 0;
}

/*
 * Called for include("FILE").  The file is read after the one that names it:
 * libconfuse keeps its own stack of open files for good when one of them has
 * a mistake, and refuses all includes after ten such reloads.
 */
static int
on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct reader *reader = reading;
	struct source *source = &reader->sources[reader->source_count];
	struct span key = SPAN("include");

	(void)opt;
	if (argc != 1) {
		mistake(cfg->filename, cfg->line, key,
		    "one file is expected; write include(\"FILE\")");
		return 0;
	}
	source->from = place_of(cfg);
	source->file = conf_path(reader->pool, &source->from, argv[0]);
	for (size_t i = 0; i < reader->source_count; i++)
		if (strcmp(reader->sources[i].file, source->file) == 0) {
			mistake(cfg->filename, cfg->line, key,
			    "%s is part of the configuration already; remove "
			    "this line", source->file);
			return 0;
		}
	if (reader->source_count == SOURCE_MAX - 1) {
		mistake(cfg->filename, cfg->line, key,
		    "more than %d files; join some of them", SOURCE_MAX - 1);
		return 0;
	}
	reader->source_count++;
	return 0;
}

static cfg_opt_t
make_option(struct pool *pool, const struct conf_row *row)
{
	cfg_opt_t option = { .name = row->key, .type = CFGT_STR,
		.parsecb = on_value };

	if (row->type != CONF_STRINGS) {
		option.flags = CFGF_NODEFAULT;
		return option;
	}
	option.flags = CFGF_LIST;
	if (row->fallback != NULL) {
		option.def.parsed = pool_string(pool, span_of(row->fallback));
		option.def.number = DEFAULT_PENDING;
	}
	return option;
}

/* Appends the unknown keys of SECTION to OPTIONS; returns the new end. */
static cfg_opt_t *
add_unknown(const struct reader *reader, const char *section, cfg_opt_t *end)
{
	for (size_t i = 0; i < reader->unknown_count; i++) {
		const struct unknown *unknown = &reader->unknown[i];

		if (!is_unknown_of(unknown, section))
			continue;
		*end++ = (cfg_opt_t){ .name = unknown->key,
			.type = CFGT_STR, .flags = CFGF_LIST | CFGF_NODEFAULT,
			.parsecb = on_value };
	}
	return end;
}

static cfg_opt_t
make_section_option(
    const struct reader *reader, const struct conf_section *section)
{
	cfg_opt_t *options = pool_alloc_array(reader->pool,
	    section->row_count + UNKNOWN_MAX + 2, sizeof(*options));
	cfg_opt_t *end = options;
	static char any_number[] = "0";

	*end++ = (cfg_opt_t){ .name = block_start, .type = CFGT_INT,
		.def = { .parsed = any_number }, .parsecb = on_block };
	for (size_t i = 0; i < section->row_count; i++)
		*end++ = make_option(reader->pool, &section->rows[i]);
	end = add_unknown(reader, section->name, end);
	return (cfg_opt_t){ .name = section->name, .type = CFGT_SEC,
		.flags = CFGF_MULTI | CFGF_TITLE, .subopts = options };
}

static cfg_opt_t *
make_options(const struct reader *reader)
{
	const struct conf_schema *schema = reader->schema;
	size_t count = UNKNOWN_MAX + 2; /* include() and the end */
	cfg_opt_t *options, *end;

	for (size_t i = 0; i < schema->table_count; i++)
		count += schema->tables[i].row_count +
		    schema->tables[i].section_count;
	options = pool_alloc_array(reader->pool, count, sizeof(*options));
	end = options;
	for (size_t i = 0; i < schema->table_count; i++) {
		const struct conf_table *table = &schema->tables[i];

		for (size_t j = 0; j < table->row_count; j++)
			*end++ = make_option(reader->pool, &table->rows[j]);
		for (size_t j = 0; j < table->section_count; j++)
			*end++ = make_section_option(
			    reader, &table->sections[j]);
	}
	end = add_unknown(reader, NULL, end);
	*end = (cfg_opt_t){ .name = "include", .type = CFGT_FUNC,
		.func = on_include };
	return options;
}

/* Loads the text of SOURCE without its comments. */
static int
load_source(struct reader *reader, const struct source *source)
{
	struct err err;
	int line;

	buf_reset(&reader->text);
	if (source == reader->sources && reader->given_text != NULL) {
		if (buf_append_span(
			&reader->text, span_of(reader->given_text)) < 0) {
			mistake(source->file, 0, SPAN(""),
			    "the text is too long; shorten it");
			return -1;
		}
	} else if (conf_text_load(source->file, &reader->text, &err) < 0) {
		if (source->from.file == NULL)
			mistake(source->file, 0, SPAN(""), "%s", err.text);
		else
			mistake(source->from.file, source->from.line,
			    SPAN("include"), "%s: %s", source->file, err.text);
		return -1;
	}
	if (conf_text_prepare(&reader->text, &line, &err) < 0) {
		mistake(source->file, line,
		    conf_text_word(&reader->text, line), "%s", err.text);
		return -1;
	}
	return 0;
}

static int
parse_source(struct reader *reader, cfg_t *cfg, const struct source *source)
{
	FILE *in;
	int result;

	if (load_source(reader, source) < 0)
		return -1;
	if (reader->text.len == 0)
		return 0;
	in = fmemopen(reader->text.ptr, reader->text.len, "r");
	if (in == NULL) {
		mistake(source->file, 0, SPAN(""), "out of memory");
		return -1;
	}
	free(cfg->filename);
	cfg->filename = xstrdup(source->file);
	result = cfg_parse_fp(cfg, in);
	(void)fclose(in);
	if (result == CFG_SUCCESS)
		return 0;
	reader->failed = true;
	return -1;
}

/* Parses all sources into a new cfg_t, once. */
static cfg_t *
parse_once(struct reader *reader)
{
	cfg_t *cfg = cfg_init(make_options(reader), CFGF_NONE);

	if (cfg == NULL)
		abort();
	(void)cfg_set_error_function(cfg, on_error);
	/* After a syntax error the scanner may stand inside a string, and only
	 * cfg_free resets it: no other file can be read. */
	for (size_t i = 0; i < reader->source_count; i++)
		if (parse_source(reader, cfg, &reader->sources[i]) < 0)
			break;
	return cfg;
}

static void
store_strings(struct conf *conf, cfg_opt_t *opt, struct conf_strings *strings)
{
	const char **items;

	strings->count = cfg_opt_size(opt);
	items = pool_alloc_array(conf->pool, strings->count, sizeof(*items));
	for (size_t i = 0; i < strings->count; i++)
		items[i] = pool_string(conf->pool,
		    span_of(cfg_opt_getnstr(opt, (unsigned)i)));
	strings->items = items;
}

/* Puts where OPT, which has KEY, is set before the others of PLACE. */
static void
store_key(struct conf *conf, const char *key, const cfg_opt_t *opt,
    struct conf_place *place)
{
	const struct conf_place *set;
	struct conf_keys *keys;

	if (opt->def.number <= 0)
		return;
	set = &reading->settings[opt->def.number - 1];
	keys = pool_alloc(conf->pool, sizeof(*keys));
	keys->key = key;
	keys->place.file = pool_string(conf->pool, span_of(set->file));
	keys->place.line = set->line;
	keys->next = place->keys;
	place->keys = keys;
}

/* Stores the values of ROWS from the file or block CFG, which is at PLACE, in
 * the struct BASE. */
static void
store_rows(struct conf *conf, cfg_t *cfg, const struct conf_row *rows,
    size_t row_count, struct conf_place *place, char *base)
{
	for (size_t i = 0; i < row_count; i++) {
		const struct conf_row *row = &rows[i];
		cfg_opt_t *opt = cfg_getopt(cfg, row->key);
		void *value = base + row->offset;
		const char *text = row->fallback;
		int result;

		store_key(conf, row->key, opt, place);
		if (row->type == CONF_STRINGS) {
			store_strings(conf, opt, value);
			continue;
		}
		if (cfg_opt_size(opt) > 0)
			text = cfg_opt_getnstr(opt, 0);
		if (text == NULL && row->type != CONF_STRING)
			continue;
		text = pool_string(conf->pool, span_of(text));
		result = conf_value_read(row, text, value, NULL);
		assert(result == 0); /* else the row's fallback is wrong */
	}
}

static void
store_section(struct conf *conf, cfg_t *cfg, const struct conf_section *section,
    struct conf_items *items)
{
	cfg_opt_t *opt = cfg_getopt(cfg, section->name);

	items->count = cfg_opt_size(opt);
	items->items =
	    pool_alloc_array(conf->pool, items->count, section->item_size);
	for (size_t i = 0; i < items->count; i++) {
		cfg_t *block = cfg_opt_getnsec(opt, (unsigned)i);
		char *item = (char *)items->items + i * section->item_size;
		struct conf_place *place =
		    (void *)(item + section->place_offset);

		*(const char **)(void *)(item + section->title_offset) =
		    pool_string(conf->pool, span_of(block->title));
		place->file =
		    pool_string(conf->pool, span_of(block->filename));
		place->line = (int)cfg_getint(block, block_start);
		store_rows(conf, block, section->rows, section->row_count,
		    place, item);
	}
}

static struct conf *
store(const struct conf_schema *schema, cfg_t *cfg, const char *file)
{
	struct conf *conf = xalloc(sizeof(*conf));
	struct conf_place whole = { NULL, 0, NULL };

	conf->pool = pool_new();
	conf->values = pool_alloc(conf->pool, schema->size);
	whole.file = pool_string(conf->pool, span_of(file));
	for (size_t i = 0; i < schema->table_count; i++) {
		const struct conf_table *table = &schema->tables[i];
		char *base = (char *)conf->values + table->base;

		store_rows(
		    conf, cfg, table->rows, table->row_count, &whole, base);
		for (size_t j = 0; j < table->section_count; j++)
			store_section(conf, cfg, &table->sections[j],
			    (void *)(base + table->sections[j].items_offset));
	}
	if (schema->has_place)
		*(struct conf_place *)(void *)((char *)conf->values +
		    schema->place_offset) = whole;
	return conf;
}

int
conf_read(const struct conf_schema *schema, const char *file,
    struct conf **conf, struct buf *errors)
{
	return conf_read_text(schema, file, NULL, conf, errors);
}

int
conf_read_text(const struct conf_schema *schema, const char *name,
    const char *text, struct conf **conf, struct buf *errors)
{
	struct reader reader = { .schema = schema, .given_text = text,
		.errors = errors, .errors_before = errors->len };
	cfg_t *cfg = NULL;

	*conf = NULL;
	assert(reading == NULL);
	reading = &reader;
	reader.pool = pool_new();
	buf_init(&reader.text, CONF_TEXT_MAX);
	do {
		if (cfg != NULL)
			(void)cfg_free(cfg);
		errors->len = reader.errors_before;
		reader.again = false;
		reader.failed = false;
		reader.blocks = NULL;
		reader.block_count = 0;
		reader.settings = NULL;
		reader.setting_count = 0;
		reader.sources[0] = (struct source){ .file = name };
		reader.source_count = 1;
		cfg = parse_once(&reader);
	} while (reader.again);
	if (!reader.failed)
		*conf = store(schema, cfg, name);
	(void)cfg_free(cfg);
	buf_free(&reader.text);
	pool_free(&reader.pool);
	reading = NULL;
	return reader.failed ? -1 : 0;
}

const void *
conf_values(const struct conf *conf)
{
	return conf->values;
}

void
conf_set_string(const struct conf_schema *schema, struct conf *conf,
    const char *key, const char *text)
{
	for (size_t i = 0; i < schema->table_count; i++) {
		const struct conf_table *table = &schema->tables[i];

		for (size_t j = 0; j < table->row_count; j++) {
			const struct conf_row *row = &table->rows[j];
			char *value = (char *)conf->values + table->base +
			    row->offset;

			if (strcmp(row->key, key) != 0)
				continue;
			assert(row->type == CONF_STRING);
			*(const char **)(void *)value =
			    pool_string(conf->pool, span_of(text));
			return;
		}
	}
	/* The schema has the key. */
	abort();
}

void
conf_free(struct conf **conf)
{
	if (*conf == NULL)
		return;
	pool_free(&(*conf)->pool);
	free(*conf);
	*conf = NULL;
}
