/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/lumbar/lumbar_mail.h"

#include "base/file.h"
#include "formats/address.h"
#include "formats/ip.h"
#include "formats/moment_text.h"

#include <stdio.h>
#include <string.h>

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
lumbar_envelope_option(struct lumbar_envelope *envelope, int option,
    const char *argument, struct err *err)
{
	switch (option) {
	case 'C':
		envelope->client = argument;
		if (lumbar_mail_check_client(argument, err) < 0)
			return err_context(err, "--client");
		return 0;
	case 'f':
		envelope->from = argument;
		if (lumbar_mail_check_address(argument, err) < 0)
			return err_context(err, "--from");
		return 0;
	case 'L':
		envelope->listener = argument;
		return 0;
	case 'l':
		envelope->login = argument;
		return 0;
	case 'r':
		envelope->recipients[envelope->recipient_count++] = argument;
		if (lumbar_mail_check_address(argument, err) < 0)
			return err_context(err, "--rcpt");
		return 0;
	case 't':
		if (moment_text_parse(
			span_of(argument), &envelope->time_us, err) < 0)
			return err_context(err, "--time");
		return 0;
	}
	return err_set(err, ERR_CONFIG,
	    "it does not take that option; try --help");
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

/* PATH without the "<>" that it may have. */
static struct span
bare_address(struct span path)
{
	path = span_trim(path);
	if (path.len >= 2 && span_starts(path, SPAN("<")) &&
	    path.ptr[path.len - 1] == '>')
		return span_slice(path, 1, path.len - 1);
	return path;
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
	if (mail->guess.recipient_count == 0 && envelope->last_resort != NULL)
		stored_envelope_add(&mail->guess, pool,
		    bare_address(span_of(envelope->last_resort)));
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
