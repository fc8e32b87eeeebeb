/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: the configuration of Postfix, as postconf(1) tells it.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "formats/mta_duration.h"
#include "milters/lumbar/lumbar.h"

#include <string.h>
#include <sys/socket.h>

/* Reads what postconf says of FOLDER with OPTIONS, the second of which may be
 * NULL.  0, or -1 with *ERR. */
static int
ask(struct doctor *doctor, const char *folder, const char *const options[2],
    struct postconf_parameters *parameters, struct err *err)
{
	const char *const arguments[] = { "postconf", "-c", folder,
		options[0], options[1], NULL };
	struct buf output;
	int result;

	buf_init(&output, LUMBAR_OUTPUT_MAX);
	result = doctor_run("postconf", arguments, &output, err);
	if (result == 0)
		result = postconf_read(doctor->pool,
		    pool_dup(doctor->pool, buf_span(&output)), parameters,
		    err);
	buf_free(&output);
	return result;
}

/* The value of NAME for MILTER: its own setting, else that of the service. */
static struct span
setting_of(const struct doctor *doctor, struct span service,
    const struct postconf_milter *milter, const char *name,
    const char *parameter)
{
	const struct span *own = postconf_milter_setting(milter, span_of(name));

	return own != NULL ? *own
			   : doctor_parameter(doctor, service, parameter, NULL);
}

static int64_t
timeout_of(const struct doctor *doctor, struct span service,
    const struct postconf_milter *milter, const char *name,
    const char *parameter)
{
	int64_t duration = 0;

	/* 0 where it is none: Postfix says so itself. */
	(void)mta_duration_read(
	    setting_of(doctor, service, milter, name, parameter), &duration);
	return duration;
}

/* A socket as Postfix writes it: "inet:host:port", or "unix:path" below the
 * queue directory, which is / in a chroot. */
static struct doctor_socket
read_endpoint(const struct doctor *doctor, struct span endpoint, bool chroot)
{
	struct span queue =
	    doctor_parameter(doctor, SPAN(""), "queue_directory", NULL);
	struct span rest = span_slice(
	    endpoint, span_find(endpoint, ':') + 1, endpoint.len);
	size_t colon = span_find_last(rest, ':');

	if (span_starts(endpoint, SPAN("inet:")))
		return doctor_socket_inet(doctor->pool, endpoint, AF_UNSPEC,
		    colon < rest.len ? span_slice(rest, 0, colon) : SPAN(""),
		    colon < rest.len ? span_slice(rest, colon + 1, rest.len)
				     : rest);
	if (!span_starts(endpoint, SPAN("unix:")))
		return (struct doctor_socket){ .written = endpoint };
	if (span_starts(rest, SPAN("/")) && !chroot)
		return doctor_socket_unix(doctor->pool, endpoint, rest);
	return doctor_socket_unix(doctor->pool, endpoint,
	    pool_printf(doctor->pool, "%.*s%s%.*s", SPAN_ARGS(queue),
		span_starts(rest, SPAN("/")) ? "" : "/", SPAN_ARGS(rest)));
}

static void
fill_milter(const struct doctor *doctor, const struct doctor_list *list,
    const struct postconf_milter *item, struct doctor_milter *milter)
{
	struct span service = list->service;

	*milter = (struct doctor_milter){
		.text = item->text,
		.item = item,
		.socket = read_endpoint(doctor, item->endpoint, list->chroot),
		.outside = list->chroot &&
			span_starts(item->endpoint, SPAN("unix:/"))
		    ? read_endpoint(doctor, item->endpoint, false)
		    : (struct doctor_socket){ .path = NULL },
		.default_action = setting_of(doctor, service, item,
		    "default_action", "milter_default_action"),
		.protocol = setting_of(doctor, service, item, "protocol",
		    "milter_protocol"),
		.command_timeout = timeout_of(doctor, service, item,
		    "command_timeout", "milter_command_timeout"),
		.content_timeout = timeout_of(doctor, service, item,
		    "content_timeout", "milter_content_timeout"),
	};
}

