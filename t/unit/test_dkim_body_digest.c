/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_body_digest.h"

#include "formats/base64.h"

#include "t/unit/suite.h"

#include <string.h>

/* RFC 8463 Appendix A, the body. */
#define DINNER \
	"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
#define DINNER_RELAXED "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
#define DINNER_SIMPLE "4bLNXImK9drULnmePzZNEBleUanJCX5PIsDIFoH4KTQ="

static void
check_digest(const struct dkim_body_digest *digest, enum dkim_canon canon,
    const char *expected)
{
	struct pool *pool = pool_new();
	const uint8_t *bytes = dkim_body_digest_get(digest, canon);
	struct span text = base64_encode(
	    pool, span_make((const char *)bytes, SHA256_SIZE));

	ck_assert_msg(span_equal(text, span_of(expected)), "%.*s",
	    SPAN_ARGS(text));
	pool_free(&pool);
}

/* Both forms of one body, however it is cut. */
START_TEST(both_forms)
{
	struct span body = SPAN(DINNER);

	for (size_t chunk = 1; chunk <= body.len; chunk++) {
		struct pool *pool = pool_new();
		struct dkim_body_digest *digest =
		    dkim_body_digest_new(pool, 0);

		dkim_body_digest_want(digest, DKIM_RELAXED);
		dkim_body_digest_want(digest, DKIM_SIMPLE);
		dkim_body_digest_want(digest, DKIM_RELAXED);
		for (size_t i = 0; i < body.len; i += chunk)
			dkim_body_digest_update(
			    digest, span_slice(body, i, i + chunk));
		dkim_body_digest_final(digest);
		check_digest(digest, DKIM_RELAXED, DINNER_RELAXED);
		check_digest(digest, DKIM_SIMPLE, DINNER_SIMPLE);
		dkim_body_digest_free(&digest);
		ck_assert_ptr_null(digest);
		pool_free(&pool);
	}
}
END_TEST

static void
digest_of(struct span body, size_t line_limit, uint8_t result[SHA256_SIZE])
{
	struct pool *pool = pool_new();
	struct dkim_body_digest *digest =
	    dkim_body_digest_new(pool, line_limit);

	dkim_body_digest_want(digest, DKIM_SIMPLE);
	dkim_body_digest_update(digest, body);
	dkim_body_digest_final(digest);
	memcpy(result, dkim_body_digest_get(digest, DKIM_SIMPLE), SHA256_SIZE);
	dkim_body_digest_free(&digest);
	pool_free(&pool);
}

/* The body is hashed as its lines will be broken; a CR at its end, which the
 * breaking holds back, is part of it. */
START_TEST(broken_lines)
{
	static const struct {
		struct span body, broken;
	} table[] = {
		{ SPAN_INIT("12345678901\r\n"),
		    SPAN_INIT("1234567890\r\n 1\r\n") },
		{ SPAN_INIT("1234567890\r"), SPAN_INIT("1234567890\r\n \r") },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint8_t predicted[SHA256_SIZE], broken[SHA256_SIZE],
		    plain[SHA256_SIZE];

		digest_of(table[i].body, 10, predicted);
		digest_of(table[i].broken, 0, broken);
		digest_of(table[i].body, 0, plain);
		ck_assert_mem_eq(predicted, broken, SHA256_SIZE);
		ck_assert_mem_ne(predicted, plain, SHA256_SIZE);
	}
}
END_TEST

/* A message that is cut off releases what was begun. */
START_TEST(released_early)
{
	struct pool *pool = pool_new();
	struct dkim_body_digest *digest = dkim_body_digest_new(pool, 998);

	dkim_body_digest_want(digest, DKIM_SIMPLE);
	dkim_body_digest_update(digest, SPAN("Hi."));
	dkim_body_digest_free(&digest);
	dkim_body_digest_free(&digest);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("dkim_body_digest", both_forms, broken_lines, released_early)
