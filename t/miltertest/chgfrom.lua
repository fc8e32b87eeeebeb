-- SPDX-License-Identifier: BSD-2-Clause
-- The sender changed, which miltertest cannot look into.
-- replies: e
dofile(common)

conn = with_message({ "change-sender other@example.com" })
mt.disconnect(conn)
mt.disconnect(with_message({ "change-sender" }))
