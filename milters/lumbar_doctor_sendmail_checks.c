/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: what is checked of Sendmail alone.
 */
#include "milters/lumbar_doctor.h"

enum {
	/* A signature with a key of 4096 bits and many fields has less. */
	SIGNATURE_FIELD_MAX = 2048,
};

/* True if some list has the filter that FILTER describes. */
static bool
is_listed(const struct doctor *doctor, const struct sendmail_filter *filter)
{
	for (size_t i = 0; i < doctor->lists.count; i++)
		for (size_t k = 0; k < doctor->lists.items[i].count; k++)
			if (doctor->lists.items[i].milters[k].filter ==
			    filter)
				return true;
	return false;
}

/* Filters that no listener asks, and listeners that do not ask all. */
void
doctor_check_sendmail_filters(struct doctor *doctor)
{
	const struct sendmail_cf *cf = &doctor->sendmail;

	for (size_t i = 0; i < cf->filter_count; i++) {
		const struct doctor_place place = {
			.file = doctor->sendmail_file,
			.line = cf->filters[i].line,
			.parameter = pool_printf(doctor->pool, "X%.*s",
			    SPAN_ARGS(cf->filters[i].name)) };

		if (!is_listed(doctor, &cf->filters[i]))
			doctor_find(doctor, DOCTOR_WARNING, &place,
			    SPAN("no listener asks this filter"),
			    "MAIL_FILTER describes a filter; only "
			    "INPUT_MAIL_FILTER also has it asked.",
			    SPAN("in sendmail.mc: INPUT_MAIL_FILTER instead "
				 "of MAIL_FILTER, or take it out"));
	}
	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		for (size_t k = 0; k < DOCTOR_DAEMON_COUNT; k++) {
			const struct doctor_daemon *daemon =
			    &doctor->daemons[k];

			if (doctor_list_find(list, daemon->rank) == NULL &&
			    doctor_is_attached(
				doctor, DOCTOR_LIST_SMTP, daemon->rank))
				doctor_find(doctor, DOCTOR_NOTE,
				    &list->place,
				    pool_printf(doctor->pool,
					"the listener \"%.*s\" does not ask "
					"%s, which others ask",
					SPAN_ARGS(list->listener),
					daemon->daemon->name),
				    "Mail that comes in there is not seen by "
				    "it.",
				    SPAN("nothing, if that is meant; else "
					 "name it in InputMailFilters"));
		}
	}
}

/* That long header fields are cut, and signatures with them. */
static void
check_header_length(struct doctor *doctor)
{
	const struct sendmail_option *option = sendmail_cf_option(
	    &doctor->sendmail, SPAN("MaxMimeHeaderLength"));
	struct doctor_place place = { .file = doctor->sendmail_file,
		.parameter = SPAN("MaxMimeHeaderLength") };
	uint64_t length = 0;

	if (option == NULL)
		return;
	place.line = option->line;
	(void)span_number(span_slice(option->value, 0,
			      span_find(option->value, '/')),
	    INT32_MAX, &length);
	if (length == 0 || length >= SIGNATURE_FIELD_MAX)
		return;
	doctor_find(doctor, DOCTOR_WARNING, &place,
	    pool_printf(doctor->pool,
		"header fields are cut after %ju bytes", (uintmax_t)length),
	    "A signature may be longer, and what is cut is invalid.",
	    SPAN("in sendmail.mc: "
		 "define(`confMAX_MIME_HEADER_LENGTH', `2048')"));
}

void
doctor_check_sendmail_rewriting(struct doctor *doctor)
{
	const struct sendmail_cf *cf = &doctor->sendmail;
	struct doctor_place place = { .file = doctor->sendmail_file };

	if (!doctor_is_attached(doctor, DOCTOR_LIST_SMTP, DOCTOR_SIGN))
		return;
	check_header_length(doctor);
	if (cf->masquerade.len > 0) {
		place.line = cf->masquerade_line;
		place.parameter = SPAN("DM");
		doctor_find(doctor, DOCTOR_ERROR, &place,
		    SPAN("what has been signed is changed after that"),
		    "MASQUERADE_AS replaces addresses in the header when mail "
		    "leaves, and its signature is invalid.",
		    SPAN("take MASQUERADE_AS out of sendmail.mc here, and let "
			 "the MTA before this one do it"));
	}
	if (cf->generics_line != 0) {
		place.line = cf->generics_line;
		place.parameter = SPAN("Kgenerics");
		doctor_find(doctor, DOCTOR_ERROR, &place,
		    SPAN("what has been signed is changed after that"),
		    "FEATURE(`genericstable') replaces addresses in the "
		    "header when mail leaves, and its signature is invalid.",
		    SPAN("take FEATURE(`genericstable') out of sendmail.mc "
			 "here, and let the MTA before this one do it"));
	}
}
