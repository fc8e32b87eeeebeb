/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/bench/mta_session.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

enum { SCRIPT_MAX = 1 << 20 };

/* Appends one packet: length, COMMAND, DATA. */
static void
add_packet(struct mta_script *script, char command, struct span data)
{
	uint32_t len = htonl((uint32_t)data.len + 1);

	(void)buf_append(&script->bytes, &len, sizeof(len));
	(void)buf_append_char(&script->bytes, command);
	(void)buf_append_span(&script->bytes, data);
	assert(!script->bytes.full);
}

/* The same, and the burst ends here if the command is ANSWERED. */
static void
add_command(struct mta_script *script, char command, struct span data,
    bool answered)
{
	size_t count = script->burst_count;

	add_packet(script, command, data);
	if (!answered)
		return;
	assert(count < MTA_BURSTS_MAX);
	script->bursts[count] = (struct mta_burst) {
		.from = count > 0 ? script->bursts[count - 1].to : 0,
		.to = script->bytes.len,
		.command = command,
	};
	script->burst_count++;
}

/* Lists of NUL-terminated strings: the literal's own NUL is the last. */
#define STRINGS(literal) span_make(literal, sizeof(literal))

static void
add_connection(struct mta_script *script, uint32_t steps)
{
	/* Name, family, port in network order, address. */
	static const char client[] = "client.example.com\0"
				     "4\x9c\x40" "192.0.2.7";

	add_packet(script, SMFIC_MACRO,
	    STRINGS("Cj\0gateway.example.test\0{daemon_name}\0gateway\0"
		    "{daemon_addr}\0" "192.0.2.1\0v\0Postfix"));
	add_command(script, SMFIC_CONNECT, STRINGS(client),
	    (steps & SMFIP_NR_CONN) == 0);
	add_command(script, SMFIC_HELO, STRINGS("client.example.com"),
	    (steps & SMFIP_NR_HELO) == 0);
}

static void
add_envelope(struct mta_script *script, uint32_t steps)
{
	add_packet(script, SMFIC_MACRO,
	    STRINGS("M{mail_addr}\0ann@example.com\0{mail_host}\0"
		    "example.com\0{mail_mailer}\0smtp"));
	if ((steps & SMFIP_NOMAIL) == 0)
		add_command(script, SMFIC_MAIL,
		    STRINGS("<ann@example.com>\0SIZE=10512"),
		    (steps & SMFIP_NR_MAIL) == 0);
	add_packet(script, SMFIC_MACRO,
	    STRINGS("Ri\0" "4fXb2k1Qzzz\0{rcpt_addr}\0bob@example.net\0"
		    "{rcpt_host}\0example.net\0{rcpt_mailer}\0relay"));
	if ((steps & SMFIP_NORCPT) == 0)
		add_command(script, SMFIC_RCPT, STRINGS("<bob@example.net>"),
		    (steps & SMFIP_NR_RCPT) == 0);
	if ((steps & SMFIP_NODATA) == 0)
		add_command(script, SMFIC_DATA, SPAN(""),
		    (steps & SMFIP_NR_DATA) == 0);
}

/* The message that daemons are measured with; its body follows from
 * MTA_MESSAGE_SIZE. */
static const struct span plain_fields[] = {
	SPAN_INIT("From\0 Ann <ann@example.com>\0"),
	SPAN_INIT("To\0 Bob <bob@example.net>\0"),
	SPAN_INIT("Subject\0 The figures of the third quarter\0"),
	SPAN_INIT("Date\0 Tue, 6 Oct 2026 10:00:00 +0000\0"),
	SPAN_INIT("Message-ID\0 <20261006100000.1@example.com>\0"),
	SPAN_INIT("MIME-Version\0 1.0\0"),
	SPAN_INIT("Content-Type\0 text/plain; charset=utf-8\0"),
};

static void
add_headers(struct mta_script *script, uint32_t steps,
    const struct mta_message *message)
{
	if ((steps & SMFIP_NOHDRS) == 0)
		for (size_t i = 0; i < message->field_count; i++)
			add_command(script, SMFIC_HEADER, message->fields[i],
			    (steps & SMFIP_NR_HDR) == 0);
	if ((steps & SMFIP_NOEOH) == 0)
		add_command(script, SMFIC_EOH, SPAN(""),
		    (steps & SMFIP_NR_EOH) == 0);
}

