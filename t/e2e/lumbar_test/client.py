# SPDX-License-Identifier: BSD-2-Clause
"""An SMTP client that shows every reply and sends exactly what it is told."""

import socket
from dataclasses import dataclass, field


@dataclass
class Reply:
    code: int
    lines: list

    @property
    def text(self):
        return " ".join(self.lines)

    @property
    def accepted(self):
        return 200 <= self.code < 400

    def __str__(self):
        return f"{self.code} {self.text}"


@dataclass
class Outcome:
    """All replies to one message; FINAL is the one that settled it."""
    mail: Reply
    recipients: list = field(default_factory=list)
    data: Reply = None
    end: Reply = None

    @property
    def final(self):
        if self.end or self.data:
            return self.end or self.data
        return self.recipients[-1] if self.recipients else self.mail

    @property
    def accepted(self):
        return bool(self.end and self.end.accepted)


class Disconnected(Exception):
    """The server closed the connection."""


class Client:
    """One SMTP session; a context manager that quits politely."""

    def __init__(self, port, source="127.0.0.1", helo="client.example.net",
                 timeout=90):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout, (source, 0))
        self.input = self.socket.makefile("rb")
        self.greeting = self.read()
        self.hello = self.command(f"EHLO {helo}")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.command("QUIT")
        except (Disconnected, OSError):
            pass
        self.close()

    def close(self):
        self.input.close()
        self.socket.close()

    def read(self):
        lines = []
        while True:
            try:
                line = self.input.readline()
            except ConnectionError as error:
                raise Disconnected(str(error)) from error
            if not line:
                raise Disconnected("end of file")
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            lines.append(text[4:])
            if text[3:4] != "-":
                return Reply(int(text[:3]), lines)

    def write(self, data):
        try:
            self.socket.sendall(data)
        except ConnectionError as error:
            raise Disconnected(str(error)) from error

    def command(self, line):
        self.write(line.encode() + b"\r\n")
        return self.read()

    def xclient(self, **attributes):
        """Postfix only: pretend another client or login (XCLIENT(5))."""
        words = " ".join(f"{name.upper()}={value}"
                         for name, value in attributes.items())
        self.greeting = self.command(f"XCLIENT {words}")
        self.hello = self.command("EHLO client.example.net")

    def start_tls(self, context):
        """Goes on in TLS, with the certificate of CONTEXT."""
        reply = self.command("STARTTLS")
        if not reply.accepted:
            return reply
        self.input.close()
        self.socket = context.wrap_socket(self.socket)
        self.input = self.socket.makefile("rb")
        self.hello = self.command("EHLO client.example.net")
        return reply

    def mail(self, sender, parameters=""):
        return self.command(f"MAIL FROM:<{sender}> {parameters}".rstrip())

    def rcpt(self, recipient, parameters=""):
        return self.command(f"RCPT TO:<{recipient}> {parameters}".rstrip())

    def data(self, message):
        """Sends MESSAGE (bytes) and returns the last reply."""
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        self.write(stuffed(message))
        return self.read()

    def send(self, sender, recipients, message, mail_parameters=""):
        """One whole transaction.

        A recipient is an address or an (address, ESMTP parameters) pair.
        DATA is sent only if a recipient was accepted; what was begun in vain
        is reset, so that the session can go on.
        """
        outcome = Outcome(self.mail(sender, mail_parameters))
        if outcome.mail.accepted:
            for each in recipients:
                address, parameters = (
                    each if isinstance(each, tuple) else (each, ""))
                outcome.recipients.append(self.rcpt(address, parameters))
        if any(reply.accepted for reply in outcome.recipients):
            outcome.data = self.command("DATA")
            if outcome.data.code == 354:
                self.write(stuffed(bytes(message)))
                outcome.end = self.read()
        if outcome.end is None and outcome.final.code != 421:
            self.command("RSET")
        return outcome


def stuffed(message):
    """MESSAGE as DATA wants it: dots doubled, the final dot added."""
    end = b"" if message.endswith(b"\r\n") else b"\r\n"
    text = (b"\r\n" + message + end).replace(b"\r\n.", b"\r\n..")[2:]
    return text + b".\r\n"
