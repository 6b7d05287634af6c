/* SPDX-License-Identifier: MIT */
#include "conf_text.h"
#include "tests/folder.h"

#define PEM "-----BEGIN CERTIFICATE-----\nMAQAAAAA\n-----END CERTIFICATE-----\n"
#define ACCOUNT \
	"accounts:\n- vendor: generic\n  ca: ca.pem\n- {name: b, vendor: generic, ca: ca.pem}\n"
#define MAILBOX                                                                                    \
	"accounts:\n- vendor: generic\n  mailbox: {url: \"imaps://h\", username: u, password: p, " \
	"ca: ca.pem}\n"

/* The configuration beside a ca.pem. @return what conf_load() does */
static enum err load(const char *text, const char *pem, size_t len, struct conf **ret_conf,
                     struct err_detail *reterr_detail)
{
	struct folder f;
	const char *path;
	enum err err;

	folder_open(&f);
	path = folder_put(&f, "c.yaml", text);
	(void)folder_put_bytes(&f, "ca.pem", pem, len);
	err = conf_load(path, NULL, NULL, ret_conf, reterr_detail);
	folder_close(&f);
	return err;
}

static void authorities_are_read_once_for_all_accounts(void **state)
{
	static const char text[] = "# ours\n" PEM PEM;
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(load(ACCOUNT, text, sizeof(text) - 1, &conf, NULL), ERR_OK);
	assert_int_equal(conf->accounts[0].ca[0], '/');
	assert_non_null(strstr(conf->accounts[0].ca, "/ca.pem"));
	assert_string_equal(conf->accounts[0].ca_pem, text);
	assert_ptr_equal(conf->accounts[1].ca_pem, conf->accounts[0].ca_pem);
	conf_free(conf);
	assert_int_equal(load(MAILBOX, text, sizeof(text) - 1, &conf, NULL), ERR_OK);
	assert_null(conf->accounts[0].ca_pem);
	assert_non_null(strstr(conf->accounts[0].mailbox->ca, "/ca.pem"));
	conf_free(conf);
}

static void an_account_without_has_none(void **state)
{
	struct conf *conf = text_conf(GOOD);

	(void)state;
	assert_null(conf->accounts[0].ca);
	assert_null(conf->accounts[0].ca_pem);
	conf_free(conf);
}

static void expect_refused(const char *pem, size_t len, const char *part)
{
	static const struct {
		const char *text, *key;
	} places[] = {{ACCOUNT, "accounts[0].ca"}, {MAILBOX, "accounts[0].mailbox.ca"}};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct err_detail d = {0};
		struct conf *conf = NULL;

		assert_int_equal(load(places[i].text, pem, len, &conf, &d), ERR_PARSE);
		assert_int_equal(d.line, 3);
		assert_string_equal(d.key, places[i].key);
		if (strstr(d.text, "/ca.pem\" ") == NULL || strstr(d.text, part) == NULL)
			fail_msg("%s", d.text);
	}
}

static void files_that_are_no_authorities_are_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"", "holds no certificate"},
		{"-----BEGIN PRIVATE KEY-----\nMAQAAAAA\n-----END PRIVATE KEY-----\n",
	         "holds no certificate"},
		{"-----BEGIN CERTIFICATE-----\nMAQAAAAA\n", "is not whole"},
		{PEM "-----BEGIN CERTIFICATE-----\nMAQ\n-----END CERTIFICATE-----\n",
	         "is not whole"},
	};

	static const char nul[] = PEM "\0" PEM;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refused(cases[i].text, strlen(cases[i].text), cases[i].part);
	expect_refused(nul, sizeof(nul) - 1, "holds a NUL byte");
}

static void as_large_as_a_file_may_be(void **state)
{
	const size_t max = (size_t)1024 * 1024;
	char *text = malloc(max + 1);
	struct conf *conf = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', max + 1);
	memcpy(text, PEM, sizeof(PEM) - 1);
	assert_int_equal(load(ACCOUNT, text, max, &conf, NULL), ERR_OK);
	conf_free(conf);
	expect_refused(text, max + 1, "is larger than 1 MiB");
	free(text);
}

static void what_cannot_be_read_is_refused_with_line_and_key(void **state)
{
	static const struct broken broken[] = {
		{"accounts:\n- vendor: generic\n  ca: /no/such/file\n", 3, "accounts[0].ca",
	         "\"/no/such/file\" does not exist; create it, or correct the path"},
		{"accounts:\n- vendor: generic\n  ca: certs/ca.pem\n", 3, "accounts[0].ca",
	         "\"/etc/gw/certs/ca.pem\" does not exist"},
		{"accounts:\n- vendor: generic\n  ca: /\n", 3, "accounts[0].ca",
	         "is not a regular file"},
		{"accounts:\n- vendor: generic\n  ca: /dev/zero\n", 3, "accounts[0].ca",
	         "is not a regular file"},
		{"accounts:\n- vendor: generic\n  ca: \"\"\n", 3, "accounts[0].ca",
	         "must not be empty"},
		{"accounts:\n- vendor: generic\n  ca: [a]\n", 3, "accounts[0].ca", "expected"},
	};

	(void)state;
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authorities_are_read_once_for_all_accounts),
		cmocka_unit_test(an_account_without_has_none),
		cmocka_unit_test(files_that_are_no_authorities_are_refused),
		cmocka_unit_test(as_large_as_a_file_may_be),
		cmocka_unit_test(what_cannot_be_read_is_refused_with_line_and_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
