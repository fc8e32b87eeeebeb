/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: what Postfix does before and after a signature; the parameters
 * are described in postconf(5).
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "milters/sign/sign_config.h"

void
doctor_check_bounces(struct doctor *doctor)
{
	const struct sign_conf *sign = doctor_sign_conf(doctor);
	struct doctor_place place;
	struct span classes = doctor_parameter(
	    doctor, SPAN(""), "internal_mail_filter_classes", &place);

	if (!doctor_is_signed(doctor) || doctor_has_word(classes, "bounce") ||
	    (sign != NULL && !sign->bounces))
		return;
	doctor_find(doctor, DOCTOR_WARNING, &place,
	    SPAN("bounces that Postfix writes are not signed"),
	    "No milter sees them, and a DMARC policy has them refused.",
	    doctor_setting_cure(doctor, &place,
		"internal_mail_filter_classes",
		classes.len > 0 ? pool_printf(doctor->pool, "%.*s, bounce",
				      SPAN_ARGS(classes))
				: SPAN("bounce")));
}

/* Parameters of smtp(8) and cleanup(8) that change a message after milters. */
static const struct {
	const char *program;
	const char *name;
	enum doctor_grade grade;
	const char *why;
	const char *cure;
} rewritings[] = {
	{ "smtp", "smtp_generic_maps", DOCTOR_ERROR,
	    "Addresses in the header are replaced when mail leaves, and its "
	    "signature is invalid.",
	    "use canonical_maps, which comes before the milters; and: "
	    "smtp_generic_maps =" },
	{ "lmtp", "lmtp_generic_maps", DOCTOR_WARNING,
	    "Addresses in the header are replaced at delivery, and signatures "
	    "are invalid.",
	    "use canonical_maps, which comes before the milters; and: "
	    "lmtp_generic_maps =" },
	{ "smtp", "smtp_header_checks", DOCTOR_WARNING,
	    "Header fields that it replaces or removes make the signature "
	    "invalid.",
	    "use header_checks, which comes before the milters; and: "
	    "smtp_header_checks =" },
	{ "smtp", "smtp_mime_header_checks", DOCTOR_WARNING,
	    "What it replaces in the body makes the signature invalid.",
	    "use mime_header_checks, which comes before the milters; and: "
	    "smtp_mime_header_checks =" },
	{ "smtp", "smtp_nested_header_checks", DOCTOR_WARNING,
	    "What it replaces in the body makes the signature invalid.",
	    "use nested_header_checks, which comes before the milters; and: "
	    "smtp_nested_header_checks =" },
	{ "smtp", "smtp_body_checks", DOCTOR_WARNING,
	    "What it replaces in the body makes the signature invalid.",
	    "use body_checks, which comes before the milters; and: "
	    "smtp_body_checks =" },
	{ "cleanup", "milter_header_checks", DOCTOR_WARNING,
	    "It may change or drop the signature, and what other daemons add.",
	    "see that no line of it matches DKIM-Signature, or: "
	    "milter_header_checks =" },
};

/* Rewriting before the milters, which changes the header for them and leaves
 * the envelope. */
static void
check_canonical(struct doctor *doctor)
{
	static const char *const names[] = { "canonical_maps",
		"sender_canonical_maps", "recipient_canonical_maps",
		"masquerade_domains" };
	struct doctor_place place;

	if (!doctor_is_attached(doctor, DOCTOR_LIST_SMTP, DOCTOR_POLICY) &&
	    !doctor_is_attached(doctor, DOCTOR_LIST_SMTP, DOCTOR_ROUTE))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (doctor_parameter(
			doctor, SPAN(""), names[i], &place).len > 0)
			doctor_find(doctor, DOCTOR_NOTE, &place,
			    SPAN("milters see the header after this "
				 "rewriting, and the envelope before it"),
			    "A rule over the sender, or a directory, has to "
			    "know the addresses as clients give them.",
			    SPAN("nothing, if rules and directory have both "
				 "forms"));
}

void
doctor_check_rewriting(struct doctor *doctor)
{
	const struct postconf_services *programs = &doctor->postfix.programs;
	struct doctor_place place;

	check_canonical(doctor);
	if (!doctor_is_signed(doctor))
		return;
	for (size_t i = 0; i < programs->count; i++)
		for (size_t k = 0;
		     k < sizeof(rewritings) / sizeof(rewritings[0]); k++)
			if (span_equal(programs->items[i].program,
				span_of(rewritings[k].program)) &&
			    doctor_parameter(doctor, programs->items[i].id,
				rewritings[k].name, &place).len > 0)
				doctor_find(doctor, rewritings[k].grade,
				    &place,
				    SPAN("what has been signed is changed "
					 "after that"),
				    rewritings[k].why,
				    span_of(rewritings[k].cure));
}

void
doctor_check_conversion(struct doctor *doctor)
{
	const struct postconf_services *programs = &doctor->postfix.programs;
	struct doctor_place place;

	if (!doctor_is_signed(doctor) ||
	    doctor_is_yes(doctor_parameter(doctor, SPAN(""),
		"force_mime_input_conversion", NULL)))
		return;
	for (size_t i = 0; i < programs->count; i++) {
		const struct postconf_service *service = &programs->items[i];

		if (!span_equal(service->program, SPAN("smtp")) ||
		    doctor_is_yes(doctor_parameter(doctor, service->id,
			"disable_mime_output_conversion", &place)))
			continue;
		doctor_find(doctor, DOCTOR_WARNING, &place,
		    SPAN("8-bit mail may be converted after it was signed"),
		    "For a server without 8BITMIME Postfix encodes the body "
		    "anew, and the signature is invalid.",
		    doctor_setting_cure(doctor, &place,
			"disable_mime_output_conversion", SPAN("yes")));
	}
}

void
doctor_check_foreign_signatures(struct doctor *doctor)
{
	struct doctor_place place;
	struct span clients = doctor_parameter(
	    doctor, SPAN(""), "local_header_rewrite_clients", &place);

	if (doctor_has_word(clients, "static:all"))
		doctor_find(doctor, DOCTOR_WARNING, &place,
		    SPAN("headers of mail from everywhere are rewritten"),
		    "Signatures of others become invalid, before "
		    "lumbar-policy sees them.",
		    doctor_setting_cure(doctor, &place,
			"local_header_rewrite_clients",
			SPAN("permit_inet_interfaces, permit_mynetworks")));
	if (doctor_parameter(doctor, SPAN(""), "remote_header_rewrite_domain",
		&place).len > 0)
		doctor_find(doctor, DOCTOR_NOTE, &place,
		    SPAN("incomplete addresses in headers of mail from "
			 "everywhere are completed"),
		    "Signatures of others on such mail become invalid.",
		    doctor_setting_cure(doctor, &place,
			"remote_header_rewrite_domain", SPAN("")));
}
