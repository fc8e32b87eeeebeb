/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/crypto.h"

#include "base/secret.h"

#include "t/unit/bad_keys.h"
#include "t/unit/dkim_keys.h"
#include "t/unit/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
check_digest(const uint8_t digest[SHA256_SIZE], const char *expected)
{
	char text[2 * SHA256_SIZE + 1];

	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(text, expected);
}

/* FIPS 180-4, examples of one and of two blocks, and the empty message. */
static const struct {
	const char *text;
	const char *digest;
} vectors[] = {
	{ "",
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855" },
	{ "abc",
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1" },
};

enum { VECTOR_COUNT = sizeof(vectors) / sizeof(vectors[0]) };

START_TEST(sha256_vectors)
{
	uint8_t digest[SHA256_SIZE];

	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		sha256_of(span_of(vectors[i].text), digest);
		check_digest(digest, vectors[i].digest);
	}
}
END_TEST

START_TEST(sha256_of_null_span)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of((struct span){ NULL, 0 }, digest);
	check_digest(digest, vectors[0].digest);
}
END_TEST

START_TEST(sha256_cut_anywhere)
{
	struct sha256 *sha256 = sha256_new();
	uint8_t digest[SHA256_SIZE];

	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		struct span text = span_of(vectors[i].text);

		for (size_t cut = 0; cut <= text.len; cut++) {
			sha256_reset(sha256);
			sha256_update(sha256, span_slice(text, 0, cut));
			sha256_update(sha256, span_slice(text, cut, text.len));
			sha256_final(sha256, digest);
			check_digest(digest, vectors[i].digest);
		}
	}
	sha256_free(&sha256);
	ck_assert_ptr_null(sha256);
	sha256_free(&sha256);
}
END_TEST

START_TEST(sha256_reset_forgets)
{
	struct sha256 *sha256 = sha256_new();
	uint8_t digest[SHA256_SIZE];

	sha256_update(sha256, SPAN("forgotten"));
	sha256_reset(sha256);
	sha256_update(sha256, SPAN("abc"));
	sha256_final(sha256, digest);
	check_digest(digest, vectors[1].digest);
	sha256_free(&sha256);
}
END_TEST

/* Keys as they should be: algorithm and size come from the key itself. */
START_TEST(key_algorithms)
{
	static const struct {
		const char *pem;
		enum key_algorithm algorithm;
		unsigned bits;
		size_t signature_size;
	} keys[] = {
		{ RFC8463_RSA_KEY, KEY_RSA, 1024, 128 },
		{ RFC6376_RSA_KEY, KEY_RSA, 1024, 128 },
		{ RFC8463_ED25519_KEY, KEY_ED25519, 256, 64 },
		{ "text before is passed over\n" RFC8463_ED25519_KEY,
		    KEY_ED25519, 256, 64 },
		{ PUBLIC_KEY RFC8463_RSA_KEY, KEY_RSA, 1024, 128 },
		{ RFC8463_RSA_KEY RFC8463_ED25519_KEY, KEY_RSA, 1024, 128 },
	};
	uint8_t digest[SHA256_SIZE] = { 0 };
	uint8_t signature[SIGNATURE_MAX];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct err err;
		size_t len = 0;
		struct signing_key *key =
		    signing_key_parse(span_of(keys[i].pem), &err);

		ck_assert_msg(key != NULL, "%s", err.text);
		ck_assert_int_eq(signing_key_algorithm(key), keys[i].algorithm);
		ck_assert_uint_eq(signing_key_bits(key), keys[i].bits);
		ck_assert_int_eq(
		    signing_key_sign(key, digest, signature, &len, &err), 0);
		ck_assert_uint_eq(len, keys[i].signature_size);
		signing_key_free(&key);
		ck_assert_ptr_null(key);
		signing_key_free(&key);
	}
}
END_TEST

/* Both algorithms are deterministic; whether they are right is shown with
 * the RFCs' messages in test_dkim_signature. */
