/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/part_body.h"

#include "base/buf.h"
#include "base/xalloc.h"
#include "formats/base64.h"
#include "formats/charset.h"
#include "formats/quoted_printable.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_SIZE = 4096, /* bytes decoded at once */
	/* Decoded bytes by which it is told whether a part is text, and what
	 * its charset may be. */
	SNIFF_SIZE = 512,
};

/* One text that grows. */
struct text {
	struct charset_decoder *charset; /* NULL: not wanted */
	struct buf utf8;
	size_t *left; /* of the budget */
	bool cut;     /* the budget is used up */
};

struct part_body {
	struct part_budget *budget;
	enum transfer_encoding encoding;
	union {
		struct base64_decoder base64;
		struct quoted_printable_decoder quoted_printable;
	} decoder;
	bool sniffing; /* SNIFF_SIZE bytes were not yet seen */
	size_t head_max;
	struct buf head;
	struct text text;
	struct text raw_text;
	bool raw_is_decoded; /* RAW_TEXT is of decoded bytes, in a charset that
				is not that of TEXT */
	/* The block in work, decoded and then converted. */
	char decoded[QUOTED_PRINTABLE_DECODED_MAX(BLOCK_SIZE)];
	struct buf converted;
};

static void
text_open(struct text *text, struct span charset, size_t *left)
{
	text->charset = charset_new(charset);
	text->left = left;
	buf_init(&text->utf8, *left);
}

/* The charset in which the body as transferred is text of its own. */
static struct span
raw_charset(const struct part *part)
{
	switch (charset_ascii(part->charset)) {
	case CHARSET_ASCII_GUESSED:
	case CHARSET_ASCII_SAME:
		break;
	case CHARSET_ASCII_ESCAPED:
	case CHARSET_ASCII_OTHER:
		return SPAN("");
	}
	return part->charset;
}

struct part_body *
part_body_new(
    const struct part *part, size_t head_bytes, struct part_budget *budget)
{
	struct part_body *body = xalloc(sizeof(*body));

	body->budget = budget;
	body->encoding = part->encoding;
	/* A multipart has no encoding of its own (RFC 2045 section 6.4). */
	if (part->kind != MIME_LEAF)
		body->encoding = ENCODING_IDENTITY;
	body->head_max = head_bytes > SNIFF_SIZE ? head_bytes : SNIFF_SIZE;
	buf_init(&body->head, body->head_max);
	buf_init(&body->converted, CHARSET_DECODED_MAX(BLOCK_SIZE));
	body->sniffing = part->kind == MIME_LEAF;
	/* Nor has it a charset. */
	if (!body->sniffing)
		text_open(&body->text, SPAN(""), &budget->text_bytes);
	if (part->kind == MIME_LEAF &&
	    (part->flags & (PART_AMBIGUOUS | PART_UNSCANNABLE)) != 0)
		text_open(&body->raw_text, raw_charset(part),
		    &budget->raw_text_bytes);
	return body;
}

void
part_body_free(struct part_body **body)
{
	if (*body == NULL)
		return;
	charset_free(&(*body)->text.charset);
	charset_free(&(*body)->raw_text.charset);
	buf_free(&(*body)->head);
	buf_free(&(*body)->text.utf8);
	buf_free(&(*body)->raw_text.utf8);
	buf_free(&(*body)->converted);
	free(*body);
	*body = NULL;
}

/* Moves what was converted to TEXT, as far as the budget goes: to the byte,
 * so that the result does not depend on how the body was cut. */
static void
keep_converted(struct part_body *body, struct part *part, struct text *text)
{
	struct span utf8 = buf_span(&body->converted);

	if (utf8.len > *text->left) {
		utf8.len = *text->left;
		text->cut = true;
		part_mark(part, PART_LIMIT, "too much text");
	}
	*text->left -= utf8.len;
	(void)buf_append_span(&text->utf8, utf8);
	buf_reset(&body->converted);
}

