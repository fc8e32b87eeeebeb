-- SPDX-License-Identifier: BSD-2-Clause
-- HELO, again, with a name of any length.
dofile(common)

conn = begin()
expect(mt.helo(conn, "again.example"), nil, "helo")
expect(mt.helo(conn, string.rep("x", 1000)), nil, "helo")
message(conn, {})
mt.disconnect(conn)
