# SPDX-License-Identifier: BSD-2-Clause
"""Three verifiers of DKIM signatures that share no code with Lumbar: dkimpy,
Mail::DKIM and opendkim.

Each has a name and verify(MESSAGE), which returns for each signature, top
first, a pair: the selector, and None where the signature is valid or else what
the verifier says against it.
"""

import os
import re
import signal
import subprocess

import dkim
import dns.resolver

from . import opendkim
from .knot import Knot, txt
from .milter_client import MilterClient
from .milter_message import pass_to
from .process import Failure, Process, accepts

HERE = os.path.dirname(os.path.abspath(__file__))


class Dkimpy:
    """python3-dkim, in this process."""

    name = "dkimpy"

    def __init__(self, server):
        address, port = server
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [address], port
        # What dkim asks where it is given no function of one's own.
        dns.resolver.default_resolver = resolver

    def stop(self):
        dns.resolver.default_resolver = None

    def verify(self, message):
        results = []
        try:
            verifier = dkim.DKIM(message)
        except dkim.MessageFormatError as error:
            return [("?", str(error))]
        count = sum(name.lower() == b"dkim-signature"
                    for name, _ in verifier.headers)
        for number in range(count):
            try:
                said = None if verifier.verify(idx=number) else "not valid"
            except dkim.DKIMException as error:
                said = str(error)
            selector = verifier.signature_fields.get(b"s", b"?").decode()
            results.append((selector, said))
        return results


class MailDkim:
    """Mail::DKIM, in a program beside this file."""

    name = "Mail::DKIM"

    def __init__(self, server):
        self.child = _mail_dkim("verify", server[0], str(server[1]))

    def stop(self):
        self.child.communicate()

    def verify(self, message):
        results = []
        for line in _ask(self.child, message).splitlines():
            selector, _, said = line.partition(" ")
            results.append((selector, None if said == "pass" else said))
        return results


def mail_dkim_signature(message, domain, selector, key, canonicalization):
    """The header field, without line end, by which Mail::DKIM signs MESSAGE
    with the RSA key in the file KEY."""
    child = _mail_dkim("sign", domain, selector, key, canonicalization)
    field = _ask(child, message).rstrip("\r\n").encode()
    child.communicate()
    return field


def _mail_dkim(*arguments):
    return subprocess.Popen(
        [os.path.join(HERE, "mail-dkim"), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _ask(child, message):
    """What the program CHILD prints about MESSAGE."""
    child.stdin.write(b"%d\n" % len(message) + message)
    child.stdin.flush()
    text = ""
    while (line := child.stdout.readline()) != b"\n":
        if not line:
            raise Failure("mail-dkim has ended")
        text += line.decode()
    return text


class OpenDkim:
    """opendkim in FOLDER, asked as an MTA asks a milter.  It reads the keys
    from a file, as its own tests do: RECORDS by name."""

    name = "opendkim"
    CONF = """\
Mode v
Syslog no
AuthservID verifier.example
AlwaysAddARHeader yes
MaximumSignaturesToVerify 100
TestPublicKeys {folder}/keys
"""

    def __init__(self, records, folder):
        os.makedirs(folder)
        self.socket = os.path.join(folder, "socket")
        for name, text in (
                ("opendkim.conf", self.CONF.format(folder=folder)),
                ("keys", "".join(f"{name} {value}\n"
                                 for name, value in records.items()))):
            with open(os.path.join(folder, name), "w",
                      encoding="ascii") as file:
                file.write(text)
        self.process = Process(
            opendkim.command("-x", os.path.join(folder, "opendkim.conf"),
                             "-p", "local:" + self.socket),
            os.path.join(folder, "log"), opendkim.environment())
        self.process.wait_ready(lambda: accepts(self.socket), "opendkim")
        # From a host that it would not sign for, so that it verifies.
        self.mta = MilterClient(self.socket).negotiate()

    def stop(self):
        self.mta.close()
        # It takes seconds to end, and has nothing to lose.
        self.process.signal(signal.SIGKILL)
        self.process.stop()

    def verify(self, message):
        edits = pass_to(self.mta, message)
        text = "".join(data.decode() for code, data in edits
                       if code == b"i" and b"Authentication-Results" in data)
        return [(re.search(r"header\.s=(\S+)", each).group(1),
                 None if " dkim=pass " in each else each.strip("\n\t\0"))
                for each in re.sub(r"\s+", " ", text).split(";")
                if re.match(r" dkim=(?!none)", each)]


class Panel:
    """All of them, a context manager; RECORDS are the keys, by name."""

    def __init__(self, folder, records):
        self.folder = folder
        self.records = records
        self.knot = None
        self.verifiers = []

    def __enter__(self):
        zones = {}
        for name, value in self.records.items():
            host, _, zone = name.partition("._domainkey.")
            zones[zone] = zones.get(zone, "") + txt(
                host + "._domainkey", value)
        try:
            self.knot = Knot(os.path.join(self.folder, "knot"), zones)
            server = ("127.0.0.1", self.knot.port)
            self.verifiers.append(Dkimpy(server))
            self.verifiers.append(MailDkim(server))
            self.verifiers.append(OpenDkim(
                self.records, os.path.join(self.folder, "opendkim")))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for each in self.verifiers:
            each.stop()
        if self.knot:
            self.knot.stop()

    def complaints(self, message, selectors):
        """What the verifiers have against MESSAGE, whose top signatures must
        be by SELECTORS, in their order, and valid: by name."""
        found = {}
        for each in self.verifiers:
            results = each.verify(message)[:len(selectors)]
            if each.name == "Mail::DKIM":
                # As it is in Debian 12 it knows RSA only, and says so.
                results = [(selector, None if said and re.match(
                    r"invalid \(unsupported algorithm ed25519", said)
                            else said) for selector, said in results]
            if results != [(selector, None) for selector in selectors]:
                found[each.name] = results
        return found
