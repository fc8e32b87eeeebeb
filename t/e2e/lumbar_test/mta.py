# SPDX-License-Identifier: BSD-2-Clause
"""What a private Postfix and a private Sendmail have in common.

Both run the same listeners, each on a port of its own with its own milters,
so that one running MTA serves every test:

    none     no milter
    policy   lumbar-policy alone; likewise route, limit, sign and probe
    all      policy, limit, route, sign: the documented order
    routed   the two of them that change recipients, in that order
    careful  the same, but Postfix holds mail when it fails, instead of 4xx
"""

import os

from .process import accepts, free_port, wait_until
from .tls import Certificates

MILTERS = ("route", "policy", "limit", "sign", "probe")
LISTENERS = {
    **{name: (name,) for name in MILTERS},
    "all": ("policy", "limit", "route", "sign"),
    "routed": ("policy", "route"),
    "careful": ("policy",),
    "none": (),
}


class Mta:
    name = ""

    def __init__(self, folder, next_hop, listeners=None):
        self.folder = folder
        self.next_hop = next_hop
        self.listeners = listeners or LISTENERS
        self.ports = {name: free_port() for name in self.listeners}
        self.certificates = Certificates(os.path.join(folder, "tls"))

    def milters(self):
        """The names of all milters that some listener has."""
        return sorted({milter for milters in self.listeners.values()
                       for milter in milters})

    def wait_ready(self, process):
        """Waits until PROCESS answers.

        Both MTAs open their listeners in order, so the last one tells for
        all; to try each would connect to milters that are not there yet.
        """
        last = list(self.ports.values())[-1]
        process.wait_ready(lambda: accepts(last), f"start of {self.name}")

    def wait_idle(self):
        """Waits until everything accepted was delivered or is held."""
        wait_until(lambda: len(self.held()) == len(self.queue()),
                   f"an empty queue of {self.name}")
