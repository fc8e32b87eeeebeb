/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/crypto.h"

#include "base/xalloc.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

struct sha256 {
	EVP_MD_CTX *context;
};

/* Fetched once: each EVP_sha256() would search the providers anew. */
static EVP_MD *sha256_method;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/*
 * Digests and readers fail only where memory is short or OpenSSL is installed
 * without SHA-256 or PEM.  The process ends, as with xalloc, before any wrong
 * digest leaves.
 */
static void
require(bool success)
{
	if (success)
		return;
	fputs("lumbar: OpenSSL cannot compute SHA-256 or read PEM\n", stderr);
	abort();
}

static void
fetch_methods(void)
{
	sha256_method = EVP_MD_fetch(NULL, "SHA256", NULL);
	require(sha256_method != NULL);
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *sha256 = xalloc(sizeof(*sha256));

	(void)pthread_once(&once, fetch_methods);
	sha256->context = EVP_MD_CTX_new();
	require(sha256->context != NULL);
	sha256_reset(sha256);
	return sha256;
}

void
sha256_free(struct sha256 **sha256)
{
	if (*sha256 == NULL)
		return;
	EVP_MD_CTX_free((*sha256)->context);
	free(*sha256);
	*sha256 = NULL;
}

void
sha256_reset(struct sha256 *sha256)
{
	require(EVP_DigestInit_ex2(sha256->context, sha256_method, NULL) == 1);
}

void
sha256_update(struct sha256 *sha256, struct span bytes)
{
	if (bytes.len == 0)
		return;
	require(EVP_DigestUpdate(sha256->context, bytes.ptr, bytes.len) == 1);
}

void
sha256_final(struct sha256 *sha256, uint8_t digest[SHA256_SIZE])
{
	require(EVP_DigestFinal_ex(sha256->context, digest, NULL) == 1);
}

void
sha256_of(struct span bytes, uint8_t digest[SHA256_SIZE])
{
	struct sha256 *sha256 = sha256_new();

	sha256_update(sha256, bytes);
	sha256_final(sha256, digest);
	sha256_free(&sha256);
}

struct signing_key {
	EVP_PKEY *pkey;
	enum key_algorithm algorithm;
	/* Of RSA: ready to sign, and copied for each signature; to set it up
	 * anew takes 25 times as long. */
	EVP_PKEY_CTX *signer;
};

/* Fills *ERR with what was tried and OpenSSL's own reason, whose queue it
 * empties: an old reason must not explain a later failure. */
static int
set_openssl_error(struct err *err, enum err_kind kind, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return err_set(err, kind, "%s: OpenSSL says \"%s\"", what,
	    reason != NULL ? reason : "no reason");
}

struct key_reader {
	OSSL_DECODER_CTX *decoder;
	EVP_PKEY *pkey;   /* where the decoder puts what it has read */
	bool passphrase;  /* one was wanted */
};

/* A daemon has nobody to ask for a passphrase. */
static int
refuse_passphrase(char *passphrase, int size, int writing, void *argument)
{
	struct key_reader *reader = argument;

	(void)passphrase;
	(void)size;
	(void)writing;
	reader->passphrase = true;
	return -1;
}

struct key_reader *
key_reader_new(void)
{
	struct key_reader *reader = xalloc(sizeof(*reader));

	(void)pthread_once(&once, fetch_methods);
	reader->decoder = OSSL_DECODER_CTX_new_for_pkey(&reader->pkey, "PEM",
	    NULL, NULL, EVP_PKEY_KEYPAIR, NULL, NULL);
	require(reader->decoder != NULL &&
	    OSSL_DECODER_CTX_set_pem_password_cb(
		reader->decoder, refuse_passphrase, reader) == 1);
	return reader;
}

void
key_reader_free(struct key_reader **reader)
{
	if (*reader == NULL)
		return;
	OSSL_DECODER_CTX_free((*reader)->decoder);
	free(*reader);
	*reader = NULL;
}

