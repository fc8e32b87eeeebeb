# SPDX-License-Identifier: BSD-2-Clause
"""The tests; each module is a subject."""
