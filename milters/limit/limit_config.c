/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/limit/limit_config.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#define NS_PER_US INT64_C(1000)
#define BURST_MAX INT64_C(1000000000)

/* limit "NAME" { ... } as it is written. */
struct section {
	const char *name;
	struct conf_place place;
	int key;
	int count;
	int action;
	const char *rate;
	int64_t burst; /* 0: as many as the rate allows in its period */
	int64_t prefix_v4, prefix_v6;
	struct conf_strings roles;
	struct conf_strings listeners;
	struct conf_strings exempt_networks;
	struct conf_strings exempt_addresses;
	struct conf_strings exempt_logins;
};

static int
check_rate(const char *text, struct err *err)
{
	struct pool *pool = pool_new();
	struct limit_rate rate;
	int result = limit_rate_parse(span_of(text), pool, &rate, err);

	pool_free(&pool);
	return result;
}

/* An address, or "@" and a domain as domain_matches takes it. */
static int
check_exempt_address(const char *text, struct err *err)
{
	struct address address;

	if (text[0] == '@' && domain_pattern_check(text + 1, NULL) == 0)
		return 0;
	if (address_parse(span_of(text), &address, NULL) == 0 &&
	    address.domain.len > 0)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is no address; write user@example.com, @example.com or, "
	    "for all domains below it, @.example.com",
	    text);
}

static const char *const key_choices[] = { "sender", "sender_domain", "login",
	"client_network", NULL };
static const char *const count_choices[] = { "messages", "recipients", NULL };
static const char *const action_choices[] = { "tempfail", "reject", NULL };

#define ROW(member) offsetof(struct section, member)

static const struct conf_row section_rows[] = {
	{ "key", CONF_CHOICE, ROW(key), "sender", 0, 0, key_choices, NULL,
	    "Whom to count." },
	{ "count", CONF_CHOICE, ROW(count), "messages", 0, 0, count_choices,
	    NULL, "What to count." },
	{ "rate", CONF_STRING, ROW(rate), NULL, 0, 0, NULL, check_rate,
	    "How many in which time, such as \"100/h\"; units are s, min, h "
	    "and d." },
	{ "burst", CONF_INTEGER, ROW(burst), "0", 0, BURST_MAX, NULL, NULL,
	    "How many may come at once; 0: as many as the rate's number." },
	{ "action", CONF_CHOICE, ROW(action), "tempfail", 0, 0,
	    action_choices, NULL, "What happens to what is over the limit." },
	{ "prefix_v4", CONF_INTEGER, ROW(prefix_v4), "32", 0, 32, NULL, NULL,
	    "Bits of an IPv4 address that make a client_network." },
	{ "prefix_v6", CONF_INTEGER, ROW(prefix_v6), "64", 0, 128, NULL, NULL,
	    "Bits of an IPv6 address that make a client_network." },
	{ "roles", CONF_STRINGS, ROW(roles), NULL, 0, 0, NULL,
	    settings_check_role,
	    "Roles of listeners to which the limit applies; none: all." },
	{ "listeners", CONF_STRINGS, ROW(listeners), NULL, 0, 0, NULL, NULL,
	    "Names of listeners to which the limit applies; none: all." },
	{ "exempt_networks", CONF_STRINGS, ROW(exempt_networks), NULL, 0, 0,
	    NULL, settings_check_network,
	    "Client addresses and networks that are not counted." },
	{ "exempt_addresses", CONF_STRINGS, ROW(exempt_addresses), NULL, 0, 0,
	    NULL, check_exempt_address,
	    "Senders that are not counted: user@example.com, @example.com or "
	    "@.example.com." },
	{ "exempt_logins", CONF_STRINGS, ROW(exempt_logins), NULL, 0, 0, NULL,
	    NULL, "Logins that are not counted." },
};

const struct conf_row limit_rows[LIMIT_ROWS] = {
	{ "table_size", CONF_INTEGER, offsetof(struct limit_conf, table_size),
	    "1000000", BUCKET_KEYS_MIN, 1000000000, NULL, NULL,
	    "Keys that can be counted at the same time, at 48 to 96 bytes "
	    "each; takes effect at start, not at reload." },
};

