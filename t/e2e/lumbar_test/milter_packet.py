# SPDX-License-Identifier: BSD-2-Clause
"""Packets of the milter protocol: their names, their bytes, and a form that
people read and the replay reads back.

A packet is four bytes of length, one byte that says what it is, and data.  In
a recording it is a line, > from the MTA and < from the milter:

    > MAIL "<ann@example.com>\\0SIZE=100\\0"
    < CONTINUE

with the data as literals of Python, which stand side by side where they are
long and have "* N" behind them where they repeat.
"""

import ast
import re
import struct

COMMANDS = {
    "OPTNEG": b"O", "CONNECT": b"C", "HELO": b"H", "MAIL": b"M",
    "RCPT": b"R", "DATA": b"T", "HEADER": b"L", "EOH": b"N", "BODY": b"B",
    "BODYEOB": b"E", "ABORT": b"A", "QUIT": b"Q", "QUIT_NC": b"K",
    "UNKNOWN": b"U", "MACRO": b"D",
}
REPLIES = {
    "OPTNEG": b"O", "CONTINUE": b"c", "ACCEPT": b"a", "REJECT": b"r",
    "TEMPFAIL": b"t", "DISCARD": b"d", "REPLYCODE": b"y", "SKIP": b"s",
    "PROGRESS": b"p", "ADDHEADER": b"h", "INSHEADER": b"i",
    "CHGHEADER": b"m", "ADDRCPT": b"+", "ADDRCPT_PAR": b"2",
    "DELRCPT": b"-", "CHGFROM": b"e", "REPLBODY": b"b", "QUARANTINE": b"q",
    "SHUTDOWN": b"4", "CONN_FAIL": b"f",
}
# The replies that answer a command; others go before them at the end of
# message.
FINAL = b"catrdys4f"
PROGRESS = b"p"

# What the milter may do: SMFIF_*.
ALL_ACTIONS = 0x1FF
ADD_HEADERS, CHANGE_BODY, ADD_RECIPIENT, DELETE_RECIPIENT = 1, 2, 4, 8
CHANGE_HEADERS, QUARANTINE, CHANGE_SENDER = 0x10, 0x20, 0x40
ADD_RECIPIENT_PARAMETERS, SET_MACROS = 0x80, 0x100

# How the conversation goes: SMFIP_*.
ALL_STEPS = 0x1FFFFF
SKIP, REFUSED_RECIPIENTS, LEADING_SPACE = 0x400, 0x800, 0x100000
# By command: the step not to send it, and the one not to answer it.
NOT_SENT = {b"C": 0x1, b"H": 0x2, b"M": 0x4, b"R": 0x8, b"B": 0x10,
            b"L": 0x20, b"N": 0x40, b"U": 0x100, b"T": 0x200}
NOT_ANSWERED = {b"L": 0x80, b"C": 0x1000, b"H": 0x2000, b"M": 0x4000,
                b"R": 0x8000, b"T": 0x10000, b"U": 0x20000, b"N": 0x40000,
                b"B": 0x80000}
NO_DATA, NO_BODY = NOT_SENT[b"T"], NOT_SENT[b"B"]

LINE = 72  # columns of a recording, where it can be cut


def packet(code, data=b""):
    """The bytes of a packet."""
    return struct.pack(">I", len(data) + 1) + code + data


def take(socket):
    """(code, data) of the next packet; EOFError at the end."""
    body = _exactly(socket, struct.unpack(">I", _exactly(socket, 4))[0])
    return body[:1], body[1:]


def _exactly(socket, size):
    data = bytearray()
    while len(data) < size:
        piece = socket.recv(size - len(data))
        if not piece:
            raise EOFError(f"{len(data)} of {size} bytes")
        data += piece
    return bytes(data)


def written(direction, code, data):
    """The line or lines of one packet in a recording."""
    table = COMMANDS if direction == ">" else REPLIES
    names = [name for name, value in table.items() if value == code]
    words = [direction, names[0] if names else repr(code)]
    if code == b"O":
        words += [f"{value:#x}" for value in struct.unpack(
            ">III", data[:12])]
        data = data[12:]
    words += _literals(data)
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) < LINE or len(lines[-1]) < 3:
            lines[-1] += " " + word
        else:
            lines.append("    " + word)
    return "\n".join(lines) + "\n"


def read(line):
    """(direction, code, data) of a packet as written, its lines joined."""
    direction, name, rest = re.match(
        r"([<>]) (b'[^']+'|\w+)((?:.|\n)*)", line).groups()
    table = COMMANDS if direction == ">" else REPLIES
    code = table[name] if name in table else ast.literal_eval(name)
    data = b""
    while numbers := re.match(r"\s+(0x[0-9a-f]+)", rest):
        data += struct.pack(">I", int(numbers.group(1), 16))
        rest = rest[numbers.end():]
    for literal, times in re.findall(
            r'("(?:[^"\\]|\\.)*")(?: ?\*(\d+))?', rest):
        data += ast.literal_eval("b" + literal) * int(times or 1)
    return direction, code, data


def _literals(data):
    """DATA as literals, each a line or a word of the packet."""
    found = []
    for line in re.findall(rb"[^\n\0]*[\n\0]|[^\n\0]+", data):
        pieces = [line]
        run = re.search(rb"(.)\1{99,}", line, re.DOTALL)
        if run:
            pieces = [line[:run.start()], run.group(), line[run.end():]]
        for piece in filter(None, pieces):
            if found and found[-1][0] == piece:
                found[-1][1] += 1
            elif run and piece == run.group():
                found.append([piece[:1], len(piece)])
            else:
                found.append([piece, 1])
    texts = []
    for text, times in found:
        if times == 1:
            # Side by side they read as one.
            texts += [_literal(text)] if len(text) < LINE else [
                _literal(text[at:at + LINE])
                for at in range(0, len(text), LINE)]
        else:
            texts.append(f"{_literal(text)}*{times}")
    return texts


def _literal(data):
    """DATA in double quotes, as a literal of Python without its b."""
    names = {0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\"}
    text = "".join(
        names[byte] if byte in names else
        chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
        for byte in data)
    return '"' + re.sub(r"\\0(?=[0-7])", r"\\x00", text) + '"'
