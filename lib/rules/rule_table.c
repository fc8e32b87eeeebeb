/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_table.h"

#include "formats/address.h"

#include <stdlib.h>
#include <string.h>

bool
rule_table_key_allowed(enum rule_type type)
{
	switch (type) {
	case TYPE_ADDRESS:
	case TYPE_DOMAIN:
	case TYPE_NETWORK:
	case TYPE_NAME:
	case TYPE_TEXT:
		return true;
	case TYPE_LONG_TEXT:
	case TYPE_FILE_TYPE:
	case TYPE_SIZE:
	case TYPE_ROLE:
	case TYPE_DIRECTION:
	case TYPE_CERTIFICATE:
	case TYPE_STATE:
	case TYPE_TIME:
	case TYPE_DATE:
	case TYPE_WEEKDAY:
	case TYPE_MESSAGE:
		break;
	}
	return false;
}

bool
rule_table_key_fits(enum rule_type key, enum rule_type type)
{
	bool names = key == TYPE_NAME || key == TYPE_TEXT;

	return key == type ||
	    (names && (type == TYPE_NAME || type == TYPE_TEXT));
}

const struct csv_field *
rule_table_field(const struct rule_table *table, size_t row, size_t column)
{
	return &table->fields[row * (table->column_count + 1) + column];
}

bool
rule_table_next_value(struct span *rest, struct span *value)
{
	while (span_next(rest, ';', value)) {
		*value = span_trim(*value);
		if (value->len > 0)
			return true;
	}
	return false;
}

/* TEXT in the form in which an address is compared, or -1. */
static int
address_of(struct span text, struct pool *pool, struct span *key)
{
	struct address address;
	struct err err;

	/* "*@" may be in an address, but in a table it stands for many. */
	if (text.len == 0 || span_starts(text, SPAN("*@")) ||
	    address_parse(text, &address, &err) < 0 ||
	    address.domain.len == 0)
		return -1;
	*key = address_key(pool, &address);
	return 0;
}

int
rule_table_add_key(struct rule_table *table, struct pool *pool,
    struct span text, size_t row, struct rule_place place, struct err *err)
{
	struct rule_table_key key = { .row = row, .place = place };

	if (table->key->type == TYPE_NETWORK) {
		if (network_parse(text, &key.network, err) < 0)
			return -1;
	} else if (table->key->type == TYPE_ADDRESS) {
		if (address_of(text, pool, &key.key) < 0)
			return err_set(err, ERR_CONFIG,
			    "expected an address such as user@example.com, "
			    "found \"%.*s\"",
			    SPAN_ARGS(text));
	} else {
		key.key = pool_dup_lower(pool, text);
	}
	table->keys = pool_grow(
	    pool, table->keys, table->key_count, sizeof(*table->keys));
	table->keys[table->key_count++] = key;
	return 0;
}

static int
compare_networks(const struct network *a, const struct network *b)
{
	if (a->prefix != b->prefix)
		return a->prefix > b->prefix ? -1 : 1;
	return memcmp(a->base.bytes, b->base.bytes, sizeof(a->base.bytes));
}

/* Of equal keys the first of the file comes first. */
static int
compare_keys(const void *a, const void *b)
{
	const struct rule_table_key *x = a;
	const struct rule_table_key *y = b;
	int order = compare_networks(&x->network, &y->network);

	if (order == 0)
		order = span_compare(x->key, y->key);
	if (order != 0)
		return order;
	return (x->place.offset > y->place.offset) -
	    (x->place.offset < y->place.offset);
}

static int
compare_text_with_key(const void *text, const void *key)
{
	return span_compare_case(*(const struct span *)text,
	    ((const struct rule_table_key *)key)->key);
}

static int
compare_network_with_key(const void *network, const void *key)
{
	return compare_networks(
	    network, &((const struct rule_table_key *)key)->network);
}

const struct rule_table_key *
rule_table_index(struct rule_table *table, struct pool *pool,
    const struct rule_table_key **first)
{
	if (table->key_count > 1)
		qsort(table->keys, table->key_count, sizeof(*table->keys),
		    compare_keys);
	for (size_t i = 0; i < table->key_count; i++) {
		unsigned prefix = table->keys[i].network.prefix;

		if (i == 0 || table->keys[i - 1].network.prefix != prefix) {
			table->prefixes = pool_grow(pool, table->prefixes,
			    table->prefix_count, sizeof(*table->prefixes));
			table->prefixes[table->prefix_count++] =
			    (struct rule_table_prefix){ prefix, i, 0 };
		}
		table->prefixes[table->prefix_count - 1].count++;
	}
	for (size_t i = 1; i < table->key_count; i++) {
		const struct rule_table_key *a = &table->keys[i - 1];
		const struct rule_table_key *b = &table->keys[i];

		if (compare_networks(&a->network, &b->network) != 0 ||
		    !span_equal(a->key, b->key))
			continue;
		*first = a;
		return b;
	}
	return NULL;
}

static const struct rule_table_key *
find_text(const struct rule_table *table, struct span text)
{
	if (table->key_count == 0)
		return NULL;
	return bsearch(&text, table->keys, table->key_count,
	    sizeof(*table->keys), compare_text_with_key);
}

/* DOMAIN itself, else the nearest of the keys that begin with a dot. */
static const struct rule_table_key *
find_domain(const struct rule_table *table, struct span domain)
{
	const struct rule_table_key *found = find_text(table, domain);

	for (size_t i = 1; i < domain.len && found == NULL; i++)
		if (domain.ptr[i] == '.')
			found = find_text(
			    table, span_slice(domain, i, domain.len));
	return found;
}

/* IP with all bits behind the first PREFIX zero. */
static struct network
cut(const struct ip *ip, unsigned prefix)
{
	struct network network = { .base = *ip, .prefix = prefix };

	for (unsigned bit = prefix; bit < 128; bit++)
		network.base.bytes[bit / 8] &=
		    (uint8_t)~(0x80u >> (bit % 8));
	return network;
}

static const struct rule_table_key *
find_network(const struct rule_table *table, const struct ip *ip)
{
	const struct rule_table_key *found = NULL;

	for (size_t i = 0; i < table->prefix_count && found == NULL; i++) {
		const struct rule_table_prefix *prefix = &table->prefixes[i];
		struct network network = cut(ip, prefix->prefix);

		found = bsearch(&network, &table->keys[prefix->first],
		    prefix->count, sizeof(*table->keys),
		    compare_network_with_key);
	}
	return found;
}

bool
rule_table_find(const struct rule_table *table, struct span value,
    const struct ip *ip, struct pool *pool, size_t *row)
{
	const struct rule_table_key *found = NULL;
	struct span address;

	if (table->key->type == TYPE_NETWORK)
		found = find_network(table, ip);
	else if (value.len == 0)
		return false;
	else if (table->key->type == TYPE_DOMAIN)
		found = find_domain(table, value);
	else if (table->key->type != TYPE_ADDRESS)
		found = find_text(table, value);
	else if (address_of(value, pool, &address) == 0)
		found = find_text(table, address);
	if (found != NULL)
		*row = found->row;
	return found != NULL;
}
