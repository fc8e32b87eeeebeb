/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that a fact never has.  A test with one of them would be true of no
 * message, or of all, and nobody would notice.
 */
#include "rules/rule_check.h"

#include "formats/address.h"
#include "formats/header.h"
#include "rules/rule_file_type.h"

/* What to write where TEXT was meant as a pattern. */
static struct span
pattern_advice(
    struct pool *pool, const struct rule_test *test, struct span text)
{
	struct span head = span_slice(text, 0, text.len - 1);
	struct span tail = span_slice(text, 1, text.len);

	if (text.len == 1)
		return test->negated ? SPAN("does not exist") : SPAN("exists");
	if (span_find(tail, '*') == tail.len)
		return pool_printf(pool, "%s %.*s",
		    test->negated ? "does not end with" : "ends with",
		    SPAN_ARGS(tail));
	if (span_find(head, '*') == head.len)
		return pool_printf(pool, "%s %.*s",
		    test->negated ? "does not start with" : "starts with",
		    SPAN_ARGS(head));
	return test->negated ? SPAN("does not match /.../")
			     : SPAN("matches /.../");
}

/* "*.exe": names that may have a "*" are not among these facts. */
static void
check_star(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	if (span_find(item->text, '*') == item->text.len)
		return;
	rule_error(check->errors, item->place,
	    "\"%.*s\" has a \"*\", which stands for itself only: write "
	    "\"%.*s\"",
	    SPAN_ARGS(item->text),
	    SPAN_ARGS(
		pattern_advice(check->errors->pool, test, item->text)));
}

/* An extension is what stands behind the last dot of a name, so none has one
 * itself. */
static void
check_extension(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	struct span text = item->text;
	size_t dot = span_find_last(text, '.');

	if (dot == text.len) {
		check_star(check, test, item);
		return;
	}
	rule_error(check->errors, item->place,
	    "an extension is what stands behind the last dot: write "
	    "\"%.*s\", not \"%.*s\"",
	    SPAN_ARGS(span_slice(text, dot + 1, text.len)), SPAN_ARGS(text));
}

