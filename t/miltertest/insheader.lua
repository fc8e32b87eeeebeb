-- SPDX-License-Identifier: BSD-2-Clause
-- A field inserted at an index.
-- replies: i
dofile(common)

conn = with_message({ "insert-header 0 X-Top a", "insert-header 3 X-Mid b",
    "insert-header 1000 X-End c" })
checked(conn, MT_HDRINSERT, "X-Top", " a", 0)
checked(conn, MT_HDRINSERT, "X-Mid", " b", 3)
checked(conn, MT_HDRINSERT, "X-End", " c")
mt.disconnect(conn)
