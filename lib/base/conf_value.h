/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One value of a configuration file: its text read into C, and printed back.
 * For conf.c only; everybody else uses base/conf.h.
 */
#ifndef LUMBAR_BASE_CONF_VALUE_H
#define LUMBAR_BASE_CONF_VALUE_H

#include "base/conf.h"

/*
 * Reads TEXT as ROW's type into *VALUE, which has the type that enum conf_type
 * names; a string is borrowed from TEXT.  For CONF_STRINGS, TEXT is one item
 * and *VALUE a const char *.  VALUE may be NULL to test TEXT only.  0, or -1
 * with *ERR saying what is wrong and what to write.
 */
int conf_value_read(const struct conf_row *row, const char *text, void *value,
    struct err *err);

/* Prints *VALUE, of ROW's type, in the syntax of a file. */
void conf_value_print(
    const struct conf_row *row, const void *value, FILE *out);

/* Prints STRING quoted, so that it reads back byte for byte. */
void conf_value_print_string(const char *string, FILE *out);

#endif
