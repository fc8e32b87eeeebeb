# SPDX-License-Identifier: BSD-2-Clause
"""DKIM keys for tests, and an independent verifier: python3-dkim."""

import base64
import functools
import subprocess

import dkim

DOMAIN = "example.com"
# Selector to the arguments by which openssl makes its key.
SELECTORS = {
    "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "ed": ("-algorithm", "ED25519"),
}


CONF = """\
key "{name}" {{ domain = "{domain}" selector = "{selector}" file = "{file}" }}
"""


def key_blocks(domains):
    """Configuration of lumbar-sign by which every key signs for each of
    DOMAINS, and the files that it names."""
    conf = "".join(CONF.format(name=f"{selector}.{domain}", domain=domain,
                               selector=selector, file=f"{selector}.pem")
                   for domain in domains for selector in SELECTORS)
    return conf, {f"{selector}.pem": private_key(selector)
                  for selector in SELECTORS}


def records(domains):
    """What DNS must say for that: text by name."""
    return {f"{selector}._domainkey.{domain}": record(selector).decode()
            for domain in domains for selector in SELECTORS}


@functools.cache
def private_key(selector):
    """The private key of SELECTOR in PEM, made when first asked for."""
    return _openssl("genpkey", *SELECTORS[selector])


@functools.cache
def record(selector):
    """What DNS would say at SELECTOR._domainkey.DOMAIN (RFC 6376, 8463)."""
    der = _openssl("pkey", "-pubout", "-outform", "DER",
                   input=private_key(selector))
    if selector == "ed":
        # The record has the bare key, which ends its DER form.
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(der[-32:])
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def verify(message):
    """(selector, whether it verifies) of each signature, top first."""
    results = []
    count = sum(line.lower().startswith(b"dkim-signature:") for line in
                message.partition(b"\r\n\r\n")[0].split(b"\r\n"))
    for number in range(count):
        verifier = dkim.DKIM(message)
        try:
            valid = verifier.verify(idx=number, dnsfunc=_dns)
        except dkim.DKIMException:
            valid = False
        selector = verifier.signature_fields.get(b"s", b"?").decode()
        results.append((selector, valid))
    return results


def _dns(name, timeout=5):
    selector, _, rest = name.decode().rstrip(".").partition(".")
    if selector in SELECTORS and rest == f"_domainkey.{DOMAIN}":
        return record(selector)
    return None


def _openssl(*arguments, input=None):
    return subprocess.run(
        ["openssl", *arguments], input=input, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