/* Reads one block of PEM after the other until one is a private key; others,
 * such as certificates, may stand before it. */
static void
decode(struct key_reader *reader, BIO *bio)
{
	int at = 0;

	while (OSSL_DECODER_from_bio(reader->decoder, bio) != 1 ||
	    reader->pkey == NULL) {
		int next = BIO_eof(bio) ? 0 : (int)BIO_tell(bio);

		if (next <= at || reader->passphrase)
			return;
		at = next;
	}
}

static EVP_PKEY *
parse_pem(struct key_reader *reader, struct span pem, struct err *err)
{
	EVP_PKEY *pkey;
	BIO *bio;

	if (pem.len == 0 || pem.len > KEY_FILE_MAX) {
		(void)err_set(err, ERR_CONFIG,
		    "a key of %zu bytes cannot be one in PEM", pem.len);
		return NULL;
	}
	reader->pkey = NULL;
	reader->passphrase = false;
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (bio != NULL)
		decode(reader, bio);
	BIO_free(bio);
	pkey = reader->pkey;
	if (pkey == NULL && reader->passphrase)
		(void)err_set(err, ERR_CONFIG,
		    "the key is encrypted; store it decrypted: "
		    "openssl pkey -in OLD -out NEW");
	else if (pkey == NULL)
		(void)set_openssl_error(
		    err, ERR_CONFIG,
		    "no private key in PEM found (-----BEGIN PRIVATE KEY)");
	ERR_clear_error();
	return pkey;
}

static int
find_algorithm(struct signing_key *key, struct err *err)
{
	int bits = EVP_PKEY_get_bits(key->pkey);

	if (EVP_PKEY_is_a(key->pkey, "ED25519")) {
		key->algorithm = KEY_ED25519;
		return 0;
	}
	if (!EVP_PKEY_is_a(key->pkey, "RSA"))
		return err_set(err, ERR_CONFIG,
		    "a key of type %s cannot sign mail; use RSA or Ed25519",
		    EVP_PKEY_get0_type_name(key->pkey));
	key->algorithm = KEY_RSA;
	if (bits < KEY_RSA_BITS_MIN)
		return err_set(err, ERR_CONFIG,
		    "an RSA key of %d bits is refused by verifiers; make one "
		    "of %d bits",
		    bits, KEY_RSA_BITS_GOOD);
	if (bits > KEY_RSA_BITS_MAX)
		return err_set(err, ERR_CONFIG,
		    "an RSA key of %d bits is more than verifiers take; make "
		    "one of %d bits",
		    bits, KEY_RSA_BITS_GOOD);
	return 0;
}

static EVP_PKEY_CTX *
rsa_context(const struct signing_key *key, int (*init)(EVP_PKEY_CTX *))
{
	EVP_PKEY_CTX *context =
	    EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);

	if (context != NULL && init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(context, sha256_method) == 1)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

static bool
sign_rsa(const struct signing_key *key, const uint8_t digest[SHA256_SIZE],
    uint8_t *signature, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_dup(key->signer);
	bool success = context != NULL &&
	    EVP_PKEY_sign(context, signature, len, digest, SHA256_SIZE) == 1;

	EVP_PKEY_CTX_free(context);
	return success;
}

static bool
verify_rsa(const struct signing_key *key, const uint8_t digest[SHA256_SIZE],
    const uint8_t *signature, size_t len)
{
	EVP_PKEY_CTX *context = rsa_context(key, EVP_PKEY_verify_init);
	bool success = context != NULL &&
	    EVP_PKEY_verify(context, signature, len, digest, SHA256_SIZE) == 1;

	EVP_PKEY_CTX_free(context);
	return success;
}

static bool
sign_ed25519(const struct signing_key *key, const uint8_t digest[SHA256_SIZE],
    uint8_t *signature, size_t *len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool success = context != NULL &&
	    EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
	    EVP_DigestSign(context, signature, len, digest, SHA256_SIZE) == 1;

	EVP_MD_CTX_free(context);
	return success;
}

