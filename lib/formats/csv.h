/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comma-separated values (RFC 4180), as spreadsheets and databases export them.
 *
 * Beyond the RFC, as people write such files by hand: a line may end in LF
 * alone, blanks around a field do not count, and empty lines and lines that
 * begin with "#" are no records.
 */
#ifndef LUMBAR_FORMATS_CSV_H
#define LUMBAR_FORMATS_CSV_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

enum { CSV_FIELDS_MAX = 1000 }; /* in one record */

struct csv_field {
	struct span value; /* without its quotes */
	size_t offset;     /* where it begins, as a byte of the text */
};

struct csv_record {
	struct csv_field *fields;
	size_t count;
	size_t size; /* fields that there is room for */
};

struct csv_reader {
	struct span text;
	size_t at; /* the next byte; 0 at the start */
};

enum csv_result {
	CSV_END,    /* there is no further record */
	CSV_RECORD,
	CSV_WRONG,  /* reading may go on behind it */
};

/*
 * Reads the next record of READER->text into *RECORD, which is all zero at the
 * first call and used again at each; its fields are borrowed from the text, or
 * live in POOL where a doubled quote was made single.
 *
 * CSV_WRONG: *ERR (ERR_CONFIG) says what is wrong at byte *OFFSET.
 */
enum csv_result csv_next(struct csv_reader *reader, struct pool *pool,
    struct csv_record *record, size_t *offset, struct err *err);

#endif
