/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/message.h"

#include "formats/connection.h"
#include "t/unit/suite.h"

START_TEST(esmtp_parameters)
{
	struct span items[] = {
		SPAN("SIZE=1000"),
		SPAN("body=8BITMIME"),
		SPAN("SMTPUTF8"),
		SPAN("ENVID=a=b"),
		SPAN("SIZE=2"),
	};
	struct parameters parameters = { items, 5 };
	struct span value = SPAN("untouched");

	ck_assert(!parameters_find(&parameters, SPAN("SIZ"), &value));
	ck_assert(!parameters_find(&parameters, SPAN("SIZE="), &value));
	ck_assert(span_equal(value, SPAN("untouched")));
	ck_assert(parameters_find(&parameters, SPAN("size"), &value));
	ck_assert(span_equal(value, SPAN("1000")));
	ck_assert(parameters_find(&parameters, SPAN("BODY"), &value));
	ck_assert(span_equal(value, SPAN("8BITMIME")));
	ck_assert(parameters_find(&parameters, SPAN("ENVID"), &value));
	ck_assert(span_equal(value, SPAN("a=b")));
	ck_assert(parameters_find(&parameters, SPAN("SMTPUTF8"), &value));
	ck_assert_uint_eq(value.len, 0);
}
END_TEST

START_TEST(size)
{
	struct message message = { .body_size = 100 };
	struct pool *pool = pool_new();

	ck_assert_uint_eq(message_size(&message), 102);
	header_list_add(&message.headers, pool, SPAN("To"), SPAN(" a@b\n c"));
	ck_assert_uint_eq(message_size(&message), 102 + 3 + 7 + 1 + 2);
	pool_free(&pool);
}
END_TEST

START_TEST(roles)
{
	ck_assert_str_eq(role_name(ROLE_INBOUND), "inbound");
	ck_assert_str_eq(role_name(ROLE_OUTBOUND), "outbound");
	ck_assert_str_eq(role_name(ROLE_APPLICATION), "application");
	ck_assert_str_eq(role_name(ROLE_LOCAL), "local");
}
END_TEST

SUITE_MAIN("message", esmtp_parameters, size, roles)
