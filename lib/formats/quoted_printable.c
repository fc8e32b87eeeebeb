/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/quoted_printable.h"

#include "formats/hex.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t
release_held(struct quoted_printable_decoder *decoder, char *out)
{
	size_t len = decoder->held_len;

	memcpy(out, decoder->held, len);
	decoder->held_len = 0;
	return len;
}

/*
 * Takes C into the escape or soft line break that is held.  False when C does
 * not belong there; what is held is then no escape.
 */
static bool
continue_escape(
    struct quoted_printable_decoder *decoder, char c, char *out, size_t *count)
{
	char last = decoder->held[decoder->held_len - 1];

	if (decoder->held_len == 2 && hex_value(last) >= 0) {
		if (hex_value(c) < 0)
			return false;
		out[(*count)++] = (char)(hex_value(last) << 4 | hex_value(c));
		decoder->held_len = 0;
		return true;
	}
	if (c == '\n') {
		decoder->held_len = 0;
		return true;
	}
	if (last == '\r' || decoder->held_len == sizeof(decoder->held))
		return false;
	if (!is_blank(c) && c != '\r' &&
	    (decoder->held_len > 1 || hex_value(c) < 0))
		return false;
	decoder->held[decoder->held_len++] = c;
	return true;
}

/* Takes one byte; writes up to all that is held and C. */
static size_t
step(struct quoted_printable_decoder *decoder, char c, char *out)
{
	size_t count = 0;

	if (decoder->held_len > 0 && decoder->held[0] == '=') {
		if (continue_escape(decoder, c, out, &count))
			return count;
		decoder->broken = true;
		count = release_held(decoder, out);
	}
	if (is_blank(c) && !decoder->long_blanks) {
		decoder->held[decoder->held_len++] = c;
		if (decoder->held_len <= QUOTED_PRINTABLE_BLANKS_MAX)
			return count;
		decoder->long_blanks = true;
		return count + release_held(decoder, out + count);
	}
	if (!is_blank(c)) {
		decoder->long_blanks = false;
		if (c == '\r' || c == '\n')
			decoder->held_len = 0;
		count += release_held(decoder, out + count);
	}
	if (c == '=')
		decoder->held[decoder->held_len++] = c;
	else
		out[count++] = c;
	return count;
}

/*
 * Takes what stands whole between *AT and END and means the same wherever the
 * input is cut.  Only for a decoder that holds nothing back.
 */
static size_t
decode_plain(const char **at, const char *end, char *out)
{
	const char *p = *at;
	char *o = out;

	while (p < end) {
		const char *next = p;

		if (is_blank(*p)) {
			while (next < end && is_blank(*next))
				next++;
			if (next == end)
				break;
			if ((*next == '\r' || *next == '\n') &&
			    next - p <= QUOTED_PRINTABLE_BLANKS_MAX)
				p = next;
			while (p < next)
				*o++ = *p++;
		} else if (*p != '=') {
			*o++ = *p++;
		} else if (end - p > 2 && hex_value(p[1]) >= 0 &&
			   hex_value(p[2]) >= 0) {
			*o++ = (char)(hex_value(p[1]) << 4 | hex_value(p[2]));
			p += 3;
		} else {
			break;
		}
	}
	*at = p;
	return (size_t)(o - out);
}

size_t
quoted_printable_decode(
    struct quoted_printable_decoder *decoder, struct span in, char *out)
{
	const char *p = in.ptr;
	const char *end = in.len > 0 ? p + in.len : p;
	char *o = out;

	while (p < end) {
		if (decoder->held_len == 0 && !decoder->long_blanks) {
			o += decode_plain(&p, end, o);
			if (p == end)
				break;
		}
		o += step(decoder, *p++, o);
	}
	return (size_t)(o - out);
}

size_t
quoted_printable_finish(struct quoted_printable_decoder *decoder, char *out)
{
	/* "=" at the very end is a soft break before the boundary's own line
	 * end, and blanks there end a line. */
	if (decoder->held_len == 2 && hex_value(decoder->held[1]) >= 0) {
		decoder->broken = true;
		return release_held(decoder, out);
	}
	decoder->held_len = 0;
	return 0;
}
