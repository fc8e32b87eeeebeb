/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: what is checked of Postfix alone; the parameters are
 * described in postconf(5), and what milters see of them in its MILTER_README.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "milters/sign/sign_config.h"

enum {
	PROTOCOL_WANTED = 6,
	SETTING_COUNT = 5,
};

/* Settings in braces that Postfix does not know. */
static void
check_settings(struct doctor *doctor, const struct doctor_list *list,
    const struct postconf_milter *item)
{
	static const char *const known[SETTING_COUNT] = { "connect_timeout",
		"command_timeout", "content_timeout", "protocol",
		"default_action" };

	for (size_t i = 0; i < item->setting_count; i++) {
		struct span name = item->settings[i].name;
		bool found = false;

		for (size_t k = 0; k < SETTING_COUNT; k++)
			if (span_equal(name, span_of(known[k])))
				found = true;
		if (!found)
			doctor_find(doctor, DOCTOR_ERROR, &list->place,
			    pool_printf(doctor->pool,
				"Postfix knows no setting \"%.*s\" of a "
				"milter", SPAN_ARGS(name)),
			    "The process that reads it ends at once, and no "
			    "mail comes in.",
			    pool_printf(doctor->pool,
				"{ %.*s, default_action=tempfail }; the "
				"others are connect_timeout, "
				"command_timeout, content_timeout and "
				"protocol", SPAN_ARGS(item->endpoint)));
	}
}

/* Names of the smtpd services whose lists DAEMON is in, but LIST is not. */
static void
check_coverage(struct doctor *doctor, const struct doctor_list *list)
{
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++) {
		const struct doctor_daemon *daemon = &doctor->daemons[i];
		const struct doctor_place place = {
			.file = doctor->postfix.master_cf,
			.service = list->service,
			.parameter = SPAN("smtpd_milters") };

		if (doctor_list_find(list, daemon->rank) == NULL &&
		    doctor_is_attached(
			doctor, DOCTOR_LIST_SMTP, daemon->rank))
			doctor_find(doctor, DOCTOR_NOTE, &place,
			    pool_printf(doctor->pool,
				"it does not ask %s, which others ask",
				daemon->daemon->name),
			    "Mail that comes in there is not seen by it.",
			    SPAN("nothing, if that is meant; else name it in "
				 "the list"));
	}
}

void
doctor_check_postfix_lists(struct doctor *doctor)
{
	struct doctor_place place;

	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		for (size_t k = 0; k < list->count; k++)
			check_settings(
			    doctor, list, list->milters[k].item);
		if (list->kind != DOCTOR_LIST_SMTP)
			continue;
		check_coverage(doctor, list);
		if (!doctor_list_is_ours(list))
			continue;
		if (doctor_parameter(doctor, list->service,
			"smtpd_milter_maps", &place).len > 0)
			doctor_find(doctor, DOCTOR_NOTE, &place,
			    SPAN("some clients have milters of their own"),
			    "The table decides for them, not smtpd_milters; "
			    "it was not looked at.",
			    SPAN("see that only clients are in it whose mail "
				 "need not be checked"));
		if (doctor_parameter(doctor, list->service,
			"smtpd_proxy_filter", &place).len > 0)
			doctor_find(doctor, DOCTOR_ERROR, &place,
			    SPAN("milters of this service see no content"),
			    "With a filter before the queue they are told "
			    "of the envelope only.",
			    SPAN("give smtpd_milters to the smtpd that takes "
				 "the mail back from the filter"));
	}
}

/* The daemon RANK where mail by SMTP passes it, and LIST does not have it. */
static const struct doctor_daemon *
missing_in(const struct doctor *doctor, const struct doctor_list *list,
    enum doctor_rank rank)
{
	return doctor_is_attached(doctor, DOCTOR_LIST_SMTP, rank) &&
		doctor_list_find(list, rank) == NULL
	    ? &doctor->daemons[rank]
	    : NULL;
}

