/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/oauth2_answer.h"

#include <stdio.h>

#include "normalise/value/json_reader.h"
#include "receiver/report/vendor/vendor_answer.h"

#define LIFE_DEFAULT_S   3600 /* of an access token, where the answer does not say */
#define DEVICE_DEFAULT_S 600
#define INTERVAL_S       5 /* Source: RFC 8628, 3.2 */
#define INTERVAL_MAX_S   600
#define ERROR_WORD_MAX   40
#define WORDS_MAX        140

static struct str member(const struct value *v, const char *name)
{
	struct str text = STR_EMPTY;

	(void)value_text(value_get(v, str_from(name)), &text);
	return text;
}

/* Numbers come as texts too; Google's clients send "3599.0". */
static uint64_t member_seconds(const struct value *v, const char *name, uint64_t fallback)
{
	struct str whole, rest;
	uint64_t number = fallback;

	(void)str_cut(member(v, name), '.', &whole, &rest);
	return str_to_u64(whole, &number) == ERR_OK ? number : fallback;
}

/* A token goes into a header: nothing but visible ASCII. */
static bool is_token(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= 0x20 || text.ptr[i] > 0x7e)
			return false;
	}
	return text.len > 0;
}

static void read_grant(const struct value *v, struct oauth2_answer *a)
{
	struct str type = member(v, "token_type");

	a->grant.access = member(v, "access_token");
	a->grant.refresh = member(v, "refresh_token");
	a->grant.expires_s = member_seconds(v, "expires_in", LIFE_DEFAULT_S);
	if (type.len > 0 && !str_ieq(type, STR_LIT("bearer"))) {
		a->outcome = OAUTH2_REFUSED;
		(void)snprintf(a->text, sizeof(a->text),
		               "the token endpoint gives tokens that are not Bearer tokens");
	} else if (!is_token(a->grant.access) ||
	           (a->grant.refresh.len > 0 && !is_token(a->grant.refresh))) {
		(void)snprintf(a->text, sizeof(a->text),
		               "the token endpoint's answer has no readable access token");
	} else {
		a->outcome = OAUTH2_GRANTED;
	}
}

static void read_device(const struct value *v, struct oauth2_answer *a)
{
	uint64_t interval_s = member_seconds(v, "interval", INTERVAL_S);

	a->outcome = OAUTH2_DEVICE;
	a->user_code = member(v, "user_code");
	a->verification_uri = member(v, "verification_uri");
	if (a->verification_uri.len == 0)
		a->verification_uri = member(v, "verification_url"); /* of early drafts */
	a->verification_uri_complete = member(v, "verification_uri_complete");
	a->expires_s = member_seconds(v, "expires_in", DEVICE_DEFAULT_S);
	a->interval_s = interval_s < INTERVAL_MAX_S ? interval_s : INTERVAL_MAX_S;
}

static void read_success(const struct value *v, struct oauth2_answer *a)
{
	a->device_code = member(v, "device_code");
	if (a->device_code.len > 0) {
		read_device(v, a);
	} else {
		read_grant(v, a);
	}
}

/* The words of RFC 6749 and 8628 are such; anything else is not shown, it may be anything. */
static bool is_error_word(struct str word)
{
	for (size_t i = 0; i < word.len; i++) {
		if ((word.ptr[i] < 'a' || word.ptr[i] > 'z') && word.ptr[i] != '_')
			return false;
	}
	return word.len > 0 && word.len <= ERROR_WORD_MAX;
}

static enum oauth2_outcome outcome_of(struct str word, unsigned status)
{
	static const struct {
		const char *word;
		enum oauth2_outcome outcome;
	} known[] = {
		{"authorization_pending", OAUTH2_PENDING},
		{"slow_down", OAUTH2_SLOW},
		{"invalid_grant", OAUTH2_VOID},
		{"expired_token", OAUTH2_VOID},
		{"access_denied", OAUTH2_REFUSED},
		{"server_error", OAUTH2_LATER},
		{"temporarily_unavailable", OAUTH2_LATER},
	};

	if (status == 408 || status == 429 || status >= 500)
		return OAUTH2_LATER;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_eq(word, str_from(known[i].word)))
			return known[i].outcome;
	}
	return status >= 400 ? OAUTH2_REFUSED : OAUTH2_LATER;
}

static void read_error(const struct value *v, unsigned status, struct oauth2_answer *a)
{
	struct str word = member(v, "error");

	a->outcome = outcome_of(word, status);
	if (is_error_word(word)) {
		(void)snprintf(a->text, sizeof(a->text), "the token endpoint answered %u: %.*s",
		               status, STR_FMT(word));
	} else {
		(void)snprintf(a->text, sizeof(a->text), "the token endpoint answered %u", status);
	}
}

/** NULL when it is no JSON. */
static const struct value *read_body(struct str body, struct arena *arena)
{
	struct json_cursor c = json_cursor(body);
	struct value *v = NULL;

	if (json_check(body, NULL) != ERR_OK || json_read(&c, arena, &v, NULL) != ERR_OK)
		return NULL;
	return v;
}

void oauth2_answer_read(enum http_end end, const struct http_answer *http, struct str body,
                        const char *text, struct arena *arena, struct oauth2_answer *ret_answer)
{
	struct oauth2_answer a = {.outcome = OAUTH2_LATER};
	const struct value *v = read_body(body, arena);
	char words[WORDS_MAX];

	if (end != HTTP_END_OK) {
		vendor_answer_failure(end, text, words, sizeof(words));
		(void)snprintf(a.text, sizeof(a.text), "the token endpoint: %s", words);
	} else if (http->status != 200 && http->status != 201) {
		read_error(v, http->status, &a);
	} else if (v == NULL || v->kind != VALUE_OBJECT) {
		(void)snprintf(a.text, sizeof(a.text), "the token endpoint's answer is no JSON");
	} else if (value_get(v, STR_LIT("error")) != NULL && member(v, "access_token").len == 0) {
		read_error(v, 400, &a); /* some say so with status 200 */
	} else {
		read_success(v, &a);
	}
	if (end == HTTP_END_OK && http->retry_after_s > 0)
		a.retry_ms = (uint64_t)http->retry_after_s * 1000;
	*ret_answer = a;
}
