/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/crypto.h"

#include "base/secret.h"

#include "t/unit/dkim_keys.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
check_digest(const uint8_t digest[SHA256_SIZE], const char *expected)
{
	char text[2 * SHA256_SIZE + 1];

	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(text, expected);
}

/* FIPS 180-4, examples of one and of two blocks, and the empty message. */
static const struct {
	const char *text;
	const char *digest;
} vectors[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb924"
	      "27ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223"
		 "b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1" },
};

enum { VECTOR_COUNT = sizeof(vectors) / sizeof(vectors[0]) };

START_TEST(sha256_vectors)
{
	uint8_t digest[SHA256_SIZE];

	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		sha256_of(span_of(vectors[i].text), digest);
		check_digest(digest, vectors[i].digest);
	}
}
END_TEST

START_TEST(sha256_of_null_span)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of((struct span){ NULL, 0 }, digest);
	check_digest(digest, vectors[0].digest);
}
END_TEST

START_TEST(sha256_cut_anywhere)
{
	struct sha256 *sha256 = sha256_new();
	uint8_t digest[SHA256_SIZE];

	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		struct span text = span_of(vectors[i].text);

		for (size_t cut = 0; cut <= text.len; cut++) {
			sha256_reset(sha256);
			sha256_update(sha256, span_slice(text, 0, cut));
			sha256_update(
			    sha256, span_slice(text, cut, text.len));
			sha256_final(sha256, digest);
			check_digest(digest, vectors[i].digest);
		}
	}
	sha256_free(&sha256);
	ck_assert_ptr_null(sha256);
	sha256_free(&sha256);
}
END_TEST

START_TEST(sha256_reset_forgets)
{
	struct sha256 *sha256 = sha256_new();
	uint8_t digest[SHA256_SIZE];

	sha256_update(sha256, SPAN("forgotten"));
	sha256_reset(sha256);
	sha256_update(sha256, SPAN("abc"));
	sha256_final(sha256, digest);
	check_digest(digest, vectors[1].digest);
	sha256_free(&sha256);
}
END_TEST

/* Keys as they should be: algorithm and size come from the key itself. */
START_TEST(key_algorithms)
{
	static const struct {
		const char *pem;
		enum key_algorithm algorithm;
		unsigned bits;
		size_t signature_size;
	} keys[] = {
		{ RFC8463_RSA_KEY, KEY_RSA, 1024, 128 },
		{ RFC6376_RSA_KEY, KEY_RSA, 1024, 128 },
		{ RFC8463_ED25519_KEY, KEY_ED25519, 256, 64 },
		{ "text before is passed over\n" RFC8463_ED25519_KEY,
		    KEY_ED25519, 256, 64 },
	};
	uint8_t digest[SHA256_SIZE] = { 0 };
	uint8_t signature[SIGNATURE_MAX];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct err err;
		size_t len = 0;
		struct signing_key *key =
		    signing_key_parse(span_of(keys[i].pem), &err);

		ck_assert_msg(key != NULL, "%s", err.text);
		ck_assert_int_eq(
		    signing_key_algorithm(key), keys[i].algorithm);
		ck_assert_uint_eq(signing_key_bits(key), keys[i].bits);
		ck_assert_int_eq(
		    signing_key_sign(key, digest, signature, &len, &err), 0);
		ck_assert_uint_eq(len, keys[i].signature_size);
		signing_key_free(&key);
		ck_assert_ptr_null(key);
		signing_key_free(&key);
	}
}
END_TEST

/* Both algorithms are deterministic; whether they are right is shown with
 * the RFCs' messages in test_dkim_signature. */
START_TEST(key_signs_the_same_twice)
{
	static const char *const keys[] = { RFC8463_RSA_KEY,
		RFC8463_ED25519_KEY };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint8_t digest[SHA256_SIZE], first[SIGNATURE_MAX],
		    second[SIGNATURE_MAX];
		size_t first_len, second_len;
		struct err err;
		struct signing_key *key =
		    signing_key_parse(span_of(keys[i]), &err);

		ck_assert_ptr_nonnull(key);
		sha256_of(SPAN("text"), digest);
		ck_assert_int_eq(signing_key_sign(key, digest, first,
				     &first_len, &err),
		    0);
		ck_assert_int_eq(signing_key_sign(key, digest, second,
				     &second_len, &err),
		    0);
		ck_assert_uint_eq(first_len, second_len);
		ck_assert_mem_eq(first, second, first_len);
		signing_key_free(&key);
	}
}
END_TEST

