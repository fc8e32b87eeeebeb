/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar key: the command line.
 */
#include "milters/lumbar/lumbar_key.h"

#include "formats/dns_name.h"
#include "milters/lumbar/key_folder.h"
#include "milters/lumbar/lumbar.h"
#include "services/dns.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

enum {
	TTL_DEFAULT = 3600,
	TTL_MAX = 604800, /* a week */
	TIMEOUT_DEFAULT = 10,
	/* Mail waits in queues for five days, and users' mail programs verify
	 * what they fetch after a holiday. */
	RETIRE_DAYS_DEFAULT = 30,
	RETIRE_DAYS_MAX = 3650,
	SECONDS_MAX = 86400,
	DAY_SECONDS = 86400,
};

/* Letters stand for the long options below. */
static const struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *options; /* that it takes, besides -h and -k */
	size_t least, most;  /* names */
	int (*run)(struct key_request *request);
} commands[] = {
	{ "generate", "[--type=rsa|ed25519] [--bits=N] DOMAIN [SELECTOR]",
	    "make a private key, which does not sign yet", "tb", 1, 2,
	    lumbar_key_generate },
	{ "list", "[DOMAIN...]", "show all keys and their state", "", 0,
	    SIZE_MAX, lumbar_key_list },
	{ "dns",
	    "[--format=zone|value|nsupdate] [--ttl=SECONDS] [--file=KEY] "
	    "DOMAIN [SELECTOR...]",
	    "print the TXT records to be published", "oTf", 1, SIZE_MAX,
	    lumbar_key_dns },
	{ "check",
	    "[--server=ADDRESS]... [--timeout=SECONDS] [--file=KEY] DOMAIN "
	    "[SELECTOR...]",
	    "compare the published records with the private keys", "sif", 1,
	    SIZE_MAX, lumbar_key_check },
	{ "activate",
	    "[--server=ADDRESS]... [--wait=SECONDS] [--retire-after=DAYS] "
	    "DOMAIN SELECTOR",
	    "sign with a key, once its record is visible", "siwr", 2, 2,
	    lumbar_key_activate },
	{ "retire",
	    "[--retire-after=DAYS] [--now] [--format=nsupdate] DOMAIN "
	    "[SELECTOR]",
	    "sign no more with a key; remove those whose day has come", "rno",
	    1, 2, lumbar_key_retire },
};

