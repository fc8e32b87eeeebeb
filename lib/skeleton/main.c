/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line that all daemons share, from start to the supervisor.
 */
#include "skeleton/daemon.h"

#include "base/log.h"
#include "config.h"
#include "skeleton/background.h"
#include "skeleton/daemon_conf.h"
#include "skeleton/listener.h"
#include "skeleton/milter.h"
#include "skeleton/notify.h"
#include "skeleton/privileges.h"
#include "skeleton/supervisor.h"
#include "skeleton/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { ERRORS_MAX = 1 << 20 };

struct command_line {
	const char *program;
	char conf_file[2 * PATH_MAX]; /* absolute */
	bool conf_given;
	const char *socket; /* NULL: as configured */
	bool foreground;
	bool check;
	bool print;
	bool verbose;
};

static void
print_help(const struct daemon *daemon)
{
	printf("%s: %s\n\n"
	       "usage: %s [-fnxv] [-c file] [-p socket]\n"
	       "       %s -h | -V\n\n"
	       "  -c file    configuration (default: %s/%s)\n"
	       "  -p socket  where the MTA connects: unix:/path, "
	       "inet:port@host,\n"
	       "             inet6:port@host or fd:N; overrides the file\n"
	       "  -f         stay in the foreground and log to stderr\n"
	       "  -n         check the configuration and exit: 0, or 78 if it "
	       "is wrong\n"
	       "  -x         print the configuration in force and exit\n"
	       "  -v         log more\n"
	       "  -h, -V     print this help, the version\n",
	    daemon->name, daemon->summary, daemon->name, daemon->name,
	    SYSCONFDIR, daemon->conf_file);
}

/* The daemon's folder changes to / later.  Links in PATH stay as they are: what
 * they lead to may have changed when it is read again. */
static void
set_conf_file(struct command_line *line, const char *path)
{
	char folder[PATH_MAX];

	if (path[0] != '/' && getcwd(folder, sizeof(folder)) != NULL)
		(void)snprintf(line->conf_file, sizeof(line->conf_file),
		    "%s/%s", folder, path);
	else
		(void)snprintf(line->conf_file, sizeof(line->conf_file), "%s",
		    path);
}

/* -1: go on; else the exit status. */
static int
parse(const struct daemon *daemon, int argc, char **argv,
    struct command_line *line)
{
	int option;

	line->program = argv[0];
	(void)snprintf(line->conf_file, sizeof(line->conf_file), "%s/%s",
	    SYSCONFDIR, daemon->conf_file);
	while ((option = getopt(argc, argv, "c:p:fnxvVh")) != -1) {
		switch (option) {
		case 'c':
			line->conf_given = true;
			set_conf_file(line, optarg);
			break;
		case 'p':
			line->socket = optarg;
			break;
		case 'f':
			line->foreground = true;
			break;
		case 'n':
			line->check = true;
			break;
		case 'x':
			line->print = true;
			break;
		case 'v':
			line->verbose = true;
			break;
		case 'h':
			print_help(daemon);
			return EX_OK;
		case 'V':
			printf("%s %s\n", daemon->name, PACKAGE_VERSION);
			return EX_OK;
		default:
			fprintf(stderr, "%s: try -h for help\n", daemon->name);
			return EX_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "%s: unexpected argument \"%s\"; try -h for help\n",
	    daemon->name, argv[optind]);
	return EX_USAGE;
}

int
skeleton_check(
    const struct daemon *daemon, const char *file, struct buf *errors)
{
	struct milter milter;
	size_t before = errors->len;

	if (milter_open(&milter, daemon, file, errors) < 0)
		return -1;
	milter_complain(&milter, errors);
	milter_destroy(&milter);
	return errors->len > before ? -1 : 0;
}

/*
 * Root may read keys that the daemon's user may not, so what root would check
 * says little: becomes that user first.  Where there is none yet, says so.
 */
static void
check_as_user(const struct daemon *daemon, const char *file)
{
	const struct settings *settings;
	struct conf *conf = NULL;
	struct buf errors;
	struct err err;

	buf_init(&errors, ERRORS_MAX);
	if (geteuid() == 0)
		conf = daemon_conf_read(daemon, file, &errors);
	if (conf != NULL) {
		settings = conf_values(conf);
		if (privileges_drop(settings->user, settings->group, &err) < 0)
			fprintf(stderr, "%s: checked as root: %s\n",
			    daemon->name, err.text);
	}
	conf_free(&conf);
	buf_free(&errors);
}

static int
check(const struct daemon *daemon, const char *file)
{
	struct buf errors;
	int result;

	check_as_user(daemon, file);
	buf_init(&errors, ERRORS_MAX);
	result = skeleton_check(daemon, file, &errors);
	fputs(buf_string(&errors), stderr);
	buf_free(&errors);
	if (result == 0)
		printf("%s: ok\n", file);
	return result == 0 ? EX_OK : EX_CONFIG;
}

/* Reads the file; NULL after the mistakes were printed. */
static struct conf *
read_conf(const struct daemon *daemon, const char *file)
{
	struct buf errors;
	struct conf *conf;

	buf_init(&errors, ERRORS_MAX);
	conf = daemon_conf_read(daemon, file, &errors);
	fputs(buf_string(&errors), stderr);
	buf_free(&errors);
	return conf;
}

static int
print(const struct daemon *daemon, const char *file)
{
	struct conf *conf = read_conf(daemon, file);

	if (conf == NULL)
		return EX_CONFIG;
	daemon_conf_print(daemon, conf, stdout);
	conf_free(&conf);
	return EX_OK;
}

/* The command line's socket, else the file's, else the daemon's own. */
static const char *
socket_of(const struct daemon *daemon, const struct settings *settings,
    const struct command_line *line)
{
	if (line->socket != NULL)
		return line->socket;
	return settings->socket[0] != '\0' ? settings->socket
					   : daemon->default_socket;
}

static int
open_listener(const struct settings *settings, const char *socket,
    struct err *err)
{
	const struct listener_options options = {
		.socket = socket,
		/* A socket of root's would keep the daemon's user from
		 * making it again. */
		.owner = geteuid() == 0 && settings->socket_owner[0] == '\0'
		    ? settings->user
		    : settings->socket_owner,
		.group = settings->socket_group,
		.mode = (mode_t)settings->socket_mode,
	};

