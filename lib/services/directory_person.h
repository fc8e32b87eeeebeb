/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a directory says of people: who has an address, who is whose manager,
 * and who is in which group.  All functions that ask block until their
 * deadline at the most, and may be called by several threads at once.
 */
#ifndef LUMBAR_SERVICES_DIRECTORY_PERSON_H
#define LUMBAR_SERVICES_DIRECTORY_PERSON_H

#include "formats/directory_key.h"
#include "services/directory.h"
#include "services/directory_profile.h"

/* How people are asked about; "" and no items: as the profile says. */
struct directory_person_settings {
	int profile; /* see directory_profile */
	const char *filter;
	struct conf_strings address_attributes;
	const char *manager_attribute;
	const char *group_filter;
	const char *member_filter;
	/* With the DNs of a person's groups; "": members are looked for in
	 * the group. */
	const char *group_attribute;
	const char *recipient_delimiter;
};

struct directory_people;

/*
 * People in DIRECTORY.  Both arguments outlive the result.  WANTED: names of
 * the attributes that entries are to have, besides those needed here.  GROUPS:
 * somebody will ask about groups; else their settings are not looked at.  NULL
 * with *ERR and *KEY, the name of the setting that is wrong, on failure.
 * Release with directory_people_free.
 */
struct directory_people *directory_people_new(struct directory *directory,
    const struct directory_person_settings *settings,
    const struct conf_strings *wanted, bool groups, const char **key,
    struct err *err);
void directory_people_free(struct directory_people **people);

/*
 * Looks for who has ADDRESS or, if nobody does, ADDRESS without its extension.
 * Results, POOL, ENTRY, DEADLINE_US and ERR as in directory_lookup.
 */
enum lookup_result directory_person_find(
    const struct directory_people *people, const struct address *address,
    struct pool *pool, struct directory_entry *entry, int64_t deadline_us,
    struct err *err);

/* The addresses of somebody, the one to write to first. */
struct directory_addresses {
	struct span *items;
	size_t count;
};

/*
 * Reads who the managers of PERSON are, an entry found before.  LOOKUP_FOUND:
 * *MANAGERS, in POOL, has the addresses of each of the *COUNT who have one.
 * LOOKUP_NOT_FOUND: the entry names none, or none who exists and has one.
 */
enum lookup_result directory_person_managers(
    const struct directory_people *people,
    const struct directory_entry *person, struct pool *pool,
    struct directory_addresses **managers, size_t *count,
    int64_t deadline_us, struct err *err);

/*
 * Asks if PERSON, found under ADDRESS, is in the group NAME.  LOOKUP_FOUND: he
 * is; LOOKUP_NOT_FOUND: he is not.  That there is no such group, or several,
 * is LOOKUP_FAILED: a name that is misspelt, or whose group was renamed, must
 * not pass for a group without members.
 */
enum lookup_result directory_person_in_group(
    const struct directory_people *people,
    const struct directory_entry *person, const struct address *address,
    struct span name, struct pool *pool, int64_t deadline_us,
    struct err *err);

#endif