#define ENCRYPTED_KEY \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" \
	"MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIpV9fS3MBZgYCAggA\n" \
	"MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBAEr1HkhzPH0LsRyQHUzuSdBIIC\n" \
	"gPgO6zEQkyzNvu3mzTZODgDoHF+lgH8kJgaHdxzU+FB0QS3A1u4fxl1cxLmIMmFh\n" \
	"LdOnzfqgZ+droowMeUSaXn0PRbK6bf0LRODVG39OW6qCFFrK+iTnW1P88TPYAbcm\n" \
	"rQKxZbqa19AL5Ho6ozyBaJ22+LBEgu3UPzaxlvP9UD0mdPVveZYDHRGBgn73hzS5\n" \
	"kOIOLzFt+rZ/clq9SJ676ltIc9Djm/8Y2Foj2yaXILJjJ3CGeChKTP9MDFWCZFcM\n" \
	"Wfn8ODW4eO8Xi0VUkMfYzOsDHqy+RhWB1QLbk7DBGw5lb4Z8EnnpF6oOQKQvnUE8\n" \
	"6e0dHi7lzg6Zeg/3g1K086RbPVMJSS8C9v+rK3j4ejEdRiCfv6DffFa4qEtlbjw/\n" \
	"tmuL6+J17ai0Zgk2bjg7lB49LSSonsyQ1CUXt1IcQmR+iOPwrsucXQNOoouLUaAx\n" \
	"hDkzU6BugjYFnFUN5TkViNiE8/kFXo6jScdhA4FcmxzY+i4udKbtAd0HOyQbvpov\n" \
	"ZxQfVAiS3mzu5kWB1/qGn5f0oU18VDT3QrSYQJCsgBnAakLy/WFfjIlYS+q4Mxpe\n" \
	"AsgJ9VtblrfMqZ7naW+GkKIsXNDWUwJm0zubKOOP6HbohiBNa6i944S5LIL/QLFd\n" \
	"BeS3id7nc9rpNQMnK9fkx441vKJAEYZJs2OmPwVmlsw8qA4oEV9x2W0a7bdk4lDj\n" \
	"eOLIjngKVEhKm1JybHJBh5GzakcOghUfFy5czKpG6k7dcBPxzDF5nwCiZ8650HCl\n" \
	"RSN9i11O8XNP3XlZP0GWv34AMDA+LuLyDWFELH8t+u7o9b6spHCcAODQkwQ0Xl/e\n" \
	"KX3lPGbYAyPRiTgpjzXxq2I=\n" \
	"-----END ENCRYPTED PRIVATE KEY-----\n"

#define SHORT_KEY \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGAZJ+lRHW/0BLy5Wt0\n" \
	"pofODSXGFFZF6Vin0A79sOc4MHQ7vVXXuFUER7XaafMOi+OPD3Hk8kAjEG30NGma\n" \
	"6k+F+tMC/JJRsiKMV+4dgmB2D+eJwYzLXiroj9mZUydvDYAKtCr4vIflKVEghNZx\n" \
	"43900uoQYJ8F4o5XjXZDmTnqkcUCAwEAAQKBgEOg5MPJW/yt76BwAzu1xLAjdijO\n" \
	"/zfhBRCaMrmF/cbbKBeNrWnPggvsVnqlCF7Ot6UKyHRk1OxC6kGbxKm8fvADG6Ph\n" \
	"XeIfNFhiPg0J/2Q0/c88mZZbRUEBkAy/zxTFOvvelohSvP3iTo5UB27KUY8sNVBc\n" \
	"IaADkFsrVQiKL2+1AkEAyc1J4iPWjA3LixoRmAjrVaTRGtptzm7phy+Idh7sFOVa\n" \
	"Y8QPZClI11FwnYmBKTPH38j4GTPrNe0NmFBrND10WwJAf6Xu3wNtcdRmQb5A0QCX\n" \
	"aA3F2MSDLyNkgJy/1LP+i32vsXd2VMMKFnrOuCUV3sf3GcJbd2mSGAjdna4QhPJs\n" \
	"XwJBALMl7+U184054eyHI/9YS7MoMgooxzpv9Bjy9a4HHYYfZfMTZqaAkA22Wsc/\n" \
	"/s3ZDiN4gee905136I3DNqiVtekCQGjPIzJkCxIi1w92GpxBgxAB9whEWn5y7guY\n" \
	"KP6KCCAaxA7QSw3P01Gf5mpWsP1qbR7ucdG7kiQ/60+T46Z1srsCQQCv1wql0FJP\n" \
	"IZ/hrdbUjMMlicCSE4g+NlCdKtKFfnNGCy+N6vBe/z0ZDkLlxmAGcwqa/NqZVnjz\n" \
	"OPxc4hD9LOF+\n" \
	"-----END PRIVATE KEY-----\n"

