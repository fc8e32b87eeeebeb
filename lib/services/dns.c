/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/dns.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "formats/ip.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRY_MS = 2000, /* until the next server, or the same one again */
	TRIES = 3,     /* of each server */
	UDP_SIZE = 1232, /* fits into one packet on any network */
	PORT_MAX = 65535,
};

struct dns {
	ares_channel channel;
};

/* One question on its way. */
struct question {
	const char *name;
	struct pool *pool;
	struct dns_txt *txt;
	struct err *err;
	bool done;
	enum lookup_result result;
	/* The answer ends with an alias and does not say what that has. */
	bool unfinished;
	bool referred; /* it only names other servers */
};

/* Reads SERVER; 0 or -1. */
static int
parse_server(struct span server, struct ip *ip, uint64_t *port)
{
	size_t colon = span_find_last(server, ':');
	struct span address = server;
	struct span number = { NULL, 0 };

	*port = DNS_PORT;
	if (span_starts(server, SPAN("["))) {
		size_t end = span_find(server, ']');

		if (end == server.len ||
		    (end + 1 < server.len && colon != end + 1))
			return -1;
		address = span_slice(server, 1, end);
		number = span_slice(server, end + 2, server.len);
		if (end + 1 == server.len)
			return ip_parse(address, ip);
	} else if (colon < server.len && span_find(server, ':') == colon) {
		address = span_slice(server, 0, colon);
		number = span_slice(server, colon + 1, server.len);
	} else {
		return ip_parse(address, ip);
	}
	if (span_number(number, PORT_MAX, port) < 0 || *port == 0)
		return -1;
	return ip_parse(address, ip);
}

int
dns_check_server(const char *server, struct err *err)
{
	struct ip ip;
	uint64_t port;

	if (parse_server(span_of(server), &ip, &port) == 0)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is no address of a DNS server; write one such as "
	    "192.0.2.53, 192.0.2.53:5300 or [2001:db8::53]:5300",
	    server);
}

static void
fill_node(struct ares_addr_port_node *node, const struct ip *ip, int port)
{
	node->udp_port = port;
	node->tcp_port = port;
	if (ip_is_v4(ip)) {
		node->family = AF_INET;
		memcpy(&node->addr.addr4, ip->bytes + 12, 4);
	} else {
		node->family = AF_INET6;
		memcpy(&node->addr.addr6, ip->bytes, sizeof(ip->bytes));
	}
}

static int
set_servers(
    struct dns *dns, const struct conf_strings *servers, struct err *err)
{
	struct ares_addr_port_node nodes[DNS_SERVERS_MAX] = { 0 };
	int status;

	if (servers->count > DNS_SERVERS_MAX)
		return err_set(err, ERR_LIMIT,
		    "%zu DNS servers are too many; name up to %d",
		    servers->count, DNS_SERVERS_MAX);
	for (size_t i = 0; i < servers->count; i++) {
		struct ip ip;
		uint64_t port;

		if (dns_check_server(servers->items[i], err) < 0 ||
		    parse_server(span_of(servers->items[i]), &ip, &port) < 0)
			return -1;
		fill_node(&nodes[i], &ip, (int)port);
		if (i > 0)
			nodes[i - 1].next = &nodes[i];
	}
	if (servers->count == 0)
		return 0;
	status = ares_set_servers_ports(dns->channel, nodes);
	if (status != ARES_SUCCESS)
		return err_set(err, ERR_SYSTEM,
		    "cannot use the DNS servers: %s", ares_strerror(status));
	return 0;
}

struct dns *
dns_open(const struct conf_strings *servers, struct err *err)
{
	struct dns *dns = xalloc(sizeof(*dns));
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS,
		.timeout = TRY_MS,
		.tries = TRIES,
		.ednspsz = UDP_SIZE,
	};
	int status = ares_init_options(&dns->channel, &options,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_EDNSPSZ);

	if (status != ARES_SUCCESS) {
		(void)err_set(err, ERR_SYSTEM, "cannot prepare for the DNS: %s",
		    ares_strerror(status));
		free(dns);
		return NULL;
	}
	if (set_servers(dns, servers, err) < 0)
		dns_close(&dns);
	return dns;
}

