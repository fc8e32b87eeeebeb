/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that met faults, by a digest that is the same at each attempt to
 * send them.  A message that fails again and again is held instead of being
 * deferred for days, and one that kills the process is noticed by the
 * supervisor, for the table lies in memory that outlives the process.
 *
 * All sizes are fixed; where the table is full, the oldest entry gives way.
 */
#ifndef LUMBAR_SKELETON_FAULTS_H
#define LUMBAR_SKELETON_FAULTS_H

#include "base/crypto.h"
#include "base/err.h"
#include "formats/message.h"

struct faults;

struct message_digest {
	uint8_t bytes[SHA256_SIZE];
};

/* A table in memory shared with processes forked later.  IN_FLIGHT: messages
 * that may be decided on at the same time.  NULL with *ERR. */
struct faults *faults_new(size_t in_flight, struct err *err);
void faults_free(struct faults **faults);

/* The descriptor by which a program that takes the place of this one gets at
 * the table; closed by faults_free. */
int faults_descriptor(const struct faults *faults);

/* The table behind DESCRIPTOR, which belongs to it from now on.  NULL with
 * *ERR, and DESCRIPTOR is closed, where it holds none of this form. */
struct faults *faults_adopt(int descriptor, struct err *err);

/*
 * The digest of MESSAGE from its sender and its header fields except those
 * that a new attempt may add, Received and Return-Path.
 */
void faults_digest(
    const struct message *message, struct message_digest *digest);

/* Faults that the message met so far. */
unsigned faults_count(
    struct faults *faults, const struct message_digest *digest);

/* Counts one more; returns the new number. */
unsigned faults_add(
    struct faults *faults, const struct message_digest *digest);

/* The message was decided on: whatever it met does not count any more. */
void faults_forget(
    struct faults *faults, const struct message_digest *digest);

/* The message is being read and decided on from now until faults_leave with
 * the slot that is returned (-1: none was free, which loses nothing but the
 * notice of a crash). */
int faults_enter(struct faults *faults, const struct message_digest *digest);
void faults_leave(struct faults *faults, int slot);

/*
 * The process that used the table died: one fault more for each message that
 * it was working on.  Returns how many there were.  If another process uses
 * the table still, as in an upgrade, its messages get one too: a message
 * that is then decided on is forgotten, and one is not yet too many.
 */
size_t faults_crashed(struct faults *faults);

#endif
