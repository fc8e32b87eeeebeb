/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message as the MTA showed it so far, as plain data.  All spans live in
 * POOL until the message ends.  Decisions only read it.
 */
#ifndef LUMBAR_FORMATS_MESSAGE_H
#define LUMBAR_FORMATS_MESSAGE_H

#include "base/clock.h"
#include "base/pool.h"
#include "base/span.h"
#include "base/spool.h"
#include "formats/address.h"
#include "formats/header.h"

/* ESMTP parameters of MAIL or RCPT, each exactly as given: "SIZE=1000". */
struct parameters {
	struct span *items;
	size_t count;
};

struct recipient {
	/* The first argument of RCPT exactly as the client gave it: the only
	 * form by which an MTA finds it again to delete it. */
	struct span given;
	struct address address; /* all empty where GIVEN cannot be read */
	struct parameters parameters;
	bool refused; /* by us at RCPT; in no later set */
};

struct message {
	struct pool *pool;
	struct moment began;  /* at MAIL */
	struct span queue_id; /* empty until the MTA tells it */
	struct span sender_given;
	struct address sender;
	struct parameters sender_parameters;
	uint64_t declared_size; /* SIZE= of MAIL, 0: none */
	/* Recipients in the order of RCPT. */
	struct recipient *recipients;
	size_t recipient_count;
	struct header_list headers;
	uint64_t body_size;  /* bytes of body seen so far */
	struct spool *body;  /* NULL unless the daemon keeps bodies */
};

/* The parameter NAME (without "=") of PARAMETERS: true and its value, which
 * is empty for a bare keyword; false if it is absent. */
bool parameters_find(const struct parameters *parameters, struct span name,
    struct span *value);

/* Header bytes plus the empty line plus body bytes seen so far. */
uint64_t message_size(const struct message *message);

#endif
