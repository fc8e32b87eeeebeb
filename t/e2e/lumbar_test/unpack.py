# SPDX-License-Identifier: BSD-2-Clause
"""Servers from Debian packages without installing them.

postfix and sendmail-bin exclude each other, and a test must not touch the
mail configuration of the machine it runs on.  So their packages are unpacked
into a cache that is used again by the next run, with those libraries they
need that the machine lacks.
"""

import os
import re
import shutil
import stat
import subprocess
import tempfile

CACHE = os.environ.get("LUMBAR_CACHE", "/var/cache/lumbar-test")


def unpack(*packages):
    """The directory into which PACKAGES are unpacked, as if it were /."""
    tree = os.path.join(CACHE, packages[0])
    if os.path.isdir(tree):
        return tree
    os.makedirs(CACHE, exist_ok=True)
    # Made beside its final place and renamed, so that a run cut short
    # leaves nothing that looks complete.
    fresh = tempfile.mkdtemp(prefix=packages[0] + ".", dir=CACHE)
    os.chmod(fresh, 0o755)
    try:
        wanted, seen = list(packages), set()
        while wanted:
            package = wanted.pop()
            if package not in seen:
                seen.add(package)
                archive = _download(package, fresh)
                subprocess.run(["dpkg-deb", "-x", archive, fresh], check=True)
                wanted += _missing_libraries(archive)
                os.unlink(archive)
        _drop_set_id_bits(fresh)
        os.rename(fresh, tree)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not os.path.isdir(tree):
            raise
    return tree


def library_path(tree):
    """For LD_LIBRARY_PATH of the programs in TREE."""
    machine = os.uname().machine + "-linux-gnu"
    return ":".join(os.path.join(tree, folder) for folder in (
        "usr/lib/postfix", f"usr/lib/{machine}", f"lib/{machine}"))


def _download(package, folder):
    before = set(os.listdir(folder))
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download",
               package]
    if subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode != 0:
        # A fresh machine has no lists of packages yet.
        subprocess.run(["apt-get", "-qq", "update"], check=True)
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL,
                       check=True)
    archive, = set(os.listdir(folder)) - before
    return os.path.join(folder, archive)


def _missing_libraries(archive):
    """The libraries ARCHIVE depends on that are not installed here."""
    depends = subprocess.run(
        ["dpkg-deb", "-f", archive, "Depends"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    names = re.findall(r"(?:^|, )(lib[\w.+-]+)", depends)
    return [name for name in names if not _installed(name)]


def _drop_set_id_bits(tree):
    """Nothing here runs for other users, and a program with such a bit does
    not look at LD_LIBRARY_PATH."""
    for folder, _, files in os.walk(tree):
        for path in (os.path.join(folder, name) for name in files):
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                os.chmod(path, stat.S_IMODE(mode) & 0o755)


def _installed(package):
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ", package],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return "installed" in answer.stdout.split()