/* Adds BYTES, in the charset of TEXT. */
static void
add_text(struct part_body *body, struct part *part, struct text *text,
    struct span bytes)
{
	while (bytes.len > 0 && !text->cut) {
		charset_decode(text->charset, span_slice(bytes, 0, BLOCK_SIZE),
		    &body->converted);
		keep_converted(body, part, text);
		bytes = span_slice(bytes, BLOCK_SIZE, bytes.len);
	}
}

/* Whether HEAD begins with the byte order mark of UTF-16. */
static bool
has_mark(struct span head)
{
	return span_starts(head, SPAN("\xFF\xFE")) ||
	       span_starts(head, SPAN("\xFE\xFF"));
}

/*
 * Whether HEAD is the beginning of text: no control characters but those of
 * text, or the mark of UTF-16.  Programs send text under any type, and
 * whatever shows as text must be scanned.
 */
static bool
looks_like_text(struct span head)
{
	if (has_mark(head))
		return true;
	for (size_t i = 0; i < head.len; i++) {
		unsigned char c = (unsigned char)head.ptr[i];

		if (c < ' ' && c != '\t' && c != '\n' && c != '\f' &&
		    c != '\r' && c != '\x1B')
			return false;
	}
	return head.len > 0;
}

/*
 * Opens the text in the charset that most programs take for it, and where
 * others would see other text in the same bytes, that as well: they do not
 * know the charset or, where it is UTF-8 or the like, obey a byte order mark.
 */
static void
open_texts(struct part_body *body, const struct part *part)
{
	struct span charset = part->charset;
	struct span other = SPAN("");

	switch (charset_ascii(charset)) {
	case CHARSET_ASCII_GUESSED:
	case CHARSET_ASCII_SAME:
		if (!has_mark(buf_span(&body->head))) {
			text_open(
			    &body->text, charset, &body->budget->text_bytes);
			return;
		}
		/* A guess would obey the mark again. */
		other = charset_ascii(charset) == CHARSET_ASCII_SAME
			    ? charset
			    : SPAN("windows-1252");
		charset = SPAN("");
		break;
	case CHARSET_ASCII_ESCAPED:
	case CHARSET_ASCII_OTHER:
		break;
	}
	text_open(&body->text, charset, &body->budget->text_bytes);
	if (body->raw_text.charset != NULL)
		return; /* it is PART_UNREAD already */
	text_open(&body->raw_text, other, &body->budget->raw_text_bytes);
	body->raw_is_decoded = true;
}

/* Adds decoded BYTES to the texts that are of them. */
static void
add_texts(struct part_body *body, struct part *part, struct span bytes)
{
	if (body->text.charset != NULL)
		add_text(body, part, &body->text, bytes);
	if (body->raw_is_decoded)
		add_text(body, part, &body->raw_text, bytes);
}

/* Decides on what was decoded so far. */
static void
sniff(struct part_body *body, struct part *part)
{
	struct span head = buf_span(&body->head);

	body->sniffing = false;
	if (!part->is_text && !looks_like_text(head))
		return;
	part->is_text = true;
	open_texts(body, part);
	add_texts(body, part, head);
}

static void
add_decoded(struct part_body *body, struct part *part, struct span bytes)
{
	size_t room = body->head_max - body->head.len;

	if (bytes.len > body->budget->decoded_bytes) {
		bytes.len = (size_t)body->budget->decoded_bytes;
		part_mark(part, PART_LIMIT, "too many decoded bytes");
	}
	body->budget->decoded_bytes -= bytes.len;
	part->decoded_size += bytes.len;
	if (body->sniffing) {
		struct span first =
		    span_slice(bytes, 0, SNIFF_SIZE - body->head.len);

		(void)buf_append_span(&body->head, first);
		bytes = span_slice(bytes, first.len, bytes.len);
		if (body->head.len < SNIFF_SIZE)
			return;
		room -= first.len;
		sniff(body, part);
	}
	if (room > 0)
		(void)buf_append_span(&body->head, span_slice(bytes, 0, room));
	add_texts(body, part, bytes);
}

