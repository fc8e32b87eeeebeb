-- SPDX-License-Identifier: BSD-2-Clause
-- A recipient deleted, by the very bytes that RCPT had.
-- replies: -
dofile(common)

conn = with_message({ "delete-recipient 1" })
checked(conn, MT_RCPTDELETE, "<Dora@Example.NET>")
mt.disconnect(conn)
