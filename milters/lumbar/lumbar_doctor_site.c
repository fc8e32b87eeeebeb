/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: the daemons of the site, and questions about what was read.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "milters/limit/limit.h"
#include "milters/lumbar/lumbar.h"
#include "milters/policy/policy.h"
#include "milters/route/route.h"
#include "milters/sign/sign.h"
#include "milters/sign/sign_config.h"
#include "skeleton/daemon_conf.h"
#include "skeleton/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct daemon *const daemons[DOCTOR_DAEMON_COUNT] = {
	[DOCTOR_POLICY] = &policy_daemon,
	[DOCTOR_LIMIT] = &limit_daemon,
	[DOCTOR_ROUTE] = &route_daemon,
	[DOCTOR_SIGN] = &sign_daemon,
};

/* Reads the file of DAEMON, which is there; mistakes in it are findings. */
static void
read_conf(struct doctor *doctor, struct doctor_daemon *daemon)
{
	const struct doctor_place place = { .file = daemon->file };
	const char *name = daemon->daemon->name;
	struct buf errors;

	/* The daemon may all the same. */
	daemon->is_hidden =
	    access(daemon->file, R_OK) < 0 && errno == EACCES;
	if (daemon->is_hidden) {
		doctor_find(doctor, DOCTOR_NOTE, &place,
		    SPAN("the file was not read"),
		    "Who may not read it is not told what is wrong in it.",
		    SPAN("sudo lumbar doctor"));
		return;
	}
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	daemon->conf = daemon_conf_read(daemon->daemon, daemon->file, &errors);
	if (daemon->conf == NULL)
		doctor_find(doctor, DOCTOR_ERROR, &place,
		    pool_printf(doctor->pool, "%s cannot read it", name),
		    "It does not start with it, and a reload keeps the old "
		    "one.",
		    pool_printf(doctor->pool,
			"what this says: lumbar check %s", daemon->file));
	buf_free(&errors);
}

/* Takes what the file of DAEMON says, if there is one. */
static void
read_daemon(struct doctor *doctor, struct doctor_daemon *daemon)
{
	const char *socket = daemon->daemon->default_socket;

	daemon->has_file =
	    access(daemon->file, F_OK) == 0 || errno != ENOENT;
	if (daemon->has_file)
		read_conf(doctor, daemon);
	if (daemon->conf != NULL) {
		daemon->settings = conf_values(daemon->conf);
		/* Who hands a descriptor over has the usual socket. */
		daemon->socket_is_set = daemon->settings->socket[0] != '\0' &&
		    !listener_is_inherited(daemon->settings->socket);
		if (daemon->socket_is_set)
			socket = daemon->settings->socket;
	}
	daemon->socket = doctor_socket_read(doctor->pool, span_of(socket));
}

void
doctor_read_daemons(struct doctor *doctor, const char *folder)
{
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++) {
		struct doctor_daemon *daemon = &doctor->daemons[i];

		daemon->daemon = daemons[i];
		daemon->rank = (enum doctor_rank)i;
		daemon->file = pool_printf(doctor->pool, "%s/%s", folder,
		    daemons[i]->conf_file).ptr;
		read_daemon(doctor, daemon);
	}
}

struct span
doctor_parameter(const struct doctor *doctor, struct span service,
    const char *name, struct doctor_place *place)
{
	const struct doctor_postfix *postfix = &doctor->postfix;
	const struct span *value = NULL;
	struct doctor_place found = { .file = postfix->master_cf,
		.service = service, .parameter = span_of(name) };

	if (service.len > 0)
		value = postconf_find(
		    &postfix->services, service, span_of(name));
	if (value == NULL) {
		found.file = postfix->main_cf;
		found.service = SPAN("");
		value = postconf_find(
		    &postfix->main, SPAN(""), span_of(name));
	}
	if (place != NULL)
		*place = found;
	return value != NULL ? *value : SPAN("");
}

const struct doctor_milter *
doctor_list_find(const struct doctor_list *list, enum doctor_rank rank)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->milters[i].daemon != NULL &&
		    list->milters[i].daemon->rank == rank)
			return &list->milters[i];
	return NULL;
}

bool
doctor_is_attached(const struct doctor *doctor, enum doctor_list_kind kind,
    enum doctor_rank rank)
{
	for (size_t i = 0; i < doctor->lists.count; i++)
		if (doctor->lists.items[i].kind == kind &&
		    doctor_list_find(&doctor->lists.items[i], rank) != NULL)
			return true;
	return false;
}

