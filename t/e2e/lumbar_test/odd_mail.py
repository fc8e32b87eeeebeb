# SPDX-License-Identifier: BSD-2-Clause
"""Mail such as real programs send and as people find in their queues: odd,
but nothing that an MTA may refuse.  For signatures, which must hold whatever
the mail looks like.

Lines end in CRLF where nothing else is said.  Every author is in one of
DOMAINS.
"""

import base64
import random

# The second is what mail programs show as b\u00fccher.example.
DOMAINS = ("example.com", "xn--bcher-kva.example")

FROM = b"From: Ann <ann@example.com>"
TO = b"To: bob@example.net"
DATE = b"Date: Sun, 01 Nov 2026 12:00:00 +0000"
ID = b"Message-ID: <odd@example.com>"
SUBJECT = b"Subject: Minutes of the meeting"
USUAL = (FROM, TO, DATE, ID, SUBJECT)
TEXT = b"Hello Bob,\r\n\r\nsee you on Monday.\r\n-- \r\nAnn\r\n"


def message(*fields, body=TEXT):
    """A message of FIELDS, each without its line end."""
    return b"".join(each + b"\r\n" for each in fields) + b"\r\n" + body


def usual(*fields, body=TEXT):
    """The same, FIELDS below those that all mail has."""
    return message(*USUAL, *fields, body=body)


def odd_mail():
    """The messages by name, in a fixed order."""
    return {**_bodies(), **_line_ends(), **_octets(), **_mime(), **_shapes(),
            **_fields(), **_authors(), **_absent(), **_repeated(),
            **_forwarded()}


