-- SPDX-License-Identifier: BSD-2-Clause
-- A message discarded.
-- replies: d
dofile(common)

mt.disconnect(with_message({ "discard" }, SMFIR_DISCARD))
