/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: which daemons the MTA asks, in which order, and the lines that
 * put that right.
 */
#include "milters/lumbar/lumbar_doctor.h"

struct span
doctor_setting_cure(struct doctor *doctor, const struct doctor_place *place,
    const char *name, struct span value)
{
	if (place->service.len == 0)
		return pool_printf(doctor->pool, "%s = %.*s", name,
		    SPAN_ARGS(value));
	/* postconf refuses a value with blanks. */
	if (span_find(value, ' ') < value.len)
		return pool_printf(doctor->pool, "under %.*s: -o { %s = %.*s }",
		    SPAN_ARGS(place->service), name, SPAN_ARGS(value));
	return pool_printf(doctor->pool, "%s -P '%.*s/%s=%.*s'",
	    doctor->postfix.command, SPAN_ARGS(place->service), name,
	    SPAN_ARGS(value));
}

/* A unix socket for a list of Postfix: in its queue directory by a name that is
 * right with and without a chroot. */
static struct span
unix_item(struct doctor *doctor, const char *path)
{
	struct span queue =
	    doctor_parameter(doctor, SPAN(""), "queue_directory", NULL);
	struct span rest = span_of(path);

	if (span_starts(rest, queue) && rest.len > queue.len &&
	    rest.ptr[queue.len] == '/')
		rest = span_slice(rest, queue.len + 1, rest.len);
	return pool_printf(doctor->pool,
	    "{ unix:%.*s, default_action=tempfail }", SPAN_ARGS(rest));
}

/* How the list of the MTA of DOCTOR names DAEMON. */
static struct span
attaching_item(struct doctor *doctor, const struct doctor_daemon *daemon)
{
	const struct doctor_socket *socket = &daemon->socket;
	struct span address, port;
	size_t colon;

	if (doctor->mta == DOCTOR_SENDMAIL)
		return span_of(daemon->daemon->name);
	if (socket->path != NULL)
		return unix_item(doctor, socket->path);
	if (socket->name.ptr == NULL)
		return pool_printf(doctor->pool,
		    "{ %s, default_action=tempfail }",
		    daemon->daemon->default_socket);
	/* Postfix has the port behind the address, which is in brackets if it
	 * has colons itself. */
	address = span_slice(socket->name, span_find(socket->name, ':') + 1,
	    socket->name.len);
	colon = span_find_last(address, ':');
	port = span_slice(address, colon, address.len);
	address = span_slice(address, 0, colon);
	if (span_equal(address, SPAN("*")))
		address = SPAN("127.0.0.1");
	return pool_printf(doctor->pool,
	    span_find(address, ':') < address.len
		? "{ inet:[%.*s]%.*s, default_action=tempfail }"
		: "{ inet:%.*s%.*s, default_action=tempfail }",
	    SPAN_ARGS(address), SPAN_ARGS(port));
}

/* The milters of LIST in the documented order, with those of the MISSING that
 * are not NULL.  A foreign one stays behind the one that it stood behind, and
 * before the signer. */
static struct span
ordered(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_daemon *const missing[DOCTOR_DAEMON_COUNT])
{
	/* DaemonPortOptions has commas between its own parts. */
	const char *comma = span_equal(list->place.parameter,
				SPAN("DaemonPortOptions"))
	    ? ";"
	    : ", ";
	struct span text = SPAN("");
	enum doctor_rank *ranks;

	ranks = pool_alloc_array(doctor->pool, list->count, sizeof(ranks[0]));
	for (size_t i = 0; i < list->count; i++) {
		enum doctor_rank before =
		    i > 0 ? ranks[i - 1] : DOCTOR_POLICY;

		if (list->milters[i].daemon != NULL)
			ranks[i] = list->milters[i].daemon->rank;
		else
			ranks[i] = before == DOCTOR_SIGN ? DOCTOR_ROUTE
							 : before;
	}
	for (size_t rank = 0; rank < DOCTOR_DAEMON_COUNT; rank++) {
		for (size_t i = 0; i < list->count; i++)
			if (ranks[i] == (enum doctor_rank)rank)
				text = pool_printf(doctor->pool,
				    "%.*s%s%.*s", SPAN_ARGS(text),
				    text.len == 0 ? "" : comma,
				    SPAN_ARGS(list->milters[i].text));
		if (missing != NULL && missing[rank] != NULL)
			text = pool_printf(doctor->pool, "%.*s%s%.*s",
			    SPAN_ARGS(text), text.len == 0 ? "" : comma,
			    SPAN_ARGS(
				attaching_item(doctor, missing[rank])));
	}
	return text;
}

