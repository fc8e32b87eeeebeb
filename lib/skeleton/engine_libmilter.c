/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine on libmilter, and the only file that knows it.
 *
 * What libmilter makes hard is met here (numbers as in its list of traps):
 *  - its threads run beside the main thread, which ignores HUP, TERM and INT,
 *    so the kernel discards them before libmilter's sigwait could see one
 *    (4, 5);
 *  - it is given a descriptor, so it never unlinks a socket (6, 7);
 *  - accepting is stopped by putting a listener that nobody knows in the place
 *    of the real one (7, 8);
 *  - packets of up to a megabyte are taken, for Postfix sends header fields
 *    uncut (9);
 *  - each session asks for the same steps, for libmilter keeps them in a
 *    global (13);
 *  - no thread-local state: callbacks of a session move between threads (14).
 */
#include "skeleton/engine.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "skeleton/libmilter_edits.h"
#include "skeleton/listener.h"
#include "skeleton/negotiation.h"
#include "skeleton/session.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

/* Actions and steps are negotiated as numbers of the protocol. */
static_assert(MILTER_ACTION_MACRO_LISTS == SMFIF_SETSYMLIST &&
	MILTER_STEP_LEADING_SPACE == SMFIP_HDR_LEADSPC &&
	MILTER_STAGE_HEADERS_END == SMFIM_EOH,
    "libmilter speaks the same protocol");

/* Well below the 10 seconds that Sendmail waits by default. */
#define PROGRESS_INTERVAL_US (2 * CLOCK_SECOND_US)

/* libmilter's callbacks have no argument for it: one engine per process. */
static struct {
	struct milter *milter;
	size_t max_sessions;
	int descriptor;        /* what libmilter accepts from */
	int listener;          /* the real one */
	struct listener_address address; /* of it */
	int nobody;            /* a listener that nobody connects to */
	struct sockaddr_un nobody_name;
	socklen_t nobody_len;
	atomic_bool ended;
	atomic_bool stopping;
	atomic_bool cutting;
	atomic_uint entering; /* threads between enter and leave */
} engine;

/* What libmilter keeps for us with each connection. */
struct link {
	SMFICTX *context;
	struct session *session;
	bool leading_space;
	unsigned long steps; /* SMFIP_*, negotiated */
};

static const char *
get_macro(void *context, const char *name)
{
	const struct link *link = context;

	/* smfi_getsymval does not write to the name. */
	return smfi_getsymval(link->context, (char *)(uintptr_t)name);
}

static sfsistat
add_session(SMFICTX *context, const struct milter_negotiation *agreed)
{
	struct link *link;
	struct session_link to_engine = {
		.macro = get_macro,
		.abilities = negotiation_abilities(agreed),
	};

	if (atomic_load(&engine.milter->sessions) >= engine.max_sessions) {
		milter_count_over_cap(
		    engine.milter, engine.max_sessions, clock_now());
		return SMFIS_REJECT;
	}
	link = xalloc(sizeof(*link));
	link->context = context;
	link->steps = agreed->steps;
	link->leading_space =
	    (to_engine.abilities & MTA_LEADING_SPACE) != 0;
	to_engine.context = link;
	link->session = session_new(engine.milter, &to_engine);
	(void)smfi_setpriv(context, link);
	return SMFIS_CONTINUE;
}

/* Begins what uses the milter, unless the process is about to end: what that
 * needs is then being released. */
static bool
enter(void)
{
	(void)atomic_fetch_add(&engine.entering, 1);
	if (!atomic_load(&engine.stopping))
		return true;
	(void)atomic_fetch_sub(&engine.entering, 1);
	return false;
}

static void
leave(void)
{
	(void)atomic_fetch_sub(&engine.entering, 1);
}

/* Makes the session of a connection. */
static sfsistat
open_session(SMFICTX *context, const struct milter_negotiation *agreed)
{
	sfsistat status;

	if (!enter())
		return SMFIS_REJECT;
	status = add_session(context, agreed);
	leave();
	return status;
}

/* Asks for the macros that sessions read. */
static sfsistat
ask_for_macros(SMFICTX *context)
{
	for (int i = 0; i < MILTER_STAGE_COUNT; i++) {
		const char *macros = negotiation_macros((enum milter_stage)i);

		if (smfi_setsymlist(context, i, (char *)(uintptr_t)macros) !=
		    MI_SUCCESS) {
			log_write(LOG_LEVEL_ERROR,
			    "connection closed: libmilter refused a list of "
			    "macros");
			return SMFIS_REJECT;
		}
	}
	return SMFIS_CONTINUE;
}

