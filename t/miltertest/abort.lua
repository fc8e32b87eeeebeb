-- SPDX-License-Identifier: BSD-2-Clause
-- ABORT after each command; the next message is a fresh one.
dofile(common)

conn = begin()
for stage = 0, 5 do
	if stage > 0 then
		answered(conn, mt.mailfrom(conn, "<ann@example.com>"),
		    SMFIR_CONTINUE, "mail")
	end
	if stage > 1 then
		answered(conn, mt.rcptto(conn, "<bob@example.net>"),
		    SMFIR_CONTINUE, "rcpt")
	end
	if stage > 2 then
		answered(conn, mt.data(conn), SMFIR_CONTINUE, "data")
	end
	if stage > 3 then
		expect(mt.header(conn, "Subject", " x"), nil, "header")
	end
	if stage > 4 then
		answered(conn, mt.eoh(conn), SMFIR_CONTINUE, "eoh")
		answered(conn, mt.bodystring(conn, "x\r\n"), SMFIR_CONTINUE)
	end
	expect(mt.abort(conn), nil, "abort")
end
message(conn, { "add-header X-New value" })
checked(conn, MT_HDRINSERT, "X-New", " value")
mt.disconnect(conn)
