# SPDX-License-Identifier: BSD-2-Clause
"""Debian's opendkim, unpacked."""

import os

from . import unpack


def present():
    """True if it has been unpacked."""
    return os.path.isdir(os.path.join(unpack.CACHE, "opendkim"))


def command(*arguments):
    """What runs it in the foreground."""
    return [os.path.join(unpack.unpack("opendkim"), "usr/sbin/opendkim"),
            "-f", *arguments]


def environment():
    """What it needs to find its libraries."""
    tree = unpack.unpack("opendkim")
    return {"LD_LIBRARY_PATH": ":".join((
        unpack.library_path(tree), os.path.join(tree, "usr/lib")))}
