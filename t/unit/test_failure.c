/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/failure.h"

#include "t/unit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In order: the role, on_failure of its listener (-1: it has no section), can
 * the MTA hold, did the fault recur; and what must come of it. */
static const struct {
	enum role role;
	int on_failure;
	bool hold_possible;
	bool recurs;
	enum failure_outcome outcome;
} rows[] = {
	{ ROLE_INBOUND, -1, true, false, FAILURE_TEMPFAIL },
	{ ROLE_OUTBOUND, -1, true, false, FAILURE_TEMPFAIL },
	{ ROLE_LOCAL, -1, true, false, FAILURE_TEMPFAIL },
	{ ROLE_APPLICATION, -1, true, false, FAILURE_HOLD },
	{ ROLE_INBOUND, FAILURE_DEFAULT, true, false, FAILURE_TEMPFAIL },
	{ ROLE_APPLICATION, FAILURE_DEFAULT, true, false, FAILURE_HOLD },
	{ ROLE_APPLICATION, FAILURE_TEMPFAIL, true, false,
	    FAILURE_TEMPFAIL },
	{ ROLE_INBOUND, FAILURE_HOLD, true, false, FAILURE_HOLD },
	/* What comes again and again is held, whatever was said. */
	{ ROLE_INBOUND, -1, true, true, FAILURE_HOLD },
	{ ROLE_APPLICATION, FAILURE_TEMPFAIL, true, true, FAILURE_HOLD },
	/* An MTA that cannot hold. */
	{ ROLE_INBOUND, -1, false, false, FAILURE_TEMPFAIL },
	{ ROLE_INBOUND, -1, false, true, FAILURE_TEMPFAIL },
	{ ROLE_INBOUND, FAILURE_HOLD, false, false, FAILURE_TEMPFAIL },
	{ ROLE_APPLICATION, -1, false, true, FAILURE_TEMPFAIL },
};

START_TEST(outcome)
{
	struct listener_settings listener = {
		.name = "smtp",
		.on_failure = rows[_i].on_failure,
	};
	const struct settings settings = {
		.listeners = { &listener, rows[_i].on_failure >= 0 },
	};
	const struct connection connection = {
		.listener = SPAN("smtp"),
		.role = rows[_i].role,
	};

	ck_assert_int_eq(failure_outcome(&settings, &connection,
			     rows[_i].hold_possible, rows[_i].recurs),
	    rows[_i].outcome);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("failure");
	TCase *tcase = suite_case(suite, "failure");

	tcase_add_loop_test(tcase, outcome, 0, (int)COUNT(rows));
	return suite_finish(suite);
}
