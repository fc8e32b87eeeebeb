/* SPDX-License-Identifier: BSD-2-Clause */
/* Journal reports, each as a whole message. */
#include "formats/journal_report.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct journal_report report;
	struct stored_mail mail;
	struct err err;

	if (stored_mail_read(span_make((const char *)data, size), pool, &mail,
		&err) == 0 &&
	    journal_report_is(&mail) &&
	    journal_report_read(&mail, pool, &report, &err) == 0) {
		assert(report.envelope.recipient_count > 0);
		assert(span_starts(report.envelope.sender, SPAN("<")));
		assert(report.message.len <= 2 * size);
	}
	pool_free(&pool);
	return 0;
}
