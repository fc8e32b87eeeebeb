/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_signature.h"

#include "base/buf.h"
#include "formats/base64.h"
#include "formats/line_break.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const struct span field_name = SPAN_INIT("DKIM-Signature");

static int
add_field(struct dkim_fields *fields, struct span name,
    const struct header *field, struct err *err)
{
	if (fields->count == DKIM_FIELDS_MAX)
		return err_set(err, ERR_LIMIT,
		    "more than %d header fields are to be signed",
		    DKIM_FIELDS_MAX);
	fields->names[fields->count] = name;
	fields->fields[fields->count] = field;
	fields->count++;
	return 0;
}

static int
select_by(const struct dkim_field_choice *choice,
    const struct header_list *headers, struct dkim_fields *fields,
    struct err *err)
{
	size_t before = fields->count;

	for (size_t i = headers->count; i > 0; i--) {
		const struct header *field = &headers->items[i - 1];

		if (span_equal_case(field->name, choice->name) &&
		    add_field(fields, choice->name, field, err) < 0)
			return -1;
	}
	switch (choice->rule) {
	case DKIM_SIGN:
		return 0;
	case DKIM_OVERSIGN_PRESENT:
		if (fields->count == before)
			return 0;
		break;
	case DKIM_OVERSIGN:
		break;
	}
	return add_field(fields, choice->name, NULL, err);
}

int
dkim_fields_select(struct pool *pool, const struct header_list *headers,
    const struct dkim_field_choice *choices, size_t choice_count,
    struct dkim_fields *fields, struct err *err)
{
	fields->names =
	    pool_alloc_array(pool, DKIM_FIELDS_MAX, sizeof(fields->names[0]));
	fields->fields =
	    pool_alloc_array(pool, DKIM_FIELDS_MAX, sizeof(fields->fields[0]));
	fields->count = 0;
	for (size_t i = 0; i < choice_count; i++)
		if (select_by(&choices[i], headers, fields, err) < 0)
			return -1;
	return 0;
}

/* The field that NAMES[AT] means. */
static const struct header *
field_named(const struct header_list *headers, const struct span *names,
    size_t at)
{
	size_t before = 0;

	for (size_t i = 0; i < at; i++)
		before += span_equal_case(names[i], names[at]);
	for (size_t i = headers->count; i > 0; i--) {
		const struct header *field = &headers->items[i - 1];

		if (span_equal_case(field->name, names[at]) && before-- == 0)
			return field;
	}
	return NULL;
}

void
dkim_fields_named(struct pool *pool, const struct header_list *headers,
    struct span *names, size_t count, struct dkim_fields *fields)
{
	assert(count <= DKIM_FIELDS_MAX);
	fields->names = names;
	fields->fields =
	    pool_alloc_array(pool, count, sizeof(fields->fields[0]));
	fields->count = count;
	for (size_t i = 0; i < count; i++)
		fields->fields[i] = field_named(headers, names, i);
}

void
dkim_fields_break(
    struct pool *pool, size_t limit, struct dkim_fields *fields)
{
	for (size_t i = 0; limit > 0 && i < fields->count; i++)
		if (fields->fields[i] != NULL)
			fields->fields[i] = line_break_header(
			    pool, limit, fields->fields[i]);
}

const char *
dkim_algorithm_name(enum key_algorithm algorithm)
{
	static const char *const names[] = {
		[KEY_RSA] = "rsa-sha256",
		[KEY_ED25519] = "ed25519-sha256",
	};

	return names[algorithm];
}

/* A field's value under construction; knows how full its last line is. */
struct folder {
	struct buf text;
	size_t column;
};

enum { VALUE_MAX = 256 * 1024 }; /* never reached: all parts are bounded */

static void
folder_append(struct folder *folder, struct span piece)
{
	int result = buf_append_span(&folder->text, piece);

	assert(result == 0);
	folder->column += piece.len;
}

/* Starts a line if LEN bytes do not fit any more. */
static bool
folder_break(struct folder *folder, size_t len)
{
	if (folder->column + len <= DKIM_LINE_MAX)
		return false;
	folder_append(folder, SPAN("\n "));
	folder->column = 1;
	return true;
}

/* Adds PIECE, which is not cut, behind a blank. */
static void
folder_add_tag(struct folder *folder, struct span piece)
{
	if (!folder_break(folder, 1 + piece.len))
		folder_append(folder, SPAN(" "));
	folder_append(folder, piece);
}

/* Adds PIECE, which is not cut, behind a fold or nothing. */
static void
folder_add_part(struct folder *folder, struct span piece)
{
	(void)folder_break(folder, piece.len);
	folder_append(folder, piece);
}

/* Adds PIECE, which may be cut anywhere. */
static void
folder_add_run(struct folder *folder, struct span piece)
{
	while (piece.len > 0) {
		size_t room;

		(void)folder_break(folder, 1);
		room = DKIM_LINE_MAX - folder->column;
		folder_append(folder, span_slice(piece, 0, room));
		piece = span_slice(piece, room, piece.len);
	}
}

/* The text of FOLDER, moved to POOL. */
static struct span
folder_finish(struct folder *folder, struct pool *pool)
{
	struct span text = pool_dup(pool, buf_span(&folder->text));

	buf_free(&folder->text);
	return text;
}

static void
add_field_names(struct folder *folder, const struct dkim_fields *fields)
{
	folder_add_tag(folder, SPAN("h="));
	for (size_t i = 0; i < fields->count; i++) {
		struct span name = fields->names[i];

		(void)folder_break(folder, name.len + 1);
		folder_append(folder, name);
		folder_append(folder,
		    i + 1 < fields->count ? SPAN(":") : SPAN(";"));
	}
}

