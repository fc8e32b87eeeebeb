# SPDX-License-Identifier: BSD-2-Clause
"""The ground the other tests stand on: what the MTAs do without Lumbar."""

from lumbar_test.message import mail
from lumbar_test.suite import expect, test


@test
def delivers_untouched(site):
    """Below its own Received field the MTA changes no byte."""
    for body in (b"Hello.\r\n", b"", b".dot\r\n..\r\n", b"x" * 990 + b"\r\n",
                 "Grüße\r\n".encode("latin-1")):
        message = mail(body=body, fields=["X-Folded: one\r\n\ttwo\r\n  three"])
        site.accept("none", message)
        expect(site.delivered(message).message(), bytes(message))


@test
def passes_envelope_on(site):
    """Addresses keep their case and their DSN parameters."""
    message = mail()
    site.accept("none", message, recipients=[
        ("Bob@Example.NET", "NOTIFY=FAILURE ORCPT=rfc822;Robert@example.net"),
        "carl@example.net"])
    delivery = site.delivered(message)
    expect(delivery.addresses(), ["Bob@Example.NET", "carl@example.net"])
    expect(delivery.parameters("Bob@Example.NET"), {
        "NOTIFY": "FAILURE", "ORCPT": "rfc822;Robert@example.net"})


@test
def tempfails_without_milter(site):
    """A daemon that does not run delays mail, and nothing passes it by."""
    message = mail()
    expect(site.send("policy", message).final.code, 451)
    site.expect_gone(message)
