/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/detector.h"

#include "base/buf.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

#define CARD DETECTOR_PAYMENT_CARD
#define IBAN DETECTOR_IBAN
#define SSN DETECTOR_US_SSN

struct scan {
	struct span text;
	struct buf *out;
	size_t count;
	size_t limit; /* hits to be shown; 0: all */
	struct detector_hit last;
};

static bool
on_hit(void *context, const struct detector_hit *hit)
{
	struct scan *scan = context;

	ck_assert_uint_le(hit->offset + hit->length, scan->text.len);
	ck_assert_uint_ge(
	    hit->offset, scan->last.offset + scan->last.length);
	scan->last = *hit;
	scan->count++;
	if (scan->out != NULL)
		(void)buf_printf(scan->out, "%s%.*s=%s",
		    scan->out->len > 0 ? "; " : "",
		    SPAN_ARGS(span_slice(scan->text, hit->offset,
			hit->offset + hit->length)),
		    detector_confidences[hit->confidence]);
	return scan->count != scan->limit;
}

static struct scan
scan_text(enum detector detector, struct span text, struct buf *out)
{
	struct scan scan = { .text = text, .out = out };

	if (out != NULL)
		buf_reset(out);
	detector_scan(detector, text, on_hit, &scan);
	return scan;
}

/* What is found in TEXT: "number=confidence", with "; " between. */
static const struct {
	enum detector detector;
	const char *text, *found;
} table[] = {
	{ CARD, "", "" },
	{ CARD, "nothing here", "" },
	/* Numbers that the card organisations publish for tests. */
	{ CARD, "4111111111111111", "4111111111111111=medium" },
	{ CARD, "4012888888881881", "4012888888881881=medium" },
	{ CARD, "4242424242424242", "4242424242424242=medium" },
	{ CARD, "4444444444444448", "4444444444444448=medium" },
	{ CARD, "5555555555554444", "5555555555554444=medium" },
	{ CARD, "5105105105105100", "5105105105105100=medium" },
	{ CARD, "2223003122003222", "2223003122003222=medium" },
	{ CARD, "2720990000000007", "2720990000000007=medium" },
	{ CARD, "378282246310005", "378282246310005=medium" },
	{ CARD, "343434343434343", "343434343434343=medium" },
	{ CARD, "30569309025904", "30569309025904=medium" },
	{ CARD, "38520000023237", "38520000023237=medium" },
	{ CARD, "36438936438936", "36438936438936=medium" },
	{ CARD, "6011000990139424", "6011000990139424=medium" },
	{ CARD, "6500000000000002", "6500000000000002=medium" },
	{ CARD, "3530111333300000", "3530111333300000=medium" },
	{ CARD, "6212345678901232", "6212345678901232=medium" },
	{ CARD, "6212345678900000003", "6212345678900000003=medium" },
	{ CARD, "8171999900000000021", "8171999900000000021=medium" },
	{ CARD, "6759649826438453", "6759649826438453=medium" },
	{ CARD, "5610591081018250", "5610591081018250=medium" },
	{ CARD, "2200770212727079", "2200770212727079=medium" },
	{ CARD, "9792030394440796", "9792030394440796=medium" },
	/* Lengths that these issuers hardly use. */
	{ CARD, "4222222222222", "4222222222222=low" },
	{ CARD, "4000000000000000006", "4000000000000000006=low" },
	{ CARD, "501800000009", "501800000009=low" },
	{ CARD, "67030000000000003", "67030000000000003=low" },
	{ CARD, "135412345678911", "135412345678911=low" },
	/* In groups. */
	{ CARD, "4111 1111 1111 1111", "4111 1111 1111 1111=high" },
	{ CARD, "4111-1111-1111-1111", "4111-1111-1111-1111=high" },
	{ CARD, "3782 822463 10005", "3782 822463 10005=high" },
	{ CARD, "3056 930902 5904", "3056 930902 5904=high" },
	{ CARD, "4222 222 222 222", "4222 222 222 222=high" },
	{ CARD, "4222 2222 2222 2", "4222 2222 2222 2=high" },
	{ CARD, "621234 5678900000003", "621234 5678900000003=high" },
	{ CARD, "4000-0000-0000-0000-006", "4000-0000-0000-0000-006=high" },
	{ CARD, "4111\302\2401111\302\2401111\302\2401111",
	    "4111\302\2401111\302\2401111\302\2401111=high" },
	{ CARD, "4111\342\200\2211111\342\200\2211111\342\200\2211111",
	    "4111\342\200\2211111\342\200\2211111\342\200\2211111=high" },
	{ CARD, "4111\342\200\2571111 1111 1111",
	    "4111\342\200\2571111 1111 1111=high" },
	/* In groups that nobody writes. */
	{ CARD, "4111-1111 1111-1111", "4111-1111 1111-1111=low" },
	{ CARD, "41111111 11111111", "41111111 11111111=low" },
	{ CARD, "411111 1111111111", "411111 1111111111=low" },
	{ CARD, "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
	    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1=low" },
	/* Wrapped at the end of a line, or with more between the groups. */
	{ CARD, "4111 1111\r\n1111 1111", "4111 1111\r\n1111 1111=low" },
	{ CARD, "4111 1111 \n1111 1111", "4111 1111 \n1111 1111=low" },
	{ CARD, "card 4111-1111-\n1111-1111", "4111-1111-\n1111-1111=medium" },
	{ CARD, "4111  1111 1111 1111", "4111  1111 1111 1111=low" },
	{ CARD, "4111\t1111\t1111\t1111", "4111\t1111\t1111\t1111=low" },
	{ CARD, "4111 - 1111 - 1111 1111", "4111 - 1111 - 1111 1111=low" },
	{ CARD, "41111111\n11111111", "" },
	{ CARD, "4111 1111\n\n1111 1111", "" },
	{ CARD, "4111 -- 1111 1111 1111", "" },
	{ CARD, "4111         1111 1111 1111", "" },
	/* The lines of a list are not one number. */
	{ CARD, "4111 1111 1111 1111\n5555 5555 5555 4444",
	    "4111 1111 1111 1111=high; 5555 5555 5555 4444=high" },
	/* 4532 1116 4111 1111 has a right check digit as well. */
	{ CARD, "4532 1116\n4111 1111 1111 1111", "4111 1111 1111 1111=high" },
	{ CARD, "4111/1111/1111/1111", "" },
	{ CARD, "4111\n1111\n1111\n1111", "" },
	/* Beside other digits. */
	{ CARD, "4111 1111 1111 1111 12/27", "4111 1111 1111 1111=high" },
	{ CARD, "4111111111111111 12 27", "4111111111111111=medium" },
	{ CARD, "7 4111111111111111", "4111111111111111=medium" },
	{ CARD, "12 4111 1111 1111 1111 123", "4111 1111 1111 1111=high" },
	{ CARD, "4111111111111111,5555555555554444;378282246310005",
	    "4111111111111111=medium; 5555555555554444=medium; "
	    "378282246310005=medium" },
	{ CARD, "4111 1111 1111 1111 5555 5555 5555 4444",
	    "4111 1111 1111 1111=high; 5555 5555 5555 4444=high" },
	{ CARD, "0.4111111111111111", "4111111111111111=low" },
	{ CARD, "4111111111111111.5", "4111111111111111=low" },
	{ CARD, "4111111111111111.", "4111111111111111=medium" },
	{ CARD, ".4111111111111111", "4111111111111111=medium" },
	{ CARD, "99-4111111111111111", "4111111111111111=low" },
	{ CARD, "<td>4111111111111111</td>", "4111111111111111=medium" },
	{ CARD, "\"4111111111111111\"", "4111111111111111=medium" },
	{ CARD, "\345\217\2674111111111111111\345\217\267",
	    "4111111111111111=medium" },
	{ CARD, "_4111111111111111_", "4111111111111111=medium" },
	{ CARD, "x4111111111111111", "" },
	{ CARD, "4111111111111111x", "" },
	{ CARD, "54111111111111111", "" },
	{ CARD, "41111111111111110000", "" },
	{ CARD, "411111111111111100000000", "" },
	/* Wrong check digit, issuer or length. */
	{ CARD, "4111111111111112", "" },
	{ CARD, "4111 1111 1111 1112", "" },
	{ CARD, "5412345678901234", "" },
	{ CARD, "9999999999999995", "" },
	{ CARD, "41111111111", "" },
	{ CARD, "414141414142", "" },
	{ CARD, "378282246310005000", "" },
	{ CARD, "0000000000000000", "" },
	/* What is no card at all. */
	{ CARD, "1600000000000", "" },    /* milliseconds since 1970 */
	{ CARD, "1750000000000000", "" }, /* microseconds */
	{ CARD, "354444064444449", "" },  /* IMEI */
	{ CARD, "9783161484100", "" },    /* ISBN */
	{ CARD, "6666666666666", "" },
	{ CARD, "+49 171 1234567 / 0301234567", "" },
	{ CARD, "2026-11-22 19:30:00.123456", "" },
	{ CARD, "f47ac10b-58cc-4372-a567-0e02b2c3d479", "" },
	/* Words nearby. */
	{ CARD, "card 4111111111111111", "4111111111111111=high" },
	{ CARD, "4111111111111111 (Visa)", "4111111111111111=high" },
	{ CARD, "CVV 123, no 4222222222222", "4222222222222=medium" },
	{ CARD, "credit cards: 41111111 11111111",
	    "41111111 11111111=medium" },
	{ CARD, "Kreditkartennummer: 4111111111111111",
	    "4111111111111111=high" },
	{ CARD, "4111111111111111 valid thru 12/27",
	    "4111111111111111=high" },
	{ CARD, "card 4111 1111 1111 1111", "4111 1111 1111 1111=high" },
	{ CARD, "discard 4111111111111111", "4111111111111111=medium" },
	{ CARD, "visas 4111111111111111", "4111111111111111=medium" },
	{ CARD, "4111111111111111 5555555555554444 card",
	    "4111111111111111=high; 5555555555554444=high" },
	{ CARD, "4111111111111111 valid thr", "4111111111111111=medium" },

	{ IBAN, "", "" },
	{ IBAN, "DE89370400440532013000", "DE89370400440532013000=medium" },
	{ IBAN, "de89370400440532013000", "de89370400440532013000=medium" },
	{ IBAN, "De89370400440532013000", "De89370400440532013000=low" },
	{ IBAN, "GB29NWBK60161331926819", "GB29NWBK60161331926819=medium" },
	{ IBAN, "DE89 3704 0044 0532 0130 00",
	    "DE89 3704 0044 0532 0130 00=high" },
	{ IBAN, "DE89-3704-0044-0532-0130-00",
	    "DE89-3704-0044-0532-0130-00=high" },
	{ IBAN, "DE89 3704 0044 0532 0130 00 10 Euro",
	    "DE89 3704 0044 0532 0130 00=high" },
	{ IBAN, "DE89 37040044 0532013000", "DE89 37040044 0532013000=low" },
	{ IBAN, "DE 89 3704 0044 0532 0130 00", "" },
	{ IBAN, "DE89 3704-0044 0532 0130 00",
	    "DE89 3704-0044 0532 0130 00=low" },
	{ IBAN, "DE893704 0044 0532 0130 00",
	    "DE893704 0044 0532 0130 00=low" },
	{ IBAN, "DE89\302\2403704\302\2400044\302\2400532\302\2400130"
		"\302\24000",
	    "DE89\302\2403704\302\2400044\302\2400532\302\2400130\302"
	    "\24000=high" },
	{ IBAN, "IBAN: DE89370400440532013000",
	    "DE89370400440532013000=high" },
	{ IBAN, "DE89370400440532013000 BIC COBADEFFXXX",
	    "DE89370400440532013000=high" },
	{ IBAN, "DE89370400440532013000 and NL91ABNA0417164300",
	    "DE89370400440532013000=medium; NL91ABNA0417164300=medium" },
	{ IBAN, "DE89370400440532013001", "" },
	{ IBAN, "DE89370400440532013", "" },
	{ IBAN, "DE8937040044053201300", "" },
	{ IBAN, "DE893704004405320130000", "" },
	{ IBAN, "DE8937040044053201300X", "" },
	{ IBAN, "xDE89370400440532013000", "" },
	{ IBAN, "IBANDE89370400440532013000", "" },
	{ IBAN, "DE89370400440532013000x", "" },
	{ IBAN, "DE89  3704 0044 0532 0130 00",
	    "DE89  3704 0044 0532 0130 00=low" },
	{ IBAN, "IBAN DE89 3704 0044\r\n0532 0130 00",
	    "DE89 3704 0044\r\n0532 0130 00=medium" },
	{ IBAN, "DE89 3704 0044\n0532\n0130 00", "" },
	{ IBAN, "ZZ89370400440532013000", "" },
	{ IBAN, "GB29123460161331926819", "" },
	{ IBAN, "89370400440532013000", "" },
	{ IBAN, "E89370400440532013000", "" },
	{ IBAN, "DEX9370400440532013000", "" },
	{ IBAN, "DE8X370400440532013000", "" },
	/* 97 would do as 00 does, but is what the check is computed to be. */
	{ IBAN, "NL97ABNA0000000143", "" },
	{ IBAN, "A1", "" },
	{ IBAN, "DE89", "" },

	{ SSN, "", "" },
	{ SSN, "536-22-1234", "536-22-1234=medium" },
	{ SSN, "536 22 1234", "536 22 1234=medium" },
	{ SSN, "536\342\200\22122\342\200\2211234",
	    "536\342\200\22122\342\200\2211234=medium" },
	{ SSN, "536221234", "536221234=low" },
	{ SSN, "SSN 536221234", "536221234=medium" },
	{ SSN, "SSN 536-22-1234", "536-22-1234=high" },
	{ SSN, "SSN: 536-22-1234, 773-45-6789.",
	    "536-22-1234=high; 773-45-6789=high" },
	{ SSN, "Social Security Number 536 22 1234", "536 22 1234=high" },
	{ SSN, "social security numbers: 536221234", "536221234=medium" },
	{ SSN, "ss# 536221234", "536221234=medium" },
	{ SSN, "(536-22-1234)", "536-22-1234=medium" },
	{ SSN, "899-99-9999", "899-99-9999=medium" },
	{ SSN, "001-01-0001", "001-01-0001=medium" },
	/* Beside other digits. */
	{ SSN, "1-536-22-1234", "536-22-1234=low" },
	{ SSN, "536-22-1234-5", "536-22-1234=low" },
	{ SSN, "7 536 22 1234", "536 22 1234=low" },
	{ SSN, "536 22 1234 8", "536 22 1234=low" },
	{ SSN, "536 22 1234 x", "536 22 1234=medium" },
	{ SSN, "536-22 1234", "" },
	{ SSN, "536-221234", "" },
	{ SSN, "53622-1234", "" },
	{ SSN, "536-22-12345", "" },
	{ SSN, "1536-22-1234", "" },
	{ SSN, "536-22-1234x", "" },
	{ SSN, "x536-22-1234", "" },
	{ SSN, "536-22-123", "" },
	{ SSN, "536-2", "" },
	{ SSN, "53", "" },
	{ SSN, "5362212345", "" },
	{ SSN, "53622123", "" },
	{ SSN, "90210-1234", "" },
	/* Never issued. */
	{ SSN, "000-22-1234", "" },
	{ SSN, "666-22-1234", "" },
	{ SSN, "900-22-1234", "" },
	{ SSN, "987-65-4320", "" },
	{ SSN, "536-00-1234", "" },
	{ SSN, "536-22-0000", "" },
	{ SSN, "078-05-1120", "" },
	{ SSN, "219-09-9999", "" },
	{ SSN, "457-55-5462", "" },
	{ SSN, "111-11-1111", "" },
	{ SSN, "222222222", "" },
	{ SSN, "123-45-6789", "" },
	{ SSN, "876-54-3210", "" },
	{ SSN, "555-0123", "" },
};

START_TEST(found)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		(void)scan_text(
		    table[i].detector, span_of(table[i].text), &out);
		ck_assert_msg(
		    strcmp(buf_string(&out), table[i].found) == 0,
		    "in <%s>: found %s, expected %s", table[i].text,
		    buf_string(&out), table[i].found);
	}
	buf_free(&out);
}
END_TEST

