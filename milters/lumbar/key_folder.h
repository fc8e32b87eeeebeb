/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of private keys and key sets, while lumbar-key(1) changes it.
 *
 * A file in it has its owner and mode before it has a name: it belongs to the
 * calling user and to the group of the folder, has mode 0640, and appears
 * under its name complete and on the disk.
 */
#ifndef LUMBAR_MILTERS_KEY_FOLDER_H
#define LUMBAR_MILTERS_KEY_FOLDER_H

#include "base/err.h"
#include "base/span.h"

struct key_folder;

/*
 * Opens the folder PATH and waits until no other process has it open thus.  It
 * must belong to root or to the calling user, and nobody else may be able to
 * change it.  NULL with *ERR on failure.  Release with key_folder_close.
 */
struct key_folder *key_folder_open(const char *path, struct err *err)
    __attribute__((warn_unused_result));

/* Fills *ERR with what errno says of a folder PATH that could not be opened,
 * and with what to do.  Returns -1. */
int key_folder_cannot_open(const char *path, struct err *err);

/* Releases *FOLDER and clears it; NULL is a no-op. */
void key_folder_close(struct key_folder **folder);

/* Makes the file NAME with CONTENTS.  It is an error if there is one: nothing
 * is overwritten.  0, or -1 with *ERR. */
int key_folder_add(struct key_folder *folder, const char *name,
    struct span contents, struct err *err);

/* The same in place of the file that may be there. */
int key_folder_replace(struct key_folder *folder, const char *name,
    struct span contents, struct err *err);

/* Removes the file NAME; that it is gone already is no error.  0, or -1 with
 * *ERR. */
int key_folder_remove(
    struct key_folder *folder, const char *name, struct err *err);

#endif
