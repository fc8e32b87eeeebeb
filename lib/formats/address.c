/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading takes what can mean one mailbox only, also beyond the letter of the
 * RFC: empty atoms ("a..b"), unqualified names, raw UTF-8.  MTAs take more,
 * such as blanks and comments, and clean it in ways of their own; nobody can
 * tell from here whom they will mean, so that is no address.  What we hand to
 * an MTA (address_check_single) is held to the letter of the RFC.
 */
#include "formats/address.h"

#include "formats/ip.h"

#include <string.h>

enum {
	LOCAL_MAX = 64,   /* bytes, RFC 5321 section 4.5.3.1.1 */
	DOMAIN_MAX = 255, /* section 4.5.3.1.2 */
};

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* May C stand in an atom?  RFC 5322 section 3.2.3, and any non-ASCII byte
 * (RFC 6531 section 3.3). */
static bool
is_atom(char c)
{
	return !is_control(c) && strchr(" ()<>[]:;@\\,.\"", c) == NULL;
}

/* The offset behind the quoted string that starts at AT, or 0. */
static size_t
skip_quoted(struct span text, size_t at)
{
	for (size_t i = at + 1; i < text.len; i++) {
		if (text.ptr[i] == '"')
			return i + 1;
		if (text.ptr[i] == '\\')
			i++;
		if (i >= text.len || is_control(text.ptr[i]))
			return 0;
	}
	return 0;
}

/* The offset behind the local part that starts TEXT, or 0. */
static size_t
skip_local(struct span text)
{
	size_t at = 0;

	while (at < text.len) {
		char c = text.ptr[at];

		if (c == '"' && (at == 0 || text.ptr[at - 1] == '.')) {
			at = skip_quoted(text, at);
			if (at == 0)
				return 0;
			if (at < text.len && text.ptr[at] != '.' &&
			    text.ptr[at] != '@')
				return 0;
		} else if (c == '.' || is_atom(c)) {
			at++;
		} else {
			break;
		}
	}
	return at;
}

/* 0 if LITERAL is an address in brackets as RFC 5321 section 4.1.3 has them:
 * Sendmail reads a list, a route or a comment also where it stands there. */
static int
check_literal(struct span literal)
{
	struct span text = span_slice(literal, 1, literal.len - 1);
	bool tagged = span_starts_case(text, SPAN("IPv6:"));
	struct span number = span_slice(text, tagged ? 5 : 0, text.len);
	bool has_colon = span_find(number, ':') < number.len;
	struct ip ip;

	return ip_parse(text, &ip) < 0 || has_colon != tagged ? -1 : 0;
}

/* The offset behind the domain or address literal that starts at AT; AT if
 * there is none.  Brackets with nothing between them are qmail's bounces. */
static size_t
skip_domain(struct span text, size_t at)
{
	size_t end = at;

	if (end < text.len && text.ptr[end] == '[') {
		do {
			end++;
			if (end >= text.len || text.ptr[end] <= ' ' ||
			    text.ptr[end] > '~' || text.ptr[end] == '[' ||
			    text.ptr[end] == '\\')
				return at;
		} while (text.ptr[end] != ']');
		end++;
		return end == at + 2 ||
			check_literal(span_slice(text, at, end)) == 0
		    ? end
		    : at;
	}
	while (end < text.len &&
	    (text.ptr[end] == '.' || is_atom(text.ptr[end])))
		end++;
	return end;
}

/* The offset behind a source route "@a,@b:", 0 where there is none, or
 * TEXT.len where it has no end. */
static size_t
skip_route(struct span text)
{
	size_t at = 0;

	while (at < text.len && text.ptr[at] == '@') {
		size_t end = skip_domain(text, at + 1);

		if (end == at + 1 || end >= text.len)
			return text.len;
		if (text.ptr[end] == ':')
			return end + 1;
		if (text.ptr[end] != ',')
			return text.len;
		at = end + 1;
	}
	return at == 0 ? 0 : text.len;
}

static bool
has_empty_label(struct span domain)
{
	struct span label;

	if (domain.ptr[domain.len - 1] == '.')
		return true;
	while (span_next(&domain, '.', &label))
		if (label.len == 0)
			return true;
	return false;
}

