# SPDX-License-Identifier: BSD-2-Clause
"""A daemon is replaced again and again while mail flows through it: no session
is refused, no message deferred, lost or doubled, and no MTA notices anything.
"""

import contextlib
import copy
import os
import shutil
import signal
import socket

from lumbar_test.client import stuffed
from lumbar_test.daemon import listening_address
from lumbar_test.load import Load
from lumbar_test.message import mail
from lumbar_test.process import accepts, children, wait_until
from lumbar_test.suite import expect, test

CONF = 'rules = "policy.rules"\n'
RULES = 'rule mark "Marked" { when sender exists then add header "X-Seen" "1" }\n'
LOOPS = {"postfix": 50, "sendmail": 10}  # of each kind


def daemon_of(site):
    return site.daemon("policy", CONF, {"policy.rules": RULES})


def expect_nothing_lost(site, load):
    """As if the daemon had run all the time: also that it saw each message."""
    expect(load.refused_sessions, [])
    expect((load.refused, load.lost), ({}, []))
    load.expect_exactly_once()
    # Among mail of other tests, some of which has no Message-ID.
    seen = {name: each.values("X-Seen") for each in site.sink.deliveries
            for name in each.values("Message-ID")}
    unseen = [each.id for each in load.accepted if seen[each.id] != ["1"]]
    expect(unseen, [])


@test
def replaces_itself(site):
    """USR2: the new program accepts connections before the old one ends its
    sessions; the process that an administrator knows stays the same."""
    daemon = daemon_of(site).start()
    pid = daemon.process.pid
    instances = set()
    with Load(site, "policy", per_session=3) as load:
        for _ in range(LOOPS[site.mta.name]):
            load.run_for(5)
            instances |= daemon.upgrade()
        load.run_for(20)
    expect(len(instances), LOOPS[site.mta.name] + 1, "instances")
    expect_nothing_lost(site, load)
    expect(daemon.process.running(), True)
    wait_until(lambda: len(children(pid)) == 1, "the end of the old ones")


@test
def lets_a_message_end(site):
    """One that is under way while the daemon is replaced, twice, ends with
    the instance that it began with."""
    daemon = daemon_of(site).start()
    message = mail(body=b"First half.\r\nSecond half.\r\n")
    first, second = stuffed(message).split(b"Second")
    with site.client("policy") as client:
        client.mail("ann@example.com")
        client.rcpt("bob@example.net")
        expect(client.command("DATA").code, 354)
        client.write(first)
        daemon.upgrade()
        site.accept("policy", mail())
        daemon.upgrade()
        client.write(b"Second" + second)
        expect(client.read().code, 250)
    expect(site.delivered(message).values("X-Seen"), ["1"])
    wait_until(lambda: len(children(daemon.process.pid)) == 1,
               "the end of the old instances")


@test(mtas=("postfix",))
def is_replaced_by_hand(site):
    """Without a service manager: another one is started on the same path, then
    the old one is stopped; who waited at the old one is served by it."""
    daemon = daemon_of(site).start()
    with Load(site, "policy", per_session=3) as load:
        for _ in range(10):
            load.run_for(5)
            fresh = copy.copy(daemon).start()
            site.daemons[daemon.name] = fresh
            daemon.process.signal(signal.SIGTERM)
            expect(daemon.process.wait(), 0)
            daemon = fresh
        load.run_for(10)
    expect_nothing_lost(site, load)


@contextlib.contextmanager
def inherited_listener(site, daemon):
    """Where DAEMON was to listen, opened by this process, as systemd does."""
    address = listening_address(daemon.socket)
    unix = isinstance(address, str)
    with socket.socket(
            socket.AF_UNIX if unix else socket.AF_INET) as listener:
        if unix:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(address)
            listener.bind(address)
            settings = site.mta.milter_settings()
            shutil.chown(address, settings["socket_owner"])
            os.chmod(address, int(settings["socket_mode"], 8))
        else:
            # Who listened there before was killed, and may yet have to die.
            wait_until(lambda: not accepts(address), "a free port")
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", address))
        listener.listen(1000)
        daemon.socket = f"fd:{listener.fileno()}"
        yield listener


@test
def is_stopped_and_started(site):
    """TERM and a fresh start, with a listener that somebody else holds:
    connections wait until there is a daemon again."""
    daemon = daemon_of(site)
    with inherited_listener(site, daemon) as listener:
        daemon.start(pass_fds=[listener.fileno()])
        with Load(site, "policy", per_session=3) as load:
            for _ in range(LOOPS[site.mta.name]):
                load.run_for(5)
                daemon.process.signal(signal.SIGTERM)
                expect(daemon.process.wait(), 0)
                daemon.start(pass_fds=[listener.fileno()])
            load.run_for(20)
        expect_nothing_lost(site, load)
        daemon.stop()
