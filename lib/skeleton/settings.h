/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration keys that every daemon has.
 */
#ifndef LUMBAR_SKELETON_SETTINGS_H
#define LUMBAR_SKELETON_SETTINGS_H

#include "base/conf.h"
#include "base/span.h"
#include "formats/connection.h"

/* What happens to mail when something that a decision needs has failed.  The
 * order is that of the key's choices. */
enum failure_outcome {
	FAILURE_DEFAULT, /* of the role: hold for applications, else tempfail */
	FAILURE_TEMPFAIL,
	FAILURE_HOLD,
};

/* In the order of the key's choices. */
enum engine_choice {
	ENGINE_LIBMILTER,
	ENGINE_NATIVE,
};

/* The choice of a listener's role that follows those of enum role: the one
 * that default_role names. */
enum { LISTENER_ROLE_DEFAULT = ROLE_COUNT };

/* listener "NAME" { role = ...  on_failure = ... } */
struct listener_settings {
	const char *name; /* {daemon_name} of the MTA */
	struct conf_place place;
	int role;       /* enum role, or LISTENER_ROLE_DEFAULT */
	int on_failure; /* enum failure_outcome */
};

/* The first member of every daemon's configuration struct. */
struct settings {
	struct conf_place place; /* the file as a whole */
	const char *socket; /* "": the daemon's default */
	const char *socket_owner;
	const char *socket_group;
	int64_t socket_mode;
	const char *user;
	const char *group;
	bool observe;
	int log_format; /* enum log_format */
	struct conf_strings internal_domains;
	int default_role; /* enum role, for a listener that is given none */
	struct conf_items listeners; /* struct listener_settings */
	int engine; /* enum engine_choice */
	int64_t session_timeout; /* microseconds */
	int64_t max_sessions; /* MTA connections at the same time */
	int64_t max_recipients; /* of one message */
	int64_t max_header_size; /* bytes of one message's header section */
	int64_t workers;
	int64_t lookup_timeout; /* microseconds */
	int64_t drain_timeout;  /* microseconds */
	int64_t hold_after_faults; /* 0: never */
	int64_t body_memory; /* bytes kept in memory before a file */
	const char *spool_directory;
	int64_t statistics_interval; /* microseconds */
};

/* Rows and sections for `struct settings` at offset 0. */
extern const struct conf_table settings_table;

/* Tests of values for rows of the daemons: a role, a network.  0, or -1 with
 * *ERR. */
int settings_check_role(const char *text, struct err *err);
int settings_check_network(const char *text, struct err *err);

/* The section for listener NAME, or NULL. */
const struct listener_settings *settings_listener(
    const struct settings *settings, struct span name);

/* The role of mail that comes in by listener NAME. */
enum role settings_role(const struct settings *settings, struct span name);

/* True if DOMAIN is one of the internal domains (".example.com": all below
 * it). */
bool settings_internal(const struct settings *settings, struct span domain);

#endif
