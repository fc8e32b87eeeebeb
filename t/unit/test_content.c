/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/content.h"

#include "t/unit/content_facts.h"
#include "t/unit/suite.h"

#include <string.h>

#define MIXED(boundary)                                                        \
	"Content-Type: multipart/mixed; boundary=\"" boundary "\"\r\n\r\n"

/* A message, and the parts that are to be seen in it. */
struct content_case {
	struct span message;
	const char *parts;
};

static const struct content_case cases[] = {
	{ SPAN_INIT("Subject: plain\r\n\r\nHello\r\nworld\r\n"),
	    "text/plain [Hello\r\nworld\r\n]\n" },
	{ SPAN_INIT("Content-Type: TEXT/HTML; charset=\"ISO-8859-1\"\r\n"
		    "Content-Transfer-Encoding: Quoted-Printable\r\n\r\n"
		    "caf=E9 =\r\n=80"),
	    "text/html [caf\u00E9 \u20AC]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n"
		    "SGVs\r\nbG8g4pi6\r\n"),
	    "text/plain [Hello \u263A]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
		    "\x1B$B4A;z\x1B(B!\r\n"),
	    "text/plain [\u6F22\u5B57!\r\n]\n" },
	/* An escape that is in some dialects only. */
	{ SPAN_INIT("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
		    "\x1B$(O4A\x1B(B!"),
	    "text/plain ambiguous (text in more than one charset) "
	    "[\u6F22!] raw [\x1B$(O4A\x1B(B!]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-7\r\n\r\n"
		    "1 +AD0 1, +IKw- 5"),
	    "text/plain ambiguous (text in more than one charset) "
	    "[1 = 1, \u20AC 5] raw [1 +AD0 1, +IKw- 5]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-7\r\n\r\nplain"),
	    "text/plain [plain]\n" },
	/* A charset under which ASCII is something else. */
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-16le; name=x.txt\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\nNDE="),
	    "text/plain attachment <x.txt> ambiguous "
	    "(text in more than one charset) [\u3134] raw [41]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=cp037\r\n\r\nabc"),
	    "text/plain ambiguous (text in more than one charset) "
	    "[/\u00C2\u00C4] raw [abc]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-16be\r\n\r\n"
		    "\xFF\xFEh\0i\0"),
	    "text/plain [\uFFFE\u6800\u6900] raw [hi]\n" },
	/* A byte order mark is obeyed by some programs. */
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-8\r\n\r\n"
		    "\xFF\xFEh\0i\0"),
	    "text/plain [hi] raw [\uFFFD\uFFFDh^@i^@]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=iso-8859-1\r\n\r\n"
		    "\xFE\xFF\0h\0i"),
	    "text/plain [hi] raw [\u00FE\u00FF^@h^@i]\n" },
	{ SPAN_INIT("Content-Type: text/plain\r\n\r\n\xFF\xFE" "41"),
	    "text/plain ambiguous (text in more than one charset) "
	    "[\u3134] raw [\u00FF\u00FE41]\n" },
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=b; "
		    "charset=utf-16le\r\n\r\n41\r\n--b--"),
	    "multipart/mixed [41]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=x-klingon\r\n\r\n"
		    "na\xEFve \xE2\x82\xAC"),
	    "text/plain charset-unknown [na\u00EFve \u20AC]\n" },
	/* Structure. */
	{ SPAN_INIT(
	      MIXED("b") "preamble\r\n--b\r\n\r\none\r\n"
			 "--b\r\nContent-Type: text/html\r\n\r\n<p>two\r\n"
			 "--b--\r\nepilogue\r\n"),
	    "multipart/mixed [preamble\nepilogue\r\n]\n"
	    " text/plain [one]\n text/html [<p>two]\n" },
	{ SPAN_INIT(MIXED("abc") "--abc\r\n" MIXED(
	      "abcd") "--abcd\r\n\r\nin\r\n--abcd--\r\n--abc\r\n\r\nout\r\n"
		      "--abc--"),
	    "multipart/mixed\n"
	    " multipart/mixed ambiguous (boundary used twice)\n"
	    "  text/plain [in]\n text/plain [out]\n" },
	/* "--b--" ends the inner one, or begins a part of the outer one. */
	{ SPAN_INIT(MIXED("b--") "--b--\r\n" MIXED(
	      "b") "--b\r\n\r\nin\r\n--b--\r\n\r\nout\r\n--b----"),
	    "multipart/mixed\n"
	    " multipart/mixed ambiguous (boundary used twice) [\r\nout]\n"
	    "  text/plain [in]\n" },
	/* With and without the comment there are different parts. */
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=(x)b\r\n\r\n"
		    "--(x)b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--"),
	    "multipart/mixed ambiguous (malformed Content-Type) "
	    "[--(x)b\r\n\r\n1]\n"
	    " text/plain [2]\n" },
	{ SPAN_INIT("Content-Type: multipart/digest; boundary=b\r\n\r\n"
		    "--b\r\n\r\nSubject: inner\r\n\r\ntext\r\n"
		    "--b\r\nContent-Type: text/plain\r\n\r\nindex\r\n"
		    "--b--\r\n"),
	    "multipart/digest\n message/rfc822 attachment\n"
	    "  text/plain [text]\n text/plain [index]\n" },
	{ SPAN_INIT("Content-Type: message/rfc822\r\n\r\n"
		    "From x Mon\r\nContent-Type: text/plain\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\naGk="),
	    "message/rfc822 attachment\n text/plain [hi]\n" },
	{ SPAN_INIT(MIXED("b") "--b \t\r\n\r\n--bold idea\r\n- -b\r\n--b-- "),
	    "multipart/mixed ambiguous (text behind a boundary)\n"
	    " text/plain\n"
	    " text/plain ambiguous (header line without name) "
	    "[- -b] raw [- -b]\n" },
	{ SPAN_INIT(MIXED("b") "--b\r\n\r\nno end\r\n"),
	    "multipart/mixed ambiguous (closing boundary missing)\n"
	    " text/plain [no end\r\n]\n" },
	{ SPAN_INIT(MIXED("b") "--b\r\n\r\n1\r\n--b--\r\nx\r\n--b\r\n\r\n2"
			       "\r\n--b--\r\n"),
	    "multipart/mixed ambiguous (part behind the last one) [x]\n"
	    " text/plain [1]\n text/plain [2]\n" },
	{ SPAN_INIT(MIXED("b") "--b\r\n" MIXED(
	      "b") "--b\r\n\r\nx\r\n--b--\r\n--b--\r\n"),
	    "multipart/mixed ambiguous (closing boundary missing)\n"
	    " multipart/mixed ambiguous (boundary used twice)\n"
	    "  text/plain [x]\n" },
	{ SPAN_INIT(MIXED("b") "--b\r\nFrom x\r\nX: y\r\n\r\nx\r\n--b--"),
	    "multipart/mixed\n text/plain ambiguous "
	    "(header line without name) [From x\r\nX: y\r\n\r\nx] "
	    "raw [From x\r\nX: y\r\n\r\nx]\n" },
	{ SPAN_INIT(MIXED("b") "--b\r\nno field\r\n\r\nx\r\n--b--\r\n"),
	    "multipart/mixed\n text/plain ambiguous "
	    "(header line without name) [no field\r\n\r\nx] "
	    "raw [no field\r\n\r\nx]\n" },
	{ SPAN_INIT(MIXED("b") "--b\r\nContent-Type: message/rfc822\r\n"
			       "card 4111\r\n\r\nx\r\n--b--\r\n"),
	    "multipart/mixed\n message/rfc822 attachment ambiguous "
	    "(header line without name)\n  text/plain ambiguous "
	    "(header line without name) [card 4111\r\n\r\nx] "
	    "raw [card 4111\r\n\r\nx]\n" },
	{ SPAN_INIT(MIXED("b") "--b\r\nContent-Transfer-Encoding : base64"
			       "\r\n\r\naGk=\r\n--b--\r\n"),
	    "multipart/mixed\n text/plain ambiguous "
	    "(blank before a colon in header) [hi] raw [aGk=]\n" },
	{ SPAN_INIT(MIXED("b") "--b\nContent-Type: text/html\n\nx\n--b--\n"),
	    "multipart/mixed\n text/html ambiguous "
	    "(control byte in header) [x] raw [x]\n" },
	{ SPAN_INIT("Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx"),
	    "multipart/mixed ambiguous (multipart without boundary) "
	    "[--b\r\n\r\nx] raw [--b\r\n\r\nx]\n" },
	{ SPAN_INIT(MIXED("b") "\r\rx\r\n\r\n--b--"),
	    "multipart/mixed [\r\rx\r\n]\n" },
	/* Header sections that programs read differently. */
	{ SPAN_INIT("Content-Transfer-Encoding: base64\r\n"
		    "Content-Transfer-Encoding: 7bit\r\n\r\naGk="),
	    "text/plain ambiguous (several Content-Transfer-Encoding fields)"
	    " [hi] raw [aGk=]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: base64\r\n"
		    "content-transfer-encoding:BASE64\r\n\r\naGk="),
	    "text/plain [hi]\n" },
	/* A boundary in another case is another one. */
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=b\r\n"
		    "Content-Type: multipart/mixed; boundary=B\r\n\r\n"
		    "--b\r\n\r\nx\r\n--b--"),
	    "multipart/mixed ambiguous (several Content-Type fields)\n"
	    " text/plain [x]\n" },
	{ SPAN_INIT("Content-Type: text/plain\r\n"
		    "content-type:text/plain\r\n\r\nx"),
	    "text/plain [x]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: base64 7bit\r\n\r\naGk="),
	    "text/plain ambiguous (malformed Content-Transfer-Encoding)"
	    " [hi] raw [aGk=]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: 7bit (base64)\r\n\r\naGk="),
	    "text/plain ambiguous (malformed Content-Transfer-Encoding)"
	    " [aGk=] raw [aGk=]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: base64;\r\n\r\naGk="),
	    "text/plain ambiguous (malformed Content-Transfer-Encoding)"
	    " [hi] raw [aGk=]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: x-yenc\r\n\r\naGk="),
	    "text/plain unscannable (unknown transfer encoding)"
	    " [aGk=] raw [aGk=]\n" },
	{ SPAN_INIT("Content-Type: text/plain\r\n"
		    "Content-Type: application/pdf; name=a.pdf\r\n\r\nx"),
	    "text/plain attachment <a.pdf> ambiguous "
	    "(several Content-Type fields) [x] raw [x]\n" },
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=a; boundary=b"
		    "\r\n\r\n--a\r\n\r\nx\r\n--a--"),
	    "multipart/mixed ambiguous (several boundaries)\n"
	    " text/plain [x]\n" },
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=\"a\\b\""
		    "\r\n\r\n--ab\r\n\r\nx\r\n--ab--"),
	    "multipart/mixed ambiguous (boundary with a backslash)\n"
	    " text/plain [x]\n" },
	{ SPAN_INIT("Content-Type: text\r\n\r\nx"), "text/plain [x]\n" },
	{ SPAN_INIT("Content-Type: multipart; boundary=b\r\n\r\nx"),
	    "text/plain ambiguous (malformed Content-Type) [x] raw [x]\n" },
	{ SPAN_INIT("Content-Type: message/rfc822\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\naTogag0KDQpr"),
	    "message/rfc822 attachment ambiguous (encoded message)"
	    " [i: j\r\n\r\nk] raw [aTogag0KDQpr]\n" },
	/* Encodings. */
	{ SPAN_INIT("Content-Transfer-Encoding: base64\r\n\r\naGk=b2s="),
	    "text/plain ambiguous broken-encoding "
	    "(base64 goes on behind its padding) [hiok]\n" },
	/* Junk is skipped here; elsewhere it ends the text, or all is shown
	 * as it stands.  A pad that is missing changes nothing. */
	{ SPAN_INIT("Content-Transfer-Encoding: base64\r\n\r\na!Gk*="),
	    "text/plain ambiguous broken-encoding "
	    "(junk in base64) [hi]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: base64\r\n\r\naGk"),
	    "text/plain broken-encoding [hi]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: base64\r\n\r\n"
		    "QUJD=QUJD"),
	    "text/plain ambiguous broken-encoding "
	    "(base64 goes on behind its padding) [ABCABC]\n" },
	{ SPAN_INIT("Content-Transfer-Encoding: base64\r\n\r\nQUJDQ"),
	    "text/plain ambiguous broken-encoding (junk in base64) [ABC]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-8\r\n\r\n"
		    "a\xC3(\xF0\x9F\x98"),
	    "text/plain broken-encoding [a\uFFFD(\uFFFD]\n" },
	/* Attachments. */
	{ SPAN_INIT("Content-Type: application/octet-stream; name=\"a.csv\""
		    "\r\nContent-Disposition: attachment; "
		    "filename*0*=utf-8''b%20;\r\n filename*1=c.csv\r\n\r\n"
		    "1,2\r\n"),
	    "application/octet-stream attachment <b c.csv> <a.csv> "
	    "[1,2\r\n]\n" },
	{ SPAN_INIT("Content-Type: application/octet-stream\r\n"
		    "Content-Disposition: inline; "
		    "filename=\"=?utf-8?b?w6kuZXhl?= .\"\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\nTVqQAAM="),
	    "application/octet-stream attachment <\u00E9.exe .> "
	    "<\u00E9.exe>\n" },
	{ SPAN_INIT("Content-Type: application/octet-stream\r\n\r\n"
		    "\xFF\xFEh\0i\0"),
	    "application/octet-stream attachment [hi] "
	    "raw [\u00FF\u00FEh^@i^@]\n" },
	/* Some programs see what stands behind the mistake. */
	{ SPAN_INIT("Content-Disposition: attachment; filename=\"a.txt\" x;"
		    " filename=b.exe\r\n\r\nx"),
	    "text/plain attachment <a.txt> <b.exe> ambiguous "
	    "(malformed Content-Disposition) [x] raw [x]\n" },
	/* Not text, whatever it is called. */
	{ SPAN_INIT("Content-Type: text/plain\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\nTVqQAwE="),
	    "text/plain attachment charset-unknown "
	    "[MZ\xC2\x90\x03\x01]\n" },
	{ SPAN_INIT("Content-Type: text/plain; charset=utf-16le\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\naABpAA=="),
	    "text/plain [hi] raw [h^@i^@]\n" },
	/* What cannot be read. */
	{ SPAN_INIT("Content-Type: application/pkcs7-mime; "
		    "smime-type=enveloped-data\r\n\r\n\0"),
	    "application/pkcs7-mime attachment encrypted "
	    "(S/MIME encryption)\n" },
	{ SPAN_INIT("Content-Type: text/plain\r\n\r\n"
		    "-----BEGIN PGP MESSAGE-----\r\n"),
	    "text/plain encrypted (PGP message) "
	    "[-----BEGIN PGP MESSAGE-----\r\n]\n" },
	/* Outlook takes the file out of the text. */
	{ SPAN_INIT("\r\nsee:\r\nbegin 644 a b.exe\r\n#0V%T\r\n`\r\nend\r\n"),
	    "text/plain ambiguous (uuencoded file in text) "
	    "[see:\r\nbegin 644 a b.exe\r\n#0V%T\r\n`\r\nend\r\n]\n" },
	{ SPAN_INIT("\r\nbegin 100 metres\r\nahead\r\nbegin 644 x\r\n\r\n"
		    "we begin 644 x\r\nEND\r\nbegin 64 x\r\nEND\r\n"
		    "begin 644 \r\nEND\r\nbegin 644 x"),
	    "text/plain [begin 100 metres\r\nahead\r\nbegin 644 x\r\n\r\n"
	    "we begin 644 x\r\nEND\r\nbegin 64 x\r\nEND\r\n"
	    "begin 644 \r\nEND\r\nbegin 644 x]\n" },
	{ SPAN_INIT("Content-Type: text/plain; name=a.txt\r\n"
		    "Content-Name: =?utf-8?q?b=2Eexe?= \r\n\r\nx"),
	    "text/plain attachment <a.txt> <b.exe> [x]\n" },
	{ SPAN_INIT("Content-Type: message/partial; id=1\r\n\r\nx"),
	    "message/partial unscannable (message/partial) [x] raw [x]\n" },
};

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]) };
enum { PRINT_MAX = 1 << 20 };

