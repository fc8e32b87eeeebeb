# SPDX-License-Identifier: BSD-2-Clause
"""What every daemon has from the skeleton, tried with lumbar-probe, which does
what the mail tells it (t/probe/probe.h).
"""

import os
import signal
import socket

from lumbar_test import demo, dkim_keys
from lumbar_test.load import Load
from lumbar_test.message import mail
from lumbar_test.process import wait_until
from lumbar_test.suite import expect, expect_in, test

APPLICATION = 'listener "probe" {\n\trole = application\n}\n'
HOLD_ALL = 'rule all "Look at it" { when sender exists then hold }\n'


def probe(*commands, **more):
    return mail(fields=[f"X-Probe: {each}" for each in commands], **more)


@test
def is_patient_at_the_end_of_message(site):
    """A decision may take longer than the 10 seconds that Sendmail waits:
    the daemon tells it of its progress."""
    site.start("probe", 'lookup_timeout = "20s"\n')
    message = probe("slow 12", "add-header X-Done yes")
    site.accept("probe", message)
    expect(site.delivered(message).values("X-Done"), ["yes"])


@test
def answers_when_a_lookup_hangs(site):
    """When its time is over, a lookup has failed, and the mail waits."""
    daemon = site.start("probe", 'lookup_timeout = "500ms"\n')
    message = probe("slow 8")
    reply = site.send("probe", message).final
    expect(reply.code, 451)
    site.expect_gone(message)
    expect_in("fault=", daemon.log())
    # At RCPT it concerns one recipient only.
    message = mail()
    outcome = site.accept("probe", message, recipients=[
        "slow@example.net", "bob@example.net"])
    expect([each.code for each in outcome.recipients], [451, 250])
    expect(site.delivered(message).addresses(), ["bob@example.net"])


@test
def defers_or_holds_after_faults(site):
    """A fault defers mail; of an application, which cannot try again, it
    holds it.  A listener may say otherwise."""
    hold = APPLICATION.replace("role = application", "on_failure = hold")
    wait = APPLICATION.replace("}", "\ton_failure = tempfail\n}")
    for conf, held in (("", False), (APPLICATION, True), (hold, True),
                       (wait, False)):
        site.start("probe", conf)
        message = probe("add-header X-Half done", "fail it")
        outcome = site.send("probe", message)
        if held:
            expect(outcome.final.code, 250, conf)
            site.expect_held(message)
            # Half of a decision is none.
            site.mta.release()
            expect(site.delivered(message).message(), bytes(message), conf)
        else:
            expect(outcome.final.code, 451, conf)
            site.expect_gone(message)
        site.daemons["probe"].kill()


