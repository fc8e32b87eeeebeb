/* SPDX-License-Identifier: BSD-2-Clause */
/* The rule compiler; what compiles is reported, evaluated and explained. */
#include "rules/rule.h"

#include "rules/rule_act.h"
#include "rules/rule_eval.h"
#include "rules/rule_match.h"
#include "rules/rule_people.h"
#include "rules/rule_trace.h"
#include "t/unit/rule_message.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A list and a table that files may name; any other file is missing. */
static int
read_file(void *context, struct span name, struct span from, struct pool *pool,
    struct span *full_name, struct span *text, struct err *err)
{
	(void)context;
	(void)from;
	*full_name = pool_dup(pool, name);
	if (span_equal(name, SPAN("table"))) {
		*text = SPAN("192.0.2.0/24,s@example.com;a@b.c,internal\n"
			     "2001:db8::/32,c@example.com,\"x\"\"y\"\n");
		return 0;
	}
	if (!span_equal(name, SPAN("list")))
		return err_set(err, ERR_CONFIG, "no such file");
	*text = SPAN("# comment\na@example.com\n\n example.com \n10.0.0.0/8\n");
	return 0;
}

/* A manager for everybody, and a value of each attribute. */
static void
answer_found(struct pool *pool, const struct rule_directory *directory,
    struct rule_person *person)
{
	static struct span value = SPAN_INIT("b@example.com");
	static struct rule_entry_values texts = { &value, 1 };

	person->entry.known = RULE_ANSWERED;
	person->attributes = pool_alloc_array(pool,
	    directory->attribute_count + 1, sizeof(*person->attributes));
	for (size_t i = 0; i < directory->attribute_count; i++)
		person->attributes[i] = texts;
	person->manager.known = RULE_ANSWERED;
	person->managers = &texts;
	person->manager_count = 1;
	for (size_t i = 0; i < person->group_count; i++) {
		person->groups[i].answer.known = RULE_ANSWERED;
		person->groups[i].member = i % 2 == 0;
	}
}

/* The directory knows some people, not others, and fails for the rest. */
static void
answer(const struct rule_set *set, struct rule_people *people)
{
	struct err fault;

	assert(people->question_count > 0);
	for (size_t i = 0; i < people->question_count; i++) {
		struct rule_person *person = people->questions[i].person;

		assert(person->address.domain.len > 0);
		if (person->key.ptr[0] == 's')
			answer_found(people->pool, rule_set_directory(set),
			    person);
		else if (person->key.ptr[0] == 'b')
			person->entry.known = RULE_ANSWERED;
	}
	(void)err_set(&fault, ERR_TEMPORARY, "no answer");
	rule_people_received(people, &fault);
}

/* A message with a file, which could not be read where UNREAD. */
static void
message_init(struct rule_message *m, bool unread)
{
	static const char *const recipients[] = { "a@example.com",
		"b@bank.example", NULL };
	static const char headers[] =
	    "Subject: a 536-22-1234\nFrom: x <s@example.com>\nX: y\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
	    "Authentication-Results: mx; spf=pass smtp.mailfrom=x.example\n";
	static const char body[] =
	    "--b\r\n\r\na text, card 4111 1111 1111 1111 4111111111111111\r\n"
	    "--b\r\nContent-Disposition: attachment; filename=f.csv\r\n\r\n"
	    "a DE89370400440532013000,DE89370400440532013000\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\n"
	    "Subject: NL91ABNA0417164300\r\n\r\n5555555555554444\r\n--b--\r\n";
	static struct span host = SPAN_INIT("mx");
	static const struct rule_names hosts = { &host, 1 };
	struct content_facts *content;

	rule_message_init(m, "s@example.com", recipients, headers, SPAN(body));
	m->facts.authserv_ids = &hosts;
	content = content_finish(m->content);
	for (size_t i = 0; i < content->part_count; i++) {
		struct part *part = &content->parts[i];

		/* The type of the rest cannot be told. */
		if (part->name_count == 0)
			continue;
		part->true_type = SPAN("text/csv");
		if (!unread)
			continue;
		part_mark(part, PART_UNSCANNABLE, "no text");
		content->flags |= PART_UNSCANNABLE;
		content->unread++;
	}
}

/* What SET says of M, over all stages. */
static void
run_rules(const struct rule_set *set, struct rule_message *m,
    struct rule_events *events)
{
	struct rule_run *run = rule_run_new(set, m->message.pool);

	m->facts.people = rule_people_new(m->message.pool);
	m->facts.stage = RULE_STAGE_RECIPIENT;
	for (size_t i = 0; i < m->message.recipient_count; i++)
		while (rule_run_recipient(run, &m->facts, i, events) ==
		    RULE_ASKS)
			answer(set, m->facts.people);
	for (unsigned stage = RULE_STAGE_DATA; stage <= RULE_STAGE_END;
	    stage++) {
		m->facts.stage = (enum rule_stage)stage;
		while (rule_run_message(run, &m->facts, events) == RULE_ASKS)
			answer(set, m->facts.people);
	}
	/* Once over, it stays so. */
	assert(rule_run_message(run, &m->facts, events) == RULE_DONE);
}

static void
check_answer(const struct rule_trace_answer *answer, size_t rule)
{
	assert(answer->rule == rule);
	assert(rule_trace_outcome_name(answer->outcome)[0] != '\0');
	assert(answer->item_count <= RULE_TRACE_ITEMS);
	for (size_t i = 0; i < answer->item_count; i++)
		assert(answer->items[i].value != NULL);
}

