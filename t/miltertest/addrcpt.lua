-- SPDX-License-Identifier: BSD-2-Clause
-- A recipient added.
-- replies: +
dofile(common)

conn = with_message({ "add-recipient carl@example.net" })
checked(conn, MT_RCPTADD, "<carl@example.net>")
mt.disconnect(conn)
