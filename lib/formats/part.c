/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/part.h"

#include "formats/encoded_word.h"
#include "formats/parameter.h"

enum { NAMES_MAX = 100 };

const char *
part_flag_name(enum part_flag flag)
{
	switch (flag) {
	case PART_ENCRYPTED:
		return "encrypted";
	case PART_UNSCANNABLE:
		return "unscannable";
	case PART_AMBIGUOUS:
		return "ambiguous";
	case PART_LIMIT:
		return "limit";
	case PART_CHARSET_UNKNOWN:
		return "charset-unknown";
	case PART_BROKEN_ENCODING:
		return "broken-encoding";
	}
	return "unknown";
}

void
part_mark(struct part *part, enum part_flag flag, const char *reason)
{
	part->flags |= flag;
	if ((flag & PART_UNREAD) != 0 && part->reason == NULL)
		part->reason = reason;
}

/*
 * The value of the first field NAME, or empty.  More of them are harmless only
 * if they say the SAME; else REASON tells.
 */
static struct span
single_field(struct part *part, struct pool *pool, struct span name,
    bool (*same)(struct span, struct span), const char *reason)
{
	const struct header *first = header_list_find(&part->headers, name, 0);
	struct span value;

	if (first == NULL)
		return SPAN("");
	value = header_unfold(pool, first->value);
	for (size_t i = 0; i < part->headers.count; i++) {
		const struct header *other = &part->headers.items[i];

		if (other != first && span_equal_case(other->name, name) &&
		    !same(value, header_unfold(pool, other->value)))
			part_mark(part, PART_AMBIGUOUS, reason);
	}
	return value;
}

static bool
has_name(const struct part *part, struct span name)
{
	for (size_t i = 0; i < part->name_count; i++)
		if (span_equal(part->names[i], name))
			return true;
	return false;
}

static void
add_name(struct part *part, struct pool *pool, struct span name)
{
	if (name.len == 0 || has_name(part, name))
		return;
	if (part->name_count == NAMES_MAX) {
		part_mark(part, PART_LIMIT, "too many file names");
		return;
	}
	part->names = pool_grow(
	    pool, part->names, part->name_count, sizeof(*part->names));
	part->names[part->name_count++] = name;
}

/* Adds SHOWN, decoded, and what it is saved under. */
static void
add_names_of(struct part *part, struct pool *pool, struct span shown)
{
	shown = span_trim(shown);
	add_name(part, pool, shown);
	/* What is saved may end at a NUL, and on Windows without the dots and
	 * blanks at the end. */
	shown = span_slice(shown, 0, span_find(shown, '\0'));
	while (shown.len > 0 && (shown.ptr[shown.len - 1] == '.' ||
				    shown.ptr[shown.len - 1] == ' '))
		shown.len--;
	add_name(part, pool, shown);
}

/* Adds the file names in FIELD, which are its parameters NAME. */
static void
add_names(struct part *part, struct pool *pool,
    const struct parameter_field *field, struct span name)
{
	const struct parameter *parameter;

	for (size_t i = 0; (parameter = parameter_find(field, name, i)) != NULL;
	     i++) {
		struct span shown = parameter->value;

		if (!parameter->extended)
			shown = encoded_word_decode(pool, shown);
		add_names_of(part, pool, shown);
	}
}

static void
read_dispositions(struct part *part, struct pool *pool)
{
	for (size_t i = 0; i < part->headers.count; i++) {
		const struct header *header = &part->headers.items[i];
		struct parameter_field field;

		if (!span_equal_case(header->name, SPAN("Content-Disposition")))
			continue;
		field = parameter_read(pool, header->value);
		if (field.malformed)
			part_mark(part, PART_AMBIGUOUS,
			    "malformed Content-Disposition");
		add_names(part, pool, &field, SPAN("filename"));
		if (span_equal(field.value, SPAN("inline"))) {
			if (part->disposition == DISPOSITION_TYPE_NONE)
				part->disposition = DISPOSITION_TYPE_INLINE;
		} else if (field.value.len > 0) {
			part->disposition = DISPOSITION_TYPE_ATTACHMENT;
		}
	}
}

