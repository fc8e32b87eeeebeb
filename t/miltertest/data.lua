-- SPDX-License-Identifier: BSD-2-Clause
-- DATA and each answer to it.
-- replies: y c
dofile(common)

for _, case in ipairs({
	{ "reject", SMFIR_REPLYCODE }, { "tempfail", SMFIR_REPLYCODE },
	{ "fail", SMFIR_REPLYCODE }, { "discard", SMFIR_CONTINUE },
	{ "done", SMFIR_CONTINUE }, { "hold", SMFIR_CONTINUE },
	{ "slow.0", SMFIR_CONTINUE },
}) do
	conn = begin()
	answered(conn, mt.mailfrom(conn, "<data-" .. case[1] ..
	    "@example.com>"), SMFIR_CONTINUE, "mail")
	answered(conn, mt.rcptto(conn, "<bob@example.net>"), SMFIR_CONTINUE,
	    "rcpt")
	answered(conn, mt.data(conn), case[2], case[1])
	mt.disconnect(conn)
end
