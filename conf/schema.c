/* SPDX-License-Identifier: MIT */
#include "conf/schema.h"

#include <assert.h>
#include <string.h>

#include "conf/conf.h"

#define KIB   ((uint64_t)1024)
#define MIB   (1024 * KIB)
#define GIB   (1024 * MIB)
#define SEC   ((uint64_t)1000)
#define DAY   (86400 * SEC)
#define YEARS (3650 * DAY)

/* Where a value goes. A rate's two numbers are neighbours in struct conf. */
#define AT(type, member) offsetof(type, member), sizeof(((type *)0)->member)
#define IN(member)       AT(struct conf, member)
#define NOWHERE          0, 0

static_assert(offsetof(struct conf, limits.auth_failures_ms) ==
                      offsetof(struct conf, limits.auth_failures) + sizeof(uint64_t),
              "a rate is two neighbours");

static const struct conf_word versions[] = {{"5", 5}, {"3.1.1", 311}, {NULL, 0}};
static const struct conf_word levels[] = {{"debug", LOG_LVL_DEBUG},
                                          {"info", LOG_LVL_INFO},
                                          {"warn", LOG_LVL_WARN},
                                          {"error", LOG_LVL_ERROR},
                                          {NULL, 0}};
static const struct conf_word formats[] = {
	{"logfmt", LOG_FMT_LOGFMT}, {"json", LOG_FMT_JSON}, {NULL, 0}};
static const struct conf_word plain_only[] = {{"plain", 0}, {NULL, 0}};
static const struct conf_word yes_or_no[] = {{"true", true}, {"false", false}, {NULL, 0}};

const struct conf_section conf_sections[] = {
	{"", "The file has these keys at its top."},
	{"store", "Where accepted payloads are kept, and for how long."},
	{"mqtt", "The broker that gets the events."},
	{"listen[]",
         "Public listeners for webhooks, one item each. Needed as soon as an account has "
         "webhooks."},
	{"admin", "The listener for health, readiness, metrics and status."},
	{"limits", "What strangers may use up."},
	{"log", "One line per event on standard error."},
	{"privacy", "How recipients and texts appear in events."},
	{"accounts[]", "Each configured use of a vendor, one item each."},
	{"accounts[].mailbox",
         "The mailbox to which the vendor sends the links of reports that are ordered. One of its "
         "own "
         "is best: mails with such links are marked as seen, all others stay as they are, and none "
         "is "
         "ever deleted. Needed by a report that comes by mail (`campaign2mqtt vendors NAME` says "
         "which), in the account for all of them or in the report for one. Accounts may share "
         "one."},
	{"accounts[].webhooks[]", "Webhooks of the account, one item each."},
	{"accounts[].reports[]", "Reports that the vendor is asked for, one item each. Progress is "
                                 "kept in the store, by the "
                                 "names of account and report and by the loop values."},
	{"accounts[].webhooks[].auth",
         "Who may call a webhook. Write `auth: none` to let everybody in."},
	{"accounts[].webhooks[].auth.basic[]", "HTTP Basic credentials. Any of the pairs opens the "
                                               "webhook; several of them make a change "
                                               "of password without a gap."},
};

const size_t conf_section_count = sizeof(conf_sections) / sizeof(conf_sections[0]);

