# SPDX-License-Identifier: BSD-2-Clause
"""What an MTA and a milter said to each other: recorded by standing between
them, kept as text, played again to any milter.

A recording begins with lines that say what it is, and the configuration of the
milter behind "conf"; then come the packets (milter_packet.py) of each
connection behind the word "connection", and (closed) from the side that did
so.
"""

import os
import re
import socket
import threading
from dataclasses import dataclass, field

from .milter_packet import PROGRESS, packet, read, take, written
from .process import Failure

PATIENCE = 120  # seconds until a replay gives up; nothing depends on it
CLOSED = b""    # in the place of a packet's code


@dataclass
class Recording:
    title: str = ""
    conf: str = ""
    # Of each connection: (direction, code, data) of its packets.
    connections: list = field(default_factory=list)

    def save(self, path):
        with open(path, "w", encoding="ascii") as file:
            file.write(self.title + "\n")
            file.writelines(f"conf {line}\n"
                            for line in self.conf.splitlines())
            for packets in self.connections:
                file.write("\nconnection\n")
                for direction, code, data in packets:
                    file.write(written(direction, code, data)
                               if code != CLOSED
                               else f"{direction} (closed)\n")

    @classmethod
    def load(cls, path):
        with open(path, encoding="ascii") as file:
            head, *connections = file.read().split("\nconnection\n")
        title, *conf = head.splitlines()
        return cls(
            title,
            "".join(line.removeprefix("conf ") + "\n" for line in conf),
            [[_read(line) for line in re.findall(
                r"^[<>] .*(?:\n    .*)*", text, re.MULTILINE)]
             for text in connections])


def _read(line):
    if line.endswith(" (closed)"):
        return line[0], CLOSED, b""
    return read(line)


class Recorder:
    """Listens for the MTA at SOCKET, as -p of a daemon wants it, and connects
    to the milter at PATH for each connection."""

    def __init__(self, address, path):
        self.path = path
        self.connections = []
        self.lock = threading.Lock()
        self.threads = []
        kind, _, rest = address.partition(":")
        if kind == "unix":
            self.listener = socket.socket(socket.AF_UNIX)
            if os.path.exists(rest):
                os.unlink(rest)  # of a recorder before
            self.listener.bind(rest)
            os.chmod(rest, 0o666)
        else:
            self.listener = socket.socket()
            self.listener.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("127.0.0.1", int(rest.partition("@")[0])))
        self.listener.listen(20)
        self._run(self._accept)

    def finish(self):
        """The packets of all connections, when they have ended."""
        # Wakes the thread that accepts.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        while self.threads:
            self.threads.pop(0).join(PATIENCE)
        # Postfix connects once more for the mail that it sends itself.
        return [each for each in self.connections if len(each) > 2]

    def _run(self, function, *arguments):
        thread = threading.Thread(
            target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                mta, _ = self.listener.accept()
            except OSError:
                return
            milter = socket.socket(socket.AF_UNIX)
            milter.connect(self.path)
            packets = []
            self.connections.append(packets)
            self._run(self._copy, packets, ">", mta, milter)
            self._run(self._copy, packets, "<", milter, mta)

    def _copy(self, packets, direction, source, target):
        """Records first and hands on then, so that a reply stands behind what
        it replies to."""
        try:
            while True:
                code, data = take(source)
                self._record(packets, (direction, code, data))
                target.sendall(packet(code, data))
        except (EOFError, OSError):
            self._record(packets, (direction, CLOSED, b""))
            for each in (source, target):
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the other thread was faster

    def _record(self, packets, entry):
        with self.lock:
            # What one side closes the other need not close.
            if not packets or packets[-1][1] != CLOSED:
                packets.append(entry)


def play(packets, client):
    """Plays the MTA's side to a milter over CLIENT, and insists on the
    recorded replies, byte for byte.  Ends when the milter has closed.  How
    often it tells of progress is a matter of time, so that is left out."""
    for number, (direction, code, data) in enumerate(packets, 1):
        if direction == "<" and code == PROGRESS:
            continue
        if direction == "<" and code != CLOSED:
            got = client.answer()
            while got[0] == PROGRESS:
                got = client.answer()
            if got != (code, data):
                raise Failure(f"packet {number}: got\n"
                              f"{written('<', *got)}expected\n"
                              f"{written('<', code, data)}")
        elif direction == ">" and code != CLOSED:
            _send(client, packet(code, data), packets[number:])
        elif direction == ">":
            client.stop_sending()
    if not client.closed():
        raise Failure("more came than was recorded")


def _send(client, data, rest):
    try:
        client.send_bytes(data)
    except ConnectionError:
        # The milter was faster to close than in the recording.
        if [each[:2] for each in rest if each[0] == "<"] != [("<", CLOSED)]:
            raise
