# SPDX-License-Identifier: BSD-2-Clause
"""What goes wrong on a backbone: reload, stop, crash, slowness under load.

The claims are the same on both MTAs: no session is refused, what was accepted
is delivered exactly once, what was not accepted can be sent again.
"""

import signal
import socket
import time

from lumbar_test.client import stuffed
from lumbar_test.daemon import listening_address
from lumbar_test.load import Load
from lumbar_test.message import mail
from lumbar_test.process import accepts, cpu_seconds, wait_until
from lumbar_test.suite import expect, expect_in, test

CONF = 'rules = "policy.rules"\n'
MARK = ('rule mark "Marked" {{ when sender exists'
        ' then add header "X-Rules" "{}" }}\n')
NO_SECRETS = ('unread content is held\n'
              'rule secret "No secrets" { when text contains "secret"'
              ' then reject 5.7.1 }\n')


def start(site, rules=MARK.format("one")):
    return site.start("policy", CONF, {"policy.rules": rules})


def new_rules(daemon, rules):
    daemon.write(CONF, {"policy.rules": rules})
    return daemon.reload()


@test
def reloads_under_load(site):
    """HUP refuses no session and loses nothing; new mail meets new rules."""
    daemon = start(site)
    with Load(site, "policy") as load:
        load.run_for(20)
        for version in ("two", "three", "four"):
            new_rules(daemon, MARK.format(version))
            load.run_for(20)
    expect(load.refused_sessions, [])
    expect((load.refused, load.lost), ({}, []))
    load.expect_exactly_once()
    marks = [site.delivered(message).values("X-Rules")
             for message in load.accepted]
    expect({len(mark) for mark in marks}, {1})
    expect({mark[0] for mark in marks}, {"one", "two", "three", "four"})
    expect(site.delivered(load.accepted[-1]).values("X-Rules"), ["four"])


@test
def reloads_in_open_sessions(site):
    """New rules are in force from the next MAIL, also those that read the
    body where none did when the session began; a message under way keeps the
    rules that it began with."""
    daemon = start(site)
    message = mail(body=b"This is a secret.\r\n")
    with site.client("policy") as client:
        expect(client.send("ann@example.com", ["bob@example.net"],
                           message).accepted, True)
        late = mail(body=b"Another secret.\r\n")
        client.mail("ann@example.com")
        client.rcpt("bob@example.net")
        new_rules(daemon, NO_SECRETS)
        expect(client.data(late).code, 250)
        expect(site.delivered(late).values("X-Rules"), ["one"])
        outcome = client.send("ann@example.com", ["bob@example.net"],
                              mail(body=b"A third secret.\r\n"))
        expect(outcome.final.code, 550)


@test
def keeps_rules_when_the_new_are_wrong(site):
    """A mistake changes nothing and is told with its file and line."""
    daemon = start(site)
    answer = new_rules(daemon, 'rule a "A" {\n when nonsense\n}\n')
    expect_in("policy.rules:2", daemon.log(), answer)
    message = mail()
    site.accept("policy", message)
    expect(site.delivered(message).values("X-Rules"), ["one"])


@test
def finishes_messages_when_stopped(site):
    """TERM in the middle of a message: the message ends as if nothing had
    happened, then the daemon does."""
    daemon = start(site)
    message = mail(body=b"First half.\r\nSecond half.\r\n")
    first, second = stuffed(message).split(b"Second")
    with site.client("policy") as client:
        client.mail("ann@example.com")
        client.rcpt("bob@example.net")
        expect(client.command("DATA").code, 354)
        client.write(first)
        daemon.process.signal(signal.SIGTERM)
        # It hears nobody new from now on.
        address = listening_address(daemon.socket)
        wait_until(lambda: not accepts(address), "closed listener")
        client.write(b"Second" + second)
        expect(client.read().code, 250)
    expect(site.delivered(message).values("X-Rules"), ["one"])
    expect(daemon.process.wait(), 0)


@test
def loses_nothing_when_killed(site):
    """KILL under load: the client gets 4xx and can try again."""
    daemon = start(site)
    with Load(site, "policy") as load:
        for _ in range(3):
            load.run_for(20)
            daemon.kill()
            load.run_for(10)
            daemon.start()
        load.run_for(20)
    load.expect_exactly_once()
    expect(bool(load.refused or load.lost), True, "refused mail")


@test
def recovers_from_a_crash(site):
    """A process that dies is replaced at once: its sessions get 4xx, the next
    ones are served, and nobody had to do anything."""
    daemon = start(site)
    with Load(site, "policy") as load:
        for _ in range(3):
            load.run_for(20)
            daemon.crash()
        load.run_for(40)
    load.expect_exactly_once()
    message = mail()
    site.accept("policy", message)
    expect(site.delivered(message).values("X-Rules"), ["one"])


@test(mtas=("postfix",))
def holds_when_killed_on_careful_listener(site):
    """Where Postfix has default_action=quarantine for the milter, for clients
    that cannot try again, mail is taken and held."""
    daemon = start(site)
    message = mail(body=b"Cannot wait.\r\n")
    with site.client("careful") as client:
        client.mail("ann@example.com")
        client.rcpt("bob@example.net")
        daemon.kill()
        expect(client.data(message).code, 250)
    site.expect_held(message)
    site.mta.release()
    site.delivered(message)


@test
def refuses_sessions_above_the_cap(site):
    """With max_sessions open, one more gets 4xx; when one has ended, the next
    is served.  Meanwhile no CPU is burnt."""
    daemon = site.start("policy", CONF + "max_sessions = 2\n",
                        {"policy.rules": MARK.format("one")})
    clients = [site.client("policy") for _ in range(2)]
    for client in clients:
        expect(client.mail("ann@example.com").code, 250)
    message = mail()
    expect(site.send("policy", message).final.code // 100, 4)
    pids = [daemon.process.pid, daemon.instance()]
    before = sum(map(cpu_seconds, pids))
    time.sleep(1)
    expect(sum(map(cpu_seconds, pids)) - before < 0.5, True, "CPU at rest")
    clients.pop().close()

    def served():
        return site.send("policy", message).accepted
    wait_until(served, "a free session")
    for client in clients:
        client.close()
    expect(site.delivered(message).values("X-Rules"), ["one"])


@test
def shrugs_at_bare_connections(site):
    """Port scanners and monitors connect, say nothing or nonsense, and go."""
    daemon = start(site)
    address = listening_address(daemon.socket)
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    target = address if isinstance(address, str) else ("127.0.0.1", address)
    for noise in (b"", b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 4096,
                  b"\x00\x00\x00\x01Q", b"\x00\x00\x00\x05O"):
        for _ in range(10):
            with socket.socket(family) as probe:
                probe.connect(target)
                try:
                    probe.sendall(noise)
                except ConnectionError:
                    pass
    message = mail()
    site.accept("policy", message)
    expect(site.delivered(message).values("X-Rules"), ["one"])
    expect(daemon.process.running(), True)
