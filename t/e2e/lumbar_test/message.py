# SPDX-License-Identifier: BSD-2-Clause
"""Messages to send, as bytes that no MTA has a reason to change."""

import base64
import itertools

_serial = itertools.count(1)

# What a Windows program begins with.
PROGRAM = b"".join((
    b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8",
    b"\x00" * 43, b"\x80\x00\x00\x00", b"\x00" * 64,
    b"PE\x00\x00\x4c\x01\x03\x00", b"\x00" * 300))


class Mail(bytes):
    """A message with CRLF line ends; `id` is its Message-ID with "<>"."""

    id = ""


def mail(subject="A test", body=b"Hello.\r\n", fields=(),
         sender="ann@example.com", recipient="bob@example.net",
         content_type="text/plain; charset=utf-8"):
    """A message with all fields that an MTA would else add.

    FIELDS are more header lines, without line end, put below the others;
    BODY is bytes, or text to be sent as UTF-8.
    """
    marker = f"<{next(_serial)}.lumbar@test.example.com>"
    lines = [
        "Date: Sun, 01 Nov 2026 12:00:00 +0000",
        f"From: {sender}",
        f"To: {recipient}",
        f"Message-ID: {marker}",
        f"Subject: {subject}",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        *fields,
    ]
    header = b"".join(as_bytes(line) + b"\r\n" for line in lines)
    message = Mail(header + b"\r\n" + as_bytes(body))
    message.id = marker
    return message


def multipart(parts, boundary="=_lumbar", **more):
    """A multipart/mixed message of PARTS, each made by part()."""
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + each
                    for each in parts)
    body += b"--" + boundary.encode() + b"--\r\n"
    return mail(body=body, **more, content_type=(
        f'multipart/mixed; boundary="{boundary}"'))


def part(content, content_type="text/plain; charset=utf-8", name=None,
         encoding="base64"):
    """One part of a multipart message; NAME makes it an attachment."""
    lines = [f"Content-Type: {content_type}"]
    if name:
        lines.append(f'Content-Disposition: attachment; filename="{name}"')
    lines.append(f"Content-Transfer-Encoding: {encoding}")
    data = as_bytes(content)
    if encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data + b"\r\n"


def shapes():
    """Fresh messages of many shapes by name, all legal, some unusual."""
    return {
        "plain": mail(),
        "empty body": mail(body=b""),
        "blank lines at the end": mail(body=b"a\r\n\r\n\r\n"),
        "blank body": mail(body=b"\r\n\r\n"),
        "no final newline": mail(body=b"no end"),
        "eight bits": mail(body="Grüße\r\n".encode("latin-1")),
        "dots": mail(body=b".\r\n..\r\n.x\r\n"),
        "blanks": mail(body=b"a  b\t c \r\n \t\r\nd\r\n"),
        "long lines": mail(body=(b"y" * 990 + b"\r\n") * 20),
        "folded": mail(fields=["X-A: one\r\n\ttwo\r\n   three  four"],
                       subject="a\r\n b\r\n\tc"),
        "empty field": mail(fields=["X-Empty:"]),
        "no blank behind the colon": mail(fields=["X-Tight:value"]),
        "many blanks behind the colon": mail(fields=["X-Wide:   value"]),
        "same field twice": mail(fields=["X-A: 1", "X-A: 2",
                                         "Comments: a", "Comments: b"]),
        "attachment": multipart([part("See below.\r\n"), part(
            bytes(range(256)) * 300, "application/octet-stream", "a.bin")]),
        "1 MB": mail(body=b"0123456789abcd\r\n" * 65536),
        "field of 59 kB": mail(fields=[long_field(59000)]),
    }


def long_field(size):
    """A folded field of SIZE bytes, no line of it too long for SMTP."""
    return "X-Long:" + ("\r\n " + "x" * 97) * (size // 100)


def ended(message):
    """MESSAGE as it arrives: SMTP has no text that does not end a line."""
    end = b"" if message.endswith(b"\r\n") else b"\r\n"
    return bytes(message) + end


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")
