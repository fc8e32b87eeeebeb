/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes that directories have: a misspelt one would be there for nobody,
 * and a rule on it would never apply.
 *
 * Each by the name under which servers return it: asked for "surname", OpenLDAP
 * returns "sn", so the long names are not here.
 */
#include "rules/rule_attribute.h"

#include "rules/rule.h"

#include <stddef.h>

const char *const rule_attribute_names[] = {
	/* RFC 4519, but for "name", which means that of an attachment */
	"businessCategory", "c", "cn", "dc", "description",
	"destinationIndicator", "facsimileTelephoneNumber", "givenName",
	"initials", "l", "member", "o", "ou", "owner",
	"physicalDeliveryOfficeName", "postOfficeBox", "postalAddress",
	"postalCode", "preferredDeliveryMethod", "registeredAddress",
	"roleOccupant", "seeAlso", "serialNumber", "sn", "st", "street",
	"telephoneNumber", "title", "uid", "uniqueMember",
	/* RFC 2798, RFC 4524, RFC 4512 */
	"carLicense", "departmentNumber", "displayName", "employeeNumber",
	"employeeType", "homePhone", "labeledURI", "mail", "manager",
	"mobile", "objectClass", "pager", "preferredLanguage", "roomNumber",
	"secretary", "co", "host", "personalTitle", "organizationalStatus",
	/* mail */
	"mailAlternateAddress", "mailEquivalentAddress", "mailHost",
	"mailLocalAddress", "mailRoutingAddress",
	/* Unix */
	"gidNumber", "loginShell", "memberUid", "uidNumber", "gecos",
	/* Active Directory and Exchange */
	"accountExpires", "assistant", "comment", "company", "countryCode",
	"department", "distinguishedName", "division", "employeeID",
	"extensionAttribute1", "extensionAttribute2", "extensionAttribute3",
	"extensionAttribute4", "extensionAttribute5", "extensionAttribute6",
	"extensionAttribute7", "extensionAttribute8", "extensionAttribute9",
	"extensionAttribute10", "extensionAttribute11",
	"extensionAttribute12", "extensionAttribute13",
	"extensionAttribute14", "extensionAttribute15", "homeMDB", "info",
	"ipPhone", "mailNickname", "memberOf", "middleName",
	"msDS-cloudExtensionAttribute1", "msDS-cloudExtensionAttribute2",
	"msDS-cloudExtensionAttribute3", "msExchHideFromAddressLists",
	"msExchHomeServerName", "msExchRecipientTypeDetails",
	"primaryGroupID", "proxyAddresses", "sAMAccountName",
	"sAMAccountType", "targetAddress", "userAccountControl",
	"userPrincipalName", "wWWHomePage",
	NULL
};

bool
rule_attribute_known(struct span name)
{
	for (size_t i = 0; rule_attribute_names[i] != NULL; i++)
		if (span_equal_case(name, span_of(rule_attribute_names[i])))
			return true;
	return false;
}

bool
rule_attribute_possible(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool other = (c >= '0' && c <= '9') || c == '-';

		if (!letter && (i == 0 || !other))
			return false;
	}
	return name.len > 0 && name.len <= RULE_ATTRIBUTE_MAX;
}
