/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The milter protocol as the native engine speaks it, without a socket: the
 * probe daemon is told packets, and what it answers is compared as text, a
 * packet a word: its letter, then its payload with "|" for NUL, blanks as "_"
 * and other bytes that do not print as \xNN.
 */
#include "skeleton/native_session.h"

#include "t/probe/probe.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	ERRORS_MAX = 65536,
	ALL_ACTIONS = 0x1ff,
	ALL_STEPS = 0x1fffff,
	MANY_STEPS = 100000, /* more than any conversation here takes */
};

static struct log_capture capture;
static struct milter milter;
static struct native_session *session;
static struct buf input; /* what was said and not read yet */
static struct buf out, told;
static enum native_step step;
static char folder[] = "/tmp/lumbar-native-XXXXXX";
static char conf_file[sizeof(folder) + 16];

static void
setup(void)
{
	struct buf errors;
	FILE *file;

	log_capture_start(&capture);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(conf_file, sizeof(conf_file), "%s/conf", folder);
	file = fopen(conf_file, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fclose(file), 0);
	buf_init(&errors, ERRORS_MAX);
	ck_assert_msg(
	    milter_open(&milter, &probe_daemon, conf_file, &errors) == 0, "%s",
	    buf_string(&errors));
	buf_init(&input, 64 << 20);
	buf_init(&out, NATIVE_OUT_MAX);
	buf_init(&told, 64 << 20);
	session = native_session_new(&milter);
	step = NATIVE_READ;
}

static void
teardown(void)
{
	native_session_free(&session);
	ck_assert_uint_eq(atomic_load(&milter.sessions), 0);
	milter_destroy(&milter);
	buf_free(&input);
	buf_free(&out);
	buf_free(&told);
	(void)unlink(conf_file);
	(void)rmdir(folder);
}

static void
send_out(void)
{
	(void)buf_append_span(&told, buf_span(&out));
	buf_reset(&out);
}

/* Has the session read at most LIMIT bytes of what was said at a time, and go
 * on until it waits for more or is over. */
static void
run(size_t limit)
{
	size_t given = 0;

	for (int i = 0; i < MANY_STEPS && step != NATIVE_CLOSE; i++) {
		struct span bytes;

		if (step != NATIVE_READ) {
			step = native_session_continue(
			    session, clock_now(), &out);
			send_out();
			continue;
		}
		given = given + limit < input.len ? given + limit : input.len;
		bytes = span_make(input.ptr, given);
		step = native_session_read(session, &bytes, clock_now(), &out);
		send_out();
		buf_cut_front(&input, given - bytes.len);
		given = bytes.len;
		if (step == NATIVE_READ && given == input.len)
			return;
	}
	ck_assert_int_eq(step, NATIVE_CLOSE);
}

/* One call, with BYTES where it takes input. */
static void
next_step(struct span *bytes)
{
	step = step == NATIVE_READ
	    ? native_session_read(session, bytes, clock_now(), &out)
	    : native_session_continue(session, clock_now(), &out);
	ck_assert_int_ne(step, NATIVE_CLOSE);
}

/* TEXT with "|" for NUL. */
static void
say(char letter, const char *text)
{
	size_t packet = milter_packet_begin(&input, letter);

	for (; *text != '\0'; text++)
		(void)buf_append_char(&input, *text == '|' ? '\0' : *text);
	milter_packet_end(&input, packet);
}

static void
say_negotiation(uint32_t version, uint32_t actions, uint32_t steps)
{
	size_t packet = milter_packet_begin(&input, MILTER_NEGOTIATE);

	milter_add_number(&input, version);
	milter_add_number(&input, actions);
	milter_add_number(&input, steps);
	milter_packet_end(&input, packet);
}

/* What was told since the last call. */
static const char *
words(void)
{
	static char text[65536];
	struct span bytes = buf_span(&told);
	struct milter_packet packet;
	struct err err;
	size_t len = 0;

	text[0] = '\0';
	while (milter_packet_split(&bytes, &packet, &err) == PACKET_WHOLE) {
		if (len > 0)
			text[len++] = ' ';
		text[len++] = packet.letter;
		for (size_t i = 0; i < packet.payload.len; i++) {
			char c = packet.payload.ptr[i];

			ck_assert_uint_lt(len + 8, sizeof(text));
			if (c == '\0' || c == ' ')
				text[len++] = c == ' ' ? '_' : '|';
			else if (c > ' ' && c < 0x7f)
				text[len++] = c;
			else
				len += (size_t)sprintf(text + len, "\\x%02x",
				    (unsigned char)c);
		}
		text[len] = '\0';
	}
	ck_assert_uint_eq(bytes.len, 0);
	buf_reset(&told);
	return text;
}