START_TEST(parts_seen)
{
	const struct content_limits limits = content_limits_default();

	for (size_t i = 0; i < CASE_COUNT; i++) {
		struct buf out;

		buf_init(&out, PRINT_MAX);
		print_content(
		    &limits, cases[i].message, 0, SIZE_MAX / 2, true, &out);
		ck_assert_str_eq(buf_string(&out), cases[i].parts);
		buf_free(&out);
	}
}
END_TEST

/* Whatever the pieces, the same is read. */
static void
check_pieces(const struct content_limits *limits, struct span message)
{
	struct buf whole, pieces;

	buf_init(&whole, PRINT_MAX);
	buf_init(&pieces, PRINT_MAX);
	print_content(limits, message, 0, SIZE_MAX / 2, false, &whole);
	print_content(limits, message, 0, 1, false, &pieces);
	ck_assert_str_eq(buf_string(&pieces), buf_string(&whole));
	for (size_t cut = 1; cut < message.len; cut++) {
		buf_reset(&pieces);
		print_content(
		    limits, message, cut, SIZE_MAX / 2, false, &pieces);
		ck_assert_str_eq(buf_string(&pieces), buf_string(&whole));
	}
	buf_free(&whole);
	buf_free(&pieces);
}

START_TEST(pieces_do_not_matter)
{
	const struct content_limits limits = content_limits_default();

	for (size_t i = 0; i < CASE_COUNT; i++)
		check_pieces(&limits, cases[i].message);
}
END_TEST

