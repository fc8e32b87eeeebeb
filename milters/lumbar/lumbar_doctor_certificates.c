/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: whether the MTA asks clients for the certificates that rules
 * and origins want.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "milters/lumbar/lumbar.h"
#include "milters/policy/policy_config.h"
#include "milters/policy/policy_files.h"
#include "milters/sign/sign_config.h"

/* What of lumbar-sign wants a certificate; empty: nothing. */
static struct span
origin_that_wants(struct doctor *doctor)
{
	const struct sign_conf *conf = doctor_sign_conf(doctor);
	const struct sign_origin_conf *origins;

	if (conf == NULL)
		return SPAN("");
	origins = conf->origins.items;
	for (size_t i = 0; i < conf->origins.count; i++)
		if (origins[i].certificates.count > 0)
			return pool_printf(doctor->pool,
			    "origin \"%s\" of %s", origins[i].name,
			    doctor->daemons[DOCTOR_SIGN].file);
	return SPAN("");
}

/* The same of lumbar-policy.  Rules with mistakes want nothing: lumbar check is
 * for those. */
static struct span
rules_that_want(struct doctor *doctor)
{
	const struct doctor_daemon *daemon = &doctor->daemons[DOCTOR_POLICY];
	const struct policy_conf *conf;
	struct span result = SPAN("");
	struct rule_set *rules;
	const char *path;
	struct buf errors;

	if (daemon->conf == NULL)
		return result;
	conf = conf_values(daemon->conf);
	path = conf_path(doctor->pool, &conf->settings.place, conf->rules);
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	rules = policy_rules_read(path, &conf->settings.place, &errors);
	if (rules != NULL &&
	    (rule_set_needs(rules) & RULE_NEEDS_CERTIFICATE) != 0)
		result = pool_printf(doctor->pool, "a rule of %s", path);
	rule_set_free(&rules);
	buf_free(&errors);
	return result;
}

/* True if Postfix asks the clients of SERVICE; PLACE gets where that is set. */
static bool
is_asked_by_postfix(const struct doctor *doctor, struct span service,
    struct doctor_place *place)
{
	return doctor_is_yes(doctor_parameter(
		   doctor, service, "smtpd_tls_ask_ccert", place)) ||
	    doctor_is_yes(doctor_parameter(
		doctor, service, "smtpd_tls_req_ccert", NULL));
}

/* True if Sendmail asks all clients. */
static bool
is_asked_by_sendmail(const struct doctor *doctor, struct doctor_place *place)
{
	const struct sendmail_option *option = sendmail_cf_option(
	    &doctor->sendmail, SPAN("TLSSrvOptions"));

	*place = (struct doctor_place){ .file = doctor->sendmail_file,
		.parameter = SPAN("TLSSrvOptions") };
	if (option == NULL)
		return true;
	place->line = option->line;
	/* "V": do not ask. */
	return span_find(option->value, 'V') == option->value.len;
}

/* That none of the clients about whose mail the daemon RANK is asked has to
 * show the certificate that WANTING is about. */
static void
check_wanting(
    struct doctor *doctor, enum doctor_rank rank, struct span wanting)
{
	bool postfix = doctor->mta == DOCTOR_POSTFIX;
	struct doctor_place place = { .file = NULL };

	for (size_t i = 0; i < doctor->lists.count; i++) {
		const struct doctor_list *list = &doctor->lists.items[i];

		if (list->kind == DOCTOR_LIST_SMTP &&
		    doctor_list_find(list, rank) != NULL &&
		    (postfix ? is_asked_by_postfix(
				   doctor, list->service, &place)
			     : is_asked_by_sendmail(doctor, &place)))
			return;
	}
	if (place.file == NULL)
		return;
	doctor_find(doctor, DOCTOR_WARNING, &place,
	    pool_printf(doctor->pool,
		"no client is asked for a certificate, and %.*s wants one",
		SPAN_ARGS(wanting)),
	    "That never matches, whatever certificate a client has.",
	    postfix ? doctor_setting_cure(doctor, &place,
			  "smtpd_tls_ask_ccert", SPAN("yes"))
		    : SPAN("take \"V\" out of confTLS_SRV_OPTIONS in "
			   "sendmail.mc"));
}

void
doctor_check_certificates(struct doctor *doctor)
{
	struct span origin = origin_that_wants(doctor);
	struct span rules = rules_that_want(doctor);

	if (origin.len > 0)
		check_wanting(doctor, DOCTOR_SIGN, origin);
	if (rules.len > 0)
		check_wanting(doctor, DOCTOR_POLICY, rules);
}
