/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/regex.h"

#include "base/xalloc.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>

enum {
	/* Steps of one search: an honest expression needs a few for each byte
	 * that could start a match; a hostile text must not buy seconds. */
	MATCH_LIMIT_BASE = 1000 * 1000,
	MATCH_LIMIT_BYTE = 20,
	HEAP_LIMIT_KB = 20 * 1024,
	/* The machine stack's 32 KB are too few for nested repeats on long
	 * texts; the library takes what it uses only. */
	JIT_STACK_START = 32 * 1024,
	JIT_STACK_MAX = 1024 * 1024,
};

struct regex {
	pcre2_code *code;
	bool fast;
};

struct regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	int (*may_go_on)(void *context, struct err *err); /* may be NULL */
	void *guard;
};

static uint32_t
pcre_options(unsigned flags)
{
	/* Texts come from decoders and may still hold any byte. */
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;

	if (flags & REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_AT_START)
		options |= PCRE2_ANCHORED;
	if (flags & REGEX_TO_END)
		options |= PCRE2_ENDANCHORED;
	if (flags & REGEX_LITERAL)
		return options | PCRE2_LITERAL;
	/* \C would match a byte in the middle of a character. */
	options |= PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	if (flags & REGEX_EXTENDED)
		options |= PCRE2_EXTENDED;
	return options;
}

struct regex *
regex_new(struct span pattern, unsigned flags, size_t *offset, struct err *err)
{
	struct regex *regex;
	pcre2_code *code;
	PCRE2_UCHAR text[256];
	PCRE2_SIZE where = 0;
	int error = 0;

	code = pcre2_compile((PCRE2_SPTR)(pattern.len > 0 ? pattern.ptr : ""),
	    pattern.len, pcre_options(flags), &error, &where, NULL);
	if (code == NULL) {
		(void)pcre2_get_error_message(error, text, sizeof(text));
		*offset = where < pattern.len ? where : pattern.len;
		(void)err_set(err, ERR_CONFIG, "%s", (const char *)text);
		return NULL;
	}
	regex = xalloc(sizeof(*regex));
	regex->code = code;
	regex->fast = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
	return regex;
}

void
regex_free(struct regex **regex)
{
	if (*regex == NULL)
		return;
	pcre2_code_free((*regex)->code);
	free(*regex);
	*regex = NULL;
}

bool
regex_is_fast(const struct regex *regex)
{
	return regex->fast;
}

struct regex_scratch *
regex_scratch_new(void)
{
	return xalloc(sizeof(struct regex_scratch));
}

void
regex_scratch_guard(struct regex_scratch *scratch,
    int (*may_go_on)(void *context, struct err *err), void *context)
{
	scratch->may_go_on = may_go_on;
	scratch->guard = context;
}

/* Most messages meet no expression, so SCRATCH is filled at its first use.
 * What cannot be had is missed in regex_find, where a fault has a declared
 * outcome. */
static void
prepare(struct regex_scratch *scratch)
{
	scratch->data = pcre2_match_data_create(1, NULL);
	scratch->context = pcre2_match_context_create(NULL);
	if (scratch->context == NULL)
		return;
	(void)pcre2_set_heap_limit(scratch->context, HEAP_LIMIT_KB);
	scratch->stack =
	    pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	if (scratch->stack != NULL)
		pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
}

void
regex_scratch_free(struct regex_scratch **scratch)
{
	if (*scratch == NULL)
		return;
	pcre2_jit_stack_free((*scratch)->stack);
	pcre2_match_context_free((*scratch)->context);
	pcre2_match_data_free((*scratch)->data);
	free(*scratch);
	*scratch = NULL;
}

static uint32_t
match_limit(size_t len)
{
	if (len > (UINT32_MAX - MATCH_LIMIT_BASE) / MATCH_LIMIT_BYTE)
		return UINT32_MAX;
	return MATCH_LIMIT_BASE + (uint32_t)len * MATCH_LIMIT_BYTE;
}

enum regex_result
regex_find(const struct regex *regex, struct span text, size_t from,
    struct regex_scratch *scratch, struct regex_match *match, struct err *err)
{
	PCRE2_UCHAR why[256];
	const PCRE2_SIZE *ovector;
	int result = PCRE2_ERROR_NOMEMORY;

	if (scratch->may_go_on != NULL &&
	    scratch->may_go_on(scratch->guard, err) < 0)
		return REGEX_FAULT;
	if (scratch->data == NULL && scratch->context == NULL)
		prepare(scratch);
	if (scratch->data != NULL && scratch->context != NULL) {
		(void)pcre2_set_match_limit(
		    scratch->context, match_limit(text.len));
		result = pcre2_match(regex->code,
		    (PCRE2_SPTR)(text.len > 0 ? text.ptr : ""), text.len, from,
		    0, scratch->data, scratch->context);
	}
	if (result == PCRE2_ERROR_NOMATCH)
		return REGEX_NO_MATCH;
	if (result < 0) {
		(void)pcre2_get_error_message(result, why, sizeof(why));
		(void)err_set(err, ERR_LIMIT,
		    "regular expression on %zu bytes of text: %s", text.len,
		    (const char *)why);
		return REGEX_FAULT;
	}
	ovector = pcre2_get_ovector_pointer(scratch->data);
	/* \K in a lookahead can put the start behind the end. */
	match->start = ovector[0] < ovector[1] ? ovector[0] : ovector[1];
	match->end = ovector[1];
	return REGEX_MATCH;
}
