/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What route.conf says, and what is made of it when it is loaded.
 */
#ifndef LUMBAR_MILTERS_ROUTE_CONFIG_H
#define LUMBAR_MILTERS_ROUTE_CONFIG_H

#include "services/directory.h"
#include "skeleton/settings.h"

struct route_conf {
	struct settings settings;
	struct conf_strings domains;
	int profile; /* see directory_profile */
	const char *filter;            /* "": the profile's */
	const char *routing_attribute; /* "": the profile's */
	struct conf_strings always_accept;
	struct conf_strings exempt;
	const char *recipient_delimiter;
	bool keep_extension;
	struct conf_items directories; /* struct directory_settings */
};

/* A configuration in force; immutable. */
struct route_config {
	const struct route_conf *conf;
	struct directory *directory;
	struct directory_query *query;
	struct span routing_attribute; /* empty: nobody is routed */
};

/* As daemon.load and daemon.unload; CONF outlives the result. */
struct route_config *route_config_new(
    const struct route_conf *conf, struct buf *errors);
void route_config_free(struct route_config **config);

#endif
