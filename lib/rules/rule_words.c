/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_words.h"

#include "formats/content.h"

#include <string.h>

#define CONNECTION(phrase, id, type) \
	{ phrase, id, type, SCOPE_MESSAGE, RULE_STAGE_RECIPIENT, 0 }
#define CERTIFICATE(phrase, id, type) \
	{ phrase, id, type, SCOPE_MESSAGE, RULE_STAGE_RECIPIENT, \
	    RULE_NEEDS_CERTIFICATE }
#define HEADERS(phrase, id, type) \
	{ phrase, id, type, SCOPE_MESSAGE, RULE_STAGE_HEADERS, \
	    RULE_NEEDS_HEADERS }
#define CONTENT(phrase, id, type, scope, more) \
	{ phrase, id, type, scope, RULE_STAGE_END, \
	    RULE_NEEDS_HEADERS | RULE_NEEDS_BODY | RULE_NEEDS_CONTENT | (more) }

const struct rule_fact rule_facts_table[] = {
	CONNECTION("client", FACT_CLIENT, TYPE_NETWORK),
	CONNECTION("client name", FACT_CLIENT_NAME, TYPE_DOMAIN),
	CERTIFICATE("client certificate", FACT_CLIENT_CERTIFICATE,
	    TYPE_CERTIFICATE),
	CERTIFICATE("client certificate subject", FACT_CERTIFICATE_SUBJECT,
	    TYPE_NAME),
	CERTIFICATE("client certificate issuer", FACT_CERTIFICATE_ISSUER,
	    TYPE_NAME),
	CONNECTION("helo", FACT_HELO, TYPE_DOMAIN),
	CONNECTION("login", FACT_LOGIN, TYPE_NAME),
	CONNECTION("listener", FACT_LISTENER, TYPE_NAME),
	CONNECTION("listener role", FACT_LISTENER_ROLE, TYPE_ROLE),
	CONNECTION("tls", FACT_TLS_VERSION, TYPE_NAME),
	CONNECTION("tls version", FACT_TLS_VERSION, TYPE_NAME),
	CONNECTION("tls cipher", FACT_TLS_CIPHER, TYPE_NAME),
	CONNECTION("sender", FACT_SENDER, TYPE_ADDRESS),
	CONNECTION("sender domain", FACT_SENDER_DOMAIN, TYPE_DOMAIN),
	HEADERS("from", FACT_FROM, TYPE_ADDRESS),
	HEADERS("from domain", FACT_FROM_DOMAIN, TYPE_DOMAIN),
	HEADERS("header", FACT_HEADER, TYPE_TEXT),
	HEADERS("raw header", FACT_RAW_HEADER, TYPE_TEXT),
	HEADERS("subject", FACT_SUBJECT, TYPE_TEXT),
	HEADERS("header address", FACT_HEADER_ADDRESS, TYPE_ADDRESS),
	HEADERS("header domain", FACT_HEADER_DOMAIN, TYPE_DOMAIN),
	{ "result", FACT_RESULT, TYPE_NAME, SCOPE_MESSAGE, RULE_STAGE_HEADERS,
	    RULE_NEEDS_HEADERS | RULE_NEEDS_RESULTS },
	HEADERS("message", FACT_MESSAGE_TYPE, TYPE_MESSAGE),
	CONTENT("charset", FACT_CHARSET, TYPE_NAME, SCOPE_MESSAGE, 0),
	CONTENT("total attachment size", FACT_TOTAL_SIZE, TYPE_SIZE,
	    SCOPE_MESSAGE, 0),
	{ "message size", FACT_MESSAGE_SIZE, TYPE_SIZE, SCOPE_MESSAGE,
	    RULE_STAGE_END, RULE_NEEDS_HEADERS | RULE_NEEDS_BODY },
	CONTENT("text", FACT_TEXT, TYPE_LONG_TEXT, SCOPE_MESSAGE,
	    RULE_NEEDS_TEXT),
	CONTENT("content", FACT_CONTENT, TYPE_LONG_TEXT, SCOPE_MESSAGE,
	    RULE_NEEDS_TEXT),
	CONTENT("body", FACT_BODY, TYPE_LONG_TEXT, SCOPE_MESSAGE,
	    RULE_NEEDS_TEXT),
	CONTENT("attachments", FACT_ATTACHMENTS, TYPE_LONG_TEXT,
	    SCOPE_MESSAGE, RULE_NEEDS_TEXT),
	CONNECTION("time", FACT_TIME, TYPE_TIME),
	CONNECTION("hour", FACT_TIME, TYPE_TIME),
	CONNECTION("date", FACT_DATE, TYPE_DATE),
	CONNECTION("weekday", FACT_WEEKDAY, TYPE_WEEKDAY),
	{ "direction", FACT_DIRECTION, TYPE_DIRECTION, SCOPE_RECIPIENT,
	    RULE_STAGE_RECIPIENT, 0 },
	{ "recipient", FACT_RECIPIENT, TYPE_ADDRESS, SCOPE_RECIPIENT,
	    RULE_STAGE_RECIPIENT, 0 },
	{ "address", FACT_RECIPIENT, TYPE_ADDRESS, SCOPE_RECIPIENT,
	    RULE_STAGE_RECIPIENT, 0 },
	{ "recipient domain", FACT_RECIPIENT_DOMAIN, TYPE_DOMAIN,
	    SCOPE_RECIPIENT, RULE_STAGE_RECIPIENT, 0 },
	{ "domain", FACT_RECIPIENT_DOMAIN, TYPE_DOMAIN, SCOPE_RECIPIENT,
	    RULE_STAGE_RECIPIENT, 0 },
	CONTENT("attachment", FACT_ATTACHMENT_STATE, TYPE_STATE,
	    SCOPE_ATTACHMENT, 0),
	CONTENT("name", FACT_ATTACHMENT_NAME, TYPE_TEXT, SCOPE_ATTACHMENT, 0),
	CONTENT("extension", FACT_ATTACHMENT_EXTENSION, TYPE_NAME,
	    SCOPE_ATTACHMENT, 0),
	CONTENT("type", FACT_ATTACHMENT_TYPE, TYPE_FILE_TYPE, SCOPE_ATTACHMENT,
	    RULE_NEEDS_FILE_TYPES),
	CONTENT("size", FACT_ATTACHMENT_SIZE, TYPE_SIZE, SCOPE_ATTACHMENT, 0),
	CONTENT("content", FACT_ATTACHMENT_TEXT, TYPE_LONG_TEXT,
	    SCOPE_ATTACHMENT, RULE_NEEDS_TEXT),
	CONTENT("text", FACT_ATTACHMENT_TEXT, TYPE_LONG_TEXT,
	    SCOPE_ATTACHMENT, RULE_NEEDS_TEXT),
	{ "name", FACT_HEADER_NAME, TYPE_NAME, SCOPE_HEADER,
	    RULE_STAGE_HEADERS, RULE_NEEDS_HEADERS },
	{ "value", FACT_HEADER_VALUE, TYPE_TEXT, SCOPE_HEADER,
	    RULE_STAGE_HEADERS, RULE_NEEDS_HEADERS },
	{ "raw value", FACT_HEADER_RAW_VALUE, TYPE_TEXT, SCOPE_HEADER,
	    RULE_STAGE_HEADERS, RULE_NEEDS_HEADERS },
};
const size_t rule_facts_count =
    sizeof(rule_facts_table) / sizeof(rule_facts_table[0]);

