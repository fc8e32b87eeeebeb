/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_signature_read.h"

#include "base/buf.h"

#include "t/unit/dkim_keys.h"
#include "t/unit/suite.h"

#include <string.h>

#define FIELD(name, value) \
	{ \
		SPAN_INIT(name), SPAN_INIT(value) \
	}

/* The message of RFC 6376 appendix A and RFC 8463 appendix A. */
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

#define RFC8463_TAGS \
	" d=football.example.com; i=@football.example.com;\n" \
	" q=dns/txt; "
#define RFC8463_REST \
	"subject :\n" \
	" date : message-id : from : subject : date;\n" \
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"

/* What the RFCs print. */
static const struct {
	const char *key;
	const char *domain, *selector;
	enum dkim_canon header_canon, body_canon;
	struct span value;
} vectors[] = {
	{ RFC6376_RSA_KEY, "example.com", "brisbane", DKIM_SIMPLE, DKIM_SIMPLE,
	    SPAN_INIT(" v=1; a=rsa-sha256; s=brisbane; d=example.com;\n"
		      "      c=simple/simple; q=dns/txt; "
		      "i=joe@football.example.com;\n"
		      "      h=Received : From : To : Subject : Date : "
		      "Message-ID;\n"
		      "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;"
		      "\n      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4"
		      "yAUoqOB\n      "
		      "4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\n"
		      "      "
		      "KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\n"
		      "      4bmp/YzhwvcubU4=;") },
	{ RFC8463_ED25519_KEY, "football.example.com", "brisbane",
	    DKIM_RELAXED, DKIM_RELAXED,
	    SPAN_INIT(" v=1; a=ed25519-sha256; c=relaxed/relaxed;\n"
		      RFC8463_TAGS "s=brisbane; t=1528637909; "
		      "h=from : to :\n " RFC8463_REST
		      " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D"
		      "11Bus\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==") },
	{ RFC8463_RSA_KEY, "football.example.com", "test", DKIM_RELAXED,
	    DKIM_RELAXED,
	    SPAN_INIT(" v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
		      RFC8463_TAGS "s=test; t=1528637909; h=from : to : "
		      RFC8463_REST
		      " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIi"
		      "xNTe3\n DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSG"
		      "sgeefOsk2Jz\n dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4L"
		      "jFYNcUxZQ4FADY+8=") },
};

static bool
verify(struct pool *pool, const struct signing_key *key,
    const struct dkim_read *read)
{
	const struct header signature = { SPAN("DKIM-Signature"),
		pool_printf(pool, "%.*s%.*s", SPAN_ARGS(read->head),
		    SPAN_ARGS(read->tail)) };
	uint8_t digest[SHA256_SIZE];
	struct dkim_fields named;

	dkim_fields_named(
	    pool, &headers, read->names, read->name_count, &named);
	dkim_digest_field(read->header_canon, &named, &signature, digest);
	return signing_key_verify(key, digest, read->signature);
}

/* They are read, and verify with the keys that the RFCs print. */
START_TEST(rfc_vectors)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct pool *pool = pool_new();
		struct signing_key *key;
		struct dkim_read read;
		struct err err;
		char *forged;

		key = signing_key_parse(span_of(vectors[i].key), &err);
		ck_assert_ptr_nonnull(key);
		ck_assert_msg(dkim_signature_read(pool, vectors[i].value,
				  &read, &err) == 0,
		    "%zu: %s", i, err.text);
		ck_assert(
		    span_equal(read.domain, span_of(vectors[i].domain)));
		ck_assert(
		    span_equal(read.selector, span_of(vectors[i].selector)));
		ck_assert_int_eq(read.algorithm, signing_key_algorithm(key));
		ck_assert_int_eq(read.header_canon, vectors[i].header_canon);
		ck_assert_int_eq(read.body_canon, vectors[i].body_canon);
		ck_assert_uint_eq(read.expires_at, 0);
		ck_assert(!read.part_of_body);
		ck_assert_msg(verify(pool, key, &read), "%zu", i);

		/* One bit of it, and then one of what it covers. */
		forged = pool_string(pool, read.signature);
		forged[read.signature.len / 2] ^= 1;
		read.signature.ptr = forged;
		ck_assert(!verify(pool, key, &read));
		forged[read.signature.len / 2] ^= 1;
		ck_assert(verify(pool, key, &read));
		read.names[0] = SPAN("X-Other");
		ck_assert(!verify(pool, key, &read));
		signing_key_free(&key);
		pool_free(&pool);
	}
}
END_TEST

