/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sendmail.cf says of milters and of what becomes of a message behind
 * them; see "CONFIGURATION FILE" in the Sendmail Installation and Operation
 * Guide (doc/op/op.me).  All other lines are passed over.
 */
#ifndef LUMBAR_FORMATS_SENDMAIL_CF_H
#define LUMBAR_FORMATS_SENDMAIL_CF_H

#include "base/err.h"
#include "base/pool.h"

enum { SENDMAIL_CF_LINES_MAX = 100000 };

/* "O NAME=VALUE". */
struct sendmail_option {
	unsigned line;
	struct span name;
	struct span value; /* trimmed; may be empty */
};

/* "XNAME, S=SOCKET, F=FLAG, T=C:TIME;S:TIME;R:TIME;E:TIME". */
struct sendmail_filter {
	unsigned line;
	struct span name;
	struct span socket; /* as written; may be empty */
	struct span flags;  /* "T"; empty: passes mail when it fails */
	/* Microseconds; Sendmail's defaults where nothing is set. */
	int64_t connect_timeout; /* to connect */
	int64_t send_timeout;    /* to send one piece */
	int64_t read_timeout;    /* for one answer */
	int64_t end_timeout;     /* for the answer to the end of message */
};

/* "O DaemonPortOptions=Name=NAME, InputMailFilters=FILTER;FILTER". */
struct sendmail_daemon {
	unsigned line;
	struct span name;     /* {daemon_name}; may be empty */
	bool has_filters;     /* FILTERS instead of those of all */
	struct span filters;  /* a list, see sendmail_next_filter */
};

struct sendmail_cf {
	const struct sendmail_option *options;
	size_t option_count;
	const struct sendmail_filter *filters;
	size_t filter_count;
	const struct sendmail_daemon *daemons;
	size_t daemon_count;
	struct span masquerade; /* macro M (MASQUERADE_AS); may be empty */
	unsigned masquerade_line;
	unsigned generics_line; /* of the map of genericstable; 0: none */
};

/*
 * Reads TEXT, which must stay; the arrays are in POOL.  0, or -1 with *ERR
 * where there are too many lines.
 */
int sendmail_cf_read(struct pool *pool, struct span text,
    struct sendmail_cf *cf, struct err *err);

/* The option NAME, in any case, that was set last, or NULL. */
const struct sendmail_option *sendmail_cf_option(
    const struct sendmail_cf *cf, struct span name);

/* The filter NAME, or NULL. */
const struct sendmail_filter *sendmail_cf_filter(
    const struct sendmail_cf *cf, struct span name);

/* Takes the next name off *REST, a list of filters with "," or ";" between
 * them.  False at the end. */
bool sendmail_next_filter(struct span *rest, struct span *name);

#endif
