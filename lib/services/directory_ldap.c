/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to one LDAP server: the one place that includes libldap.
 *
 * A handle knows one URI, and failover is ours (directory_servers.c): with
 * several URIs and TLS the library of Debian 12 is at fault (ITS#10101).
 * Waiting needs the clock, so this file reads it.
 */
#include "services/directory_backend.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <ldap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	SIZE_LIMIT = 2, /* entries: the second shows that a key is ambiguous */
	INCOMING_MAX = 16 * 1024 * 1024, /* bytes of one answer */
	KEEPALIVE_IDLE_S = 60,
	KEEPALIVE_PROBES = 3,
	KEEPALIVE_INTERVAL_S = 10,
	UNACKNOWLEDGED_MS = 10000,
};

struct directory_ldap {
	const char *uri; /* of the settings */
	LDAP *handle;
	struct ldap_conncb on_connect;
	int64_t deadline_us; /* of what it is doing */
};

static struct timeval
timeval_of(int64_t us)
{
	if (us < 1000)
		us = 1000; /* zero would mean "poll" or "for ever" */
	return (struct timeval){
		.tv_sec = us / CLOCK_SECOND_US,
		.tv_usec = us % CLOCK_SECOND_US,
	};
}

/* Fills *ERR with what libldap and the server say about RC. */
static int
tell(const struct directory_ldap *ldap, int rc, const char *what,
    struct err *err)
{
	char *detail = NULL;

	(void)ldap_get_option(
	    ldap->handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &detail);
	(void)err_set(err, ERR_TEMPORARY, "%s: %s: %s%s%s%s", ldap->uri, what,
	    ldap_err2string(rc), detail != NULL ? " (" : "",
	    detail != NULL ? detail : "", detail != NULL ? ")" : "");
	ldap_memfree(detail);
	return -1;
}

/* TLS that is never weaker than this, whatever ldap.conf(5) says. */
static int
set_tls(LDAP *handle, const char *ca_file)
{
	const int demand = LDAP_OPT_X_TLS_DEMAND;
	const int protocol = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
	const int client = 0;

	if (ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) !=
		LDAP_OPT_SUCCESS ||
	    ldap_set_option(handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, &protocol) !=
		LDAP_OPT_SUCCESS)
		return -1;
	if (ca_file[0] != '\0' &&
	    ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, ca_file) !=
		LDAP_OPT_SUCCESS)
		return -1;
	/* Options after this one would have no effect. */
	return ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client) ==
		LDAP_OPT_SUCCESS
	    ? 0
	    : -1;
}

static int
set_options(LDAP *handle)
{
	const int version = LDAP_VERSION3;
	const int idle = KEEPALIVE_IDLE_S;
	const int probes = KEEPALIVE_PROBES;
	const int interval = KEEPALIVE_INTERVAL_S;
	const unsigned unacknowledged = UNACKNOWLEDGED_MS;
	const struct {
		int option;
		const void *value;
	} options[] = {
		{ LDAP_OPT_PROTOCOL_VERSION, &version },
		/* Chasing one would bind anonymously to a host that nobody
		 * configured. */
		{ LDAP_OPT_REFERRALS, LDAP_OPT_OFF },
		{ LDAP_OPT_RESTART, LDAP_OPT_ON },
		{ LDAP_OPT_X_KEEPALIVE_IDLE, &idle },
		{ LDAP_OPT_X_KEEPALIVE_PROBES, &probes },
		{ LDAP_OPT_X_KEEPALIVE_INTERVAL, &interval },
		{ LDAP_OPT_TCP_USER_TIMEOUT, &unacknowledged },
	};
	ber_len_t incoming = INCOMING_MAX;
	Sockbuf *sockbuf = NULL;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (ldap_set_option(handle, options[i].option,
			options[i].value) != LDAP_OPT_SUCCESS)
			return -1;
	if (ldap_get_option(handle, LDAP_OPT_SOCKBUF, &sockbuf) !=
		LDAP_OPT_SUCCESS ||
	    ber_sockbuf_ctrl(
		sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &incoming) < 0)
		return -1;
	return 0;
}

/* A handle for URI that is not connected yet: NULL with *ERR on failure. */
static LDAP *
make_handle(const char *uri, const struct directory_account *account,
    struct err *err)
{
	LDAP *handle = NULL;
	int rc = ldap_initialize(&handle, uri);

