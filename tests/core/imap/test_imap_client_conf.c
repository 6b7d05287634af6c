/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/imap/imap_client_internal.h"

static struct imap_client_conf a_conf(const char *url)
{
	return (struct imap_client_conf){
		.url = url, .user = "a", .password = "b", .mailbox = "INBOX"};
}

static void a_url_is_a_host_and_perhaps_a_port(void **state)
{
	static const char *const urls[] = {
		"http://127.0.0.1", "imap://",          "imaps://a/INBOX", "imaps://user@host",
		"imaps://a b",      "imaps://a;AUTH=x", "imaps://:993",    ""};
	bool is_tls_wanted = true;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct imap_client_conf conf = a_conf(urls[i]);

		assert_int_equal(imap_client_check(&conf, &is_tls_wanted), ERR_INVAL);
		assert_true(is_tls_wanted);
	}
}

static void what_goes_into_a_command_has_no_control_characters(void **state)
{
	struct imap_client_conf conf = a_conf("imaps://127.0.0.1");
	bool is_tls_wanted;

	(void)state;
	conf.password = "b\r\nc1 DELETE INBOX";
	assert_int_equal(imap_client_check(&conf, &is_tls_wanted), ERR_INVAL);
	conf = a_conf("imaps://127.0.0.1");
	conf.user = "a\x7f";
	assert_int_equal(imap_client_check(&conf, &is_tls_wanted), ERR_INVAL);
	conf = a_conf("imaps://127.0.0.1");
	conf.mailbox = "IN\r\nBOX";
	assert_int_equal(imap_client_check(&conf, &is_tls_wanted), ERR_INVAL);
	conf.mailbox = "";
	assert_int_equal(imap_client_check(&conf, &is_tls_wanted), ERR_INVAL);
}

static void a_missing_ca_is_told(void **state)
{
	struct imap_client_conf conf = a_conf("imaps://127.0.0.1");
	bool is_tls_wanted;

	(void)state;
	conf.ca = "/no/such/file";
	assert_int_equal(imap_client_check(&conf, &is_tls_wanted), ERR_NOENT);
}

/* A password never crosses the network in the clear. */
static void only_loopback_does_without_tls(void **state)
{
	static const struct {
		const char *url;
		bool wants_starttls, is_tls_wanted;
	} cases[] = {
		{"imaps://mail.example.org", false, false}, /* it begins with TLS */
		{"imaps://mail.example.org", true, false},
		{"imap://mail.example.org", false, true},
		{"imap://mail.example.org:143", false, true},
		{"imap://127.0.0.1.example.org", false, true},
		{"imap://localhost.example.org", false, true},
		{"imap://10.0.0.1", false, true},
		{"imap://127.0.0.1", false, false},
		{"imap://127.1.2.3:1143", false, false},
		{"imap://127.0.0.1", true, true},
		{"imap://LOCALHOST:143", false, false},
		{"imap://[::1]:143", false, false},
		{"imap://[::1]", false, false},
		{"imap://[::2]", false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct imap_client_conf conf = a_conf(cases[i].url);
		bool is_tls_wanted = !cases[i].is_tls_wanted;

		conf.wants_starttls = cases[i].wants_starttls;
		assert_int_equal(imap_client_check(&conf, &is_tls_wanted), ERR_OK);
		if (is_tls_wanted != cases[i].is_tls_wanted)
			fail_msg("%s", cases[i].url);
	}
}

static void a_client_is_made_of_what_can_be(void **state)
{
	struct imap_client_conf conf = a_conf("http://127.0.0.1");
	struct imap_client *client = NULL;
	struct loop *loop;

	(void)state;
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(imap_client_new(loop, &conf, &client), ERR_INVAL);
	assert_null(client);
	conf.url = "imaps://[::1]:993";
	assert_int_equal(imap_client_new(loop, &conf, &client), ERR_OK);
	imap_client_free(client);
	imap_client_free(NULL);
	imap_call_cancel(NULL);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_a_host_and_perhaps_a_port),
		cmocka_unit_test(what_goes_into_a_command_has_no_control_characters),
		cmocka_unit_test(a_missing_ca_is_told),
		cmocka_unit_test(only_loopback_does_without_tls),
		cmocka_unit_test(a_client_is_made_of_what_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