static void
feed_block(struct part_body *body, struct part *part, struct span block)
{
	char *out = body->decoded;
	size_t len;

	switch (body->encoding) {
	case ENCODING_IDENTITY:
	case ENCODING_UNKNOWN:
		add_decoded(body, part, block);
		break;
	case ENCODING_QUOTED_PRINTABLE:
		len = quoted_printable_decode(
		    &body->decoder.quoted_printable, block, out);
		add_decoded(body, part, span_make(out, len));
		break;
	case ENCODING_BASE64:
		len = base64_decode(&body->decoder.base64, block, out);
		add_decoded(body, part, span_make(out, len));
		break;
	}
}

void
part_body_feed(struct part_body *body, struct part *part, struct span bytes)
{
	if (body->raw_text.charset != NULL && !body->raw_is_decoded)
		add_text(body, part, &body->raw_text, bytes);
	while (bytes.len > 0) {
		feed_block(body, part, span_slice(bytes, 0, BLOCK_SIZE));
		bytes = span_slice(bytes, BLOCK_SIZE, bytes.len);
	}
}

void
part_body_break(struct part_body *body, struct part *part)
{
	if (body->text.charset == NULL || body->text.utf8.len == 0)
		return;
	(void)buf_append_char(&body->converted, '\n');
	keep_converted(body, part, &body->text);
}

static void
finish_decoder(struct part_body *body, struct part *part)
{
	char out[QUOTED_PRINTABLE_DECODED_MAX(0)];
	bool broken = false;
	size_t len = 0;

	switch (body->encoding) {
	case ENCODING_IDENTITY:
	case ENCODING_UNKNOWN:
		break;
	case ENCODING_QUOTED_PRINTABLE:
		len = quoted_printable_finish(
		    &body->decoder.quoted_printable, out);
		broken = body->decoder.quoted_printable.broken;
		break;
	case ENCODING_BASE64:
		len = base64_finish(&body->decoder.base64, out);
		broken = body->decoder.base64.broken;
		if (body->decoder.base64.junk)
			part_mark(part, PART_AMBIGUOUS, "junk in base64");
		if (body->decoder.base64.resumed)
			part_mark(part, PART_AMBIGUOUS,
			    "base64 goes on behind its padding");
		break;
	}
	if (broken)
		part_mark(part, PART_BROKEN_ENCODING, NULL);
	add_decoded(body, part, span_make(out, len));
}

/* Marks PART with what the charset of TEXT, which has ended, tells. */
static void
mark_charset(struct part *part, const struct text *text)
{
	/* What the converter saw behind a cut depends on how bytes came. */
	if (text->charset == NULL || text->cut)
		return;
	if (charset_guessed(text->charset))
		part_mark(part, PART_CHARSET_UNKNOWN, NULL);
	if (charset_broken(text->charset))
		part_mark(part, PART_BROKEN_ENCODING, NULL);
}

/* TEXT to its end, without the character that the limit cut. */
static struct span
finish_text(struct part_body *body, struct part *part, struct text *text)
{
	struct span utf8;

	if (text->charset == NULL)
		return SPAN("");
	charset_finish(text->charset, &body->converted);
	if (!text->cut)
		keep_converted(body, part, text);
	buf_reset(&body->converted);
	utf8 = buf_span(&text->utf8);
	if (text->cut) {
		while (utf8.len > 0 &&
		       ((unsigned char)utf8.ptr[utf8.len - 1] & 0xC0) == 0x80)
			utf8.len--;
		if (utf8.len > 0 &&
		    (unsigned char)utf8.ptr[utf8.len - 1] >= 0xC0)
			utf8.len--;
	}
	return utf8;
}

/* True if TEXT has no other escapes than the Encoding Standard gives
 * ISO-2022-JP: of any other a program may show what follows as ASCII. */
static bool
escapes_are_known(struct span text)
{
	static const struct span known[] = {
		SPAN_INIT("(B"), /* ASCII */
		SPAN_INIT("(J"), /* ASCII but for two characters */
		SPAN_INIT("(I"), /* katakana */
		SPAN_INIT("$@"), /* JIS X 0208, before and since 1983 */
		SPAN_INIT("$B"),
	};
	const size_t count = sizeof(known) / sizeof(known[0]);
	size_t escape;

	while ((escape = span_find(text, '\x1B')) < text.len) {
		size_t i = 0;

		text = span_slice(text, escape + 1, text.len);
		while (i < count && !span_starts(text, known[i]))
			i++;
		if (i == count)
			return false;
	}
	return true;
}

