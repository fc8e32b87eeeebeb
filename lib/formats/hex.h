/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LUMBAR_FORMATS_HEX_H
#define LUMBAR_FORMATS_HEX_H

/* The value of the hexadecimal digit C, or -1.  Lower case is against RFC 2045
 * and 2231, but every mail program takes it; RFC 4515 has both. */
static inline int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

#endif
