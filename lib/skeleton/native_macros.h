/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The macros that an MTA has defined on one connection.  Each comes with the
 * stage that it belongs to; what a stage defines takes the place of what it
 * and later stages defined before.
 */
#ifndef LUMBAR_SKELETON_NATIVE_MACROS_H
#define LUMBAR_SKELETON_NATIVE_MACROS_H

#include "base/buf.h"
#include "formats/milter_packet.h"

/* Plain, so that it can be a part of its session. */
struct native_macros {
	/* Names and values by turns as the MTA sent them, each ended by a NUL,
	 * stage behind stage in the order of events. */
	struct buf bytes;
	size_t end[MILTER_STAGE_COUNT]; /* of each stage's in BYTES */
};

/* Nothing is defined. */
void native_macros_init(struct native_macros *macros);

/* Releases what MACROS holds. */
void native_macros_free(struct native_macros *macros);

/*
 * Takes the PAYLOAD of MILTER_MACROS: the letter of the command that they come
 * before, and the pairs.  Those of commands that no session asks macros for
 * are left out.  0, or -1 with *ERR.
 */
int native_macros_define(
    struct native_macros *macros, struct span payload, struct err *err);

/* The value of NAME ("i", "{daemon_name}") that was defined last, or NULL;
 * borrowed until macros are defined or forgotten. */
const char *native_macros_find(
    const struct native_macros *macros, const char *name);

/* Forgets those of a message: of MAIL and all that follows. */
void native_macros_end_message(struct native_macros *macros);

/* Forgets all. */
void native_macros_clear(struct native_macros *macros);

#endif
