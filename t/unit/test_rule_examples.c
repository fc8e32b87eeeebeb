/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The examples of lumbar.rules(5) and the sample file are right.
 */
#include "milters/policy_files.h"

#include "t/unit/rule_reprinted.h"
#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What single lines of the page refer to. */
static const char prologue[] =
    "unread content is held\n"
    "list partners = domains { bank.example }\n"
    "list projects = words { falcon }\n"
    "schedule office-hours = weekdays monday..friday hours 8-18\n"
    "table apps = \"apps.csv\" key client columns sender, scope, owner\n";

/* What the page names. */
static const struct text_file named[] = {
	{ "apps.csv",
	    "192.0.2.0/28,robot@example.com;shop@example.com,internal,"
	    "\"it@example.com\"\n" },
	{ NULL, NULL },
};

static void
source_path(const char *name, char *out, size_t size)
{
	const char *srcdir = getenv("srcdir");

	(void)snprintf(
	    out, size, "%s/%s", srcdir != NULL ? srcdir : ".", name);
}

static void
read_source(const char *name, struct buf *text)
{
	char path[512], chunk[4096];
	FILE *file;
	size_t got;

	source_path(name, path, sizeof(path));
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s cannot be read", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		ck_assert_int_eq(buf_append(text, chunk, got), 0);
	(void)fclose(file);
}

static void
compile(const char *before, struct span text, const char *after)
{
	const struct rule_files files = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)named,
	};
	struct buf file, errors;
	struct rule_set *set;

	buf_init(&file, 1 << 20);
	buf_init(&errors, 1 << 20);
	(void)buf_printf(
	    &file, "%s%.*s%s", before, SPAN_ARGS(text), after);
	set = rule_set_new(
	    SPAN("lumbar.rules.5"), buf_span(&file), &files, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	set = rule_reprinted(set, &files);
	rule_set_free(&set);
	buf_free(&file);
	buf_free(&errors);
}

static void
compile_line(struct span line)
{
	static const struct {
		const char *start, *before, *after;
	} forms[] = {
		{ "when ", "rule x { when ", " then hold }" },
		{ "then ", "rule x { when always then ", " }" },
		{ "for each recipient: when ",
		    "rule x for each recipient { when ", " then reject }" },
	};
	struct buf before;

	buf_init(&before, 1 << 16);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct span start = span_of(forms[i].start);

		if (!span_starts(line, start))
			continue;
		(void)buf_printf(&before, "%s%s", prologue, forms[i].before);
		compile(buf_string(&before),
		    span_slice(line, start.len, line.len), forms[i].after);
		buf_free(&before);
		return;
	}
	ck_abort_msg("%.*s", SPAN_ARGS(line));
}

/* LINE of the page without what mdoc escapes. */
static void
unescape(struct span line, struct buf *out)
{
	while (line.len > 0) {
		size_t skip = 1;
		char c = line.ptr[0];

		if (span_starts(line, SPAN("\\e"))) {
			c = '\\';
			skip = 2;
		} else if (span_starts(line, SPAN("\\(dq"))) {
			c = '"';
			skip = 4;
		} else if (span_starts(line, SPAN("\\&"))) {
			line = span_slice(line, 2, line.len);
			continue;
		}
		(void)buf_append_char(out, c);
		line = span_slice(line, skip, line.len);
	}
}

START_TEST(page)
{
	struct buf text, block, line;
	struct span rest, raw;
	bool in_block = false;
	unsigned blocks = 0, lines = 0;

	buf_init(&text, 1 << 20);
	buf_init(&block, 1 << 20);
	buf_init(&line, 1 << 16);
	read_source("man/lumbar.rules.5", &text);
	rest = buf_span(&text);
	while (span_next(&rest, '\n', &raw)) {
		buf_reset(&line);
		unescape(raw, &line);
		if (span_equal(raw, SPAN(".Bd -literal"))) {
			in_block = true;
			buf_reset(&block);
		} else if (span_equal(raw, SPAN(".Ed"))) {
			in_block = false;
			compile("", buf_span(&block), "");
			blocks++;
		} else if (in_block) {
			(void)buf_printf(
			    &block, "%s\n", buf_string(&line));
		} else if (span_starts(raw, SPAN(".Dl "))) {
			compile_line(
			    span_slice(buf_span(&line), 4, line.len));
			lines++;
		}
	}
	ck_assert_uint_ge(blocks, 2);
	ck_assert_uint_ge(lines, 60);
	buf_free(&text);
	buf_free(&block);
	buf_free(&line);
}
END_TEST

START_TEST(sample)
{
	struct buf report, errors, text;
	char path[512];
	struct span rest, line;

	buf_init(&report, 1 << 20);
	buf_init(&errors, 1 << 20);
	buf_init(&text, 1 << 20);
	source_path("etc/policy.rules", path, sizeof(path));
	ck_assert_msg(rule_file_check(path, &report, &errors) == 0, "%s",
	    buf_string(&errors));
	/* As shipped, it does nothing, and there is nothing odd in it. */
	rest = buf_span(&report);
	while (span_next(&rest, '\n', &line)) {
		size_t colon = span_find(line, ':');

		ck_assert_msg(span_starts(span_slice(line, colon, line.len),
				  SPAN(": audit")),
		    "%.*s", SPAN_ARGS(line));
	}
	buf_free(&report);
	buf_free(&errors);
	buf_free(&text);
}
END_TEST

SUITE_MAIN("rule_examples", page, sample)