	return listener_open(&options, err);
}

/* The program as it was started, for an upgrade: its path is not that of the
 * file, which is the old version's, but where the next one is found as well. */
static void
describe_program(const struct command_line *line, struct program *program)
{
	const char *path = (const char *)getauxval(AT_EXECFN);
	const char **argument = program->arguments;

	if (path == NULL)
		path = line->program;
	/* The daemon's folder changes to / later. */
	if (path[0] == '/' || realpath(path, program->path) == NULL)
		(void)snprintf(
		    program->path, sizeof(program->path), "%s", path);
	*argument++ = line->program;
	if (line->foreground)
		*argument++ = "-f";
	if (line->verbose)
		*argument++ = "-v";
	if (line->conf_given) {
		*argument++ = "-c";
		*argument++ = line->conf_file;
	}
	if (line->socket != NULL) {
		*argument++ = "-p";
		*argument++ = line->socket;
	}
	*argument = NULL;
}

static void
apply(const struct settings *settings, struct supervisor_options *options)
{
	log_set_format((enum log_format)settings->log_format);
	options->max_sessions = (size_t)settings->max_sessions;
	options->drain_timeout = settings->drain_timeout;
}

/*
 * This process has been a supervisor before: root's privileges, where it had
 * them, are given up, the listener is open, and there is no terminal to wait
 * at.  CONF is NULL where it has just been made wrong; the new instance says
 * so again, and the old one goes on serving.
 */
static int
run_upgraded(const struct handover *handover, const struct conf *conf,
    struct supervisor_options *options)
{
	options->handover = handover;
	options->listener = handover->listener;
	options->listener_inherited = handover->listener_inherited;
	options->drain_timeout = handover->drain_timeout;
	if (conf != NULL)
		apply(conf_values(conf), options);
	return supervisor_run(options);
}

/*
 * True if the rules and keys that the configuration names can be loaded; else
 * says why not.  In a process of its own, which may become the daemon's user.
 */
static bool
can_serve(const struct daemon *daemon, const char *file)
{
	struct milter milter;
	struct buf errors;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		check_as_user(daemon, file);
		buf_init(&errors, ERRORS_MAX);
		status = milter_open(&milter, daemon, file, &errors);
		fputs(buf_string(&errors), stderr);
		_exit(status == 0 ? EX_OK : EX_CONFIG);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && status == 0;
}

static int
run_first(const struct conf *conf, const struct command_line *line,
    struct supervisor_options *options)
{
	const struct settings *settings = conf_values(conf);
	const char *socket = socket_of(options->daemon, settings, line);
	struct err err;

	apply(settings, options);
	/* Another daemon's place is taken by one that can serve. */
	if (listener_takes_over(socket) &&
	    !can_serve(options->daemon, line->conf_file)) {
		fprintf(stderr,
		    "%s: not started: another process listens on %s, and "
		    "goes on\n", options->daemon->name, socket);
		return EX_CONFIG;
	}
	options->listener_inherited = listener_is_inherited(socket);
	options->listener = open_listener(settings, socket, &err);
	if (options->listener < 0 ||
	    privileges_drop(settings->user, settings->group, &err) < 0) {
		fprintf(stderr, "%s: %s\n", options->daemon->name, err.text);
		return EX_CONFIG;
	}
	if (!line->foreground)
		options->ready = background_start();
	return supervisor_run(options);
}

static int
run(const struct daemon *daemon, const struct command_line *line)
{
	struct conf *conf = read_conf(daemon, line->conf_file);
	const struct log_settings log = {
		.program = daemon->name,
		.target = line->foreground ? LOG_TARGET_STDERR
					   : LOG_TARGET_SYSLOG,
		.verbose = line->verbose,
	};
	struct program program;
	struct notify notify;
	struct handover handover;
	struct supervisor_options options = {
		.daemon = daemon,
		.conf_file = line->conf_file,
		.program = &program,
		.notify = &notify,
		.ready = -1,
	};
	int status = EX_CONFIG;

	log_open(&log);
	describe_program(line, &program);
	notify_take(&notify);
	if (upgrade_take(&handover))
		status = run_upgraded(&handover, conf, &options);
	else if (conf != NULL)
		status = run_first(conf, line, &options);
	conf_free(&conf);
	return status;
}

/* What is opened later must not be taken for the standard input, output or
 * error, which may have been closed by whoever started us. */
static void
take_standard_descriptors(void)
{
	int descriptor;

	do
		descriptor = open("/dev/null", O_RDWR);
	while (descriptor >= 0 && descriptor <= STDERR_FILENO);
	if (descriptor > STDERR_FILENO)
		(void)close(descriptor);
}

int
skeleton_main(const struct daemon *daemon, int argc, char **argv)
{
	struct command_line line = { 0 };
	int status;

	take_standard_descriptors();
	/* An MTA that closes early is an error to handle, not to die of. */
	(void)signal(SIGPIPE, SIG_IGN);
	status = parse(daemon, argc, argv, &line);
	if (status >= 0)
		return status;
	if (line.check)
		return check(daemon, line.conf_file);
	if (line.print)
		return print(daemon, line.conf_file);
	return run(daemon, &line);
}
