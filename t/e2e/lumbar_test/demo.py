# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration site of t/demo: the four daemons as configured there."""

import os

from . import dkim_keys

FOLDER = os.path.join(os.path.dirname(__file__), "../../demo")
# In the documented order, with the files that each configuration names.
FILES = {
    "policy": ("policy.rules",),
    "limit": (),
    "route": ("people.ldif",),
    "sign": ("rsa.pem", "ed.pem"),
}
DAEMONS = tuple(FILES)


def write(daemon, unlimited=False):
    """Configures DAEMON as in the demonstration; UNLIMITED for a bench."""
    conf = _read(daemon.name + ".conf").decode()
    if unlimited:
        conf = conf.replace('"10/min"', '"1000000/s"')
    daemon.write(conf, {name: _read(name) for name in FILES[daemon.name]})


def _read(name):
    if name.endswith(".pem"):
        return dkim_keys.private_key(name.removesuffix(".pem"))
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()