static sfsistat
on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps,
    unsigned long unused_2, unsigned long unused_3,
    unsigned long *actions_out, unsigned long *steps_out,
    unsigned long *out_2, unsigned long *out_3)
{
	const struct milter_negotiation offered = {
		/* libmilter has checked that it knows the MTA's. */
		.version = MILTER_VERSION_MAX,
		.actions = (uint32_t)actions,
		.steps = (uint32_t)steps,
	};
	struct milter_negotiation wanted, agreed;
	struct err err;

	(void)unused_2;
	(void)unused_3;
	if (!enter())
		return SMFIS_REJECT;
	wanted = negotiation_wanted(
	    engine.milter->daemon, milter_needs(engine.milter));
	leave();
	if (negotiation_agree(&wanted, &offered, &agreed, &err) < 0) {
		log_write(
		    LOG_LEVEL_ERROR, "connection closed: %s", err.text);
		return SMFIS_REJECT;
	}
	*actions_out = agreed.actions;
	*steps_out = agreed.steps;
	*out_2 = 0;
	*out_3 = 0;
	if ((agreed.actions & MILTER_ACTION_MACRO_LISTS) != 0 &&
	    ask_for_macros(context) != SMFIS_CONTINUE)
		return SMFIS_REJECT;
	return open_session(context, &agreed);
}

static struct link *
link_of(SMFICTX *context)
{
	/* After QUIT_NC libmilter goes on without negotiating anew; then what
	 * was negotiated before is not known any more. */
	const struct milter_negotiation least = {
		.steps = MILTER_STEP_LEADING_SPACE,
	};
	struct link *link = smfi_getpriv(context);

	if (link == NULL &&
	    open_session(context, &least) == SMFIS_CONTINUE)
		link = smfi_getpriv(context);
	return link;
}

static sfsistat
status_of(enum response_kind kind)
{
	switch (kind) {
	case RESPONSE_CONTINUE:
		return SMFIS_CONTINUE;
	case RESPONSE_ACCEPT:
		return SMFIS_ACCEPT;
	case RESPONSE_REJECT:
		return SMFIS_REJECT;
	case RESPONSE_TEMPFAIL:
		return SMFIS_TEMPFAIL;
	case RESPONSE_DISCARD:
		return SMFIS_DISCARD;
	case RESPONSE_SKIP:
		return SMFIS_SKIP;
	}
	return SMFIS_TEMPFAIL;
}

static sfsistat
answer(SMFICTX *context, const struct response *response)
{
	libmilter_set_reply(context, response);
	return status_of(response->kind);
}

/*
 * Where STEP (SMFIP_NR_*) was negotiated the MTA awaits no answer, and
 * libmilter sends none; but unless it is told so, it complains in syslog each
 * time.
 */
static sfsistat
unless_unanswered(const struct link *link, unsigned long step, sfsistat status)
{
	return (link->steps & step) != 0 ? SMFIS_NOREPLY : status;
}

/*
 * Waits for the lookups of a step until it is answered.  PROGRESS: tells the
 * MTA to be patient, which the protocol allows at the end of message only.
 * False if the connection is cut before: on_close will abort the message.
 */
static bool
complete(struct link *link, enum response_step step, bool progress,
    struct response *response)
{
	while (step == STEP_WAITING) {
		struct lookups *lookups = session_lookups(link->session);
		int64_t deadline_us = lookups_deadline(lookups);
		int64_t until_us =
		    clock_now().monotonic_us + PROGRESS_INTERVAL_US;

		if (until_us > deadline_us)
			until_us = deadline_us;
		if (lookups_wait(lookups, until_us) ||
		    until_us == deadline_us)
			step = session_resume(
			    link->session, clock_now(), response);
		else if (atomic_load(&engine.cutting))
			break;
		else if (progress)
			(void)smfi_progress(link->context);
	}
	if (step == STEP_ANSWERED)
		return true;
	*response = (struct response){
		.kind = session_observes(link->session) ? RESPONSE_CONTINUE
							: RESPONSE_TEMPFAIL,
	};
	return false;
}

static sfsistat
on_connect(SMFICTX *context, char *name, _SOCK_ADDR *address)
{
	struct link *link = link_of(context);

	if (link == NULL)
		return SMFIS_TEMPFAIL;
	session_connect(link->session, span_of(name), address);
	return unless_unanswered(link, SMFIP_NR_CONN, SMFIS_CONTINUE);
}