const struct conf_section limit_sections[LIMIT_SECTIONS] = {
	{ "limit", section_rows,
	    sizeof(section_rows) / sizeof(section_rows[0]),
	    sizeof(struct section), ROW(name), ROW(place),
	    offsetof(struct limit_conf, limits),
	    "A limit; all that apply to a mail are kept." },
};

/* Rate and burst of SECTION as a bucket.  0, or -1 and ERRORS has a line. */
static int
load_rate(const struct section *section, struct pool *pool,
    struct limit *limit, struct buf *errors)
{
	struct bucket_rate *bucket = &limit->bucket;
	struct err err;

	if (section->rate[0] == '\0') {
		conf_mistake(errors, &section->place,
		    "limit \"%s\" has no rate; add one, such as "
		    "rate = \"100/h\"",
		    section->name);
		return -1;
	}
	if (limit_rate_parse(span_of(section->rate), pool, &limit->rate,
		&err) < 0) {
		conf_mistake(errors, &section->place, "%s", err.text);
		return -1;
	}
	/* Rounded up: rather a nanosecond too slow than one unit too many. */
	bucket->interval_ns = (limit->rate.period_us * NS_PER_US +
		                  limit->rate.count - 1) /
	    limit->rate.count;
	bucket->burst =
	    section->burst > 0 ? section->burst : limit->rate.count;
	if (bucket->burst > BUCKET_EMPTIES_NS_MAX / bucket->interval_ns) {
		conf_mistake(errors, &section->place,
		    "limit \"%s\": a burst of %jd takes more than ten years to "
		    "earn again; make it smaller",
		    section->name, (intmax_t)bucket->burst);
		return -1;
	}
	return 0;
}

static int
load_networks(const struct section *section, struct pool *pool,
    struct limit *limit, struct buf *errors)
{
	const struct conf_strings *texts = &section->exempt_networks;
	struct err err;

	limit->exempt_networks = pool_alloc_array(
	    pool, texts->count, sizeof(*limit->exempt_networks));
	limit->exempt_network_count = texts->count;
	for (size_t i = 0; i < texts->count; i++)
		if (network_parse(span_of(texts->items[i]),
			&limit->exempt_networks[i], &err) < 0) {
			conf_mistake(
			    errors, &section->place, "%s", err.text);
			return -1;
		}
	return 0;
}

static unsigned
load_roles(const struct conf_strings *names)
{
	unsigned roles = 0;

	for (size_t i = 0; i < names->count; i++) {
		enum role role;

		/* The row's check has seen it. */
		if (role_parse(span_of(names->items[i]), &role, NULL) == 0)
			roles |= 1u << role;
	}
	return names->count > 0 ? roles : ~0u;
}

static int
load_limit(const struct section *section, struct pool *pool,
    struct limit *limit, struct buf *errors)
{
	int result = 0;

	*limit = (struct limit){
		.name = span_of(section->name),
		.key = (enum limit_key)section->key,
		.count = (enum limit_count)section->count,
		.action = (enum limit_action)section->action,
		.prefix_v4 = (unsigned)section->prefix_v4,
		.prefix_v6 = (unsigned)section->prefix_v6,
		.roles = load_roles(&section->roles),
		.listeners = section->listeners,
		.exempt_addresses = section->exempt_addresses,
		.exempt_logins = section->exempt_logins,
	};
	if (load_rate(section, pool, limit, errors) < 0)
		result = -1;
	if (load_networks(section, pool, limit, errors) < 0)
		result = -1;
	return result;
}

struct limit_set *
limit_set_load(const struct limit_conf *conf, struct buf *errors)
{
	const struct section *items = conf->limits.items;
	struct limit_set *set = xalloc(sizeof(*set));
	bool failed = false;

	set->pool = pool_new();
	set->count = conf->limits.count;
	set->limits =
	    pool_alloc_array(set->pool, set->count, sizeof(*set->limits));
	if (set->count > BUCKET_CLAIMS_MAX) {
		conf_mistake(errors, &items[BUCKET_CLAIMS_MAX].place,
		    "there are more than %d limits; join some of them",
		    BUCKET_CLAIMS_MAX);
		failed = true;
	}
	for (size_t i = 0; i < set->count; i++)
		if (load_limit(
			&items[i], set->pool, &set->limits[i], errors) < 0)
			failed = true;
	if (failed)
		limit_set_free(&set);
	return set;
}

