/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/directory_profile.h"

/* Whichever class a group has, its members are DNs in one of two attributes
 * (RFC 4519 sections 3.5 and 3.6). */
#define GROUPS "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"
#define MEMBERS "(|(member=%s)(uniqueMember=%s))"

const char *const directory_profile_choices[] = { "laser", "inetorgperson",
	"active-directory", NULL };

static const char *const laser_addresses[] = { "mail", "mailLocalAddress" };
static const char *const inetorgperson_addresses[] = { "mail" };
static const char *const active_directory_addresses[] = { "mail",
	"proxyAddresses" };

/* In the order of the choices. */
static const struct directory_profile profiles[] = {
	{ "(|(mail=%s)(mailLocalAddress=%s))", "mailRoutingAddress",
	    { laser_addresses, 2 }, "(&" GROUPS "(cn=%s))", MEMBERS },
	{ "(mail=%s)", "", { inetorgperson_addresses, 1 },
	    "(&" GROUPS "(cn=%s))", MEMBERS },
	/* LDAP_MATCHING_RULE_IN_CHAIN: members of groups that are members, too.
	 * It is asked of one group, which takes no search of the whole. */
	{ "(|(proxyAddresses=smtp:%s)(mail=%s))", "targetAddress",
	    { active_directory_addresses, 2 },
	    "(&(objectClass=group)(|(cn=%s)(sAMAccountName=%s)(mail=%s)))",
	    "(member:1.2.840.113556.1.4.1941:=%s)" },
};

const struct directory_profile *
directory_profile(int index)
{
	return &profiles[index];
}

const char *
directory_profile_or(const char *set, const char *fallback)
{
	return set[0] != '\0' ? set : fallback;
}
