/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/base64.h"

/* What a byte is, beside one of the 64 digits. */
enum {
	NO = 0x80, /* not of the alphabet */
	BL = 0x81, /* blank or line end */
	EQ = 0x82, /* padding */
};

/* clang-format off */
static const uint8_t kinds[256] = {
	NO, NO, NO, NO, NO, NO, NO, NO, NO, BL, BL, NO, NO, BL, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	BL, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, EQ, NO, NO,
	NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
};
/* clang-format on */

static uint8_t
kind_of(char c)
{
	return kinds[(unsigned char)c];
}

/* Writes the whole bytes of a group that ends early. */
static size_t
flush(struct base64_decoder *decoder, char *out)
{
	unsigned digits = decoder->digits;

	decoder->digits = 0;
	if (digits == 2) {
		out[0] = (char)(decoder->bits >> 4);
		return 1;
	}
	if (digits == 3) {
		out[0] = (char)(decoder->bits >> 10);
		out[1] = (char)(decoder->bits >> 2);
		return 2;
	}
	/* One digit alone is not even a byte. */
	if (digits == 1)
		decoder->broken = decoder->junk = true;
	return 0;
}

static size_t
pad(struct base64_decoder *decoder, char *out)
{
	decoder->ended = true;
	if (decoder->digits == 0) {
		decoder->broken |= decoder->pads == 0;
		decoder->pads -= decoder->pads > 0;
		return 0;
	}
	decoder->pads = decoder->digits == 2 ? 1 : 0;
	return flush(decoder, out);
}

static size_t
digit(struct base64_decoder *decoder, uint8_t value, char *out)
{
	if (decoder->ended) {
		decoder->broken = decoder->resumed = true;
		decoder->ended = false;
		decoder->pads = 0;
	}
	decoder->bits = decoder->bits << 6 | value;
	if (++decoder->digits < 4)
		return 0;
	decoder->digits = 0;
	out[0] = (char)(decoder->bits >> 16);
	out[1] = (char)(decoder->bits >> 8);
	out[2] = (char)decoder->bits;
	return 3;
}

/* Decodes groups of four digits that nothing interrupts, the usual case. */
static size_t
decode_groups(const char **at, const char *end, char *out)
{
	const char *p = *at;
	char *o = out;

	while (end - p >= 4) {
		uint32_t a = kind_of(p[0]);
		uint32_t b = kind_of(p[1]);
		uint32_t c = kind_of(p[2]);
		uint32_t d = kind_of(p[3]);

		if (((a | b | c | d) & 0x80) != 0)
			break;
		a = a << 18 | b << 12 | c << 6 | d;
		o[0] = (char)(a >> 16);
		o[1] = (char)(a >> 8);
		o[2] = (char)a;
		o += 3;
		p += 4;
	}
	*at = p;
	return (size_t)(o - out);
}

size_t
base64_decode(struct base64_decoder *decoder, struct span in, char *out)
{
	const char *p = in.ptr;
	const char *end = in.len > 0 ? p + in.len : p;
	char *o = out;

	while (p < end) {
		uint8_t kind;

		if (decoder->digits == 0 && !decoder->ended) {
			o += decode_groups(&p, end, o);
			if (p == end)
				break;
		}
		kind = kind_of(*p++);
		if (kind < 64)
			o += digit(decoder, kind, o);
		else if (kind == EQ)
			o += pad(decoder, o);
		else if (kind == NO)
			decoder->broken = decoder->junk = true;
	}
	return (size_t)(o - out);
}

size_t
base64_finish(struct base64_decoder *decoder, char *out)
{
	decoder->broken |= decoder->digits > 0 || decoder->pads > 0;
	return flush(decoder, out);
}

struct span
base64_encode(struct pool *pool, struct span bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t len = (bytes.len + 2) / 3 * 4;
	char *text = pool_alloc(pool, len);
	char *out = text;

	for (size_t i = 0; i < bytes.len; i += 3) {
		uint32_t group = 0;

		for (size_t k = 0; k < 3; k++) {
			group <<= 8;
			if (i + k < bytes.len)
				group |= (unsigned char)bytes.ptr[i + k];
		}
		for (size_t k = 0; k < 4; k++)
			*out++ = i + k > bytes.len
			    ? '='
			    : digits[(group >> (18 - 6 * k)) & 63];
	}
	return span_make(text, len);
}
