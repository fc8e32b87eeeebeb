/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/libmilter_edits.h"

#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>

#include <libmilter/mfapi.h>

enum {
	REPLY_MAX = 480,          /* bytes of text, below RFC 5321's 512 */
	BODY_PIECE = 1 << 20,     /* bytes handed over at once */
	PATH_MAX_BYTES = 1 << 16, /* of an address with its brackets */
	/* Behind the last field that any message has.  smfi_addheader would
	 * not do: Sendmail adds a field where it finds the first of its name,
	 * be it deleted or not. */
	LAST_INDEX = 1000000,
};

/* libmilter's arguments are not const, but it does not write to them. */
static char *
unconst(const char *string)
{
	return (char *)(uintptr_t)string;
}

/* The text as libmilter wants it: one printable line, "%" doubled. */
static void
add_reply_text(struct buf *text, struct span from)
{
	for (size_t i = 0; i < from.len; i++) {
		unsigned char c = (unsigned char)from.ptr[i];

		if (c == '%' && buf_append(text, "%%", 2) < 0)
			return;
		if (c != '%' &&
		    buf_append_char(
			text, c < ' ' || c == 0x7f ? '?' : (char)c) < 0)
			return;
	}
}

void
libmilter_set_reply(
    struct smfi_str *context, const struct response *response)
{
	const struct reply *reply = &response->reply;
	unsigned class = response->kind == RESPONSE_REJECT ? 5 : 4;
	char code[8], enhanced[16];
	struct buf text;

	/* libmilter drops a reply of the other class without a word. */
	if (reply->code / 100 != class)
		return;
	buf_init(&text, REPLY_MAX);
	(void)snprintf(code, sizeof(code), "%u", reply->code);
	(void)snprintf(
	    enhanced, sizeof(enhanced), "%.*s", SPAN_ARGS(reply->enhanced));
	add_reply_text(&text, reply->text);
	(void)smfi_setreply(context, code,
	    reply->enhanced.len > 0 ? enhanced : NULL,
	    unconst(buf_string(&text)));
	buf_free(&text);
}

/* VALUE for an MTA that puts the blank behind the colon itself. */
static char *
header_value(const struct edit *edit, bool leading_space)
{
	const char *value = edit->value.ptr;

	if (!leading_space && edit->value.len > 0 && value[0] == ' ')
		value++;
	return unconst(value);
}

static int
send_body(struct smfi_str *context, struct span body)
{
	do {
		struct span piece = span_slice(body, 0, BODY_PIECE);

		if (smfi_replacebody(context,
			(unsigned char *)unconst(piece.ptr),
			(int)piece.len) != MI_SUCCESS)
			return MI_FAILURE;
		body = span_slice(body, piece.len, body.len);
	} while (body.len > 0);
	return MI_SUCCESS;
}

static int
send_path(struct smfi_str *context, const struct edit *edit)
{
	struct buf path;
	int result = MI_FAILURE;

	buf_init(&path, PATH_MAX_BYTES);
	if (buf_printf(&path, "<%.*s>", SPAN_ARGS(edit->value)) < 0)
		goto out;
	if (edit->kind == EDIT_CHANGE_SENDER)
		result = smfi_chgfrom(
		    context, unconst(buf_string(&path)), NULL);
	else if (edit->parameters.len > 0)
		result = smfi_addrcpt_par(context, unconst(buf_string(&path)),
		    unconst(edit->parameters.ptr));
	else
		result = smfi_addrcpt(context, unconst(buf_string(&path)));
out:
	buf_free(&path);
	return result;
}

static int
send_edit(
    struct smfi_str *context, const struct edit *edit, bool leading_space)
{
	char *name = unconst(edit->name.ptr);

	switch (edit->kind) {
	case EDIT_ADD_HEADER:
		return smfi_insheader(context, LAST_INDEX, name,
		    header_value(edit, leading_space));
	case EDIT_INSERT_HEADER:
		return smfi_insheader(context, (int)edit->index, name,
		    header_value(edit, leading_space));
	case EDIT_CHANGE_HEADER:
		return smfi_chgheader(context, name, (int)edit->index,
		    header_value(edit, leading_space));
	case EDIT_DELETE_HEADER:
		return smfi_chgheader(
		    context, name, (int)edit->index, NULL);
	case EDIT_DELETE_RECIPIENT:
		return smfi_delrcpt(context, unconst(edit->value.ptr));
	case EDIT_ADD_RECIPIENT:
	case EDIT_CHANGE_SENDER:
		return send_path(context, edit);
	case EDIT_REPLACE_BODY:
		return send_body(context, edit->value);
	}
	return MI_FAILURE;
}

int
libmilter_send_edits(struct smfi_str *context,
    const struct response *response, bool leading_space, struct err *err)
{
	for (size_t i = 0; i < response->edit_count; i++) {
		const struct edit *edit = &response->edits[i];

		if (send_edit(context, edit, leading_space) != MI_SUCCESS)
			return err_set(err, ERR_SYSTEM,
			    "libmilter refused edit %zu of %zu (%.*s)", i + 1,
			    response->edit_count,
			    SPAN_ARGS(edit->name.len > 0 ? edit->name
							 : edit->value));
	}
	if (response->hold &&
	    smfi_quarantine(context,
		unconst(response->hold_reason.len > 0
			? response->hold_reason.ptr
			: "held")) != MI_SUCCESS)
		return err_set(err, ERR_SYSTEM,
		    "libmilter refused to hold the message");
	return 0;
}
