-- SPDX-License-Identifier: BSD-2-Clause
-- Macros at each stage that miltertest can name.
dofile(common)

conn = connect()
offer(conn, 6, ALL_ACTIONS, ALL_STEPS)
mt.macro(conn, SMFIC_CONNECT, "j", "mx.example", "{daemon_name}", "probe",
    "v", "Postfix 3.7.11")
expect(mt.conninfo(conn, "client.example", "192.0.2.1"), nil, "conninfo")
mt.macro(conn, SMFIC_HELO, "{tls_version}", "TLSv1.3", "{cipher}", "AES",
    "{cert_subject}", "client", "{cert_issuer}", "")
expect(mt.helo(conn, "client.example"), nil, "helo")
mt.macro(conn, SMFIC_MAIL, "{auth_authen}", "ann", "{auth_type}", "PLAIN",
    "i", "4ABC")
answered(conn, mt.mailfrom(conn, "<ann@example.com>"), SMFIR_CONTINUE, "mail")
mt.macro(conn, SMFIC_RCPT, "{rcpt_addr}", "bob@example.net", "i", "4DEF")
answered(conn, mt.rcptto(conn, "<bob@example.net>"), SMFIR_CONTINUE, "rcpt")
answered(conn, mt.data(conn), SMFIR_CONTINUE, "data")
answered(conn, mt.eoh(conn), SMFIR_CONTINUE, "eoh")
answered(conn, mt.eom(conn), SMFIR_CONTINUE, "eom")
mt.disconnect(conn)
