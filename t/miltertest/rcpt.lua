-- SPDX-License-Identifier: BSD-2-Clause
-- RCPT with and without parameters, and each answer to it.
-- replies: y c
dofile(common)

conn = begin()
answered(conn, mt.mailfrom(conn, "<ann@example.com>"), SMFIR_CONTINUE, "mail")
for _, case in ipairs({
	{ "<bob@example.net>", SMFIR_CONTINUE },
	{ "bob@example.net", SMFIR_CONTINUE },
	{ "<refuse@example.net>", SMFIR_REPLYCODE },
	{ "<defer@example.net>", SMFIR_REPLYCODE },
	{ "<fail@example.net>", SMFIR_REPLYCODE },
	{ '<"john..doe"@example.net>', SMFIR_CONTINUE },
}) do
	answered(conn, mt.rcptto(conn, case[1], "NOTIFY=FAILURE",
	    "ORCPT=rfc822;x@example.net"), case[2], case[1])
end
answered(conn, mt.data(conn), SMFIR_CONTINUE, "data")
answered(conn, mt.eom(conn), SMFIR_CONTINUE, "eom")
mt.disconnect(conn)
