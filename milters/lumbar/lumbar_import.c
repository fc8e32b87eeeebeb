/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar import opendkim: a sign.conf, and a table of keys and authors, that
 * sign what OpenDKIM signs; and one line for each thing that they do not.
 */
#include "milters/lumbar/lumbar_import.h"

#include "formats/header.h"
#include "formats/ip.h"
#include "milters/lumbar/lumbar.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <sysexits.h>

enum {
	FILE_MAX = 64 << 20, /* bytes of one file that is read */
	DEPTH_MAX = 5,       /* files included in one another, as in OpenDKIM */
};

static const char conf_name[] = "sign.conf";
static const char table_name[] = "opendkim.table";

void
import_note(const char *file, unsigned line, const char *format, ...)
{
	va_list args;

	fputs(file, stderr);
	if (line > 0)
		fprintf(stderr, ":%u", line);
	fputs(": ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
}

bool
import_read_file(struct import *import, const char *file, struct span *text)
{
	char chunk[64 * 1024];
	FILE *stream = fopen(file, "re");
	bool fits = true;
	struct buf buf;
	size_t len;

	buf_init(&buf, FILE_MAX);
	while (stream != NULL && fits &&
	    (len = fread(chunk, 1, sizeof(chunk), stream)) > 0)
		fits = buf_append(&buf, chunk, len) == 0;
	if (stream == NULL || ferror(stream) || !fits) {
		import_note(file, 0, "cannot be read: %s",
		    fits ? strerror(errno) : "it is too large");
		import->unread = true;
		fits = false;
	}
	if (stream != NULL)
		(void)fclose(stream);
	*text = fits ? pool_dup(import->pool, buf_span(&buf)) : SPAN("");
	buf_free(&buf);
	return fits;
}

bool
import_is_true(const struct import *import, enum import_name name)
{
	return opendkim_boolean(import->settings[name].value);
}

/* NAME as OpenDKIM opens it: from its base directory, which else is unknown. */
static const char *
file_name(const struct import *import, struct span name)
{
	struct span base = import->settings[IMPORT_BASE_DIRECTORY].value;

	if (span_starts(name, SPAN("/")) || base.len == 0)
		return pool_string(import->pool, name);
	return pool_printf(import->pool, "%.*s/%.*s", SPAN_ARGS(base),
	    SPAN_ARGS(name)).ptr;
}

bool
import_set_open(
    struct import *import, enum import_name name, struct import_set *set)
{
	const struct import_setting *setting = &import->settings[name];
	struct span text;

	if (setting->value.ptr == NULL)
		return false;
	set->set = opendkim_set_of(setting->value);
	set->file = setting->file;
	set->line = setting->line;
	switch (set->set.kind) {
	case OPENDKIM_LIST:
		opendkim_list_init(&set->lines, set->set.text);
		return true;
	case OPENDKIM_FILE:
	case OPENDKIM_REFILE:
		set->file = file_name(import, set->set.text);
		if (!import_read_file(import, set->file, &text))
			return false;
		opendkim_file_init(&set->lines, text);
		return true;
	case OPENDKIM_FOREIGN:
		break;
	}
	import_note(setting->file, setting->line,
	    "\"%.*s\": databases and directories are not read; write their "
	    "content into a file and name that",
	    SPAN_ARGS(setting->value));
	import->failed = true;
	return false;
}

bool
import_set_next(struct import_set *set, struct opendkim_line *line)
{
	if (!opendkim_next(&set->lines, line))
		return false;
	if (line->number == 0)
		line->number = set->line;
	return true;
}

static void read_conf(struct import *import, const char *file, int depth);

static void
read_parameter(struct import *import, const char *file,
    const struct opendkim_line *line, int depth)
{
	const struct import_parameter *parameter =
	    import_parameter_find(line->key);

	if (parameter == NULL) {
		import_note(file, line->number,
		    "%.*s is no parameter of OpenDKIM; left out",
		    SPAN_ARGS(line->key));
		return;
	}
	switch (parameter->fate) {
	case IMPORT_CARRIED:
		import->settings[parameter->name] =
		    (struct import_setting){ line->value, file, line->number };
		break;
	case IMPORT_SILENT:
		break;
	case IMPORT_VERIFY:
		import_note(file, line->number,
		    "%s is about verification, which lumbar-sign does not do; "
		    "left out",
		    parameter->text);
		break;
	case IMPORT_LOST:
		import_note(file, line->number, "%s is not carried over: %s",
		    parameter->text, parameter->advice);
		break;
	case IMPORT_INCLUDE:
		if (depth < DEPTH_MAX)
			read_conf(
			    import, file_name(import, line->value), depth + 1);
		else
			import_note(file, line->number,
			    "more than %d files include one another; left out",
			    DEPTH_MAX);
		break;
	}
}

static void
read_conf(struct import *import, const char *file, int depth)
{
	struct opendkim_lines lines;
	struct opendkim_line line;
	struct span text;

	if (!import_read_file(import, file, &text))
		return;
	opendkim_file_init(&lines, text);
	while (opendkim_next(&lines, &line))
		read_parameter(import, file, &line, depth);
}

/* A list "NAME = { ... }" that is being written. */
struct list {
	struct import *import;
	bool any;
};

static void
list_begin(struct list *list, struct import *import, const char *name)
{
	*list = (struct list){ .import = import };
	(void)buf_printf(&import->conf, "%s = {", name);
}

static void
list_add(struct list *list, struct span item)
{
	(void)buf_printf(&list->import->conf, "%s \"%.*s\"",
	    list->any ? "," : "", SPAN_ARGS(item));
	list->any = true;
}

static void
list_end(struct list *list)
{
	(void)buf_printf(&list->import->conf, " }\n");
}

/* ENTRY of InternalHosts as a network, without the brackets it may have. */
static bool
read_network(struct span entry, struct network *network, struct span *text)
{
	size_t end = span_find(entry, ']');

	*text = entry;
	if (span_starts(entry, SPAN("[")) && end + 1 == entry.len)
		*text = span_slice(entry, 1, end);
	return network_parse(*text, network, NULL) == 0;
}

/* Clients whose mail is signed.  OpenDKIM looks at the client of mail that did
 * not come by SMTP too, which the MTA gives as 127.0.0.1. */
static void
write_networks(struct import *import)
{
	struct opendkim_line line;
	struct network network;
	struct import_set set;
	bool is_local = false;
	struct span text;
	struct list list;
	struct ip local;

	(void)ip_parse(SPAN("127.0.0.1"), &local);
	list_begin(&list, import, "sign_networks");
	if (import->settings[IMPORT_INTERNAL_HOSTS].value.ptr == NULL) {
		list_add(&list, SPAN("127.0.0.1"));
		is_local = true;
	} else if (import_set_open(import, IMPORT_INTERNAL_HOSTS, &set)) {
		while (import_set_next(&set, &line)) {
			if (read_network(line.key, &network, &text)) {
				is_local |= network_contains(&network, &local);
				list_add(&list, text);
				continue;
			}
			import_note(set.file, line.number,
			    "\"%.*s\": clients are known by address; write "
			    "its networks into sign_networks",
			    SPAN_ARGS(line.key));
		}
	}
	list_end(&list);
	if (!is_local)
		(void)buf_printf(&import->conf,
		    "sign_local = no\nsign_bounces = no\n");
}

/* Adds names that are separated by "|". */
static void
add_alternatives(struct list *list, struct span text)
{
	struct span item;

	while (span_next(&text, '|', &item))
		if (span_trim(item).len > 0)
			list_add(list, span_trim(item));
}

/* Listeners whose mail is signed: MTA, and {daemon_name} in MacroList. */
static void
write_listeners(struct import *import)
{
	struct opendkim_line line;
	struct import_set set;
	struct list list;

	list_begin(&list, import, "sign_listeners");
	if (import_set_open(import, IMPORT_MTA, &set))
		while (import_set_next(&set, &line))
			list_add(&list, line.key);
	if (import_set_open(import, IMPORT_MACRO_LIST, &set))
		while (import_set_next(&set, &line)) {
			if ((span_equal(line.key, SPAN("daemon_name")) ||
				span_equal(
				    line.key, SPAN("{daemon_name}"))) &&
			    line.value.len > 0)
				add_alternatives(&list, line.value);
			else
				import_note(set.file, line.number,
				    "the macro %.*s cannot be asked for; use "
				    "sign_listeners, sign_networks or an "
				    "origin block",
				    SPAN_ARGS(line.key));
		}
	list_end(&list);
	/* OpenDKIM knows of no roles. */
	(void)buf_printf(&import->conf, "sign_roles = { }\n");
}

/* Where only one form is named, it is that of the header. */
static void
write_canonicalization(struct import *import)
{
	const struct import_setting *setting =
	    &import->settings[IMPORT_CANONICALIZATION];
	size_t slash = span_find(setting->value, '/');
	struct span header = span_slice(setting->value, 0, slash);
	struct span body =
	    span_slice(setting->value, slash + 1, setting->value.len);
	struct span both[] = { header, body };
	const char *names[2];

	for (size_t i = 0; i < 2; i++) {
		struct span name = span_trim(both[i]);

		names[i] = span_equal_case(name, SPAN("relaxed")) ? "relaxed"
								  : "simple";
		if (name.len > 0 && !span_equal_case(name, span_of(names[i])))
			import_note(setting->file, setting->line,
			    "Canonicalization \"%.*s\" is not known; taken as "
			    "simple",
			    SPAN_ARGS(name));
	}
	(void)buf_printf(&import->conf, "canonicalization = %s/%s\n", names[0],
	    names[1]);
}

static void
write_lifetime(struct import *import)
{
	const struct import_setting *setting =
	    &import->settings[IMPORT_SIGNATURE_TTL];
	uint64_t seconds;

	if (setting->value.ptr == NULL)
		return;
	if (span_number(setting->value, INT32_MAX, &seconds) < 0)
		import_note(setting->file, setting->line,
		    "SignatureTTL \"%.*s\" is no number of seconds; left out",
		    SPAN_ARGS(setting->value));
	else if (seconds > 0)
		(void)buf_printf(&import->conf, "lifetime = %llus\n",
		    (unsigned long long)seconds);
}

/* Fields of the message that a list of names in OpenDKIM stands for. */
static void
write_headers(
    struct import *import, enum import_name name, const char *conf_key)
{
	struct opendkim_line line;
	struct import_set set;
	struct list list;

	if (!import_set_open(import, name, &set))
		return;
	list_begin(&list, import, conf_key);
	while (import_set_next(&set, &line)) {
		if (header_name_check(line.key) == 0 &&
		    !span_starts(line.key, SPAN("*")) &&
		    !span_starts(line.key, SPAN("+")) &&
		    !span_starts(line.key, SPAN("-")))
			list_add(&list, line.key);
		else
			import_note(set.file, line.number,
			    "\"%.*s\" changes OpenDKIM's own list; complete "
			    "%s by hand",
			    SPAN_ARGS(line.key), conf_key);
	}
	list_end(&list);
}

static void
write_socket(struct import *import)
{
	const struct import_setting *setting =
	    &import->settings[IMPORT_SOCKET];
	struct span value = setting->value;
	struct span path = value;

	if (value.ptr == NULL)
		return;
	if (span_starts(value, SPAN("local:")))
		path = span_slice(value, sizeof("local:") - 1, value.len);
	else if (span_starts(value, SPAN("unix:")))
		path = span_slice(value, sizeof("unix:") - 1, value.len);
	if (span_starts(path, SPAN("/"))) {
		(void)buf_printf(
		    &import->conf, "socket = \"unix:%.*s\"\n", SPAN_ARGS(path));
	} else if (span_starts(value, SPAN("inet")) &&
	    span_find(value, '@') < value.len) {
		(void)buf_printf(
		    &import->conf, "socket = \"%.*s\"\n", SPAN_ARGS(value));
	} else {
		import_note(setting->file, setting->line,
		    "Socket \"%.*s\" does not say at which address to listen; "
		    "left out, see socket in lumbar.conf(5)",
		    SPAN_ARGS(value));
		return;
	}
	import_note(setting->file, setting->line,
	    "carried over, so that the MTA need not be told: lumbar-sign "
	    "listens where OpenDKIM does, which has to be stopped first; with "
	    "the systemd units, socket has no effect");
}

/* What is said of parameters that sign.conf has no word for. */
static void
note_rest(const struct import *import)
{
	const struct import_setting *mode = &import->settings[IMPORT_MODE];
	const struct import_setting *sender =
	    &import->settings[IMPORT_SENDER_HEADERS];
	const struct import_setting *algorithm =
	    &import->settings[IMPORT_SIGNATURE_ALGORITHM];

	if (mode->value.ptr != NULL &&
	    span_find(mode->value, 's') == mode->value.len)
		import_note(mode->file, mode->line,
		    "OpenDKIM does not sign in this mode; lumbar-sign does");
	if (mode->value.ptr == NULL ||
	    span_find(mode->value, 'v') < mode->value.len)
		import_note(mode->file != NULL ? mode->file : import->file,
		    mode->line,
		    "lumbar-sign does not verify; let OpenDKIM go on with "
		    "\"Mode v\", or have another program do it");
	if (sender->value.ptr != NULL &&
	    !span_equal_case(sender->value, SPAN("From")))
		import_note(sender->file, sender->line,
		    "SenderHeaders is not carried over: the author is the one "
		    "in From");
	if (span_equal_case(algorithm->value, SPAN("rsa-sha1")))
		import_note(algorithm->file, algorithm->line,
		    "SHA-1 is refused by verifiers (RFC 8301); signed with "
		    "SHA-256");
}

static void
convert(struct import *import)
{
	read_conf(import, import->file, 1);
	if (import->unread)
		return;
	(void)buf_printf(&import->conf,
	    "# Made by lumbar import opendkim of %s; see "
	    "lumbar-sign.conf(5).\n\n",
	    import->file);
	write_socket(import);
	write_networks(import);
	write_listeners(import);
	write_canonicalization(import);
	write_lifetime(import);
	write_headers(import, IMPORT_SIGN_HEADERS, "sign_headers");
	write_headers(import, IMPORT_OVERSIGN_HEADERS, "oversign_headers");
	if (import_is_true(import, IMPORT_DIAGNOSTICS))
		(void)buf_printf(&import->conf, "copy_headers = yes\n");
	/* OpenDKIM looks at the first author only. */
	(void)buf_printf(&import->conf, "several_authors = first\n");
	(void)buf_printf(
	    &import->conf, "\ntables = { \"%s\" }\n", table_name);
	note_rest(import);
	import_tables(import);
}

static int
import_opendkim(const char *file, const char *folder)
{
	struct import import = { .pool = pool_new(), .file = file };
	struct import_file files[2];
	int status;

	buf_init(&import.conf, LUMBAR_OUTPUT_MAX);
	buf_init(&import.table, FILE_MAX);
	convert(&import);
	if (import.conf.full || import.table.full) {
		fputs("lumbar import: the tables are too large\n", stderr);
		status = EX_DATAERR;
		goto out;
	}
	if (import.unread) {
		fputs("lumbar import: nothing is written, for a file could "
		      "not be read\n",
		    stderr);
		status = EX_NOINPUT;
		goto out;
	}
	files[0] = (struct import_file){ table_name, buf_span(&import.table) };
	files[1] = (struct import_file){ conf_name, buf_span(&import.conf) };
	status = import_write_files(folder, files, 2);
	if (status == EX_OK) {
		printf("%s/%s: written, with %s; check it with lumbar check\n",
		    folder, conf_name, table_name);
		status = import.failed ? EX_NOINPUT : EX_OK;
	}
out:
	buf_free(&import.conf);
	buf_free(&import.table);
	pool_free(&import.pool);
	return status;
}

int
lumbar_import(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "output", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	const char *folder = ".";
	int option;

	while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
		if (option == 'h') {
			lumbar_print_help();
			return EX_OK;
		}
		if (option != 'o')
			return EX_USAGE;
		folder = optarg;
	}
	if (argc - optind != 2 || strcmp(argv[optind], "opendkim") != 0) {
		fputs("usage: lumbar import opendkim [--output=FOLDER] FILE\n",
		    stderr);
		return EX_USAGE;
	}
	return import_opendkim(argv[optind + 1], folder);
}
