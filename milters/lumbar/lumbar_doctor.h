/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of lumbar doctor: the site as plain data, what reads it, the checks
 * that look at it, and what they find.
 */
#ifndef LUMBAR_MILTERS_LUMBAR_DOCTOR_H
#define LUMBAR_MILTERS_LUMBAR_DOCTOR_H

#include "base/pool.h"
#include "formats/postconf.h"
#include "formats/sendmail_cf.h"
#include "skeleton/daemon.h"
#include "skeleton/settings.h"

#include <stdbool.h>
#include <stdint.h>

struct sign_conf;

/* Where Debian has them. */
#define DOCTOR_POSTFIX_FOLDER "/etc/postfix"
#define DOCTOR_SENDMAIL_FILE "/etc/mail/sendmail.cf"

/* The daemons in the order that the MTA is to ask them in. */
enum doctor_rank {
	DOCTOR_POLICY,
	DOCTOR_LIMIT,
	DOCTOR_ROUTE,
	DOCTOR_SIGN,
	DOCTOR_DAEMON_COUNT,
};

/* A socket as it is compared: however it was written, the same one has the same
 * text. */
struct doctor_socket {
	struct span written; /* as the configuration has it */
	/* "unix:/real/path" or "inet:ADDRESS:PORT", ADDRESS "*" for all; NULL
	 * where it is none that can be connected to (fd:N) or is wrong. */
	struct span name;
	const char *path; /* of a unix socket, else NULL */
};

struct doctor_daemon {
	const struct daemon *daemon;
	enum doctor_rank rank;
	const char *file;  /* its configuration */
	struct conf *conf; /* NULL: there is none that was read */
	const struct settings *settings; /* NULL likewise */
	bool has_file;
	bool is_hidden; /* HAS_FILE is a guess: it may not be read */
	bool socket_is_set; /* the file says where it listens */
	struct doctor_socket socket;
};

/* One milter in a list of the MTA. */
struct doctor_milter {
	struct span text; /* as it stands in the list */
	struct doctor_socket socket;
	/* What the same words would mean outside the chroot of the service;
	 * NAME is NULL where that is no other. */
	struct doctor_socket outside;
	const struct doctor_daemon *daemon; /* NULL: none of Lumbar's */
	bool by_name; /* DAEMON was known by the name of its socket only */
	/* What the MTA does when it fails: "accept", "tempfail", ... */
	struct span default_action;
	struct span protocol;    /* version, of Postfix */
	int64_t command_timeout; /* microseconds for one answer */
	int64_t content_timeout; /* for the answer at the end of message */
	const struct postconf_milter *item; /* of Postfix */
	const struct sendmail_filter *filter; /* of Sendmail */
};

enum doctor_list_kind {
	DOCTOR_LIST_SMTP,  /* mail that comes by SMTP */
	DOCTOR_LIST_LOCAL, /* all other; of Postfix only */
};

/* Where in the configuration of the MTA. */
struct doctor_place {
	const char *file;
	unsigned line;         /* 0: not known */
	struct span service;   /* of master.cf; empty: main.cf */
	struct span parameter; /* or option; may be empty */
};

/* The milters that one service, or listener, of the MTA asks. */
struct doctor_list {
	enum doctor_list_kind kind;
	struct doctor_place place; /* where the list stands */
	struct span service;  /* that asks them; for Postfix "smtp/inet" */
	struct span listener; /* {daemon_name} */
	bool chroot;          /* the service runs in one */
	struct doctor_milter *milters;
	size_t count;
};

struct doctor_lists {
	struct doctor_list *items;
	size_t count;
	bool incomplete; /* one with a mistake, which was found, is left out */
};

/* Of a finding; the order is that of the report. */
enum doctor_grade {
	DOCTOR_ERROR,   /* mail passes unchecked or unsigned, or not at all */
	DOCTOR_WARNING, /* that can happen */
	DOCTOR_NOTE,    /* good to know */
	DOCTOR_GRADE_COUNT,
};

struct doctor_finding {
	enum doctor_grade grade;
	struct doctor_place place;
	struct span what;
	struct span why;
	struct span cure; /* a line of the file, or a command */
};

struct doctor_findings {
	struct doctor_finding *items;
	size_t count;
};

enum doctor_mta {
	DOCTOR_POSTFIX = 1u << 0,
	DOCTOR_SENDMAIL = 1u << 1,
};

/* What Postfix says of itself. */
struct doctor_postfix {
	const char *command; /* "postconf", with its folder if it needs one */
	const char *main_cf;
	const char *master_cf;
	struct postconf_parameters main;     /* all, with defaults */
	struct postconf_parameters services; /* what master.cf sets */
	struct postconf_services programs;
};

struct doctor {
	struct pool *pool;
	enum doctor_mta mta;
	struct doctor_daemon daemons[DOCTOR_DAEMON_COUNT];
	struct doctor_postfix postfix;
	const char *sendmail_file;
	struct sendmail_cf sendmail;
	struct doctor_lists lists;
	const char *mta_user; /* who opens the sockets */
	struct doctor_findings findings;
};

/* Reads the configurations of the daemons in FOLDER into DOCTOR. */
void doctor_read_daemons(struct doctor *doctor, const char *folder);

