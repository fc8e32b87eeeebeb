# SPDX-License-Identifier: BSD-2-Clause
"""What t/replay/record has the MTAs do while it listens."""

import os
import ssl
import subprocess
from dataclasses import dataclass

from lumbar_test.client import Client, stuffed
from lumbar_test.message import long_field, mail

BOTH = ("postfix", "sendmail")
SENDER = "ann@example.com"
BOB, DORA = "bob@example.net", "dora@example.net"
SCENARIOS = []


@dataclass
class Scenario:
    name: str
    function: object
    mtas: tuple
    milter: str
    conf: str


def scenario(function=None, *, mtas=BOTH, milter="probe", conf=""):
    def register(function):
        SCENARIOS.append(Scenario(
            function.__name__.replace("_", "-"), function, mtas, milter,
            conf))
        return function
    return register(function) if function else register


def session(mta, **more):
    return Client(mta.ports["probe"], **more)


def probe(*commands, **more):
    """A message that tells the probe daemon what to do."""
    return mail(fields=[*more.pop("fields", ()), *(
        f"X-Probe: {each}" for each in commands)], **more)


def send_all(mta, messages, recipients=(BOB,), sender=SENDER):
    """All MESSAGES in one session."""
    with session(mta) as client:
        for message in messages:
            client.send(sender, recipients, message)


@scenario
def several_messages(mta):
    """three messages in one session"""
    send_all(mta, [mail(), probe("add-header X-Done yes"), mail()])


@scenario
def greetings(mta):
    """HELO after EHLO, an unknown command, no message"""
    with session(mta) as client:
        client.command("HELO other.example.net")
        client.command("XYZZY plugh")
        client.command("NOOP")


@scenario
def recipients(mta):
    """several recipients with ESMTP parameters, some of them refused"""
    notify = "NOTIFY=FAILURE ORCPT=rfc822;Robert@example.net"
    send_all(mta, [mail()], [
        ("Bob@Example.NET", notify), "refuse@example.net",
        ("carl@example.net", "NOTIFY=NEVER"), "defer@example.net",
        "fail@example.net", '"john..doe"@example.net'])


@scenario
def sender_with_parameters(mta):
    """MAIL with ESMTP parameters, and the null sender"""
    with session(mta) as client:
        client.send(SENDER, [BOB], mail(),
                    "SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=abc")
        client.send("", [BOB], mail())


@scenario
def nobody_accepted(mta):
    """all recipients refused, then a message that goes through"""
    with session(mta) as client:
        client.send(SENDER, ["refuse@example.net", "defer@example.net"],
                    mail())
        client.send(SENDER, [BOB], mail())


@scenario
def aborted(mta):
    """RSET after MAIL, after RCPT; the client gone in the middle of DATA"""
    with session(mta) as client:
        client.mail(SENDER)
        client.command("RSET")
        client.mail(SENDER)
        client.rcpt(BOB)
        client.command("RSET")
        client.send(SENDER, [BOB], mail())
    client = session(mta)
    client.mail(SENDER)
    client.rcpt(BOB)
    client.command("DATA")
    client.write(stuffed(mail(body=b"x\r\n" * 1000))[:-5])
    client.close()


@scenario
def left_without_quit(mta):
    """the client gone after RCPT"""
    client = session(mta)
    client.mail(SENDER)
    client.rcpt(BOB)
    client.close()


@scenario
def dispositions(mta):
    """reject, tempfail, discard and hold at the end of message"""
    send_all(mta, [probe(each) for each in (
        "reject because 100% sure", "tempfail later", "discard", "hold it",
        "delete-all", "fail it")])


@scenario
def early_dispositions(mta):
    """the same and "done" at the end of the header section"""
    send_all(mta, [probe(f"headers {each}") for each in (
        "reject no", "tempfail later", "discard", "hold it", "done",
        "fail it", "add-header X-Early yes")])


@scenario
def envelope_dispositions(mta):
    """each disposition at MAIL and at DATA"""
    with session(mta) as client:
        for when in ("mail", "data"):
            for what in ("reject", "tempfail", "discard", "hold", "done",
                         "fail"):
                client.send(f"{when}-{what}@example.com", [BOB, DORA],
                            mail())


@scenario
def lookups(mta):
    """answers that wait for a lookup at each stage"""
    with session(mta) as client:
        for sender in ("mail-slow.0", "data-slow.0"):
            client.send(f"{sender}@example.com", [BOB], mail())
        client.send(SENDER, [BOB], probe("headers slow 0", "slow 0"))


@scenario
def header_edits(mta):
    """each edit of the header section"""
    fields = ("X-One: 1", "X-Two: first", "X-Folded: a\r\n\tb\r\n  c",
              "X-Two: second", "X-Two: third")
    send_all(mta, [probe(*each, fields=fields) for each in (
        ["add-header X-New a"],
        ["insert-header 0 X-New a", "insert-header 1 X-New b",
         "insert-header 1000 X-New c"],
        ["change-header X-Two 3 changed", "change-header X-None 1 new"],
        ["delete-header X-Two 1", "delete-header X-Two 3",
         "delete-header x-oNe 1"],
        ["add-header X-New"])])


