/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory on LDAP servers: the one place that includes libldap.
 *
 * Connections are checked out of a bounded pool by one worker at a time, for
 * libldap keeps its error state in the handle.  A handle knows one URI, and
 * failover is ours: with several URIs and TLS the library of Debian 12 is at
 * fault (ITS#10101).  A server that failed is left alone for a while, then one
 * lookup may try it again, so that a server that hangs does not cost every
 * mail its whole deadline.
 *
 * Waiting needs the clock, so this file reads it.
 */
#include "services/directory_backend.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <ldap.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SIZE_LIMIT = 2, /* entries: the second shows that a key is ambiguous */
	INCOMING_MAX = 16 * 1024 * 1024, /* bytes of one answer */
	PASSWORD_MAX = 1024,             /* bytes */
	REASON_MAX = 256,                /* bytes of a server's last error */
	KEEPALIVE_IDLE_S = 60,
	KEEPALIVE_PROBES = 3,
	KEEPALIVE_INTERVAL_S = 10,
	UNACKNOWLEDGED_MS = 10000,
};

/* Firewalls drop idle connections silently, Active Directory closes them
 * after 900 s, and a load balancer or a preferred server that is back should
 * be found again: no connection gets older than this. */
#define AGE_MAX_US (600 * CLOCK_SECOND_US)

/* With less time than this a server cannot be blamed for being late. */
#define FAIR_US CLOCK_SECOND_US

struct server {
	const char *uri;
	bool down;
	int64_t retry_us; /* while DOWN: not asked before */
	char reason[REASON_MAX];
};

struct handle {
	struct handle *next; /* in directory_ldap.idle */
	struct server *server;
	LDAP *ld;
	struct ldap_conncb on_connect;
	int64_t opened_us;
	int64_t deadline_us; /* of what it is doing */
	bool reused; /* served another lookup before */
};

struct directory_ldap {
	const struct directory_settings *settings;
	char *password;
	char *ca_file;
	pthread_mutex_t mutex; /* guards all below and the servers */
	pthread_cond_t returned;
	struct server *servers;
	size_t server_count;
	struct handle *idle;  /* the latest used first */
	size_t handle_count; /* idle and in use */
};

/* How one attempt on one server ended. */
struct attempt {
	enum lookup_result result;
	bool server_fault; /* another server may do better */
	bool connection_lost;
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

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Fills *ERR with what libldap and the server say about RC. */
static int
tell(LDAP *ld, int rc, const char *uri, const char *what, struct err *err)
{
	char *detail = NULL;

	(void)ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &detail);
	(void)err_set(err, ERR_TEMPORARY, "%s: %s: %s%s%s%s", uri, what,
	    ldap_err2string(rc), detail != NULL ? " (" : "",
	    detail != NULL ? detail : "", detail != NULL ? ")" : "");
	ldap_memfree(detail);
	return -1;
}

/* TLS that is never weaker than this, whatever ldap.conf(5) says. */
static int
set_tls(LDAP *ld, const char *ca_file)
{
	const int demand = LDAP_OPT_X_TLS_DEMAND;
	const int protocol = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
	const int client = 0;

	if (ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) !=
		LDAP_OPT_SUCCESS ||
	    ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &protocol) !=
		LDAP_OPT_SUCCESS)
		return -1;
	if (ca_file[0] != '\0' &&
	    ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca_file) !=
		LDAP_OPT_SUCCESS)
		return -1;
	/* Options after this one would have no effect. */
	return ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client) ==
		LDAP_OPT_SUCCESS
	    ? 0
	    : -1;
}

static int
set_options(LDAP *ld)
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
		if (ldap_set_option(ld, options[i].option, options[i].value) !=
		    LDAP_OPT_SUCCESS)
			return -1;
	if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) !=
		LDAP_OPT_SUCCESS ||
	    ber_sockbuf_ctrl(
		sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &incoming) < 0)
		return -1;
	return 0;
}

