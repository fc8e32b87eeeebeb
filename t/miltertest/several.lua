-- SPDX-License-Identifier: BSD-2-Clause
-- Several messages in one session.
dofile(common)

conn = begin()
message(conn, { "reject no" }, SMFIR_REPLYCODE)
message(conn, {})
message(conn, { "hold it" })
checked(conn, MT_QUARANTINE, "it")
message(conn, { "discard" }, SMFIR_DISCARD)
mt.disconnect(conn)
