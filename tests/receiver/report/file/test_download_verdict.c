/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/receiver/report/file/download_case.h"

#define AUTHORIZED "\r\nAuthorization: Bearer " DOWNLOAD_SECRET "\r\n"

static void expect_status(struct download_case *c, unsigned status, enum download_end end)
{
	char wanted[64];

	file_vendor_clear(&c->server);
	file_vendor_add(&c->server,
	                (struct file_answer){.status = status,
	                                     .headers = "Content-Type: application/json\r\n",
	                                     .body = "{\"error\":\"no /file?sig=1\"}"});
	download_case_expect(c, end);
	(void)snprintf(wanted, sizeof(wanted), "127.0.0.1: answered %u", status);
	if (strstr(c->result.text, wanted) != c->result.text)
		fail_msg("%s", c->result.text);
}

static void a_dead_link_is_asked_for_once(void **state)
{
	static const unsigned statuses[] = {400, 404, 410, 416, 422};
	struct download_case *c = *state;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		expect_status(c, statuses[i], DOWNLOAD_DEAD);
		assert_int_equal(c->server.given, 1);
	}
	assert_int_equal(c->begins, 0);
}

static void a_link_is_asked_for_without_credentials_first(void **state)
{
	static const unsigned statuses[] = {401, 403};
	struct download_case *c = *state;

	for (unsigned i = 0; i < 2; i++) {
		file_vendor_clear(&c->server);
		file_vendor_add(&c->server, (struct file_answer){.status = statuses[i]});
		file_vendor_add(&c->server, (struct file_answer){.size = 500, .cut = 100});
		file_vendor_add(&c->server, (struct file_answer){.size = 500});
		c->conf.validator = STR_EMPTY;
		download_case_expect(c, DOWNLOAD_DONE);
		download_case_has(c, 0, 500);
		assert_int_equal(c->server.given, 3);
		assert_int_equal(file_vendor_count(&c->server, AUTHORIZED), 2 * (i + 1));
	}
}

static void with_credentials_it_is_asked_for_once(void **state)
{
	struct download_case *c = *state;
	struct vendor_state st;

	expect_status(c, 403, DOWNLOAD_DEAD);
	assert_int_equal(c->server.given, 2);
	assert_int_equal(file_vendor_count(&c->server, AUTHORIZED), 1);
	assert_non_null(strstr(c->result.text, "the link has expired, or is not for us"));
	vendor_client_state(c->client, &st);
	assert_string_equal(st.circuit, "closed");
	assert_string_equal(st.auth, "ok");
}

/** File stores do not take a signature and credentials at a time: that is not what was wrong. */
static void what_was_said_first_is_told(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.status = 403});
	file_vendor_add(&c->server, (struct file_answer){.status = 400});
	download_case_expect(c, DOWNLOAD_DEAD);
	assert_int_equal(c->server.given, 2);
	assert_string_equal(c->result.text,
	                    "127.0.0.1: answered 403: the link has expired, or is not for us");
}

static void another_origin_gets_no_credentials(void **state)
{
	static const struct str hosts[] = {{"localhost", 9}};
	struct download_case *c = *state;

	download_case_elsewhere(c, "/file" DOWNLOAD_QUERY);
	c->conf.hosts = hosts;
	c->conf.host_count = 1;
	file_vendor_add(&c->server, (struct file_answer){.status = 401});
	download_case_expect(c, DOWNLOAD_DEAD);
	assert_int_equal(c->server.given, 1);
	assert_int_equal(file_vendor_count(&c->server, DOWNLOAD_SECRET), 0);
	assert_string_equal(c->result.text,
	                    "localhost: answered 401: the link has expired, or is not for us");
}

