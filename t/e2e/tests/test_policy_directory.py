# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-policy: rules on what the directory says of people, from an LDIF file
and from a real slapd that works, is down, or does not answer in time."""

from lumbar_test.message import PROGRAM, mail, multipart, part
from lumbar_test.process import wait_until
from lumbar_test.suite import expect, expect_in, test

LDIF = """\
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: uid=rita,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: inetLocalMailRecipient
uid: rita
cn: Rita
sn: Rita
mail: rita@example.com
mailLocalAddress: rita.research@example.com
departmentNumber: Research
manager: uid=max,dc=example,dc=com

dn: uid=tom,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: adMailRecipient
uid: tom
cn: Tom
sn: Tom
mail: tom@example.com
proxyAddresses: SMTP:tom@example.com
proxyAddresses: smtp:t@example.com
departmentNumber: Trading

dn: uid=max,dc=example,dc=com
objectClass: inetOrgPerson
uid: max
cn: Max
sn: Max
mail: max@example.com
departmentNumber: Board

dn: cn=pci-cleared,dc=example,dc=com
objectClass: groupOfNames
cn: pci-cleared
member: uid=rita,dc=example,dc=com
member: uid=max,dc=example,dc=com
"""

BASE = """\
rules = "policy.rules"
internal_domains = {"example.com"}
attribute "department" { ldap_name = "departmentNumber" }
"""
FILE = BASE + 'directory "people" { ldif = "people.ldif" }\n'
# No TLS here; and a server is tried again soon, for tests do not wait.
SERVER = BASE + """\
lookup_timeout = "%s"
directory "people" {
	uris = "ldap://127.0.0.1:%d"
	base = "dc=example,dc=com"
	start_tls = no
	retry_interval = "100ms"
}
"""

WALL = """\
rule wall "Research never writes to Trading" for each recipient {
    when    sender department is "Research"
            and recipient department is "Trading"
    then    reject 5.7.1 "Information barrier"
    %s
}
"""
PCI_OUT = """\
unread content is held
list partners = domains { bank.example }
define cardholder-data = text has word "card number"
rule pci-out "Card numbers leave only to the processor" {
    when    any external recipient domain not in partners
            and cardholder-data
    except  sender in group "pci-cleared"
    then    reject 5.7.1
    %s
}
"""
STRANGER = "eve@elsewhere.example"

# Four rules that one company has; the listener is one for applications.
COMPANY = """\
unread content is held
list partners = domains { bank.example }
table apps = "apps.csv" key client columns sender, scope, owner
define cardholder-data =
    content has payment-card at least 3 distinct
    or content has us-ssn near words { "social security" "ssn" }

rule wall "Research never writes to Trading" for each recipient {
    when    sender department is "Research"
            and recipient department is "Trading"
    then    reject 5.7.1 "Information barrier"
    on failure tempfail
}
rule pci-out "Card numbers leave only to the processor" {
    when    any external recipient domain not in partners
            and cardholder-data
    except  sender in group "pci-cleared"
    then    hold
    on failure hold
    severity high
}
rule app-scope "Applications keep to their registered use" {
    when    listener role is application
            and (client not in apps
                 or sender is not apps[client].sender
                 or (apps[client].scope is "internal"
                     and any recipient is external))
    then    hold
            add recipient apps[client].owner
}
rule no-programs "No programs, however they are named or packed" {
    when    any attachment (type is executable or name matches /\\.(exe|js|vbs)$/i)
    then    reject 5.7.1 "Programs may not be sent by mail"
}
"""
CARDS = "4111111111111111, 5555555555554444 and 378282246310005\r\n"
SSN = "Her SSN is 536-22-1234.\r\n"


def start_with_file(site, rules, conf=FILE):
    return site.start("policy", conf, {
        "policy.rules": rules, "people.ldif": LDIF})


def start_with_slapd(site, rules, timeout="5s"):
    server = site.slapd(LDIF)
    daemon = site.start("policy", SERVER % (timeout, server.port),
                        {"policy.rules": rules})
    return server, daemon


def check_wall(site):
    """Who is in which department, however he is called."""
    for sender, codes in (
            ("rita@example.com", [550, 250, 550, 250, 250]),
            ("Rita.Research@Example.com", [550, 250, 550, 250, 250]),
            ("rita+news@example.com", [550, 250, 550, 250, 250]),
            ("max@example.com", [250] * 5),
            ("nobody@example.com", [250] * 5),
            ("rita@elsewhere.example", [250] * 5)):
        message = mail(sender=sender)
        outcome = site.send("policy", message, sender=sender, recipients=[
            "Tom@example.com", "max@example.com", "tom+x@example.com",
            "nobody@example.com", "tom@elsewhere.example"])
        expect([reply.code for reply in outcome.recipients], codes, sender)
        if 550 in codes:
            reply = outcome.recipients[0]
            expect(reply.text.split()[0], "5.7.1")
            expect_in("wall: Information barrier", reply.text)
        site.delivered(message)


def check_pci(site):
    """Who is in the group may; and nobody is asked about in vain."""
    for sender, body, code in (
            ("rita@example.com", "The card number is 1.\r\n", 250),
            ("tom@example.com", "The card number is 2.\r\n", 550),
            ("tom@example.com", "The number is 3.\r\n", 250),
            ("nobody@example.com", "The card number is 4.\r\n", 550)):
        message = mail(sender=sender, body=body)
        outcome = site.send("policy", message, sender=sender,
                            recipients=[STRANGER])
        expect(outcome.final.code, code, sender + ": " + body)


def card_message(site, sender="tom@example.com", recipient=STRANGER):
    message = mail(sender=sender, body="The card number is 5.\r\n")
    return message, site.send("policy", message, sender=sender,
                              recipients=[recipient])


@test
def builds_a_wall_by_file(site):
    start_with_file(site, WALL % "")
    check_wall(site)


@test
def builds_a_wall_by_server(site):
    start_with_slapd(site, WALL % "")
    check_wall(site)


@test
def lets_a_group_pass_by_file(site):
    start_with_file(site, PCI_OUT % "")
    check_pci(site)


@test
def lets_a_group_pass_by_server(site):
    start_with_slapd(site, PCI_OUT % "")
    check_pci(site)


@test
def knows_managers(site):
    """Mail to one's manager, by whatever name of his."""
    start_with_slapd(site, """\
rule up "To the manager" {
    when    any recipient is manager of sender
    then    add header "X-Up" "yes"
}
rule board "Of the board" {
    when    manager of sender department is Board
            and manager of sender in group pci-cleared
    then    add header "X-Board" "yes"
}
""")
    for sender, recipient, up, board in (
            ("rita@example.com", "Max@Example.com", True, True),
            ("rita@example.com", "tom@example.com", False, True),
            ("tom@example.com", "max@example.com", False, False)):
        message = mail(sender=sender)
        site.accept("policy", message, sender=sender, recipients=[recipient])
        delivered = site.delivered(message).message()
        expect(b"X-Up: yes" in delivered, up, f"{sender} to {recipient}")
        expect(b"X-Board: yes" in delivered, board, sender)


