/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The servers of a directory: a bounded pool of connections, and failover.
 *
 * A connection is checked out by one worker at a time, for libldap keeps its
 * error state in the handle.  A server that failed is left alone for a while,
 * then one lookup may try it again, so that a server that hangs does not cost
 * every mail its whole deadline.
 *
 * Waiting needs the clock, so this file reads it.
 */
#include "services/directory_backend.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/xalloc.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PASSWORD_FILE_MAX = 4096, /* bytes */
	REASON_MAX = 256,         /* bytes of a server's last error */
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
	struct handle *next; /* in directory_servers.idle */
	struct server *server;
	struct directory_ldap *ldap; /* NULL: not connected yet */
	int64_t opened_us;
	bool reused; /* served another lookup before */
};

struct directory_servers {
	const struct directory_settings *settings;
	struct directory_account account;
	char *password;
	char *ca_file;
	pthread_mutex_t mutex; /* guards all below and the servers */
	pthread_cond_t returned;
	struct server *list;
	size_t count;
	struct handle *idle; /* the latest used first */
	size_t handle_count; /* idle and in use */
};

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Copies LINE, the first of FILE, to *PASSWORD: 0, or -1 with *ERR. */
static int
take_password(
    const char *file, struct span line, char **password, struct err *err)
{
	/* A server takes an empty password for an anonymous bind and says yes
	 * (RFC 4513 section 5.1.2). */
	if (line.len == 0)
		return err_set(
		    err, ERR_CONFIG, "%s: the first line is empty", file);
	if (span_find(line, '\0') < line.len)
		return err_set(err, ERR_CONFIG,
		    "%s: the password has a NUL byte; save it as plain text",
		    file);
	*password = xalloc(line.len + 1);
	memcpy(*password, line.ptr, line.len);
	return 0;
}

/* Reads the first line of FILE: 0, or -1 with *ERR. */
static int
read_password(const char *file, char **password, struct err *err)
{
	struct secret secret;
	struct span line;
	int rc;

	if (secret_read(file, PASSWORD_FILE_MAX, &secret, err) < 0)
		return -1;
	line = secret_span(&secret);
	line.len = span_find(line, '\n');
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	rc = take_password(file, line, password, err);
	secret_free(&secret);
	return rc;
}

/* Tries what can be tried without a server, in the thread that loads. */
static int
prepare(struct directory_servers *servers, const char *password_file,
    struct err *err)
{
	const struct directory_settings *settings = servers->settings;

	if (password_file[0] != '\0' &&
	    read_password(password_file, &servers->password, err) < 0)
		return -1;
	servers->account = (struct directory_account){
		.bind_dn = settings->bind_dn,
		.password = servers->password,
		.ca_file = servers->ca_file,
		.start_tls = settings->start_tls,
	};
	for (size_t i = 0; i < servers->count; i++)
		if (directory_ldap_check(servers->list[i].uri,
			&servers->account, err) < 0)
			return -1;
	return 0;
}

/* Disconnects the handles of LIST and releases them. */
static void
free_handles(struct handle *list)
{
	struct handle *next;

	for (; list != NULL; list = next) {
		next = list->next;
		directory_ldap_close(&list->ldap);
		free(list);
	}
}

void
directory_servers_close(struct directory_servers **servers)
{
	struct directory_servers *closed = *servers;
	char *password;

	if (closed == NULL)
		return;
	free_handles(closed->idle);
	(void)pthread_cond_destroy(&closed->returned);
	(void)pthread_mutex_destroy(&closed->mutex);
	password = closed->password;
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
	free(closed->ca_file);
	free(closed->list);
	free(closed);
	*servers = NULL;
}

struct directory_servers *
directory_servers_open(const struct directory_settings *settings,
    const char *password_file, const char *ca_file, struct err *err)
{
	struct directory_servers *servers = xalloc(sizeof(*servers));
	pthread_condattr_t attributes;

	servers->settings = settings;
	servers->ca_file = xstrdup(ca_file);
	servers->count = settings->uris.count;
	servers->list = xalloc_array(servers->count, sizeof(*servers->list));
	for (size_t i = 0; i < servers->count; i++)
		servers->list[i].uri = settings->uris.items[i];
	(void)pthread_mutex_init(&servers->mutex, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&servers->returned, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	if (prepare(servers, password_file, err) < 0)
		directory_servers_close(&servers);
	return servers;
}

/*
 * Takes the idle handles that are too old, or of SERVER (NULL: of none), out
 * of the pool.  The caller holds the mutex, and frees them after releasing it,
 * for goodbyes are sent over the network.
 */
static struct handle *
take_stale(struct directory_servers *servers, const struct server *server,
    int64_t now_us)
{
	struct handle **at = &servers->idle;
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
		servers->handle_count--;
	}
	return stale;
}

/* The first server that works or is due for another trial, or NULL. */
static struct server *
find_server(struct directory_servers *servers, int64_t now_us)
{
	for (size_t i = 0; i < servers->count; i++)
		if (!servers->list[i].down ||
		    now_us >= servers->list[i].retry_us)
			return &servers->list[i];
	return NULL;
}

/* Tells what became of each server. */
static void
tell_all_down(const struct directory_servers *servers, struct err *err)
{
	struct buf text;

	buf_init(&text, sizeof(err->text));
	for (size_t i = 0; i < servers->count; i++)
		(void)buf_printf(&text, "%s%s", i > 0 ? "; " : "",
		    servers->list[i].reason);
	(void)err_set(err, ERR_TEMPORARY,
	    "no server can be asked at present: %s", buf_string(&text));
	buf_free(&text);
}

