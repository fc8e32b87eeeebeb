/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/mime.h"

#include "base/buf.h"
#include "t/unit/suite.h"

/* The caller of these tests: every part whose header section holds a field
 * "B" is a multipart of that boundary, "M" makes it a message. */
struct trace {
	struct buf out;
	struct mime_shape next;
	char boundary[8];
	bool in_bytes;
};

static void
note(struct trace *trace, const char *text)
{
	(void)buf_printf(
	    &trace->out, "%s%s", trace->in_bytes ? "] " : "", text);
	trace->in_bytes = false;
}

static bool
on_begin(void *context, uint64_t offset)
{
	struct trace *trace = context;

	(void)offset;
	note(trace, "( ");
	trace->next = (struct mime_shape){ .kind = MIME_LEAF };
	return true;
}

static void
on_field(void *context, struct span name, struct span value)
{
	struct trace *trace = context;

	note(trace, "");
	(void)buf_printf(
	    &trace->out, "%.*s:%.*s; ", SPAN_ARGS(name), SPAN_ARGS(value));
	if (span_equal(name, SPAN("M")))
		trace->next.kind = MIME_MESSAGE;
	if (!span_equal(name, SPAN("B")))
		return;
	trace->next.kind = MIME_MULTIPART;
	trace->boundary[0] = value.ptr[0];
	trace->next.boundary = span_make(trace->boundary, 1);
}

static struct mime_shape
on_body(void *context, uint64_t offset)
{
	struct trace *trace = context;

	note(trace, "");
	(void)buf_printf(&trace->out, "@%u ", (unsigned)offset);
	return trace->next;
}

static void
on_bytes(void *context, struct span bytes)
{
	struct trace *trace = context;

	if (!trace->in_bytes)
		(void)buf_append_char(&trace->out, '[');
	trace->in_bytes = true;
	(void)buf_append_span(&trace->out, bytes);
}

static void
on_end(void *context, uint64_t offset)
{
	struct trace *trace = context;

	note(trace, "");
	(void)buf_printf(&trace->out, "@%u) ", (unsigned)offset);
}

static void
on_odd(void *context, enum mime_oddity oddity)
{
	struct trace *trace = context;

	note(trace, "");
	(void)buf_printf(&trace->out, "!%d ", (int)oddity);
}

static const struct mime_events events = {
	.begin = on_begin,
	.field = on_field,
	.body = on_body,
	.bytes = on_bytes,
	.end = on_end,
	.odd = on_odd,
};

/* Reads BODY of a multipart of boundary "a" in two pieces. */
static void
check_trace(struct span body, size_t cut, const char *expected)
{
	const struct mime_limits limits = { 100, 1000 };
	const struct mime_shape shape = { MIME_MULTIPART, SPAN_INIT("a") };
	struct trace trace = { .in_bytes = false };
	struct mime_reader *reader;

	buf_init(&trace.out, 10000);
	reader = mime_new(&limits, shape, &events, &trace);
	mime_feed(reader, span_slice(body, 0, cut));
	mime_feed(reader, span_slice(body, cut, body.len));
	mime_finish(reader);
	ck_assert_str_eq(buf_string(&trace.out), expected);
	mime_free(&reader);
	mime_free(&reader);
	buf_free(&trace.out);
}

START_TEST(event_order)
{
	static const struct {
		struct span body;
		const char *trace;
	} cases[] = {
		{ SPAN_INIT(""), "!3 @0) " },
		{ SPAN_INIT("--a--"), "@5) " },
		{ SPAN_INIT("--a\r\n\r\nx\r\n--a--\r\n"),
		    "( @7 [x] @8) @17) " },
		/* The line end before a delimiter is not of the part. */
		{ SPAN_INIT("--a\r\n\r\nx\r\n\r\n--a--"),
		    "( @7 [x\r\n] @10) @17) " },
		{ SPAN_INIT("--a\r\n\r\n--a--"), "( @7 @7) @12) " },
		{ SPAN_INIT("--a\r\nX: 1\r\n\t2\r\nY:3\r\n\r\n\n--a--"),
		    "( X: 1\n\t2; Y:3; @22 @22) @28) " },
		{ SPAN_INIT("p\r\n--a\r\nB:b\r\n\r\nq\r\n--b\r\n\r\nx\r\n"
			    "--b--\r\nr\r\n--a--\r\ns"),
		    "[p] ( B:b; @15 [q] ( @25 [x] @26) [r] @36) [s] @46) " },
		/* An outer delimiter ends all within. */
		{ SPAN_INIT("--a\r\nB:b\r\n\r\n--b\r\n\r\nx\r\n--a--"),
		    "( B:b; @12 ( @19 [x] @20) !3 @20) @27) " },
		{ SPAN_INIT("--a\r\nM:\r\n\r\nS:x\r\n\r\ny\r\n--a--"),
		    "( M:; @11 ( S:x; @18 [y] @19) @19) @26) " },
		{ SPAN_INIT("--a\r\nX:1\r\n--a--"),
		    "( X:1; !7 @10 @10) @15) " },
		{ SPAN_INIT("--a\r\nX :1\r\n\r\n--a--"),
		    "( !8 X:1; @13 @13) @18) " },
		/* What is no field begins the body, of a message within as
		 * well. */
		{ SPAN_INIT("--a\r\nM:\r\nx\r\nS:y\r\n\r\nz\r\n--a--"),
		    "( !4 M:; @9 ( !4 @9 [x\r\nS:y\r\n\r\nz] @20) @20) "
		    "@27) " },
		{ SPAN_INIT("--a\r\n\r\nx\r--a\r\n-\r\n-a\r\n--A\r\n--a--"),
		    "( @7 [x\r--a\r\n-\r\n-a\r\n--A] @24) @31) " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t cut = 0; cut <= cases[i].body.len; cut++)
			check_trace(cases[i].body, cut, cases[i].trace);
}
END_TEST

SUITE_MAIN("mime", event_order)
