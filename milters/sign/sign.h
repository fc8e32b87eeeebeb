/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-sign: DKIM signatures (RFC 6376, RFC 8463) for mail of one's own.
 */
#ifndef LUMBAR_MILTERS_SIGN_H
#define LUMBAR_MILTERS_SIGN_H

#include "skeleton/daemon.h"

extern const struct daemon sign_daemon;

#endif
