/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/charset.h"

#include "base/xalloc.h"
#include "formats/charset_names.h"

#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum {
	TAIL_MAX = 16,     /* longest character or escape of any charset */
	BLOCK_SIZE = 1024, /* bytes given to iconv at once */
};

struct charset_decoder {
	enum charset_method method;
	bool declared_unknown;
	bool looks_for_mark; /* obeys a byte order mark at the start */
	bool mark_done;      /* the start was looked at */
	bool guessed;
	bool broken;
	iconv_t iconv;       /* while METHOD is CHARSET_ICONV */
	size_t unit;         /* bytes to skip behind an invalid sequence */
	char tail[TAIL_MAX]; /* a character that is not complete */
	size_t tail_len;
};

static const struct span replacement = SPAN_INIT("\xEF\xBF\xBD");

bool
charset_known(struct span name)
{
	return charset_names_find(name) != NULL;
}

struct charset_modules {
	iconv_t open[CHARSET_NAMES_MAX];
	size_t count;
};

/* True if one of the first COUNT of NAMES is converted as iconv's NAME. */
static bool
has_iconv_name(
    const struct charset_name *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].method == CHARSET_ICONV &&
		    strcmp(names[i].iconv_name, name) == 0)
			return true;
	return false;
}

struct charset_modules *
charset_modules_hold(void)
{
	struct charset_modules *modules = xalloc(sizeof(*modules));
	size_t count;
	const struct charset_name *names = charset_names_all(&count);

	for (size_t i = 0; i < count; i++) {
		const char *name = names[i].iconv_name;
		iconv_t open;

		if (names[i].method != CHARSET_ICONV ||
		    has_iconv_name(names, i, name))
			continue;
		/* One that this system lacks is guessed at when it comes. */
		open = iconv_open("UTF-8", name);
		if (open != (iconv_t)-1)
			modules->open[modules->count++] = open;
	}
	return modules;
}

void
charset_modules_release(struct charset_modules **modules)
{
	if (*modules == NULL)
		return;
	for (size_t i = 0; i < (*modules)->count; i++)
		(void)iconv_close((*modules)->open[i]);
	free(*modules);
	*modules = NULL;
}

enum charset_ascii
charset_ascii(struct span name)
{
	static const struct {
		const char *prefix; /* of a name of iconv's */
		enum charset_ascii ascii;
	} others[] = {
		{ "ISO-2022-JP", CHARSET_ASCII_ESCAPED },
		/* Of China and Korea, which are not in the standard. */
		{ "ISO-2022-", CHARSET_ASCII_OTHER },
		{ "UTF-", CHARSET_ASCII_OTHER },
		/* Not in the standard; a digit may be half of a syllable. */
		{ "JOHAB", CHARSET_ASCII_OTHER },
		{ "IBM037", CHARSET_ASCII_OTHER },
		{ "IBM500", CHARSET_ASCII_OTHER },
		{ "IBM1047", CHARSET_ASCII_OTHER },
	};
	const struct charset_name *charset = charset_names_find(name);

	if (charset == NULL || charset->method == CHARSET_GUESS)
		return CHARSET_ASCII_GUESSED;
	if (charset->method != CHARSET_ICONV)
		return CHARSET_ASCII_SAME;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(charset->iconv_name, others[i].prefix,
			strlen(others[i].prefix)) == 0)
			return others[i].ascii;
	return CHARSET_ASCII_SAME;
}

/* Bytes of the units that iconv's charset NAME is made of. */
static size_t
unit_size(const char *name)
{
	if (strncmp(name, "UTF-16", 6) == 0)
		return 2;
	return strncmp(name, "UTF-32", 6) == 0 ? 4 : 1;
}

/* Goes over to iconv's charset NAME.  An installation may lack the module;
 * the text is then guessed at. */
