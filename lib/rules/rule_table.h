/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keyed tables: what a file of comma-separated values says of a client, an
 * address, a domain or a name.
 */
#ifndef LUMBAR_RULES_RULE_TABLE_H
#define LUMBAR_RULES_RULE_TABLE_H

#include "base/pool.h"
#include "formats/csv.h"
#include "formats/ip.h"
#include "rules/rule_match.h"
#include "rules/rule_place.h"
#include "rules/rule_words.h"

enum {
	RULE_TABLE_COLUMNS_MAX = 100,
	RULE_TABLE_CELL_MAX = 4096, /* bytes of one field */
};

struct rule_column {
	struct span name;
	struct rule_place place;
	bool used;
	/* For each row the values that the column has there, made ready for
	 * facts of that type; NULL where no rule compares it with one. */
	struct rule_names *addresses;
	struct rule_names *domains;
	struct rule_names *names;
	struct rule_networks *networks;
};

/* One way to a row.  Which of KEY and NETWORK counts depends on the table. */
struct rule_table_key {
	struct span key; /* in the form in which it is looked up */
	struct network network;
	size_t row;
	struct rule_place place;
};

/* The networks of one length among the keys. */
struct rule_table_prefix {
	unsigned prefix;
	size_t first, count;
};

struct rule_table {
	struct span name;
	struct rule_place place;
	const struct rule_fact *key;
	const struct rule_source *source;
	struct rule_column *columns;
	size_t column_count;
	/* The key and then the columns of each row, one row after the other.
	 * Each is one field, whose values have ";" between them. */
	struct csv_field *fields;
	size_t row_count;
	bool used;
	bool broken; /* its mistake has been reported */
	/* The index, sorted; networks by their length, the longest first. */
	struct rule_table_key *keys;
	size_t key_count;
	struct rule_table_prefix *prefixes;
	size_t prefix_count;
};

/* True if a fact of TYPE may be the key of a table. */
bool rule_table_key_allowed(enum rule_type type);

/* True if a table whose key is of type KEY can be asked about facts of TYPE. */
bool rule_table_key_fits(enum rule_type key, enum rule_type type);

/* The field of COLUMN (0: the key) in ROW of TABLE. */
const struct csv_field *rule_table_field(
    const struct rule_table *table, size_t row, size_t column);

/* Takes the next of the values of a field off *REST; empty ones do not count.
 * False when there is none left. */
bool rule_table_next_value(struct span *rest, struct span *value);

/*
 * Adds a way to ROW by the key TEXT, which stands at PLACE.  0, or -1 with
 * *ERR where TEXT cannot be a key.
 */
int rule_table_add_key(struct rule_table *table, struct pool *pool,
    struct span text, size_t row, struct rule_place place, struct err *err);

/* To be called once behind the last rule_table_add_key.  NULL, or the second
 * of two equal keys; *FIRST is then the first. */
const struct rule_table_key *rule_table_index(struct rule_table *table,
    struct pool *pool, const struct rule_table_key **first);

/*
 * The row of TABLE for VALUE, or for the client's address IP where the key is
 * one: of networks the longest, of domains the nearest.  True and *ROW, or
 * false.  POOL is for working space.
 */
bool rule_table_find(const struct rule_table *table, struct span value,
    const struct ip *ip, struct pool *pool, size_t *row);

#endif
