-- SPDX-License-Identifier: BSD-2-Clause
-- Versions 2 to 6 of the protocol, with the actions and steps that each has.
-- daemon: limit
dofile(common)

for version, offered in pairs({ [2] = { 0x3f, 0x7f }, [3] = { 0x3f, 0x1ff },
    [4] = { 0x3f, 0x3ff }, [5] = { 0x3f, 0x3ff },
    [6] = { 0x1ff, 0x1fffff } }) do
	what = "version " .. version
	conn = connect()
	offer(conn, version, offered[1], offered[2])
	expect(mt.conninfo(conn, "client.example", "192.0.2.1"), nil, what)
	answered(conn, mt.mailfrom(conn, "<ann@example.com>"), SMFIR_CONTINUE,
	    what)
	answered(conn, mt.rcptto(conn, "<bob@example.net>"), SMFIR_CONTINUE,
	    what)
	if not mt.test_option(conn, SMFIP_NODATA) and version > 3 then
		answered(conn, mt.data(conn), SMFIR_CONTINUE, what)
	end
	if not mt.test_option(conn, SMFIP_NOHDRS) then
		answered(conn, mt.header(conn, "X", "y"), SMFIR_CONTINUE, what)
	end
	if not mt.test_option(conn, SMFIP_NOEOH) then
		answered(conn, mt.eoh(conn), SMFIR_CONTINUE, what)
	end
	if not mt.test_option(conn, SMFIP_NOBODY) then
		answered(conn, mt.bodystring(conn, "x\r\n"), SMFIR_CONTINUE,
		    what)
	end
	answered(conn, mt.eom(conn), SMFIR_CONTINUE, what)
	mt.disconnect(conn)
end
