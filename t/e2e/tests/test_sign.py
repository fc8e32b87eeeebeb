# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-sign: what arrives at the next hop verifies, by python3-dkim."""

import os
import re
import shutil
import signal
import subprocess

from lumbar_test import dkim_keys
from lumbar_test.daemon import USER
from lumbar_test.message import ended, long_field, mail, shapes
from lumbar_test.process import wait_until
from lumbar_test.suite import expect, expect_in, test

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


@test
def signs_by_address_domain_and_pattern(site):
    """A table gives each author the keys of the narrowest pattern; where the
    key says so, the author's domain signs."""
    daemon = start(site)
    daemon.write('tables = "sign.table"\n', {"sign.table": """\
key rsa  example.com rsa rsa.pem
key ed   example.com ed  ed.pem
key any  %           any ed.pem
from example.com     rsa
from .example.com    rsa ed
from vip@example.com ed identity=vip@example.com
from *@*.example.org any
"""})
    expect_in("reloaded", daemon.reload())
    for author, signed in (
            ("ann@example.com", "example.com/rsa/rsa-sha256"),
            ("ann@sub.example.com", "example.com/rsa/rsa-sha256,"
             "example.com/ed/ed25519-sha256"),
            ("vip@example.com", "example.com/ed/ed25519-sha256"),
            ("joe@a.example.org", "a.example.org/any/ed25519-sha256")):
        message = mail(sender=author)
        outcome = site.accept("sign", message)
        expect(daemon.decision(outcome)["signed"], signed, author)
        if author == "vip@example.com":
            data = site.delivered(message).data
            expect(dkim_keys.verify(data), [("ed", True)])
            expect_in(b"i=vip@example.com;", data)


@test
def copied_header_fields_verify(site):
    """A signature with z= verifies like any other."""
    start(site, CONF + "copy_headers = yes\nlifetime = 7d\n")
    message = mail(subject="a|b;c=d \u00e4", fields=["Reply-To: x@y.example"])
    site.accept("sign", message)
    data = site.delivered(message).data
    expect([valid for _, valid in dkim_keys.verify(data)], [True, True])
    expect_in(b"z=From:=20ann@example.com|", data.replace(b"\r\n ", b""))


