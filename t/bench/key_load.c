/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long lumbar-sign takes to load its keys, beside what OpenSSL takes to
 * read one and to sign once with it, and how long it takes to find the keys of
 * an author.
 *
 *     key_load OLD.CONF SIGN.CONF KEY-LIST KEYS PROCESSORS
 *
 * has OLD.CONF in force, reloads with SIGN.CONF, which has KEYS keys, and
 * meanwhile passes messages, which are signed under OLD.CONF.  Both have a key
 * for d0.example.  KEY-LIST has some of the files of the KEYS, one a line.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "milters/sign/sign.h"
#include "milters/sign/sign_table.h"
#include "skeleton/trial.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What is measured against is OpenSSL as its manual has it, not our use. */
#include <openssl/evp.h>
#include <openssl/pem.h>

enum {
	TEXT_MAX = 64 << 20,
	LOOKUPS = 2000000,
	MEGABYTE = 1 << 20,
	/* Between two messages: they show that the old set serves and are not
	 * to be what the processors are busy with. */
	PAUSE_NS = 20 * 1000 * 1000,
};

static void
fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int64_t
now_us(void)
{
	return clock_now().monotonic_us;
}

/* Microseconds on the wall, and of all processors, since something began. */
struct spent {
	double wall_us;
	double cpu_us;
};

static struct spent
spent_now(void)
{
	return (struct spent){ (double)now_us(),
		(double)clock() * 1e6 / CLOCKS_PER_SEC };
}

static struct spent
spent_since(struct spent began)
{
	struct spent now = spent_now();

	return (struct spent){ now.wall_us - began.wall_us,
		now.cpu_us - began.cpu_us };
}

/* Reads the key in FILE and signs once. */
static void
parse_and_sign(const char *file)
{
	static const unsigned char digest[32];
	unsigned char signature[1024];
	size_t len = sizeof(signature);
	FILE *in = fopen(file, "re");
	EVP_PKEY *key;
	EVP_PKEY_CTX *context;

	if (in == NULL)
		fail(file);
	key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	(void)fclose(in);
	context = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	if (context == NULL || EVP_PKEY_sign_init(context) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(context, signature, &len, digest, sizeof(digest)) !=
		1)
		fail(file);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
}

static void
read_text(const char *file, struct buf *text)
{
	struct err err;

	buf_init(text, TEXT_MAX);
	if (file_read(file, text, &err) < 0)
		fail(err.text);
}

/* What each key of the list in FILE takes. */
static struct spent
measure_openssl(const char *file)
{
	struct buf text;
	struct span rest, line;
	double count = 0;
	struct spent began, spent;

	read_text(file, &text);
	rest = buf_span(&text);
	began = spent_now();
	while (span_next(&rest, '\n', &line)) {
		char name[4096];

		(void)snprintf(name, sizeof(name), "%.*s", SPAN_ARGS(line));
		parse_and_sign(name);
		count++;
	}
	spent = spent_since(began);
	buf_free(&text);
	return (struct spent){ spent.wall_us / count, spent.cpu_us / count };
}

/* Nanoseconds to find the keys of an author among COUNT domains. */
static double
measure_lookup(unsigned count)
{
	static const struct sign_key key;
	struct sign_table *table = sign_table_new();
	struct pool *pool = pool_new();
	struct author *authors =
	    pool_alloc_array(pool, count, sizeof(struct author));
	size_t found = 0;
	int64_t began;

	for (unsigned i = 0; i < count; i++) {
		struct author_pattern *pattern =
		    pool_alloc(pool, sizeof(*pattern));

		authors[i].local = SPAN("joe");
		authors[i].domain = pool_printf(pool, "d%u.example", i);
		pattern->kind = AUTHOR_DOMAIN;
		pattern->domain = authors[i].domain;
		if (sign_table_add(table, pattern,
			(struct sign_use){ &key, SPAN("") }, NULL) < 0)
			exit(EXIT_FAILURE);
	}
	began = now_us();
	for (unsigned i = 0; i < LOOKUPS; i++)
		found += sign_table_find(table,
			     &authors[i * 2654435761u % count]) != NULL;
	began = now_us() - began;
	sign_table_free(&table);
	pool_free(&pool);
	if (found != LOOKUPS)
		exit(EXIT_FAILURE);
	return (double)began * 1000 / LOOKUPS;
}

