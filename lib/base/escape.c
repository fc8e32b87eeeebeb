/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/escape.h"

size_t
escape_utf8_length(struct span text)
{
	const unsigned char *byte = (const unsigned char *)text.ptr;
	size_t len;

	if (byte[0] < 0x80)
		return 1;
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	len = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	if (text.len < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what is above U+10FFFF. */
	if ((byte[0] == 0xe0 && byte[1] < 0xa0) ||
	    (byte[0] == 0xed && byte[1] > 0x9f) ||
	    (byte[0] == 0xf0 && byte[1] < 0x90) ||
	    (byte[0] == 0xf4 && byte[1] > 0x8f))
		return 0;
	return len;
}

bool
escape_is_control(struct span text, size_t len)
{
	const unsigned char *byte = (const unsigned char *)text.ptr;

	return (len == 1 && (byte[0] < ' ' || byte[0] == 0x7f)) ||
	    (len == 2 && byte[0] == 0xc2 && byte[1] < 0xa0);
}

int
escape_text(struct span text, struct buf *out)
{
	while (text.len > 0) {
		size_t len = escape_utf8_length(text);
		bool control = len > 0 && escape_is_control(text, len);
		int result;

		if (len == 0 || control)
			/* U+0080 to U+009F have that very byte as second. */
			result = buf_printf(out, "\\x%02x",
			    (unsigned)(unsigned char)
				text.ptr[len == 2 ? 1 : 0]);
		else if (*text.ptr == '\\')
			result = buf_append(out, "\\\\", 2);
		else
			result = buf_append(out, text.ptr, len);
		if (result < 0)
			return -1;
		text = span_slice(text, len > 0 ? len : 1, text.len);
	}
	return 0;
}
