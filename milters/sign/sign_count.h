/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why mail is not signed, and how often: one table for the log, the counters
 * and the man page.
 */
#ifndef LUMBAR_MILTERS_SIGN_COUNT_H
#define LUMBAR_MILTERS_SIGN_COUNT_H

#include "base/crypto.h"
#include "base/err.h"
#include "base/log.h"

/* REASON(name, word in the decision line, name of the counter) */
#define UNSIGNED_REASONS(REASON) \
	REASON(NO_KEYS, "no-keys", "unsigned_no_keys") \
	REASON(ORIGIN, "origin", "unsigned_origin") \
	REASON(CERTIFICATE, "origin-certificate", \
	    "unsigned_origin_certificate") \
	REASON(HEADER, "origin-header", "unsigned_origin_header") \
	REASON(NO_FROM, "no-from", "unsigned_no_from") \
	REASON(SEVERAL_FROM, "several-from", "unsigned_several_from") \
	REASON(FROM_MALFORMED, "from-malformed", "unsigned_from_malformed") \
	REASON(NO_AUTHOR, "no-author", "unsigned_no_author") \
	REASON(SEVERAL_DOMAINS, "several-domains", \
	    "unsigned_several_domains") \
	REASON(DOMAIN_MALFORMED, "domain-malformed", \
	    "unsigned_domain_malformed") \
	REASON(LOGIN, "login", "unsigned_login") \
	REASON(NO_KEY, "no-key", "unsigned_no_key") \
	REASON(KEY_DISABLED, "key-disabled", "unsigned_key_disabled") \
	REASON(TOO_MANY_FIELDS, "too-many-fields", \
	    "unsigned_too_many_fields") \
	REASON(NO_HEADER, "no-header", "unsigned_no_header") \
	REASON(ALREADY_SIGNED, "already-signed", "unsigned_already_signed")

#define UNSIGNED_REASON(name, word, counter) UNSIGNED_##name,
enum unsigned_reason {
	UNSIGNED_REASONS(UNSIGNED_REASON) UNSIGNED_REASON_COUNT
};
#undef UNSIGNED_REASON

/* FINDING(name, name of the counter): what is counted of signatures that a
 * message has already, and of messages that are signed. */
#define SIGN_FINDINGS(FINDING) \
	FINDING(KEPT, "signatures_kept") \
	FINDING(BROKEN, "signatures_broken") \
	FINDING(EIGHT_BIT, "eight_bit")

#define SIGN_FINDING(name, counter) SIGN_##name,
enum sign_finding { SIGN_FINDINGS(SIGN_FINDING) SIGN_FINDING_COUNT };
#undef SIGN_FINDING

/* The word for REASON in the decision line. */
const char *sign_count_reason_name(enum unsigned_reason reason);

/* What is counted as long as the process lives; may be used by any number of
 * threads at once. */
struct sign_counts;

/* All zero.  Release with sign_counts_free. */
struct sign_counts *sign_counts_new(void)
    __attribute__((warn_unused_result));
void sign_counts_free(struct sign_counts **counts);

/* A message that was not signed. */
void sign_count_unsigned(
    struct sign_counts *counts, enum unsigned_reason reason);

/* A message that was signed, and a signature of it. */
void sign_count_message(struct sign_counts *counts);
void sign_count_signature(
    struct sign_counts *counts, enum key_algorithm algorithm);

/* One more of FINDING. */
void sign_count_finding(
    struct sign_counts *counts, enum sign_finding finding);

/* Adds all counters to LINE. */
void sign_counts_log(const struct sign_counts *counts, struct log_line *line);

#endif