void
limit_set_free(struct limit_set **set)
{
	if (*set == NULL)
		return;
	pool_free(&(*set)->pool);
	free(*set);
	*set = NULL;
}

static bool
ip_known(const struct ip *ip)
{
	for (size_t i = 0; i < sizeof(ip->bytes); i++)
		if (ip->bytes[i] != 0)
			return true;
	return false;
}

/* The form in which the sender is counted.  One that cannot be read is refused
 * before it is counted; the null sender of who has logged in is left. */
static struct span
sender_key(struct pool *pool, const struct message *message)
{
	if (message->sender.local.len > 0)
		return address_key(pool, &message->sender);
	return pool_dup_lower(pool, message->sender_given);
}

static bool
contains_folded(const struct conf_strings *strings, struct span text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (span_equal_case(span_of(strings->items[i]), text))
			return true;
	return false;
}

static bool
address_exempt(const struct conf_strings *exempt,
    const struct message *message, struct pool *pool)
{
	struct span key = sender_key(pool, message);

	for (size_t i = 0; i < exempt->count; i++) {
		struct span text = span_of(exempt->items[i]);
		struct address address;

		if (span_starts(text, SPAN("@"))) {
			if (domain_matches(message->sender.domain,
				span_slice(text, 1, text.len)))
				return true;
		} else if (address_parse(text, &address, NULL) == 0 &&
		    span_equal(address_key(pool, &address), key)) {
			return true;
		}
	}
	return false;
}

static bool
is_exempt(const struct limit *limit, const struct connection *connection,
    const struct message *message, struct pool *pool)
{
	for (size_t i = 0; i < limit->exempt_network_count; i++)
		if (ip_known(&connection->client) &&
		    network_contains(
			&limit->exempt_networks[i], &connection->client))
			return true;
	return contains_folded(&limit->exempt_logins, connection->login) ||
	    address_exempt(&limit->exempt_addresses, message, pool);
}

static struct span
network_key(const struct limit *limit, const struct ip *client,
    struct pool *pool)
{
	unsigned prefix =
	    ip_is_v4(client) ? limit->prefix_v4 : limit->prefix_v6;
	struct network network = network_of(client, prefix);
	char text[IP_TEXT_SIZE];

	return pool_printf(
	    pool, "%s/%u", ip_format(&network.base, text), prefix);
}

bool
limit_is_null_sender(const struct message *message)
{
	struct span given = message->sender_given;

	return given.len == 0 || span_equal(given, SPAN("<>"));
}

/* Whom KEY means in this mail; empty where it has none. */
static struct span
key_value(const struct limit *limit, const struct connection *connection,
    const struct message *message, struct pool *pool)
{
	switch (limit->key) {
	case LIMIT_KEY_SENDER:
		/* Who uses up a bucket of all would stop the others. */
		if (limit_is_null_sender(message))
			return pool_dup_lower(pool, connection->login);
		return sender_key(pool, message);
	case LIMIT_KEY_SENDER_DOMAIN:
		return pool_dup_lower(pool, message->sender.domain);
	case LIMIT_KEY_LOGIN:
		return pool_dup_lower(pool, connection->login);
	case LIMIT_KEY_CLIENT_NETWORK:
		if (!connection->local && ip_known(&connection->client))
			return network_key(limit, &connection->client, pool);
		break;
	}
	return SPAN("");
}

bool
limit_applies(const struct limit *limit, const struct connection *connection,
    const struct message *message, struct pool *pool, struct span *value)
{
	const struct conf_strings *listeners = &limit->listeners;
	bool listed = listeners->count == 0;

	for (size_t i = 0; i < listeners->count && !listed; i++)
		listed = span_equal(
		    span_of(listeners->items[i]), connection->listener);
	if (!listed || (limit->roles >> connection->role & 1) == 0 ||
	    is_exempt(limit, connection, message, pool))
		return false;
	*value = key_value(limit, connection, message, pool);
	return value->len > 0;
}
