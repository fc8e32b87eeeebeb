/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/route/route_config.h"

#include "base/xalloc.h"
#include "services/directory_profile.h"

#include <stdlib.h>
#include <string.h>

static int
make_query(struct route_config *config, struct buf *errors)
{
	const struct route_conf *conf = config->conf;
	const struct directory_profile *profile =
	    directory_profile(conf->profile);
	const char *attribute = directory_profile_or(
	    conf->routing_attribute, profile->routing_attribute);
	struct conf_strings wanted = { &attribute, 1 };
	struct err err;

	if (attribute[0] == '\0' || strcmp(attribute, "none") == 0)
		wanted.count = 0;
	else
		config->routing_attribute = span_of(attribute);
	config->query = directory_query_new(config->directory,
	    directory_profile_or(conf->filter, profile->filter), &wanted, &err);
	if (config->query != NULL)
		return 0;
	conf_key_mistake(
	    errors, &conf->settings.place, "filter", "%s", err.text);
	return -1;
}

static int
open_directory(struct route_config *config, struct buf *errors)
{
	const struct conf_items *directories = &config->conf->directories;
	const struct directory_settings *settings = directories->items;

	if (directories->count != 1) {
		if (directories->count == 0)
			conf_mistake(errors, &config->conf->settings.place,
			    "directory: none is configured; add directory "
			    "\"main\" { uris = ... } or { ldif = ... }");
		else
			conf_mistake(errors, &settings[1].place,
			    "directory \"%s\": only one can be used",
			    settings[1].name);
		return -1;
	}
	config->directory = directory_open(settings, errors);
	if (config->directory == NULL)
		return -1;
	return make_query(config, errors);
}

struct route_config *
route_config_new(const struct route_conf *conf, struct buf *errors)
{
	struct route_config *config = xalloc(sizeof(*config));
	int rc = 0;

	config->conf = conf;
	if (conf->domains.count == 0) {
		conf_key_mistake(errors, &conf->settings.place, "domains",
		    "none are set, so nobody would be looked up; "
		    "write domains = { \"example.com\" }");
		rc = -1;
	}
	if (open_directory(config, errors) < 0)
		rc = -1;
	if (rc < 0)
		route_config_free(&config);
	return config;
}

void
route_config_free(struct route_config **config)
{
	if (*config == NULL)
		return;
	directory_query_free(&(*config)->query);
	directory_close(&(*config)->directory);
	free(*config);
	*config = NULL;
}
