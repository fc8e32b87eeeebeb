# SPDX-License-Identifier: BSD-2-Clause
"""lumbar-limit: how much each sender may send."""

import re

from lumbar_test.message import mail
from lumbar_test.suite import expect, expect_in, test

# TODO