/* True if SERVICE runs in a chroot. */
static bool
has_chroot(const struct doctor *doctor, const struct postconf_service *service)
{
	struct span level = doctor_parameter(
	    doctor, SPAN(""), "compatibility_level", NULL);

	if (!span_equal(service->chroot, SPAN("-")))
		return span_equal(service->chroot, SPAN("y"));
	/* It was the default before level 1; the oldest know no levels. */
	return level.len == 0 || level.ptr[0] == '0';
}

/* Adds the list that SERVICE has in PARAMETER. */
static void
add_list(struct doctor *doctor, const struct postconf_service *service,
    enum doctor_list_kind kind, const char *parameter)
{
	struct doctor_lists *lists = &doctor->lists;
	struct doctor_list list = { .kind = kind, .service = service->id };
	struct postconf_milters milters;
	struct err err;
	struct span value = doctor_parameter(
	    doctor, service->id, parameter, &list.place);

	list.listener = doctor_parameter(
	    doctor, service->id, "milter_macro_daemon_name", NULL);
	list.chroot = has_chroot(doctor, service);
	if (postconf_read_milters(doctor->pool, value, &milters, &err) < 0) {
		lists->incomplete = true;
		doctor_find(doctor, DOCTOR_ERROR, &list.place,
		    pool_printf(doctor->pool, "%s", err.text),
		    "The Postfix process that reads the list ends at once, "
		    "and no mail comes in.",
		    pool_printf(doctor->pool,
			"%s = { unix:PATH, default_action=tempfail }, ...",
			parameter));
		return;
	}
	list.count = milters.count;
	list.milters = pool_alloc_array(
	    doctor->pool, milters.count, sizeof(list.milters[0]));
	for (size_t i = 0; i < milters.count; i++)
		fill_milter(
		    doctor, &list, &milters.items[i], &list.milters[i]);
	doctor_identify(doctor, &list);
	lists->items = pool_grow(
	    doctor->pool, lists->items, lists->count, sizeof(list));
	lists->items[lists->count++] = list;
}

static void
add_lists(struct doctor *doctor)
{
	const struct postconf_services *programs = &doctor->postfix.programs;

	for (size_t i = 0; i < programs->count; i++) {
		const struct postconf_service *service = &programs->items[i];

		if (span_equal(service->program, SPAN("smtpd")))
			add_list(doctor, service, DOCTOR_LIST_SMTP,
			    "smtpd_milters");
		else if (span_equal(service->program, SPAN("cleanup")))
			add_list(doctor, service, DOCTOR_LIST_LOCAL,
			    "non_smtpd_milters");
	}
}

int
doctor_read_postfix(
    struct doctor *doctor, const char *folder, struct err *err)
{
	static const char *const main_options[2] = { "-x", NULL };
	static const char *const service_options[2] = { "-P", "-x" };
	static const char *const field_options[2] = { "-F", NULL };
	struct doctor_postfix *postfix = &doctor->postfix;
	struct postconf_parameters fields;
	struct span user;

	doctor->mta = DOCTOR_POSTFIX;
	postfix->command = strcmp(folder, DOCTOR_POSTFIX_FOLDER) == 0
	    ? "postconf"
	    : pool_printf(doctor->pool, "postconf -c %s", folder).ptr;
	postfix->main_cf = pool_printf(doctor->pool, "%s/main.cf", folder).ptr;
	postfix->master_cf =
	    pool_printf(doctor->pool, "%s/master.cf", folder).ptr;
	if (ask(doctor, folder, main_options, &postfix->main, err) < 0 ||
	    ask(doctor, folder, service_options, &postfix->services, err) <
		0 ||
	    ask(doctor, folder, field_options, &fields, err) < 0)
		return -1;
	postfix->programs = postconf_services(doctor->pool, &fields);
	user = doctor_parameter(doctor, SPAN(""), "mail_owner", NULL);
	/* No Postfix is without. */
	if (user.len == 0)
		return err_set(err, ERR_INPUT,
		    "postconf does not say what is in %s; see that it is that "
		    "of Postfix", postfix->main_cf);
	doctor->mta_user = pool_string(doctor->pool, user);
	add_lists(doctor);
	return 0;
}
