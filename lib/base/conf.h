/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration files, read with libconfuse and described by tables.
 *
 * A program says what its file may hold in rows; the same rows parse the
 * file, set the defaults, print what is in force (-x) and are compared with
 * the man page by a test.  Values land in a plain struct of the program's.
 * Every mistake in a file is reported, each with file, line, key and what
 * would be right; unknown keys are mistakes.
 */
#ifndef LUMBAR_BASE_CONF_H
#define LUMBAR_BASE_CONF_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"

#include <stdint.h>
#include <stdio.h>

enum conf_type {
	CONF_BOOL,     /* bool: yes or no (true/false, on/off) */
	CONF_INTEGER,  /* int64_t */
	CONF_DURATION, /* int64_t microseconds; written 500ms, 5s, 10m, 1d */
	CONF_SIZE,     /* int64_t bytes; written 4096, 64K, 10M, 1G */
	CONF_MODE,     /* int64_t file mode; written "0660" */
	CONF_STRING,   /* const char *; never NULL, "" where nothing is set */
	CONF_STRINGS,  /* struct conf_strings, no item empty; written
	                  { "a", "b" } or "a" */
	CONF_CHOICE,   /* int: the index in CHOICES */
};

struct conf_strings {
	const char *const *items;
	size_t count;
};

struct conf_keys;

/*
 * Where something stands, for errors found after parsing.  A section's struct
 * holds one (see conf_section.place_offset), and so does the program's.
 */
struct conf_place {
	const char *file;
	int line; /* 0: the file as a whole */
	/* Of a file or block: where its keys are set, see conf_key_place. */
	const struct conf_keys *keys;
};

struct conf_row {
	const char *key; /* as in the file: lower case, words joined by "_" */
	enum conf_type type;
	size_t offset;        /* of the value in its struct */
	const char *fallback; /* default, written as in the file; NULL: empty
	                         list or string */
	int64_t min, max;     /* of numbers, in the unit of the value; both 0:
	                         from 0 up */
	const char *const *choices; /* CONF_CHOICE: NULL-terminated */
	/* Optional test of a value's text while its line is known: 0, or -1
	 * with *ERR saying what was expected. */
	int (*check)(const char *text, struct err *err);
	const char *help; /* one sentence for -x and the man page */
};

/* A block that may be repeated: NAME "title" { rows }. */
struct conf_section {
	const char *name;
	const struct conf_row *rows;
	size_t row_count;
	size_t item_size;    /* of one block's struct */
	size_t title_offset; /* of its const char *title */
	size_t place_offset; /* of its struct conf_place */
	size_t items_offset; /* of struct conf_items in the program's struct */
	const char *help;
};

/* The blocks of one kind, in file order. */
struct conf_items {
	void *items; /* array of item_size structs */
	size_t count;
};

/* A set of rows and sections whose offsets count from BASE in the program's
 * struct, so that the skeleton's keys and a daemon's stand in one file. */
struct conf_table {
	const struct conf_row *rows;
	size_t row_count;
	const struct conf_section *sections;
	size_t section_count;
	size_t base;
};

struct conf_schema {
	const struct conf_table *tables;
	size_t table_count;
	size_t size; /* of the program's struct */
	/* Of a struct conf_place for the file as a whole (line 0), where
	 * HAS_PLACE. */
	size_t place_offset;
	bool has_place;
};

struct conf;

/*
 * Reads FILE.  On success *CONF holds the values; release with conf_free.
 * On failure returns -1, *CONF is NULL, and ERRORS (of the caller's) has one
 * line for each mistake: "FILE:LINE: KEY: what is wrong; what to do\n", with
 * NAME "TITLE": before the key of a block.  A mistake of syntax ends reading,
 * all others are found in one run.
 *
 * Comments begin with "#".  A key may be set once; "+=" adds to a list.
 * include("FILE") names a file, relative to the folder of the one it stands
 * in, that is read after that one.
 *
 * libconfuse's scanner is global to the process: one thread at a time.
 */
int conf_read(const struct conf_schema *schema, const char *file,
    struct conf **conf, struct buf *errors);

/* The same with TEXT as the contents of a file NAME; "" gives all defaults.
 * For tests and built-in use. */
int conf_read_text(const struct conf_schema *schema, const char *name,
    const char *text, struct conf **conf, struct buf *errors);

/* The program's struct; strings in it live as long as CONF. */
const void *conf_values(const struct conf *conf);

/* Sets KEY of the program's struct, a CONF_STRING outside all blocks that
 * SCHEMA must have, to TEXT in place of what the file says. */
void conf_set_string(const struct conf_schema *schema, struct conf *conf,
    const char *key, const char *text);

/* Prints every key in force with its value, in the file's own syntax, the
 * help sentence as a comment above; the output is a valid file.  Of sections
 * that have no block it shows one in comments. */
void conf_print(
    const struct conf_schema *schema, const struct conf *conf, FILE *out);

/* Releases *CONF and clears it; NULL is a no-op. */
void conf_free(struct conf **conf);

/* Where KEY is set in the file or block of BLOCK; BLOCK itself where it is not,
 * or where that is not known. */
struct conf_place conf_key_place(
    const struct conf_place *block, const char *key);

/* PATH as seen from the folder of the file that PLACE is in, unless it is
 * absolute or empty.  In POOL. */
const char *conf_path(struct pool *pool, const struct conf_place *place,
    const char *path);

/* Adds a mistake found later to ERRORS in the form of conf_read. */
void conf_mistake(struct buf *errors, const struct conf_place *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same about the value of KEY in the file or block of BLOCK. */
void conf_key_mistake(struct buf *errors, const struct conf_place *block,
    const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
