/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an MTA should be told for what it says: the native engine's protocol
 * without sockets, for comparison with the engine itself.
 */
#ifndef LUMBAR_T_FUZZ_SESSION_MODEL_H
#define LUMBAR_T_FUZZ_SESSION_MODEL_H

#include "skeleton/native_session.h"

enum {
	MODEL_SAID_MAX = 3 << 20, /* bytes in and out */
	MODEL_TOLD_MAX = 8 << 20,
};

struct model {
	struct native_session *session;
	enum native_step step; /* NATIVE_READ or NATIVE_CLOSE */
	struct buf in, out;
	struct buf told; /* all so far; once it is full, something is missing */
};

/* A session of MILTER, which must have no workers.  *MODEL must stay where it
 * is.  Release with model_close. */
void model_open(struct model *model, struct milter *milter);
void model_close(struct model *model);

/* The MTA says BYTES: at most MODEL_SAID_MAX of them in all. */
void model_read(struct model *model, struct span bytes);

#endif
