/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both engines ask the MTA for when a connection begins.  It holds until
 * the connection ends, so it covers what any configuration of the daemon may
 * need.
 */
#ifndef LUMBAR_SKELETON_NEGOTIATION_H
#define LUMBAR_SKELETON_NEGOTIATION_H

#include "formats/milter_packet.h"
#include "skeleton/daemon.h"

/*
 * What DAEMON asks for, at most; VERSION is the latest.  NEEDS: EVENT_* of the
 * configuration in force.  Where it needs the body the MTA is to send it
 * without waiting for an answer to each piece; else the MTA can be told to skip
 * it, after the first.
 */
struct milter_negotiation negotiation_wanted(
    const struct daemon *daemon, unsigned needs);

/*
 * Makes *AGREED of what is WANTED and what the MTA OFFERED: both must have it.
 * 0, or -1 with *ERR where the MTA does not allow what the daemon cannot do
 * without.
 */
int negotiation_agree(const struct milter_negotiation *wanted,
    const struct milter_negotiation *offered,
    struct milter_negotiation *agreed, struct err *err);

/* MTA_* (response.h) of what was agreed. */
unsigned negotiation_abilities(const struct milter_negotiation *agreed);

/*
 * The macros that sessions read at STAGE, a blank between, for an MTA that
 * takes such lists (MILTER_ACTION_MACRO_LISTS); it then sends these and no
 * others.  Never empty, for an empty list means the MTA's own to Postfix and
 * none to Sendmail.
 */
const char *negotiation_macros(enum milter_stage stage);

#endif
