# SPDX-License-Identifier: BSD-2-Clause
"""How a test is written and run.

    @test
    def refuses_programs(site):
        site.start("policy", rules='rule ...')
        message = mail(subject="look at this")
        expect(site.send("policy", message).final.code, 550)

A test gets a Site: one running MTA, the next hop behind it and, for as long as
the test lasts, the daemons that it starts, on the engine that is its turn.  It
ends by returning, or by an exception that says what was wrong.
"""

import os
import shutil
import time
import traceback
from dataclasses import dataclass

from .client import Client
from .daemon import Daemon
from .probe import ENGINES
from .process import Failure
from .slapd import Slapd

ALL_MTAS = ("postfix", "sendmail")
registry = []


@dataclass
class Test:
    name: str
    function: object
    mtas: tuple
    engines: tuple


def test(function=None, *, mtas=ALL_MTAS, engines=ENGINES):
    """Registers a test; MTAS where it can only run on one of them, ENGINES
    where one is enough, for what is tested is the same on both."""
    def register(function):
        module = function.__module__.rpartition(".")[2].removeprefix("test_")
        registry.append(Test(f"{module}.{function.__name__}", function, mtas,
                             engines))
        return function
    return register(function) if function else register


def expect(actual, expected, what=""):
    """Fails unless both are equal."""
    if actual != expected:
        raise Failure(f"{what + ': ' if what else ''}got\n"
                      f"  {shown(actual, expected)}\nexpected\n"
                      f"  {shown(expected, actual)}")


def expect_in(part, whole, what=""):
    """Fails unless WHOLE contains PART."""
    if part not in whole:
        raise Failure(f"{what + ': ' if what else ''}no {part!r} in\n"
                      f"  {whole!r}")


def shown(value, other):
    """VALUE for people; of long bytes what differs from OTHER."""
    if not isinstance(value, bytes) or len(value) < 200:
        return repr(value)
    same = max(0, len(os.path.commonprefix([value, other])) - 20)
    return f"(from byte {same} of {len(value)}) {value[same:same + 200]!r}"


class Site:
    """What a test works with."""

    def __init__(self, mta, engine, sink, build, folder):
        self.mta = mta
        self.engine = engine
        self.sink = sink
        self.build = build
        self.folder = folder
        self.daemons = {}
        self.servers = []

    def start(self, name, conf="", files=None, milter=None):
        """Starts daemon NAME with this configuration, for the milter of that
        name or for MILTER."""
        return self.daemon(name, conf, files, milter).start()

    def daemon(self, name, conf="", files=None, milter=None):
        """The same, not started yet."""
        folder = os.path.join(self.folder, name)
        daemon = Daemon(self.build, folder, name,
                        self.mta.milter_socket(milter or name),
                        {"engine": self.engine,
                         **self.mta.milter_settings()})
        daemon.write(conf, files)
        self.daemons[name] = daemon
        return daemon

    def slapd(self, ldif):
        """A directory server that holds LDIF."""
        server = Slapd(os.path.join(self.folder, "slapd"))
        self.servers.append(server)
        return server.start(ldif)

    def client(self, listener, **more):
        return Client(self.mta.ports[listener], **more)

    def send(self, listener, message, sender="ann@example.com",
             recipients=("bob@example.net",), **more):
        """Sends one message in a session of its own."""
        with self.client(listener, **more) as client:
            return client.send(sender, recipients, message)

    def accept(self, *arguments, **more):
        """Sends one message that must be accepted."""
        outcome = self.send(*arguments, **more)
        if not outcome.accepted:
            raise Failure(f"refused: {outcome.final}")
        return outcome

    def delivered(self, message, count=1):
        """What arrived at the next hop of MESSAGE."""
        return self.sink.wait(message.id, count)

    def expect_gone(self, message):
        """Nothing of MESSAGE was delivered and nothing of it is queued."""
        self.expect_idle()
        expect(self.sink.find(message.id), [], "delivered")

    def expect_idle(self):
        """Nothing is queued, neither held nor deferred."""
        self.mta.wait_idle()
        expect(self.mta.queue(), [], "queue")

    def expect_held(self, message):
        """MESSAGE, and nothing else, is held in the queue."""
        self.mta.wait_idle()
        expect(self.sink.find(message.id), [], "delivered")
        held = self.mta.held()
        expect(len(held), 1, "messages held")
        content = self.mta.held_content(held[0])
        expect_in(message.partition(b"\r\n\r\n")[2].decode().split("\r\n")[0],
                  content, "held message")

    def check_logs(self):
        """Fails if a daemon built with sanitizers has complained."""
        for name, daemon in self.daemons.items():
            for complaint in ("Sanitizer:", "runtime error:"):
                if complaint in daemon.log():
                    raise Failure(f"{complaint} in the log of lumbar-{name}")

    def finish(self):
        """Ends what the test started and empties the queue."""
        for daemon in self.daemons.values():
            # At once: that TERM works is a test of its own.
            daemon.kill()
        for server in self.servers:
            server.stop()
        self.mta.forget()
        shutil.rmtree(self.folder, ignore_errors=True)

    def report(self):
        """The end of each log, for a test that failed."""
        logs = {f"lumbar-{name}": daemon.log()
                for name, daemon in self.daemons.items()}
        logs[self.mta.name] = self.mta.log()
        return "".join(f"--- {name}\n" + "".join(
            line + "\n" for line in text.splitlines()[-15:])
            for name, text in logs.items())


def run_test(each, site):
    """Runs one test and prints its line.  True if it passed."""
    began = time.monotonic()
    failure = None
    try:
        each.function(site)
        site.check_logs()
    except Failure as error:
        failure = f"{error}\n{site.report()}"
    except Exception:
        failure = traceback.format_exc() + site.report()
    finally:
        site.finish()
    print(f"{'not ok' if failure else 'ok'} {each.name}"
          f" ({site.mta.name}, {site.engine})"
          f" {time.monotonic() - began:.1f} s", flush=True)
    if failure:
        print("".join(f"    {line[:500]}\n" for line in failure.splitlines()),
              end="", flush=True)
    return failure is None
