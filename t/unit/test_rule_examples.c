/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The examples of lumbar.rules(5) and the sample file are right, and the page
 * has one for every fact, test, quantifier and action and for every word of the
 * language.
 */
#include "milters/policy/policy_files.h"

#include "formats/message_type.h"
#include "rules/rule_ast.h"
#include "rules/rule_file_type.h"
#include "rules/rule_lex.h"

#include "t/unit/rule_reprinted.h"
#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What single lines of the page refer to. */
static const char prologue[] =
    "unread content is held\n"
    "list partners = domains { bank.example }\n"
    "list projects = words { falcon whale osprey }\n"
    "schedule office-hours = weekdays monday..friday hours 8-18\n"
    "table apps = \"apps.csv\" key client columns sender, scope, owner\n";

/* What the page names. */
static const struct text_file named[] = {
	{ "apps.csv",
	    "192.0.2.0/28,robot@example.com;shop@example.com,internal,"
	    "\"it@example.com\"\n" },
	{ "lists.rules",
	    "unread content is held\n"
	    "list auditors = domains { audit.example }\n" },
	{ NULL, NULL },
};

static void
source_path(const char *name, char *out, size_t size)
{
	const char *srcdir = getenv("srcdir");

	(void)snprintf(
	    out, size, "%s/%s", srcdir != NULL ? srcdir : ".", name);
}

static void
read_source(const char *name, struct buf *text)
{
	char path[512], chunk[4096];
	FILE *file;
	size_t got;

	source_path(name, path, sizeof(path));
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s cannot be read", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		ck_assert_int_eq(buf_append(text, chunk, got), 0);
	(void)fclose(file);
}

/* What the examples of a page use. */
struct usage {
	struct pool *pool;
	bool *facts; /* of rule_facts_table */
	bool attributes[PERSON_RECIPIENT + 1];
	bool managers[PERSON_RECIPIENT + 1];
	bool managed_by; /* compared with somebody's manager */
	bool cells, cell_operands;
	bool verbs[RULE_VERB_COUNT];
	bool near;
	bool quantifiers[QUANTITY_AT_LEAST + 1][NOUN_HEADER + 1];
	bool sides[SIDE_INTERNAL + 1];
	bool actions[ACTION_STOP + 1];
	struct span *words;
	size_t word_count;
};

static void
use_test(struct usage *usage, const struct rule_test *test)
{
	if (test->fact->id == FACT_ATTRIBUTE)
		usage->attributes[test->person.role] = true;
	else if (test->fact->id == FACT_MANAGER)
		usage->managers[test->person.role] = true;
	else if (test->fact->id == FACT_CELL)
		usage->cells = true;
	else
		usage->facts[test->fact - rule_facts_table] = true;
	usage->managed_by |= test->operand.person != NULL;
	usage->cell_operands |= test->operand.cell != NULL;
	usage->near |= test->near != NULL;
	usage->verbs[test->verb] = true;
}

static void
use_condition(struct usage *usage, const struct rule_condition *condition)
{
	if (condition == NULL)
		return;
	for (size_t i = 0; i < condition->child_count; i++)
		use_condition(usage, condition->children[i]);
	if (condition->kind == CONDITION_TEST)
		use_test(usage, &condition->test);
	if (condition->kind != CONDITION_QUANTIFIER)
		return;
	usage->quantifiers[condition->quantifier.quantity]
			  [condition->quantifier.noun] = true;
	usage->sides[condition->quantifier.side] = true;
	use_condition(usage, condition->quantifier.inner);
}

static void
use_rules(struct usage *usage, const struct rule_set *set)
{
	for (size_t i = 0; i < set->define_count; i++)
		use_condition(usage, set->defines[i]->condition);
	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule *rule = set->rules[i];

		use_condition(usage, rule->when);
		for (size_t j = 0; j < rule->except_count; j++)
			use_condition(usage, rule->except[j]);
		for (size_t j = 0; j < rule->action_count; j++) {
			usage->actions[rule->actions[j].kind] = true;
			use_condition(usage, rule->actions[j].condition);
		}
	}
}

/* The words in TEXT, which may be half a rule. */
static void
use_words(struct usage *usage, struct span text)
{
	struct rule_source *source =
	    pool_alloc(usage->pool, sizeof(*source));
	struct rule_errors errors = { .pool = usage->pool };
	struct rule_tokens tokens = { 0 };

	source->text = pool_dup(usage->pool, text);
	rule_lex(source, usage->pool, &tokens, &errors);
	for (size_t i = 0; i < tokens.count; i++) {
		if (tokens.items[i].kind != TOKEN_WORD)
			continue;
		usage->words = pool_grow(usage->pool, usage->words,
		    usage->word_count, sizeof(*usage->words));
		usage->words[usage->word_count++] = tokens.items[i].text;
	}
}

