# SPDX-License-Identifier: BSD-2-Clause
"""t/bench/milter_client: an MTA with any number of sessions and no mail."""

import contextlib
import os
import resource
import subprocess

from .process import Failure

# Files that a process has open beside one for each session; the daemon's own
# reserve is the larger part of them.
SPARE = 200


def require_descriptors(sessions):
    """Fails where a process may not have SESSIONS sessions open."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if allowed != resource.RLIM_INFINITY and allowed < sessions + SPARE:
        raise Failure(f"{sessions} sessions need {sessions + SPARE} open files"
                      f" in one process, and this machine allows {allowed}:"
                      " raise it (ulimit -Hn, or nofile in limits.conf)")


def answer_times(build, daemons, answers, pause_us):
    """[{"p50_us": ..., "p99_us": ...}] of ANSWERS answers, each after a pause,
    for DAEMONS: pairs of a unix socket and a number of idle sessions.  They
    take turns."""
    words = [str(word) for socket, idle in daemons
             for word in (socket.removeprefix("unix:"), idle)]
    done = subprocess.run(
        [_program(build), "latency", str(answers), str(pause_us), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failure(done.stderr.strip())
    return list(map(_figures, done.stdout.splitlines()))


class Sessions:
    """COUNT sessions at a unix SOCKET that have negotiated and are idle; a
    context manager.  `open` is how many there are.

    ACTIVE of them will pass MESSAGES messages each, in writes of PIECE bytes;
    Postfix's are of 4096.
    """

    def __init__(self, build, socket, count, active=1, messages=1, piece=4096):
        self.command = [_program(build), "sessions",
                        socket.removeprefix("unix:"), str(count), str(active),
                        str(messages), str(piece)]
        self.child = None
        self.open = 0

    def __enter__(self):
        self.child = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.open = self._read()["open"]
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self._finish()
        else:
            self.child.kill()
            self.child.communicate()

    def pass_messages(self):
        """Passes the messages asked for, over all active sessions at the same
        time: {"messages": ..., "answers": ...}, once every command was
        answered.  The sessions stay open."""
        # Where it has ended, reading says why.
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.write("\n")
            self.child.stdin.flush()
        return self._read()

    def _read(self):
        line = self.child.stdout.readline()
        if not line:
            self._finish()
        return _figures(line)

    def _finish(self):
        """Lets it go on to its end; fails if that was no good one."""
        _, complaint = self.child.communicate()
        if self.child.returncode != 0:
            raise Failure(complaint.strip())


def _program(build):
    return os.path.join(build, "t/bench/milter_client")


def _figures(text):
    return {key: int(value) for key, value in
            (word.split("=") for word in text.split())}
