# SPDX-License-Identifier: BSD-2-Clause
"""A private Sendmail, unmodified, from its Debian packages."""

import contextlib
import glob
import os
import subprocess

from .mta import Mta
from .process import Process, free_port, read_log
from .unpack import library_path, unpack

HOST = "gateway.example.test"

# Everything goes to one next hop; no DNS, no map, no local delivery.  The load
# limits are out of reach, for a busy machine is no reason to refuse mail here.
# Keys may lie below /tmp, in which others can write but not delete.
MC = """\
divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `{host}')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`confCW_FILE', `-o {folder}/none')dnl
define(`confCT_FILE', `-o {folder}/none')dnl
define(`HELP_FILE', `{folder}/none')dnl
define(`STATUS_FILE', `{folder}/none')dnl
define(`ALIAS_FILE', `')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/service.switch')dnl
define(`confTO_IDENT', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `1000')dnl
define(`confMAX_HEADERS_LENGTH', `131072')dnl
define(`confDEF_USER_ID', `nobody:nogroup')dnl
define(`confDONT_BLAME_SENDMAIL', `TrustStickyBit')dnl
define(`confSERVER_CERT', `{certificates.folder}/server.pem')dnl
define(`confSERVER_KEY', `{certificates.folder}/server.pem')dnl
define(`confCACERT', `{certificates.authorities}')dnl
define(`confCACERT_PATH', `{certificates.folder}')dnl
FEATURE(`nocanonify')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`no_default_msa')dnl
define(`SMART_HOST', `{mailer}:[127.0.0.1]')dnl
define(`MAIL_HUB', `{mailer}:[127.0.0.1]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {next_hop}')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {next_hop}')dnl
{features}
{milters}
{listeners}
MAILER(`smtp')dnl
"""

# F=T: without it sendmail passes mail when a filter fails.
MILTER = ("MAIL_FILTER(`{name}', `S={socket}, F=T,"
          " T=C:30s;S:10s;R:10s;E:5m')dnl")
LISTENER = ("DAEMON_OPTIONS(`Name={name}, Addr=127.0.0.1, Port={port},"
            " InputMailFilters={milters}')dnl")


class Sendmail(Mta):
    name = "sendmail"

    def __init__(self, folder, next_hop, listeners=None, mailer="relay",
                 features=""):
        super().__init__(folder, next_hop, listeners)
        self.mailer = mailer
        self.features = features
        self.tree = unpack("sendmail-bin", "sendmail-cf")
        self.spool = os.path.join(folder, "queue")
        self.cf = os.path.join(folder, "sendmail.cf")
        self.sockets = {name: f"inet:{free_port()}@127.0.0.1"
                        for name in self.milters()}
        self.environment = {"LD_LIBRARY_PATH": library_path(self.tree)}
        self.process = None

    def start(self):
        os.makedirs(self.spool)
        os.chmod(self.spool, 0o700)
        self.certificates.make()
        self._write("service.switch", "hosts files\naliases files\n")
        self._write("sendmail.mc", self._mc())
        self._write("sendmail.cf", self._compile())
        self.process = Process(
            self._command("-X", f"{self.folder}/traffic", "-bD", "-q1m"),
            os.path.join(self.folder, "daemon.log"), self.environment)
        self.wait_ready(self.process)
        return self

    def stop(self):
        if self.process:
            self.process.stop()

    def milter_socket(self, milter):
        """Where the daemon for MILTER must listen, as its -p wants it."""
        return self.sockets[milter]

    def milter_settings(self):
        return {}

    def log(self):
        return read_log(os.path.join(self.folder, "traffic"))

    def queue(self):
        """The control files in the queue; hf*: quarantined."""
        return glob.glob(os.path.join(self.spool, "[qh]f*"))

    def held(self):
        return glob.glob(os.path.join(self.spool, "hf*"))

    def held_content(self, message):
        """Both files of a held MESSAGE, the control file first."""
        text = ""
        for kind in ("hf", "df"):
            path = os.path.join(self.spool,
                                kind + os.path.basename(message)[2:])
            with open(path, encoding="utf-8", errors="replace") as file:
                text += file.read()
        return text

    def forget(self):
        """Empties the queue, held mail included."""
        for path in glob.glob(os.path.join(self.spool, "*")):
            # A delivery that just ends removes its files itself.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def release(self):
        """Lets all held mail go."""
        self._run("-qQ", "-Q")
        self._run("-q")

    def _run(self, *arguments):
        subprocess.run(
            self._command(*arguments), check=True,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _command(self, *arguments):
        # Sendmail sleeps a minute when the name of the host has no dot.
        return ["unshare", "--uts", "sh", "-c",
                f'hostname {HOST}; exec "$@"', "sh",
                os.path.join(self.tree, "usr/libexec/sendmail/sendmail"),
                "-C", self.cf, *arguments]

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o644)

    def _mc(self):
        milters = [MILTER.format(name=name, socket=socket)
                   for name, socket in self.sockets.items()]
        listeners = [LISTENER.format(name=name, port=port, milters=";".join(
            self.listeners[name])) for name, port in self.ports.items()]
        return MC.format(
            folder=self.folder, certificates=self.certificates, host=HOST,
            next_hop=self.next_hop, mailer=self.mailer,
            features=self.features,
            milters="\n".join(milters), listeners="\n".join(listeners))

    def _compile(self):
        cf = os.path.join(self.tree, "usr/share/sendmail/cf/")
        return subprocess.run(
            ["m4", f"-D_CF_DIR_={cf}", cf + "m4/cf.m4",
             os.path.join(self.folder, "sendmail.mc")],
            check=True, stdout=subprocess.PIPE,
            # It warns of the open relay that we want on loopback.
            stderr=subprocess.DEVNULL, text=True).stdout
