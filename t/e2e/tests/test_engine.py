# SPDX-License-Identifier: BSD-2-Clause
"""What an engine carries: many sessions, and commands in many pieces."""

from lumbar_test.bench_client import Sessions, require_descriptors
from lumbar_test.process import Failure, resident_bytes
from lumbar_test.suite import expect, test

OPEN, ACTIVE = 10000, 1000
# An idle session takes under 4 KB; sanitizers and valgrind take their part.
IDLE_BYTES_MAX = 16384


@test(mtas=("postfix",))
def carries_ten_thousand_sessions(site):
    """10,000 sessions are open, and then a message comes over each of 1,000 of
    them at the same time: each command is answered, and the idle sessions
    have cost little memory."""
    require_descriptors(OPEN)
    daemon = site.start("probe", f"max_sessions = {OPEN}\n")
    before = resident_bytes(daemon.instance())
    with Sessions(site.build, daemon.socket, OPEN, ACTIVE) as sessions:
        grown = resident_bytes(daemon.instance()) - before
        expect(sessions.open, OPEN)
        expect(sessions.pass_messages()["messages"], ACTIVE)
    expect([each["action"] for each in daemon.decisions()],
           ["pass"] * ACTIVE)
    if grown > OPEN * IDLE_BYTES_MAX:
        raise Failure(f"an idle session takes {grown // OPEN} bytes")


@test(mtas=("postfix",))
def reads_what_comes_in_pieces(site):
    """The rest of a packet may come while its beginning is looked at, at any
    time and more than once."""
    daemon = site.start("probe")
    for piece in (1000, 100):
        with Sessions(site.build, daemon.socket, 4, 4, 1000,
                      piece) as sessions:
            expect(sessions.pass_messages()["messages"], 4000)
    expect([each["action"] for each in daemon.decisions()], ["pass"] * 8000)
