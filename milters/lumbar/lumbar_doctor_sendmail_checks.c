/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: what is checked of Sendmail alone.
 */
#include "milters/lumbar/lumbar_doctor.h"

/* Longer fields of MIME, and parameters in them, are hardly meant. */
enum { MIME_FIELD_LENGTH = 2048, MIME_PARAMETER_LENGTH = 1024 };

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

/* True if LENGTH, a number, is one below LEAST; 0 is no limit. */
static bool
is_limit_below(struct span length, uint64_t least)
{
	uint64_t number = 0;

	(void)span_number(span_trim(length), INT32_MAX, &number);
	return number > 0 && number < least;
}

/* That MIME fields, which are signed, are cut when mail leaves. */
static void
check_mime_length(struct doctor *doctor)
{
	const struct sendmail_option *option = sendmail_cf_option(
	    &doctor->sendmail, SPAN("MaxMimeHeaderLength"));
	struct doctor_place place = { .file = doctor->sendmail_file,
		.parameter = SPAN("MaxMimeHeaderLength") };
	size_t slash;

	if (option == NULL)
		return;
	/* Of the field, and behind "/" of one parameter in it. */
	slash = span_find(option->value, '/');
	if (!is_limit_below(
		span_slice(option->value, 0, slash), MIME_FIELD_LENGTH) &&
	    !is_limit_below(span_slice(option->value, slash + 1,
				option->value.len),
		MIME_PARAMETER_LENGTH))
		return;
	place.line = option->line;
	doctor_find(doctor, DOCTOR_WARNING, &place,
	    pool_printf(doctor->pool, "long MIME fields are cut: %.*s",
		SPAN_ARGS(option->value)),
	    "A longer Content-Type is cut when mail leaves, and the signature "
	    "over it is invalid.",
	    SPAN("in sendmail.mc: "
		 "define(`confMAX_MIME_HEADER_LENGTH', `2048/1024')"));
}

void
doctor_check_sendmail_rewriting(struct doctor *doctor)
{
	const struct sendmail_cf *cf = &doctor->sendmail;
	struct doctor_place place = { .file = doctor->sendmail_file };

	if (!doctor_is_attached(doctor, DOCTOR_LIST_SMTP, DOCTOR_SIGN))
		return;
	check_mime_length(doctor);
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
