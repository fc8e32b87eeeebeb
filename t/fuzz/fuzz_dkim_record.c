/* SPDX-License-Identifier: BSD-2-Clause */
/* Each line is a TXT record of one name. */
#include "formats/dkim_record.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORDS = 4 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make((const char *)data, size);
	struct dkim_public_key keys[] = {
		{ KEY_RSA, SPAN_INIT("0123456789abcdefghijklmnopqrstuvwxyz") },
		{ KEY_ED25519, SPAN_INIT("0123456789abcdefghijklmnopqrstuv") },
	};
	struct pool *pool = pool_new();
	struct span records[RECORDS];
	size_t count = 0;

	if (size > DKIM_RECORD_MAX)
		goto out;
	while (count < RECORDS && span_next(&rest, '\n', &records[count]))
		count++;
	for (size_t i = 0; count > 0 && i < sizeof(keys) / sizeof(keys[0]);
	     i++) {
		struct dkim_findings findings = { .pool = pool };
		struct span value = dkim_record_value(pool, &keys[i]);

		dkim_record_check(records, count, &keys[i], &findings);
		for (size_t k = 0; k < findings.count; k++)
			for (size_t at = 0; at < findings.items[k].text.len;
			     at++)
				assert(findings.items[k].text.ptr[at] >= ' ');
		/* What is told to publish is right. */
		findings = (struct dkim_findings){ .pool = pool };
		dkim_record_check(&value, 1, &keys[i], &findings);
		assert(findings.count == 0);
		(void)dkim_record_zone_line(
		    pool, SPAN("s._domainkey.example.com"), 60, value);
		(void)dkim_record_nsupdate(
		    pool, SPAN("s._domainkey.example.com"), 60, value);
		(void)dkim_record_nsupdate_delete(
		    pool, SPAN("s._domainkey.example.com"));
	}
out:
	pool_free(&pool);
	return 0;
}