static void
compile(struct usage *usage, const char *before, struct span text,
    const char *after)
{
	const struct rule_files files = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)named,
	};
	struct buf file, errors;
	struct rule_set *set;

	buf_init(&file, 1 << 20);
	buf_init(&errors, 1 << 20);
	(void)buf_printf(
	    &file, "%s%.*s%s", before, SPAN_ARGS(text), after);
	set = rule_set_new(
	    SPAN("lumbar.rules.5"), buf_span(&file), &files, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	use_rules(usage, set);
	use_words(usage, text);
	set = rule_reprinted(set, &files);
	rule_set_free(&set);
	buf_free(&file);
	buf_free(&errors);
}

static void
compile_line(struct usage *usage, struct span line)
{
	static const struct {
		const char *start, *before, *after;
	} forms[] = {
		{ "when ", "rule x { when ", " then hold }" },
		{ "then ", "rule x { when always then ", " }" },
		{ "for each recipient: when ",
		    "rule x for each recipient { when ", " then reject }" },
	};
	struct buf before;

	buf_init(&before, 1 << 16);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct span start = span_of(forms[i].start);

		if (!span_starts(line, start))
			continue;
		(void)buf_printf(&before, "%s%s", prologue, forms[i].before);
		compile(usage, buf_string(&before),
		    span_slice(line, start.len, line.len), forms[i].after);
		buf_free(&before);
		return;
	}
	ck_abort_msg("%.*s", SPAN_ARGS(line));
}

/* LINE of the page without what mdoc escapes. */
static void
unescape(struct span line, struct buf *out)
{
	while (line.len > 0) {
		size_t skip = 1;
		char c = line.ptr[0];

		if (span_starts(line, SPAN("\\e"))) {
			c = '\\';
			skip = 2;
		} else if (span_starts(line, SPAN("\\(dq"))) {
			c = '"';
			skip = 4;
		} else if (span_starts(line, SPAN("\\&"))) {
			line = span_slice(line, 2, line.len);
			continue;
		}
		(void)buf_append_char(out, c);
		line = span_slice(line, skip, line.len);
	}
}

/* Compiles every example of the page. */
static void
compile_page(struct usage *usage)
{
	struct buf text, block, line;
	struct span rest, raw;
	bool in_block = false;

	buf_init(&text, 1 << 20);
	buf_init(&block, 1 << 20);
	buf_init(&line, 1 << 16);
	read_source("man/lumbar.rules.5", &text);
	rest = buf_span(&text);
	while (span_next(&rest, '\n', &raw)) {
		buf_reset(&line);
		unescape(raw, &line);
		if (span_equal(raw, SPAN(".Bd -literal"))) {
			in_block = true;
			buf_reset(&block);
		} else if (in_block && span_equal(raw, SPAN(".Ed"))) {
			in_block = false;
			compile(usage, "", buf_span(&block), "");
		} else if (in_block) {
			(void)buf_printf(
			    &block, "%s\n", buf_string(&line));
		} else if (span_starts(raw, SPAN(".Dl "))) {
			compile_line(usage,
			    span_slice(buf_span(&line), 4, line.len));
		}
	}
	buf_free(&text);
	buf_free(&block);
	buf_free(&line);
}

/* Adds a line to MISSING unless USED. */
static void
want(struct buf *missing, bool used, const char *first, const char *second)
{
	if (!used)
		(void)buf_printf(missing, "%s%s\n", first, second);
}

static void
want_words(
    struct buf *missing, const struct usage *usage, const char *const *words)
{
	for (; *words != NULL; words++) {
		bool used = false;

		for (size_t i = 0; i < usage->word_count && !used; i++)
			used = span_equal(usage->words[i], span_of(*words));
		want(missing, used, "the word ", *words);
	}
}

static void
want_facts(struct buf *missing, const struct usage *usage)
{
	static const char *const people[] = { "sender", "from", "recipient" };
	static const char *const scopes[] = { "", "recipient: ",
		"attachment: ", "header: " };

	for (size_t i = 0; i < rule_facts_count; i++)
		want(missing, usage->facts[i],
		    scopes[rule_facts_table[i].scope],
		    rule_facts_table[i].phrase);
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		want(missing, usage->attributes[i], people[i], " attribute");
		want(missing, usage->managers[i], "manager of ", people[i]);
	}
	want(missing, usage->managed_by, "is manager of", "");
	want(missing, usage->cells, "a column as a fact", "");
	want(missing, usage->cell_operands, "a column as a value", "");
	want(missing, usage->near, "near", "");
	for (unsigned i = 0; i < RULE_VERB_COUNT; i++)
		want(missing, usage->verbs[i], "the test ",
		    rule_verb_name((enum rule_verb)i));
}

