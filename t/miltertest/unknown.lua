-- SPDX-License-Identifier: BSD-2-Clause
-- An unknown command is not wanted, where the MTA offers not to send it, and
-- answered where it does not.
-- replies: c
dofile(common)

conn = begin()
expect(mt.test_option(conn, SMFIP_NOUNKNOWN), true)
mt.disconnect(conn)
conn = connect()
offer(conn, 6, ALL_ACTIONS, 0)
expect(mt.test_option(conn, SMFIP_NOUNKNOWN), false)
answered(conn, mt.conninfo(conn, "client.example", "192.0.2.1"),
    SMFIR_CONTINUE, "conninfo")
answered(conn, mt.unknown(conn, "XYZZY plugh"), SMFIR_CONTINUE, "unknown")
message(conn, {})
mt.disconnect(conn)
