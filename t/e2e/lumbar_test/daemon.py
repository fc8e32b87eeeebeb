# SPDX-License-Identifier: BSD-2-Clause
"""A Lumbar daemon of a build directory, in the foreground."""

import os
import re
import shutil
import signal

from .process import (Failure, Process, children, gone, read_log,
                      wait_until)

# Whom a daemon becomes; the user "lumbar" exists where Lumbar is installed.
USER = "nobody"


class Daemon:
    """One of policy, route, sign, limit, or the test daemon probe."""

    def __init__(self, build, folder, name, socket, settings=None):
        self.program = os.path.join(build, "lumbar-" + name)
        self.folder = folder
        self.name = name
        self.socket = socket
        self.settings = settings or {}
        self.conf = os.path.join(folder, name + ".conf")
        self.process = None
        os.makedirs(folder, exist_ok=True)
        shutil.chown(folder, USER)

    def write(self, conf, files=None):
        """Writes the configuration and, beside it, the FILES that it names:
        {name: text or bytes}."""
        common = "".join(
            f'{key} = "{value}"\n'
            for key, value in {"user": USER, **self.settings}.items())
        for name, content in {f"{self.name}.conf": common + conf,
                              **(files or {})}.items():
            if isinstance(content, str):
                content = content.encode()
            path = os.path.join(self.folder, name)
            with open(path, "wb") as file:
                file.write(content)
            # Keys are among them, and daemons insist on their secrecy.
            os.chmod(path, 0o600)
            shutil.chown(path, USER)

    def start(self, environment=None, pass_fds=()):
        log = os.path.join(self.folder, self.name + ".log")
        before = len(read_log(log))
        self.process = Process(
            [self.program, "-f", "-c", self.conf, "-p", self.socket], log,
            environment, pass_fds)
        # It can be connected to before it has read its configuration.
        self.process.wait_ready(
            lambda: "serving with" in self.log()[before:],
            f"start of lumbar-{self.name}")
        return self

    def reload(self):
        """HUP; returns the line that says whether the new configuration is in
        force or the old one stays."""
        before = len(self.log())
        self.process.signal(signal.SIGHUP)
        pattern = re.compile(r".*\breload(?:ed| failed)\b.*")
        return wait_until(lambda: pattern.search(self.log(), before),
                          f"answer of lumbar-{self.name} to HUP").group()

    def upgrade(self):
        """USR2; returns the pids of the instances, the new and the old one,
        once the new one serves."""
        before = len(self.log())
        self.process.signal(signal.SIGUSR2)
        pattern = re.compile(r"upgraded to version .*: instance (\d+) serves,"
                             r" instance (\d+) ends its sessions"
                             r"|.*upgrade given up.*")
        found = wait_until(lambda: pattern.search(self.log(), before),
                           f"answer of lumbar-{self.name} to USR2")
        if not found.group(1):
            raise Failure(found.group())
        return set(map(int, found.groups()))

    def stop(self):
        if self.process:
            self.process.stop()

    def instance(self):
        """The process that serves; its parent only watches it."""
        instance, = wait_until(lambda: children(self.process.pid),
                               f"instance of lumbar-{self.name}")
        return instance

    def crash(self):
        """Kills the process that serves."""
        os.kill(self.instance(), signal.SIGKILL)

    def kill(self):
        """Kills it with all its processes, if it runs."""
        if not self.process or not self.process.running():
            return
        instances = children(self.process.pid)
        self.process.signal(signal.SIGKILL)
        self.process.wait()
        for instance in instances:
            try:
                os.kill(instance, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it had ended
        # Until then its port is taken.
        wait_until(lambda: all(map(gone, instances)),
                   f"the end of lumbar-{self.name}")

    def log(self):
        return self.process.log() if self.process else ""

    def decisions(self):
        """All decision lines on messages so far, each as a dictionary."""
        return [fields for fields in self.lines() if "nrcpt" in fields]

    def refusals(self):
        """All lines on recipients refused at RCPT."""
        return [fields for fields in self.lines()
                if fields.get("action") == "refuse"]

    def lines(self):
        return list(map(parse_line, self.log().splitlines()))

    def decision(self, outcome):
        """The one decision line of the message accepted with OUTCOME."""
        words = set(re.split(r"\W+", outcome.final.text))

        def find():
            return [each for each in self.decisions()
                    if each.get("id") in words]
        found = wait_until(
            find, f"decision of lumbar-{self.name}: {outcome.final}")
        if len(found) > 1:
            raise Failure(f"{len(found)} decision lines: {outcome.final}")
        return found[0]


def listening_address(socket):
    """What to connect to for a socket of -p; None for an inherited one."""
    if socket.startswith("unix:"):
        return socket.removeprefix("unix:")
    if socket.startswith("inet:"):
        return int(socket.removeprefix("inet:").partition("@")[0])
    return None


def parse_line(line):
    """The fields of a log line; what stands before the ":" is `id`, and the
    values of a key that comes again are joined."""
    fields = {}
    start = re.search(r"(?:^|\s)([\w.-]+): (?=[\w-]+=)", line)
    if start:
        fields["id"] = start.group(1)
    for key, quoted, bare in re.findall(
            r'([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', line):
        value = quoted or bare
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    return fields
