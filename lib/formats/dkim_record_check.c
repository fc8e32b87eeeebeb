/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with a published DKIM record.  The mistakes are those that
 * people make with zone files, with web forms of DNS providers and with keys
 * that were copied by hand.
 */
#include "formats/dkim_record.h"

#include "formats/base64.h"

#include <string.h>

enum {
	QUOTED_MAX = 60, /* bytes of a record that a finding quotes */
	/* Bytes of a SubjectPublicKeyInfo before the key itself, at the most:
	 * 12 of Ed25519, and as lengths grow 20 to 24 of RSA. */
	WRAP_MAX = 24,
};

/* The tags that matter here; the rest of the record is passed over. */
enum tag { TAG_V, TAG_H, TAG_K, TAG_P, TAG_S, TAG_T, TAG_COUNT };

static const char tag_letters[TAG_COUNT] = { 'v', 'h', 'k', 'p', 's', 't' };

struct record {
	struct span text;
	struct span values[TAG_COUNT]; /* NULL: there is no such tag */
	bool v_first;
	bool broken; /* no tag list: the rest says nothing */
};

void
dkim_findings_add(struct dkim_findings *findings,
    enum dkim_finding_level level, const char *format, ...)
{
	struct dkim_finding *finding;
	struct span text;
	va_list args;
	char *bytes;

	va_start(args, format);
	text = pool_vprintf(findings->pool, format, args);
	va_end(args);
	bytes = pool_string(findings->pool, text);
	for (size_t i = 0; i < text.len; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			bytes[i] = '?';
	findings->items = pool_grow(findings->pool, findings->items,
	    findings->count, sizeof(findings->items[0]));
	finding = &findings->items[findings->count++];
	finding->level = level;
	finding->text = span_make(bytes, text.len);
	findings->failed |= level == DKIM_ERROR;
}

/* The start of TEXT, short enough to be quoted. */
static struct span
excerpt(struct span text)
{
	return span_slice(text, 0, QUOTED_MAX);
}

/* What stands before the first "=" of SPEC is its name. */
static void
read_tag(struct record *record, struct span spec, size_t position,
    struct dkim_findings *findings)
{
	size_t equals = span_find(spec, '=');
	struct span name = span_trim(span_slice(spec, 0, equals));

	if (equals == spec.len) {
		dkim_findings_add(findings, DKIM_ERROR,
		    "\"%.*s\" is no tag: write NAME=VALUE, with \";\" between "
		    "tags",
		    SPAN_ARGS(excerpt(spec)));
		record->broken = true;
		return;
	}
	if (name.len != 1)
		return;
	for (size_t i = 0; i < TAG_COUNT; i++) {
		if (name.ptr[0] != tag_letters[i])
			continue;
		if (record->values[i].ptr != NULL) {
			dkim_findings_add(findings, DKIM_ERROR,
			    "%c= stands twice, which voids the record (RFC "
			    "6376 section 3.2); take one out",
			    tag_letters[i]);
			record->broken = true;
		}
		record->values[i] =
		    span_trim(span_slice(spec, equals + 1, spec.len));
		record->v_first |= i == TAG_V && position == 0;
	}
}

/* Marks that belong to a zone file, a shell or a PEM file and not to the
 * value; what they stand in cannot be read further. */
static bool
check_marks(struct span text, struct dkim_findings *findings)
{
	if (span_find(text, '"') < text.len)
		dkim_findings_add(findings, DKIM_ERROR,
		    "there are quotation marks in the value: %.*s; publish it "
		    "without them, as `lumbar key dns --format=value` prints "
		    "it",
		    SPAN_ARGS(excerpt(text)));
	else if (span_find(text, '\\') < text.len)
		dkim_findings_add(findings, DKIM_ERROR,
		    "there is a backslash in the value: %.*s; it belongs to "
		    "the writing of some zone files, publish it without",
		    SPAN_ARGS(excerpt(text)));
	else if (span_find_case(text, SPAN("-----BEGIN")) < text.len)
		dkim_findings_add(findings, DKIM_ERROR,
		    "there is a \"-----BEGIN\" line in the value; publish "
		    "only what stands between the lines of the public key");
	else
		return true;
	return false;
}

/* Reads the tag list of RFC 6376 section 3.2. */
static void
read_record(
    struct record *record, struct span text, struct dkim_findings *findings)
{
	struct span rest = text;
	struct span spec;

