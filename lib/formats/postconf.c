/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/postconf.h"

#define SEPARATORS SPAN(", \t\r\n")

/* Splits "NAME = VALUE"; postconf prints no blank behind the "=" of an empty
 * value.  False if LINE is something else. */
static bool
read_line(struct span line, struct postconf_parameter *parameter)
{
	size_t equals = span_find_case(line, SPAN(" ="));
	struct span path = span_trim(span_slice(line, 0, equals));
	size_t slash = span_find_last(path, '/');

	if (equals == line.len || path.len == 0)
		return false;
	*parameter = (struct postconf_parameter){
		.service = SPAN(""),
		.name = path,
		.value = span_trim(span_slice(line, equals + 2, line.len)),
	};
	if (slash < path.len) {
		parameter->service = span_slice(path, 0, slash);
		parameter->name = span_slice(path, slash + 1, path.len);
	}
	return parameter->name.len > 0;
}

int
postconf_read(struct pool *pool, struct span text,
    struct postconf_parameters *parameters, struct err *err)
{
	struct postconf_parameter *items = NULL;
	struct postconf_parameter item;
	struct span line;
	size_t count = 0;

	while (span_next(&text, '\n', &line)) {
		if (!read_line(line, &item))
			continue;
		if (count == POSTCONF_LINES_MAX)
			return err_set(err, ERR_LIMIT,
			    "postconf printed more than %d lines",
			    POSTCONF_LINES_MAX);
		items = pool_grow(pool, items, count, sizeof(items[0]));
		items[count++] = item;
	}
	*parameters = (struct postconf_parameters){ items, count };
	return 0;
}

const struct span *
postconf_find(const struct postconf_parameters *parameters,
    struct span service, struct span name)
{
	for (size_t i = parameters->count; i-- > 0;)
		if (span_equal(parameters->items[i].name, name) &&
		    span_equal(parameters->items[i].service, service))
			return &parameters->items[i].value;
	return NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
first_word(struct span text)
{
	size_t end = 0;

	while (end < text.len && !is_blank(text.ptr[end]))
		end++;
	return span_slice(text, 0, end);
}

struct postconf_services
postconf_services(struct pool *pool, const struct postconf_parameters *fields)
{
	struct postconf_service *items = NULL;
	size_t count = 0;

	for (size_t i = 0; i < fields->count; i++) {
		const struct postconf_parameter *field = &fields->items[i];
		struct postconf_service *service;

		if (field->service.len == 0)
			continue;
		/* All lines of one service stand together. */
		if (count == 0 ||
		    !span_equal(items[count - 1].id, field->service)) {
			items = pool_grow(
			    pool, items, count, sizeof(items[0]));
			items[count++] = (struct postconf_service){
				.id = field->service };
		}
		service = &items[count - 1];
		if (span_equal(field->name, SPAN("command")))
			service->program = first_word(field->value);
		else if (span_equal(field->name, SPAN("chroot")))
			service->chroot = field->value;
		else if (span_equal(field->name, SPAN("process_limit")))
			service->process_limit = field->value;
	}
	return (struct postconf_services){ items, count };
}

/*
 * Takes the next item of a list off *REST: up to a separator that is not
 * inside braces.  1, 0 at the end, or -1 where braces do not match.
 */
static int
next_item(struct span *rest, struct span *item)
{
	size_t start = 0;
	size_t end;
	size_t depth = 0;

	while (start < rest->len &&
	    span_find(SEPARATORS, rest->ptr[start]) < SEPARATORS.len)
		start++;
	for (end = start; end < rest->len; end++) {
		char c = rest->ptr[end];

		if (depth == 0 && span_find(SEPARATORS, c) < SEPARATORS.len)
			break;
		if (c == '{')
			depth++;
		else if (c == '}' && depth-- == 0)
			return -1;
	}
	if (depth > 0)
		return -1;
	*item = span_slice(*rest, start, end);
	*rest = span_slice(*rest, end, rest->len);
	return item->len > 0 ? 1 : 0;
}

/* What stands between the braces of TEXT; TEXT itself where it has none.  0, or
 * -1 where something follows the closing brace. */
static int
strip_braces(struct span text, struct span *inside)
{
	size_t depth = 0;

	*inside = text;
	if (text.len == 0 || text.ptr[0] != '{')
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '{')
			depth++;
		else if (text.ptr[i] == '}' && --depth == 0 &&
		    i + 1 < text.len)
			return -1;
	}
	*inside = span_trim(span_slice(text, 1, text.len - 1));
	return 0;
}

static int
read_setting(
    struct span item, struct postconf_setting *setting, struct err *err)
{
	struct span inside;
	size_t equals;

	if (strip_braces(item, &inside) < 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\": something follows the closing brace",
		    SPAN_ARGS(item));
	equals = span_find(inside, '=');
	setting->name = span_trim(span_slice(inside, 0, equals));
	setting->value =
	    span_trim(span_slice(inside, equals + 1, inside.len));
	if (equals == inside.len || setting->name.len == 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is not NAME=VALUE; leave no blanks around \"=\"",
		    SPAN_ARGS(item));
	return 0;
}

/* Reads the settings in REST, which stand behind the endpoint. */
static int
read_settings(struct pool *pool, struct span rest,
    struct postconf_milter *milter, struct err *err)
{
	struct postconf_setting *settings = NULL;
	size_t count = 0;
	struct span item;

	/* The braces of the whole item match, so those in it do. */
	while (next_item(&rest, &item) > 0) {
		if (count == POSTCONF_SETTINGS_MAX)
			return err_set(err, ERR_LIMIT,
			    "a milter with more than %d settings",
			    POSTCONF_SETTINGS_MAX);
		settings =
		    pool_grow(pool, settings, count, sizeof(settings[0]));
		if (read_setting(item, &settings[count], err) < 0)
			return -1;
		count++;
	}
	milter->settings = settings;
	milter->setting_count = count;
	return 0;
}

static int
read_milter(struct pool *pool, struct span item,
    struct postconf_milter *milter, struct err *err)
{
	struct span inside;

	*milter = (struct postconf_milter){ .text = item, .endpoint = item };
	if (strip_braces(item, &inside) < 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\": something follows the closing brace; put a "
		    "comma between milters", SPAN_ARGS(item));
	if (item.ptr[0] != '{')
		return 0;
	if (next_item(&inside, &milter->endpoint) <= 0)
		return err_set(err, ERR_CONFIG,
		    "braces without a socket; write { unix:PATH, "
		    "default_action=tempfail }");
	return read_settings(pool, inside, milter, err);
}

int
postconf_read_milters(struct pool *pool, struct span value,
    struct postconf_milters *milters, struct err *err)
{
	struct postconf_milter *items = NULL;
	size_t count = 0;
	struct span item;
	int more;

	while ((more = next_item(&value, &item)) > 0) {
		if (count == POSTCONF_MILTERS_MAX)
			return err_set(err, ERR_LIMIT,
			    "a list of more than %d milters",
			    POSTCONF_MILTERS_MAX);
		items = pool_grow(pool, items, count, sizeof(items[0]));
		if (read_milter(pool, item, &items[count], err) < 0)
			return -1;
		count++;
	}
	if (more < 0)
		return err_set(err, ERR_CONFIG, "braces do not match");
	*milters = (struct postconf_milters){ items, count };
	return 0;
}

const struct span *
postconf_milter_setting(
    const struct postconf_milter *milter, struct span name)
{
	for (size_t i = milter->setting_count; i-- > 0;)
		if (span_equal(milter->settings[i].name, name))
			return &milter->settings[i].value;
	return NULL;
}
