/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts of a message that a test searches, each with the part and the view
 * that it comes from, and what detectors find in them.  Both are made once for
 * all rules: no text is scanned twice by a detector.
 */
#ifndef LUMBAR_RULES_RULE_TEXTS_H
#define LUMBAR_RULES_RULE_TEXTS_H

#include "formats/detector.h"
#include "rules/rule_eval.h"

enum {
	/* Finds kept of one detector and confidence in a message, or in one
	 * header or name; and of needles that must stand near a word, in a
	 * text that has the word.  What is beyond makes a test that it could
	 * change fail, so it bounds memory and nothing else. */
	RULE_FINDS_MAX = 32768,
};

/* One place where something was found. */
struct rule_find {
	size_t offset, length; /* bytes in the text */
	/* From 0 on: the same for what counts once where a test asks for
	 * distinct finds. */
	size_t id;
	enum detector_confidence confidence;
};

struct rule_finds {
	struct rule_find *items; /* in the order of the text */
	size_t count;
	bool cut[CONFIDENCE_COUNT]; /* of which there were more */
};

struct rule_text {
	struct span text;
	int part; /* or RULE_NO_PART */
	enum rule_view view;
	bool attached;   /* it belongs to an attachment */
	bool of_message; /* else it lives as long as facts->temporary */
	const struct rule_finds *finds[DETECTOR_COUNT]; /* NULL: not scanned */
};

struct rule_texts {
	struct rule_text **items;
	size_t count;
};

struct rule_values;

/* Sets *TEXTS to those that TEST searches: VALUES, or of a fact that is content
 * those of the message. */
void rule_texts_get(struct rule_eval *eval, const struct rule_test *test,
    const struct rule_values *values, struct rule_texts *texts);

/* What DETECTOR finds in TEXT, one of rule_texts_get. */
const struct rule_finds *rule_text_finds(
    struct rule_eval *eval, struct rule_text *text, enum detector detector);

/* How many different ids the finds of DETECTOR have so far. */
size_t rule_find_ids(const struct rule_eval *eval, enum detector detector);

/* True if the part of index PART is ATTACHMENT or lies in it. */
bool rule_part_is_in(const struct content_facts *content, int part,
    const struct part *attachment);

#endif