static const char *const verb_names[RULE_VERB_COUNT] = {
	[VERB_IS] = "is",
	[VERB_IN] = "in",
	[VERB_CONTAINS] = "contains",
	[VERB_MATCHES] = "matches",
	[VERB_STARTS_WITH] = "starts with",
	[VERB_ENDS_WITH] = "ends with",
	[VERB_HAS_WORDS] = "has words",
	[VERB_HAS_DETECTOR] = "has payment-card",
	[VERB_OVER] = "over",
	[VERB_UNDER] = "under",
	[VERB_FROM] = "from",
	[VERB_EXISTS] = "exists",
	[VERB_IS_EMPTY] = "is empty",
	[VERB_IS_INTERNAL] = "is internal",
	[VERB_IS_EXTERNAL] = "is external",
	[VERB_IS_VERIFIED] = "is verified",
};

#define BIT(verb) (1u << (verb))
#define EQUALITY (BIT(VERB_IS) | BIT(VERB_IN))
#define SUBSTRINGS \
	(BIT(VERB_CONTAINS) | BIT(VERB_MATCHES) | BIT(VERB_STARTS_WITH) | \
	    BIT(VERB_ENDS_WITH))
#define PRESENCE (BIT(VERB_EXISTS) | BIT(VERB_IS_EMPTY))
#define FINDS (BIT(VERB_HAS_WORDS) | BIT(VERB_HAS_DETECTOR))

