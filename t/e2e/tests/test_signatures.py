# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-sign: what arrives at the next hop is valid for three verifiers that
share no code with it, save what the MTA itself rewrites behind its milters.

Such a rewriting is proved on the same message without a signature: the MTA
changes the same bytes of it; and the signature is valid over what was sent.
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from lumbar_test import dkim_keys
from lumbar_test.client import Client
from lumbar_test.message import ended
from lumbar_test.milter_message import joined, split
from lumbar_test.odd_mail import (DOMAINS, generated_mail, long_lines,
                                  odd_mail)
from lumbar_test.postfix import Postfix
from lumbar_test.sendmail import Sendmail
from lumbar_test.sink import Delivery
from lumbar_test.suite import expect, test
from lumbar_test.verifiers import Panel

CANONICALIZATIONS = ("relaxed/relaxed", "relaxed/simple", "simple/relaxed",
                     "simple/simple")
SELECTORS = ("ed", "rsa")  # of the signatures, from the top
GENERATED = 40
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
# The longest line that it does not break, of Sendmail's mailer "relay", and
# the limits that are predicted; 0: none.
LINE = {"postfix": 998, "sendmail": 2040}
PREDICTIONS = {"postfix": (0, 998), "sendmail": (0,)}
# What Sendmail refuses while it reads.
BARE = {"bare CR in the body", "CR before CRLF", "CR at the end",
        "bare LF in the body", "bare LF at the end", "LF before CR",
        "bare CR in a field", "bare CR at the end of a field"}




def send_all(client_of, sink, mail, tag):
    """What arrives of MAIL, messages by name, by name; those that are refused
    are missing.  CLIENT_OF() opens a session."""
    def send(number, name):
        recipient = f"{tag}.{number}@example.net"
        # One for each message: Sendmail ends it where there is a bare CR.
        with client_of() as client:
            accepted = client.send("ann@example.com", [recipient],
                                   mail[name]).accepted
        return name, sink.wait_for(recipient) if accepted else None

    # Many at once, for Sendmail and a milter wait for each other's TCP.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: delivery for name, delivery in pool.map(
            send, range(len(mail)), mail) if delivery}


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
    expect(below.message(), plain.message())
    sent, body = split(ended(message))
    expect(panel.complaints(joined(fields[:2] + sent, body), SELECTORS), {},
           "over what was sent")


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
    arrived = send_all(lambda: site.client("sign"), site.sink, mail,
                       f"{len(site.sink.deliveries)}")
    daemon.kill()
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
    mail = {**odd_mail(), **generated_mail(GENERATED, 2)}
    with panel_of(site) as panel:
        plain = send_all(lambda: site.client("none"), site.sink, mail, "plain")
        expect(set(mail) - set(plain),
               BARE if site.mta.name == "sendmail" else set(), "refused")
        mail = {name: mail[name] for name in plain}
        for canonicalization in CANONICALIZATIONS:
            broken = breaks(site, panel, mail, plain, canonicalization)
            expect({name: broken[name] for name in broken
                    if not name.startswith("generated")},
                   expected_rewritings(site.mta.name, canonicalization),
                   canonicalization)
            for name in broken:
                expect(broken[name] <= ADDRESSES | {BODY}, True, name)


def expected_rewritings(mta, canonicalization):
    return {**REWRITTEN[mta], **(
        REFOLDED[mta] if canonicalization.startswith("simple") else {})}


@test
def hold_after_two_hops(site):
    """The same over both MTAs, one behind the other."""
    other = Sendmail if site.mta.name == "postfix" else Postfix
    mail = odd_mail()
    with panel_of(site) as panel:
        start(site)
        hop = send_all(lambda: site.client("sign"), site.sink, mail, "hop1")
        second = other(os.path.join(site.folder, other.name), site.sink.port,
                       {"none": ()}).start()
        try:
            arrived = send_all(
                lambda: Client(second.ports["none"]), site.sink,
                {name: signed.data for name, signed in hop.items()}, "hop2")
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
        plain = send_all(lambda: site.client("none"), site.sink, mail, "long")
        for canonicalization in CANONICALIZATIONS:
            broken = {
                limit: breaks(site, panel, mail, plain, canonicalization,
                              f"predict_line_breaks = {limit}\n")
                for limit in PREDICTIONS[site.mta.name]}
            expect(broken.get(998, {}), {}, canonicalization)
            expect(set(broken[0]) - longer, set(), canonicalization)
            expect({"body line of 2048", "field line of 2048"}
                   - set(broken[0]), set(), canonicalization)
