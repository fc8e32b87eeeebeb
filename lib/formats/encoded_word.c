/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/encoded_word.h"

#include "formats/base64.h"
#include "formats/charset.h"
#include "formats/header.h"
#include "formats/hex.h"

#include <string.h>

enum { CHARSET_LEN_MAX = 80 }; /* with its language; none is as long */

struct word {
	struct span charset; /* without language */
	char encoding;       /* 'b' or 'q' */
	struct span text;
	size_t end; /* behind it */
};

struct reader {
	struct span value;
	/* Where the next "?=" and "=?" stand: sought once, so that many
	 * beginnings without an end cost no more than one. */
	size_t next_close;
	size_t next_open;
	struct buf out;
	char *scratch; /* as long as VALUE and a little more */
	/* [0] is for what is in no word or in no charset that is known; the
	 * others by their charset. */
	struct charset_decoder *decoders[CHARSET_NAMES_MAX + 1];
	struct span charsets[CHARSET_NAMES_MAX + 1];
	size_t decoder_count;
	struct charset_decoder *current; /* of the last word, not finished */
};

/* The offset of the two bytes PAIR in VALUE at or behind FROM. */
static size_t
find_pair(struct span value, size_t from, const char *pair)
{
	const char *found;

	if (from >= value.len)
		return value.len;
	found = memmem(value.ptr + from, value.len - from, pair, 2);
	return found != NULL ? (size_t)(found - value.ptr) : value.len;
}

static size_t
next_close(struct reader *reader, size_t from)
{
	if (reader->next_close < from)
		reader->next_close = find_pair(reader->value, from, "?=");
	return reader->next_close;
}

static size_t
next_open(struct reader *reader, size_t from)
{
	if (reader->next_open < from)
		reader->next_open = find_pair(reader->value, from, "=?");
	return reader->next_open;
}

/* Reads the encoded word that begins with the "=?" at AT. */
static bool
read_word(struct reader *reader, size_t at, struct word *word)
{
	struct span value = reader->value;
	struct span rest = span_slice(value, at + 2, at + 2 + CHARSET_LEN_MAX);
	size_t mark = span_find(rest, '?');
	size_t text = at + 2 + mark + 3;
	size_t close;

	if (mark == 0 || mark == rest.len || text > value.len ||
	    value.ptr[text - 1] != '?')
		return false;
	word->charset = span_slice(rest, 0, mark);
	if (span_find(word->charset, ' ') < mark)
		return false;
	word->charset =
	    span_slice(word->charset, 0, span_find(word->charset, '*'));
	word->encoding = (char)(value.ptr[text - 2] | 0x20);
	if (word->encoding != 'b' && word->encoding != 'q')
		return false;
	/* The text ends at the first "?=", and no other word begins in it:
	 * "?=?=" is text that ends in "=". */
	close = next_close(reader, text);
	if (close == value.len || next_open(reader, text) + 1 < close)
		return false;
	word->text = span_slice(value, text, close);
	word->end = close + 2;
	return true;
}

static struct charset_decoder *
decoder_for(struct reader *reader, struct span charset)
{
	size_t i;

	if (!charset_known(charset))
		return reader->decoders[0];
	for (i = 1; i < reader->decoder_count; i++)
		if (span_equal_case(reader->charsets[i], charset))
			return reader->decoders[i];
	reader->charsets[i] = charset;
	reader->decoders[i] = charset_new(charset);
	reader->decoder_count = i + 1;
	return reader->decoders[i];
}

/* Ends the run of words of one charset: a character may go from one word to
 * its neighbour, but no further. */
static void
end_run(struct reader *reader)
{
	if (reader->current != NULL)
		charset_finish(reader->current, &reader->out);
	reader->current = NULL;
}

static void
append_literal(struct reader *reader, struct span text)
{
	if (text.len == 0)
		return;
	charset_decode(reader->decoders[0], text, &reader->out);
	charset_finish(reader->decoders[0], &reader->out);
}

/* The "Q" encoding (RFC 2047 section 4.2). */
static size_t
decode_q(struct span text, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '_') {
			c = ' ';
		} else if (c == '=' && i + 2 < text.len &&
			   hex_value(text.ptr[i + 1]) >= 0 &&
			   hex_value(text.ptr[i + 2]) >= 0) {
			c = (char)(hex_value(text.ptr[i + 1]) << 4 |
				   hex_value(text.ptr[i + 2]));
			i += 2;
		}
		out[len++] = c;
	}
	return len;
}

static void
append_word(struct reader *reader, const struct word *word)
{
	struct charset_decoder *decoder = decoder_for(reader, word->charset);
	struct base64_decoder base64 = { 0 };
	size_t len;

	if (decoder != reader->current)
		end_run(reader);
	reader->current = decoder;
	if (word->encoding == 'q') {
		len = decode_q(word->text, reader->scratch);
	} else {
		len = base64_decode(&base64, word->text, reader->scratch);
		len += base64_finish(&base64, reader->scratch + len);
	}
	charset_decode(decoder, span_make(reader->scratch, len), &reader->out);
}

/* Decodes all of reader->value to reader->out. */
static void
decode(struct reader *reader)
{
	struct span value = reader->value;
	size_t done = 0;
	size_t at = find_pair(value, 0, "=?");

	while (at < value.len) {
		struct span before = span_slice(value, done, at);
		struct word word;

		if (!read_word(reader, at, &word)) {
			at = find_pair(value, at + 1, "=?");
			continue;
		}
		/* Blanks between two words are not text (section 6.2). */
		if (reader->current == NULL || span_trim(before).len > 0) {
			end_run(reader);
			append_literal(reader, before);
		}
		append_word(reader, &word);
		done = word.end;
		at = find_pair(value, done, "=?");
	}
	end_run(reader);
	append_literal(reader, span_slice(value, done, value.len));
}

struct span
encoded_word_decode(struct pool *pool, struct span value)
{
	struct reader reader = { .decoder_count = 1 };
	struct span text;

	value = header_unfold(pool, value);
	if (span_is_ascii(value) && find_pair(value, 0, "=?") == value.len)
		return value;
	reader.value = value;
	reader.scratch =
	    pool_alloc(pool, BASE64_DECODED_MAX(value.len) + 2 + value.len);
	buf_init(&reader.out, CHARSET_DECODED_MAX(value.len));
	reader.decoders[0] = charset_new(SPAN(""));
	decode(&reader);
	for (size_t i = 0; i < reader.decoder_count; i++)
		charset_free(&reader.decoders[i]);
	text = pool_dup(pool, buf_span(&reader.out));
	buf_free(&reader.out);
	return text;
}