#define BH "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define BEFORE_C "v=1;a=rsa-sha256;d=a.example;s=s;h=from;" BH ";b=AAAA;"

static const struct {
	const char *value;
	enum dkim_canon header, body;
	uint64_t expires_at;
	bool part_of_body;
	size_t names;
} good[] = {
	{ BEFORE_C, DKIM_SIMPLE, DKIM_SIMPLE, 0, false, 1 },
	{ BEFORE_C "c=relaxed", DKIM_RELAXED, DKIM_SIMPLE, 0, false, 1 },
	{ BEFORE_C "c=simple/relaxed", DKIM_SIMPLE, DKIM_RELAXED, 0, false,
	    1 },
	{ BEFORE_C " c = relaxed/relaxed ; \n", DKIM_RELAXED, DKIM_RELAXED, 0,
	    false, 1 },
	{ BEFORE_C "x=1528637909;l=0", DKIM_SIMPLE, DKIM_SIMPLE, 1528637909,
	    true, 1 },
	{ BEFORE_C "l=", DKIM_SIMPLE, DKIM_SIMPLE, 0, true, 1 },
	/* What is not known is passed over. */
	{ BEFORE_C "r=y;foo=bar;foo=again;c1=simple", DKIM_SIMPLE, DKIM_SIMPLE,
	    0, false, 1 },
	{ "v=1;a=ed25519-sha256;d=a;s=s;h=\n To :FROM: to:\tx ;" BH
	  "; b = A A\n A=",
	    DKIM_SIMPLE, DKIM_SIMPLE, 0, false, 4 },
};

START_TEST(good_table)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct span value = span_of(good[i].value);
		struct pool *pool = pool_new();
		struct dkim_read read;
		struct err err;

		ck_assert_msg(
		    dkim_signature_read(pool, value, &read, &err) == 0,
		    "%zu: %s", i, err.text);
		ck_assert_int_eq(read.header_canon, good[i].header);
		ck_assert_int_eq(read.body_canon, good[i].body);
		ck_assert_uint_eq(read.expires_at, good[i].expires_at);
		ck_assert_int_eq(read.part_of_body, good[i].part_of_body);
		ck_assert_uint_eq(read.name_count, good[i].names);
		/* Only the value of b= is cut out, its blanks included. */
		ck_assert_ptr_eq(read.head.ptr, value.ptr);
		ck_assert_int_eq(read.head.ptr[read.head.len - 1], '=');
		ck_assert(read.tail.len == 0 || read.tail.ptr[0] == ';');
		ck_assert_ptr_eq(
		    read.tail.ptr + read.tail.len, value.ptr + value.len);
		pool_free(&pool);
	}
}
END_TEST

