-- SPDX-License-Identifier: BSD-2-Clause
-- Bodies: short, of several packets.  Where a script sends none,
-- miltertest makes one up.
dofile(common)

for _, size in ipairs({ 1, 65535 }) do
	conn = begin()
	headers(conn, { "count-body" })
	for _ = 1, 3 do
		expect(mt.bodystring(conn, string.rep("x", size)), nil, size)
	end
	answered(conn, mt.eom(conn), SMFIR_CONTINUE, "eom")
	checked(conn, MT_HDRINSERT, "X-Probe-Body",
	    " " .. string.format("%d", 3 * size))
	mt.disconnect(conn)
end
