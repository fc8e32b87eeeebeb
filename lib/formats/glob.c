/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/glob.h"

#include <assert.h>

/* A "*" takes as little as it can; where the rest then does not fit, the last
 * one takes a byte more.  No earlier one needs to: what it could take as well
 * is in reach of the last. */
bool
glob_matches(struct span glob, struct span text)
{
	size_t star = glob.len; /* the last "*" met; LEN: none */
	size_t taken = 0;       /* end of what it takes */
	size_t g = 0, t = 0;

	while (t < text.len) {
		if (g < glob.len && glob.ptr[g] == '*') {
			star = g++;
			taken = t;
		} else if (g < glob.len && glob.ptr[g] == text.ptr[t]) {
			g++;
			t++;
		} else if (star < glob.len) {
			g = star + 1;
			t = ++taken;
		} else {
			return false;
		}
	}
	while (g < glob.len && glob.ptr[g] == '*')
		g++;
	return g == glob.len;
}

/* OTHER as a text: each of its "*" is then matched by one of GLOB, or not. */
bool
glob_covers(struct span glob, struct span other)
{
	return glob_matches(glob, other);
}

/* One row of the table of which starts of A meet which starts of B. */
bool
glob_meets(struct span a, struct span b)
{
	bool row[GLOB_MAX + 1] = { false };

	assert(b.len <= GLOB_MAX);
	row[0] = true;
	for (size_t k = 1; k <= b.len && b.ptr[k - 1] == '*'; k++)
		row[k] = true;
	for (size_t i = 1; i <= a.len; i++) {
		bool star = a.ptr[i - 1] == '*';
		bool diagonal = row[0];

		row[0] = row[0] && star;
		for (size_t k = 1; k <= b.len; k++) {
			bool above = row[k];

			if (star || b.ptr[k - 1] == '*')
				row[k] = above || row[k - 1];
			else
				row[k] = diagonal &&
				    a.ptr[i - 1] == b.ptr[k - 1];
			diagonal = above;
		}
	}
	return row[b.len];
}
