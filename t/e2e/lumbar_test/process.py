# SPDX-License-Identifier: BSD-2-Clause
"""Waiting, free ports and child processes."""

import os
import random
import signal
import socket
import subprocess
import time


class Failure(Exception):
    """An expectation that did not hold; the text is shown to the reader."""


def wait_until(condition, what, timeout=30):
    """Returns the first true value of condition(), or raises Failure.

    The timeout only bounds a broken run; no test depends on how long
    something takes.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"gave up after {timeout} s: {what}")
        time.sleep(0.02)


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on.

    Below those that the system hands out to clients, so that it is still
    free when a server that is started later wants it.
    """
    while True:
        port = random.randrange(20000, 32768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def accepts(address):
    """True if somebody accepts connections at ADDRESS: a path or a port."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    target = address if isinstance(address, str) else ("127.0.0.1", address)
    with socket.socket(family) as probe:
        try:
            probe.connect(target)
        except OSError:
            return False
        return True


def read_log(path):
    """The text in PATH so far; empty where it does not exist yet."""
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return log.read()
    except FileNotFoundError:
        return ""


def children(pid):
    """The processes that PID has started and not yet waited for."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def gone(pid):
    """True if the process PID has ended, be it waited for or not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def cpu_seconds(pid):
    """CPU time that the process PID with all its threads has used.

    In nanoseconds, where /proc counts in hundredths of a second.  Python lacks
    clock_getcpuclockid(3); on Linux the clock of a process is its inverted id
    and the kind of clock, here the scheduler's.
    """
    return time.clock_gettime(~pid << 3 | 2)


def resident_bytes(pid):
    """Memory of the process PID that is there now.  What status(5) of proc
    says is some pages behind in a process with threads; this is not."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024
    raise Failure(f"process {pid} has ended")


class Process:
    """A child with its output in a file, stopped when the run ends.

    It leads a process group of its own, so that a terminal's Ctrl-C reaches
    it only through us, in order.
    """

    def __init__(self, command, output, environment=None, pass_fds=()):
        self.command = command
        self.output = output
        with open(output, "ab") as log:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})},
                pass_fds=pass_fds, start_new_session=True)
        self.pid = self.child.pid

    def running(self):
        return self.child.poll() is None

    def log(self):
        return read_log(self.output)

    def wait_ready(self, condition, what, timeout=30):
        """Waits for CONDITION; fails at once if the process ends before."""
        def ready():
            if not self.running():
                raise Failure(f"{what}: exit status {self.child.returncode}\n"
                              f"{self.log()[-2000:]}")
            return condition()
        wait_until(ready, f"{what}\n{self.log()[-2000:]}", timeout)

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self, timeout=30):
        """The exit status; negative: the signal that ended it."""
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.command[0]} did not end in {timeout} s"
                          ) from None

    def stop(self, timeout=15):
        """Ends it by TERM, or KILL where that is not heard."""
        if not self.running():
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.child.wait()