/* The examples of the IBAN registry, one for each country. */
static const char *const accounts[] = {
	"AD1200012030200359100100", "AE070331234567890123456",
	"AL47212110090000000235698741", "AT611904300234573201",
	"AZ21NABZ00000000137010001944", "BA391290079401028494",
	"BE68539007547034", "BG80BNBG96611020345678", "BH67BMAG00001299123456",
	"BI4210000100010000332045181", "BR1800360305000010009795493C1",
	"BY13NBRB3600900000002Z00AB00", "CH9300762011623852957",
	"CR05015202001026284066", "CY17002001280000001200527600",
	"CZ6508000000192000145399", "DE89370400440532013000",
	"DJ2100010000000154000100186", "DK5000400440116243",
	"DO28BAGR00000001212453611324", "EE382200221020145685",
	"EG380019000500000000263180002", "ES9121000418450200051332",
	"FI2112345600000785", "FK88SC123456789012", "FO6264600001631634",
	"FR1420041010050500013M02606", "GB29NWBK60161331926819",
	"GE29NB0000000101904917", "GI75NWBK000000007099453",
	"GL8964710001000206", "GR1601101250000000012300695",
	"GT82TRAJ01020000001210029690", "HN88CABF00000000000250005469",
	"HR1210010051863000160", "HU42117730161111101800000000",
	"IE29AIBK93115212345678", "IL620108000000099999999",
	"IQ98NBIQ850123456789012", "IS140159260076545510730339",
	"IT60X0542811101000000123456", "JO94CBJO0010000000000131000302",
	"KW81CBKU0000000000001234560101", "KZ86125KZT5004100100",
	"LB62099900000001001901229114", "LC55HEMM000100010012001200023015",
	"LI21088100002324013AA", "LT121000011101001000", "LU280019400644750000",
	"LV80BANK0000435195001", "LY83002048000020100120361",
	"MC5811222000010123456789030", "MD24AG000225100013104168",
	"ME25505000012345678951", "MK07250120000058984", "MN121234123456789123",
	"MR1300020001010000123456753", "MT84MALT011000012345MTLCAST001S",
	"MU17BOMM0101101030300200000MUR", "NI45BAPR00000013000003558124",
	"NL91ABNA0417164300", "NO9386011117947", "OM810180000001299123456",
	"PK36SCBL0000001123456702", "PL61109010140000071219812874",
	"PS92PALS000000000400123456702", "PT50000201231234567890154",
	"QA58DOHB00001234567890ABCDEFG", "RO49AAAA1B31007593840000",
	"RS35260005601001611379", "RU0304452522540817810538091310419",
	"SA0380000000608010167519", "SC18SSCB11010000000000001497USD",
	"SD2129010501234001", "SE4550000000058398257466", "SI56263300012039086",
	"SK3112000000198742637541", "SM86U0322509800000000270100",
	"SO211000001001000100141", "ST32000200010192194210112",
	"SV62CENR00000000000000700025", "TL380080012345678910157",
	"TN5910006035183598478831", "TR330006100519786457841326",
	"UA213223130000026007233566001", "VA59001123000012345678",
	"VG96VPVG0000012345678901", "XK051212012345678906",
	"YE15CBYE0001018861234567891234",
};