START_TEST(key_signs_the_same_twice)
{
	static const char *const keys[] = { RFC8463_RSA_KEY,
		RFC8463_ED25519_KEY };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint8_t digest[SHA256_SIZE], first[SIGNATURE_MAX],
		    second[SIGNATURE_MAX];
		size_t first_len, second_len;
		struct err err;
		struct signing_key *key =
		    signing_key_parse(span_of(keys[i]), &err);

		ck_assert_ptr_nonnull(key);
		sha256_of(SPAN("text"), digest);
		ck_assert_int_eq(
		    signing_key_sign(key, digest, first, &first_len, &err), 0);
		ck_assert_int_eq(
		    signing_key_sign(key, digest, second, &second_len, &err),
		    0);
		ck_assert_uint_eq(first_len, second_len);
		ck_assert_mem_eq(first, second, first_len);
		signing_key_free(&key);
	}
}
END_TEST

enum { THREADS = 4, ROUNDS = 50 };

struct shared_use {
	const struct signing_key *key;
	const uint8_t *expected;
	size_t expected_len;
	bool wrong;
};

static void *
sign_repeatedly(void *argument)
{
	struct shared_use *use = argument;
	uint8_t digest[SHA256_SIZE] = { 1 }, signature[SIGNATURE_MAX];

	for (int i = 0; i < ROUNDS; i++) {
		size_t len;

		if (signing_key_sign(use->key, digest, signature, &len, NULL) <
			0 ||
		    len != use->expected_len ||
		    memcmp(signature, use->expected, len) != 0)
			use->wrong = true;
	}
	return NULL;
}

/* One key, used by several threads at once. */
START_TEST(key_shared)
{
	static const char *const keys[] = { RFC8463_RSA_KEY,
		RFC8463_ED25519_KEY };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint8_t digest[SHA256_SIZE] = { 1 }, signature[SIGNATURE_MAX];
		struct shared_use uses[THREADS];
		pthread_t threads[THREADS];
		size_t len;
		struct err err;
		struct signing_key *key =
		    signing_key_parse(span_of(keys[i]), &err);

		ck_assert_ptr_nonnull(key);
		ck_assert_int_eq(
		    signing_key_sign(key, digest, signature, &len, &err), 0);
		for (size_t k = 0; k < THREADS; k++) {
			uses[k] =
			    (struct shared_use){ key, signature, len, false };
			ck_assert_int_eq(pthread_create(&threads[k], NULL,
					     sign_repeatedly, &uses[k]),
			    0);
		}
		for (size_t k = 0; k < THREADS; k++) {
			ck_assert_int_eq(pthread_join(threads[k], NULL), 0);
			ck_assert(!uses[k].wrong);
		}
		signing_key_free(&key);
	}
}
END_TEST

static const struct {
	const char *pem;
	const char *reason;
} refused[] = {
	{ "", "cannot be one in PEM" },
	{ "no key\n", "no private key in PEM found" },
	{ "-----BEGIN PRIVATE KEY-----\nAAAA\n"
	  "-----END PRIVATE KEY-----\n",
	    "no private key in PEM found" },
	{ PUBLIC_KEY, "no private key in PEM found" },
	{ ENCRYPTED_KEY, "openssl pkey -in" },
	{ SHORT_KEY, "1023 bits is refused by verifiers" },
	{ LONG_KEY, "4104 bits is more than verifiers take" },
	{ CURVE_KEY, "type EC cannot sign mail" },
	{ DAMAGED_KEY, "the key " },
};

enum { REFUSED_COUNT = sizeof(refused) / sizeof(refused[0]) };

START_TEST(key_refused)
{
	for (size_t i = 0; i < REFUSED_COUNT; i++) {
		struct err err = { .kind = ERR_NONE };

		ck_assert_ptr_null(
		    signing_key_parse(span_of(refused[i].pem), &err));
		ck_assert_int_eq(err.kind, ERR_CONFIG);
		ck_assert_ptr_null(
		    signing_key_parse(span_of(refused[i].pem), NULL));
		ck_assert_msg(strstr(err.text, refused[i].reason) != NULL,
		    "key %zu: %s", i, err.text);
	}
}
END_TEST

