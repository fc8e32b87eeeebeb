/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/expectation.h"

#include "formats/address.h"
#include "formats/header.h"
#include "formats/ip.h"
#include "formats/moment_text.h"

#include <stddef.h>

/* What stands behind a key. */
enum value_kind {
	VALUE_TEXT,
	VALUE_ADDRESS,
	VALUE_ADDRESSES, /* struct expectation_list */
	VALUE_RECIPIENT,
	VALUE_CLIENT,
	VALUE_TIME,
	VALUE_ACTION,
	VALUE_RULES,
	VALUE_REPLY,
	VALUE_HEADER,
	VALUE_ABSENT,
};

#define AT(member) offsetof(struct expectation, member)

static const struct {
	const char *key;
	enum value_kind kind;
	size_t offset;
} keys[] = {
	{ "from", VALUE_ADDRESS, AT(from) },
	{ "rcpt", VALUE_RECIPIENT, 0 },
	{ "client", VALUE_CLIENT, AT(client) },
	{ "login", VALUE_TEXT, AT(login) },
	{ "listener", VALUE_TEXT, AT(listener) },
	{ "time", VALUE_TIME, 0 },
	{ "action", VALUE_ACTION, AT(action) },
	{ "rule", VALUE_RULES, AT(rules) },
	{ "audit", VALUE_RULES, AT(audits) },
	{ "refused", VALUE_ADDRESSES, AT(refused) },
	{ "goes to", VALUE_ADDRESSES, AT(left) },
	{ "reply", VALUE_REPLY, 0 },
	{ "header", VALUE_HEADER, 0 },
	{ "no header", VALUE_ABSENT, 0 },
};
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

static const char key_list[] =
    "from, rcpt, client, login, listener, time, action, rule, audit, refused, "
    "goes to, reply, header or no header";

static const char *const actions[] = { "pass", "edit", "hold", "reject",
	"tempfail", "discard", "refuse" };

struct reader {
	struct span name;
	struct pool *pool;
	struct expectation *expectation;
	struct buf *errors;
	struct span line;
	size_t number; /* of LINE, from 1 */
	bool wrong;
};

/* Says what is wrong at PLACE, which lies in the line. */
static void __attribute__((format(printf, 3, 4)))
complain(struct reader *reader, const char *place, const char *format, ...)
{
	va_list args;

	(void)buf_printf(reader->errors, "%.*s:%zu:%zu: ",
	    SPAN_ARGS(reader->name), reader->number,
	    (size_t)(place - reader->line.ptr) + 1);
	va_start(args, format);
	(void)buf_vprintf(reader->errors, format, args);
	va_end(args);
	(void)buf_append_char(reader->errors, '\n');
	reader->wrong = true;
}

static struct span *
span_at(struct reader *reader, size_t offset)
{
	return (struct span *)(void *)((char *)reader->expectation + offset);
}

/* Sets what may be said once. */
static void
set_once(struct reader *reader, size_t offset, struct span value)
{
	struct span *member = span_at(reader, offset);

	if (member->ptr != NULL)
		complain(reader, reader->line.ptr,
		    "this has been said before; leave out one of them");
	*member = value;
}

static void
append(struct reader *reader, struct span **items, size_t *count,
    struct span value)
{
	*items = pool_grow(reader->pool, *items, *count, sizeof(**items));
	(*items)[(*count)++] = value;
}

/* True if VALUE is an address; else it has been told. */
static bool
check_address(struct reader *reader, struct span value)
{
	struct address address;
	struct err err;

	if (address_parse(value, &address, &err) < 0) {
		complain(reader, value.ptr, "%s", err.text);
		return false;
	}
	return true;
}

/* A value of a list, or "none". */
static void
take_listed(struct reader *reader, size_t offset, struct span value)
{
	struct expectation_list *list =
	    (struct expectation_list *)(void *)span_at(reader, offset);
	bool none = span_equal(value, SPAN("none"));

	if (list->told && (none || list->count == 0))
		complain(reader, value.ptr,
		    "\"none\" and a value contradict each other; leave out "
		    "one of them");
	list->told = true;
	if (!none)
		append(reader, &list->items, &list->count, value);
}

static void
take_action(struct reader *reader, size_t offset, struct span value)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (span_equal(value, span_of(actions[i]))) {
			set_once(reader, offset, value);
			return;
		}
	complain(reader, value.ptr,
	    "\"%.*s\" is no action; write pass, edit, hold, reject, tempfail, "
	    "discard or refuse",
	    SPAN_ARGS(value));
}

/* CODE or CODE ENHANCED. */
static void
take_reply(struct reader *reader, struct span value)
{
	struct expectation *expectation = reader->expectation;
	struct span rest = value, code;
	uint64_t number = 0;

	(void)span_next(&rest, ' ', &code);
	if (expectation->reply_code != 0)
		complain(reader, reader->line.ptr,
		    "this has been said before; leave out one of them");
	if (span_number(code, 599, &number) < 0 || number < 400) {
		complain(reader, value.ptr,
		    "\"%.*s\" is no reply; write a code from 400 to 599, such "
		    "as 550, and, if it matters, the enhanced one: 550 5.7.1",
		    SPAN_ARGS(value));
		return;
	}
	expectation->reply_code = (unsigned)number;
	expectation->reply_enhanced = span_trim(rest);
}

