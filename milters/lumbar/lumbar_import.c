/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar import opendkim: a sign.conf, and a table of keys and authors, that
 * sign what OpenDKIM signs; and one line for each thing that they do not.
 */
#include "milters/lumbar/lumbar_import.h"

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

static void
convert(struct import *import)
{
	read_conf(import, import->file, 1);
	if (import->unread)
		return;
	import_conf(import, table_name);
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