	if (rc != LDAP_SUCCESS) {
		(void)err_set(err, ERR_CONFIG, "%s: %s", uri,
		    ldap_err2string(rc));
		return NULL;
	}
	if (set_options(handle) < 0) {
		(void)err_set(err, ERR_SYSTEM,
		    "%s: libldap refuses an option that it must know", uri);
	} else if (set_tls(handle, account->ca_file) < 0) {
		(void)err_set(err, ERR_CONFIG,
		    "%s: TLS cannot be set up; is \"%s\" a readable file of "
		    "PEM certificates?",
		    uri, account->ca_file);
	} else {
		return handle;
	}
	(void)ldap_unbind_ext_s(handle, NULL, NULL);
	return NULL;
}

/* 0 if URI names one server, else -1 with *ERR. */
static int
check_uri(const char *uri, struct err *err)
{
	LDAPURLDesc *parsed = NULL;
	int rc = -1;

	if (ldap_url_parse(uri, &parsed) != LDAP_URL_SUCCESS ||
	    strpbrk(uri, " ,") != NULL ||
	    (strcmp(parsed->lud_scheme, "ldap") != 0 &&
		strcmp(parsed->lud_scheme, "ldaps") != 0 &&
		strcmp(parsed->lud_scheme, "ldapi") != 0))
		(void)err_set(err, ERR_CONFIG,
		    "\"%s\" is not a server; write ldap://HOST, ldaps://HOST "
		    "or ldapi://%%2Fpath%%2Fof%%2Fsocket",
		    uri);
	else if (parsed->lud_dn != NULL && parsed->lud_dn[0] != '\0')
		(void)err_set(err, ERR_CONFIG,
		    "%s: the search base stands in \"base\", not in the URI",
		    uri);
	else
		rc = 0;
	ldap_free_urldesc(parsed);
	return rc;
}

int
directory_ldap_check(const char *uri, const struct directory_account *account,
    struct err *err)
{
	LDAP *handle;

	if (check_uri(uri, err) < 0)
		return -1;
	handle = make_handle(uri, account, err);
	if (handle == NULL)
		return -1;
	(void)ldap_unbind_ext_s(handle, NULL, NULL);
	return 0;
}

/*
 * A layer below TLS that waits for the socket no longer than until the
 * connection's deadline.  libldap's own timeouts do not hold within a TLS
 * handshake: in the library of Debian 12 it waits for ever or, with GnuTLS,
 * spins (ITS#8047).
 */
