/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar check: says what is wrong with files, by the daemons' own code.
 */
#include "milters/lumbar/lumbar.h"

#include "base/buf.h"
#include "base/span.h"
#include "milters/limit/limit.h"
#include "milters/policy/policy.h"
#include "milters/policy/policy_files.h"
#include "milters/route/route.h"
#include "milters/sign/sign.h"
#include "skeleton/daemon.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>

/* A kind of file that can be checked. */
struct kind {
	const char *name;
	const struct daemon *daemon; /* NULL: rules */
};

static const struct kind kinds[] = {
	{ "limit.conf", &limit_daemon },
	{ "policy.conf", &policy_daemon },
	{ "policy.rules", NULL },
	{ "route.conf", &route_daemon },
	{ "sign.conf", &sign_daemon },
};

static const struct kind *
find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* The kind that FILE is of by its name, or NULL. */
static const struct kind *
kind_of_file(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (span_ends_case(span_of(file), SPAN(".rules")))
		return find_kind("policy.rules");
	return find_kind(slash != NULL ? slash + 1 : file);
}

void
lumbar_check_print_kinds(FILE *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		fprintf(out, "%s%s", i > 0 ? ", " : "", kinds[i].name);
	fputs("\n", out);
}

/* Checks one file; 0 or -1. */
static int
check_file(const struct kind *kind, const char *file)
{
	struct buf report, errors;
	int result;

	buf_init(&report, LUMBAR_OUTPUT_MAX);
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	if (kind->daemon != NULL)
		result = skeleton_check(kind->daemon, file, &errors);
	else
		result = rule_file_check(file, &report, &errors);
	fputs(buf_string(&errors), stderr);
	fputs(buf_string(&report), stdout);
	if (result == 0)
		printf("%s: ok\n", file);
	buf_free(&report);
	buf_free(&errors);
	return result;
}

/* Prints one file of rules; 0 or -1. */
static int
print_file(const char *file)
{
	struct buf report, errors;
	int result;

	buf_init(&report, LUMBAR_OUTPUT_MAX);
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	result = rule_file_print(file, &report, &errors);
	fputs(buf_string(&errors), stderr);
	fputs(buf_string(&report), stdout);
	if (report.full) {
		fprintf(stderr, "%s: too long to be printed whole\n", file);
		result = -1;
	}
	buf_free(&report);
	buf_free(&errors);
	return result;
}

int
lumbar_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "as", required_argument, NULL, 'a' },
		{ "print", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct kind *as = NULL;
	bool print = false;
	int status = EX_OK;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'p') {
			print = true;
			continue;
		}
		if (option == 'h') {
			lumbar_print_help();
			return EX_OK;
		}
		as = optarg != NULL ? find_kind(optarg) : NULL;
		if (as == NULL) {
			fputs("lumbar check: the options are --print and "
			      "--as=NAME, with NAME one of ", stderr);
			lumbar_check_print_kinds(stderr);
			return EX_USAGE;
		}
	}
	if (optind == argc) {
		fputs("lumbar check: name a file; try lumbar --help\n",
		    stderr);
		return EX_USAGE;
	}
	for (; optind < argc; optind++) {
		const struct kind *kind =
		    as != NULL ? as : kind_of_file(argv[optind]);

		if (kind == NULL) {
			fprintf(stderr, "%s: not known by its name, not "
			    "checked; say --as=NAME, with NAME one of ",
			    argv[optind]);
			lumbar_check_print_kinds(stderr);
			if (status == EX_OK)
				status = EX_USAGE;
		} else if (print && kind->daemon != NULL) {
			fprintf(stderr, "%s: only rules are printed; try the "
			    "daemon's -x\n", argv[optind]);
			status = EX_USAGE;
		} else if ((print ? print_file(argv[optind])
				  : check_file(kind, argv[optind])) < 0) {
			status = EX_CONFIG;
		}
	}
	return status;
}