START_TEST(limits_are_told)
{
	static const struct {
		struct content_limits limits;
		const char *parts;
	} limited[] = {
		{ { .parts = 2 },
		    "multipart/mixed ambiguous (closing boundary missing)\n"
		    " text/plain limit (too many parts) [\r\none\r\n--b\r\n"
		    "X: long header line\r\n\r\n\u20AC2\r\n--b--]\n" },
		{ { .depth = 0 },
		    "multipart/mixed limit (nested too deeply) [--b\r\n\r\n"
		    "one\r\n--b\r\nX: long header line\r\n\r\n\u20AC2\r\n"
		    "--b--]\n" },
		{ { .header_bytes = 10 },
		    "multipart/mixed\n text/plain [one]\n"
		    " text/plain limit (header too long) [\u20AC2]\n" },
		{ { .headers_bytes = 10 },
		    "multipart/mixed\n text/plain [one]\n"
		    " text/plain limit (header too long) [\u20AC2]\n" },
		{ { .text_bytes = 5 }, "multipart/mixed\n text/plain [one]\n"
				       " text/plain limit (too much text)\n" },
		{ { .decoded_bytes = 2 },
		    "multipart/mixed\n"
		    " text/plain limit (too many decoded bytes) [on]\n"
		    " text/plain limit (too many decoded bytes)\n" },
	};
	const struct span message = SPAN(
	    MIXED("b") "--b\r\n\r\none\r\n--b\r\nX: long header line\r\n\r\n"
		       "\u20AC2\r\n--b--");

	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
		struct content_limits limits = content_limits_default();
		const struct content_limits *set = &limited[i].limits;
		struct buf out;

		limits.parts = set->parts ? set->parts : limits.parts;
		limits.depth = i == 1 ? 0 : limits.depth;
		limits.header_bytes =
		    set->header_bytes ? set->header_bytes : limits.header_bytes;
		limits.headers_bytes = set->headers_bytes
					   ? set->headers_bytes
					   : limits.headers_bytes;
		limits.text_bytes =
		    set->text_bytes ? set->text_bytes : limits.text_bytes;
		limits.decoded_bytes = set->decoded_bytes
					   ? set->decoded_bytes
					   : limits.decoded_bytes;
		buf_init(&out, PRINT_MAX);
		print_content(&limits, message, 0, SIZE_MAX / 2, true, &out);
		ck_assert_str_eq(buf_string(&out), limited[i].parts);
		buf_free(&out);
		check_pieces(&limits, message);
	}
}
END_TEST

