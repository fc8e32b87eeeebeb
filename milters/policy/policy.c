/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What policy.conf may hold, and the daemon as a table.
 */
#include "milters/policy/policy.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "milters/policy/policy_config.h"
#include "milters/policy/policy_decide.h"
#include "milters/policy/policy_files.h"

#include <stddef.h>
#include <stdlib.h>

#define SECOND CLOCK_SECOND_US
#define MEGABYTE (INT64_C(1) << 20)

/* Threads that tell file types at the same time; more than there are
 * processors would only take memory. */
enum { FILE_TYPE_HANDLES = 4 };

#define ROW(member) offsetof(struct policy_conf, member)

static const struct conf_row rows[] = {
	{ "rules", CONF_STRING, ROW(rules), SYSCONFDIR "/policy.rules", 0, 0,
	    NULL, NULL, "The file with the rules; see lumbar.rules(5)." },
	{ "trusted_authserv_ids", CONF_STRINGS, ROW(trusted_authserv_ids),
	    NULL, 0, 0, NULL, NULL,
	    "Names of the hosts whose Authentication-Results rules believe: "
	    "those of gateways that remove such headers from outside." },
	{ "max_parts", CONF_INTEGER, ROW(max_parts), "1000", 1, 1000000, NULL,
	    NULL,
	    "Parts of one message that are told apart; what is behind the "
	    "last one counts as unread." },
	{ "max_depth", CONF_INTEGER, ROW(max_depth), "20", 1, 100, NULL, NULL,
	    "Depth to which parts and messages inside each other are "
	    "followed; what is deeper counts as unread." },
	{ "max_text_size", CONF_SIZE, ROW(max_text_size), "32M", 65536,
	    1024 * MEGABYTE, NULL, NULL,
	    "Bytes of text of one message that are matched; more counts as "
	    "unread." },
	{ "max_decoded_size", CONF_SIZE, ROW(max_decoded_size), "512M", 65536,
	    1024 * 1024 * MEGABYTE, NULL, NULL,
	    "Bytes of one message that are decoded; more counts as unread." },
	{ "evaluation_timeout", CONF_DURATION, ROW(evaluation_timeout), "5s",
	    SECOND / 100, 3600 * SECOND, NULL, NULL,
	    "Time that the rules have for one message; those that it does not "
	    "suffice for fail.  Below the MTA's own timeout (Sendmail's "
	    "default is 10 seconds)." },
	{ .key = "profile",
	    .type = CONF_CHOICE,
	    .offset = ROW(people.profile),
	    .fallback = "laser",
	    .choices = directory_profile_choices,
	    .help = "Kind of directory, which sets the defaults of the filters "
		    "and of address_attributes." },
	{ .key = "filter",
	    .type = CONF_STRING,
	    .offset = ROW(people.filter),
	    .help = "Search filter for a person: %s is the address, %u its "
		    "local part, %d its domain; empty: the profile's." },
	{ .key = "address_attributes",
	    .type = CONF_STRINGS,
	    .offset = ROW(people.address_attributes),
	    .help = "Attributes with a person's addresses, the one to write "
		    "to first; empty: the profile's." },
	{ .key = "manager_attribute",
	    .type = CONF_STRING,
	    .offset = ROW(people.manager_attribute),
	    .fallback = "manager",
	    .help = "Attribute with the DN of a person's manager." },
	{ .key = "group_filter",
	    .type = CONF_STRING,
	    .offset = ROW(people.group_filter),
	    .help = "Search filter for a group: %s is its name in the rules; "
		    "empty: the profile's." },
	{ .key = "member_filter",
	    .type = CONF_STRING,
	    .offset = ROW(people.member_filter),
	    .help = "Filter that a group matches if it has a member: %s is "
		    "the DN, %u and %d are of the address; empty: the "
		    "profile's." },
	{ .key = "group_attribute",
	    .type = CONF_STRING,
	    .offset = ROW(people.group_attribute),
	    .help = "Attribute of a person with the DNs of the groups, such "
		    "as memberOf; empty: member_filter is used." },
	{ .key = "recipient_delimiter",
	    .type = CONF_STRING,
	    .offset = ROW(people.recipient_delimiter),
	    .fallback = "+",
	    .check = directory_check_delimiter,
	    .help = "What separates user and extension; empty: nothing does." },
};

