/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/registration.h"
#include "tests/receiver/report/vendor/client_case.h"

#define PASSWORD "Zq-9_password-of_the-hook"

#define HOOKS(ok, page)                                                                      \
	"webhooks:\n  w:\n    verify: [{kind: basic}]\n    map: m\n    register:\n"          \
	"      create: {method: POST, path: /new, json: {url: '${hook.url}', user: "         \
	"'${hook.user}',"                                                                    \
	" pass: '${hook.pass}'}, expect: [200, 201, 204]}\n"                                 \
	"      update: {method: PUT, path: '/h/${hook.id}', json: {pass: '${hook.pass}'}}\n" \
	"      delete: {method: DELETE, path: '/h/${hook.id}', expect: [204]}\n" ok          \
	"      list:\n        decode: {as: json, records: /d/*}\n        id: /id\n"          \
	"        url: /url\n" page
#define NO_PAGE "        request: {path: /list}\n"
#define PAGES                                                     \
	"        request: {path: /list, query: {p: '${page}'}}\n" \
	"        page: {kind: number, last: /last}\n"
#define OK      "      ok: {at: /result, is: good, else: {error: /why}}\n"
#define PROFILE PROFILE_HEAD BEARER LIMITS PROFILE_TAIL

struct answered {
	unsigned dones;
	struct registration_answer answer;
	char text[400];
};

static void on_done(void *arg, const struct registration_answer *answer)
{
	struct answered *a = arg;

	a->dones++;
	a->answer = *answer;
	(void)snprintf(a->text, sizeof(a->text), "%s", answer->text);
}

static struct registration *ask(struct client_case *f, enum registration_verb verb,
                                enum vendor_end end, struct answered *a)
{
	const struct registration_order order = {.verb = verb,
	                                         .id = STR_LIT("a/7"),
	                                         .url = STR_LIT("https://me.example/hooks/acme/w"),
	                                         .username = STR_LIT("acme-w"),
	                                         .password = STR_LIT(PASSWORD)};
	struct registration *r = NULL;

	*a = (struct answered){.dones = 0};
	assert_int_equal(registration_ask(f->client, profile_register(f->profile, STR_LIT("w")),
	                                  &order, on_done, a, &r),
	                 ERR_OK);
	scripted_wait(&f->s, &a->dones, 1);
	if (a->answer.end != end)
		fail_msg("end %d: %s", (int)a->answer.end, a->text);
	assert_null(strstr(a->text, PASSWORD));
	return r;
}

static void tell(struct client_case *f, enum registration_verb verb, enum vendor_end end,
                 struct answered *a)
{
	registration_free(ask(f, verb, end, a));
}

static void a_webhook_is_told_with_its_credentials(void **state)
{
	struct client_case *f = *state;
	struct answered a;

	client_case_begin(f, PROFILE HOOKS("", NO_PAGE));
	scripted_add(&f->s, "POST /new", scripted_json(201, "", "not read"));
	scripted_add(&f->s, "PUT /h/a%2F7", scripted_json(200, "", "{}"));
	scripted_add(&f->s, "DELETE /h/a%2F7", "HTTP/1.1 204 No Content\r\n\r\n");
	tell(f, REGISTRATION_CREATE, VENDOR_OK, &a);
	assert_int_equal(a.answer.status, 201);
	assert_true(scripted_saw(&f->s, "{\"url\":\"https://me.example/hooks/acme/w\","
	                                "\"user\":\"acme-w\",\"pass\":\"" PASSWORD "\"}"));
	assert_true(scripted_saw(&f->s, "Authorization: Bearer " SECRET));
	tell(f, REGISTRATION_UPDATE, VENDOR_OK, &a);
	assert_true(scripted_saw(&f->s, "{\"pass\":\"" PASSWORD "\"}"));
	tell(f, REGISTRATION_DELETE, VENDOR_OK, &a);
}

static void a_webhook_is_not_made_twice(void **state)
{
	struct client_case *f = *state;
	struct answered a;

	client_case_begin(f, PROFILE HOOKS("", NO_PAGE));
	scripted_add(&f->s, "POST /new", scripted_json(500, "", "{}"));
	tell(f, REGISTRATION_CREATE, VENDOR_FAILED, &a);
	assert_true(a.answer.was_sent);
	assert_int_equal(scripted_count(&f->s, "POST /new"), 1);
}