/* What a body says in another charset has a limit of its own, and only what is
 * kept of it counts. */
START_TEST(limits_of_another_reading)
{
#define UTF16 MIXED("b") "--b\r\nContent-Type: text/plain; " \
	"charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n" \
	"aABpAHkAYQA=\r\n--b\r\n"
#define JAPANESE "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
	static const struct {
		struct span message;
		size_t text_bytes;
		const char *parts;
	} limited[] = {
		/* Control characters make no part one that need not be read. */
		{ SPAN_INIT(UTF16 "Content-Type: text/plain; "
				  "charset=utf-16le\r\n\r\nno\1x\r\n--b--"),
		    12,
		    "multipart/mixed\n text/plain [hiya] raw "
		    "[h^@i^@y^@a^@]\n"
		    " text/plain [\u6F6E\u7801] raw [no\x01x]\n" },
		{ SPAN_INIT(UTF16 "Content-Type: text/plain; "
				  "charset=utf-16le\r\n\r\nno\1x\r\n--b--"),
		    11,
		    "multipart/mixed\n text/plain [hiya] raw "
		    "[h^@i^@y^@a^@]\n"
		    " text/plain limit (too much text) "
		    "[\u6F6E\u7801] raw [no\x01]\n" },
		/* Nor do the escapes before the limit. */
		{ SPAN_INIT(UTF16 JAPANESE "\x1B(Ba\x1B$Ahi\r\n--b--"), 12,
		    "multipart/mixed\n text/plain [hiya] raw "
		    "[h^@i^@y^@a^@]\n"
		    " text/plain limit (too much text) [a\x1B$Ahi] raw "
		    "[\x1B(Ba]\n" },
		/* What says nothing else is not kept. */
		{ SPAN_INIT(MIXED("b") "--b\r\n" JAPANESE
				       "\x1B(Bab\r\n--b\r\n" JAPANESE
				       "\x1B(Bcd\r\n--b--"), 9,
		    "multipart/mixed\n text/plain [ab]\n text/plain [cd]\n" },
		{ SPAN_INIT(MIXED("b") "--b\r\n" JAPANESE
				       "\x1B(Bab\r\n--b\r\n" JAPANESE
				       "\x1B(Bcd\r\n--b--"), 4,
		    "multipart/mixed\n"
		    " text/plain limit (too much text) [ab] raw [\x1B(Ba]\n"
		    " text/plain limit (too much text) [cd]\n" },
	};

	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
		struct content_limits limits = content_limits_default();
		struct buf out;

		limits.text_bytes = limited[i].text_bytes;
		buf_init(&out, PRINT_MAX);
		print_content(
		    &limits, limited[i].message, 0, SIZE_MAX / 2, true, &out);
		ck_assert_str_eq(buf_string(&out), limited[i].parts);
		buf_free(&out);
		check_pieces(&limits, limited[i].message);
	}
