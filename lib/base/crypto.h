/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests and signatures: the one place that includes OpenSSL.
 */
#ifndef LUMBAR_BASE_CRYPTO_H
#define LUMBAR_BASE_CRYPTO_H

#include "base/err.h"
#include "base/pool.h"
#include "base/secret.h"
#include "base/span.h"

#include <stdint.h>

enum { SHA256_SIZE = 32 };

struct sha256;

/* A running SHA-256 (FIPS 180-4).  Release with sha256_free. */
struct sha256 *sha256_new(void) __attribute__((warn_unused_result));
void sha256_free(struct sha256 **sha256);

/* Starts over; a new one has been started. */
void sha256_reset(struct sha256 *sha256);

/* Adds BYTES. */
void sha256_update(struct sha256 *sha256, struct span bytes);

/* Writes the digest of all since the start.  Only sha256_reset or
 * sha256_free may follow. */
void sha256_final(struct sha256 *sha256, uint8_t digest[SHA256_SIZE]);

/* The digest of BYTES in one call. */
void sha256_of(struct span bytes, uint8_t digest[SHA256_SIZE]);

/* What a private key can sign with; the key itself decides. */
enum key_algorithm {
	KEY_RSA,     /* PKCS #1 v1.5 over SHA-256 (RFC 8017 section 8.2) */
	KEY_ED25519, /* RFC 8032 */
};

enum {
	KEY_RSA_BITS_MIN = 1024,  /* RFC 8301 section 3.2: verifiers' minimum */
	KEY_RSA_BITS_GOOD = 2048, /* the same section: signers should use it */
	KEY_RSA_BITS_STEP = 1024, /* between sizes that are made */
	KEY_RSA_BITS_MAX = 4096,
	SIGNATURE_MAX = KEY_RSA_BITS_MAX / 8,
	KEY_FILE_MAX = 64 * 1024, /* bytes of PEM */
};

/*
 * A private key, ready for use: it has signed once, so that the first message
 * does not pay for what OpenSSL sets up at first use.  Immutable, and may be
 * used by any number of threads at once: OpenSSL locks a shared RSA key only
 * while it renews the blinding, some microseconds of a signature.
 */
struct signing_key;

/*
 * Reads the first private key of PEM (PKCS #1 or PKCS #8, not encrypted).  It
 * must be RSA of KEY_RSA_BITS_MIN to KEY_RSA_BITS_MAX bits or Ed25519, and
 * what it signs must verify with its own public half.  Release with
 * signing_key_free.  NULL with *ERR (ERR_CONFIG) otherwise.
 */
struct signing_key *signing_key_parse(struct span pem, struct err *err)
    __attribute__((warn_unused_result));

/* The same from FILE, by the rules of secret_read.  The text of *ERR names
 * FILE. */
struct signing_key *signing_key_read(const char *file, struct err *err)
    __attribute__((warn_unused_result));

/*
 * For many keys: what OpenSSL sets up to read one, which takes many times as
 * long as the reading itself (openssl issue 15199), is kept for the next.  For
 * one thread at a time.
 */
struct key_reader;

/* Release with key_reader_free. */
struct key_reader *key_reader_new(void) __attribute__((warn_unused_result));
void key_reader_free(struct key_reader **reader);

/* As signing_key_parse and signing_key_read. */
struct signing_key *key_reader_parse(
    struct key_reader *reader, struct span pem, struct err *err)
    __attribute__((warn_unused_result));
struct signing_key *key_reader_read(
    struct key_reader *reader, const char *file, struct err *err)
    __attribute__((warn_unused_result));

/* Releases *KEY and clears it; NULL is a no-op. */
void signing_key_free(struct signing_key **key);

/* Which algorithm KEY signs with. */
enum key_algorithm signing_key_algorithm(const struct signing_key *key);

/* Size of the key; 256 for Ed25519. */
unsigned signing_key_bits(const struct signing_key *key);

/* True if A and B have the same public half. */
bool signing_key_same(
    const struct signing_key *a, const struct signing_key *b);

/*
 * Signs DIGEST: with RSA as the SHA-256 digest of what is signed, with Ed25519
 * as the 32 bytes that are signed (RFC 8463 section 3).  Writes *LEN bytes to
 * SIGNATURE.  0, or -1 with *ERR (ERR_SYSTEM: memory is short).
 */
int signing_key_sign(const struct signing_key *key,
    const uint8_t digest[SHA256_SIZE], uint8_t signature[SIGNATURE_MAX],
    size_t *len, struct err *err);

/* True if SIGNATURE is one of DIGEST, as above, by the public half of KEY. */
bool signing_key_verify(const struct signing_key *key,
    const uint8_t digest[SHA256_SIZE], struct span signature);

/*
 * Makes a new key of ALGORITHM; RSA of BITS, a multiple of KEY_RSA_BITS_STEP
 * from KEY_RSA_BITS_GOOD to KEY_RSA_BITS_MAX.  Release with signing_key_free.
 * NULL with *ERR (ERR_SYSTEM) if OpenSSL cannot.
 */
struct signing_key *signing_key_generate(enum key_algorithm algorithm,
    unsigned bits, struct err *err) __attribute__((warn_unused_result));

/* Writes KEY in PEM (PKCS #8, not encrypted) to *PEM, to be released with
 * secret_free.  0, or -1 with *ERR (ERR_SYSTEM). */
int signing_key_pem(
    const struct signing_key *key, struct secret *pem, struct err *err);

/*
 * The public half of KEY as a DKIM record has it, in POOL: of RSA the
 * SubjectPublicKeyInfo in DER (RFC 6376 section 3.6.1 as all verifiers read
 * it), of Ed25519 the bare 32 bytes (RFC 8463 section 4).  0, or -1 with *ERR
 * (ERR_SYSTEM).
 */
int signing_key_public(const struct signing_key *key, struct pool *pool,
    struct span *bytes, struct err *err);

#endif
