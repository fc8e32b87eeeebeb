-- SPDX-License-Identifier: BSD-2-Clause
-- The message held.
-- replies: q
dofile(common)

conn = with_message({ "hold for a reason" })
checked(conn, MT_QUARANTINE, "for a reason")
mt.disconnect(conn)
