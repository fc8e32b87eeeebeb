# SPDX-License-Identifier: BSD-2-Clause
"""What the end-to-end tests, the quickstart and the bench share.

Each module starts and drives one real thing: a private Postfix, Sendmail or
slapd, the next hop that records what is delivered, an SMTP client, a Lumbar
daemon.  Nothing is installed, and everything lives in one scratch directory
and on loopback ports.
"""
