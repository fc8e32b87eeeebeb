/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/milter_packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH_SIZE = 4 };

static uint32_t
number_at(const char *ptr)
{
	uint32_t number;

	memcpy(&number, ptr, sizeof(number));
	return ntohl(number);
}

enum packet_split
milter_packet_split(
    struct span *bytes, struct milter_packet *packet, struct err *err)
{
	uint32_t length;

	if (bytes->len < LENGTH_SIZE)
		return PACKET_PARTIAL;
	length = number_at(bytes->ptr);
	if (length == 0 || length > MILTER_PACKET_MAX) {
		(void)err_set(err, ERR_INPUT,
		    "a packet of %ju bytes; expected 1 to %d",
		    (uintmax_t)length, MILTER_PACKET_MAX);
		return PACKET_WRONG;
	}
	if (bytes->len - LENGTH_SIZE < length)
		return PACKET_PARTIAL;
	packet->letter = bytes->ptr[LENGTH_SIZE];
	packet->payload =
	    span_make(bytes->ptr + LENGTH_SIZE + 1, length - 1);
	*bytes = span_make(bytes->ptr + LENGTH_SIZE + length,
	    bytes->len - LENGTH_SIZE - length);
	return PACKET_WHOLE;
}

int
milter_read_negotiation(struct span payload,
    struct milter_negotiation *negotiation, struct err *err)
{
	enum { NUMBERS = 3 };

	/* A later version may have more behind these. */
	if (payload.len < NUMBERS * sizeof(uint32_t))
		return err_set(err, ERR_INPUT,
		    "a negotiation of %zu bytes; expected 12", payload.len);
	negotiation->version = number_at(payload.ptr);
	negotiation->actions = number_at(payload.ptr + 4);
	negotiation->steps = number_at(payload.ptr + 8);
	return 0;
}

/* TEXT as an IP address of FAMILY; Sendmail puts "IPv6:" before one. */
static int
read_address(char family, struct span text, uint16_t port,
    struct sockaddr_storage *address, struct err *err)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct span digits = text;
	char string[INET6_ADDRSTRLEN + 1];

	if (family == '6' && span_starts_case(digits, SPAN("IPv6:")))
		digits = span_slice(digits, 5, digits.len);
	(void)snprintf(
	    string, sizeof(string), "%.*s", SPAN_ARGS(digits));
	in.sin_port = in6.sin6_port = htons(port);
	if (family == '4' && inet_pton(AF_INET, string, &in.sin_addr) == 1)
		memcpy(address, &in, sizeof(in));
	else if (family == '6' &&
	    inet_pton(AF_INET6, string, &in6.sin6_addr) == 1)
		memcpy(address, &in6, sizeof(in6));
	else
		return err_set(err, ERR_INPUT,
		    "\"%.*s\" is no IPv%c address", SPAN_ARGS(text), family);
	return 0;
}

int
milter_read_client(struct span payload, struct span *name,
    struct sockaddr_storage *address, struct err *err)
{
	size_t end = span_find(payload, '\0');
	struct span rest = span_slice(payload, end + 1, payload.len);
	struct span text;
	uint16_t port;

	memset(address, 0, sizeof(*address));
	if (rest.len == 0)
		return err_set(err, ERR_INPUT, "a client without a family");
	*name = span_slice(payload, 0, end);
	switch (rest.ptr[0]) {
	case 'U':
		return 0;
	case 'L':
	case '4':
	case '6':
		break;
	default:
		return err_set(err, ERR_INPUT,
		    "a client of the unknown family 0x%02x",
		    (unsigned char)rest.ptr[0]);
	}
	if (rest.len < 1 + sizeof(port) ||
	    milter_read_strings(span_slice(rest, 3, rest.len), &text, 1, err) <
		0)
		return err_set(err, ERR_INPUT,
		    "a client whose address does not end in one NUL");
	memcpy(&port, rest.ptr + 1, sizeof(port));
	if (rest.ptr[0] == 'L')
		return 0;
	return read_address(rest.ptr[0], text, ntohs(port), address, err);
}

int
milter_read_arguments(struct span payload, struct span *strings, size_t min,
    size_t max, size_t *count, struct err *err)
{
	size_t all = 0;

	if (payload.len > 0 && payload.ptr[payload.len - 1] != '\0')
		return err_set(err, ERR_INPUT,
		    "a string that does not end in a NUL");
	while (payload.len > 0) {
		size_t end = span_find(payload, '\0');

		if (all < max)
			strings[all] = span_slice(payload, 0, end);
		all++;
		payload = span_slice(payload, end + 1, payload.len);
	}
	if (all < min)
		return err_set(err, ERR_INPUT,
		    "%zu strings; expected %zu or more", all, min);
	*count = all < max ? all : max;
	return 0;
}

int
milter_read_strings(struct span payload, struct span *strings, size_t count,
    struct err *err)
{
	size_t all;

	if (!milter_strings_valid(payload, &all) || all != count)
		return err_set(err, ERR_INPUT,
		    "expected %zu %s, each ended by a NUL", count,
		    count == 1 ? "string" : "strings");
	return milter_read_arguments(payload, strings, count, count, &all, err);
}

bool
milter_strings_valid(struct span span, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < span.len; i++)
		if (span.ptr[i] == '\0')
			(*count)++;
	return span.len == 0 || span.ptr[span.len - 1] == '\0';
}

size_t
milter_packet_begin(struct buf *out, char letter)
{
	size_t offset = out->len;

	milter_add_number(out, 0);
	(void)buf_append_char(out, letter);
	return offset;
}

void
milter_packet_end(struct buf *out, size_t offset)
{
	uint32_t length;

	if (out->full)
		return;
	length = htonl((uint32_t)(out->len - offset - LENGTH_SIZE));
	memcpy(out->ptr + offset, &length, sizeof(length));
}

void
milter_packet_add(struct buf *out, char letter)
{
	milter_packet_end(out, milter_packet_begin(out, letter));
}

void
milter_add_number(struct buf *out, uint32_t number)
{
	uint32_t ordered = htonl(number);

	(void)buf_append(out, &ordered, sizeof(ordered));
}

void
milter_add_string(struct buf *out, struct span text)
{
	(void)buf_append_span(out, text);
	(void)buf_append_char(out, '\0');
}
