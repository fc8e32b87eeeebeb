/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy_files.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of one file: far more than anybody writes, and what stops a slip such
 * as a device or a log from eating the memory. */
#define FILE_MAX (INT64_C(1) << 30)

static int
read_all(int fd, char *out, size_t size, size_t *len)
{
	*len = 0;
	while (*len < size) {
		ssize_t got = read(fd, out + *len, size - *len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		*len += (size_t)got;
	}
	return 0;
}

static int
read_open(int fd, const char *path, struct pool *pool, struct span *text,
    struct err *err)
{
	struct stat status;
	char *bytes;
	size_t len;

	if (fstat(fd, &status) < 0)
		return err_set_file(err, path, "read");
	if (S_ISDIR(status.st_mode))
		return err_set(err, ERR_CONFIG,
		    "%s is a folder; name a file in it", path);
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_CONFIG,
		    "%s is not a regular file; name one", path);
	if (status.st_size > FILE_MAX)
		return err_set(err, ERR_LIMIT,
		    "%s is larger than 1 GB: is it the right file?", path);
	bytes = pool_alloc(pool, (size_t)status.st_size + 1);
	if (read_all(fd, bytes, (size_t)status.st_size, &len) < 0)
		return err_set_file(err, path, "read");
	*text = span_make(bytes, len);
	return 0;
}

static int
read_file(
    const char *path, struct pool *pool, struct span *text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int result;

	if (fd < 0)
		return err_set_file(err, path, "opened");
	result = read_open(fd, path, pool, text, err);
	(void)close(fd);
	return result;
}

/* NAME as a path: where it is relative, beside the file FROM. */
static struct span
resolve(struct pool *pool, struct span name, struct span from)
{
	size_t slash = span_find_last(from, '/');

	if (span_starts(name, SPAN("/")) || slash == from.len)
		return pool_dup(pool, name);
	return pool_printf(pool, "%.*s%.*s",
	    SPAN_ARGS(span_slice(from, 0, slash + 1)), SPAN_ARGS(name));
}

static int
read_named(void *context, struct span name, struct span from,
    struct pool *pool, struct span *full_name, struct span *text,
    struct err *err)
{
	(void)context;
	*full_name = resolve(pool, name, from);
	return read_file(pool_string(pool, *full_name), pool, text, err);
}

struct rule_set *
policy_rules_read(
    const char *path, const struct conf_place *named, struct buf *errors)
{
	static const struct rule_files files = { .read = read_named };
	struct pool *pool = pool_new();
	struct rule_set *set = NULL;
	struct span text;
	struct err err;

	if (read_file(path, pool, &text, &err) == 0)
		set = rule_set_new(span_of(path), text, &files, errors);
	else if (named != NULL)
		conf_key_mistake(errors, named, "rules", "%s", err.text);
	else
		(void)buf_printf(errors, "%s\n", err.text);
	pool_free(&pool);
	return set;
}

int
rule_file_check(
    const char *path, struct buf *report, struct buf *errors)
{
	struct rule_set *set = policy_rules_read(path, NULL, errors);

	if (set == NULL)
		return -1;
	rule_set_report(set, report);
	rule_set_report_expired(set, clock_now().wall_us, report);
	rule_set_free(&set);
	return 0;
}

int
rule_file_print(const char *path, struct buf *report, struct buf *errors)
{
	struct rule_set *set = policy_rules_read(path, NULL, errors);

	if (set == NULL)
		return -1;
	rule_set_print(set, report);
	rule_set_free(&set);
	return 0;
}