#undef UTF16
#undef JAPANESE
}
END_TEST

/* Lines and boundaries longer than are looked at. */
START_TEST(long_lines)
{
	const struct content_limits limits = content_limits_default();
	struct pool *pool = pool_new();
	char *dashes = pool_alloc(pool, 3001);
	struct span message;

	memset(dashes, '-', 3000);
	message = pool_printf(pool,
	    MIXED("b") "--b\r\n\r\n%s\r\n%s\r\n--b%s\r\n\r\nx\r\n--b--", dashes,
	    dashes + 1900, dashes);
	check_pieces(&limits, message);
	message = pool_printf(pool,
	    MIXED("b") "--b\r\nX: %s\r\n\r\n1\r\n--b%s\r\nY: z\r\n\r\n2",
	    dashes, dashes);
	check_pieces(&limits, message);
	pool_free(&pool);
}
END_TEST

/* What a delimiter line holds behind the blanks that are looked at could make
 * it none to others. */
START_TEST(long_delimiter)
{
	const struct content_limits limits = content_limits_default();
	struct pool *pool = pool_new();
	struct buf out;

	buf_init(&out, PRINT_MAX);
	print_content(&limits,
	    pool_printf(pool, MIXED("b") "--b%2000s\r\n\r\nx\r\n--b--", "y"),
	    0, SIZE_MAX / 2, true, &out);
	ck_assert_str_eq(buf_string(&out),
	    "multipart/mixed ambiguous (text behind a boundary)\n"
	    " text/plain [x]\n");
	buf_free(&out);
	pool_free(&pool);
}
END_TEST