/* A handle for URI that is not connected yet: NULL with *ERR on failure. */
static LDAP *
make_handle(
    const struct directory_ldap *ldap, const char *uri, struct err *err)
{
	LDAP *ld = NULL;
	int rc = ldap_initialize(&ld, uri);

	if (rc != LDAP_SUCCESS) {
		(void)err_set(err, ERR_CONFIG, "%s: %s", uri,
		    ldap_err2string(rc));
		return NULL;
	}
	if (set_options(ld) < 0) {
		(void)err_set(err, ERR_SYSTEM,
		    "%s: libldap refuses an option that it must know", uri);
	} else if (set_tls(ld, ldap->ca_file) < 0) {
		(void)err_set(err, ERR_CONFIG,
		    "%s: TLS cannot be set up; is \"%s\" a readable file of "
		    "PEM certificates?",
		    uri, ldap->ca_file);
	} else {
		return ld;
	}
	(void)ldap_unbind_ext_s(ld, NULL, NULL);
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

/* Reads the first line of FILE: 0, or -1 with *ERR. */
static int
read_password(const char *file, char **password, struct err *err)
{
	char line[PASSWORD_MAX + 2];
	struct stat status;
	FILE *in = fopen(file, "re");
	int rc = -1;

	if (in == NULL)
		return err_set_errno(err, "cannot open %s", file);
	line[0] = '\0';
	if (fstat(fileno(in), &status) < 0)
		(void)err_set_errno(err, "cannot examine %s", file);
	else if ((status.st_mode & S_IRWXO) != 0)
		(void)err_set(err, ERR_CONFIG,
		    "%s can be read by everybody; chmod 0640 it", file);
	else if (fgets(line, sizeof(line), in) == NULL && ferror(in) != 0)
		(void)err_set_errno(err, "cannot read %s", file);
	else
		rc = 0;
	(void)fclose(in);
	line[strcspn(line, "\r\n")] = '\0';
	if (rc == 0 && strlen(line) > PASSWORD_MAX)
		rc = err_set(err, ERR_CONFIG,
		    "%s: the password is longer than %d bytes", file,
		    PASSWORD_MAX);
	/* A server takes an empty password for an anonymous bind and says yes
	 * (RFC 4513 section 5.1.2). */
	if (rc == 0 && line[0] == '\0')
		rc = err_set(err, ERR_CONFIG, "%s: the first line is empty",
		    file);
	if (rc == 0)
		*password = xstrdup(line);
	explicit_bzero(line, sizeof(line));
	return rc;
}

/* Tries what can be tried without a server, in the thread that loads. */
static int
prepare(struct directory_ldap *ldap, const char *password_file,
    struct err *err)
{
	if (password_file[0] != '\0' &&
	    read_password(password_file, &ldap->password, err) < 0)
		return -1;
	for (size_t i = 0; i < ldap->server_count; i++) {
		LDAP *ld;

		if (check_uri(ldap->servers[i].uri, err) < 0)
			return -1;
		ld = make_handle(ldap, ldap->servers[i].uri, err);
		if (ld == NULL)
			return -1;
		(void)ldap_unbind_ext_s(ld, NULL, NULL);
	}
	return 0;
}

struct directory_ldap *
directory_ldap_open(const struct directory_settings *settings,
    const char *password_file, const char *ca_file, struct err *err)
{
	struct directory_ldap *ldap = xalloc(sizeof(*ldap));
	pthread_condattr_t attributes;

	ldap->settings = settings;
	ldap->ca_file = xstrdup(ca_file);
	ldap->server_count = settings->uris.count;
	ldap->servers =
	    xalloc_array(ldap->server_count, sizeof(*ldap->servers));
	for (size_t i = 0; i < ldap->server_count; i++)
		ldap->servers[i].uri = settings->uris.items[i];
	(void)pthread_mutex_init(&ldap->mutex, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&ldap->returned, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	if (prepare(ldap, password_file, err) < 0)
		directory_ldap_close(&ldap);
	return ldap;
}

/* Disconnects the handles of LIST and releases them. */
static void
free_handles(struct handle *list)
{
	struct handle *next;

	for (; list != NULL; list = next) {
		next = list->next;
		if (list->ld != NULL)
			(void)ldap_unbind_ext_s(list->ld, NULL, NULL);
		free(list);
	}
}

void
directory_ldap_close(struct directory_ldap **ldap)
{
	struct directory_ldap *closed = *ldap;

	if (closed == NULL)
		return;
	free_handles(closed->idle);
	(void)pthread_cond_destroy(&closed->returned);
	(void)pthread_mutex_destroy(&closed->mutex);
	if (closed->password != NULL)
		explicit_bzero(closed->password, strlen(closed->password));
	free(closed->password);
	free(closed->ca_file);
	free(closed->servers);
	free(closed);
	*ldap = NULL;
}

/*
 * Takes the idle handles that are too old, or of SERVER (NULL: of none), out
 * of the pool.  The caller holds the mutex, and frees them after releasing it,
 * for goodbyes are sent over the network.
 */
static struct handle *
take_stale(
    struct directory_ldap *ldap, const struct server *server, int64_t now_us)
{
	struct handle **at = &ldap->idle;
	struct handle *stale = NULL;

	while (*at != NULL) {
		struct handle *handle = *at;

		if (handle->server != server &&
		    now_us - handle->opened_us < AGE_MAX_US) {
			at = &handle->next;
			continue;
		}
		*at = handle->next;
		handle->next = stale;
		stale = handle;
		ldap->handle_count--;
	}
	return stale;
}

/* The first server that works or is due for another trial, or NULL. */
static struct server *
find_server(struct directory_ldap *ldap, int64_t now_us)
{
	for (size_t i = 0; i < ldap->server_count; i++)
		if (!ldap->servers[i].down ||
		    now_us >= ldap->servers[i].retry_us)
			return &ldap->servers[i];
	return NULL;
}

/* Tells what became of each server. */
static void
tell_all_down(const struct directory_ldap *ldap, struct err *err)
{
	struct buf text;

	buf_init(&text, sizeof(err->text));
	for (size_t i = 0; i < ldap->server_count; i++)
		(void)buf_printf(&text, "%s%s", i > 0 ? "; " : "",
		    ldap->servers[i].reason);
	(void)err_set(err, ERR_TEMPORARY,
	    "no server can be asked at present: %s", buf_string(&text));
	buf_free(&text);
}

/*
 * An idle handle, or a new one that is to be connected: handle->ld is NULL.
 * Waits while all connections are in use.  NULL with *ERR when every server is
 * down, or at the deadline.  The caller holds the mutex.
 */
static struct handle *
wait_for_handle(
    struct directory_ldap *ldap, int64_t deadline_us, struct err *err)
{
	const struct timespec until = {
		.tv_sec = deadline_us / CLOCK_SECOND_US,
		.tv_nsec = deadline_us % CLOCK_SECOND_US * 1000,
	};
	size_t max = (size_t)ldap->settings->max_connections;

	for (;;) {
		int64_t now_us = clock_now().monotonic_us;
		struct handle *handle = ldap->idle;
		struct server *server;

		if (handle != NULL) {
			ldap->idle = handle->next;
			handle->next = NULL;
			handle->reused = true;
			return handle;
		}
		server = find_server(ldap, now_us);
		if (server == NULL) {
			tell_all_down(ldap, err);
			return NULL;
		}
		if (ldap->handle_count < max) {
			/* One lookup tries a server that was down; the others
			 * do not wait for the outcome. */
			server->retry_us =
			    now_us + ldap->settings->retry_interval;
			handle = xalloc(sizeof(*handle));
			handle->server = server;
			ldap->handle_count++;
			return handle;
		}
		if (pthread_cond_timedwait(
			&ldap->returned, &ldap->mutex, &until) == ETIMEDOUT) {
			(void)err_set(err, ERR_TEMPORARY,
			    "all %zu connections are in use; see "
			    "\"max_connections\"",
			    max);
			return NULL;
		}
	}
}

static struct handle *
check_out(struct directory_ldap *ldap, int64_t deadline_us, struct err *err)
{
	struct handle *handle, *stale;

	(void)pthread_mutex_lock(&ldap->mutex);
	stale = take_stale(ldap, NULL, clock_now().monotonic_us);
	handle = wait_for_handle(ldap, deadline_us, err);
	(void)pthread_mutex_unlock(&ldap->mutex);
	free_handles(stale);
	return handle;
}

/* Gives HANDLE back, whose server answered. */
static void
check_in(struct directory_ldap *ldap, struct handle *handle)
{
	(void)pthread_mutex_lock(&ldap->mutex);
	handle->server->down = false;
	handle->next = ldap->idle;
	ldap->idle = handle;
	(void)pthread_cond_signal(&ldap->returned);
	(void)pthread_mutex_unlock(&ldap->mutex);
}

/*
 * Drops HANDLE and the idle ones of its server, which hang or are closed like
 * it.  With REASON, the server is not asked for a while.
 */
static void
give_up(struct directory_ldap *ldap, struct handle *handle, const char *reason)
{
	int64_t now_us = clock_now().monotonic_us;
	struct server *server = handle->server;
	struct handle *stale;

	(void)pthread_mutex_lock(&ldap->mutex);
	if (reason != NULL) {
		server->down = true;
		server->retry_us = now_us + ldap->settings->retry_interval;
		(void)snprintf(
		    server->reason, sizeof(server->reason), "%s", reason);
	}
	stale = take_stale(ldap, server, now_us);
	ldap->handle_count--;
	(void)pthread_cond_broadcast(&ldap->returned);
	(void)pthread_mutex_unlock(&ldap->mutex);
	free_handles(stale);
	free_handles(handle);
}

/*
 * A layer below TLS that waits for the socket no longer than until the
 * handle's deadline.  libldap's own timeouts do not hold within a TLS
 * handshake: in the library of Debian 12 it waits for ever or, with GnuTLS,
 * spins (ITS#8047).
 */
static int
wait_for_socket(Sockbuf_IO_Desc *layer, short events)
{
	const struct handle *handle = layer->sbiod_pvt;
	struct pollfd poller = { .fd = -1, .events = events };
	int64_t left_us;
	int ready;

	(void)ber_sockbuf_ctrl(
	    layer->sbiod_sb, LBER_SB_OPT_GET_FD, &poller.fd);
	do {
		left_us = handle->deadline_us - clock_now().monotonic_us;
		ready = poll(
		    &poller, 1, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? 0 : -1;
}

static int
layer_setup(Sockbuf_IO_Desc *layer, void *handle)
{
	layer->sbiod_pvt = handle;
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
add_layer(LDAP *ld, Sockbuf *sockbuf, LDAPURLDesc *uri,
    struct sockaddr *address, struct ldap_conncb *callback)
{
	(void)ld;
	(void)uri;
	(void)address;
	return ber_sockbuf_add_io(sockbuf, &deadline_layer,
	    LBER_SBIOD_LEVEL_PROVIDER + 1, callback->lc_arg);
}

static void
drop_layer(LDAP *ld, Sockbuf *sockbuf, struct ldap_conncb *callback)
{
	/* The layer goes with the socket. */
	(void)ld;
	(void)sockbuf;
	(void)callback;
}

/* Connects HANDLE and logs in: 0, or -1 with *ERR. */
static int
connect_handle(const struct directory_ldap *ldap, struct handle *handle,
    int64_t deadline_us, struct err *err)
{
	const struct directory_settings *settings = ldap->settings;
	const char *uri = handle->server->uri;
	struct berval password = { 0, NULL };
	struct timeval wait;
	int rc;

	handle->opened_us = clock_now().monotonic_us;
	handle->deadline_us = smaller(
	    deadline_us, handle->opened_us + settings->connect_timeout);
	handle->ld = make_handle(ldap, uri, err);
	if (handle->ld == NULL)
		return -1;
	wait = timeval_of(handle->deadline_us - handle->opened_us);
	(void)ldap_set_option(handle->ld, LDAP_OPT_NETWORK_TIMEOUT, &wait);
	(void)ldap_set_option(handle->ld, LDAP_OPT_TIMEOUT, &wait);
	handle->on_connect = (struct ldap_conncb){
		.lc_add = add_layer,
		.lc_del = drop_layer,
		.lc_arg = handle,
	};
	(void)ldap_set_option(
	    handle->ld, LDAP_OPT_CONNECT_CB, &handle->on_connect);
	if (settings->start_tls && strncmp(uri, "ldap:", 5) == 0) {
		rc = ldap_start_tls_s(handle->ld, NULL, NULL);
		if (rc != LDAP_SUCCESS)
			return tell(handle->ld, rc, uri, "StartTLS", err);
	}
	if (ldap->password != NULL)
		(void)ber_str2bv(ldap->password, 0, 0, &password);
	rc = ldap_sasl_bind_s(handle->ld, settings->bind_dn, LDAP_SASL_SIMPLE,
	    &password, NULL, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		return 0;
	return tell(handle->ld, rc, uri,
	    ldap->password != NULL ? "bind" : "connect", err);
}

/* Copies the attribute NAME of MESSAGE into ENTRY. */
static int
copy_attribute(LDAP *ld, LDAPMessage *message, const char *name,
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
	values = ldap_get_values_len(ld, message, name);
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
copy_entry(LDAP *ld, LDAPMessage *message, struct pool *pool,
    struct directory_entry *entry, struct err *err)
{
	BerElement *cursor = NULL;
	char *dn = ldap_get_dn(ld, message);
	char *name = ldap_first_attribute(ld, message, &cursor);
	int rc = 0;

	*entry = (struct directory_entry){
		.dn = pool_dup(pool, span_of(dn)),
	};
	ldap_memfree(dn);
	while (name != NULL) {
		if (rc == 0)
			rc = copy_attribute(
			    ld, message, name, pool, entry, err);
		ldap_memfree(name);
		name = ldap_next_attribute(ld, message, cursor);
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
fail_attempt(struct attempt *attempt, const struct handle *handle, int rc,
    struct err *err)
{
	(void)tell(handle->ld, rc, handle->server->uri, "search", err);
	attempt->result = LOOKUP_FAILED;
	attempt->server_fault = is_server_fault(rc);
	attempt->connection_lost = rc == LDAP_SERVER_DOWN;
}

/*
 * Makes the answer of ANSWER, all messages of one search.  References to
 * other servers are skipped: Active Directory adds some to each answer.
 */
static void
read_answer(struct attempt *attempt, const struct handle *handle,
    LDAPMessage *answer, const struct directory_search *search,
    struct pool *pool, struct directory_entry *entry, struct err *err)
{
	LDAP *ld = handle->ld;
	LDAPMessage *message = ldap_first_entry(ld, answer);
	LDAPMessage *second;
	int code = LDAP_OTHER;
	int rc;

	rc = ldap_parse_result(
	    ld, answer, &code, NULL, NULL, NULL, NULL, 0);
	if (rc != LDAP_SUCCESS)
		code = rc;
	second = message != NULL ? ldap_next_entry(ld, message) : NULL;
	if (second != NULL) {
		char *first_dn = ldap_get_dn(ld, message);
		char *second_dn = ldap_get_dn(ld, second);

		attempt->result = directory_ambiguous(search->filter,
		    span_of(first_dn), span_of(second_dn), err);
		ldap_memfree(first_dn);
		ldap_memfree(second_dn);
	} else if (code != LDAP_SUCCESS) {
		fail_attempt(attempt, handle, code, err);
		if (code == LDAP_NO_SUCH_OBJECT)
			(void)err_context(err,
			    "the search base \"%s\" does not exist",
			    search->base);
	} else if (message == NULL) {
		attempt->result = LOOKUP_NOT_FOUND;
	} else if (copy_entry(ld, message, pool, entry, err) == 0) {
		attempt->result = LOOKUP_FOUND;
	}
}

/* Asks by HANDLE, which is connected. */
static struct attempt
ask(const struct directory_ldap *ldap, struct handle *handle,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	struct attempt attempt = { .result = LOOKUP_FAILED };
	int64_t now_us = clock_now().monotonic_us;
	struct timeval wait;
	LDAPMessage *answer = NULL;
	char no_attributes[] = LDAP_NO_ATTRS;
	size_t count = search->attributes->count;
	char **names = pool_alloc_array(pool, count + 2, sizeof(*names));
	int message_id = 0;
	int rc;

	handle->deadline_us =
	    smaller(deadline_us, now_us + ldap->settings->search_timeout);
	wait = timeval_of(handle->deadline_us - now_us);
	for (size_t i = 0; i < count; i++)
		names[i] =
		    pool_string(pool, span_of(search->attributes->items[i]));
	/* An empty list would mean "all of them". */
	if (count == 0)
		names[0] = no_attributes;
	rc = ldap_search_ext(handle->ld, search->base, LDAP_SCOPE_SUBTREE,
	    search->filter, names, 0, NULL, NULL, &wait, SIZE_LIMIT,
	    &message_id);
	if (rc != LDAP_SUCCESS) {
		fail_attempt(&attempt, handle, rc, err);
		return attempt;
	}
	rc = ldap_result(
	    handle->ld, message_id, LDAP_MSG_ALL, &wait, &answer);
	if (rc > 0) {
		read_answer(
		    &attempt, handle, answer, search, pool, entry, err);
	} else if (rc == 0) {
		(void)ldap_abandon_ext(handle->ld, message_id, NULL, NULL);
		fail_attempt(&attempt, handle, LDAP_TIMEOUT, err);
	} else {
		(void)ldap_get_option(
		    handle->ld, LDAP_OPT_RESULT_CODE, &rc);
		fail_attempt(&attempt, handle, rc, err);
	}
	(void)ldap_msgfree(answer);
	return attempt;
}

/*
 * True if a server that has until DEADLINE_US has time enough to show that it
 * works; when it has not, its silence says nothing.
 */
static bool
is_fair(const struct directory_ldap *ldap, int64_t deadline_us)
{
	return deadline_us - clock_now().monotonic_us >=
	    smaller(FAIR_US, ldap->settings->search_timeout);
}

enum lookup_result
directory_ldap_search(struct directory_ldap *ldap,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	/* Each server may have an idle connection that it has closed, and
	 * then fail for good. */
	size_t attempts_left = 2 * ldap->server_count;
	struct attempt attempt = { .result = LOOKUP_FAILED };

	(void)err_set(err, ERR_TEMPORARY, "no time is left to ask a server");
	for (; attempts_left > 0 && clock_now().monotonic_us < deadline_us;
	     attempts_left--) {
		struct handle *handle = check_out(ldap, deadline_us, err);
		bool fair = is_fair(ldap, deadline_us);

		if (handle == NULL)
			return LOOKUP_FAILED;
		attempt = (struct attempt){ .server_fault = true };
		if (handle->ld != NULL ||
		    connect_handle(ldap, handle, deadline_us, err) == 0)
			attempt = ask(ldap, handle, search, pool, entry,
			    deadline_us, err);
		if (!attempt.server_fault) {
			check_in(ldap, handle);
			break;
		}
		if (!fair || (handle->reused && attempt.connection_lost))
			give_up(ldap, handle, NULL);
		else
			give_up(ldap, handle, err->text);
	}
	return attempt.result;
}
