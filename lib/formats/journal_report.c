/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/journal_report.h"

#include "formats/content.h"
#include "formats/mailbox.h"

#include <string.h>

static const char mark[] = "X-MS-Journal-Report";

bool
journal_report_is(const struct stored_mail *mail)
{
	return header_list_find(&mail->headers, span_of(mark), 0) != NULL;
}

/* BODY with all lines ended by CRLF, as the reader of content wants it. */
static struct span
with_crlf(struct span body, struct pool *pool)
{
	char *out = pool_alloc(pool, 2 * body.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < body.len; i++) {
		if (body.ptr[i] == '\n' && (i == 0 || body.ptr[i - 1] != '\r'))
			out[len++] = '\r';
		out[len++] = body.ptr[i];
	}
	return span_make(out, len);
}

/* The address that VALUE begins with, what Exchange says of lists and forwards
 * left out.  False where there is none. */
static bool
read_address(struct span value, struct pool *pool, struct span *address)
{
	static const char *const tails[] = { ", Expanded:", ", Forwarded:" };
	struct mailbox_list list = { 0 };
	struct err err;

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		value.len = span_find_case(value, span_of(tails[i]));
	value = span_trim(value);
	if (span_equal(value, SPAN("<>"))) {
		*address = SPAN("");
		return true;
	}
	if (mailbox_list_parse(pool, value, &list, &err) < 0 ||
	    list.count != 1)
		return false;
	*address = pool_printf(pool, "%.*s@%.*s",
	    SPAN_ARGS(list.items[0].local), SPAN_ARGS(list.items[0].domain));
	return true;
}

/* One line of the report's text.  0, or -1 with *ERR. */
static int
read_line(struct span line, struct pool *pool,
    struct stored_envelope *envelope, struct err *err)
{
	static const char *const recipients[] = { "Recipient", "To", "Cc",
		"Bcc" };
	size_t colon = span_find(line, ':');
	struct span key = span_trim(span_slice(line, 0, colon));
	struct span value = span_slice(line, colon + 1, line.len);
	bool sender = span_equal_case(key, SPAN("Sender"));
	bool recipient = false;
	struct span address;

	for (size_t i = 0; i < sizeof(recipients) / sizeof(recipients[0]); i++)
		if (span_equal_case(key, span_of(recipients[i])))
			recipient = true;
	if (!sender && !recipient)
		return 0; /* Subject, Message-Id, Label, ... */
	if (!read_address(value, pool, &address) ||
	    (recipient && address.len == 0))
		return err_set(err, ERR_INPUT,
		    "the %s of the journal report, \"%.*s\", is no address",
		    sender ? "sender" : "recipient",
		    SPAN_ARGS(span_slice(span_trim(value), 0, 200)));
	if (recipient) {
		stored_envelope_add(envelope, pool, address);
		return 0;
	}
	envelope->sender =
	    pool_printf(pool, "<%.*s>", SPAN_ARGS(address));
	envelope->sender_field = mark;
	return 0;
}

/* The same recipient stands in "Recipient" and, by older servers, in "To". */
static void
drop_repeated(struct stored_envelope *envelope)
{
	size_t kept = 0;

	for (size_t i = 0; i < envelope->recipient_count; i++) {
		bool repeated = false;

		for (size_t j = 0; j < kept && !repeated; j++)
			repeated = span_equal_case(envelope->recipients[j],
			    envelope->recipients[i]);
		if (!repeated)
			envelope->recipients[kept++] =
			    envelope->recipients[i];
	}
	envelope->recipient_count = kept;
}

static int
read_envelope(struct span text, struct pool *pool,
    struct stored_envelope *envelope, struct err *err)
{
	enum { RECIPIENTS_MAX = 100000 };
	struct span rest = text, line;

	while (span_next(&rest, '\n', &line)) {
		if (read_line(span_trim(line), pool, envelope, err) < 0)
			return -1;
		if (envelope->recipient_count > RECIPIENTS_MAX)
			return err_set(err, ERR_LIMIT,
			    "the journal report has more than %d recipients",
			    RECIPIENTS_MAX);
	}
	if (envelope->sender_field == NULL)
		return err_set(
		    err, ERR_INPUT, "the journal report has no sender");
	if (envelope->recipient_count == 0)
		return err_set(
		    err, ERR_INPUT, "the journal report has no recipient");
	envelope->recipients_field = mark;
	drop_repeated(envelope);
	return 0;
}

/* The first part of the report that is its text, and the one that has the
 * message; NULL where there is none. */
static void
find_parts(const struct content_facts *content, const struct part **text,
    const struct part **message)
{
	*text = NULL;
	*message = NULL;
	for (size_t i = 0; i < content->part_count && *message == NULL; i++) {
		const struct part *part = &content->parts[i];

		if (span_equal(part->type, SPAN("message")) &&
		    span_equal(part->subtype, SPAN("rfc822")))
			*message = part;
		else if (*text == NULL && part->kind == MIME_LEAF &&
		    part->text.len > 0)
			*text = part;
	}
}

int
journal_report_read(const struct stored_mail *mail, struct pool *pool,
    struct journal_report *report, struct err *err)
{
	struct content_limits limits = content_limits_default();
	struct span body = with_crlf(mail->body, pool);
	struct content *content =
	    content_new(&limits, &mail->headers, pool);
	const struct part *text, *message;

	*report = (struct journal_report){ .envelope = { .sender = SPAN("") } };
	content_feed(content, body);
	find_parts(content_finish(content), &text, &message);
	content_free(&content);
	if (text == NULL)
		return err_set(err, ERR_INPUT,
		    "the journal report has no text with the envelope");
	if (message == NULL)
		return err_set(err, ERR_INPUT,
		    "the journal report has no message attached");
	if (message->kind != MIME_MESSAGE ||
	    message->encoding != ENCODING_IDENTITY)
		return err_set(err, ERR_INPUT,
		    "the message in the journal report is encoded, which "
		    "RFC 2046 section 5.2.1 forbids");
	report->message = span_slice(body, (size_t)message->offset,
	    (size_t)(message->offset + message->length));
	return read_envelope(text->text, pool, &report->envelope, err);
}
