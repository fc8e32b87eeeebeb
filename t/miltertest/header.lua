-- SPDX-License-Identifier: BSD-2-Clause
-- Header fields of all shapes, with and without the leading blank; miltertest
-- dies of those above a kilobyte.
dofile(common)

for _, steps in ipairs({ SMFIP_HDR_LEADSPC, 0 }) do
	conn = connect()
	offer(conn, 6, ALL_ACTIONS, steps)
	expect(mt.test_option(conn, SMFIP_HDR_LEADSPC), steps ~= 0)
	expect(mt.conninfo(conn, "client.example", "192.0.2.1"), nil, "conn")
	envelope(conn)
	for _, value in ipairs({ " one", "one", "", " ", "\ttab",
	    " a\n\tb\n c",
	    " Gr\xfc\xdfe", "  two blanks", string.rep("x", 900) }) do
		expect(mt.header(conn, "X-Shape", value), nil, "header")
	end
	expect(mt.header(conn, "X-Probe", " add-header X-New value"), nil)
	answered(conn, mt.eoh(conn), SMFIR_CONTINUE, "eoh")
	answered(conn, mt.eom(conn), SMFIR_CONTINUE, "eom")
	checked(conn, MT_HDRINSERT, "X-New",
	    steps ~= 0 and " value" or "value")
	mt.disconnect(conn)
end