#define LONG_KEY \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIIJRgIBADANBgkqhkiG9w0BAQEFAASCCTAwggksAgEAAoICAgCWFxdPGcbzd6+I\n" \
	"tQZnbq9Qg8tm4TsYAiCfnHjsa83wttCUDkIPBP8W2JVTqQyhOiFiQtK+u62i4x5t\n" \
	"VIVkirZk+n3A/1Tudm8TIkadms7TAz5htzydjtTL2QiMCSXo1gGWOl4UcvkMr46X\n" \
	"M5rdBrdtzCP2zh2Tr15GL9wjwcqzGRg2uW2xOmzCMn7uk26xgW07r1oqIzA0Grps\n" \
	"Myioxoqavr9WcAMwELz1N3U/M41ykXUZ2Ilph8q0yDVazSD5kdR0D1Hvvu/TX3QK\n" \
	"JF87CR2Hs4mdotTkoEJNfCoTkRhWmD7IDXzZR5RzIJyfB9RleSSuuezYXM4cJiOo\n" \
	"PjBtDsdnyoaY75DgMqG/BYr0P4iOwSlGK8744ZcZCYdFizN2nHRRm2AXb2kIETAO\n" \
	"7Ho3uqzQDRidGeHfm42ZFrPY59X74ofCoOGNEtavv8fHd6/rgurAmbuHau3UugT0\n" \
	"u0C+wj5tqivx5lVPW5012Y18ytywAMzQX6AMZ+leIc/nWT4POItUnYLMKYGiPZvY\n" \
	"VGurfyKaye6kP4GyNZF9kaZbws1dD3npcksfNBqxuMTOM8buVSznDJZOJIrSK69g\n" \
	"9R9LlqUUEm3cQFDoffEg9QVKv+tO9qJVNUSKEQwstjRzm8yY9Wtqu6Xm/r7chioJ\n" \
	"zWW/ZO3l3XlyzhUgDClvvohiq00M+OECAwEAAQKCAgEHAQ5t6McdPxesvysMjaCN\n" \
	"O4y07t5DLeo8iuC3ME9Kf6obchl2Xq+JE50YWZW7qB0q2xXj6OKn/xhTes8ygk3K\n" \
	"kP9oWOsrYD7OBJFk6eRRHruPTxuNjCyZ5doCCvU/JnKpgmzKO/ArhuIWP49VDDQf\n" \
	"BmHaabohwyWGefpKwJnHWWypotPERwbr2fQfLe6UtCtOBYUTAeapnYcgm+7bKyua\n" \
	"1vJkesBqME7rZuXIB+jsbCV1LoeBYU6ruKaueeFsavggXPpgG5V1Zolzrtr8Q/BG\n" \
	"omh2btc50PWbtfCSvC91gVkuZcoqGVNm8f261LvHfVlGGdgXv0xlm791hiIA07wW\n" \
	"7YO4fvxXQDuhtYQ9tmUFJBG8QWAhkfr0+pOm9CuCIs8Q67b8V98VmRFYx9n0Nt4Y\n" \
	"BT9ONZu8X8ZdG4va6odn2I1W0s+td9XX4wezzvPw/Fuw/YL+kZ43ScRIt96kueGe\n" \
	"9g0zXs4x9kT/oojczo/QNEyDZh/wSAkL9ee1sJ/llxgmX/1ugXHSfgrCSe1FIiJH\n" \
	"+owOwBk434dqA3mGByvB7rG6Ek43LX2VsVsSSJZu1zbtkpNF3m72xlNzggk+livO\n" \
	"+2rFed2j3BbbZkKs72S8UyPUAXpGXx4FgjUeIbEPNRSj2oA7uD9v1ZDMNAEm5wiJ\n" \
	"vCWNK+Sb0+XDN0H5I3+qwQ8CggEBDIgM9Ly2gmrFIt2xPXf7RmXsxNcbYD9LR7aK\n" \
	"m3XXkQ7lKil4u7NG1LHdjTbdkdy8AoCQc2nZEaUp//DoIEGxSXPONbLJyKkdCOiJ\n" \
	"hbXJVoS9d/nkAaKxoTYVLOWwA66FWW6tgOuId4PuthR/4OakZBQJkiikiYtVitXT\n" \
	"OwwvqmQ2mvTBjo773NcM3HcGLohEQjocZkI7VC7ZumnfbJju1cU7VJrdTw+MxRXr\n" \
	"cQGumvNzG4KwySWbZqlMa2og2WBzxxL/5TEEjnnxOrVJVOY5pK+V6XB7u4DSGUoE\n" \
	"6ZwN61GIEjlsuO6ss6fwk5KUQblDtvscO+GQNXvznjZyhIOCE58CggEBC/oiKlCt\n" \
	"oZmgnRF5MhwkcXnoHz4TDiH0dLZG4Fkeo2fWeqHMpmzEPjCKCPq5/60FbiJDFvYJ\n" \
	"/NbJuaF5Pxtp7+T+otQZTTaSG+62BmwMnLvaPizxBTljNFjVGp8ACkSreKWps+Me\n" \
	"86Kj0jsntiM61JUq3EcjwkA2An/tT4OFg2aISSiIDbvextT+coWYD8ZEjEITL8Jn\n" \
	"x9AzTXj5bf0wQ4cdyawjqnhJUJRjL9yoDzdlYfpRBk4iwf3QNKwOhpyIlkF3GOLe\n" \
	"UecMGHBGgTw4fh0gLVqpD19hXKfSlxCticOdaflYxLJvS2EVk81RItV66cDjEBB9\n" \
	"KO2kK+Q0FJ2Zo38CggEBAv2t6fPos7P8HVhAZ2Vtqd3F5y1YMV6p/xHIf1Ze/xZJ\n" \
	"CAkh8drWOwnA0WWY+KlwjkBVOda3ooiDP70mChzjzZ5AR3zGwIfskCXAPROoXGgO\n" \
	"OMaB7wn/z3RzFWY03owW88OA0dZlmfD5VqgJ5YnnDqPhrOraaqHA5wQmCF/eOJL2\n" \
	"nYFxeS8TWiBRx4T5Cr4nXI82HAoO0wbjnKSMWQUfbBJJGOZlj+ssNBYJPc2i+QTG\n" \
	"InjM7RV2w8gAn1qTQI7O02LrhK5wYfkk5FhEimjwtSfbZf4c6iHTA4oxJfjDMbkh\n" \
	"+weNtY3x1mds+ivwCsfHK7M/h+NMYheVi9t+9bXVpA0CggEBA+KM9oDY8VQtvwUN\n" \
	"9O0f/Rb37jpqX+kvrDP75YXC5GooLfsRsOIS/cEs5SC++GodGs5OSMJiFvtsz6PK\n" \
	"+mdgA4qZ9iMqWdtbpWfW71pY9PYSIpzdST6GKVKvPUVZ8/q2TBogY9NGFO0qimTZ\n" \
	"ysC+snn4Px9sP/QoEMOCLIqS4j598o0NJLdN2dz49BjVbDh5v60nIBTFKRElsvmM\n" \
	"ntrDrwPC68nEf+UoktSvH7VJZjYn0pIpegwaRiaYRJ2S0KMxwttVUGM2jgaN69dv\n" \
	"ZzgrcuzrpQqFUBE2OaHOM2YbhFZJVzikTJk8dIz3PMwah1wL1IrWnD1c+8uptvr8\n" \
	"0bsVPO0CggEBCbSUDwwVzPFv46fAInGZ8o4vuOBi/8pFmFASZmNTSCSyHR5S4v1X\n" \
	"gNqbLLZgRm7BaXFT0MJOQaTn0ovYENIURlfZy5wLqYRJsezLoH/0CInQn/6m3gsZ\n" \
	"Tg5MdBo0nBbt/ISSGm4O/oNXpQCnw4ZbfmxvzPEzYeZUYw/53CUqAInf/U5bAj04\n" \
	"0k6w3Sco8Tw+mrDvBUFFJdRnqLCbraxHvagrkJHVL2zFlqvk3xXhaRziXrxM8HuP\n" \
	"j/DMHyAO+ZXD9q0tsu9yyD0M7Cqr2kvdblUM6k3fSeohpwra2KbUj+u962hvyRZS\n" \
	"/+aJRRronqmqTZlRuTWY24gEW66PVYgLfCk=\n" \
	"-----END PRIVATE KEY-----\n"

