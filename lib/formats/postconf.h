/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What postconf(1) of Postfix prints: parameters of main.cf ("postconf -x"),
 * what services in master.cf set otherwise ("-P -x") and what these are
 * ("-F"); and lists of milters, see smtpd_milters in postconf(5).
 */
#ifndef LUMBAR_FORMATS_POSTCONF_H
#define LUMBAR_FORMATS_POSTCONF_H

#include "base/err.h"
#include "base/pool.h"

enum {
	POSTCONF_LINES_MAX = 100000, /* of one output */
	POSTCONF_MILTERS_MAX = 1000, /* of one list */
	POSTCONF_SETTINGS_MAX = 100, /* of one milter */
};

/* A line "NAME = VALUE" or "SERVICE/TYPE/NAME = VALUE". */
struct postconf_parameter {
	struct span service; /* "smtp/inet"; empty: main.cf */
	struct span name;
	struct span value; /* trimmed; may be empty */
};

struct postconf_parameters {
	const struct postconf_parameter *items;
	size_t count;
};

/*
 * Reads TEXT, an output of postconf, which must stay; the array is in POOL.
 * Lines of another form are passed over.  0, or -1 with *ERR where there are
 * too many.
 */
int postconf_read(struct pool *pool, struct span text,
    struct postconf_parameters *parameters, struct err *err);

/* The value of NAME for SERVICE (empty: in main.cf), or NULL where PARAMETERS
 * has none.  Of several the last counts, as for Postfix. */
const struct span *postconf_find(const struct postconf_parameters *parameters,
    struct span service, struct span name);

/* A service of master.cf. */
struct postconf_service {
	struct span id;      /* "smtp/inet" */
	struct span program; /* "smtpd" */
	struct span chroot;  /* "y", "n" or "-": by the compatibility level */
	struct span process_limit; /* digits, or "-": default_process_limit */
};

struct postconf_services {
	const struct postconf_service *items;
	size_t count;
};

/* The services that FIELDS, read of "postconf -F", describe; in POOL, in their
 * order. */
struct postconf_services postconf_services(
    struct pool *pool, const struct postconf_parameters *fields);

/* "default_action=tempfail" of one milter. */
struct postconf_setting {
	struct span name;
	struct span value;
};

/* An item of a list of milters: "ENDPOINT" or "{ ENDPOINT, SETTING ... }". */
struct postconf_milter {
	struct span text;     /* as written, with its braces */
	struct span endpoint; /* "unix:lumbar/policy.sock"; never empty */
	const struct postconf_setting *settings;
	size_t setting_count;
};

struct postconf_milters {
	const struct postconf_milter *items;
	size_t count;
};

/*
 * Reads VALUE, a list of milters in which all "$" have been replaced, and which
 * must stay.  0, or -1 with *ERR for what Postfix would refuse as well:
 * braces that do not match, a setting without "=".
 */
int postconf_read_milters(struct pool *pool, struct span value,
    struct postconf_milters *milters, struct err *err);

/* The setting NAME of MILTER, or NULL. */
const struct span *postconf_milter_setting(
    const struct postconf_milter *milter, struct span name);

#endif