/* An armour far behind the first bytes. */
START_TEST(late_armour)
{
	const struct content_limits limits = content_limits_default();
	struct pool *pool = pool_new();
	struct buf out;

	buf_init(&out, PRINT_MAX);
	print_content(&limits,
	    pool_printf(pool,
		"Content-Type: text/plain\r\n\r\n%-9000s\r\n"
		"-----BEGIN PGP MESSAGE-----\r\n",
		"x"),
	    0, SIZE_MAX / 2, true, &out);
	ck_assert_ptr_nonnull(
	    strstr(buf_string(&out), "text/plain encrypted (PGP message)"));
	buf_free(&out);
	pool_free(&pool);
}
END_TEST

/* The last part takes what is left whatever its default type would be. */
START_TEST(last_part_of_digest)
{
	struct content_limits limits = content_limits_default();
	struct buf out;

	limits.parts = 2;
	buf_init(&out, PRINT_MAX);
	print_content(&limits,
	    SPAN("Content-Type: multipart/digest; boundary=b\r\n\r\n"
		 "--b\r\n\r\nSubject: s\r\n\r\nx"),
	    0, SIZE_MAX / 2, true, &out);
	ck_assert_str_eq(buf_string(&out),
	    "multipart/digest ambiguous (closing boundary missing)\n"
	    " text/plain limit (too many parts) "
	    "[\r\nSubject: s\r\n\r\nx]\n");
	buf_free(&out);
}
END_TEST

