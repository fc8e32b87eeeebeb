/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/stored_mail.h"

#include "base/clock.h"
#include "formats/address.h"
#include "formats/mailbox.h"

#include <string.h>
#include <time.h>

/* Takes the next line off *REST, its line end left out. */
static bool
next_line(struct span *rest, struct span *line)
{
	size_t end = span_find(*rest, '\n');

	if (rest->len == 0)
		return false;
	*line = span_slice(*rest, 0, end);
	*rest = span_slice(*rest, end + 1, rest->len);
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* The name that LINE begins a field with, or empty. */
static struct span
field_name(struct span line)
{
	size_t colon = span_find(line, ':');
	struct span name = span_trim(span_slice(line, 0, colon));

	if (colon == line.len || *line.ptr == ' ' || *line.ptr == '\t' ||
	    header_name_check(name) < 0)
		return SPAN("");
	return name;
}

/* Adds FIELD, over its folds up to, not including, its line end. */
static void
add_field(struct stored_mail *mail, struct pool *pool, struct span field)
{
	size_t colon = span_find(field, ':');

	header_list_add(&mail->headers, pool, field_name(field),
	    header_value_read(
		pool, span_slice(field, colon + 1, field.len)));
}

int
stored_mail_read(struct span text, struct pool *pool,
    struct stored_mail *mail, struct err *err)
{
	struct span rest = text, line, field = SPAN("");
	bool cut_short = false;

	*mail = (struct stored_mail){ .text = text };
	/* "From :" is a field, in the form of RFC 5322 section 4.5. */
	if (span_starts(text, SPAN("From ")) && next_line(&rest, &line) &&
	    field_name(line).len == 0)
		mail->text = rest;
	mail->body = rest = mail->text;
	while (next_line(&rest, &line) && line.len > 0) {
		bool folded = *line.ptr == ' ' || *line.ptr == '\t';

		/* As Postfix has it: what is no field begins the body. */
		cut_short = folded ? field.len == 0 : field_name(line).len == 0;
		if (cut_short)
			break;
		mail->body = rest;
		if (folded) {
			field.len = (size_t)(line.ptr + line.len - field.ptr);
			continue;
		}
		if (field.len > 0)
			add_field(mail, pool, field);
		field = line;
	}
	if (field.len == 0)
		return err_set(err, ERR_INPUT,
		    "it does not begin with a header field");
	add_field(mail, pool, field);
	if (!cut_short)
		mail->body = rest;
	return 0;
}

/* Reads TEXT, a zone as in +0200 or of those that are obsolete (RFC 5322
 * section 4.3), as the seconds *EAST of Greenwich. */
static bool
read_zone(struct span text, int64_t *east)
{
	static const struct {
		struct span name;
		int hours;
	} zones[] = {
		{ SPAN_INIT("EDT"), -4 },
		{ SPAN_INIT("EST"), -5 },
		{ SPAN_INIT("CDT"), -5 },
		{ SPAN_INIT("CST"), -6 },
		{ SPAN_INIT("MDT"), -6 },
		{ SPAN_INIT("MST"), -7 },
		{ SPAN_INIT("PDT"), -7 },
		{ SPAN_INIT("PST"), -8 },
	};
	uint64_t number;

	if (span_starts(text, SPAN("+")) || span_starts(text, SPAN("-"))) {
		if (text.len != 5 ||
		    span_number(span_slice(text, 1, 5), 9959, &number) < 0 ||
		    number % 100 > 59)
			return false;
		*east = (int64_t)(number / 100 * 60 + number % 100) * 60;
		if (text.ptr[0] == '-')
			*east = -*east;
		return true;
	}
	/* Any other name is none that says where it is: GMT. */
	*east = 0;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (span_equal_case(text, zones[i].name))
			*east = zones[i].hours * 3600;
	for (size_t i = 0; i < text.len; i++)
		if (span_lower(text.ptr[i]) < 'a' ||
		    span_lower(text.ptr[i]) > 'z')
			return false;
	return text.len > 0;
}

bool
stored_mail_date(const struct stored_mail *mail, int64_t *wall_us)
{
	static const char *const forms[] = { "%d %b %Y %H:%M:%S",
		"%d %b %Y %H:%M", "%a, %d %b %Y %H:%M:%S",
		"%a, %d %b %Y %H:%M" };
	const struct header *field =
	    header_list_find(&mail->headers, SPAN("Date"), 0);
	const char *end = NULL;
	struct tm tm = { 0 };
	struct span zone;
	char text[64]; /* behind the zone may stand any comment */
	int64_t east;

	if (field == NULL)
		return false;
	zone = span_slice(span_trim(field->value), 0, sizeof(text) - 1);
	if (zone.len > 0)
		memcpy(text, zone.ptr, zone.len);
	text[zone.len] = '\0';
	for (size_t i = 0;
	     end == NULL && i < sizeof(forms) / sizeof(forms[0]); i++) {
		tm = (struct tm){ 0 };
		end = strptime(text, forms[i], &tm);
	}
	if (end == NULL)
		return false;
	zone = span_trim(span_of(end));
	zone.len = zone.len > 0 ? strcspn(zone.ptr, " \t\r\n(") : 0;
	if (!read_zone(zone, &east))
		return false;
	/* tm_year counts from 1900, and so do years of two digits from 50 on
	 * and of three; those below are of this century. */
	if (tm.tm_year < 50 - 1900)
		tm.tm_year += 2000;
	else if (tm.tm_year < 1000 - 1900)
		tm.tm_year += 1900;
	*wall_us = ((int64_t)timegm(&tm) - east) * CLOCK_SECOND_US;
	return *wall_us > 0;
}

static struct span
in_brackets(struct pool *pool, struct span address)
{
	return pool_printf(pool, "<%.*s>", SPAN_ARGS(address));
}

void
stored_envelope_add(struct stored_envelope *envelope, struct pool *pool,
    struct span address)
{
	envelope->recipients = pool_grow(pool, envelope->recipients,
	    envelope->recipient_count, sizeof(*envelope->recipients));
	envelope->recipients[envelope->recipient_count++] =
	    in_brackets(pool, address);
}

/* Return-Path is a path (RFC 5321 section 4.4), "<>" for a bounce. */
static bool
guess_return_path(const struct stored_mail *mail, struct pool *pool,
    struct stored_envelope *envelope)
{
	const struct header *field =
	    header_list_find(&mail->headers, SPAN("Return-Path"), 0);
	struct address address;

	if (field == NULL)
		return false;
	if (address_parse(span_trim(field->value), &address, NULL) < 0) {
		envelope->unreadable++;
		return false;
	}
	envelope->sender = in_brackets(pool, address.text);
	envelope->sender_field = "Return-Path";
	return true;
}

static struct span
mailbox_text(struct pool *pool, const struct mailbox *mailbox)
{
	return mailbox->domain.len > 0
	    ? pool_printf(pool, "%.*s@%.*s", SPAN_ARGS(mailbox->local),
		  SPAN_ARGS(mailbox->domain))
	    : mailbox->local;
}

static void
guess_sender(const struct stored_mail *mail, struct pool *pool,
    struct stored_envelope *envelope)
{
	const struct header *field =
	    header_list_find(&mail->headers, SPAN("From"), 0);
	struct mailbox_list list = { 0 };
	struct err err;

	envelope->sender = SPAN("<>");
	if (guess_return_path(mail, pool, envelope) || field == NULL)
		return;
	if (mailbox_list_parse(pool, field->value, &list, &err) < 0) {
		envelope->unreadable++;
		return;
	}
	if (list.count == 0)
		return;
	envelope->sender =
	    in_brackets(pool, mailbox_text(pool, &list.items[0]));
	envelope->sender_field = "From";
}

static void
guess_recipients(const struct stored_mail *mail, struct pool *pool,
    struct span name, struct stored_envelope *envelope)
{
	for (size_t i = 0; i < mail->headers.count; i++) {
		const struct header *field = &mail->headers.items[i];
		struct mailbox_list list = { 0 };
		struct err err;

		if (!span_equal_case(field->name, name))
			continue;
		if (mailbox_list_parse(pool, field->value, &list, &err) < 0) {
			envelope->unreadable++;
			continue;
		}
		for (size_t j = 0; j < list.count; j++)
			stored_envelope_add(envelope, pool,
			    mailbox_text(pool, &list.items[j]));
	}
}

void
stored_envelope_guess(const struct stored_mail *mail, struct pool *pool,
    struct stored_envelope *envelope)
{
	*envelope = (struct stored_envelope){ 0 };
	guess_sender(mail, pool, envelope);
	guess_recipients(mail, pool, SPAN("To"), envelope);
	guess_recipients(mail, pool, SPAN("Cc"), envelope);
	guess_recipients(mail, pool, SPAN("Bcc"), envelope);
	if (envelope->recipient_count > 0) {
		envelope->recipients_field = "To, Cc, Bcc";
		return;
	}
	guess_recipients(mail, pool, SPAN("Delivered-To"), envelope);
	if (envelope->recipient_count > 0)
		envelope->recipients_field = "Delivered-To";
}
