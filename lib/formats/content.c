/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/content.h"

#include "base/xalloc.h"
#include "formats/mime.h"
#include "formats/part_body.h"

#include <stdlib.h>

/* A part that has begun and not ended. */
struct open_part {
	size_t index; /* in facts.parts */
	struct part_body *body;
	bool interrupted; /* a part of it came between its bytes */
};

struct content {
	struct content_limits limits;
	struct pool *pool;
	struct content_facts *facts; /* in POOL */
	struct mime_reader *reader;
	struct part_budget budget;
	struct open_part *open; /* limits.depth + 1, outermost first */
	size_t open_count;
	bool finished;
};

struct content_limits
content_limits_default(void)
{
	return (struct content_limits){
		.parts = 1000,
		.depth = 20,
		.header_bytes = 64 * 1024,
		.headers_bytes = 1024 * 1024,
		.text_bytes = 32 * 1024 * 1024,
		.decoded_bytes = 512 * 1024 * 1024,
		.head_bytes = 8 * 1024,
	};
}

static struct open_part *
innermost(struct content *content)
{
	return &content->open[content->open_count - 1];
}

static struct part *
part_of(struct content *content, const struct open_part *open)
{
	return &content->facts->parts[open->index];
}

/* Adds a part within the innermost one and makes it that. */
static struct part *
add_part(struct content *content)
{
	struct content_facts *facts = content->facts;
	struct part *part;
	int parent = PART_NO_PARENT;

	if (content->open_count > 0) {
		parent = (int)innermost(content)->index;
		innermost(content)->interrupted = true;
	}
	facts->parts = pool_grow(content->pool, facts->parts, facts->part_count,
	    sizeof(*facts->parts));
	part = &facts->parts[facts->part_count];
	*part = (struct part){
		.parent = parent,
		.depth = (unsigned)content->open_count,
	};
	content->open[content->open_count++] =
	    (struct open_part){ .index = facts->part_count++ };
	return part;
}

/* Reads what the innermost part's header section says and begins its body. */
static struct mime_shape
describe(struct content *content)
{
	struct open_part *open = innermost(content);
	struct part *part = part_of(content, open);
	const struct part *parent = part->parent != PART_NO_PARENT
					? &content->facts->parts[part->parent]
					: NULL;
	/* The last part that the limit allows is read as text, header section
	 * and all: an embedded message, the default in a digest, would have no
	 * bytes of its own. */
	bool in_digest = parent != NULL && parent->kind == MIME_MULTIPART &&
			 span_equal(parent->subtype, SPAN("digest")) &&
			 content->facts->part_count < content->limits.parts;
	struct mime_shape shape = part_describe(part, in_digest, content->pool);

	if (shape.kind != MIME_LEAF && part->depth == content->limits.depth) {
		shape.kind = part->kind = MIME_LEAF;
		part->is_text = true;
		part_mark(part, PART_LIMIT, "nested too deeply");
	}
	if (shape.kind != MIME_MESSAGE)
		open->body = part_body_new(
		    part, content->limits.head_bytes, &content->budget);
	return shape;
}

static bool
on_begin(void *context, uint64_t offset)
{
	struct content *content = context;
	struct part *part = add_part(content);

	if (content->facts->part_count < content->limits.parts)
		return true;
	/* Of this part not even the header section is read. */
	part->offset = offset;
	part_mark(part, PART_LIMIT, "too many parts");
	(void)describe(content);
	return false;
}

static void
on_field(void *context, struct span name, struct span value)
{
	struct content *content = context;
	struct part *part = part_of(content, innermost(content));

	header_list_add(&part->headers, content->pool,
	    pool_dup(content->pool, name), pool_dup(content->pool, value));
}

static struct mime_shape
on_body(void *context, uint64_t offset)
{
	struct content *content = context;

	part_of(content, innermost(content))->offset = offset;
	return describe(content);
}