static void
read_encoding(struct part *part, struct pool *pool)
{
	static const struct {
		struct span name;
		enum transfer_encoding encoding;
	} encodings[] = {
		{ SPAN_INIT(""), ENCODING_IDENTITY },
		{ SPAN_INIT("7bit"), ENCODING_IDENTITY },
		{ SPAN_INIT("8bit"), ENCODING_IDENTITY },
		{ SPAN_INIT("binary"), ENCODING_IDENTITY },
		{ SPAN_INIT("7-bit"), ENCODING_IDENTITY },
		{ SPAN_INIT("8-bit"), ENCODING_IDENTITY },
		{ SPAN_INIT("quoted-printable"), ENCODING_QUOTED_PRINTABLE },
		{ SPAN_INIT("base64"), ENCODING_BASE64 },
	};
	struct span value = single_field(part, pool,
	    SPAN("Content-Transfer-Encoding"), span_equal_case,
	    "several Content-Transfer-Encoding fields");
	struct parameter_field field = parameter_read(pool, value);

	/* One word and nothing else: where more stands, some programs decode
	 * and others do not. */
	if (!span_equal_case(field.value, span_trim(value)))
		part_mark(part, PART_AMBIGUOUS,
		    "malformed Content-Transfer-Encoding");
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (!span_equal(encodings[i].name, field.value))
			continue;
		part->encoding = encodings[i].encoding;
		return;
	}
	part->encoding = ENCODING_UNKNOWN;
	part_mark(part, PART_UNSCANNABLE, "unknown transfer encoding");
}

/* The parameter NAME of FIELD, or empty; another value in the same field is
 * told by REASON. */
static struct span
single_parameter(struct part *part, const struct parameter_field *field,
    struct span name, const char *reason)
{
	const struct parameter *first = parameter_find(field, name, 0);
	const struct parameter *other;

	if (first == NULL)
		return SPAN("");
	for (size_t i = 1; (other = parameter_find(field, name, i)) != NULL;
	     i++)
		if (!span_equal(first->value, other->value))
			part_mark(part, PART_AMBIGUOUS, reason);
	return first->value;
}

static void
read_type(struct part *part, const struct parameter_field *field,
    bool in_digest, struct pool *pool)
{
	struct span value = field->value;
	size_t slash = span_find(value, '/');

	part->type = span_slice(value, 0, slash);
	part->subtype = span_slice(value, slash + 1, value.len);
	if (part->type.len == 0 || part->subtype.len == 0) {
		/* Old programs sent "text" alone. */
		if (value.len > 0 && !span_equal(value, SPAN("text")))
			part_mark(
			    part, PART_AMBIGUOUS, "malformed Content-Type");
		in_digest = in_digest && value.len == 0;
		part->type = in_digest ? SPAN("message") : SPAN("text");
		part->subtype = in_digest ? SPAN("rfc822") : SPAN("plain");
	}
	if (field->malformed)
		part_mark(part, PART_AMBIGUOUS, "malformed Content-Type");
	part->charset = pool_dup_lower(pool,
	    single_parameter(part, field, SPAN("charset"), "several charsets"));
}

/* The flags that a type alone tells. */
static void
mark_type(struct part *part, const struct parameter_field *field)
{
	static const struct {
		struct span type;
		struct span subtype;
		enum part_flag flag;
		const char *reason;
	} types[] = {
		{ SPAN_INIT("multipart"), SPAN_INIT("encrypted"),
		    PART_ENCRYPTED, "multipart/encrypted" },
		{ SPAN_INIT("application"), SPAN_INIT("pgp-encrypted"),
		    PART_ENCRYPTED, "PGP message" },
		{ SPAN_INIT("application"),
		    SPAN_INIT("x-microsoft-rpmsg-message"), PART_ENCRYPTED,
		    "rights-protected message" },
		{ SPAN_INIT("application"), SPAN_INIT("ms-tnef"),
		    PART_UNSCANNABLE, "TNEF" },
		{ SPAN_INIT("application"), SPAN_INIT("vnd.ms-tnef"),
		    PART_UNSCANNABLE, "TNEF" },
		{ SPAN_INIT("message"), SPAN_INIT("partial"), PART_UNSCANNABLE,
		    "message/partial" },
		{ SPAN_INIT("message"), SPAN_INIT("external-body"),
		    PART_UNSCANNABLE, "message/external-body" },
	};
	const struct parameter *smime;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_equal(part->type, types[i].type) &&
		    span_equal(part->subtype, types[i].subtype))
			part_mark(part, types[i].flag, types[i].reason);
	if (!span_equal(part->subtype, SPAN("pkcs7-mime")) &&
	    !span_equal(part->subtype, SPAN("x-pkcs7-mime")))
		return;
	/* RFC 8551 section 3.2.2. */
	smime = parameter_find(field, SPAN("smime-type"), 0);
	if (smime != NULL && span_equal_case(smime->value, SPAN("certs-only")))
		return;
	if (smime != NULL &&
	    (span_equal_case(smime->value, SPAN("signed-data")) ||
		span_equal_case(smime->value, SPAN("compressed-data"))))
		part_mark(part, PART_UNSCANNABLE, "S/MIME wrapping");
	else
		part_mark(part, PART_ENCRYPTED, "S/MIME encryption");
}

