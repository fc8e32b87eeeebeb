/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds files to a fuzz target without libFuzzer, so that `make check` replays
 * what fuzzing ever found, with any compiler.
 *
 *	fuzz_NAME_replay [FILE | FOLDER]...
 *
 * Without arguments: the folder $srcdir/t/fuzz/corpus/NAME.
 */
#include "base/xalloc.h"

#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay_file(const char *path, size_t size)
{
	/* Of the exact size, so that a sanitizer sees each byte too far. */
	uint8_t *data = xalloc(size);
	FILE *file = fopen(path, "rb");

	if (file == NULL || fread(data, 1, size, file) != size) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
}

/* Replays PATH, a file or a folder.  Returns the number of files. */
static unsigned
replay(const char *path)
{
	struct stat status;
	struct dirent *entry;
	char below[PATH_MAX];
	unsigned count = 0;
	DIR *folder;

	if (stat(path, &status) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	if (!S_ISDIR(status.st_mode)) {
		replay_file(path, (size_t)status.st_size);
		return 1;
	}
	folder = opendir(path);
	if (folder == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
		    below, sizeof(below), "%s/%s", path, entry->d_name);
		count += replay(below);
	}
	(void)closedir(folder);
	return count;
}

/* Replays the corpus of the target after which the program is named. */
static unsigned
replay_corpus(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash != NULL ? slash + 1 : program;
	const char *srcdir = getenv("srcdir");
	size_t len = strlen(name);
	char path[PATH_MAX];

	if (strncmp(name, "fuzz_", 5) == 0 && len > strlen("fuzz__replay")) {
		name += 5;
		len -= strlen("fuzz__replay");
	}
	(void)snprintf(path, sizeof(path), "%s/t/fuzz/corpus/%.*s",
	    srcdir != NULL ? srcdir : ".", (int)len, name);
	return replay(path);
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	if (argc < 2)
		count = replay_corpus(argv[0]);
	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	printf("%u files replayed\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
