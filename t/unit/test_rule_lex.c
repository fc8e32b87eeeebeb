/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_lex.h"

#include "t/unit/suite.h"

#include <string.h>

/* Each token as its letter and, where it has one, its text. */
static void
lex(struct span text, struct buf *out, size_t *errors)
{
	static const char letters[] = "$wsr{}()[]=,!";
	struct pool *pool = pool_new();
	struct rule_source source = { .name = SPAN("r"), .text = text };
	struct rule_tokens tokens = { 0 };
	struct rule_errors found = { .pool = pool };

	rule_lex(&source, pool, &tokens, &found);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct rule_token *token = &tokens.items[i];

		(void)buf_append_char(out, letters[token->kind]);
		if (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING ||
		    token->kind == TOKEN_REGEX)
			(void)buf_printf(
			    out, "<%.*s>", SPAN_ARGS(token->text));
		if (token->kind == TOKEN_REGEX)
			(void)buf_printf(out, "%u", token->regex_flags);
	}
	*errors = found.count;
	pool_free(&pool);
}

START_TEST(tokens)
{
	static const struct {
		const char *text, *tokens;
		size_t errors;
	} table[] = {
		{ "", "$", 0 },
		{ " \t\r\n\f", "$", 0 },
		{ "# all of it", "$", 0 },
		{ "a #b\nc", "w<a>w<c>$", 0 },
		{ "a#b\nc", "!w<c>$", 1 },
		{ "\357\273\277a", "w<a>$", 0 },
		{ "a-b.c@d/24 2001:db8::/32", "w<a-b.c@d/24>w<2001:db8::/32>$",
		    0 },
		{ "{a}(b)[c]=,", "{w<a>}(w<b>)[w<c>]=,$", 0 },
		{ "a{", "w<a>{$", 0 },
		{ "\"\"", "s<>$", 0 },
		{ "\"a b\"c", "s<a b>w<c>$", 0 },
		{ "\"\\\"\\\\\"", "s<\"\\>$", 0 },
		{ "\"\\n\"", "s<n>$", 1 },
		{ "\"a", "!$", 1 },
		{ "\"a\\", "!$", 1 },
		{ "\"a\\\n\" b", "!!$", 2 },
		{ "/a/", "r<a>0$", 0 },
		{ "/a\\/b/i", "r<a\\/b>1$", 0 },
		{ "/a/ims x", "r<a>7w<x>$", 0 },
		{ "/a/q", "r<a>0$", 1 },
		{ "/a", "!$", 1 },
		{ "/a\\", "!$", 1 },
		{ "/a\n/b/", "!r<b>0$", 1 },
		{ "a\001b", "w<a>!w<b>$", 1 },
		{ "a\177", "w<a>!$", 1 },
		{ "\303\244", "w<\303\244>$", 0 },
		{ "a \303", "w<a>$", 1 },
		{ "a \355\240\200", "w<a>$", 1 },
		{ "a \300\200", "w<a>$", 1 },
		{ "a \364\220\200\200", "w<a>$", 1 },
		{ "a \360\237\230\200", "w<a>w<\360\237\230\200>$", 0 },
	};
	struct buf out;

	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t errors;

		buf_reset(&out);
		lex(span_of(table[i].text), &out, &errors);
		ck_assert_msg(
		    strcmp(buf_string(&out), table[i].tokens) == 0 &&
			errors == table[i].errors,
		    "<%s> is %s with %zu mistakes", table[i].text,
		    buf_string(&out), errors);
	}
	buf_free(&out);
}
END_TEST

START_TEST(nul)
{
	struct buf out;
	size_t errors;

	buf_init(&out, 4096);
	lex(span_make("a\0b", 3), &out, &errors);
	ck_assert_str_eq(buf_string(&out), "w<a>$");
	ck_assert_uint_eq(errors, 1);
	buf_free(&out);
}
END_TEST

START_TEST(suggestions)
{
	static const char *const words[] = { "recipient", "reject", "is",
		"audit", NULL };
	static const struct {
		const char *word, *meant;
	} table[] = {
		{ "recipent", "recipient" },
		{ "recipeint", "recipient" },
		{ "recepeint", "recipient" },
		{ "rcpt", NULL },
		{ "rejct", "reject" },
		{ "ejectt", "reject" },
		{ "si", NULL },
		{ "iss", "is" },
		{ "adit", "audit" },
		{ "aduti", NULL },
		{ "reject", NULL },
		{ "", NULL },
		{ "recipient-with-a-very-long-tail-that-no-other-has", NULL },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *meant =
		    rule_suggest(words, span_of(table[i].word));

		if (table[i].meant == NULL)
			ck_assert_msg(meant == NULL, "%s: %s", table[i].word,
			    meant);
		else
			ck_assert_msg(meant != NULL &&
				strcmp(meant, table[i].meant) == 0,
			    "%s", table[i].word);
	}
}
END_TEST

SUITE_MAIN("rule_lex", tokens, nul, suggestions)
