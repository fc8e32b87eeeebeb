/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/lumbar_mail.h"

#include "base/file.h"
#include "formats/address.h"
#include "formats/ip.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int
lumbar_mail_check_address(const char *text, struct err *err)
{
	struct address address;

	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(err, ERR_INPUT,
			    "there is a control character in the address");
	return address_parse(span_of(text), &address, err);
}

int
lumbar_mail_check_client(const char *text, struct err *err)
{
	struct ip ip;

	if (ip_parse(span_of(text), &ip) == 0)
		return 0;
	return err_set(err, ERR_INPUT,
	    "\"%.80s\" is no address; write one such as 192.0.2.7 or "
	    "2001:db8::7",
	    text);
}

int
lumbar_mail_time(const char *text, int64_t *time_us, struct err *err)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
		"%Y-%m-%d" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, forms[i], &tm);
		bool utc = end != NULL && strcmp(end, "Z") == 0;

		if (end == NULL || (*end != '\0' && !utc))
			continue;
		if (utc)
			tm.tm_isdst = 0;
		*time_us = (int64_t)(utc ? timegm(&tm) : mktime(&tm)) *
		    CLOCK_SECOND_US;
		if (*time_us > 0)
			return 0;
	}
	return err_set(err, ERR_INPUT,
	    "\"%.80s\" is no time from 1970 on; write one such as 2026-11-22, "
	    "\"2026-11-22 14:30\" or 2026-11-22T14:30:00Z",
	    text);
}

static int
read_stream(FILE *stream, struct buf *text, struct err *err)
{
	char piece[65536];
	size_t got;

	while ((got = fread(piece, 1, sizeof(piece), stream)) > 0)
		if (buf_append(text, piece, got) < 0)
			return err_set(err, ERR_LIMIT,
			    "the message is larger than %d bytes",
			    (int)LUMBAR_MAIL_MAX);
	if (ferror(stream))
		return err_set_errno(err, "standard input cannot be read");
	return 0;
}

int
lumbar_mail_load(const char *file, struct buf *text, struct err *err)
{
	int result = strcmp(file, "-") == 0 ? read_stream(stdin, text, err)
					    : file_read(file, text, err);

	if (result < 0)
		return -1;
	if (text->len > 0 && text->ptr[text->len - 1] != '\n')
		(void)buf_append_char(text, '\n');
	return 0;
}

/* TEXT, an address with or without "<>", as a path in POOL. */
static const char *
path_of(struct pool *pool, const char *text)
{
	struct span path = span_trim(span_of(text));

	if (span_starts(path, SPAN("<")))
		return pool_string(pool, path);
	return pool_printf(pool, "<%.*s>", SPAN_ARGS(path)).ptr;
}

static const char *const *
recipients_of(const struct lumbar_envelope *envelope,
    const struct stored_envelope *guess, struct pool *pool)
{
	size_t count = envelope->recipient_count > 0
	    ? envelope->recipient_count
	    : guess->recipient_count;
	const char **all =
	    pool_alloc_array(pool, count + 1, sizeof(const char *));

	for (size_t i = 0; i < count; i++)
		all[i] = envelope->recipient_count > 0
		    ? path_of(pool, envelope->recipients[i])
		    : pool_string(pool, guess->recipients[i]);
	return all;
}

int
lumbar_mail_make(struct span text, const struct lumbar_envelope *envelope,
    struct pool *pool, struct lumbar_mail *mail, struct err *err)
{
	struct moment now = clock_now();

	*mail = (struct lumbar_mail){ .guess = { .sender = SPAN("<>") } };
	if (stored_mail_read(text, pool, &mail->stored, err) < 0)
		return -1;
	stored_envelope_guess(&mail->stored, pool, &mail->guess);
	if (envelope->recipient_count == 0 && mail->guess.recipient_count == 0)
		return err_set(err, ERR_INPUT,
		    "its header names no recipient; say --rcpt=ADDRESS");
	if (envelope->time_us != 0)
		now.wall_us = envelope->time_us;
	mail->sent = (struct trial_message){
		.client = envelope->client,
		.login = envelope->login,
		.listener = envelope->listener,
		.sender = envelope->from != NULL
		    ? path_of(pool, envelope->from)
		    : pool_string(pool, mail->guess.sender),
		.recipients = recipients_of(envelope, &mail->guess, pool),
		.text = mail->stored.text,
		.now = now,
	};
	return 0;
}
