/* SPDX-License-Identifier: MIT */
/** client_case - an account of a scripted vendor, asked through vendor_client. */
#ifndef TESTS_RECEIVER_REPORT_VENDOR_CLIENT_CASE_H
#define TESTS_RECEIVER_REPORT_VENDOR_CLIENT_CASE_H

#include "core/metrics.h"
#include "receiver/report/vendor/vendor_client.h"
#include "tests/receiver/report/vendor/scripted.h"

#define SECRET "k3y-of-the-account"

/* What came of one call. */
struct told {
	unsigned dones, agains;
	struct vendor_result result;
	char text[200], location[128], body[4096];
	size_t body_len;
	struct vendor_call *call;
};

struct client_case {
	struct scripted s;
	struct profile *profile;
	struct vendor_client *client;
	struct source_var vars[4];
	size_t var_count;
	struct rate_spec rates[2];
	size_t rate_count;
	struct told told[4];
	struct vendor_request request;
};

#define PROFILE_HEAD                                                                 \
	"profile: acme\n"                                                            \
	"vars: {key: {secret: true}, base: {default: ''}, refresh: {default: ''}}\n" \
	"base: https://api.acme.example/root\n"
#define PROFILE_TAIL                                                                    \
	"maps:\n  m: {key: [message.id], status: {is: sent}, set: {message.id: /id}}\n" \
	"reports:\n"                                                                    \
	"  rows:\n"                                                                     \
	"    request: {path: /rows, query: {q: '${value}', none: '${nothing}'}}\n"      \
	"    each: {value: {}, nothing: {}}\n"                                          \
	"    decode: {as: json, records: /*}\n"                                         \
	"    map: m\n"                                                                  \
	"  order:\n"                                                                    \
	"    request: {path: /order, method: POST, json: {id: '${value}'}}\n"           \
	"    each: {value: {}}\n"                                                       \
	"    decode: {as: json, records: /*}\n"                                         \
	"    map: m\n"
#define LIMITS "limits: {retry: {max: 2, backoff: 1ms..2ms}}\n"
#define BEARER "auth: {kind: bearer, token: '${key}'}\n"

#define OAUTH2                                                                                   \
	"auth: {kind: oauth2, grant: refresh_token, token_url: 'https://id.acme.example/token'," \
	" client_id: app, refresh_token: '${key}'}\n"

int client_case_set_up(void **state);
int client_case_tear_down(void **state);

/** Load the profile and make the account's client; report "rows" is asked for. */
void client_case_begin(struct client_case *f, const char *profile);
void client_case_open(struct client_case *f);
void client_case_send(struct client_case *f, struct told *t);
/** Send, and wait for the end. */
struct told *client_case_ask(struct client_case *f);
/** The same; it must end so. */
struct told *client_case_ask_for(struct client_case *f, enum vendor_end end);
int64_t client_case_metric(enum metric_id id, const char *code);
extern const struct vendor_ops client_case_ops;

#endif /* TESTS_RECEIVER_REPORT_VENDOR_CLIENT_CASE_H */