/* A reader reads each key as if it were its first, whatever came before. */
START_TEST(reader_forgets)
{
	struct key_reader *reader = key_reader_new();

	for (size_t i = 0; i < 2 * REFUSED_COUNT; i++) {
		struct span good = i % 2 == 0 ? span_of(RFC8463_RSA_KEY)
					      : span_of(RFC8463_ED25519_KEY);
		size_t bad = i % REFUSED_COUNT;
		struct err err = { .kind = ERR_NONE };
		struct signing_key *key =
		    key_reader_parse(reader, good, &err);
		struct signing_key *again;

		ck_assert_msg(key != NULL, "key %zu: %s", i, err.text);
		ck_assert_ptr_null(key_reader_parse(
		    reader, span_of(refused[bad].pem), &err));
		ck_assert_msg(strstr(err.text, refused[bad].reason) != NULL,
		    "key %zu: %s", i, err.text);
		again = key_reader_parse(reader, good, &err);
		ck_assert_ptr_nonnull(again);
		ck_assert(signing_key_same(key, again));
		signing_key_free(&key);
		key = signing_key_parse(i % 2 != 0
			? span_of(RFC8463_RSA_KEY)
			: span_of(RFC8463_ED25519_KEY), &err);
		ck_assert(!signing_key_same(key, again));
		signing_key_free(&key);
		key = signing_key_parse(span_of(RFC6376_RSA_KEY), &err);
		ck_assert(!signing_key_same(key, again));
		signing_key_free(&key);
		signing_key_free(&again);
	}
	key_reader_free(&reader);
	ck_assert_ptr_null(reader);
	key_reader_free(&reader);
}
END_TEST

START_TEST(key_too_large)
{
	static char text[KEY_FILE_MAX + 1];
	struct err err;

	memset(text, 'A', sizeof(text));
	ck_assert_ptr_null(
	    signing_key_parse(span_make(text, sizeof(text)), &err));
	ck_assert_int_eq(err.kind, ERR_CONFIG);
}
END_TEST

