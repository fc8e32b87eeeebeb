/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: looks at the MTA's configuration and the daemons' together,
 * and says what is wrong, why it matters and what cures it.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "milters/lumbar/lumbar.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static const char *const grade_names[DOCTOR_GRADE_COUNT] = {
	[DOCTOR_ERROR] = "error",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_NOTE] = "note",
};

static void
print_help(void)
{
	printf("usage: lumbar doctor [-c FOLDER] [--postfix=FOLDER | "
	       "--sendmail=FILE]\n\n"
	       "Says what is wrong with the way the daemons are attached to "
	       "the MTA.\n\n"
	       "  -c FOLDER          configuration of the daemons (%s)\n"
	       "  --postfix=FOLDER   configuration of Postfix (%s)\n"
	       "  --sendmail=FILE    configuration of Sendmail (%s)\n\n"
	       "Run it as root, or it cannot look at the sockets.\n"
	       "See lumbar-doctor(1).\n",
	    SYSCONFDIR, DOCTOR_POSTFIX_FOLDER, DOCTOR_SENDMAIL_FILE);
}

static void
print_finding(const struct doctor_finding *finding)
{
	const struct doctor_place *place = &finding->place;

	printf("%s: %s", grade_names[finding->grade], place->file);
	if (place->line > 0)
		printf(":%u", place->line);
	if (place->service.len > 0)
		printf(": %.*s", SPAN_ARGS(place->service));
	if (place->parameter.len > 0)
		printf(": %.*s", SPAN_ARGS(place->parameter));
	printf(": %.*s\n\t%.*s\n\tcure: %.*s\n", SPAN_ARGS(finding->what),
	    SPAN_ARGS(finding->why), SPAN_ARGS(finding->cure));
}

/* Prints all findings, the worst first, and how many there are.  Returns the
 * exit status. */
static int
report(const struct doctor_findings *findings)
{
	size_t counts[DOCTOR_GRADE_COUNT] = { 0 };

	for (size_t grade = 0; grade < DOCTOR_GRADE_COUNT; grade++)
		for (size_t i = 0; i < findings->count; i++)
			if (findings->items[i].grade ==
			    (enum doctor_grade)grade) {
				print_finding(&findings->items[i]);
				counts[grade]++;
			}
	printf("errors: %zu, warnings: %zu, notes: %zu\n",
	    counts[DOCTOR_ERROR], counts[DOCTOR_WARNING],
	    counts[DOCTOR_NOTE]);
	return counts[DOCTOR_ERROR] + counts[DOCTOR_WARNING] > 0 ? EX_CONFIG
								 : EX_OK;
}

struct request {
	const char *folder;   /* of the daemons' configuration */
	const char *postfix;  /* a folder, or NULL */
	const char *sendmail; /* a file, or NULL */
};

/* Finds the MTA of this machine where none is named; 0 or -1. */
static int
choose_mta(struct request *request)
{
	if (request->postfix != NULL || request->sendmail != NULL)
		return 0;
	if (access(DOCTOR_POSTFIX_FOLDER "/main.cf", F_OK) == 0)
		request->postfix = DOCTOR_POSTFIX_FOLDER;
	else if (access(DOCTOR_SENDMAIL_FILE, F_OK) == 0)
		request->sendmail = DOCTOR_SENDMAIL_FILE;
	else
		return -1;
	return 0;
}

/* A folder that is not there would look like one in which all files are
 * missing; of one that may not be read the files are told.  0, or -1 with
 * *ERR. */
static int
check_folder(const char *folder, struct err *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno != EACCES)
		return err_set_file(err, folder, "opened");
	if (fd >= 0)
		(void)close(fd);
	return 0;
}

static int
examine(const struct request *request)
{
	struct doctor doctor = { .pool = pool_new() };
	char folder[PATH_MAX];
	int status = EX_UNAVAILABLE;
	struct err err;
	int result;

	doctor_read_daemons(&doctor, request->folder);
	if (request->postfix != NULL) {
		/* Postfix says nothing of a folder with a relative name. */
		if (realpath(request->postfix, folder) == NULL)
			result = err_set_file(
			    &err, request->postfix, "opened");
		else
			result = doctor_read_postfix(&doctor, folder, &err);
	} else {
		result = doctor_read_sendmail(
		    &doctor, request->sendmail, &err);
	}
	if (result == 0)
		result = check_folder(request->folder, &err);
	if (result < 0) {
		fprintf(stderr, "lumbar doctor: %s\n", err.text);
	} else {
		doctor_check(&doctor);
		status = report(&doctor.findings);
	}
	for (size_t i = 0; i < DOCTOR_DAEMON_COUNT; i++)
		conf_free(&doctor.daemons[i].conf);
	pool_free(&doctor.pool);
	return status;
}

int
lumbar_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "postfix", required_argument, NULL, 'p' },
		{ "sendmail", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .folder = SYSCONFDIR };
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) !=
	    -1) {
		switch (option) {
		case 'c':
			request.folder = optarg;
			break;
		case 'h':
			print_help();
			return EX_OK;
		case 'p':
			request.postfix = optarg;
			break;
		case 's':
			request.sendmail = optarg;
			break;
		default:
			fputs("lumbar doctor: try lumbar doctor --help\n",
			    stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc ||
	    (request.postfix != NULL && request.sendmail != NULL)) {
		fputs("usage: lumbar doctor [-c FOLDER] [--postfix=FOLDER | "
		      "--sendmail=FILE]\n", stderr);
		return EX_USAGE;
	}
	if (choose_mta(&request) < 0) {
		fputs("lumbar doctor: there is neither " DOCTOR_POSTFIX_FOLDER
		      " nor " DOCTOR_SENDMAIL_FILE "; say --postfix=FOLDER or "
		      "--sendmail=FILE\n", stderr);
		return EX_USAGE;
	}
	return examine(&request);
}
