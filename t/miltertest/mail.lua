-- SPDX-License-Identifier: BSD-2-Clause
-- MAIL with and without parameters, and each answer to it; what is discarded
-- or held is so at a later step.
-- replies: y c
dofile(common)

conn = begin()
for _, case in ipairs({
	{ "<ann@example.com>", SMFIR_CONTINUE },
	{ "<>", SMFIR_CONTINUE },
	{ "ann@example.com", SMFIR_CONTINUE },
	{ "<mail-reject@example.com>", SMFIR_REPLYCODE },
	{ "<mail-tempfail@example.com>", SMFIR_REPLYCODE },
	{ "<mail-fail@example.com>", SMFIR_REPLYCODE },
	{ "<mail-discard@example.com>", SMFIR_CONTINUE },
	{ "<mail-hold@example.com>", SMFIR_CONTINUE },
	{ "<mail-slow.0@example.com>", SMFIR_CONTINUE },
}) do
	answered(conn, mt.mailfrom(conn, case[1], "SIZE=100", "BODY=8BITMIME"),
	    case[2], case[1])
	expect(mt.abort(conn), nil, "abort")
end
mt.disconnect(conn)