/* Each is found, and none with a digit changed. */
START_TEST(countries)
{
	for (size_t i = 0; i < sizeof(accounts) / sizeof(accounts[0]); i++) {
		char text[64];
		size_t length = strlen(accounts[i]);

		ck_assert_msg(scan_text(IBAN, span_of(accounts[i]), NULL)
				      .last.length == length,
		    "%s", accounts[i]);
		for (size_t j = 2; j < length; j++) {
			memcpy(text, accounts[i], length + 1);
			if (text[j] < '0' || text[j] > '9')
				continue;
			text[j] = (char)('0' + (text[j] - '0' + 1) % 10);
			ck_assert_msg(
			    scan_text(IBAN, span_of(text), NULL).count == 0,
			    "%s", text);
		}
	}
}
END_TEST

/* Of each digit of a card nine others are wrong. */
START_TEST(check_digits)
{
	static const char card[] = "5555555555554444";

	for (size_t i = 0; i < sizeof(card) - 1; i++)
		for (char c = '0'; c <= '9'; c++) {
			char text[sizeof(card)];

			memcpy(text, card, sizeof(card));
			text[i] = c;
			ck_assert_uint_eq(
			    scan_text(CARD, span_of(text), NULL).count,
			    c == card[i] ? 1 : 0);
		}
}
END_TEST

