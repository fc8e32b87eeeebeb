/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The failure policy: the one place that says what becomes of mail when
 * something that a decision needs has failed.  There are two outcomes, and
 * both keep the mail: the client tries again, or the MTA holds it.  Mail is
 * never passed unscanned and never discarded because of a fault.
 */
#ifndef LUMBAR_SKELETON_FAILURE_H
#define LUMBAR_SKELETON_FAILURE_H

#include "formats/connection.h"
#include "skeleton/settings.h"

/*
 * The outcome for mail that came in by CONNECTION; never FAILURE_DEFAULT.
 * HOLD_POSSIBLE: the daemon negotiated holding with the MTA.  RECURS: this
 * message met as many faults before as hold_after_faults says.
 */
enum failure_outcome failure_outcome(const struct settings *settings,
    const struct connection *connection, bool hold_possible, bool recurs);

#endif
