/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables: what would be too much for blocks in sign.conf, one line each; see
 * lumbar-sign.conf(5).
 */
#ifndef LUMBAR_MILTERS_SIGN_TABLE_FILES_H
#define LUMBAR_MILTERS_SIGN_TABLE_FILES_H

#include "milters/sign/sign_builder.h"

struct sign_table_files;

/* Reads all tables of BUILDER's configuration and declares their keys; the
 * mistakes are noted.  The result lives as long as the snapshot. */
struct sign_table_files *sign_table_files_read(struct sign_builder *builder);

/* Says what the keys are for, after all of them were declared. */
void sign_table_files_apply(
    struct sign_builder *builder, struct sign_table_files *files);

#endif