struct span
doctor_list_cure(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_daemon *const missing[DOCTOR_DAEMON_COUNT])
{
	struct span text = ordered(doctor, list, missing);

	if (doctor->mta == DOCTOR_POSTFIX)
		return doctor_setting_cure(doctor, &list->place,
		    pool_string(doctor->pool, list->place.parameter), text);
	if (span_equal(list->place.parameter, SPAN("DaemonPortOptions")))
		return pool_printf(doctor->pool,
		    "in sendmail.mc: DAEMON_OPTIONS(`Name=%.*s, ..., "
		    "InputMailFilters=%.*s')", SPAN_ARGS(list->listener),
		    SPAN_ARGS(text));
	return pool_printf(doctor->pool,
	    "in sendmail.mc: define(`confINPUT_MAIL_FILTERS', `%.*s')",
	    SPAN_ARGS(text));
}

/* The list that a daemon which no list has should be in: the first with one of
 * Lumbar's, else the first of all; where there is none, an empty one. */
static struct doctor_list
list_to_join(const struct doctor *doctor)
{
	const struct doctor_lists *lists = &doctor->lists;
	struct doctor_list none = { .place = {
		.file = doctor->postfix.main_cf,
		.parameter = SPAN("smtpd_milters") } };

	if (doctor->mta == DOCTOR_SENDMAIL)
		none.place = (struct doctor_place){
			.file = doctor->sendmail_file,
			.parameter = SPAN("InputMailFilters") };
	for (size_t i = 0; i < lists->count; i++)
		if (lists->items[i].kind == DOCTOR_LIST_SMTP &&
		    doctor_list_is_ours(&lists->items[i]))
			return lists->items[i];
	return lists->count > 0 && lists->items[0].kind == DOCTOR_LIST_SMTP
	    ? lists->items[0]
	    : none;
}

/* The line that attaches the MISSING daemons. */
static struct span
attaching_cure(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_daemon *const missing[DOCTOR_DAEMON_COUNT])
{
	struct span text = SPAN("in sendmail.mc:");

	if (doctor->mta == DOCTOR_POSTFIX)
		return doctor_list_cure(doctor, list, missing);
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++)
		if (missing[i] != NULL)
			text = pool_printf(doctor->pool,
			    "%.*s INPUT_MAIL_FILTER(`%s', `S=%.*s, F=T, "
			    "T=C:30s;S:30s;R:60s;E:10m')", SPAN_ARGS(text),
			    missing[i]->daemon->name,
			    SPAN_ARGS(missing[i]->socket.written));
	return text;
}

static bool
is_attached(const struct doctor *doctor, const struct doctor_daemon *daemon)
{
	return doctor_is_attached(
		   doctor, DOCTOR_LIST_SMTP, daemon->rank) ||
	    doctor_is_attached(doctor, DOCTOR_LIST_LOCAL, daemon->rank);
}

