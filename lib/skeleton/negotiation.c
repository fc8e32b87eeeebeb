/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/negotiation.h"

#include "skeleton/response.h"

static uint32_t
actions_of(const struct daemon *daemon)
{
	/* The failure policy may hold a message of any daemon. */
	uint32_t actions = MILTER_ACTION_QUARANTINE | MILTER_ACTION_MACRO_LISTS;

	if ((daemon->changes & CHANGE_HEADERS) != 0)
		actions |= MILTER_ACTION_ADD_HEADERS |
		    MILTER_ACTION_CHANGE_HEADERS;
	if ((daemon->changes & CHANGE_RECIPIENTS) != 0)
		actions |= MILTER_ACTION_ADD_RECIPIENTS |
		    MILTER_ACTION_ADD_RECIPIENTS_PARAMETERS |
		    MILTER_ACTION_DELETE_RECIPIENTS;
	if ((daemon->changes & CHANGE_SENDER) != 0)
		actions |= MILTER_ACTION_CHANGE_SENDER;
	if ((daemon->changes & CHANGE_BODY) != 0)
		actions |= MILTER_ACTION_REPLACE_BODY;
	return actions;
}

/* The events that the daemon can do without, and the answers that the MTA
 * need not wait for. */
static uint32_t
steps_of(const struct daemon *daemon, unsigned needs)
{
	uint32_t steps = MILTER_STEP_NR_CONNECT | MILTER_STEP_NR_HELO |
	    MILTER_STEP_NR_HEADER | MILTER_STEP_NO_UNKNOWN |
	    MILTER_STEP_LEADING_SPACE;

	if ((daemon->events & EVENT_MAIL) == 0)
		steps |= MILTER_STEP_NR_MAIL;
	if ((daemon->events & EVENT_RECIPIENT) == 0)
		steps |= MILTER_STEP_NR_RECIPIENT;
	if ((daemon->events & EVENT_DATA) == 0)
		steps |= MILTER_STEP_NO_DATA;
	if ((daemon->events & EVENT_HEADERS) == 0)
		steps |= MILTER_STEP_NO_HEADERS | MILTER_STEP_NO_HEADERS_END;
	if ((daemon->events & EVENT_BODY) == 0)
		steps |= MILTER_STEP_NO_BODY;
	else if ((needs & EVENT_BODY) != 0)
		steps |= MILTER_STEP_NR_BODY;
	else
		steps |= MILTER_STEP_SKIP;
	return steps;
}

struct milter_negotiation
negotiation_wanted(const struct daemon *daemon, unsigned needs)
{
	return (struct milter_negotiation){
		.version = MILTER_VERSION_MAX,
		.actions = actions_of(daemon),
		.steps = steps_of(daemon, needs),
	};
}

int
negotiation_agree(const struct milter_negotiation *wanted,
    const struct milter_negotiation *offered,
    struct milter_negotiation *agreed, struct err *err)
{
	/* Without these less is done, but nothing wrong. */
	const uint32_t optional =
	    MILTER_ACTION_QUARANTINE | MILTER_ACTION_MACRO_LISTS;
	uint32_t lacking = wanted->actions & ~offered->actions & ~optional;

	if (offered->version < MILTER_VERSION_MIN)
		return err_set(err, ERR_INPUT,
		    "the MTA speaks version %ju of the milter protocol; "
		    "expected %d or later", (uintmax_t)offered->version,
		    MILTER_VERSION_MIN);
	if (lacking != 0)
		return err_set(err, ERR_INPUT,
		    "the MTA does not allow changes that the configuration "
		    "may ask for (0x%jx)", (uintmax_t)lacking);
	agreed->version = offered->version < wanted->version
	    ? offered->version
	    : wanted->version;
	agreed->actions = wanted->actions & offered->actions;
	agreed->steps = wanted->steps & offered->steps;
	return 0;
}

unsigned
negotiation_abilities(const struct milter_negotiation *agreed)
{
	unsigned abilities = 0;

	if ((agreed->actions & MILTER_ACTION_QUARANTINE) != 0)
		abilities |= MTA_HOLD;
	if ((agreed->steps & MILTER_STEP_SKIP) != 0)
		abilities |= MTA_SKIP;
	if ((agreed->steps & MILTER_STEP_LEADING_SPACE) != 0)
		abilities |= MTA_LEADING_SPACE;
	return abilities;
}

const char *
negotiation_macros(enum milter_stage stage)
{
	static const char *const macros[MILTER_STAGE_COUNT] = {
		[MILTER_STAGE_CONNECT] = "{daemon_name} v",
		/* {verify} and {cn_subject} are not among those that
		 * Sendmail sends by itself. */
		[MILTER_STAGE_HELO] =
		    ("{tls_version} {cipher} {cert_subject} {cert_issuer} "
		     "{cn_subject} {verify}"),
		/* {mail_addr} is always there: libmilter forgets what earlier
		 * messages had only when something comes. */
		[MILTER_STAGE_MAIL] =
		    "i {mail_addr} {auth_authen} {auth_type}",
		[MILTER_STAGE_RECIPIENT] = "i",
		[MILTER_STAGE_DATA] = "i",
		[MILTER_STAGE_END] = "i",
		[MILTER_STAGE_HEADERS_END] = "i",
	};

	return macros[stage];
}
