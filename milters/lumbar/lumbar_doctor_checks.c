/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: what is checked of both MTAs.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "base/clock.h"
#include "milters/sign/sign_config.h"
#include "skeleton/negotiation.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* At the end of a message daemons tell the MTA of their progress after two
 * seconds; in less than this, one that is busy may not get to it. */
#define CONTENT_TIMEOUT_MIN (10 * CLOCK_SECOND_US)

static const struct {
	void (*run)(struct doctor *doctor);
	unsigned mtas;
} checks[] = {
	{ doctor_check_daemons, DOCTOR_POSTFIX | DOCTOR_SENDMAIL },
	{ doctor_check_order, DOCTOR_POSTFIX | DOCTOR_SENDMAIL },
	{ doctor_check_sockets, DOCTOR_POSTFIX | DOCTOR_SENDMAIL },
	{ doctor_check_failure, DOCTOR_POSTFIX | DOCTOR_SENDMAIL },
	{ doctor_check_timeouts, DOCTOR_POSTFIX | DOCTOR_SENDMAIL },
	{ doctor_check_listeners, DOCTOR_POSTFIX | DOCTOR_SENDMAIL },
	{ doctor_check_postfix_lists, DOCTOR_POSTFIX },
	{ doctor_check_local, DOCTOR_POSTFIX },
	{ doctor_check_bounces, DOCTOR_POSTFIX },
	{ doctor_check_rewriting, DOCTOR_POSTFIX },
	{ doctor_check_conversion, DOCTOR_POSTFIX },
	{ doctor_check_protocol, DOCTOR_POSTFIX },
	{ doctor_check_certificates, DOCTOR_POSTFIX | DOCTOR_SENDMAIL },
	{ doctor_check_foreign_signatures, DOCTOR_POSTFIX },
	{ doctor_check_reinjection, DOCTOR_POSTFIX },
	{ doctor_check_sessions, DOCTOR_POSTFIX },
	{ doctor_check_sendmail_filters, DOCTOR_SENDMAIL },
	{ doctor_check_sendmail_rewriting, DOCTOR_SENDMAIL },
};

void
doctor_check(struct doctor *doctor)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if ((checks[i].mtas & doctor->mta) != 0)
			checks[i].run(doctor);
}

/* Says that MILTER was recognised by the name of its socket alone. */
static void
note_name(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter)
{
	const struct doctor_daemon *daemon = milter->daemon;

	/* Nobody knows what a file that cannot be read would name. */
	if (daemon->has_file && daemon->conf == NULL)
		return;
	doctor_find(doctor,
	    daemon->socket_is_set ? DOCTOR_WARNING : DOCTOR_NOTE,
	    &list->place,
	    pool_printf(doctor->pool,
		"%.*s is taken for %s, whose configuration names %.*s",
		SPAN_ARGS(milter->socket.written), daemon->daemon->name,
		SPAN_ARGS(daemon->socket.written)),
	    "With the systemd units this is right where the socket unit names "
	    "it; else the daemon listens elsewhere.",
	    pool_printf(doctor->pool,
		"compare ListenStream= in: systemctl cat %s.socket",
		daemon->daemon->name));
}

/* Whether MILTER's socket is in the chroot of those who open it, where a link
 * cannot lead out of; true if it is worth going on. */
static bool
check_chroot(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter)
{
	const char *root = pool_string(doctor->pool,
	    doctor_parameter(doctor, SPAN(""), "queue_directory", NULL));
	const char *path = milter->socket.path;
	char real_root[PATH_MAX], real[PATH_MAX];
	size_t len;

	/* What does not exist is said of by check_access. */
	if (!list->chroot || path == NULL ||
	    realpath(root, real_root) == NULL || realpath(path, real) == NULL)
		return true;
	len = strlen(real_root);
	if (strncmp(real, real_root, len) == 0 && real[len] == '/')
		return true;
	doctor_find(doctor, DOCTOR_ERROR, &list->place,
	    pool_printf(doctor->pool,
		"%s is a link to %s, which is not in the chroot %s of %.*s",
		path, real, real_root, SPAN_ARGS(list->service)),
	    "The MTA does not reach the milter and does what its default "
	    "action says.",
	    pool_printf(doctor->pool, "%s -F '%.*s/chroot=n'",
		doctor->postfix.command, SPAN_ARGS(list->service)));
	return false;
}

