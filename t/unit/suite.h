/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main of every Check suite: CASES is a NULL-terminated list of TCase
 * makers, so that a test file ends in one line.
 */
#ifndef LUMBAR_T_SUITE_H
#define LUMBAR_T_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs the test functions TESTS under NAME; returns main's status. */
static inline int
suite_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	/* No test depends on time: a slow machine must not fail one. */
	tcase_set_timeout(tcase, 600);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define SUITE_MAIN(name, ...) \
	int main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__ }; \
		return suite_run(name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

#endif
