/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){ .max = max };
}

void
buf_free(struct buf *buf)
{
	size_t max = buf->max;

	free(buf->ptr);
	buf_init(buf, max);
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->full = false;
}

void
buf_cut_front(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (len == 0)
		return;
	memmove(buf->ptr, buf->ptr + len, buf->len - len);
	buf->len -= len;
}

/* Makes room for LEN more bytes and one NUL that buf_string may add. */
static int
reserve(struct buf *buf, size_t len)
{
	size_t size = buf->size > 0 ? buf->size : 64;

	if (len > buf->max - buf->len) {
		buf->full = true;
		return -1;
	}
	while (size - 1 < buf->len + len)
		size = size > buf->max / 2 ? buf->max + 1 : size * 2;
	if (size > buf->size) {
		buf->ptr = xrealloc_array(buf->ptr, size, 1);
		buf->size = size;
	}
	return 0;
}

int
buf_append(struct buf *buf, const void *ptr, size_t len)
{
	if (reserve(buf, len) < 0)
		return -1;
	if (len > 0)
		memcpy(buf->ptr + buf->len, ptr, len);
	buf->len += len;
	return 0;
}

int
buf_append_span(struct buf *buf, struct span span)
{
	return buf_append(buf, span.ptr, span.len);
}

int
buf_append_char(struct buf *buf, char c)
{
	return buf_append(buf, &c, 1);
}

int
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = buf_vprintf(buf, format, args);
	va_end(args);
	return result;
}

int
buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len < 0 || reserve(buf, (size_t)len) < 0) {
		va_end(again);
		buf->full = true;
		return -1;
	}
	(void)vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
	va_end(again);
	buf->len += (size_t)len;
	return 0;
}

struct span
buf_span(const struct buf *buf)
{
	return (struct span){ buf->ptr, buf->len };
}

const char *
buf_string(struct buf *buf)
{
	if (buf->ptr == NULL)
		return "";
	buf->ptr[buf->len] = '\0';
	return buf->ptr;
}