#define LENGTHS(from, to) ((1u << ((to) + 1)) - (1u << (from)))

/* The first and the last prefix of each issuer and their neighbours, and how
 * long their numbers may be. */
START_TEST(issuers)
{
	static const struct {
		const char *prefix;
		unsigned lengths;
	} rows[] = {
		{ "0999", 0 }, { "1000", LENGTHS(15, 15) },
		{ "1999", LENGTHS(15, 15) }, { "2000", 0 }, { "2199", 0 },
		{ "2200", LENGTHS(16, 19) }, { "2204", LENGTHS(16, 19) },
		{ "2205", 0 }, { "2220", 0 }, { "2221", LENGTHS(16, 16) },
		{ "2720", LENGTHS(16, 16) }, { "2721", 0 }, { "2999", 0 },
		{ "3000", LENGTHS(14, 19) }, { "3059", LENGTHS(14, 19) },
		{ "3060", 0 }, { "3094", 0 }, { "3095", LENGTHS(14, 19) },
		{ "3096", 0 }, { "3399", 0 }, { "3400", LENGTHS(15, 15) },
		{ "3499", LENGTHS(15, 15) }, { "3500", 0 }, { "3527", 0 },
		{ "3528", LENGTHS(16, 19) }, { "3589", LENGTHS(16, 19) },
		{ "3590", 0 }, { "3599", 0 }, { "3600", LENGTHS(14, 19) },
		{ "3699", LENGTHS(14, 19) }, { "3700", LENGTHS(15, 15) },
		{ "3799", LENGTHS(15, 15) }, { "3800", LENGTHS(14, 19) },
		{ "3999", LENGTHS(14, 19) },
		{ "4000", 1u << 13 | 1u << 16 | 1u << 19 },
		{ "4999", 1u << 13 | 1u << 16 | 1u << 19 },
		{ "5000", LENGTHS(12, 19) }, { "5099", LENGTHS(12, 19) },
		{ "5100", LENGTHS(16, 16) }, { "5599", LENGTHS(16, 16) },
		{ "5600", LENGTHS(12, 19) }, { "5999", LENGTHS(12, 19) },
		{ "6000", 0 }, { "6010", 0 }, { "6011", LENGTHS(16, 19) },
		{ "6012", 0 }, { "6199", 0 }, { "6200", LENGTHS(14, 19) },
		{ "6299", LENGTHS(14, 19) }, { "6300", LENGTHS(12, 19) },
		{ "6399", LENGTHS(12, 19) }, { "6400", 0 }, { "6439", 0 },
		{ "6440", LENGTHS(16, 19) }, { "6599", LENGTHS(16, 19) },
		{ "6600", 0 }, { "6699", 0 }, { "6700", LENGTHS(12, 19) },
		{ "6799", LENGTHS(12, 19) }, { "6800", 0 }, { "7000", 0 },
		{ "8099", 0 }, { "8100", LENGTHS(14, 19) },
		{ "8199", LENGTHS(14, 19) }, { "8200", 0 }, { "9791", 0 },
		{ "9792", LENGTHS(16, 16) }, { "9793", 0 }, { "9999", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t length = 4; length < 25; length++) {
			char text[32] = "";
			size_t hits = 0;

			(void)snprintf(text, sizeof(text), "%s%.*s",
			    rows[i].prefix, (int)length - 4,
			    "730617305184260937105");
			/* One of the ten last digits is the check digit. */
			for (char c = '0'; c <= '9' && length > 4; c++) {
				text[length - 1] = c;
				hits += scan_text(CARD, span_of(text), NULL)
					    .count;
			}
			ck_assert_msg(
			    hits == (rows[i].lengths >> length & 1),
			    "%s with %zu digits: %zu", rows[i].prefix, length,
			    hits);
		}
}
END_TEST

/* A number is the same however it is written, and no other one is. */
START_TEST(values)
{
	static const struct {
		enum detector detector;
		const char *a, *b;
		bool same;
	} pairs[] = {
		{ CARD, "4111111111111111", "4111-1111-1111-1111", true },
		{ CARD, "4111111111111111", "4242424242424242", false },
		{ IBAN, "DE89370400440532013000",
		    "de89 3704 0044 0532 0130 00", true },
		{ IBAN, "DE89370400440532013000", "NL91ABNA0417164300",
		    false },
		{ SSN, "536-22-1234", "536221234", true },
		{ SSN, "536-22-1234", "536-22-1235", false },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct scan a = scan_text(
		    pairs[i].detector, span_of(pairs[i].a), NULL);
		struct scan b = scan_text(
		    pairs[i].detector, span_of(pairs[i].b), NULL);

		ck_assert_uint_eq(a.count, 1);
		ck_assert_uint_eq(b.count, 1);
		ck_assert(
		    (a.last.value == b.last.value) == pairs[i].same);
	}
}
END_TEST

START_TEST(tail)
{
	static const struct {
		enum detector detector;
		const char *text, *tail;
	} tails[] = {
		{ CARD, "4111 1111 1111 1234", NULL },
		{ CARD, "5555 5555 5555 4444 1", "4444" },
		{ CARD, "4222 2222 2222 2", "2222" },
		{ IBAN, "BR18 0036 0305 0000 1000 9795 493C 1", "93C1" },
		{ SSN, "536-22-1234", "1234" },
	};
	char text[DETECTOR_TAIL_SIZE];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct scan scan = scan_text(
		    tails[i].detector, span_of(tails[i].text), NULL);

		ck_assert_uint_eq(scan.count, tails[i].tail != NULL);
		if (scan.count == 0)
			continue;
		detector_tail(scan.text, &scan.last, text);
		ck_assert_str_eq(text, tails[i].tail);
	}
}
END_TEST

