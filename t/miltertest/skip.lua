-- SPDX-License-Identifier: BSD-2-Clause
-- A body that is of no interest is skipped, if the MTA offers that.
-- conf: body = no
-- replies: s c
dofile(common)

conn = begin()
headers(conn, {})
answered(conn, mt.bodystring(conn, "Hello.\r\n"), SMFIR_SKIP, "body")
answered(conn, mt.eom(conn), SMFIR_CONTINUE, "eom")
mt.disconnect(conn)

conn = connect()
offer(conn, 6, ALL_ACTIONS, 0)
expect(mt.conninfo(conn, "client.example", "192.0.2.1"), nil, "conninfo")
headers(conn, {})
answered(conn, mt.bodystring(conn, "Hello.\r\n"), SMFIR_CONTINUE, "body")
answered(conn, mt.bodystring(conn, "Hello.\r\n"), SMFIR_CONTINUE, "body")
answered(conn, mt.eom(conn), SMFIR_CONTINUE, "eom")
mt.disconnect(conn)