static bool
verify_ed25519(const struct signing_key *key, const uint8_t digest[SHA256_SIZE],
    const uint8_t *signature, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool success = context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
	    EVP_DigestVerify(context, signature, len, digest, SHA256_SIZE) == 1;

	EVP_MD_CTX_free(context);
	return success;
}

bool
signing_key_verify(const struct signing_key *key,
    const uint8_t digest[SHA256_SIZE], struct span signature)
{
	const uint8_t *bytes = (const uint8_t *)signature.ptr;
	bool holds = false;

	switch (key->algorithm) {
	case KEY_RSA:
		holds = verify_rsa(key, digest, bytes, signature.len);
		break;
	case KEY_ED25519:
		holds = verify_ed25519(key, digest, bytes, signature.len);
		break;
	}
	/* What does not verify is no error of ours. */
	ERR_clear_error();
	return holds;
}

/*
 * Makes KEY ready, signs something and verifies it: tells a key with mismatched
 * halves at load rather than at a receiver, and makes OpenSSL set up Montgomery
 * forms and blinding.  EVP_PKEY_check would test primes for longer than a
 * hundred signatures take, and finds nothing more that matters to a receiver.
 */
static int
use_once(struct signing_key *key, struct err *err)
{
	uint8_t digest[SHA256_SIZE], signature[SIGNATURE_MAX];
	struct err reason;
	size_t len;

	if (key->algorithm == KEY_RSA) {
		key->signer = rsa_context(key, EVP_PKEY_sign_init);
		if (key->signer == NULL)
			return set_openssl_error(
			    err, ERR_CONFIG, "the key cannot be used");
	}
	sha256_of(SPAN("lumbar"), digest);
	if (signing_key_sign(key, digest, signature, &len, &reason) < 0)
		return err_set(
		    err, ERR_CONFIG, "the key cannot be used: %s", reason.text);
	if (!signing_key_verify(
		key, digest, span_make((const char *)signature, len)))
		return err_set(err, ERR_CONFIG,
		    "the key is damaged: its public half does not verify what "
		    "its private half signs; make a new one");
	return 0;
}

struct signing_key *
key_reader_parse(
    struct key_reader *reader, struct span pem, struct err *err)
{
	EVP_PKEY *pkey = parse_pem(reader, pem, err);
	struct signing_key *key;

	if (pkey == NULL)
		return NULL;
	key = xalloc(sizeof(*key));
	key->pkey = pkey;
	if (find_algorithm(key, err) < 0 || use_once(key, err) < 0)
		signing_key_free(&key);
	return key;
}

struct signing_key *
key_reader_read(
    struct key_reader *reader, const char *file, struct err *err)
{
	struct signing_key *key;
	struct secret pem;

	if (secret_read(file, KEY_FILE_MAX, &pem, err) < 0)
		return NULL;
	key = key_reader_parse(reader, secret_span(&pem), err);
	if (key == NULL)
		(void)err_context(err, "%s", file);
	secret_free(&pem);
	return key;
}

struct signing_key *
signing_key_parse(struct span pem, struct err *err)
{
	struct key_reader *reader = key_reader_new();
	struct signing_key *key = key_reader_parse(reader, pem, err);

	key_reader_free(&reader);
	return key;
}

struct signing_key *
signing_key_read(const char *file, struct err *err)
{
	struct key_reader *reader = key_reader_new();
	struct signing_key *key = key_reader_read(reader, file, err);

	key_reader_free(&reader);
	return key;
}

void
signing_key_free(struct signing_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_CTX_free((*key)->signer);
	EVP_PKEY_free((*key)->pkey);
	free(*key);
	*key = NULL;
}

enum key_algorithm
signing_key_algorithm(const struct signing_key *key)
{
	return key->algorithm;
}

unsigned
signing_key_bits(const struct signing_key *key)
{
	return (unsigned)EVP_PKEY_get_bits(key->pkey);
}

