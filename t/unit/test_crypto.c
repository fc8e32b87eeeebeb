/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/crypto.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

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
	{ "", "e3b0c44298fc1c149afbf4c8996fb924"
	      "27ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223"
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
			sha256_update(
			    sha256, span_slice(text, cut, text.len));
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

SUITE_MAIN("crypto", sha256_vectors, sha256_of_null_span, sha256_cut_anywhere,
    sha256_reset_forgets)
