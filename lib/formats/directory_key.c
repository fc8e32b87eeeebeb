/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/directory_key.h"

#include <string.h>

/* Where the extension of LOCAL begins, or LOCAL.len.  A quoted local part and
 * one that is all extension have none. */
static size_t
find_extension(struct span local, char delimiter)
{
	size_t at;

	if (delimiter == '\0' || span_find(local, '"') < local.len)
		return local.len;
	at = span_find(local, delimiter);
	return at == 0 ? local.len : at;
}

void
directory_keys_fill(struct directory_keys *keys, struct pool *pool,
    const struct address *address, char delimiter)
{
	struct span key = address_key(pool, address);
	size_t local_end = span_find_last(key, '@');
	struct span local = span_slice(key, 0, local_end);
	struct span domain = span_slice(key, local_end + 1, key.len);
	size_t at = find_extension(address->local, delimiter);

	*keys = (struct directory_keys){ .exact = { key, local, domain } };
	if (at == address->local.len)
		return;
	/* Without quotes the key's local part differs in case only, so the
	 * extension is at the same place. */
	keys->extension = pool_dup(
	    pool, span_slice(address->local, at, address->local.len));
	keys->plain.local = span_slice(local, 0, at);
	keys->plain.domain = domain;
	keys->plain.address = pool_printf(pool, "%.*s@%.*s",
	    SPAN_ARGS(keys->plain.local), SPAN_ARGS(domain));
}

int
directory_check_delimiter(const char *text, struct err *err)
{
	if (text[0] != '\0' &&
	    (text[1] != '\0' || strchr("+-=#.*&$^~|", text[0]) == NULL))
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is no delimiter; write one of "
		    "+ - = # . * & $ ^ ~ | or, for none, \"\"",
		    text);
	return 0;
}
