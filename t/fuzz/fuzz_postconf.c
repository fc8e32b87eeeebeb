/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output of postconf(1), whose values are also read as lists of milters, and
 * the whole input as one such list and as a time.
 */
#include "formats/postconf.h"

#include "formats/mta_duration.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True if PART lies in WHOLE. */
static bool
is_inside(struct span part, struct span whole)
{
	return part.len == 0 ||
	    (part.ptr >= whole.ptr &&
		part.ptr + part.len <= whole.ptr + whole.len);
}

static void
read_milters(struct pool *pool, struct span value)
{
	struct postconf_milters milters, again;
	int64_t duration = 0;
	struct err err;

	if (mta_duration_read(value, &duration) == 0)
		assert(duration >= 0 && value.len > 0);
	if (postconf_read_milters(pool, value, &milters, &err) < 0) {
		assert(err.text[0] != '\0');
		return;
	}
	for (size_t i = 0; i < milters.count; i++) {
		const struct postconf_milter *milter = &milters.items[i];

		assert(is_inside(milter->text, value));
		assert(milter->endpoint.len > 0);
		assert(is_inside(milter->endpoint, milter->text));
		for (size_t k = 0; k < milter->setting_count; k++) {
			assert(milter->settings[k].name.len > 0);
			assert(postconf_milter_setting(milter,
				   milter->settings[k].name) != NULL);
		}
		/* An item by itself is what it is in the list. */
		assert(postconf_read_milters(
			   pool, milter->text, &again, &err) == 0);
		assert(again.count == 1);
		assert(span_equal(
		    again.items[0].endpoint, milter->endpoint));
		assert(again.items[0].setting_count ==
		    milter->setting_count);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct postconf_parameters parameters;
	struct postconf_services services;
	struct pool *pool = pool_new();

	if (postconf_read(pool, text, &parameters, NULL) == 0) {
		for (size_t i = 0; i < parameters.count; i++) {
			const struct postconf_parameter *item =
			    &parameters.items[i];

			assert(item->name.len > 0);
			assert(is_inside(item->value, text));
			assert(postconf_find(&parameters, item->service,
				   item->name) != NULL);
			read_milters(pool, item->value);
		}
		services = postconf_services(pool, &parameters);
		assert(services.count <= parameters.count);
		for (size_t i = 0; i < services.count; i++)
			assert(services.items[i].id.len > 0);
	}
	read_milters(pool, text);
	pool_free(&pool);
	return 0;
}