static const unsigned type_verbs[] = {
	[TYPE_ADDRESS] = EQUALITY | SUBSTRINGS | PRESENCE |
	    BIT(VERB_IS_INTERNAL) | BIT(VERB_IS_EXTERNAL),
	[TYPE_DOMAIN] = EQUALITY | SUBSTRINGS | PRESENCE |
	    BIT(VERB_IS_INTERNAL) | BIT(VERB_IS_EXTERNAL),
	[TYPE_NETWORK] = EQUALITY | PRESENCE,
	[TYPE_NAME] = EQUALITY | SUBSTRINGS | PRESENCE,
	[TYPE_TEXT] = EQUALITY | SUBSTRINGS | PRESENCE | FINDS,
	[TYPE_LONG_TEXT] = BIT(VERB_CONTAINS) | BIT(VERB_MATCHES) | FINDS,
	[TYPE_FILE_TYPE] = EQUALITY,
	[TYPE_SIZE] = BIT(VERB_OVER) | BIT(VERB_UNDER),
	[TYPE_ROLE] = EQUALITY,
	[TYPE_DIRECTION] = EQUALITY,
	[TYPE_STATE] = EQUALITY,
	[TYPE_TIME] = BIT(VERB_FROM) | BIT(VERB_IN),
	[TYPE_DATE] = BIT(VERB_FROM) | EQUALITY,
	[TYPE_WEEKDAY] = BIT(VERB_FROM) | EQUALITY,
	[TYPE_MESSAGE] = EQUALITY,
	[TYPE_CERTIFICATE] = BIT(VERB_IS_VERIFIED) | BIT(VERB_EXISTS),
};

const char *const rule_item_words[] = { "rule", "list", "table", "schedule",
	"define", "timezone", "unread", "include", NULL };
const char *const rule_clause_words[] = { "when", "except", "then", "on",
	"unread", "mode", "severity", "until", "during", NULL };
const char *const rule_action_words[] = { "reject", "tempfail", "discard",
	"hold", "add", "set", "remove", "redirect", "tag", "stop", NULL };
const char *const rule_verb_words[] = { "is", "in", "not", "does", "contains",
	"matches", "starts", "ends", "has", "over", "under", "exists", NULL };
const char *const rule_quantity_words[] = { "any", "every", "no", "at", NULL };
const char *const rule_list_kinds[] = { "addresses", "domains", "names",
	"networks", "words", "members", NULL };
const char *const rule_modes[] = { "enforce", "audit", "off", NULL };
const char *const rule_failures[] = { "default", "tempfail", "hold", NULL };
const char *const rule_unreads[] = { "unstated", "held", "tempfailed",
	"delivered", "match", NULL };
const char *const rule_severities[] = { "low", "medium", "high", NULL };
const char *const rule_roles[] = { "inbound", "outbound", "application",
	"local", NULL };
const char *const rule_directions[] = { "inbound", "outbound", "internal",
	NULL };

const char *const rule_states[] = { "encrypted", "unscannable", "ambiguous",
	"cut", NULL };
const unsigned rule_state_flags[] = { PART_ENCRYPTED, PART_UNSCANNABLE,
	PART_AMBIGUOUS, PART_LIMIT };

const char *const rule_weekdays[] = { "monday", "tuesday", "wednesday",
	"thursday", "friday", "saturday", "sunday", NULL };

