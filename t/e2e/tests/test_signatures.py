# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-sign: what arrives at the next hop is valid for three verifiers that
share no code with it, save what the MTA itself rewrites behind its milters.

Such a rewriting is proved on the same message without a signature: the MTA
changes the same bytes of it; and the signature is valid over what was sent.
"""

import contextlib
import itertools
import os
import re
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from lumbar_test import dkim_keys
from lumbar_test.client import Client
from lumbar_test.message import ended
from lumbar_test.milter_message import joined, split
from lumbar_test.odd_mail import (DOMAINS, generated_mail, long_lines,
                                  null_bytes, odd_mail)
from lumbar_test.postfix import Postfix
from lumbar_test.sendmail import Sendmail
from lumbar_test.sink import SEVEN_BITS, Delivery, Sink
from lumbar_test.suite import Site, expect, test
from lumbar_test.verifiers import Panel

# Both engines show the same to the same code, so with one of them it is enough
# to look at the canonicalization that forgives least.
CANONICALIZATIONS = {
    "native": ("relaxed/relaxed", "relaxed/simple", "simple/relaxed",
               "simple/simple"),
    "libmilter": ("simple/simple",),
}
SELECTORS = ("ed", "rsa")  # of the signatures, from the top
GENERATED = 30
LISTENERS = {"none": (), "sign": ("sign",)}
serial = itertools.count(1)  # of the messages sent, in their recipients
AT_ONCE = 16  # sessions with an MTA
BODY = "the body"

# What an MTA rewrites in mail of odd_mail, and breaks every signature of.
REWRITTEN = {
    # It cleans mail before milters see it, and leaves it alone behind them.
    "postfix": {},
    "sendmail": {
        # Addresses: words are quoted, comments moved, domains added, and
        # blanks put behind commas.
        "Outlook": {"to"},
        "author with comments": {"from"},
        "recipients without domain": {"to", "cc"},
        "recipients without blanks": {"to"},
        # A multipart whose last boundary is missing gets one; "boundary==_x"
        # is taken for "=".
        "alternatives": {BODY},
        "multipart without an end": {BODY},
        "multipart without parts": {BODY},
    },
}
# The same, but it does not matter to relaxed header canonicalization: blanks
# in and behind addresses.
REFOLDED = {
    "postfix": {},
    "sendmail": {
        "many recipients on one line": {"to"},
        "many recipients, folded": {"to"},
        "fields without text": {"reply-to"},
        "blanks behind the colon": {"reply-to"},
        "blanks at the ends of fields": {"from", "to"},
        "folded at once": {"from", "to"},
    },
}
ADDRESSES = {"from", "to", "cc", "reply-to"}
# The longest line that it does not break, of Sendmail's mailer "relay".
LINE = {"postfix": 998, "sendmail": 2040}
# The settings by which they encode 8 bits for a next hop without 8BITMIME, and
# by which they do not.
EIGHT_BITS = {
    "postfix": ({}, {"disable_mime_output_conversion": "yes"}),
    # Mailers with the flag 8 send what they have.
    "sendmail": ({"mailer": "esmtp"}, {"mailer": "relay"}),
}
# What makes ann@example.com leave as ann@example.org.
MAPPED = {
    "postfix": {"smtp_generic_maps":
                "inline:{ { ann@example.com = ann@example.org } }"},
    "sendmail": {"features": "MASQUERADE_AS(`example.org')dnl\n"
                             "MASQUERADE_DOMAIN(`example.com')dnl"},
}
# What Sendmail refuses while it reads.
BARE = {"bare CR in the body", "CR before CRLF", "CR at the end",
        "bare LF in the body", "bare LF at the end", "LF before CR",
        "bare CR in a field", "bare CR at the end of a field"}



def send_all(client_of, sink, mail):
    """What arrives of MAIL, messages by name, by name; those that are refused
    are missing.  CLIENT_OF() opens a session."""
    def send(name):
        recipient = f"{next(serial)}@example.net"
        # One for each message: Sendmail ends it where there is a bare CR.
        with client_of() as client:
            accepted = client.send("ann@example.com", [recipient],
                                   mail[name], "BODY=8BITMIME").accepted
        return name, sink.wait_for(recipient) if accepted else None

    # Many at once, for Sendmail and a milter wait for each other's TCP.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: delivery for name, delivery in pool.map(
            send, mail) if delivery}


def changed(message, delivery):
    """The names of the fields of MESSAGE that DELIVERY has otherwise or not at
    all, and BODY."""
    fields, body = split(ended(message))
    missing = Counter(fields) - Counter(delivery.fields())
    names = {field.partition(b":")[0].decode().strip().lower()
             for field in missing}
    return names | {BODY} if delivery.body != body else names


def expect_rewritten(panel, message, plain, signed):
    """The MTA made PLAIN of MESSAGE and SIGNED of the same with signatures:
    they are valid, but for what it changes in the one as in the other."""
    fields, body = split(signed.data)
    below = Delivery(signed.sender, signed.recipients,
                     joined(fields[2:], body))
    expect(without_id(below), without_id(plain))
    sent, body = split(ended(message))
    expect(panel.complaints(joined(fields[:2] + sent, body), SELECTORS), {},
           "over what was sent")


def without_id(delivery):
    """The message without the fields that name its queue id."""
    return re.sub(rb"(?m)^X-MIME-Autoconverted: .* id \w+\r\n", b"",
                  delivery.message())


def panel_of(site):
    return Panel(os.path.join(site.folder, "verifiers"),
                 dkim_keys.records(DOMAINS))


def start(site, canonicalization="relaxed/relaxed", more=""):
    conf, files = dkim_keys.key_blocks(DOMAINS)
    return site.start(
        "sign", f'{conf}canonicalization = "{canonicalization}"\n{more}',
        files)


def breaks(site, panel, mail, plain, canonicalization, more=""):
    """What the MTA changes in those messages of MAIL, by name, whose
    signatures it breaks; PLAIN is what arrived of them without."""
    daemon = start(site, canonicalization, more)
    arrived = send_all(lambda: site.client("sign"), site.sink, mail)
    daemon.kill()
    expect(set(arrived), set(mail), "delivered")
    broken = {}
    for name, signed in arrived.items():
        if panel.complaints(signed.data, SELECTORS):
            expect_rewritten(panel, mail[name], plain[name], signed)
            broken[name] = changed(mail[name], plain[name])
    return broken


@test
def hold_after_transport(site):
    """All that is delivered verifies, with each canonicalization; what does
    not is listed, and proved to be the MTA's doing."""
    mail = {**odd_mail(), **null_bytes(), **generated_mail(GENERATED, 2)}
    with panel_of(site) as panel:
        plain = send_all(lambda: site.client("none"), site.sink, mail)
        expect(set(mail) - set(plain),
               BARE if site.mta.name == "sendmail" else set(), "refused")
        mail = {name: mail[name] for name in plain}
        for canonicalization in CANONICALIZATIONS[site.engine]:
            broken = breaks(site, panel, mail, plain, canonicalization)
            generated = {name: broken.pop(name) for name in list(broken)
                         if name.startswith("generated")}
            expect(broken, expected_rewritings(site.mta.name,
                                               canonicalization),
                   canonicalization)
            for name, what in generated.items():
                expect(site.mta.name == "sendmail" and what <= ADDRESSES,
                       True, f"{name}: {what}")


