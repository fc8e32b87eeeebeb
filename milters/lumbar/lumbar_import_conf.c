/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sign.conf says instead of opendkim.conf, its keys and authors apart.
 */
#include "milters/lumbar/lumbar_import.h"

#include "formats/ip.h"
#include "milters/sign/sign_fields.h"

/* A list "NAME = { ... }" that is being written. */
struct list {
	struct import *import;
	bool any;
};

static void
list_begin(struct list *list, struct import *import, const char *name)
{
	*list = (struct list){ .import = import };
	(void)buf_printf(&import->conf, "%s = {", name);
}

static void
list_add(struct list *list, struct span item)
{
	(void)buf_printf(&list->import->conf, "%s \"%.*s\"",
	    list->any ? "," : "", SPAN_ARGS(item));
	list->any = true;
}

static void
list_end(struct list *list)
{
	(void)buf_printf(&list->import->conf, " }\n");
}

/* The networks of InternalHosts, and those which it excludes: "!NETWORK".  The
 * narrowest that a client is in counts, an exclusion before another. */
struct hosts {
	struct network *in, *out;
	size_t in_count, out_count;
};

/* Adds TEXT, without the brackets it may have, to HOSTS.  False: it is no
 * network. */
static bool
add_host(struct pool *pool, struct span text, struct hosts *hosts)
{
	bool excluded = span_starts(text, SPAN("!"));
	struct span entry = span_slice(text, excluded, text.len);
	size_t end = span_find(entry, ']');
	struct network network;

	if (span_starts(entry, SPAN("[")) && end + 1 == entry.len)
		entry = span_slice(entry, 1, end);
	if (network_parse(entry, &network, NULL) < 0)
		return false;
	if (excluded) {
		hosts->out = pool_grow(
		    pool, hosts->out, hosts->out_count, sizeof(network));
		hosts->out[hosts->out_count++] = network;
	} else {
		hosts->in = pool_grow(
		    pool, hosts->in, hosts->in_count, sizeof(network));
		hosts->in[hosts->in_count++] = network;
	}
	return true;
}

/* Adds NETWORK to LIST as it is written. */
static void
add_network(struct list *list, const struct network *network)
{
	char text[IP_TEXT_SIZE];
	bool v4 = ip_is_v4(&network->base);
	unsigned widest = v4 ? 32 : 128;
	unsigned prefix = network->prefix - (128 - widest);

	(void)ip_format(&network->base, text);
	if (prefix == widest)
		list_add(list, span_of(text));
	else
		list_add(list,
		    pool_printf(list->import->pool, "%s/%u", text, prefix));
}

/*
 * Adds what the exclusions in HOSTS leave of PART, a part of WHOLE: both
 * halves of what holds an exclusion are looked at by themselves.  An exclusion
 * wider than WHOLE is overruled by it.
 */
static void
add_rest(struct list *list, const struct hosts *hosts,
    const struct network *whole, struct network part)
{
	bool held = false;

	for (size_t i = 0; i < hosts->out_count; i++) {
		const struct network *out = &hosts->out[i];

		if (out->prefix < whole->prefix)
			continue;
		if (out->prefix <= part.prefix &&
		    network_contains(out, &part.base))
			return;
		held |= network_contains(&part, &out->base);
	}
	if (!held) {
		add_network(list, &part);
		return;
	}
	part.prefix++;
	add_rest(list, hosts, whole, part);
	part.base.bytes[(part.prefix - 1) / 8] |=
	    (uint8_t)(0x80 >> (part.prefix - 1) % 8);
	add_rest(list, hosts, whole, part);
}

/* True if the client of mail that did not come by SMTP, which the MTA gives as
 * 127.0.0.1, is in one of HOSTS and in none that is excluded there. */
