/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/daemon_conf.h"

#include <stddef.h>

/* What DAEMON's file may hold; TABLES is room for it. */
static struct conf_schema
make_schema(const struct daemon *daemon, struct conf_table tables[2])
{
	tables[0] = settings_table;
	tables[1] = daemon->table;
	return (struct conf_schema){
		.tables = tables,
		.table_count = 2,
		.size = daemon->conf_size,
		.place_offset = offsetof(struct settings, place),
		.has_place = true,
	};
}

struct conf *
daemon_conf_read(
    const struct daemon *daemon, const char *file, struct buf *errors)
{
	struct conf_table tables[2];
	struct conf_schema schema = make_schema(daemon, tables);
	struct conf *conf = NULL;

	/* It stays NULL on failure. */
	(void)conf_read(&schema, file, &conf, errors);
	return conf;
}

struct conf *
daemon_conf_read_text(
    const struct daemon *daemon, const char *text, struct buf *errors)
{
	struct conf_table tables[2];
	struct conf_schema schema = make_schema(daemon, tables);
	struct conf *conf = NULL;

	(void)conf_read_text(&schema, daemon->conf_file, text, &conf, errors);
	return conf;
}

void
daemon_conf_set(const struct daemon *daemon, struct conf *conf,
    const char *key, const char *text)
{
	struct conf_table tables[2];
	struct conf_schema schema = make_schema(daemon, tables);

	conf_set_string(&schema, conf, key, text);
}

void
daemon_conf_print(
    const struct daemon *daemon, const struct conf *conf, FILE *out)
{
	struct conf_table tables[2];
	struct conf_schema schema = make_schema(daemon, tables);

	conf_print(&schema, conf, out);
}