bool
signing_key_same(const struct signing_key *a, const struct signing_key *b)
{
	bool same = EVP_PKEY_eq(a->pkey, b->pkey) == 1;

	/* Keys of two kinds leave an error that explains nothing later. */
	ERR_clear_error();
	return same;
}

int
signing_key_sign(const struct signing_key *key,
    const uint8_t digest[SHA256_SIZE], uint8_t signature[SIGNATURE_MAX],
    size_t *len, struct err *err)
{
	bool success = false;

	*len = SIGNATURE_MAX;
	switch (key->algorithm) {
	case KEY_RSA:
		success = sign_rsa(key, digest, signature, len);
		break;
	case KEY_ED25519:
		success = sign_ed25519(key, digest, signature, len);
		break;
	}
	if (!success)
		return set_openssl_error(err, ERR_SYSTEM, "cannot sign");
	return 0;
}

struct signing_key *
signing_key_generate(
    enum key_algorithm algorithm, unsigned bits, struct err *err)
{
	struct signing_key *key = xalloc(sizeof(*key));

	(void)pthread_once(&once, fetch_methods);
	key->algorithm = algorithm;
	switch (algorithm) {
	case KEY_RSA:
		assert(bits >= KEY_RSA_BITS_GOOD && bits <= KEY_RSA_BITS_MAX &&
		    bits % KEY_RSA_BITS_STEP == 0);
		key->pkey =
		    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
		break;
	case KEY_ED25519:
		key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	if (key->pkey == NULL) {
		(void)set_openssl_error(
		    err, ERR_SYSTEM, "cannot make a private key");
		signing_key_free(&key);
	} else if (use_once(key, err) < 0) {
		signing_key_free(&key);
	}
	return key;
}

int
signing_key_pem(
    const struct signing_key *key, struct secret *pem, struct err *err)
{
	/* Memory that OpenSSL wipes when it is released. */
	BIO *bio = BIO_new(BIO_s_secmem());
	int result = -1;
	char *text;
	long len;

	*pem = (struct secret){ NULL, 0 };
	if (bio == NULL ||
	    PEM_write_bio_PrivateKey(
		bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
		(void)set_openssl_error(
		    err, ERR_SYSTEM, "cannot write the private key in PEM");
		goto out;
	}
	len = BIO_get_mem_data(bio, &text);
	assert(len > 0 && len <= KEY_FILE_MAX);
	pem->len = (size_t)len;
	pem->ptr = xalloc(pem->len);
	memcpy(pem->ptr, text, pem->len);
	result = 0;
out:
	BIO_free(bio);
	return result;
}

static bool
public_ed25519(
    const struct signing_key *key, struct pool *pool, struct span *bytes)
{
	size_t len = 0;
	char *raw;

	if (EVP_PKEY_get_raw_public_key(key->pkey, NULL, &len) != 1)
		return false;
	raw = pool_alloc(pool, len);
	if (EVP_PKEY_get_raw_public_key(
		key->pkey, (unsigned char *)raw, &len) != 1)
		return false;
	*bytes = span_make(raw, len);
	return true;
}

static bool
public_rsa(
    const struct signing_key *key, struct pool *pool, struct span *bytes)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key->pkey, &der);

	if (len <= 0)
		return false;
	*bytes = pool_dup(pool, span_make((const char *)der, (size_t)len));
	OPENSSL_free(der);
	return true;
}

int
signing_key_public(const struct signing_key *key, struct pool *pool,
    struct span *bytes, struct err *err)
{
	bool success = false;

	switch (key->algorithm) {
	case KEY_RSA:
		success = public_rsa(key, pool, bytes);
		break;
	case KEY_ED25519:
		success = public_ed25519(key, pool, bytes);
		break;
	}
	if (!success)
		return set_openssl_error(
		    err, ERR_SYSTEM, "cannot take out the public half");
	return 0;
}
