/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: the configuration of Sendmail, as sendmail.cf has it.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "base/file.h"
#include "milters/lumbar/lumbar.h"

/* What Sendmail does when a filter with FLAGS fails, in the words of Postfix.
 * Without one of these it goes on as if there were none. */
static struct span
action_of(struct span flags)
{
	if (span_find(flags, 'T') < flags.len)
		return SPAN("tempfail");
	if (span_find(flags, '4') < flags.len)
		return SPAN("shutdown");
	if (span_find(flags, 'R') < flags.len)
		return SPAN("reject");
	return SPAN("accept");
}

static void
fill_milter(struct doctor *doctor, const struct sendmail_filter *filter,
    struct doctor_milter *milter)
{
	*milter = (struct doctor_milter){
		.text = filter->name,
		.filter = filter,
		.socket = doctor_socket_read(doctor->pool, filter->socket),
		.default_action = action_of(filter->flags),
		.command_timeout = filter->read_timeout,
		/* It begins anew with each sign of progress. */
		.content_timeout = filter->read_timeout,
	};
}

/* Takes FILTERS, the names of a list that stands at PLACE, for LISTENER. */
static void
add_list(struct doctor *doctor, const struct doctor_place *place,
    struct span listener, struct span filters)
{
	struct doctor_lists *lists = &doctor->lists;
	struct doctor_list list = { .kind = DOCTOR_LIST_SMTP,
		.place = *place, .service = listener, .listener = listener };
	struct span name;

	while (sendmail_next_filter(&filters, &name)) {
		const struct sendmail_filter *filter =
		    sendmail_cf_filter(&doctor->sendmail, name);

		if (filter == NULL) {
			doctor_find(doctor, DOCTOR_ERROR, place,
			    pool_printf(doctor->pool,
				"there is no filter \"%.*s\"",
				SPAN_ARGS(name)),
			    "Sendmail says so when it starts, and goes on "
			    "without it.",
			    pool_printf(doctor->pool,
				"in sendmail.mc: MAIL_FILTER(`%.*s', "
				"`S=unix:PATH, F=T, T=C:30s;S:30s;R:60s;"
				"E:10m')", SPAN_ARGS(name)));
			continue;
		}
		list.milters = pool_grow(doctor->pool, list.milters,
		    list.count, sizeof(list.milters[0]));
		fill_milter(doctor, filter, &list.milters[list.count++]);
	}
	doctor_identify(doctor, &list);
	lists->items = pool_grow(
	    doctor->pool, lists->items, lists->count, sizeof(list));
	lists->items[lists->count++] = list;
}

/* One list for each listener: its own, or that of all. */
static void
add_lists(struct doctor *doctor)
{
	const struct sendmail_cf *cf = &doctor->sendmail;
	const struct sendmail_option *all =
	    sendmail_cf_option(cf, SPAN("InputMailFilters"));
	const struct doctor_place shared = { .file = doctor->sendmail_file,
		.line = all != NULL ? all->line : 0,
		.parameter = SPAN("InputMailFilters") };

	for (size_t i = 0; i < cf->daemon_count; i++) {
		const struct sendmail_daemon *daemon = &cf->daemons[i];
		const struct doctor_place own = {
			.file = doctor->sendmail_file, .line = daemon->line,
			.parameter = SPAN("DaemonPortOptions") };

		if (daemon->has_filters)
			add_list(doctor, &own, daemon->name, daemon->filters);
		else
			add_list(doctor, &shared, daemon->name,
			    all != NULL ? all->value : SPAN(""));
	}
	if (cf->daemon_count == 0)
		add_list(doctor, &shared, SPAN("MTA"),
		    all != NULL ? all->value : SPAN(""));
}

int
doctor_read_sendmail(
    struct doctor *doctor, const char *file, struct err *err)
{
	const struct sendmail_option *user;
	struct span name;
	struct buf text;
	int result;

	doctor->mta = DOCTOR_SENDMAIL;
	doctor->sendmail_file = file;
	buf_init(&text, LUMBAR_OUTPUT_MAX);
	result = file_read(file, &text, err);
	if (result == 0)
		result = sendmail_cf_read(doctor->pool,
		    pool_dup(doctor->pool, buf_span(&text)),
		    &doctor->sendmail, err);
	buf_free(&text);
	if (result < 0)
		return -1;
	user = sendmail_cf_option(&doctor->sendmail, SPAN("RunAsUser"));
	name = user != NULL ? user->value : SPAN("root");
	doctor->mta_user = pool_string(
	    doctor->pool, span_slice(name, 0, span_find(name, ':')));
	add_lists(doctor);
	return 0;
}
