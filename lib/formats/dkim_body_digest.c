/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_body_digest.h"

#include "formats/line_break.h"

#include <assert.h>

enum { CANON_COUNT = DKIM_RELAXED + 1 };

/* One canonical form of the body and its hash. */
struct form {
	struct dkim_body body;
	struct sha256 *sha256;
	uint8_t digest[SHA256_SIZE];
};

struct dkim_body_digest {
	struct pool *pool;
	struct form *forms[CANON_COUNT]; /* NULL: not wanted */
	bool breaks;                     /* LINES is in use */
	struct line_break lines;
};

static void
write_to_forms(void *context, struct span piece)
{
	struct dkim_body_digest *digest = context;

	for (size_t i = 0; i < CANON_COUNT; i++)
		if (digest->forms[i] != NULL)
			dkim_body_update(&digest->forms[i]->body, piece);
}

static void
write_to_sha256(void *context, struct span piece)
{
	sha256_update(context, piece);
}

struct dkim_body_digest *
dkim_body_digest_new(struct pool *pool, size_t line_limit)
{
	struct dkim_body_digest *digest = pool_alloc(pool, sizeof(*digest));

	digest->pool = pool;
	digest->breaks = line_limit > 0;
	if (digest->breaks)
		line_break_init(&digest->lines, line_limit,
		    (struct dkim_sink){ write_to_forms, digest });
	return digest;
}

void
dkim_body_digest_free(struct dkim_body_digest **digest)
{
	if (*digest == NULL)
		return;
	for (size_t i = 0; i < CANON_COUNT; i++)
		if ((*digest)->forms[i] != NULL)
			sha256_free(&(*digest)->forms[i]->sha256);
	*digest = NULL;
}

void
dkim_body_digest_want(struct dkim_body_digest *digest, enum dkim_canon canon)
{
	struct form *form;

	if (digest->forms[canon] != NULL)
		return;
	form = pool_alloc(digest->pool, sizeof(*form));
	form->sha256 = sha256_new();
	dkim_body_init(&form->body, canon,
	    (struct dkim_sink){ write_to_sha256, form->sha256 });
	digest->forms[canon] = form;
}

void
dkim_body_digest_update(struct dkim_body_digest *digest, struct span chunk)
{
	if (digest->breaks)
		line_break_update(&digest->lines, chunk);
	else
		write_to_forms(digest, chunk);
}

void
dkim_body_digest_final(struct dkim_body_digest *digest)
{
	if (digest->breaks)
		line_break_final(&digest->lines);
	for (size_t i = 0; i < CANON_COUNT; i++) {
		struct form *form = digest->forms[i];

		if (form == NULL)
			continue;
		dkim_body_final(&form->body);
		sha256_final(form->sha256, form->digest);
	}
}

const uint8_t *
dkim_body_digest_get(
    const struct dkim_body_digest *digest, enum dkim_canon canon)
{
	assert(digest->forms[canon] != NULL);
	return digest->forms[canon]->digest;
}
