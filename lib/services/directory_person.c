/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/directory_person.h"

#include "base/xalloc.h"

#include <stdlib.h>

enum {
	MANAGERS_MAX = 10,  /* of one person: each is a lookup */
	ADDRESSES_MAX = 500, /* of one person */
};

struct directory_people {
	const struct directory_person_settings *settings;
	const struct directory_profile *profile;
	struct directory_query *person; /* by an address */
	struct directory_query *manager; /* by the DN */
	struct directory_query *group;  /* by the name */
	struct directory_query *member; /* by the DN of the group */
};

/* The attributes of a person's entry that are read: those WANTED, and those
 * that lead on from it. */
static struct directory_query *
person_query(const struct directory_people *people,
    struct directory *directory, const struct conf_strings *wanted,
    struct err *err)
{
	const struct directory_person_settings *settings = people->settings;
	const char **names = xalloc_array(wanted->count + 2, sizeof(*names));
	struct conf_strings attributes = { names, wanted->count };
	struct directory_query *query;

	for (size_t i = 0; i < wanted->count; i++)
		names[i] = wanted->items[i];
	/* An empty name would be one that the server does not know. */
	if (settings->manager_attribute[0] != '\0')
		names[attributes.count++] = settings->manager_attribute;
	if (settings->group_attribute[0] != '\0')
		names[attributes.count++] = settings->group_attribute;
	query = directory_query_new(directory,
	    directory_profile_or(settings->filter, people->profile->filter),
	    &attributes, err);
	free(names);
	return query;
}

static const struct conf_strings *
address_attributes(const struct directory_people *people)
{
	return people->settings->address_attributes.count > 0
	    ? &people->settings->address_attributes
	    : &people->profile->address_attributes;
}

/* Prepares the lookups of groups.  0, or -1 with *KEY and *ERR. */
static int
prepare_groups(struct directory_people *people, struct directory *directory,
    const char **key, struct err *err)
{
	static const struct conf_strings nothing = { NULL, 0 };
	const struct directory_person_settings *settings = people->settings;

	*key = "group_filter";
	people->group = directory_query_new(directory,
	    directory_profile_or(
		settings->group_filter, people->profile->group_filter),
	    &nothing, err);
	if (people->group == NULL)
		return -1;
	if (settings->group_attribute[0] != '\0')
		return 0;
	*key = "member_filter";
	people->member = directory_query_new(directory,
	    directory_profile_or(
		settings->member_filter, people->profile->member_filter),
	    &nothing, err);
	return people->member != NULL ? 0 : -1;
}

static int
prepare(struct directory_people *people, struct directory *directory,
    const struct conf_strings *wanted, bool groups, const char **key,
    struct err *err)
{
	*key = "filter";
	people->person = person_query(people, directory, wanted, err);
	if (people->person == NULL)
		return -1;
	*key = "address_attributes";
	people->manager = directory_query_new(
	    directory, NULL, address_attributes(people), err);
	if (people->manager == NULL)
		return -1;
	return groups ? prepare_groups(people, directory, key, err) : 0;
}

struct directory_people *
directory_people_new(struct directory *directory,
    const struct directory_person_settings *settings,
    const struct conf_strings *wanted, bool groups, const char **key,
    struct err *err)
{
	struct directory_people *people = xalloc(sizeof(*people));

	people->settings = settings;
	people->profile = directory_profile(settings->profile);
	if (prepare(people, directory, wanted, groups, key, err) < 0)
		directory_people_free(&people);
	return people;
}

void
directory_people_free(struct directory_people **people)
{
	if (*people == NULL)
		return;
	directory_query_free(&(*people)->person);
	directory_query_free(&(*people)->manager);
	directory_query_free(&(*people)->group);
	directory_query_free(&(*people)->member);
	free(*people);
	*people = NULL;
}

enum lookup_result
directory_person_find(const struct directory_people *people,
    const struct address *address, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	struct directory_keys keys;
	enum lookup_result result;

	directory_keys_fill(
	    &keys, pool, address, people->settings->recipient_delimiter[0]);
	result = directory_lookup(
	    people->person, &keys.exact, pool, entry, deadline_us, err);
	if (result == LOOKUP_NOT_FOUND && keys.extension.len > 0)
		result = directory_lookup(people->person, &keys.plain, pool,
		    entry, deadline_us, err);
	return result;
}

/* VALUE of an attribute with addresses as one address, or empty: Active
 * Directory has those of other systems beside those of mail. */
static struct span
mail_address(struct span value)
{
	value = span_trim(value);
	if (span_starts_case(value, SPAN("smtp:")))
		value = span_slice(value, 5, value.len);
	if (address_check_single(value, NULL) < 0)
		return SPAN("");
	/* "sip:user@example.com"; no local part of ours has a colon. */
	return span_find(value, ':') < value.len ? SPAN("") : value;
}