static int
unreadable(struct span path, const char *why, struct err *err)
{
	return err_set(err, ERR_INPUT, "cannot read the address \"%.*s\": %s",
	    SPAN_ARGS(path), why);
}

int
address_parse(struct span path, struct address *address, struct err *err)
{
	struct span text = path;
	struct address parsed = { .routed = false };
	size_t at, end;

	if (span_starts(text, SPAN("<"))) {
		if (text.len < 2 || text.ptr[text.len - 1] != '>')
			return unreadable(path, "\">\" is missing", err);
		text = span_slice(text, 1, text.len - 1);
	}
	at = skip_route(text);
	if (at > 0) {
		text = span_slice(text, at, text.len);
		parsed.routed = true;
		if (text.len == 0)
			return unreadable(
			    path, "nothing follows its source route", err);
	}
	parsed.text = text;
	if (text.len == 0) {
		*address = parsed;
		return 0;
	}
	at = skip_local(text);
	if (at == 0)
		return unreadable(path, "its local part is malformed", err);
	parsed.local = span_slice(text, 0, at);
	if (at < text.len && text.ptr[at] == '@') {
		end = skip_domain(text, at + 1);
		parsed.domain = span_slice(text, at + 1, end);
		/* "example.com." is the same domain, and both MTAs say so:
		 * a list of domains must not be evaded by the dot. */
		if (parsed.domain.len > 1 && text.ptr[end - 1] == '.')
			parsed.domain.len--;
		if (parsed.domain.len == 0 &&
		    span_starts(
			span_slice(text, at + 1, text.len), SPAN("[")))
			return unreadable(path,
			    "what is in brackets is no IP address; write "
			    "[192.0.2.1] or [IPv6:2001:db8::1]",
			    err);
		if (parsed.domain.len == 0 || has_empty_label(parsed.domain))
			return unreadable(
			    path, "its domain or a part of it is empty", err);
		at = end;
	}
	if (at < text.len)
		return unreadable(path, "it does not end with its domain", err);
	*address = parsed;
	return 0;
}

/* Takes the next byte that the quoted or plain local part *REST stands for;
 * false at the end. */
static bool
next_meant(struct span *rest, char *c)
{
	size_t at = 0;

	while (at < rest->len && rest->ptr[at] == '"')
		at++;
	if (at + 1 < rest->len && rest->ptr[at] == '\\')
		at++;
	if (at >= rest->len)
		return false;
	*c = rest->ptr[at];
	*rest = span_slice(*rest, at + 1, rest->len);
	return true;
}

/* True if LOCAL is a dot-string (RFC 5321 section 4.1.2): needs no quotes. */
static bool
is_dot_string(struct span local)
{
	bool in_atom = false;

	for (size_t i = 0; i < local.len; i++) {
		bool atom = is_atom(local.ptr[i]);

		if (!atom && (local.ptr[i] != '.' || !in_atom))
			return false;
		in_atom = atom;
	}
	return in_atom;
}

struct span
address_local_meant(struct pool *pool, struct span local)
{
	char *meant = pool_alloc(pool, local.len + 1);
	size_t len = 0;
	char c;

	while (next_meant(&local, &c))
		meant[len++] = c;
	return span_make(meant, len);
}

struct span
address_local_quote(struct pool *pool, struct span meant)
{
	char *quoted;
	size_t len = 0;

	if (is_dot_string(meant))
		return meant;
	quoted = pool_alloc(pool, 2 * meant.len + 2);
	quoted[len++] = '"';
	for (size_t i = 0; i < meant.len; i++) {
		if (meant.ptr[i] == '"' || meant.ptr[i] == '\\')
			quoted[len++] = '\\';
		quoted[len++] = meant.ptr[i];
	}
	quoted[len++] = '"';
	return span_make(quoted, len);
}

/* LOCAL with the fewest quotes that mean the same. */
static struct span
plain_local(struct pool *pool, struct span local)
{
	return span_find(local, '"') == local.len
	    ? local
	    : address_local_quote(pool, address_local_meant(pool, local));
}

struct span
address_plain(struct pool *pool, const struct address *address)
{
	struct span local = plain_local(pool, address->local);

	if (address->domain.len == 0)
		return local;
	/* As nearly all are: no copy for each rule that looks at it. */
	if (local.ptr == address->text.ptr)
		return span_slice(
		    address->text, 0, local.len + 1 + address->domain.len);
	return pool_printf(pool, "%.*s@%.*s", SPAN_ARGS(local),
	    SPAN_ARGS(address->domain));
}

