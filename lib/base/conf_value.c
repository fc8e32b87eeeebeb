/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/conf_value.h"

#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t size;
};

/* The largest first: a value is printed in the largest that divides it. */
static const struct unit duration_units[] = {
	{ "d", 86400 * CLOCK_SECOND_US },
	{ "h", 3600 * CLOCK_SECOND_US },
	{ "m", 60 * CLOCK_SECOND_US },
	{ "s", CLOCK_SECOND_US },
	{ "ms", CLOCK_SECOND_US / 1000 },
	{ NULL, 0 },
};

static const struct unit size_units[] = {
	{ "G", INT64_C(1) << 30 },
	{ "M", INT64_C(1) << 20 },
	{ "K", INT64_C(1) << 10 },
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit no_units[] = {
	{ "", 1 },
	{ NULL, 0 },
};

enum { NUMBER_TEXT_MAX = 32 };

static const struct unit *
units_of(enum conf_type type)
{
	if (type == CONF_DURATION)
		return duration_units;
	return type == CONF_SIZE ? size_units : no_units;
}

static void
number_text(
    enum conf_type type, int64_t number, char text[static NUMBER_TEXT_MAX])
{
	const struct unit *unit = units_of(type);

	if (type == CONF_MODE) {
		(void)snprintf(text, NUMBER_TEXT_MAX, "%#04" PRIo64,
		    (uint64_t)number);
		return;
	}
	while (number % unit->size != 0 && unit[1].name != NULL)
		unit++;
	/* A bare 0 reads well in every unit. */
	(void)snprintf(text, NUMBER_TEXT_MAX, "%" PRId64 "%s",
	    number / unit->size, number != 0 ? unit->name : "");
}

/* Digits with a unit behind them; no unit is needed where there is nothing to
 * multiply. */
static int
read_units(const struct unit *units, const char *text, int64_t *number)
{
	bool negative = *text == '-';
	struct span digits = span_of(text + negative);
	size_t count = strspn(digits.ptr, "0123456789");
	const char *name = digits.ptr + count;
	uint64_t value;

	if (span_number(span_slice(digits, 0, count), INT64_MAX, &value) < 0)
		return -1;
	for (; units->name != NULL; units++)
		if (span_equal_case(span_of(name), span_of(units->name)) ||
		    (value == 0 && *name == '\0'))
			break;
	if (units->name == NULL ||
	    value > (uint64_t)(INT64_MAX / units->size))
		return -1;
	*number = (int64_t)value * units->size;
	if (negative)
		*number = -*number;
	return 0;
}

static int
read_mode(const char *text, int64_t *mode)
{
	size_t len = strlen(text);

	if (len == 0 || len > 5 || strspn(text, "01234567") != len)
		return -1;
	*mode = 0;
	for (; *text != '\0'; text++)
		*mode = *mode * 8 + (*text - '0');
	return 0;
}

static int
wrong_number(enum conf_type type, const char *text, struct err *err)
{
	if (type == CONF_DURATION)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is not a duration; write a number with ms, s, m, "
		    "h or d, such as 30s", text);
	if (type == CONF_SIZE)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is not a size; write a number of bytes, or with "
		    "K, M or G, such as 10M", text);
	if (type == CONF_MODE)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is not a file mode; write octal digits, such as "
		    "0660", text);
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is not a number; write digits only", text);
}

static int
check_range(
    const struct conf_row *row, const char *text, int64_t number,
    struct err *err)
{
	int64_t max = row->min == 0 && row->max == 0 ? INT64_MAX : row->max;
	char min_text[NUMBER_TEXT_MAX];
	char max_text[NUMBER_TEXT_MAX];

	if (number >= row->min && number <= max)
		return 0;
	number_text(row->type, row->min, min_text);
	number_text(row->type, max, max_text);
	if (max == INT64_MAX)
		return err_set(err, ERR_CONFIG,
		    "%s is too small; write %s or more", text, min_text);
	return err_set(err, ERR_CONFIG,
	    "%s is out of range; write a value from %s to %s", text, min_text,
	    max_text);
}

