/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hash by which the log tells configurations apart: it differs where a
 * table, a key set or a key differs that sign.conf names.
 */
#include "skeleton/daemon_conf.h"
#include "skeleton/snapshot.h"

#include "t/unit/sign_trial.h"

/* A table and a key set, with the names of the tests' key files for %R and %E,
 * and whether the hash is that of the first row. */
static const struct {
	const char *table, *set;
	bool same;
} rows[] = {
	{ "key a example.net n1 %R\nfrom b.example a\nlogin joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", true },
	/* What has no effect does not count. */
	{ "# A comment.\nkey a example.net\tn1 \"%R\"\n\nfrom b.example a # x\n"
	  "login joe c.example\n",
	    "# Another.\nkey \"s1\" { file = \"%R\" state = active }\n"
	    "key \"s2\" { file = \"%E\" state = pending }\n",
	    true },
	{ "key a example.net n2 %R\nfrom b.example a\nlogin joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.org n1 %R\nfrom b.example a\nlogin joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %E\nfrom b.example a\nlogin joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R identity=@example.net\nfrom b.example a\n"
	  "login joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R on_bad_key=pass\nfrom b.example a\n"
	  "login joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R\nfrom .b.example a\nlogin joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R\nfrom b.example a identity=@example.net\n"
	  "login joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R\nfrom b.example a\nlogin ann c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R\nfrom b.example a\nlogin joe d.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R\nfrom b.example a\nlogin joe c.example\n",
	    "key \"s2\" { file = \"%R\" state = active }\n", false },
	{ "key a example.net n1 %R\nfrom b.example a\nlogin joe c.example\n",
	    "key \"s1\" { file = \"%R\" state = active }\n"
	    "key \"s2\" { file = \"%E\" state = active }\n",
	    false },
};

/* Writes TEXT, expanded, to FILE. */
static void
rewrite(const char *file, const char *text)
{
	struct buf expanded;
	FILE *out = fopen(file, "w");

	ck_assert_ptr_nonnull(out);
	buf_init(&expanded, 65536);
	expand(&expanded, text);
	(void)fputs(buf_string(&expanded), out);
	ck_assert_int_eq(fclose(out), 0);
	buf_free(&expanded);
}

/* The hash of the configuration CONF as it is in force now, in HASH. */
static void
read_hash(const char *conf, char hash[16])
{
	struct snapshot *snapshot;
	struct conf *read;
	struct buf errors;

	buf_init(&errors, 65536);
	read = daemon_conf_read_text(&sign_daemon, conf, &errors);
	ck_assert_msg(read != NULL, "%s", buf_string(&errors));
	snapshot = snapshot_load(&sign_daemon, NULL, &read, &errors);
	ck_assert_msg(snapshot != NULL, "%s", buf_string(&errors));
	(void)snprintf(hash, 16, "%s", snapshot_hash(snapshot));
	snapshot_release(&snapshot);
	buf_free(&errors);
}

START_TEST(hash_table)
{
	char table_file[32], set_file[32], conf[512], first[16], hash[16];

	write_keys();
	write_text(table_file, "");
	write_text(set_file, "");
	(void)snprintf(conf, sizeof(conf),
	    "tables = { \"%s\" }\nkey \"ours\" { set = \"%s\" }\n", table_file,
	    set_file);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf set;

		buf_init(&set, 4096);
		ck_assert_int_eq(buf_printf(&set,
				     "domain = \"example.com\"\n%s",
				     rows[i].set),
		    0);
		rewrite(table_file, rows[i].table);
		rewrite(set_file, buf_string(&set));
		buf_free(&set);
		read_hash(conf, hash);
		if (i == 0)
			memcpy(first, hash, sizeof(first));
		ck_assert_msg((strcmp(hash, first) == 0) == rows[i].same,
		    "row %zu: %s and %s", i, first, hash);
	}
	ck_assert_int_eq(unlink(table_file), 0);
	ck_assert_int_eq(unlink(set_file), 0);
	remove_keys();
}
END_TEST

/* Another key in the same file, which a restart takes, and one that cannot be
 * used. */
START_TEST(hash_of_keys)
{
	char first[16], other[16], bad[16], again[16];
	struct buf conf;

	write_keys();
	buf_init(&conf, 4096);
	expand(&conf, ONE_KEY);
	read_hash(buf_string(&conf), first);
	rewrite(rsa_file, RFC6376_RSA_KEY);
	read_hash(buf_string(&conf), other);
	rewrite(rsa_file, "no key");
	read_hash(buf_string(&conf), bad);
	rewrite(rsa_file, RFC8463_RSA_KEY);
	read_hash(buf_string(&conf), again);
	ck_assert_str_ne(first, other);
	ck_assert_str_ne(first, bad);
	ck_assert_str_ne(other, bad);
	ck_assert_str_eq(first, again);
	buf_free(&conf);
	remove_keys();
}
END_TEST

SUITE_MAIN("sign_digest", hash_table, hash_of_keys)
