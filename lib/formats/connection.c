/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/connection.h"

const char *
role_name(enum role role)
{
	static const char *const names[ROLE_COUNT] = {
		[ROLE_INBOUND] = "inbound",
		[ROLE_OUTBOUND] = "outbound",
		[ROLE_APPLICATION] = "application",
		[ROLE_LOCAL] = "local",
	};

	return names[role];
}

int
role_parse(struct span text, enum role *role, struct err *err)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (span_equal(text, span_of(role_name((enum role)i)))) {
			*role = (enum role)i;
			return 0;
		}
	}
	return err_set(err, ERR_CONFIG,
	    "\"%.*s\" is no role; write inbound, outbound, application or "
	    "local", SPAN_ARGS(text));
}