const struct conf_key conf_keys[] = {
	{"", "instance", CONF_TEXT, IN(instance), 1, 64, NULL, NULL, NULL, false, false, false,
         "Name of this daemon: first part of the events' `source`, and of its state topic. "
         "Letters, digits, `-`, `.` and `_`. Default: the host name."},
	{"", "store", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, false, false, false,
         "See `store`."},
	{"", "mqtt", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, false, false, false,
         "See `mqtt`."},
	{"", "listen", CONF_NODE, NOWHERE, 0, 0, NULL, "list", NULL, false, false, false,
         "See `listen[]`."},
	{"", "admin", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, false, false, false,
         "See `admin`."},
	{"", "limits", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true, false, false,
         "See `limits`."},
	{"", "log", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true, false, false, "See `log`."},
	{"", "privacy", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true, false, false,
         "See `privacy`."},
	{"", "profiles", CONF_NODE, NOWHERE, 0, 0, NULL, "list of folders", NULL, true, false,
         false,
         "Folders with vendor profiles of your own (`*.yaml`), beside the built-in ones. A profile "
         "with the name of a built-in one takes its place."},
	{"", "accounts", CONF_NODE, NOWHERE, 0, 0, NULL, "list", NULL, true, false, false,
         "See `accounts[]`."},

	{"store", "path", CONF_PATH, IN(store.path), 1, 4000, "data/campaign2mqtt.db", NULL, NULL,
         false, false, false, "SQLite file; created with its folder."},
	{"store", "max_bytes", CONF_SIZE, IN(store.max_bytes), 4 * KIB, 1024 * (1024 * GIB),
         "10GiB", NULL, NULL, false, false, false,
         "Most bytes of payloads waiting in the journal. Past it webhooks get 503 with "
         "`Retry-After`; nothing accepted is dropped."},
	{"store", "keep_settled", CONF_DURATION, IN(store.keep_settled_ms), 0, YEARS, "72h", NULL,
         NULL, false, false, false,
         "How long published payloads are kept. A broker may lose what it acknowledged."},
	{"store", "dedupe_for", CONF_DURATION, IN(store.dedupe_for_ms), 1, YEARS, "30d", NULL, NULL,
         false, false, false,
         "How long the ids of published events are remembered, so that a repeated fact is "
         "published once."},

	{"mqtt", "url", CONF_TEXT, IN(mqtt.url), 1, 1000, "mqtt://127.0.0.1:1883", NULL, NULL,
         false, false, false,
         "`mqtt://HOST:PORT`, or `mqtts://HOST:PORT` for TLS. Without a port: 1883 and 8883."},
	{"mqtt", "ca", CONF_PATH, IN(mqtt.ca), 1, 4000, NULL, NULL, NULL, false, false, false,
         "PEM file or folder of the authorities that may sign the broker's certificate. Default: "
         "the system's. Only with `mqtts://`."},
	{"mqtt", "certificate", CONF_PATH, IN(mqtt.certificate), 1, 4000, NULL, NULL, NULL, false,
         false, false,
         "PEM file of the client's certificate, together with `key`. Only with `mqtts://`."},
	{"mqtt", "key", CONF_PATH, IN(mqtt.key), 1, 4000, NULL, NULL, NULL, false, false, false,
         "PEM file of the private key of `certificate`."},
	{"mqtt", "version", CONF_WORD, IN(mqtt.version), 0, 0, "5", NULL, versions, false, false,
         false,
         "MQTT version. With 3.1.1 events have no user properties and no expiry, and a refused "
         "publish looks like a delivered one."},
	{"mqtt", "username", CONF_TEXT, IN(mqtt.username), 1, 1000, NULL, NULL, NULL, false, false,
         false, "User at the broker."},
	{"mqtt", "password", CONF_TEXT, IN(mqtt.password), 1, 4000, NULL, NULL, NULL, false, true,
         false, "Password at the broker, together with `username`."},
	{"mqtt", "client_id", CONF_TEXT, IN(mqtt.client_id), 1, 128, NULL, NULL, NULL, false, false,
         false,
         "Client identifier; must be unique at the broker. Default: `campaign2mqtt-` and the "
         "instance."},
	{"mqtt", "topic_prefix", CONF_TEXT, IN(mqtt.topic_prefix), 1, 256, "campaigns/v1", NULL,
         NULL, false, false, false, "First levels of every topic."},
	{"mqtt", "max_inflight", CONF_NUMBER, IN(mqtt.max_inflight), 1, 10000, "500", "messages",
         NULL, false, false, false,
         "Most published messages without the broker's acknowledgement."},
	{"mqtt", "event_expiry", CONF_DURATION, IN(mqtt.event_expiry_ms), SEC, YEARS, "7d", NULL,
         NULL, false, false, false,
         "How long the broker keeps an event for a subscriber that is away."},
	{"mqtt", "keepalive", CONF_DURATION, IN(mqtt.keepalive_ms), 5 * SEC, 65535 * SEC, "60s",
         NULL, NULL, false, false, false,
         "Longest silence before the broker is asked whether it is still there; whole seconds."},

	{"listen[]", "address", CONF_ADDRESS, AT(struct conf_listen, address), 0, 0, NULL, NULL,
         NULL, false, false, true, "Address and port, such as `0.0.0.0:8080` or `[::]:8080`."},
	{"listen[]", "tls", CONF_REFUSED, NOWHERE, 0, 0, NULL, NULL, NULL, false, false, false,
         "TLS on listeners is not available in this version; terminate TLS in front, and listen on "
         "an address that only it reaches"},

	{"admin", "address", CONF_ADDRESS, IN(admin.address), 0, 0, "127.0.0.1:9080", NULL, NULL,
         false, false, false, "Address and port; a loopback address in this version."},
	{"admin", "auth", CONF_REFUSED, NOWHERE, 0, 0, NULL, NULL, NULL, false, false, false,
         "credentials for the admin listener are not available in this version; it listens on "
         "loopback only"},

	{"limits", "body", CONF_SIZE, IN(limits.body), KIB, GIB, "4MiB", NULL, NULL, true, false,
         false, "Largest body of a webhook; 413 past it."},
	{"limits", "header", CONF_SIZE, IN(limits.header), KIB, MIB, "16KiB", NULL, NULL, true,
         false, false, "Largest head of a request; 431 past it."},
	{"limits", "connections", CONF_NUMBER, IN(limits.connections), 1, 1000000, "10000",
         "connections", NULL, true, false, false, "Most connections of all listeners."},
	{"limits", "connections_per_address", CONF_NUMBER, IN(limits.connections_per_address), 1,
         1000000, "1000", "connections", NULL, true, false, false,
         "Most connections of one client address (IPv6: of its /64)."},
	{"limits", "memory", CONF_SIZE, IN(limits.memory), MIB, 64 * GIB, "64MiB", NULL, NULL, true,
         false, false, "Most memory for all requests together; at least `body`."},
	{"limits", "request_timeout", CONF_DURATION, IN(limits.request_timeout_ms), 100, 3600 * SEC,
         "10s", NULL, NULL, true, false, false,
         "A whole request must arrive within it; 408 past it."},
	{"limits", "auth_failures", CONF_RATE, offsetof(struct conf, limits.auth_failures),
         sizeof(struct conf_rate), 1, 1000000, "20/1m", NULL, NULL, true, false, false,
         "Wrong credentials of one address within a time, as `COUNT/TIME`; past it that address "
         "gets "
         "429. Right credentials that were verified before still pass."},

	{"log", "level", CONF_WORD, IN(log.level), 0, 0, "info", NULL, levels, true, false, false,
         "Least level that is written."},
	{"log", "format", CONF_WORD, IN(log.format), 0, 0, "logfmt", NULL, formats, true, false,
         false, "Form of a line."},

	{"privacy", "recipient", CONF_WORD, NOWHERE, 0, 0, "plain", NULL, plain_only, true, false,
         false, "Phone numbers and addresses of recipients. Only `plain` in this version."},
	{"privacy", "text", CONF_WORD, NOWHERE, 0, 0, "plain", NULL, plain_only, true, false, false,
         "Texts of messages and replies. Only `plain` in this version."},

	{"accounts[]", "name", CONF_TEXT, AT(struct conf_account, name), 1, 64, NULL, NULL, NULL,
         true, false, false,
         "First topic level and part of the webhooks' paths. Letters, digits and `-`. Default: the "
         "vendor's name."},
	{"accounts[]", "vendor", CONF_NODE, NOWHERE, 0, 0, NULL, "name", NULL, true, false, true,
         "A vendor's profile; `campaign2mqtt vendors` lists them."},
	{"accounts[]", "vars", CONF_NODE, NOWHERE, 0, 0, NULL, "names and texts", NULL, true, false,
         false,
         "Variables of the profile, such as credentials. `base` may always be given: another base "
         "URL of the vendor's API."},
	{"accounts[]", "ca", CONF_PATH, AT(struct conf_account, ca), 1, 4000, NULL, NULL, NULL,
         true, false, false,
         "PEM file of the authorities that may sign the certificates of the vendor, of its token "
         "endpoint and of hosts of report files. Default: the system's, which do not count "
         "beside it: for both, put both into the file. Read at the start and at a reload."},
	{"accounts[]", "webhooks", CONF_NODE, NOWHERE, 0, 0, NULL, "list", NULL, true, false, false,
         "See `accounts[].webhooks[]`."},
	{"accounts[]", "reports", CONF_NODE, NOWHERE, 0, 0, NULL, "list", NULL, true, false, false,
         "See `accounts[].reports[]`."},
	{"accounts[]", "limits", CONF_NODE, NOWHERE, 0, 0, NULL, "`{rate: [10/1s, 150/1m]}`", NULL,
         true, false, false,
         "Rates at which the vendor may be asked, instead of the profile's; `{rate: []}` for "
         "none."},

	{"accounts[]", "mailbox", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true, false, false,
         "See `accounts[].mailbox`."},

	{"accounts[].mailbox", "url", CONF_NODE, NOWHERE, 0, 0, NULL,
         "`imaps://HOST[:PORT]/FOLDER`", NULL, true, false, true,
         "`imaps://`, or `imap://` with `starttls` (to a loopback address also without). Without a "
         "port: 993 and 143; without a folder: `INBOX`. Special characters of the folder as `%XX`; "
         "no "
         "user name and no password."},
	{"accounts[].mailbox", "username", CONF_TEXT, AT(struct conf_mailbox, username), 1, 1000,
         NULL, NULL, NULL, true, false, true, "User at the IMAP server."},
	{"accounts[].mailbox", "password", CONF_TEXT, AT(struct conf_mailbox, password), 1, 4000,
         NULL, NULL, NULL, true, true, true, "Password of `username`."},
	{"accounts[].mailbox", "ca", CONF_PATH, AT(struct conf_mailbox, ca), 1, 4000, NULL, NULL,
         NULL, true, false, false,
         "PEM file of the authorities that may sign the server's certificate. Default: the "
         "system's. "
         "Only with TLS."},
	{"accounts[].mailbox", "starttls", CONF_WORD, AT(struct conf_mailbox, starttls), 0, 0,
         "false", NULL, yes_or_no, true, false, false,
         "Begin TLS within the connection. Only with `imap://`."},
	{"accounts[].mailbox", "from", CONF_NODE, NOWHERE, 0, 0, NULL, "list of senders", NULL,
         true, false, false,
         "Whose mails count, as `reports@acme.example` or `@acme.example` for a whole domain. "
         "Default: the profile's."},
	{"accounts[].mailbox", "hosts", CONF_NODE, NOWHERE, 0, 0, NULL, "list of hosts", NULL, true,
         false, false,
         "Hosts to which links may lead, beside the profile's: `files.acme.example`, or "
         "`.acme.example` for it and all below."},
	{"accounts[].mailbox", "poll", CONF_DURATION, AT(struct conf_mailbox, poll_ms), 100,
         3600 * SEC, "20s", NULL, NULL, true, false, false,
         "Pause between two looks into the mailbox while something is waited for."},

	{"accounts[].reports[]", "report", CONF_NODE, NOWHERE, 0, 0, NULL, "name", NULL, true,
         false, true, "A report of the vendor's profile; `campaign2mqtt vendors NAME` lists them."},
	{"accounts[].reports[]", "every", CONF_DURATION, AT(struct conf_report, every_ms), SEC,
         YEARS, NULL, NULL, NULL, true, false, false,
         "How often it is asked for. Default: the profile's."},
	{"accounts[].reports[]", "start", CONF_DURATION, AT(struct conf_report, start_ms), SEC,
         YEARS, NULL, NULL, NULL, true, false, false,
         "How far back a report begins that has never run. Default: the profile's."},
	{"accounts[].reports[]", "each", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true, false,
         false,
         "Loop values, `NAME: [values]`, `NAME: {list: LIST}` of the vendor's, or `NAME: {seen: "
         "campaign, for: 30d}`. Default: the profile's."},
	{"accounts[].reports[]", "timeout", CONF_DURATION, AT(struct conf_report, timeout_ms), SEC,
         YEARS, NULL, NULL, NULL, true, false, false,
         "How long an ordered report is waited for until it is stale. Default: the profile's. Only "
         "of a report that is ordered."},
	{"accounts[].reports[]", "mailbox", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true,
         false, false,
         "A mailbox of this report's own, instead of the account's; see `accounts[].mailbox`. Only "
         "of a report that comes by mail."},
	{"accounts[].reports[]", "decode", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true,
         false, false,
         "How the report is read, where the profile leaves it to you (vendor `generic`); the words "
         "are those of profiles."},
	{"accounts[].reports[]", "map", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true, false,
         false,
         "How a record becomes an event, where the profile leaves it to you (vendor `generic`); "
         "the words are those of profiles."},

	{"accounts[].webhooks[]", "webhook", CONF_NODE, NOWHERE, 0, 0, NULL, "name", NULL, true,
         false, true, "A webhook of the vendor's profile. Its path is `/hooks/ACCOUNT/WEBHOOK`."},
	{"accounts[].webhooks[]", "auth", CONF_NODE, NOWHERE, 0, 0, NULL, "keys, or `none`", NULL,
         true, false, true, "See `accounts[].webhooks[].auth`."},
	{"accounts[].webhooks[]", "decode", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true,
         false, false,
         "How the body is read, where the profile leaves it to you (vendor `generic`); the words "
         "are those of profiles."},
	{"accounts[].webhooks[]", "map", CONF_NODE, NOWHERE, 0, 0, NULL, "keys", NULL, true, false,
         false,
         "How a record becomes an event, where the profile leaves it to you (vendor `generic`); "
         "the words are those of profiles."},

	{"accounts[].webhooks[].auth", "basic", CONF_NODE, NOWHERE, 0, 0, NULL, "list", NULL, true,
         false, true, "See `accounts[].webhooks[].auth.basic[]`."},

	{"accounts[].webhooks[].auth.basic[]", "username", CONF_TEXT,
         AT(struct conf_basic, username), 1, 256, NULL, NULL, NULL, true, false, true,
         "Without `:`."},
	{"accounts[].webhooks[].auth.basic[]", "password_hash", CONF_TEXT,
         AT(struct conf_basic, password_hash), 1, 127, NULL, NULL, NULL, true, true, true,
         "Argon2id string, as `campaign2mqtt hash-password` prints it."},
	{"accounts[].webhooks[].auth.basic[]", "until", CONF_TEXT, AT(struct conf_basic, until), 1,
         64, NULL, NULL, NULL, true, false, false,
         "Time at which the pair stops opening the webhook, as RFC 3339: `2026-11-22T07:00:00Z`. "
         "Without it, it opens for ever. `campaign2mqtt register --rotate` writes it."},
};

const size_t conf_key_count = sizeof(conf_keys) / sizeof(conf_keys[0]);

void conf_section_names(const char *section, const char *ret_names[CONF_SECTION_KEYS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < conf_key_count; i++) {
		if (strcmp(conf_keys[i].section, section) != 0)
			continue;
		assert(n < CONF_SECTION_KEYS_MAX - 1);
		ret_names[n++] = conf_keys[i].name;
	}
	ret_names[n] = NULL;
}

const struct conf_key *conf_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < conf_key_count; i++) {
		if (strcmp(conf_keys[i].section, section) == 0 &&
		    strcmp(conf_keys[i].name, name) == 0)
			return &conf_keys[i];
	}
	return NULL;
}
