/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/glob.h"

#include <assert.h>

bool
glob_covers(struct span glob, struct span other)
{
	size_t g = 0, o = 0;
	size_t star = SIZE_MAX, resume = 0;

	while (o < other.len) {
		if (g < glob.len && glob.ptr[g] == '*') {
			star = g++;
			resume = o;
		} else if (g < glob.len && glob.ptr[g] == other.ptr[o] &&
		    other.ptr[o] != '*') {
			g++;
			o++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			o = ++resume;
		} else {
			return false;
		}
	}
	while (g < glob.len && glob.ptr[g] == '*')
		g++;
	return g == glob.len;
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
