/* SPDX-License-Identifier: BSD-2-Clause */
/* Comma-separated values, and tables of rules made of them. */
#include "formats/csv.h"

#include "base/buf.h"
#include "rules/rule_act.h"
#include "t/unit/rule_message.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_file(void *context, struct span name, struct span from, struct pool *pool,
    struct span *full_name, struct span *text, struct err *err)
{
	(void)from;
	(void)err;
	*full_name = name;
	*text = pool_dup(pool, *(const struct span *)context);
	return 0;
}

static void
evaluate(const struct rule_set *set)
{
	static const char *const recipients[] = { "b@example.com", NULL };
	struct rule_events events = { 0 };
	struct rule_message m;
	struct verdict verdict;
	struct rule_act act;

	rule_message_init(&m, "a@example.com", recipients, "", SPAN(""));
	m.connection.login = SPAN("a");
	verdict_init(&verdict, m.message.pool);
	rule_act_init(&act, &verdict);
	(void)rule_run_message(
	    rule_run_new(set, m.message.pool), &m.facts, &events);
	for (size_t i = 0; i < events.count; i++)
		rule_act_event(&act, set, &m.facts, &events.items[i]);
	rule_message_free(&m);
}

/* TEXT as a table by each kind of key. */
static void
read_tables(struct span text)
{
	static const char *const keys[] = { "client", "sender",
		"sender domain", "login" };
	const struct rule_files files = { .read = read_file,
		.context = &text };
	struct buf rules, errors;

	buf_init(&rules, 1 << 16);
	buf_init(&errors, 1 << 20);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct rule_set *set;

		buf_reset(&rules);
		buf_reset(&errors);
		(void)buf_printf(&rules,
		    "table t = \"t\" key %s columns a, b\n"
		    "rule r { when %s in t or sender is t[%s].a "
		    "or client is t[%s].b then add recipient t[%s].a }",
		    keys[i], keys[i], keys[i], keys[i], keys[i]);
		set = rule_set_new(
		    SPAN("r"), buf_span(&rules), &files, &errors);
		assert((set == NULL) == (errors.len > 0 || errors.full));
		if (set != NULL)
			evaluate(set);
		rule_set_free(&set);
	}
	buf_free(&rules);
	buf_free(&errors);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct csv_reader reader = { .text = text };
	struct csv_record record = { .count = 0 };
	struct pool *pool = pool_new();
	enum csv_result result;
	struct err err;
	size_t offset, before = 0;

	while ((result = csv_next(&reader, pool, &record, &offset, &err)) !=
	    CSV_END) {
		assert(reader.at > before && reader.at <= size);
		before = reader.at;
		if (result == CSV_WRONG) {
			assert(offset <= size);
			continue;
		}
		assert(record.count > 0 && record.count <= CSV_FIELDS_MAX);
		for (size_t i = 0; i < record.count; i++)
			assert(record.fields[i].offset <= size &&
			    record.fields[i].value.len <= size);
	}
	read_tables(text);
	pool_free(&pool);
	return 0;
}
