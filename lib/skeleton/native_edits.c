/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/native_edits.h"

#include "formats/milter_packet.h"
#include "skeleton/edit_text.h"

enum {
	OUT_ENOUGH = 128 * 1024, /* of a large reply goes to the MTA at once */
	ANSWER_ROOM = 1024,      /* that the answer itself needs at most */
};

static void
add_header(
    const struct edit *edit, bool leading_space, char letter, struct buf *out)
{
	size_t packet = milter_packet_begin(out, letter);

	milter_add_number(out,
	    edit->kind == EDIT_ADD_HEADER ? EDIT_LAST_INDEX : edit->index);
	milter_add_string(out, edit->name);
	milter_add_string(out,
	    edit->kind == EDIT_DELETE_HEADER
		? SPAN("")
		: edit_text_value(edit, leading_space));
	milter_packet_end(out, packet);
}

static void
add_path(const struct edit *edit, char letter, struct buf *out)
{
	size_t packet = milter_packet_begin(out, letter);

	edit_text_path(out, edit);
	(void)buf_append_char(out, '\0');
	if (letter == MILTER_ADD_RECIPIENT_PARAMETERS)
		milter_add_string(out, edit->parameters);
	milter_packet_end(out, packet);
}

static void
add_text(char letter, struct span text, struct buf *out)
{
	size_t packet = milter_packet_begin(out, letter);

	milter_add_string(out, text);
	milter_packet_end(out, packet);
}

/* The next piece of a new body, of which *DONE bytes went before.  True when
 * it was the last; an empty body is one empty piece. */
static bool
add_body_piece(struct span body, size_t *done, struct buf *out)
{
	struct span piece =
	    span_slice(body, *done, *done + MILTER_BODY_PIECE);
	size_t packet = milter_packet_begin(out, MILTER_REPLACE_BODY);

	(void)buf_append_span(out, piece);
	milter_packet_end(out, packet);
	*done += piece.len;
	return *done == body.len;
}

/* Appends EDIT, or a piece of it; true when all of it is there. */
static bool
add_edit(struct native_edits *edits, const struct edit *edit,
    bool leading_space, struct buf *out)
{
	switch (edit->kind) {
	case EDIT_ADD_HEADER:
	case EDIT_INSERT_HEADER:
		add_header(edit, leading_space, MILTER_INSERT_HEADER, out);
		break;
	case EDIT_CHANGE_HEADER:
	case EDIT_DELETE_HEADER:
		add_header(edit, leading_space, MILTER_CHANGE_HEADER, out);
		break;
	case EDIT_ADD_RECIPIENT:
		add_path(edit,
		    edit->parameters.len > 0 ? MILTER_ADD_RECIPIENT_PARAMETERS
					     : MILTER_ADD_RECIPIENT,
		    out);
		break;
	case EDIT_DELETE_RECIPIENT:
		add_text(MILTER_DELETE_RECIPIENT, edit->value, out);
		break;
	case EDIT_CHANGE_SENDER:
		add_path(edit, MILTER_CHANGE_SENDER, out);
		break;
	case EDIT_REPLACE_BODY:
		return add_body_piece(edit->value, &edits->body_done, out);
	}
	return true;
}

/* True if what was appended last did not fit, or the answer would not. */
static bool
too_big(const struct buf *out)
{
	return out->full || out->max - out->len < ANSWER_ROOM;
}

static enum native_edits_result
take_back(struct buf *out, size_t len)
{
	out->len = len;
	out->full = false;
	return EDITS_TOO_BIG;
}

enum native_edits_result
native_edits_add(struct native_edits *edits, const struct response *response,
    bool leading_space, struct buf *out)
{
	size_t before;

	while (edits->done < response->edit_count) {
		const struct edit *edit = &response->edits[edits->done];
		bool whole;

		before = out->len;
		if (before >= OUT_ENOUGH)
			return EDITS_MORE;
		whole = add_edit(edits, edit, leading_space, out);
		if (too_big(out))
			return take_back(out, before);
		if (whole) {
			edits->done++;
			edits->body_done = 0;
		}
	}
	if (!response->hold)
		return EDITS_ALL;
	before = out->len;
	add_text(MILTER_QUARANTINE, edit_text_hold_reason(response), out);
	return too_big(out) ? take_back(out, before) : EDITS_ALL;
}

static char
letter_of(enum response_kind kind)
{
	switch (kind) {
	case RESPONSE_CONTINUE:
		return MILTER_REPLY_CONTINUE;
	case RESPONSE_ACCEPT:
		return MILTER_REPLY_ACCEPT;
	case RESPONSE_REJECT:
		return MILTER_REPLY_REJECT;
	case RESPONSE_TEMPFAIL:
		return MILTER_REPLY_TEMPFAIL;
	case RESPONSE_DISCARD:
		return MILTER_REPLY_DISCARD;
	case RESPONSE_SKIP:
		return MILTER_REPLY_SKIP;
	}
	return MILTER_REPLY_TEMPFAIL;
}

static void
add_reply(const struct reply *reply, struct buf *out)
{
	size_t packet = milter_packet_begin(out, MILTER_REPLY_CODE);
	struct buf text;

	buf_init(&text, EDIT_REPLY_MAX);
	edit_text_reply(&text, reply->text);
	(void)buf_printf(out, "%u ", reply->code);
	if (reply->enhanced.len > 0)
		(void)buf_printf(out, "%.*s ", SPAN_ARGS(reply->enhanced));
	milter_add_string(out, buf_span(&text));
	milter_packet_end(out, packet);
	buf_free(&text);
}

void
native_edits_answer(const struct response *response, struct buf *out)
{
	if (edit_text_has_reply(response))
		add_reply(&response->reply, out);
	else
		milter_packet_add(out, letter_of(response->kind));
}