/* How far a word may stand away, in characters. */
START_TEST(window)
{
	static const struct {
		const char *filler;
		size_t count;
		const char *confidence;
	} rows[] = {
		{ ".", DETECTOR_WINDOW, "high" },
		{ ".", DETECTOR_WINDOW + 1, "medium" },
		{ "\303\244", DETECTOR_WINDOW, "high" },
		{ "\303\244", DETECTOR_WINDOW + 1, "medium" },
		{ "\360\237\222\263", DETECTOR_WINDOW, "high" },
		{ "\360\237\222\263", DETECTOR_WINDOW * 10, "medium" },
	};
	struct buf text, out;

	buf_init(&text, 1 << 16);
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 2; i++) {
		size_t row = i / 2;
		bool before = i % 2 == 0;

		buf_reset(&text);
		(void)buf_printf(
		    &text, "%s", before ? "Visa" : "4111111111111111");
		for (size_t j = 0; j < rows[row].count; j++)
			(void)buf_printf(&text, "%s", rows[row].filler);
		(void)buf_printf(
		    &text, "%s", before ? "4111111111111111" : "Visa");
		(void)scan_text(CARD, buf_span(&text), &out);
		ck_assert_msg(strstr(buf_string(&out),
				  rows[row].confidence) != NULL,
		    "row %zu: %s", i, buf_string(&out));
	}
	buf_free(&text);
	buf_free(&out);
}
END_TEST