static void
check_file_type(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	const char *meant;

	(void)test;
	if (rule_file_type_known(item->text))
		return;
	meant = rule_suggest(rule_file_classes, item->text);
	rule_error(check->errors, item->place,
	    "\"%.*s\" is neither a class of files nor a type such as "
	    "\"application/pdf\" or \"image/*\"%s%s%s",
	    SPAN_ARGS(item->text), meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

static void
check_header_name(const struct rule_check *check,
    const struct rule_test *test, const struct rule_token *item)
{
	if (header_name_check(item->text) < 0)
		rule_error(check->errors, item->place,
		    "\"%.*s\" cannot be the name of a header: one has no "
		    "colon and no blanks",
		    SPAN_ARGS(item->text));
	else
		check_star(check, test, item);
}

/* True if TEXT is what OpenSSL may call a version: "TLSv1", "TLSv1.2". */
static bool
is_tls_version(struct span text)
{
	struct span number = span_slice(text, 4, text.len);

	if (!span_starts_case(text, SPAN("TLSv")) &&
	    !span_starts_case(text, SPAN("SSLv")))
		return false;
	for (size_t i = 0; i < number.len; i++)
		if (i == 1 ? number.ptr[i] != '.'
			   : number.ptr[i] < '1' || number.ptr[i] > '9')
			return false;
	return number.len == 1 || number.len == 3;
}

static void
check_tls_version(const struct rule_check *check,
    const struct rule_test *test, const struct rule_token *item)
{
	(void)test;
	if (is_tls_version(item->text))
		return;
	rule_error(check->errors, item->place,
	    "\"%.*s\" is not what a version of TLS is called: write "
	    "\"TLSv1\", \"TLSv1.1\", \"TLSv1.2\" or \"TLSv1.3\"%s",
	    SPAN_ARGS(item->text),
	    span_equal(item->text, SPAN("verified"))
		? "; whether the client is known is \"client certificate is "
		  "verified\""
		: "");
}

/* Results of RFC 8601 and some that are seen beside them.  Methods may have
 * more, so only what is nearly one of these is a mistake. */
static const char *const results[] = { "none", "pass", "fail", "softfail",
	"hardfail", "softpass", "bestguesspass", "neutral", "policy",
	"temperror", "permerror", "discard", "nxdomain", "skipped",
	"declined", "unknown", NULL };

static void
check_result(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	struct span text = pool_dup_lower(check->errors->pool, item->text);
	const char *meant = rule_suggest(results, text);

	(void)test;
	if (rule_word_index(results, text) >= 0 || meant == NULL)
		return;
	rule_error(check->errors, item->place,
	    "\"%.*s\" is no result; did you mean \"%s\"?",
	    SPAN_ARGS(item->text), meant);
}

/* "To: Ann <ann@example.com>" is not ann@example.com. */
static void
check_header_value(const struct rule_check *check,
    const struct rule_test *test, const struct rule_token *item)
{
	struct address address;
	struct err err;

	if (address_parse(item->text, &address, &err) < 0 ||
	    address.domain.len == 0 ||
	    !span_equal(address.text, item->text))
		return;
	rule_error(check->errors, item->place,
	    "a header \"%.*s\" may have a name beside the address: write "
	    "header address \"%.*s\"",
	    SPAN_ARGS(test->header), SPAN_ARGS(test->header));
}

/* Of a list of names that stands for one of domains, which would have been
 * checked as such. */
static void
check_domain(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	(void)test;
	(void)rule_check_domain(check, item->text, item->place);
}

/* The same where it stands for what clients call themselves. */
static void
check_helo(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	(void)test;
	(void)rule_check_helo(check, item->text, item->place);
}

/* A header as it is has lost the blanks at both ends, so a text that is
 * compared with one of its ends has none there. */
static void
report_blank(const struct rule_check *check, const struct rule_token *item)
{
	rule_error(check->errors, item->place,
	    "\"%.*s\" has a blank at an end where a header has none; leave it "
	    "out",
	    SPAN_ARGS(item->text));
}

static void
check_front(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	struct span trimmed = span_trim(item->text);

	(void)test;
	if (trimmed.len > 0 && trimmed.ptr > item->text.ptr)
		report_blank(check, item);
}

static void
check_end(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	struct span trimmed = span_trim(item->text);

	(void)test;
	if (trimmed.len > 0 &&
	    trimmed.ptr + trimmed.len < item->text.ptr + item->text.len)
		report_blank(check, item);
}

static void
check_both_ends(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	(void)test;
	if (span_trim(item->text).len < item->text.len)
		report_blank(check, item);
}

/* TABLE.COLUMN where TABLE[KEY].COLUMN is meant: true after reporting. */
static bool
is_column(const struct rule_check *check, const struct rule_token *item)
{
	size_t dot = span_find(item->text, '.');
	struct span column = span_slice(item->text, dot + 1, item->text.len);
	const struct rule_table *table =
	    rule_check_table(check, span_slice(item->text, 0, dot));

	if (item->kind != TOKEN_WORD || table == NULL || table->broken ||
	    rule_check_column(table, column) == NULL)
		return false;
	rule_error(check->errors, item->place,
	    "\"%.*s\" is no value here; a column is written %.*s[%s].%.*s",
	    SPAN_ARGS(item->text), SPAN_ARGS(table->name), table->key->phrase,
	    SPAN_ARGS(column));
	return true;
}

/* "sender domain is External": a word that is nearly "internal" or
 * "external". */
static void
check_side(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	static const char *const sides[] = { "internal", "external", NULL };
	struct span text = pool_dup_lower(check->errors->pool, item->text);
	int index = rule_word_index(sides, text);
	const char *meant =
	    index >= 0 ? sides[index] : rule_suggest(sides, text);

	if (item->kind != TOKEN_WORD || meant == NULL ||
	    span_find(text, '.') < text.len)
		return;
	rule_error(check->errors, item->place,
	    "\"%.*s\" is no domain; did you mean \"%s %s\"? A domain that is "
	    "called so stands in quotes",
	    SPAN_ARGS(item->text), test->negated ? "is not" : "is", meant);
}

/* ITEM of TEST itself, with which the whole of the fact is compared. */
static void
check_own(const struct rule_check *check, const struct rule_test *test,
    const struct rule_token *item)
{
	/* What else is no address is reported where it is made one. */
	if (test->fact->type != TYPE_ADDRESS && is_column(check, item))
		return;
	if (test->fact->type == TYPE_DOMAIN)
		check_side(check, test, item);
}

/* How values are checked.  What is reported of one must not depend on the test
 * but for the wording, for a list has each check once. */
enum value_check {
	CHECK_STAR,
	CHECK_EXTENSION,
	CHECK_FILE_TYPE,
	CHECK_HEADER_NAME,
	CHECK_HEADER_VALUE,
	CHECK_TLS_VERSION,
	CHECK_RESULT,
	CHECK_FRONT,
	CHECK_END,
	CHECK_BOTH_ENDS,
	CHECK_DOMAIN,
	CHECK_HELO,
	CHECK_COUNT,
};

static void (*const functions[])(const struct rule_check *check,
    const struct rule_test *test, const struct rule_token *item) = {
	[CHECK_STAR] = check_star,
	[CHECK_EXTENSION] = check_extension,
	[CHECK_FILE_TYPE] = check_file_type,
	[CHECK_HEADER_NAME] = check_header_name,
	[CHECK_HEADER_VALUE] = check_header_value,
	[CHECK_TLS_VERSION] = check_tls_version,
	[CHECK_RESULT] = check_result,
	[CHECK_FRONT] = check_front,
	[CHECK_END] = check_end,
	[CHECK_BOTH_ENDS] = check_both_ends,
	[CHECK_DOMAIN] = check_domain,
	[CHECK_HELO] = check_helo,
};

static bool
compares_whole(const struct rule_test *test)
{
	return test->verb == VERB_IS || test->verb == VERB_IN;
}

static bool
compares_text(const struct rule_test *test)
{
	return test->verb != VERB_MATCHES;
}

static bool
compares_front(const struct rule_test *test)
{
	return test->verb == VERB_STARTS_WITH;
}

static bool
compares_end(const struct rule_test *test)
{
	return test->verb == VERB_ENDS_WITH;
}

static bool
compares_addresses(const struct rule_test *test)
{
	static const char *const fields[] = { "to", "cc", "bcc", "from",
		"sender", "reply-to", NULL };

	if (!compares_whole(test))
		return false;
	for (size_t i = 0; fields[i] != NULL; i++)
		if (span_equal_case(test->header, span_of(fields[i])))
			return true;
	return false;
}

/* Of a property, as "dkim.header.d", the value may be anything. */
static bool
compares_property(const struct rule_test *test)
{
	return compares_whole(test) &&
	    span_find(test->header, '.') < test->header.len;
}

static bool
compares_result(const struct rule_test *test)
{
	return compares_whole(test) && !compares_property(test);
}

static const struct {
	enum rule_fact_id fact;
	bool (*applies)(const struct rule_test *test);
	enum value_check check;
} checks[] = {
	{ FACT_LOGIN, compares_whole, CHECK_STAR },
	{ FACT_LISTENER, compares_whole, CHECK_STAR },
	{ FACT_TLS_VERSION, compares_whole, CHECK_TLS_VERSION },
	{ FACT_TLS_CIPHER, compares_whole, CHECK_STAR },
	{ FACT_RESULT, compares_result, CHECK_RESULT },
	{ FACT_RESULT, compares_property, CHECK_STAR },
	{ FACT_CHARSET, compares_whole, CHECK_STAR },
	{ FACT_HEADER, compares_addresses, CHECK_HEADER_VALUE },
	{ FACT_HEADER_NAME, compares_whole, CHECK_HEADER_NAME },
	{ FACT_RAW_HEADER, compares_whole, CHECK_BOTH_ENDS },
	{ FACT_RAW_HEADER, compares_front, CHECK_FRONT },
	{ FACT_RAW_HEADER, compares_end, CHECK_END },
	{ FACT_HEADER_RAW_VALUE, compares_whole, CHECK_BOTH_ENDS },
	{ FACT_HEADER_RAW_VALUE, compares_front, CHECK_FRONT },
	{ FACT_HEADER_RAW_VALUE, compares_end, CHECK_END },
	{ FACT_ATTACHMENT_NAME, compares_text, CHECK_STAR },
	{ FACT_ATTACHMENT_EXTENSION, compares_text, CHECK_EXTENSION },
	{ FACT_ATTACHMENT_TYPE, compares_whole, CHECK_FILE_TYPE },
};

/* The checks that each value of TEST is to have, as bits. */
static unsigned
find_checks(const struct rule_test *test)
{
	const struct rule_list *list = test->operand.list;
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].fact == test->fact->id && checks[i].applies(test))
			found |= 1u << checks[i].check;
	if (list != NULL && list->kind == LIST_NAMES &&
	    test->fact->type == TYPE_DOMAIN && compares_whole(test))
		found |= 1u << (test->fact->id == FACT_HELO ? CHECK_HELO
							     : CHECK_DOMAIN);
	return found;
}

/* Makes the checks FOUND of the values of TEST. */
static void
check_items(const struct rule_check *check, const struct rule_test *test,
    unsigned found)
{
	const struct rule_token *items;
	size_t count = rule_operand_items(&test->operand, &items);

	for (unsigned how = 0; how < CHECK_COUNT; how++) {
		if ((found & (1u << how)) == 0)
			continue;
		for (size_t i = 0; i < count; i++)
			if (items[i].kind != TOKEN_REGEX)
				functions[how](check, test, &items[i]);
	}
}

void
rule_check_values(
    const struct rule_check *check, const struct rule_test *test)
{
	const struct rule_operand *operand = &test->operand;
	unsigned found = find_checks(test);

	if (operand->list != NULL) {
		/* Many tests may name one long list. */
		found &= ~operand->list->checked;
		operand->list->checked |= found;
	} else if (compares_whole(test)) {
		for (size_t i = 0; i < operand->count; i++)
			if (operand->items[i].kind != TOKEN_REGEX)
				check_own(check, test, &operand->items[i]);
	}
	check_items(check, test, found);
}
