-- SPDX-License-Identifier: BSD-2-Clause
-- A field is added behind all others: as an insertion there, for Sendmail puts
-- one that is "added" beside the first of its name.
-- replies: i
dofile(common)

conn = with_message({ "add-header X-New value", "add-header X-Empty" })
checked(conn, MT_HDRINSERT, "X-New", " value")
checked(conn, MT_HDRINSERT, "X-Empty", " ")
expect(mt.getheader(conn, "X-New", 0), " value", "getheader")
expect(mt.eom_check(conn, MT_HDRADD), false, "MT_HDRADD")
mt.disconnect(conn)
