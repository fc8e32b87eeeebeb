/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/directory_key.h"

#include <string.h>

static struct directory_key
make_key(struct pool *pool, struct span local, struct span domain)
{
	struct address address = { .local = local, .domain = domain };
	struct span key = address_key(pool, &address);
	size_t local_len = key.len;

	if (domain.len > 0)
		local_len -= domain.len + 1;
	return (struct directory_key){ key, span_slice(key, 0, local_len),
		span_slice(key, key.len - domain.len, key.len) };
}

/* The extension is sought in what the local part means: an MTA that splits
 * tom+x off a mailbox does the same with "tom+x" in quotes. */
void
directory_keys_fill(struct directory_keys *keys, struct pool *pool,
    const struct address *address, char delimiter)
{
	struct span local = address->local;
	struct span meant = address_local_meant(pool, local);
	size_t at = span_find(meant, delimiter);
	struct span user = span_slice(meant, 0, at);

	*keys = (struct directory_keys){
		.exact = make_key(pool, local, address->domain),
	};
	/* A local part that is all extension has none. */
	if (delimiter == '\0' || at == 0 || at == meant.len)
		return;
	keys->extension = span_slice(meant, at, meant.len);
	/* Without quotes even "a..b" is looked up as it stands. */
	if (span_find(local, '"') < local.len)
		user = address_local_quote(pool, user);
	keys->plain = make_key(pool, user, address->domain);
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