/*
 * An idle handle, or a new one that is to be connected: handle->ldap is NULL.
 * Waits while all connections are in use.  NULL with *ERR when every server is
 * down, or at the deadline.  The caller holds the mutex.
 */
static struct handle *
wait_for_handle(struct directory_servers *servers, int64_t deadline_us,
    struct err *err)
{
	const struct timespec until = {
		.tv_sec = deadline_us / CLOCK_SECOND_US,
		.tv_nsec = deadline_us % CLOCK_SECOND_US * 1000,
	};
	size_t max = (size_t)servers->settings->max_connections;

	for (;;) {
		int64_t now_us = clock_now().monotonic_us;
		struct handle *handle = servers->idle;
		struct server *server;

		if (handle != NULL) {
			servers->idle = handle->next;
			handle->next = NULL;
			handle->reused = true;
			return handle;
		}
		server = find_server(servers, now_us);
		if (server == NULL) {
			tell_all_down(servers, err);
			return NULL;
		}
		if (servers->handle_count < max) {
			/* One lookup tries a server that was down; the others
			 * do not wait for the outcome. */
			server->retry_us =
			    now_us + servers->settings->retry_interval;
			handle = xalloc(sizeof(*handle));
			handle->server = server;
			servers->handle_count++;
			return handle;
		}
		if (pthread_cond_timedwait(&servers->returned,
			&servers->mutex, &until) == ETIMEDOUT) {
			(void)err_set(err, ERR_TEMPORARY,
			    "all %zu connections are in use; see "
			    "\"max_connections\"",
			    max);
			return NULL;
		}
	}
}

static struct handle *
check_out(struct directory_servers *servers, int64_t deadline_us,
    struct err *err)
{
	struct handle *handle, *stale;

	(void)pthread_mutex_lock(&servers->mutex);
	stale = take_stale(servers, NULL, clock_now().monotonic_us);
	handle = wait_for_handle(servers, deadline_us, err);
	(void)pthread_mutex_unlock(&servers->mutex);
	free_handles(stale);
	return handle;
}

/* Gives HANDLE back, whose server answered. */
static void
check_in(struct directory_servers *servers, struct handle *handle)
{
	(void)pthread_mutex_lock(&servers->mutex);
	handle->server->down = false;
	handle->next = servers->idle;
	servers->idle = handle;
	(void)pthread_cond_signal(&servers->returned);
	(void)pthread_mutex_unlock(&servers->mutex);
}

/*
 * Drops HANDLE and the idle ones of its server, which hang or are closed like
 * it.  With REASON, the server is not asked for a while.
 */
static void
give_up(struct directory_servers *servers, struct handle *handle,
    const char *reason)
{
	int64_t now_us = clock_now().monotonic_us;
	struct server *server = handle->server;
	struct handle *stale;

	(void)pthread_mutex_lock(&servers->mutex);
	if (reason != NULL) {
		server->down = true;
		server->retry_us = now_us + servers->settings->retry_interval;
		(void)snprintf(
		    server->reason, sizeof(server->reason), "%s", reason);
	}
	stale = take_stale(servers, server, now_us);
	servers->handle_count--;
	(void)pthread_cond_broadcast(&servers->returned);
	(void)pthread_mutex_unlock(&servers->mutex);
	free_handles(stale);
	free_handles(handle);
}

/*
 * True if a server that has until DEADLINE_US has time enough to show that it
 * works; when it has not, its silence says nothing.
 */
static bool
is_fair(const struct directory_servers *servers, int64_t deadline_us)
{
	return deadline_us - clock_now().monotonic_us >=
	    smaller(FAIR_US, servers->settings->search_timeout);
}

/* Asks by HANDLE, which is connected first where it is new. */
static struct directory_answer
ask(const struct directory_servers *servers, struct handle *handle,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	const struct directory_settings *settings = servers->settings;
	int64_t now_us = clock_now().monotonic_us;

	if (handle->ldap == NULL) {
		handle->opened_us = now_us;
		handle->ldap = directory_ldap_open(handle->server->uri,
		    &servers->account,
		    smaller(deadline_us, now_us + settings->connect_timeout),
		    err);
		now_us = clock_now().monotonic_us;
	}
	if (handle->ldap == NULL)
		return (struct directory_answer){ .server_fault = true };
	return directory_ldap_search(handle->ldap, search, pool, entry,
	    smaller(deadline_us, now_us + settings->search_timeout), err);
}

enum lookup_result
directory_servers_search(struct directory_servers *servers,
    const struct directory_search *search, struct pool *pool,
    struct directory_entry *entry, int64_t deadline_us, struct err *err)
{
	/* Each server may have an idle connection that it has closed, and
	 * then fail for good. */
	size_t attempts_left = 2 * servers->count;
	struct directory_answer answer = { .result = LOOKUP_FAILED };

	(void)err_set(err, ERR_TEMPORARY, "no time is left to ask a server");
	for (; attempts_left > 0 && clock_now().monotonic_us < deadline_us;
	     attempts_left--) {
		struct handle *handle = check_out(servers, deadline_us, err);
		bool fair = is_fair(servers, deadline_us);

		if (handle == NULL)
			return LOOKUP_FAILED;
		answer = ask(servers, handle, search, pool, entry, deadline_us,
		    err);
		if (!answer.server_fault) {
			check_in(servers, handle);
			break;
		}
		if (!fair || (handle->reused && answer.connection_lost))
			give_up(servers, handle, NULL);
		else
			give_up(servers, handle, err->text);
	}
	return answer.result;
}
