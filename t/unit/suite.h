/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main of every Check suite: a test file ends in SUITE_MAIN with its test
 * functions or, where a table has one test for each row, in a main of its own.
 */
#ifndef LUMBAR_T_SUITE_H
#define LUMBAR_T_SUITE_H

#include <check.h>
#include <stdlib.h>

/* A new test case NAME in SUITE, for tcase_add_test and, where a table has one
 * test for each row, tcase_add_loop_test. */
static inline TCase *
suite_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	/* No test depends on time: a slow machine must not fail one. */
	tcase_set_timeout(tcase, 600);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* Runs SUITE and releases it; returns main's status. */
static inline int
suite_finish(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Runs the test functions TESTS under NAME; returns main's status. */
static inline int
suite_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = suite_case(suite, name);

	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	return suite_finish(suite);
}

#define SUITE_MAIN(name, ...) \
	int main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__ }; \
		return suite_run( \
		    name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

#endif
