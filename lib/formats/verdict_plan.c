/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order edits are sent, and what an MTA makes of them.
 *
 * The counting rules were read in Postfix's cleanup_milter.c and Sendmail's
 * milter.c, and are held against both by the end-to-end tests.
 */
#include "formats/verdict.h"

#include <stdlib.h>
#include <string.h>

/* A recipient from one of three sources, to be grouped by mailbox. */
enum claim_source {
	CLAIM_PRESENT, /* in the envelope */
	CLAIM_DELETED,
	CLAIM_ADDED,
};

struct claim {
	struct address address;
	enum claim_source source;
	size_t index; /* of the recipient or of the edit */
};

struct claim_list {
	struct claim *items;
	size_t count;
};

struct plan {
	struct edit *items;
	size_t count;
};

/* TEXT in its parts; what cannot be read is all local part. */
static struct address
read_address(struct span text)
{
	struct address address;

	if (address_parse(text, &address, NULL) < 0)
		address = (struct address){ .text = text, .local = text };
	return address;
}

static int
compare_mailboxes(const struct claim *a, const struct claim *b)
{
	int order = span_compare_case(a->address.local, b->address.local);

	if (order != 0)
		return order;
	return span_compare_case(a->address.domain, b->address.domain);
}

/* By mailbox, then source, then the order they came in. */
static int
compare_claims(const void *left, const void *right)
{
	const struct claim *a = left;
	const struct claim *b = right;
	int order = compare_mailboxes(a, b);

	if (order != 0)
		return order;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Who is, leaves or enters the envelope, grouped by mailbox. */
static struct claim_list
gather_claims(const struct message *message, const struct edit *edits,
    size_t edit_count, struct pool *pool)
{
	struct claim_list claims = { NULL, 0 };

	claims.items = pool_alloc_array(pool,
	    message->recipient_count + edit_count, sizeof(*claims.items));
	for (size_t i = 0; i < message->recipient_count; i++) {
		const struct recipient *recipient = &message->recipients[i];

		if (recipient->refused)
			continue;
		claims.items[claims.count++] = (struct claim){
			read_address(recipient->given), CLAIM_PRESENT, i
		};
	}
	for (size_t i = 0; i < edit_count; i++) {
		enum claim_source source;

		if (edits[i].kind == EDIT_DELETE_RECIPIENT)
			source = CLAIM_DELETED;
		else if (edits[i].kind == EDIT_ADD_RECIPIENT)
			source = CLAIM_ADDED;
		else
			continue;
		claims.items[claims.count++] = (struct claim){
			read_address(edits[i].value), source, i
		};
	}
	if (claims.count > 0)
		qsort(claims.items, claims.count, sizeof(*claims.items),
		    compare_claims);
	return claims;
}

/* The index behind the claims on the same mailbox as the one at FROM. */
static size_t
group_end(const struct claim_list *claims, size_t from)
{
	size_t end = from + 1;

	while (end < claims->count &&
	    compare_mailboxes(
		&claims->items[from], &claims->items[end]) == 0)
		end++;
	return end;
}

/* Of the edits of VERDICT, those on recipients that are not to be sent. */
static const bool *
needless_edits(const struct message *message, const struct verdict *verdict,
    struct pool *pool)
{
	bool *needless =
	    pool_alloc_array(pool, verdict->edit_count, sizeof(*needless));
	struct claim_list claims = gather_claims(
	    message, verdict->edits, verdict->edit_count, pool);
	size_t end;

	for (size_t from = 0; from < claims.count; from = end) {
		bool present = claims.items[from].source == CLAIM_PRESENT;
		bool added;

		end = group_end(&claims, from);
		added = claims.items[end - 1].source == CLAIM_ADDED;
		for (size_t i = from; i < end; i++) {
			const struct claim *claim = &claims.items[i];
			bool first = i == from ||
			    claims.items[i - 1].source != claim->source;

			if (claim->source == CLAIM_DELETED)
				needless[claim->index] = present && added;
			if (claim->source == CLAIM_ADDED)
				needless[claim->index] = present || !first;
		}
	}
	return needless;
}

static void
push(struct plan *plan, const struct edit *edit)
{
	plan->items[plan->count++] = *edit;
}

/* The last edit of KIND, for it replaces those before it. */
static void
plan_last(struct plan *plan, const struct verdict *verdict,
    enum edit_kind kind)
{
	for (size_t i = verdict->edit_count; i > 0; i--)
		if (verdict->edits[i - 1].kind == kind) {
			push(plan, &verdict->edits[i - 1]);
			return;
		}
}

static void
plan_recipients(struct plan *plan, const struct message *message,
    const struct verdict *verdict, struct pool *pool)
{
	const bool *needless = needless_edits(message, verdict, pool);

	for (size_t i = 0; i < verdict->edit_count; i++) {
		struct edit edit = verdict->edits[i];
		struct address address;

		if (edit.kind != EDIT_DELETE_RECIPIENT || needless[i])
			continue;
		push(plan, &edit);
		address = read_address(edit.value);
		if (!address.routed)
			continue;
		edit.value =
		    pool_printf(pool, "<%.*s>", SPAN_ARGS(address.text));
		push(plan, &edit);
	}
	for (size_t i = 0; i < verdict->edit_count; i++)
		if (verdict->edits[i].kind == EDIT_ADD_RECIPIENT &&
		    !needless[i])
			push(plan, &verdict->edits[i]);
}

/* By name, occurrences from the last to the first, later wishes first.  The
 * pointers go into one array, so they tell which edit came later. */
static int
compare_header_edits(const void *left, const void *right)
{
	const struct edit *a = *(const struct edit *const *)left;
	const struct edit *b = *(const struct edit *const *)right;
	int order = span_compare_case(a->name, b->name);

	if (order != 0)
		return order;
	if (a->index != b->index)
		return a->index > b->index ? -1 : 1;
	return a > b ? -1 : 1;
}

static bool
same_field(const struct edit *a, const struct edit *b)
{
	return a->index == b->index && span_equal_case(a->name, b->name);
}

/* The changes and deletions of fields, one for each field that they mean,
 * those of one name side by side. */
struct wishes {
	const struct edit **items;
	size_t count;
};

static struct wishes
last_wishes(const struct verdict *verdict, struct pool *pool)
{
	const struct edit **edits =
	    pool_alloc_array(pool, verdict->edit_count, sizeof(*edits));
	struct wishes wishes = { edits, 0 };
	size_t count = 0;

	for (size_t i = 0; i < verdict->edit_count; i++)
		if (verdict->edits[i].kind == EDIT_CHANGE_HEADER ||
		    verdict->edits[i].kind == EDIT_DELETE_HEADER)
			edits[count++] = &verdict->edits[i];
	if (count > 0)
		qsort(edits, count, sizeof(*edits), compare_header_edits);
	for (size_t i = 0; i < count; i++)
		if (wishes.count == 0 ||
		    !same_field(edits[wishes.count - 1], edits[i]))
			edits[wishes.count++] = edits[i];
	return wishes;
}

/* The fields of a message that have one name, in their order. */
struct occurrences {
	const struct header **items;
	size_t count;
};

static struct occurrences
find_occurrences(
    const struct header_list *headers, struct span name, struct pool *pool)
{
	struct occurrences found = { NULL, 0 };

	for (size_t i = 0; i < headers->count; i++) {
		if (!span_equal_case(headers->items[i].name, name))
			continue;
		found.items = pool_grow(
		    pool, found.items, found.count, sizeof(*found.items));
		found.items[found.count++] = &headers->items[i];
	}
	return found;
}

/* Plans what is done to fields that are there.  Returns, by index of the edit,
 * which changes are of fields that are not. */
static const bool *
plan_header_changes(struct plan *plan, const struct message *message,
    const struct verdict *verdict, struct pool *pool)
{
	bool *absent =
	    pool_alloc_array(pool, verdict->edit_count, sizeof(*absent));
	struct wishes wishes = last_wishes(verdict, pool);
	struct occurrences fields = { NULL, 0 };

	for (size_t i = 0; i < wishes.count; i++) {
		struct edit edit = *wishes.items[i];

		/* Once for a name, for a message may be one field a hundred
		 * thousand times. */
		if (i == 0 ||
		    !span_equal_case(wishes.items[i - 1]->name, edit.name))
			fields = find_occurrences(
			    &message->headers, edit.name, pool);
		/* On the wire of the protocol an empty value deletes. */
		if (edit.value.len == 0)
			edit.kind = EDIT_DELETE_HEADER;
		if (edit.index > fields.count) {
			absent[wishes.items[i] - verdict->edits] =
			    edit.kind == EDIT_CHANGE_HEADER;
			continue;
		}
		/* Sendmail keeps the name as it was written, Postfix takes
		 * ours: agree by giving back what was received. */
		edit.name = fields.items[edit.index - 1]->name;
		push(plan, &edit);
	}
	return absent;
}

/* Insertions from the lowest place to the top, so that none moves the place
 * that another one meant; equal places keep their order. */
static void
plan_insertions(
    struct plan *plan, const struct verdict *verdict, struct pool *pool)
{
	struct plan sorted = {
		pool_alloc_array(
		    pool, verdict->edit_count, sizeof(struct edit)),
		0,
	};

	for (size_t i = 0; i < verdict->edit_count; i++) {
		const struct edit *edit = &verdict->edits[i];
		size_t at = sorted.count;

		if (edit->kind != EDIT_INSERT_HEADER)
			continue;
		for (; at > 0 && sorted.items[at - 1].index < edit->index; at--)
			sorted.items[at] = sorted.items[at - 1];
		sorted.items[at] = *edit;
		sorted.count++;
	}
	for (size_t i = 0; i < sorted.count; i++)
		push(plan, &sorted.items[i]);
}

/* A change of a field that the message does not have (ABSENT) adds it;
 * Sendmail would put it where it finds another of that name. */
static void
plan_additions(
    struct plan *plan, const struct verdict *verdict, const bool *absent)
{
	for (size_t i = 0; i < verdict->edit_count; i++) {
		struct edit edit = verdict->edits[i];

		if (edit.kind != EDIT_ADD_HEADER && !absent[i])
			continue;
		edit.kind = EDIT_ADD_HEADER;
		edit.index = 0;
		push(plan, &edit);
	}
}

static struct plan
make_plan(const struct message *message, const struct verdict *verdict,
    struct pool *pool)
{
	struct plan plan = { NULL, 0 };
	const bool *absent;

	/* Twice, because a routed recipient is deleted in two forms. */
	plan.items = pool_alloc_array(
	    pool, 2 * verdict->edit_count, sizeof(*plan.items));
	plan_last(&plan, verdict, EDIT_CHANGE_SENDER);
	plan_recipients(&plan, message, verdict, pool);
	absent = plan_header_changes(&plan, message, verdict, pool);
	plan_insertions(&plan, verdict, pool);
	plan_additions(&plan, verdict, absent);
	plan_last(&plan, verdict, EDIT_REPLACE_BODY);
	return plan;
}

const struct edit *
verdict_plan(const struct message *message, const struct verdict *verdict,
    struct pool *pool, size_t *count)
{
	struct plan plan = make_plan(message, verdict, pool);

	*count = plan.count;
	return plan.items;
}

/* True if one of the deletions among CLAIMS, all on one mailbox, names it
 * exactly as PRESENT does. */
static bool
is_deleted(const struct claim *claims, size_t count,
    const struct claim *present)
{
	for (size_t i = 0; i < count; i++)
		if (claims[i].source == CLAIM_DELETED &&
		    span_equal(claims[i].address.text, present->address.text))
			return true;
	return false;
}

/* The envelope after the edits of PLAN, each mailbox once as both MTAs
 * deliver it: those that stay, in their order, then those added. */
static void
apply_recipients(const struct message *message, const struct plan *plan,
    struct pool *pool, struct applied *result)
{
	struct claim_list claims =
	    gather_claims(message, plan->items, plan->count, pool);
	struct span *staying = pool_alloc_array(
	    pool, message->recipient_count, sizeof(*staying));
	struct span *added =
	    pool_alloc_array(pool, plan->count, sizeof(*added));
	size_t end;

	for (size_t from = 0; from < claims.count; from = end) {
		end = group_end(&claims, from);
		for (size_t i = from; i < end; i++) {
			const struct claim *claim = &claims.items[i];
			struct span text = claim->address.text;

			if (claim->source == CLAIM_DELETED ||
			    (claim->source == CLAIM_PRESENT &&
				is_deleted(&claims.items[from], end - from,
				    claim)))
				continue;
			if (claim->source == CLAIM_PRESENT)
				staying[claim->index] = text;
			else
				added[claim->index] = text;
			break;
		}
	}
	result->recipients = pool_alloc_array(pool,
	    message->recipient_count + plan->count, sizeof(struct span));
	for (size_t i = 0; i < message->recipient_count; i++)
		if (staying[i].ptr != NULL)
			result->recipients[result->recipient_count++] =
			    staying[i];
	for (size_t i = 0; i < plan->count; i++)
		if (added[i].ptr != NULL)
			result->recipients[result->recipient_count++] =
			    added[i];
}

size_t
verdict_recipients_left(const struct message *message,
    const struct verdict *verdict, struct pool *pool)
{
	struct plan plan = make_plan(message, verdict, pool);
	struct applied applied = { .recipient_count = 0 };

	apply_recipients(message, &plan, pool, &applied);
	return applied.recipient_count;
}

/* The place of the field that EDIT means, or COUNT. */
static size_t
find_field(
    const struct header *headers, size_t count, const struct edit *edit)
{
	unsigned left = edit->index;

	for (size_t i = 0; i < count; i++)
		if (span_equal_case(headers[i].name, edit->name) &&
		    --left == 0)
			return i;
	return count;
}

/* Puts a field before the one at AT. */
static void
put_field(struct header *headers, size_t *count, size_t at,
    const struct edit *edit)
{
	if (at > *count)
		at = *count;
	memmove(&headers[at + 1], &headers[at],
	    (*count - at) * sizeof(*headers));
	headers[at] = (struct header){ edit->name, edit->value };
	(*count)++;
}

/* Does what an MTA does with one edit of its header section. */
static void
apply_to_headers(
    struct header *headers, size_t *count, const struct edit *edit)
{
	size_t at;

	switch (edit->kind) {
	case EDIT_ADD_HEADER:
		put_field(headers, count, *count, edit);
		break;
	case EDIT_INSERT_HEADER:
		/* At 1 stands what is below the MTA's own Received. */
		at = edit->index > 0 ? edit->index - 1 : 0;
		put_field(headers, count, at, edit);
		break;
	case EDIT_CHANGE_HEADER:
		at = find_field(headers, *count, edit);
		if (at < *count)
			headers[at] =
			    (struct header){ edit->name, edit->value };
		else
			put_field(headers, count, at, edit);
		break;
	case EDIT_DELETE_HEADER:
		at = find_field(headers, *count, edit);
		if (at == *count)
			break;
		(*count)--;
		memmove(&headers[at], &headers[at + 1],
		    (*count - at) * sizeof(*headers));
		break;
	case EDIT_ADD_RECIPIENT:
	case EDIT_DELETE_RECIPIENT:
	case EDIT_CHANGE_SENDER:
	case EDIT_REPLACE_BODY:
		break;
	}
}

static void
apply_headers(const struct message *message, const struct plan *plan,
    struct pool *pool, struct applied *result)
{
	size_t count = message->headers.count;
	struct header *headers =
	    pool_alloc_array(pool, count + plan->count, sizeof(*headers));

	if (count > 0)
		memcpy(headers, message->headers.items,
		    count * sizeof(*headers));
	for (size_t i = 0; i < plan->count; i++)
		apply_to_headers(headers, &count, &plan->items[i]);
	for (size_t i = 0; i < count; i++)
		header_list_add(&result->headers, pool, headers[i].name,
		    headers[i].value);
}

void
verdict_apply(const struct message *message, const struct verdict *verdict,
    struct pool *pool, struct applied *result)
{
	struct plan plan = make_plan(message, verdict, pool);

	*result = (struct applied){
		.sender = read_address(message->sender_given).text
	};
	for (size_t i = 0; i < plan.count; i++) {
		if (plan.items[i].kind == EDIT_CHANGE_SENDER)
			result->sender = plan.items[i].value;
		if (plan.items[i].kind == EDIT_REPLACE_BODY) {
			result->body_replaced = true;
			result->body = plan.items[i].value;
		}
	}
	apply_recipients(message, &plan, pool, result);
	apply_headers(message, &plan, pool, result);
}
