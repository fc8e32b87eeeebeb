/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what was parsed to what can be evaluated: names resolved, operands
 * compiled, stages computed, and whatever contradicts the rules of the
 * language reported.
 */
#ifndef LUMBAR_RULES_RULE_CHECK_H
#define LUMBAR_RULES_RULE_CHECK_H

#include "base/text_map.h"
#include "rules/rule_error.h"

/* The lists, tables, schedules, conditions and rules of a set by name. */
struct rule_check {
	struct rule_set *set;
	struct rule_errors *errors;
	struct rule_list **lists; /* sorted */
	struct rule_table **tables;
	struct rule_schedule **schedules;
	struct rule_define **defines;
	struct rule **rules;
	/* Of rule_set.directory, from its name to its index and one more. */
	struct text_map *attributes;
	struct text_map *groups;
	unsigned depth; /* of the condition being checked */
	enum rule_scope scope; /* in which it stands */
};

/* Checks and completes SET. */
void rule_check_set(struct rule_set *set, struct rule_errors *errors);

/* The list NAME, or NULL. */
struct rule_list *rule_check_list(
    const struct rule_check *check, struct span name);

/* "; did you mean ...?" for a list's name that does not exist. */
struct span rule_check_list_suggestion(
    const struct rule_check *check, struct span name);

/* The same of tables. */
struct rule_table *rule_check_table(
    const struct rule_check *check, struct span name);
struct span rule_check_table_suggestion(
    const struct rule_check *check, struct span name);

/* And of schedules. */
struct rule_schedule *rule_check_schedule(
    const struct rule_check *check, struct span name);
struct span rule_check_schedule_suggestion(
    const struct rule_check *check, struct span name);

/* Reports names that cannot be, and those that stand twice. */
void rule_check_names(const struct rule_check *check);

/* Finds the list or table if the operand of TEST, which stands at PLACE, names
 * one, and takes no name of one for a value.  0, or -1 after reporting. */
int rule_resolve_list(const struct rule_check *check, struct rule_test *test,
    struct rule_place place);

/* Reports items of LIST that are names of others of its kind. */
void rule_check_nesting(
    const struct rule_check *check, const struct rule_list *list);

/* Compiles the items of LIST by its kind. */
void rule_compile_list(const struct rule_check *check, struct rule_list *list);

/* Notes which groups LIST means. */
void rule_compile_members(
    const struct rule_check *check, struct rule_list *list);

/* Notes what TEST, which stands at PLACE, asks of the directory.  True if
 * nothing is left to be compiled. */
bool rule_compile_directory(const struct rule_check *check,
    struct rule_test *test, struct rule_place place);

/* Adds to *REACH what TEST, compiled, takes if it asks the directory. */
void rule_directory_reach(
    const struct rule_test *test, struct rule_reach *reach);

/* The values that a test with OPERAND compares with, its own or its list's:
 * their count and *ITEMS. */
size_t rule_operand_items(
    const struct rule_operand *operand, const struct rule_token **items);

/* Reports those values of TEST that its fact never has; those of a list once
 * for all tests. */
void rule_check_values(
    const struct rule_check *check, const struct rule_test *test);

/* Compiles what TEST, which stands at PLACE, compares with. */
void rule_compile_test(const struct rule_check *check, struct rule_test *test,
    struct rule_place place);

/* 0 if TEXT, which stands at PLACE, can match domains, or -1 after
 * reporting. */
int rule_check_domain(const struct rule_check *check, struct span text,
    struct rule_place place);

/* The same of what clients call themselves, which may be no domain at all: only
 * what was meant as something else is reported. */
int rule_check_helo(const struct rule_check *check, struct span text,
    struct rule_place place);

/* Adds ITEM to what a fact of that type is compared with. */
void rule_compile_address(const struct rule_check *check,
    struct rule_names *names, const struct rule_token *item);
void rule_compile_domain(const struct rule_check *check,
    struct rule_names *names, const struct rule_token *item);
void rule_compile_network(const struct rule_check *check,
    struct rule_networks *networks, const struct rule_token *item);

/* Checks and indexes the keys of TABLE. */
void rule_compile_table(
    const struct rule_check *check, struct rule_table *table);

/* What concerns time of TEST: true if there is no more to be compiled. */
bool rule_compile_time(
    const struct rule_check *check, struct rule_test *test);

/* Completes when RULE is in force. */
void rule_check_validity(const struct rule_check *check, struct rule *rule);

/* The column NAME of TABLE, or NULL. */
struct rule_column *rule_check_column(
    const struct rule_table *table, struct span name);

/* Finds the table and the column of CELL.  0, or -1 after reporting. */
int rule_check_cell(const struct rule_check *check, struct rule_cell *cell);

/* Takes the table if TEST's operand, one word, names one.  1, 0 if none is, or
 * -1 after reporting. */
int rule_resolve_table(
    const struct rule_check *check, struct rule_test *test);

/* Compiles TEST, which compares with a column. */
void rule_compile_cell(
    const struct rule_check *check, struct rule_test *test);

/* Finds the column of CELL, every value of which must be an address that mail
 * can be sent to. */
void rule_check_targets(
    const struct rule_check *check, struct rule_cell *cell);

#endif
