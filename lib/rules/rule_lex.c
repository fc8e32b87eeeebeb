/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_lex.h"

#include <string.h>

struct lexer {
	const struct rule_source *source;
	struct span text;
	size_t at;
	struct pool *pool;
	struct rule_tokens *tokens;
	struct rule_errors *errors;
};

/* Bytes of the UTF-8 character that starts at PTR (LEN bytes left), or 0. */
static size_t
utf8_length(const unsigned char *ptr, size_t len)
{
	size_t need;
	unsigned low = 0x80, high = 0xbf; /* of the second byte */

	if (ptr[0] < 0x80)
		return ptr[0] != 0 ? 1 : 0;
	if (ptr[0] < 0xc2 || ptr[0] > 0xf4)
		return 0;
	need = ptr[0] < 0xe0 ? 2 : ptr[0] < 0xf0 ? 3 : 4;
	if (need > len)
		return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if (ptr[0] == 0xe0)
		low = 0xa0;
	if (ptr[0] == 0xed)
		high = 0x9f;
	if (ptr[0] == 0xf0)
		low = 0x90;
	if (ptr[0] == 0xf4)
		high = 0x8f;
	if (ptr[1] < low || ptr[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((ptr[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

size_t
rule_find_not_utf8(struct span text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t len = utf8_length(
		    (const unsigned char *)text.ptr + at, text.len - at);

		if (len == 0)
			return at;
		at += len;
	}
	return text.len;
}

static struct rule_place
place_at(const struct lexer *lexer, size_t offset)
{
	return (struct rule_place){ lexer->source, offset };
}

static struct rule_token *
add_token(struct lexer *lexer, enum rule_token_kind kind, size_t start)
{
	struct rule_tokens *tokens = lexer->tokens;
	struct rule_token *token;

	tokens->items = pool_grow(lexer->pool, tokens->items, tokens->count,
	    sizeof(*tokens->items));
	token = &tokens->items[tokens->count++];
	*token = (struct rule_token){
		.kind = kind,
		.text = span_slice(lexer->text, start, lexer->at),
		.place = place_at(lexer, start),
		.end = lexer->at,
	};
	return token;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool
is_word_byte(char c)
{
	return !is_blank(c) && strchr("{}()[]\",#=", c) == NULL &&
	    (unsigned char)c > ' ' && c != 0x7f;
}

/* Goes to the end of the line, where an unclosed string or expression is
 * taken to stop. */
static void
skip_line(struct lexer *lexer)
{
	while (lexer->at < lexer->text.len &&
	    lexer->text.ptr[lexer->at] != '\n')
		lexer->at++;
}

/* True if a backslash and the character that it escapes, on the same line,
 * stand at OFFSET. */
static bool
starts_escape(const struct lexer *lexer, size_t offset)
{
	return lexer->text.ptr[offset] == '\\' &&
	    offset + 1 < lexer->text.len &&
	    lexer->text.ptr[offset + 1] != '\n';
}

/* "..." with \" and \\; starts at the first quote. */
static void
lex_string(struct lexer *lexer)
{
	size_t start = lexer->at++;
	struct rule_token *token;
	char *out;
	size_t len = 0;
	size_t end = lexer->at;

	while (end < lexer->text.len && lexer->text.ptr[end] != '"' &&
	    lexer->text.ptr[end] != '\n')
		end += starts_escape(lexer, end) ? 2 : 1;
	if (end >= lexer->text.len || lexer->text.ptr[end] == '\n') {
		rule_error(lexer->errors, place_at(lexer, start),
		    "this string has no closing \" on its line");
		skip_line(lexer);
		(void)add_token(lexer, TOKEN_BROKEN, start);
		return;
	}
	out = pool_alloc(lexer->pool, end - start + 1);
	for (size_t i = start + 1; i < end; i++) {
		char c = lexer->text.ptr[i];

		if (c == '\\') {
			c = lexer->text.ptr[++i];
			if (c != '"' && c != '\\')
				rule_error(lexer->errors,
				    place_at(lexer, i - 1),
				    "in a string, \\ may stand before \" and "
				    "\\ only; write \\\\ for the character "
				    "itself");
		}
		out[len++] = c;
	}
	lexer->at = end + 1;
	token = add_token(lexer, TOKEN_STRING, start);
	token->text = span_make(out, len);
}

static const struct {
	char letter;
	unsigned flag;
} regex_letters[] = {
	{ 'i', REGEX_CASELESS },
	{ 'm', REGEX_MULTILINE },
	{ 's', REGEX_DOTALL },
	{ 'x', REGEX_EXTENDED },
};

static unsigned
lex_regex_flags(struct lexer *lexer)
{
	unsigned flags = 0;

	for (; lexer->at < lexer->text.len &&
	    is_word_byte(lexer->text.ptr[lexer->at]);
	    lexer->at++) {
		unsigned flag = 0;

		for (size_t i = 0;
		    i < sizeof(regex_letters) / sizeof(regex_letters[0]); i++)
			if (lexer->text.ptr[lexer->at] ==
			    regex_letters[i].letter)
				flag = regex_letters[i].flag;
		if (flag == 0) {
			rule_error(lexer->errors, place_at(lexer, lexer->at),
			    "behind a regular expression only the letters i "
			    "(any case), m, s and x may stand");
			while (lexer->at + 1 < lexer->text.len &&
			    is_word_byte(lexer->text.ptr[lexer->at + 1]))
				lexer->at++;
		}
		flags |= flag;
	}
	return flags;
}

/* /.../flags on one line; \/ is a slash.  The text keeps its backslashes, for
 * PCRE2 reads \/ as a slash too. */
static void
lex_regex(struct lexer *lexer)
{
	size_t start = lexer->at++;
	size_t end = lexer->at;
	struct rule_token *token;
	unsigned flags;

	while (end < lexer->text.len && lexer->text.ptr[end] != '/' &&
	    lexer->text.ptr[end] != '\n')
		end += starts_escape(lexer, end) ? 2 : 1;
	if (end >= lexer->text.len || lexer->text.ptr[end] == '\n') {
		rule_error(lexer->errors, place_at(lexer, start),
		    "this regular expression has no closing / on its line; "
		    "write \\/ for a slash in it");
		skip_line(lexer);
		(void)add_token(lexer, TOKEN_BROKEN, start);
		return;
	}
	lexer->at = end + 1;
	flags = lex_regex_flags(lexer);
	token = add_token(lexer, TOKEN_REGEX, start);
	token->text = span_slice(lexer->text, start + 1, end);
	token->regex_flags = flags;
}

/* Quotation marks that word processors and habit put around texts, with what
 * closes them.  As part of a word they would be looked for in mail, where they
 * are not. */
static const struct {
	struct span open, close;
} foreign_quotes[] = {
	{ SPAN_INIT("'"), SPAN_INIT("'") },
	{ SPAN_INIT("`"), SPAN_INIT("'") },
	{ SPAN_INIT("\xe2\x80\x98"), SPAN_INIT("\xe2\x80\x99") },
	{ SPAN_INIT("\xe2\x80\x99"), SPAN_INIT("\xe2\x80\x99") },
	{ SPAN_INIT("\xe2\x80\x9a"), SPAN_INIT("\xe2\x80\x98") },
	{ SPAN_INIT("\xe2\x80\x9c"), SPAN_INIT("\xe2\x80\x9d") },
	{ SPAN_INIT("\xe2\x80\x9d"), SPAN_INIT("\xe2\x80\x9d") },
	{ SPAN_INIT("\xe2\x80\x9e"), SPAN_INIT("\xe2\x80\x9c") },
	{ SPAN_INIT("\xc2\xab"), SPAN_INIT("\xc2\xbb") },
};

bool
rule_text_is_quoted(struct span text)
{
	if (text.len > 1 && text.ptr[0] == '"' &&
	    text.ptr[text.len - 1] == '"')
		return true;
	for (size_t i = 0;
	    i < sizeof(foreign_quotes) / sizeof(foreign_quotes[0]); i++)
		if (text.len >= foreign_quotes[i].open.len +
			    foreign_quotes[i].close.len &&
		    span_starts(text, foreign_quotes[i].open) &&
		    span_ends_case(text, foreign_quotes[i].close))
			return true;
	return false;
}

/* A text in quotation marks of another kind: true after reporting, behind what
 * they enclose, or the word where none closes them on the line. */
static bool
lex_foreign_quote(struct lexer *lexer)
{
	struct span rest =
	    span_slice(lexer->text, lexer->at, lexer->text.len);
	size_t start = lexer->at;
	size_t i = 0, end;

	while (!span_starts(rest, foreign_quotes[i].open))
		if (++i == sizeof(foreign_quotes) / sizeof(foreign_quotes[0]))
			return false;
	rest = span_slice(rest, 0, span_find(rest, '\n'));
	end = foreign_quotes[i].open.len;
	while (end < rest.len &&
	    !span_starts(span_slice(rest, end, rest.len),
		foreign_quotes[i].close))
		end++;
	rule_error(lexer->errors, place_at(lexer, start),
	    "a text stands in straight double quotes, \"...\", and not in "
	    "%.*s", SPAN_ARGS(foreign_quotes[i].open));
	if (end < rest.len)
		lexer->at += end + foreign_quotes[i].close.len;
	while (lexer->at < lexer->text.len &&
	    is_word_byte(lexer->text.ptr[lexer->at]))
		lexer->at++;
	(void)add_token(lexer, TOKEN_BROKEN, start);
	return true;
}

/* A no-break space looks like a blank and is none. */
static bool
at_no_break_space(const struct lexer *lexer)
{
	return span_starts(span_slice(lexer->text, lexer->at, lexer->text.len),
	    SPAN("\xc2\xa0"));
}

/* A "#" behind the word that began at START: who writes C# does not mean C and
 * a comment.  Goes on behind what looks like the word. */
static void
lex_glued_comment(struct lexer *lexer, size_t start)
{
	rule_error(lexer->errors, place_at(lexer, lexer->at),
	    "a comment begins at this \"#\": put a blank before it, or the "
	    "text in double quotes");
	while (lexer->at < lexer->text.len &&
	    (lexer->text.ptr[lexer->at] == '#' ||
		is_word_byte(lexer->text.ptr[lexer->at])))
		lexer->at++;
	(void)add_token(lexer, TOKEN_BROKEN, start);
}

static void
lex_word(struct lexer *lexer)
{
	size_t start = lexer->at;
	struct span word;

	if (at_no_break_space(lexer)) {
		rule_error(lexer->errors, place_at(lexer, start),
		    "a no-break space is no blank; put an ordinary one");
		while (at_no_break_space(lexer))
			lexer->at += 2;
		return;
	}
	if (lex_foreign_quote(lexer))
		return;
	while (lexer->at < lexer->text.len &&
	    is_word_byte(lexer->text.ptr[lexer->at]) &&
	    !at_no_break_space(lexer))
		lexer->at++;
	if (lexer->at < lexer->text.len && lexer->text.ptr[lexer->at] == '#') {
		lex_glued_comment(lexer, start);
		return;
	}
	word = span_slice(lexer->text, start, lexer->at);
	if (word.ptr[word.len - 1] == ';') {
		rule_error(lexer->errors, place_at(lexer, lexer->at - 1),
		    "nothing ends with \";\" here; leave it out, or put a text "
		    "that has it in double quotes");
		(void)add_token(lexer, TOKEN_BROKEN, start);
		return;
	}
	(void)add_token(lexer, TOKEN_WORD, start);
}

static const struct {
	char c;
	enum rule_token_kind kind;
} marks[] = {
	{ '{', TOKEN_OPEN_BRACE },
	{ '}', TOKEN_CLOSE_BRACE },
	{ '(', TOKEN_OPEN_PAREN },
	{ ')', TOKEN_CLOSE_PAREN },
	{ '[', TOKEN_OPEN_BRACKET },
	{ ']', TOKEN_CLOSE_BRACKET },
	{ '=', TOKEN_EQUALS },
	{ ',', TOKEN_COMMA },
};

static void
lex_one(struct lexer *lexer)
{
	char c = lexer->text.ptr[lexer->at];

	if (c == '"') {
		lex_string(lexer);
		return;
	}
	if (c == '/') {
		lex_regex(lexer);
		return;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (c != marks[i].c)
			continue;
		lexer->at++;
		(void)add_token(lexer, marks[i].kind, lexer->at - 1);
		return;
	}
	if (is_word_byte(c)) {
		lex_word(lexer);
		return;
	}
	rule_error(lexer->errors, place_at(lexer, lexer->at),
	    "a control character (code %u) does not belong in a rule file",
	    (unsigned)(unsigned char)c);
	lexer->at++;
	(void)add_token(lexer, TOKEN_BROKEN, lexer->at - 1);
}

void
rule_lex(const struct rule_source *source, struct pool *pool,
    struct rule_tokens *tokens, struct rule_errors *errors)
{
	struct lexer lexer = {
		.source = source,
		.text = source->text,
		.pool = pool,
		.tokens = tokens,
		.errors = errors,
	};
	size_t bad = rule_find_not_utf8(source->text);

	if (bad < source->text.len) {
		/* What follows is in an unknown encoding: no use to go on. */
		rule_error(errors, place_at(&lexer, bad),
		    "this byte (0x%02x) is not UTF-8; save the file as UTF-8",
		    (unsigned)(unsigned char)source->text.ptr[bad]);
		lexer.text.len = bad;
	}
	if (span_starts(lexer.text, SPAN("\xef\xbb\xbf")))
		lexer.at = 3;
	while (lexer.at < lexer.text.len) {
		char c = lexer.text.ptr[lexer.at];

		if (is_blank(c))
			lexer.at++;
		else if (c == '#')
			skip_line(&lexer);
		else
			lex_one(&lexer);
	}
	(void)add_token(&lexer, TOKEN_END, lexer.at);
}

struct span
rule_token_name(const struct rule_token *token, struct pool *pool)
{
	enum { SHOWN_MAX = 40 };

	switch (token->kind) {
	case TOKEN_END:
		return SPAN("the end of the file");
	case TOKEN_STRING:
		return SPAN("a string");
	case TOKEN_REGEX:
		return SPAN("a regular expression");
	case TOKEN_BROKEN:
		return SPAN("a mistake");
	case TOKEN_WORD:
	case TOKEN_OPEN_BRACE:
	case TOKEN_CLOSE_BRACE:
	case TOKEN_OPEN_PAREN:
	case TOKEN_CLOSE_PAREN:
	case TOKEN_OPEN_BRACKET:
	case TOKEN_CLOSE_BRACKET:
	case TOKEN_EQUALS:
	case TOKEN_COMMA:
		break;
	}
	if (token->text.len <= SHOWN_MAX)
		return pool_printf(pool, "\"%.*s\"", SPAN_ARGS(token->text));
	return pool_printf(pool, "\"%.*s...\"", SHOWN_MAX, token->text.ptr);
}