static void
use_iconv(struct charset_decoder *decoder, const char *name)
{
	decoder->iconv = iconv_open("UTF-8", name);
	if (decoder->iconv == (iconv_t)-1) {
		decoder->method = CHARSET_GUESS;
		decoder->declared_unknown = true;
		return;
	}
	decoder->method = CHARSET_ICONV;
	decoder->unit = unit_size(name);
}

struct charset_decoder *
charset_new(struct span name)
{
	struct charset_decoder *decoder = xalloc(sizeof(*decoder));
	const struct charset_name *charset = charset_names_find(name);

	if (charset == NULL) {
		decoder->method = CHARSET_GUESS;
		decoder->declared_unknown = name.len > 0;
	} else if (charset->method == CHARSET_ICONV) {
		use_iconv(decoder, charset->iconv_name);
	} else {
		decoder->method = charset->method;
	}
	decoder->looks_for_mark = decoder->method == CHARSET_GUESS;
	decoder->mark_done = !decoder->looks_for_mark;
	return decoder;
}

void
charset_free(struct charset_decoder **decoder)
{
	if (*decoder == NULL)
		return;
	if ((*decoder)->method == CHARSET_ICONV)
		(void)iconv_close((*decoder)->iconv);
	free(*decoder);
	*decoder = NULL;
}

/* Appends the character CODE, below U+10000, as UTF-8. */
static void
append_code(struct buf *out, unsigned code)
{
	char bytes[3];

	if (code < 0x80) {
		(void)buf_append_char(out, (char)code);
	} else if (code < 0x800) {
		bytes[0] = (char)(0xC0 | code >> 6);
		bytes[1] = (char)(0x80 | (code & 0x3F));
		(void)buf_append(out, bytes, 2);
	} else {
		bytes[0] = (char)(0xE0 | code >> 12);
		bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
		bytes[2] = (char)(0x80 | (code & 0x3F));
		(void)buf_append(out, bytes, 3);
	}
}

static void
append_windows_1252(struct buf *out, unsigned char byte)
{
	/* 0x80 to 0x9F; the rest is as in Unicode. */
	static const uint16_t high[32] = {
		0x20AC,
		0x0081,
		0x201A,
		0x0192,
		0x201E,
		0x2026,
		0x2020,
		0x2021,
		0x02C6,
		0x2030,
		0x0160,
		0x2039,
		0x0152,
		0x008D,
		0x017D,
		0x008F,
		0x0090,
		0x2018,
		0x2019,
		0x201C,
		0x201D,
		0x2022,
		0x2013,
		0x2014,
		0x02DC,
		0x2122,
		0x0161,
		0x203A,
		0x0153,
		0x009D,
		0x017E,
		0x0178,
	};

	append_code(
	    out, byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80] : byte);
}

/* Length of the run of ASCII at the start of the LEN bytes at PTR. */
static size_t
ascii_run(const char *ptr, size_t len)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	size_t run = 0;
	uint64_t word;

	for (; len - run >= sizeof(word); run += sizeof(word)) {
		memcpy(&word, ptr + run, sizeof(word));
		if ((word & high_bits) != 0)
			break;
	}
	while (run < len && (unsigned char)ptr[run] < 0x80)
		run++;
	return run;
}

enum utf8_state {
	UTF8_VALID,
	UTF8_CUT, /* valid as far as it goes */
	UTF8_INVALID,
};

/*
 * Looks at the sequence that the LEN > 0 bytes at PTR begin with: *SIZE is its
 * length, of an invalid one that of its longest valid beginning, at least 1
 * (the "maximal subpart" of Unicode section 3.9).
 */
static enum utf8_state
utf8_look(const char *ptr, size_t len, size_t *size)
{
	unsigned char first = (unsigned char)ptr[0];
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	size_t length;

	*size = 1;
	if (first < 0x80)
		return UTF8_VALID;
	if (first < 0xC2 || first > 0xF4)
		return UTF8_INVALID;
	length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	/* No overlong forms, no surrogates, nothing over U+10FFFF. */
	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;
	for (; *size < length; (*size)++) {
		unsigned char next;

		if (*size == len)
			return UTF8_CUT;
		next = (unsigned char)ptr[*size];
		if (next < low || next > high)
			return UTF8_INVALID;
		low = 0x80;
		high = 0xBF;
	}
	return UTF8_VALID;
}