@scenario
def envelope_edits(mta):
    """each edit of the envelope"""
    send_all(mta, [probe(*each) for each in (
        ["add-recipient carl@example.net"],
        ["add-recipient carl@example.net NOTIFY=NEVER"],
        ["delete-recipient 0", "delete-recipient 1"],
        ["delete-recipient 1", "add-recipient carl@example.net"],
        ["change-sender other@example.com"], ["change-sender"],
        ["delete-all", "discard-if-none"])],
        ("Bob@Example.NET", '"john..doe"@example.net', DORA))


@scenario
def body_replaced(mta):
    """bodies replaced: short, empty, of several packets"""
    send_all(mta, [probe(each) for each in (
        "replace-body Something else.", "fill-body 0", "fill-body 65535",
        "fill-body 65536", "fill-body 200000")])


@scenario
def everything(mta):
    """all edits on one message, and held"""
    send_all(mta, [probe(
        "add-header X-New a", "insert-header 0 X-Top b",
        "change-header Subject 1 c", "delete-header MIME-Version 1",
        "delete-recipient 1", "add-recipient carl@example.net",
        "change-sender other@example.com", "replace-body Something else.",
        "hold it")], (BOB, DORA))


@scenario
def header_shapes(mta):
    """folded, empty, tight, wide, eight-bit and large header fields"""
    send_all(mta, [
        mail(fields=["X-A: one\r\n\ttwo\r\n   three  four", "X-Empty:",
                     "X-Tight:value", "X-Wide:   value", "X-A: again",
                     b"X-Latin: Gr\xfc\xdfe", "X-Utf8: Grüße"]),
        mail(fields=[long_field(59000)]),
        mail(fields=["X-Long: " + "x" * 900] * 40)])


@scenario
def body_shapes(mta):
    """empty, blank, unended, eight-bit and dotted bodies"""
    send_all(mta, [mail(body=body) for body in (
        b"", b"\r\n\r\n", b"no end", "Grüße\r\n".encode("latin-1"),
        b".\r\n..\r\n.x\r\n", bytes(range(1, 256)) + b"\r\n")])


@scenario
def body_of_several_chunks(mta):
    """a body of a megabyte"""
    send_all(mta, [probe("count-body",
                         body=b"0123456789abcdef0123456789abcd\r\n" * 32768)])


@scenario(conf="body = no\n")
def body_skipped(mta):
    """a large body that is of no interest"""
    send_all(mta, [probe("add-header X-Done yes",
                         body=b"0123456789abcdef0123456789abcd\r\n" * 8192),
                   mail()])


@scenario
def body_fails(mta):
    """a body that cannot be taken"""
    send_all(mta, [probe("headers fail-in-body", body=b"x\r\n" * 50000),
                   mail()])


@scenario(mtas=("postfix",))
def xclient(mta):
    """XCLIENT tells of a login, of another client, of IPv6, of none"""
    for attributes in ({"login": "ann"},
                       {"name": "host.example.org", "addr": "192.0.2.77",
                        "port": "2525"},
                       {"name": "[UNAVAILABLE]", "addr": "IPV6:2001:db8::7"},
                       {"addr": "[UNAVAILABLE]"}):
        with session(mta) as client:
            client.xclient(**attributes)
            client.send(SENDER, [BOB], mail())


@scenario(mtas=("postfix",), milter="local")
def local_mail(mta):
    """mail by the sendmail command, with a bounce"""
    mta.submit(SENDER, [BOB, DORA], bytes(mail()))
    mta.submit(SENDER, ["refuse@example.net", BOB], bytes(mail()))


@scenario(mtas=("postfix",))
def tls(mta):
    """STARTTLS with a client's certificate"""
    client = session(mta)
    client.command("STARTTLS")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    certificate = mta.settings["smtpd_tls_cert_file"]
    context.load_cert_chain(certificate)
    client.input.close()
    client.socket = context.wrap_socket(client.socket)
    client.input = client.socket.makefile("rb")
    with client:
        client.command("EHLO client.example.net")
        client.send(SENDER, [BOB], mail())


def postfix_settings(folder):
    """Lets in whom XCLIENT names, and makes a certificate for both sides of
    TLS."""
    path = os.path.join(folder, "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-batch",
         "-subj", "/CN=client.example.net", "-days", "30", "-keyout", path,
         "-out", path + ".public"], check=True, stderr=subprocess.DEVNULL)
    with open(path, "a") as both, open(path + ".public") as public:
        both.write(public.read())
    return {
        "mynetworks": "127.0.0.0/8 192.0.2.0/24 [2001:db8::]/32",
        "smtpd_tls_security_level": "may",
        "smtpd_tls_cert_file": path,
        "smtpd_tls_CAfile": path + ".public",
        "smtpd_tls_ask_ccert": "yes",
        "smtpd_tls_received_header": "no",
    }
