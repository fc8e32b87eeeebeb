/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file to which the probe daemon writes each event that it sees, with all
 * that it was told, one line an event; so that two engines can be compared.
 * Nothing in it tells one run from another.
 */
#ifndef LUMBAR_T_PROBE_EVENTS_H
#define LUMBAR_T_PROBE_EVENTS_H

#include "skeleton/daemon.h"

/* Opens PATH for appending; NULL without one, and with *ERR on failure.
 * Release with events_close.  The other functions do nothing on NULL. */
struct events *events_open(const char *path, struct err *err);
void events_close(struct events **events);

/* The decision is asked at its stage. */
void events_stage(struct events *events, const struct decision *decision);

/* CHUNK of the body came. */
void events_body(struct events *events, struct span chunk);

/* The message ended. */
void events_settle(struct events *events, const struct decision *decision,
    enum settlement settlement);

#endif