struct span
address_key(struct pool *pool, const struct address *address)
{
	return pool_dup_lower(pool, address_plain(pool, address));
}

bool
address_local_is(const struct address *address, struct span name)
{
	struct span rest = address->local;
	size_t at = 0;
	char c;

	while (next_meant(&rest, &c)) {
		if (at >= name.len || span_lower(c) != span_lower(name.ptr[at]))
			return false;
		at++;
	}
	return at == name.len;
}

bool
address_local_routes(const struct address *address)
{
	struct span rest = address->local;
	char c;

	while (next_meant(&rest, &c))
		if (c == '%' || c == '!' || c == '@')
			return true;
	return false;
}

bool
domain_matches(struct span domain, struct span pattern)
{
	if (domain.len == 0)
		return false;
	if (span_starts(pattern, SPAN(".")))
		return domain.len > pattern.len &&
		    span_ends_case(domain, pattern);
	return span_equal_case(domain, pattern);
}

static bool
is_label_byte(char c)
{
	c = span_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_';
}

bool
domain_pattern_is_valid(struct span pattern)
{
	struct span domain = pattern;
	bool literal = span_starts(domain, SPAN("["));
	bool good;

	if (span_starts(domain, SPAN(".")))
		domain = span_slice(domain, 1, domain.len);
	good = domain.len > 0 && skip_domain(domain, 0) == domain.len &&
	    !has_empty_label(domain);
	for (size_t i = 0; i < domain.len && !literal; i++)
		if (domain.ptr[i] != '.' && !is_label_byte(domain.ptr[i]) &&
		    (unsigned char)domain.ptr[i] < 0x80)
			good = false;
	return good;
}

int
domain_pattern_check(const char *pattern, struct err *err)
{
	if (domain_pattern_is_valid(span_of(pattern)))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is no domain; write example.com or, for all domains below "
	    "it, .example.com",
	    pattern);
}

/* 0 if DOMAIN is a host name of letters, digits and inner hyphens (RFC 5321
 * section 4.1.2) or an address literal. */
static int
check_domain(struct span domain)
{
	struct span label;

	if (domain.len > DOMAIN_MAX)
		return -1;
	if (span_starts(domain, SPAN("[")))
		return check_literal(domain);
	while (span_next(&domain, '.', &label)) {
		if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
			return -1;
		for (size_t i = 0; i < label.len; i++)
			if (!is_label_byte(label.ptr[i]))
				return -1;
	}
	return 0;
}

static bool
begins_with_hyphen(struct span local)
{
	char c;

	return next_meant(&local, &c) && c == '-';
}

int
address_check_single(struct span text, struct err *err)
{
	struct address address;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < ' ' || text.ptr[i] > '~')
			return unreadable(text,
			    "only printable ASCII may be used here", err);
	if (span_starts(text, SPAN("<")) || span_starts(text, SPAN("@")))
		return unreadable(
		    text, "write it without \"<>\" and source route", err);
	if (address_parse(text, &address, err) < 0)
		return -1;
	if (address.domain.len == 0)
		return unreadable(text, "it has no domain", err);
	/* A dot behind the domain is none of the RFC's. */
	if (text.ptr[text.len - 1] == '.' || check_domain(address.domain) < 0)
		return unreadable(text, "its domain is malformed", err);
	if (address.local.len > LOCAL_MAX)
		return unreadable(
		    text, "its local part is longer than 64 bytes", err);
	if (address_local_routes(&address))
		return unreadable(text,
		    "\"%\", \"!\" and \"@\" in its local part would route it "
		    "elsewhere",
		    err);
	if (begins_with_hyphen(address.local))
		return unreadable(
		    text, "an MTA takes the \"-\" for an option", err);
	if (span_starts(address.local, SPAN("\"")) &&
	    skip_quoted(address.local, 0) != address.local.len)
		return unreadable(
		    text, "its local part is quoted in part only", err);
	if (!span_starts(address.local, SPAN("\"")) &&
	    !is_dot_string(address.local))
		return unreadable(text, "its local part is malformed", err);
	return 0;
}
