-- SPDX-License-Identifier: BSD-2-Clause
-- A field deleted.
-- replies: m
dofile(common)

conn = with_message({ "delete-header Subject 1" })
checked(conn, MT_HDRDELETE, "Subject")
mt.disconnect(conn)
