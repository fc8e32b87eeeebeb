/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a message is one's own to sign, by where it came from.
 */
#ifndef LUMBAR_MILTERS_SIGN_ORIGIN_H
#define LUMBAR_MILTERS_SIGN_ORIGIN_H

#include "formats/connection.h"
#include "formats/message.h"
#include "milters/sign/sign_config.h"

struct sign_origins;

/* The origins of CONF, whose texts have passed the checks of the options table
 * and which is borrowed.  Release with sign_origins_free.  NULL, and ERRORS has
 * a line for each mistake. */
struct sign_origins *sign_origins_new(
    const struct sign_conf *conf, struct buf *errors);
void sign_origins_free(struct sign_origins **origins);

/* What became of the question. */
enum sign_own {
	SIGN_OWN,            /* it is one's own */
	SIGN_FOREIGN,        /* nothing says so */
	SIGN_NO_CERTIFICATE, /* the origin wants another certificate */
	SIGN_NO_HEADER_FIELD /* the origin wants a header field */
};

/*
 * Judges MESSAGE, by its header and envelope sender, which came by CONNECTION.
 * *NAME, for the log, is that of the origin that decided: of an origin block,
 * else "network", "login", "role", "listener", "local" or "bounce"; empty where
 * none did.
 */
enum sign_own sign_origins_judge(const struct sign_origins *origins,
    const struct connection *connection, const struct message *message,
    struct span *name);

/* 0 if TEXT is a header field, "Name: value", else -1 with *ERR. */
int sign_origin_check_header(const char *text, struct err *err);

#endif
