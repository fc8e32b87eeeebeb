/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/milter.h"

#include "base/log.h"
#include "skeleton/daemon_conf.h"

void
milter_init(struct milter *milter, const struct daemon *daemon, void *process,
    struct snapshot *current)
{
	*milter = (struct milter){
		.daemon = daemon,
		.process = process,
		.current = current,
	};
	(void)pthread_mutex_init(&milter->mutex, NULL);
}

int
milter_open(struct milter *milter, const struct daemon *daemon,
    const char *file, struct buf *errors)
{
	struct conf *conf = daemon_conf_read(daemon, file, errors);

	if (conf == NULL)
		return -1;
	return milter_load(milter, daemon, &conf, errors);
}

int
milter_load(struct milter *milter, const struct daemon *daemon,
    struct conf **conf, struct buf *errors)
{
	const struct settings *settings = conf_values(*conf);
	struct snapshot *snapshot;
	struct err err;
	void *process = NULL;

	if (daemon->open != NULL) {
		process = daemon->open(settings, &err);
		if (process == NULL) {
			conf_mistake(
			    errors, &settings->place, "%s", err.text);
			conf_free(conf);
			return -1;
		}
	}
	snapshot = snapshot_load(daemon, process, conf, errors);
	if (snapshot == NULL) {
		if (daemon->close != NULL && process != NULL)
			daemon->close(process);
		return -1;
	}
	milter_init(milter, daemon, process, snapshot);
	return 0;
}

void
milter_destroy(struct milter *milter)
{
	workers_free(&milter->workers);
	snapshot_release(&milter->current);
	if (milter->daemon->close != NULL && milter->process != NULL)
		milter->daemon->close(milter->process);
	(void)pthread_mutex_destroy(&milter->mutex);
}

struct snapshot *
milter_snapshot(struct milter *milter)
{
	struct snapshot *snapshot;

	(void)pthread_mutex_lock(&milter->mutex);
	snapshot = snapshot_acquire(milter->current);
	(void)pthread_mutex_unlock(&milter->mutex);
	return snapshot;
}

unsigned
milter_needs(struct milter *milter)
{
	struct snapshot *snapshot = milter_snapshot(milter);
	unsigned needs = snapshot_needs(snapshot);

	snapshot_release(&snapshot);
	return needs;
}

int
milter_reload(struct milter *milter, const char *file, struct buf *errors)
{
	struct snapshot *fresh;

	fresh = snapshot_read(milter->daemon, milter->process, file, errors);
	if (fresh == NULL) {
		counter_add(&milter->counters.reload_errors, 1);
		return -1;
	}
	return milter_replace(milter, fresh, errors);
}

/* True if the daemon lets FRESH follow the configuration in force. */
static bool
may_replace(
    struct milter *milter, struct snapshot *fresh, struct buf *errors)
{
	const struct daemon *daemon = milter->daemon;
	struct snapshot *old;
	bool allowed;

	if (daemon->may_replace == NULL)
		return true;
	old = milter_snapshot(milter);
	allowed = daemon->may_replace(snapshot_config(old),
		      snapshot_config(fresh), errors) == 0;
	snapshot_release(&old);
	return allowed;
}

int
milter_replace(
    struct milter *milter, struct snapshot *fresh, struct buf *errors)
{
	struct snapshot *old;

	if (!may_replace(milter, fresh, errors)) {
		snapshot_release(&fresh);
		counter_add(&milter->counters.reload_errors, 1);
		return -1;
	}
	(void)pthread_mutex_lock(&milter->mutex);
	old = milter->current;
	milter->current = fresh;
	(void)pthread_mutex_unlock(&milter->mutex);
	snapshot_release(&old);
	counter_add(&milter->counters.reloads, 1);
	return 0;
}

void
milter_count_over_cap(
    struct milter *milter, size_t sessions, struct moment now)
{
	int_fast64_t last = atomic_load(&milter->over_cap_logged_us);

	counter_add(&milter->counters.sessions_over_cap, 1);
	(void)atomic_fetch_add(&milter->over_cap_unlogged, 1);
	if ((last != 0 && now.monotonic_us - last < CLOCK_SECOND_US) ||
	    !atomic_compare_exchange_strong(
		&milter->over_cap_logged_us, &last, now.monotonic_us))
		return;
	log_write(LOG_LEVEL_WARNING,
	    "connections closed: %zu; %zu sessions are open, as many as "
	    "max_sessions allows",
	    atomic_exchange(&milter->over_cap_unlogged, 0), sessions);
}

void
milter_complain(struct milter *milter, struct buf *errors)
{
	struct snapshot *snapshot = milter_snapshot(milter);

	if (milter->daemon->complain != NULL)
		milter->daemon->complain(snapshot_config(snapshot), errors);
	snapshot_release(&snapshot);
}

void
milter_log_counters(struct milter *milter)
{
	struct log_line line;

	log_line_start(&line, SPAN("statistics"));
	counters_add(&milter->counters, &line);
	if (milter->daemon->log_counters != NULL)
		milter->daemon->log_counters(milter->process, &line);
	log_line_end(&line, LOG_LEVEL_INFO);
}
