/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar key dns, check and activate: a key and its record in the DNS.
 */
#include "milters/lumbar/lumbar_key.h"

#include "base/clock.h"
#include "formats/dkim_record.h"
#include "milters/lumbar/key_folder.h"
#include "services/dns.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { POLL_SECONDS = 5 }; /* between looks for a record */

/* What the DNS has of a key. */
enum visibility {
	VISIBLE,      /* a record that fits, perhaps with warnings */
	NOT_VISIBLE,  /* none, or a wrong one */
	NOT_KNOWN,    /* the DNS could not be asked */
};

static struct dkim_public_key
public_key(const struct key_subject *subject)
{
	return (struct dkim_public_key){
		.algorithm = signing_key_algorithm(subject->key),
		.bytes = subject->public_half,
	};
}

/* Calls WORK for SUBJECT; an exit status. */
typedef int subject_work(
    const struct key_request *request, const struct key_subject *subject);

static int
work_on(const struct key_request *request, const struct key_set_key *entry,
    struct span selector, const char *file, subject_work *work)
{
	struct key_subject subject;
	int status;

	if (key_subject_load(request, &subject, key_request_domain(request),
		selector, file) < 0)
		return EX_CONFIG;
	subject.entry = entry;
	status = work(request, &subject);
	key_subject_free(&subject);
	return status;
}

/* True if REQUEST names KEY, or names none and KEY is in a state for which
 * NOT_NAMED has a bit. */
static bool
is_meant(const struct key_request *request, const struct key_set_key *key,
    unsigned not_named)
{
	if (request->name_count == 1)
		return (not_named & 1u << key->state) != 0;
	for (size_t i = 1; i < request->name_count; i++)
		if (span_equal(request->names[i], span_of(key->selector)))
			return true;
	return false;
}

/* True if SET has all keys that REQUEST names; else tells. */
static bool
check_names(const struct key_request *request, const struct key_set *set)
{
	bool good = true;

	for (size_t i = 1; i < request->name_count; i++) {
		if (key_set_find(set, request->names[i]) != NULL)
			continue;
		fprintf(stderr,
		    "lumbar key: %s has no key %.*s; try lumbar key list\n",
		    set->place.file, SPAN_ARGS(request->names[i]));
		good = false;
	}
	return good;
}

/*
 * Calls WORK for each key that is meant: that of --file, those named, or where
 * none is named those in a state that is in STATES.  The worst exit status.
 */
static int
work_on_each(
    const struct key_request *request, unsigned states, subject_work *work)
{
	const struct key_set_key *keys;
	const struct key_set *set;
	struct conf *conf = NULL;
	int status = EX_OK;

	if (request->file != NULL)
		return work_on(
		    request, NULL, request->names[1], request->file, work);
	set = key_set_load(request, key_request_domain(request), &conf);
	if (set == NULL)
		return EX_CONFIG;
	if (!check_names(request, set))
		status = EX_CONFIG;
	keys = set->keys.items;
	for (size_t i = 0; i < set->keys.count; i++) {
		int one;

		if (!is_meant(request, &keys[i], states))
			continue;
		one = work_on(request, &keys[i], span_of(keys[i].selector),
		    conf_path(request->pool, &keys[i].place, keys[i].file),
		    work);
		if (one > status)
			status = one;
	}
	conf_free(&conf);
	return status;
}

static int
print_record(
    const struct key_request *request, const struct key_subject *subject)
{
	struct dkim_public_key key = public_key(subject);
	struct span value = dkim_record_value(request->pool, &key);
	struct span text = { NULL, 0 };

	switch (request->format) {
	case KEY_FORMAT_ZONE:
		text = dkim_record_zone_line(
		    request->pool, subject->name, request->ttl, value);
		break;
	case KEY_FORMAT_VALUE:
		text = pool_printf(request->pool, "%.*s\n", SPAN_ARGS(value));
		break;
	case KEY_FORMAT_NSUPDATE:
		text = dkim_record_nsupdate(
		    request->pool, subject->name, request->ttl, value);
		break;
	}
	printf("%.*s", SPAN_ARGS(text));
	return EX_OK;
}

int
lumbar_key_dns(struct key_request *request)
{
	return work_on_each(request,
	    1u << KEY_PENDING | 1u << KEY_ACTIVE, print_record);
}

static int64_t
deadline(const struct key_request *request)
{
	return clock_now().monotonic_us + request->timeout_s * CLOCK_SECOND_US;
}

/* True if NAME has a TXT record that looks like that of a key. */
static bool
has_key_record(
    const struct key_request *request, struct dns *dns, const char *name)
{
	struct dns_txt txt;
	struct err err;

	if (dns_lookup_txt(dns, name, request->pool, &txt, deadline(request),
		&err) != LOOKUP_FOUND)
		return false;
	for (size_t i = 0; i < txt.count; i++)
		if (span_find_case(txt.records[i], SPAN("p=")) <
		    txt.records[i].len)
			return true;
	return false;
}

