/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/faults.h"

#include "t/unit/suite.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENTRIES = 1024, SLOTS = 4 };

static struct faults *faults;

static void
setup(void)
{
	struct err err;

	faults = faults_new(SLOTS, &err);
	ck_assert_msg(faults != NULL, "%s", err.text);
}

static void
teardown(void)
{
	faults_free(&faults);
	ck_assert_ptr_null(faults);
	faults_free(&faults);
}

/* A digest of its own for each NUMBER. */
static struct message_digest
digest(unsigned number)
{
	struct message_digest digest = { { 0 } };

	/* The lowest bit of the first byte does not count. */
	number *= 2;
	memcpy(digest.bytes, &number, sizeof(number));
	return digest;
}

START_TEST(faults_are_counted_by_message)
{
	const struct message_digest one = digest(1), two = digest(2);

	ck_assert_uint_eq(faults_count(faults, &one), 0);
	ck_assert_uint_eq(faults_add(faults, &one), 1);
	ck_assert_uint_eq(faults_add(faults, &one), 2);
	ck_assert_uint_eq(faults_add(faults, &two), 1);
	ck_assert_uint_eq(faults_count(faults, &one), 2);
	ck_assert_uint_eq(faults_count(faults, &two), 1);
	faults_forget(faults, &one);
	ck_assert_uint_eq(faults_count(faults, &one), 0);
	ck_assert_uint_eq(faults_count(faults, &two), 1);
	faults_forget(faults, &one);
	ck_assert_uint_eq(faults_add(faults, &one), 1);
}
END_TEST

START_TEST(oldest_entry_gives_way)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		const struct message_digest message = digest(i);

		ck_assert_uint_eq(faults_add(faults, &message), 1);
	}
	for (unsigned i = 0; i <= ENTRIES; i++) {
		const struct message_digest message = digest(i);

		if (i == ENTRIES)
			ck_assert_uint_eq(faults_add(faults, &message), 1);
		else
			ck_assert_uint_eq(faults_count(faults, &message), 1);
	}
	ck_assert_uint_eq(
	    faults_count(faults, &(struct message_digest){ { 0 } }), 0);
}
END_TEST

/* More messages at once than slots loses the notice of a crash only. */
START_TEST(slots_are_bounded)
{
	int slots[SLOTS];

	for (unsigned i = 0; i < SLOTS; i++) {
		const struct message_digest message = digest(i);

		slots[i] = faults_enter(faults, &message);
		ck_assert_int_ge(slots[i], 0);
		for (unsigned k = 0; k < i; k++)
			ck_assert_int_ne(slots[i], slots[k]);
	}
	ck_assert_int_eq(
	    faults_enter(faults, &(struct message_digest){ { 99 } }), -1);
	faults_leave(faults, -1);
	faults_leave(faults, slots[2]);
	ck_assert_int_eq(
	    faults_enter(faults, &(struct message_digest){ { 99 } }),
	    slots[2]);
	ck_assert_uint_eq(faults_crashed(faults), SLOTS);
	ck_assert_uint_eq(faults_crashed(faults), 0);
}
END_TEST

/* What the supervisor sees of an instance that was killed. */
START_TEST(dead_process_leaves_its_messages)
{
	const struct message_digest poison = digest(1), decided = digest(2);

	for (unsigned i = 1; i <= 3; i++) {
		int status;
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			(void)faults_enter(faults, &poison);
			faults_leave(faults, faults_enter(faults, &decided));
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_uint_eq(faults_crashed(faults), 1);
		ck_assert_uint_eq(faults_count(faults, &poison), i);
		ck_assert_uint_eq(faults_count(faults, &decided), 0);
	}
}
END_TEST

/* A program that takes the place of this one has the descriptor only. */
START_TEST(table_is_adopted_by_descriptor)
{
	const struct message_digest one = digest(1), two = digest(2);
	struct faults *adopted;
	struct err err;

	ck_assert_uint_eq(faults_add(faults, &one), 1);
	adopted = faults_adopt(faults_descriptor(faults), &err);
	ck_assert_msg(adopted != NULL, "%s", err.text);
	ck_assert_uint_eq(faults_add(adopted, &one), 2);
	ck_assert_uint_eq(faults_count(faults, &one), 2);
	(void)faults_enter(faults, &two);
	ck_assert_uint_eq(faults_crashed(adopted), 1);
	ck_assert_uint_eq(faults_count(adopted, &two), 1);
	faults_free(&adopted);
}
END_TEST

START_TEST(other_memory_is_not_adopted)
{
	static const off_t sizes[] = { 0, 1, 100, 1 << 20 };
	struct err err;
	int pair[2];

	ck_assert_ptr_null(faults_adopt(-1, &err));
	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_ptr_null(faults_adopt(pair[0], &err));
	(void)close(pair[1]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int descriptor = memfd_create("test", MFD_CLOEXEC);

		ck_assert_int_eq(ftruncate(descriptor, sizes[i]), 0);
		ck_assert_ptr_null(faults_adopt(descriptor, &err));
		/* It was taken, and so it is closed. */
		ck_assert_int_eq(close(descriptor), -1);
	}
}
END_TEST

/* The digest of a message with these two header fields. */
static struct message_digest
digest_of(const char *sender, const char *name, const char *value)
{
	struct message message = { .pool = pool_new() };
	struct message_digest digest;

	message.sender.text = span_of(sender);
	header_list_add(&message.headers, message.pool, SPAN("Subject"),
	    SPAN(" x"));
	header_list_add(&message.headers, message.pool, span_of(name),
	    span_of(value));
	faults_digest(&message, &digest);
	pool_free(&message.pool);
	return digest;
}

static bool
same(struct message_digest a, struct message_digest b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

START_TEST(digest_is_that_of_the_message)
{
	struct message_digest base = digest_of("a@b", "Received", " by x");

	ck_assert(same(base, digest_of("a@b", "RECEIVED", " by y")));
	ck_assert(same(base, digest_of("a@b", "Return-Path", " <c>")));
	ck_assert(!same(base, digest_of("b@b", "Received", " by x")));
	ck_assert(!same(base, digest_of("a@b", "Message-ID", " <1>")));
	ck_assert(!same(digest_of("a@b", "Message-ID", " <1>"),
	    digest_of("a@b", "Message-ID", " <2>")));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("faults");
	TCase *tcase = suite_case(suite, "faults");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, faults_are_counted_by_message);
	tcase_add_test(tcase, oldest_entry_gives_way);
	tcase_add_test(tcase, slots_are_bounded);
	tcase_add_test(tcase, dead_process_leaves_its_messages);
	tcase_add_test(tcase, table_is_adopted_by_descriptor);
	tcase_add_test(tcase, other_memory_is_not_adopted);
	tcase_add_test(tcase, digest_is_that_of_the_message);
	return suite_finish(suite);
}
