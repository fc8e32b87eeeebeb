/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign_count.h"

#include "base/xalloc.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { ALGORITHM_COUNT = KEY_ED25519 + 1 };

struct sign_counts {
	atomic_uint_fast64_t messages;
	atomic_uint_fast64_t signatures[ALGORITHM_COUNT];
	atomic_uint_fast64_t reasons[UNSIGNED_REASON_COUNT];
	atomic_uint_fast64_t findings[SIGN_FINDING_COUNT];
};

static const struct {
	const char *word;
	const char *counter;
} reasons[UNSIGNED_REASON_COUNT] = {
#define UNSIGNED_REASON(name, word, counter) { word, counter },
	UNSIGNED_REASONS(UNSIGNED_REASON)
#undef UNSIGNED_REASON
};

static const char *const findings[SIGN_FINDING_COUNT] = {
#define SIGN_FINDING(name, counter) counter,
	SIGN_FINDINGS(SIGN_FINDING)
#undef SIGN_FINDING
};

const char *
sign_count_reason_name(enum unsigned_reason reason)
{
	return reasons[reason].word;
}

struct sign_counts *
sign_counts_new(void)
{
	return xalloc(sizeof(struct sign_counts));
}

void
sign_counts_free(struct sign_counts **counts)
{
	free(*counts);
	*counts = NULL;
}

static void
add_one(atomic_uint_fast64_t *counter)
{
	(void)atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void
sign_count_unsigned(struct sign_counts *counts, enum unsigned_reason reason)
{
	add_one(&counts->reasons[reason]);
}

void
sign_count_message(struct sign_counts *counts)
{
	add_one(&counts->messages);
}

void
sign_count_signature(struct sign_counts *counts, enum key_algorithm algorithm)
{
	add_one(&counts->signatures[algorithm]);
}

void
sign_count_finding(struct sign_counts *counts, enum sign_finding finding)
{
	add_one(&counts->findings[finding]);
}

static void
log_counter(struct log_line *line, const char *name,
    const atomic_uint_fast64_t *counter)
{
	log_line_number(line, name,
	    (int64_t)atomic_load_explicit(counter, memory_order_relaxed));
}

void
sign_counts_log(const struct sign_counts *counts, struct log_line *line)
{
	log_counter(line, "signed", &counts->messages);
	log_counter(line, "signatures_rsa", &counts->signatures[KEY_RSA]);
	log_counter(
	    line, "signatures_ed25519", &counts->signatures[KEY_ED25519]);
	for (size_t i = 0; i < SIGN_FINDING_COUNT; i++)
		log_counter(line, findings[i], &counts->findings[i]);
	for (size_t i = 0; i < UNSIGNED_REASON_COUNT; i++)
		log_counter(line, reasons[i].counter, &counts->reasons[i]);
}
