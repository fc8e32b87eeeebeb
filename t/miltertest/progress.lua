-- SPDX-License-Identifier: BSD-2-Clause
-- Progress while a lookup takes its time at the end of message.
-- replies: p c
dofile(common)

mt.disconnect(with_message({ "slow 3" }))
