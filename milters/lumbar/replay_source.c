/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/lumbar/replay_source.h"

#include "base/xalloc.h"
#include "formats/mbox.h"
#include "milters/lumbar/lumbar_mail.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 32,      /* folders in each other */
	FIRST_READ = 1 << 18, /* bytes of an mbox */
};

/* A folder that is being read. */
struct folder {
	DIR *dir;
	char *path;
};

struct replay_source {
	const char *const *paths;
	size_t count;
	size_t next; /* of PATHS */
	struct folder folders[DEPTH_MAX];
	size_t depth; /* of those that are open */
	/* The mbox that is being read: */
	FILE *mbox_file;
	char *mbox_name;
	struct mbox mbox;
	struct buf window;
	bool mbox_over; /* all of it is in the window */
	size_t number;  /* of its message */
};

static char *
copy_string(const char *string)
{
	size_t size = strlen(string) + 1;

	return memcpy(xalloc(size), string, size);
}

struct replay_source *
replay_source_new(const char *const *paths, size_t count)
{
	struct replay_source *source = xalloc(sizeof(*source));

	source->paths = paths;
	source->count = count;
	buf_init(&source->window, LUMBAR_MAIL_MAX);
	return source;
}

static void
close_folder(struct replay_source *source)
{
	struct folder *folder = &source->folders[--source->depth];

	(void)closedir(folder->dir);
	free(folder->path);
}

static void
close_mbox(struct replay_source *source)
{
	(void)fclose(source->mbox_file);
	source->mbox_file = NULL;
	free(source->mbox_name);
	source->mbox_name = NULL;
	buf_free(&source->window);
}

void
replay_source_free(struct replay_source **source)
{
	struct replay_source *freed = *source;

	if (freed == NULL)
		return;
	while (freed->depth > 0)
		close_folder(freed);
	if (freed->mbox_file != NULL)
		close_mbox(freed);
	buf_free(&freed->window);
	free(freed);
	*source = NULL;
}

/* Begins to read the folder PATH.  0, or -1 with item->err. */
static int
open_folder(struct replay_source *source, const char *path,
    struct replay_item *item)
{
	struct folder *folder = &source->folders[source->depth];

	if (source->depth == DEPTH_MAX)
		return err_set(&item->err, ERR_LIMIT,
		    "it lies more than %d folders deep", DEPTH_MAX);
	folder->dir = opendir(path);
	if (folder->dir == NULL)
		return err_set_file(&item->err, path, "opened");
	folder->path = copy_string(path);
	source->depth++;
	return 0;
}

/* Begins to read the file NAME if it is an mbox. */
static bool
open_mbox(struct replay_source *source, const char *name)
{
	char start[5];
	size_t got;

	source->mbox_file = fopen(name, "re");
	if (source->mbox_file == NULL)
		return false; /* whoever reads the message says so */
	got = fread(start, 1, sizeof(start), source->mbox_file);
	if (got < sizeof(start) || memcmp(start, "From ", sizeof(start)) != 0) {
		close_mbox(source);
		return false;
	}
	rewind(source->mbox_file);
	source->mbox_name = copy_string(name);
	source->mbox = (struct mbox){ 0 };
	source->mbox_over = false;
	source->number = 0;
	return true;
}

/* Reads as much again as the window has, so that all of it is searched a few
 * times at most.  0, or -1 with item->err. */
static int
read_more(struct replay_source *source, struct replay_item *item)
{
	struct buf *window = &source->window;
	size_t wanted = window->len > FIRST_READ ? window->len : FIRST_READ;
	char piece[65536];
	size_t got;

	for (size_t read = 0; read < wanted; read += got) {
		got = fread(piece, 1, sizeof(piece), source->mbox_file);
		if (got == 0 && ferror(source->mbox_file))
			return err_set_file(
			    &item->err, source->mbox_name, "read");
		if (got == 0) {
			source->mbox_over = true;
			return 0;
		}
		if (buf_append(window, piece, got) < 0)
			return err_set(&item->err, ERR_LIMIT,
			    "it is larger than %d bytes; neither it nor what "
			    "follows in this file is read",
			    (int)LUMBAR_MAIL_MAX);
	}
	return 0;
}

static void
take_message(struct replay_source *source, struct pool *pool,
    const struct mbox_message *message, struct buf *text)
{
	struct span content = message->quoted
	    ? mbox_unquote(message->text, pool)
	    : message->text;

	(void)buf_append_span(text, content);
	buf_cut_front(&source->window, message->used);
}

