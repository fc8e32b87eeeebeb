-- SPDX-License-Identifier: BSD-2-Clause
-- A field changed.
-- replies: m
dofile(common)

conn = with_message({ "change-header Subject 1 Another",
    "change-header X-Two 2 changed" })
checked(conn, MT_HDRCHANGE, "Subject", " Another")
checked(conn, MT_HDRCHANGE, "X-Two", " changed")
mt.disconnect(conn)
