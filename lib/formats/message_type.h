/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kind of message one is, as its header section says: a delivery report,
 * an automatic reply, a signed message and so on.
 */
#ifndef LUMBAR_FORMATS_MESSAGE_TYPE_H
#define LUMBAR_FORMATS_MESSAGE_TYPE_H

#include "base/pool.h"
#include "formats/content.h"
#include "formats/header.h"

/* The order is that of message_type_names. */
enum message_type {
	/* multipart/report of delivery-status (RFC 6522, 3464). */
	MESSAGE_DELIVERY_REPORT,
	/* multipart/report of disposition-notification (RFC 8098). */
	MESSAGE_READ_RECEIPT,
	/* Disposition-Notification-To asks for one (RFC 8098 section 2.1). */
	MESSAGE_RECEIPT_REQUEST,
	/* multipart/report of feedback-report (RFC 5965). */
	MESSAGE_FEEDBACK_REPORT,
	/* Auto-Submitted: auto-replied (RFC 3834 section 5). */
	MESSAGE_AUTO_REPLY,
	/* Auto-Submitted with anything else but "no". */
	MESSAGE_AUTO_GENERATED,
	/* multipart/signed (RFC 1847), or S/MIME signed-data (RFC 8551). */
	MESSAGE_SIGNED,
	/* multipart/encrypted (RFC 1847, 3156), or S/MIME enveloped data. */
	MESSAGE_ENCRYPTED,
	/* A part is text/calendar (RFC 5545, 6047). */
	MESSAGE_CALENDAR,
	/* List-Id (RFC 2919) or List-Post (RFC 2369). */
	MESSAGE_LIST_MAIL,
	/* Message-Context: voice-message (RFC 3458), or multipart/voice-message
	 * (RFC 3801). */
	MESSAGE_VOICEMAIL,
	/* Content-Class: rpmsg.message ([MS-OXORMMS] section 2.1). */
	MESSAGE_RIGHTS_PROTECTED,
};

/* "delivery-report", ...; NULL-terminated. */
extern const char *const message_type_names[];

/* A bit for each type that HEADERS, of the message, say it is.  Fields that are
 * there more than once all count.  POOL is for working space. */
unsigned message_types(const struct header_list *headers, struct pool *pool);

/* The same of its parts: MESSAGE_CALENDAR only. */
unsigned message_types_of_parts(const struct content_facts *content);

#endif