/* True if the whole body in the other charset, OTHER, says nothing that
 * PART->text does not. */
static bool
says_the_same(const struct part *part, struct span other)
{
	return span_equal(part->text, other) ||
	       (charset_ascii(part->charset) == CHARSET_ASCII_ESCAPED &&
		   escapes_are_known(other));
}

/* Keeps OTHER, the body in the other charset, if it may be what a program
 * shows.  Of one that is cut nobody knows, and the part is marked for that. */
static void
keep_other(struct part_body *body, struct part *part, struct span other,
    struct pool *pool)
{
	struct span head = buf_span(&body->head);

	if (!body->raw_text.cut && says_the_same(part, other)) {
		*body->raw_text.left += other.len;
		return;
	}
	part->raw_text = pool_dup(pool, other);
	if (body->raw_text.cut)
		return;
	/* What is UTF-16 in truth has control characters, the halves of its
	 * line ends. */
	if (has_mark(head))
		head = span_slice(head, 2, head.len);
	if (looks_like_text(head))
		part_mark(
		    part, PART_AMBIGUOUS, "text in more than one charset");
}

static bool
has_armour(struct span text)
{
	static const char armour[] = "-----BEGIN PGP MESSAGE-----";

	return text.len > 0 &&
	       memmem(text.ptr, text.len, armour, strlen(armour)) != NULL;
}

/* Whether LINE is "begin MODE NAME", as uuencode(1) begins a file. */
static bool
begins_file(struct span line)
{
	static const struct span begin = SPAN_INIT("begin ");
	struct span rest = span_slice(line, begin.len, line.len);
	size_t digits = 0;

	while (digits < rest.len && rest.ptr[digits] >= '0' &&
	       rest.ptr[digits] <= '7')
		digits++;
	return span_starts(line, begin) && (digits == 3 || digits == 4) &&
	       span_starts(span_slice(rest, digits, rest.len), SPAN(" ")) &&
	       span_trim(span_slice(rest, digits, rest.len)).len > 0;
}

/* Whether LINE has none but the characters in which uuencode writes. */
static bool
is_uuencoded(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] < ' ' || line.ptr[i] > '`')
			return false;
	return line.len > 0;
}

/* Whether a file stands in TEXT, which some programs show as an attachment. */
static bool
has_uuencoded(struct span text)
{
	struct span line;
	bool begun = false;

	while (span_next(&text, '\n', &line)) {
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (begun && is_uuencoded(line))
			return true;
		begun = begins_file(line);
	}
	return false;
}

void
part_body_finish(struct part_body *body, struct part *part, struct pool *pool)
{
	struct span raw_text;

	finish_decoder(body, part);
	if (body->sniffing)
		sniff(body, part);
	part->head = pool_dup(pool, buf_span(&body->head));
	part->text = pool_dup(pool, finish_text(body, part, &body->text));
	buf_free(&body->text.utf8);
	mark_charset(part, &body->text);
	raw_text = finish_text(body, part, &body->raw_text);
	if (body->raw_is_decoded) {
		keep_other(body, part, raw_text, pool);
	} else {
		part->raw_text = pool_dup(pool, raw_text);
		mark_charset(part, &body->raw_text);
	}
	buf_free(&body->raw_text.utf8);
	/* The text may begin with much else; what is not text has its first
	 * bytes only. */
	if (has_armour(part->head) || has_armour(part->text))
		part_mark(part, PART_ENCRYPTED, "PGP message");
	if (has_uuencoded(part->text))
		part_mark(part, PART_AMBIGUOUS, "uuencoded file in text");
	/* Declared text that is none.  In the charset declared, for UTF-16 is
	 * full of NULs. */
	if (part->kind == MIME_LEAF && part->text.len > 0 &&
	    !looks_like_text(span_slice(part->text, 0, body->head_max)))
		part->is_attachment = true;
}
