/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/author_pattern.h"

#include "formats/dns_name.h"
#include "formats/glob.h"
#include "formats/idn.h"

int
author_of(struct pool *pool, const struct mailbox *mailbox,
    struct author *author, struct err *err)
{
	author->local = pool_dup_lower(pool, mailbox->local);
	return idn_to_ascii(pool, mailbox->domain, &author->domain, err);
}

static bool
has_star(struct span text)
{
	return span_find(text, '*') < text.len;
}

/* Text without blanks and control bytes, which no address has. */
static int
check_bytes(struct span text, struct err *err)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f)
			return err_set(err, ERR_CONFIG,
			    "\"%.*s\" has a blank or control byte; write an "
			    "address, a domain or \".domain\"",
			    SPAN_ARGS(text));
	return 0;
}

/* Reads the domain of a pattern that has no "*" in it. */
static int
parse_domain(struct pool *pool, struct span text,
    struct author_pattern *pattern, struct err *err)
{
	bool below = span_starts(text, SPAN("."));

	if (dns_name_parse(pool, span_slice(text, below, text.len),
		&pattern->domain, err) < 0)
		return -1;
	if (below)
		pattern->domain = pool_printf(
		    pool, ".%.*s", SPAN_ARGS(pattern->domain));
	pattern->kind = below ? AUTHOR_BELOW : AUTHOR_DOMAIN;
	return 0;
}

/* Reads LOCAL@DOMAIN, of which DOMAIN has a "*" in it. */
static int
parse_wild(struct pool *pool, struct span local, struct span domain,
    struct author_pattern *pattern, struct err *err)
{
	if (!span_is_ascii(domain))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s@%.*s\" has \"*\" in a domain that is not ASCII; "
		    "write it in A-labels (xn--...)",
		    SPAN_ARGS(local), SPAN_ARGS(domain));
	pattern->kind = AUTHOR_WILD;
	pattern->local = pool_dup_lower(pool, local);
	pattern->domain = pool_dup_lower(pool, domain);
	return 0;
}

int
author_pattern_parse(struct pool *pool, struct span text,
    struct author_pattern *pattern, struct err *err)
{
	size_t at = span_find_last(text, '@');
	struct span local = span_slice(text, 0, at);
	struct span domain = span_slice(text, at + 1, text.len);

	*pattern = (struct author_pattern){ 0 };
	if (check_bytes(text, err) < 0)
		return -1;
	if (span_equal(text, SPAN("*")))
		return parse_wild(
		    pool, SPAN("*"), SPAN("*"), pattern, err);
	if (at == text.len && span_starts(text, SPAN("*.")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is no domain; write \"%.*s\" for all below it",
		    SPAN_ARGS(text),
		    SPAN_ARGS(span_slice(text, 1, text.len)));
	if (at == text.len)
		return parse_domain(pool, text, pattern, err);
	if (local.len == 0 || domain.len == 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is no address; write joe@example.com, or the "
		    "domain alone", SPAN_ARGS(text));
	if (has_star(domain))
		return parse_wild(pool, local, domain, pattern, err);
	if (span_starts(domain, SPAN(".")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" has no whole domain; write \"%.*s@*%.*s\"",
		    SPAN_ARGS(text), SPAN_ARGS(local), SPAN_ARGS(domain));
	if (parse_domain(pool, domain, pattern, err) < 0)
		return -1;
	if (span_equal(local, SPAN("*")))
		return 0;
	pattern->kind = has_star(local) ? AUTHOR_LOCAL : AUTHOR_ADDRESS;
	pattern->local = pool_dup_lower(pool, local);
	return 0;
}

bool
author_pattern_matches(
    const struct author_pattern *pattern, const struct author *author)
{
	switch (pattern->kind) {
	case AUTHOR_ADDRESS:
		return span_equal(pattern->local, author->local) &&
		    span_equal(pattern->domain, author->domain);
	case AUTHOR_LOCAL:
		return span_equal(pattern->domain, author->domain) &&
		    glob_matches(pattern->local, author->local);
	case AUTHOR_DOMAIN:
		return span_equal(pattern->domain, author->domain);
	case AUTHOR_BELOW:
		return author->domain.len > pattern->domain.len &&
		    span_ends_case(author->domain, pattern->domain);
	case AUTHOR_WILD:
		return glob_matches(pattern->domain, author->domain) &&
		    glob_matches(pattern->local, author->local);
	}
	return false;
}
