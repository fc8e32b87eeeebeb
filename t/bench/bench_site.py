# SPDX-License-Identifier: BSD-2-Clause
"""A Postfix to be measured, its next hop, and the milters attached to it.

All of it lives in memory (BENCH_FOLDER, default /dev/shm), so that the disk is
no part of a result.  The milters, ours and others, are scheduled as the systemd
units say (CPUSchedulingPolicy=batch), or as BENCH_POLICY=other does.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e"))

from lumbar_test.daemon import Daemon  # noqa: E402
from lumbar_test.postfix import Postfix  # noqa: E402
from lumbar_test.process import (  # noqa: E402
    Failure, Process, accepts, children, cpu_seconds, free_port, wait_until)

FOLDER = os.environ.get("BENCH_FOLDER", "/dev/shm")
POLICIES = {"batch": os.SCHED_BATCH, "other": os.SCHED_OTHER}
POLICY = POLICIES.get(os.environ.get("BENCH_POLICY", "batch"))
if POLICY is None:
    sys.exit("bench: BENCH_POLICY: expected " + " or ".join(POLICIES))
SESSIONS, SIZE = 20, 10240
SETTINGS = {
    "default_process_limit": "200",
    "smtpd_client_message_rate_limit": "0",
    "in_flow_delay": "0",
}


def require_root():
    if os.geteuid() != 0:
        sys.exit("bench: a private Postfix needs root")


def print_ratio(case, what, ratio, target, at_most):
    """Whether RATIO, of figures called WHAT, is as TARGET wants it: a maximum
    if AT_MOST, else a minimum."""
    holds = ratio <= target if at_most else ratio >= target
    print("bench", case, f"{what}={ratio:.2f}", f"target={target:.2f}",
          f"holds={'yes' if holds else 'no'}", flush=True)


@contextlib.contextmanager
def scheduled_as_milter():
    """What is started meanwhile has the milters' policy."""
    os.sched_setscheduler(0, POLICY, os.sched_param(0))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class BenchSite:
    """Context manager; LISTENERS of Postfix, each with its milters, which the
    caller starts."""

    def __init__(self, build, listeners):
        self.build = os.path.abspath(build)
        self.listeners = listeners
        self.processes = {}
        self.started = []
        self.folder = None
        self.postfix = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="lumbar-bench.", dir=FOLDER)
        os.chmod(self.folder, 0o755)
        try:
            self._start_postfix()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for each in reversed(self.started):
            each.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_noop(self, milter):
        """The milter that is written straight on libmilter."""
        self.start_process(milter, [
            os.path.join(self.build, "t/bench/noop_milter"),
            self.postfix.milter_socket(milter)])

    def start_process(self, milter, command, environment=None):
        """COMMAND, which listens at the socket of MILTER."""
        with scheduled_as_milter():
            process = Process(command,
                              os.path.join(self.folder, milter + ".log"),
                              environment)
        self._add(milter, process)
        path = self.postfix.milter_socket(milter).removeprefix("unix:")
        process.wait_ready(lambda: accepts(path), f"start of {milter}")

    def daemon(self, milter, program=None):
        """The daemon PROGRAM, default MILTER, to be written to and handed to
        start_daemon."""
        return Daemon(self.build, os.path.join(self.folder, milter),
                      program or milter, self.postfix.milter_socket(milter),
                      self.postfix.milter_settings())

    def start_daemon(self, milter, daemon):
        try:
            with scheduled_as_milter():
                daemon.start()
        finally:
            if daemon.process:
                self._add(milter, daemon.process)

    def cpu(self, milter):
        """CPU seconds that MILTER has used, its supervisor included."""
        process = self.processes[milter]
        if not process.running():
            raise Failure(f"{milter} has ended:\n{process.log()[-2000:]}")
        pid = process.pid
        return sum(map(cpu_seconds, [pid, *children(pid)]))

    def measure(self, listener, messages, reuse=False):
        """Messages per second that Postfix accepts at LISTENER, over SESSIONS
        at a time, and CPU seconds of each milter for one message.

        REUSE: a session carries many messages, else one.
        """
        milters = self.listeners[listener]
        before = {each: self.cpu(each) for each in milters}
        began = time.monotonic()
        self.postfix.run("sbin/smtp-source", *(["-d"] if reuse else []),
                         "-s", str(SESSIONS), "-m", str(messages),
                         "-l", str(SIZE), "-f", "ann@example.com",
                         "-t", "bob@example.com",
                         f"inet:127.0.0.1:{self.postfix.ports[listener]}")
        seconds = time.monotonic() - began
        # What is still being delivered must not slow down the next row.
        wait_until(lambda: not self.postfix.queue(),
                   "delivery of what was sent", 120)
        return messages / seconds, {
            each: (self.cpu(each) - before[each]) / messages
            for each in milters}

    def _add(self, milter, process):
        self.processes[milter] = process
        self.started.append(process)

    def _start_postfix(self):
        sink_port = free_port()
        self.postfix = Postfix(os.path.join(self.folder, "postfix"),
                               sink_port, self.listeners, SETTINGS)
        os.mkdir(self.postfix.folder)
        sink = Process([self.postfix.program("sbin/smtp-sink"), "-u", "uucp",
                        f"127.0.0.1:{sink_port}", "500"],
                       os.path.join(self.folder, "sink.log"),
                       self.postfix.environment)
        self.started.append(sink)
        sink.wait_ready(lambda: accepts(sink_port), "start of smtp-sink")
        self.started.append(self.postfix.start())
