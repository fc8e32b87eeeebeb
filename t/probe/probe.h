/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon on the real skeleton for tests: what it decides is written in the
 * mail.
 *
 * At the end of message, each field "X-Probe: COMMAND ARGUMENTS" is carried
 * out in order:
 *
 *	reject TEXT, tempfail TEXT, discard, hold REASON
 *	reject-plainly, tempfail-plainly: in the MTA's own words
 *	add-header NAME VALUE, insert-header INDEX NAME VALUE,
 *	change-header NAME OCCURRENCE VALUE, delete-header NAME OCCURRENCE
 *	add-recipient ADDRESS [PARAMETERS], delete-recipient NUMBER (from 0)
 *	delete-all, discard-if-none, change-sender ADDRESS, replace-body TEXT
 *	fill-body SIZE the body becomes that long
 *	fail WHAT      the decision fails
 *	slow SECONDS   a lookup takes so long
 *	until PATH     the decision takes until there is such a file
 *	crash          the process dies
 *	fail-in-body   the next piece of body cannot be taken
 *	count-body     adds X-Probe-Body with the bytes of body that it was
 *	               shown
 *
 * "headers COMMAND" does so when the header section is complete, "done" there
 * answers that no more is needed.  A sender whose local part is "mail-COMMAND"
 * or "data-COMMAND", with "." for blanks, does so at MAIL or at DATA.
 * Recipients whose local part begins with "refuse", "defer", "fail" or "slow"
 * are treated so at RCPT (slow: for 3 seconds).  The key "events" names a file
 * that receives all that the daemon is told (t/probe/events.h).
 */
#ifndef LUMBAR_T_PROBE_H
#define LUMBAR_T_PROBE_H

#include "skeleton/daemon.h"

extern const struct daemon probe_daemon;

#endif
