# SPDX-License-Identifier: BSD-2-Clause
"""The next hop: an SMTP server that records what the MTA delivers.

It keeps every byte as it came over the wire, for "the message looks right" is
not the claim that the tests make.
"""

import os
import re
import socketserver
import threading
from collections import Counter
from dataclasses import dataclass, field

from .process import Failure, wait_until

EXTENSIONS = (b"PIPELINING", b"SIZE 104857600", b"8BITMIME", b"DSN",
              b"SMTPUTF8", b"ENHANCEDSTATUSCODES")
SEVEN_BITS = (b"PIPELINING", b"SIZE 104857600", b"ENHANCEDSTATUSCODES")


@dataclass
class Path:
    """An address of MAIL or RCPT with its ESMTP parameters."""
    address: str
    parameters: dict

    @classmethod
    def parse(cls, argument):
        address, _, rest = argument.partition(">")
        pairs = (item.partition("=") for item in rest.split())
        return cls(address.lstrip(" <"),
                   {name.upper(): value for name, _, value in pairs})


@dataclass
class Delivery:
    """One message as it arrived; DATA without dot stuffing, CRLF kept."""
    sender: Path
    recipients: list = field(default_factory=list)
    data: bytes = b""

    @property
    def header(self):
        return self.data.partition(b"\r\n\r\n")[0] + b"\r\n"

    @property
    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]

    def fields(self):
        """The header fields in order, folding kept, without line end."""
        return re.split(rb"\r\n(?![ \t])", self.header[:-2])

    def values(self, name):
        """The values of the fields NAME, unfolded, blanks stripped."""
        prefix = name.lower().encode() + b":"
        return [re.sub(rb"\r\n", b"", line[len(prefix):]).strip()
                .decode("utf-8", "replace")
                for line in self.fields() if line.lower().startswith(prefix)]

    def message(self):
        """The message without the Received field of the MTA under test."""
        own = b"by gateway.example.test "
        kept = [line for line in self.fields()
                if not (line.startswith(b"Received:") and own in line)]
        return b"\r\n".join(kept) + b"\r\n\r\n" + self.body

    def addresses(self):
        """The recipients, sorted, for an MTA is free to change the order."""
        return sorted(path.address for path in self.recipients)

    def parameters(self, address):
        """The ESMTP parameters of the recipient ADDRESS."""
        found, = (path.parameters for path in self.recipients
                  if path.address == address)
        return found


class Sink:
    """Accepts mail on `port` until stop(); with a FOLDER, also writes what
    comes to files in it.  EXTENSIONS are those of SMTP that it offers."""

    def __init__(self, folder=None, extensions=EXTENSIONS):
        self.folder = folder
        if folder:
            os.mkdir(folder)
        self.changed = threading.Condition()
        self.deliveries = []
        sink = self

        class Handler(_Session):
            offered = extensions

            def record(self, delivery):
                sink.record(delivery)

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def record(self, delivery):
        with self.changed:
            self.deliveries.append(delivery)
            self.changed.notify_all()
            number = len(self.deliveries)
        if self.folder:
            path = os.path.join(self.folder, f"{number:04}.eml")
            with open(path, "wb") as file:
                file.write(delivery.data)

    def find(self, marker):
        """The deliveries whose data contains MARKER."""
        needle = marker.encode()
        with self.changed:
            return [each for each in self.deliveries if needle in each.data]

    def wait_for(self, recipient):
        """The one delivery to the address RECIPIENT."""
        def find():
            with self.changed:
                return [each for each in self.deliveries
                        if recipient in each.addresses()]
        found = wait_until(find, f"delivery to {recipient}")
        if len(found) > 1:
            raise Failure(f"{len(found)} deliveries to {recipient}")
        return found[0]

    def ids(self):
        """How often each Message-ID was delivered."""
        with self.changed:
            deliveries = list(self.deliveries)
        return Counter(value for each in deliveries
                       for value in each.values("Message-ID"))

    def wait(self, marker, count=1):
        """The COUNT deliveries with MARKER; one is returned bare."""
        wait_until(lambda: len(self.find(marker)) >= count,
                   f"delivery of {marker}")
        found = self.find(marker)
        if len(found) > count:
            raise Failure(f"{marker} delivered {len(found)} times,"
                          f" not {count}")
        return found[0] if count == 1 else found

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 200


class _Session(socketserver.StreamRequestHandler):
    offered = ()

    def handle(self):
        self.delivery = None
        self._say(b"220 sink.example.net ESMTP")
        try:
            for line in self.rfile:
                verb = line[:4].upper()
                if verb == b"QUIT":
                    self._say(b"221 2.0.0 bye")
                    return
                self._command(verb, line.rstrip(b"\r\n").decode(
                    "utf-8", "surrogateescape"))
        except ConnectionError:
            pass

    def _command(self, verb, line):
        argument = line.partition(":")[2]
        if verb == b"EHLO":
            lines = [b"sink.example.net", *self.offered]
            self._say(*(b"250-" + each for each in lines[:-1]),
                      b"250 " + lines[-1])
        elif verb == b"MAIL":
            self.delivery = Delivery(Path.parse(argument))
            self._say(b"250 2.1.0 ok")
        elif verb == b"RCPT":
            self.delivery.recipients.append(Path.parse(argument))
            self._say(b"250 2.1.5 ok")
        elif verb == b"DATA":
            self._say(b"354 go on")
            self.delivery.data = self._read_data()
            self.record(self.delivery)
            self._say(b"250 2.0.0 recorded")
        elif verb in (b"RSET", b"NOOP", b"HELO"):
            self._say(b"250 2.0.0 ok")
        else:
            self._say(b"502 5.5.1 not here")

    def _read_data(self):
        data = bytearray()
        for line in self.rfile:
            if line == b".\r\n":
                return bytes(data)
            data += line[1:] if line.startswith(b".") else line
        raise ConnectionError("the MTA left in the middle of DATA")

    def _say(self, *lines):
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))
