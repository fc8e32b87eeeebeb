/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy_directory.h"

#include "base/xalloc.h"
#include "milters/policy/policy_config.h"
#include "rules/rule_attribute.h"

#include <stdlib.h>

#define ROW(member) offsetof(struct policy_attribute, member)

const struct conf_row policy_attribute_rows[] = {
	{ .key = "ldap_name",
	    .type = CONF_STRING,
	    .offset = ROW(ldap_name),
	    .help = "Name of the attribute in the directory; empty: the same "
		    "as in rules." },
};

#undef ROW

/* The mapping of NAME, or NULL. */
static const struct policy_attribute *
find_attribute(const struct policy_conf *conf, struct span name)
{
	const struct policy_attribute *items = conf->attributes.items;

	for (size_t i = 0; i < conf->attributes.count; i++)
		if (span_equal_case(span_of(items[i].name), name))
			return &items[i];
	return NULL;
}

/* Names that no rule or directory can have.  0 or -1. */
static int
check_attributes(const struct policy_conf *conf, struct buf *errors)
{
	const struct policy_attribute *items = conf->attributes.items;
	int rc = 0;

	for (size_t i = 0; i < conf->attributes.count; i++) {
		const char *ldap_name = directory_profile_or(
		    items[i].ldap_name, items[i].name);

		if (rule_attribute_possible(span_of(items[i].name)) &&
		    rule_attribute_possible(span_of(ldap_name)))
			continue;
		conf_mistake(errors, &items[i].place,
		    "attribute \"%s\": a name has letters, digits and \"-\", "
		    "a letter first",
		    items[i].name);
		rc = -1;
	}
	return rc;
}

/* What the rules need and the configuration does not have.  0 or -1. */
static int
check_rules(const struct policy_conf *conf, const struct rule_set *rules,
    struct pool *pool, struct buf *errors)
{
	const struct policy_attribute *items = conf->attributes.items;
	size_t count = conf->attributes.count;
	struct span *declared =
	    pool_alloc_array(pool, count + 1, sizeof(*declared));
	int rc;

	for (size_t i = 0; i < count; i++)
		declared[i] = span_of(items[i].name);
	rc = rule_set_check_directory(rules, conf->directories.count > 0,
	    declared, count, conf->settings.place.file, errors);
	if ((rule_set_needs(rules) & RULE_NEEDS_DIRECTORY) != 0 &&
	    conf->settings.internal_domains.count == 0) {
		conf_key_mistake(errors, &conf->settings.place,
		    "internal_domains",
		    "none are set, so nobody would be looked up for the "
		    "rules on the directory; write internal_domains = { "
		    "\"example.com\" }");
		rc = -1;
	}
	return rc;
}

/* The attributes that rules name, by their names in the directory. */
static void
map_attributes(
    struct policy_directory *directory, const struct policy_conf *conf)
{
	size_t count = directory->asked->attribute_count;
	const char **names =
	    pool_alloc_array(directory->pool, count + 1, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		struct span name = directory->asked->attributes[i];
		const struct policy_attribute *mapped =
		    find_attribute(conf, name);

		names[i] = mapped != NULL && mapped->ldap_name[0] != '\0'
		    ? mapped->ldap_name
		    : pool_string(directory->pool, name);
	}
	directory->attributes = (struct conf_strings){ names, count };
}

static int
open_people(struct policy_directory *directory,
    const struct policy_conf *conf, struct buf *errors)
{
	const struct directory_settings *settings = conf->directories.items;
	const char *key;
	struct err err;

	if (conf->directories.count > 1) {
		conf_mistake(errors, &settings[1].place,
		    "directory \"%s\": only one can be used",
		    settings[1].name);
		return -1;
	}
	directory->directory = directory_open(settings, errors);
	if (directory->directory == NULL)
		return -1;
	map_attributes(directory, conf);
	directory->people = directory_people_new(directory->directory,
	    &conf->people, &directory->attributes,
	    directory->asked->group_count > 0, &key, &err);
	if (directory->people != NULL)
		return 0;
	conf_key_mistake(errors, &conf->settings.place, key, "%s", err.text);
	return -1;
}

int
policy_directory_open(const struct policy_conf *conf,
    const struct rule_set *rules, struct policy_directory **directory,
    struct buf *errors)
{
	struct pool *pool = pool_new();
	int rc = check_attributes(conf, errors);

	*directory = NULL;
	if (check_rules(conf, rules, pool, errors) < 0)
		rc = -1;
	if (rc < 0 || conf->directories.count == 0) {
		pool_free(&pool);
		return rc;
	}
	*directory = xalloc(sizeof(**directory));
	(*directory)->pool = pool;
	(*directory)->asked = rule_set_directory(rules);
	if (open_people(*directory, conf, errors) < 0) {
		policy_directory_close(directory);
		return -1;
	}
	return 0;
}

void
policy_directory_close(struct policy_directory **directory)
{
	if (*directory == NULL)
		return;
	directory_people_free(&(*directory)->people);
	directory_close(&(*directory)->directory);
	pool_free(&(*directory)->pool);
	free(*directory);
	*directory = NULL;
}
