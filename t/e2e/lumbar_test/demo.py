# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration site of t/demo: configurations for the four daemons."""

import os

FOLDER = os.path.join(os.path.dirname(__file__), "../../demo")
# In the documented order.
DAEMONS = ("route", "policy", "limit", "sign")
SENDER, RECIPIENT = "ann@example.com", "bob@example.com"


def write(daemon, unlimited=False):
    """Writes the configuration of the demonstration for DAEMON."""
