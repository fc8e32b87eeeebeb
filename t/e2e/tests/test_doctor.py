# SPDX-License-Identifier: BSD-2-Clause
"""lumbar doctor: what it says of real configurations, with the daemons running.

Each check is seen passing, for a right configuration has no finding, and
failing, alone, when one thing in it is wrong.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field

from lumbar_test import demo
from lumbar_test.process import free_port
from lumbar_test.suite import expect, expect_in, test

RIGHT, WRONG = 0, 78
NAMES = ("policy", "limit", "route", "sign")


@dataclass
class Report:
    status: int
    text: str
    complaint: str

    def findings(self):
        """The first line of each."""
        return re.findall(r"^(?:error|warning|note): .*", self.text, re.M)

    def cures(self):
        return re.findall(r"^\tcure: (.*)", self.text, re.M)


@dataclass
class Case:
    """One thing that is wrong, and the one finding that this must lead to."""
    finding: str
    main: dict = field(default_factory=dict)
    master: str = ""
    conf: dict = field(default_factory=dict)
    # The cure is a line of main.cf after which nothing is wrong.
    curable: bool = False


def start_all(site):
    for name in NAMES:
        daemon = site.daemon(name)
        demo.write(daemon)
        daemon.start()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_confs(site, confs):
    """The files of the daemons as an administrator has them, with the socket
    that a daemon here is given by -p; CONFS: what else they say."""
    for name in NAMES:
        write(os.path.join(site.folder, "etc", f"{name}.conf"),
              f'socket = "{site.mta.milter_socket(name)}"\n'
              + confs.get(name, ""))
    write(os.path.join(site.folder, "etc/certificate.rules"),
          'rule r "Partners" { when client certificate subject is "x"'
          " then hold }\n")


def run(site, *arguments, environment=None, user=None, command=()):
    """COMMAND: what runs it."""
    done = subprocess.run(
        [*command, os.path.join(site.build, "lumbar"), "doctor",
         "-c", os.path.join(site.folder, "etc"), *arguments],
        env={**os.environ, **(environment or {})}, timeout=120, user=user,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return Report(done.returncode, done.stdout, done.stderr)


# Postfix

def item(name, more=", default_action=tempfail"):
    return f"{{ unix:sock/{name}.sock{more} }}"


MILTERS = [item(name) for name in NAMES]
MAIN = {
    "smtpd_milters": ", ".join(MILTERS),
    "non_smtpd_milters": f"{item('policy')}, {item('sign')}",
    "disable_mime_output_conversion": "yes",
    "internal_mail_filter_classes": "bounce",
    "smtpd_tls_ask_ccert": "no",
    "local_header_rewrite_clients": "permit_inet_interfaces",
}
MASTER = """\
smtp       inet n - n - - smtpd
  -o milter_macro_daemon_name=gateway