/* True if C stands for itself in a copied field: dkim-safe-char of RFC 6376
 * section 2.11 without the "|" between fields. */
static bool
is_safe(char c)
{
	return c > ' ' && c < 0x7f && c != ';' && c != '=' && c != '|';
}

/* FIELD as sig-z-tag-copy (RFC 6376 section 3.5), in POOL. */
static struct span
copy_of(struct pool *pool, const struct header *field)
{
	static const char digits[] = "0123456789ABCDEF";
	char *text =
	    pool_alloc(pool, field->name.len + 1 + 3 * field->value.len);
	size_t len = field->name.len;

	memcpy(text, field->name.ptr, len);
	text[len++] = ':';
	for (size_t i = 0; i < field->value.len; i++) {
		char c = field->value.ptr[i];

		if (is_safe(c)) {
			text[len++] = c;
			continue;
		}
		text[len++] = '=';
		text[len++] = digits[(unsigned char)c >> 4];
		text[len++] = digits[(unsigned char)c & 15];
	}
	return span_make(text, len);
}

/* Adds COPY, which may be cut anywhere but in "=XX". */
static void
add_copy(struct folder *folder, struct span copy)
{
	size_t len;

	for (size_t i = 0; i < copy.len; i += len) {
		len = copy.ptr[i] == '=' ? 3 : 1;
		folder_add_part(folder, span_slice(copy, i, i + len));
	}
}

static void
add_copies(
    struct folder *folder, const struct dkim_fields *fields, struct pool *pool)
{
	size_t room = DKIM_COPIES_MAX;
	bool any = false;

	for (size_t i = 0; i < fields->count; i++) {
		const struct header *field = fields->fields[i];
		struct span copy;

		/* Before it is copied: a field can be very long. */
		if (field == NULL ||
		    field->name.len + field->value.len >= room)
			continue;
		copy = copy_of(pool, field);
		if (copy.len >= room)
			continue;
		room -= copy.len + 1;
		if (any)
			folder_add_part(folder, SPAN("|"));
		else
			folder_add_tag(folder, SPAN("z="));
		any = true;
		add_copy(folder, copy);
	}
	if (any)
		folder_add_part(folder, SPAN(";"));
}

struct span
dkim_render(struct pool *pool, const struct dkim_tags *tags,
    const struct dkim_fields *fields)
{
	struct span digest =
	    span_make((const char *)tags->body_digest, SHA256_SIZE);
	struct folder folder = { .column = field_name.len + 1 };

	buf_init(&folder.text, VALUE_MAX);
	folder_add_tag(&folder, SPAN("v=1;"));
	folder_add_tag(&folder,
	    pool_printf(pool, "a=%s;", dkim_algorithm_name(tags->algorithm)));
	folder_add_tag(&folder,
	    pool_printf(pool, "c=%s/%s;", dkim_canon_name(tags->header_canon),
		dkim_canon_name(tags->body_canon)));
	folder_add_tag(
	    &folder, pool_printf(pool, "d=%.*s;", SPAN_ARGS(tags->domain)));
	if (tags->identity.len > 0)
		folder_add_tag(&folder,
		    pool_printf(pool, "i=%.*s;", SPAN_ARGS(tags->identity)));
	folder_add_tag(
	    &folder, pool_printf(pool, "s=%.*s;", SPAN_ARGS(tags->selector)));
	folder_add_tag(
	    &folder, pool_printf(pool, "t=%" PRId64 ";", tags->signed_at));
	if (tags->expires_at != 0)
		folder_add_tag(&folder,
		    pool_printf(pool, "x=%" PRId64 ";", tags->expires_at));
	add_field_names(&folder, fields);
	if (tags->copy_headers)
		add_copies(&folder, fields, pool);
	folder_add_tag(&folder,
	    pool_printf(pool, "bh=%.*s;",
		SPAN_ARGS(base64_encode(pool, digest))));
	folder_add_tag(&folder, SPAN("b="));
	return folder_finish(&folder, pool);
}

static void
write_to_sha256(void *context, struct span piece)
{
	sha256_update(context, piece);
}

void
dkim_digest_field(enum dkim_canon canon, const struct dkim_fields *fields,
    const struct header *signature, uint8_t digest[SHA256_SIZE])
{
	struct sha256 *sha256 = sha256_new();
	struct dkim_stage stage;

	dkim_stage_init(&stage, (struct dkim_sink){ write_to_sha256, sha256 });
	for (size_t i = 0; i < fields->count; i++)
		if (fields->fields[i] != NULL)
			dkim_canon_header(
			    canon, fields->fields[i], false, &stage);
	dkim_canon_header(canon, signature, true, &stage);
	dkim_stage_flush(&stage);
	sha256_final(sha256, digest);
	sha256_free(&sha256);
}

void
dkim_digest(struct pool *pool, enum dkim_canon canon,
    const struct dkim_fields *fields, struct span head, struct span tail,
    uint8_t digest[SHA256_SIZE])
{
	struct header unsigned_field = { field_name, head };

	if (tail.len > 0)
		unsigned_field.value = pool_printf(
		    pool, "%.*s%.*s", SPAN_ARGS(head), SPAN_ARGS(tail));
	dkim_digest_field(canon, fields, &unsigned_field, digest);
}

struct span
dkim_complete(struct pool *pool, struct span head, struct span signature)
{
	struct folder folder = { .column = 0 };
	size_t line = span_find_last(head, '\n');

	buf_init(&folder.text, VALUE_MAX);
	folder_append(&folder, head);
	folder.column = line < head.len ? head.len - line - 1
					: field_name.len + 1 + head.len;
	folder_add_run(&folder, base64_encode(pool, signature));
	return folder_finish(&folder, pool);
}
