/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar: the administrator's tool.  Each subcommand is a row of a table; what
 * it does is the daemons' own code, so that its answer is theirs.
 */
#include "milters/lumbar/lumbar.h"

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *arguments;
	const char *summary;
	int (*run)(int argc, char **argv); /* argv[0]: the name */
} commands[] = {
	{ "check", "[--as=NAME] [--print] FILE...",
	    "say what is wrong with configuration and rules", lumbar_check },
	{ "doctor", "[-c FOLDER] [--postfix=FOLDER | --sendmail=FILE]",
	    "say what is wrong with how the daemons are attached to the MTA",
	    lumbar_doctor },
	{ "explain",
	    "[-c FILE] [--from=ADDRESS] [--rcpt=ADDRESS]... MESSAGE...",
	    "say what the rules make of a message, and why",
	    lumbar_explain },
	{ "import", "opendkim [--output=FOLDER] FILE",
	    "make a sign.conf of the configuration of OpenDKIM",
	    lumbar_import },
	{ "key", "COMMAND ...",
	    "make, publish, check and change the keys of lumbar-sign",
	    lumbar_key },
	{ "replay", "[-c FILE] [--against=FILE] MAILDIR|MBOX...",
	    "say what rules would have done over stored mail",
	    lumbar_replay },
	{ "sign", "[-c FILE] [--time=TIME] [--from=ADDRESS] "
		  "[--rcpt=ADDRESS]...\n"
		  "      [--client=ADDRESS] [--login=NAME] [--listener=NAME]",
	    "sign the message on standard input as lumbar-sign does",
	    lumbar_sign },
	{ "test", "[-c FILE] [--junit=FILE] FOLDER",
	    "try rules on messages and compare what becomes of them",
	    lumbar_test },
};

void
lumbar_print_help(void)
{
	fputs("usage: lumbar COMMAND ...\n\n", stdout);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %s %s\n      %s\n", commands[i].name,
		    commands[i].arguments, commands[i].summary);
	fputs("\nFiles, by their names or --as: ", stdout);
	lumbar_check_print_kinds(stdout);
	fputs("\nSee lumbar(1), and lumbar(7) for an overview.\n", stdout);
}

/* Has reads and writes of standard streams that are closed fail: else a file
 * that is opened later gets their number, and takes in what is printed. */
static void
hold_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	hold_standard_streams();
	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0 ||
	    strcmp(name, "help") == 0) {
		lumbar_print_help();
		return EX_OK;
	}
	if (strcmp(name, "-V") == 0 || strcmp(name, "--version") == 0) {
		printf("lumbar %s\n", PACKAGE_VERSION);
		return EX_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (name[0] == '\0')
		fputs("lumbar: name a command; try lumbar --help\n", stderr);
	else
		fprintf(stderr, "lumbar: unknown command \"%s\"; try lumbar "
		    "--help\n", name);
	return EX_USAGE;
}
