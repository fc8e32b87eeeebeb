/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/failure.h"

/* Applications often cannot queue: what is deferred is lost. */
static enum failure_outcome
outcome_of_role(enum role role)
{
	switch (role) {
	case ROLE_APPLICATION:
		return FAILURE_HOLD;
	case ROLE_INBOUND:
	case ROLE_OUTBOUND:
	case ROLE_LOCAL:
		return FAILURE_TEMPFAIL;
	}
	return FAILURE_TEMPFAIL;
}

enum failure_outcome
failure_outcome(const struct settings *settings,
    const struct connection *connection, bool hold_possible, bool recurs)
{
	const struct listener_settings *listener;
	enum failure_outcome outcome = FAILURE_DEFAULT;

	listener = settings_listener(settings, connection->listener);
	if (listener != NULL)
		outcome = (enum failure_outcome)listener->on_failure;
	if (outcome == FAILURE_DEFAULT)
		outcome = outcome_of_role(connection->role);
	if (recurs)
		outcome = FAILURE_HOLD;
	return hold_possible ? outcome : FAILURE_TEMPFAIL;
}
