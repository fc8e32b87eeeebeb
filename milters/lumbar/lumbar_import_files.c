/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that lumbar import makes.  Each is written under another name and
 * then linked, so that it is whole once it is there.
 */
#include "milters/lumbar/lumbar_import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { FILE_MODE = 0644 };

static const char draft[] = ".lumbar-import.new";

static int
write_all(int fd, struct span text)
{
	while (text.len > 0) {
		ssize_t count = write(fd, text.ptr, text.len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		text = span_slice(text, (size_t)count, text.len);
	}
	return fsync(fd);
}

/* Makes the draft in the folder AT.  0, or -1 with errno. */
static int
write_draft(int at, struct span text)
{
	int result, number, fd;

	/* What a run that was cut short has left. */
	(void)unlinkat(at, draft, 0);
	fd = openat(at, draft,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -1;
	result = write_all(fd, text);
	number = errno;
	(void)close(fd);
	errno = number;
	return result;
}

/* Makes FILE in the folder AT.  0, or -1 with errno. */
static int
make_file(int at, const struct import_file *file)
{
	int result = write_draft(at, file->text);
	int number;

	/* Unlike rename, link does not replace what is there. */
	if (result == 0)
		result = linkat(at, draft, at, file->name, 0);
	number = errno;
	(void)unlinkat(at, draft, 0);
	errno = number;
	return result;
}

int
import_write_files(
    const char *folder, const struct import_file *files, size_t count)
{
	int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t made = 0;

	while (at >= 0 && made < count && make_file(at, &files[made]) == 0)
		made++;
	if (made < count) {
		fprintf(stderr,
		    "lumbar import: cannot write %s/%s: %s; nothing is "
		    "written, and nothing is ever overwritten: name an empty "
		    "folder with --output\n",
		    folder, files[made].name, strerror(errno));
		while (made-- > 0)
			(void)unlinkat(at, files[made].name, 0);
	}
	if (at >= 0)
		(void)close(at);
	return made == count ? EX_OK : EX_CANTCREAT;
}