static int
read_number(const struct conf_row *row, const char *text, int64_t *value,
    struct err *err)
{
	int64_t number = 0;
	int result = row->type == CONF_MODE ?
	    read_mode(text, &number) :
	    read_units(units_of(row->type), text, &number);

	if (result < 0)
		return wrong_number(row->type, text, err);
	if (check_range(row, text, number, err) < 0)
		return -1;
	if (value != NULL)
		*value = number;
	return 0;
}

static int
read_bool(const char *text, bool *value, struct err *err)
{
	static const char *const words[] = { "no", "yes", "false", "true",
		"off", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_equal_case(span_of(text), span_of(words[i])))
			continue;
		if (value != NULL)
			*value = i % 2 == 1;
		return 0;
	}
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is neither yes nor no; write yes or no", text);
}

static int
read_choice(const char *const *choices, const char *text, int *value,
    struct err *err)
{
	struct buf all;

	for (int i = 0; choices[i] != NULL; i++) {
		if (strcmp(choices[i], text) != 0)
			continue;
		if (value != NULL)
			*value = i;
		return 0;
	}
	buf_init(&all, sizeof(err->text));
	for (size_t i = 0; choices[i] != NULL; i++)
		(void)buf_printf(&all, "%s%s",
		    i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ",
		    choices[i]);
	(void)err_set(err, ERR_CONFIG, "\"%s\" is not known; write %s", text,
	    buf_string(&all));
	buf_free(&all);
	return -1;
}

int
conf_value_read(const struct conf_row *row, const char *text, void *value,
    struct err *err)
{
	switch (row->type) {
	case CONF_BOOL:
		return read_bool(text, value, err);
	case CONF_INTEGER:
	case CONF_DURATION:
	case CONF_SIZE:
	case CONF_MODE:
		return read_number(row, text, value, err);
	case CONF_CHOICE:
		return read_choice(row->choices, text, value, err);
	case CONF_STRINGS:
		/* Written to mean "none", it would match what is empty or, as
		 * the beginning of something, everything. */
		if (text[0] == '\0')
			return err_set(err, ERR_CONFIG,
			    "an item is empty; write { } for an empty list, or "
			    "take the item out");
		break;
	case CONF_STRING:
		break;
	}
	if (value != NULL)
		*(const char **)value = text;
	return 0;
}

void
conf_value_print_string(const char *string, FILE *out)
{
	(void)fputc('"', out);
	for (; *string != '\0'; string++) {
		unsigned char c = (unsigned char)*string;

		/* "${NAME}" would be replaced from the environment. */
		if (c == '"' || c == '\\' || c == '$')
			(void)fprintf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			(void)fprintf(out, "\\x%02x", c);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}

static void
print_strings(const struct conf_strings *strings, FILE *out)
{
	(void)fputs("{", out);
	for (size_t i = 0; i < strings->count; i++) {
		(void)fputs(i == 0 ? " " : ", ", out);
		conf_value_print_string(strings->items[i], out);
	}
	(void)fputs(" }", out);
}

void
conf_value_print(const struct conf_row *row, const void *value, FILE *out)
{
	char text[NUMBER_TEXT_MAX];

	switch (row->type) {
	case CONF_BOOL:
		(void)fputs(*(const bool *)value ? "yes" : "no", out);
		return;
	case CONF_INTEGER:
	case CONF_DURATION:
	case CONF_SIZE:
	case CONF_MODE:
		number_text(row->type, *(const int64_t *)value, text);
		(void)fputs(text, out);
		return;
	case CONF_CHOICE:
		(void)fputs(row->choices[*(const int *)value], out);
		return;
	case CONF_STRING:
		conf_value_print_string(*(const char *const *)value, out);
		return;
	case CONF_STRINGS:
		print_strings(value, out);
		return;
	}
}
