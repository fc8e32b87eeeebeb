/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Classes of files by their media type, as libmagic tells it from the bytes.
 */
#ifndef LUMBAR_RULES_RULE_FILE_TYPE_H
#define LUMBAR_RULES_RULE_FILE_TYPE_H

#include "base/span.h"

/* "executable", "script", "archive", "document", ...; NULL-terminated. */
extern const char *const rule_file_classes[];

/* True if TYPE ("application/x-dosexec") is WANTED: one of the classes, the
 * type itself, or all of a kind ("image/" and an asterisk). */
bool rule_file_type_is(struct span type, struct span wanted);

/* True if WANTED is a class, has the form of a type (RFC 6838 section 4.2), or
 * is all of a kind. */
bool rule_file_type_known(struct span wanted);

#endif
