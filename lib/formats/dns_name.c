/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dns_name.h"

#include "formats/idn.h"

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Tells what is wrong with a LABEL of NAME.  0 or -1. */
static int
check_label(struct span name, struct span label, struct err *err)
{
	if (label.len == 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" has two dots in a row; remove one",
		    SPAN_ARGS(name));
	if (label.len > DNS_LABEL_MAX)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" has more than %d bytes between dots; shorten it",
		    SPAN_ARGS(name), DNS_LABEL_MAX);
	for (size_t i = 0; i < label.len; i++)
		if (!is_name_byte(label.ptr[i]))
			return err_set(err, ERR_CONFIG,
			    "\"%.*s\" is no DNS name; write letters, digits "
			    "and \"-\" with dots between",
			    SPAN_ARGS(name));
	return 0;
}

int
dns_name_check(struct span name, struct err *err)
{
	struct span rest = name;
	struct span label;

	if (name.len == 0)
		return err_set(err, ERR_CONFIG,
		    "it is empty; write a name such as example.com");
	if (name.len > DNS_NAME_MAX)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is longer than %d bytes; shorten it",
		    SPAN_ARGS(name), DNS_NAME_MAX);
	if (span_starts(name, SPAN(".")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" begins with a dot; write \"%.*s\"",
		    SPAN_ARGS(name),
		    SPAN_ARGS(span_slice(name, 1, name.len)));
	if (span_ends_case(name, SPAN(".")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" ends with a dot; write \"%.*s\"",
		    SPAN_ARGS(name),
		    SPAN_ARGS(span_slice(name, 0, name.len - 1)));
	while (span_next(&rest, '.', &label))
		if (check_label(name, label, err) < 0)
			return -1;
	return 0;
}

int
dns_name_check_selector(struct span name, struct err *err)
{
	size_t at = span_find_case(name, SPAN("._domainkey"));

	if (dns_name_check(name, err) < 0)
		return -1;
	if (at == name.len)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%.*s\" has \"._domainkey\", which is added to a selector; "
	    "write \"%.*s\"",
	    SPAN_ARGS(name), SPAN_ARGS(span_slice(name, 0, at)));
}

int
dns_name_parse(struct pool *pool, struct span name, struct span *ascii,
    struct err *err)
{
	struct err reason;

	if (idn_to_ascii(pool, name, ascii, &reason) < 0)
		return err_set(err, ERR_CONFIG,
		    "%s; write a name such as example.com", reason.text);
	return dns_name_check(*ascii, err);
}
