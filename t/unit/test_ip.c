/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/ip.h"

#include "t/unit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(addresses)
{
	static const struct {
		const char *text;
		const char *formatted; /* NULL: is refused */
		bool v4;
	} cases[] = {
		{ "192.0.2.7", "192.0.2.7", true },
		{ "0.0.0.0", "0.0.0.0", true },
		{ "255.255.255.255", "255.255.255.255", true },
		{ "2001:db8::1", "2001:db8::1", false },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1", false },
		{ "IPv6:2001:db8::1", "2001:db8::1", false },
		{ "ipv6:2001:db8::1", "2001:db8::1", false },
		{ "::ffff:192.0.2.7", "192.0.2.7", true },
		{ "IPv6:::ffff:192.0.2.7", "192.0.2.7", true },
		{ "::1", "::1", false },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false },
		{ "", NULL, false },
		{ "IPv6:", NULL, false },
		{ "IPv6:192.0.2.7", NULL, false },
		{ "IPv6:IPv6:::1", NULL, false },
		{ "192.0.2", NULL, false },
		{ "192.0.2.256", NULL, false },
		{ "192.0.2.7 ", NULL, false },
		{ "[192.0.2.7]", NULL, false },
		{ "fe80::1%lo", NULL, false },
		{ "1:2:3:4:5:6:7:8:9", NULL, false },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL,
		    false },
		{ "localhost", NULL, false },
	};
	char text[IP_TEXT_SIZE];
	struct ip ip;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int result = ip_parse(span_of(cases[i].text), &ip);

		ck_assert_msg(result == (cases[i].formatted ? 0 : -1), "%s",
		    cases[i].text);
		if (result < 0)
			continue;
		ck_assert_str_eq(ip_format(&ip, text), cases[i].formatted);
		ck_assert_int_eq(ip_is_v4(&ip), cases[i].v4);
	}
	ck_assert_int_eq(ip_parse(SPAN("192.0.2.7\0"), &ip), -1);
}
END_TEST

START_TEST(networks)
{
	static const struct {
		const char *network;
		const char *inside; /* NULL: the network is refused */
		const char *outside;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", "192.0.3.0" },
		{ "192.0.2.7", "192.0.2.7", "192.0.2.6" },
		{ "192.0.2.7/32", "192.0.2.7", "192.0.2.8" },
		{ "192.0.2.4/30", "192.0.2.7", "192.0.2.8" },
		{ "0.0.0.0/0", "203.0.113.9", "2001:db8::1" },
		{ "2001:db8::/32", "2001:db8:ffff::", "2001:db9::" },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::2" },
		{ "::/0", "192.0.2.1", NULL },
		{ "::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9" },
		{ "192.0.2.1/24", NULL, NULL },
		{ "192.0.2.0/33", NULL, NULL },
		{ "192.0.2.0/", NULL, NULL },
		{ "192.0.2.0/-1", NULL, NULL },
		{ "192.0.2.0/24/8", NULL, NULL },
		{ "2001:db8::/129", NULL, NULL },
		{ "2001:db8::1/64", NULL, NULL },
		{ "/24", NULL, NULL },
		{ "example.com/24", NULL, NULL },
	};
	struct network network;
	struct err err;
	struct ip ip;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int result =
		    network_parse(span_of(cases[i].network), &network, &err);

		ck_assert_msg(result == (cases[i].inside ? 0 : -1), "%s",
		    cases[i].network);
		if (result < 0) {
			ck_assert_int_eq(err.kind, ERR_CONFIG);
			continue;
		}
		ck_assert_int_eq(ip_parse(span_of(cases[i].inside), &ip), 0);
		ck_assert(network_contains(&network, &ip));
		if (cases[i].outside == NULL)
			continue;
		ck_assert_int_eq(ip_parse(span_of(cases[i].outside), &ip), 0);
		ck_assert(!network_contains(&network, &ip));
	}
}
END_TEST

START_TEST(network_of_address)
{
	static const struct {
		const char *ip;
		unsigned prefix;
		const char *base;
		unsigned result;
	} cases[] = {
		{ "192.0.2.7", 32, "192.0.2.7", 128 },
		{ "192.0.2.7", 24, "192.0.2.0", 120 },
		{ "192.0.2.7", 0, "0.0.0.0", 96 },
		{ "2001:db8:1:2:3::", 64, "2001:db8:1:2::", 64 },
		{ "2001:db8:ffff::", 33, "2001:db8:8000::", 33 },
		{ "2001:db8::7", 128, "2001:db8::7", 128 },
		{ "2001:db8::7", 0, "::", 0 },
	};
	char text[IP_TEXT_SIZE];
	struct ip ip;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct network network;

		ck_assert_int_eq(ip_parse(span_of(cases[i].ip), &ip), 0);
		network = network_of(&ip, cases[i].prefix);
		ck_assert_str_eq(
		    ip_format(&network.base, text), cases[i].base);
		ck_assert_uint_eq(network.prefix, cases[i].result);
		ck_assert(network_contains(&network, &ip));
	}
}
END_TEST

SUITE_MAIN("ip", addresses, networks, network_of_address)
