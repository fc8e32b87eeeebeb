-- SPDX-License-Identifier: BSD-2-Clause
-- A body that cannot be taken fails the message at its end.
-- replies: y
dofile(common)

with_message({ "headers fail-in-body" }, SMFIR_REPLYCODE)
