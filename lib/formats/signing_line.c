/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/signing_line.h"

/* What each kind of line looks like. */
static const struct form {
	const char *word;
	enum signing_line_kind kind;
	size_t least, most; /* words behind the first */
	bool identity, on_bad_key;
	const char *example;
} forms[] = {
	{ "key", SIGNING_KEY, 4, 4, true, true,
	    "key main example.com s2026 keys/s2026.pem" },
	{ "from", SIGNING_FROM, 2, SIGNING_WORDS_MAX, true, false,
	    "from example.com main" },
	{ "login", SIGNING_LOGIN, 2, SIGNING_WORDS_MAX, false, false,
	    "login joe joe@example.com" },
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word off the front of *REST: 1, 0 where there is none, or -1
 * with *ERR. */
static int
next_word(struct span *rest, struct span *word, struct err *err)
{
	size_t start = 0;
	size_t end;

	while (start < rest->len && is_blank(rest->ptr[start]))
		start++;
	*rest = span_slice(*rest, start, rest->len);
	if (rest->len == 0 || rest->ptr[0] == '#')
		return 0;
	if (rest->ptr[0] == '"') {
		*word = span_slice(*rest, 1, rest->len);
		end = span_find(*word, '"');
		if (end == word->len)
			return err_set(err, ERR_CONFIG,
			    "a quote is not closed; close it with \"");
		*rest = span_slice(*word, end + 1, word->len);
		*word = span_slice(*word, 0, end);
		if (rest->len > 0 && !is_blank(rest->ptr[0]))
			return err_set(err, ERR_CONFIG,
			    "a blank is missing behind \"%.*s\"",
			    SPAN_ARGS(*word));
	} else {
		for (end = 0; end < rest->len; end++)
			if (is_blank(rest->ptr[end]))
				break;
		*word = span_slice(*rest, 0, end);
		*rest = span_slice(*rest, end, rest->len);
	}
	if (word->len == 0)
		return err_set(
		    err, ERR_CONFIG, "a word is empty; take out the quotes");
	return 1;
}

/* Sets *VALUE if WORD is NAME with a value behind it: 1, 0 if it is not, or -1
 * with *ERR. */
static int
take_option(struct span word, struct span name, struct span *value,
    struct err *err)
{
	if (!span_starts(word, name))
		return 0;
	if (value->len > 0 || word.len == name.len)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" must stand once, with a value behind it",
		    SPAN_ARGS(name));
	*value = span_slice(word, name.len, word.len);
	return 1;
}

static int
add_word(const struct form *form, struct span word, struct signing_line *line,
    struct err *err)
{
	int taken = 0;

	if (form->identity)
		taken = take_option(
		    word, SPAN("identity="), &line->identity, err);
	if (taken == 0 && form->on_bad_key)
		taken = take_option(
		    word, SPAN("on_bad_key="), &line->on_bad_key, err);
	if (taken != 0)
		return taken < 0 ? -1 : 0;
	if (line->word_count == form->most)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is too much; write such as: %s",
		    SPAN_ARGS(word), form->example);
	line->words[line->word_count++] = word;
	return 0;
}

static const struct form *
find_form(struct span word, struct err *err)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (span_equal(word, span_of(forms[i].word)))
			return &forms[i];
	(void)err_set(err, ERR_CONFIG,
	    "\"%.*s\" begins no line; write key, from or login",
	    SPAN_ARGS(word));
	return NULL;
}

int
signing_line_parse(
    struct span text, struct signing_line *line, struct err *err)
{
	const struct form *form;
	struct span word;
	int more;

	line->kind = SIGNING_NOTHING;
	line->word_count = 0;
	line->identity = line->on_bad_key = SPAN("");
	if (text.len > SIGNING_LINE_MAX)
		return err_set(err, ERR_CONFIG,
		    "the line has more than %d bytes; write several",
		    SIGNING_LINE_MAX);
	more = next_word(&text, &word, err);
	if (more <= 0)
		return more;
	form = find_form(word, err);
	if (form == NULL)
		return -1;
	while ((more = next_word(&text, &word, err)) > 0)
		if (add_word(form, word, line, err) < 0)
			return -1;
	if (more < 0)
		return -1;
	if (line->word_count < form->least)
		return err_set(err, ERR_CONFIG,
		    "a word is missing; write such as: %s", form->example);
	line->kind = form->kind;
	return 0;
}
