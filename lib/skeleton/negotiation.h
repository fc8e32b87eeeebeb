/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both engines ask the MTA for when a connection begins: a function of
 * the daemon alone, so the same for every connection.
 */
#ifndef LUMBAR_SKELETON_NEGOTIATION_H
#define LUMBAR_SKELETON_NEGOTIATION_H

#include "formats/milter_packet.h"
#include "skeleton/daemon.h"

/* What DAEMON asks for, at most; VERSION is the latest. */
struct milter_negotiation negotiation_wanted(const struct daemon *daemon);

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
