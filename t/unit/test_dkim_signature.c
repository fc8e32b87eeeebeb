/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_signature.h"

#include "formats/base64.h"
#include "t/unit/dkim_keys.h"
#include "t/unit/suite.h"

#include <string.h>

#define FIELD(name, value) \
	{ \
		SPAN_INIT(name), SPAN_INIT(value) \
	}

/* The message of RFC 6376 appendix A and, without Received, of RFC 8463
 * appendix A.  A fold is LF and blanks, as in struct header. */
static struct header fields[] = {
	FIELD("Received",
	    " from client1.football.example.com  [192.0.2.1]\n"
	    "      by submitserver.example.com with SUBMISSION;\n"
	    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)"),
	FIELD("From", " Joe SixPack <joe@football.example.com>"),
	FIELD("To", " Suzie Q <suzie@shopping.example.net>"),
	FIELD("Subject", " Is dinner ready?"),
	FIELD("Date", " Fri, 11 Jul 2003 21:00:37 -0700 (PDT)"),
	FIELD(
	    "Message-ID", " <20030712040037.46341.5F8J@football.example.com>"),
};

static const struct header_list headers = {
	.items = fields,
	.count = sizeof(fields) / sizeof(fields[0]),
};

/* Printed with two blanks behind "game."; the signature of RFC 6376, which
 * leaves the body as it is, holds for one only. */
static const struct span body_rfc6376 =
    SPAN_INIT("Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n"
	      "\r\nJoe.\r\n");
static const struct span body_rfc8463 =
    SPAN_INIT("Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n"
	      "\r\nJoe.\r\n");

static const struct span body_empty = SPAN_INIT("");

/* What the RFCs print: the field cut where its hashes stand, and these in
 * base64, the folds of the signature taken out. */
static const struct {
	const char *key;
	enum dkim_canon canon; /* of header and body */
	const struct span *body;
	const char *names; /* of h= */
	const char *before_hash, *before_signature;
	struct span behind;
	const char *hash, *signature;
} vectors[] = {
	/* RFC 6376 section A.2 */
	{ RFC6376_RSA_KEY, DKIM_SIMPLE, &body_rfc6376,
	    "Received : From : To : Subject : Date : Message-ID",
	    " v=1; a=rsa-sha256; s=brisbane; d=example.com;\n"
	    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\n"
	    "      h=Received : From : To : Subject : Date : Message-ID;\n"
	    "      bh=",
	    ";\n      b=", SPAN_INIT(";"),
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=",
	    "AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB"
	    "4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut"
	    "KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV"
	    "4bmp/YzhwvcubU4=" },
	/* RFC 8463 section A.3, both */
	{ RFC8463_ED25519_KEY, DKIM_RELAXED, &body_rfc8463,
	    "from : to : subject : date : message-id : from : subject : date",
	    " v=1; a=ed25519-sha256; c=relaxed/relaxed;\n"
	    " d=football.example.com; i=@football.example.com;\n"
	    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n"
	    " subject : date : message-id : from : subject : date;\n"
	    " bh=",
	    ";\n b=", SPAN_INIT(""),
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=",
	    "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
	    "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==" },
	{ RFC8463_RSA_KEY, DKIM_RELAXED, &body_rfc8463,
	    "from : to : subject : date : message-id : from : subject : date",
	    " v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
	    " d=football.example.com; i=@football.example.com;\n"
	    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n"
	    " date : message-id : from : subject : date;\n"
	    " bh=",
	    ";\n b=", SPAN_INIT(""),
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=",
	    "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3"
	    "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
	    "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=" },
};

static void
write_to_sha256(void *context, struct span piece)
{
	sha256_update(context, piece);
}

static void
digest_body(
    enum dkim_canon canon, struct span text, uint8_t digest[SHA256_SIZE])
{
	struct sha256 *sha256 = sha256_new();
	struct dkim_body body;

	dkim_body_init(
	    &body, canon, (struct dkim_sink){ write_to_sha256, sha256 });
	dkim_body_update(&body, text);
	dkim_body_final(&body);
	sha256_final(sha256, digest);
	sha256_free(&sha256);
}

/* What stands behind "b=" or TAG in a rendered VALUE, folds taken out. */
static const char *
tag_value(struct pool *pool, struct span value, const char *tag)
{
	struct span text =
	    span_slice(value, span_find_case(value, span_of(tag)), value.len);
	char *result = pool_alloc(pool, text.len + 1);
	char *out = result;

	for (size_t i = strlen(tag); i < text.len && text.ptr[i] != ';'; i++)
		if (text.ptr[i] != '\n' && text.ptr[i] != ' ')
			*out++ = text.ptr[i];
	return result;
}