/* Writes TEXT to a new file of MODE; NAME ends in XXXXXX. */
static void
write_file(char *name, const char *text, mode_t mode)
{
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(key_file_modes)
{
	static const struct {
		mode_t mode;
		const char *reason; /* NULL: it is accepted */
	} files[] = {
		{ 0400, NULL },
		{ 0600, NULL },
		{ 0640, NULL },
		{ 0440, NULL },
		{ 0644, "mode 0644" },
		{ 0660, "mode 0660" },
		{ 0602, "mode 0602" },
		{ 0601, "mode 0601" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char name[] = "key-XXXXXX";
		struct err err;
		struct signing_key *key;

		write_file(name, RFC8463_ED25519_KEY, files[i].mode);
		key = signing_key_read(name, &err);
		if (files[i].reason == NULL) {
			ck_assert_msg(key != NULL, "%s", err.text);
		} else {
			ck_assert_ptr_null(key);
			ck_assert_int_eq(err.kind, ERR_CONFIG);
			ck_assert_ptr_nonnull(strstr(err.text, name));
			ck_assert_ptr_nonnull(
			    strstr(err.text, files[i].reason));
			ck_assert_ptr_nonnull(strstr(err.text, "chmod"));
		}
		signing_key_free(&key);
		ck_assert_int_eq(unlink(name), 0);
	}
}
END_TEST

START_TEST(key_file_wrong)
{
	char name[] = "key-XXXXXX";
	struct err err;

	ck_assert_ptr_null(signing_key_read("no/such/file", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "no/such/file"));
	ck_assert_ptr_null(signing_key_read(".", &err));
	ck_assert_str_eq(err.text, ". is a folder; name a file in it");

	write_file(name, "no key\n", 0600);
	ck_assert_ptr_null(signing_key_read(name, &err));
	ck_assert_int_eq(strncmp(err.text, name, strlen(name)), 0);
	ck_assert_int_eq(unlink(name), 0);

	/* Nobody writes to it: reading must not wait for that. */
	ck_assert_int_eq(mkfifo(name, 0600), 0);
	ck_assert_ptr_null(signing_key_read(name, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
	ck_assert_int_eq(unlink(name), 0);
}
END_TEST

START_TEST(secret_limits)
{
	char name[] = "secret-XXXXXX";
	struct secret secret;
	struct err err;

	write_file(name, "12345", 0600);
	ck_assert_int_eq(secret_read(name, 5, &secret, &err), 0);
	ck_assert(span_equal(secret_span(&secret), SPAN("12345")));
	secret_free(&secret);
	ck_assert_ptr_null(secret.ptr);
	ck_assert_int_eq(secret_read(name, 4, &secret, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 4 bytes"));
	ck_assert_ptr_null(secret.ptr);
	ck_assert_int_eq(unlink(name), 0);
}
END_TEST

/* Only root can give a file away. */
START_TEST(secret_of_another_user)
{
	char name[] = "secret-XXXXXX";
	struct secret secret;
	struct err err;

	if (geteuid() != 0)
		return;
	write_file(name, "12345", 0600);
	ck_assert_int_eq(chown(name, 12345, (gid_t)-1), 0);
	ck_assert_int_eq(secret_read(name, 5, &secret, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "user id 12345"));
	ck_assert_ptr_nonnull(strstr(err.text, "chown root"));
	ck_assert_int_eq(unlink(name), 0);
}
END_TEST

/* What is made can be read again, and its public half is what OpenSSL's own
 * tool gives. */
START_TEST(key_made)
{
	static const struct {
		enum key_algorithm algorithm;
		unsigned bits;
		struct span start; /* of the public half in DER */
		size_t len;
	} made[] = {
		{ KEY_RSA, 2048, SPAN_INIT("\x30\x82\x01\x22\x30\x0d"), 294 },
		{ KEY_RSA, 3072, SPAN_INIT("\x30\x82\x01\xa2\x30\x0d"), 422 },
		{ KEY_ED25519, 256, SPAN_INIT(""), 32 },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT(made); i++) {
		struct span bytes, again_bytes;
		struct signing_key *key, *again;
		struct secret pem;
		struct err err;

		key = signing_key_generate(
		    made[i].algorithm, made[i].bits, &err);
		ck_assert_ptr_nonnull(key);
		ck_assert_uint_eq(signing_key_bits(key), made[i].bits);
		ck_assert_int_eq(
		    signing_key_public(key, pool, &bytes, &err), 0);
		ck_assert_uint_eq(bytes.len, made[i].len);
		ck_assert(span_starts(bytes, made[i].start));
		ck_assert_int_eq(signing_key_pem(key, &pem, &err), 0);
		ck_assert(span_starts(secret_span(&pem),
		    SPAN("-----BEGIN PRIVATE KEY-----\n")));
		again = signing_key_parse(secret_span(&pem), &err);
		ck_assert_ptr_nonnull(again);
		ck_assert_int_eq(
		    signing_key_algorithm(again), made[i].algorithm);
		ck_assert_int_eq(
		    signing_key_public(again, pool, &again_bytes, &err), 0);
		ck_assert(span_equal(bytes, again_bytes));
		secret_free(&pem);
		signing_key_free(&key);
		signing_key_free(&again);
	}
	pool_free(&pool);
}
END_TEST

/* The public half as RFC 8463 appendix A publishes it. */
START_TEST(key_public_vectors)
{
	static const struct {
		const char *key, *start;
	} published[] = {
		{ RFC8463_ED25519_KEY,
		    "\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3" },
		{ RFC8463_RSA_KEY, "\x30\x81\x9f\x30\x0d\x06\x09\x2a" },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT(published); i++) {
		struct span bytes;
		struct err err;
		struct signing_key *key =
		    signing_key_parse(span_of(published[i].key), &err);

		ck_assert_ptr_nonnull(key);
		ck_assert_int_eq(
		    signing_key_public(key, pool, &bytes, &err), 0);
		ck_assert(span_starts(bytes, span_of(published[i].start)));
		signing_key_free(&key);
	}
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("crypto", sha256_vectors, sha256_of_null_span, sha256_cut_anywhere,
    sha256_reset_forgets, key_algorithms, key_signs_the_same_twice, key_shared,
    key_made, key_public_vectors, key_refused, reader_forgets, key_too_large,
    key_file_modes, key_file_wrong, secret_limits, secret_of_another_user)
