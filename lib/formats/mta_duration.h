/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times as MTAs write them in their configurations.
 */
#ifndef LUMBAR_FORMATS_MTA_DURATION_H
#define LUMBAR_FORMATS_MTA_DURATION_H

#include "base/span.h"

/*
 * Microseconds of VALUE: "30s", "10m", "1h30m", with the units s, m, h, d and w
 * in any case, or a number, of seconds.  0, or -1 where it is no such thing or
 * over 68 years; *DURATION is set on success only.
 */
int mta_duration_read(struct span value, int64_t *duration);

#endif