/* The fields that an h= tag means, found as a verifier does. */
static struct dkim_fields
fields_of_tag(struct pool *pool, const char *names)
{
	struct span rest = span_of(names);
	struct dkim_fields chosen = { NULL, NULL, 0 };
	struct span name;

	chosen.names = pool_alloc_array(pool, 20, sizeof(chosen.names[0]));
	chosen.fields = pool_alloc_array(pool, 20, sizeof(chosen.fields[0]));
	while (span_next(&rest, ':', &name)) {
		size_t seen = 0;

		name = span_trim(name);
		for (size_t i = 0; i < chosen.count; i++)
			seen += span_equal_case(chosen.names[i], name);
		chosen.names[chosen.count] = name;
		/* No name stands twice in the message. */
		for (size_t i = 0; seen == 0 && i < headers.count; i++)
			if (span_equal_case(fields[i].name, name))
				chosen.fields[chosen.count] = &fields[i];
		chosen.count++;
	}
	return chosen;
}

/* The field of vector I up to "b=", with the hash that the body has. */
static struct span
vector_head(struct pool *pool, size_t i)
{
	uint8_t digest[SHA256_SIZE];

	digest_body(vectors[i].canon, *vectors[i].body, digest);
	return pool_printf(pool, "%s%.*s%s", vectors[i].before_hash,
	    SPAN_ARGS(base64_encode(
		pool, span_make((const char *)digest, sizeof(digest)))),
	    vectors[i].before_signature);
}

START_TEST(rfc_vectors)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct pool *pool = pool_new();
		struct err err;
		struct dkim_fields chosen =
		    fields_of_tag(pool, vectors[i].names);
		struct signing_key *key =
		    signing_key_parse(span_of(vectors[i].key), &err);
		uint8_t digest[SHA256_SIZE], signature[SIGNATURE_MAX];
		struct span head = vector_head(pool, i), value;
		size_t len;

		ck_assert_ptr_nonnull(key);
		dkim_digest(pool, vectors[i].canon, &chosen, head,
		    vectors[i].behind, digest);
		ck_assert_int_eq(
		    signing_key_sign(key, digest, signature, &len, &err), 0);
		value = dkim_complete(
		    pool, head, span_make((const char *)signature, len));
		ck_assert(span_starts(value, head));
		ck_assert_str_eq(
		    tag_value(pool, value, " bh="), vectors[i].hash);
		ck_assert_str_eq(
		    tag_value(pool, value, " b="), vectors[i].signature);
		signing_key_free(&key);
		pool_free(&pool);
	}
}
END_TEST

/* RFC 8463 section A.3 in its Ed25519 case, as other implementations found. */
START_TEST(rfc8463_header_digest)
{
	static const uint8_t expected[SHA256_SIZE] = { 0x48, 0xce, 0x9a, 0x2c,
		0x71, 0x0e, 0xce, 0x17, 0x10, 0xff, 0x15, 0x69, 0x96, 0xb8,
		0x36, 0xa7, 0xf4, 0x54, 0x70, 0xe4, 0x3e, 0xfe, 0x56, 0x43,
		0x07, 0x4d, 0x6e, 0x16, 0x90, 0xed, 0x62, 0xe7 };
	struct pool *pool = pool_new();
	struct dkim_fields chosen = fields_of_tag(pool, vectors[1].names);
	uint8_t digest[SHA256_SIZE];

	dkim_digest(pool, DKIM_RELAXED, &chosen, vector_head(pool, 1),
	    SPAN(""), digest);
	ck_assert_mem_eq(digest, expected, SHA256_SIZE);
	pool_free(&pool);
}
END_TEST

static const struct dkim_field_choice plain_choice[] = {
	{ SPAN_INIT("from"), DKIM_SIGN },
};

static struct span
render(struct pool *pool, const struct dkim_tags *tags)
{
	struct dkim_fields chosen;
	struct err err;

	ck_assert_int_eq(
	    dkim_fields_select(pool, &headers, plain_choice, 1, &chosen, &err),
	    0);
	return dkim_render(pool, tags, &chosen);
}

