/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/lumbar/rule_cases.h"

#include "base/clock.h"
#include "base/escape.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DEPTH_MAX = 32,         /* folders in each other */
	OUTPUT_MAX = 64 << 20, /* bytes of one escaped text */
};

static int scan_folder(const char *folder, unsigned depth, struct pool *pool,
    struct rule_cases *cases, struct err *err);

static void
add_case(struct rule_cases *cases, struct pool *pool, const char *path,
    size_t len)
{
	cases->items = pool_grow(
	    pool, cases->items, cases->count, sizeof(*cases->items));
	cases->items[cases->count++] = (struct rule_case){
		.name = pool_string(pool, span_make(path, len)),
	};
}

static int
scan_entry(const char *path, unsigned depth, struct pool *pool,
    struct rule_cases *cases, struct err *err)
{
	struct span name = span_of(path);
	struct stat status;

	if (stat(path, &status) < 0)
		return err_set_file(err, path, "read");
	if (S_ISDIR(status.st_mode))
		return scan_folder(path, depth + 1, pool, cases, err);
	if (span_ends_case(name, SPAN(".eml")))
		add_case(cases, pool, path, name.len - strlen(".eml"));
	else if (span_ends_case(name, SPAN(".expect")))
		add_case(cases, pool, path, name.len - strlen(".expect"));
	return 0;
}

static int
scan_folder(const char *folder, unsigned depth, struct pool *pool,
    struct rule_cases *cases, struct err *err)
{
	struct dirent *entry;
	DIR *dir = depth < DEPTH_MAX ? opendir(folder) : NULL;
	int result = 0;

	if (depth == DEPTH_MAX)
		return err_set(err, ERR_LIMIT,
		    "%s lies more than %d folders deep", folder, DEPTH_MAX);
	if (dir == NULL)
		return err_set_file(err, folder, "opened");
	while (result == 0 && (entry = readdir(dir)) != NULL) {
		const char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = pool_printf(pool, "%s/%s", folder, entry->d_name).ptr;
		result = scan_entry(path, depth, pool, cases, err);
	}
	(void)closedir(dir);
	return result;
}

static int
compare_cases(const void *a, const void *b)
{
	const struct rule_case *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
rule_cases_find(const char *folder, struct pool *pool,
    struct rule_cases *cases, struct err *err)
{
	size_t kept = 0;

	*cases = (struct rule_cases){ 0 };
	if (scan_folder(folder, 0, pool, cases, err) < 0)
		return -1;
	if (cases->count > 1)
		qsort(cases->items, cases->count, sizeof(*cases->items),
		    compare_cases);
	/* A message and its expectation are one. */
	for (size_t i = 0; i < cases->count; i++)
		if (kept == 0 ||
		    strcmp(cases->items[kept - 1].name,
			cases->items[i].name) != 0)
			cases->items[kept++] = cases->items[i];
	cases->count = kept;
	return 0;
}

static void
put_escaped(struct span text, FILE *out)
{
	struct buf escaped;

	buf_init(&escaped, OUTPUT_MAX);
	(void)escape_text(text, &escaped);
	fputs(buf_string(&escaped), out);
	buf_free(&escaped);
}

void
rule_case_print_tap(
    const struct rule_case *item, size_t number, FILE *out)
{
	struct span rest = span_of(item->complaint), line;
	struct span name = span_of(item->name), piece;

	fprintf(out, "%sok %zu - ", item->passed ? "" : "not ", number);
	while (span_next(&name, '#', &piece)) {
		put_escaped(piece, out);
		/* Alone it would begin a directive. */
		if (piece.ptr + piece.len < item->name + strlen(item->name))
			fputs("\\#", out);
	}
	putc('\n', out);
	if (item->passed)
		return;
	/* A block of YAML in which nothing has to be quoted. */
	fputs("  ---\n  message: |\n", out);
	while (span_next(&rest, '\n', &line)) {
		fputs("    ", out);
		put_escaped(line, out);
		putc('\n', out);
	}
	fputs("  ...\n", out);
}

static void
put_xml(struct span text, FILE *out)
{
	struct buf escaped;
	struct span safe;

	buf_init(&escaped, OUTPUT_MAX);
	for (struct span rest = text, line; span_next(&rest, '\n', &line);) {
		(void)escape_text(line, &escaped);
		if (rest.len > 0)
			(void)buf_append_char(&escaped, '\n');
	}
	safe = buf_span(&escaped);
	for (size_t i = 0; i < safe.len; i++) {
		char c = safe.ptr[i];

		if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else
			putc(c, out);
	}
	buf_free(&escaped);
}

static void
put_seconds(int64_t microseconds, FILE *out)
{
	fprintf(out, "%" PRId64 ".%06" PRId64, microseconds / CLOCK_SECOND_US,
	    microseconds % CLOCK_SECOND_US);
}

static void
put_junit_case(const struct rule_case *item, const char *folder, FILE *out)
{
	fputs("  <testcase classname=\"", out);
	put_xml(span_of(folder), out);
	fputs("\" name=\"", out);
	put_xml(span_of(item->name), out);
	fputs("\" time=\"", out);
	put_seconds(item->spent_us, out);
	if (item->passed) {
		fputs("\"/>\n", out);
		return;
	}
	fputs("\">\n    <failure message=\"", out);
	put_xml(span_slice(span_of(item->complaint), 0,
		    span_find(span_of(item->complaint), '\n')),
	    out);
	fputs("\">", out);
	put_xml(span_of(item->complaint), out);
	fputs("</failure>\n  </testcase>\n", out);
}

int
rule_cases_write_junit(const struct rule_cases *cases, const char *folder,
    const char *file, struct err *err)
{
	FILE *out = fopen(file, "we");
	size_t failed = 0;
	int64_t spent_us = 0;
	int result = 0;

	if (out == NULL)
		return err_set_errno(err, "%s cannot be written", file);
	for (size_t i = 0; i < cases->count; i++) {
		failed += !cases->items[i].passed;
		spent_us += cases->items[i].spent_us;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"",
	    out);
	put_xml(span_of(folder), out);
	fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"",
	    cases->count, failed);
	put_seconds(spent_us, out);
	fputs("\">\n", out);
	for (size_t i = 0; i < cases->count; i++)
		put_junit_case(&cases->items[i], folder, out);
	fputs("</testsuite>\n", out);
	if (ferror(out))
		result = err_set_errno(err, "%s cannot be written", file);
	if (fclose(out) != 0 && result == 0)
		result = err_set_errno(err, "%s cannot be written", file);
	return result;
}
