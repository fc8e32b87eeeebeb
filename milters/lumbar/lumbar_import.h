/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of lumbar import opendkim: what an opendkim.conf says, what
 * becomes of each of its parameters, and the tables.
 */
#ifndef LUMBAR_MILTERS_LUMBAR_IMPORT_H
#define LUMBAR_MILTERS_LUMBAR_IMPORT_H

#include "base/buf.h"
#include "base/pool.h"
#include "formats/opendkim_file.h"

/* Parameters that are carried over. */
enum import_name {
	IMPORT_BASE_DIRECTORY,
	IMPORT_CANONICALIZATION,
	IMPORT_DIAGNOSTICS,
	IMPORT_DOMAIN,
	IMPORT_INTERNAL_HOSTS,
	IMPORT_KEY_FILE,
	IMPORT_KEY_TABLE,
	IMPORT_MACRO_LIST,
	IMPORT_MODE,
	IMPORT_MTA,
	IMPORT_MULTIPLE_SIGNATURES,
	IMPORT_OVERSIGN_HEADERS,
	IMPORT_SELECTOR,
	IMPORT_SENDER_HEADERS,
	IMPORT_SIGN_HEADERS,
	IMPORT_SIGNATURE_ALGORITHM,
	IMPORT_SIGNATURE_TTL,
	IMPORT_SIGNING_TABLE,
	IMPORT_SOCKET,
	IMPORT_SUB_DOMAINS,
	IMPORT_NAME_COUNT,
};

/* What is done with a parameter. */
enum import_fate {
	IMPORT_CARRIED, /* NAME says which */
	IMPORT_SILENT,  /* how OpenDKIM runs and logs: nothing is lost */
	IMPORT_VERIFY,  /* about verification */
	IMPORT_LOST,    /* ADVICE says what to do */
	IMPORT_INCLUDE,
};

struct import_parameter {
	const char *text;
	enum import_fate fate;
	enum import_name name;
	const char *advice;
};

/* The parameter called TEXT, in any case; NULL: OpenDKIM has none such. */
const struct import_parameter *import_parameter_find(struct span text);

/* Where a parameter stands. */
struct import_setting {
	struct span value; /* NULL: nowhere */
	const char *file;
	unsigned line;
};

struct import {
	struct pool *pool;
	const char *file; /* opendkim.conf */
	struct import_setting settings[IMPORT_NAME_COUNT];
	struct buf conf;  /* sign.conf */
	struct buf table; /* the table that it names */
	bool unread;      /* a file could not be read: nothing is written */
	bool failed;      /* the same of a database, which is left out */
};

/* Tells what is not carried over, and what to do: "FILE:LINE: TEXT" on
 * standard error; without LINE where that is 0. */
void import_note(const char *file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The contents of FILE, in the pool of IMPORT; false after telling why not. */
bool import_read_file(
    struct import *import, const char *file, struct span *text);

/* True if the parameter NAME is set, and to a true value. */
bool import_is_true(const struct import *import, enum import_name name);

/* A data set that is being read. */
struct import_set {
	struct opendkim_set set;
	const char *file; /* that its entries are in; for notes */
	struct opendkim_lines lines;
	unsigned line; /* of the parameter, where LINES is a list */
};

/* Opens the data set that NAME means; false where it is not set, or after
 * telling why it cannot be read. */
bool import_set_open(
    struct import *import, enum import_name name, struct import_set *set);

/* Takes the next entry of SET, with the number of a line for notes. */
bool import_set_next(struct import_set *set, struct opendkim_line *line);

/* A file to be made. */
struct import_file {
	const char *name;
	struct span text;
};

/* Makes COUNT FILES in FOLDER, all of them or none; what is there already is
 * never replaced.  An exit status, after telling what is wrong. */
int import_write_files(
    const char *folder, const struct import_file *files, size_t count);

/* Fills sign.conf, which names the file TABLE. */
void import_conf(struct import *import, const char *table);

/* Adds keys and signing table to the table of IMPORT. */
void import_tables(struct import *import);

#endif
