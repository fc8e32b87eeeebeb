-- SPDX-License-Identifier: BSD-2-Clause
-- An MTA that does not allow what the daemon may have to do is not served,
-- for nothing may be left undone in silence; only holding can be done
-- without.
dofile(common)

for _, action in ipairs({ SMFIF_ADDHDRS, SMFIF_CHGBODY, SMFIF_ADDRCPT,
    SMFIF_DELRCPT, SMFIF_CHGHDRS, SMFIF_CHGFROM, SMFIF_ADDRCPT_PAR }) do
	conn = connect()
	if negotiate(conn, 6, ALL_ACTIONS - action, ALL_STEPS) == nil then
		error("served without action " .. action)
	end
	mt.disconnect(conn, false)
end

conn = connect()
offer(conn, 6, ALL_ACTIONS - SMFIF_QUARANTINE, ALL_STEPS)
expect(mt.test_action(conn, SMFIF_QUARANTINE), false)
message(conn, { "hold it" }, SMFIR_REPLYCODE)
expect(mt.eom_check(conn, MT_QUARANTINE), false)
checked(conn, MT_SMTPREPLY, "451", "4.3.0",
    "Temporary failure, try again later")
mt.disconnect(conn)
