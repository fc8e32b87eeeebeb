/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that contains this decides itself what time it is: clock_now and
 * the naps of poll(2) without descriptors are in the place of the real ones.
 * So a deadline passes when an input says so, at once, and never by itself.
 */
#ifndef LUMBAR_T_FUZZ_VIRTUAL_TIME_H
#define LUMBAR_T_FUZZ_VIRTUAL_TIME_H

#include <stdint.h>

/* Lets time pass, and returns when the thread that takes naps, of which there
 * must be one, has done since what it does between two of them. */
void virtual_time_pass(int64_t microseconds);

#endif
