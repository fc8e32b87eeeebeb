-- SPDX-License-Identifier: BSD-2-Clause
-- The body replaced; miltertest dies of several packets.
-- replies: b
dofile(common)

conn = with_message({ "replace-body Something else." })
checked(conn, MT_BODYCHANGE, "Something else.\r\n")
mt.disconnect(conn)
