/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A field value.  What must hold: each mailbox that is found reads the same
 * when it stands alone, and work space stays bounded.
 */
#include "formats/mailbox.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_mailbox(struct pool *pool, const struct mailbox *mailbox)
{
	struct mailbox_list list;
	struct span text = pool_printf(pool, "%.*s@%.*s",
	    SPAN_ARGS(mailbox->local), SPAN_ARGS(mailbox->domain));
	int result;

	assert(mailbox->local.len > 0 && mailbox->domain.len > 0);
	result = mailbox_list_parse(pool, text, &list, NULL);
	assert(result == 0 && list.count == 1);
	assert(span_equal(list.items[0].local, mailbox->local));
	assert(span_equal(list.items[0].domain, mailbox->domain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct mailbox_list list;
	struct err err;

	if (mailbox_list_parse(
		pool, span_make((const char *)data, size), &list, &err) == 0) {
		assert(list.count <= MAILBOX_LIST_MAX);
		for (size_t i = 0; i < list.count; i++)
			check_mailbox(pool, &list.items[i]);
	}
	pool_free(&pool);
	return 0;
}
