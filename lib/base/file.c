/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <stdio.h>

int
file_read(const char *file, struct buf *text, struct err *err)
{
	char chunk[65536];
	size_t count;
	int result = 0;
	FILE *in = fopen(file, "re");

	if (in == NULL)
		return err_set_file(err, file, "opened");
	while (result == 0 && (count = fread(chunk, 1, sizeof(chunk), in)) > 0)
		if (buf_append(text, chunk, count) < 0)
			result = err_set(err, ERR_CONFIG,
			    "%s is larger than %zu bytes; split it", file,
			    text->max);
	if (result == 0 && ferror(in))
		result = err_set_file(err, file, "read");
	(void)fclose(in);
	return result;
}
