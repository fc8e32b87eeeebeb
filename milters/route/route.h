/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-route: looks each recipient of the organisation's domains up in its
 * directory, refuses those that are not there, and sends those that have a
 * routing address to it.
 */
#ifndef LUMBAR_MILTERS_ROUTE_H
#define LUMBAR_MILTERS_ROUTE_H

#include "skeleton/daemon.h"

extern const struct daemon route_daemon;

#endif
