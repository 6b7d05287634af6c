/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/vendor_internal.h"
#include "tests/receiver/report/vendor/client_case.h"

#define HTTPS_BASE "https://api.acme.example"

/* An account whose base is @p base; hosts of the profile: "files.acme.example:8443". */
static void begin(struct client_case *f, const char *base)
{
	(void)snprintf(f->s.base, sizeof(f->s.base), "%s", base);
	client_case_begin(f, PROFILE_HEAD "hosts: ['files.acme.example:8443']\n" PROFILE_TAIL);
}

static const char *ask(struct client_case *f, const char *url, const char *host, bool is_any)
{
	const struct str hosts[] = {str_from(host)};
	struct vendor_call call = {.client = f->client,
	                           .is_link = true,
	                           .is_any_host = is_any,
	                           .hosts = hosts,
	                           .host_count = host != NULL ? 1 : 0};

	return vendor_url_forbidden(&call, str_from(url));
}

static void hosts_are_taken_as_they_are_listed(void **state)
{
	static const struct {
		const char *url, *host;
		bool may;
	} cases[] = {
		{"https://api.acme.example/x", NULL, true},
		{"https://API.acme.example/x", NULL, true},
		{"https://x.api.acme.example/x", NULL, false},
		{"https://files.acme.example:8443/x", NULL, true},
		{"https://files.acme.example/x", NULL, false},
		{"https://cdn.example/x", NULL, false},
		{"https://cdn.example/x", "cdn.example", true},
		{"https://cdn.example:444/x", "cdn.example", true},
		{"https://cdn.example:444/x", "cdn.example:444", true},
		{"https://cdn.example/x", "cdn.example:444", false},
		{"https://a.cdn.example/x", "cdn.example", false},
		{"https://a.b.CDN.example/x", ".cdn.example", true},
		{"https://cdn.example/x", ".cdn.example", true},
		{"https://xcdn.example/x", ".cdn.example", false},
		{"https://dn.example/x", ".cdn.example", false},
		{"https://.cdn.example/x", ".cdn.example", false},
		{"https://cdn.example.evil/x", ".cdn.example", false},
		{"https://evil/cdn.example", ".cdn.example", false},
		{"https://cdn.example@evil/x", "cdn.example", false},
		{"https://evil/x", ".", false},
		{"https://evil/x", "", false},
		{"ftp://cdn.example/x", "cdn.example", false},
	};
	struct client_case *f = *state;

	begin(f, HTTPS_BASE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = ask(f, cases[i].url, cases[i].host, false);

		if ((why == NULL) != cases[i].may)
			fail_msg("%s with %s: %s", cases[i].url, cases[i].host,
			         why != NULL ? why : "allowed");
	}
}

static void nobody_may_go_from_https_to_http(void **state)
{
	struct client_case *f = *state;

	begin(f, HTTPS_BASE);
	assert_string_equal(ask(f, "http://cdn.example/x", "cdn.example", false),
	                    "a link that is not https");
	assert_non_null(ask(f, "http://api.acme.example/x", NULL, true));
	assert_null(ask(f, "https://anywhere.example/x", NULL, true));
	assert_non_null(ask(f, "https://", NULL, true));
}

static void with_http_as_base_links_may_be_http(void **state)
{
	struct client_case *f = *state;

	begin(f, "http://api.acme.example");
	assert_null(ask(f, "http://cdn.example/x", "cdn.example", false));
	assert_null(ask(f, "https://cdn.example/x", "cdn.example", false));
	assert_non_null(ask(f, "http://other.example/x", "cdn.example", false));
}

/* A link to the vendor's own host, by the name that is not base's origin. */
static const char *local(struct scripted *s, const char *path)
{
	static char url[128];

	(void)snprintf(url, sizeof(url), "http://localhost:%u%s", s->vendor.port, path);
	return url;
}

static const struct str localhost[] = {{"localhost", sizeof("localhost") - 1}};

static void link_to(struct client_case *f, const char *url)
{
	f->request.url = str_from(url);
	f->request.is_link = true;
	f->request.is_single = true;
	f->request.hosts = localhost;
	f->request.host_count = 1;
}

static void a_link_is_asked_for_as_it_is_stored(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/file", scripted_json(206, "", "[7]"));
	link_to(f, local(&f->s, "/file?s=1"));
	assert_string_equal(client_case_ask_for(f, VENDOR_OK)->body, "[7]");
	assert_true(scripted_saw(&f->s, "\r\nAccept-Encoding: identity\r\n"));
	assert_true(scripted_saw(&f->s, "ccept: */*\r\n"));
	assert_false(scripted_saw(&f->s, SECRET));
	f->request.host_count = 0;
	assert_string_equal(client_case_ask_for(f, VENDOR_REFUSED)->text,
	                    "a link to a host that the profile does not list");
	f->request.is_any_host = true;
	(void)client_case_ask_for(f, VENDOR_OK);
}

static void a_link_waits_for_no_turn(void **state)
{
	struct client_case *f = *state;
	struct vendor_state st;

	f->rates[0] = (struct rate_spec){1, 3600000};
	f->rate_count = 1;
	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	scripted_add(&f->s, "/file", scripted_json(200, "", "[7]"));
	(void)client_case_ask_for(f, VENDOR_UNAUTHORIZED); /* rate used up, circuit open */
	link_to(f, local(&f->s, "/file"));
	client_case_send(f, &f->told[0]);
	client_case_send(f, &f->told[1]);
	vendor_client_state(f->client, &st);
	assert_int_equal(st.active, 0);
	scripted_wait(&f->s, &f->told[0].dones, 1);
	scripted_wait(&f->s, &f->told[1].dones, 1);
	assert_int_equal(f->told[1].result.end, VENDOR_OK);
	vendor_client_state(f->client, &st);
	assert_string_equal(st.auth, "refused"); /* it says nothing about that */
	assert_string_equal(st.circuit, "open");
}