/* Appends what stands for the invalid UTF-8 in SPAN. */
static void
append_invalid(
    struct charset_decoder *decoder, struct span span, struct buf *out)
{
	if (decoder->method == CHARSET_UTF8) {
		decoder->broken = true;
		(void)buf_append_span(out, replacement);
		return;
	}
	decoder->guessed = true;
	for (size_t i = 0; i < span.len; i++)
		append_windows_1252(out, (unsigned char)span.ptr[i]);
}

/* Appends the complete sequences of IN; returns how many bytes they have. */
static size_t
decode_utf8_block(
    struct charset_decoder *decoder, struct span in, struct buf *out)
{
	size_t begin = 0;
	size_t at = 0;
	size_t size;

	while (at < in.len) {
		enum utf8_state state;

		at += ascii_run(in.ptr + at, in.len - at);
		if (at == in.len)
			break;
		state = utf8_look(in.ptr + at, in.len - at, &size);
		if (state == UTF8_CUT)
			break;
		if (state == UTF8_INVALID) {
			(void)buf_append_span(out, span_slice(in, begin, at));
			begin = at + size;
			append_invalid(decoder, span_slice(in, at, begin), out);
		}
		at += size;
	}
	(void)buf_append_span(out, span_slice(in, begin, at));
	return at;
}

static void
decode_utf8(struct charset_decoder *decoder, struct span in, struct buf *out)
{
	size_t done;

	/* A character that the last chunk cut: byte by byte, 3 at most. */
	while (decoder->tail_len > 0 && in.len > 0) {
		decoder->tail[decoder->tail_len++] = in.ptr[0];
		in = span_slice(in, 1, in.len);
		done = decode_utf8_block(
		    decoder, span_make(decoder->tail, decoder->tail_len), out);
		decoder->tail_len -= done;
		memmove(decoder->tail, decoder->tail + done, decoder->tail_len);
	}
	if (in.len == 0)
		return;
	done = decode_utf8_block(decoder, in, out);
	decoder->tail_len = in.len - done;
	assert(decoder->tail_len < 4);
	if (decoder->tail_len > 0)
		memcpy(decoder->tail, in.ptr + done, decoder->tail_len);
}

/* Appends the complete characters of BYTES; returns how many bytes they have.
 * What is left is shorter than TAIL_MAX. */
static size_t
decode_iconv_block(
    struct charset_decoder *decoder, char *bytes, size_t len, struct buf *out)
{
	char converted[BLOCK_SIZE * 2];
	char *from = bytes;

	while (len > 0) {
		char *to = converted;
		size_t room = sizeof(converted);
		size_t result = iconv(decoder->iconv, &from, &len, &to, &room);
		int reason = errno;
		size_t skip = decoder->unit < len ? decoder->unit : len;

		(void)buf_append(out, converted, sizeof(converted) - room);
		if (result != (size_t)-1 || reason == E2BIG)
			continue;
		if (reason == EINVAL && len < TAIL_MAX)
			break;
		decoder->broken = true;
		(void)buf_append_span(out, replacement);
		from += skip;
		len -= skip;
	}
	return (size_t)(from - bytes);
}

static void
decode_iconv(struct charset_decoder *decoder, struct span in, struct buf *out)
{
	char block[BLOCK_SIZE];

	while (in.len > 0) {
		size_t len = decoder->tail_len;
		size_t count = sizeof(block) - len;
		size_t done;

		if (count > in.len)
			count = in.len;
		memcpy(block, decoder->tail, len);
		memcpy(block + len, in.ptr, count);
		in = span_slice(in, count, in.len);
		len += count;
		done = decode_iconv_block(decoder, block, len, out);
		decoder->tail_len = len - done;
		assert(decoder->tail_len < TAIL_MAX);
		memcpy(decoder->tail, block + done, decoder->tail_len);
	}
}

