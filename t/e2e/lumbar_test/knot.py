# SPDX-License-Identifier: BSD-2-Clause
"""A name server of one's own: Debian's knot, unpacked and run on a loopback
port.  It serves zones given as text, and takes updates (RFC 2136)."""

import os
import socket

from . import unpack
from .process import Process, free_port

CONF = """\
server:
  listen: 127.0.0.1@{port}
  rundir: {folder}
database:
  storage: {folder}
acl:
  - id: update
    address: 127.0.0.1
    action: update
template:
  - id: default
    storage: {folder}
    file: "%s.zone"
    acl: update
zone:
{zones}"""

HEAD = """\
$ORIGIN {zone}.
$TTL 60
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
"""


def txt(name, *values):
    """TXT records of NAME as lines of a zone."""
    return "".join(f"{name} TXT {_strings(value)}\n" for value in values)


def _strings(value):
    """VALUE as strings of a zone file, each as long as it may be."""
    return " ".join('"%s"' % value[at:at + 255].replace("\\", "\\\\").replace(
        '"', '\\"').replace(";", "\\;") for at in range(0, len(value), 255))


def present():
    """True if it has been unpacked."""
    return os.path.isdir(os.path.join(unpack.CACHE, "knot"))


class Knot:
    """ZONES: their records, by name.  It listens at PORT, if any is given."""

    def __init__(self, folder, zones, port=None):
        self.folder = folder
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        os.makedirs(folder)
        for zone, records in zones.items():
            self._write(zone + ".zone", HEAD.format(zone=zone) + records)
        self._write("knot.conf", CONF.format(
            port=self.port, folder=folder,
            zones="".join(f"  - domain: {zone}\n" for zone in zones)))
        tree = unpack.unpack("knot")
        self.process = Process(
            [os.path.join(tree, "usr/sbin/knotd"), "-c",
             os.path.join(folder, "knot.conf")],
            os.path.join(folder, "log"),
            {"LD_LIBRARY_PATH": unpack.library_path(tree)})
        self.process.wait_ready(self._answers, "knotd")

    def stop(self):
        self.process.stop()

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w",
                  encoding="ascii") as file:
            file.write(text)

    def _answers(self):
        """True once it answers a question about the root's SOA, by refusing."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.5)
            probe.connect(("127.0.0.1", self.port))
            try:
                probe.send(b"\1\2\0\0\0\1\0\0\0\0\0\0\0\0\6\0\1")
                return probe.recv(512)[:2] == b"\1\2"
            except OSError:
                return False
