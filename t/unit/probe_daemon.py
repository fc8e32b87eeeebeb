# SPDX-License-Identifier: BSD-2-Clause
"""The probe daemon as a process, and an MTA that speaks to it."""

import os
import pwd
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

PROBE = os.path.abspath("lumbar-probe")
PATIENCE = 120  # seconds until a test gives up; none depends on it

ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF
NO_DATA = 0x200


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.02)


class Mta:
    """One connection of an MTA (milter protocol, version 6)."""

    opened = []  # to be closed at the end of a test

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        Mta.opened.append(self)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)

    def close(self):
        self.socket.close()

    def send(self, command, data=b""):
        self.socket.sendall(
            struct.pack(">I", len(data) + 1) + command + data)

    def take(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def answer(self):
        packet = self.take(struct.unpack(">I", self.take(4))[0])
        return packet[:1], packet[1:]

    def negotiate(self):
        self.send(b"O", struct.pack(">III", 6, ALL_ACTIONS, ALL_STEPS))
        command, data = self.answer()
        assert command == b"O", command
        self.steps = struct.unpack(">III", data[:12])[2]
        self.send(b"C", b"client.example\0" + b"4" +
                  struct.pack(">H", 4000) + b"192.0.2.1\0")
        return self

    def mail(self):
        self.send(b"M", b"<sender@example.com>\0")

    def recipient(self, address):
        self.send(b"R", b"<" + address + b">\0")
        return self.answer()

    def content(self, commands=()):
        """DATA, headers that tell the probe what to do, body, and the
        answers to the end of message."""
        for command in commands:
            self.send(b"L", b"X-Probe\0 " + command + b"\0")
        self.send(b"N")
        assert self.answer()[0] == b"c"
        self.send(b"E")
        answers = [self.answer()]
        while answers[-1][0] not in b"ctrdya":
            answers.append(self.answer())
        return answers

    def message(self, *commands):
        self.mail()
        assert self.recipient(b"one@example.net")[0] == b"c"
        return self.content(commands)

    def closed(self):
        """True once the other side has hung up."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


class Daemon:
    """The probe daemon in the foreground."""

    def __init__(self, folder, name="a", limit=None, path=None,
                 program=PROBE, environment=None, listener=None):
        self.conf = os.path.join(folder, name + ".conf")
        self.log_file = os.path.join(folder, name + ".log")
        self.path = path or os.path.join(folder, "socket")
        self.limit = limit
        self.program = program
        self.environment = environment or {}
        self.listener = listener  # a socket to be inherited
        if not os.path.exists(self.conf):
            self.configure("")

    def configure(self, text):
        # Started by root, it stays root.
        user = pwd.getpwuid(os.geteuid()).pw_name
        if "drain_timeout" not in text:
            text = "drain_timeout = 100s\n" + text
        with open(self.conf, "w") as file:
            file.write("user = %s\n%s" % (user, text))

    def command(self, *options):
        where = ("fd:%d" % self.listener.fileno() if self.listener
                 else "unix:" + self.path)
        return [self.program, "-c", self.conf, "-p", where, *options]

    def set_limit(self):
        if self.limit:
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (self.limit, self.limit))

    def spawn(self):
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                self.command("-f"), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
                env={**os.environ, **self.environment},
                pass_fds=[self.listener.fileno()] if self.listener else (),
                preexec_fn=self.set_limit)
        return self

    def start(self):
        self.spawn().wait_for_log("serving with")
        return self

    def log(self):
        with open(self.log_file, errors="replace") as file:
            return file.read()

    def wait_for_log(self, text, times=1):
        wait_for(lambda: self.log().count(text) >= times, repr(text))

    def instances(self):
        pid = self.process.pid
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            return [int(child) for child in file.read().split()]

    def instance(self):
        return (self.instances() or [None])[0]

    def upgrade(self):
        """Returns the pids of the new instance and of the old one."""
        before = self.log().count("upgraded to version")
        self.process.send_signal(signal.SIGUSR2)
        self.wait_for_log("upgraded to version", before + 1)
        return tuple(map(int, re.findall(
            r"upgraded to version \S+: instance (\d+) serves, "
            r"instance (\d+) ends its sessions", self.log())[-1]))

    def mta(self):
        return Mta(self.path).negotiate()

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

    def finish(self, status=0):
        found = self.process.wait(PATIENCE)
        assert found == status, "status %d\n%s" % (found, self.log())


def gone(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="lumbar-")
        self.daemons = []

    def tearDown(self):
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.kill()
        while Mta.opened:
            Mta.opened.pop().close()
        shutil.rmtree(self.folder)

    def start(self, conf="", **options):
        daemon = Daemon(self.folder, **options)
        daemon.configure(conf)
        self.daemons.append(daemon)
        return daemon.start()

    def run_probe(self, *options):
        daemon = Daemon(self.folder)
        return subprocess.run(
            [PROBE, *options] if options and options[0] != "conf"
            else daemon.command(*options[1:]),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE)