/* Whether the MTA can open the socket; true if it is worth asking. */
static bool
check_access(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter)
{
	const char *user = doctor->mta_user;
	const char *path = milter->socket.path;
	const char *name = milter->daemon->daemon->name;
	struct span cure;
	struct err err;

	if (path == NULL || doctor_socket_permits(path, user, &err) == 0)
		return true;
	if (access(path, F_OK) == 0) {
		cure = pool_printf(doctor->pool,
		    "adduser %s lumbar, and reload the MTA; or SocketGroup=%s "
		    "for %s.socket, or socket_group in %s",
		    user, user, name, milter->daemon->file);
	} else if (milter->outside.name.ptr != NULL) {
		(void)err_context(&err, "%.*s runs in a chroot",
		    SPAN_ARGS(list->service));
		cure = pool_printf(doctor->pool, "%s -F '%.*s/chroot=n'",
		    doctor->postfix.command, SPAN_ARGS(list->service));
	} else {
		cure = pool_printf(doctor->pool,
		    "systemctl start %s, or name the socket that it has",
		    name);
	}
	doctor_find(doctor, DOCTOR_ERROR, &list->place,
	    pool_printf(doctor->pool, "%.*s: %s",
		SPAN_ARGS(milter->socket.written), err.text),
	    "The MTA does not reach the milter and does what its default "
	    "action says.",
	    cure);
	return false;
}

/* The daemon that asks an MTA for ACTIONS, in which no two are alike; NULL:
 * none does. */
static const struct daemon *
who_asks_for(const struct doctor *doctor, uint32_t actions)
{
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++) {
		const struct daemon *daemon = doctor->daemons[i].daemon;

		if (actions == negotiation_wanted(daemon, 0).actions)
			return daemon;
	}
	return NULL;
}

/* Asks who answers at the socket of MILTER. */
static void
check_answer(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter)
{
	const struct daemon *daemon = milter->daemon->daemon;
	const struct daemon *answering;
	uint32_t actions;
	struct err err;

	if (doctor_socket_ask(&milter->socket, &actions, &err) < 0) {
		doctor_find(doctor, DOCTOR_ERROR, &list->place,
		    pool_printf(doctor->pool, "%s at %.*s: %s", daemon->name,
			SPAN_ARGS(milter->socket.written), err.text),
		    "The MTA does what the milter's default action says.",
		    pool_printf(doctor->pool,
			"systemctl restart %s, and see its log",
			daemon->name));
		return;
	}
	answering = who_asks_for(doctor, actions);
	if (answering == daemon)
		return;
	doctor_find(doctor, DOCTOR_ERROR, &list->place,
	    answering == NULL
		? pool_printf(doctor->pool, "what answers at %.*s is not %s",
		      SPAN_ARGS(milter->socket.written), daemon->name)
		: pool_printf(doctor->pool,
		      "%s answers at %.*s, which is the socket of %s",
		      answering->name, SPAN_ARGS(milter->socket.written),
		      daemon->name),
	    "The one does not do the work of the other.",
	    pool_printf(doctor->pool,
		"let the option -p or the key socket of each name its own, "
		"and restart %s", daemon->name));
}

/* True if a list before the one of INDEX has the socket of MILTER, for those
 * who see the same files. */
static bool
is_tried(const struct doctor *doctor, size_t index,
    const struct doctor_milter *milter)
{
	for (size_t i = 0; i < index; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		for (size_t k = 0; k < list->count; k++)
			if (list->chroot == doctor->lists.items[index].chroot &&
			    list->milters[k].daemon == milter->daemon &&
			    span_equal(list->milters[k].socket.name,
				milter->socket.name))
				return true;
	}
	return false;
}

static void
check_socket(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter)
{
	if (milter->by_name)
		note_name(doctor, list, milter);
	if (milter->socket.path != NULL && geteuid() != 0)
		doctor_find(doctor, DOCTOR_NOTE, &list->place,
		    SPAN("the sockets were not tried"),
		    "Only root may open them and look at their folders.",
		    SPAN("sudo lumbar doctor"));
	else if (check_chroot(doctor, list, milter) &&
	    check_access(doctor, list, milter))
		check_answer(doctor, list, milter);
}

void
doctor_check_sockets(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		/* One that hangs costs seconds: each is tried once. */
		for (size_t k = 0; k < list->count; k++)
			if (list->milters[k].daemon != NULL &&
			    !is_tried(doctor, i, &list->milters[k]))
				check_socket(
				    doctor, list, &list->milters[k]);
	}
}