static const struct option options[] = {
	{ "bits", required_argument, NULL, 'b' },
	{ "file", required_argument, NULL, 'f' },
	{ "folder", required_argument, NULL, 'k' },
	{ "format", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ "now", no_argument, NULL, 'n' },
	{ "retire-after", required_argument, NULL, 'r' },
	{ "server", required_argument, NULL, 's' },
	{ "timeout", required_argument, NULL, 'i' },
	{ "ttl", required_argument, NULL, 'T' },
	{ "type", required_argument, NULL, 't' },
	{ "wait", required_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

static void
print_help(void)
{
	fputs("usage: lumbar key COMMAND [-k FOLDER] ...\n\n", stdout);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %s %s\n      %s\n", commands[i].name,
		    commands[i].arguments, commands[i].summary);
	printf("\nKeys and key sets are in FOLDER, by default %s.\n"
	       "See lumbar-key(1).\n",
	    SYSCONFDIR "/keys");
}

/* Tells what is wrong with the command line.  Returns -1. */
static int complain(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
complain(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "lumbar key%s%s: ", command[0] != '\0' ? " " : "",
	    command);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
	return -1;
}

/* Reads the argument of OPTION as a number up to MAX. */
static int
read_number(const struct command *command, const char *option, unsigned max,
    unsigned *number)
{
	uint64_t value;

	if (span_number(span_of(optarg), max, &value) < 0)
		return complain(command->name,
		    "--%s=%s: write a number up to %u", option, optarg, max);
	*number = (unsigned)value;
	return 0;
}

static int
read_format(const struct command *command, struct key_request *request)
{
	static const char *const names[] = { "zone", "value", "nsupdate" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(optarg, names[i]) == 0) {
			request->format = (enum key_format)i;
			return 0;
		}
	return complain(command->name,
	    "--format=%s: write zone, value or nsupdate", optarg);
}

static int
read_type(const struct command *command, struct key_request *request)
{
	if (strcmp(optarg, "rsa") == 0)
		request->algorithm = KEY_RSA;
	else if (strcmp(optarg, "ed25519") == 0)
		request->algorithm = KEY_ED25519;
	else
		return complain(command->name,
		    "--type=%s: write rsa or ed25519", optarg);
	return 0;
}

static int
read_bits(const struct command *command, struct key_request *request)
{
	if (read_number(command, "bits", KEY_RSA_BITS_MAX, &request->bits) < 0)
		return -1;
	if (request->bits >= KEY_RSA_BITS_GOOD &&
	    request->bits % KEY_RSA_BITS_STEP == 0)
		return 0;
	return complain(command->name,
	    "--bits=%s: write 2048, 3072 or 4096", optarg);
}

static int
add_server(const struct command *command, struct key_request *request)
{
	struct conf_strings *servers = &request->servers;
	const char **items;
	struct err err;

	if (dns_check_server(optarg, &err) < 0)
		return complain(command->name, "--server: %s", err.text);
	items = pool_alloc_array(
	    request->pool, servers->count + 1, sizeof(items[0]));
	for (size_t i = 0; i < servers->count; i++)
		items[i] = servers->items[i];
	items[servers->count] = optarg;
	*servers = (struct conf_strings){ items, servers->count + 1 };
	return 0;
}

/* PATH from the root, for what is printed is used elsewhere; PATH itself where
 * it leads nowhere. */
static const char *
absolute_path(struct pool *pool, const char *path)
{
	char *resolved = path[0] != '/' ? realpath(path, NULL) : NULL;
	const char *absolute = path;

	if (resolved != NULL)
		absolute = pool_string(pool, span_of(resolved));
	free(resolved);
	return absolute;
}

/* Takes the option LETTER with optarg; 0 or -1. */
static int
read_option(
    const struct command *command, int letter, struct key_request *request)
{
	if (letter == '?')
		return complain(command->name, "try lumbar key --help");
	if (letter != 'k' && strchr(command->options, letter) == NULL)
		return complain(command->name,
		    "it does not take that option; try lumbar key --help");
	switch (letter) {
	case 'b':
		return read_bits(command, request);
	case 'f':
		request->file = optarg;
		return 0;
	case 'i':
		return read_number(
		    command, "timeout", SECONDS_MAX, &request->timeout_s);
	case 'k':
		request->folder = absolute_path(request->pool, optarg);
		return 0;
	case 'n':
		request->at_once = true;
		return 0;
	case 'o':
		return read_format(command, request);
	case 'r':
		return read_number(command, "retire-after", RETIRE_DAYS_MAX,
		    &request->retire_days);
	case 's':
		return add_server(command, request);
	case 'T':
		return read_number(command, "ttl", TTL_MAX, &request->ttl);
	case 't':
		return read_type(command, request);
	default:
		return read_number(
		    command, "wait", SECONDS_MAX, &request->wait_s);
	}
}

static int
read_names(const struct command *command, char **names, size_t count,
    struct key_request *request)
{
	if (count < command->least || count > command->most)
		return complain(command->name, "usage: lumbar key %s %s",
		    command->name, command->arguments);
	if (request->file != NULL && count != 2)
		return complain(command->name,
		    "--file wants DOMAIN and one SELECTOR behind it");
	request->names = pool_alloc_array(
	    request->pool, count, sizeof(request->names[0]));
	for (size_t i = 0; i < count; i++) {
		struct err err;

		/* Selectors stand behind the domain; list takes domains, which
		 * have none in them either. */
		if ((i > 0 ? dns_name_check_selector(span_of(names[i]), &err)
			   : dns_name_check(span_of(names[i]), &err)) < 0)
			return complain(command->name, "%s", err.text);
		request->names[i] =
		    pool_dup_lower(request->pool, span_of(names[i]));
	}
	request->name_count = count;
	return 0;
}

/* Options that have no meaning with the rest of the command line. */
static int
check_options(const struct command *command, struct key_request *request)
{
	if (request->bits != 0 && request->algorithm != KEY_RSA)
		return complain(command->name,
		    "--bits is for RSA, and an Ed25519 key has one size; leave "
		    "it out");
	if (request->bits == 0)
		request->bits = KEY_RSA_BITS_GOOD;
	if (request->at_once && request->name_count < 2)
		return complain(command->name,
		    "--now wants DOMAIN and the SELECTOR of the key behind it");
	return 0;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct key_request request = {
		.pool = pool_new(),
		.folder = SYSCONFDIR "/keys",
		.algorithm = KEY_RSA,
		.ttl = TTL_DEFAULT,
		.timeout_s = TIMEOUT_DEFAULT,
		.retire_days = RETIRE_DAYS_DEFAULT,
	};
	int status = EX_USAGE;
	int letter;

	while ((letter = getopt_long(argc, argv, "hk:", options, NULL)) != -1) {
		if (letter == 'h') {
			print_help();
			status = EX_OK;
			goto out;
		}
		if (read_option(command, letter, &request) < 0)
			goto out;
	}
	if (read_names(command, argv + optind, (size_t)(argc - optind),
		&request) == 0 &&
	    check_options(command, &request) == 0)
		status = command->run(&request);
out:
	pool_free(&request.pool);
	return status;
}

int
lumbar_key(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0) {
		print_help();
		return EX_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	if (name[0] == '\0')
		(void)complain("", "name a command; try lumbar key --help");
	else
		(void)complain("",
		    "unknown command \"%s\"; try lumbar key --help", name);
	return EX_USAGE;
}

struct span
key_request_domain(const struct key_request *request)
{
	return request->names[0];
}

const char *
key_set_name(const struct key_request *request, struct span domain)
{
	return pool_printf(
	    request->pool, "%.*s" KEY_SET_SUFFIX, SPAN_ARGS(domain)).ptr;
}

const char *
key_set_path(const struct key_request *request, struct span domain)
{
	return pool_printf(request->pool, "%s/%s", request->folder,
	    key_set_name(request, domain)).ptr;
}

const struct key_set *
key_set_load(const struct key_request *request, struct span domain,
    struct conf **conf)
{
	const struct key_set *set;
	struct buf errors;

	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	set = key_set_read(key_set_path(request, domain), conf, &errors);
	if (set != NULL && !span_equal(span_of(set->domain), domain)) {
		conf_key_mistake(&errors, &set->place, "domain",
		    "\"%s\" is not what the file is named after; rename the "
		    "file or mend the domain",
		    set->domain);
		conf_free(conf);
		set = NULL;
	}
	fputs(buf_string(&errors), stderr);
	buf_free(&errors);
	return set;
}

int
key_subject_load(const struct key_request *request,
    struct key_subject *subject, struct span domain, struct span selector,
    const char *file)
{
	struct err err;

	*subject = (struct key_subject){ .selector = selector, .file = file };
	subject->name = pool_printf(request->pool, "%.*s._domainkey.%.*s",
	    SPAN_ARGS(selector), SPAN_ARGS(domain));
	subject->key = signing_key_read(file, &err);
	if (subject->key != NULL &&
	    signing_key_public(subject->key, request->pool,
		&subject->public_half, &err) == 0)
		return 0;
	fprintf(stderr, "lumbar key: %s\n", err.text);
	key_subject_free(subject);
	return -1;
}

void
key_subject_free(struct key_subject *subject)
{
	signing_key_free(&subject->key);
}

struct span
key_subject_kind(
    const struct key_request *request, const struct key_subject *subject)
{
	switch (signing_key_algorithm(subject->key)) {
	case KEY_RSA:
		return pool_printf(request->pool, "rsa %u",
		    signing_key_bits(subject->key));
	case KEY_ED25519:
		break;
	}
	return SPAN("ed25519");
}

int
key_set_store(const struct key_request *request, struct key_folder *folder,
    const struct key_set *set, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, LUMBAR_OUTPUT_MAX);
	key_set_print(set, &text);
	result = key_folder_replace(folder,
	    key_set_name(request, span_of(set->domain)), buf_span(&text), err);
	buf_free(&text);
	return result;
}

int
key_request_fail(const struct err *err)
{
	fprintf(stderr, "lumbar key: %s\n", err->text);
	return err->kind == ERR_SYSTEM ? EX_OSERR : EX_CONFIG;
}

void
key_request_advise_reload(void)
{
	fputs("For the daemon to see it: systemctl reload lumbar-sign\n",
	    stderr);
}

const char *
key_day(const struct key_request *request, unsigned days)
{
	time_t when = time(NULL) + (time_t)days * DAY_SECONDS;
	char text[KEY_DAY_SIZE];
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d", &tm) == 0)
		return "";
	return pool_string(request->pool, span_of(text));
}
