-- SPDX-License-Identifier: BSD-2-Clause
-- Refusals in the MTA's own words.
-- replies: r t
dofile(common)

mt.disconnect(with_message({ "reject-plainly" }, SMFIR_REJECT))
mt.disconnect(with_message({ "tempfail-plainly" }, SMFIR_TEMPFAIL))