START_TEST(text_is_sniffed_whole)
{
	const struct content_limits limits = content_limits_default();
	struct pool *pool = pool_new();
	char *text = pool_alloc(pool, 1200);
	struct span message;

	memset(text, 't', 1199);
	message =
	    pool_printf(pool, "Content-Type: application/x\r\n\r\n%s", text);
	check_pieces(&limits, message);
	pool_free(&pool);
}
END_TEST

START_TEST(freed_unfinished)
{
	const struct content_limits limits = content_limits_default();
	struct pool *pool = pool_new();
	struct header_list headers = { 0 };
	struct content *content;

	header_list_add(&headers, pool, SPAN("Content-Type"),
	    SPAN(" multipart/mixed; boundary=b"));
	content = content_new(&limits, &headers, pool);
	content_feed(content, SPAN("--b\r\n\r\nhalf of"));
	content_free(&content);
	ck_assert_ptr_null(content);
	content_free(&content);
	pool_free(&pool);
}
END_TEST

START_TEST(facts_outlive_content)
{
	const struct content_limits limits = content_limits_default();
	struct pool *pool = pool_new();
	struct header_list headers = { 0 };
	struct content *content = content_new(&limits, &headers, pool);
	struct content_facts *facts;

	content_feed(content, SPAN("x"));
	facts = content_finish(content);
	content_free(&content);
	ck_assert_uint_eq(facts->part_count, 1);
	ck_assert(span_equal(facts->parts[0].text, SPAN("x")));
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("content", parts_seen, pieces_do_not_matter, limits_are_told,
    limits_of_another_reading,
    long_lines, long_delimiter, late_armour, last_part_of_digest,
    text_is_sniffed_whole, freed_unfinished, facts_outlive_content)
