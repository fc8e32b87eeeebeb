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
