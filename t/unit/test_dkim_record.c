/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_record.h"

#include "formats/base64.h"
#include "t/unit/dkim_keys.h"
#include "t/unit/suite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What RFC 8463 appendix A publishes. */
#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6" \
	"Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/" \
	"e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G" \
	"+2kryOTIKT+l/K4w3QIDAQAB"

static struct pool *pool;
static struct dkim_public_key rsa, ed25519;

static struct dkim_public_key
public_key(const char *pem)
{
	struct dkim_public_key key;
	struct err err;
	struct signing_key *private_key =
	    signing_key_parse(span_of(pem), &err);

	ck_assert_ptr_nonnull(private_key);
	key.algorithm = signing_key_algorithm(private_key);
	ck_assert_int_eq(
	    signing_key_public(private_key, pool, &key.bytes, &err), 0);
	signing_key_free(&private_key);
	return key;
}

static void
prepare(void)
{
	pool = pool_new();
	rsa = public_key(RFC8463_RSA_KEY);
	ed25519 = public_key(RFC8463_ED25519_KEY);
}

static void
clean(void)
{
	pool_free(&pool);
}

START_TEST(values_of_the_rfc)
{
	ck_assert(span_equal(dkim_record_value(pool, &rsa),
	    SPAN("v=DKIM1; k=rsa; p=" RSA)));
	ck_assert(span_equal(dkim_record_value(pool, &ed25519),
	    SPAN("v=DKIM1; k=ed25519; p=" ED25519)));
}
END_TEST

START_TEST(printed_forms)
{
	char text[DKIM_STRING_MAX + 3];
	struct span name = SPAN("s._domainkey.example.com");

	memset(text, 'x', sizeof(text));
	ck_assert(span_equal(
	    dkim_record_zone_line(pool, name, 60, SPAN("v=DKIM1; p=")),
	    SPAN("s._domainkey.example.com. 60 IN TXT \"v=DKIM1; p=\"\n")));
	ck_assert(span_equal(
	    dkim_record_nsupdate(pool, name, 60, SPAN("v=DKIM1; p=")),
	    SPAN("prereq nxrrset s._domainkey.example.com. TXT\n"
		 "update add s._domainkey.example.com. 60 TXT "
		 "\"v=DKIM1; p=\"\nsend\n")));
	ck_assert(span_equal(dkim_record_nsupdate_delete(pool, name),
	    SPAN("update delete s._domainkey.example.com. TXT\nsend\n")));
	/* The longest string, and one byte more. */
	ck_assert_ptr_null(strstr(
	    dkim_record_zone_line(
		pool, name, 60, span_make(text, DKIM_STRING_MAX)).ptr,
	    "("));
	ck_assert_ptr_nonnull(strstr(
	    dkim_record_zone_line(
		pool, name, 60, span_make(text, DKIM_STRING_MAX + 1)).ptr,
	    "x\"\n\t\"x\" )\n"));
	ck_assert_ptr_nonnull(strstr(
	    dkim_record_nsupdate(
		pool, name, 60, span_make(text, DKIM_STRING_MAX + 2)).ptr,
	    "x\" \"xx\"\nsend\n"));
}
END_TEST

/* The first finding; NULL: there is none. */
static const struct check_case {
	bool is_rsa;
	const char *record;
	enum dkim_finding_level level;
	const char *finding;
} cases[] = {
	{ true, "v=DKIM1; k=rsa; p=" RSA, 0, NULL },
	{ true, "p=" RSA, DKIM_WARNING, "v=DKIM1 is missing" },
	{ true, "v=DKIM1;k=rsa;h=sha1:sha256;s=email;t=;n=x;p=" RSA ";", 0,
	    NULL },
	{ true, "v=DKIM1 ; s = * ; p = " RSA " ; ", 0, NULL },
	{ true, "v=DKIM1; s=tlsrpt:*; unknown=1; p=" RSA, 0, NULL },
	{ false, "v=DKIM1; k=ed25519; p=" ED25519, 0, NULL },
	{ true, "v=DKIM1; t=s; p=" RSA, DKIM_NOTE, "t=s" },
	{ true, "v=DKIM1; t=s:y; p=" RSA, DKIM_WARNING, "t=y" },
	{ true, "v=DKIM1;; p=" RSA, DKIM_WARNING, "between two \";\"" },
	/* Not a tag list. */
	{ true, "v=DKIM1; hello; p=" RSA, DKIM_ERROR, "\"hello\" is no tag" },
	{ true, "v=DKIM1; p=; p=" RSA, DKIM_ERROR, "p= stands twice" },
	{ true, "", DKIM_ERROR, "none of DKIM" },
	{ true, "v=spf1 -all", DKIM_ERROR, "none of DKIM" },
	{ true, "\"v=DKIM1; p=" RSA "\"", DKIM_ERROR, "quotation marks" },
	{ true, "v=DKIM1\\; p=" RSA, DKIM_ERROR, "backslash" },
	{ true, "v=DKIM1; p=-----BEGIN PUBLIC KEY-----" RSA, DKIM_ERROR,
	    "-----BEGIN" },
	/* Tags. */
	{ true, "v=DKIM2; p=" RSA, DKIM_ERROR, "write v=DKIM1" },
	{ true, "v=dkim1; p=" RSA, DKIM_ERROR, "write v=DKIM1" },
	{ true, "k=rsa; v=DKIM1; p=" RSA, DKIM_ERROR, "first tag" },
	{ true, "v=DKIM1; k=ed25519; p=" RSA, DKIM_ERROR, "write k=rsa" },
	{ true, "v=DKIM1; k=RSA; p=" RSA, DKIM_ERROR, "write k=rsa" },
	{ false, "v=DKIM1; p=" ED25519, DKIM_ERROR, "k= is missing" },
	{ true, "v=DKIM1; h=sha1; p=" RSA, DKIM_ERROR, "sha256" },
	{ true, "v=DKIM1; h=; p=" RSA, DKIM_ERROR, "sha256" },
	{ true, "v=DKIM1; s=tlsrpt; p=" RSA, DKIM_ERROR, "s=email" },
	/* The key. */
	{ true, "v=DKIM1; k=rsa", DKIM_ERROR, "p= is missing" },
	{ true, "v=DKIM1; p=", DKIM_ERROR, "revoked" },
	{ true, "v=DKIM1; p= ;", DKIM_ERROR, "revoked" },
	{ true, "v=DKIM1; p=MIGf MA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDk",
	    DKIM_WARNING, "blanks within p=" },
	{ true, "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDk",
	    DKIM_ERROR, "ends after 30 of the key's 162 bytes" },
	{ true, "v=DKIM1; p=MIGfMA0!" , DKIM_ERROR, "base64 does not have" },
	{ true, "v=DKIM1; p=" ED25519, DKIM_ERROR, "another key" },
	{ false,
	    "v=DKIM1; k=ed25519; "
	    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
	    DKIM_ERROR, "does not end as base64" },
	{ false,
	    "v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEA"
	    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	    DKIM_ERROR, "wrapped in ASN.1" },
	{ true,
	    "v=DKIM1; p=MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy"
	    "5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR",
	    DKIM_ERROR, "PRIVATE" },
};