/* Says that there is no record, and whether it is where people put it by
 * mistake. */
static void
explain_missing(const struct key_request *request, struct dns *dns,
    const struct key_subject *subject, const struct dns_txt *txt,
    struct dkim_findings *findings)
{
	struct span domain = key_request_domain(request);
	const char *doubled = pool_printf(request->pool, "%.*s.%.*s",
	    SPAN_ARGS(subject->name), SPAN_ARGS(domain)).ptr;
	const char *plain = pool_printf(request->pool, "%.*s.%.*s",
	    SPAN_ARGS(subject->selector), SPAN_ARGS(domain)).ptr;

	if (txt->alias.len > 0)
		dkim_findings_add(findings, DKIM_ERROR,
		    "the name is an alias (CNAME) of %.*s, which has no TXT "
		    "record; publish it there or mend the alias",
		    SPAN_ARGS(txt->alias));
	else if (has_key_record(request, dns, doubled))
		dkim_findings_add(findings, DKIM_ERROR,
		    "there is no TXT record, but %s has one: end the name "
		    "with a dot in the zone file, or leave the domain out in "
		    "a web form",
		    doubled);
	else if (has_key_record(request, dns, plain))
		dkim_findings_add(findings, DKIM_ERROR,
		    "there is no TXT record, but %s has one: put _domainkey "
		    "between selector and domain",
		    plain);
	else
		dkim_findings_add(findings, DKIM_ERROR,
		    "there is no TXT record; publish what lumbar key dns "
		    "prints");
}

/* Looks for the record of SUBJECT by way of SERVERS. */
static enum visibility
look(const struct key_request *request, const struct key_subject *subject,
    const struct conf_strings *servers, struct dkim_findings *findings)
{
	struct dkim_public_key key = public_key(subject);
	enum visibility result = NOT_KNOWN;
	struct dns_txt txt;
	struct err err;
	struct dns *dns = dns_open(servers, &err);

	*findings = (struct dkim_findings){ .pool = request->pool };
	if (dns == NULL) {
		dkim_findings_add(findings, DKIM_ERROR, "%s", err.text);
		return NOT_KNOWN;
	}
	switch (dns_lookup_txt(dns, subject->name.ptr, request->pool, &txt,
	    deadline(request), &err)) {
	case LOOKUP_FOUND:
		if (txt.alias.len > 0)
			dkim_findings_add(findings, DKIM_NOTE,
			    "the name is an alias (CNAME) of %.*s",
			    SPAN_ARGS(txt.alias));
		dkim_record_check(txt.records, txt.count, &key, findings);
		result = findings->failed ? NOT_VISIBLE : VISIBLE;
		break;
	case LOOKUP_NOT_FOUND:
		explain_missing(request, dns, subject, &txt, findings);
		result = NOT_VISIBLE;
		break;
	case LOOKUP_FAILED:
		dkim_findings_add(findings, DKIM_ERROR,
		    "%s; check the server, or name another with --server",
		    err.text);
		break;
	}
	dns_close(&dns);
	return result;
}

static void
print_findings(const struct key_subject *subject, const char *server,
    const struct dkim_findings *findings, bool visible)
{
	static const char *const levels[] = {
		[DKIM_NOTE] = "note",
		[DKIM_WARNING] = "warning",
		[DKIM_ERROR] = "error",
	};
	const char *at = server != NULL ? " at " : "";

	if (server == NULL)
		server = "";
	for (size_t i = 0; i < findings->count; i++)
		printf("%.*s%s%s: %s: %.*s\n", SPAN_ARGS(subject->name), at,
		    server, levels[findings->items[i].level],
		    SPAN_ARGS(findings->items[i].text));
	if (visible)
		printf("%.*s%s%s: ok\n", SPAN_ARGS(subject->name), at, server);
}

/*
 * Looks at each server by itself, for they may differ while a zone is on its
 * way; the worst answer.  PRINT: tells what was found.
 */
static enum visibility
look_everywhere(const struct key_request *request,
    const struct key_subject *subject, bool print)
{
	size_t count = request->servers.count;
	enum visibility worst = VISIBLE;

	for (size_t i = 0; i < count || i == 0; i++) {
		struct conf_strings server = { request->servers.items + i,
			count > 0 ? 1 : 0 };
		struct dkim_findings findings;
		enum visibility one =
		    look(request, subject, &server, &findings);

		if (print)
			print_findings(subject,
			    count > 0 ? request->servers.items[i] : NULL,
			    &findings, one == VISIBLE);
		if (one > worst)
			worst = one;
	}
	return worst;
}

