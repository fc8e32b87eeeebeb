/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON to be printed (RFC 8259): the one place that includes jansson.
 *
 * Values are built from the outside in: an object or array makes its members,
 * which belong to it.  JSON has no bytes, so text is escaped by escape_text
 * first: what is not UTF-8 reads \xNN, and a backslash is doubled.
 */
#ifndef LUMBAR_BASE_JSON_OUT_H
#define LUMBAR_BASE_JSON_OUT_H

#include "base/span.h"

#include <stdio.h>

struct json_out;

/* An empty object.  Release with json_out_free. */
struct json_out *json_out_new(void) __attribute__((warn_unused_result));

/* Releases *JSON, made by json_out_new, with all that belongs to it, and
 * clears it; NULL is a no-op. */
void json_out_free(struct json_out **json);

/* A new empty object or array under KEY of OBJECT. */
struct json_out *json_out_object(struct json_out *object, const char *key);
struct json_out *json_out_array(struct json_out *object, const char *key);

/* Sets KEY of OBJECT. */
void json_out_text(
    struct json_out *object, const char *key, struct span text);
void json_out_number(
    struct json_out *object, const char *key, int64_t number);
void json_out_bool(struct json_out *object, const char *key, bool truth);

/* A new empty object, or TEXT, at the end of ARRAY. */
struct json_out *json_out_add_object(struct json_out *array);
void json_out_add_text(struct json_out *array, struct span text);

/* Prints JSON in lines, or COMPACT in one, and a line end.  0, or -1 where OUT
 * took not all of it. */
int json_out_print(const struct json_out *json, bool compact, FILE *out);

#endif