void
doctor_check_local(struct doctor *doctor)
{
	const struct sign_conf *sign = doctor_sign_conf(doctor);

	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];
		const struct doctor_daemon *missing[DOCTOR_DAEMON_COUNT] = {
			[DOCTOR_POLICY] =
			    missing_in(doctor, list, DOCTOR_POLICY),
			[DOCTOR_SIGN] = sign == NULL || sign->local
			    ? missing_in(doctor, list, DOCTOR_SIGN)
			    : NULL,
		};

		if (list->kind != DOCTOR_LIST_LOCAL)
			continue;
		for (size_t k = 0; k < DOCTOR_DAEMON_COUNT; k++)
			if (missing[k] != NULL)
				doctor_find(doctor, DOCTOR_WARNING,
				    &list->place,
				    pool_printf(doctor->pool,
					"%s is not asked about mail that "
					"comes by sendmail(1)",
					missing[k]->daemon->name),
				    "Mail of cron, scripts and web programs "
				    "of this machine passes it by.",
				    doctor_list_cure(doctor, list, missing));
	}
}

/* The number that VALUE begins with; Postfix lets words follow. */
static unsigned
protocol_of(struct span value)
{
	unsigned version = 0;

	for (size_t i = 0; i < value.len && version < 1000 &&
	     value.ptr[i] >= '0' && value.ptr[i] <= '9';
	     i++)
		version = version * 10 + (unsigned)(value.ptr[i] - '0');
	return version;
}

void
doctor_check_protocol(struct doctor *doctor)
{
	struct doctor_place place;

	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		for (size_t k = 0; k < list->count; k++) {
			const struct doctor_milter *milter =
			    &list->milters[k];
			bool own = postconf_milter_setting(milter->item,
				       SPAN("protocol")) != NULL;

			if (milter->daemon == NULL ||
			    protocol_of(milter->protocol) >= PROTOCOL_WANTED)
				continue;
			(void)doctor_parameter(doctor, list->service,
			    "milter_protocol", &place);
			doctor_find(doctor, DOCTOR_ERROR,
			    own ? &list->place : &place,
			    pool_printf(doctor->pool,
				"Postfix speaks version %.*s of the protocol "
				"with %s", SPAN_ARGS(milter->protocol),
				milter->daemon->daemon->name),
			    "Before version 6 header fields come without "
			    "their blanks, and macros that the daemons need "
			    "do not come.",
			    own ? pool_printf(doctor->pool,
				      "in %.*s: take protocol=%.*s out",
				      SPAN_ARGS(list->place.parameter),
				      SPAN_ARGS(milter->protocol))
				: doctor_setting_cure(doctor, &place,
				      "milter_protocol", SPAN("6")));
		}
	}
}

/* True if milters are off for SERVICE. */
static bool
has_no_milters(const struct doctor *doctor, struct span service,
    struct doctor_place *place)
{
	return doctor_has_word(doctor_parameter(doctor, service,
			    "receive_override_options", place),
	    "no_milters");
}

/* The milters of LIST but for those of Lumbar's that OTHER has. */
static struct span
without(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_list *other)
{
	struct span text = SPAN("");

	for (size_t i = 0; i < list->count; i++) {
		const struct doctor_milter *milter = &list->milters[i];

		if (milter->daemon != NULL &&
		    doctor_list_find(other, milter->daemon->rank) != NULL)
			continue;
		text = pool_printf(doctor->pool, "%.*s%s%.*s",
		    SPAN_ARGS(text), text.len > 0 ? ", " : "",
		    SPAN_ARGS(milter->text));
	}
	return text;
}

/* That mail which LIST has let through to a content filter meets the same
 * daemons again in BACK. */
static void
check_return(struct doctor *doctor, const struct doctor_list *list,
    const struct doctor_list *back)
{
	struct doctor_place place;

	if (has_no_milters(doctor, back->service, &place))
		return;
	place = (struct doctor_place){ .file = doctor->postfix.master_cf,
		.service = back->service,
		.parameter = SPAN("smtpd_milters") };
	for (size_t i = 0; i < back->count; i++) {
		const struct doctor_daemon *daemon = back->milters[i].daemon;

		if (daemon != NULL &&
		    doctor_list_find(list, daemon->rank) != NULL)
			doctor_find(doctor, DOCTOR_ERROR, &place,
			    pool_printf(doctor->pool,
				"%s is asked again about mail that comes back "
				"from the content filter",
				daemon->daemon->name),
			    "It would count or route the mail twice, and sign "
			    "again what the filter has changed.",
			    doctor_setting_cure(doctor, &place,
				"smtpd_milters",
				without(doctor, back, list)));
	}
}