void
dns_close(struct dns **dns)
{
	if (*dns == NULL)
		return;
	ares_destroy((*dns)->channel);
	free(*dns);
	*dns = NULL;
}

/* Joins the strings of one TXT record, each with its length before it. */
static int
add_record(struct question *question, const ns_rr *rr)
{
	const unsigned char *data = ns_rr_rdata(*rr);
	size_t size = ns_rr_rdlen(*rr);
	struct dns_txt *txt = question->txt;
	char *text = pool_alloc(question->pool, size + 1);
	size_t len = 0;

	for (size_t at = 0; at < size; at += 1 + (size_t)data[at]) {
		if (data[at] > size - at - 1)
			return -1;
		memcpy(text + len, data + at + 1, data[at]);
		len += data[at];
	}
	txt->records = pool_grow(question->pool, txt->records, txt->count,
	    sizeof(txt->records[0]));
	txt->records[txt->count++] = span_make(text, len);
	return 0;
}

/* The name that is asked about, by now. */
static struct span
current_name(const struct question *question)
{
	return question->txt->alias.len > 0 ? question->txt->alias
					    : span_of(question->name);
}

/* Takes from RR what concerns the current name.  1 if it was an alias and has
 * moved on, 0 or -1. */
static int
read_rr(struct question *question, ns_msg *message, ns_rr *rr)
{
	char target[NS_MAXDNAME];

	if (ns_rr_class(*rr) != ns_c_in ||
	    !span_equal_case(span_of(ns_rr_name(*rr)), current_name(question)))
		return 0;
	if (ns_rr_type(*rr) == ns_t_txt)
		return add_record(question, rr);
	if (ns_rr_type(*rr) != ns_t_cname)
		return 0;
	if (ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message),
		ns_rr_rdata(*rr), target, sizeof(target)) < 0)
		return -1;
	question->txt->alias = pool_dup(question->pool, span_of(target));
	return 1;
}

/* 1 if MESSAGE does not answer, but names the servers that can (RFC 2308
 * section 2.2): those of a zone below the one that was asked.  0 if not, -1 if
 * it cannot be read. */
static int
is_referral(ns_msg *message)
{
	int names_servers = 0;
	ns_rr rr;

	if (ns_msg_count(*message, ns_s_an) > 0 ||
	    ns_msg_getflag(*message, ns_f_rcode) != ns_r_noerror ||
	    ns_msg_getflag(*message, ns_f_aa) != 0)
		return 0;
	for (int i = 0; i < ns_msg_count(*message, ns_s_ns); i++) {
		if (ns_parserr(message, ns_s_ns, i, &rr) < 0)
			return -1;
		if (ns_rr_type(rr) == ns_t_soa)
			return 0;
		if (ns_rr_type(rr) == ns_t_ns)
			names_servers = 1;
	}
	return names_servers;
}

/*
 * Reads the answer section from the current name on.  A server need not send
 * aliases in their order, so all is read again after each.
 */
static int
read_answer(struct question *question, const unsigned char *bytes, int len)
{
	ns_msg message;
	unsigned aliases = 0;
	int referral;
	ns_rr rr;

	if (ns_initparse(bytes, len, &message) < 0)
		return -1;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		int moved;

		if (ns_parserr(&message, ns_s_an, i, &rr) < 0)
			return -1;
		moved = read_rr(question, &message, &rr);
		if (moved < 0 || (moved > 0 && ++aliases > DNS_ALIASES_MAX))
			return -1;
		if (moved > 0)
			i = -1;
	}
	question->unfinished = aliases > 0 && question->txt->count == 0;
	referral = is_referral(&message);
	question->referred = referral > 0;
	return referral < 0 ? -1 : 0;
}

