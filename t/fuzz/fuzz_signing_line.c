/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of a table.  What must hold: words are not empty, lie in their line,
 * and quoted they read the same.
 */
#include "base/pool.h"
#include "formats/signing_line.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_words(const struct signing_line *line, struct span text)
{
	struct pool *pool = pool_new();
	struct span again = SPAN("login");
	struct signing_line read;
	struct err err;

	assert(line->word_count <= SIGNING_WORDS_MAX);
	for (size_t i = 0; i < line->word_count; i++) {
		struct span word = line->words[i];

		assert(word.len > 0 && word.ptr >= text.ptr &&
		    word.ptr + word.len <= text.ptr + text.len);
		if (span_find(word, '"') < word.len)
			goto out;
		again = pool_printf(pool, "%.*s \"%.*s\"", SPAN_ARGS(again),
		    SPAN_ARGS(word));
	}
	if (line->kind == SIGNING_NOTHING || again.len > SIGNING_LINE_MAX ||
	    span_find(text, '\0') < text.len)
		goto out;
	assert(signing_line_parse(again, &read, &err) == 0);
	assert(read.word_count == line->word_count);
	for (size_t i = 0; i < line->word_count; i++)
		assert(span_equal(read.words[i], line->words[i]));
out:
	pool_free(&pool);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make((const char *)data, size);
	struct signing_line line;
	struct span text;
	struct err err;

	while (span_next(&rest, '\n', &text))
		if (signing_line_parse(text, &line, &err) == 0)
			check_words(&line, text);
	return 0;
}
