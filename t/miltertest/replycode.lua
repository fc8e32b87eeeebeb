-- SPDX-License-Identifier: BSD-2-Clause
-- Replies with a code and text; "%" stands twice on the wire.
-- replies: y
dofile(common)

conn = with_message({ "reject 100% sure" }, SMFIR_REPLYCODE)
checked(conn, MT_SMTPREPLY, "550", "5.7.1", "probe: 100%% sure")
mt.disconnect(conn)
conn = with_message({ "tempfail later" }, SMFIR_REPLYCODE)
checked(conn, MT_SMTPREPLY, "451", "4.7.1", "probe: later")
mt.disconnect(conn)