@test
def finds_proxy_addresses(site):
    """Active Directory has all addresses of a person in one attribute."""
    server = site.slapd(LDIF)
    site.start("policy", SERVER % ("5s", server.port)
               + "profile = active-directory\n", {"policy.rules": """\
rule trading "To Trading" {
    when    any recipient department is Trading
    then    reject
}
"""})
    for recipient, code in (("T@example.com", 550), ("tom@example.com", 550),
                            ("max@example.com", 250)):
        outcome = site.send("policy", mail(), recipients=[recipient])
        expect(outcome.final.code, code, recipient)


def expect_service(site, expected):
    """The directory is asked again, at the latest in a moment."""
    wait_until(lambda: card_message(site)[1].final.code == expected,
               "service by the directory")


@test
def fails_as_each_rule_says(site):
    """With slapd down: what a rule's own "on failure" says, and nothing to
    mail that the directory does not matter for."""
    for failure, code, held in (("on failure tempfail", 451, False),
                                ("on failure hold", 250, True),
                                ("", 451, False),
                                ("mode audit", 250, False)):
        server, daemon = start_with_slapd(site, PCI_OUT % failure)
        server.stop()
        message, outcome = card_message(site)
        expect(outcome.final.code, code, failure)
        if held:
            site.expect_held(message)
            site.mta.forget()
        elif code == 250:
            site.delivered(message)
            expect_in("audit=pci-out action=fault", daemon.log())
        else:
            site.expect_gone(message)
        message, outcome = card_message(site, recipient="a@bank.example")
        expect(outcome.final.code, 250, failure)
        site.delivered(message)
        server.restart()
        if code == 451:
            expect_service(site, 550)
        daemon.kill()
        server.stop()


@test
def fails_single_recipients(site):
    """With slapd down a rule for each recipient fails those whom it needs
    the directory for."""
    for failure, codes, held in (("", [451, 250], False),
                                 ("on failure tempfail", [451, 250], False),
                                 ("on failure hold", [250, 250], True),
                                 ("mode audit", [250, 250], False)):
        server, daemon = start_with_slapd(site, WALL % failure)
        server.stop()
        message = mail(sender="rita@example.com",
                       body="Nobody can tell.\r\n")
        outcome = site.send("policy", message, sender="rita@example.com",
                            recipients=["tom@example.com", STRANGER])
        expect([reply.code for reply in outcome.recipients], codes, failure)
        if held:
            site.expect_held(message)
            site.mta.forget()
        else:
            addresses = [STRANGER, "tom@example.com"]
            expect(site.delivered(message).addresses(),
                   addresses[:codes.count(250)], failure)
        message = mail(sender="x@elsewhere.example")
        site.accept("policy", message, sender="x@elsewhere.example",
                    recipients=["tom@example.com"])
        site.delivered(message)
        daemon.kill()


