/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/fuzz/virtual_time.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Instead of poll.h, which makes a macro of poll where _FORTIFY_SOURCE is
 * defined. */
struct pollfd;
int poll(struct pollfd *fds, unsigned long count, int timeout_ms);
int ppoll(struct pollfd *fds, unsigned long count,
    const struct timespec *timeout, const sigset_t *mask);

static atomic_int_fast64_t now_us = CLOCK_SECOND_US;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned naps; /* begun */
static bool hurry;    /* the nap is to end */

struct moment
clock_now(void)
{
	int64_t now = atomic_load(&now_us);

	return (struct moment){ .monotonic_us = now, .wall_us = now };
}

void
virtual_time_pass(int64_t microseconds)
{
	unsigned until;

	(void)atomic_fetch_add(&now_us, microseconds);
	(void)pthread_mutex_lock(&mutex);
	/* Now it may be at work and have read the clock before. */
	until = naps + 2;
	while (naps != until) {
		hurry = true;
		(void)pthread_cond_broadcast(&changed);
		(void)pthread_cond_wait(&changed, &mutex);
	}
	(void)pthread_mutex_unlock(&mutex);
}

static struct timespec
timespec_of(int milliseconds)
{
	return (struct timespec){
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000L,
	};
}

/* It ends by itself too, for its thread may have been told otherwise to
 * end. */
static int
nap(int timeout_ms)
{
	struct timespec length = timespec_of(timeout_ms);
	struct timespec end;
	int result = 0;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += length.tv_sec + (end.tv_nsec + length.tv_nsec) /
		1000000000L;
	end.tv_nsec = (end.tv_nsec + length.tv_nsec) % 1000000000L;
	(void)pthread_mutex_lock(&mutex);
	naps++;
	(void)pthread_cond_broadcast(&changed);
	while (!hurry && result != ETIMEDOUT)
		result = pthread_cond_timedwait(&changed, &mutex, &end);
	hurry = false;
	(void)pthread_mutex_unlock(&mutex);
	return 0;
}

int
poll(struct pollfd *fds, unsigned long count, int timeout_ms)
{
	struct timespec timeout = timespec_of(timeout_ms);

	if (fds == NULL)
		return nap(timeout_ms);
	return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}
