# SPDX-License-Identifier: BSD-2-Clause
"""A private slapd, run by t/private-slapd, which says how."""

import os
import subprocess

from .process import free_port
from .unpack import CACHE

SCRIPT = os.path.join(os.path.dirname(__file__), "../../private-slapd")


class Slapd:
    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()

    def start(self, ldif):
        """A fresh directory that holds LDIF (text)."""
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, "content.ldif")
        with open(path, "w", encoding="utf-8") as file:
            file.write(ldif)
        self._run("start", path)
        return self

    def stop(self):
        self._run("stop")

    def restart(self):
        self._run("restart")

    def hang(self):
        """It keeps its connections and accepts more, but never answers."""
        self._run("hang")

    def resume(self):
        self._run("resume")

    def _run(self, *arguments):
        subprocess.run(
            ["/bin/sh", SCRIPT, self.folder, str(self.port), *arguments],
            env={**os.environ, "LUMBAR_CACHE": CACHE}, check=True)