static bool
has_local(const struct hosts *hosts)
{
	unsigned in = 0, out = 0; /* the longest prefix, and one more */
	struct ip local;

	(void)ip_parse(SPAN("127.0.0.1"), &local);
	for (size_t i = 0; i < hosts->in_count; i++)
		if (network_contains(&hosts->in[i], &local) &&
		    hosts->in[i].prefix >= in)
			in = hosts->in[i].prefix + 1;
	for (size_t i = 0; i < hosts->out_count; i++)
		if (network_contains(&hosts->out[i], &local) &&
		    hosts->out[i].prefix >= out)
			out = hosts->out[i].prefix + 1;
	return in > out;
}

static void
read_hosts(struct import *import, struct hosts *hosts)
{
	struct opendkim_line line;
	struct import_set set;

	*hosts = (struct hosts){ .in_count = 0 };
	if (import->settings[IMPORT_INTERNAL_HOSTS].value.ptr == NULL) {
		(void)add_host(import->pool, SPAN("127.0.0.1"), hosts);
		return;
	}
	if (!import_set_open(import, IMPORT_INTERNAL_HOSTS, &set))
		return;
	while (import_set_next(&set, &line)) {
		if (add_host(import->pool, line.key, hosts))
			continue;
		import_note(set.file, line.number,
		    span_starts(line.key, SPAN("!"))
			? "\"%.*s\": clients are known by address; take what "
			  "it excludes out of sign_networks"
			: "\"%.*s\": clients are known by address; write its "
			  "networks into sign_networks",
		    SPAN_ARGS(line.key));
	}
}

/* Clients whose mail is signed.  OpenDKIM looks at the client of mail that did
 * not come by SMTP too. */
static void
write_networks(struct import *import)
{
	struct hosts hosts;
	struct list list;

	read_hosts(import, &hosts);
	list_begin(&list, import, "sign_networks");
	for (size_t i = 0; i < hosts.in_count; i++)
		add_rest(&list, &hosts, &hosts.in[i], hosts.in[i]);
	list_end(&list);
	if (!has_local(&hosts))
		(void)buf_printf(&import->conf,
		    "sign_local = no\nsign_bounces = no\n");
}

/* Adds names that are separated by "|". */
static void
add_alternatives(struct list *list, struct span text)
{
	struct span item;

	while (span_next(&text, '|', &item))
		if (span_trim(item).len > 0)
			list_add(list, span_trim(item));
}

/* Listeners whose mail is signed: MTA, and {daemon_name} in MacroList. */
static void
write_listeners(struct import *import)
{
	struct opendkim_line line;
	struct import_set set;
	struct list list;

	list_begin(&list, import, "sign_listeners");
	if (import_set_open(import, IMPORT_MTA, &set))
		while (import_set_next(&set, &line))
			list_add(&list, line.key);
	if (import_set_open(import, IMPORT_MACRO_LIST, &set))
		while (import_set_next(&set, &line)) {
			if ((span_equal(line.key, SPAN("daemon_name")) ||
				span_equal(
				    line.key, SPAN("{daemon_name}"))) &&
			    line.value.len > 0)
				add_alternatives(&list, line.value);
			else
				import_note(set.file, line.number,
				    "the macro %.*s cannot be asked for; use "
				    "sign_listeners, sign_networks or an "
				    "origin block",
				    SPAN_ARGS(line.key));
		}
	list_end(&list);
	/* OpenDKIM knows of no roles. */
	(void)buf_printf(&import->conf, "sign_roles = { }\n");
}

/* Where only one form is named, it is that of the header. */
static void
write_canonicalization(struct import *import)
{
	const struct import_setting *setting =
	    &import->settings[IMPORT_CANONICALIZATION];
	size_t slash = span_find(setting->value, '/');
	struct span header = span_slice(setting->value, 0, slash);
	struct span body =
	    span_slice(setting->value, slash + 1, setting->value.len);
	struct span both[] = { header, body };
	const char *names[2];

	for (size_t i = 0; i < 2; i++) {
		struct span name = span_trim(both[i]);

		names[i] = span_equal_case(name, SPAN("relaxed")) ? "relaxed"
								  : "simple";
		if (name.len > 0 && !span_equal_case(name, span_of(names[i])))
			import_note(setting->file, setting->line,
			    "Canonicalization \"%.*s\" is not known; taken as "
			    "simple",
			    SPAN_ARGS(name));
	}
	(void)buf_printf(&import->conf, "canonicalization = %s/%s\n", names[0],
	    names[1]);
}