/* Where what happens when MILTER fails is said, and the line that mends it. */
static struct span
failure_cure(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter, struct doctor_place *place)
{
	*place = list->place;
	if (doctor->mta == DOCTOR_SENDMAIL) {
		*place = (struct doctor_place){
			.file = doctor->sendmail_file,
			.line = milter->filter->line,
			.parameter = pool_printf(doctor->pool, "X%.*s",
			    SPAN_ARGS(milter->text)) };
		return pool_printf(doctor->pool,
		    "in sendmail.mc: `S=%.*s, F=T, T=C:30s;S:30s;R:60s;E:10m'",
		    SPAN_ARGS(milter->socket.written));
	}
	if (postconf_milter_setting(milter->item, SPAN("default_action")) !=
	    NULL)
		return pool_printf(doctor->pool,
		    "in %.*s: { %.*s, default_action=tempfail }",
		    SPAN_ARGS(list->place.parameter),
		    SPAN_ARGS(milter->item->endpoint));
	(void)doctor_parameter(
	    doctor, list->service, "milter_default_action", place);
	return doctor_setting_cure(
	    doctor, place, "milter_default_action", SPAN("tempfail"));
}

static void
check_failure(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter)
{
	const char *name = milter->daemon->daemon->name;
	struct span action = milter->default_action;
	enum doctor_grade grade = DOCTOR_ERROR;
	const char *why;
	struct doctor_place place;
	struct span cure;

	/* Of old, Postfix takes a reply such as "450 4.7.1 Later" as well. */
	if (span_starts(action, SPAN("4")) ||
	    span_equal(action, SPAN("tempfail")) ||
	    span_equal(action, SPAN("quarantine")) ||
	    span_equal(action, SPAN("shutdown")))
		return;
	if (span_equal(action, SPAN("accept"))) {
		why = "While the daemon is stopped or busy, mail passes as if "
		      "it were not there.";
		if (milter->daemon->rank == DOCTOR_LIMIT ||
		    milter->daemon->rank == DOCTOR_SIGN)
			grade = DOCTOR_WARNING;
	} else if (span_equal(action, SPAN("reject")) ||
	    span_starts(action, SPAN("5"))) {
		why = "While the daemon is stopped or busy, mail is refused "
		      "for good.";
		grade = DOCTOR_WARNING;
	} else {
		why = "Postfix does not know this action, and answers 451 for "
		      "a configuration that is wrong.";
		grade = DOCTOR_WARNING;
	}
	cure = failure_cure(doctor, list, milter, &place);
	doctor_find(doctor, grade, &place,
	    pool_printf(doctor->pool,
		"when %s does not answer, the MTA says \"%.*s\"", name,
		SPAN_ARGS(action)),
	    why, cure);
}

void
doctor_check_failure(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		for (size_t k = 0; k < list->count; k++)
			if (list->milters[k].daemon != NULL)
				check_failure(
				    doctor, list, &list->milters[k]);
	}
}

/* The line that gives MILTER patience of SECONDS in the setting NAME (Postfix)
 * or in T= (Sendmail). */
static struct span
timeout_cure(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter, const char *name, int64_t seconds,
    struct doctor_place *place)
{
	const char *parameter;

	if (doctor->mta == DOCTOR_SENDMAIL) {
		(void)failure_cure(doctor, list, milter, place);
		return pool_printf(doctor->pool,
		    "in sendmail.mc: `S=%.*s, F=T, T=C:30s;S:30s;R:%jds;"
		    "E:10m'", SPAN_ARGS(milter->socket.written),
		    (intmax_t)(seconds > 60 ? seconds : 60));
	}
	parameter = pool_printf(doctor->pool, "milter_%s", name).ptr;
	(void)doctor_parameter(doctor, list->service, parameter, place);
	if (postconf_milter_setting(milter->item, span_of(name)) == NULL)
		return doctor_setting_cure(doctor, place, parameter,
		    pool_printf(doctor->pool, "%jds", (intmax_t)seconds));
	*place = list->place;
	return pool_printf(doctor->pool, "in %.*s: { %.*s, %s=%jds, ... }",
	    SPAN_ARGS(list->place.parameter),
	    SPAN_ARGS(milter->item->endpoint), name, (intmax_t)seconds);
}

