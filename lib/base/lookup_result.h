/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a lookup answers, whoever is asked.  "It is not there" and "it could
 * not be asked" are never merged: the first refuses a recipient for good, the
 * second must defer.
 */
#ifndef LUMBAR_BASE_LOOKUP_RESULT_H
#define LUMBAR_BASE_LOOKUP_RESULT_H

enum lookup_result {
	LOOKUP_FAILED, /* zero, so that forgotten memory is a fault */
	LOOKUP_NOT_FOUND,
	LOOKUP_FOUND,
};

#endif