static void
check_attached(struct doctor *doctor)
{
	const struct doctor_daemon *missing[DOCTOR_DAEMON_COUNT] = { NULL };
	struct doctor_list list = list_to_join(doctor);
	size_t attached = 0;

	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++) {
		struct doctor_daemon *daemon = &doctor->daemons[i];

		if (is_attached(doctor, daemon))
			attached++;
		else if (daemon->has_file && !daemon->is_hidden &&
		    daemon->socket.name.ptr != NULL)
			missing[i] = daemon;
	}
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT && attached > 0; i++)
		if (missing[i] != NULL)
			doctor_find(doctor, DOCTOR_WARNING, &list.place,
			    pool_printf(doctor->pool,
				"%s has a configuration and is asked about "
				"no mail", missing[i]->daemon->name),
			    "No list of milters that is in use names its "
			    "socket.",
			    attaching_cure(doctor, &list, missing));
	if (attached == 0) {
		if (missing[DOCTOR_LIMIT] == NULL &&
		    missing[DOCTOR_ROUTE] == NULL &&
		    missing[DOCTOR_SIGN] == NULL)
			missing[DOCTOR_POLICY] =
			    &doctor->daemons[DOCTOR_POLICY];
		doctor_find(doctor, DOCTOR_ERROR, &list.place,
		    SPAN("no daemon of Lumbar is attached"),
		    "All mail passes as if Lumbar were not there.",
		    attaching_cure(doctor, &list, missing));
	}
}

void
doctor_check_daemons(struct doctor *doctor)
{
	/* Nobody knows whom the one with the mistake would name. */
	if (!doctor->lists.incomplete)
		check_attached(doctor);
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++) {
		const struct doctor_daemon *daemon = &doctor->daemons[i];
		const struct doctor_place file = { .file = daemon->file };

		if (!daemon->has_file && is_attached(doctor, daemon))
			doctor_find(doctor, DOCTOR_ERROR, &file,
			    pool_printf(doctor->pool,
				"the file does not exist, and the MTA asks "
				"%s", daemon->daemon->name),
			    "The daemon does not start without it.",
			    pool_printf(doctor->pool,
				"cp /usr/share/doc/lumbar/examples/%s %s",
				daemon->daemon->conf_file, daemon->file));
	}
}

/* What is wrong with MILTER standing before LATER. */
static void
check_pair(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_milter *milter, const struct doctor_milter *later)
{
	const char *name = milter->daemon->daemon->name;

	if (later->daemon == milter->daemon)
		doctor_find(doctor, DOCTOR_ERROR, &list->place,
		    pool_printf(doctor->pool, "%s stands there twice", name),
		    "It would count or route mail twice, and each message "
		    "waits for it twice.",
		    SPAN("name it once"));
	else if (milter->daemon->rank == DOCTOR_SIGN)
		doctor_find(doctor, DOCTOR_ERROR, &list->place,
		    pool_printf(doctor->pool,
			"%s is not the last milter", name),
		    "What a later one changes makes the signature invalid.",
		    doctor_list_cure(doctor, list, NULL));
	else if (later->daemon != NULL &&
	    milter->daemon->rank == DOCTOR_ROUTE &&
	    later->daemon->rank < DOCTOR_ROUTE)
		doctor_find(doctor, DOCTOR_ERROR, &list->place,
		    pool_printf(doctor->pool, "%s stands before %s", name,
			later->daemon->daemon->name),
		    "A milter is not told what a later one refuses, and "
		    "routes a recipient whom the client was told to be "
		    "refused.",
		    doctor_list_cure(doctor, list, NULL));
	else if (later->daemon != NULL &&
	    later->daemon->rank < milter->daemon->rank)
		doctor_find(doctor, DOCTOR_WARNING, &list->place,
		    pool_printf(doctor->pool, "%s stands before %s", name,
			later->daemon->daemon->name),
		    "Mail that rules refuse would count against the sender's "
		    "limit.",
		    doctor_list_cure(doctor, list, NULL));
}

void
doctor_check_order(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		for (size_t k = 0; k < list->count; k++)
			for (size_t m = k + 1; m < list->count; m++)
				if (list->milters[k].daemon != NULL)
					check_pair(doctor, list,
					    &list->milters[k],
					    &list->milters[m]);
	}
}
