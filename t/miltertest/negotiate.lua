-- SPDX-License-Identifier: BSD-2-Clause
-- Negotiation: what the daemon asks of an MTA that can do everything, and of
-- one that offers no step.
dofile(common)

conn = connect()
offer(conn, 6, ALL_ACTIONS, ALL_STEPS)
for _, action in ipairs({ SMFIF_ADDHDRS, SMFIF_CHGBODY, SMFIF_ADDRCPT,
    SMFIF_DELRCPT, SMFIF_CHGHDRS, SMFIF_QUARANTINE, SMFIF_CHGFROM,
    SMFIF_ADDRCPT_PAR }) do
	expect(mt.test_action(conn, action), true, "action " .. action)
end
for _, step in ipairs({ SMFIP_NR_HDR, SMFIP_NOUNKNOWN, SMFIP_NR_BODY,
    SMFIP_NR_CONN, SMFIP_NR_HELO, SMFIP_HDR_LEADSPC }) do
	expect(mt.test_option(conn, step), true, "step " .. step)
end
for _, step in ipairs({ SMFIP_NOCONNECT, SMFIP_NOHELO, SMFIP_NOMAIL,
    SMFIP_NORCPT, SMFIP_NOBODY, SMFIP_NOHDRS, SMFIP_NOEOH, SMFIP_NODATA,
    SMFIP_NR_MAIL, SMFIP_NR_RCPT, SMFIP_NR_DATA, SMFIP_NR_EOH,
    SMFIP_SKIP }) do
	expect(mt.test_option(conn, step), false, "step " .. step)
end
mt.disconnect(conn)

conn = connect()
offer(conn, 6, ALL_ACTIONS, 0)
for _, step in ipairs({ SMFIP_NR_HDR, SMFIP_NR_BODY, SMFIP_NR_CONN,
    SMFIP_HDR_LEADSPC }) do
	expect(mt.test_option(conn, step), false, "step " .. step)
end
answered(conn, mt.conninfo(conn, "client.example", "192.0.2.1"),
    SMFIR_CONTINUE, "conninfo")
answered(conn, mt.helo(conn, "client.example"), SMFIR_CONTINUE, "helo")
message(conn, { "add-header X-New value" })
checked(conn, MT_HDRINSERT, "X-New", "value")
mt.disconnect(conn)
