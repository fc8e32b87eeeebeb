-- SPDX-License-Identifier: BSD-2-Clause
-- CONNECT: IPv4, IPv6, a client of unknown family, and none at all.
dofile(common)

for _, address in ipairs({ "192.0.2.1", "2001:db8::7", "127.0.0.1",
    "unspec" }) do
	conn = connect()
	offer(conn, 6, ALL_ACTIONS, ALL_STEPS)
	expect(mt.conninfo(conn, "client.example", address), nil, address)
	message(conn, { "add-header X-Done yes" })
	mt.disconnect(conn)
end