static void
take_header(struct reader *reader, struct span value)
{
	struct expectation *expectation = reader->expectation;
	size_t colon = span_find(value, ':');
	struct span name = span_trim(span_slice(value, 0, colon));

	if (colon == value.len || header_name_check(name) < 0) {
		complain(reader, value.ptr,
		    "expected a header field, such as X-Checked: yes");
		return;
	}
	expectation->headers = pool_grow(reader->pool, expectation->headers,
	    expectation->header_count, sizeof(*expectation->headers));
	expectation->headers[expectation->header_count++] =
	    (struct expectation_header){
		.name = name,
		.value = span_trim(span_slice(value, colon + 1, value.len)),
	    };
}

static void
take_absent(struct reader *reader, struct span value)
{
	struct expectation *expectation = reader->expectation;

	if (header_name_check(value) < 0)
		complain(reader, value.ptr,
		    "expected the name of a header field, such as X-Checked");
	else
		append(reader, &expectation->absent,
		    &expectation->absent_count, value);
}

static void
take_client(struct reader *reader, size_t offset, struct span value)
{
	struct ip ip;

	if (ip_parse(value, &ip) < 0)
		complain(reader, value.ptr,
		    "\"%.*s\" is no address; write one such as 192.0.2.7 or "
		    "2001:db8::7",
		    SPAN_ARGS(value));
	else
		set_once(reader, offset, value);
}

static void
take_value(struct reader *reader, size_t key, struct span value)
{
	struct expectation *expectation = reader->expectation;
	size_t offset = keys[key].offset;
	struct err err;

	switch (keys[key].kind) {
	case VALUE_TEXT:
		set_once(reader, offset, value);
		break;
	case VALUE_ADDRESS:
		if (check_address(reader, value))
			set_once(reader, offset, value);
		break;
	case VALUE_ADDRESSES:
		if (span_equal(value, SPAN("none")) ||
		    check_address(reader, value))
			take_listed(reader, offset, value);
		break;
	case VALUE_RECIPIENT:
		if (check_address(reader, value))
			append(reader, &expectation->recipients,
			    &expectation->recipient_count, value);
		break;
	case VALUE_CLIENT:
		take_client(reader, offset, value);
		break;
	case VALUE_TIME:
		if (moment_text_parse(value, &expectation->time_us, &err) < 0)
			complain(reader, value.ptr, "%s", err.text);
		break;
	case VALUE_ACTION:
		take_action(reader, offset, value);
		break;
	case VALUE_RULES:
		take_listed(reader, offset, value);
		break;
	case VALUE_REPLY:
		take_reply(reader, value);
		break;
	case VALUE_HEADER:
		take_header(reader, value);
		break;
	case VALUE_ABSENT:
		take_absent(reader, value);
		break;
	}
}

static void
read_line(struct reader *reader)
{
	struct span line = span_trim(reader->line);
	size_t colon = span_find(line, ':');
	struct span key = span_trim(span_slice(line, 0, colon));
	struct span value = span_trim(span_slice(line, colon + 1, line.len));

	if (line.len == 0 || *line.ptr == '#')
		return;
	if (colon == line.len) {
		complain(reader, line.ptr,
		    "expected \"key: value\", with the key one of %s",
		    key_list);
		return;
	}
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (!span_equal(key, span_of(keys[i].key)))
			continue;
		if (value.len == 0)
			complain(reader, line.ptr + colon,
			    "expected a value behind \":\"");
		else
			take_value(reader, i, value);
		return;
	}
	complain(reader, line.ptr, "\"%.*s\" is no key; write %s",
	    SPAN_ARGS(key), key_list);
}

/* True if anything is to be compared. */
static bool
expects(const struct expectation *expectation)
{
	return expectation->action.len > 0 || expectation->rules.told ||
	    expectation->audits.told || expectation->refused.told ||
	    expectation->left.told || expectation->reply_code != 0 ||
	    expectation->header_count > 0 || expectation->absent_count > 0;
}

int
expectation_parse(struct span name, struct span text, struct pool *pool,
    struct expectation *expectation, struct buf *errors)
{
	struct reader reader = {
		.name = name,
		.pool = pool,
		.expectation = expectation,
		.errors = errors,
	};
	struct span rest = text;

	*expectation = (struct expectation){ 0 };
	while (span_next(&rest, '\n', &reader.line)) {
		reader.number++;
		read_line(&reader);
	}
	if (!reader.wrong && !expects(expectation)) {
		reader.line = SPAN("");
		reader.number++;
		complain(&reader, reader.line.ptr,
		    "nothing is expected; write what is to become of the "
		    "message, such as \"action: pass\"");
	}
	return reader.wrong ? -1 : 0;
}