static void
write_lifetime(struct import *import)
{
	const struct import_setting *setting =
	    &import->settings[IMPORT_SIGNATURE_TTL];
	uint64_t seconds;

	if (setting->value.ptr == NULL)
		return;
	if (span_number(setting->value, INT32_MAX, &seconds) < 0)
		import_note(setting->file, setting->line,
		    "SignatureTTL \"%.*s\" is no number of seconds; left out",
		    SPAN_ARGS(setting->value));
	else if (seconds > 0)
		(void)buf_printf(&import->conf, "lifetime = %llus\n",
		    (unsigned long long)seconds);
}

/* The field that LINE names, in the pool of IMPORT; NULL: it changes a list
 * that OpenDKIM has. */
static const char *
field_name(const struct import *import, const struct opendkim_line *line)
{
	if (span_starts(line->key, SPAN("*")) ||
	    span_starts(line->key, SPAN("+")) ||
	    span_starts(line->key, SPAN("-")))
		return NULL;
	return pool_string(import->pool, line->key);
}

static void
note_own_list(const struct import_set *set, const struct opendkim_line *line,
    const char *conf_key)
{
	import_note(set->file, line->number,
	    "\"%.*s\" changes OpenDKIM's own list; complete %s by hand",
	    SPAN_ARGS(line->key), conf_key);
}

/* True if the field NAME can be signed but not oversigned. */
static bool
is_signed_only(const char *name)
{
	return sign_fields_check(name, NULL) == 0 &&
	    sign_fields_check_oversign_present(name, NULL) < 0;
}

/* Fields that are signed, and of those that OpenDKIM oversigns the ones that
 * can only be so. */
static void
write_signed(struct import *import)
{
	struct opendkim_line line;
	struct import_set set;
	struct list list;
	struct err err;

	if (!import_set_open(import, IMPORT_SIGN_HEADERS, &set))
		return;
	list_begin(&list, import, "sign_headers");
	while (import_set_next(&set, &line)) {
		const char *name = field_name(import, &line);

		if (name == NULL)
			note_own_list(&set, &line, "sign_headers");
		else if (sign_fields_check(name, &err) < 0)
			import_note(set.file, line.number, "left out: %s",
			    err.text);
		else
			list_add(&list, line.key);
	}
	if (import_set_open(import, IMPORT_OVERSIGN_HEADERS, &set))
		while (import_set_next(&set, &line)) {
			const char *name = field_name(import, &line);

			if (name != NULL && is_signed_only(name))
				list_add(&list, line.key);
		}
	list_end(&list);
}

/* Says what becomes of the field NAME of SET, which cannot be oversigned for
 * the reason WHY. */
static void
note_not_oversigned(const struct import *import, const struct import_set *set,
    const struct opendkim_line *line, const char *name, const char *why)
{
	if (sign_fields_check_oversign_present(name, NULL) == 0)
		import_note(set->file, line->number,
		    "%s is oversigned only where the message has one, by "
		    "default: Sendmail adds a missing one after the signature",
		    name);
	else if (is_signed_only(name) &&
	    import->settings[IMPORT_SIGN_HEADERS].value.ptr != NULL)
		import_note(set->file, line->number,
		    "%s is put into sign_headers, for mailing lists add it",
		    name);
	else
		import_note(set->file, line->number, "left out: %s", why);
}

