# SPDX-License-Identifier: BSD-2-Clause
"""Cases of unittest about the probe daemon, each run on both engines."""

import argparse
import functools
import shutil
import subprocess
import sys
import tempfile
import unittest

from .milter_client import PATIENCE, MilterClient
from .probe import ENGINES, PROGRAM, Probe
from .process import gone, wait_until  # noqa: F401


def wait_for(condition, what):
    wait_until(condition, what, PATIENCE)


class Case(unittest.TestCase):
    """A test with a folder and probes, which end with it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="lumbar-")
        self.daemons = []

    def tearDown(self):
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.kill()
        MilterClient.close_all()
        shutil.rmtree(self.folder)

    def start(self, conf="", environment=None, **options):
        daemon = Probe(self.folder, **options)
        daemon.configure(conf)
        self.daemons.append(daemon)
        return daemon.start(environment)

    def run_probe(self, *options):
        daemon = Probe(self.folder)
        return subprocess.run(
            [PROGRAM, *options] if options and options[0] != "conf"
            else daemon.command(*options[1:]),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE)


def only_on(engine, reason):
    """Marks a test that says nothing of the other engine, for REASON."""
    def mark(function):
        @functools.wraps(function)
        def run(case):
            if Probe.engine != engine:
                case.skipTest(reason)
            function(case)
        return run
    return mark


def run_on_engines(what):
    """The main program of a file of cases, described by WHAT; the exit
    status."""
    parser = argparse.ArgumentParser(
        description=what,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("tests", nargs="*", metavar="TEST")
    options = parser.parse_args()
    passed = True
    for engine in options.engine or ENGINES:
        print("--- engine = " + engine, file=sys.stderr, flush=True)
        Probe.engine = engine
        passed &= unittest.main(
            argv=[sys.argv[0], *options.tests], verbosity=2,
            exit=False).result.wasSuccessful()
    return 0 if passed else 1