static void
expect(const char *answers)
{
	run(SIZE_MAX / 2);
	ck_assert_str_eq(words(), answers);
	ck_assert_int_eq(step, NATIVE_READ);
}

/* Goes as far as a message without steps that need no reply, for an MTA of
 * version 2. */
static void
begin(void)
{
	say_negotiation(2, ALL_ACTIONS, 0);
	run(SIZE_MAX / 2);
	buf_reset(&told);
}

static void
say_message(const char *const *fields)
{
	say('C', "client.example|4\x11\x12" "192.0.2.1|");
	say('H', "client.example|");
	say('M', "<ann@example.com>|SIZE=100|");
	say('R', "<bob@example.com>|NOTIFY=NEVER|");
	for (; *fields != NULL; fields++)
		say('L', *fields);
	say('N', "");
	say('B', "text\r\n");
	say('E', "");
}

START_TEST(negotiates)
{
	static const struct {
		uint32_t version, actions, steps;
		const char *answer; /* its first bytes; NULL: none */
	} rows[] = {
		{ 2, 0xff, 0, "O|||\x02|||\xff||||" },
		{ 3, 0xff, 0x7f, "O|||\x03|||\xff||||" },
		{ 4, 0xff, 0x3ff, "O|||\x04|||\xff||\x01\x80" },
		{ 5, 0xff, 0x3ff, "O|||\x05|||\xff||\x01\x80" },
		{ 6, 0x1ff, 0x1fffff, "O|||\x06||\x01\xff" },
		{ 7, 0x1ff, 0x1fffff, "O|||\x06||\x01\xff" },
		{ 1, 0xff, 0, NULL },
		{ 0, 0xff, 0, NULL },
		{ 6, 0x01, 0x1fffff, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *answer = rows[i].answer;

		say_negotiation(
		    rows[i].version, rows[i].actions, rows[i].steps);
		run(SIZE_MAX / 2);
		if (answer == NULL) {
			ck_assert_uint_eq(told.len, 0);
			ck_assert_int_eq(step, NATIVE_CLOSE);
			ck_assert_ptr_nonnull(native_session_error(session));
		} else {
			ck_assert_uint_ge(told.len, 4 + strlen(answer));
			for (size_t j = 0; answer[j] != '\0'; j++)
				ck_assert_int_eq(told.ptr[4 + j],
				    answer[j] == '|' ? '\0' : answer[j]);
		}
		buf_reset(&told);
		native_session_free(&session);
		session = native_session_new(&milter);
		step = NATIVE_READ;
	}
}
END_TEST

START_TEST(asks_for_macros_where_the_mta_takes_lists)
{
	say_negotiation(6, ALL_ACTIONS, ALL_STEPS);
	run(SIZE_MAX / 2);
	ck_assert_ptr_nonnull(strstr(words(), "||||{daemon_name}_v|"));
}
END_TEST

START_TEST(answers_each_event_of_an_old_mta)
{
	begin();
	say_message((const char *[]){ "Subject|x|", NULL });
	expect("c c c c c c c c");
	say('U', "FROB|");
	say('Q', "");
	run(SIZE_MAX / 2);
	ck_assert_str_eq(words(), "c");
	ck_assert_int_eq(step, NATIVE_CLOSE);
	ck_assert_ptr_null(native_session_error(session));
}
END_TEST

START_TEST(sends_edits)
{
	begin();
	say_message((const char *[]){
	    "X-Probe|add-header X-A 1|",
	    "X-Probe|insert-header 0 X-B 2|",
	    "X-Probe|change-header X-Probe 1 3|",
	    "X-Probe|delete-header X-Probe 2|",
	    "X-Probe|add-recipient eve@example.com|",
	    "X-Probe|add-recipient sue@example.com NOTIFY=NEVER|",
	    "X-Probe|delete-recipient 0|",
	    "X-Probe|change-sender sam@example.com|",
	    "X-Probe|replace-body new|",
	    "X-Probe|hold why|", NULL });
	run(SIZE_MAX / 2);
	ck_assert_str_eq(strstr(words(), "c e") + 2,
	    "e<sam@example.com>| -<bob@example.com>| +<eve@example.com>| "
	    "2<sue@example.com>|NOTIFY=NEVER| m|||\\x02X-Probe|| "
	    "m|||\\x01X-Probe|3| i||||X-B|2| "
	    "i|\\x0fB@X-A|1| bnew\\x0d\\x0a qwhy| c");
}
END_TEST

START_TEST(refuses)
{
	begin();
	say_message((const char *[]){ "X-Probe|reject 100% no|", NULL });
	expect("c c c c c c c y550_5.7.1_probe:_100%%_no|");
	say('M', "<ann@example.com>|");
	say('R', "<refuse@example.com>|");
	say('A', "");
	expect("c y550_5.1.1_probe:_no_such_user,_100%%_sure|");
	say_message((const char *[]){ "X-Probe|tempfail-plainly|", NULL });
	expect("c c c c c c c t");
	say_message((const char *[]){ "X-Probe|discard|", NULL });
	expect("c c c c c c c d");
}
END_TEST

/* A refusal of DATA leaves the client in its transaction, with both MTAs, and
 * it may try again. */
START_TEST(a_refused_data_stays_refused)
{
	static const struct {
		const char *sender;
		const char *answers; /* to DATA, DATA, RCPT, DATA */
	} rows[] = {
		{ "<data-reject.no@example.com>|",
		    "y550_5.7.1_probe:_no| r r r" },
		{ "<data-tempfail.no@example.com>|",
		    "y451_4.7.1_probe:_no| t t t" },
		/* Another milter refused it. */
		{ "<ann@example.com>|", "c t t t" },
	};

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		say('M', rows[i].sender);
		say('R', "<bob@example.com>|");
		expect("c c");
		say('T', "");
		say('T', "");
		say('R', "<eve@example.com>|");
		say('T', "");
		expect(rows[i].answers);
		say('A', "");
		say_message((const char *[]){ NULL });
		expect("c c c c c c c");
	}
}
END_TEST