def _bodies():
    return {
        "usual": usual(),
        "empty body": usual(body=b""),
        "body of one empty line": usual(body=b"\r\n"),
        "body of empty lines": usual(body=b"\r\n" * 20),
        "body of blank lines": usual(body=b" \r\n\t\r\n \t \r\n"),
        "no final line end": usual(body=b"the end has no line end"),
        "blank before a missing line end": usual(body=b"blank at the end "),
        "only a blank": usual(body=b" "),
        "empty lines at the end": usual(body=TEXT + b"\r\n" * 1000),
        "blank lines at the end": usual(body=TEXT + b"  \r\n\t\r\n \r\n\r\n"),
        "empty lines at the beginning": usual(body=b"\r\n\r\n\r\n" + TEXT),
        "blanks at the ends of lines": usual(
            b"Content-Type: text/plain; format=flowed; delsp=yes",
            body=b"This paragraph \r\nflows  \r\non.\t\r\n \t \r\n-- \r\n"),
        "runs of blanks": usual(
            body=b"a  b \t c\t\td\r\n   indented\r\n\tby a tab\r\n" * 40),
        "dots at the beginnings of lines": usual(
            body=b".\r\n..\r\n...\r\n. \r\n.signature\r\n\r\n.\r\n"),
        "like a session": usual(
            body=b"QUIT\r\nRSET\r\nMAIL FROM:<x@example.net>\r\nDATA\r\n.\r\n"),
        "like a mailbox": usual(
            body=b"From ann@example.com Sun Nov  1 12:00:00 2026\r\n"
                 b">From the past\r\n\r\nFrom now on\r\n"),
        "like a header": usual(
            body=b"Subject: not this one\r\nFrom: eve@example.net\r\n\r\n"
                 b"DKIM-Signature: v=1; b=\r\n"),
        "lines of 998 bytes": usual(body=(b"l" * 998 + b"\r\n") * 30),
        "lines of blanks": usual(body=(b" " * 900 + b"\r\n") * 30),
        "64 KB and a line end": usual(body=b"0123456789abcd\r\n" * 4096),
        "line end across 65535": usual(
            body=b"0123456789abcd\r\n" * 4095 + b"0123456789abcde\r\n\r\nx"),
        "many short lines": usual(body=b"a\r\n" * 30000),
        "uuencoded": usual(
            body=b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n"),
    }


def _line_ends():
    """What is no CRLF; MTAs treat it as they like."""
    return {
        "bare CR in the body": usual(body=b"a\rb\r\rc\r\n\rd\r\n"),
        "CR before CRLF": usual(body=b"line\r\r\nline \r\r\n\r\r\n"),
        "CR at the end": usual(body=b"the end\r"),
        "bare LF in the body": usual(body=b"one\ntwo \n\nthree\r\n"),
        "bare LF at the end": usual(body=b"one\r\ntwo\n\n"),
        "LF before CR": usual(body=b"one\n\rtwo\r\n"),
        "bare CR in a field": usual(b"X-Note: one\rtwo"),
        "bare CR at the end of a field": usual(b"X-Note: one\r"),
    }


def _octets():
    every = bytes(byte for byte in range(1, 256) if byte not in b"\r\n")
    return {
        "Latin-1": usual(
            b"Content-Type: text/plain; charset=iso-8859-1",
            b"Content-Transfer-Encoding: 8bit",
            body="Sch\u00f6ne Gr\u00fc\u00dfe\r\n".encode("latin-1")),
        "UTF-8": usual(
            b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=utf-8",
            b"Content-Transfer-Encoding: 8bit",
            body="Gr\u00fc\u00dfe, \u6771\u4eac \U0001f600\r\n".encode()),
        "GB 18030, not declared": usual(
            body="\u4f60\u597d\r\n".encode("gb18030")),
        "ISO-2022-JP": usual(
            b"MIME-Version: 1.0",
            b"Content-Type: text/plain; charset=iso-2022-jp",
            body="\u6771\u4eac\r\n".encode("iso2022_jp")),
        "UTF-16": usual(body="\ufeffwide\u0d0a".encode("utf-16-be") + b"\r\n"),
        "byte order mark": usual(body=b"\xef\xbb\xbfmarked\r\n"),
        "every byte": usual(body=every + b"\r\n" + every[::-1] + b"\r\n"),
        "NUL in the body": usual(body=b"a\0b\r\n\0\r\n"),
        "other blanks": usual(
            body=b"a\x0b\x0cb \x0b\r\n\x0c\r\n\xc2\xa0 \xa0\r\n\x1a\r\n"),
        "UTF-8 in fields": message(
            "From: J\u00f6rg <ann@example.com>".encode(), TO, DATE, ID,
            "Subject: Stra\u00dfe  nach \u6771\u4eac".encode()),
        "Latin-1 in fields": message(
            "From: J\u00f6rg <ann@example.com>".encode("latin-1"), TO, DATE,
            ID, "Subject: Stra\u00dfe".encode("latin-1")),
        "no UTF-8 in fields": usual(b"X-Note: \xc3 \xff\xfe \x80"),
        "controls in a field": usual(b"X-Note: \x01\x07\x1b[1m \x7f\x0b\x0c"),
    }


def _mime():
    part = b"--=_x\r\nContent-Type: "
    data = base64.encodebytes(bytes(range(256)) * 100).replace(b"\n", b"\r\n")
    kind = (b"MIME-Version: 1.0",
            b"Content-Type: multipart/mixed; boundary=\"=_x\"")
    return {
        "attachment": usual(*kind, body=(
            b"This is a message in MIME format.\r\n" + part +
            b"text/plain\r\n\r\n" + TEXT + part + b"application/pdf\r\n"
            b"Content-Transfer-Encoding: base64\r\n"
            b"Content-Disposition: attachment;\r\n\tfilename*=utf-8''%C3%A4\r\n"
            b"\r\n" + data + b"--=_x--\r\nepilogue")),
        "alternatives": usual(
            b"MIME-Version: 1.0 (Mail 2.0)",
            b"Content-Type: multipart/alternative;\r\n\tboundary==_x", body=(
                part + b"text/plain\r\n\r\nhello\r\n" + part +
                b"text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                b"\r\n<p style=3D\"color: red\">hello=20\r\n=\r\n</p>=\r\n"
                b"--=_x--\r\n")),
        "multipart without an end": usual(
            *kind, body=part + b"text/plain\r\n\r\ncut off"),
        "multipart without parts": usual(*kind, body=b"nothing\r\n"),
        "8-bit parts": usual(*kind, body=(
            part + b"text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: 8bit\r\n\r\n\xc3\xa4\r\n"
            b"--=_x--\r\n")),
        "bounce": message(
            b"From: MAILER-DAEMON@example.com (Mail Delivery System)", TO,
            DATE, ID, b"Subject: Undelivered Mail Returned to Sender",
            b"Auto-Submitted: auto-replied", b"MIME-Version: 1.0",
            b"Content-Type: multipart/report; report-type=delivery-status;\r\n"
            b"\tboundary=\"=_x\"", body=(
                part + b"text/plain\r\n\r\nSorry.\r\n\r\n" + part +
                b"message/delivery-status\r\n\r\n"
                b"Reporting-MTA: dns; mail.example.com\r\n\r\n"
                b"Final-Recipient: rfc822; x@example.net\r\n"
                b"Action: failed\r\nStatus: 5.1.1\r\n\r\n" + part +
                b"message/rfc822\r\n\r\n" + usual() + b"\r\n--=_x--\r\n")),
        "invitation": usual(
            b"MIME-Version: 1.0",
            b"Content-Type: text/calendar; method=REQUEST; charset=UTF-8",
            body=b"BEGIN:VCALENDAR\r\nSUMMARY:A long li\r\n ne\r\n"
                 b"END:VCALENDAR\r\n"),
        "S/MIME": usual(
            b"MIME-Version: 1.0",
            b"Content-Type: multipart/signed;\r\n"
            b"\tprotocol=\"application/pkcs7-signature\";\r\n"
            b"\tmicalg=SHA1;\r\n\tboundary=\"=_x\"",
            body=part + b"text/plain\r\n\r\n  signed \r\n--=_x--\r\n"),
        "base64 without line ends": usual(
            b"MIME-Version: 1.0", b"Content-Transfer-Encoding: base64",
            body=base64.b64encode(bytes(700))),
    }


def _shapes():
    """What programs make of the header section as a whole."""
    many = b", ".join(b"user%d@example.net" % number for number in range(60))
    return {
        "Outlook": message(
            b"Received: from EXCH01.example.com ([fe80::1]) by\r\n"
            b" EXCH01.example.com ([fe80::1%4]) with mapi id 15.01.2507.027;"
            b"\r\n Sun, 1 Nov 2026 12:00:00 +0000",
            b"From: \"Ann, Sales\" <ann@example.com>",
            b"To: 'Bob' <bob@example.net>", b"Subject: RE: AW: =?utf-8?B?w6Q=?="
            b"\r\n\t=?utf-8?Q?_=C3=B6?=", b"Thread-Topic: =?utf-8?B?w6Q=?=",
            b"Thread-Index: AdSomeBase64==", DATE, ID,
            b"Accept-Language: de-DE, en-US", b"Content-Language: de-DE",
            b"X-MS-Has-Attach:", b"X-MS-TNEF-Correlator:",
            b"x-originating-ip: [192.0.2.7]",
            b"Content-Type: text/plain; charset=\"us-ascii\"",
            b"MIME-Version: 1.0"),
        "cron": message(
            b"From: root@example.com (Cron Daemon)", b"To: root@example.com",
            b"Subject: Cron <root@db1> test -x /usr/sbin/anacron || ( cd / )",
            b"X-Cron-Env: <SHELL=/bin/sh>", b"X-Cron-Env: <HOME=/root>",
            b"X-Cron-Env: <PATH=/usr/bin:/bin>", DATE, ID),
        "mailing list": message(
            *USUAL, b"Sender: \"List\" <list-bounces@example.com>",
            b"Errors-To: list-bounces@example.com", b"Precedence: list",
            b"List-Id: Talk <list.example.com>",
            b"List-Unsubscribe: <https://example.com/u>,\r\n"
            b"    <mailto:list-request@example.com?subject=unsubscribe>",
            b"List-Post: <mailto:list@example.com>"),
        "script": message(
            b"To: bob@example.net", b"subject:no blank",
            b"from:ann@example.com", b"date:Sun, 01 Nov 2026 12:00:00 +0000",
            b"message-id:<odd@example.com>",
            b"X-PHP-Originating-Script: 33:mail.php", body=b"ok"),
        "many Received": message(
            *(b"Received: from mx%d.example.org (mx%d [192.0.2.%d])\r\n"
              b"\tby mx%d.example.org; Sun, 01 Nov 2026 11:00:%02d +0000"
              % (hop, hop, hop, hop + 1, hop) for hop in range(12)), *USUAL),
        "many fields": usual(*(b"X-Field-%d: %d" % (number, number)
                               for number in range(150))),
        "many recipients on one line": message(
            FROM, b"To: " + many[:900].rpartition(b",")[0], DATE, ID, SUBJECT),
        "many recipients, folded": message(
            FROM, b"To: " + many.replace(b", ", b",\r\n\t"), DATE, ID, SUBJECT),
        "shouting": message(
            b"FROM: ANN@EXAMPLE.COM", b"TO: BOB@EXAMPLE.NET", DATE.upper(),
            b"MESSAGE-ID: <ODD@EXAMPLE.COM>", b"SUBJECT: HELLO"),
        "fields without text": message(
            FROM, b"To:", b"Cc: ", b"Subject:", DATE, ID, b"Reply-To:\t",
            b"X-A:", b"X-B:   "),
    }


def _fields():
    return {
        "no blank behind the colon": message(
            b"From:Ann <ann@example.com>", b"To:bob@example.net",
            b"Subject:hello", DATE.replace(b": ", b":"), ID),
        "blanks behind the colon": message(
            FROM, TO, DATE, ID, b"Subject:   \t hello", b"Reply-To:\tann@x.y"),
        "blanks before the colon": message(
            FROM, TO, DATE, ID, b"Subject : hello", b"Reply-To \t: ann@x.y"),
        "blanks at the ends of fields": message(
            FROM + b" ", TO + b"\t", DATE + b"  ", ID, SUBJECT + b" \t "),
        "runs of blanks in fields": message(
            FROM, TO, DATE, ID, b"Subject: a  b\t\tc \t d"),
        "folded by tabs": message(
            b"From: Ann\r\n\t<ann@example.com>", TO, DATE, ID,
            b"Subject: Minutes\r\n\tof\r\n\tthe meeting"),
        "folded by many blanks": message(
            FROM, TO, DATE, ID, b"Subject: one   \r\n      two\t\r\n \t three"),
        "folded at once": message(
            b"From:\r\n ann@example.com", b"To:\r\n\tbob@example.net", DATE,
            b"Message-ID:\r\n <odd@example.com>",
            b"Subject:\r\n hello"),
        "folded to a blank line": usual(b"X-Note: one\r\n \r\n two\r\n\t"),
        "field of 990 bytes": message(
            FROM, TO, DATE, ID, b"Subject: " + b"word " * 196 + b"w"),
        "field of 8 KB, folded": usual(
            b"References:" + b"\r\n <0123456789@mail.example.com>" * 260),
        "odd names": usual(b"X-!#$%&'*+^_`{|}~: a", b"x: b", b"1: c",
                           b"X--: d"),
        "colons": message(FROM, TO, DATE, ID, b"Subject: :: a: b:c :"),
        "semicolons and equals signs": message(
            FROM, TO, DATE, ID, b"Subject: a=b; c=d; b=; bh=;"),
        "encoded words": message(
            b"From: =?utf-8?q?J=C3=B6rg?= <ann@example.com>", TO, DATE, ID,
            b"Subject: =?iso-8859-1?Q?a_b?= =?iso-8859-1?Q?c?=\r\n"
            b" =?utf-8?B?w6Q=?="),
    }


def _authors():
    def by(author, *more):
        return message(b"From: " + author, TO, DATE, ID, SUBJECT, *more)
    return {
        "bare author": by(b"ann@example.com"),
        "author in brackets": by(b"<ann@example.com>"),
        "author with comments": by(
            b"(the) ann (is)@(at) example.com (a (nested\\) one))"),
        "quoted author": by(b"\"Ann \\\"A.\\\" Lee, Esq.\" <ann@example.com>"),
        "author with an address as name": by(
            b"\"eve@example.net\" <ann@example.com>"),
        "quoted local part": by(b"\"ann lee\"@example.com"),
        "two authors of a domain": by(b"ann@example.com, joe@example.com"),
        "author in capitals": by(b"Ann <Ann@EXAMPLE.Com>"),
        "author of an A-label": by(b"ann@xn--bcher-kva.example"),
        "author of a U-label": by("ann@b\u00fccher.example".encode()),
        "author not in ASCII": by(
            "J\u00f6rg <j\u00f6rg@b\u00fccher.example>".encode()),
        "author and sender": by(b"ann@example.com",
                                b"Sender: secretary@example.net",
                                b"Reply-To: office@example.com"),
        "recipient groups": message(
            FROM, b"To: undisclosed-recipients:;",
            b"Cc: team: bob@example.net, joe@example.net;", DATE, ID, SUBJECT),
        "recipients without domain": message(
            FROM, b"To: bob", b"Cc: joe, <ann>", DATE, ID, SUBJECT),
        "recipients without blanks": message(
            FROM, b"To: a@example.net,b@example.net,\"C\"<c@example.net>",
            DATE, ID, SUBJECT),
    }


def _absent():
    return {
        "only From": message(FROM),
        "no Subject": message(FROM, TO, DATE, ID),
        "no To": message(FROM, DATE, ID, SUBJECT),
        "no Date": message(FROM, TO, ID, SUBJECT),
        "no Message-ID": message(FROM, TO, DATE, SUBJECT),
        "Bcc": usual(b"Bcc: hidden@example.net"),
        "only a header": b"\r\n".join(USUAL) + b"\r\n",
    }


def _repeated():
    return {
        "two Subjects": usual(b"Subject: another"),
        "three To": usual(b"To: joe@example.net", b"to: jim@example.net"),
        "two Dates": usual(b"Date: Mon, 02 Nov 2026 12:00:00 +0000"),
        "two Message-IDs": usual(b"Message-ID: <2@example.com>"),
        "two MIME-Versions": usual(b"Mime-Version: 1.0", b"MIME-Version: 1.0"),
        "the same field thrice": usual(
            b"Reply-To: a@example.com", b"reply-to: b@example.com",
            b"Reply-To: a@example.com"),
    }


def _forwarded():
    """What other hops have put there."""
    return {
        "resent": message(
            b"Resent-From: joe@example.net", b"Resent-To: jim@example.net",
            b"Resent-Date: Mon, 02 Nov 2026 12:00:00 +0000",
            b"Resent-Message-ID: <r@example.net>", *USUAL),
        "signed elsewhere": message(
            b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
            b"\td=example.org; s=x; t=1; h=from:to; bh=AAAA=;\r\n\tb=AAAA",
            b"ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=example.org;\r\n"
            b" s=x; b=AAAA",
            b"Authentication-Results: mx.example.org; spf=pass", *USUAL),
        "delivered before": message(
            b"Return-Path: <ann@example.com>", b"Delivered-To: bob@example.net",
            b"X-Original-To: bob@example.net", *USUAL),
        "scanned": message(
            b"X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00,\r\n"
            b"\tHTML_MESSAGE autolearn=ham\r\n\tversion=4.0.0", *USUAL),
    }


def null_bytes():
    """Messages with a NUL in the header, by name: milters are never shown one,
    for it ends what they are shown."""
    return {
        "NUL in a field": usual(b"X-Note: a\0b"),
        "NUL in the Subject": message(FROM, TO, DATE, ID, b"Subject: a\0b"),
        "NUL in a name": usual(b"X-\0Note: a"),
    }


def long_lines():
    """Messages with lines about as long as SMTP allows (RFC 5321 section
    4.5.3.1.6) and longer, by name."""
    text = b"abcdefghijklmnopqrstuvwxyz" * 10000
    found = {}
    for length in (997, 998, 999, 2048):
        line = text[:length]
        found.update({
            f"body line of {length}": usual(body=line + b"\r\n" + TEXT),
            f"last line of {length}": usual(body=TEXT + line),
            f"field line of {length}": message(
                FROM, TO, DATE, ID, (SUBJECT + b" " + line)[:length]),
            f"unsigned field line of {length}": usual(
                (b"X-Note: " + line)[:length]),
            f"folded field line of {length}": message(
                FROM, TO, DATE, ID, SUBJECT + b"\r\n\t" + line[1:]),
            f"blanks of {length}": usual(
                body=b" " * length + b"\r\n" + b"\t" * length + b"\r\n"),
            f"8-bit line of {length}": usual(body=b"\xc3\xa4" * (length // 2)
                                             + b"x" * (length % 2) + b"\r\n"),
            f"dots of {length}": usual(body=b"." * length + b"\r\n" + TEXT),
        })
        # A blank on either side of each place where a line may be broken.
        for at in (996, 997, 998, 999):
            found[f"blank at {at} of {length}"] = usual(
                body=line[:at] + b" " + line[at + 1:] + b"\r\n"
                + line[:at] + b"\t\t" + line[at + 2:] + b" \r\n")
    return {
        **found,
        "lines of 1995, 1996 and 5000": usual(
            body=b"\r\n".join((text[:1995], text[:1996], text[:5000], b""))),
        "line of 200 KB": usual(body=text[:200000] + b"\r\n"),
        "web page on one line": usual(
            b"MIME-Version: 1.0", b"Content-Type: text/html",
            body=b"<html><body>" + b"<p class=\"x\">word  word</p> " * 400
                 + b"</body></html>"),
        "long References": usual(b"References: " + b" ".join(
            b"<%d@mail.example.com>" % number for number in range(150))),
    }


_PIECES = (b" ", b" ", b"  ", b"\t", b"\r\n", b"\r\n", b"\r\n\r\n", b" \r\n",
           b"\t\r\n", b"word", b"a", b"=20", b"=\r\n", b"--=_x", b"\xc3\xa4",
           b"\xff", b".", b"\r\n.\r\n", b"longer piece of text", b"z" * 60)
_NAMES = (b"Cc", b"Reply-To", b"References", b"X-A", b"x-b", b"Comments",
          b"In-Reply-To", b"MIME-Version", b"Keywords", b"Received")
_VALUE = (b" ", b"  ", b"\t", b"\r\n ", b"\r\n\t", b"word", b";", b"=", b",",
          b"\xc3\xb6", b"<1@example.com>", b"v" * 40)


def generated_mail(count, seed):
    """COUNT messages by name, the same for the same SEED."""
    source = random.Random(seed)
    return {f"generated {seed}.{number}": _generate(source)
            for number in range(count)}


def _generate(source):
    fields = [*USUAL, *(_field(source) for _ in range(source.randrange(12)))]
    source.shuffle(fields)
    body = b"".join(source.choices(_PIECES, k=source.choice((3, 50, 2000))))
    return message(*fields, body=_short_lines(body))


def _field(source):
    value = b"".join(source.choices(_VALUE, k=source.randrange(20)))
    return source.choice(_NAMES) + b":" + value


def _short_lines(body):
    """BODY, its lines cut where SMTP ends."""
    return b"\r\n".join(line[at:at + 998] for line in body.split(b"\r\n")
                        for at in range(0, max(len(line), 1), 998))