	*record = (struct record){ .text = text };
	record->broken = !check_marks(text, findings);
	for (size_t i = 0; !record->broken && span_next(&rest, ';', &spec);
	     i++) {
		spec = span_trim(spec);
		if (spec.len > 0)
			read_tag(record, spec, i, findings);
		else if (span_trim(rest).len > 0)
			dkim_findings_add(findings, DKIM_WARNING,
			    "there is nothing between two \";\"; take one out");
	}
}

/* True if LIST, with ":" between its items, has WANTED. */
static bool
list_has(struct span list, struct span wanted)
{
	struct span item;

	while (span_next(&list, ':', &item))
		if (span_equal_case(span_trim(item), wanted))
			return true;
	return false;
}

static void
check_version(const struct record *record, struct dkim_findings *findings)
{
	struct span version = record->values[TAG_V];

	if (version.ptr == NULL)
		dkim_findings_add(findings, DKIM_WARNING,
		    "v=DKIM1 is missing; put it first, for some verifiers "
		    "want it");
	else if (!span_equal(version, SPAN("DKIM1")))
		dkim_findings_add(findings, DKIM_ERROR,
		    "v=%.*s is not known to verifiers; write v=DKIM1",
		    SPAN_ARGS(excerpt(version)));
	else if (!record->v_first)
		dkim_findings_add(findings, DKIM_ERROR,
		    "v=DKIM1 must be the first tag; put it there");
}

static void
check_key_type(const struct record *record, enum key_algorithm algorithm,
    struct dkim_findings *findings)
{
	struct span type = record->values[TAG_K];
	const char *wanted = dkim_key_type_name(algorithm);

	if (type.ptr == NULL && algorithm != KEY_RSA)
		dkim_findings_add(findings, DKIM_ERROR,
		    "k= is missing, which means rsa; write k=%s", wanted);
	else if (type.ptr != NULL && !span_equal(type, span_of(wanted)))
		dkim_findings_add(findings, DKIM_ERROR,
		    "k=%.*s is not the type of the private key; write k=%s",
		    SPAN_ARGS(excerpt(type)), wanted);
}

static void
check_uses(const struct record *record, struct dkim_findings *findings)
{
	struct span hashes = record->values[TAG_H];
	struct span services = record->values[TAG_S];
	struct span flags = record->values[TAG_T];

	if (hashes.ptr != NULL && !list_has(hashes, SPAN("sha256")))
		dkim_findings_add(findings, DKIM_ERROR,
		    "h=%.*s does not allow sha256, the only hash that is "
		    "signed with; write h=sha256 or take it out",
		    SPAN_ARGS(excerpt(hashes)));
	if (services.ptr != NULL && !list_has(services, SPAN("*")) &&
	    !list_has(services, SPAN("email")))
		dkim_findings_add(findings, DKIM_ERROR,
		    "s=%.*s does not allow mail; write s=email or take it out",
		    SPAN_ARGS(excerpt(services)));
	if (list_has(flags, SPAN("y")))
		dkim_findings_add(findings, DKIM_WARNING,
		    "t=y says that DKIM is only tested: verifiers may treat "
		    "signed mail as unsigned; take it out");
	if (list_has(flags, SPAN("s")))
		dkim_findings_add(findings, DKIM_NOTE,
		    "t=s: i= of a signature may not name a subdomain");
}

/* DER of a private key: a SEQUENCE that begins with the INTEGER 0 (PKCS #1 and
 * #8); a public half has none. */
static bool
looks_private(struct span key)
{
	return key.len > 64 && key.ptr[0] == 0x30 &&
	    (memcmp(key.ptr + 2, "\x02\x01\x00", 3) == 0 ||
		memcmp(key.ptr + 3, "\x02\x01\x00", 3) == 0 ||
		memcmp(key.ptr + 4, "\x02\x01\x00", 3) == 0);
}

/* True if LONGER is SHORTER with a wrapping before it. */
static bool
is_wrapped(struct span longer, struct span shorter)
{
	size_t wrap = longer.len - shorter.len;

	return longer.len > shorter.len && wrap <= WRAP_MAX &&
	    span_equal(span_slice(longer, wrap, longer.len), shorter);
}

/* Says in which way PUBLISHED is not the key it should be. */
static void
explain_key(struct span published, const struct dkim_public_key *key,
    struct dkim_findings *findings)
{
	if (looks_private(published))
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= looks like a PRIVATE key, which everybody can now "
		    "use; remove the record and make a new key under a new "
		    "selector");
	else if (published.len < key->bytes.len &&
	    span_starts(key->bytes, published))
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= ends after %zu of the key's %zu bytes: it was cut on "
		    "its way into the DNS; publish it as several strings of "
		    "at most %d bytes",
		    published.len, key->bytes.len, DKIM_STRING_MAX);
	else if (key->algorithm == KEY_RSA &&
	    is_wrapped(key->bytes, published))
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= is the bare RSAPublicKey, which verifiers do not "
		    "read; publish the SubjectPublicKeyInfo "
		    "(\"BEGIN PUBLIC KEY\", not \"BEGIN RSA PUBLIC KEY\")");
	else if (key->algorithm == KEY_ED25519 &&
	    is_wrapped(published, key->bytes))
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= is wrapped in ASN.1; publish the last 32 bytes alone "
		    "(RFC 8463 section 4)");
	else
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= is the public half of another key; publish that of "
		    "the private key, or sign with the other one");
}