static void
decode_bytes(struct charset_decoder *decoder, struct span in, struct buf *out)
{
	switch (decoder->method) {
	case CHARSET_GUESS:
	case CHARSET_UTF8:
		decode_utf8(decoder, in, out);
		break;
	case CHARSET_WINDOWS_1252:
		for (size_t at = 0; at < in.len; at++) {
			size_t run = ascii_run(in.ptr + at, in.len - at);

			(void)buf_append(out, in.ptr + at, run);
			at += run;
			if (at < in.len)
				append_windows_1252(
				    out, (unsigned char)in.ptr[at]);
		}
		break;
	case CHARSET_ICONV:
		decode_iconv(decoder, in, out);
		break;
	}
}

/*
 * Looks for the byte order mark of UTF-16, which Windows puts before text that
 * is then sent with no charset.  Returns the bytes of IN that it took.
 */
static size_t
look_for_mark(struct charset_decoder *decoder, struct span in, struct buf *out)
{
	char start[2];
	size_t taken = 0;

	while (decoder->tail_len < 2 && taken < in.len)
		decoder->tail[decoder->tail_len++] = in.ptr[taken++];
	if (decoder->tail_len < 2)
		return taken;
	memcpy(start, decoder->tail, sizeof(start));
	decoder->tail_len = 0;
	decoder->mark_done = true;
	if (memcmp(start, "\xFF\xFE", 2) == 0 ||
	    memcmp(start, "\xFE\xFF", 2) == 0)
		use_iconv(decoder, "UTF-16");
	decode_bytes(decoder, span_make(start, sizeof(start)), out);
	return taken;
}

void
charset_decode(struct charset_decoder *decoder, struct span in, struct buf *out)
{
	if (!decoder->mark_done)
		in = span_slice(in, look_for_mark(decoder, in, out), in.len);
	if (in.len > 0)
		decode_bytes(decoder, in, out);
}

/* Appends what ends the text when a character or its first byte is left. */
static void
finish_tail(struct charset_decoder *decoder, struct buf *out)
{
	char tail[TAIL_MAX];
	struct span left = { tail, decoder->tail_len };

	memcpy(tail, decoder->tail, left.len);
	decoder->tail_len = 0;
	if (!decoder->mark_done) {
		/* Text of a single byte, which was not decoded yet. */
		decode_bytes(decoder, left, out);
		left.len = decoder->tail_len;
		decoder->tail_len = 0;
	}
	if (left.len == 0)
		return;
	if (decoder->method != CHARSET_ICONV) {
		append_invalid(decoder, left, out);
		return;
	}
	decoder->broken = true;
	(void)buf_append_span(out, replacement);
}

void
charset_finish(struct charset_decoder *decoder, struct buf *out)
{
	char shift[TAIL_MAX * 4];
	char *to = shift;
	size_t room = sizeof(shift);

	finish_tail(decoder, out);
	if (decoder->method == CHARSET_ICONV) {
		/* Some charsets keep a character back; and back to the
		 * initial shift state. */
		(void)iconv(decoder->iconv, NULL, NULL, &to, &room);
		(void)buf_append(out, shift, sizeof(shift) - room);
	}
	if (decoder->looks_for_mark && decoder->method == CHARSET_ICONV) {
		(void)iconv_close(decoder->iconv);
		decoder->method = CHARSET_GUESS;
	}
	decoder->mark_done = !decoder->looks_for_mark;
}

bool
charset_guessed(const struct charset_decoder *decoder)
{
	return decoder->declared_unknown || decoder->guessed;
}

bool
charset_broken(const struct charset_decoder *decoder)
{
	return decoder->broken;
}
