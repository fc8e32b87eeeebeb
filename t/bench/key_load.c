/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long lumbar-sign takes to load its keys, beside what OpenSSL takes to
 * read one and to sign once with it, and how long it takes to find the keys of
 * an author.
 *
 *     key_load SIGN.CONF KEY-LIST KEYS PROCESSORS
 *
 * loads SIGN.CONF, which has KEYS keys; KEY-LIST has some of their files, one
 * a line.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "milters/sign/sign.h"
#include "milters/sign/sign_table.h"
#include "skeleton/trial.h"

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

/* What each key of the list in FILE takes. */
static struct spent
measure_openssl(const char *file)
{
	struct buf text;
	struct span rest, line;
	struct err err;
	double count = 0;
	struct spent began, spent;

	buf_init(&text, TEXT_MAX);
	if (file_read(file, &text, &err) < 0)
		fail(err.text);
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

int
main(int argc, char **argv)
{
	struct spent base, load, began;
	double keys, processors;
	struct trial *trial;
	struct buf errors;

	if (argc != 5) {
		fputs("usage: key_load SIGN.CONF KEY-LIST KEYS PROCESSORS\n",
		    stderr);
		return EXIT_FAILURE;
	}
	keys = atof(argv[3]);
	processors = atof(argv[4]);
	base = measure_openssl(argv[2]);
	buf_init(&errors, TEXT_MAX);
	began = spent_now();
	trial = trial_open(&sign_daemon, argv[1], &errors);
	load = spent_since(began);
	if (trial == NULL) {
		fputs(buf_string(&errors), stderr);
		return EXIT_FAILURE;
	}
	printf("keys=%.0f processors=%.0f openssl_us=%.0f load_s=%.2f "
	       "ratio_openssl=%.2f ratio_openssl_cpu=%.2f memory_mb=%jd "
	       "lookup_100_ns=%.0f lookup_100000_ns=%.0f\n",
	    keys, processors, base.wall_us, load.wall_us / 1e6,
	    load.wall_us * processors / (keys * base.wall_us),
	    load.cpu_us / (keys * base.cpu_us),
	    (intmax_t)(memory_in_use() / MEGABYTE), measure_lookup(100),
	    measure_lookup(100000));
	trial_free(&trial);
	buf_free(&errors);
	return EXIT_SUCCESS;
}
