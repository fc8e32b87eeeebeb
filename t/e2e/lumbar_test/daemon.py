# SPDX-License-Identifier: BSD-2-Clause
"""A Lumbar daemon of a build directory, in the foreground."""

import os
import re
import signal

from .process import Failure, Process, accepts, wait_until


class Daemon:
    """One of policy, route, sign, limit, or the test daemon probe."""

    def __init__(self, program, folder, name, socket, settings=None):
        self.program = program
        self.folder = folder
        self.name = name
        self.socket = socket
        self.settings = settings or {}
        self.conf = os.path.join(folder, name + ".conf")
        self.process = None
        os.makedirs(folder, exist_ok=True)

    def write(self, conf, files=None):
        """Writes the configuration and the FILES {name: text or bytes}.

        "@FOLDER@" in any of them stands for the folder they are in.
        """
        common = "".join(f'{key} = "{value}"\n'
                         for key, value in self.settings.items())
        for name, content in {f"{self.name}.conf": common + conf,
                              **(files or {})}.items():
            if isinstance(content, str):
                content = content.replace("@FOLDER@", self.folder).encode()
            path = os.path.join(self.folder, name)
            with open(path, "wb") as file:
                file.write(content)
            # Keys are among them, and daemons insist on their secrecy.
            os.chmod(path, 0o600)

    def start(self, environment=None, pass_fds=()):
        self.process = Process(
            [self.program, "-f", "-c", self.conf, "-p", self.socket],
            os.path.join(self.folder, self.name + ".log"), environment,
            pass_fds)
        address = listening_address(self.socket)
        if address is not None:
            self.process.wait_ready(lambda: accepts(address),
                                    f"start of lumbar-{self.name}")
        return self

    def reload(self):
        """HUP; waits until it says that the configuration is in force, or
        that it stays as it was.  Returns that line."""
        before = len(self.log())
        self.process.signal(signal.SIGHUP)
        pattern = re.compile(r".*(?:reload|configuration).*", re.I)
        return wait_until(lambda: pattern.search(self.log(), before),
                          f"answer of lumbar-{self.name} to HUP").group()

    def stop(self):
        if self.process:
            self.process.stop()

    def kill(self):
        self.process.signal(signal.SIGKILL)
        self.process.wait()

    def log(self):
        return self.process.log() if self.process else ""

    def decisions(self):
        """All decision lines so far, each as a dictionary."""
        return [fields for fields in map(parse_line, self.log().splitlines())
                if "action" in fields and "mode" not in fields
                or fields.get("mode") == "enforce"]

    def decision(self, mail):
        """The decision line of MAIL, or of the message-id given."""
        marker = f"<{getattr(mail, 'id', mail)}>"

        def find():
            return [each for each in self.decisions()
                    if each.get("message-id") == marker]
        found = wait_until(
            find, f"decision of lumbar-{self.name} on {marker}")
        if len(found) > 1:
            raise Failure(f"{len(found)} decision lines for {marker}")
        return found[0]


def listening_address(socket):
    """What to connect to for a socket of -p; None for an inherited one."""
    if socket.startswith("unix:"):
        return socket.removeprefix("unix:")
    if socket.startswith("inet:"):
        return int(socket.removeprefix("inet:").partition("@")[0])
    return None


def parse_line(line):
    """The fields of a log line; the queue id, before ":", is `id`."""
    fields = {}
    start = re.search(r"(?:^|\s)([\w.-]+): (?=[\w-]+=)", line)
    if start:
        fields["id"] = start.group(1)
    for key, quoted, bare in re.findall(
            r'([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', line):
        fields.setdefault(key, quoted or bare)
    return fields
