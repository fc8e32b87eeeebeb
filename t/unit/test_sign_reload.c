/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reloads of lumbar-sign: which keys take the place of others.
 */
#include "t/unit/sign_trial.h"

#include <sys/stat.h>

/* A reload takes the keys of the new file, a wrong file changes nothing. */
START_TEST(reload)
{
	struct trial *trial;

	write_keys();
	trial = good_trial("");
	check_notes(trial_run(trial, &plain), "reason", "no-keys", 0);
	reload_with(trial, ONE_KEY, 0, "");
	check_notes(trial_run(trial, &plain), "signed",
	    "example.com/s1/rsa-sha256", 0);
	reload_with(trial, "key \"x\" {}", -1, "domain is missing");
	check_notes(trial_run(trial, &plain), "signed",
	    "example.com/s1/rsa-sha256", 0);
	trial_free(&trial);
	remove_keys();
}
END_TEST

/* Neither a key that has become bad nor another one under the same selector
 * takes the place of a good one. */
START_TEST(reload_keeps_good_keys)
{
	struct trial *trial;

	write_keys();
	trial = good_trial(ONE_KEY BAD_KEY("b", "bad.example", ""));
	/* The file has another key now: it is no key of this selector. */
	ck_assert_int_eq(rename(ed25519_file, rsa_file), 0);
	reload_with(trial, ONE_KEY, -1,
	    "has another key than the one in force for "
	    "s1._domainkey.example.com");
	check_notes(trial_run(trial, &plain), "signed",
	    "example.com/s1/rsa-sha256", 0);
	reload_with(trial,
	    "key \"one\" { domain = \"example.com\" selector = \"s2\" "
	    "file = \"%R\" }\n", 0, "");
	check_notes(trial_run(trial, &plain), "signed",
	    "example.com/s2/ed25519-sha256", 0);
	ck_assert_int_eq(chmod(rsa_file, 0666), 0);
	reload_with(trial,
	    "key \"one\" { domain = \"example.com\" selector = \"s2\" "
	    "file = \"%R\" }\n", -1, "is good and stays");
	check_notes(trial_run(trial, &plain), "signed",
	    "example.com/s2/ed25519-sha256", 0);
	/* One that was bad before, or is new, hinders nothing. */
	ck_assert_int_eq(chmod(rsa_file, 0600), 0);
	reload_with(trial,
	    "key \"one\" { domain = \"example.com\" selector = \"s2\" "
	    "file = \"%R\" }\n"
	    BAD_KEY("b", "bad.example", "") BAD_KEY("c", "bad.example", ""), 0,
	    "");
	trial_free(&trial);
	ck_assert_int_eq(unlink(rsa_file), 0);
}
END_TEST

#define WIDE_KEY(name, domain, file, from) \
	"key \"" name "\" { domain = \"" domain "\" selector = \"w\" " \
	"file = \"" file "\" from = \"" from "\" }\n"

static const struct {
	const char *before, *after;
	const char *error; /* NULL: it may be */
} successions[] = {
	{ WIDE_KEY("a", "%", "%R", "example.com"),
	    WIDE_KEY("b", "example.com", "%E", "example.com"),
	    "for w._domainkey.example.com, whose" },
	{ WIDE_KEY("a", "example.com", "%R", "example.com"),
	    WIDE_KEY("b", "%", "%E", "*@*.com"),
	    "for w._domainkey.example.com, whose" },
	{ WIDE_KEY("a", "%", "%R", ".com"),
	    WIDE_KEY("b", "%", "%E", "joe@example.com"),
	    "for w._domainkey.example.com, whose" },
	{ WIDE_KEY("a", "%", "%R", ".com"), WIDE_KEY("b", "%", "%E", ".com"),
	    "for w._domainkey.*.com, whose" },
	{ WIDE_KEY("a", "%", "%R", ".com"), WIDE_KEY("b", "%", "%R", ".com"),
	    NULL },
	{ WIDE_KEY("a", "%", "%R", ".com"), WIDE_KEY("a", "%", "%E", ".org"),
	    NULL },
};

/* A key for the domains of authors follows others where it reaches them. */
START_TEST(reload_keeps_wide_keys)
{
	write_keys();
	for (size_t i = 0; i < sizeof(successions) / sizeof(successions[0]);
	     i++) {
		struct trial *trial = good_trial(successions[i].before);
		bool good = successions[i].error == NULL;

		reload_with(trial, successions[i].after, good ? 0 : -1,
		    good ? "" : successions[i].error);
		trial_free(&trial);
	}
	remove_keys();
}
END_TEST

/* A selector may serve two keys at different domains, also below each other. */
START_TEST(shared_selectors)
{
	struct trial *trial;

	write_keys();
	trial = good_trial(WIDE_KEY("any", "%", "%R", ".example.com")
		WIDE_KEY("sub", "sub.example.com", "%E", "sub.example.com")
		WIDE_KEY("deep", "%", "%E", ".deep.example.com")
		WIDE_KEY("web", "%", "%E", "*@web*.example.com"));
	check_notes(run_author(trial, "a@sub.example.com", NULL), "signed",
	    "sub.example.com/w/ed25519-sha256", 0);
	check_notes(run_author(trial, "a@x.example.com", NULL), "signed",
	    "x.example.com/w/rsa-sha256", 1);
	trial_free(&trial);
	remove_keys();
}
END_TEST

SUITE_MAIN("sign_reload", reload, reload_keeps_good_keys,
    reload_keeps_wide_keys, shared_selectors)
