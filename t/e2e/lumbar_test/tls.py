# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for both sides of TLS, made anew for each MTA."""

import os
import ssl
import subprocess

# File to common name.  The MTA trusts the first two as clients.
NAMES = {
    "client": "mail.protection.outlook.com",
    "other": "mail.other.example",
    "forged": "mail.protection.outlook.com",
    "server": "gateway.example.test",
}
TRUSTED = ("client", "other")


class Certificates:
    """One self-signed certificate with its key in one file for each of NAMES
    in FOLDER, and the trusted ones, without keys, in another."""

    def __init__(self, folder):
        self.folder = folder
        self.authorities = self.path("authorities")

    def make(self):
        os.makedirs(self.folder)
        os.chmod(self.folder, 0o755)
        with open(self.authorities, "wb") as authorities:
            for name in NAMES:
                certificate, key = self._make_one(name)
                with open(self.path(name), "wb") as file:
                    file.write(certificate + key)
                os.chmod(self.path(name), 0o600)
                if name in TRUSTED:
                    authorities.write(certificate)

    def _make_one(self, name):
        """A certificate and its key in PEM."""
        path = self.path("key")
        certificate = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-batch", "-days", "30",
             "-subj", f"/O=Lumbar/CN={NAMES[name]}", "-keyout", path],
            check=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL).stdout
        with open(path, "rb") as file:
            key = file.read()
        os.unlink(path)
        return certificate, key

    def path(self, name):
        return os.path.join(self.folder, name + ".pem")

    def context(self, name):
        """For a client that shows certificate NAME."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(self.path(name))
        return context