static void
check_timeouts(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter)
{
	const struct doctor_daemon *daemon = milter->daemon;
	int64_t lookup = daemon->settings->lookup_timeout;
	int64_t wanted = 2 * lookup / CLOCK_SECOND_US + 20;
	struct doctor_place place;
	struct span cure;

	if (milter->command_timeout <= lookup &&
	    (daemon->daemon->events &
		(EVENT_MAIL | EVENT_RECIPIENT | EVENT_DATA)) != 0) {
		cure = timeout_cure(doctor, list, milter, "command_timeout",
		    wanted, &place);
		doctor_find(doctor, DOCTOR_ERROR, &place,
		    pool_printf(doctor->pool,
			"the MTA waits %jd seconds for an answer of %s, whose "
			"lookups may take %jd",
			(intmax_t)(milter->command_timeout / CLOCK_SECOND_US),
			daemon->daemon->name,
			(intmax_t)(lookup / CLOCK_SECOND_US)),
		    "It takes the milter for failed before the lookup has.",
		    cure);
	} else if (milter->content_timeout < CONTENT_TIMEOUT_MIN) {
		cure = timeout_cure(doctor, list, milter, "content_timeout",
		    300, &place);
		doctor_find(doctor, DOCTOR_WARNING, &place,
		    pool_printf(doctor->pool,
			"the MTA waits %jd seconds for an answer of %s about "
			"content",
			(intmax_t)(milter->content_timeout / CLOCK_SECOND_US),
			daemon->daemon->name),
		    "A busy daemon tells of its progress after two seconds; "
		    "leave it more.",
		    cure);
	}
}

void
doctor_check_timeouts(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		for (size_t k = 0; k < list->count; k++)
			if (list->milters[k].daemon != NULL &&
			    list->milters[k].daemon->settings != NULL)
				check_timeouts(
				    doctor, list, &list->milters[k]);
	}
}

/* True if a service that asks DAEMON has the name LISTENER. */
static bool
is_listener(const struct doctor *doctor, const struct doctor_daemon *daemon,
    const char *listener)
{
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		if (span_equal(list->listener, span_of(listener)) &&
		    doctor_list_find(list, daemon->rank) != NULL)
			return true;
	}
	return false;
}

static void
check_listener(struct doctor *doctor, const struct doctor_daemon *daemon,
    const struct conf_place *place, const char *name)
{
	const struct doctor_place where = { .file = place->file,
		.line = (unsigned)place->line };

	if (is_listener(doctor, daemon, name))
		return;
	doctor_find(doctor, DOCTOR_WARNING, &where,
	    pool_printf(doctor->pool,
		"no listener of the MTA that asks %s is called \"%s\"",
		daemon->daemon->name, name),
	    "What the file says of that listener never applies.",
	    doctor->mta == DOCTOR_SENDMAIL
		? pool_printf(doctor->pool,
		      "in sendmail.mc: DAEMON_OPTIONS(`Name=%s, Port=...')",
		      name)
		: pool_printf(doctor->pool,
		      "%s -P 'SERVICE/inet/milter_macro_daemon_name=%s'",
		      doctor->postfix.command, name));
}

static void
check_sign_listeners(struct doctor *doctor)
{
	const struct doctor_daemon *daemon = &doctor->daemons[DOCTOR_SIGN];
	const struct sign_conf *conf = conf_values(daemon->conf);
	const struct sign_origin_conf *origins = conf->origins.items;
	struct conf_place place =
	    conf_key_place(&conf->settings.place, "sign_listeners");

	for (size_t i = 0; i < conf->listeners.count; i++)
		check_listener(
		    doctor, daemon, &place, conf->listeners.items[i]);
	for (size_t i = 0; i < conf->origins.count; i++)
		for (size_t k = 0; k < origins[i].listeners.count; k++)
			check_listener(doctor, daemon, &origins[i].place,
			    origins[i].listeners.items[k]);
}

void
doctor_check_listeners(struct doctor *doctor)
{
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++) {
		const struct doctor_daemon *daemon = &doctor->daemons[i];
		const struct listener_settings *listeners;

		if (daemon->settings == NULL)
			continue;
		listeners = daemon->settings->listeners.items;
		for (size_t k = 0; k < daemon->settings->listeners.count; k++)
			check_listener(doctor, daemon, &listeners[k].place,
			    listeners[k].name);
	}
	if (doctor->daemons[DOCTOR_SIGN].conf != NULL)
		check_sign_listeners(doctor);
}