static bool
has_blank(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == ' ' || text.ptr[i] == '\t' ||
		    text.ptr[i] == '\r' || text.ptr[i] == '\n')
			return true;
	return false;
}

static void
check_key(const struct record *record, const struct dkim_public_key *key,
    struct dkim_findings *findings)
{
	struct span value = record->values[TAG_P];
	struct base64_decoder decoder = { 0 };
	struct span bytes;
	char *out;

	if (value.ptr == NULL) {
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= is missing; publish the public half of the key");
		return;
	}
	if (value.len == 0) {
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= is empty: the key is revoked, and nothing that it "
		    "signs is valid; publish it, or make a new one under a "
		    "new selector");
		return;
	}
	if (has_blank(value))
		dkim_findings_add(findings, DKIM_WARNING,
		    "there are blanks within p=; take them out, for not every "
		    "verifier passes over them");
	out = pool_alloc(findings->pool, BASE64_DECODED_MAX(value.len) + 2);
	bytes = span_make(out, base64_decode(&decoder, value, out));
	bytes.len += base64_finish(&decoder, out + bytes.len);
	if (decoder.junk)
		dkim_findings_add(findings, DKIM_ERROR,
		    "there are characters in p= that base64 does not have; "
		    "publish it anew");
	else if (!span_equal(bytes, key->bytes))
		explain_key(bytes, key, findings);
	else if (decoder.broken)
		dkim_findings_add(findings, DKIM_ERROR,
		    "p= does not end as base64 does, with its \"=\"; publish "
		    "it anew");
}

static void
check_one(struct span text, const struct dkim_public_key *key,
    struct dkim_findings *findings)
{
	struct record record;

	read_record(&record, text, findings);
	if (record.broken)
		return;
	if (record.values[TAG_P].ptr == NULL &&
	    !span_equal(record.values[TAG_V], SPAN("DKIM1"))) {
		dkim_findings_add(findings, DKIM_ERROR,
		    "the TXT record is none of DKIM: \"%.*s\"; publish the "
		    "key's under this name (a wildcard may answer for it)",
		    SPAN_ARGS(excerpt(text)));
		return;
	}
	check_version(&record, findings);
	check_key_type(&record, key->algorithm, findings);
	check_uses(&record, findings);
	check_key(&record, key, findings);
}

/* Several records: whichever of them comes first, by chance, is taken or none
 * is (RFC 6376 section 3.6.2.2). */
static void
check_several(const struct span *records, size_t count,
    const struct dkim_public_key *key, struct dkim_findings *findings)
{
	size_t starts = 0;

	for (size_t i = 0; i < count; i++)
		starts += span_find_case(records[i], SPAN("p=")) <
		    records[i].len;
	if (starts == 1) {
		dkim_findings_add(findings, DKIM_ERROR,
		    "there are %zu TXT records, of which one has p=; a long "
		    "value is published as several strings of ONE record, and "
		    "nothing else under this name",
		    count);
		return;
	}
	dkim_findings_add(findings, DKIM_ERROR,
	    "there are %zu TXT records, and verifiers take any of them or "
	    "none; leave one",
	    count);
	for (size_t i = 0; i < count; i++) {
		struct dkim_findings alone = { .pool = findings->pool };

		check_one(records[i], key, &alone);
		if (!alone.failed)
			dkim_findings_add(findings, DKIM_NOTE,
			    "the right one is \"%.*s...\"",
			    SPAN_ARGS(excerpt(records[i])));
	}
}

void
dkim_record_check(const struct span *records, size_t count,
    const struct dkim_public_key *key, struct dkim_findings *findings)
{
	if (count == 1)
		check_one(records[0], key, findings);
	else
		check_several(records, count, key, findings);
}