static bool
is_embedded_message(const struct part *part)
{
	return span_equal(part->type, SPAN("message")) &&
	       (span_equal(part->subtype, SPAN("rfc822")) ||
		   span_equal(part->subtype, SPAN("global")) ||
		   span_equal(part->subtype, SPAN("news")));
}

static struct mime_shape
multipart_shape(struct part *part, const struct parameter_field *field)
{
	const struct parameter *parameter =
	    parameter_find(field, SPAN("boundary"), 0);
	struct mime_shape shape = { .kind = MIME_LEAF };
	struct span boundary = single_parameter(
	    part, field, SPAN("boundary"), "several boundaries");

	/* It may not end in a blank, which mail transfer would drop. */
	while (boundary.len > 0 && boundary.ptr[boundary.len - 1] == ' ')
		boundary.len--;
	if (boundary.len == 0 || boundary.len > MIME_BOUNDARY_MAX) {
		part_mark(part, PART_AMBIGUOUS, "multipart without boundary");
		return shape;
	}
	if (parameter->extended)
		part_mark(part, PART_AMBIGUOUS, "boundary in RFC 2231 form");
	if (parameter->escaped)
		part_mark(part, PART_AMBIGUOUS, "boundary with a backslash");
	/* Only a composite type's own encoding is meant, which has none
	 * (RFC 2045 section 6.4); some programs decode all the same. */
	if (part->encoding == ENCODING_BASE64 ||
	    part->encoding == ENCODING_QUOTED_PRINTABLE)
		part_mark(part, PART_AMBIGUOUS, "encoded multipart");
	shape.kind = MIME_MULTIPART;
	shape.boundary = boundary;
	return shape;
}

/* Adds the names that stand in no Content-Disposition. */
static void
read_other_names(struct part *part, struct pool *pool)
{
	for (size_t i = 0; i < part->headers.count; i++) {
		const struct header *header = &part->headers.items[i];
		struct parameter_field field;

		/* In no RFC, but Mozilla's programs show it. */
		if (span_equal_case(header->name, SPAN("Content-Name")))
			add_names_of(part, pool,
			    encoded_word_decode(pool, header->value));
		if (!span_equal_case(header->name, SPAN("Content-Type")))
			continue;
		field = parameter_read(pool, header->value);
		add_names(part, pool, &field, SPAN("name"));
	}
}

struct mime_shape
part_describe(struct part *part, bool in_digest, struct pool *pool)
{
	struct mime_shape shape = { .kind = MIME_LEAF };
	/* In two cases a boundary is two boundaries. */
	struct span type = single_field(part, pool, SPAN("Content-Type"),
	    span_equal, "several Content-Type fields");
	struct parameter_field field = parameter_read(pool, type);
	bool text;

	read_type(part, &field, in_digest, pool);
	read_encoding(part, pool);
	read_dispositions(part, pool);
	read_other_names(part, pool);
	mark_type(part, &field);
	if (span_equal(part->type, SPAN("multipart"))) {
		shape = multipart_shape(part, &field);
	} else if (is_embedded_message(part)) {
		if (part->encoding == ENCODING_BASE64 ||
		    part->encoding == ENCODING_QUOTED_PRINTABLE)
			part_mark(part, PART_AMBIGUOUS, "encoded message");
		else
			shape.kind = MIME_MESSAGE;
	}
	part->kind = shape.kind;
	text = span_equal(part->type, SPAN("text")) ||
	       span_equal(part->type, SPAN("message")) ||
	       span_equal(part->type, SPAN("multipart"));
	part->is_text = text && shape.kind != MIME_MESSAGE;
	part->is_attachment =
	    is_embedded_message(part) ||
	    (shape.kind == MIME_LEAF &&
		(part->name_count > 0 || !text ||
		    part->disposition == DISPOSITION_TYPE_ATTACHMENT));
	return shape;
}
