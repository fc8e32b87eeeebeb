/* SPDX-License-Identifier: BSD-2-Clause */
/* All detectors over one text; what they find is found again alone. */
#include "formats/detector.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scan {
	enum detector detector;
	struct span text;
	size_t end; /* of the last hit */
	size_t count;
	uint64_t value;
};

static bool
on_only_hit(void *context, const struct detector_hit *hit)
{
	struct scan *scan = context;

	assert(hit->offset == 0 && hit->length == scan->text.len);
	scan->value = hit->value;
	scan->count++;
	return true;
}

static bool
on_hit(void *context, const struct detector_hit *hit)
{
	struct scan *scan = context;
	struct scan alone = {
		.detector = scan->detector,
		.text = span_slice(
		    scan->text, hit->offset, hit->offset + hit->length),
	};
	char tail[DETECTOR_TAIL_SIZE];

	assert(hit->length >= 9 && hit->offset >= scan->end);
	assert(hit->offset + hit->length <= scan->text.len);
	assert(hit->confidence <= CONFIDENCE_HIGH);
	scan->end = hit->offset + hit->length;
	detector_scan(scan->detector, alone.text, on_only_hit, &alone);
	assert(alone.count == 1 && alone.value == hit->value);
	detector_tail(scan->text, hit, tail);
	assert(strlen(tail) == DETECTOR_TAIL_SIZE - 1);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned i = 0; i < DETECTOR_COUNT; i++) {
		struct scan scan = {
			.detector = (enum detector)i,
			.text = span_make((const char *)data, size),
		};

		detector_scan(scan.detector, scan.text, on_hit, &scan);
	}
	return 0;
}
