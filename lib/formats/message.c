/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/message.h"

bool
parameters_find(const struct parameters *parameters, struct span name,
    struct span *value)
{
	for (size_t i = 0; i < parameters->count; i++) {
		struct span item = parameters->items[i];
		size_t equals = span_find(item, '=');

		if (!span_equal_case(span_slice(item, 0, equals), name))
			continue;
		*value = span_slice(item, equals + 1, item.len);
		return true;
	}
	return false;
}

uint64_t
message_size(const struct message *message)
{
	const size_t empty_line = 2;

	return message->headers.bytes + empty_line + message->body_size;
}