const char *const rule_later_items[] = { "detector",
	"fingerprint", "notice", NULL };
const char *const rule_later_clauses[] = { "active", NULL };
const char *const rule_later_actions[] = { "quarantine", "notify", "append",
	"prepend", "encrypt", "copy", "strip", "replace", "journal",
	"release", "moderate", "route", "split", "log", NULL };
const char *const rule_later_facts[] = { "part", "parts", NULL };
const char *const rule_later_detectors[] = { "bic", "us-aba-routing",
	"us-itin", "us-ein", "us-npi", "us-dea", "us-mbi", "uk-nino",
	"uk-nhs", "uk-utr", "de-tax-id", "de-id-card", "de-pension-insurance",
	"fr-nir", "es-dni", "es-nie", "it-fiscal-code", "nl-bsn",
	"be-national-number", "pl-pesel", "pl-nip", "se-personal-number",
	"no-birth-number", "fi-hetu", "dk-cpr", "ch-ahv", "at-svnr", "pt-nif",
	"ie-pps", "gr-amka", "ro-cnp", "bg-egn", "hr-oib", "cz-birth-number",
	"sk-birth-number", "ee-personal-code", "lt-personal-code", "si-emso",
	"tr-tckn", "il-id", "za-id", "br-cpf", "br-cnpj", "ar-cuit", "cl-rut",
	"mx-curp", "ca-sin", "au-tfn", "au-medicare", "au-abn", "nz-ird",
	"in-aadhaar", "in-pan", "cn-id", "jp-my-number", "kr-rrn", "sg-nric",
	"hk-id", "tw-id", "th-id", "my-nric", "vin", "imei", "lei", "isin",
	"bitcoin", "aws-key", "gcp-key", "github-token", "slack-token",
	"stripe-key", "openai-key", "jwt", "private-key", "fingerprint",
	NULL };

const struct rule_fact *
rule_scope_fact(enum rule_scope scope, const char *phrase)
{
	for (size_t i = 0; i < rule_facts_count; i++)
		if (rule_facts_table[i].scope == scope &&
		    strcmp(rule_facts_table[i].phrase, phrase) == 0)
			return &rule_facts_table[i];
	return NULL;
}

bool
rule_fact_is_content(const struct rule_fact *fact)
{
	return fact->type == TYPE_LONG_TEXT;
}

const char *
rule_verb_name(enum rule_verb verb)
{
	return verb_names[verb];
}

bool
rule_type_allows(enum rule_type type, enum rule_verb verb)
{
	return (type_verbs[type] & BIT(verb)) != 0;
}

void
rule_type_verbs(enum rule_type type, struct buf *out)
{
	const char *separator = "";

	for (unsigned verb = 0; verb < RULE_VERB_COUNT; verb++) {
		if ((type_verbs[type] & BIT(verb)) == 0)
			continue;
		(void)buf_printf(out, "%s\"%s\"", separator, verb_names[verb]);
		separator = ", ";
	}
}

bool
rule_fact_is_header(enum rule_fact_id id)
{
	return id == FACT_HEADER || id == FACT_RAW_HEADER ||
	    id == FACT_HEADER_ADDRESS || id == FACT_HEADER_DOMAIN;
}

bool
rule_fact_is_person(enum rule_fact_id id)
{
	return id == FACT_SENDER || id == FACT_FROM || id == FACT_RECIPIENT ||
	    id == FACT_MANAGER;
}

bool
rule_fact_is_named(enum rule_fact_id id)
{
	return id == FACT_RESULT || rule_fact_is_header(id);
}

enum rule_scope
rule_noun_scope(enum rule_noun noun)
{
	switch (noun) {
	case NOUN_RECIPIENT:
		return SCOPE_RECIPIENT;
	case NOUN_ATTACHMENT:
		return SCOPE_ATTACHMENT;
	case NOUN_HEADER:
		return SCOPE_HEADER;
	}
	return SCOPE_MESSAGE;
}

int
rule_word_index(const char *const *list, struct span word)
{
	for (int i = 0; list[i] != NULL; i++)
		if (span_equal(word, span_of(list[i])))
			return i;
	return -1;
}