cleanup    unix n - n - 0 cleanup
smtp       unix - - n - - smtp
"""
FILTERED = "  -o content_filter=smtp:[127.0.0.1]:10025\n"
BACK = "10026 inet n - n - - smtpd\n  -o content_filter=\n"
CERTIFICATE = 'origin "cloud" {\n\tcertificates = "relay.example"\n}\n'


def milters(*items):
    return {"smtpd_milters": ", ".join(items)}


POLICY, LIMIT, ROUTE, SIGN = MILTERS
POSTFIX_CASES = [
    # Order.
    Case("lumbar-sign is not the last milter",
         milters(POLICY, LIMIT, SIGN, ROUTE), curable=True),
    Case("lumbar-sign is not the last milter",
         milters(*MILTERS, "inet:127.0.0.1:9"), curable=True),
    Case("lumbar-route stands before lumbar-limit",
         milters(POLICY, ROUTE, LIMIT, SIGN), curable=True),
    Case("lumbar-limit stands before lumbar-policy",
         milters(LIMIT, POLICY, ROUTE, SIGN), curable=True),
    Case("lumbar-limit stands there twice",
         milters(POLICY, LIMIT, LIMIT, ROUTE, SIGN)),
    Case("lumbar-route has a configuration and is asked about no mail",
         milters(POLICY, LIMIT, SIGN), curable=True),
    # When a milter does not answer.
    Case("when lumbar-policy does not answer, the MTA says \"accept\"",
         milters(item("policy", ", default_action=accept"), LIMIT, ROUTE,
                 SIGN)),
    Case("milter_default_action: when lumbar-route does not answer, the MTA"
         " says \"accept\"",
         {**milters(POLICY, LIMIT, "unix:sock/route.sock", SIGN),
          "milter_default_action": "accept"}, curable=True),
    Case("when lumbar-sign does not answer, the MTA says \"reject\"",
         milters(POLICY, LIMIT, ROUTE,
                 item("sign", " default_action=reject"))),
    Case("when lumbar-sign does not answer, the MTA says \"defer\"",
         milters(POLICY, LIMIT, ROUTE, item("sign", " default_action=defer"))),
    # Syntax of braces.
    Case("Postfix knows no setting \"default_actoin\"",
         milters(item("policy", ", default_actoin=tempfail"), LIMIT, ROUTE,
                 SIGN)),
    Case("\"default_action\" is not NAME=VALUE",
         {**milters(item("policy", ", default_action = accept"), LIMIT, ROUTE,
                    SIGN), "non_smtpd_milters": ""}),
    # Timeouts.
    Case("milter_command_timeout: the MTA waits 6 seconds for an answer of"
         " lumbar-route, whose lookups may take 6",
         {"milter_command_timeout": "6"},
         conf={"route": 'lookup_timeout = "6s"\n'}),
    Case("the MTA waits 20 seconds for an answer of lumbar-limit",
         conf={"limit": 'lookup_timeout = "20s"\n'},
         main=milters(POLICY, item("limit", ", command_timeout=20s"
                                   " default_action=tempfail"), ROUTE, SIGN)),
    Case("milter_content_timeout: the MTA waits 3 seconds",
         {"milter_content_timeout": "3s"}),
    # Mail that does not come by SMTP.
    Case("lumbar-policy is not asked about mail that comes by sendmail(1)",
         {"non_smtpd_milters": SIGN}, curable=True),
    Case("lumbar-sign is not asked about mail that comes by sendmail(1)",
         {"non_smtpd_milters": POLICY}, curable=True),
    Case("bounces that Postfix writes are not signed",
         {"internal_mail_filter_classes": ""}, curable=True),
    Case("bounces that Postfix writes are not signed",
         {"internal_mail_filter_classes": "notify"}, curable=True),
    # What changes signed mail.
    *(Case(f"{name}: what has been signed is changed after that",
           {name: "inline:{ a=b }"})
      for name in ("smtp_generic_maps", "smtp_header_checks",
                   "smtp_mime_header_checks", "smtp_nested_header_checks",
                   "smtp_body_checks", "milter_header_checks")),
    Case("smtp/unix: smtp_header_checks: what has been signed",
         master=MASTER + "  -o smtp_header_checks=inline:{a=b}\n"),
    Case("8-bit mail may be converted after it was signed",
         {"disable_mime_output_conversion": "no"}, curable=True),
    Case("note: .*canonical_maps: milters see the header after",
         {"canonical_maps": "inline:{ a=b }"}),
    Case("note: .*masquerade_domains: milters see the header after",
         {"masquerade_domains": "example.com"}),
    Case("headers of mail from everywhere are rewritten",
         {"local_header_rewrite_clients": "static:all"}, curable=True),
    Case("note: .*incomplete addresses in headers",
         {"remote_header_rewrite_domain": "example.com"}, curable=True),
    # What the daemons need to be told.
    Case("Postfix speaks version 4 of the protocol with lumbar-policy",
         {"milter_protocol": "4",
          **milters(POLICY, *(item(name, ", protocol=6")
                              for name in NAMES[1:])),
          "non_smtpd_milters":
              item("policy", ", protocol=6") + ", "
              + item("sign", ", protocol=6")}),
    Case("no listener of the MTA that asks lumbar-policy is called"
         " \"application\"",
         conf={"policy": 'listener "application" {\n}\n'}),
    Case("sign.conf:2: no listener of the MTA that asks lumbar-sign is"
         " called \"application\"",
         conf={"sign": 'sign_listeners = { "gateway", "application" }\n'}),
    Case("no client is asked for a certificate, and origin \"cloud\"",
         conf={"sign": CERTIFICATE}, curable=True),
    Case("no client is asked for a certificate, and a rule of",
         conf={"policy": 'rules = "certificate.rules"\n'}, curable=True),
    Case("Postfix may open 100 sessions, and the daemon takes 99",
         conf={"limit": "max_sessions = 99\n"}),
    Case("Postfix may open 130 sessions, and the daemon takes 120",
         conf={"limit": "max_sessions = 120\n"},
         master=MASTER + "2525 inet n - n - 30 smtpd\n"),
    Case("Postfix may open any number of sessions, and the daemon takes",
         master=MASTER + "2525 inet n - n - 0 smtpd\n"),
    # Services.
    Case("no_milters keeps smtp/inet from asking its milters",
         {"receive_override_options": "no_milters"}, curable=True),
    Case("lumbar-sign signs before the content filter",
         master=MASTER.replace("cleanup ", FILTERED + "cleanup ", 1) + BACK
         + "  -o receive_override_options=no_milters\n"),
    Case("10026/inet: smtpd_milters: lumbar-limit is asked again",
         master=MASTER.replace(
             "cleanup ", FILTERED + "  -o { smtpd_milters = "
             + f"{POLICY}, {LIMIT}, {ROUTE} }}\ncleanup ", 1) + BACK
         + f"  -o {{ smtpd_milters = {LIMIT}, {SIGN} }}\n"),
    Case("milters of this service see no content",
         {"smtpd_proxy_filter": "127.0.0.1:10025"}),
    Case("note: .*some clients have milters of their own",
         {"smtpd_milter_maps": "inline:{ 192.0.2.1=DISABLE }"}),
    Case("note: .*2525/inet: smtpd_milters: it does not ask lumbar-limit",
         master=MASTER + "2525 inet n - n - - smtpd\n"
         + f"  -o {{ smtpd_milters = {POLICY}, {ROUTE}, {SIGN} }}\n"),
    # Configurations of the daemons.
    Case("limit.conf: lumbar-limit cannot read it",
         conf={"limit": "socket_mod = 0600\n"}),
]


def apply_cure(site, report):
    """Runs the commands that REPORT names."""
    for cure in sorted(set(report.cures())):
        subprocess.run(
            ["sh", "-ec", cure.replace(
                "postconf", site.mta.program("sbin/postconf"), 1)],
            env={**os.environ, **site.mta.environment}, check=True)


def doctor_postfix(site, main=None, master=None, user=None, keep=False,
                   command=()):
    """Runs it on the Postfix of SITE with its settings changed; KEEP: with
    master.cf as it is."""
    folder = os.path.join(site.folder, "postfix")
    with open(os.path.join(site.mta.etc, "main.cf"),
              encoding="utf-8") as file:
        settings = dict(line.rstrip().split(" =", 1) for line in file)
    settings |= {**MAIN, **(main or {})}
    main_cf = os.path.join(folder, "main.cf")
    write(main_cf, "".join(
        f"{key} = {value}\n" for key, value in settings.items()))
    # Postfix waits until a file has not been written to for two seconds.
    os.utime(main_cf, (1, 1))
    master_cf = os.path.join(folder, "master.cf")
    if not keep:
        write(master_cf, master or MASTER)
    os.utime(master_cf, (1, 1))
    return run(site, f"--postfix={folder}", user=user, command=command,
               environment={
        **site.mta.environment,
        "PATH": os.path.join(site.mta.tree, "usr/sbin") + ":"
                + os.environ["PATH"]})


def check_case(case, report):
    grave = not case.finding.startswith("note: ")
    expect(report.complaint, "", case.finding)
    expect(report.status, WRONG if grave else RIGHT, report.text)
    found = report.findings()
    wanted = [each for each in found
              if re.search(case.finding, each) or case.finding in each]
    expect(len(wanted) > 0, True, f"{case.finding}:\n{report.text}")
    return wanted


@test(mtas=("postfix",))
def finds_nothing_in_a_right_postfix(site):
    start_all(site)
    write_confs(site, {})
    report = doctor_postfix(site)
    expect((report.status, report.findings()), (RIGHT, []), report.text)
    expect(report.text, "errors: 0, warnings: 0, notes: 0\n")


@test(mtas=("postfix",))
def finds_what_is_wrong_in_postfix(site):
    """Each mistake leads to its finding and no other; a cure that is a line
    of main.cf does cure."""
    start_all(site)
    for case in POSTFIX_CASES:
        write_confs(site, case.conf)
        report = doctor_postfix(site, case.main, case.master)
        wanted = check_case(case, report)
        others = [each for each in report.findings() if each not in wanted]
        expect(others, ALSO.get(case.finding, []) and others, report.text)
        if case.curable:
            lines = dict(re.fullmatch(r"(\w+) = ?(.*)", cure).groups()
                         for cure in report.cures())
            report = doctor_postfix(
                site, {**(case.main or {}), **lines}, case.master)
            expect(report.findings(), [], f"{case.finding}: {lines}")


# Mistakes that have consequences of their own.
ALSO = {
    "limit.conf: lumbar-limit cannot read it": True,
    "lumbar-route has a configuration and is asked about no mail": True,
    "lumbar-sign signs before the content filter": True,
    "10026/inet: smtpd_milters: lumbar-limit is asked again": True,
}


@test(mtas=("postfix",))
def tries_the_sockets_of_postfix(site):
    start_all(site)
    write_confs(site, {})
    path = site.mta.milter_socket("policy").removeprefix("unix:")
    # Postfix may not open it.
    mode = os.stat(path).st_mode & 0o777
    owner = os.stat(path).st_uid
    os.chown(path, 0, 0)
    text = doctor_postfix(site).text
    expect_in(f"{path} is root:root with mode 0600, and the MTA's user uucp"
              " may not write to it", text)
    os.chown(path, owner, 0)
    os.chmod(path, mode)
    os.chmod(os.path.dirname(path), 0o700)
    expect_in("may not search it", doctor_postfix(site).text)
    os.chmod(os.path.dirname(path), 0o755)
    # Who is not root cannot say.
    found = doctor_postfix(site, user="nobody").findings()
    expect([each.partition(": ")[0] for each in found], ["note"])
    expect_in("the sockets were not tried", found[0])
    # Nor what is in a file that he may not read, or whether there is one.
    etc = os.path.join(site.folder, "etc")
    for hidden, files in ((os.path.join(etc, "limit.conf"), 1),
                          (etc, len(NAMES))):
        permissions = os.stat(hidden).st_mode & 0o777
        os.chmod(hidden, 0o700)
        found = doctor_postfix(site, milters(POLICY, ROUTE, SIGN),
                               user="nobody").findings()
        expect({each.partition(": ")[0] for each in found}, {"note"})
        expect(sum("the file was not read" in each for each in found), files)
        os.chmod(hidden, permissions)
    # Another daemon listens where it should.
    write_confs(site, {})
    conf = os.path.join(site.folder, "etc/policy.conf")
    write(conf, f'socket = "{site.mta.milter_socket("limit")}"\n')
    other = os.path.join(site.folder, "etc/limit.conf")
    write(other, f'socket = "unix:{path}"\n')
    text = doctor_postfix(site).text
    expect_in("lumbar-policy answers at unix:sock/policy.sock, which is the"
              " socket of lumbar-limit", text)
    write_confs(site, {})
    # It has stopped, and its socket remains.
    site.daemons["policy"].kill()
    report = doctor_postfix(site)
    expect_in("lumbar-policy at unix:sock/policy.sock: nobody answers there:"
              " Connection refused", report.text)
    expect(report.status, WRONG)
    os.unlink(path)
    expect_in(f"unix:sock/policy.sock: {path} does not exist",
              doctor_postfix(site).text)


@test(mtas=("postfix",))
def follows_links_as_postfix_does(site):
    """root may pass where Postfix may not, and sees what a chroot hides."""
    start_all(site)
    write_confs(site, {})
    sockets = os.path.join(site.mta.spool, "sock")
    hidden = os.path.join(site.mta.spool, "hidden")
    link = os.path.join(sockets, "link.sock")
    for left in (hidden, link):  # by this test with the other engine
        if os.path.islink(left):
            os.unlink(left)
    shutil.rmtree(hidden, ignore_errors=True)
    os.mkdir(hidden, 0o700)
    os.link(os.path.join(sockets, "policy.sock"),
            os.path.join(hidden, "policy.sock"))
    os.symlink("../hidden/policy.sock", link)
    linked = milters(item("link"), LIMIT, ROUTE, SIGN)
    report = doctor_postfix(site, linked)
    expect(len(report.findings()), 1, report.text)
    expect_in(f"{hidden} is root:root with mode 0700, and the MTA's user uucp"
              " may not search it", report.text)
    os.chmod(hidden, 0o755)
    expect(doctor_postfix(site, linked).findings(), [])
    chroot = MASTER.replace("smtp       inet n - n", "smtp       inet n - y")
    expect(doctor_postfix(site, linked, chroot).findings(), [])
    outside = os.path.join(site.folder, "outside")
    os.rename(hidden, outside)
    os.symlink(outside, hidden)
    expect(doctor_postfix(site, linked).findings(), [])
    report = doctor_postfix(site, linked, chroot)
    expect(len(report.findings()), 1, report.text)
    expect_in(f"link.sock is a link to {outside}/policy.sock, which is not in"
              f" the chroot {site.mta.spool}", report.text)
    apply_cure(site, report)
    expect(doctor_postfix(site, linked, keep=True).findings(), [])
    # A service that is in no chroot says nothing of the next.
    both = linked | {"non_smtpd_milters": f"{item('link')}, {SIGN}"}
    report = doctor_postfix(site, both, MASTER.replace(
        "cleanup    unix n - n", "cleanup    unix n - y"))
    expect(len(report.findings()), 1, report.text)
    expect_in("which is not in the chroot", report.text)
    expect_in("of cleanup/unix", report.text)
    apply_cure(site, report)
    expect(doctor_postfix(site, both, keep=True).findings(), [])


@test(mtas=("postfix",))
def knows_chroots_and_other_addresses(site):
    start_all(site)
    write_confs(site, {})
    absolute = {"smtpd_milters": ", ".join(
        f"unix:{site.mta.spool}/sock/{name}.sock" for name in NAMES)}
    expect(doctor_postfix(site, absolute).findings(), [])
    chroot = MASTER.replace("smtp       inet n - n", "smtp       inet n - y")
    expect(doctor_postfix(site, master=chroot).findings(), [])
    report = doctor_postfix(site, absolute, chroot)
    expect(len(report.findings()), 4, report.text)
    expect_in("smtp/inet runs in a chroot: ", report.text)
    # The command that is told does cure.
    apply_cure(site, report)
    expect(doctor_postfix(site, absolute, keep=True).findings(), [])
    # Without a word in master.cf the level decides.
    unsaid = MASTER.replace("smtp       inet n - n", "smtp       inet n - -")
    for level, count in (("0", 4), ("1", 0), ("3.6", 0)):
        report = doctor_postfix(
            site, {**absolute, "compatibility_level": level}, unsaid)
        expect(len(report.findings()), count, report.text)
    plain = {"smtpd_milters": ", ".join(
        f"unix:sock/{name}.sock" for name in NAMES)}
    report = doctor_postfix(site, plain, MASTER.replace(
        "cleanup ", "  -o receive_override_options=no_milters\n"
        "  -o milter_default_action=accept\ncleanup ", 1))
    expect(len(report.findings()), 5, report.text)
    apply_cure(site, report)
    expect(doctor_postfix(site, plain, keep=True).findings(), [])
    # A signer behind the content filter stays there.
    main = milters(POLICY, LIMIT, ROUTE)
    report = doctor_postfix(site, main, MASTER.replace(
        "cleanup ", FILTERED + "cleanup ", 1) + BACK
        + f"  -o {{ smtpd_milters = {LIMIT}, {SIGN} }}\n")
    expect_in("lumbar-limit is asked again", report.text)
    cure = f"under 10026/inet: -o {{ smtpd_milters = {SIGN} }}"
    expect_in(cure, report.text)
    report = doctor_postfix(site, main, MASTER.replace(
        "cleanup ", FILTERED + "cleanup ", 1) + BACK
        + f"  {cure.partition(': ')[2]}\n")
    expect("asked again" in report.text, False, report.text)


@test(mtas=("postfix",))
def knows_localhost_of_both_families(site):
    """As Debian writes its hosts, localhost is ::1 first; a daemon with inet:
    listens on 127.0.0.1 all the same."""
    start_all(site)
    hosts = os.path.join(site.folder, "hosts")
    write(hosts, "::1 localhost ip6-localhost\n127.0.0.1 localhost\n")
    debian = ("unshare", "-m", "sh", "-ec",
              f"mount --bind {hosts} /etc/hosts; exec \"$@\"", "sh")
    port = free_port()
    daemon = site.daemons["limit"]
    daemon.stop()
    for socket, attached in ((f"inet:{port}@127.0.0.1", "localhost"),
                             (f"inet:{port}@localhost", "127.0.0.1"),
                             (f"inet:{port}@localhost", "localhost"),
                             (f"inet:{port}", "localhost")):
        write_confs(site, {})
        write(os.path.join(site.folder, "etc/limit.conf"),
              f'socket = "{socket}"\n')
        report = doctor_postfix(site, milters(
            POLICY, f"{{ inet:{attached}:{port}, default_action=tempfail }}",
            ROUTE, SIGN), command=debian)
        finding, = report.findings()
        expect_in(f"lumbar-limit at inet:{attached}:{port}: nobody answers"
                  " there: Connection refused", finding)
    # Postfix has an address of version 6 in brackets.
    write(os.path.join(site.folder, "etc/limit.conf"),
          f'socket = "inet6:{port}"\n')
    report = doctor_postfix(site, milters(POLICY, ROUTE, SIGN),
                            command=debian)
    cure, = report.cures()
    expect_in(f"{{ inet:[::1]:{port}, default_action=tempfail }}", cure)
    report = doctor_postfix(site, {
        "smtpd_milters": cure.removeprefix("smtpd_milters = ")},
        command=debian)
    finding, = report.findings()
    expect_in("nobody answers there", finding)


@test(mtas=("postfix",))
def knows_a_postfix_without_lumbar(site):
    write_confs(site, {})
    report = doctor_postfix(
        site, {"smtpd_milters": "", "non_smtpd_milters": ""})
    expect(report.status, WRONG)
    expect(len(report.findings()), 1, report.text)
    expect_in("no daemon of Lumbar is attached", report.text)
    cure, = report.cures()
    start_all(site)
    expect(doctor_postfix(site, {
        "smtpd_milters": cure.removeprefix("smtpd_milters = ")}).findings(),
        [])


@test(mtas=("postfix",))
def says_what_it_cannot_read(site):
    write_confs(site, {})
    tree = {"PATH": os.path.join(site.mta.tree, "usr/sbin"),
            **site.mta.environment}
    report = run(site, f"--postfix={site.folder}/none")
    expect((report.status, report.text), (69, ""))
    expect_in("none cannot be opened", report.complaint)
    # postconf says itself why it fails.
    os.makedirs(os.path.join(site.folder, "empty"))
    report = run(site, f"--postfix={site.folder}/empty", environment=tree)
    expect((report.status, report.text), (69, ""), report.complaint)
    expect_in("postconf has failed", report.complaint)
    # A folder of PATH that may not be searched hides no other.
    private = os.path.join(site.folder, "private")
    os.mkdir(private, 0o700)
    report = run(site, f"--postfix={site.folder}/empty", user="nobody",
                 environment={"PATH": private})
    expect("Permission denied" in report.complaint, False, report.complaint)
    # What is called postconf says nothing.
    fake = os.path.join(site.folder, "bin/postconf")
    write(fake, "#!/bin/sh\necho nothing\n")
    os.chmod(fake, 0o755)
    report = run(site, f"--postfix={site.folder}/empty", environment={
        "PATH": os.path.dirname(fake) + ":" + os.environ["PATH"]})
    expect((report.status, report.text), (69, ""))
    expect_in("postconf does not say what is in", report.complaint)
    # Or too much.
    write(fake, "#!/bin/sh\nexec yes\n")
    os.chmod(fake, 0o755)
    report = run(site, f"--postfix={site.folder}/empty", environment={
        "PATH": os.path.dirname(fake) + ":" + os.environ["PATH"]})
    expect((report.status, report.text), (69, ""))
    expect_in("postconf says more than", report.complaint)
    report = run(site, f"--sendmail={site.folder}/none")
    expect((report.status, report.text), (69, ""))
    report = run(site, "--postfix=/a", "--sendmail=/b")
    expect(report.status, 64)


# Sendmail

TIMES = "T=C:30s;S:30s;R:60s;E:10m"


def filter_line(site, name, more=f", F=T, {TIMES}", macro="INPUT_MAIL_FILTER"):
    return (f"{macro}(`lumbar-{name}',"
            f" `S={site.mta.milter_socket(name)}{more}')dnl\n")


def sendmail_cf(site, filters, more=""):
    """The sendmail.cf of SITE with these milters and lines instead of its
    own."""
    with open(os.path.join(site.mta.folder, "sendmail.mc"),
              encoding="utf-8") as file:
        mc = "".join(line for line in file if not line.startswith(
            ("MAIL_FILTER", "DAEMON_OPTIONS", "MAILER(")))
    path = os.path.join(site.folder, "sendmail.mc")
    write(path, mc + filters + more + "MAILER(`smtp')dnl\n")
    macros = os.path.join(site.mta.tree, "usr/share/sendmail/cf/")
    done = subprocess.run(
        ["m4", f"-D_CF_DIR_={macros}", macros + "m4/cf.m4", path],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    write(os.path.join(site.folder, "sendmail.cf"), done.stdout)
    return run(site, f"--sendmail={site.folder}/sendmail.cf")


@test(mtas=("sendmail",))
def finds_nothing_in_a_right_sendmail(site):
    start_all(site)
    write_confs(site, {"policy": 'listener "gateway" {\n}\n'})
    report = sendmail_cf(
        site, "".join(filter_line(site, name) for name in NAMES),
        "DAEMON_OPTIONS(`Name=gateway, Port=smtp')dnl\n")
    expect((report.status, report.findings()), (RIGHT, []), report.text)


@test(mtas=("sendmail",))
def finds_what_is_wrong_in_sendmail(site):
    start_all(site)
    policy, limit, route, sign = (filter_line(site, name) for name in NAMES)
    right = policy + limit + route + sign
    named = "DAEMON_OPTIONS(`Name=gateway, Port=smtp')dnl\n"
    only = ("DAEMON_OPTIONS(`Name=gateway, Port=smtp, InputMailFilters="
            "lumbar-sign;lumbar-policy;lumbar-limit;lumbar-route')dnl\n")
    odd = ("DAEMON_OPTIONS(`Name=gateway, Port=smtp')dnl\n"
           "DAEMON_OPTIONS(`Name=sub, Port=587, InputMailFilters="
           "lumbar-policy;lumbar-limit;lumbar-route')dnl\n")
    cases = [
        Case("lumbar-sign is not the last milter",
             master=policy + limit + sign + route),
        Case("lumbar-sign is not the last milter", master=right + only),
        Case("lumbar-route stands before lumbar-(policy|limit)",
             master=route + policy + limit + sign),
        Case("when lumbar-policy does not answer, the MTA says \"accept\"",
             master=filter_line(site, "policy", ", " + TIMES) + limit + route
             + sign),
        Case("when lumbar-sign does not answer, the MTA says \"reject\"",
             master=policy + limit + route
             + filter_line(site, "sign", ", F=R, " + TIMES)),
        Case("the MTA waits 10 seconds for an answer of lumbar-route, whose"
             " lookups may take 15",
             conf={"route": 'lookup_timeout = "15s"\n'},
             master=policy + limit + filter_line(site, "route", ", F=T")
             + sign),
        Case("the MTA waits 5 seconds for an answer of lumbar-sign",
             master=policy + limit + route
             + filter_line(site, "sign", ", F=T, T=R:5s")),
        Case("unix:here( is taken for|: it is no address that can be)",
             master=policy + limit + route
             + sign.replace(site.mta.milter_socket("sign"), "unix:here")),
        Case("no listener asks this filter",
             master=policy + limit + sign
             + filter_line(site, "route", macro="MAIL_FILTER")),
        Case("lumbar-route has a configuration and is asked about no mail",
             master=policy + limit + sign),
        Case('there is no filter "lumbar-none"',
             master=right + named.replace(
                 "smtp'", "smtp, InputMailFilters=lumbar-policy;lumbar-limit;"
                 "lumbar-route;lumbar-sign;lumbar-none'")),
        Case('note: .*the listener "sub" does not ask lumbar-sign',
             master=right + odd),
        Case("no listener of the MTA that asks lumbar-limit is called"
             ' "submission"', master=right + named,
             conf={"limit": 'listener "submission" {\n}\n'}),
        Case("DM: what has been signed is changed after that",
             master=right + "MASQUERADE_AS(`example.com')dnl\n"),
        Case("Kgenerics: what has been signed is changed after that",
             master="FEATURE(`genericstable', `hash /none')dnl\n" + right),
        Case("long MIME fields are cut: 512",
             master="define(`confMAX_MIME_HEADER_LENGTH', `512')dnl\n"
             + right),
        Case("long MIME fields are cut: 2048/128",
             master="define(`confMAX_MIME_HEADER_LENGTH', `2048/128')dnl\n"
             + right),
        Case("no client is asked for a certificate, and origin \"cloud\"",
             conf={"sign": CERTIFICATE},
             master="define(`confTLS_SRV_OPTIONS', `V')dnl\n" + right),
        Case("no client is asked for a certificate, and a rule of",
             conf={"policy": 'rules = "certificate.rules"\n'},
             master="define(`confTLS_SRV_OPTIONS', `V')dnl\n" + right),
    ]
    also = {"no listener asks this filter",
            "lumbar-route has a configuration and is asked about no mail"}
    for case in cases:
        write_confs(site, case.conf)
        report = sendmail_cf(site, case.master)
        wanted = check_case(case, report)
        others = [each for each in report.findings() if each not in wanted]
        expect(others, others if case.finding in also else [], report.text)


@test(mtas=("sendmail",))
def tries_the_sockets_of_sendmail(site):
    start_all(site)
    write_confs(site, {})
    right = "".join(filter_line(site, name) for name in NAMES)
    site.daemons["sign"].kill()
    report = sendmail_cf(site, right)
    expect(report.status, WRONG)
    expect(len(report.findings()), 1, report.text)
    expect_in("lumbar-sign at inet:", report.findings()[0])
    expect_in("nobody answers there", report.findings()[0])
    report = sendmail_cf(site, "")
    expect_in("no daemon of Lumbar is attached", report.text)
