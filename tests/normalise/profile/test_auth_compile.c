/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nvars: {id: , key: {secret: true}}\n"

static const struct refused_case auths[] = {
	{"auth: basic\n", 1, "\"kind\" is missing"},
	{"auth: {}\n", 1, "\"kind\" is missing"},
	{"auth: {kind: oauth}\n", 1, "did you mean \"oauth2\""},
	{"auth: {kind: [basic]}\n", 1, "expected none, basic, bearer, header, query or oauth2"},
	{"auth: {kind: none, token: x}\n", 1, "unknown key \"token\""},
	{"auth: {kind: basic, username: a}\n", 1, "\"password\" is missing"},
	{"auth: {kind: basic, password: a}\n", 1, "\"username\" is missing"},
	{"auth: {kind: basic, username: a, password: }\n", 1, "expected a text"},
	{"auth: {kind: basic, username: a, passwd: b}\n", 1, "did you mean \"password\""},
	{"auth: {kind: bearer}\n", 1, "\"token\" is missing"},
	{"auth: {kind: bearer, token: \"${kay}\"}\n", 1, "did you mean ${key}?"},
	{"auth: {kind: bearer, token: \"${page}\"}\n", 1, "needs page"},
	{"auth: {kind: header, name: \"X Y\", value: a}\n", 1, "a header's name"},
	{"auth: {kind: header, name: \"${id} Y\", value: a}\n", 1, "a header's name"},
	{"auth: {kind: header, name: \"X${nobody}\", value: a}\n", 1, "no such name ${nobody}"},
	{"auth: {kind: header, name: X}\n", 1, "\"value\" is missing"},
	{"auth: {kind: query, value: X}\n", 1, "\"name\" is missing"},
	{"auth: {kind: oauth2, token_url: https://a, client_id: b}\n", 1, "\"grant\" is missing"},
	{"auth: {kind: oauth2, grant: password}\n", 1, "client_credentials or refresh_token"},
	{"auth: {kind: oauth2, grant: refresh_token, client_id: b}\n", 1,
         "\"token_url\" is missing"},
	{"auth: {kind: oauth2, grant: refresh_token, token_url: /t, client_id: b}\n", 1,
         "an address such as"},
	{"auth: {kind: oauth2, grant: refresh_token, token_url: https://a}\n", 1,
         "\"client_id\" is missing"},
	{"auth: {kind: oauth2, grant: client_credentials, token_url: https://a, client_id: b, "
         "refresh_token: c}\n",
         1, "is for grant: refresh_token"},
	{"auth: {kind: oauth2, grant: client_credentials, token_url: https://a, client_id: b, "
         "device_url: https://c}\n",
         1, "is for grant: refresh_token"},
	{"auth: {kind: oauth2, grant: refresh_token, token_url: https://a, client_id: b, "
         "authorize_url: c}\n",
         1, "an address such as"},
};

static void ways_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 2, auths);
}

static void without_auth_there_is_none(void **state)
{
	struct profile *p = profile_good("profile: t\n");

	(void)state;
	assert_int_equal(profile_auth(p)->kind, AUTH_NONE);
	profile_free(p);
}

static void simple_kinds_are_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD "auth: {kind: basic, username: \"${id}\", password: \"${key}\"}\n");

	(void)state;
	assert_int_equal(profile_auth(p)->kind, AUTH_BASIC);
	assert_true(str_eq(profile_auth(p)->username, STR_LIT("${id}")));
	assert_true(str_eq(profile_auth(p)->password, STR_LIT("${key}")));
	profile_free(p);
	p = profile_good(HEAD "auth: {kind: bearer, token: \"${key}\"}\n");
	assert_int_equal(profile_auth(p)->kind, AUTH_BEARER);
	assert_true(str_eq(profile_auth(p)->token, STR_LIT("${key}")));
	profile_free(p);
	p = profile_good(HEAD "auth: {kind: header, name: X-Key, value: \"${key}\"}\n");
	assert_int_equal(profile_auth(p)->kind, AUTH_HEADER);
	assert_true(str_eq(profile_auth(p)->name, STR_LIT("X-Key")));
	assert_true(str_eq(profile_auth(p)->value, STR_LIT("${key}")));
	profile_free(p);
	p = profile_good(HEAD "auth: {kind: header, name: \"X-${id}-Y\", value: a}\n");
	assert_true(str_eq(profile_auth(p)->name, STR_LIT("X-${id}-Y")));
	profile_free(p);
	p = profile_good(HEAD "auth: {kind: query, name: api key, value: \"${key}\"}\n");
	assert_int_equal(profile_auth(p)->kind, AUTH_QUERY);
	profile_free(p);
}

static void both_grants_are_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD
		"auth: {kind: oauth2, grant: refresh_token, token_url: https://a/token, "
		"client_id: \"${id}\", client_secret: \"\", refresh_token: \"${key}\", scope: a b, "
		"device_url: https://a/device, authorize_url: \"https://a/authorize?x=y\"}\n");
	const struct auth_spec *auth = profile_auth(p);

	(void)state;
	assert_int_equal(auth->kind, AUTH_OAUTH2);
	assert_true(auth->oauth2.is_refresh);
	assert_true(str_eq(auth->oauth2.token_url, STR_LIT("https://a/token")));
	assert_true(str_eq(auth->oauth2.client_id, STR_LIT("${id}")));
	assert_int_equal(auth->oauth2.client_secret.len, 0);
	assert_true(str_eq(auth->oauth2.refresh_token, STR_LIT("${key}")));
	assert_true(str_eq(auth->oauth2.scope, STR_LIT("a b")));
	assert_true(str_eq(auth->oauth2.device_url, STR_LIT("https://a/device")));
	assert_true(str_eq(auth->oauth2.authorize_url, STR_LIT("https://a/authorize?x=y")));
	profile_free(p);
	p = profile_good(HEAD "auth: {kind: oauth2, grant: client_credentials, "
	                      "token_url: \"https://${id}/t\", client_id: a, client_secret: b}\n");
	assert_false(profile_auth(p)->oauth2.is_refresh);
	assert_true(str_eq(profile_auth(p)->oauth2.client_secret, STR_LIT("b")));
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_are_checked_with_their_line),
		cmocka_unit_test(without_auth_there_is_none),
		cmocka_unit_test(simple_kinds_are_taken),
		cmocka_unit_test(both_grants_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
