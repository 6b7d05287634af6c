/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/oauth2.h"
#include "tests/receiver/report/vendor/scripted.h"

struct fixture {
	struct scripted s;
	struct oauth2 *oauth2;
	char token_url[96], device_url[96];
	unsigned devices, dones, tokens;
	enum err err;
	bool has_refresh;
	char text[200], user_code[32], uri[64], token[64];
};

static void make(struct fixture *f, const char *secret)
{
	struct oauth2_conf conf = {.account = "cc",
	                           .is_refresh = true,
	                           .authorize_url = STR_LIT("https://id.acme.example/authorize"),
	                           .client_id = STR_LIT("app"),
	                           .client_secret = str_from(secret),
	                           .scope = STR_LIT("campaign_data offline_access")};

	(void)snprintf(f->token_url, sizeof(f->token_url), "%s/token", f->s.base);
	(void)snprintf(f->device_url, sizeof(f->device_url), "%s/device", f->s.base);
	conf.token_url = str_from(f->token_url);
	conf.device_url = str_from(f->device_url);
	oauth2_free(f->oauth2);
	assert_int_equal(oauth2_new(f->s.loop, f->s.http, f->s.store, &conf, &f->oauth2), ERR_OK);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	scripted_open(&f->s);
	make(f, "");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	oauth2_free(f->oauth2);
	scripted_close(&f->s);
	free(f);
	return 0;
}

static void on_device(void *arg, const struct oauth2_device *device)
{
	struct fixture *f = arg;

	f->devices++;
	(void)snprintf(f->user_code, sizeof(f->user_code), "%.*s", STR_FMT(device->user_code));
	(void)snprintf(f->uri, sizeof(f->uri), "%.*s", STR_FMT(device->verification_uri));
}

static void on_done(void *arg, enum err err, bool has_refresh, const char *text)
{
	struct fixture *f = arg;

	f->dones++;
	f->err = err;
	f->has_refresh = has_refresh;
	(void)snprintf(f->text, sizeof(f->text), "%s", text);
}

static const struct oauth2_person_ops ops = {on_device, on_done};

static void on_token(void *arg, enum err err, struct str token, const char *text)
{
	struct fixture *f = arg;

	(void)text;
	f->tokens++;
	f->err = err;
	(void)snprintf(f->token, sizeof(f->token), "%.*s", STR_FMT(token));
}

static void ask_token(struct fixture *f)
{
	unsigned before = f->tokens;

	assert_int_equal(oauth2_token(f->oauth2, on_token, f), ERR_OK);
	scripted_wait(&f->s, &f->tokens, before + 1);
}

#define DEVICE_ANSWER                                                                             \
	"{\"device_code\":\"dev\",\"user_code\":\"ABCD-EFGH\",\"interval\":1,\"expires_in\":600," \
	"\"verification_uri\":\"https://id.acme.example/activate\"}"
#define TOKENS "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":3600}"

static void a_device_is_confirmed_by_a_person(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "/device", scripted_json(200, "", DEVICE_ANSWER));
	scripted_add(&f->s, "/token",
	             scripted_json(400, "", "{\"error\":\"authorization_pending\"}"));
	scripted_add(&f->s, "/token", scripted_json(200, "", TOKENS));
	assert_int_equal(oauth2_device(f->oauth2, &ops, f), ERR_OK);
	scripted_wait(&f->s, &f->devices, 1);
	assert_string_equal(f->user_code, "ABCD-EFGH");
	assert_string_equal(f->uri, "https://id.acme.example/activate");
	scripted_wait(&f->s, &f->dones, 1);
	assert_int_equal(f->err, ERR_OK);
	assert_true(f->has_refresh);
	assert_true(scripted_saw(&f->s, "scope=campaign_data%20offline_access&client_id=app"));
	assert_true(scripted_saw(
		&f->s, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&"
		       "device_code=dev&client_id=app"));
	ask_token(f);
	assert_string_equal(f->token, "a1");
	/* It is on disk: another process goes on with it. */
	scripted_reopen(&f->s);
	make(f, "");
	ask_token(f);
	assert_string_equal(f->token, "a1");
}

