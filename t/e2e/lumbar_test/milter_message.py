# SPDX-License-Identifier: BSD-2-Clause
"""A message as an MTA shows it to a milter, and as the MTA has it after the
milter's edits."""

import re

from .milter_packet import LEADING_SPACE, PROGRESS
from .process import Failure

CHUNK = 65535  # bytes of a body that MTAs show at once


def split(message):
    """The header fields of MESSAGE, without their line ends, and its body."""
    if message.startswith(b"\r\n"):
        return [], message[2:]
    header, _, body = message.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", header.removesuffix(b"\r\n")), body


def joined(fields, body):
    return b"".join(each + b"\r\n" for each in fields) + b"\r\n" + body


def pass_to(mta, message, chunk=CHUNK):
    """Passes MESSAGE over MTA, a MilterClient that has said where the client
    is.  The milter's edits, none where it wants to see no more."""
    fields, body = split(message)
    mta.go_on(b"M", b"<ann@example.com>\0")
    mta.go_on(b"R", b"<bob@example.net>\0")
    mta.go_on(b"T")
    for field in fields:
        name, _, value = field.partition(b":")
        if not mta.steps & LEADING_SPACE:
            value = value.removeprefix(b" ")
        # No MTA shows blanks before the colon, and a fold is LF.
        mta.go_on(b"L", name.rstrip(b" \t") + b"\0"
                  + value.replace(b"\r\n", b"\n") + b"\0")
    if mta.command(b"N") == (b"a", b""):
        return []
    for at in range(0, len(body), chunk):
        answer = mta.command(b"B", body[at:at + chunk])
        if answer == (b"s", b""):
            break  # it has seen enough
        if answer not in (None, (b"c", b"")):
            raise Failure(f"the milter answers {answer} to the body")
    *edits, last = mta.end()
    if last not in ((b"c", b""), (b"a", b"")):
        raise Failure(f"the milter answers {last}")
    return [each for each in edits if each[0] != PROGRESS]


def inserted(message, edits, steps):
    """MESSAGE after EDITS, which may only insert fields on top, by a milter
    that has chosen STEPS."""
    fields, body = split(message)
    for code, data in edits:
        name, value = data[4:].removesuffix(b"\0").split(b"\0", 1)
        if code != b"i" or data[:4] != b"\0\0\0\0":
            raise Failure(f"the milter asks for {code} {data}")
        blank = b"" if steps & LEADING_SPACE else b" "
        fields.insert(0, name + b":" + blank
                      + value.replace(b"\n", b"\r\n"))
    return joined(fields, body)
