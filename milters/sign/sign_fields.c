/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_fields.h"

#include "formats/dkim_signature.h"
#include "formats/header.h"

#include <string.h>

int
sign_fields_check(const char *text, struct err *err)
{
	/* Trace fields, which every MTA on the way adds, and fields that an
	 * MTA takes out (RFC 6376 section 5.4). */
	static const char *const unstable[] = { "Received", "Return-Path",
		"Delivered-To", "X-Original-To", "Bcc", "Resent-Bcc",
		"DKIM-Signature", "Authentication-Results" };

	/* ";" would end h=, and "|" a field in z=. */
	if (header_name_check(span_of(text)) < 0 ||
	    strpbrk(text, ";|") != NULL)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" cannot be the name of a header field; write one "
		    "such as \"Subject\"",
		    text);
	if (span_of(text).len > DKIM_FIELD_NAME_MAX)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is longer than the %d bytes that a name may have; "
		    "take it out",
		    text, DKIM_FIELD_NAME_MAX);
	for (size_t i = 0; i < sizeof(unstable) / sizeof(unstable[0]); i++)
		if (span_equal_case(span_of(text), span_of(unstable[i])))
			return err_set(err, ERR_CONFIG,
			    "%s changes on the way, which would break every "
			    "signature; take it out",
			    unstable[i]);
	return 0;
}

int
sign_fields_check_oversign_present(const char *text, struct err *err)
{
	struct span name = span_of(text);

	if (sign_fields_check(text, err) < 0)
		return -1;
	if (span_equal_case(name, SPAN("Sender")) ||
	    span_starts_case(name, SPAN("List-")))
		return err_set(err, ERR_CONFIG,
		    "mailing lists add %s, which would break the signature; "
		    "put it into sign_headers or take it out",
		    text);
	return 0;
}

int
sign_fields_check_oversign(const char *text, struct err *err)
{
	struct span name = span_of(text);

	if (sign_fields_check_oversign_present(text, err) < 0)
		return -1;
	if (span_equal_case(name, SPAN("Date")) ||
	    span_equal_case(name, SPAN("Message-ID")))
		return err_set(err, ERR_CONFIG,
		    "Sendmail adds a missing %s after the signature, which "
		    "would break it; put it into oversign_present_headers",
		    text);
	return 0;
}
