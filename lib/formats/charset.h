/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text of any charset that mail declares, converted to UTF-8 as it streams by.
 * The only user of iconv(3).
 *
 * What a charset is called follows the Encoding Standard of the web, which mail
 * programs follow as well: ISO-8859-1 means windows-1252, GB2312 means GBK.
 * UTF-7, UTF-32, JOHAB, EBCDIC and some others are known beside, which a
 * program that keeps to the standard does not know: it shows the bytes
 * (charset_ascii).
 * Only charsets of an own list are handed to iconv, never a name from mail.
 */
#ifndef LUMBAR_FORMATS_CHARSET_H
#define LUMBAR_FORMATS_CHARSET_H

#include "base/buf.h"
#include "base/span.h"

struct charset_decoder;

/* No more names than these are known. */
enum { CHARSET_NAMES_MAX = 320 };

/* Bytes by which charset_decode or charset_finish may lengthen its output for
 * LEN bytes of input. */
#define CHARSET_DECODED_MAX(len) ((len) * 4 + 128)

/* True if NAME, ASCII case ignored, is a charset that can be converted. */
bool charset_known(struct span name);

/* What bytes below 128 are in text of a charset. */
enum charset_ascii {
	CHARSET_ASCII_GUESSED, /* ASCII, unless a byte order mark is obeyed */
	CHARSET_ASCII_SAME,
	CHARSET_ASCII_ESCAPED, /* not between escapes: ISO-2022-JP */
	CHARSET_ASCII_OTHER,   /* something else: UTF-16, UTF-7, EBCDIC */
};

/* The same for charset NAME, as charset_new takes it. */
enum charset_ascii charset_ascii(struct span name);

/* The modules that convert charsets, loaded. */
struct charset_modules;

/*
 * Loads the module of every charset and keeps it: 1 MB and some milliseconds.
 * As long as they are held charset_new takes a microsecond.  Else the C library
 * loads and unloads a module each time, and mail that names many charsets
 * costs fifty times what other mail does.  Release with
 * charset_modules_release.
 */
struct charset_modules *charset_modules_hold(void)
    __attribute__((warn_unused_result));

/* Releases *MODULES and clears it; NULL is a no-op. */
void charset_modules_release(struct charset_modules **modules);

/*
 * A decoder for charset NAME, ASCII case ignored.  With an empty, unknown or
 * US-ASCII charset each byte over 127 that is not part of valid UTF-8 is taken
 * as windows-1252, and a byte order mark at the start is obeyed.  Release with
 * charset_free.
 */
struct charset_decoder *charset_new(struct span name)
    __attribute__((warn_unused_result));

/* Releases *DECODER and clears it; NULL is a no-op. */
void charset_free(struct charset_decoder **decoder);

/*
 * Appends the next bytes, cut anywhere, to OUT as UTF-8; invalid bytes become
 * U+FFFD.  What OUT has no room for is lost, and OUT->full tells so.
 */
void charset_decode(
    struct charset_decoder *decoder, struct span in, struct buf *out);

/* The input has ended: appends what is left.  The decoder may then be used for
 * another text; what the functions below tell stays. */
void charset_finish(struct charset_decoder *decoder, struct buf *out);

/* True if the charset was unknown, or none was declared (or US-ASCII) and
 * bytes that are not UTF-8 had to be guessed at. */
bool charset_guessed(const struct charset_decoder *decoder);

/* True if bytes were invalid in the charset declared. */
bool charset_broken(const struct charset_decoder *decoder);

#endif
