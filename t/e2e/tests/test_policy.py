# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-policy: each action of a rule, seen from both ends of the MTA."""

import base64

from lumbar_test.message import PROGRAM, ended, mail, multipart, part
from lumbar_test.suite import expect, expect_in, test

CONF = """\
rules = "policy.rules"
internal_domains = {"example.com"}
"""


def start(site, rules, conf=CONF):
    return site.start("policy", conf, {
        "policy.rules": "unread content is held\n" + rules})


def rule(when, then, more=""):
    return f'rule test "A test" {{\n when {when}\n then {then}\n {more}\n}}\n'


@test
def leaves_other_mail_alone(site):
    """A message that no rule concerns passes without one changed byte."""
    daemon = start(site, rule('subject contains "bad"', "reject 5.7.1"))
    message = mail(subject="good", body=b"1\r\n.\r\n..2\r\nno end of line")
    outcome = site.accept("policy", message)
    expect(site.delivered(message).message(), ended(message))
    expect(daemon.decision(outcome)["action"], "pass")


@test
def edits_headers(site):
    """Header edits, byte for byte; what is not named stays in its place."""
    before = ["X-One: 1", "X-Two: first", "X-Folded: a\r\n\tb",
              "X-Two: second"]
    cases = {
        'add header "X-Checked" "yes"': before + ["X-Checked: yes"],
        'set header "X-One" "2"':
            ["X-One: 2", *before[1:]],
        'set header "X-Folded" "short"':
            [*before[:2], "X-Folded: short", before[3]],
        'set header "X-New" "value"': before + ["X-New: value"],
        'remove header "X-Two"': [before[0], before[2]],
        'remove header "x-two"': [before[0], before[2]],
        'remove header "X-Absent"': before,
        'remove header "X-One" add header "X-One" "new"':
            [*before[1:], "X-One: new"],
    }
    start(site, "".join(
        f'rule case{number} "Case" {{ when subject is "case {number}"'
        f" then {action} }}\n" for number, action in enumerate(cases)))
    for number, (action, after) in enumerate(cases.items()):
        message = mail(subject=f"case {number}", fields=before)
        site.accept("policy", message)
        expected = message.replace("\r\n".join(before).encode(),
                                   "\r\n".join(after).encode())
        expect(site.delivered(message).message(), expected, action)


@test
def refuses(site):
    """reject and tempfail reach the client with code, text and rule id."""
    start(site, rule('subject contains "never"',
                     'reject 5.7.1 "Not this way"').replace("test", "no-way")
          + rule('subject contains "later"', 'tempfail 4.7.1 "Come back"'))
    for word, code, enhanced, text in (
            ("never", 550, "5.7.1", "Not this way"),
            ("later", 451, "4.7.1", "Come back")):
        message = mail(subject=word)
        reply = site.send("policy", message).final
        expect(reply.code, code)
        expect(reply.text.split()[0], enhanced)
        expect_in(text, reply.text)
        site.expect_gone(message)


@test
def discards(site):
    daemon = start(site, rule('subject is "spam"', "discard"))
    message = mail(subject="spam")
    outcome = site.accept("policy", message)
    site.expect_gone(message)
    expect(daemon.decision(outcome)["action"], "discard")


@test
def holds(site):
    """Held mail waits in the queue of the MTA, and leaves it once."""
    daemon = start(site, rule('subject is "odd"',
                              'hold "look" add header "X-Seen" "yes"'))
    message = mail(subject="odd", body=b"Look at this.\r\n")
    outcome = site.accept("policy", message)
    site.expect_held(message)
    expect(daemon.decision(outcome)["action"], "hold")
    site.mta.release()
    expect(site.delivered(message).message(), bytes(message).replace(
        b"\r\n\r\nLook", b"\r\nX-Seen: yes\r\n\r\nLook"))