static sfsistat
on_helo(SMFICTX *context, char *name)
{
	struct link *link = link_of(context);

	if (link == NULL)
		return SMFIS_TEMPFAIL;
	session_helo(link->session, span_of(name));
	return unless_unanswered(link, SMFIP_NR_HELO, SMFIS_CONTINUE);
}

static size_t
spans_of(char **arguments, struct span spans[SESSION_ARGUMENTS_MAX])
{
	size_t count = 0;

	while (count < SESSION_ARGUMENTS_MAX && arguments[count] != NULL) {
		spans[count] = span_of(arguments[count]);
		count++;
	}
	return count;
}

/* MAIL or RCPT, as HANDLE; unanswered if STEP was negotiated. */
static sfsistat
on_envelope(SMFICTX *context, char **arguments, unsigned long step,
    enum response_step (*handle)(struct session *, const struct span *, size_t,
	struct moment, struct response *))
{
	struct link *link = link_of(context);
	struct span spans[SESSION_ARGUMENTS_MAX];
	struct response response;
	size_t count = spans_of(arguments, spans);

	if (link == NULL)
		return SMFIS_TEMPFAIL;
	(void)complete(link,
	    handle(link->session, spans, count, clock_now(), &response), false,
	    &response);
	return unless_unanswered(link, step, answer(context, &response));
}

static sfsistat
on_mail(SMFICTX *context, char **arguments)
{
	return on_envelope(
	    context, arguments, SMFIP_NR_MAIL, session_mail);
}

static sfsistat
on_recipient(SMFICTX *context, char **arguments)
{
	return on_envelope(
	    context, arguments, SMFIP_NR_RCPT, session_recipient);
}

/* An event without arguments before the end of message, as HANDLE. */
static sfsistat
on_event(SMFICTX *context,
    enum response_step (*handle)(
	struct session *, struct moment, struct response *))
{
	struct link *link = link_of(context);
	struct response response;

	if (link == NULL)
		return SMFIS_TEMPFAIL;
	(void)complete(link, handle(link->session, clock_now(), &response),
	    false, &response);
	return answer(context, &response);
}

static sfsistat
on_data(SMFICTX *context)
{
	return on_event(context, session_data);
}

static sfsistat
on_header(SMFICTX *context, char *name, char *value)
{
	struct link *link = link_of(context);

	if (link == NULL)
		return SMFIS_TEMPFAIL;
	session_header(link->session, span_of(name), span_of(value));
	return unless_unanswered(link, SMFIP_NR_HDR, SMFIS_CONTINUE);
}

static sfsistat
on_headers_end(SMFICTX *context)
{
	return on_event(context, session_headers_end);
}

static sfsistat
on_body(SMFICTX *context, unsigned char *bytes, size_t len)
{
	struct link *link = link_of(context);
	struct response response;

	if (link == NULL)
		return SMFIS_TEMPFAIL;
	session_body(
	    link->session, span_make((const char *)bytes, len), &response);
	return unless_unanswered(
	    link, SMFIP_NR_BODY, answer(context, &response));
}

static sfsistat
on_end(SMFICTX *context)
{
	struct link *link = link_of(context);
	struct response response;
	struct err err;
	bool sent;

	if (link == NULL)
		return SMFIS_TEMPFAIL;
	if (!complete(link, session_end(link->session, clock_now(), &response),
		true, &response))
		return answer(context, &response);
	sent = libmilter_send_edits(
		   context, &response, link->leading_space, &err) == 0;
	if (!sent)
		log_write(LOG_LEVEL_ERROR, "%s", err.text);
	session_finish(link->session, sent, clock_now(), &response);
	return answer(context, &response);
}

static sfsistat
on_abort(SMFICTX *context)
{
	struct link *link = smfi_getpriv(context);

	if (link != NULL)
		session_abort(link->session, clock_now());
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *context)
{
	struct link *link = smfi_getpriv(context);

	/* A probe that only connected never got a session. */
	if (link == NULL)
		return SMFIS_CONTINUE;
	(void)smfi_setpriv(context, NULL);
	session_free(&link->session);
	free(link);
	return SMFIS_CONTINUE;
}

/* The descriptor that libmilter is given is a duplicate, so that dup2 can put
 * another listener in its place. */
