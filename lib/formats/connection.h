/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of the SMTP client, as plain data.  Empty spans and zero mean
 * "not told by the MTA".  Decisions only read it.
 */
#ifndef LUMBAR_FORMATS_CONNECTION_H
#define LUMBAR_FORMATS_CONNECTION_H

#include "base/err.h"
#include "base/span.h"
#include "formats/ip.h"

/* What a listener of the MTA is for; see the listener sections of the
 * configuration.  The order is that of its choices. */
enum role {
	ROLE_INBOUND,
	ROLE_OUTBOUND,
	ROLE_APPLICATION,
	ROLE_LOCAL,
};
enum { ROLE_COUNT = ROLE_LOCAL + 1 };

/* "inbound", "outbound", "application", "local". */
const char *role_name(enum role role);

/* The role that is called TEXT.  0, or -1 with *ERR. */
int role_parse(struct span text, enum role *role, struct err *err);

struct tls {
	struct span version; /* "TLSv1.3"; empty: no TLS */
	struct span cipher;
	struct span client_subject; /* of the client's certificate */
	struct span client_name;    /* the common name in it */
	struct span client_issuer;
	bool client_verified;
};

struct connection {
	struct span id;          /* ours; stands for the queue id until known */
	struct span client_name; /* "[192.0.2.7]" where it has none */
	struct ip client;
	struct span client_text; /* the address as text */
	unsigned client_port;
	struct span helo;
	struct span listener; /* {daemon_name} of the MTA */
	enum role role;
	bool local; /* did not come by SMTP (sendmail(1), bounces) */
	struct tls tls;
	/* Known from MAIL on, for a client may log in between messages: */
	struct span login;           /* {auth_authen} */
	struct span login_mechanism; /* {auth_type} */
};

#endif
