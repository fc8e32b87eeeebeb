/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/fuzz/mta_input.h"

#include "formats/milter_packet.h"

#include <string.h>

uint8_t
take_byte(struct reader *reader)
{
	if (reader->left == 0)
		return 0;
	reader->left--;
	return *reader->ptr++;
}

uint32_t
take_number(struct reader *reader, size_t bytes)
{
	uint32_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | take_byte(reader);
	return number;
}

struct span
take_span(struct reader *reader, size_t len)
{
	struct span span;

	len = len < reader->left ? len : reader->left;
	span = span_make((const char *)reader->ptr, len);
	reader->ptr += len;
	reader->left -= len;
	return span;
}

/* LEN bytes of PATTERN, again and again, block by block: byte by byte, they
 * would be most of what the fuzzer does. */
static void
add_filling(struct buf *in, const char *pattern, size_t len)
{
	char block[1024];
	size_t period = strlen(pattern);
	size_t size = sizeof(block) - sizeof(block) % period;

	for (size_t i = 0; i < size; i++)
		block[i] = pattern[i % period];
	for (; len > size; len -= size)
		(void)buf_append(in, block, size);
	(void)buf_append(in, block, len);
}

void
add_packet(struct buf *in, char letter, struct span payload)
{
	size_t packet = milter_packet_begin(in, letter);

	(void)buf_append_span(in, payload);
	milter_packet_end(in, packet);
}

/* The parts of operations. */
static void
add_negotiation(struct buf *in, struct reader *reader)
{
	size_t packet = milter_packet_begin(in, MILTER_NEGOTIATE);

	milter_add_number(in, take_byte(reader));
	milter_add_number(in, take_number(reader, 2));
	milter_add_number(in, take_number(reader, 4));
	milter_packet_end(in, packet);
}

static void
add_field(struct buf *in, struct reader *reader)
{
	size_t packet = milter_packet_begin(in, MILTER_HEADER);

	milter_add_string(in, SPAN("X-Fuzz"));
	milter_add_string(in, take_span(reader, take_byte(reader)));
	milter_packet_end(in, packet);
}

static void
add_body(struct buf *in, struct reader *reader)
{
	size_t len = take_number(reader, 2) * 4u;
	size_t packet = milter_packet_begin(in, MILTER_BODY);

	add_filling(in, "0123456\r\n", len);
	milter_packet_end(in, packet);
}

/* One macro of the stage before the command that comes next. */
static void
add_macro(struct buf *in, struct reader *reader)
{
	size_t packet = milter_packet_begin(in, MILTER_MACROS);
	size_t len = take_number(reader, 1) << take_byte(reader) % 12;

	(void)buf_append_char(
	    in, "CHMRTNE"[take_byte(reader) % MILTER_STAGE_COUNT]);
	milter_add_string(in, SPAN("{auth_authen}"));
	add_filling(in, "x", len);
	(void)buf_append_char(in, '\0');
	milter_packet_end(in, packet);
}

static void
add_length(struct buf *in, struct reader *reader)
{
	milter_add_number(in, take_number(reader, 4));
	(void)buf_append_char(in, (char)take_byte(reader));
}

/* Commands that every MTA gives, in their order. */
static const struct {
	char letter;
	const char *payload;
	size_t len;
} phrases[] = {
#define PHRASE(letter, text) { letter, text, sizeof(text) - 1 }
	PHRASE(MILTER_MACROS, "Cj\0mx\0{daemon_name}\0smtp\0"),
	PHRASE(MILTER_CONNECT, "client\0004\1\2192.0.2.1\0"),
	PHRASE(MILTER_MACROS, "H{tls_version}\0TLSv1.3\0"),
	PHRASE(MILTER_HELO, "client\0"),
	PHRASE(MILTER_MACROS, "M{i}\0004ABC\0{auth_authen}\0ann\0"),
	PHRASE(MILTER_MAIL, "<ann@example.com>\0SIZE=100\0"),
	PHRASE(MILTER_MACROS, "Ri\0004ABC\0"),
	PHRASE(MILTER_RECIPIENT, "<bob@example.net>\0NOTIFY=NEVER\0"),
	PHRASE(MILTER_RECIPIENT, "<Dora@example.net>\0"),
	PHRASE(MILTER_DATA, ""),
	PHRASE(MILTER_HEADER, "Subject\0 x\0"),
	PHRASE(MILTER_HEADERS_END, ""),
	PHRASE(MILTER_BODY, "text\r\n"),
	PHRASE(MILTER_END, ""),
	PHRASE(MILTER_ABORT, ""),
	PHRASE(MILTER_QUIT_NEW, ""),
	PHRASE(MILTER_CONNECT, "client\0006\1\2IPv6:2001:db8::1\0"),
	PHRASE(MILTER_CONNECT, "client\000L\0\0/run/socket\0"),
	PHRASE(MILTER_CONNECT, "client\000U"),
	PHRASE(MILTER_UNKNOWN, "XYZZY\0"),
	PHRASE(MILTER_MACROS, "Tx\0y\0"),
	PHRASE(MILTER_MACROS, "Nx\0y\0"),
	PHRASE(MILTER_MACROS, "Ex\0y\0"),
	PHRASE(MILTER_MACROS, "Lx\0y\0"),
	PHRASE(MILTER_END, "rest\r\n"),
	PHRASE(MILTER_QUIT, ""),
#undef PHRASE
};

static void
add_phrases(struct buf *in, size_t from, size_t to)
{
	for (size_t i = from; i <= to && i < sizeof(phrases) /
		    sizeof(phrases[0]); i++)
		add_packet(in, phrases[i].letter,
		    span_make(phrases[i].payload, phrases[i].len));
}

void
add_operation(struct buf *in, char operation, struct reader *reader)
{
	switch (operation) {
	case 'p': /* a packet: letter, length, payload */
		operation = (char)take_byte(reader);
		add_packet(in, operation,
		    take_span(reader, take_number(reader, 2)));
		break;
	case 'n': /* a negotiation: version, actions, steps */
		add_negotiation(in, reader);
		break;
	case 'l': /* a length and a letter, and no more */
		add_length(in, reader);
		break;
	case 'r': /* bytes: length, bytes */
		(void)buf_append_span(
		    in, take_span(reader, take_byte(reader)));
		break;
	case 'f': /* a header field: length, value */
		add_field(in, reader);
		break;
	case 'b': /* a piece of body: length */
		add_body(in, reader);
		break;
	case 'd': /* a macro: length, factor of it, stage */
		add_macro(in, reader);
		break;
	case 'm': /* a message from MAIL to its end */
		add_phrases(in, 4, 13);
		break;
	default: /* one of the phrases */
		add_phrases(
		    in, (uint8_t)operation % 32u, (uint8_t)operation % 32u);
		break;
	}
}

