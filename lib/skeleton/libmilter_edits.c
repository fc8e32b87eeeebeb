/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/libmilter_edits.h"

#include "base/buf.h"
#include "skeleton/edit_text.h"

#include <stdint.h>
#include <stdio.h>

#include <libmilter/mfapi.h>

enum { BODY_PIECE = 1 << 20 }; /* bytes handed over at once */

/* libmilter's arguments are not const, but it does not write to them. */
static char *
unconst(const char *string)
{
	return (char *)(uintptr_t)string;
}

void
libmilter_set_reply(
    struct smfi_str *context, const struct response *response)
{
	const struct reply *reply = &response->reply;
	char code[8], enhanced[16];
	struct buf text;

	if (!edit_text_has_reply(response))
		return;
	buf_init(&text, EDIT_REPLY_MAX);
	(void)snprintf(code, sizeof(code), "%u", reply->code);
	(void)snprintf(
	    enhanced, sizeof(enhanced), "%.*s", SPAN_ARGS(reply->enhanced));
	edit_text_reply(&text, reply->text);
	(void)smfi_setreply(context, code,
	    reply->enhanced.len > 0 ? enhanced : NULL,
	    unconst(buf_string(&text)));
	buf_free(&text);
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

	buf_init(&path, EDIT_PATH_MAX);
	edit_text_path(&path, edit);
	if (path.full)
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
	char *value = unconst(edit_text_value(edit, leading_space).ptr);

	switch (edit->kind) {
	case EDIT_ADD_HEADER:
		return smfi_insheader(context, EDIT_LAST_INDEX, name, value);
	case EDIT_INSERT_HEADER:
		return smfi_insheader(
		    context, (int)edit->index, name, value);
	case EDIT_CHANGE_HEADER:
		return smfi_chgheader(
		    context, name, (int)edit->index, value);
	case EDIT_DELETE_HEADER:
		return smfi_chgheader(
		    context, name, (int)edit->index, NULL);
	case EDIT_DELETE_RECIPIENT:
		return smfi_delrcpt(context, value);
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
	    smfi_quarantine(
		context, unconst(edit_text_hold_reason(response).ptr)) !=
		MI_SUCCESS)
		return err_set(err, ERR_SYSTEM,
		    "libmilter refused to hold the message");
	return 0;
}
