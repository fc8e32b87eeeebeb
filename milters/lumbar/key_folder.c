/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/lumbar/key_folder.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0640 };

/* Holds the lock, so only one process at a time uses this name. */
static const char draft[] = ".lumbar-key.new";

struct key_folder {
	char *path; /* for messages */
	int fd;
	gid_t group;
};

static int
check_safe(const char *path, const struct stat *status, struct err *err)
{
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return err_set(err, ERR_CONFIG,
		    "the folder %s belongs to user id %lu, who could replace "
		    "keys; run: chown root %s",
		    path, (unsigned long)status->st_uid, path);
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_CONFIG,
		    "the folder %s has mode %04o, so that others could "
		    "replace keys; run: chmod g-w,o-rwx %s",
		    path, (unsigned)(status->st_mode & 07777), path);
	return 0;
}

int
key_folder_cannot_open(const char *path, struct err *err)
{
	if (errno == ENOENT)
		return err_set(err, ERR_CONFIG,
		    "the folder %s does not exist; run: install -d -o root -g "
		    "lumbar -m 0750 %s",
		    path, path);
	return err_set_errno(err, "cannot open the folder %s", path);
}

static int
open_folder(struct key_folder *folder, struct err *err)
{
	struct stat status;

	folder->fd =
	    open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd < 0)
		return key_folder_cannot_open(folder->path, err);
	if (fstat(folder->fd, &status) < 0)
		return err_set_errno(err, "cannot examine %s", folder->path);
	if (check_safe(folder->path, &status, err) < 0)
		return -1;
	folder->group = status.st_gid;
	while (flock(folder->fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_set_errno(
			    err, "cannot lock %s", folder->path);
	return 0;
}

struct key_folder *
key_folder_open(const char *path, struct err *err)
{
	struct key_folder *folder = xalloc(sizeof(*folder));

	folder->path = xstrdup(path);
	folder->fd = -1;
	if (open_folder(folder, err) < 0)
		key_folder_close(&folder);
	return folder;
}

void
key_folder_close(struct key_folder **folder)
{
	if (*folder == NULL)
		return;
	if ((*folder)->fd >= 0)
		(void)close((*folder)->fd);
	free((*folder)->path);
	free(*folder);
	*folder = NULL;
}

static int
write_all(int fd, struct span contents)
{
	while (contents.len > 0) {
		ssize_t count = write(fd, contents.ptr, contents.len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		contents =
		    span_slice(contents, (size_t)count, contents.len);
	}
	return 0;
}

/* Writes CONTENTS under the name of the draft. */
static int
write_draft(struct key_folder *folder, struct span contents, struct err *err)
{
	int result = -1;
	int fd;

	/* What a run that was cut short has left. */
	(void)unlinkat(folder->fd, draft, 0);
	fd = openat(folder->fd, draft,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set_errno(
		    err, "cannot make a file in %s", folder->path);
	/* The group may read it only when it is the right one. */
	if (fchown(fd, (uid_t)-1, folder->group) < 0)
		(void)err_set_errno(err,
		    "cannot give a file in %s to the folder's group; run this "
		    "as root",
		    folder->path);
	else if (fchmod(fd, FILE_MODE) < 0 || write_all(fd, contents) < 0 ||
	    fsync(fd) < 0)
		(void)err_set_errno(
		    err, "cannot write a file in %s", folder->path);
	else
		result = 0;
	(void)close(fd);
	if (result < 0)
		(void)unlinkat(folder->fd, draft, 0);
	return result;
}

/* Whoever publishes a record must find the key after a power failure. */
static int
sync_folder(struct key_folder *folder, struct err *err)
{
	if (fsync(folder->fd) == 0)
		return 0;
	return err_set_errno(err, "cannot write %s to disk", folder->path);
}

int
key_folder_add(struct key_folder *folder, const char *name,
    struct span contents, struct err *err)
{
	int result, number;

	if (write_draft(folder, contents, err) < 0)
		return -1;
	/* Unlike rename, link does not replace what is there. */
	result = linkat(folder->fd, draft, folder->fd, name, 0);
	number = errno;
	(void)unlinkat(folder->fd, draft, 0);
	errno = number;
	if (result < 0 && errno == EEXIST)
		return err_set(err, ERR_CONFIG,
		    "%s/%s exists, and a key is never overwritten; choose "
		    "another selector",
		    folder->path, name);
	if (result < 0)
		return err_set_errno(
		    err, "cannot make %s/%s", folder->path, name);
	return sync_folder(folder, err);
}

int
key_folder_replace(struct key_folder *folder, const char *name,
    struct span contents, struct err *err)
{
	if (write_draft(folder, contents, err) < 0)
		return -1;
	if (renameat(folder->fd, draft, folder->fd, name) < 0) {
		(void)err_set_errno(
		    err, "cannot make %s/%s", folder->path, name);
		(void)unlinkat(folder->fd, draft, 0);
		return -1;
	}
	return sync_folder(folder, err);
}

int
key_folder_remove(
    struct key_folder *folder, const char *name, struct err *err)
{
	if (unlinkat(folder->fd, name, 0) < 0 && errno != ENOENT)
		return err_set_errno(
		    err, "cannot remove %s/%s", folder->path, name);
	return sync_folder(folder, err);
}
