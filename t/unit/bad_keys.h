/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys that cannot sign mail, made for tests.
 */
#ifndef LUMBAR_T_BAD_KEYS_H
#define LUMBAR_T_BAD_KEYS_H

/* With a passphrase. */
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

/* RSA of 1023 bits. */
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

/* RSA of 4104 bits. */
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

/* An elliptic curve (P-256). */
#define CURVE_KEY \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEtptvJwj5AI2FIJ9\n" \
	"9gQKN4EsE9+McNx592SBn3tPrxihRANCAARp4DMU09bDAqKOY90d8y66BoY4Xv+F\n" \
	"VirKlSa+p60MECY8AkMebOUycdiFSxG7woX7y2ffl2i7pSxWFGjUYbmO\n" \
	"-----END PRIVATE KEY-----\n"

/* A public key. */
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

#endif
