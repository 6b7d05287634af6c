/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/vendor_client.h"
#include "tests/receiver/report/vendor/client_case.h"

static void each_kind_of_credentials_is_sent_in_its_place(void **state)
{
	static const struct {
		const char *profile, *wanted;
	} cases[] = {
		{PROFILE_HEAD "auth: {kind: basic, username: u, password: '${key}'}\n" PROFILE_TAIL,
	         "Authorization: Basic dTprM3ktb2YtdGhlLWFjY291bnQ=\r\n"},
		{PROFILE_HEAD
	         "auth: {kind: header, name: X-Api-Key, value: '${key}'}\n" PROFILE_TAIL,
	         "X-Api-Key: " SECRET "\r\n"},
		{PROFILE_HEAD "auth: {kind: query, name: key, value: '${key}'}\n" PROFILE_TAIL,
	         "GET /rows?q=a%20b&key=" SECRET " HTTP"},
	};
	struct client_case *f = *state;

	scripted_add(&f->s, "/rows", scripted_json(200, "", "[]"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_case_begin(f, cases[i].profile);
		(void)client_case_ask_for(f, VENDOR_OK);
		if (!scripted_saw(&f->s, cases[i].wanted))
			fail_msg("not sent: %s", cases[i].wanted);
		vendor_client_free(f->client);
		profile_free(f->profile);
	}
	f->client = NULL;
	f->profile = NULL;
}

static void a_link_to_another_place_gets_nothing_of_ours(void **state)
{
	char profile[2048], url[128];
	struct scripted other;
	struct client_case *f = *state;

	scripted_open(&other);
	(void)snprintf(profile, sizeof(profile), "%shosts: ['%s']\n%s", PROFILE_HEAD BEARER LIMITS,
	               other.base + strlen("http://"), PROFILE_TAIL);
	client_case_begin(f, profile);
	scripted_add(&other, "/file", scripted_json(200, "", "[7]"));
	(void)snprintf(url, sizeof(url), "%s/file?s=1", other.base);
	f->request.url = str_from(url);
	assert_string_equal(client_case_ask_for(f, VENDOR_OK)->body, "[7]");
	assert_false(scripted_saw(&other, "Authorization"));
	assert_false(scripted_saw(&other, SECRET));
	f->request.url = STR_LIT("http://elsewhere.example/file");
	assert_non_null(strstr(client_case_ask_for(f, VENDOR_REFUSED)->text, "does not list"));
	scripted_close(&other);
}

/* Asks for a forbidden link from within its end, once. */
static void ask_elsewhere(void *arg, const struct vendor_result *result)
{
	struct client_case *f = arg;

	(void)result;
	f->told[0].dones++;
	f->request.url = STR_LIT("http://127.0.0.1:1/");
	client_case_send(f, &f->told[1]);
}

static void a_forbidden_link_is_refused_whenever_it_is_asked_for(void **state)
{
	static const struct vendor_ops own_ops = {.on_done = ask_elsewhere};
	struct client_case *f = *state;
	struct vendor_call *call = NULL;
	struct vendor_state st;

	f->rates[0] = (struct rate_spec){1, 3600000};
	f->rate_count = 1;
	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[]"));
	(void)client_case_ask_for(f, VENDOR_OK); /* the rate is used up */
	memset(&f->told[0], 0, sizeof(f->told[0]));
	assert_int_equal(vendor_client_send(f->client, &f->request, &own_ops, f, &call), ERR_OK);
	scripted_wait(&f->s, &f->told[0].dones, 1);
	scripted_wait(&f->s, &f->told[1].dones, 1);
	assert_int_equal(f->told[1].result.end, VENDOR_REFUSED);
	vendor_client_state(f->client, &st);
	assert_int_equal(st.waiting + st.active, 0);
}

static void a_link_to_the_vendor_is_ours(void **state)
{
	struct client_case *f = *state;
	char url[128];

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/next", scripted_json(200, "", "[2]"));
	(void)snprintf(url, sizeof(url), "%s/next?p=2", f->s.base);
	f->request.url = str_from(url);
	client_case_send(f, &f->told[0]);
	assert_true(str_eq(vendor_call_url(f->told[0].call), str_from(url)));
	scripted_wait(&f->s, &f->told[0].dones, 1);
	assert_true(scripted_saw(&f->s, "GET /next?p=2 HTTP/1.1\r\n"));
	assert_true(scripted_saw(&f->s, "Authorization: Bearer " SECRET));
}

static void a_redirect_is_followed_only_to_listed_hosts(void **state)
{
	char profile[2048], header[128];
	struct scripted other;
	struct client_case *f = *state;

	scripted_open(&other);
	(void)snprintf(profile, sizeof(profile), "%shosts: ['%s']\n%s", PROFILE_HEAD BEARER LIMITS,
	               other.base + strlen("http://"), PROFILE_TAIL);
	client_case_begin(f, profile);
	(void)snprintf(header, sizeof(header), "Location: %s/file\r\n", other.base);
	scripted_add(&f->s, "/rows", scripted_json(302, header, ""));
	scripted_add(&f->s, "/rows", scripted_json(302, "Location: /login\r\n", ""));
	scripted_add(&other, "/file", scripted_json(200, "", "[7]"));
	assert_string_equal(client_case_ask_for(f, VENDOR_OK)->body, "[7]");
	assert_false(scripted_saw(&other, SECRET));
	assert_non_null(strstr(client_case_ask_for(f, VENDOR_REFUSED)->text, "answered 302"));
	scripted_clear(&f->s);
	scripted_clear(&other);
	scripted_add(&f->s, "/rows", scripted_json(302, header, ""));
	scripted_add(&other, "/file", scripted_json(302, header, "")); /* in a circle */
	(void)client_case_ask_for(f, VENDOR_REFUSED);
	assert_int_equal(scripted_count(&other, "GET /file"), 4);
	scripted_close(&other);
}

static const char *token(const char *access)
{
	char body[128];

	(void)snprintf(body, sizeof(body), "{\"access_token\":\"%s\",\"expires_in\":3600}", access);
	return scripted_json(200, "", body);
}

static void a_401_refreshes_once_and_asks_again(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD OAUTH2 LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/token", token("t1"));
	scripted_add(&f->s, "/token", token("t2"));
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_true(scripted_saw(&f->s, "Bearer t1"));
	assert_true(scripted_saw(&f->s, "Bearer t2"));
	(void)client_case_ask_for(f, VENDOR_UNAUTHORIZED);
	assert_int_equal(scripted_count(&f->s, "POST /token"), 3);
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 4);
}

