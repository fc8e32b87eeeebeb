/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life without a terminal, for those who start daemons the old way.
 */
#ifndef LUMBAR_SKELETON_BACKGROUND_H
#define LUMBAR_SKELETON_BACKGROUND_H

/*
 * Goes into the background.  The process that was started waits and exits with
 * 0 when it is told over the returned descriptor that all is well, else with
 * the exit status of the process that goes on here.  Standard error stays for
 * the mistakes of the start; see background_close.
 */
int background_start(void);

/* Gives up standard error. */
void background_close(void);

#endif
