/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/file_type.h"

#include "base/xalloc.h"

#include <assert.h>
#include <magic.h>
#include <pthread.h>
#include <stdlib.h>

/* A handle keeps its result in itself, so one thread at a time may use it. */
struct file_type {
	pthread_mutex_t mutex;
	pthread_cond_t returned;
	magic_t *idle;
	size_t idle_count;
	size_t handle_count;
};

/* Bounds on what a hostile file can make libmagic do.  All are below its own
 * defaults and above what real files need. */
static const struct {
	int parameter;
	size_t value;
} bounds[] = {
	{ MAGIC_PARAM_BYTES_MAX, 64 * 1024 },
	{ MAGIC_PARAM_ENCODING_MAX, 16 * 1024 },
	{ MAGIC_PARAM_REGEX_MAX, 4096 },
	{ MAGIC_PARAM_INDIR_MAX, 15 },
	{ MAGIC_PARAM_ELF_PHNUM_MAX, 128 },
	{ MAGIC_PARAM_ELF_SHNUM_MAX, 256 },
	{ MAGIC_PARAM_ELF_NOTES_MAX, 16 },
};

/*
 * What libmagic needs to see more of than the first bytes, or all of: a program
 * may have its second header far behind, and would then pass for data.
 */
static const struct {
	struct span start;
	struct span type;
} signatures[] = {
	{ SPAN_INIT("MZ"), SPAN_INIT("application/x-dosexec") },
	{ SPAN_INIT("ZM"), SPAN_INIT("application/x-dosexec") },
	{ SPAN_INIT("\x7F"
		    "ELF"),
	    SPAN_INIT("application/x-executable") },
	{ SPAN_INIT("PK\3\4"), SPAN_INIT("application/zip") },
	{ SPAN_INIT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
	    SPAN_INIT("application/x-ole-storage") },
};

static magic_t
open_handle(const char *database, struct err *err)
{
	magic_t handle = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
				    MAGIC_NO_COMPRESS_FORK |
				    MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CDF);

	if (handle == NULL) {
		(void)err_set_errno(err, "cannot initialise libmagic");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		int result = magic_setparam(
		    handle, bounds[i].parameter, &bounds[i].value);

		assert(result == 0);
	}
	if (magic_load(handle, database) == 0)
		return handle;
	(void)err_set(err, ERR_SYSTEM,
	    "cannot load the database of file types %s: %s; install the "
	    "Debian package libmagic-mgc",
	    database != NULL ? database : magic_getpath(NULL, 0),
	    magic_error(handle));
	magic_close(handle);
	return NULL;
}

struct file_type *
file_type_open(const char *database, size_t handles, struct err *err)
{
	struct file_type *file_type = xalloc(sizeof(*file_type));

	assert(handles > 0);
	(void)pthread_mutex_init(&file_type->mutex, NULL);
	(void)pthread_cond_init(&file_type->returned, NULL);
	file_type->idle = xalloc_array(handles, sizeof(*file_type->idle));
	while (file_type->handle_count < handles) {
		magic_t handle = open_handle(database, err);

		if (handle == NULL) {
			file_type_close(&file_type);
			return NULL;
		}
		file_type->idle[file_type->idle_count++] = handle;
		file_type->handle_count++;
	}
	return file_type;
}

void
file_type_close(struct file_type **file_type)
{
	struct file_type *closing = *file_type;

	if (closing == NULL)
		return;
	assert(closing->idle_count == closing->handle_count);
	while (closing->idle_count > 0)
		magic_close(closing->idle[--closing->idle_count]);
	free(closing->idle);
	(void)pthread_cond_destroy(&closing->returned);
	(void)pthread_mutex_destroy(&closing->mutex);
	free(closing);
	*file_type = NULL;
}

static magic_t
take_handle(struct file_type *file_type)
{
	magic_t handle;

	(void)pthread_mutex_lock(&file_type->mutex);
	while (file_type->idle_count == 0)
		(void)pthread_cond_wait(
		    &file_type->returned, &file_type->mutex);
	handle = file_type->idle[--file_type->idle_count];
	(void)pthread_mutex_unlock(&file_type->mutex);
	return handle;
}

static void
return_handle(struct file_type *file_type, magic_t handle)
{
	(void)pthread_mutex_lock(&file_type->mutex);
	file_type->idle[file_type->idle_count++] = handle;
	(void)pthread_cond_signal(&file_type->returned);
	(void)pthread_mutex_unlock(&file_type->mutex);
}

static struct span
type_by_signature(struct span head)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
		if (span_starts(head, signatures[i].start))
			return signatures[i].type;
	return SPAN("");
}

enum lookup_result
file_type_detect(struct file_type *file_type, struct span head,
    struct pool *pool, struct span *type, struct err *err)
{
	magic_t handle;
	struct span found;

	*type = SPAN("");
	if (head.len == 0)
		return LOOKUP_NOT_FOUND;
	handle = take_handle(file_type);
	found = span_of(magic_buffer(handle, head.ptr, head.len));
	if (found.len == 0)
		(void)err_set(err, ERR_SYSTEM,
		    "libmagic cannot tell the type of content: %s",
		    magic_error(handle) != NULL ? magic_error(handle)
						: "no reason given");
	else
		/* libmagic writes some types, such as "text/PGP", with
		 * capitals; rules compare them as they are. */
		*type = pool_dup_lower(pool, found);
	return_handle(file_type, handle);
	if (found.len == 0)
		return LOOKUP_FAILED;
	/* What libmagic says when it does not know. */
	if (span_equal(*type, SPAN("application/octet-stream")))
		*type = type_by_signature(head);
	return type->len > 0 ? LOOKUP_FOUND : LOOKUP_NOT_FOUND;
}
