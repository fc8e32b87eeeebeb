/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The field is first cut into tokens; blanks, folds and comments vanish in
 * that step.  The grammar then looks at most one token ahead: what stands
 * before "<" was a display name, what stands before ":" a group's name, and
 * anything else must have been an address.
 */
#include "formats/mailbox.h"

#include <string.h>

enum token_kind {
	TOKEN_END,
	TOKEN_ATOM,
	TOKEN_QUOTED,  /* "quoted string" with its quotes */
	TOKEN_LITERAL, /* [domain literal] with its brackets */
	TOKEN_SPECIAL, /* one of <>,:;@. */
};

struct token {
	enum token_kind kind;
	struct span text;
};

struct parser {
	struct pool *pool;
	struct span text;
	size_t at; /* of the byte behind TOKEN */
	struct token token;
	struct mailbox_list *list;
	bool in_group;
	/* What the two sides of an address are put together in where blanks or
	 * comments stood within them; copied when the address is complete. */
	char local[MAILBOX_SIDE_MAX];
	char domain[MAILBOX_SIDE_MAX];
	struct err *err;
};

static int
malformed(const struct parser *parser, const char *what)
{
	return err_set(
	    parser->err, ERR_INPUT, "%s at offset %zu", what, parser->at);
}

/* True if C cannot stand in a field, not even behind a backslash. */
static bool
is_control(char c)
{
	unsigned char byte = (unsigned char)c;

	return (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r') ||
	    byte == 0x7f;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
skip_comment(struct parser *parser)
{
	struct span text = parser->text;
	size_t depth = 0;

	for (; parser->at < text.len; parser->at++) {
		switch (text.ptr[parser->at]) {
		case '\\':
			parser->at++;
			break;
		case '(':
			if (++depth > MAILBOX_COMMENT_MAX)
				return malformed(
				    parser, "comments are nested too deeply");
			break;
		case ')':
			if (--depth == 0) {
				parser->at++;
				return 0;
			}
			break;
		default:
			break;
		}
	}
	return malformed(parser, "a comment is not closed");
}

static int
skip_blanks(struct parser *parser)
{
	struct span text = parser->text;

	while (parser->at < text.len) {
		if (text.ptr[parser->at] == '(') {
			if (skip_comment(parser) < 0)
				return -1;
		} else if (is_blank(text.ptr[parser->at])) {
			parser->at++;
		} else {
			break;
		}
	}
	return 0;
}

/* Takes text up to CLOSE, which a backslash may quote. */
static int
read_delimited(struct parser *parser, char close, enum token_kind kind)
{
	struct span text = parser->text;
	size_t start = parser->at++;
	bool quoted = false;

	for (; parser->at < text.len; parser->at++) {
		char c = text.ptr[parser->at];

		if (is_control(c))
			return malformed(parser, "a control byte");
		if (c == close && !quoted)
			break;
		quoted = c == '\\' && !quoted;
	}
	if (parser->at >= text.len)
		return malformed(parser,
		    kind == TOKEN_QUOTED ? "a quoted string is not closed"
					 : "a domain literal is not closed");
	parser->at++;
	parser->token.kind = kind;
	parser->token.text = span_slice(text, start, parser->at);
	return 0;
}

static bool
is_special(char c)
{
	return c != '\0' && strchr("<>,:;@.", c) != NULL;
}

static int
read_atom(struct parser *parser)
{
	struct span text = parser->text;
	size_t start = parser->at;

	while (parser->at < text.len) {
		char c = text.ptr[parser->at];

		if (is_control(c) || is_blank(c) || is_special(c) ||
		    strchr("()[]\\\"", c) != NULL)
			break;
		parser->at++;
	}
	if (parser->at == start)
		return malformed(parser, "an unexpected byte");
	parser->token.kind = TOKEN_ATOM;
	parser->token.text = span_slice(text, start, parser->at);
	return 0;
}

/* Reads the next token. */
static int
advance(struct parser *parser)
{
	char c;

	if (skip_blanks(parser) < 0)
		return -1;
	parser->token = (struct token){ .kind = TOKEN_END };
	if (parser->at >= parser->text.len)
		return 0;
	c = parser->text.ptr[parser->at];
	if (c == '"')
		return read_delimited(parser, '"', TOKEN_QUOTED);
	if (c == '[')
		return read_delimited(parser, ']', TOKEN_LITERAL);
	if (!is_special(c))
		return read_atom(parser);
	parser->token.kind = TOKEN_SPECIAL;
	parser->token.text =
	    span_slice(parser->text, parser->at, parser->at + 1);
	parser->at++;
	return 0;
}

static bool
at_special(const struct parser *parser, char c)
{
	return parser->token.kind == TOKEN_SPECIAL &&
	    parser->token.text.ptr[0] == c;
}

/* An addr-spec as it is put together from tokens. */
struct draft {
	struct span local;
	struct span domain;
	bool has_at;
	bool want_word; /* the last token was "." or "@" */
	bool broken;    /* it is no addr-spec: two words side by side, ... */
};

/* A with B behind it: in place where the field has them side by side, which
 * is nearly always, and in ROOM where blanks or comments stood between. */
static struct span
join(char *room, struct span a, struct span b)
{
	if (a.len == 0)
		return b;
	if (a.ptr != room) {
		if (a.ptr + a.len == b.ptr)
			return span_make(a.ptr, a.len + b.len);
		memcpy(room, a.ptr, a.len);
	}
	memcpy(room + a.len, b.ptr, b.len);
	return span_make(room, a.len + b.len);
}

/* SIDE for good, which may be in ROOM. */
static struct span
keep(struct pool *pool, const char *room, struct span side)
{
	return side.ptr == room ? pool_dup(pool, side) : side;
}

/* Adds the current token to DRAFT, or notes that it does not fit.  Display
 * names come this way too, so it is no error yet. */
static void
draft_add(struct parser *parser, struct draft *draft)
{
	const struct token *token = &parser->token;
	struct span *side = draft->has_at ? &draft->domain : &draft->local;
	char *room = draft->has_at ? parser->domain : parser->local;
	bool separator = token->kind == TOKEN_SPECIAL;

	if (draft->broken)
		return;
	if (separator == draft->want_word ||
	    (token->kind == TOKEN_LITERAL &&
		(!draft->has_at || draft->domain.len > 0)) ||
	    (token->kind == TOKEN_QUOTED && draft->has_at) ||
	    side->len + token->text.len > MAILBOX_SIDE_MAX ||
	    (at_special(parser, '@') && draft->has_at)) {
		draft->broken = true;
		return;
	}
	draft->want_word = separator;
	if (at_special(parser, '@'))
		draft->has_at = true;
	else
		*side = join(room, *side, token->text);
}

static struct draft
draft_new(void)
{
	return (struct draft){ .want_word = true };
}

static int
draft_finish(struct parser *parser, const struct draft *draft)
{
	struct mailbox_list *list = parser->list;

	if (draft->broken || !draft->has_at || draft->want_word)
		return malformed(parser, "not an address");
	if (list->count == MAILBOX_LIST_MAX)
		return malformed(parser, "too many mailboxes");
	list->items = pool_grow(
	    parser->pool, list->items, list->count, sizeof(list->items[0]));
	list->items[list->count++] = (struct mailbox){
		.local = keep(parser->pool, parser->local, draft->local),
		.domain = keep(parser->pool, parser->domain, draft->domain),
	};
	return 0;
}

/* Passes over "@one,@two:" (RFC 5322 section 4.4, obs-route). */
static int
skip_route(struct parser *parser)
{
	if (!at_special(parser, '@') && !at_special(parser, ','))
		return 0;
	while (!at_special(parser, ':')) {
		if (parser->token.kind == TOKEN_END || at_special(parser, '>'))
			return malformed(parser, "a route without an address");
		if (advance(parser) < 0)
			return -1;
	}
	return advance(parser);
}

/* Reads what follows "<", up to and including ">". */
static int
parse_angle(struct parser *parser)
{
	struct draft draft = draft_new();

	if (advance(parser) < 0 || skip_route(parser) < 0)
		return -1;
	while (!at_special(parser, '>')) {
		if (parser->token.kind == TOKEN_END)
			return malformed(parser, "\"<\" is not closed");
		if (at_special(parser, '<') || at_special(parser, ',') ||
		    at_special(parser, ';') || at_special(parser, ':'))
			return malformed(parser, "not an address in \"<>\"");
		draft_add(parser, &draft);
		if (advance(parser) < 0)
			return -1;
	}
	if (draft_finish(parser, &draft) < 0)
		return -1;
	return advance(parser);
}

static int
open_group(struct parser *parser, bool named)
{
	if (parser->in_group || !named)
		return malformed(parser, "an unexpected \":\"");
	parser->in_group = true;
	return advance(parser);
}

static int
close_group(struct parser *parser)
{
	if (!parser->in_group)
		return malformed(parser, "an unexpected \";\"");
	parser->in_group = false;
	if (advance(parser) < 0)
		return -1;
	if (parser->token.kind != TOKEN_END && !at_special(parser, ','))
		return malformed(parser, "text behind a group");
	return 0;
}

/* True where an item of the list ends. */
static bool
at_item_end(const struct parser *parser)
{
	return parser->token.kind == TOKEN_END || at_special(parser, ',') ||
	    at_special(parser, ';');
}

/* Reads one mailbox or opens a group; the item may be empty (RFC 5322
 * section 4.4, obs-addr-list). */
static int
parse_item(struct parser *parser)
{
	struct draft draft = draft_new();
	bool any = false;

	for (; !at_item_end(parser); any = true) {
		if (at_special(parser, ':'))
			return open_group(parser, any);
		if (at_special(parser, '>'))
			return malformed(parser, "an unexpected \">\"");
		if (at_special(parser, '<')) {
			if (parse_angle(parser) < 0)
				return -1;
			if (!at_item_end(parser))
				return malformed(parser, "text behind \">\"");
			return 0;
		}
		draft_add(parser, &draft);
		if (advance(parser) < 0)
			return -1;
	}
	return any ? draft_finish(parser, &draft) : 0;
}

int
mailbox_list_parse(struct pool *pool, struct span value,
    struct mailbox_list *list, struct err *err)
{
	struct parser parser = {
		.pool = pool,
		.text = value,
		.list = list,
		.err = err,
	};

	*list = (struct mailbox_list){ NULL, 0 };
	if (advance(&parser) < 0)
		return -1;
	while (parser.token.kind != TOKEN_END) {
		if (parse_item(&parser) < 0)
			return -1;
		if (at_special(&parser, ';')) {
			if (close_group(&parser) < 0)
				return -1;
		}
		if (at_special(&parser, ',') && advance(&parser) < 0)
			return -1;
	}
	if (parser.in_group)
		return malformed(&parser, "a group is not closed");
	return 0;
}
