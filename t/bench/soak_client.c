/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An MTA that has lumbar-sign sign for a long time, to see whether its memory
 * grows:
 *
 *	soak_client SOCKET SESSIONS SIGNED
 *
 * passes messages over SESSIONS sessions at once, each in a thread, until
 * SIGNED of them were signed.  They differ in author, size, kind of text and
 * header; some are not to be signed, some are aborted, and in some the
 * connection is closed.  After each hundredth of SIGNED it prints "signed=N",
 * and at the end also "messages=... signatures=... aborted=...
 * connections=...".
 *
 * The authors are in the domains of which t/bench/sign-soak has made keys.
 */
#include "base/xalloc.h"
#include "t/bench/mta_session.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
	SESSIONS_MAX = 1000,
	REPORTS = 100,
	CONNECTION_MESSAGES = 50, /* after which a session is a new one */
	SIGNED_MAX = 1000 * 1000 * 1000,
	/* Of the mix more than half are signed.  Where it is less than one of
	 * so many, this would go on for long or without end. */
	MESSAGES_FOR_SIGNED = 4,
	EXTRA_FIELDS = 60,
	LONG_FIELD = 20000, /* bytes */
	FIELDS_MAX = EXTRA_FIELDS + 4,
};

static const char *const authors[] = {
	"Ann <ann@rsa1024.example>",
	"ann@rsa2048.example",
	"\"Ann, of the figures\" <ann@ed25519.example>",
	"ann@both.example (in words)",
	"=?utf-8?q?J=C3=BCrgen?= <joe@m\xc3\xbcller.example>",
	"ann@sub.both.example",
	/* These are not signed. */
	"ann@elsewhere.example",
	"ann@both.example, joe@ed25519.example",
	"nobody at all <<",
};

static const size_t sizes[] = { 0, 1, 2, 79, 1023, 4096, 10240, 65535,
	65537, 131073 };

