/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/milter_packet.h"

#include "t/unit/suite.h"

#include <arpa/inet.h>
#include <string.h>

START_TEST(splitting)
{
	static const struct {
		struct span bytes;
		enum packet_split result;
		char letter;
		struct span payload;
		size_t left;
	} rows[] = {
		{ SPAN_INIT(""), PACKET_PARTIAL, 0, SPAN_INIT(""), 0 },
		{ SPAN_INIT("\0\0\0"), PACKET_PARTIAL, 0, SPAN_INIT(""), 3 },
		{ SPAN_INIT("\0\0\0\1"), PACKET_PARTIAL, 0, SPAN_INIT(""), 4 },
		{ SPAN_INIT("\0\0\0\1Q"), PACKET_WHOLE, 'Q', SPAN_INIT(""),
		    0 },
		{ SPAN_INIT("\0\0\0\3Hab\0\0"), PACKET_WHOLE, 'H',
		    SPAN_INIT("ab"), 2 },
		{ SPAN_INIT("\0\0\0\3Ha"), PACKET_PARTIAL, 0, SPAN_INIT(""),
		    6 },
		{ SPAN_INIT("\0\0\0\0Q"), PACKET_WRONG, 0, SPAN_INIT(""), 5 },
		/* MILTER_PACKET_MAX, and one more */
		{ SPAN_INIT("\0\x10\0\0B"), PACKET_PARTIAL, 0, SPAN_INIT(""),
		    5 },
		{ SPAN_INIT("\0\x10\0\1B"), PACKET_WRONG, 0, SPAN_INIT(""),
		    5 },
		{ SPAN_INIT("\xff\xff\xff\xff"), PACKET_WRONG, 0,
		    SPAN_INIT(""), 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct milter_packet packet = { 0 };
		struct span bytes = rows[i].bytes;
		struct err err;

		ck_assert_int_eq(milter_packet_split(&bytes, &packet, &err),
		    rows[i].result);
		ck_assert_int_eq(packet.letter, rows[i].letter);
		ck_assert(span_equal(packet.payload, rows[i].payload));
		ck_assert_uint_eq(bytes.len, rows[i].left);
	}
}
END_TEST

START_TEST(negotiations)
{
	struct milter_negotiation negotiation;
	struct err err;

	ck_assert_int_eq(milter_read_negotiation(
			     SPAN("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"),
			     &negotiation, &err),
	    0);
	ck_assert_uint_eq(negotiation.version, 6);
	ck_assert_uint_eq(negotiation.actions, 0x1ff);
	ck_assert_uint_eq(negotiation.steps, 0x1fffff);
	ck_assert_int_eq(milter_read_negotiation(
			     SPAN("\0\0\0\6\0\0\1\xff\0\x1f\xff"),
			     &negotiation, &err),
	    -1);
}
END_TEST

/* The text of ADDRESS, "" where it is none. */
static const char *
text_of(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN])
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	text[0] = '\0';
	memcpy(&in, address, sizeof(in));
	memcpy(&in6, address, sizeof(in6));
	if (address->ss_family == AF_INET)
		inet_ntop(AF_INET, &in.sin_addr, text, INET6_ADDRSTRLEN);
	else if (address->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6.sin6_addr, text, INET6_ADDRSTRLEN);
	return text;
}

START_TEST(clients)
{
	static const struct {
		struct span payload;
		int result;
		const char *address;
	} rows[] = {
		{ SPAN_INIT("mx\0" "4\0\31" "192.0.2.1\0"), 0, "192.0.2.1" },
		{ SPAN_INIT("mx\0" "6\0\31" "2001:db8::1\0"), 0,
		    "2001:db8::1" },
		{ SPAN_INIT("mx\0" "6\0\31" "IPv6:2001:db8::1\0"), 0,
		    "2001:db8::1" },
		{ SPAN_INIT("mx\0" "L\0\0" "/path\0"), 0, "" },
		{ SPAN_INIT("mx\0" "U"), 0, "" },
		{ SPAN_INIT("\0U"), 0, "" },
		{ SPAN_INIT("mx\0"), -1, "" },
		{ SPAN_INIT("mx"), -1, "" },
		{ SPAN_INIT(""), -1, "" },
		{ SPAN_INIT("mx\0" "X\0\31" "192.0.2.1\0"), -1, "" },
		{ SPAN_INIT("mx\0" "4"), -1, "" },
		{ SPAN_INIT("mx\0" "4\0\31"), -1, "" },
		{ SPAN_INIT("mx\0" "4\0\31" "192.0.2.1"), -1, "" },
		{ SPAN_INIT("mx\0" "4\0\31" "192.0.2.1\0x\0"), -1, "" },
		{ SPAN_INIT("mx\0" "4\0\31" "192.0.2.256\0"), -1, "" },
		{ SPAN_INIT("mx\0" "4\0\31" "2001:db8::1\0"), -1, "" },
		{ SPAN_INIT("mx\0" "6\0\31" "192.0.2.1\0"), -1, "" },
		/* Longer than any address. */
		{ SPAN_INIT("mx\0" "6\0\31"
			    "1111:2222:3333:4444:5555:6666:7777:8888aaaaaaaaa"
			    "\0"), -1, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[INET6_ADDRSTRLEN];
		struct sockaddr_storage address;
		struct span name;
		struct err err;

		ck_assert_msg(milter_read_client(rows[i].payload, &name,
				  &address, &err) == rows[i].result,
		    "row %zu", i);
		ck_assert_str_eq(text_of(&address, text), rows[i].address);
	}
}
END_TEST

START_TEST(strings)
{
	struct span items[2];
	struct err err;
	size_t count;

	ck_assert_int_eq(milter_read_strings(SPAN("a\0\0"), items, 2, &err), 0);
	ck_assert(span_equal(items[0], SPAN("a")));
	ck_assert_uint_eq(items[1].len, 0);
	ck_assert_int_eq(milter_read_strings(SPAN("a\0"), items, 2, &err), -1);
	ck_assert_int_eq(
	    milter_read_strings(SPAN("a\0b\0c\0"), items, 2, &err), -1);
	ck_assert_int_eq(milter_read_strings(SPAN("a\0b"), items, 2, &err), -1);
	ck_assert_int_eq(milter_read_arguments(
			     SPAN("a\0b\0c\0"), items, 1, 2, &count, &err),
	    0);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(
	    milter_read_arguments(SPAN(""), items, 1, 2, &count, &err), -1);
	ck_assert(milter_strings_valid(SPAN(""), &count));
	ck_assert_uint_eq(count, 0);
	ck_assert(!milter_strings_valid(SPAN("a"), &count));
}
END_TEST

START_TEST(appending)
{
	struct buf out;
	size_t packet;

	buf_init(&out, 24);
	milter_packet_add(&out, 'c');
	packet = milter_packet_begin(&out, 'i');
	milter_add_number(&out, 258);
	milter_add_string(&out, SPAN("ab"));
	milter_packet_end(&out, packet);
	ck_assert(span_equal(buf_span(&out),
	    SPAN("\0\0\0\1c\0\0\0\10i\0\0\1\2ab\0")));
	milter_packet_add(&out, 'c');
	milter_packet_add(&out, 'c');
	ck_assert(out.full);
	buf_free(&out);
}
END_TEST

SUITE_MAIN("milter_packet", splitting, negotiations, clients, strings,
    appending)
