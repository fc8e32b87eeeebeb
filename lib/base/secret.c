/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/secret.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Judges the file that was opened, not a name that may by now mean another. */
static int
check_safe(
    const char *file, const struct stat *status, size_t max, struct err *err)
{
	if (S_ISDIR(status->st_mode))
		return err_set(err, ERR_CONFIG,
		    "%s is a folder; name a file in it", file);
	if (!S_ISREG(status->st_mode))
		return err_set(err, ERR_CONFIG,
		    "%s is not a regular file; name one", file);
	if ((status->st_mode & (S_IWGRP | S_IRWXO)) != 0)
		return err_set(err, ERR_CONFIG,
		    "%s has mode %04o, so that other users can read or "
		    "change it; run: chmod g-w,o-rwx %s",
		    file, (unsigned)(status->st_mode & 07777), file);
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return err_set(err, ERR_CONFIG,
		    "%s belongs to user id %lu, who can change it; it must "
		    "belong to root or to the user of the daemon; run: chown "
		    "root %s",
		    file, (unsigned long)status->st_uid, file);
	if (status->st_size < 0 || (uintmax_t)status->st_size > max)
		return err_set(err, ERR_CONFIG,
		    "%s is larger than %zu bytes: is it the right file?", file,
		    max);
	return 0;
}

static int
read_all(int fd, const char *file, struct secret *secret, struct err *err)
{
	size_t size = secret->len;

	secret->len = 0;
	while (secret->len < size) {
		ssize_t count =
		    read(fd, secret->ptr + secret->len, size - secret->len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return err_set_file(err, file, "read");
		if (count == 0)
			break;
		secret->len += (size_t)count;
	}
	return 0;
}

int
secret_read(
    const char *file, size_t max, struct secret *secret, struct err *err)
{
	struct stat status;
	int result = -1;
	/* O_NONBLOCK: a FIFO under that name must not stop the daemon. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*secret = (struct secret){ NULL, 0 };
	if (fd < 0)
		return err_set_file(err, file, "opened");
	if (fstat(fd, &status) < 0) {
		(void)err_set_errno(err, "cannot examine %s", file);
		goto out;
	}
	if (check_safe(file, &status, max, err) < 0)
		goto out;
	secret->len = (size_t)status.st_size;
	secret->ptr = xalloc(secret->len);
	result = read_all(fd, file, secret, err);
out:
	(void)close(fd);
	if (result < 0)
		secret_free(secret);
	return result;
}

struct span
secret_span(const struct secret *secret)
{
	return span_make(secret->ptr, secret->len);
}

void
secret_free(struct secret *secret)
{
	if (secret->ptr != NULL)
		explicit_bzero(secret->ptr, secret->len);
	free(secret->ptr);
	*secret = (struct secret){ NULL, 0 };
}