#define CURVE_KEY \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEtptvJwj5AI2FIJ9\n" \
	"9gQKN4EsE9+McNx592SBn3tPrxihRANCAARp4DMU09bDAqKOY90d8y66BoY4Xv+F\n" \
	"VirKlSa+p60MECY8AkMebOUycdiFSxG7woX7y2ffl2i7pSxWFGjUYbmO\n" \
	"-----END PRIVATE KEY-----\n"

#define PUBLIC_KEY \
	"-----BEGIN PUBLIC KEY-----\n" \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkM\n" \
	"oGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/R\n" \
	"tdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI\n" \
	"MmPSPDdQPNUYckcQ2QIDAQAB\n" \
	"-----END PUBLIC KEY-----\n"

/* A modulus that is not the product of its primes. */
#define DAMAGED_KEY \
	"-----BEGIN RSA PRIVATE KEY-----\n" \
	"MIICXwIBAAKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFC\n" \
	"jxOCKG9v3b4jYfcTNB5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gb\n" \
	"to/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB\n" \
	"AoGBALmn+XwWk7akvkUlqb+dOxyLB9i5VBVfje89Teolwc9YJT36BGN/l4e0l6QX\n" \
	"/1//6DWUTB3KI6wFcm7TWJcxbS0tcKZX7FsJvUz1SbQnkS54DJck1EZO/BLa5ckJ\n" \
	"gAYIaqlA9C0ZwM6i58lLlPadX/rtHb7pWzeNcZHjKrjM461ZAkEA+itss2nRlmyO\n" \
	"n1/5yDyCluST4dQfO8kAB3toSEVc7DeFeDhnC1mZdjASZNvdHS4gbLIA1hUGEF9m\n" \
	"3hKsGUMMPwJBAPW5v/U+AWTADFCS22t72NUurgzeAbzb1HWMqO4y4+9Hpjk5wvL/\n" \
	"eVYizyuce3/fGke7aRYw/ADKygMJdW8H/OcCQQDz5OQb4j2QDpPZc0Nc4QlbvMsj\n" \
	"7p7otWRO5xRa6SzXqqV3+F0VpqvDmshEBkoCydaYwc2o6WQ5EBmExeV8124XAkEA\n" \
	"qZzGsIxVP+sEVRWZmW6KNFSdVUpk3qzK0Tz/WjQMe5z0UunY9Ax9/4PVhp/j61bf\n" \
	"eAYXunajbBSOLlx4D+TunwJBANkPI5S9iylsbLs6NkaMHV6k5ioHBBmgCak95JGX\n" \
	"GMot/L2x0IYyMLAz6oLWh2hm7zwtb0CgOrPo1ke44hFYnfc=\n" \
	"-----END RSA PRIVATE KEY-----\n"

