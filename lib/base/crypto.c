/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/crypto.h"

#include "base/xalloc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

struct sha256 {
	EVP_MD_CTX *context;
};

/* Fetched once: each EVP_sha256() would search the providers anew. */
static EVP_MD *sha256_method;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/*
 * Digests fail only where memory is short or OpenSSL is installed without
 * SHA-256.  The process ends, as with xalloc, before any wrong digest leaves.
 */
static void
require(bool success)
{
	if (success)
		return;
	fputs("lumbar: OpenSSL cannot compute SHA-256\n", stderr);
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
	require(
	    EVP_DigestInit_ex2(sha256->context, sha256_method, NULL) == 1);
}

void
sha256_update(struct sha256 *sha256, struct span bytes)
{
	if (bytes.len == 0)
		return;
	require(
	    EVP_DigestUpdate(sha256->context, bytes.ptr, bytes.len) == 1);
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
