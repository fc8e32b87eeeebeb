/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of lumbar(1), one file each.  ARGV[0] is the command's name;
 * each returns the exit status, one of sysexits(3).
 */
#ifndef LUMBAR_MILTERS_LUMBAR_H
#define LUMBAR_MILTERS_LUMBAR_H

#include <stdio.h>

enum { LUMBAR_OUTPUT_MAX = 16 << 20 }; /* bytes that one file is told */

/* check [--as=NAME] [--print] FILE... */
int lumbar_check(int argc, char **argv);

/* Lists the names that files to be checked may have. */
void lumbar_check_print_kinds(FILE *out);

/* doctor [-c FOLDER] [--postfix=FOLDER | --sendmail=FILE] */
int lumbar_doctor(int argc, char **argv);

/* explain [-c FILE] [--from=ADDRESS] [--rcpt=ADDRESS]... MESSAGE */
int lumbar_explain(int argc, char **argv);

/* import opendkim [--output=FOLDER] FILE */
int lumbar_import(int argc, char **argv);

/* key COMMAND ... */
int lumbar_key(int argc, char **argv);

/* replay [-c FILE] [--against=FILE] [--jobs=N] PATH... */
int lumbar_replay(int argc, char **argv);

/* sign [-c FILE] [OPTION]... */
int lumbar_sign(int argc, char **argv);

/* test [-c FILE] [--junit=FILE] FOLDER */
int lumbar_test(int argc, char **argv);

/* The short help of all commands, on standard output. */
void lumbar_print_help(void);

#endif