START_TEST(key_refused)
{
	static const struct {
		const char *pem;
		const char *reason;
	} keys[] = {
		{ "", "cannot be one in PEM" },
		{ "no key\n", "no private key in PEM found" },
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		  "-----END PRIVATE KEY-----\n",
		    "no private key in PEM found" },
		{ PUBLIC_KEY, "no private key in PEM found" },
		{ ENCRYPTED_KEY, "openssl pkey -in" },
		{ SHORT_KEY, "1023 bits is refused by verifiers" },
		{ LONG_KEY, "4104 bits is more than verifiers take" },
		{ CURVE_KEY, "type EC cannot sign mail" },
		{ DAMAGED_KEY, "the key " },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct err err = { .kind = ERR_NONE };

		ck_assert_ptr_null(
		    signing_key_parse(span_of(keys[i].pem), &err));
		ck_assert_int_eq(err.kind, ERR_CONFIG);
		ck_assert_msg(strstr(err.text, keys[i].reason) != NULL,
		    "key %zu: %s", i, err.text);
	}
}
END_TEST

START_TEST(key_too_large)
{
	static char text[KEY_FILE_MAX + 1];
	struct err err;

	memset(text, 'A', sizeof(text));
	ck_assert_ptr_null(
	    signing_key_parse(span_make(text, sizeof(text)), &err));
	ck_assert_int_eq(err.kind, ERR_CONFIG);
}
END_TEST