static const char *
noun_name(enum rule_noun noun)
{
	switch (noun) {
	case NOUN_RECIPIENT:
		return " recipient";
	case NOUN_ATTACHMENT:
		return " attachment";
	case NOUN_HEADER:
		return " header";
	}
	return NULL;
}

static const char *
action_name(enum rule_action_kind kind)
{
	switch (kind) {
	case ACTION_REJECT:
		return "reject";
	case ACTION_TEMPFAIL:
		return "tempfail";
	case ACTION_DISCARD:
		return "discard";
	case ACTION_HOLD:
		return "hold";
	case ACTION_ADD_HEADER:
		return "add header";
	case ACTION_SET_HEADER:
		return "set header";
	case ACTION_REMOVE_HEADER:
		return "remove header";
	case ACTION_TAG_SUBJECT:
		return "tag subject";
	case ACTION_ADD_RECIPIENT:
		return "add recipient";
	case ACTION_REDIRECT:
		return "redirect to";
	case ACTION_REMOVE_RECIPIENTS:
		return "remove recipients";
	case ACTION_DISCARD_IF_NONE:
		return "discard if none is left";
	case ACTION_STOP:
		return "stop";
	}
	return NULL;
}

static void
want_quantifiers_and_actions(struct buf *missing, const struct usage *usage)
{
	const char *name;

	for (unsigned noun = 0;
	     (name = noun_name((enum rule_noun)noun)) != NULL; noun++)
		for (size_t i = 0; rule_quantity_words[i] != NULL; i++)
			want(missing, usage->quantifiers[i][noun],
			    rule_quantity_words[i], name);
	want(missing, usage->sides[SIDE_EXTERNAL], "external recipients", "");
	want(missing, usage->sides[SIDE_INTERNAL], "internal recipients", "");
	for (unsigned kind = 0;
	     (name = action_name((enum rule_action_kind)kind)) != NULL; kind++)
		want(missing, usage->actions[kind], "the action ", name);
}

START_TEST(page)
{
	static const char *const *const lists[] = { rule_item_words,
		rule_clause_words, rule_action_words, rule_verb_words,
		rule_quantity_words, rule_list_kinds, rule_modes,
		rule_severities, rule_roles, rule_directions, rule_states,
		rule_weekdays, rule_file_classes, message_type_names,
		detector_names, detector_confidences };
	struct pool *pool = pool_new();
	struct usage usage = { .pool = pool };
	struct buf missing;

	buf_init(&missing, 1 << 16);
	usage.facts =
	    pool_alloc_array(pool, rule_facts_count, sizeof(*usage.facts));
	compile_page(&usage);
	want_facts(&missing, &usage);
	want_quantifiers_and_actions(&missing, &usage);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		want_words(&missing, &usage, lists[i]);
	/* "default" and "unstated" stand for saying nothing. */
	want_words(&missing, &usage, rule_failures + 1);
	want_words(&missing, &usage, rule_unreads + 1);
	ck_assert_msg(missing.len == 0,
	    "lumbar.rules(5) has no example of:\n%s", buf_string(&missing));
	buf_free(&missing);
	pool_free(&pool);
}
END_TEST

START_TEST(sample)
{
	struct buf report, errors, text;
	char path[512];
	struct span rest, line;

	buf_init(&report, 1 << 20);
	buf_init(&errors, 1 << 20);
	buf_init(&text, 1 << 20);
	source_path("etc/policy.rules", path, sizeof(path));
	ck_assert_msg(rule_file_check(path, &report, &errors) == 0, "%s",
	    buf_string(&errors));
	/* As shipped, it does nothing, and there is nothing odd in it. */
	rest = buf_span(&report);
	while (span_next(&rest, '\n', &line)) {
		size_t colon = span_find(line, ':');

		ck_assert_msg(span_starts(span_slice(line, colon, line.len),
				  SPAN(": audit")),
		    "%.*s", SPAN_ARGS(line));
	}
	buf_free(&report);
	buf_free(&errors);
	buf_free(&text);
}
END_TEST

SUITE_MAIN("rule_examples", page, sample)
