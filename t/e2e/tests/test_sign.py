# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-sign: what arrives at the next hop verifies, by python3-dkim."""

from lumbar_test import dkim_keys
from lumbar_test.message import ended, long_field, mail, shapes
from lumbar_test.suite import expect, test

CONF = """\
key "rsa" {
	domain = "example.com"
	selector = "rsa"
	file = "rsa.pem"
}
key "ed" {
	domain = "example.com"
	selector = "ed"
	file = "ed.pem"
}
"""


def start(site, conf=CONF):
    return site.start("sign", conf, {
        "rsa.pem": dkim_keys.private_key("rsa"),
        "ed.pem": dkim_keys.private_key("ed")})


@test
def signs_every_shape(site):
    """One signature for each key, above all other fields, valid over what
    was delivered; below them the message as it was sent."""
    start(site)
    for name, message in shapes().items():
        site.accept("sign", message)
        delivery = site.delivered(message)
        expect([line.partition(b":")[0] for line in delivery.fields()[:3]],
               [b"DKIM-Signature", b"DKIM-Signature", b"Received"], name)
        expect(sorted(dkim_keys.verify(delivery.data)),
               [("ed", True), ("rsa", True)], name)
        expect(b"\r\n".join(delivery.fields()[3:]) + b"\r\n\r\n"
               + delivery.body, ended(message), name)


@test
def survives_huge_fields(site):
    """Where there is a milter, Postfix cuts a field at 60,000 bytes before it
    is shown; Sendmail shows it none above 65,535, and the mail waits."""
    start(site)
    message = mail(fields=[long_field(100000)])
    outcome = site.send("sign", message)
    if site.mta.name == "sendmail":
        expect(outcome.final.code, 451)
        return
    delivery = site.delivered(message)
    expect(len(delivery.header) > 59000, True, "length")
    expect([valid for _, valid in dkim_keys.verify(delivery.data)],
           [True, True])


@test
def leaves_foreign_mail_unsigned(site):
    """Only mail From: the domains of the table is signed."""
    daemon = start(site)
    for sender in ("eve@example.net", "eve@sub.example.com"):
        message = mail(sender=sender)
        outcome = site.accept("sign", message)
        expect(site.delivered(message).message(), bytes(message), sender)
        expect(daemon.decision(outcome)["action"], "pass", sender)


@test
def protects_a_second_from(site):
    """A From field added on the way breaks the signature."""
    start(site)
    message = mail()
    site.accept("sign", message)
    data = site.delivered(message).data
    forged = data.replace(b"\r\nFrom:", b"\r\nFrom: x@y.example\r\nFrom:", 1)
    expect([valid for _, valid in dkim_keys.verify(forged)], [False, False])