static void other_hosts_must_be_listed(void **state)
{
	static const struct str hosts[] = {{"files.example", 13}, {".localhost", 10}};
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 500});
	download_case_elsewhere(c, "/file" DOWNLOAD_QUERY);
	download_case_expect(c, DOWNLOAD_REFUSED);
	assert_string_equal(c->result.text,
	                    "localhost: a link to a host that the profile does not list");
	c->conf.hosts = hosts;
	c->conf.host_count = 1;
	download_case_expect(c, DOWNLOAD_REFUSED);
	assert_int_equal(c->server.given, 0);
	c->conf.host_count = 2;
	download_case_expect(c, DOWNLOAD_DONE);
	c->conf.host_count = 0;
	c->conf.is_any_host = true;
	download_case_expect(c, DOWNLOAD_DONE);
	c->conf.is_any_host = false;
	download_case_client(c, c->base, "hosts: [localhost]\n"); /* that is port 80 */
	download_case_expect(c, DOWNLOAD_REFUSED);
}

static void with_https_as_base_http_is_refused(void **state)
{
	struct download_case *c = *state;

	download_case_client(c, "https://127.0.0.1", "");
	c->conf.is_any_host = true;
	download_case_expect(c, DOWNLOAD_REFUSED);
	assert_string_equal(c->result.text, "127.0.0.1: a link that is not https");
	assert_int_equal(c->server.vendor.connections, 0);
}

static const char *redirect(struct download_case *c, const char *host, const char *path)
{
	static char headers[256];

	(void)snprintf(headers, sizeof(headers), "Location: http://%s:%u%s\r\n", host,
	               c->server.vendor.port, path);
	return headers;
}

static void redirects_lead_to_listed_hosts_without_credentials(void **state)
{
	static const struct str hosts[] = {{"localhost", 9}};
	struct download_case *c = *state;

	c->conf.hosts = hosts;
	c->conf.host_count = 1;
	file_vendor_add(&c->server, (struct file_answer){.status = 403});
	for (int i = 0; i < 2; i++) {
		file_vendor_add(&c->server, (struct file_answer){
						    .status = 302,
						    .headers = redirect(c, "localhost", "/file2")});
		file_vendor_add(&c->server,
		                (struct file_answer){.size = 500, .cut = i == 0 ? 100 : 0});
	}
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 500);
	/* the try after the break goes the same way, with its range */
	assert_int_equal(file_vendor_count(&c->server, "GET /file2"), 2);
	assert_int_equal(file_vendor_count(&c->server, "Range: bytes=100-\r\n"), 2);
	assert_int_equal(file_vendor_count(&c->server, AUTHORIZED), 2); /* never at /file2 */
	assert_int_equal(file_vendor_count(&c->server, "Host: localhost"), 2);
	c->conf.host_count = 0;
	file_vendor_clear(&c->server);
	file_vendor_add(&c->server,
	                (struct file_answer){.status = 307,
	                                     .headers = redirect(c, "localhost", "/file2?sig=1")});
	download_case_expect(c, DOWNLOAD_REFUSED);
	assert_int_equal(c->server.given, 1);
	assert_non_null(strstr(c->result.text, "answered 307: sends us to a place"));
}

static void redirects_end_somewhere(void **state)
{
	static const char *const bad[] = {"Location: file:///etc/passwd\r\n", "Location: \r\n", "",
	                                  "Location: ftp://127.0.0.1/file\r\n",
	                                  "Location: http://u:p@127.0.0.1/file\r\n"};
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.status = 302,
	                                                 .headers = "Location: /file?sig=2\r\n"});
	download_case_expect(c, DOWNLOAD_REFUSED);
	assert_int_equal(c->server.given, 6);
	assert_non_null(strstr(c->result.text, "answered 302: sends us on again and again"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		file_vendor_clear(&c->server);
		file_vendor_add(&c->server, (struct file_answer){.status = 301, .headers = bad[i]});
		download_case_expect(c, DOWNLOAD_REFUSED);
		assert_int_equal(c->server.given, 1);
	}
}