static void calls_side_by_side_share_one_refresh(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD OAUTH2 "limits: {parallel: 4}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/token", token("t1"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	for (int i = 0; i < 4; i++)
		client_case_send(f, &f->told[i]);
	for (int i = 0; i < 4; i++) {
		scripted_wait(&f->s, &f->told[i].dones, 1);
		assert_int_equal(f->told[i].result.end, VENDOR_OK);
	}
	assert_int_equal(scripted_count(&f->s, "POST /token"), 1);
}

static void a_void_grant_needs_a_person(void **state)
{
	struct vendor_state st;
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD OAUTH2 LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/token", scripted_json(400, "", "{\"error\":\"invalid_grant\"}"));
	assert_string_equal(client_case_ask_for(f, VENDOR_UNAUTHORIZED)->text,
	                    "the token endpoint answered 400: invalid_grant: run \"campaign2mqtt "
	                    "authorize acme\"");
	vendor_client_state(f->client, &st);
	assert_string_equal(st.auth, "needs authorisation");
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 0);
}

static void expect_none(const char *text, const char *wanted)
{
	static const char *const words[] = {SECRET, "t0ken", "?q=", "127.0.0.1"};

	assert_non_null(strstr(text, wanted));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(text, words[i]) != NULL)
			fail_msg("\"%s\" in %s", words[i], text);
	}
}

/* Whoever asked logs it. */
static void a_hostile_vendor_gets_no_secret_into_what_is_told(void **state)
{
	static const struct {
		const char *profile, *said;
	} cases[] = {
		{PROFILE_HEAD BEARER LIMITS PROFILE_TAIL, SECRET},
		{PROFILE_HEAD
	         "auth: {kind: query, name: key, value: '${key}'}\n" LIMITS PROFILE_TAIL,
	         SECRET "?q=a%20b"},
		{PROFILE_HEAD OAUTH2 LIMITS PROFILE_TAIL, "Bearer t0ken"},
	};
	struct client_case *f = *state;
	struct vendor_state st;
	char body[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(body, sizeof(body), "{\"title\":\"no %s\"}", cases[i].said);
		scripted_clear(&f->s);
		scripted_add(&f->s, "/token", token("t0ken"));
		scripted_add(&f->s, "/rows", scripted_json(500, "", body));
		client_case_begin(f, cases[i].profile);
		expect_none(client_case_ask_for(f, VENDOR_FAILED)->text, "answered 500");
		vendor_client_state(f->client, &st);
		expect_none(st.trouble, "answered 500");
		vendor_client_free(f->client);
		profile_free(f->profile);
	}
	f->client = NULL;
	f->profile = NULL;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, client_case_set_up, client_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_of_credentials_is_sent_in_its_place),
		TEST(a_link_to_another_place_gets_nothing_of_ours),
		TEST(a_forbidden_link_is_refused_whenever_it_is_asked_for),
		TEST(a_link_to_the_vendor_is_ours),
		TEST(a_redirect_is_followed_only_to_listed_hosts),
		TEST(a_401_refreshes_once_and_asks_again),
		TEST(calls_side_by_side_share_one_refresh),
		TEST(a_void_grant_needs_a_person),
		TEST(a_hostile_vendor_gets_no_secret_into_what_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