/* At every offset, so that eight bytes at once miss no digit. */
START_TEST(alignment)
{
	char text[64];

	for (size_t at = 0; at < 24; at++)
		for (size_t behind = 0; behind < 16; behind++) {
			memset(text, '/', sizeof(text));
			memset(text + at + 16, ':', behind);
			memcpy(text + at, "4111111111111111", 16);
			ck_assert_uint_eq(scan_text(CARD,
					      span_make(text, at + 16 + behind),
					      NULL).last.offset,
			    at);
		}
	/* No other byte is taken for a digit. */
	for (unsigned byte = 0; byte < 256; byte++) {
		memset(text, (int)byte, sizeof(text));
		ck_assert_uint_eq(
		    scan_text(CARD, span_make(text, sizeof(text)), NULL).count,
		    0);
	}
}
END_TEST

START_TEST(stops)
{
	struct scan scan = {
		.text = SPAN("4111111111111111 5555555555554444"),
		.limit = 1,
	};

	detector_scan(CARD, scan.text, on_hit, &scan);
	ck_assert_uint_eq(scan.count, 1);
	scan.limit = 2;
	scan.count = 0;
	scan.last = (struct detector_hit){ 0 };
	detector_scan(CARD, scan.text, on_hit, &scan);
	ck_assert_uint_eq(scan.count, 2);
}
END_TEST

SUITE_MAIN("detector", found, countries, check_digits, issuers, values, tail,
    window, alignment, stops)
