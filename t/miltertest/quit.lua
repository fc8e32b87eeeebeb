-- SPDX-License-Identifier: BSD-2-Clause
-- The end of a session in each state, polite and abrupt.
-- order: any
dofile(common)

for _, polite in ipairs({ true, false }) do
	mt.disconnect(connect(), polite)
	mt.disconnect(begin(), polite)
	conn = begin()
	answered(conn, mt.mailfrom(conn, "<ann@example.com>"), SMFIR_CONTINUE)
	mt.disconnect(conn, polite)
	conn = begin()
	headers(conn, {})
	mt.disconnect(conn, polite)
	conn = begin()
	message(conn, {})
	mt.disconnect(conn, polite)
end