static void its_failures_are_its_own(void **state)
{
	static const struct {
		unsigned status;
		enum vendor_end end;
	} cases[] = {{500, VENDOR_FAILED},  {429, VENDOR_LATER},   {403, VENDOR_UNAUTHORIZED},
	             {404, VENDOR_REFUSED}, {416, VENDOR_REFUSED}, {202, VENDOR_FAILED}};
	struct client_case *f = *state;
	struct vendor_state st;
	char url[128];

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	(void)snprintf(url, sizeof(url), "%s/file?sig=1", f->s.base);
	link_to(f, url);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scripted_clear(&f->s);
		scripted_add(&f->s, "/file",
		             scripted_json(cases[i].status, "", "{\"title\":\"no /file?sig=1\"}"));
		for (int again = 0; again < 6; again++) {
			struct told *t = client_case_ask_for(f, cases[i].end);

			assert_int_equal(t->result.status, cases[i].status);
			assert_null(strstr(t->text, "/file"));
		}
		assert_int_equal(scripted_count(&f->s, "GET /file"), 6 * (i + 1)); /* single */
	}
	vendor_client_state(f->client, &st);
	assert_string_equal(st.circuit, "closed");
	assert_string_equal(st.auth, "ok");
	assert_string_equal(st.trouble, "");
	assert_int_equal(st.wait_ms, 0);
	assert_true(scripted_saw(&f->s, "Authorization: Bearer " SECRET)); /* the own origin */
}

static void what_is_to_be_anonymous_is(void **state)
{
	struct client_case *f = *state;
	char url[128];

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/file", scripted_json(403, "", "{}"));
	(void)snprintf(url, sizeof(url), "%s/file", f->s.base);
	link_to(f, url);
	f->request.is_anonymous = true;
	(void)client_case_ask_for(f, VENDOR_REFUSED);
	assert_false(scripted_saw(&f->s, SECRET));
}

static void a_redirect_of_a_link_goes_five_times_and_keeps_its_range(void **state)
{
	const struct vendor_header range[] = {{"Range", STR_LIT("bytes=5-")}};
	struct client_case *f = *state;
	char header[256], url[128];

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	(void)snprintf(header, sizeof(header), "Location: %s\r\n", local(&f->s, "/two"));
	for (int i = 0; i < 5; i++)
		scripted_add(&f->s, "/", scripted_json(302, header, ""));
	scripted_add(&f->s, "/", scripted_json(200, "", "[7]"));
	(void)snprintf(url, sizeof(url), "%s/one", f->s.base);
	link_to(f, url);
	f->request.headers = range;
	f->request.header_count = 1;
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_int_equal(scripted_count(&f->s, "\r\nRange: bytes=5-\r\n"), 6);
	assert_int_equal(scripted_count(&f->s, "GET /two"), 5);
	assert_int_equal(scripted_count(&f->s, SECRET), 1); /* at its own origin only */
	scripted_clear(&f->s);
	scripted_add(&f->s, "/", scripted_json(302, header, "")); /* in a circle */

	struct told *t = client_case_ask_for(f, VENDOR_REFUSED);

	assert_int_equal(t->result.status, 302);
	assert_int_equal(scripted_count(&f->s, "GET /two"), 10);
}

static void a_file_behind_a_request_is_counted_and_holds_nobody_up(void **state)
{
	struct client_case *f = *state;
	struct vendor_state st;

	f->rates[0] = (struct rate_spec){2, 3600000};
	f->rate_count = 1;
	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[7]"));
	f->request.is_link = true;
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_true(scripted_saw(&f->s, "Authorization: Bearer " SECRET));
	assert_true(scripted_saw(&f->s, "\r\nAccept-Encoding: identity\r\n"));
	client_case_send(f, &f->told[0]);
	for (int i = 0; i < 100 && scripted_count(&f->s, "GET /rows") < 2; i++) {
		loop_turn(f->s.loop, 5);
		vendor_client_state(f->client, &st);
		if (f->told[0].dones == 0 && f->told[0].call->state == CALL_SENT)
			assert_int_equal(st.active, 0);
	}
	scripted_wait(&f->s, &f->told[0].dones, 1);
	(void)client_case_ask_for(f, VENDOR_LATER); /* the rate is used up */
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 2);
}

static void a_file_may_be_the_trial(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[7]"));
	f->request.is_link = true;
	(void)client_case_ask_for(f, VENDOR_UNAUTHORIZED);
	(void)client_case_ask_for(f, VENDOR_LATER);
	f->client->circuit.until_ms = 0; /* its time has come */
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_int_equal(f->client->circuit.state, CIRCUIT_CLOSED);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, client_case_set_up, client_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hosts_are_taken_as_they_are_listed),
		TEST(nobody_may_go_from_https_to_http),
		TEST(with_http_as_base_links_may_be_http),
		TEST(a_link_is_asked_for_as_it_is_stored),
		TEST(a_link_waits_for_no_turn),
		TEST(its_failures_are_its_own),
		TEST(what_is_to_be_anonymous_is),
		TEST(a_redirect_of_a_link_goes_five_times_and_keeps_its_range),
		TEST(a_file_behind_a_request_is_counted_and_holds_nobody_up),
		TEST(a_file_may_be_the_trial),
	};

	return cmocka_run_group_tests_name("vendor_url", tests, NULL, NULL);
}
