/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/spool.h"

#include "base/buf.h"
#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct spool {
	struct buf memory; /* the contents while FD is -1 */
	const char *directory;
	int fd;
	uint64_t size;
	void *map; /* of the first MAP_SIZE bytes of FD, or NULL */
	size_t map_size;
};

struct spool *
spool_new(size_t memory_max, const char *directory)
{
	struct spool *spool = xalloc(sizeof(*spool));

	buf_init(&spool->memory, memory_max);
	spool->directory = directory;
	spool->fd = -1;
	return spool;
}

static void
unmap(struct spool *spool)
{
	if (spool->map != NULL)
		(void)munmap(spool->map, spool->map_size);
	spool->map = NULL;
	spool->map_size = 0;
}

void
spool_free(struct spool **spool)
{
	if (*spool == NULL)
		return;
	unmap(*spool);
	if ((*spool)->fd >= 0)
		(void)close((*spool)->fd);
	buf_free(&(*spool)->memory);
	free(*spool);
	*spool = NULL;
}

static int
write_all(struct spool *spool, struct span bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t count = write(spool->fd, bytes.ptr, bytes.len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return err_set_errno(err,
			    "cannot write a message body to %s",
			    spool->directory);
		bytes = span_slice(bytes, (size_t)count, bytes.len);
	}
	return 0;
}

/* Opens a file that has no name from the start, where the file system can. */
static int
open_unlinked(const char *directory, struct err *err)
{
	struct buf name;
	int fd;

	fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	buf_init(&name, PATH_MAX);
	if (buf_printf(&name, "%s/body.XXXXXX", directory) < 0) {
		buf_free(&name);
		return err_set(err, ERR_CONFIG,
		    "directory name is too long: %s", directory);
	}
	(void)buf_string(&name);
	fd = mkostemp(name.ptr, O_CLOEXEC);
	if (fd < 0)
		(void)err_set_errno(err,
		    "cannot create a file for a message body in %s",
		    directory);
	else
		(void)unlink(name.ptr);
	buf_free(&name);
	return fd;
}

int
spool_append(struct spool *spool, struct span bytes, struct err *err)
{
	if (spool->fd < 0 && buf_append_span(&spool->memory, bytes) == 0) {
		spool->size += bytes.len;
		return 0;
	}
	if (spool->fd < 0) {
		spool->fd = open_unlinked(spool->directory, err);
		if (spool->fd < 0)
			return -1;
		if (write_all(spool, buf_span(&spool->memory), err) < 0)
			return -1;
		buf_free(&spool->memory);
	}
	unmap(spool);
	if (write_all(spool, bytes, err) < 0)
		return -1;
	spool->size += bytes.len;
	return 0;
}

uint64_t
spool_size(const struct spool *spool)
{
	return spool->size;
}

int
spool_contents(struct spool *spool, struct span *contents, struct err *err)
{
	void *map;

	if (spool->fd < 0) {
		*contents = buf_span(&spool->memory);
		return 0;
	}
	if (spool->map == NULL && spool->size > 0) {
		map = mmap(NULL, (size_t)spool->size, PROT_READ, MAP_PRIVATE,
		    spool->fd, 0);
		if (map == MAP_FAILED)
			return err_set_errno(err,
			    "cannot read back a message body from %s",
			    spool->directory);
		spool->map = map;
		spool->map_size = (size_t)spool->size;
	}
	*contents = span_make(spool->map, spool->map_size);
	return 0;
}
