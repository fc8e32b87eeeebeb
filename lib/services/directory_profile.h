/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kinds of directory, and how each is asked where the configuration does not
 * say otherwise.
 */
#ifndef LUMBAR_SERVICES_DIRECTORY_PROFILE_H
#define LUMBAR_SERVICES_DIRECTORY_PROFILE_H

#include "base/conf.h"

/* For a row of type CONF_CHOICE; the value is for directory_profile. */
extern const char *const directory_profile_choices[];

struct directory_profile {
	const char *filter; /* for a person: %s is one of the addresses */
	const char *routing_attribute; /* "": none */
	/* With a person's addresses, the one to write to first. */
	struct conf_strings address_attributes;
	const char *group_filter;  /* for a group: %s is its name */
	const char *member_filter; /* for a group: %s is the DN of a member */
};

/* The profile of INDEX in directory_profile_choices. */
const struct directory_profile *directory_profile(int index);

/* SET, or FALLBACK, a profile's, where it is empty. */
const char *directory_profile_or(const char *set, const char *fallback);

#endif