@test
def holds_what_kills_it(site):
    """A message on which the daemon dies again and again ends up held, not
    deferred for days; other mail goes on."""
    daemon = site.start("probe", "hold_after_faults = 2\n")
    message = probe("crash")
    for _ in range(2):
        expect(site.send("probe", message).final.code // 100, 4)
        other = mail()
        wait_until(lambda: site.send("probe", other).accepted,
                   "service after a crash")
    wait_until(lambda: site.send("probe", message).accepted, "held mail")
    site.expect_held(message)
    expect_in("killed by signal", daemon.log())


@test(mtas=("postfix",))
def bounces_local_mail_instead_of_refusing_recipients(site):
    """Postfix takes a refusal at RCPT of mail that came by sendmail(1) as an
    error of its configuration, and the mail would be stuck; it is refused as
    a whole at the end, and its sender is told."""
    site.start("probe", milter="local")
    good = mail()
    site.mta.submit("ann@example.com", ["bob@example.net"], bytes(good))
    site.delivered(good)
    bad = mail()
    site.mta.submit("ann@example.com",
                    ["refuse@example.net", "bob@example.net"], bytes(bad))
    bounce = site.delivered(bad)
    expect((bounce.sender.address, bounce.addresses()),
           ("", ["ann@example.com"]))
    expect_in("probe: no such user", bounce.data.decode())
    site.expect_idle()


@test
def loses_no_mail_without_recipients(site):
    """Edits that leave no recipient defer the mail, for it would vanish in
    the MTA; discarded is what asked for that."""
    daemon = site.start("probe")
    message = probe("delete-all")
    expect(site.send("probe", message).final.code, 451)
    site.expect_gone(message)
    message = probe("delete-all", "discard-if-none")
    outcome = site.accept("probe", message)
    expect(daemon.decision(outcome)["action"], "discard")
    site.expect_gone(message)


@test
def sees_the_body_after_a_reload(site):
    """What is negotiated with the MTA once covers all configurations: a body
    that was of no interest is seen from the next message on."""
    daemon = site.start("probe", "body = no\n")
    body = b"0123456789\r\n" * 20000
    with site.client("probe") as client:
        for conf, seen in (("body = no\n", "0"),
                           ("body = yes\n", str(len(body)))):
            daemon.write(conf)
            daemon.reload()
            message = probe("count-body", body=body)
            client.send("ann@example.com", ["bob@example.net"], message)
            expect(site.delivered(message).values("X-Probe-Body"), [seen])


@test
def observes(site):
    """With observe = yes nothing changes, whatever is decided."""
    daemon = site.start("probe", "observe = yes\n")
    for command in ("reject no", "tempfail later", "discard", "hold it",
                    "add-header X-A b", "delete-header Subject 1",
                    "delete-recipient 0", "add-recipient x@example.net",
                    "change-sender x@example.net", "replace-body x",
                    "headers reject no"):
        message = probe(command)
        outcome = site.accept("probe", message,
                              recipients=["refuse@example.net"])
        delivery = site.delivered(message)
        expect((delivery.sender.address, delivery.addresses(),
                delivery.message()),
               ("ann@example.com", ["refuse@example.net"], bytes(message)),
               command)
        expect(daemon.decision(outcome)["observe"], "yes", command)


@test(mtas=("postfix",))
def upgrades_without_a_refused_session(site):
    """A second process takes the unix socket over, then the first is told to
    stop: under load no session is refused and no mail lost."""
    old = site.start("probe")
    with Load(site, "probe") as load:
        load.run_for(20)
        new = site.daemon("probe").start()
        load.run_for(20)
        old.process.signal(signal.SIGTERM)
        load.run_for(20)
        expect(old.process.wait(), 0)
        load.run_for(20)
    expect((load.refused_sessions, load.refused, load.lost), ([], {}, []))
    load.expect_exactly_once()
    expect(new.process.running(), True)


@test(mtas=("postfix",))
def serves_an_inherited_socket(site):
    """systemd opens the socket and hands it over as fd:N."""
    path = site.mta.milter_socket("probe").removeprefix("unix:")
    with socket.socket(socket.AF_UNIX) as listener:
        if os.path.exists(path):
            os.unlink(path)  # of a test before
        listener.bind(path)
        os.chmod(path, 0o666)
        listener.listen(20)
        daemon = site.daemon("probe")
        daemon.socket = f"fd:{listener.fileno()}"
        daemon.start(pass_fds=[listener.fileno()])
        message = probe("add-header X-Done yes")
        site.accept("probe", message)
        expect(site.delivered(message).values("X-Done"), ["yes"])
    os.unlink(path)


@test
def holding_ends_the_chain_in_postfix(site):
    """Postfix tells no later milter the end of a message that one holds, so
    what is released then was neither signed nor counted; Sendmail goes on."""
    for name in demo.DAEMONS:
        demo.write(site.daemon(name))
    site.daemons["policy"].write(
        'rules = "policy.rules"\n', {"policy.rules": HOLD_ALL})
    for daemon in site.daemons.values():
        daemon.start()
    message = mail()
    site.accept("all", message)
    site.expect_held(message)
    site.mta.release()
    signatures = dkim_keys.verify(site.delivered(message).data)
    expect(sorted(signatures), [] if site.mta.name == "postfix" else
           [("ed", True), ("rsa", True)])


@test
def runs_all_four_and_stops(site):
    """The daemons in their order behind one listener: what the signer signs
    is what is delivered.  Told to stop, each ends with status 0."""
    for name in demo.DAEMONS:
        demo.write(site.daemon(name))
        site.daemons[name].start()
    message = mail(recipient="bob@example.com")
    site.accept("all", message, recipients=["Bob@Example.com"])
    delivery = site.delivered(message)
    expect(delivery.addresses(), ["bob@store1.example.net"])
    expect(sorted(dkim_keys.verify(delivery.data)),
           [("ed", True), ("rsa", True)])
    for daemon in site.daemons.values():
        daemon.process.signal(signal.SIGTERM)
    expect([daemon.process.wait() for daemon in site.daemons.values()],
           [0] * 4)