START_TEST(body_hashes)
{
	static const struct {
		enum dkim_canon canon;
		const struct span *body;
		const char *hash;
	} table[] = {
		{ DKIM_SIMPLE, &body_rfc6376,
		    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" },
		{ DKIM_RELAXED, &body_rfc8463,
		    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" },
		{ DKIM_SIMPLE, &body_rfc8463,
		    "4bLNXImK9drULnmePzZNEBleUanJCX5PIsDIFoH4KTQ=" },
		/* RFC 6376 sections 3.4.3 and 3.4.4 */
		{ DKIM_SIMPLE, &body_empty,
		    "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=" },
		{ DKIM_RELAXED, &body_empty,
		    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pool *pool = pool_new();
		uint8_t digest[SHA256_SIZE];
		struct dkim_tags tags = {
			.domain = SPAN("example.com"),
			.selector = SPAN("s"),
			.body_digest = digest,
		};

		digest_body(table[i].canon, *table[i].body, digest);
		ck_assert_str_eq(
		    tag_value(pool, render(pool, &tags), "bh="), table[i].hash);
		pool_free(&pool);
	}
}
END_TEST

START_TEST(rendered_text)
{
	static const struct dkim_field_choice choices[] = {
		{ SPAN_INIT("from"), DKIM_OVERSIGN },
		{ SPAN_INIT("cc"), DKIM_OVERSIGN },
		{ SPAN_INIT("date"), DKIM_OVERSIGN_PRESENT },
		{ SPAN_INIT("reply-to"), DKIM_OVERSIGN_PRESENT },
		{ SPAN_INIT("subject"), DKIM_SIGN },
		{ SPAN_INIT("references"), DKIM_SIGN },
	};
	static const uint8_t digest[SHA256_SIZE] = { 0 };
	static const struct dkim_tags tags = {
		.algorithm = KEY_ED25519,
		.header_canon = DKIM_RELAXED,
		.body_canon = DKIM_SIMPLE,
		.domain = SPAN_INIT("example.com"),
		.selector = SPAN_INIT("s2026"),
		.identity = SPAN_INIT("@mail.example.com"),
		.signed_at = 1528637909,
		.expires_at = 1529242709,
		.body_digest = digest,
	};
	static const struct span expected = SPAN_INIT(
	    " v=1; a=ed25519-sha256; c=relaxed/simple; d=example.com;\n"
	    " i=@mail.example.com; s=s2026; t=1528637909; x=1529242709; "
	    "h=from:from:cc:\n"
	    " date:date:subject; "
	    "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=");
	struct pool *pool = pool_new();
	struct dkim_fields chosen;
	struct span head, value;
	struct err err;

	ck_assert_int_eq(
	    dkim_fields_select(pool, &headers, choices, 6, &chosen, &err), 0);
	head = dkim_render(pool, &tags, &chosen);
	ck_assert_msg(span_equal(head, expected), "%.*s", SPAN_ARGS(head));
	value = dkim_complete(pool, head, SPAN("\377\377\377\377"));
	ck_assert(span_starts(value, head));
	ck_assert_str_eq(tag_value(pool, value, " b="), "/////w==");
	pool_free(&pool);
}
END_TEST

/* Lines stay below 78 bytes, folds are LF and a blank. */
START_TEST(folding)
{
	static const char signature[512] = { 0 };
	static const uint8_t digest[SHA256_SIZE] = { 0 };
	static char domain[254];
	struct dkim_field_choice choices[40];
	struct pool *pool = pool_new();

	for (size_t i = 0; i < 40; i++)
		choices[i] = (struct dkim_field_choice){
			pool_printf(pool, "x-header-field-%zu", i),
			DKIM_OVERSIGN,
		};
	memset(domain, 'd', sizeof(domain));
	for (size_t len = 1; len < 60; len++) {
		struct dkim_tags tags = {
			.domain = span_make(domain, len),
			.selector = SPAN("s"),
			.body_digest = digest,
		};
		struct dkim_fields chosen;
		struct span rest, line;
		struct err err;
		size_t column = sizeof("DKIM-Signature:") - 1;

		ck_assert_int_eq(dkim_fields_select(pool, &headers, choices, 40,
				     &chosen, &err),
		    0);
		rest = dkim_complete(pool, dkim_render(pool, &tags, &chosen),
		    span_make(signature, sizeof(signature)));
		ck_assert_int_eq(rest.ptr[0], ' ');
		while (span_next(&rest, '\n', &line)) {
			ck_assert_uint_lt(column + line.len, 78);
			ck_assert_int_eq(line.ptr[0], ' ');
			ck_assert_uint_gt(span_trim(line).len, 0);
			column = 0;
		}
	}
	pool_free(&pool);
}
END_TEST

/* RFC 6376 section 5.4.2: fields of one name from the last to the first. */
START_TEST(repeated_fields)
{
	static struct header repeated[] = {
		FIELD("X", " first"),
		FIELD("Y", " other"),
		FIELD("x", " second"),
	};
	static const struct header_list list = { .items = repeated,
		.count = 3 };
	static const struct dkim_field_choice choice[] = {
		{ SPAN_INIT("x"), DKIM_OVERSIGN },
	};
	struct pool *pool = pool_new();
	struct dkim_fields chosen;
	struct err err;

	ck_assert_int_eq(
	    dkim_fields_select(pool, &list, choice, 1, &chosen, &err), 0);
	ck_assert_uint_eq(chosen.count, 3);
	ck_assert_ptr_eq(chosen.fields[0], &repeated[2]);
	ck_assert_ptr_eq(chosen.fields[1], &repeated[0]);
	ck_assert_ptr_null(chosen.fields[2]);
	pool_free(&pool);
}
END_TEST

START_TEST(too_many_fields)
{
	static struct header many[DKIM_FIELDS_MAX + 1];
	static const struct dkim_field_choice choice[] = {
		{ SPAN_INIT("x"), DKIM_SIGN },
	};
	struct header_list list = { .items = many, .count = DKIM_FIELDS_MAX };
	struct pool *pool = pool_new();
	struct dkim_fields chosen;
	struct err err;

	for (size_t i = 0; i < DKIM_FIELDS_MAX + 1; i++)
		many[i].name = SPAN("x");
	ck_assert_int_eq(
	    dkim_fields_select(pool, &list, choice, 1, &chosen, &err), 0);
	list.count++;
	ck_assert_int_eq(
	    dkim_fields_select(pool, &list, choice, 1, &chosen, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	pool_free(&pool);
}
END_TEST

/* Renders a signature with copies of the COUNT ITEMS, all of them signed. */
static struct span
render_copies(struct pool *pool, struct header *items, size_t count)
{
	static const uint8_t digest[SHA256_SIZE] = { 0 };
	static const struct dkim_tags tags = {
		.domain = SPAN_INIT("example.com"),
		.selector = SPAN_INIT("s"),
		.body_digest = digest,
		.copy_headers = true,
	};
	struct span *names = pool_alloc_array(pool, count, sizeof(*names));
	const struct header **which =
	    pool_alloc_array(pool, count, sizeof(*which));
	const struct dkim_fields chosen = { names, which, count };

	for (size_t i = 0; i < count; i++) {
		names[i] = items[i].name;
		/* A name without a field, as oversigning has it. */
		which[i] = items[i].value.ptr != NULL ? &items[i] : NULL;
	}
	return dkim_render(pool, &tags, &chosen);
}

/* z= has what stands for itself as it is, all else as "=XX", which no fold
 * cuts in two. */
START_TEST(copied_headers)
{
	struct header items[] = {
		{ SPAN("From"), SPAN(" a@example.com") },
		{ SPAN("from"), { NULL, 0 } },
		{ SPAN("Subject"), SPAN(" a;b=c|d\n\t\xc3\xa4\x7f~!") },
		{ SPAN("Empty"), SPAN("") },
	};
	struct pool *pool = pool_new();
	struct span head = render_copies(pool, items, 4);
	struct span line;

	ck_assert_str_eq(tag_value(pool, head, "z="),
	    "From:=20a@example.com|Subject:=20a=3Bb=3Dc=7Cd=0A=09=C3=A4=7F~!"
	    "|Empty:");
	while (span_next(&head, '\n', &line)) {
		ck_assert_uint_le(line.len, DKIM_LINE_MAX);
		ck_assert(!span_ends_case(line, SPAN("=2")));
	}
	head = render_copies(pool, &items[1], 1);
	ck_assert_uint_eq(span_find_case(head, SPAN("z=")), head.len);
	pool_free(&pool);
}
END_TEST

/* What would make the signature too long is left out, and only that. */
START_TEST(copies_are_bounded)
{
	static char value[DKIM_COPIES_MAX];
	struct header items[] = {
		{ SPAN("A"), span_make(value, sizeof(value)) },
		{ SPAN("B"), span_make(value, sizeof(value) / 2) },
		{ SPAN("C"), SPAN("1") },
		{ SPAN("D"), span_make(value, sizeof(value) / 3 - 100) },
		{ SPAN("E"), SPAN("2") },
	};
	struct pool *pool = pool_new();
	struct span head;
	const char *copies;

	memset(value, '\xff', sizeof(value));
	head = render_copies(pool, items, 5);
	copies = tag_value(pool, head, "z=");
	ck_assert(span_starts(span_of(copies), SPAN("C:1|D:=FF=FF")));
	ck_assert(span_ends_case(span_of(copies), SPAN("=FF|E:2")));
	ck_assert_uint_le(strlen(copies), DKIM_COPIES_MAX);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("dkim_signature", rfc_vectors, rfc8463_header_digest, body_hashes,
    rendered_text, folding, copied_headers, copies_are_bounded,
    repeated_fields, too_many_fields)