def expected_rewritings(mta, canonicalization):
    return {**REWRITTEN[mta], **(
        REFOLDED[mta] if canonicalization.startswith("simple") else {})}


@test(engines=("native",))
def hold_after_two_hops(site):
    """The same over both MTAs, one behind the other."""
    other = Sendmail if site.mta.name == "postfix" else Postfix
    mail = odd_mail()
    with panel_of(site) as panel:
        start(site)
        hop = send_all(lambda: site.client("sign"), site.sink, mail)
        second = other(os.path.join(site.folder, other.name), site.sink.port,
                       {"none": ()}).start()
        try:
            arrived = send_all(
                lambda: Client(second.ports["none"]), site.sink,
                {name: signed.data for name, signed in hop.items()})
        finally:
            second.stop()
        expect(set(arrived), set(hop), "relayed")
        expect({name for name, signed in arrived.items()
                if panel.complaints(signed.data, SELECTORS)},
               set(REWRITTEN["sendmail"]), "broken")



@test
def hold_over_broken_lines(site):
    """Both MTAs break long lines behind the milter, and signatures with them;
    not those of a Postfix whose breaks are predicted."""
    mail = long_lines()
    longer = {name for name, message in mail.items()
              if max(map(len, message.split(b"\r\n"))) > LINE[site.mta.name]}
    with panel_of(site) as panel:
        plain = send_all(lambda: site.client("none"), site.sink, mail)
        broken = breaks(site, panel, mail, plain, "simple/simple")
        expect(set(broken) - longer, set(), "not long, but broken")
        expect({"body line of 2048", "field line of 2048"} - set(broken),
               set(), "long, but not broken")
        if site.mta.name == "postfix":
            for canonicalization in CANONICALIZATIONS[site.engine]:
                expect(breaks(site, panel, mail, plain, canonicalization,
                              "predict_line_breaks = 998\n"), {},
                       canonicalization)