/* A thread that has messages decided. */
struct service {
	struct trial *trial;
	atomic_bool loading; /* the old set is in force and the new one read */
	atomic_bool over;
	size_t served; /* messages that began and ended while LOADING */
};

/* Has a message of d0.example signed. */
static void
sign_message(struct trial *trial)
{
	static const char *const recipients[] = { "<bob@example.net>", NULL };
	enum { FIELDS = 2 };
	const struct trial_message message = {
		.client = "127.0.0.1",
		.sender = "<joe@d0.example>",
		.recipients = recipients,
		.text = SPAN("From: joe@d0.example\nSubject: The figures\n\n"
			     "All work and no play\n"),
	};
	const struct trial_result *result = trial_run(trial, &message);

	if (result->applied.headers.count != FIELDS + 1) {
		fputs("key_load: a message was not signed\n", stderr);
		exit(EXIT_FAILURE);
	}
}

static void *
serve(void *argument)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct service *service = argument;

	while (!service->over) {
		bool loading = service->loading;

		sign_message(service->trial);
		service->served += loading && service->loading;
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

/* What it takes to reload TRIAL with the configuration in FILE; *SERVED
 * messages are signed meanwhile. */
static struct spent
measure_reload(struct trial *trial, const char *file, size_t *served)
{
	struct service service = { .trial = trial };
	struct buf text, errors;
	struct spent began, spent;
	pthread_t thread;
	int result;

	read_text(file, &text);
	buf_init(&errors, TEXT_MAX);
	sign_message(trial);
	if (pthread_create(&thread, NULL, serve, &service) != 0)
		fail("pthread_create");
	service.loading = true;
	began = spent_now();
	result = trial_reload(trial, buf_string(&text), &errors);
	spent = spent_since(began);
	service.loading = false;
	service.over = true;
	(void)pthread_join(thread, NULL);
	if (result < 0) {
		fputs(buf_string(&errors), stderr);
		exit(EXIT_FAILURE);
	}
	*served = service.served;
	buf_free(&errors);
	buf_free(&text);
	return spent;
}

static struct trial *
open_trial(const char *file)
{
	struct buf errors;
	struct trial *trial;

	buf_init(&errors, TEXT_MAX);
	trial = trial_open(&sign_daemon, file, &errors);
	if (trial == NULL) {
		fputs(buf_string(&errors), stderr);
		exit(EXIT_FAILURE);
	}
	buf_free(&errors);
	return trial;
}

int
main(int argc, char **argv)
{
	struct spent base, load;
	double keys, processors;
	struct trial *trial;
	size_t served;
	int64_t memory;

	if (argc != 6) {
		fputs("usage: key_load OLD.CONF SIGN.CONF KEY-LIST KEYS "
		      "PROCESSORS\n",
		    stderr);
		return EXIT_FAILURE;
	}
	keys = atof(argv[4]);
	processors = atof(argv[5]);
	trial = open_trial(argv[1]);
	base = measure_openssl(argv[3]);
	load = measure_reload(trial, argv[2], &served);
	memory = memory_in_use();
	printf("keys=%.0f processors=%.0f openssl_us=%.0f load_s=%.3f "
	       "ratio_openssl=%.3f ratio_openssl_cpu=%.3f served=%zu "
	       "memory_mb=%jd lookup_100_ns=%.0f lookup_100000_ns=%.0f\n",
	    keys, processors, base.wall_us, load.wall_us / 1e6,
	    load.wall_us * processors / (keys * base.wall_us),
	    load.cpu_us / (keys * base.cpu_us), served,
	    (intmax_t)(memory / MEGABYTE), measure_lookup(100),
	    measure_lookup(100000));
	trial_free(&trial);
	return EXIT_SUCCESS;
}