static void
write_oversigned(struct import *import)
{
	struct opendkim_line line;
	struct import_set set;
	struct list list;
	struct err err;

	if (!import_set_open(import, IMPORT_OVERSIGN_HEADERS, &set))
		return;
	list_begin(&list, import, "oversign_headers");
	while (import_set_next(&set, &line)) {
		const char *name = field_name(import, &line);

		if (name == NULL)
			note_own_list(&set, &line, "oversign_headers");
		else if (sign_fields_check_oversign(name, &err) < 0)
			note_not_oversigned(
			    import, &set, &line, name, err.text);
		else
			list_add(&list, line.key);
	}
	list_end(&list);
}

static void
write_socket(struct import *import)
{
	const struct import_setting *setting =
	    &import->settings[IMPORT_SOCKET];
	struct span value = setting->value;
	struct span path = value;

	if (value.ptr == NULL)
		return;
	if (span_starts(value, SPAN("local:")))
		path = span_slice(value, sizeof("local:") - 1, value.len);
	else if (span_starts(value, SPAN("unix:")))
		path = span_slice(value, sizeof("unix:") - 1, value.len);
	if (span_starts(path, SPAN("/"))) {
		(void)buf_printf(
		    &import->conf, "socket = \"unix:%.*s\"\n", SPAN_ARGS(path));
	} else if (span_starts(value, SPAN("inet")) &&
	    span_find(value, '@') < value.len) {
		(void)buf_printf(
		    &import->conf, "socket = \"%.*s\"\n", SPAN_ARGS(value));
	} else {
		import_note(setting->file, setting->line,
		    "Socket \"%.*s\" does not say at which address to listen; "
		    "left out, see socket in lumbar.conf(5)",
		    SPAN_ARGS(value));
		return;
	}
	import_note(setting->file, setting->line,
	    "carried over, so that the MTA need not be told: lumbar-sign "
	    "listens where OpenDKIM does, which has to be stopped first; with "
	    "the systemd units, socket has no effect");
}

/* What is said of parameters that sign.conf has no word for. */
static void
note_rest(const struct import *import)
{
	const struct import_setting *mode = &import->settings[IMPORT_MODE];
	const struct import_setting *sender =
	    &import->settings[IMPORT_SENDER_HEADERS];
	const struct import_setting *algorithm =
	    &import->settings[IMPORT_SIGNATURE_ALGORITHM];

	if (mode->value.ptr != NULL &&
	    span_find(mode->value, 's') == mode->value.len)
		import_note(mode->file, mode->line,
		    "OpenDKIM does not sign in this mode; lumbar-sign does");
	if (mode->value.ptr == NULL ||
	    span_find(mode->value, 'v') < mode->value.len)
		import_note(mode->file != NULL ? mode->file : import->file,
		    mode->line,
		    "lumbar-sign does not verify; let OpenDKIM go on with "
		    "\"Mode v\", or have another program do it");
	if (sender->value.ptr != NULL &&
	    !span_equal_case(sender->value, SPAN("From")))
		import_note(sender->file, sender->line,
		    "SenderHeaders is not carried over: the author is the one "
		    "in From");
	if (span_equal_case(algorithm->value, SPAN("rsa-sha1")))
		import_note(algorithm->file, algorithm->line,
		    "SHA-1 is refused by verifiers (RFC 8301); signed with "
		    "SHA-256");
}

void
import_conf(struct import *import, const char *table)
{
	(void)buf_printf(&import->conf,
	    "# Made by lumbar import opendkim of %s; see "
	    "lumbar-sign.conf(5).\n\n",
	    import->file);
	write_socket(import);
	write_networks(import);
	write_listeners(import);
	write_canonicalization(import);
	write_lifetime(import);
	write_signed(import);
	write_oversigned(import);
	if (import_is_true(import, IMPORT_DIAGNOSTICS))
		(void)buf_printf(&import->conf, "copy_headers = yes\n");
	/* OpenDKIM looks at the first author only. */
	(void)buf_printf(&import->conf, "several_authors = first\n");
	(void)buf_printf(
	    &import->conf, "\ntables = { \"%s\" }\n", table);
	note_rest(import);
}
