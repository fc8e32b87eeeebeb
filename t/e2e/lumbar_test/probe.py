# SPDX-License-Identifier: BSD-2-Clause
"""A daemon of the current directory, as `make check` and an administrator start
it: any user, no MTA.  Without a name it is the test daemon lumbar-probe."""

import os
import pwd
import re
import resource
import signal
import subprocess

from .milter_client import PATIENCE, MilterClient
from .process import Failure, children, wait_until

ENGINES = ("libmilter", "native")
PROGRAM = os.path.abspath("lumbar-probe")


class Probe:
    """A daemon in the foreground; its files are in FOLDER, called NAME.

    LIMIT: how many descriptors it may have.  PATH: its socket.  LISTENER: the
    listening socket that it inherits instead.
    """

    engine = ENGINES[0]  # on which all of them run

    def __init__(self, folder, name="a", limit=None, path=None,
                 program=PROGRAM, listener=None):
        self.conf = os.path.join(folder, name + ".conf")
        self.log_file = os.path.join(folder, name + ".log")
        self.path = path or os.path.join(folder, "socket")
        self.limit = limit
        self.program = program
        self.listener = listener
        if not os.path.exists(self.conf):
            self.configure("")

    def configure(self, text):
        # Started by root, it stays root.
        user = pwd.getpwuid(os.geteuid()).pw_name
        if "drain_timeout" not in text:
            text = "drain_timeout = 100s\n" + text
        with open(self.conf, "w") as file:
            file.write("user = %s\nengine = %s\n%s" % (
                user, self.engine, text))

    def command(self, *options):
        where = (f"fd:{self.listener.fileno()}" if self.listener
                 else "unix:" + self.path)
        return [self.program, "-c", self.conf, "-p", where, *options]

    def set_limit(self):
        if self.limit:
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (self.limit, self.limit))

    def start(self, environment=None):
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                self.command("-f"), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
                env={**os.environ, **(environment or {})},
                pass_fds=[self.listener.fileno()] if self.listener else (),
                preexec_fn=self.set_limit)
        wait_until(self.serves, "start of " + self.program, PATIENCE)
        return self

    def serves(self):
        if self.process.poll() is not None:
            raise Failure(f"{self.program} ended with status"
                          f" {self.process.returncode}\n{self.log()}")
        return "serving with" in self.log()

    def log(self):
        with open(self.log_file, errors="replace") as file:
            return file.read()

    def wait_for_log(self, text, times=1):
        wait_until(lambda: self.log().count(text) >= times, repr(text),
                   PATIENCE)

    def instance(self):
        """The process that serves; its parent only watches it."""
        found = self.instances()
        return found[0] if found else None

    def instances(self):
        """Also those that end their sessions after an upgrade."""
        return children(self.process.pid)

    def upgrade(self):
        """Returns the pids of the new instance, which serves, and of the old
        one."""
        before = self.log().count("upgraded to version")
        self.process.send_signal(signal.SIGUSR2)
        self.wait_for_log("upgraded to version", before + 1)
        return tuple(map(int, re.findall(
            r"upgraded to version \S+: instance (\d+) serves, "
            r"instance (\d+) ends its sessions", self.log())[-1]))

    def mta(self):
        return MilterClient(self.path).negotiate()

    def statistics(self):
        before = self.log().count(": statistics:")
        self.process.send_signal(signal.SIGUSR1)
        self.wait_for_log(": statistics:", before + 1)
        last = [line for line in self.log().splitlines()
                if ": statistics:" in line][-1]
        return dict(re.findall(r"(\w+)=(\d+)", last))

    def kill(self):
        """At once; other tests see how it stops."""
        instances = self.instances()
        self.process.kill()
        self.process.wait()
        for instance in instances:
            os.kill(instance, signal.SIGKILL)

    def stop(self):
        """Tells it to stop; all its sessions have ended when it returns."""
        self.process.send_signal(signal.SIGTERM)
        self.finish()

    def finish(self, status=0):
        found = self.process.wait(PATIENCE)
        assert found == status, "status %d\n%s" % (found, self.log())