@contextlib.contextmanager
def neighbour(site, sink, **settings):
    """A site like SITE with an MTA of its own that delivers to SINK; SETTINGS
    are those of its class."""
    folder = tempfile.mkdtemp(dir=site.folder)
    os.chmod(folder, 0o755)
    mta = (Postfix(folder, sink.port, LISTENERS, settings)
           if site.mta.name == "postfix" else
           Sendmail(folder, sink.port, LISTENERS, **settings)).start()
    other = Site(mta, site.engine, sink, site.build,
                 os.path.join(folder, "daemons"))
    try:
        yield other
        other.check_logs()
    finally:
        other.finish()
        mta.stop()


def broken_at(site, panel, sink, mail, **settings):
    with neighbour(site, sink, **settings) as other:
        plain = send_all(lambda: other.client("none"), sink, mail)
        return breaks(other, panel, mail, plain, "relaxed/relaxed")


@test(engines=("native",))
def break_where_8_bits_become_7(site):
    """A next hop without 8BITMIME makes MTAs encode the body anew, unless
    they are kept from it."""
    mail = {name: odd_mail()[name] for name in (
        "usual", "UTF-8", "8-bit parts", "Latin-1 in fields")}
    encoding, passing = EIGHT_BITS[site.mta.name]
    sink = Sink(extensions=SEVEN_BITS)
    try:
        with panel_of(site) as panel:
            expect(broken_at(site, panel, sink, mail, **encoding), {
                "UTF-8": {"content-transfer-encoding", BODY},
                "8-bit parts": {BODY}})
            expect(broken_at(site, panel, sink, mail, **passing), {})
    finally:
        sink.stop()


@test(engines=("native",))
def break_where_addresses_are_mapped(site):
    """Addresses can be changed behind the milter."""
    mail = {name: odd_mail()[name] for name in (
        "usual", "author of an A-label")}
    with panel_of(site) as panel:
        expect(broken_at(site, panel, site.sink, mail,
                         **MAPPED[site.mta.name]), {"usual": {"from"}})


@test(mtas=("sendmail",), engines=("native",))
def break_where_mime_fields_are_cut(site):
    """MaxMimeHeaderLength cuts the fields of MIME, and not the signature,
    however long that is."""
    usual = odd_mail()["usual"]
    kind = b"Content-Type: text/plain; name=\"" + b"n" * 200 + b"\"\r\n"
    mail = {"usual": usual, "long name": kind + re.sub(
        rb"(?mi)^Content-Type:.*\r\n", b"", usual)}
    with panel_of(site) as panel:
        # The second limit, of one parameter, is half of the first by default.
        expect(broken_at(
            site, panel, site.sink, mail,
            features="define(`confMAX_MIME_HEADER_LENGTH', `2048/128')dnl"),
            {"long name": {"content-type"}})