START_TEST(defers_what_it_cannot_hold)
{
	say_negotiation(
	    6, ALL_ACTIONS & ~(uint32_t)MILTER_ACTION_QUARANTINE, 0);
	run(SIZE_MAX / 2);
	buf_reset(&told);
	say_message((const char *[]){ "X-Probe|hold why|",
	    "X-Probe|add-header X-A 1|", NULL });
	expect("c c c c c c c c y451_4.3.0_Temporary_failure,_try_again_later|");
	ck_assert_uint_eq(atomic_load(&milter.counters.tempfailed), 1);
}
END_TEST

/* Packets may be cut anywhere. */
START_TEST(reads_byte_by_byte)
{
	begin();
	say_message((const char *[]){ "X-Probe|count-body|", NULL });
	run(1);
	ck_assert_str_eq(
	    words(), "c c c c c c c i|\\x0fB@X-Probe-Body|6| c");
}
END_TEST

/* More than is sent at once. */
START_TEST(sends_a_large_body_in_pieces)
{
	enum { SIZE = 1000000 };
	struct span bytes;
	struct milter_packet packet;
	struct err err;
	size_t size = 0;

	begin();
	say_message((const char *[]){ "X-Probe|fill-body 1000000|", NULL });
	bytes = buf_span(&input);
	while (!native_session_at_end(session))
		next_step(&bytes);
	ck_assert_int_eq(step, NATIVE_DECIDE);
	buf_reset(&out);
	next_step(&bytes);
	ck_assert_int_eq(step, NATIVE_WRITE);
	ck_assert_uint_lt(out.len, SIZE / 2);
	while (step == NATIVE_WRITE) {
		send_out();
		step = native_session_continue(session, clock_now(), &out);
	}
	send_out();
	bytes = buf_span(&told);
	while (milter_packet_split(&bytes, &packet, &err) == PACKET_WHOLE &&
	    packet.letter == 'b') {
		ck_assert_uint_le(packet.payload.len, MILTER_BODY_PIECE);
		size += packet.payload.len;
	}
	ck_assert_uint_eq(size, SIZE);
	ck_assert_int_eq(packet.letter, 'c');
	ck_assert_uint_eq(atomic_load(&milter.counters.edited), 1);
}
END_TEST