@test
def edits_recipients(site):
    """Recipients come and go; whom no rule names is kept as he was given,
    and nobody gets a message twice."""
    given = ["Ann@Example.COM", "Bob@Example.NET", "carl@example.net"]
    cases = {
        'add recipient "dora@example.com"': given + ["dora@example.com"],
        'redirect to "dora@example.com"': ["dora@example.com"],
        "remove external recipients": given[:1],
        'remove recipient "bob@example.net"': [given[0], given[2]],
    }
    start(site, "".join(
        f'rule case{number} "Case" {{ when subject is "case {number}"'
        f" then {action} }}\n" for number, action in enumerate(cases)))
    for number, (action, after) in enumerate(cases.items()):
        message = mail(subject=f"case {number}")
        site.accept("policy", message, recipients=given)
        site.mta.wait_idle()
        expect(site.delivered(message).addresses(), sorted(after), action)


@test
def asks_tables(site):
    """A table says what a client may send, and whom to tell of the rest."""
    site.start("policy", CONF, {
        "policy.rules":
            'table apps = "apps.csv" key client columns sender, owner\n'
            + rule("client in apps and sender is not apps[client].sender",
                   "add recipient apps[client].owner"),
        "apps.csv":
            "# loopback\n"
            "127.0.0.0/8,robot@example.com;ann@example.com,"
            '"dora@example.com"\n'})
    for sender, after in (
            ("ann@example.com", ["bob@example.net"]),
            ("eve@example.com", ["bob@example.net", "dora@example.com"])):
        message = mail(sender=sender)
        site.accept("policy", message, sender=sender)
        site.mta.wait_idle()
        expect(site.delivered(message).addresses(), after, sender)


@test
def tags_subjects(site):
    """A tag is put before a subject, and not twice."""
    start(site, rule("always", 'tag subject "[EXT]"'))
    for before, after in (
            ("hello", "[EXT] hello"),
            ("Re: [EXT] hello", "Re: [EXT] hello"),
            ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
             "[EXT] =?utf-8?q?Gr=C3=BC=C3=9Fe?=")):
        message = mail(subject=before)
        site.accept("policy", message)
        expect(site.delivered(message).message(), message.replace(
            b"Subject: " + before.encode(), b"Subject: " + after.encode()))


@test
def keeps_to_the_calendar(site):
    """A rule that is over, or not yet in force, does nothing."""
    start(site, rule("always", 'add header "X-Old" "1"', "until 2020-12-31")
          + rule("always", 'add header "X-New" "1"',
                 "from 2020-12-31 until 9999-12-31").replace("test", "new")
          + rule("always", 'add header "X-Later" "1"',
                 "from 9999-01-01").replace("test", "later"))
    message = mail(body=b"Look.\r\n")
    site.accept("policy", message)
    expect(site.delivered(message).message(), message.replace(
        b"\r\n\r\nLook", b"\r\nX-New: 1\r\n\r\nLook"))


@test
def removes_the_last_recipient(site):
    """Mail never ends up without recipients by accident: it is tempfailed,
    or discarded where the rule says that this was meant."""
    removal = "remove external recipients"
    daemon = start(site, (
        rule('subject is "accident"', removal)
        + rule('subject is "meant"', removal + " discard if none is left")
        .replace("rule test", "rule meant")))
    message = mail(subject="accident")
    expect(site.send("policy", message).final.code, 451)
    site.expect_gone(message)
    message = mail(subject="meant")
    outcome = site.accept("policy", message)
    site.expect_gone(message)
    expect(daemon.decision(outcome)["action"], "discard")


@test
def refuses_single_recipients(site):
    """A rule for each recipient answers at RCPT and leaves the others."""
    start(site, 'rule wall "No way there" for each recipient {\n'
          ' when sender domain is "example.com"\n'
          '      and recipient domain is "bad.example"\n'
          ' then reject 5.7.1 "Information barrier"\n}\n')
    message = mail()
    outcome = site.accept("policy", message, recipients=[
        "bob@example.net", "eve@BAD.example", "carl@example.net"])
    expect([reply.code for reply in outcome.recipients], [250, 550, 250])
    expect(site.delivered(message).addresses(),
           ["bob@example.net", "carl@example.net"])