static void a_server_in_trouble_is_asked_again(void **state)
{
	static const unsigned statuses[] = {500, 502, 503, 408, 202, 204};
	struct download_case *c = *state;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		file_vendor_add(&c->server, (struct file_answer){.status = statuses[i]});
	file_vendor_add(&c->server, (struct file_answer){.size = 500});
	/* six tries, each twice as far from the next: only the first ones are waited for */
	c->conf.timeout_ms = 3000;
	c->conf.pause_ms = 1000;
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_true(c->server.given >= 2);
	c->conf.pause_ms = 20;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		file_vendor_clear(&c->server);
		file_vendor_add(&c->server, (struct file_answer){.status = statuses[i]});
		file_vendor_add(&c->server, (struct file_answer){.size = 500});
		download_case_expect(c, DOWNLOAD_DONE);
		assert_int_equal(c->server.given, 2);
	}
}

static void it_comes_back_when_it_is_told(void **state)
{
	static const unsigned statuses[] = {429, 503};
	struct download_case *c = *state;

	for (int i = 0; i < 2; i++) {
		uint64_t begin_ms = clock_mono_ms();

		file_vendor_clear(&c->server);
		file_vendor_add(&c->server, (struct file_answer){.status = statuses[i],
		                                                 .headers = "Retry-After: 1\r\n"});
		file_vendor_add(&c->server, (struct file_answer){.size = 500});
		download_case_expect(c, DOWNLOAD_DONE);
		assert_true(clock_mono_ms() - begin_ms >= 950);
		file_vendor_clear(&c->server);
		file_vendor_add(&c->server,
		                (struct file_answer){.status = statuses[i],
		                                     .headers = "Retry-After: 3600\r\n"});
		download_case_expect(c, DOWNLOAD_LATER);
		assert_in_range(c->result.retry_ms, 3590000, 3600000);
		assert_int_equal(c->server.given, 1);
	}
}

/* Where nobody says how long. */
static void a_pause_is_half_a_second_at_least(void **state)
{
	struct download_case *c = *state;
	uint64_t begin_ms = clock_mono_ms();

	c->conf.pause_ms = 0;
	file_vendor_add(&c->server, (struct file_answer){.status = 500});
	file_vendor_add(&c->server, (struct file_answer){.size = 500});
	download_case_expect(c, DOWNLOAD_DONE);
	assert_true(clock_mono_ms() - begin_ms >= 500);
}

static void nobody_there_is_trouble_until_the_time_is_over(void **state)
{
	struct download_case *c = *state;

	c->conf.timeout_ms = 500;
	c->conf.is_any_host = true;
	c->conf.url = STR_LIT("http://127.0.0.1:1/file?sig=s3cret");
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_int_equal(strncmp(c->result.text, "127.0.0.1: ", 11), 0);
	assert_true(strlen(c->result.text) > 20);
}

static void expect_nonsense(struct download_case *c, struct file_answer answer)
{
	file_vendor_clear(&c->server);
	file_vendor_add(&c->server, answer);
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_int_equal(c->result.bytes, 0);
	assert_int_equal(c->begins, 0);
}

static void an_answer_that_is_none_is_trouble(void **state)
{
	struct download_case *c = *state;

	c->conf.timeout_ms = 1200;
	c->conf.pause_ms = 1000;
	expect_nonsense(c, (struct file_answer){.status = 99});
}

static void expect_large_head(struct download_case *c, const char *headers)
{
	file_vendor_add(&c->server, (struct file_answer){.status = 200, .headers = headers});
	download_case_expect(c, DOWNLOAD_REFUSED);
	assert_non_null(strstr(c->result.text, "the answer's headers are larger than 64 KiB"));
}

/* The next try would give the same. */
static void headers_without_end_are_refused_at_once(void **state)
{
	struct download_case *c = *state;
	const size_t len = (size_t)200 << 10;
	char *headers = malloc(len + 1);

	assert_non_null(headers);
	memset(headers, 'x', len);
	memcpy(headers, "A: ", 3);
	memcpy(headers + len - 2, "\r\n", 3);
	expect_large_head(c, headers);
	for (size_t i = 0; i + 8 < len; i += 8)
		memcpy(headers + i, "A: bcd\r\n", 8);
	memcpy(headers + len - 8, "A: bcd\r\n", 9);
	expect_large_head(c, headers);
	free(headers);
}

