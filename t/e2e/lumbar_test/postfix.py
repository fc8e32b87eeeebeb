# SPDX-License-Identifier: BSD-2-Clause
"""A private Postfix, unmodified, from its Debian package.

Postfix insists on an account and a group that it shares with nothing else.
The accounts postfix and postdrop may not exist here and are not made: `uucp`
and `news` belong to every Debian system and own nothing on one of today.
"""

import json
import os
import shutil
import subprocess

from .mta import Mta
from .process import Failure, Process, read_log
from .unpack import library_path, unpack

OWNER, GROUP = "uucp", "news"

# Every service with its chroot column "n"; see master(5).
MASTER = """\
{listeners}
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n -  0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n -  - trivial-rewrite
bounce    unix  - - n -  0 bounce
defer     unix  - - n -  0 bounce
trace     unix  - - n -  0 bounce
verify    unix  - - n -  1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -  - proxymap
smtp      unix  - - n -  - smtp
relay     unix  - - n -  - smtp
showq     unix  n - n -  - showq
error     unix  - - n -  - error
retry     unix  - - n -  - error
discard   unix  - - n -  - discard
anvil     unix  - - n -  1 anvil
scache    unix  - - n -  1 scache
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""

LISTENER = """\
127.0.0.1:{port} inet n - n - - smtpd
  -o {{ smtpd_milters = {milters} }}
  -o milter_macro_daemon_name={name}"""


class Postfix(Mta):
    name = "postfix"

    def __init__(self, folder, next_hop, listeners=None, settings=None):
        super().__init__(folder, next_hop, listeners)
        self.settings = settings or {}
        self.tree = unpack("postfix")
        self.etc = os.path.join(folder, "etc")
        self.spool = os.path.join(folder, "queue")
        self.environment = {"LD_LIBRARY_PATH": library_path(self.tree),
                            "MAIL_CONFIG": self.etc}
        self.process = None

    def start(self):
        self._make_folders()
        self.certificates.make()
        self._write("main.cf", "".join(
            f"{key} = {value}\n" for key, value in self._main().items()))
        self._write("master.cf", MASTER.format(listeners="\n".join(
            self._listener(name) for name in self.listeners)))
        self._write("dynamicmaps.cf", "")
        self.process = Process(
            [self.program("lib/postfix/sbin/master"), "-d", "-c", self.etc],
            os.path.join(self.folder, "log", "master.log"), self.environment)
        self.wait_ready(self.process)
        return self

    def stop(self):
        if self.process:
            self.process.stop()

    def milter_socket(self, milter):
        """Where the daemon for MILTER must listen, as its -p wants it."""
        return "unix:" + os.path.join(self.spool, "sock", milter + ".sock")

    def milter_settings(self):
        """What lets Postfix, and nobody else, open a milter's socket."""
        return {"socket_owner": OWNER, "socket_mode": "0600"}

    def log(self):
        return read_log(os.path.join(self.folder, "log", "mail.log"))

    def queue(self):
        """The messages in the queue, each a dictionary of postqueue -j."""
        answer = self.run("sbin/postqueue", "-j").stdout
        return [json.loads(line) for line in answer.splitlines()]

    def held(self):
        return [each for each in self.queue() if each["queue_name"] == "hold"]

    def held_content(self, message):
        """What the queue file of a held MESSAGE contains."""
        return self.run("sbin/postcat", "-q", message["queue_id"]).stdout

    def forget(self):
        """Empties the queue, held mail included."""
        self.run("sbin/postsuper", "-d", "ALL")

    def release(self):
        """Lets all held mail go."""
        self.run("sbin/postsuper", "-H", "ALL")
        self.run("sbin/postqueue", "-f")

    def submit(self, sender, recipients, message):
        """Hands MESSAGE to the sendmail command, as local programs do."""
        return self.run("sbin/sendmail", "-i", "-f", sender, "--",
                        *recipients, input=message)

    def run(self, program, *arguments, input=None):
        """Runs one of Postfix's commands to its end."""
        done = subprocess.run(
            [self.program(program), *arguments],
            env={**os.environ, **self.environment}, input=input,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=not isinstance(input, bytes))
        if done.returncode != 0:
            raise Failure(f"{program}: status {done.returncode}:"
                          f" {done.stderr}")
        return done

    def program(self, name):
        return os.path.join(self.tree, "usr", name)

    def _write(self, name, text):
        with open(os.path.join(self.etc, name), "w", encoding="utf-8") as file:
            file.write(text)

    def _make_folders(self):
        for name in ("etc", "data", "log", "queue"):
            os.makedirs(os.path.join(self.folder, name))
        shutil.chown(os.path.join(self.folder, "data"), OWNER)
        for name, mode in (
                ("active", 0o700), ("bounce", 0o700), ("corrupt", 0o700),
                ("defer", 0o700), ("deferred", 0o700), ("flush", 0o700),
                ("hold", 0o700), ("incoming", 0o700), ("saved", 0o700),
                ("trace", 0o700), ("private", 0o700), ("maildrop", 0o730),
                ("public", 0o710), ("pid", 0o755), ("sock", 0o755)):
            path = os.path.join(self.spool, name)
            os.mkdir(path)
            if name not in ("pid", "sock"):
                shutil.chown(path, OWNER, GROUP
                             if name in ("maildrop", "public") else None)
            os.chmod(path, mode)

    def _listener(self, name):
        milters = [f"unix:sock/{milter}.sock"
                   for milter in self.listeners[name]]
        if name == "careful":
            milters = [f"{{ {each}, default_action=quarantine }}"
                       for each in milters]
        return LISTENER.format(port=self.ports[name], name=name,
                               milters=", ".join(milters))

    def _main(self):
        usr = os.path.join(self.tree, "usr")
        return {
            "compatibility_level": "3.6",
            "queue_directory": self.spool,
            "data_directory": os.path.join(self.folder, "data"),
            "command_directory": os.path.join(usr, "sbin"),
            "daemon_directory": os.path.join(usr, "lib/postfix/sbin"),
            "shlib_directory": os.path.join(usr, "lib/postfix"),
            "meta_directory": self.etc,
            "mail_owner": OWNER,
            "setgid_group": GROUP,
            # Nothing else is handed on to daemons and to postdrop(1), which
            # find their libraries by it.
            "import_environment": "MAIL_CONFIG LD_LIBRARY_PATH",
            "export_environment": "MAIL_CONFIG LD_LIBRARY_PATH",
            "maillog_file": os.path.join(self.folder, "log", "mail.log"),
            "maillog_file_prefixes": os.path.join(self.folder, "log"),
            "syslog_name": "postfix-test",
            "inet_interfaces": "loopback-only",
            "inet_protocols": "ipv4",
            "myhostname": "gateway.example.test",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            # Nothing is added to or cleaned up in the header of a message.
            "local_header_rewrite_clients": "",
            "always_add_missing_headers": "no",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            "biff": "no",
            "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native",
            "smtp_tls_security_level": "none",
            # Clients may show a certificate.
            "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": self.certificates.path("server"),
            "smtpd_tls_CAfile": self.certificates.authorities,
            "smtpd_tls_ask_ccert": "yes",
            "smtpd_tls_received_header": "no",
            # One domain that mail comes back from, and the milter sees it.
            "transport_maps":
                "inline:{ { bounce.example = error:5.1.1 no such user } }",
            "internal_mail_filter_classes": "bounce",
            "relayhost": f"[127.0.0.1]:{self.next_hop}",
            "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_peername_lookup": "no",
            "enable_long_queue_ids": "yes",
            "non_smtpd_milters": "unix:sock/local.sock",
            **self.settings,
        }
