/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/ip.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

enum {
	MAPPED_PREFIX = 96, /* bits that all IPv4-mapped addresses share */
};

static const uint8_t mapped[MAPPED_PREFIX / 8] = {
	[10] = 0xff, [11] = 0xff
};

/* Copies SPAN for inet_pton; false if it is too long or holds a NUL. */
static bool
terminate(struct span span, char text[IP_TEXT_SIZE])
{
	if (span.len == 0 || span.len >= IP_TEXT_SIZE ||
	    span_find(span, '\0') < span.len)
		return false;
	memcpy(text, span.ptr, span.len);
	text[span.len] = '\0';
	return true;
}

int
ip_parse(struct span text, struct ip *ip)
{
	const struct span tag = SPAN("IPv6:");
	bool tagged = span_starts_case(text, tag);
	char terminated[IP_TEXT_SIZE];
	struct ip parsed = { { 0 } };

	if (tagged)
		text = span_slice(text, tag.len, text.len);
	if (!terminate(text, terminated))
		return -1;
	if (inet_pton(AF_INET6, terminated, parsed.bytes) == 1) {
		*ip = parsed;
		return 0;
	}
	if (tagged ||
	    inet_pton(AF_INET, terminated, parsed.bytes + sizeof(mapped)) != 1)
		return -1;
	memcpy(parsed.bytes, mapped, sizeof(mapped));
	*ip = parsed;
	return 0;
}

const char *
ip_format(const struct ip *ip, char text[IP_TEXT_SIZE])
{
	const char *result;

	if (ip_is_v4(ip))
		result = inet_ntop(AF_INET, ip->bytes + sizeof(mapped), text,
		    IP_TEXT_SIZE);
	else
		result = inet_ntop(AF_INET6, ip->bytes, text, IP_TEXT_SIZE);
	assert(result != NULL);
	return result;
}

bool
ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->bytes, mapped, sizeof(mapped)) == 0;
}

/* IP with all bits behind PREFIX, counted from the left of 128, cleared. */
static struct ip
mask(const struct ip *ip, unsigned prefix)
{
	struct ip masked = *ip;

	for (unsigned i = 0; i < sizeof(masked.bytes); i++) {
		unsigned kept = prefix > i * 8 ? prefix - i * 8 : 0;

		if (kept < 8)
			masked.bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
	return masked;
}

int
network_parse(struct span text, struct network *network, struct err *err)
{
	size_t slash = span_find(text, '/');
	struct span base = span_slice(text, 0, slash);
	/* By how it is written: "::ffff:192.0.2.0/120" counts from the left. */
	bool v6 = span_find(base, ':') < base.len;
	uint64_t widest = v6 ? 128 : 32;
	uint64_t prefix = widest;
	struct ip masked;
	struct ip ip;

	if (ip_parse(base, &ip) < 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is not an Internet address; write 192.0.2.0/24 "
		    "or 2001:db8::/32",
		    SPAN_ARGS(text));
	if (slash < text.len &&
	    span_number(span_slice(text, slash + 1, text.len), widest,
		&prefix) < 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\": the prefix must be a number from 0 to %u",
		    SPAN_ARGS(text), (unsigned)widest);
	if (!v6)
		prefix += MAPPED_PREFIX;
	masked = mask(&ip, (unsigned)prefix);
	if (memcmp(&masked, &ip, sizeof(ip)) != 0) {
		char should[IP_TEXT_SIZE];

		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" has bits set behind its prefix; write %s%.*s",
		    SPAN_ARGS(text), ip_format(&masked, should),
		    SPAN_ARGS(span_slice(text, slash, text.len)));
	}
	*network = (struct network){ masked, (unsigned)prefix };
	return 0;
}

struct network
network_of(const struct ip *ip, unsigned prefix)
{
	if (ip_is_v4(ip)) {
		assert(prefix <= 32);
		prefix += MAPPED_PREFIX;
	}
	assert(prefix <= 128);
	return (struct network){ mask(ip, prefix), prefix };
}

bool
network_contains(const struct network *network, const struct ip *ip)
{
	struct ip masked = mask(ip, network->prefix);

	return memcmp(&masked, &network->base, sizeof(masked)) == 0;
}
