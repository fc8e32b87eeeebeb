-- SPDX-License-Identifier: BSD-2-Clause
-- Each answer to the end of the headers.
-- replies: y d a c
-- order: any
dofile(common)

for _, case in ipairs({
	{ "reject no", SMFIR_REPLYCODE },
	{ "tempfail later", SMFIR_REPLYCODE },
	{ "fail it", SMFIR_REPLYCODE }, { "discard", SMFIR_DISCARD },
	{ "done", SMFIR_ACCEPT }, { "hold it", SMFIR_CONTINUE },
	{ "slow 0", SMFIR_CONTINUE },
}) do
	conn = begin()
	headers(conn, { "headers " .. case[1] }, case[2])
	mt.disconnect(conn)
end
