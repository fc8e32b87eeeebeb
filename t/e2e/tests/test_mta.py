# SPDX-License-Identifier: BSD-2-Clause
"""The ground the other tests stand on: what the MTAs do without Lumbar."""

from lumbar_test.message import ended, mail, shapes
from lumbar_test.suite import expect, test


@test
def delivers_untouched(site):
    """Below its own Received field the MTA changes no byte."""
    for name, message in shapes().items():
        site.accept("none", message)
        expect(site.delivered(message).message(), ended(message), name)


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