static int
wait_for_socket(Sockbuf_IO_Desc *layer, short events)
{
	const struct directory_ldap *ldap = layer->sbiod_pvt;
	struct pollfd poller = { .fd = -1, .events = events };
	int64_t left_us;
	int ready;

	(void)ber_sockbuf_ctrl(
	    layer->sbiod_sb, LBER_SB_OPT_GET_FD, &poller.fd);
	do {
		left_us = ldap->deadline_us - clock_now().monotonic_us;
		ready = poll(
		    &poller, 1, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? 0 : -1;
}

static int
layer_setup(Sockbuf_IO_Desc *layer, void *ldap)
{
	layer->sbiod_pvt = ldap;
	return 0;
}

static int
layer_remove(Sockbuf_IO_Desc *layer)
{
	layer->sbiod_pvt = NULL;
	return 0;
}

static int
layer_control(Sockbuf_IO_Desc *layer, int option, void *argument)
{
	return LBER_SBIOD_CTRL_NEXT(layer, option, argument);
}

static ber_slen_t
layer_read(Sockbuf_IO_Desc *layer, void *bytes, ber_len_t len)
{
	if (wait_for_socket(layer, POLLIN) < 0)
		return -1;
	return LBER_SBIOD_READ_NEXT(layer, bytes, len);
}

static ber_slen_t
layer_write(Sockbuf_IO_Desc *layer, void *bytes, ber_len_t len)
{
	if (wait_for_socket(layer, POLLOUT) < 0)
		return -1;
	return LBER_SBIOD_WRITE_NEXT(layer, bytes, len);
}

static int
layer_close(Sockbuf_IO_Desc *layer)
{
	(void)layer;
	return 0;
}

static Sockbuf_IO deadline_layer = {
	.sbi_setup = layer_setup,
	.sbi_remove = layer_remove,
	.sbi_ctrl = layer_control,
	.sbi_read = layer_read,
	.sbi_write = layer_write,
	.sbi_close = layer_close,
};

/* Called when the socket is connected, before TLS starts on it. */
static int
add_layer(LDAP *handle, Sockbuf *sockbuf, LDAPURLDesc *uri,
    struct sockaddr *address, struct ldap_conncb *callback)
{
	(void)handle;
	(void)uri;
	(void)address;
	return ber_sockbuf_add_io(sockbuf, &deadline_layer,
	    LBER_SBIOD_LEVEL_PROVIDER + 1, callback->lc_arg);
}

static void
drop_layer(LDAP *handle, Sockbuf *sockbuf, struct ldap_conncb *callback)
{
	/* The layer goes with the socket. */
	(void)handle;
	(void)sockbuf;
	(void)callback;
}

/* Connects LDAP, with TLS, and logs in: 0, or -1 with *ERR. */
static int
log_in(struct directory_ldap *ldap, const struct directory_account *account,
    struct err *err)
{
	struct berval password = { 0, NULL };
	int rc;

	if (account->start_tls && strncmp(ldap->uri, "ldap:", 5) == 0) {
		rc = ldap_start_tls_s(ldap->handle, NULL, NULL);
		if (rc != LDAP_SUCCESS)
			return tell(ldap, rc, "StartTLS", err);
	}
	if (account->password != NULL)
		(void)ber_str2bv(account->password, 0, 0, &password);
	rc = ldap_sasl_bind_s(ldap->handle, account->bind_dn,
	    LDAP_SASL_SIMPLE, &password, NULL, NULL, NULL);
	if (rc != LDAP_SUCCESS)
		return tell(ldap, rc,
		    account->password != NULL ? "bind" : "connect", err);
	return 0;
}

struct directory_ldap *
directory_ldap_open(const char *uri, const struct directory_account *account,
    int64_t deadline_us, struct err *err)
{
	struct timeval wait =
	    timeval_of(deadline_us - clock_now().monotonic_us);
	LDAP *handle = make_handle(uri, account, err);
	struct directory_ldap *ldap;

	if (handle == NULL)
		return NULL;
	ldap = xalloc(sizeof(*ldap));
	ldap->uri = uri;
	ldap->handle = handle;
	ldap->deadline_us = deadline_us;
	ldap->on_connect = (struct ldap_conncb){
		.lc_add = add_layer,
		.lc_del = drop_layer,
		.lc_arg = ldap,
	};
	(void)ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &wait);
	(void)ldap_set_option(handle, LDAP_OPT_TIMEOUT, &wait);
	(void)ldap_set_option(handle, LDAP_OPT_CONNECT_CB, &ldap->on_connect);
	if (log_in(ldap, account, err) < 0)
		directory_ldap_close(&ldap);
	return ldap;
}

void
directory_ldap_close(struct directory_ldap **ldap)
{
	if (*ldap == NULL)
		return;
	(void)ldap_unbind_ext_s((*ldap)->handle, NULL, NULL);
	free(*ldap);
	*ldap = NULL;
}

/* Copies the attribute NAME of MESSAGE into ENTRY. */
static int
copy_attribute(LDAP *handle, LDAPMessage *message, const char *name,
    struct pool *pool, struct directory_entry *entry, struct err *err)
{
	struct berval **values;
	struct span copy = pool_dup(pool, span_of(name));
	int rc = 0;

	/* Active Directory's way of leaving out the rest of a large group;
	 * half a group must not be taken for the whole. */
	if (span_find_case(copy, SPAN(";range=")) < copy.len)
		return err_set(err, ERR_LIMIT,
		    "\"%.*s\": the server returned only some of the values",
		    SPAN_ARGS(entry->dn));
	values = ldap_get_values_len(handle, message, name);
	for (size_t i = 0; rc == 0 && values != NULL && values[i] != NULL; i++)
		rc = directory_entry_add(entry, pool, copy,
		    pool_dup(pool,
			span_make(values[i]->bv_val, values[i]->bv_len)),
		    err);
	ldap_value_free_len(values);
	return rc;
}

/* Copies MESSAGE into ENTRY: 0, or -1 with *ERR. */
static int
copy_entry(LDAP *handle, LDAPMessage *message, struct pool *pool,
    struct directory_entry *entry, struct err *err)
{
	BerElement *cursor = NULL;
	char *dn = ldap_get_dn(handle, message);
	char *name = ldap_first_attribute(handle, message, &cursor);
	int rc = 0;

	*entry = (struct directory_entry){
		.dn = pool_dup(pool, span_of(dn)),
	};
	ldap_memfree(dn);
	while (name != NULL) {
		if (rc == 0)
			rc = copy_attribute(
			    handle, message, name, pool, entry, err);
		ldap_memfree(name);
		name = ldap_next_attribute(handle, message, cursor);
	}
	ber_free(cursor, 0);
	return rc;
}

/* True if RC is about the server, not about the search. */
static bool
is_server_fault(int rc)
{
	switch (rc) {
	case LDAP_SERVER_DOWN:
	case LDAP_CONNECT_ERROR:
	case LDAP_TIMEOUT:
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_OPERATIONS_ERROR:
	case LDAP_DECODING_ERROR:
	case LDAP_LOCAL_ERROR:
		return true;
	default:
		return false;
	}
}

static void
fail(const struct directory_ldap *ldap, int rc,
    struct directory_answer *answer, struct err *err)
{
	(void)tell(ldap, rc, "search", err);
	answer->result = LOOKUP_FAILED;
	answer->server_fault = is_server_fault(rc);
	answer->connection_lost = rc == LDAP_SERVER_DOWN;
}

/*
 * Makes ANSWER of MESSAGES, all that belong to one search.  References to
 * other servers are skipped: Active Directory adds some to each answer.
 */
static void
read_answer(const struct directory_ldap *ldap, LDAPMessage *messages,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, struct directory_answer *answer,
    struct err *err)
{
	LDAP *handle = ldap->handle;
	LDAPMessage *first = ldap_first_entry(handle, messages);
	LDAPMessage *second = NULL;
	int code = LDAP_OTHER;
	int rc;

	rc = ldap_parse_result(
	    handle, messages, &code, NULL, NULL, NULL, NULL, 0);
	if (rc != LDAP_SUCCESS)
		code = rc;
	if (first != NULL)
		second = ldap_next_entry(handle, first);
	if (second != NULL) {
		char *first_dn = ldap_get_dn(handle, first);
		char *second_dn = ldap_get_dn(handle, second);

		answer->result = directory_ambiguous(search->filter,
		    span_of(first_dn), span_of(second_dn), err);
		ldap_memfree(first_dn);
		ldap_memfree(second_dn);
	} else if (code == LDAP_NO_SUCH_OBJECT && search->base_only) {
		answer->result = LOOKUP_NOT_FOUND;
	} else if (code != LDAP_SUCCESS) {
		fail(ldap, code, answer, err);
		if (code == LDAP_NO_SUCH_OBJECT)
			(void)err_context(err,
			    "the search base \"%s\" does not exist",
			    search->base);
	} else if (first == NULL) {
		answer->result = LOOKUP_NOT_FOUND;
	} else if (copy_entry(handle, first, pool, entry, err) == 0) {
		answer->result = LOOKUP_FOUND;
	}
}

/* The names of ATTRIBUTES as libldap wants them, in POOL. */
static char **
name_list(struct pool *pool, const struct conf_strings *attributes)
{
	char **names = pool_alloc_array(
	    pool, attributes->count + 2, sizeof(*names));

	for (size_t i = 0; i < attributes->count; i++)
		names[i] = pool_string(pool, span_of(attributes->items[i]));
	/* An empty list would mean "all of them". */
	if (attributes->count == 0)
		names[0] = pool_string(pool, SPAN(LDAP_NO_ATTRS));
	return names;
}

struct directory_answer
directory_ldap_search(struct directory_ldap *ldap,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	struct directory_answer answer = { .result = LOOKUP_FAILED };
	struct timeval wait =
	    timeval_of(deadline_us - clock_now().monotonic_us);
	LDAPMessage *messages = NULL;
	int message_id = 0;
	int rc;

	ldap->deadline_us = deadline_us;
	rc = ldap_search_ext(ldap->handle, search->base,
	    search->base_only ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
	    search->filter, name_list(pool, search->attributes), 0, NULL,
	    NULL, &wait, SIZE_LIMIT, &message_id);
	if (rc != LDAP_SUCCESS) {
		fail(ldap, rc, &answer, err);
		return answer;
	}
	rc = ldap_result(
	    ldap->handle, message_id, LDAP_MSG_ALL, &wait, &messages);
	if (rc > 0) {
		read_answer(
		    ldap, messages, search, pool, entry, &answer, err);
	} else if (rc == 0) {
		(void)ldap_abandon_ext(ldap->handle, message_id, NULL, NULL);
		fail(ldap, LDAP_TIMEOUT, &answer, err);
	} else {
		(void)ldap_get_option(
		    ldap->handle, LDAP_OPT_RESULT_CODE, &rc);
		fail(ldap, rc, &answer, err);
	}
	(void)ldap_msgfree(messages);
	return answer;
}