static void
add_body(struct mta_script *script, uint32_t steps, struct span body)
{
	if ((steps & SMFIP_NOBODY) == 0)
		for (size_t at = 0; at < body.len; at += MILTER_CHUNK_SIZE)
			add_command(script, SMFIC_BODY,
			    span_slice(body, at, at + MILTER_CHUNK_SIZE),
			    (steps & SMFIP_NR_BODY) == 0);
	add_command(script, SMFIC_BODYEOB, SPAN(""), true);
}

void
mta_script_init(struct mta_script *script, uint32_t steps, bool first,
    const struct mta_message *message)
{
	*script = (struct mta_script) { .burst_count = 0 };
	buf_init(&script->bytes, SCRIPT_MAX);
	if (first)
		add_connection(script, steps);
	add_envelope(script, steps);
	add_headers(script, steps, message);
	add_body(script, steps, message->body);
}

void
mta_script_init_plain(struct mta_script *script, uint32_t steps, bool first)
{
	static const char line[] =
	    "All work and no play makes Jack a dull boy, they say.\r\n";
	char body[MTA_MESSAGE_SIZE];

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = line[i % (sizeof(line) - 1)];
	mta_script_init(script, steps, first,
	    &(struct mta_message){ plain_fields,
		sizeof(plain_fields) / sizeof(plain_fields[0]),
		span_make(body, sizeof(body)) });
}

void
mta_script_free(struct mta_script *script)
{
	buf_free(&script->bytes);
}

/* In pieces, so that the daemon may be at work on one when the next comes. */
static int
send_bytes(struct mta_session *session, struct span bytes, struct err *err)
{
	size_t sent = 0;

	while (sent < bytes.len) {
		struct span piece =
		    span_slice(bytes, sent, sent + session->piece);
		ssize_t len =
		    send(session->fd, piece.ptr, piece.len, MSG_NOSIGNAL);

		if (len < 0)
			return err_set_errno(err, "cannot send to the daemon");
		sent += (size_t)len;
	}
	return 0;
}

/*
 * Takes the next packet, reading once if it is not all there.  1: *ANSWER is
 * the packet, without its length; valid until the next call.  0: more is to
 * come.  -1 with *ERR.
 */
static int
next_packet(struct mta_session *session, bool wait, struct span *answer,
    struct err *err)
{
	uint32_t len = 0;
	ssize_t got;

	session->len -= session->taken;
	memmove(session->in, session->in + session->taken, session->len);
	session->taken = 0;
	for (int reads = 0;; reads++) {
		if (session->len >= sizeof(len)) {
			memcpy(&len, session->in, sizeof(len));
			len = ntohl(len);
			if (len == 0 || len > MTA_ANSWER_MAX)
				return err_set(err, ERR_INPUT,
				    "an answer of %ju bytes", (uintmax_t)len);
			if (session->len >= sizeof(len) + len)
				break;
		}
		if (reads > 0)
			return 0;
		got = recv(session->fd, session->in + session->len,
		    sizeof(session->in) - session->len,
		    wait ? 0 : MSG_DONTWAIT);
		if (got < 0 && errno == EAGAIN && !wait)
			return 0;
		if (got < 0)
			return err_set_errno(err, "no answer");
		if (got == 0)
			return err_set(err, ERR_SYSTEM,
			    "the daemon closed the connection");
		session->len += (size_t)got;
	}
	session->taken = sizeof(len) + len;
	*answer = span_make(session->in + sizeof(len), len);
	return 1;
}

/* The same, and nothing may follow. */
static int
read_packet(struct mta_session *session, bool wait, struct span *answer,
    struct err *err)
{
	int result = next_packet(session, wait, answer, err);

	if (result > 0 && session->len > session->taken)
		return err_set(err, ERR_INPUT, "%zu bytes behind an answer",
		    session->len - session->taken);
	return result;
}

static uint32_t
number_at(struct span packet, size_t offset)
{
	uint32_t number;

	memcpy(&number, packet.ptr + offset, sizeof(number));
	return ntohl(number);
}