static void
answered(
    void *argument, int status, int timeouts, unsigned char *bytes, int len)
{
	struct question *question = argument;
	struct span name = current_name(question);

	(void)timeouts;
	question->done = true;
	question->result = LOOKUP_FAILED;
	if (status != ARES_SUCCESS && status != ARES_ENODATA &&
	    status != ARES_ENOTFOUND) {
		(void)err_set(question->err, ERR_TEMPORARY,
		    "the DNS server does not tell the TXT records of %.*s: %s",
		    SPAN_ARGS(name),
		    status == ARES_ECANCELLED ? "it has not answered in time"
					      : ares_strerror(status));
		return;
	}
	if (bytes != NULL && read_answer(question, bytes, len) < 0) {
		(void)err_set(question->err, ERR_INPUT,
		    "the DNS server's answer about %.*s cannot be read, or "
		    "its aliases go in a circle",
		    SPAN_ARGS(name));
		return;
	}
	if (question->referred) {
		(void)err_set(question->err, ERR_TEMPORARY,
		    "the DNS server does not tell the TXT records of %.*s, but "
		    "names other servers; ask one that recurses, or the "
		    "zone's own",
		    SPAN_ARGS(name));
		return;
	}
	question->result =
	    question->txt->count > 0 ? LOOKUP_FOUND : LOOKUP_NOT_FOUND;
	question->unfinished &= status == ARES_SUCCESS;
}

/* Waits for the sockets of CHANNEL, for at most TIMEOUT_MS, and lets c-ares go
 * on. */
static void
turn(ares_channel channel, int timeout_ms)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct pollfd fds[ARES_GETSOCK_MAXNUM];
	/* Not by the macros of ares.h, which shift into the sign. */
	unsigned mask =
	    (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
	nfds_t count = 0;

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = 0;

		if ((mask >> i & 1) != 0)
			events |= POLLIN;
		if ((mask >> (i + ARES_GETSOCK_MAXNUM) & 1) != 0)
			events |= POLLOUT;
		if (events != 0)
			fds[count++] =
			    (struct pollfd){ sockets[i], events, 0 };
	}
	if (poll(fds, count, timeout_ms) <= 0) {
		ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		return;
	}
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].revents != 0)
			ares_process_fd(channel,
			    (fds[i].events & POLLIN) != 0 ? fds[i].fd
							  : ARES_SOCKET_BAD,
			    (fds[i].events & POLLOUT) != 0 ? fds[i].fd
							   : ARES_SOCKET_BAD);
}

/* Asks about the current name and waits for the answer. */
static void
ask(struct dns *dns, struct question *question, int64_t deadline_us)
{
	struct span name = current_name(question);

	question->done = false;
	question->unfinished = false;
	question->referred = false;
	/* A name in POOL or of the caller's: NUL follows in both. */
	ares_query(dns->channel, name.ptr, ns_c_in, ns_t_txt, answered,
	    question);
	while (!question->done) {
		int64_t left_us = deadline_us - clock_now().monotonic_us;
		struct timeval most, own;
		const struct timeval *wait;

		if (left_us <= 0) {
			ares_cancel(dns->channel);
			break;
		}
		most.tv_sec = left_us / CLOCK_SECOND_US;
		most.tv_usec = left_us % CLOCK_SECOND_US;
		wait = ares_timeout(dns->channel, &most, &own);
		/* Rounded up, lest the last millisecond be spent spinning. */
		turn(dns->channel,
		    (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
	}
}

enum lookup_result
dns_lookup_txt(struct dns *dns, const char *name, struct pool *pool,
    struct dns_txt *txt, int64_t deadline_us, struct err *err)
{
	struct question question = {
		.name = name,
		.pool = pool,
		.txt = txt,
		.err = err,
	};

	*txt = (struct dns_txt){ NULL, 0, { NULL, 0 } };
	/* A server that does not recurse ends its answer with the alias. */
	for (int i = 0; i < DNS_ALIASES_MAX; i++) {
		ask(dns, &question, deadline_us);
		if (!question.unfinished)
			return question.result;
	}
	(void)err_set(err, ERR_INPUT,
	    "%s is an alias of an alias, and so on; shorten the chain to %d",
	    name, DNS_ALIASES_MAX);
	return LOOKUP_FAILED;
}
