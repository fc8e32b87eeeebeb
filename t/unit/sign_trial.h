/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-sign tried on messages, with key files that live as long as a test.
 */
#ifndef LUMBAR_T_SIGN_TRIAL_H
#define LUMBAR_T_SIGN_TRIAL_H

#include "milters/sign/sign.h"
#include "skeleton/trial.h"

#include "t/unit/dkim_keys.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Key files of one test, removed at its end. */
static char rsa_file[32];
static char ed25519_file[32];

static inline void
write_text(char *name, const char *text)
{
	int fd;

	memcpy(name, "sign-key-XXXXXX", sizeof("sign-key-XXXXXX"));
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

static inline void
write_keys(void)
{
	write_text(rsa_file, RFC8463_RSA_KEY);
	write_text(ed25519_file, RFC8463_ED25519_KEY);
}

static inline void
remove_keys(void)
{
	ck_assert_int_eq(unlink(rsa_file), 0);
	ck_assert_int_eq(unlink(ed25519_file), 0);
}

/* FORMAT, in which "%R" and "%E" stand for the two key files. */
static inline void
expand(struct buf *out, const char *format)
{
	for (const char *c = format; *c != '\0'; c++) {
		const char *piece = NULL;

		if (c[0] == '%' && c[1] == 'R')
			piece = rsa_file;
		else if (c[0] == '%' && c[1] == 'E')
			piece = ed25519_file;
		if (piece != NULL) {
			c++;
			ck_assert_int_eq(
			    buf_append_span(out, span_of(piece)), 0);
		} else {
			ck_assert_int_eq(buf_append_char(out, *c), 0);
		}
	}
}

static inline struct trial *
new_trial(const char *format, struct buf *errors)
{
	struct buf text;
	struct trial *trial;

	buf_init(&text, 65536);
	expand(&text, format);
	trial = trial_new(&sign_daemon, buf_string(&text), errors);
	buf_free(&text);
	return trial;
}

static inline struct trial *
good_trial(const char *format)
{
	struct buf errors;
	struct trial *trial;

	buf_init(&errors, 65536);
	trial = new_trial(format, &errors);
	ck_assert_msg(trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return trial;
}

/* The notes KEY of RESULT, each with a blank behind it. */
static inline void
collect_notes(
    const struct trial_result *result, const char *key, struct buf *out)
{
	const struct verdict *verdict = result->verdict;

	for (size_t i = 0; i < verdict->note_count; i++)
		if (strcmp(verdict->notes[i].key, key) == 0)
			ck_assert_int_eq(
			    buf_printf(out, "%.*s ",
				SPAN_ARGS(verdict->notes[i].value)),
			    0);
}

static inline void
check_notes(const struct trial_result *result, const char *key,
    const char *expected, size_t row)
{
	struct buf notes;

	buf_init(&notes, 4096);
	collect_notes(result, key, &notes);
	ck_assert_msg(
	    span_equal(span_trim(buf_span(&notes)), span_of(expected)),
	    "row %zu: %s=\"%s\", not \"%s\"", row, key, buf_string(&notes),
	    expected);
	buf_free(&notes);
}

static inline size_t
count_signatures(const struct trial_result *result)
{
	return header_list_count(
	    &result->applied.headers, SPAN("DKIM-Signature"));
}

#define ONE_KEY \
	"key \"one\" { domain = \"example.com\" selector = \"s1\" " \
	"file = \"%R\" }\n"

#define TEXT "From: a@example.com\nSubject: x\n\nText.\n"

static const char *const recipients[] = { "<b@example.net>", NULL };

static const struct trial_message plain = {
	.client = "127.0.0.1",
	.recipients = recipients,
	.text = SPAN_INIT(TEXT),
};

/* Runs a message of AUTHOR, by a client that has logged in as LOGIN if that is
 * not NULL. */
static inline const struct trial_result *
run_author(struct trial *trial, const char *author, const char *login)
{
	struct trial_message message = plain;
	static char text[512];

	(void)snprintf(text, sizeof(text), "From: %s\n\nText.\n", author);
	message.text = span_of(text);
	message.login = login;
	return trial_run(trial, &message);
}

#define BAD_KEY(name, domain, rest) \
	"key \"" name "\" { domain = \"" domain "\" selector = \"" name \
	"\" file = \"no-such\" " rest " }\n"

static inline void
reload_with(struct trial *trial, const char *format, int result,
    const char *error)
{
	struct buf text, errors;

	buf_init(&text, 4096);
	buf_init(&errors, 4096);
	expand(&text, format);
	ck_assert_int_eq(
	    trial_reload(trial, buf_string(&text), &errors), result);
	ck_assert_msg(strstr(buf_string(&errors), error) != NULL, "%s",
	    buf_string(&errors));
	buf_free(&text);
	buf_free(&errors);
}

#endif
