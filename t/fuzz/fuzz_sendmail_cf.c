/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sendmail.cf.
 */
#include "formats/sendmail_cf.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
count_lines(struct span text)
{
	size_t lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	return lines;
}

static void
read_list(struct span list)
{
	struct span name;
	size_t before = list.len;

	while (sendmail_next_filter(&list, &name)) {
		assert(name.len > 0);
		assert(span_find(name, ',') == name.len);
		assert(span_find(name, ';') == name.len);
		assert(list.len < before);
		before = list.len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	size_t lines = count_lines(text);
	struct pool *pool = pool_new();
	struct sendmail_cf cf;

	if (sendmail_cf_read(pool, text, &cf, NULL) < 0)
		goto out;
	for (size_t i = 0; i < cf.option_count; i++) {
		assert(cf.options[i].name.len > 0);
		assert(cf.options[i].line >= 1 &&
		    cf.options[i].line <= lines);
		assert(sendmail_cf_option(&cf, cf.options[i].name) != NULL);
		read_list(cf.options[i].value);
	}
	for (size_t i = 0; i < cf.filter_count; i++) {
		const struct sendmail_filter *filter = &cf.filters[i];

		assert(filter->line >= 1 && filter->line <= lines);
		assert(filter->connect_timeout >= 0 &&
		    filter->send_timeout >= 0 && filter->read_timeout >= 0 &&
		    filter->end_timeout >= 0);
		assert(sendmail_cf_filter(&cf, filter->name) != NULL);
	}
	assert(cf.daemon_count <= cf.option_count);
	for (size_t i = 0; i < cf.daemon_count; i++)
		read_list(cf.daemons[i].filters);
	assert(cf.masquerade_line <= lines && cf.generics_line <= lines);
out:
	pool_free(&pool);
	return 0;
}