def letters(length):
    """A line of LENGTH bytes without a blank."""
    return ("abcdefghijklmnopqrstuvwxyz" * (length // 26 + 1))[:length]


@test(mtas=("postfix",))
def predicts_broken_lines(site):
    """Postfix breaks lines of over 998 bytes in body and header; where that is
    predicted, and only there, the signature is of what arrives."""
    daemon = start(site)
    for canonicalization in ("relaxed/relaxed", "simple/simple"):
        for predict in (0, 998):
            daemon.write(CONF + f"predict_line_breaks = {predict}\n"
                         f'canonicalization = "{canonicalization}"\n')
            expect_in("reloaded", daemon.reload())
            for length in (997, 998, 999, 1995, 1996, 2048, 5000):
                text = letters(length)
                # "Subject: " counts in the line.
                for message in (
                        mail(body=f"{text}\r\n..\r\n{text}\r\n\r\n"),
                        mail(subject=text[9:]),
                        mail(subject=f"short\r\n {text[1:]}")):
                    site.accept("sign", message)
                    data = site.delivered(message).data
                    expect(max(map(len, data.split(b"\r\n"))) <= 998, True)
                    expect([valid for _, valid in dkim_keys.verify(data)],
                           [predict > 0 or length <= 998] * 2,
                           f"{canonicalization}, {length}, {predict}")


def sign_by_tool(daemon, build, message, signed_at):
    """What lumbar sign makes of MESSAGE, with the daemon's configuration and
    as its user, for keys are of nobody else."""
    done = subprocess.run(
        [os.path.join(build, "lumbar"), "sign", "-c", daemon.conf,
         "--time", signed_at, "--listener", "sign"], input=bytes(message),
        user=USER, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    expect(done.returncode, 0, done.stderr.decode())
    return done.stdout


@test
def tool_signs_as_the_daemon(site):
    """lumbar sign gives, byte for byte, what the next hop gets but for the
    MTA's own field."""
    daemon = start(site, CONF + "lifetime = 7d\ncopy_headers = yes\n")
    for name, message in shapes().items():
        site.accept("sign", message)
        delivery = site.delivered(message)
        signed_at, = set(re.findall(rb"[ ;]t=(\d+)", delivery.header))
        expect(sign_by_tool(daemon, site.build, message, signed_at.decode()),
               delivery.message(), name)


@test
def signs_once_what_comes_back(site):
    """A message that is handed back keeps its signatures; a forged one does
    not count, and one that a change has broken does not either."""
    daemon = start(site)
    for change, reason, broken, count in (
            (lambda data: data, "already-signed", None, 2),
            (lambda data: b"X-Filter: seen\r\n" + data, "already-signed",
             None, 2),
            (lambda data: data.replace(b" t=1", b" t=2", 1), None,
             "example.com/ed/ed25519-sha256", 3),
            (lambda data: data.replace(b"Hello.", b"Bye."), None,
             "example.com/rsa/rsa-sha256,example.com/ed/ed25519-sha256", 4)):
        message = mail()
        site.accept("sign", message)
        outcome = site.accept("sign", change(site.delivered(message).data))
        _, again = site.delivered(message, 2)
        decision = daemon.decision(outcome)
        expect((decision.get("reason"), decision.get("broken")),
               (reason, broken))
        expect(len(again.values("DKIM-Signature")), count, broken)
        valid = [selector for selector, valid in dkim_keys.verify(again.data)
                 if valid]
        expect(sorted(valid), ["ed", "rsa"], broken)


@test
def warns_of_eight_bit_bodies(site):
    """An MTA may recode them, which would break the signature."""
    daemon = start(site)
    for body, warning in (("Gr\u00fc\u00dfe\r\n", "eight-bit"),
                          ("Regards\r\n", None)):
        outcome = site.accept("sign", mail(body=body))
        expect(daemon.decision(outcome).get("warning"), warning)


@test
def refuses_to_sign_for_several_authors(site):
    """The signature would vouch for all of them."""
    daemon = start(site)
    outcome = site.accept("sign", mail(
        sender="ann@example.com, eve@example.net"))
    expect(daemon.decision(outcome)["reason"], "several-domains")
    # Sendmail joins them into one field.
    reason = daemon.decision(site.accept("sign", mail(
        fields=["From: eve@example.net"])))["reason"]
    expect(reason in ("several-from", "several-domains"), True, reason)


CLOUD = CONF + """\
origin "exchange-online" {
	listeners = { "sign" }
	certificates = { "mail.protection.outlook.com" }
	headers = { "X-OriginatorOrg: example.com" }
}
"""


@test
def signs_for_one_tenant_of_a_provider(site):
    """All tenants share addresses and certificate: only mail with one's own
    name in the field that the provider sets is one's own."""
    daemon = start(site, CLOUD)
    for certificate, field, reason in (
            ("client", "X-OriginatorOrg: example.com", None),
            ("client", "X-OriginatorOrg: example.net", "origin-header"),
            ("client", "X-Other: example.com", "origin-header"),
            ("other", "X-OriginatorOrg: example.com", "origin-certificate"),
            ("forged", "X-OriginatorOrg: example.com", "origin-certificate"),
            (None, "X-OriginatorOrg: example.com", "origin-certificate")):
        message = mail(fields=[field])
        with site.client("sign") as client:
            if certificate:
                expect(client.start_tls(site.mta.certificates.context(
                    certificate)).code, 220, certificate)
            outcome = client.send("ann@example.com", ["bob@example.net"],
                                  message)
        decision = daemon.decision(outcome)
        expect((decision.get("origin"), decision.get("reason")),
               ("exchange-online", reason), f"{certificate}, {field}")
        expect(len(dkim_keys.verify(site.delivered(message).data)),
               0 if reason else 2, f"{certificate}, {field}")


@test(mtas=("postfix",))
def binds_authors_to_logins(site):
    """A user gets signatures only for addresses that are granted."""
    daemon = start(site, CONF + """\
sign_networks = {}
bind_logins = table
login "joe" { from = { "joe@example.com" } }
""")
    for login, author, reason in (
            ("joe", "joe@example.com", None),
            ("joe", "vip@example.com", "login"),
            ("eve", "joe@example.com", "login"),
            (None, "joe@example.com", "origin")):
        with site.client("sign") as client:
            if login:
                client.xclient(login=login)
            outcome = client.send(author, ["bob@example.net"],
                                  mail(sender=author))
        expect(daemon.decision(outcome).get("reason"), reason,
               f"{login}, {author}")


@test(mtas=("postfix",))
def signs_bounces_of_the_mta(site):
    """What Postfix writes itself comes by non_smtpd_milters; From decides,
    for there is no other sender."""
    conf = """\
sign_networks = {}
sign_local = no
key "rsa" {
	domain = "example.com"
	selector = "rsa"
	file = "rsa.pem"
	from = { "gateway.example.test" }
}
"""
    daemon = site.start("sign", conf, {
        "rsa.pem": dkim_keys.private_key("rsa")}, milter="local")
    message = mail()
    site.mta.submit("ann@example.com", ["nobody@bounce.example"],
                    bytes(message))
    bounce = site.delivered(message)
    expect(bounce.sender.address, "")
    expect(dkim_keys.verify(bounce.data), [("rsa", True)])
    decision = daemon.decisions()[-1]
    expect((decision["origin"], decision["client"]), ("bounce", "local"))


@test
def bad_key_stops_only_its_own_domain(site):
    """The daemon starts, says what to do, signs for the others; what the key
    should have signed waits until it is mended."""
    daemon = site.daemon("sign", CONF + """\
key "bad" { domain = "bad.example" selector = "s" file = "bad.pem" }
key "worse" {
	domain = "worse.example"
	selector = "s"
	file = "missing.pem"
	on_bad_key = pass
}
""", {name + ".pem": dkim_keys.private_key(key) for name, key in
      (("rsa", "rsa"), ("ed", "ed"), ("bad", "rsa"))})
    path = os.path.join(daemon.folder, "bad.pem")
    os.chmod(path, 0o644)
    daemon.start()
    expect_in(f"{path} has mode 0644", daemon.log())
    expect_in(f"run: chmod g-w,o-rwx {path}", daemon.log())
    message = mail()
    site.accept("sign", message)
    expect(len(dkim_keys.verify(site.delivered(message).data)), 2)
    outcome = site.send("sign", mail(sender="ann@bad.example"))
    expect(outcome.final.code, 451)
    wait_until(lambda: daemon.decisions()[-1].get("reason") == "key-disabled",
               "reason")
    expect_in("mode 0644", daemon.decisions()[-1]["fault"])
    outcome = site.accept("sign", mail(sender="ann@worse.example"))
    expect(daemon.decision(outcome)["reason"], "key-disabled")
    os.chmod(path, 0o600)
    expect_in("reloaded", daemon.reload())
    outcome = site.accept("sign", mail(sender="ann@bad.example"))
    expect_in("bad.example/s/rsa-sha256", daemon.decision(outcome)["signed"])


@test
def new_key_needs_a_new_selector(site):
    """A file that has another key now is not used under the old selector, nor
    is a key lost that was good: the old set stays."""
    daemon = start(site)
    path = os.path.join(daemon.folder, "rsa.pem")
    kept = path + ".kept"
    shutil.copy2(path, kept)
    with open(path, "wb") as file:
        file.write(dkim_keys.private_key("ed"))
    expect_in("stays in force", daemon.reload())
    expect_in("give it a new selector", daemon.log())
    os.unlink(path)
    expect_in("stays in force", daemon.reload())
    expect_in("the key that is in force is good and stays", daemon.log())
    message = mail()
    site.accept("sign", message)
    expect(sorted(dkim_keys.verify(site.delivered(message).data)),
           [("ed", True), ("rsa", True)])
    os.rename(kept, path)
    shutil.chown(path, "nobody")
    expect_in("reloaded", daemon.reload())


@test
def counts_by_reason(site):
    """Statistics have each reason for which mail was not signed."""
    daemon = start(site)
    site.accept("sign", mail())
    site.accept("sign", mail(sender="eve@example.net"))
    daemon.stop()
    line = wait_until(lambda: [line for line in daemon.log().splitlines()
                               if "statistics" in line], "statistics")[-1]
    for word in ("signed=1", "signatures_rsa=1", "signatures_ed25519=1",
                 "unsigned_no_key=1", "unsigned_origin=0"):
        expect_in(f" {word}", line)


@test
def serves_while_it_reloads(site):
    """Mail that begins and ends while very many keys are read is signed with
    the old set."""
    keys = 2000  # takes far longer than one message
    daemon = start(site)
    before = len(daemon.log())
    key = os.path.join(daemon.folder, "rsa.pem")
    lines = []
    for number in range(keys):
        path = os.path.join(daemon.folder, f"{number}.pem")
        os.link(key, path)
        lines.append(f"key k{number} d{number}.example s {path}\n")
    daemon.write(CONF + 'tables = "many"\n', {"many": "".join(lines)})
    passed = 0

    def answered():
        return re.search(r"\breload(ed| failed)\b", daemon.log()[before:])

    with site.client("sign") as client:
        daemon.process.signal(signal.SIGHUP)
        while not answered():
            message = mail()
            outcome = client.send("ann@example.com", ["bob@example.net"],
                                  message)
            expect(outcome.accepted, True, str(outcome.final))
            passed += not answered()
            expect(sorted(dkim_keys.verify(site.delivered(message).data)),
                   [("ed", True), ("rsa", True)])
    expect(passed > 0, True, "mail passed while it reloaded")
    expect_in(f"loaded keys={keys + 2} files={keys + 2}"
              f" patterns={keys + 1} ", daemon.log())
    outcome = site.accept("sign", mail(sender=f"ann@d{keys - 1}.example"))
    expect(daemon.decision(outcome)["signed"],
           f"d{keys - 1}.example/s/rsa-sha256")