static const struct {
	const char *value;
	const char *error;
} bad[] = {
	{ "", "has no a=" },
	{ ";", "has no a=" },
	{ "v=1;;a=rsa-sha256", "is no tag list" },
	{ "v=1; =x", "is no tag list" },
	{ "v", "is no tag list" },
	{ BEFORE_C "v=1", "has v= twice" },
	{ BEFORE_C "b=AAAA", "has b= twice" },
	{ BEFORE_C "c=simple;c=simple", "has c= twice" },
	{ "v=2;a=rsa-sha256;d=a;s=s;h=from;" BH ";b=AAAA", "v= of" },
	{ "v=1;a=rsa-sha1;d=a;s=s;h=from;" BH ";b=AAAA", "a= of" },
	{ "v=1;d=a;s=s;h=from;" BH ";b=AAAA", "has no a=" },
	{ "v=1;a=rsa-sha256;s=s;h=from;" BH ";b=AAAA", "has no d=" },
	{ "v=1;a=rsa-sha256;d=a;h=from;" BH ";b=AAAA", "has no s=" },
	{ "v=1;a=rsa-sha256;d=a;s=s;" BH ";b=AAAA", "has no h=" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from;b=AAAA", "has no bh=" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from;" BH, "has no b=" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from;bh=AAAA;b=AAAA", "bh= of" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from;bh=;b=AAAA", "bh= of" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from;" BH ";b=", "b= of" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from;" BH ";b=AA*A", "b= of" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from;" BH ";b=AA==AA==", "b= of" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=;" BH ";b=AAAA", "h= of" },
	{ "v=1;a=rsa-sha256;d=a;s=s;h=from::to;" BH ";b=AAAA", "h= of" },
	/* RFC 6376 section 5.4 */
	{ "v=1;a=rsa-sha256;d=a;s=s;h=to;" BH ";b=AAAA", "h= of" },
	{ BEFORE_C "c=strict", "c= of" },
	{ BEFORE_C "c=", "c= of" },
	{ BEFORE_C "c=simple/", "c= of" },
	{ BEFORE_C "c=simple/simple/simple", "c= of" },
	{ BEFORE_C "x=", "x= of" },
	{ BEFORE_C "x=0", "x= of" },
	{ BEFORE_C "x=-1", "x= of" },
	{ BEFORE_C "x=1234567890123", "x= of" },
};

START_TEST(bad_table)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pool *pool = pool_new();
		struct dkim_read read;
		struct err err;

		ck_assert_msg(dkim_signature_read(pool, span_of(bad[i].value),
				  &read, &err) < 0,
		    "%zu was taken", i);
		ck_assert_int_eq(err.kind, ERR_INPUT);
		ck_assert_msg(strstr(err.text, bad[i].error) != NULL,
		    "%zu: %s", i, err.text);
		pool_free(&pool);
	}
}
END_TEST

/* COUNT names in h=, LEN bytes in all. */
static int
read_large(size_t count, size_t len, struct err *err)
{
	struct pool *pool = pool_new();
	struct dkim_read read;
	struct buf value;
	int result;

	buf_init(&value, 1 << 20);
	ck_assert_int_eq(buf_printf(&value, BEFORE_C), 0);
	value.len -= strlen("h=from;" BH ";b=AAAA;");
	ck_assert_int_eq(buf_printf(&value, BH ";b=AAAA;h=from"), 0);
	for (size_t i = 1; i < count; i++)
		ck_assert_int_eq(buf_printf(&value, ":x"), 0);
	ck_assert_int_eq(buf_printf(&value, ";z="), 0);
	while (value.len < len)
		ck_assert_int_eq(buf_append_char(&value, 'x'), 0);
	result = dkim_signature_read(pool, buf_span(&value), &read, err);
	buf_free(&value);
	pool_free(&pool);
	return result;
}

START_TEST(limits)
{
	struct err err;

	ck_assert_int_eq(
	    read_large(DKIM_FIELDS_MAX, DKIM_SIGNATURE_MAX, &err), 0);
	ck_assert_int_lt(read_large(DKIM_FIELDS_MAX + 1, 0, &err), 0);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_int_lt(read_large(1, DKIM_SIGNATURE_MAX + 1, &err), 0);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

/* Each name means the last field that none before it means. */
START_TEST(named_fields)
{
	static struct header repeated[] = {
		FIELD("X", " first"),
		FIELD("Y", " other"),
		FIELD("x", " second"),
	};
	static const struct header_list list = { .items = repeated,
		.count = 3 };
	struct span names[] = { SPAN("X"), SPAN("z"), SPAN("x"), SPAN("y"),
		SPAN("X") };
	struct pool *pool = pool_new();
	struct dkim_fields named;

	dkim_fields_named(pool, &list, names, 5, &named);
	ck_assert_uint_eq(named.count, 5);
	ck_assert_ptr_eq(named.fields[0], &repeated[2]);
	ck_assert_ptr_null(named.fields[1]);
	ck_assert_ptr_eq(named.fields[2], &repeated[0]);
	ck_assert_ptr_eq(named.fields[3], &repeated[1]);
	ck_assert_ptr_null(named.fields[4]);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("dkim_signature_read", rfc_vectors, good_table, bad_table, limits,
    named_fields)