static void
on_bytes(void *context, struct span bytes)
{
	struct content *content = context;
	struct open_part *open = innermost(content);
	struct part *part = part_of(content, open);

	if (open->body == NULL)
		return;
	if (open->interrupted)
		part_body_break(open->body, part);
	open->interrupted = false;
	part_body_feed(open->body, part, bytes);
}

static void
on_end(void *context, uint64_t offset)
{
	struct content *content = context;
	struct open_part *open = innermost(content);
	struct part *part = part_of(content, open);

	/* A header section that a delimiter cut has its "body" behind it. */
	if (offset > part->offset)
		part->length = offset - part->offset;
	if (open->body != NULL)
		part_body_finish(open->body, part, content->pool);
	part_body_free(&open->body);
	content->facts->flags |= part->flags;
	content->facts->unread += (part->flags & PART_UNREAD) != 0;
	content->open_count--;
}

static void
on_odd(void *context, enum mime_oddity oddity)
{
	struct content *content = context;
	struct part *part = part_of(content, innermost(content));

	switch (oddity) {
	case MIME_BOUNDARY_JUNK:
		part_mark(part, PART_AMBIGUOUS, "text behind a boundary");
		break;
	case MIME_BOUNDARY_REOPENED:
		part_mark(part, PART_AMBIGUOUS, "part behind the last one");
		break;
	case MIME_BOUNDARY_REPEATED:
		part_mark(part, PART_AMBIGUOUS, "boundary used twice");
		break;
	case MIME_BOUNDARY_MISSING:
		part_mark(part, PART_AMBIGUOUS, "closing boundary missing");
		break;
	case MIME_HEADER_LINE:
		part_mark(part, PART_AMBIGUOUS, "header line without name");
		break;
	case MIME_HEADER_BLANK:
		part_mark(part, PART_AMBIGUOUS, "blank line within header");
		break;
	case MIME_HEADER_BYTE:
		part_mark(part, PART_AMBIGUOUS, "control byte in header");
		break;
	case MIME_HEADER_UNFINISHED:
		part_mark(part, PART_AMBIGUOUS, "header without body");
		break;
	case MIME_HEADER_COLON:
		part_mark(
		    part, PART_AMBIGUOUS, "blank before a colon in header");
		break;
	case MIME_HEADER_LIMIT:
		part_mark(part, PART_LIMIT, "header too long");
		break;
	}
}

static const struct mime_events events = {
	.begin = on_begin,
	.field = on_field,
	.body = on_body,
	.bytes = on_bytes,
	.end = on_end,
	.odd = on_odd,
};

struct content *
content_new(const struct content_limits *limits,
    const struct header_list *headers, struct pool *pool)
{
	struct content *content = xalloc(sizeof(*content));
	struct mime_limits mime_limits = {
		.header_bytes = limits->header_bytes,
		.headers_bytes = limits->headers_bytes,
	};

	content->limits = *limits;
	content->pool = pool;
	content->facts = pool_alloc(pool, sizeof(*content->facts));
	content->budget = (struct part_budget){
		.decoded_bytes = limits->decoded_bytes,
		.text_bytes = limits->text_bytes,
		.raw_text_bytes = limits->text_bytes,
	};
	content->open =
	    xalloc_array((size_t)limits->depth + 1, sizeof(*content->open));
	add_part(content)->headers = *headers;
	content->reader =
	    mime_new(&mime_limits, describe(content), &events, content);
	return content;
}

void
content_free(struct content **content)
{
	if (*content == NULL)
		return;
	for (size_t i = 0; i < (*content)->open_count; i++)
		part_body_free(&(*content)->open[i].body);
	mime_free(&(*content)->reader);
	free((*content)->open);
	free(*content);
	*content = NULL;
}

void
content_feed(struct content *content, struct span chunk)
{
	mime_feed(content->reader, chunk);
}

struct content_facts *
content_finish(struct content *content)
{
	if (!content->finished)
		mime_finish(content->reader);
	content->finished = true;
	return content->facts;
}
