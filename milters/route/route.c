/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What route.conf may hold, and the daemon as a table.
 */
#include "milters/route/route.h"

#include "formats/directory_key.h"
#include "milters/route/route_config.h"
#include "milters/route/route_decide.h"
#include "services/directory_profile.h"

#define ROW(member) offsetof(struct route_conf, member)

static const struct conf_row rows[] = {
	{ .key = "domains",
	    .type = CONF_STRINGS,
	    .offset = ROW(domains),
	    .check = domain_pattern_check,
	    .help = "Domains whose recipients are looked up; "
		    "\".example.com\" means every domain below example.com." },
	{ .key = "profile",
	    .type = CONF_CHOICE,
	    .offset = ROW(profile),
	    .fallback = "laser",
	    .choices = directory_profile_choices,
	    .help = "Kind of directory, which sets the defaults of filter and "
		    "routing_attribute." },
	{ .key = "filter",
	    .type = CONF_STRING,
	    .offset = ROW(filter),
	    .help = "Search filter: %s is the address, %u its local part, %d "
		    "its domain; empty: the profile's." },
	{ .key = "routing_attribute",
	    .type = CONF_STRING,
	    .offset = ROW(routing_attribute),
	    .help = "Attribute with the routing address; empty: the "
		    "profile's; \"none\": nobody is routed." },
	{ .key = "always_accept",
	    .type = CONF_STRINGS,
	    .offset = ROW(always_accept),
	    .fallback = "{ \"postmaster\", \"abuse\" }",
	    .help = "Local parts that are neither looked up nor refused." },
	{ .key = "exempt",
	    .type = CONF_STRINGS,
	    .offset = ROW(exempt),
	    .fallback = "{ \"SRS0=\", \"SRS0+\", \"SRS0-\", \"SRS1=\", "
			"\"SRS1+\", \"SRS1-\", \"prvs=\", \"btv1==\" }",
	    .help = "Beginnings of local parts that another program made and "
		    "will undo; such recipients are not looked up." },
	{ .key = "recipient_delimiter",
	    .type = CONF_STRING,
	    .offset = ROW(recipient_delimiter),
	    .fallback = "+",
	    .check = directory_check_delimiter,
	    .help = "What separates user and extension; empty: nothing does." },
	{ .key = "keep_extension",
	    .type = CONF_BOOL,
	    .offset = ROW(keep_extension),
	    .fallback = "yes",
	    .help = "Put the extension into the routing address." },
};

static const struct conf_section sections[] = {
	{ .name = "directory",
	    .rows = directory_rows,
	    .row_count = DIRECTORY_ROW_COUNT,
	    .item_size = sizeof(struct directory_settings),
	    .title_offset = offsetof(struct directory_settings, name),
	    .place_offset = offsetof(struct directory_settings, place),
	    .items_offset = ROW(directories),
	    .help = "The directory: LDAP servers or an LDIF file." },
};

static void *
load(void *process, const void *conf, struct buf *errors)
{
	(void)process;
	return route_config_new(conf, errors);
}

static void
unload(void *config)
{
	struct route_config *released = config;

	route_config_free(&released);
}

const struct daemon route_daemon = {
	.name = "lumbar-route",
	.summary = "looks recipients up in the directory and routes them",
	.conf_file = "route.conf",
	.table = {
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.sections = sections,
		.section_count = sizeof(sections) / sizeof(sections[0]),
	},
	.conf_size = sizeof(struct route_conf),
	.default_socket = "unix:/run/lumbar/route.sock",
	.events = EVENT_RECIPIENT | EVENT_DATA,
	.changes = CHANGE_RECIPIENTS,
	.load = load,
	.unload = unload,
	.begin = route_begin,
	.decide = route_decide,
	.settle = route_settle,
};