START_TEST(findings)
{
	const struct check_case *each = &cases[_i];
	struct dkim_findings found = { .pool = pool };
	struct span record = span_of(each->record);

	dkim_record_check(&record, 1, each->is_rsa ? &rsa : &ed25519, &found);
	if (each->finding == NULL) {
		ck_assert_msg(found.count == 0, "%s: %s", each->record,
		    found.count > 0 ? found.items[0].text.ptr : "");
		return;
	}
	ck_assert_uint_gt(found.count, 0);
	ck_assert_msg(
	    strstr(found.items[0].text.ptr, each->finding) != NULL,
	    "%s: %s", each->record, found.items[0].text.ptr);
	ck_assert_int_eq(found.items[0].level, each->level);
	if (each->level == DKIM_ERROR)
		ck_assert(found.failed);
}
END_TEST

/* Checks what is said of the last bytes of KEY, all but SKIPPED. */
static void
check_tail(const struct dkim_public_key *key, size_t skipped, const char *text)
{
	struct dkim_findings found = { .pool = pool };
	struct span record = pool_printf(pool, "v=DKIM1; p=%s",
	    base64_encode(pool,
		span_slice(key->bytes, skipped, key->bytes.len)).ptr);

	dkim_record_check(&record, 1, key, &found);
	ck_assert_uint_eq(found.count, 1);
	ck_assert_msg(strstr(found.items[0].text.ptr, text) != NULL,
	    "%zu: %s", skipped, found.items[0].text.ptr);
}

/* RSAPublicKey without its wrapping, which grows with the key. */
START_TEST(bare_rsa_key)
{
	struct err err;
	struct signing_key *key = signing_key_generate(KEY_RSA, 2048, &err);
	struct dkim_public_key public_half = { .algorithm = KEY_RSA };

	ck_assert_int_eq(
	    signing_key_public(key, pool, &public_half.bytes, &err), 0);
	check_tail(&public_half, 24, "BEGIN RSA PUBLIC KEY");
	check_tail(&public_half, 100, "of another key");
	check_tail(&rsa, 22, "BEGIN RSA PUBLIC KEY");
	signing_key_free(&key);
}
END_TEST

START_TEST(several_records)
{
	const struct span good = SPAN("v=DKIM1; k=rsa; p=" RSA);
	const struct span pair[] = { SPAN_INIT("v=DKIM1; p=AAAA"), good };
	const struct span split[] = { SPAN_INIT("v=DKIM1; k=rsa"),
		SPAN_INIT("p=" RSA) };
	struct dkim_findings found = { .pool = pool };

	dkim_record_check(pair, 2, &rsa, &found);
	ck_assert(found.failed);
	ck_assert_uint_eq(found.count, 2);
	ck_assert_ptr_nonnull(strstr(found.items[1].text.ptr, "the right one"));
	found = (struct dkim_findings){ .pool = pool };
	dkim_record_check(split, 2, &rsa, &found);
	ck_assert_uint_eq(found.count, 1);
	ck_assert_ptr_nonnull(
	    strstr(found.items[0].text.ptr, "strings of ONE record"));
}
END_TEST

/* A stranger's record must not send codes to a terminal. */
START_TEST(quoted_safely)
{
	struct span record = SPAN("v=\33[31mred\n\377; p=");
	struct dkim_findings found = { .pool = pool };

	dkim_record_check(&record, 1, &rsa, &found);
	ck_assert_ptr_nonnull(strstr(found.items[0].text.ptr, "?[31mred??"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dkim_record");
	TCase *tcase = suite_case(suite, "dkim_record");

	tcase_add_checked_fixture(tcase, prepare, clean);
	tcase_add_test(tcase, values_of_the_rfc);
	tcase_add_test(tcase, printed_forms);
	tcase_add_loop_test(tcase, findings, 0, (int)COUNT(cases));
	tcase_add_test(tcase, bare_rsa_key);
	tcase_add_test(tcase, several_records);
	tcase_add_test(tcase, quoted_safely);
	return suite_finish(suite);
}