static void
check_content_filter(struct doctor *doctor, const struct doctor_list *list)
{
	struct doctor_place place;
	struct span filter = doctor_parameter(
	    doctor, list->service, "content_filter", &place);

	if (filter.len == 0)
		return;
	if (doctor_list_find(list, DOCTOR_SIGN) != NULL)
		doctor_find(doctor, DOCTOR_WARNING, &list->place,
		    pool_printf(doctor->pool,
			"lumbar-sign signs before the content filter %.*s",
			SPAN_ARGS(filter)),
		    "What the filter changes makes the signature invalid.",
		    SPAN("name lumbar-sign only in smtpd_milters of the smtpd "
			 "that takes the mail back"));
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *back = &doctor->lists.items[i];

		if (back->kind == DOCTOR_LIST_SMTP &&
		    doctor_parameter(doctor, back->service, "content_filter",
			NULL).len == 0)
			check_return(doctor, list, back);
	}
}

/* True if some service hands its mail to a content filter. */
static bool
has_content_filter(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->lists.count; i++)
		if (doctor_parameter(doctor, doctor->lists.items[i].service,
			"content_filter", NULL).len > 0)
			return true;
	return false;
}

void
doctor_check_reinjection(struct doctor *doctor)
{
	bool filtered = has_content_filter(doctor);
	struct doctor_place place;

	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		if (list->kind != DOCTOR_LIST_SMTP ||
		    !doctor_list_is_ours(list))
			continue;
		if (!has_no_milters(doctor, list->service, &place))
			check_content_filter(doctor, list);
		else if (!filtered)
			doctor_find(doctor, DOCTOR_ERROR, &place,
			    pool_printf(doctor->pool,
				"no_milters keeps %.*s from asking its "
				"milters", SPAN_ARGS(list->service)),
			    "Mail that comes in there passes unchecked and "
			    "unsigned; no content filter makes it come "
			    "twice.",
			    doctor_setting_cure(doctor, &place,
				"receive_override_options", SPAN("")));
	}
}

/* How many processes SERVICE may have at once; 0: any number. */
static uint64_t
process_limit(const struct doctor *doctor, struct span id)
{
	const struct postconf_services *programs = &doctor->postfix.programs;
	struct span limit = SPAN("-");
	uint64_t number = 0;

	for (size_t i = 0; i < programs->count; i++)
		if (span_equal(programs->items[i].id, id))
			limit = programs->items[i].process_limit;
	if (span_equal(limit, SPAN("-")))
		limit = doctor_parameter(
		    doctor, SPAN(""), "default_process_limit", NULL);
	(void)span_number(limit, INT32_MAX, &number);
	return number;
}

/* How many sessions with DAEMON Postfix may open at once.  *UNLIMITED: a
 * service that may have any number of processes, or NULL. */
static uint64_t
count_sessions(const struct doctor *doctor,
    const struct doctor_daemon *daemon, const struct doctor_list **unlimited)
{
	uint64_t total = 0;

	*unlimited = NULL;
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];
		uint64_t limit;

		if (list->kind != DOCTOR_LIST_SMTP ||
		    doctor_list_find(list, daemon->rank) == NULL)
			continue;
		limit = process_limit(doctor, list->service);
		if (limit == 0)
			*unlimited = list;
		total += limit;
	}
	return total;
}

static void
check_sessions(struct doctor *doctor, const struct doctor_daemon *daemon)
{
	struct doctor_place place = { .file = daemon->file,
		.parameter = SPAN_INIT("max_sessions") };
	intmax_t max = daemon->settings->max_sessions;
	const struct doctor_list *unlimited;
	uint64_t total = count_sessions(doctor, daemon, &unlimited);
	struct span number, cure;

	if (unlimited != NULL) {
		number = SPAN("any number of");
		cure = pool_printf(doctor->pool,
		    "%s -F '%.*s/process_limit=100'", doctor->postfix.command,
		    SPAN_ARGS(unlimited->service));
	} else if (total > (uint64_t)max) {
		number = pool_printf(doctor->pool, "%ju", (uintmax_t)total);
		cure = pool_printf(
		    doctor->pool, "max_sessions = %ju", (uintmax_t)total);
	} else {
		return;
	}
	doctor_find(doctor, DOCTOR_WARNING, &place,
	    pool_printf(doctor->pool,
		"Postfix may open %.*s sessions, and the daemon takes %jd",
		SPAN_ARGS(number), max),
	    "Those above it are closed at once, and their mail is deferred.",
	    cure);
}

void
doctor_check_sessions(struct doctor *doctor)
{
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++)
		if (doctor->daemons[i].settings != NULL)
			check_sessions(doctor, &doctor->daemons[i]);
}
