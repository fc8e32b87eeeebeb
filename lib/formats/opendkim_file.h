/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of OpenDKIM, as opendkim.conf(5) and opendkim(8) describe them:
 * its configuration and its data sets.
 */
#ifndef LUMBAR_FORMATS_OPENDKIM_FILE_H
#define LUMBAR_FORMATS_OPENDKIM_FILE_H

#include "base/err.h"
#include "base/span.h"

/* A line of a file that says something, or an item of a list. */
struct opendkim_line {
	unsigned number;   /* from 1; of a list 0 */
	struct span key;   /* the first word; never empty */
	struct span value; /* what stands behind it, trimmed; may be empty */
};

/* A place in a text. */
struct opendkim_lines {
	struct span rest;
	unsigned number;
	bool is_list; /* items are "KEY" or "KEY=VALUE", with commas between */
};

/* Starts at the beginning of TEXT, which outlives the reading: a file, or the
 * list that a value consists of. */
void opendkim_file_init(struct opendkim_lines *lines, struct span text);
void opendkim_list_init(struct opendkim_lines *lines, struct span text);

/* Takes the next line that is neither empty nor a comment.  False at the
 * end. */
bool opendkim_next(struct opendkim_lines *lines, struct opendkim_line *line);

/* Where the entries of a data set are. */
enum opendkim_set_kind {
	OPENDKIM_LIST,    /* in the value itself */
	OPENDKIM_FILE,    /* in a file */
	OPENDKIM_REFILE,  /* in a file, their keys being patterns */
	OPENDKIM_FOREIGN, /* in a database, a directory or a script */
};

struct opendkim_set {
	enum opendkim_set_kind kind;
	struct span text; /* the list, or the name of the file */
};

/* What the VALUE of a parameter of type "dataset" means. */
struct opendkim_set opendkim_set_of(struct span value);

/* A value of a KeyTable. */
struct opendkim_key {
	struct span domain; /* "%": that of the author */
	struct span selector;
	struct span key; /* the name of a file where it begins with "/", "./"
	                    or "../"; else the private key itself */
};

/* Reads "DOMAIN:SELECTOR:KEY".  0, or -1 with *ERR. */
int opendkim_key_parse(
    struct span value, struct opendkim_key *key, struct err *err);

/* True if KEY names a file. */
bool opendkim_key_is_file(const struct opendkim_key *key);

/* What a parameter of type Boolean says: true for "yes", "1" and the like. */
bool opendkim_boolean(struct span value);

#endif
