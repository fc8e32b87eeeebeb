/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test logs, as text: the log goes to a file in place of stderr.
 */
#ifndef LUMBAR_T_LOG_CAPTURE_H
#define LUMBAR_T_LOG_CAPTURE_H

#include "base/log.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOG_CAPTURE_MAX = 64 * LOG_LINE_MAX };

struct log_capture {
	FILE *file;
	off_t seen; /* bytes that were read already */
	char text[LOG_CAPTURE_MAX];
};

static inline void
log_capture_start(struct log_capture *capture)
{
	capture->file = tmpfile();
	capture->seen = 0;
	ck_assert_ptr_nonnull(capture->file);
	ck_assert_int_ge(dup2(fileno(capture->file), STDERR_FILENO), 0);
	log_open(&(struct log_settings){
	    .program = "test", .target = LOG_TARGET_STDERR });
}

/* What was logged since the start or the last call. */
static inline const char *
log_capture_read(struct log_capture *capture)
{
	ssize_t len = pread(fileno(capture->file), capture->text,
	    sizeof(capture->text) - 1, capture->seen);

	ck_assert_int_ge(len, 0);
	capture->text[len] = '\0';
	capture->seen += len;
	return capture->text;
}

static inline void
log_capture_end(struct log_capture *capture)
{
	(void)fclose(capture->file);
}

#endif