static void what_ok_does_not_hold_for_is_a_refusal(void **state)
{
	struct client_case *f = *state;
	struct answered a;

	client_case_begin(f, PROFILE HOOKS(OK, NO_PAGE));
	scripted_add(&f->s, "POST /new",
	             scripted_json(200, "", "{\"result\":\"bad\",\"why\":\"full\"}"));
	tell(f, REGISTRATION_CREATE, VENDOR_REFUSED, &a);
	assert_string_equal(a.text, "the vendor says: full");
	scripted_clear(&f->s);
	scripted_add(&f->s, "POST /new", scripted_json(200, "", "<html>"));
	tell(f, REGISTRATION_CREATE, VENDOR_REFUSED, &a);
	assert_non_null(strstr(a.text, "cannot be read"));
	scripted_clear(&f->s);
	scripted_add(&f->s, "POST /new", "HTTP/1.1 204 No Content\r\n\r\n");
	tell(f, REGISTRATION_CREATE, VENDOR_OK, &a);
	scripted_clear(&f->s);
	scripted_add(&f->s, "/list", scripted_json(200, "", "{\"result\":\"bad\",\"why\":\"no\"}"));
	tell(f, REGISTRATION_LIST, VENDOR_FAILED, &a);
	assert_string_equal(a.text, "the vendor says: no");
}

static void words_with_the_password_are_not_given(void **state)
{
	static const char *const bodies[] = {
		"{\"message\":\"bad: " PASSWORD "\"}",
		"{\"message\":\"bad: 9_password\"}", /* a part of it */
	};
	struct client_case *f = *state;
	struct answered a;

	client_case_begin(f, PROFILE HOOKS("", NO_PAGE));
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		scripted_clear(&f->s);
		scripted_add(&f->s, "POST /new", scripted_json(400, "", bodies[i]));
		tell(f, REGISTRATION_CREATE, VENDOR_REFUSED, &a);
		assert_int_equal(a.answer.status, 400);
		assert_non_null(strstr(a.text, "not shown"));
	}
}

static void all_pages_of_the_list_are_read(void **state)
{
	struct client_case *f = *state;
	struct registration *r;
	struct answered a;

	client_case_begin(f, PROFILE HOOKS("", PAGES));
	scripted_add(
		&f->s, "/list?p=1",
		scripted_json(200, "", "{\"last\":2,\"d\":[{\"id\":1,\"url\":\"u\"},{\"id\":2}]}"));
	scripted_add(&f->s, "/list?p=2", scripted_json(200, "", "{\"last\":2,\"d\":[{\"id\":3}]}"));
	r = ask(f, REGISTRATION_LIST, VENDOR_OK, &a);
	assert_int_equal(a.answer.hook_count, 3);
	assert_true(str_eq(a.answer.hooks[0].url, STR_LIT("u")));
	assert_true(str_eq(a.answer.hooks[2].id, STR_LIT("3")));
	registration_free(r);
}

static void a_list_that_cannot_be_read_is_no_empty_one(void **state)
{
	struct client_case *f = *state;
	struct answered a;

	client_case_begin(f, PROFILE HOOKS("", PAGES));
	scripted_add(&f->s, "/list?p=1", scripted_json(200, "", "{\"last\":2,\"d\":[{\"id\":1}]}"));
	scripted_add(&f->s, "/list?p=2", scripted_json(200, "", "{\"last\":2,\"d\":[{\"id\""));
	tell(f, REGISTRATION_LIST, VENDOR_FAILED, &a);
	assert_non_null(strstr(a.text, "cannot be read"));
	scripted_clear(&f->s);
	scripted_add(&f->s, "/list", scripted_json(401, "", "{}"));
	tell(f, REGISTRATION_LIST, VENDOR_UNAUTHORIZED, &a);
}

static void what_is_under_way_can_be_dropped(void **state)
{
	static const struct registration_order order = {.verb = REGISTRATION_LIST};
	struct client_case *f = *state;
	struct registration *r = NULL;
	struct answered a = {.dones = 0};

	client_case_begin(f, PROFILE HOOKS("", NO_PAGE));
	scripted_add(&f->s, "/list", scripted_json(200, "", "{\"d\":[]}"));
	assert_int_equal(registration_ask(f->client, profile_register(f->profile, STR_LIT("w")),
	                                  &order, on_done, &a, &r),
	                 ERR_OK);
	registration_free(r);
	registration_free(NULL);
	scripted_settle(&f->s);
	assert_int_equal(a.dones, 0);
}

static void what_has_no_text_is_not_sent(void **state)
{
	static const struct registration_order order = {.verb = REGISTRATION_DELETE};
	struct client_case *f = *state;
	struct registration *r = NULL;
	struct answered a = {.dones = 0};

	client_case_begin(f, PROFILE HOOKS("", NO_PAGE));
	assert_int_equal(registration_ask(f->client, profile_register(f->profile, STR_LIT("w")),
	                                  &order, on_done, &a, &r),
	                 ERR_NOENT);
	assert_null(r);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, client_case_set_up, client_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_webhook_is_told_with_its_credentials),
		TEST(a_webhook_is_not_made_twice),
		TEST(what_ok_does_not_hold_for_is_a_refusal),
		TEST(words_with_the_password_are_not_given),
		TEST(all_pages_of_the_list_are_read),
		TEST(a_list_that_cannot_be_read_is_no_empty_one),
		TEST(what_is_under_way_can_be_dropped),
		TEST(what_has_no_text_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