static void who_gives_up_is_told_nothing_and_may_begin_again(void **state)
{
	struct fixture *f = *state;

	assert_false(oauth2_has_person(f->oauth2));
	oauth2_person_drop(f->oauth2, f);
	scripted_add(&f->s, "/device", scripted_json(200, "", DEVICE_ANSWER));
	scripted_add(&f->s, "/token", scripted_json(200, "", TOKENS));
	assert_int_equal(oauth2_device(f->oauth2, &ops, f), ERR_OK);
	scripted_wait(&f->s, &f->devices, 1);
	oauth2_person_drop(f->oauth2, &f->dones); /* it is another's */
	assert_true(oauth2_has_person(f->oauth2));
	oauth2_person_drop(f->oauth2, f);
	assert_false(oauth2_has_person(f->oauth2));
	scripted_settle(&f->s);
	assert_int_equal(f->dones, 0);
	assert_int_equal(oauth2_device(f->oauth2, &ops, f), ERR_OK);
	scripted_wait(&f->s, &f->dones, 1);
	assert_int_equal(f->err, ERR_OK);
}

static void a_person_who_refuses_ends_it(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "/device", scripted_json(200, "", DEVICE_ANSWER));
	scripted_add(&f->s, "/token", scripted_json(400, "", "{\"error\":\"access_denied\"}"));
	assert_int_equal(oauth2_device(f->oauth2, &ops, f), ERR_OK);
	scripted_wait(&f->s, &f->dones, 1);
	assert_int_equal(f->err, ERR_AUTH);
	assert_string_equal(f->text, "the token endpoint answered 400: access_denied");
	ask_token(f);
	assert_int_equal(f->err, ERR_AUTH);
}

static void a_device_answer_without_a_code_is_told(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "/device", scripted_json(200, "", "{\"device_code\":\"d\"}"));
	assert_int_equal(oauth2_device(f->oauth2, &ops, f), ERR_OK);
	scripted_wait(&f->s, &f->dones, 1);
	assert_int_equal(f->err, ERR_AGAIN);
	assert_int_equal(f->devices, 0);
}

static void a_code_is_exchanged_and_mends_a_void_grant(void **state)
{
	struct fixture *f = *state;

	make(f, "s3cret");
	ask_token(f);
	assert_int_equal(f->err, ERR_AUTH);
	scripted_add(&f->s, "/token",
	             scripted_json(200, "", "{\"access_token\":\"b1\",\"expires_in\":60}"));
	assert_int_equal(
		oauth2_code(f->oauth2, STR_LIT("c/1"), STR_LIT("https://localhost"), &ops, f),
		ERR_OK);
	scripted_wait(&f->s, &f->dones, 1);
	assert_int_equal(f->err, ERR_OK);
	assert_false(f->has_refresh);
	assert_true(scripted_saw(&f->s, "grant_type=authorization_code&code=c%2F1&"
	                                "redirect_uri=https%3A%2F%2Flocalhost"));
	assert_true(scripted_saw(&f->s, "Authorization: Basic "));
	ask_token(f); /* to its end: there is nothing to refresh it with */
	assert_string_equal(f->token, "b1");
}

static void a_code_that_is_refused_is_not_tried_again(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "/token", scripted_json(400, "", "{\"error\":\"invalid_grant\"}"));
	assert_int_equal(oauth2_code(f->oauth2, STR_LIT("c"), STR_EMPTY, &ops, f), ERR_OK);
	scripted_wait(&f->s, &f->dones, 1);
	assert_int_equal(f->err, ERR_AUTH);
	assert_int_equal(scripted_count(&f->s, "POST /token"), 1);
}

static void the_address_for_the_browser_has_what_it_needs(void **state)
{
	struct fixture *f = *state;
	char *url = NULL;

	assert_int_equal(
		oauth2_authorize_url(f->oauth2, STR_LIT("https://localhost"), STR_LIT("st"), &url),
		ERR_OK);
	assert_string_equal(url,
	                    "https://id.acme.example/authorize?response_type=code&client_id=app"
	                    "&redirect_uri=https%3A%2F%2Flocalhost"
	                    "&scope=campaign_data%20offline_access&state=st");
	free(url);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_gives_up_is_told_nothing_and_may_begin_again),
		TEST(a_device_is_confirmed_by_a_person),
		TEST(a_person_who_refuses_ends_it),
		TEST(a_device_answer_without_a_code_is_told),
		TEST(a_code_is_exchanged_and_mends_a_void_grant),
		TEST(a_code_that_is_refused_is_not_tried_again),
		TEST(the_address_for_the_browser_has_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
