# SPDX-License-Identifier: BSD-2-Clause
"""Many sessions at once, and what became of each message."""

import threading

from .client import Disconnected
from .message import mail
from .process import Failure, wait_until
from .suite import expect


class Load:
    """Sends mail over SESSIONS sessions until stop(); a context manager.

    After it ended, `accepted` and `refused` are the messages by their final
    reply, `lost` those whose session was cut off before there was one.
    """

    def __init__(self, site, listener, sessions=6, per_session=5):
        self.site = site
        self.listener = listener
        self.per_session = per_session
        self.accepted, self.lost = [], []
        self.refused = {}
        self.refused_sessions = []
        self.going = True
        self.threads = [threading.Thread(target=self._work, daemon=True)
                        for _ in range(sessions)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join(120)

    def count(self):
        return len(self.accepted) + len(self.refused) + len(self.lost)

    def run_for(self, messages):
        """Waits until MESSAGES more were sent."""
        goal = self.count() + messages
        wait_until(lambda: self.count() >= goal, f"{messages} messages sent",
                   120)

    def expect_exactly_once(self):
        """What was accepted was delivered once, what was refused never, and
        refusals were temporary."""
        self.site.mta.wait_idle()
        delivered = self.site.sink.ids()
        for message in self.accepted:
            expect(delivered[message.id], 1, f"deliveries of {message.id}")
        for message, reply in self.refused.items():
            expect(delivered[message.id], 0, f"deliveries of {message.id}")
            if not 400 <= reply.code < 500:
                raise Failure(f"a permanent answer: {reply}")
        # The sender tries these again; a duplicate is right, a triple not.
        for message in self.lost:
            if delivered[message.id] > 1:
                raise Failure(f"{message.id} delivered more than once")

    def _work(self):
        while self.going:
            try:
                with self.site.client(self.listener) as client:
                    if client.greeting.code != 220:
                        self.refused_sessions.append(client.greeting)
                    for _ in range(self.per_session):
                        self._send(client)
            except (Disconnected, OSError) as error:
                self.refused_sessions.append(error)

    def _send(self, client):
        message = mail(body=b"Load.\r\n" * 200)
        try:
            outcome = client.send("ann@example.com", ["bob@example.net"],
                                  message)
        except (Disconnected, OSError):
            self.lost.append(message)
            raise
        if outcome.accepted:
            self.accepted.append(message)
        else:
            self.refused[message] = outcome.final
