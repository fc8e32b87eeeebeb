/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An mbox, cut into messages twice: all of it at once, and as it grows.  The
 * messages must be the same.  Each is unquoted and read.
 */
#include "formats/mbox.h"
#include "formats/stored_mail.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes the next message off *REST, of which STEP bytes more are shown each
 * time. */
static enum mbox_result
take(struct span *rest, size_t step, struct mbox_message *message)
{
	struct mbox mbox = { 0 };
	enum mbox_result result = MBOX_MORE;

	for (size_t shown = step; result == MBOX_MORE; shown += step) {
		bool final = shown >= rest->len;

		result = mbox_next(
		    &mbox, span_slice(*rest, 0, shown), final, message);
		assert(!final || result != MBOX_MORE);
	}
	if (result == MBOX_MESSAGE) {
		assert(message->used > 0 && message->used <= rest->len);
		*rest = span_slice(*rest, message->used, rest->len);
	}
	return result;
}

static void
read_message(const struct mbox_message *message)
{
	struct pool *pool = pool_new();
	struct span text = message->quoted
	    ? mbox_unquote(message->text, pool)
	    : message->text;
	struct stored_envelope envelope;
	struct stored_mail mail;
	int64_t date;
	struct err err;

	assert(text.len <= message->text.len);
	if (stored_mail_read(text, pool, &mail, &err) == 0) {
		assert(mail.headers.count > 0);
		assert(mail.body.len < mail.text.len);
		stored_envelope_guess(&mail, pool, &envelope);
		assert(span_starts(envelope.sender, SPAN("<")));
		(void)stored_mail_date(&mail, &date);
	}
	pool_free(&pool);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = span_make((const char *)data, size);
	struct span grown = whole;
	enum mbox_result result;

	do {
		struct mbox_message message = { .used = 0 }, other = message;

		result = take(&whole, size + 1, &message);
		assert(take(&grown, 7, &other) == result);
		assert(span_equal(message.text, other.text));
		assert(message.quoted == other.quoted);
		assert(message.used == other.used);
		if (result == MBOX_MESSAGE)
			read_message(&message);
	} while (result == MBOX_MESSAGE);
	return 0;
}
