# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-limit: how much each sender, client or login may send."""

import re

from lumbar_test.message import mail
from lumbar_test.suite import expect, test


def limit(key="sender", count="messages", rate="5/h"):
    return (f'limit "test" {{\n key = {key}\n count = {count}\n'
            f' rate = "{rate}"\n}}\n')


def send_many(site, number, **more):
    """Sends NUMBER messages in one session each; their final replies."""
    return [site.send("limit", mail(), **more).final for _ in range(number)]


def codes(replies):
    return [reply.code for reply in replies]


@test
def slows_a_flood(site):
    """What is over the limit gets 450 and is told how long to wait; other
    senders do not notice."""
    daemon = site.start("limit", limit())
    replies = send_many(site, 8, sender="loud@example.com")
    expect(codes(replies), [250] * 5 + [450] * 3)
    text = replies[-1].text
    expect(text.split()[0], "4.7.1")
    expect(bool(re.search(r"try again in \d+ \w+", text)), True, text)
    expect(codes(send_many(site, 2, sender="calm@example.com")), [250] * 2)
    # The same sender, written in another way.
    expect(codes(send_many(site, 1, sender="Loud@EXAMPLE.com")), [450])
    refusals = daemon.refusals()
    expect(len(refusals), 4)
    expect((refusals[0]["limit"], refusals[0]["used"]), ("test", "5/5"))


@test
def never_refuses_bounces_and_postmaster(site):
    """A bounce that cannot be delivered is lost, and postmaster must be
    reached by who is over the limit (RFC 5321 section 4.5.1)."""
    site.start("limit", limit(rate="1/h"))
    expect(codes(send_many(site, 3, sender="")), [250] * 3)
    expect(codes(send_many(site, 2)), [250, 450])
    expect(codes(send_many(site, 1, recipients=["postmaster@example.com"])),
           [250])


@test
def counts_recipients(site):
    """Of a message with too many recipients the first ones go through."""
    site.start("limit", limit(count="recipients", rate="3/h"))
    everybody = [f"user{number}@example.net" for number in range(5)]
    message = mail()
    outcome = site.accept("limit", message, recipients=everybody)
    expect(codes(outcome.recipients), [250] * 3 + [450] * 2)
    expect(site.delivered(message).addresses(), everybody[:3])


@test
def counts_client_networks(site):
    site.start("limit", limit(key="client_network", rate="2/h"))
    expect(codes(send_many(site, 3, source="127.0.0.2")), [250, 250, 450])
    expect(codes(send_many(site, 3, source="127.0.0.3")), [250, 250, 450])


@test(mtas=("postfix",))
def counts_logins(site):
    site.start("limit", limit(key="login", rate="2/h"))
    for login in ("ann", "bob"):
        with site.client("limit") as client:
            client.xclient(login=login)
            replies = [client.send(f"{login}@example.com",
                                   ["carl@example.net"], mail()).final
                       for _ in range(3)]
            expect(codes(replies), [250, 250, 450], login)


@test
def charges_what_got_through(site):
    """A transaction that the client breaks off costs nothing."""
    site.start("limit", limit(rate="1/h"))
    with site.client("limit") as client:
        for _ in range(3):
            client.mail("ann@example.com")
            expect(client.rcpt("bob@example.net").code, 250)
            client.command("RSET")
    expect(codes(send_many(site, 2)), [250, 450])


@test
def keeps_count_over_reload(site):
    """HUP forgets nobody."""
    daemon = site.start("limit", limit(rate="2/h"))
    expect(codes(send_many(site, 1)), [250])
    daemon.reload()
    expect(codes(send_many(site, 2)), [250, 450])


@test
def observes(site):
    """With observe = yes the flood is logged and goes through."""
    daemon = site.start("limit", "observe = yes\n" + limit(rate="1/h"))
    expect(codes(send_many(site, 3)), [250] * 3)
    expect(len(daemon.refusals()), 2)


@test
def refuses_disguised_senders(site):
    """Nobody gets a bucket of his own by a spelling that the MTA cleans."""
    daemon = site.start("limit", limit(rate="2/h"))
    expect(codes(send_many(site, 3, sender="a@example.com")),
           [250, 250, 450])
    for given in ("a(1)@example.com", "a@example.com ", " a@example.com",
                  "A <a@example.com>", "a @example.com",
                  "a%example.com", '"a@example.com"', "example.com!a"):
        message = mail()
        reply = site.send("limit", message, sender=given).final
        site.expect_gone(message)
        expect(reply.code // 100, 5, given)
    expect({each["reply"][:9] for each in daemon.refusals()},
           {"450 4.7.1", "553 5.1.7"})