@test
def reads_text_in_any_clothes(site):
    """A word is found however it is encoded."""
    start(site, rule('text contains "geheimnisträger"',
                     'reject 5.7.1 "text"')
          + rule('subject contains "überweisung"', 'reject 5.7.1 "subject"')
          .replace("rule test", "rule subject"))
    word = "Der Geheimnisträger spricht.\r\n"
    latin = "text/plain; charset=iso-8859-1"
    quoted = word.encode("latin-1").replace(b"\xe4", b"=E4").replace(
        b"heim", b"he=\r\nim")
    cases = {
        "utf-8": mail(body=word),
        "latin-1, eight bits": mail(body=word.encode("latin-1"),
                                    content_type=latin),
        "latin-1 in base64": multipart([
            part("See below.\r\n"), part(word.encode("latin-1"), latin)]),
        "quoted-printable": multipart([
            part(quoted, latin, encoding="quoted-printable")]),
        "utf-16": multipart([
            part(word.encode("utf-16"), "text/plain; charset=utf-16")]),
        "RFC 2047 Q": mail(subject="=?iso-8859-1?q?Ihre_=DCberweisung?="),
        "RFC 2047 B, in two words": mail(
            subject="=?utf-8?b?%s?=\r\n =?utf-8?b?%s?=" % tuple(
                base64.b64encode(half.encode()).decode()
                for half in ("Ihre Über", "weisung"))),
    }
    for name, message in cases.items():
        expect(site.send("policy", message).final.code, 550, name)
    harmless = mail(subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=", body="Grüße\r\n")
    site.accept("policy", harmless)
    site.delivered(harmless)


@test
def knows_files_by_their_content(site):
    """A program is one whatever it is called, and so is a forbidden name."""
    start(site, rule('any attachment (type is executable'
                     r' or name matches /\.(exe|js)$/i)', "reject 5.7.1"))
    octets = "application/octet-stream"
    refused = {
        "false name": part(PROGRAM, "application/pdf", "invoice.pdf"),
        "true name": part(b"anything", octets, "Setup.EXE"),
        "name in RFC 2231": part(
            b"anything", octets
            + "; name*0*=utf-8''se%74up; name*1=.e; name*2=xe"),
        "name in RFC 2047": part(
            b"anything", octets, "=?utf-8?q?a=2Eexe?="),
    }
    for what, attachment in refused.items():
        message = multipart([part("See below.\r\n"), attachment])
        expect(site.send("policy", message).final.code, 550, what)
    message = multipart([part("See below.\r\n"),
                         part(b"%PDF-1.4\n", "application/pdf", "a.pdf")])
    site.accept("policy", message)
    expect(site.delivered(message).message(), bytes(message))


@test
def finds_card_numbers(site):
    """Numbers are found in any part, and the log masks them."""
    daemon = start(site, rule("content has payment-card at least 3 distinct",
                              'reject 5.7.1 "Card numbers"'))
    cards = ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"]
    sheet = part("\r\n".join(cards) + "\r\n", "text/csv", "sheet.csv")
    reply = site.send("policy", multipart([part("See below.\r\n"),
                                           sheet])).final
    expect(reply.code, 550)
    expect_in('evidence="payment-card x3 (...1111) in sheet.csv"',
              daemon.log())
    divided = multipart([part(cards[1] + "\r\n"),
                         part(cards[2], "text/csv", "last.csv")],
                        subject="for " + cards[0])
    expect(site.send("policy", divided).final.code, 550)
    for card in cards:
        expect(card in daemon.log(), False, card)
    fewer = mail(body="\r\n".join(cards[:2] * 5 + cards[:1]) + "\r\n")
    site.accept("policy", fewer)
    expect(site.delivered(fewer).message(), bytes(fewer))


@test
def audits_without_acting(site):
    """A rule in audit mode is logged, and the message passes untouched."""
    daemon = start(site, rule('subject is "odd"', "reject 5.7.1",
                              "mode audit"))
    message = mail(subject="odd")
    outcome = site.accept("policy", message)
    expect(site.delivered(message).message(), bytes(message))
    expect(daemon.decision(outcome)["action"], "pass")
    expect_in("audit=test action=reject", daemon.log())


@test
def logs_the_queue_id(site):
    """The decision line begins with the id by which the MTA knows the
    message, and names sender and recipients."""
    daemon = start(site, rule('subject is "odd"', 'add header "X-A" "b"'))
    message = mail(subject="odd")
    fields = daemon.decision(site.accept("policy", message))
    expect(fields["action"], "edit")
    expect(fields["message-id"], message.id)
    expect(fields["from"], "<ann@example.com>")
    expect(fields["to"], "<bob@example.net>")
    expect(fields["client"], "127.0.0.1")
    expect(fields["listener"], "policy")


@test
def observes(site):
    """With observe = yes everything is decided and logged, nothing done."""
    daemon = start(site, rule('subject contains "no"', "reject 5.7.1")
                   + rule('subject contains "odd"',
                          'hold add header "X-A" "b"')
                   .replace("rule test", "rule odd"), CONF + "observe = yes\n")
    for subject, action in (("no", "reject"), ("odd", "hold")):
        message = mail(subject=subject)
        fields = daemon.decision(site.accept("policy", message))
        expect(site.delivered(message).message(), bytes(message))
        expect((fields["action"], fields["observe"]), (action, "yes"))


# What both MTAs, or one of them, would deliver to boss@competitor.example.
DISGUISES = (
    "boss@competitor.example ", " boss@competitor.example",
    "boss @competitor.example", "boss@ competitor.example",
    "(c)boss@competitor.example", "Boss <boss@competitor.example>",
    "bo\\ss@competitor.example", 'boss@"competitor.example"',
    "competitor.example!boss", "boss%competitor.example",
    '"boss@competitor.example"', "boss%competitor.example@example.com",
    '"boss@competitor.example"@example.com',
    "@[<boss@competitor.example>]:bob@example.net",
    "bob@[<boss@competitor.example>]",
)


@test
def refuses_disguised_recipients(site):
    """No rule on recipients is evaded by an address that the MTA cleans, or
    finds another one in."""
    daemon = start(site, 'rule wall "Wall" for each recipient {'
                   " when recipient domain is competitor.example"
                   " then reject 5.7.1 }\n")
    for given in DISGUISES:
        message = mail()
        reply = site.send("policy", message, recipients=[given]).final
        site.expect_gone(message)
        expect(reply.code // 100, 5, given)
    expect({each["reply"][:9] for each in daemon.refusals()}, {"553 5.1.3"})
    # What is legal is read, and those rules apply.
    for given in ('"boss"@competitor.example', "boss@competitor.example.",
                  "@relay.example:boss@competitor.example"):
        expect(site.send("policy", mail(), recipients=[given]).final.code,
               550, given)
    for given in ("a%b@example.net", '"a b"@example.net',
                  "SRS0=x=y=example.net=a+b@example.com"):
        message = mail()
        site.accept("policy", message, recipients=[given])
        site.delivered(message)


@test
def observes_disguised_recipients(site):
    """With observe = yes they are logged, and the mail goes through."""
    daemon = start(site, rule('subject is "never"', "reject"),
                   CONF + "observe = yes\n")
    message = mail()
    site.accept("policy", message,
                recipients=["boss@example.net ", "carl@example.net"])
    expect(site.delivered(message).addresses(),
           ["boss@example.net", "carl@example.net"])
    refusal, = daemon.refusals()
    expect((refusal["observe"], refusal["reply"][:9]), ("yes", "553 5.1.3"))
