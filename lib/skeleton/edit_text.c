/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/edit_text.h"

bool
edit_text_has_reply(const struct response *response)
{
	switch (response->kind) {
	case RESPONSE_REJECT:
		return response->reply.code / 100 == 5;
	case RESPONSE_TEMPFAIL:
		return response->reply.code / 100 == 4;
	case RESPONSE_CONTINUE:
	case RESPONSE_ACCEPT:
	case RESPONSE_DISCARD:
	case RESPONSE_SKIP:
		return false;
	}
	return false;
}

void
edit_text_reply(struct buf *text, struct span from)
{
	for (size_t i = 0; i < from.len && !text->full; i++) {
		unsigned char c = (unsigned char)from.ptr[i];

		if (c == '%')
			(void)buf_append(text, "%%", 2);
		else
			(void)buf_append_char(
			    text, c < ' ' || c == 0x7f ? '?' : (char)c);
	}
}

struct span
edit_text_value(const struct edit *edit, bool leading_space)
{
	if (!leading_space && span_starts(edit->value, SPAN(" ")))
		return span_slice(edit->value, 1, edit->value.len);
	return edit->value;
}

void
edit_text_path(struct buf *path, const struct edit *edit)
{
	(void)buf_append_char(path, '<');
	(void)buf_append_span(path, edit->value);
	(void)buf_append_char(path, '>');
}

struct span
edit_text_hold_reason(const struct response *response)
{
	return response->hold_reason.len > 0 ? response->hold_reason
					     : SPAN("held");
}