/* However full OUT is, the MTA is never left without its answer. */
START_TEST(edits_leave_room_for_the_answer)
{
	enum { LEAST = 1024, HEADER = 800 };
	char field[HEADER];
	const char *text;

	memset(field, 'x', sizeof(field));
	memcpy(field, "X-Probe|add-header A ", 21);
	field[sizeof(field) - 2] = '|';
	field[sizeof(field) - 1] = '\0';
	begin();
	for (size_t max = LEAST; max < LEAST + 2 * HEADER; max++) {
		out.max = max;
		say_message((const char *[]){
		    field, field, "X-Probe|hold why|", NULL });
		run(SIZE_MAX / 2);
		text = words();
		ck_assert_msg(strcmp(text + strlen(text) - 7, "qwhy| c") == 0 ||
			strstr(text, " y451_4.3.0_") != NULL,
		    "%s", text);
	}
	ck_assert_uint_gt(atomic_load(&milter.counters.held), 0);
	ck_assert_uint_gt(atomic_load(&milter.counters.tempfailed), 0);
}
END_TEST

START_TEST(waits_for_lookups)
{
	struct span bytes;

	begin();
	say_message((const char *[]){ "X-Probe|slow 0|", NULL });
	bytes = buf_span(&input);
	while (step != NATIVE_WAIT)
		next_step(&bytes);
	ck_assert(native_session_at_end(session));
	ck_assert_ptr_nonnull(native_session_lookups(session));
	ck_assert_int_eq(
	    native_session_continue(session, clock_now(), &out), NATIVE_READ);
	ck_assert(!native_session_at_end(session));
	ck_assert(!native_session_in_message(session));
}
END_TEST

START_TEST(begins_anew_after_quit_for_a_new_connection)
{
	begin();
	say('C', "client.example|U");
	say('M', "<ann@example.com>|");
	say('K', "");
	expect("c c");
	ck_assert_uint_eq(atomic_load(&milter.counters.aborted), 1);
	ck_assert_uint_eq(atomic_load(&milter.sessions), 1);
	say_message((const char *[]){ NULL });
	expect("c c c c c c c");
}
END_TEST

/* What HELO, MAIL and a new client interrupt is aborted. */
START_TEST(aborts_what_is_interrupted)
{
	static const struct {
		char letter;
		const char *payload;
	} rows[] = {
		{ 'A', "" }, { 'H', "again|" }, { 'C', "again|U" },
		{ 'M', "<ann@example.com>|" },
	};

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		say('M', "<ann@example.com>|");
		say('R', "<bob@example.com>|");
		say(rows[i].letter, rows[i].payload);
		run(SIZE_MAX / 2);
		ck_assert_uint_eq(
		    atomic_load(&milter.counters.aborted), i + 1);
		if (rows[i].letter != 'M')
			ck_assert(!native_session_in_message(session));
	}
}
END_TEST

/* The queue id of one message is not that of the next. */
START_TEST(forgets_macros_of_a_message)
{
	begin();
	for (int i = 0; i < 2; i++) {
		say('D', "Cv|Postfix 3.7|");
		say('C', "client.example|U");
		say('M', "<ann@example.com>|");
		if (i == 0)
			say('D', "Ri|FIRST|");
		say('R', "<bob@example.com>|");
		say('N', "");
		if (i == 1)
			say('D', "E{i}|SECOND|");
		say('E', "");
		run(SIZE_MAX / 2);
		ck_assert_ptr_nonnull(strstr(log_capture_read(&capture),
		    i == 0 ? "FIRST: " : "SECOND: "));
	}
}
END_TEST

/* Each ends the connection with its reason; the letters before it are a part
 * of a session: m MAIL, r RCPT, d DATA, x and a header fields for which the
 * message is refused and accepted, n end of headers, b body, e end of
 * message. */
static const struct {
	const char *before;
	char letter;
	const char *payload;
	const char *error;
} wrong_rows[] = {
	{ "", 'O', "", "negotiation: out of order" },
	{ "", 'R', "<bob@example.com>|", "RCPT: out of order" },
	{ "", 'T', "", "DATA: out of order" },
	{ "", 'L', "A|b|", "header field: out of order" },
	{ "", 'N', "", "end of headers: out of order" },
	{ "", 'B', "x", "body: out of order" },
	{ "", 'E', "", "end of message: out of order" },
	{ "mrn", 'L', "A|b|", "header field: out of order" },
	{ "mrb", 'N', "", "end of headers: out of order" },
	{ "mrbe", 'B', "x", "body: out of order" },
	{ "mre", 'E', "", "end of message: out of order" },
	/* What was refused or accepted does not go on, and so cannot pass. */
	{ "mrxn", 'B', "x", "body: out of order" },
	{ "mrxn", 'E', "", "end of message: out of order" },
	{ "mran", 'E', "", "end of message: out of order" },
	{ "", 'Z', "", "packet: 0x5a is no command" },
	{ "", '!', "", "packet: 0x21 is no command" },
	{ "", 'C', "x", "connect: a client without a family" },
	{ "", 'C', "x|4\x11\x12" "1.2.3|", "connect: \"1.2.3\" is no IPv4" },
	{ "", 'H', "x", "HELO: expected 1 string" },
	{ "", 'H', "x|y|", "HELO: expected 1 string" },
	{ "", 'M', "", "MAIL: 0 strings" },
	{ "", 'M', "<>", "MAIL: a string that does not end" },
	{ "m", 'R', "", "RCPT: 0 strings" },
	{ "m", 'L', "A|", "header field: expected 2 strings" },
	{ "m", 'L', "A|b", "header field: expected 2 strings" },
	{ "m", 'L', "A|b|c|", "header field: expected 2 strings" },
	{ "", 'U', "FROB", "unknown command: expected 1 string" },
	{ "", 'D', "", "macros: expected names and values" },
	{ "", 'D', "Ci", "macros: expected names and values" },
	{ "", 'D', "Ci|", "macros: expected names and values" },
	{ "", 'D', "Ci|x|y|", "macros: expected names and values" },
};