static int
exit_status(enum visibility visibility)
{
	switch (visibility) {
	case VISIBLE:
		return EX_OK;
	case NOT_VISIBLE:
		return EX_DATAERR;
	case NOT_KNOWN:
		break;
	}
	return EX_TEMPFAIL;
}

static int
check_record(
    const struct key_request *request, const struct key_subject *subject)
{
	return exit_status(look_everywhere(request, subject, true));
}

int
lumbar_key_check(struct key_request *request)
{
	return work_on_each(request,
	    1u << KEY_PENDING | 1u << KEY_ACTIVE | 1u << KEY_RETIRING,
	    check_record);
}

static int
wait_until_visible(
    const struct key_request *request, const struct key_subject *subject)
{
	int64_t end =
	    clock_now().monotonic_us + request->wait_s * CLOCK_SECOND_US;

	while (clock_now().monotonic_us < end) {
		if (look_everywhere(request, subject, false) == VISIBLE)
			break;
		(void)sleep(request->wait_s < POLL_SECONDS ? request->wait_s
							   : POLL_SECONDS);
	}
	return exit_status(look_everywhere(request, subject, true));
}

/* Makes *KEY, an active one, retire if it signs with ALGORITHM. */
static int
retire_like(const struct key_request *request, struct key_set_key *key,
    enum key_algorithm algorithm)
{
	struct key_subject subject;

	if (key_subject_load(request, &subject, key_request_domain(request),
		span_of(key->selector),
		conf_path(request->pool, &key->place, key->file)) < 0)
		return -1;
	if (signing_key_algorithm(subject.key) == algorithm) {
		key->state = KEY_RETIRING;
		key->since = key_day(request, 0);
		key->retires = key_day(request, request->retire_days);
	}
	key_subject_free(&subject);
	return 0;
}

/* Says which keys of OLD retire in KEYS, which has the same ones. */
static void
tell_retiring(const struct key_set *old, const struct key_set_key *keys)
{
	const struct key_set_key *before = old->keys.items;

	for (size_t i = 0; i < old->keys.count; i++)
		if (before[i].state == KEY_ACTIVE &&
		    keys[i].state == KEY_RETIRING)
			printf("%s signs no more; leave its record until %s\n",
			    keys[i].selector, keys[i].retires);
}

/* Makes the key of SELECTOR sign instead of those of ALGORITHM that do.  The
 * set is read again: only now nobody else can change it. */
static int
switch_keys(const struct key_request *request, struct span selector,
    enum key_algorithm algorithm)
{
	struct key_folder *folder = NULL;
	const struct key_set *old = NULL;
	struct key_set_key *keys;
	struct conf *conf = NULL;
	struct key_set set;
	int status = EX_CONFIG;
	struct err err;

	folder = key_folder_open(request->folder, &err);
	if (folder == NULL)
		return key_request_fail(&err);
	old = key_set_load(request, key_request_domain(request), &conf);
	if (old == NULL || !check_names(request, old))
		goto out;
	keys = pool_alloc_array(
	    request->pool, old->keys.count, sizeof(keys[0]));
	memcpy(keys, old->keys.items, old->keys.count * sizeof(keys[0]));
	set = (struct key_set){ .domain = old->domain,
		.keys = { keys, old->keys.count } };
	for (size_t i = 0; i < set.keys.count; i++) {
		if (span_equal(span_of(keys[i].selector), selector)) {
			keys[i].state = KEY_ACTIVE;
			keys[i].since = key_day(request, 0);
			keys[i].retires = "";
		} else if (keys[i].state == KEY_ACTIVE &&
		    retire_like(request, &keys[i], algorithm) < 0) {
			goto out;
		}
	}
	status = EX_OK;
	if (key_set_store(request, folder, &set, &err) < 0) {
		status = key_request_fail(&err);
		goto out;
	}
	tell_retiring(old, keys);
	printf("%.*s is active\n", SPAN_ARGS(selector));
	key_request_advise_reload();
out:
	conf_free(&conf);
	key_folder_close(&folder);
	return status;
}

static int
activate(const struct key_request *request, const struct key_subject *subject)
{
	int status;

	if (subject->entry->state == KEY_ACTIVE) {
		printf("%.*s is active already\n",
		    SPAN_ARGS(subject->selector));
		return EX_OK;
	}
	status = wait_until_visible(request, subject);
	if (status != EX_OK) {
		fprintf(stderr,
		    "lumbar key: %.*s stays %s: receivers would not find its "
		    "record\n",
		    SPAN_ARGS(subject->selector),
		    key_state_name((enum key_state)subject->entry->state));
		return status;
	}
	return switch_keys(request, subject->selector,
	    signing_key_algorithm(subject->key));
}

int
lumbar_key_activate(struct key_request *request)
{
	return work_on_each(request, 0, activate);
}