#undef ROW

static const struct conf_section sections[] = {
	{ .name = "directory",
	    .rows = directory_rows,
	    .row_count = DIRECTORY_ROW_COUNT,
	    .item_size = sizeof(struct directory_settings),
	    .title_offset = offsetof(struct directory_settings, name),
	    .place_offset = offsetof(struct directory_settings, place),
	    .items_offset = offsetof(struct policy_conf, directories),
	    .help = "The directory: LDAP servers or an LDIF file." },
	{ .name = "attribute",
	    .rows = policy_attribute_rows,
	    .row_count = POLICY_ATTRIBUTE_ROW_COUNT,
	    .item_size = sizeof(struct policy_attribute),
	    .title_offset = offsetof(struct policy_attribute, name),
	    .place_offset = offsetof(struct policy_attribute, place),
	    .items_offset = offsetof(struct policy_conf, attributes),
	    .help = "An attribute that rules may name." },
};

/* The system may forbid to write machine code; rules then still work, but so
 * slowly that somebody should know. */
static void
note_slow_rules(const struct rule_set *rules)
{
	size_t slow = rule_set_slow(rules);

	if (slow > 0)
		log_write(LOG_LEVEL_WARNING,
		    "%zu expressions of the rules are not compiled to machine "
		    "code and match slowly; does the unit forbid it with "
		    "MemoryDenyWriteExecute?",
		    slow);
}

/* The database of file types, where a rule asks for them.  0 or -1. */
static int
open_types(struct policy_config *config, const struct conf_place *place,
    struct buf *errors)
{
	struct err err;

	if ((rule_set_needs(config->rules) & RULE_NEEDS_FILE_TYPES) == 0)
		return 0;
	config->file_type = file_type_open(NULL, FILE_TYPE_HANDLES, &err);
	if (config->file_type != NULL)
		return 0;
	conf_mistake(
	    errors, place, "rules on the type of attachments: %s", err.text);
	return -1;
}

/* The hosts to believe, without which a rule on results would never match.  0
 * or -1. */
static int
read_authserv_ids(struct policy_config *config,
    const struct policy_conf *conf, struct buf *errors)
{
	const struct conf_strings *ids = &conf->trusted_authserv_ids;

	for (size_t i = 0; i < ids->count; i++)
		rule_names_add(&config->authserv_ids, config->pool,
		    span_of(ids->items[i]));
	rule_names_sort(&config->authserv_ids);
	if ((rule_set_needs(config->rules) & RULE_NEEDS_RESULTS) == 0 ||
	    ids->count > 0)
		return 0;
	conf_key_mistake(errors, &conf->settings.place,
	    "trusted_authserv_ids",
	    "a rule asks for results of other filters; name the hosts whose "
	    "Authentication-Results are to be believed");
	return -1;
}

static void
unload(void *config)
{
	struct policy_config *policy_config = config;

	policy_directory_close(&policy_config->directory);
	pool_free(&policy_config->pool);
	file_type_close(&policy_config->file_type);
	rule_set_free(&policy_config->rules);
	free(policy_config);
}

/* A file that was cut off, by a full disk or an editor that is just writing it,
 * must not pass all mail.  0 or -1. */
static int
check_not_empty(const struct rule_set *rules,
    const struct policy_conf *conf, struct buf *errors)
{
	if (rule_set_count(rules) > 0)
		return 0;
	conf_key_mistake(errors, &conf->settings.place, "rules",
	    "%s holds no rule, so that all mail would pass; write one, "
	    "with \"mode off\" where none is to act",
	    conf->rules);
	return -1;
}