/* Reads that of Postfix in FOLDER, or the Sendmail FILE, with its lists of
 * milters.  0, or -1 with *ERR. */
int doctor_read_postfix(
    struct doctor *doctor, const char *folder, struct err *err);
int doctor_read_sendmail(
    struct doctor *doctor, const char *file, struct err *err);

/* Runs all checks for the MTA of DOCTOR. */
void doctor_check(struct doctor *doctor);

/* The value of the Postfix parameter NAME in force for SERVICE (empty: for
 * all); empty where Postfix does not know it.  PLACE, which may be NULL, gets
 * where it is set. */
struct span doctor_parameter(const struct doctor *doctor,
    struct span service, const char *name, struct doctor_place *place);

/* The daemon RANK in LIST, or NULL. */
const struct doctor_milter *doctor_list_find(
    const struct doctor_list *list, enum doctor_rank rank);

/* True if a list of KIND has the daemon RANK. */
bool doctor_is_attached(const struct doctor *doctor,
    enum doctor_list_kind kind, enum doctor_rank rank);

/* True if LIST has a daemon of Lumbar's. */
bool doctor_list_is_ours(const struct doctor_list *list);

/* sign.conf, or NULL where there is none that can be read. */
const struct sign_conf *doctor_sign_conf(const struct doctor *doctor);

/* True if lumbar-sign signs some mail of the MTA. */
bool doctor_is_signed(const struct doctor *doctor);

/* True if LIST, a value of the MTA's with commas or blanks between its items,
 * has WORD; if VALUE says yes. */
bool doctor_has_word(struct span list, const char *word);
bool doctor_is_yes(struct span value);

/* WRITTEN ("unix:/path", "inet:port@host") as a socket that can be compared; in
 * POOL. */
struct doctor_socket doctor_socket_read(
    struct pool *pool, struct span written);

/* The same from the parts of an MTA's own way to write it.  FAMILY is AF_INET
 * or AF_INET6, or AF_UNSPEC: of version 4 if HOST has such an address. */
struct doctor_socket doctor_socket_unix(
    struct pool *pool, struct span written, struct span path);
struct doctor_socket doctor_socket_inet(struct pool *pool,
    struct span written, int family, struct span host, struct span port);

/* Finds which daemon each milter of LIST is. */
void doctor_identify(const struct doctor *doctor, struct doctor_list *list);

/*
 * Connects to SOCKET and negotiates, as an MTA does before the first message,
 * and leaves again.  0 and *ACTIONS is what the milter asks to be allowed; -1
 * with *ERR where it does not answer within some seconds.
 */
int doctor_socket_ask(const struct doctor_socket *socket, uint32_t *actions,
    struct err *err);

/* 0 if USER may open the unix socket PATH, also where links lead; else -1 with
 * *ERR, which says what is in the way. */
int doctor_socket_permits(
    const char *path, const char *user, struct err *err);

/*
 * Runs PROGRAM, found by PATH or else in /usr/sbin, with ARGUMENTS
 * (NULL-terminated, the program's name first), and appends its standard output
 * to OUTPUT.  0, or -1 with *ERR where it cannot be run, fails, does not end
 * within half a minute or says more than OUTPUT holds.
 */
int doctor_run(const char *program, const char *const *arguments,
    struct buf *output, struct err *err);

/* For a cure, what sets the Postfix parameter NAME to VALUE at PLACE: a line of
 * main.cf, or the command that writes to master.cf, or the option that stands
 * there; in the pool of DOCTOR. */
struct span doctor_setting_cure(struct doctor *doctor,
    const struct doctor_place *place, const char *name, struct span value);

/* The same for LIST in the right order, with those of the MISSING daemons that
 * are not NULL; MISSING may be NULL. */
struct span doctor_list_cure(struct doctor *doctor,
    const struct doctor_list *list,
    const struct doctor_daemon *const missing[DOCTOR_DAEMON_COUNT]);

/* Adds a finding, unless it is there already; WHY is for all of its kind, the
 * others are in the pool of DOCTOR. */
void doctor_find(struct doctor *doctor, enum doctor_grade grade,
    const struct doctor_place *place, struct span what, const char *why,
    struct span cure);

/* Checks, for the table of doctor_check; each adds what it finds. */
void doctor_check_daemons(struct doctor *doctor);
void doctor_check_order(struct doctor *doctor);
void doctor_check_sockets(struct doctor *doctor);
void doctor_check_failure(struct doctor *doctor);
void doctor_check_timeouts(struct doctor *doctor);
void doctor_check_listeners(struct doctor *doctor);
void doctor_check_postfix_lists(struct doctor *doctor);
void doctor_check_local(struct doctor *doctor);
void doctor_check_bounces(struct doctor *doctor);
void doctor_check_rewriting(struct doctor *doctor);
void doctor_check_conversion(struct doctor *doctor);
void doctor_check_protocol(struct doctor *doctor);
void doctor_check_certificates(struct doctor *doctor);
void doctor_check_foreign_signatures(struct doctor *doctor);
void doctor_check_reinjection(struct doctor *doctor);
void doctor_check_sessions(struct doctor *doctor);
void doctor_check_sendmail_filters(struct doctor *doctor);
void doctor_check_sendmail_rewriting(struct doctor *doctor);

#endif
