# SPDX-License-Identifier: BSD-2-Clause
"""The MTA's side of the milter protocol, for tests that need no MTA, or that
send what no MTA would."""

import socket
import struct

from .milter_packet import (ALL_ACTIONS, ALL_STEPS, FINAL, NOT_ANSWERED,
                            NOT_SENT, packet, take)

PATIENCE = 120  # seconds until a test gives up; none depends on it


class MilterClient:
    """One connection of an MTA to the milter at ADDRESS, a path or a port.

    Each command returns the answer, a pair of code and data; None where the
    milter negotiated that there is none, or that the command is not sent.
    """

    opened = []  # to be closed at the end of a test

    def __init__(self, address):
        family = (socket.AF_UNIX if isinstance(address, str)
                  else socket.AF_INET)
        self.socket = socket.socket(family)
        MilterClient.opened.append(self)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address if isinstance(address, str)
                            else ("127.0.0.1", address))
        self.version = self.actions = self.steps = 0

    @classmethod
    def close_all(cls):
        while cls.opened:
            cls.opened.pop().close()

    def close(self):
        self.socket.close()

    def stop_sending(self):
        """Hangs up, but still hears what comes."""
        self.socket.shutdown(socket.SHUT_WR)

    def closed(self):
        """True once the other side has hung up; it must say nothing more."""
        try:
            return self.socket.recv(1) == b""
        except (ConnectionResetError, BrokenPipeError):
            return True

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, code, data=b""):
        self.send_bytes(packet(code, data))

    def answer(self):
        return take(self.socket)

    def answers(self):
        """All answers to the end of message; the last one settles it."""
        answers = [self.answer()]
        while answers[-1][0] not in FINAL:
            answers.append(self.answer())
        return answers

    def command(self, code, data=b""):
        if self.steps & NOT_SENT.get(code, 0):
            return None
        self.send(code, data)
        if self.steps & NOT_ANSWERED.get(code, 0):
            return None
        return self.answer()

    def offer(self, version=6, actions=ALL_ACTIONS, steps=ALL_STEPS):
        """Negotiates; returns what the milter chose."""
        self.send(b"O", struct.pack(">III", version, actions, steps))
        code, data = self.answer()
        assert code == b"O", code
        self.version, self.actions, self.steps = struct.unpack(
            ">III", data[:12])
        return data

    def macros(self, code, *words):
        """Defines macros for the command CODE: names and values in turn."""
        self.send(b"D", code + b"".join(word + b"\0" for word in words))

    def connect(self, name=b"client.example", address=b"192.0.2.1",
                family=b"4", port=4000):
        return self.command(b"C", name + b"\0" + family + struct.pack(
            ">H", port) + address + b"\0")

    def negotiate(self, **offer):
        """Up to where an MTA waits for MAIL."""
        self.offer(**offer)
        self.connect()
        return self

    def helo(self, name=b"client.example"):
        return self.command(b"H", name + b"\0")

    def mail(self, *arguments):
        return self.command(b"M", b"".join(
            word + b"\0" for word in arguments or (b"<sender@example.com>",)))

    def recipient(self, address, *parameters):
        return self.command(b"R", b"".join(
            word + b"\0" for word in (b"<" + address + b">", *parameters)))

    def header(self, name, value):
        return self.command(b"L", name + b"\0" + value + b"\0")

    def body(self, data):
        return self.command(b"B", data)

    def end(self):
        self.send(b"E")
        return self.answers()

    def content(self, commands=(), fields=()):
        """DATA, headers that tell the probe what to do and others, no body,
        and the answers to the end of message."""
        self.go_on(b"T")
        for name, value in (*((b"X-Probe", b" " + each) for each in commands),
                            *fields):
            self.go_on(b"L", name + b"\0" + value + b"\0")
        self.go_on(b"N")
        return self.end()

    def message(self, *commands):
        """A whole message; the answers to its end."""
        self.mail()
        self.recipient(b"one@example.net")
        return self.content(commands)

    def go_on(self, code, data=b""):
        """A command that is answered by CONTINUE, if at all."""
        answer = self.command(code, data)
        assert answer is None or answer == (b"c", b""), answer