/* Of each rule there are answers, or why it has none. */
static void
check_trace(const struct rule_set *set, const struct rule_trace *trace,
    struct pool *pool)
{
	for (size_t i = 0; i < rule_set_size(set); i++) {
		const struct rule_trace_answer *answer =
		    rule_trace_first(trace, i);

		if (answer == NULL)
			assert(rule_trace_not_reached(trace, i, pool).len > 0);
		while (answer != NULL) {
			check_answer(answer, i);
			answer = rule_trace_next(trace, answer);
		}
	}
}

/* That the rules are explained does not change what is FOUND. */
static void
check_explained(const struct rule_set *set, bool unread,
    const struct rule_events *found)
{
	struct rule_events events = { 0 };
	struct rule_message m;

	message_init(&m, unread);
	m.facts.trace = rule_trace_new(set, m.message.pool);
	run_rules(set, &m, &events);
	assert(events.count == found->count);
	for (size_t i = 0; i < events.count; i++) {
		const struct rule_event *a = &events.items[i];
		const struct rule_event *b = &found->items[i];

		assert(a->kind == b->kind && a->rule == b->rule);
		assert(span_equal(a->evidence, b->evidence));
	}
	check_trace(set, m.facts.trace, m.message.pool);
	rule_people_free(&m.facts.people);
	rule_message_free(&m);
}

/* The rules over a message, explained as well, and what becomes of it. */
static void
evaluate(const struct rule_set *set, bool unread)
{
	struct rule_message m;
	struct rule_events events = { 0 };
	struct verdict verdict;
	struct rule_act act;

	message_init(&m, unread);
	verdict_init(&verdict, m.message.pool);
	rule_act_init(&act, &verdict);
	run_rules(set, &m, &events);
	check_explained(set, unread, &events);
	for (size_t i = 0; i < events.count; i++)
		rule_act_event(&act, set, &m.facts, &events.items[i]);
	rule_act_unread(&act);
	rule_act_notes(&act, set, &m.facts);
	rule_people_free(&m.facts.people);
	rule_message_free(&m);
}

/* What is printed reads back, and prints the same. */
static void
print_again(const struct rule_set *set, const struct rule_files *files)
{
	struct buf first, second, errors;
	struct rule_set *again;

	buf_init(&first, 1 << 24);
	buf_init(&second, 1 << 24);
	buf_init(&errors, 1 << 20);
	rule_set_print(set, &first);
	if (!first.full) {
		again = rule_set_new(
		    SPAN("printed"), buf_span(&first), files, &errors);
		assert(again != NULL);
		assert(rule_set_needs(again) == rule_set_needs(set));
		rule_set_print(again, &second);
		assert(span_equal(buf_span(&first), buf_span(&second)));
		rule_set_free(&again);
	}
	buf_free(&first);
	buf_free(&second);
	buf_free(&errors);
}

/* The text that PLACE is in. */
static struct span
text_of(const struct rule_message *m, const struct rule_hit_place *place)
{
	const struct part *part;

	/* Of headers and names it is not told which. */
	if (place->part == RULE_NO_PART || place->view == RULE_VIEW_HEADER ||
	    place->view == RULE_VIEW_NAME)
		return span_make("", SIZE_MAX);
	part = &m->facts.content->parts[place->part];
	return place->view == RULE_VIEW_TEXT ? part->text : part->raw_text;
}

/* Each rule by itself, with the places that an explanation shows. */
static void
explain(const struct rule_set *set)
{
	struct rule_message m;

	message_init(&m, false);
	for (size_t i = 0; i < set->rule_count; i++) {
		struct rule_hit_places places = { .count = 0 };
		struct rule_eval eval = {
			.facts = &m.facts,
			.recipient = 0,
			.places = &places,
		};

		(void)rule_evaluate_rule(&eval, set->rules[i]);
		assert(places.count <= RULE_PLACES_MAX);
		for (size_t j = 0; j < places.count; j++) {
			const struct rule_hit_place *place = &places.items[j];

			assert(place->offset + place->length <=
			    text_of(&m, place).len);
		}
	}
	rule_message_free(&m);
}

/* What is told of the rules, whether each is in force or not. */
static void
check_about(const struct rule_set *set)
{
	struct pool *pool = pool_new();
	size_t count, on = 0;
	const struct rule_about *about = rule_set_about(set, pool, &count);

	assert(count == rule_set_size(set));
	for (size_t i = 0; i < count; i++) {
		assert(span_equal(about[i].id, rule_set_rule_id(set, i)));
		assert(rule_index(set->rules[i]) == i);
		assert(about[i].line > 0 && about[i].then.len > 0);
		on += about[i].mode != MODE_OFF;
	}
	assert(on == rule_set_count(set));
	pool_free(&pool);
}

/* As a configuration with a directory, and one without. */
static void
check_directory(const struct rule_set *set, struct buf *errors)
{
	static const struct span declared[] = { SPAN_INIT("building") };

	for (int has_one = 0; has_one < 2; has_one++) {
		int rc;

		buf_reset(errors);
		rc = rule_set_check_directory(
		    set, has_one, declared, 1, "policy.conf", errors);
		assert((rc < 0) == (errors->len > 0 || errors->full));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rule_files files = { .read = read_file };
	struct buf report, errors;
	struct rule_set *set;

	buf_init(&report, 1 << 20);
	buf_init(&errors, 1 << 20);
	set = rule_set_new(SPAN("fuzz"),
	    span_make((const char *)data, size), &files, &errors);
	assert((set == NULL) == (errors.len > 0 || errors.full));
	if (set != NULL) {
		rule_set_report(set, &report);
		rule_set_report_expired(set, 0, &report);
		check_about(set);
		print_again(set, &files);
		check_directory(set, &errors);
		evaluate(set, false);
		evaluate(set, true);
		explain(set);
	}
	rule_set_free(&set);
	buf_free(&report);
	buf_free(&errors);
	return 0;
}
