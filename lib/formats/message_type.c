/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/message_type.h"

#include "formats/parameter.h"

const char *const message_type_names[] = { "delivery-report", "read-receipt",
	"receipt-request", "feedback-report", "auto-reply", "auto-generated",
	"signed", "encrypted", "calendar", "list-mail", "voicemail",
	"rights-protected", NULL };

#define BIT(type) (1u << (type))

/* What a value of Content-Type, or a parameter of it, says. */
struct meaning {
	const char *type;
	const char *parameter; /* NULL: the type alone */
	const char *value;
	enum message_type means;
};

static const struct meaning meanings[] = {
	{ "multipart/report", "report-type", "delivery-status",
	    MESSAGE_DELIVERY_REPORT },
	{ "multipart/report", "report-type", "disposition-notification",
	    MESSAGE_READ_RECEIPT },
	{ "multipart/report", "report-type", "feedback-report",
	    MESSAGE_FEEDBACK_REPORT },
	{ "multipart/signed", NULL, NULL, MESSAGE_SIGNED },
	{ "multipart/encrypted", NULL, NULL, MESSAGE_ENCRYPTED },
	{ "multipart/voice-message", NULL, NULL, MESSAGE_VOICEMAIL },
	{ "text/calendar", NULL, NULL, MESSAGE_CALENDAR },
};

/* True if a parameter NAME of FIELD is VALUE. */
static bool
has_parameter(
    const struct parameter_field *field, const char *name, const char *value)
{
	const struct parameter *parameter;

	for (size_t i = 0; (parameter = parameter_find(
				field, span_of(name), i)) != NULL;
	    i++)
		if (span_equal_case(parameter->value, span_of(value)))
			return true;
	return false;
}

/* application/pkcs7-mime (RFC 8551 section 3.2.2).  Without a type of its own
 * it is taken to be what cannot be read. */
static unsigned
smime_types(const struct parameter_field *field)
{
	if (has_parameter(field, "smime-type", "signed-data"))
		return BIT(MESSAGE_SIGNED);
	if (has_parameter(field, "smime-type", "certs-only") ||
	    has_parameter(field, "smime-type", "compressed-data"))
		return 0;
	return BIT(MESSAGE_ENCRYPTED);
}

static unsigned
content_types(struct span value, struct pool *pool)
{
	struct parameter_field field = parameter_read(pool, value);
	unsigned types = 0;

	if (span_equal(field.value, SPAN("application/pkcs7-mime")) ||
	    span_equal(field.value, SPAN("application/x-pkcs7-mime")))
		return smime_types(&field);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		const struct meaning *meaning = &meanings[i];

		if (span_equal(field.value, span_of(meaning->type)) &&
		    (meaning->parameter == NULL ||
			has_parameter(&field, meaning->parameter,
			    meaning->value)))
			types |= BIT(meaning->means);
	}
	return types;
}

static unsigned
auto_submitted_types(struct span value, struct pool *pool)
{
	struct parameter_field field = parameter_read(pool, value);

	if (span_equal(field.value, SPAN("no")))
		return 0;
	return span_equal(field.value, SPAN("auto-replied"))
	    ? BIT(MESSAGE_AUTO_REPLY)
	    : BIT(MESSAGE_AUTO_GENERATED);
}

static unsigned
header_types(const struct header *header, struct pool *pool)
{
	struct span name = header->name;

	if (span_equal_case(name, SPAN("Content-Type")))
		return content_types(header->value, pool);
	if (span_equal_case(name, SPAN("Auto-Submitted")))
		return auto_submitted_types(header->value, pool);
	if (span_equal_case(name, SPAN("Disposition-Notification-To")))
		return BIT(MESSAGE_RECEIPT_REQUEST);
	if (span_equal_case(name, SPAN("List-Id")) ||
	    span_equal_case(name, SPAN("List-Post")))
		return BIT(MESSAGE_LIST_MAIL);
	if (span_equal_case(name, SPAN("Message-Context")) &&
	    span_equal(parameter_read(pool, header->value).value,
		SPAN("voice-message")))
		return BIT(MESSAGE_VOICEMAIL);
	if (span_equal_case(name, SPAN("Content-Class")) &&
	    span_starts_case(
		span_trim(header->value), SPAN("rpmsg.message")))
		return BIT(MESSAGE_RIGHTS_PROTECTED);
	return 0;
}

unsigned
message_types(const struct header_list *headers, struct pool *pool)
{
	unsigned types = 0;

	for (size_t i = 0; i < headers->count; i++)
		types |= header_types(&headers->items[i], pool);
	return types;
}

unsigned
message_types_of_parts(const struct content_facts *content)
{
	for (size_t i = 0; i < content->part_count; i++)
		if (span_equal(content->parts[i].type, SPAN("text")) &&
		    span_equal(content->parts[i].subtype, SPAN("calendar")))
			return BIT(MESSAGE_CALENDAR);
	return 0;
}