/* What survives a reload. */
static void *
open_process(const void *conf, struct err *err)
{
	(void)conf;
	(void)err;
	return policy_counts_new();
}

static void
close_process(void *process)
{
	struct policy_counts *counts = process;

	policy_counts_free(&counts);
}

static void
log_counters(const void *process, struct log_line *line)
{
	const struct policy_counts *counts = process;

	policy_counts_log(counts, line);
}

static void
find_counts(struct policy_config *config, struct policy_counts *counts)
{
	size_t count = rule_set_size(config->rules);

	if (counts == NULL)
		return;
	config->counts = pool_alloc_array(
	    config->pool, count + 1, sizeof(*config->counts));
	for (size_t i = 0; i < count; i++)
		config->counts[i] = policy_count_rule(
		    counts, rule_set_rule_id(config->rules, i));
}

static void *
load(void *process, const void *conf, struct buf *errors)
{
	const struct policy_conf *policy_conf = conf;
	struct pool *pool = pool_new();
	struct rule_set *rules = policy_rules_read(
	    conf_path(pool, &policy_conf->settings.place, policy_conf->rules),
	    &policy_conf->settings.place, errors);
	struct policy_config *config;

	pool_free(&pool);
	if (rules == NULL)
		return NULL;
	note_slow_rules(rules);
	config = xalloc(sizeof(*config));
	config->rules = rules;
	config->pool = pool_new_small();
	config->limits = content_limits_default();
	config->limits.parts = (size_t)policy_conf->max_parts;
	config->limits.depth = (unsigned)policy_conf->max_depth;
	config->limits.text_bytes = (size_t)policy_conf->max_text_size;
	config->evaluation_timeout = policy_conf->evaluation_timeout;
	config->limits.decoded_bytes = (uint64_t)policy_conf->max_decoded_size;
	if (check_not_empty(rules, policy_conf, errors) < 0 ||
	    read_authserv_ids(config, policy_conf, errors) < 0 ||
	    open_types(config, &policy_conf->settings.place, errors) < 0 ||
	    policy_directory_open(
		policy_conf, rules, &config->directory, errors) < 0) {
		unload(config);
		return NULL;
	}
	find_counts(config, process);
	return config;
}

static const char *
digest(const void *config)
{
	const struct policy_config *policy_config = config;

	return rule_set_hash(policy_config->rules);
}

static unsigned
needs(const void *config)
{
	const struct policy_config *policy_config = config;
	unsigned needed = rule_set_needs(policy_config->rules);
	unsigned events = 0;

	if (needed & RULE_NEEDS_RECIPIENTS)
		events |= EVENT_RECIPIENT;
	if (needed & RULE_NEEDS_MESSAGE)
		events |= EVENT_DATA;
	if (needed & RULE_NEEDS_HEADERS)
		events |= EVENT_HEADERS;
	if (needed & RULE_NEEDS_BODY)
		events |= EVENT_BODY;
	return events;
}

const struct daemon policy_daemon = {
	.name = "lumbar-policy",
	.summary = "content policy for mail: does what rules say",
	.conf_file = "policy.conf",
	.table = {
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.sections = sections,
		.section_count = sizeof(sections) / sizeof(sections[0]),
	},
	.conf_size = sizeof(struct policy_conf),
	.default_socket = "unix:/run/lumbar/policy.sock",
	.events = EVENT_RECIPIENT | EVENT_DATA | EVENT_HEADERS | EVENT_BODY,
	.changes = CHANGE_HEADERS | CHANGE_RECIPIENTS,
	.open = open_process,
	.close = close_process,
	.load = load,
	.unload = unload,
	.log_counters = log_counters,
	.digest = digest,
	.needs = needs,
	.begin = policy_begin,
	.decide = policy_decide,
	.body = policy_body,
	.settle = policy_settle,
};