static int
open_descriptors(int listener, struct err *err)
{
	engine.listener = listener;
	engine.address = listener_address(listener);
	engine.nobody = socket(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	engine.nobody_name.sun_family = AF_UNIX;
	/* With the family alone, Linux chooses an abstract name (unix(7)). */
	if (engine.nobody < 0 ||
	    bind(engine.nobody, (struct sockaddr *)&engine.nobody_name,
		sizeof(sa_family_t)) < 0 ||
	    listen(engine.nobody, 8) < 0)
		return err_set_errno(err, "cannot make a spare listener");
	engine.nobody_len = sizeof(engine.nobody_name);
	if (getsockname(engine.nobody,
		(struct sockaddr *)&engine.nobody_name,
		&engine.nobody_len) < 0)
		return err_set_errno(err, "cannot name a spare listener");
	engine.descriptor = fcntl(listener, F_DUPFD_CLOEXEC, 3);
	if (engine.descriptor < 0)
		return err_set_errno(err, "cannot duplicate the listener");
	return 0;
}

/* libmilter looks at the descriptor it waits on only when something happens
 * there, or every five seconds. */
static void
wake_acceptor(void)
{
	int fd = socket(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	(void)connect(fd, (const struct sockaddr *)&engine.nobody_name,
	    engine.nobody_len);
	(void)close(fd);
}

static void
set_accepting(bool accepting)
{
	int from = accepting ? engine.listener : engine.nobody;

	if (dup3(from, engine.descriptor, O_CLOEXEC) < 0)
		log_write(LOG_LEVEL_ERROR, "cannot %s accepting: %s",
		    accepting ? "resume" : "stop", strerror(errno));
	if (accepting)
		wake_acceptor();
}

static void *
thread_main(void *argument)
{
	(void)argument;
	if (smfi_main() != MI_SUCCESS)
		log_write(LOG_LEVEL_ERROR, "libmilter ended with an error");
	atomic_store(&engine.ended, true);
	return NULL;
}

static int
start(struct milter *milter, const struct engine_options *options,
    struct err *err)
{
	static char name[] = "lumbar";
	char connection[32];
	const struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = negotiation_wanted(milter->daemon, 0).actions,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_recipient,
		.xxfi_header = on_header,
		.xxfi_eoh = on_headers_end,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_data = on_data,
		.xxfi_negotiate = on_negotiate,
	};
	pthread_t thread;

	assert(engine.milter == NULL);
	engine.milter = milter;
	engine.max_sessions = options->max_sessions;
	if (open_descriptors(options->listener, err) < 0)
		return -1;
	(void)snprintf(connection, sizeof(connection), "fd:%d",
	    engine.descriptor);
	(void)smfi_setmaxdatasize(MILTER_PACKET_MAX);
	(void)smfi_settimeout(
	    (int)(options->session_timeout / CLOCK_SECOND_US));
	if (smfi_register(description) != MI_SUCCESS ||
	    smfi_setconn(connection) != MI_SUCCESS ||
	    smfi_opensocket(false) != MI_SUCCESS)
		return err_set(err, ERR_SYSTEM,
		    "libmilter did not take the listener (%s); Debian's "
		    "libmilter is needed, for others know no fd:N",
		    connection);
	errno = pthread_create(&thread, NULL, thread_main, NULL);
	if (errno != 0)
		return err_set_errno(err, "cannot start libmilter's thread");
	(void)pthread_detach(thread);
	return 0;
}

/* One that has not negotiated yet is not known to us. */
static size_t
connections(void)
{
	return atomic_load(&engine.milter->sessions);
}

/* libmilter does not say which descriptors are its connections.  It reads their
 * end, and closes them, once a callback has returned and was answered. */
static void
cut(bool end_now)
{
	atomic_store(&engine.cutting, true);
	listener_hang_up(&engine.address, end_now ? SHUT_RDWR : SHUT_RD);
}

/*
 * smfi_stop is not called: smfi_main would take five to ten seconds to return,
 * in which nobody serves, and there is nothing left to wait for.
 */
static void
stop(void)
{
	atomic_store(&engine.stopping, true);
	while (atomic_load(&engine.entering) > 0 ||
	    atomic_load(&engine.milter->sessions) > 0)
		(void)poll(NULL, 0, 1);
}

static bool
failed(void)
{
	return atomic_load(&engine.ended);
}

const struct engine engine_libmilter = {
	.name = "libmilter",
	.start = start,
	.accept = set_accepting,
	.connections = connections,
	.cut = cut,
	.stop = stop,
	.failed = failed,
};
