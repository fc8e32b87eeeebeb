-- SPDX-License-Identifier: BSD-2-Clause
-- A recipient added with ESMTP parameters, which miltertest cannot look into.
-- replies: 2
dofile(common)

mt.disconnect(with_message({ "add-recipient carl@example.net NOTIFY=NEVER" }))