bool
doctor_list_is_ours(const struct doctor_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->milters[i].daemon != NULL)
			return true;
	return false;
}

const struct sign_conf *
doctor_sign_conf(const struct doctor *doctor)
{
	const struct doctor_daemon *daemon = &doctor->daemons[DOCTOR_SIGN];

	return daemon->conf != NULL ? conf_values(daemon->conf) : NULL;
}

bool
doctor_is_signed(const struct doctor *doctor)
{
	return doctor_is_attached(doctor, DOCTOR_LIST_SMTP, DOCTOR_SIGN) ||
	    doctor_is_attached(doctor, DOCTOR_LIST_LOCAL, DOCTOR_SIGN);
}

bool
doctor_has_word(struct span list, const char *word)
{
	while (list.len > 0) {
		size_t end = 0;

		while (end < list.len && list.ptr[end] != ' ' &&
		    list.ptr[end] != ',' && list.ptr[end] != '\t')
			end++;
		if (span_equal_case(
			span_slice(list, 0, end), span_of(word)))
			return true;
		list = span_slice(list, end + 1, list.len);
	}
	return false;
}

bool
doctor_is_yes(struct span value)
{
	return span_equal_case(value, SPAN("yes"));
}

/* True if both lead to the same listener. */
static bool
is_same_socket(
    const struct doctor_socket *a, const struct doctor_socket *b)
{
	struct span all = SPAN("inet:*:");
	struct stat first, second;

	if (a->name.ptr == NULL || b->name.ptr == NULL)
		return false;
	if (span_equal(a->name, b->name))
		return true;
	if (a->path != NULL && b->path != NULL)
		return stat(a->path, &first) == 0 &&
		    stat(b->path, &second) == 0 &&
		    first.st_dev == second.st_dev &&
		    first.st_ino == second.st_ino;
	/* A daemon that listens on all addresses has this one as well. */
	return span_starts(b->name, all) && a->path == NULL &&
	    span_equal(span_slice(a->name, span_find_last(a->name, ':'),
			   a->name.len),
		span_slice(b->name, all.len - 1, b->name.len));
}

/* True if the MTA names MILTER so that DAEMON is meant: the last part of the
 * path is the default's, with "lumbar" before it, or the filter is called as
 * the daemon is. */
static bool
is_named_after(
    const struct doctor_milter *milter, const struct doctor_daemon *daemon)
{
	struct span path = span_of(milter->socket.path);
	const char *socket = daemon->daemon->default_socket;

	if (milter->filter != NULL &&
	    span_equal(milter->filter->name, span_of(daemon->daemon->name)))
		return true;
	return span_ends_case(path, span_of(strrchr(socket, '/'))) &&
	    span_find_case(path, SPAN("lumbar")) < path.len;
}

void
doctor_identify(const struct doctor *doctor, struct doctor_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct doctor_milter *milter = &list->milters[i];

		for (size_t k = 0; k < DOCTOR_DAEMON_COUNT; k++)
			if (milter->daemon == NULL &&
			    (is_same_socket(&milter->socket,
				 &doctor->daemons[k].socket) ||
				is_same_socket(&milter->outside,
				    &doctor->daemons[k].socket)))
				milter->daemon = &doctor->daemons[k];
		for (size_t k = 0; k < DOCTOR_DAEMON_COUNT; k++)
			if (milter->daemon == NULL &&
			    is_named_after(milter, &doctor->daemons[k])) {
				milter->daemon = &doctor->daemons[k];
				milter->by_name = true;
			}
	}
}

static bool
is_same_finding(
    const struct doctor_finding *a, const struct doctor_finding *b)
{
	return strcmp(a->place.file, b->place.file) == 0 &&
	    a->place.line == b->place.line &&
	    span_equal(a->place.service, b->place.service) &&
	    span_equal(a->place.parameter, b->place.parameter) &&
	    span_equal(a->what, b->what) && span_equal(a->cure, b->cure);
}

void
doctor_find(struct doctor *doctor, enum doctor_grade grade,
    const struct doctor_place *place, struct span what, const char *why,
    struct span cure)
{
	struct doctor_findings *findings = &doctor->findings;
	const struct doctor_finding finding = { grade, *place, what,
		span_of(why), cure };

	for (size_t i = 0; i < findings->count; i++)
		if (is_same_finding(&findings->items[i], &finding))
			return;
	findings->items = pool_grow(doctor->pool, findings->items,
	    findings->count, sizeof(finding));
	findings->items[findings->count++] = finding;
}
