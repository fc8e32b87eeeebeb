/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What policy.conf holds, and what the daemon makes of it.
 */
#ifndef LUMBAR_MILTERS_POLICY_CONFIG_H
#define LUMBAR_MILTERS_POLICY_CONFIG_H

#include "formats/charset.h"
#include "formats/content.h"
#include "milters/policy/policy_count.h"
#include "milters/policy/policy_directory.h"
#include "rules/rule.h"
#include "rules/rule_match.h"
#include "services/file_type.h"
#include "skeleton/settings.h"

struct policy_conf {
	struct settings settings;
	const char *rules;
	struct conf_strings trusted_authserv_ids;
	int64_t max_parts;
	int64_t max_depth;
	int64_t max_text_size;
	int64_t max_decoded_size;
	int64_t evaluation_timeout; /* microseconds */
	struct directory_person_settings people;
	struct conf_items directories; /* struct directory_settings */
	struct conf_items attributes;  /* struct policy_attribute */
};

/* The snapshot that decisions read. */
struct policy_config {
	struct rule_set *rules;
	struct content_limits limits;
	int64_t evaluation_timeout; /* microseconds */
	/* NULL unless a rule reads headers or content. */
	struct charset_modules *charsets;
	struct file_type *file_type; /* NULL unless a rule asks for types */
	/* Hosts whose Authentication-Results are believed. */
	struct rule_names authserv_ids;
	/* Of each rule of RULES; NULL where nothing is counted, as when a file
	 * is only checked. */
	struct policy_count **counts;
	struct policy_directory *directory; /* NULL: none is configured */
	struct pool *pool; /* of this */
};

#endif
