# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-route: recipients by a directory, an LDIF file or a real slapd."""

from lumbar_test.message import mail
from lumbar_test.process import wait_until
from lumbar_test.suite import expect, test

LDIF = """\
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: uid=ann,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: inetLocalMailRecipient
uid: ann
cn: Ann
sn: Ann
mail: ann@example.com
mailLocalAddress: ann@example.com

dn: uid=bob,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: inetLocalMailRecipient
uid: bob
cn: Bob
sn: Bob
mail: bob@example.com
mailLocalAddress: bob@example.com
mailLocalAddress: robert.b@example.com
mailRoutingAddress: bob@store1.example.net
"""

DOMAINS = 'domains = { "example.com" }\n'
FILE = DOMAINS + 'directory "people" {\n\tldif = "people.ldif"\n}\n'
# No TLS here; and a server is tried again soon, for tests do not wait.
SERVER = DOMAINS + """\
directory "people" {
	uris = "ldap://127.0.0.1:%d"
	base = "dc=example,dc=com"
	start_tls = no
	search_timeout = "%s"
	retry_interval = "100ms"
}
"""

# What RCPT names, the answer, and who is then delivered to.
RECIPIENTS = (
    ("ann@example.com", 250, "ann@example.com"),
    ("Ann@Example.COM", 250, "Ann@Example.COM"),
    ("bob@example.com", 250, "bob@store1.example.net"),
    ("Bob@Example.COM", 250, "bob@store1.example.net"),
    ("BOB@EXAMPLE.COM", 250, "bob@store1.example.net"),
    ('"bob"@example.com', 250, "bob@store1.example.net"),
    ("Robert.B@example.com", 250, "bob@store1.example.net"),
    ("eve@example.com", 550, None),
    ("postmaster@example.com", 250, "postmaster@example.com"),
    ("Abuse@example.com", 250, "Abuse@example.com"),
    ("Eve@Elsewhere.example", 250, "Eve@Elsewhere.example"),
)


def check_recipients(site):
    """Each in a message of its own: nobody is doubled or lost."""
    for given, code, delivered in RECIPIENTS:
        message = mail()
        outcome = site.send("route", message, recipients=[given])
        reply = outcome.recipients[0]
        expect(reply.code, code, given)
        if code == 550:
            expect(reply.text.split()[0], "5.1.1", given)
            continue
        site.mta.wait_idle()
        expect(site.delivered(message).addresses(), [delivered], given)


def start_with_slapd(site, timeout="3s"):
    server = site.slapd(LDIF)
    site.start("route", SERVER % (server.port, timeout))
    return server


def expect_service(site):
    """A recipient of ours is routed, at the latest in a moment."""
    message = mail()
    wait_until(lambda: site.send("route", message, recipients=[
        "Bob@example.com"]).accepted, "service by the directory")
    expect(site.delivered(message).addresses(), ["bob@store1.example.net"])


def expect_deferred(site):
    """A recipient of ours is deferred, and others are not concerned."""
    message = mail()
    reply = site.send("route", message,
                      recipients=["bob@example.com"]).recipients[0]
    expect((reply.code, reply.text.split()[0]), (451, "4.3.0"))
    message = mail()
    site.accept("route", message, recipients=["eve@elsewhere.example"])
    site.delivered(message)


@test
def routes_by_file(site):
    site.start("route", FILE, {"people.ldif": LDIF})
    check_recipients(site)


@test
def routes_by_server(site):
    start_with_slapd(site)
    check_recipients(site)


@test
def keeps_delivery_parameters(site):
    """A rewritten recipient keeps NOTIFY and ORCPT; where the client gave no
    ORCPT, the address it used becomes it, so that no bounce tells where the
    mailbox is."""
    site.start("route", FILE, {"people.ldif": LDIF})
    message = mail()
    site.accept("route", message, recipients=[
        ("Bob@example.com", "NOTIFY=FAILURE,DELAY ORCPT=rfc822;B@x.example"),
        ("ann@example.com", "NOTIFY=NEVER")])
    delivery = site.delivered(message)
    expect(delivery.addresses(), ["ann@example.com", "bob@store1.example.net"])
    parameters = delivery.parameters("bob@store1.example.net")
    expect(parameters["ORCPT"], "rfc822;B@x.example")
    expect(set(parameters["NOTIFY"].split(",")), {"FAILURE", "DELAY"})
    expect(delivery.parameters("ann@example.com")["NOTIFY"], "NEVER")

    message = mail()
    site.accept("route", message, recipients=["Bob@example.com"])
    orcpt = site.delivered(message).recipients[0].parameters["ORCPT"]
    expect(orcpt.lower(), "rfc822;bob@example.com")


@test
def delivers_once_to_two_names(site):
    """Two addresses of one mailbox give one copy."""
    site.start("route", FILE, {"people.ldif": LDIF})
    message = mail()
    site.accept("route", message, recipients=[
        "bob@example.com", "Robert.B@example.com", "eve@elsewhere.example"])
    site.mta.wait_idle()
    expect(site.delivered(message).addresses(),
           ["bob@store1.example.net", "eve@elsewhere.example"])


@test
def defers_while_the_directory_is_down(site):
    """No answer is no reason to refuse or to pass anybody, and service
    resumes by itself."""
    server = start_with_slapd(site)
    expect_service(site)
    server.stop()
    expect_deferred(site)
    server.restart()
    expect_service(site)


@test
def defers_while_the_directory_hangs(site):
    """Who waits for a directory that accepts connections and never answers
    gives up, and asks it again when it does."""
    server = start_with_slapd(site, "1s")
    expect_service(site)
    server.hang()
    expect_deferred(site)
    server.resume()
    expect_service(site)


@test
def begins_without_directory(site):
    """A daemon that starts before its directory serves when that is there."""
    server = site.slapd(LDIF)
    server.stop()
    site.start("route", SERVER % (server.port, "3s"))
    expect_deferred(site)
    server.restart()
    expect_service(site)