/* Writes TEXT to a new file of MODE; NAME ends in XXXXXX. */
static void
write_file(char *name, const char *text, mode_t mode)
{
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(key_file_modes)
{
	static const struct {
		mode_t mode;
		const char *reason; /* NULL: it is accepted */
	} files[] = {
		{ 0400, NULL },
		{ 0600, NULL },
		{ 0640, NULL },
		{ 0440, NULL },
		{ 0644, "mode 0644" },
		{ 0660, "mode 0660" },
		{ 0602, "mode 0602" },
		{ 0601, "mode 0601" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char name[] = "key-XXXXXX";
		struct err err;
		struct signing_key *key;

		write_file(name, RFC8463_ED25519_KEY, files[i].mode);
		key = signing_key_read(name, &err);
		if (files[i].reason == NULL) {
			ck_assert_msg(key != NULL, "%s", err.text);
		} else {
			ck_assert_ptr_null(key);
			ck_assert_int_eq(err.kind, ERR_CONFIG);
			ck_assert_ptr_nonnull(strstr(err.text, name));
			ck_assert_ptr_nonnull(
			    strstr(err.text, files[i].reason));
			ck_assert_ptr_nonnull(strstr(err.text, "chmod"));
		}
		signing_key_free(&key);
		ck_assert_int_eq(unlink(name), 0);
	}
}
END_TEST

START_TEST(key_file_wrong)
{
	char name[] = "key-XXXXXX";
	struct err err;

	ck_assert_ptr_null(signing_key_read("no/such/file", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "no/such/file"));
	ck_assert_ptr_null(signing_key_read(".", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));

	write_file(name, "no key\n", 0600);
	ck_assert_ptr_null(signing_key_read(name, &err));
	ck_assert_int_eq(strncmp(err.text, name, strlen(name)), 0);
	ck_assert_int_eq(unlink(name), 0);

	/* Nobody writes to it: reading must not wait for that. */
	ck_assert_int_eq(mkfifo(name, 0600), 0);
	ck_assert_ptr_null(signing_key_read(name, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
	ck_assert_int_eq(unlink(name), 0);
}
END_TEST

START_TEST(secret_limits)
{
	char name[] = "secret-XXXXXX";
	struct secret secret;
	struct err err;

	write_file(name, "12345", 0600);
	ck_assert_int_eq(secret_read(name, 5, &secret, &err), 0);
	ck_assert(span_equal(secret_span(&secret), SPAN("12345")));
	secret_free(&secret);
	ck_assert_ptr_null(secret.ptr);
	ck_assert_int_eq(secret_read(name, 4, &secret, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 4 bytes"));
	ck_assert_ptr_null(secret.ptr);
	ck_assert_int_eq(unlink(name), 0);
}
END_TEST

/* Only root can give a file away. */
START_TEST(secret_of_another_user)
{
	char name[] = "secret-XXXXXX";
	struct secret secret;
	struct err err;

	if (geteuid() != 0)
		return;
	write_file(name, "12345", 0600);
	ck_assert_int_eq(chown(name, 12345, (gid_t)-1), 0);
	ck_assert_int_eq(secret_read(name, 5, &secret, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "user id 12345"));
	ck_assert_ptr_nonnull(strstr(err.text, "chown root"));
	ck_assert_int_eq(unlink(name), 0);
}
END_TEST

SUITE_MAIN("crypto", sha256_vectors, sha256_of_null_span, sha256_cut_anywhere,
    sha256_reset_forgets, key_algorithms, key_signs_the_same_twice,
    key_refused, key_too_large, key_file_modes, key_file_wrong, secret_limits,
    secret_of_another_user)
