# SPDX-License-Identifier: BSD-2-Clause
"""What one daemon does to a recipient that another one replaces."""

from lumbar_test.message import mail
from lumbar_test.suite import expect, test

from tests.test_route import FILE, LDIF

# Routed to bob@store1.example.net.
BOB = "bob@example.com"


@test
def routes_nobody_who_was_refused(site):
    """Whom policy refuses is not delivered to under his routing address: in
    the documented order, route never hears of him."""
    site.start("route", FILE, {"people.ldif": LDIF})
    site.start("policy", 'rules = "policy.rules"\n', {
        "policy.rules":
            'rule wall "Not to Bob" for each recipient {'
            f' when recipient is "{BOB}" then reject 5.7.1 }}\n'})
    message = mail()
    with site.client("routed") as client:
        client.mail("ann@example.com")
        expect(client.rcpt(BOB).code, 550)
        expect(client.rcpt("ann@example.com").code, 250)
        expect(client.data(message).code, 250)
    delivery = site.delivered(message)
    expect([path.address for path in delivery.recipients],
           ["ann@example.com"])
