/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A buffer grows up to a maximum that is fixed when it is made.  What does not
 * fit is refused whole and remembered, so truncation is never silent.
 */
#ifndef LUMBAR_BASE_BUF_H
#define LUMBAR_BASE_BUF_H

#include "base/span.h"

#include <stdarg.h>

struct buf {
	char *ptr;
	size_t len;  /* bytes in use */
	size_t size; /* bytes allocated */
	size_t max;  /* bytes that LEN may never exceed */
	bool full;   /* an append was refused */
};

/* Makes *BUF empty, to hold at most MAX bytes.  Release with buf_free. */
void buf_init(struct buf *buf, size_t max);

/* Releases what BUF holds; BUF may be used again with the same maximum. */
void buf_free(struct buf *buf);

/* Forgets the contents and the FULL mark, and keeps the memory. */
void buf_reset(struct buf *buf);

/* Drops the first LEN bytes, which there must be. */
void buf_cut_front(struct buf *buf, size_t len);

/* Each appends all or nothing: 0, or -1 when the maximum would be exceeded. */
int buf_append(struct buf *buf, const void *ptr, size_t len);
int buf_append_span(struct buf *buf, struct span span);
int buf_append_char(struct buf *buf, char c);
int buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The contents; valid until the next append. */
struct span buf_span(const struct buf *buf);

/* The contents with a NUL behind them that does not count; valid until the
 * next append. */
const char *buf_string(struct buf *buf);

#endif
