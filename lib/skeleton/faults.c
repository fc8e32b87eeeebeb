/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/faults.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a table that another version of the program may have made: to be changed
 * with the form of struct faults or the meaning of what is in it. */
#define FORM UINT64_C(0x4c756d6261720001)

enum {
	ENTRY_COUNT = 1024,
	/* The key of a slot or entry that nobody uses; a digest's first eight
	 * bytes are made odd, so that none has it. */
	FREE_KEY = 0,
};

/*
 * The table has no lock, for the process that held it might die: an entry is
 * two words, and the worst that a race does is to count one fault too few, or
 * one for another message that takes the entry just then.
 * The key is 64 bits of a SHA-256, enough where a collision only holds a
 * message that has a fault anyway.
 */
struct entry {
	atomic_uint_fast64_t key;
	atomic_uint count;
};

struct faults {
	uint64_t form;
	size_t size; /* of the mapping */
	int descriptor; /* in the supervisor; execve(2) keeps the number */
	atomic_uint next; /* the entry to give way next */
	size_t slot_count;
	struct entry entries[ENTRY_COUNT];
	atomic_uint_fast64_t slots[];
};

/* The SIZE bytes behind DESCRIPTOR, which is closed if that fails. */
static struct faults *
map(int descriptor, size_t size, struct err *err)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    descriptor, 0);

	if (mapped != MAP_FAILED)
		return mapped;
	(void)err_set_errno(
	    err, "cannot get %zu bytes of shared memory", size);
	(void)close(descriptor);
	return NULL;
}

struct faults *
faults_new(size_t in_flight, struct err *err)
{
	struct faults *faults;
	size_t size =
	    sizeof(*faults) + in_flight * sizeof(faults->slots[0]);
	/* Behind a descriptor, so that it can survive execve(2). */
	int descriptor = memfd_create("lumbar-faults", MFD_CLOEXEC);

	if (descriptor < 0 || ftruncate(descriptor, (off_t)size) < 0) {
		(void)err_set_errno(
		    err, "cannot get %zu bytes of shared memory", size);
		if (descriptor >= 0)
			(void)close(descriptor);
		return NULL;
	}
	faults = map(descriptor, size, err);
	if (faults == NULL)
		return NULL;
	faults->form = FORM;
	faults->size = size;
	faults->descriptor = descriptor;
	faults->slot_count = in_flight;
	return faults;
}

struct faults *
faults_adopt(int descriptor, struct err *err)
{
	struct stat status = { .st_size = 0 };
	struct faults *faults;

	if (fstat(descriptor, &status) < 0 ||
	    (size_t)status.st_size < sizeof(*faults)) {
		(void)err_set(err, ERR_SYSTEM,
		    "descriptor %d holds no table of faults", descriptor);
		(void)close(descriptor);
		return NULL;
	}
	faults = map(descriptor, (size_t)status.st_size, err);
	if (faults == NULL)
		return NULL;
	if (faults->form == FORM && faults->size == (size_t)status.st_size &&
	    faults->descriptor == descriptor &&
	    faults->slot_count ==
		(faults->size - sizeof(*faults)) / sizeof(faults->slots[0]))
		return faults;
	(void)err_set(err, ERR_SYSTEM,
	    "the table of faults has the form of another version");
	(void)munmap(faults, (size_t)status.st_size);
	(void)close(descriptor);
	return NULL;
}

int
faults_descriptor(const struct faults *faults)
{
	return faults->descriptor;
}

void
faults_free(struct faults **faults)
{
	if (*faults == NULL)
		return;
	(void)close((*faults)->descriptor);
	(void)munmap(*faults, (*faults)->size);
	*faults = NULL;
}

void
faults_digest(const struct message *message, struct message_digest *digest)
{
	struct sha256 *sha256 = sha256_new();

	sha256_update(sha256, message->sender.text);
	for (size_t i = 0; i < message->headers.count; i++) {
		const struct header *header = &message->headers.items[i];

		/* A relay that tries again may have put a new one on top. */
		if (span_equal_case(header->name, SPAN("Received")) ||
		    span_equal_case(header->name, SPAN("Return-Path")))
			continue;
		sha256_update(sha256, SPAN("\n"));
		sha256_update(sha256, header->name);
		sha256_update(sha256, SPAN(":"));
		sha256_update(sha256, header->value);
	}
	sha256_final(sha256, digest->bytes);
	sha256_free(&sha256);
}

static uint64_t
key_of(const struct message_digest *digest)
{
	uint64_t key;

	memcpy(&key, digest->bytes, sizeof(key));
	return key | 1;
}

static struct entry *
find(struct faults *faults, uint64_t key)
{
	for (size_t i = 0; i < ENTRY_COUNT; i++)
		if (atomic_load(&faults->entries[i].key) == key)
			return &faults->entries[i];
	return NULL;
}

unsigned
faults_count(struct faults *faults, const struct message_digest *digest)
{
	const struct entry *entry;

	/* As long as no message met a fault, nothing need be searched. */
	if (atomic_load(&faults->next) == 0)
		return 0;
	entry = find(faults, key_of(digest));
	return entry != NULL ? atomic_load(&entry->count) : 0;
}

static unsigned
count_fault(struct faults *faults, uint64_t key)
{
	struct entry *entry = find(faults, key);

	if (entry == NULL) {
		entry = &faults->entries[atomic_fetch_add(&faults->next, 1) %
		    ENTRY_COUNT];
		atomic_store(&entry->count, 0);
		atomic_store(&entry->key, key);
	}
	return atomic_fetch_add(&entry->count, 1) + 1;
}

unsigned
faults_add(struct faults *faults, const struct message_digest *digest)
{
	return count_fault(faults, key_of(digest));
}

void
faults_forget(struct faults *faults, const struct message_digest *digest)
{
	struct entry *entry;

	if (atomic_load(&faults->next) == 0)
		return;
	entry = find(faults, key_of(digest));
	if (entry != NULL)
		atomic_store(&entry->key, FREE_KEY);
}

int
faults_enter(struct faults *faults, const struct message_digest *digest)
{
	uint64_t key = key_of(digest);

	/* Begin where the key says, so that the first try mostly succeeds. */
	for (size_t i = 0; i < faults->slot_count; i++) {
		size_t slot = (size_t)((key >> 1) + i) % faults->slot_count;
		uint_fast64_t expected = FREE_KEY;

		if (atomic_compare_exchange_strong(
			&faults->slots[slot], &expected, key))
			return (int)slot;
	}
	return -1;
}

void
faults_leave(struct faults *faults, int slot)
{
	if (slot >= 0)
		atomic_store(&faults->slots[slot], FREE_KEY);
}

size_t
faults_crashed(struct faults *faults)
{
	size_t count = 0;

	for (size_t i = 0; i < faults->slot_count; i++) {
		uint64_t key = atomic_exchange(&faults->slots[i], FREE_KEY);

		if (key == FREE_KEY)
			continue;
		(void)count_fault(faults, key);
		count++;
	}
	return count;
}
