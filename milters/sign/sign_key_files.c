/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_key_files.h"

#include "base/text_map.h"
#include "base/xalloc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS_MAX = 256 };

struct sign_key_files {
	struct pool *pool; /* of the files and their paths */
	struct text_map *by_path;
	struct sign_key_file **items;
	size_t count;
};

struct sign_key_files *
sign_key_files_new(void)
{
	struct sign_key_files *files = xalloc(sizeof(*files));

	files->pool = pool_new();
	files->by_path = text_map_new();
	return files;
}

void
sign_key_files_free(struct sign_key_files **files)
{
	if (*files == NULL)
		return;
	for (size_t i = 0; i < (*files)->count; i++) {
		signing_key_free(&(*files)->items[i]->key);
		free((*files)->items[i]->error);
	}
	text_map_free(&(*files)->by_path);
	pool_free(&(*files)->pool);
	free(*files);
	*files = NULL;
}

const struct sign_key_file *
sign_key_files_add(struct sign_key_files *files, const char *path)
{
	struct span key = pool_dup(files->pool, span_of(path));
	void **place = text_map_place(files->by_path, key);
	struct sign_key_file *file;

	if (*place != NULL)
		return *place;
	file = pool_alloc(files->pool, sizeof(*file));
	file->path = key.ptr;
	*place = file;
	files->items = pool_grow(
	    files->pool, files->items, files->count, sizeof(file));
	files->items[files->count++] = file;
	return file;
}

size_t
sign_key_files_count(const struct sign_key_files *files)
{
	return files->count;
}

/* What the threads share. */
struct work {
	struct sign_key_files *files;
	atomic_size_t next;
};

static void *
load_some(void *argument)
{
	struct work *work = argument;
	struct sign_key_files *files = work->files;
	struct key_reader *reader = key_reader_new();
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < files->count) {
		struct sign_key_file *file = files->items[i];
		struct err err;

		file->key = key_reader_read(reader, file->path, &err);
		if (file->key == NULL)
			file->error = xstrdup(err.text);
	}
	key_reader_free(&reader);
	return NULL;
}

void
sign_key_files_load(struct sign_key_files *files, unsigned threads)
{
	pthread_t started[THREADS_MAX];
	struct work work = { .files = files };
	unsigned count = 0;

	if (threads > files->count)
		threads = (unsigned)files->count;
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	/* One of them is this one. */
	while (count + 1 < threads &&
	    pthread_create(&started[count], NULL, load_some, &work) == 0)
		count++;
	(void)load_some(&work);
	while (count > 0)
		(void)pthread_join(started[--count], NULL);
}
