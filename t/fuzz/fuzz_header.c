/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines "Name:value" make a message; then one line for each edit, after an
 * empty line: the first byte chooses its kind, the second its index.
 */
#include "formats/header.h"
#include "formats/verdict.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* READ is TEXT, of which nothing but line ends was left out. */
static void
check_left_out(struct span text, struct span read)
{
	assert(read.len <= text.len);
	for (size_t i = 0, j = 0; i < read.len; i++, j++)
		while (text.ptr[j] != read.ptr[i]) {
			assert(text.ptr[j] == '\r' || text.ptr[j] == '\n');
			j++;
			assert(j < text.len);
		}
}

static void
check_value(struct pool *pool, struct span text)
{
	struct span value = header_value_read(pool, text);
	struct span unfolded = header_unfold(pool, text);

	check_left_out(text, value);
	assert(value.len == 0 || value.ptr[value.len - 1] != '\n');
	check_left_out(span_trim(text), unfolded);
	assert(span_trim(unfolded).len == unfolded.len);
}

/* All fields of NAME are found, in their order, and no others. */
static void
check_found(const struct header_list *list, struct span name)
{
	const struct header *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += span_equal_case(list->items[i].name, name);
	assert(header_list_count(list, name) == count);
	for (size_t i = 0; i < count; i++) {
		const struct header *field = header_list_find(list, name, i);

		assert(field != NULL && span_equal_case(field->name, name));
		assert(last == NULL || field > last);
		last = field;
	}
	assert(header_list_find(list, name, count) == NULL);
}

static void
add_edit(struct verdict *verdict, struct span line)
{
	unsigned index = line.len > 1 ? (unsigned char)line.ptr[1] % 8 : 0;
	struct span rest = span_slice(line, 2, line.len);
	size_t colon = span_find(rest, ':');
	struct span name = span_slice(rest, 0, colon);
	struct span value = span_slice(rest, colon + 1, rest.len);
	struct recipient recipient = { .given = rest };

	switch (line.len > 0 ? line.ptr[0] % 7 : 0) {
	case 0:
		verdict_add_header(verdict, name, value);
		break;
	case 1:
		verdict_insert_header(verdict, index, name, value);
		break;
	case 2:
		verdict_change_header(verdict, name, index + 1, value);
		break;
	case 3:
		verdict_delete_header(verdict, name, index + 1);
		break;
	case 4:
		verdict_add_recipient(verdict, name, value);
		break;
	case 5:
		verdict_delete_recipient(verdict, &recipient);
		break;
	default:
		verdict_replace_body(verdict, rest);
		break;
	}
}

/* No edit may put a line of its own into the header section. */
static void
check_values(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->edit_count; i++) {
		struct span value = verdict->edits[i].value;

		if (verdict->edits[i].kind > EDIT_CHANGE_HEADER)
			continue;
		for (size_t j = 0; j < value.len; j++) {
			assert(value.ptr[j] != '\r' && value.ptr[j] != '\0');
			assert(value.ptr[j] != '\n' ||
			       (j + 1 < value.len &&
				   (value.ptr[j + 1] == ' ' ||
				       value.ptr[j + 1] == '\t')));
		}
	}
}

static void
check_applied(const struct message *message, const struct verdict *verdict)
{
	struct header_list counted = { NULL, 0, 0 };
	struct applied applied;
	size_t count;

	(void)verdict_plan(message, verdict, message->pool, &count);
	assert(count <= 2 * verdict->edit_count);
	verdict_apply(message, verdict, message->pool, &applied);
	assert(applied.headers.count <=
	       message->headers.count + verdict->edit_count);
	assert(applied.recipient_count <=
	       message->recipient_count + verdict->edit_count);
	for (size_t i = 0; i < applied.headers.count; i++)
		header_list_add(&counted, message->pool,
		    applied.headers.items[i].name,
		    applied.headers.items[i].value);
	assert(counted.bytes == applied.headers.bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make((const char *)data, size);
	struct message message = { .pool = pool_new() };
	struct recipient recipient = { .given = SPAN("<a@example.com>") };
	struct verdict verdict;
	struct span line;
	bool in_headers = true;

	check_value(message.pool, rest);
	message.recipients = &recipient;
	message.recipient_count = 1;
	verdict_init(&verdict, message.pool);
	while (span_next(&rest, '\n', &line)) {
		size_t colon = span_find(line, ':');

		if (line.len == 0)
			in_headers = false;
		else if (!in_headers)
			add_edit(&verdict, line);
		else if (header_name_check(span_slice(line, 0, colon)) == 0)
			header_list_add(&message.headers, message.pool,
			    span_slice(line, 0, colon),
			    span_slice(line, colon + 1, line.len));
	}
	check_found(&message.headers, SPAN("From"));
	if (message.headers.count > 0)
		check_found(&message.headers, message.headers.items[0].name);
	check_values(&verdict);
	check_applied(&message, &verdict);
	pool_free(&message.pool);
	return 0;
}