@test
def waits_no_longer_than_it_may(site):
    """A slapd that accepts connections and never answers costs
    lookup_timeout, and then is a fault; of a rule in audit mode, one that
    fails nobody."""
    server, daemon = start_with_slapd(
        site, PCI_OUT % "on failure hold"
        + (PCI_OUT % "mode audit").split("\n", 3)[3].replace(
            "pci-out", "on-trial"), "1s")
    expect_service(site, 550)
    server.hang()
    message, outcome = card_message(site)
    expect(outcome.final.code, 250)
    site.expect_held(message)
    site.mta.forget()
    fields = daemon.decision(outcome)
    expect((fields["action"], fields["rule"]), ("hold", "pci-out"))
    server.resume()
    expect_service(site, 550)


@test
def audits_while_the_directory_hangs(site):
    """Rules in audit mode alone: the mail passes."""
    server, daemon = start_with_slapd(
        site, "".join((PCI_OUT % "mode audit").split("\n", 3)[3].replace(
            "pci-out", f"trial{number}") for number in range(3)).join(
                ("unread content is held\n"
                 "list partners = domains { bank.example }\n"
                 'define cardholder-data = text has word "card number"\n',
                 "")), "1s")
    server.hang()
    message, outcome = card_message(site)
    expect(outcome.final.code, 250)
    site.delivered(message)
    expect(daemon.log().count("action=fault"), 3)
    expect(daemon.decision(outcome)["action"], "pass")


@test
def needs_a_group_that_exists(site):
    """A group misspelt in a rule is a fault, not a group without members."""
    daemon = start_with_file(site, PCI_OUT.replace(
        "pci-cleared", "pci-clearred") % "on failure hold")
    message, outcome = card_message(site)
    expect(outcome.final.code, 250)
    site.expect_held(message)
    expect_in('no group \\"pci-clearred\\"', daemon.log())


def start_company(site, scope):
    """The four rules, for an application that may send to SCOPE."""
    server = site.slapd(LDIF)
    site.start(
        "policy", SERVER % ("5s", server.port)
        + 'listener "policy" { role = application }\n',
        {"policy.rules": COMPANY,
         "apps.csv": "127.0.0.0/8,rita@example.com;tom@example.com;"
                     f"robot@example.com,{scope},dora@example.com\n"})
    return server


def program(sender):
    return multipart([part("See below.\r\n"),
                      part(PROGRAM, "application/pdf", "invoice.pdf")],
                     sender=sender)


def expect_refused(site, message, sender, recipient, words):
    reply = site.send("policy", message, sender=sender,
                      recipients=[recipient]).final
    expect(reply.code, 550, words)
    expect_in(words, reply.text)


def expect_held(site, message, sender, recipient):
    site.accept("policy", message, sender=sender, recipients=[recipient])
    site.expect_held(message)
    site.mta.forget()


def expect_passed(site, message, sender, recipient):
    site.accept("policy", message, sender=sender, recipients=[recipient])
    expect(site.delivered(message).addresses(), [recipient])


@test
def keeps_four_rules_together(site):
    """Each of them holds where it applies, and only there."""
    start_company(site, "any")
    rita, tom, robot = (f"{name}@example.com"
                        for name in ("rita", "tom", "robot"))
    expect_refused(site, mail(sender=rita), rita, tom,
                   "wall: Information barrier")
    for body in (CARDS, SSN):
        expect_held(site, mail(sender=tom, body=body), tom, STRANGER)
        expect_passed(site, mail(sender=rita, body=body), rita, STRANGER)
        expect_passed(site, mail(sender=tom, body=body), tom,
                      "a@bank.example")
    expect_held(site, mail(sender="max@example.com"), "max@example.com",
                STRANGER)
    expect_refused(site, program(robot), robot, STRANGER,
                   "no-programs: Programs may not be sent by mail")
    expect_passed(site, mail(sender=robot), robot, STRANGER)


@test
def keeps_applications_inside(site):
    start_company(site, "internal")
    robot = "robot@example.com"
    expect_held(site, mail(sender=robot), robot, STRANGER)
    expect_passed(site, mail(sender=robot), robot, "max@example.com")


@test
def keeps_four_rules_without_a_directory(site):
    """With slapd down: two fail, each in its own way, and two do not."""
    server = start_company(site, "any")
    server.stop()
    rita, tom, robot = (f"{name}@example.com"
                        for name in ("rita", "tom", "robot"))
    outcome = site.send("policy", mail(sender=rita), sender=rita,
                        recipients=[tom])
    expect(outcome.recipients[0].code, 451, "wall")
    expect_held(site, mail(sender=tom, body=CARDS), tom, STRANGER)
    expect_held(site, mail(sender="max@example.com"), "max@example.com",
                STRANGER)
    expect_refused(site, program(robot), robot, STRANGER, "no-programs")
    expect_passed(site, mail(sender=robot), robot, STRANGER)
