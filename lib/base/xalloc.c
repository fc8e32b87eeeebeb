/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/xalloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
out_of_memory(void)
{
	fputs("lumbar: out of memory\n", stderr);
	abort();
}

void *
xalloc(size_t size)
{
	return xalloc_array(1, size);
}

void *
xalloc_array(size_t count, size_t size)
{
	void *ptr;

	/* calloc checks the product; zero bytes still yield a pointer. */
	ptr = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
	if (ptr == NULL)
		out_of_memory();
	return ptr;
}

void *
xrealloc_array(void *ptr, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		out_of_memory();
	ptr = realloc(ptr, count * size > 0 ? count * size : 1);
	if (ptr == NULL)
		out_of_memory();
	return ptr;
}

char *
xstrdup(const char *string)
{
	char *copy;

	if (string == NULL)
		return NULL;
	copy = strdup(string);
	if (copy == NULL)
		out_of_memory();
	return copy;
}