static void
add_addresses(struct directory_addresses *addresses, struct pool *pool,
    const struct directory_attribute *attribute)
{
	for (size_t i = 0; i < attribute->value_count; i++) {
		struct span address = mail_address(attribute->values[i]);

		if (address.len == 0 || addresses->count == ADDRESSES_MAX)
			continue;
		addresses->items = pool_grow(pool, addresses->items,
		    addresses->count, sizeof(*addresses->items));
		addresses->items[addresses->count++] = address;
	}
}

/* Reads the addresses of the entry DN. */
static enum lookup_result
read_addresses(const struct directory_people *people, struct span dn,
    struct pool *pool, struct directory_addresses *addresses,
    int64_t deadline_us, struct err *err)
{
	static const struct directory_key nobody = { { NULL, 0 }, { NULL, 0 },
		{ NULL, 0 } };
	const struct conf_strings *names = address_attributes(people);
	struct directory_entry entry;
	enum lookup_result result = directory_read(
	    people->manager, dn, &nobody, pool, &entry, deadline_us, err);

	if (result != LOOKUP_FOUND)
		return result;
	for (size_t i = 0; i < names->count; i++) {
		const struct directory_attribute *attribute =
		    directory_entry_find(&entry, span_of(names->items[i]));

		if (attribute != NULL)
			add_addresses(addresses, pool, attribute);
	}
	return addresses->count > 0 ? LOOKUP_FOUND : LOOKUP_NOT_FOUND;
}

enum lookup_result
directory_person_managers(const struct directory_people *people,
    const struct directory_entry *person, struct pool *pool,
    struct directory_addresses **managers, size_t *count,
    int64_t deadline_us, struct err *err)
{
	const struct directory_attribute *attribute = directory_entry_find(
	    person, span_of(people->settings->manager_attribute));

	*managers = pool_alloc_array(pool, MANAGERS_MAX, sizeof(**managers));
	*count = 0;
	if (attribute != NULL && attribute->value_count > MANAGERS_MAX) {
		(void)err_set(err, ERR_LIMIT,
		    "\"%.*s\" has more than %d managers",
		    SPAN_ARGS(person->dn), MANAGERS_MAX);
		return LOOKUP_FAILED;
	}
	for (size_t i = 0;
	    attribute != NULL && i < attribute->value_count; i++) {
		enum lookup_result result =
		    read_addresses(people, attribute->values[i], pool,
			&(*managers)[*count], deadline_us, err);

		if (result == LOOKUP_FAILED) {
			(void)err_context(err, "the manager of \"%.*s\"",
			    SPAN_ARGS(person->dn));
			return LOOKUP_FAILED;
		}
		if (result == LOOKUP_FOUND)
			(*count)++;
	}
	return *count > 0 ? LOOKUP_FOUND : LOOKUP_NOT_FOUND;
}

static bool
has_dn(const struct directory_attribute *attribute, struct span dn)
{
	for (size_t i = 0; attribute != NULL && i < attribute->value_count; i++)
		if (directory_dn_equal(attribute->values[i], dn))
			return true;
	return false;
}

enum lookup_result
directory_person_in_group(const struct directory_people *people,
    const struct directory_entry *person, const struct address *address,
    struct span name, struct pool *pool, int64_t deadline_us,
    struct err *err)
{
	const char *in_person = people->settings->group_attribute;
	struct directory_key key = { name, address->local, address->domain };
	struct directory_entry group, member;
	enum lookup_result result = directory_lookup(
	    people->group, &key, pool, &group, deadline_us, err);

	if (result == LOOKUP_NOT_FOUND) {
		(void)err_set(err, ERR_CONFIG, "the directory has no group "
		    "\"%.*s\"; is it spelt right in the rules?",
		    SPAN_ARGS(name));
		return LOOKUP_FAILED;
	}
	if (result == LOOKUP_FAILED) {
		(void)err_context(err, "group \"%.*s\"", SPAN_ARGS(name));
		return LOOKUP_FAILED;
	}
	if (in_person[0] != '\0')
		return has_dn(directory_entry_find(person, span_of(in_person)),
			   group.dn)
		    ? LOOKUP_FOUND
		    : LOOKUP_NOT_FOUND;
	key.address = person->dn;
	result = directory_read(people->member, group.dn, &key, pool, &member,
	    deadline_us, err);
	if (result == LOOKUP_FAILED)
		(void)err_context(
		    err, "members of group \"%.*s\"", SPAN_ARGS(name));
	return result;
}