/* The next message of the mbox: true and *ITEM, false where it has ended. */
static bool
next_in_mbox(struct replay_source *source, struct pool *pool,
    struct buf *text, struct replay_item *item)
{
	for (;;) {
		struct mbox_message message;
		enum mbox_result result = mbox_next(&source->mbox,
		    buf_span(&source->window), source->mbox_over, &message);

		if (result == MBOX_END) {
			close_mbox(source);
			return false;
		}
		item->name = pool_printf(pool, "%s:%zu", source->mbox_name,
		    source->number + 1).ptr;
		if (result == MBOX_MESSAGE) {
			source->number++;
			take_message(source, pool, &message, text);
			return true;
		}
		if (result == MBOX_BROKEN)
			(void)err_set(&item->err, ERR_INPUT,
			    "no line \"From SENDER TIME\" begins it; neither "
			    "it nor what follows in this file is read");
		else if (read_more(source, item) == 0)
			continue;
		item->failed = true;
		close_mbox(source);
		return true;
	}
}

/* Takes what is at PATH: true if *ITEM is a message or a failure, false if it
 * was a folder or an mbox, which is then open.  In a Maildir each file is one
 * message, whatever it begins with. */
static bool
take_path(struct replay_source *source, const char *path, bool in_maildir,
    struct replay_item *item)
{
	struct stat status;

	item->name = path;
	if (stat(path, &status) < 0) {
		item->failed = true;
		(void)err_set_file(&item->err, path, "read");
		return true;
	}
	if (S_ISDIR(status.st_mode)) {
		item->failed = open_folder(source, path, item) < 0;
		return item->failed;
	}
	/* A pipe would be waited for, for ever. */
	if (!S_ISREG(status.st_mode)) {
		item->failed = true;
		(void)err_set(&item->err, ERR_INPUT,
		    "it is neither a file nor a folder; leave it out");
		return true;
	}
	if (!in_maildir && open_mbox(source, path))
		return false;
	item->file = path;
	return true;
}

/* True if the folder at DEPTH has ENTRY for us: of a Maildir the messages in
 * cur and new, and other Maildirs, whose names begin with a dot. */
static bool
is_wanted(const struct folder *folder, const char *entry)
{
	if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0)
		return false;
	if (faccessat(dirfd(folder->dir), "cur", F_OK, 0) < 0)
		return entry[0] != '.';
	return strcmp(entry, "cur") == 0 || strcmp(entry, "new") == 0 ||
	    (entry[0] == '.' && faccessat(dirfd(folder->dir),
				    entry, X_OK, 0) == 0);
}

/* True if FOLDER is where a Maildir has its messages. */
static bool
is_maildir_part(const char *folder)
{
	return span_ends_case(span_of(folder), SPAN("/cur")) ||
	    span_ends_case(span_of(folder), SPAN("/new"));
}

/* The next of the innermost open folder.  True if *ITEM is one. */
static bool
next_in_folder(struct replay_source *source, struct pool *pool,
    struct replay_item *item)
{
	struct folder *folder = &source->folders[source->depth - 1];
	struct dirent *entry;

	errno = 0;
	entry = readdir(folder->dir);
	if (entry == NULL && errno != 0) {
		item->failed = true;
		item->name = pool_string(pool, span_of(folder->path));
		(void)err_set_file(&item->err, folder->path, "read");
		close_folder(source);
		return true;
	}
	if (entry == NULL) {
		close_folder(source);
		return false;
	}
	if (!is_wanted(folder, entry->d_name))
		return false;
	return take_path(source,
	    pool_printf(pool, "%s/%s", folder->path, entry->d_name).ptr,
	    is_maildir_part(folder->path), item);
}

bool
replay_source_next(struct replay_source *source, struct pool *pool,
    struct buf *text, struct replay_item *item)
{
	for (;;) {
		*item = (struct replay_item){ .failed = false };
		if (source->mbox_file != NULL) {
			if (next_in_mbox(source, pool, text, item))
				return true;
		} else if (source->depth > 0) {
			if (next_in_folder(source, pool, item))
				return true;
		} else if (source->next == source->count) {
			return false;
		} else if (take_path(source, source->paths[source->next++],
			       false, item)) {
			return true;
		}
	}
}