/* What bodies repeat. */
static const struct span texts[] = {
	SPAN_INIT("All work and no play makes Jack a dull boy.\r\n"),
	SPAN_INIT("\r\n"),
	SPAN_INIT("no end of line "),
	SPAN_INIT("Gr\xc3\xbcn \t \r\n\t\r\n \r\n"),
	SPAN_INIT("a\rb\nc\0d\r\r\n\xff"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Headers: few fields, many, a long one. */
enum { SHAPES = 3, KINDS = COUNT(authors) * COUNT(sizes) * COUNT(texts) };

/* A kind of message. */
struct kind {
	struct mta_script first; /* of a connection */
	struct mta_script next;
};

/* How a message ends. */
enum ending {
	ENDING_WHOLE,
	ENDING_ABORT, /* after its first burst */
	ENDING_CLOSE, /* likewise, with the connection */
};

struct soak {
	const char *path;
	size_t sessions;
	size_t wanted; /* messages that are to be signed */
	struct kind *kinds;
	atomic_size_t passed, with_signature, signatures, aborted, connections;
	atomic_bool failed;
};

/* One of the sessions. */
struct worker {
	struct soak *soak;
	size_t number;
	struct mta_session session;
	size_t left; /* messages until the connection is closed */
};

/* The body of SIZE bytes that repeats TEXT; released with free. */
static char *
make_body(struct span text, size_t size)
{
	char *body = xalloc(size + 1);

	for (size_t i = 0; i < size; i++)
		body[i] = text.ptr[i % text.len];
	return body;
}

static void
make_kind(struct kind *kind, uint32_t steps, size_t number)
{
	static char filler[LONG_FIELD];
	struct span fields[FIELDS_MAX];
	char from[200];
	size_t size = sizes[number / COUNT(authors) % COUNT(sizes)];
	struct span text =
	    texts[number / COUNT(authors) / COUNT(sizes) % COUNT(texts)];
	char *body = make_body(text, size);
	struct mta_message message = { fields, 0, span_make(body, size) };
	size_t shape = number / COUNT(authors) % SHAPES;
	int len = snprintf(from, sizeof(from), "From%c %s", 0,
	    authors[number % COUNT(authors)]);

	fields[message.field_count++] = span_make(from, (size_t)len + 1);
	fields[message.field_count++] =
	    SPAN("Subject\0 The figures\n\t of the third  quarter\0");
	fields[message.field_count++] = SPAN("To\0 bob@example.net\0");
	for (size_t i = 0; shape == 1 && i < EXTRA_FIELDS; i++)
		fields[message.field_count++] =
		    SPAN("References\0\n <20261006100000.1@example.com>\0");
	if (shape == 2) {
		memset(filler, 'x', sizeof(filler) - 1);
		memcpy(filler, "Reply-To", sizeof("Reply-To"));
		for (size_t i = 100; i < sizeof(filler) - 1; i += 100)
			memcpy(filler + i, "\n ", 2);
		fields[message.field_count++] =
		    span_make(filler, sizeof(filler));
	}
	mta_script_init(&kind->first, steps, true, &message);
	mta_script_init(&kind->next, steps, false, &message);
	free(body);
}

/* The kinds of message for daemons that negotiate as the one at PATH does. */
static struct kind *
make_kinds(const char *path, struct err *err)
{
	struct mta_session session;
	struct kind *kinds = NULL;

	if (mta_session_open(&session, path, MTA_PIECE_POSTFIX, err) == 0) {
		kinds = xalloc_array(KINDS, sizeof(*kinds));
		for (size_t i = 0; i < KINDS; i++)
			make_kind(&kinds[i], session.steps, i);
	}
	mta_session_close(&session);
	return kinds;
}

static void
free_kinds(struct kind *kinds)
{
	for (size_t i = 0; kinds != NULL && i < KINDS; i++) {
		mta_script_free(&kinds[i].first);
		mta_script_free(&kinds[i].next);
	}
	free(kinds);
}

/* A message was signed. */
static void
count_signed(struct soak *soak)
{
	size_t count = ++soak->with_signature;

	if (count % (soak->wanted / REPORTS + 1) == 0)
		printf("signed=%zu\n", count);
}

/* Passes SCRIPT to its ENDING.  0, or -1 with *ERR. */
static int
pass_message(struct worker *worker, const struct mta_script *script,
    enum ending ending, struct err *err)
{
	struct mta_session *session = &worker->session;
	struct soak *soak = worker->soak;
	size_t inserted = 0, burst = 0;
	int result;

	do {
		if (mta_session_send(session, script, burst, err) < 0)
			return -1;
		result = mta_session_outcome(session,
		    script->bursts[burst].command, &inserted, err);
		burst++;
	} while (result > 0 && ending == ENDING_WHOLE);
	if (result > 0) {
		worker->left = ending == ENDING_CLOSE ? 0 : worker->left;
		soak->aborted++;
		return mta_session_abort(session, err);
	}
	soak->signatures += inserted;
	if (inserted > 0)
		count_signed(soak);
	return result;
}

/* Passes the next message, as number INDEX of all.  0, or -1 with *ERR. */
static int
pass_next(struct worker *worker, size_t index, struct err *err)
{
	struct soak *soak = worker->soak;
	bool first = worker->left == 0;
	/* KINDS and these have no divisor in common, so each meets each. */
	enum ending ending = index % 11 == 10 ? ENDING_ABORT
	    : index % 97 == 96		      ? ENDING_CLOSE
					      : ENDING_WHOLE;
	const struct kind *kind = &soak->kinds[index % KINDS];

	if (soak->passed / MESSAGES_FOR_SIGNED > soak->wanted)
		return err_set(err, ERR_INPUT,
		    "less than one of %d was signed; see the daemon's log",
		    MESSAGES_FOR_SIGNED);
	if (first) {
		mta_session_close(&worker->session);
		if (mta_session_open(&worker->session, soak->path,
			MTA_PIECE_POSTFIX, err) < 0)
			return -1;
		soak->connections++;
		worker->left = CONNECTION_MESSAGES;
	}
	worker->left--;
	return pass_message(
	    worker, first ? &kind->first : &kind->next, ending, err);
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	struct soak *soak = worker->soak;
	struct err err;

	for (size_t i = worker->number;
	     soak->with_signature < soak->wanted && !soak->failed;
	     i += soak->sessions) {
		if (pass_next(worker, i, &err) < 0) {
			fprintf(stderr, "soak_client: message %zu: %s\n", i,
			    err.text);
			soak->failed = true;
			break;
		}
		soak->passed++;
	}
	mta_session_close(&worker->session);
	return NULL;
}

static void
run(struct soak *soak)
{
	struct worker *workers =
	    xalloc_array(soak->sessions, sizeof(*workers));
	pthread_t *threads = xalloc_array(soak->sessions, sizeof(*threads));
	size_t started = 0;

	for (; started < soak->sessions; started++) {
		workers[started] = (struct worker){ .soak = soak,
			.number = started, .session.fd = -1 };
		if (pthread_create(&threads[started], NULL, work,
			&workers[started]) != 0) {
			fputs("soak_client: cannot make a thread\n", stderr);
			soak->failed = true;
			break;
		}
	}
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	free(threads);
	free(workers);
}

static size_t
number(const char *text, size_t max)
{
	uint64_t value = 0;

	if (span_number(span_of(text), max, &value) < 0 || value == 0) {
		fprintf(stderr, "soak_client: \"%s\" is no number up to %zu\n",
		    text, max);
		exit(EX_USAGE);
	}
	return (size_t)value;
}

int
main(int argc, char **argv)
{
	struct soak soak = { .passed = 0 };
	struct err err;

	if (argc != 4) {
		fputs("usage: soak_client SOCKET SESSIONS SIGNED\n", stderr);
		return EX_USAGE;
	}
	soak.path = argv[1];
	soak.sessions = number(argv[2], SESSIONS_MAX);
	soak.wanted = number(argv[3], SIGNED_MAX);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	soak.kinds = make_kinds(soak.path, &err);
	if (soak.kinds == NULL) {
		fprintf(stderr, "soak_client: %s\n", err.text);
		return EXIT_FAILURE;
	}
	run(&soak);
	free_kinds(soak.kinds);
	if (soak.failed)
		return EXIT_FAILURE;
	printf("signed=%zu messages=%zu signatures=%zu aborted=%zu "
	       "connections=%zu\n",
	    (size_t)soak.with_signature, (size_t)soak.passed,
	    (size_t)soak.signatures, (size_t)soak.aborted,
	    (size_t)soak.connections);
	return EXIT_SUCCESS;
}