static void a_name_without_text_is_told_at_once(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.status = 403});
	c->conf.url = STR_EMPTY;
	c->conf.request = &profile_report(c->profile, STR_LIT("rows"))->request;
	assert_int_equal(download_new(c->loop, &c->conf, &c->ops, c, &c->d), ERR_NOENT);
	assert_null(c->d);
}

static bool lookup(void *arg, struct str name, struct str *ret_text)
{
	unsigned *asked = arg;

	(*asked)++;
	*ret_text = str_eq(name, STR_LIT("id")) ? STR_LIT("j/1") : STR_EMPTY;
	return str_eq(name, STR_LIT("id")) || str_eq(name, STR_LIT("nothing"));
}

static void by_request(struct download_case *c, unsigned *asked)
{
	c->conf.url = STR_EMPTY;
	c->conf.request = &profile_report(c->profile, STR_LIT("rows"))->request;
	c->conf.lookup = lookup;
	c->conf.lookup_arg = asked;
}

static void its_names_are_asked_for_at_the_beginning(void **state)
{
	struct download_case *c = *state;
	unsigned asked = 0;

	by_request(c, &asked);
	file_vendor_add(&c->server, (struct file_answer){.size = 500, .cut = 100});
	file_vendor_add(&c->server, (struct file_answer){.size = 500});
	download_case_begin(c);
	assert_int_equal(asked, 2);
	c->conf.lookup_arg = NULL;
	download_case_wait(c, &c->dones, 1);
	assert_int_equal(c->result.end, DOWNLOAD_DONE);
	download_case_has(c, 0, 500);
	assert_int_equal(asked, 2);
	assert_int_equal(file_vendor_count(&c->server, "GET /exports/j%2F1/file HTTP"), 2);
	assert_int_equal(file_vendor_count(&c->server, AUTHORIZED), 2);
	assert_int_equal(file_vendor_count(&c->server, "Range: bytes=100-\r\n"), 1);
}

static void credentials_that_are_refused_there_are_the_accounts(void **state)
{
	struct download_case *c = *state;
	struct vendor_state st;
	unsigned asked = 0;

	by_request(c, &asked);
	file_vendor_add(&c->server, (struct file_answer){.status = 403});
	download_case_expect(c, DOWNLOAD_DEAD); /* this export is not for us */
	vendor_client_state(c->client, &st);
	assert_string_equal(st.auth, "ok");
	file_vendor_clear(&c->server);
	file_vendor_add(&c->server, (struct file_answer){.status = 401});
	download_case_expect(c, DOWNLOAD_LATER);
	assert_true(c->result.retry_ms > 60000);
	assert_non_null(strstr(c->result.text, "check the credentials"));
	vendor_client_state(c->client, &st);
	assert_string_equal(st.auth, "refused");
	assert_int_equal(c->server.given, 1);
	download_case_expect(c, DOWNLOAD_LATER); /* the circuit is open */
	assert_true(c->result.retry_ms > 60000);
	assert_int_equal(c->server.given, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, download_case_set_up, download_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_dead_link_is_asked_for_once),
		TEST(a_link_is_asked_for_without_credentials_first),
		TEST(with_credentials_it_is_asked_for_once),
		TEST(what_was_said_first_is_told),
		TEST(another_origin_gets_no_credentials),
		TEST(other_hosts_must_be_listed),
		TEST(with_https_as_base_http_is_refused),
		TEST(redirects_lead_to_listed_hosts_without_credentials),
		TEST(redirects_end_somewhere),
		TEST(a_server_in_trouble_is_asked_again),
		TEST(it_comes_back_when_it_is_told),
		TEST(a_pause_is_half_a_second_at_least),
		TEST(nobody_there_is_trouble_until_the_time_is_over),
		TEST(an_answer_that_is_none_is_trouble),
		TEST(headers_without_end_are_refused_at_once),
		TEST(a_name_without_text_is_told_at_once),
		TEST(its_names_are_asked_for_at_the_beginning),
		TEST(credentials_that_are_refused_there_are_the_accounts),
	};

	return cmocka_run_group_tests_name("download_verdict", tests, NULL, NULL);
}