static int
negotiate(struct mta_session *session, struct err *err)
{
	const uint32_t offer[] = { htonl(1 + 3 * sizeof(uint32_t)),
		htonl(SMFI_PROT_VERSION), htonl(SMFI_CURR_ACTS),
		htonl(SMFI_CURR_PROT) };
	char packet[sizeof(offer) + 1];
	struct span answer = SPAN_INIT("");
	int result;

	memcpy(packet, offer, sizeof(offer[0]));
	packet[sizeof(offer[0])] = SMFIC_OPTNEG;
	memcpy(packet + sizeof(offer[0]) + 1, offer + 1,
	    sizeof(offer) - sizeof(offer[0]));
	if (send_bytes(session, span_make(packet, sizeof(packet)), err) < 0)
		return -1;
	while ((result = read_packet(session, true, &answer, err)) == 0)
		continue;
	if (result < 0)
		return -1;
	/* Behind these may be the macros that the daemon asks for. */
	if (answer.len < 1 + MILTER_OPTLEN || answer.ptr[0] != SMFIC_OPTNEG)
		return err_set(err, ERR_INPUT,
		    "\"%c\" and %zu bytes is no answer to a negotiation",
		    answer.ptr[0], answer.len - 1);
	session->steps = number_at(answer, 1 + 2 * MILTER_LEN_BYTES);
	return 0;
}

int
mta_session_open(struct mta_session *session, const char *path, size_t piece,
    struct err *err)
{
	const struct timeval patience = { .tv_sec = MTA_PATIENCE_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	session->len = session->taken = 0;
	session->piece = piece;
	session->fd = -1;
	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_CONFIG, "%s: too long a path", path);
	strcpy(address.sun_path, path);
	session->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (session->fd < 0)
		return err_set_errno(err, "cannot make a socket");
	(void)setsockopt(session->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	(void)setsockopt(session->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	if (connect(session->fd, (const struct sockaddr *)&address,
		sizeof(address)) < 0)
		return err_set_errno(err, "cannot connect to %s", path);
	return negotiate(session, err);
}

void
mta_session_close(struct mta_session *session)
{
	static const char quit[] = { 0, 0, 0, 1, SMFIC_QUIT };
	struct err ignored;

	if (session->fd < 0)
		return;
	(void)send_bytes(session, span_make(quit, sizeof(quit)), &ignored);
	(void)close(session->fd);
	session->fd = -1;
}

int
mta_session_send(struct mta_session *session,
    const struct mta_script *script, size_t index, struct err *err)
{
	const struct mta_burst *burst = &script->bursts[index];

	return send_bytes(session,
	    span_slice(buf_span(&script->bytes), burst->from, burst->to), err);
}

/* True if a daemon that lets the message pass may answer ANSWER. */
static bool
lets_pass(char command, char answer)
{
	switch (answer) {
	case SMFIR_CONTINUE:
		return true;
	case SMFIR_SKIP:
		return command == SMFIC_BODY;
	case SMFIR_ACCEPT:
		return command == SMFIC_BODYEOB;
	default:
		return false;
	}
}

int
mta_session_answer(struct mta_session *session, char command, bool wait,
    struct err *err)
{
	struct span answer = SPAN_INIT("");
	int result = read_packet(session, wait, &answer, err);

	if (result <= 0)
		return result;
	if (answer.len != 1 || !lets_pass(command, answer.ptr[0]))
		return err_set(err, ERR_INPUT,
		    "the answer to \"%c\" is \"%c\" and %zu bytes", command,
		    answer.ptr[0], answer.len - 1);
	return 1;
}

int
mta_session_outcome(struct mta_session *session, char command,
    size_t *inserted, struct err *err)
{
	struct span answer = SPAN_INIT("");
	int result;

	for (;;) {
		while ((result = next_packet(session, true, &answer, err)) == 0)
			continue;
		if (result < 0)
			return -1;
		if (answer.ptr[0] != SMFIR_INSHEADER || command != SMFIC_BODYEOB)
			break;
		(*inserted)++;
	}
	if (session->len > session->taken ||
	    (answer.ptr[0] != SMFIR_CONTINUE && answer.ptr[0] != SMFIR_ACCEPT))
		return err_set(err, ERR_INPUT,
		    "the answer to \"%c\" is \"%c\" and %zu bytes more",
		    command, answer.ptr[0],
		    session->len - session->taken + answer.len - 1);
	return answer.ptr[0] == SMFIR_CONTINUE && command != SMFIC_BODYEOB;
}

int
mta_session_abort(struct mta_session *session, struct err *err)
{
	static const char abort[] = { 0, 0, 0, 1, SMFIC_ABORT };

	return send_bytes(session, span_make(abort, sizeof(abort)), err);
}

bool
mta_session_quiet(const struct mta_session *session)
{
	char byte;

	return recv(session->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	    errno == EAGAIN;
}
