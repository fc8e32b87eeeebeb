/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/address.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key of an address must itself be read as the same mailbox. */
static void
check_key(struct pool *pool, const struct address *address)
{
	struct span key = address_key(pool, address);
	struct address again;

	assert(address_parse(key, &again, NULL) == 0);
	assert(!again.routed);
	assert(span_equal_case(again.domain, address->domain));
	assert(span_equal(address_key(pool, &again), key));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct pool *pool = pool_new();
	struct address address;
	struct err err;

	if (address_parse(text, &address, &err) == 0) {
		assert(
		    address.text.len >= address.local.len + address.domain.len);
		check_key(pool, &address);
		(void)address_local_is(&address, SPAN("postmaster"));
		(void)domain_matches(address.domain, SPAN(".example.com"));
	}
	if (address_check_single(text, &err) == 0) {
		assert(span_equal(address.text, text));
		assert(!address.routed && address.domain.len > 0);
		assert(!address_local_routes(&address));
		for (size_t i = 0; i < text.len; i++)
			assert(text.ptr[i] >= ' ' && text.ptr[i] <= '~');
	}
	pool_free(&pool);
	return 0;
}
