/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/negotiation.h"

#include "skeleton/response.h"
#include "t/unit/suite.h"

#include <string.h>

enum { ALL_ACTIONS = 0x1ff, ALL_STEPS = 0x1fffff };

START_TEST(daemon_gets_what_it_needs)
{
	static const struct {
		unsigned events, changes;
		unsigned needs;
		uint32_t steps_on, steps_off, actions;
	} rows[] = {
		{ EVENT_RECIPIENT | EVENT_BODY, CHANGE_HEADERS,
		    EVENT_RECIPIENT,
		    MILTER_STEP_SKIP | MILTER_STEP_NR_MAIL |
			MILTER_STEP_NO_HEADERS | MILTER_STEP_NO_DATA,
		    MILTER_STEP_NR_RECIPIENT | MILTER_STEP_NO_BODY |
			MILTER_STEP_NR_BODY,
		    MILTER_ACTION_ADD_HEADERS | MILTER_ACTION_CHANGE_HEADERS },
		{ EVENT_MAIL | EVENT_DATA | EVENT_HEADERS, CHANGE_RECIPIENTS,
		    EVENT_MAIL, MILTER_STEP_NO_BODY | MILTER_STEP_NR_RECIPIENT,
		    MILTER_STEP_NR_MAIL | MILTER_STEP_NO_DATA |
			MILTER_STEP_NO_HEADERS | MILTER_STEP_NO_HEADERS_END |
			MILTER_STEP_SKIP,
		    MILTER_ACTION_ADD_RECIPIENTS |
			MILTER_ACTION_DELETE_RECIPIENTS |
			MILTER_ACTION_ADD_RECIPIENTS_PARAMETERS },
		{ EVENT_BODY, CHANGE_SENDER | CHANGE_BODY, EVENT_BODY,
		    MILTER_STEP_NR_BODY, MILTER_STEP_SKIP,
		    MILTER_ACTION_CHANGE_SENDER |
			MILTER_ACTION_REPLACE_BODY },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct daemon daemon = {
			.events = rows[i].events,
			.changes = rows[i].changes,
		};
		struct milter_negotiation wanted =
		    negotiation_wanted(&daemon, rows[i].needs);

		ck_assert_uint_eq(wanted.version, 6);
		ck_assert_uint_eq(
		    wanted.steps & rows[i].steps_on, rows[i].steps_on);
		ck_assert_uint_eq(wanted.steps & rows[i].steps_off, 0);
		ck_assert_uint_eq(wanted.actions,
		    rows[i].actions | MILTER_ACTION_QUARANTINE |
			MILTER_ACTION_MACRO_LISTS);
	}
}
END_TEST

START_TEST(both_must_have_it)
{
	const struct daemon daemon = {
		.events = EVENT_BODY,
		.changes = CHANGE_HEADERS,
	};
	static const struct {
		uint32_t version, actions, steps; /* offered */
		int result;
		uint32_t agreed_version;
		unsigned abilities;
	} rows[] = {
		{ 6, ALL_ACTIONS, ALL_STEPS, 0, 6,
		    MTA_HOLD | MTA_SKIP | MTA_LEADING_SPACE },
		{ 7, ALL_ACTIONS, 0xffffffff, 0, 6,
		    MTA_HOLD | MTA_SKIP | MTA_LEADING_SPACE },
		/* What version 2 knows. */
		{ 2, 0x3f, 0x7f, 0, 2, MTA_HOLD },
		{ 4, 0x1f, 0x7f, 0, 4, 0 },
		{ 1, ALL_ACTIONS, ALL_STEPS, -1, 0, 0 },
		{ 6, ALL_ACTIONS & ~(uint32_t)MILTER_ACTION_CHANGE_HEADERS,
		    ALL_STEPS, -1, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct milter_negotiation wanted =
		    negotiation_wanted(&daemon, 0);
		const struct milter_negotiation offered = { rows[i].version,
			rows[i].actions, rows[i].steps };
		struct milter_negotiation agreed;
		struct err err;

		ck_assert_int_eq(
		    negotiation_agree(&wanted, &offered, &agreed, &err),
		    rows[i].result);
		if (rows[i].result < 0)
			continue;
		ck_assert_uint_eq(agreed.version, rows[i].agreed_version);
		ck_assert_uint_eq(agreed.actions & ~offered.actions, 0);
		ck_assert_uint_eq(agreed.steps & ~offered.steps, 0);
		ck_assert_uint_eq(
		    negotiation_abilities(&agreed), rows[i].abilities);
	}
}
END_TEST

START_TEST(no_list_of_macros_is_empty)
{
	for (int i = 0; i < MILTER_STAGE_COUNT; i++)
		ck_assert_uint_gt(
		    strlen(negotiation_macros((enum milter_stage)i)), 0);
}
END_TEST

SUITE_MAIN("negotiation", daemon_gets_what_it_needs, both_must_have_it,
    no_list_of_macros_is_empty)
