-- SPDX-License-Identifier: BSD-2-Clause
-- What the scripts share.  The runner defines `socket` and `common`.
--
-- Of miltertest: a function returns nil where it went well; getreply() is the
-- code of the last packet, also that of an earlier command where the milter
-- negotiated not to answer this one; what the script leaves out (HELO, MAIL,
-- RCPT) is sent in its stead before the next step; macros are sent with the
-- next command of their kind.

ALL_ACTIONS = 0x1ff
ALL_STEPS = 0x1fffff

function expect(actual, expected, what)
	if actual ~= expected then
		error((what or "") .. ": got " .. tostring(actual) ..
		    ", expected " .. tostring(expected), 2)
	end
end

-- Negotiates.  Contrary to its manual, miltertest 2.11 takes the steps before
-- the actions.
function negotiate(conn, version, actions, steps)
	return mt.negotiate(conn, version, steps, actions)
end

function offer(conn, version, actions, steps)
	expect(negotiate(conn, version, actions, steps), nil, "negotiate")
end

-- The command that gave STATUS was sent and answered by REPLY.
function answered(conn, status, reply, what)
	expect(status, nil, what)
	expect(mt.getreply(conn), reply, what)
end

function connect()
	local conn = mt.connect(socket, 50, 0.1)
	if conn == nil then
		error("cannot connect", 2)
	end
	return conn
end

-- A session up to HELO.
function begin()
	local conn = connect()
	offer(conn, 6, ALL_ACTIONS, ALL_STEPS)
	expect(mt.conninfo(conn, "client.example", "192.0.2.1"), nil,
	    "conninfo")
	expect(mt.helo(conn, "client.example"), nil, "helo")
	return conn
end

function envelope(conn)
	mt.macro(conn, SMFIC_MAIL, "i", "4ABC")
	answered(conn, mt.mailfrom(conn, "<ann@example.com>"),
	    SMFIR_CONTINUE, "mailfrom")
	answered(conn, mt.rcptto(conn, "<bob@example.net>"), SMFIR_CONTINUE,
	    "rcptto")
	answered(conn, mt.rcptto(conn, "<Dora@Example.NET>", "NOTIFY=NEVER"),
	    SMFIR_CONTINUE, "rcptto")
	answered(conn, mt.data(conn), SMFIR_CONTINUE, "data")
end

-- Sends a message in which each of COMMANDS is for the probe daemon, up to
-- the end of its headers; REPLY is expected there, CONTINUE if left out.
function headers(conn, commands, reply)
	envelope(conn)
	expect(mt.header(conn, "Subject", " A test"), nil, "header")
	expect(mt.header(conn, "X-Two", " first"), nil, "header")
	expect(mt.header(conn, "X-Two", " second"), nil, "header")
	for _, command in ipairs(commands) do
		expect(mt.header(conn, "X-Probe", " " .. command), nil,
		    "header")
	end
	answered(conn, mt.eoh(conn), reply or SMFIR_CONTINUE, "eoh")
end

-- The same to the end of message, where REPLY is expected.
function message(conn, commands, reply)
	headers(conn, commands)
	expect(mt.bodystring(conn, "Hello.\r\n"), nil, "bodystring")
	answered(conn, mt.eom(conn), reply or SMFIR_CONTINUE, "eom")
end

-- The MTA wants CHECK (MT_*) with its arguments to hold.
function checked(conn, ...)
	expect(mt.eom_check(conn, ...), true, "eom_check")
end

-- A session with one message, as message().
function with_message(commands, reply)
	local conn = begin()
	message(conn, commands, reply)
	return conn
end
