/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/idn.h"

#include <idn2.h>
#include <string.h>

int
idn_to_ascii(struct pool *pool, struct span domain, struct span *ascii,
    struct err *err)
{
	char *text = NULL;
	int result;

	if (span_is_ascii(domain)) {
		*ascii = pool_dup_lower(pool, domain);
		return 0;
	}
	if (domain.len > IDN_TEXT_MAX ||
	    memchr(domain.ptr, '\0', domain.len) != NULL)
		return err_set(err, ERR_INPUT,
		    "a domain of %zu bytes is too long, or holds a NUL",
		    domain.len);
	result = idn2_to_ascii_8z(pool_string(pool, domain), &text,
	    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (result != IDN2_OK)
		return err_set(err, ERR_INPUT,
		    "\"%.*s\" has no form in ASCII: %s", SPAN_ARGS(domain),
		    idn2_strerror(result));
	*ascii = pool_dup_lower(pool, span_of(text));
	idn2_free(text);
	return 0;
}