START_TEST(wrong_packets_end_the_connection)
{
	const char *error;

	begin();
	for (const char *p = wrong_rows[_i].before; *p != '\0'; p++) {
		switch (*p) {
		case 'm':
			say('M', "<ann@example.com>|");
			break;
		case 'r':
			say('R', "<bob@example.com>|");
			break;
		case 'd':
			say('T', "");
			break;
		case 'x':
			say('L', "X-Probe|headers reject no|");
			break;
		case 'a':
			say('L', "X-Probe|headers done|");
			break;
		case 'n':
			say('N', "");
			break;
		case 'b':
			say('B', "x");
			break;
		case 'e':
			say('E', "");
			break;
		default:
			ck_abort();
		}
	}
	run(SIZE_MAX / 2);
	ck_assert_int_eq(step, NATIVE_READ);
	say(wrong_rows[_i].letter, wrong_rows[_i].payload);
	run(SIZE_MAX / 2);
	ck_assert_int_eq(step, NATIVE_CLOSE);
	error = native_session_error(session);
	ck_assert_msg(error != NULL &&
		strncmp(error, wrong_rows[_i].error,
		    strlen(wrong_rows[_i].error)) == 0,
	    "%s", error);
}
END_TEST

START_TEST(nothing_comes_before_the_negotiation)
{
	for (char letter = 'A'; letter <= 'Z'; letter++) {
		if (letter == MILTER_NEGOTIATE)
			continue;
		say(letter, "");
		run(SIZE_MAX / 2);
		ck_assert_int_eq(step, NATIVE_CLOSE);
		ck_assert((native_session_error(session) == NULL) ==
		    (letter == MILTER_QUIT));
		ck_assert_uint_eq(told.len, 0);
		native_session_free(&session);
		session = native_session_new(&milter);
		step = NATIVE_READ;
	}
}
END_TEST

START_TEST(macros_have_a_limit)
{
	static char name[MILTER_PACKET_MAX / 2];
	struct span payload = { name, sizeof(name) };

	begin();
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 3] = name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 4; i++) {
		size_t packet = milter_packet_begin(&input, MILTER_MACROS);

		(void)buf_append_char(&input, "CHMR"[i]);
		(void)buf_append_span(&input, payload);
		milter_packet_end(&input, packet);
	}
	run(SIZE_MAX / 2);
	ck_assert_int_eq(step, NATIVE_CLOSE);
	ck_assert_ptr_nonnull(
	    strstr(native_session_error(session), "macros: more than"));
}
END_TEST

int
main(void)
{
	static const TTest *const *const tests[] = {
		&negotiates, &asks_for_macros_where_the_mta_takes_lists,
		&answers_each_event_of_an_old_mta, &sends_edits, &refuses,
		&defers_what_it_cannot_hold,
		&a_refused_data_stays_refused, &reads_byte_by_byte, &sends_a_large_body_in_pieces,
		&edits_leave_room_for_the_answer, &waits_for_lookups,
		&begins_anew_after_quit_for_a_new_connection,
		&aborts_what_is_interrupted, &forgets_macros_of_a_message,
		&nothing_comes_before_the_negotiation, &macros_have_a_limit,
	};
	Suite *suite = suite_create("native_session");
	TCase *tcase = suite_case(suite, "native_session");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	tcase_add_loop_test(tcase, wrong_packets_end_the_connection, 0,
	    (int)COUNT(wrong_rows));
	return suite_finish(suite);
}
