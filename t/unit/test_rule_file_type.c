/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_file_type.h"

#include "base/buf.h"

#include "t/unit/suite.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Types that libmagic tells, and the class that has them. */
static const struct {
	const char *type, *class;
	bool is;
} cases[] = {
	{ "application/x-dosexec", "executable", true },
	{ "Application/X-DosExec", "Executable", true },
	{ "application/x-bytecode.python", "executable", true },
	{ "application/x-ms-ne-executable", "executable", true },
	{ "text/x-execline", "executable", true },
	{ "text/x-execline", "script", true },
	{ "application/x-dosexec", "script", false },
	{ "text/plain", "executable", false },
	{ "application/x-gtar", "archive", true },
	{ "application/x-ustar", "archive", true },
	{ "application/x-stuffit", "archive", true },
	{ "application/x-zoo", "archive", true },
	{ "application/zlib", "archive", true },
	{ "application/x-ms-wim", "archive", true },
	{ "application/x-java-pack200", "archive", true },
	{ "application/x-java-pack200", "executable", true },
	{ "application/pdf", "archive", false },
	{ "application/pdf", "document", true },
	{ "application/vnd.ms-excel", "document", true },
	{ "application/vnd.ms-cab-compressed", "document", false },
	{ "image/png", "image/*", true },
	{ "application/pdf", "application/pdf", true },
	{ "application/pdf", "application/pd", false },
};

START_TEST(classes)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(rule_file_type_is(span_of(cases[i].type),
				  span_of(cases[i].class)) == cases[i].is,
		    "%s and %s", cases[i].type, cases[i].class);
}
END_TEST

/* True if TYPE is called after a program or an archive. */
static bool
wants_class(struct span type)
{
	static const char *const words[] = { "exec", "bytecode", "compress",
		"archive", "zip" };
	bool named = false;

	/* A document that is an archive inside. */
	if (span_ends_case(type, SPAN("+zip")))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_find_case(type, span_of(words[i])) < type.len)
			named = true;
	return named;
}

static bool
has_class(struct span type)
{
	return rule_file_type_is(type, SPAN("executable")) ||
	    rule_file_type_is(type, SPAN("archive"));
}

/* Adds to MISSED the types in DATABASE that a class should have. */
static size_t
look_through(FILE *database, struct buf *missed)
{
	struct buf type;
	size_t found = 0;
	int c;

	buf_init(&type, 100);
	while ((c = getc(database)) != EOF) {
		struct span word = buf_span(&type);

		if (isalnum(c) || (c != 0 && strchr("/.+-", c) != NULL)) {
			if (buf_append_char(&type, (char)c) < 0)
				buf_reset(&type);
			continue;
		}
		if ((span_starts(word, SPAN("application/")) ||
			span_starts(word, SPAN("text/"))) &&
		    wants_class(word)) {
			found++;
			if (!has_class(word))
				(void)buf_printf(missed, "%.*s\n",
				    SPAN_ARGS(word));
		}
		buf_reset(&type);
	}
	buf_free(&type);
	return found;
}

/* A new version of libmagic names no program or archive that no class has. */
START_TEST(whole_database)
{
	FILE *database = fopen("/usr/lib/file/magic.mgc", "rb");
	struct buf missed;

	if (database == NULL)
		return; /* not where Debian has it */
	buf_init(&missed, 1 << 16);
	ck_assert_uint_gt(look_through(database, &missed), 20);
	/* More than a message of Check may hold. */
	fputs(buf_string(&missed), stderr);
	ck_assert_uint_eq(missed.len, 0);
	buf_free(&missed);
	(void)fclose(database);
}
END_TEST

SUITE_MAIN("rule_file_type", classes, whole_database)
