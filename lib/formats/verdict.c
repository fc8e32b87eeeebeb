/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/verdict.h"

#include <assert.h>

const char *
disposition_name(enum disposition disposition)
{
	static const char *const names[] = {
		[DISPOSITION_CONTINUE] = "continue",
		[DISPOSITION_REJECT] = "reject",
		[DISPOSITION_TEMPFAIL] = "tempfail",
		[DISPOSITION_DISCARD] = "discard",
	};

	return names[disposition];
}

void
verdict_init(struct verdict *verdict, struct pool *pool)
{
	*verdict = (struct verdict){ .pool = pool };
}

/* The class of reply code that goes with DISPOSITION; 0: none does. */
static unsigned
code_class(enum disposition disposition)
{
	switch (disposition) {
	case DISPOSITION_REJECT:
		return 5;
	case DISPOSITION_TEMPFAIL:
		return 4;
	case DISPOSITION_CONTINUE:
	case DISPOSITION_DISCARD:
		break;
	}
	return 0;
}

/* TEXT, all of it ours to write, as one printable line: a line end would let
 * remote text forge a second SMTP reply. */
static void
make_printable(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
}

void
verdict_end(struct verdict *verdict, enum disposition disposition,
    unsigned code, struct span enhanced, const char *format, ...)
{
	struct span text;
	va_list args;
	char *printable;

	assert(disposition != DISPOSITION_CONTINUE);
	assert(code == 0 || code / 100 == code_class(disposition));
	if (verdict->disposition != DISPOSITION_CONTINUE)
		return;
	va_start(args, format);
	text = pool_vprintf(verdict->pool, format, args);
	va_end(args);
	printable = pool_string(verdict->pool, text);
	make_printable(printable, text.len);
	verdict->disposition = disposition;
	verdict->reply = (struct reply){
		.code = code,
		.enhanced = pool_dup(verdict->pool, enhanced),
		.text = span_make(printable, text.len),
	};
}

struct span
verdict_action(const struct verdict *verdict)
{
	if (verdict->action.len > 0)
		return verdict->action;
	if (verdict->disposition != DISPOSITION_CONTINUE)
		return span_of(disposition_name(verdict->disposition));
	if (verdict->hold)
		return SPAN("hold");
	return verdict->edit_count > 0 ? SPAN("edit") : SPAN("pass");
}

void
verdict_hold(struct verdict *verdict, struct span reason)
{
	/* Whoever looks at the message reads some; each would cost a copy. */
	enum { REASONS_MAX = 480 };
	static const struct span more = SPAN_INIT("and others");
	struct span all = verdict->hold_reason;

	verdict->hold = true;
	if (all.len == 0) {
		verdict->hold_reason = pool_dup(verdict->pool, reason);
		return;
	}
	if (reason.len == 0 || span_ends_case(all, more))
		return;
	if (all.len + reason.len > REASONS_MAX)
		reason = more;
	verdict->hold_reason = pool_printf(verdict->pool, "%.*s, %.*s",
	    SPAN_ARGS(all), SPAN_ARGS(reason));
}

/* Adds an edit of KIND and returns it. */
static struct edit *
add_edit(struct verdict *verdict, enum edit_kind kind)
{
	struct edit *edit;

	verdict->edits = pool_grow(verdict->pool, verdict->edits,
	    verdict->edit_count, sizeof(*verdict->edits));
	edit = &verdict->edits[verdict->edit_count++];
	*edit = (struct edit){ .kind = kind };
	return edit;
}

/* A copy of VALUE in which every line end is a fold: LF before a blank. */
static struct span
copy_value(struct pool *pool, struct span value)
{
	char *copy = pool_alloc(pool, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];
		char next = i + 1 < value.len ? value.ptr[i + 1] : '\0';

		if (c == '\r' && next == '\n')
			continue;
		if (c == '\0' || c == '\r' ||
		    (c == '\n' && next != ' ' && next != '\t'))
			c = ' ';
		copy[len++] = c;
	}
	return span_make(copy, len);
}

static void
edit_header(struct verdict *verdict, enum edit_kind kind, struct span name,
    unsigned index, struct span value)
{
	struct edit *edit = add_edit(verdict, kind);

	edit->name = pool_dup(verdict->pool, name);
	edit->index = index;
	edit->value = copy_value(verdict->pool, value);
}

void
verdict_add_header(
    struct verdict *verdict, struct span name, struct span value)
{
	edit_header(verdict, EDIT_ADD_HEADER, name, 0, value);
}

void
verdict_insert_header(struct verdict *verdict, unsigned index,
    struct span name, struct span value)
{
	edit_header(verdict, EDIT_INSERT_HEADER, name, index, value);
}

void
verdict_change_header(struct verdict *verdict, struct span name,
    unsigned occurrence, struct span value)
{
	assert(occurrence > 0);
	edit_header(verdict, EDIT_CHANGE_HEADER, name, occurrence, value);
}

void
verdict_delete_header(
    struct verdict *verdict, struct span name, unsigned occurrence)
{
	assert(occurrence > 0);
	edit_header(verdict, EDIT_DELETE_HEADER, name, occurrence,
	    span_make(NULL, 0));
}

void
verdict_add_recipient(
    struct verdict *verdict, struct span address, struct span parameters)
{
	struct edit *edit = add_edit(verdict, EDIT_ADD_RECIPIENT);

	edit->value = pool_dup(verdict->pool, address);
	edit->parameters = pool_dup(verdict->pool, parameters);
}

void
verdict_delete_recipient(
    struct verdict *verdict, const struct recipient *recipient)
{
	add_edit(verdict, EDIT_DELETE_RECIPIENT)->value =
	    pool_dup(verdict->pool, recipient->given);
}

void
verdict_change_sender(struct verdict *verdict, struct span address)
{
	add_edit(verdict, EDIT_CHANGE_SENDER)->value =
	    pool_dup(verdict->pool, address);
}

void
verdict_replace_body(struct verdict *verdict, struct span body)
{
	add_edit(verdict, EDIT_REPLACE_BODY)->value =
	    pool_dup(verdict->pool, body);
}

static struct note *add_note(struct pool *pool, struct note *notes,
    size_t *count, const char *key, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

/* NOTES with one more. */
static struct note *
add_note(struct pool *pool, struct note *notes, size_t *count,
    const char *key, const char *format, va_list args)
{
	notes = pool_grow(pool, notes, *count, sizeof(*notes));
	notes[(*count)++] = (struct note){
		.key = key,
		.value = pool_vprintf(pool, format, args),
	};
	return notes;
}

void
verdict_note(
    struct verdict *verdict, const char *key, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	verdict->notes = add_note(verdict->pool, verdict->notes,
	    &verdict->note_count, key, format, args);
	va_end(args);
}

void
verdict_aside(
    struct verdict *verdict, const char *key, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	verdict->asides = add_note(verdict->pool, verdict->asides,
	    &verdict->aside_count, key, format, args);
	va_end(args);
}
