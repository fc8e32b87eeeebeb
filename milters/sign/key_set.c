/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/key_set.h"

#include "formats/dns_name.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* In the order of enum key_state. */
static const char *const states[] = { "pending", "active", "retiring", NULL };

const char *
key_state_name(enum key_state state)
{
	return states[state];
}

/* Upper case would make one name two in comparisons. */
static int
check_name(const char *text, struct err *err)
{
	for (const char *c = text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			return err_set(err, ERR_CONFIG,
			    "\"%s\" has upper case; write it in lower case",
			    text);
	return dns_name_check(span_of(text), err);
}

/* What key_set_print need not escape. */
static int
check_file(const char *text, struct err *err)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\')
			return err_set(err, ERR_CONFIG,
			    "the name of the key's file has a quotation mark, "
			    "a backslash or a control character; rename it");
	return 0;
}

static int
check_day(const char *text, struct err *err)
{
	static const char form[] = "dddd-dd-dd";
	bool good = strlen(text) == sizeof(form) - 1;

	for (size_t i = 0; good && form[i] != '\0'; i++)
		good = form[i] == 'd' ? text[i] >= '0' && text[i] <= '9'
				      : text[i] == form[i];
	if (good || text[0] == '\0')
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is no day; write one such as 2026-11-22", text);
}

#define ROW(member) offsetof(struct key_set, member)

static const struct conf_row rows[] = {
	{ "domain", CONF_STRING, ROW(domain), NULL, 0, 0, NULL, check_name,
	    "The domain that signs (d=)." },
};

#undef ROW
#define ROW(member) offsetof(struct key_set_key, member)

static const struct conf_row key_rows[] = {
	{ "file", CONF_STRING, ROW(file), NULL, 0, 0, NULL, check_file,
	    "The private key in PEM; a relative name counts from the folder "
	    "of this file." },
	{ "state", CONF_CHOICE, ROW(state), "pending", 0, 0, states, NULL,
	    "Whether it signs: only active ones do." },
	{ "since", CONF_STRING, ROW(since), NULL, 0, 0, NULL, check_day,
	    "The day (UTC) when this state began." },
	{ "retires", CONF_STRING, ROW(retires), NULL, 0, 0, NULL, check_day,
	    "The day (UTC) from which a retiring key may be removed." },
};

static const struct conf_section sections[] = {
	{ "key", key_rows, sizeof(key_rows) / sizeof(key_rows[0]),
	    sizeof(struct key_set_key), ROW(selector), ROW(place),
	    offsetof(struct key_set, keys),
	    "A private key, by its selector (s=)." },
};

static const struct conf_table table = {
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.sections = sections,
	.section_count = sizeof(sections) / sizeof(sections[0]),
};

static const struct conf_schema schema = {
	.tables = &table,
	.table_count = 1,
	.size = sizeof(struct key_set),
	.place_offset = offsetof(struct key_set, place),
	.has_place = true,
};

/* True if KEY is complete; else ERRORS tells. */
static bool
check_key(const struct key_set_key *key, struct buf *errors)
{
	bool good = true;
	struct err err;

	if (check_name(key->selector, &err) < 0) {
		conf_mistake(errors, &key->place, "key: %s", err.text);
		good = false;
	}
	if (key->file[0] == '\0') {
		conf_mistake(errors, &key->place,
		    "key \"%s\": file is missing; add: file = \"NAME.pem\"",
		    key->selector);
		good = false;
	}
	if (key->state == KEY_RETIRING && key->retires[0] == '\0') {
		conf_mistake(errors, &key->place,
		    "key \"%s\": retires is missing; add the day: retires = "
		    "\"2026-11-22\"",
		    key->selector);
		good = false;
	}
	return good;
}

static bool
check_set(const struct key_set *set, struct buf *errors)
{
	const struct key_set_key *keys = set->keys.items;
	bool good = true;

	if (set->domain[0] == '\0') {
		conf_mistake(errors, &set->place,
		    "domain is missing; add: domain = \"example.com\"");
		good = false;
	}
	if (set->keys.count > KEY_SET_MAX) {
		conf_mistake(errors, &set->place,
		    "it has more than %d keys; remove those that are no "
		    "longer needed",
		    KEY_SET_MAX);
		return false;
	}
	for (size_t i = 0; i < set->keys.count; i++)
		good &= check_key(&keys[i], errors);
	return good;
}

const struct key_set *
key_set_read(const char *file, struct conf **conf, struct buf *errors)
{
	const struct conf_place place = { .file = file };

	/* A missing file of options may be made empty; this one may not. */
	if (access(file, F_OK) < 0 && errno == ENOENT) {
		conf_mistake(errors, &place,
		    "there is no such key set; lumbar key generate makes it "
		    "with the first key of a domain");
		*conf = NULL;
		return NULL;
	}
	if (conf_read(&schema, file, conf, errors) < 0)
		return NULL;
	if (!check_set(conf_values(*conf), errors)) {
		conf_free(conf);
		return NULL;
	}
	return conf_values(*conf);
}

const struct key_set_key *
key_set_find(const struct key_set *set, struct span selector)
{
	const struct key_set_key *keys = set->keys.items;

	for (size_t i = 0; i < set->keys.count; i++)
		if (span_equal(span_of(keys[i].selector), selector))
			return &keys[i];
	return NULL;
}

void
key_set_print(const struct key_set *set, struct buf *text)
{
	const struct key_set_key *keys = set->keys.items;

	(void)buf_printf(text,
	    "# Keys of a signing domain, written by lumbar key; see "
	    "lumbar-key(1).\ndomain = \"%s\"\n",
	    set->domain);
	for (size_t i = 0; i < set->keys.count; i++) {
		(void)buf_printf(text,
		    "\nkey \"%s\" {\n\tfile = \"%s\"\n\tstate = %s\n",
		    keys[i].selector, keys[i].file,
		    states[keys[i].state]);
		if (keys[i].since[0] != '\0')
			(void)buf_printf(
			    text, "\tsince = \"%s\"\n", keys[i].since);
		if (keys[i].retires[0] != '\0')
			(void)buf_printf(
			    text, "\tretires = \"%s\"\n", keys[i].retires);
		(void)buf_printf(text, "}\n");
	}
}
