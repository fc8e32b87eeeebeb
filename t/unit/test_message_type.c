/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/message_type.h"

#include "t/unit/rule_message.h"
#include "t/unit/suite.h"

/* The names of all types in BITS, with a blank between. */
static void
show(unsigned bits, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; message_type_names[i] != NULL; i++)
		if (bits & (1u << i))
			(void)buf_printf(out, "%s%s",
			    out->len > 0 ? " " : "", message_type_names[i]);
}

START_TEST(headers)
{
	static const struct {
		const char *header, *types;
	} cases[] = {
		{ "", "" },
		{ "Content-Type: text/plain", "" },
		{ "Content-Type: Multipart/Report; Report-Type="
		  "\"Delivery-Status\"; boundary=b",
		    "delivery-report" },
		{ "Content-Type: multipart/report; boundary=b;\treport-type="
		  "disposition-notification",
		    "read-receipt" },
		{ "Content-Type: multipart/report; report-type="
		  "feedback-report",
		    "feedback-report" },
		{ "Content-Type: multipart/report", "" },
		{ "Content-Type: text/plain; report-type=delivery-status",
		    "" },
		{ "Disposition-Notification-To: a@b.example",
		    "receipt-request" },
		{ "Auto-Submitted: auto-replied (vacation)", "auto-reply" },
		{ "auto-submitted: Auto-Replied; owner-email=\"a@b.example\"",
		    "auto-reply" },
		{ "Auto-Submitted: auto-generated", "auto-generated" },
		{ "Auto-Submitted: auto-notified", "auto-generated" },
		{ "Auto-Submitted: No", "" },
		{ "Content-Type: multipart/signed; micalg=sha-256", "signed" },
		{ "Content-Type: application/pkcs7-mime; smime-type="
		  "signed-data",
		    "signed" },
		{ "Content-Type: application/x-pkcs7-mime; smime-type="
		  "enveloped-data",
		    "encrypted" },
		{ "Content-Type: application/pkcs7-mime; smime-type="
		  "authEnveloped-data",
		    "encrypted" },
		{ "Content-Type: application/pkcs7-mime", "encrypted" },
		{ "Content-Type: application/pkcs7-mime; smime-type="
		  "certs-only",
		    "" },
		{ "Content-Type: multipart/encrypted; protocol="
		  "\"application/pgp-encrypted\"",
		    "encrypted" },
		{ "Content-Type: text/calendar; method=REQUEST", "calendar" },
		{ "List-Id: <x.lists.example>", "list-mail" },
		{ "List-Post: NO", "list-mail" },
		{ "List-Unsubscribe: <mailto:a@b.example>", "" },
		{ "Message-Context: voice-message", "voicemail" },
		{ "Content-Type: multipart/voice-message", "voicemail" },
		{ "Content-Class: rpmsg.message", "rights-protected" },
		{ "Content-Class: urn:content-classes:message", "" },
		/* What programs may see differently counts both ways. */
		{ "Content-Type: multipart/signed\nContent-Type: "
		  "multipart/encrypted\nList-Id: <x>",
		    "signed encrypted list-mail" },
	};
	struct buf out;

	buf_init(&out, 1 << 10);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const char *const recipients[] = { NULL };
		struct rule_message m;

		rule_message_init(
		    &m, "", recipients, cases[i].header, SPAN(""));
		show(message_types(
			 &m.message.headers, m.message.pool),
		    &out);
		ck_assert_msg(span_equal(buf_span(&out),
				  span_of(cases[i].types)),
		    "%s is %s", cases[i].header, buf_string(&out));
		rule_message_free(&m);
	}
	buf_free(&out);
}
END_TEST

START_TEST(parts)
{
	static const char *const recipients[] = { NULL };
	struct rule_message m;

	rule_message_init(&m, "", recipients,
	    "MIME-Version: 1.0\n"
	    "Content-Type: multipart/alternative; boundary=b\n",
	    SPAN("--b\r\n\r\nx\r\n--b\r\nContent-Type: text/calendar\r\n\r\n"
		 "BEGIN:VCALENDAR\r\n--b--\r\n"));
	ck_assert_uint_eq(
	    message_types(&m.message.headers, m.message.pool), 0);
	ck_assert_uint_eq(message_types_of_parts(m.facts.content),
	    1u << MESSAGE_CALENDAR);
	rule_message_free(&m);
}
END_TEST

SUITE_MAIN("message_type", headers, parts)
