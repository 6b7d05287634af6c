/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "conf_text.h"
#include "tests/folder.h"

static void references_are_replaced_in_values(void **state)
{
	static const struct {
		const char *written, *value;
	} cases[] = {
		{"${CONF_TEST_A}", "alpha"},
		{"x${CONF_TEST_A}y${CONF_TEST_A}z", "xalphayalphaz"},
		{"$${CONF_TEST_A}", "${CONF_TEST_A}"},
		{"$$${CONF_TEST_A}", "$${CONF_TEST_A}"},
		{"$${${CONF_TEST_A}", "${alpha"},
		{"$CONF_TEST_A $ 100$", "$CONF_TEST_A $ 100$"},
		{"${CONF_TEST_NESTED}", "${CONF_TEST_A}"},
		{"${CONF_TEST_NULL}", "null"},
	};

	(void)state;
	assert_int_equal(setenv("CONF_TEST_A", "alpha", 1), 0);
	assert_int_equal(setenv("CONF_TEST_NESTED", "${CONF_TEST_A}", 1), 0);
	assert_int_equal(setenv("CONF_TEST_NULL", "null", 1), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[200];
		struct conf *conf = NULL;

		(void)snprintf(text, sizeof(text), "mqtt:\n  username: %s\n", cases[i].written);
		conf = text_conf(text);
		assert_string_equal(conf->mqtt.username, cases[i].value);
		conf_free(conf);
	}
}

static void numbers_and_words_may_come_from_the_environment(void **state)
{
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(setenv("CONF_TEST_N", "12", 1), 0);
	assert_int_equal(setenv("CONF_TEST_W", "json", 1), 0);
	conf = text_conf(
		"mqtt: {max_inflight: \"${CONF_TEST_N}\"}\nlog: {format: \"${CONF_TEST_W}\"}\n"
		"listen: [{address: \"127.0.0.1:${CONF_TEST_N}\"}]\n");
	assert_int_equal(conf->mqtt.max_inflight, 12);
	assert_int_equal(conf->log.format, LOG_FMT_JSON);
	assert_string_equal(conf->listen[0].address, "127.0.0.1:12");
	conf_free(conf);
}

static void wrong_references_are_refused_with_their_place(void **state)
{
	static const struct broken broken[] = {
		{"a: 1\n${CONF_TEST_A}: x\n", 1, "a", "unknown key"},
		{"log: {}\nmqtt:\n  username: ${CONF_TEST_UNSET}\n", 3, "mqtt.username",
	         "environment variable \"CONF_TEST_UNSET\" is not set"},
		{"mqtt:\n  username: ${CONF_TEST_EMPTY}\n", 2, "mqtt.username",
	         "must not be empty"},
		{"mqtt:\n  username: ${A\n", 2, "mqtt.username", "\"${\" without \"}\""},
		{"mqtt:\n  username: ${}\n", 2, "mqtt.username",
	         "expected ${NAME} or ${file:PATH}"},
		{"mqtt:\n  username: ${1A}\n", 2, "mqtt.username", "expected ${NAME}"},
		{"mqtt:\n  username: ${A-B}\n", 2, "mqtt.username", "write $${ for a literal ${"},
		{"mqtt:\n  username: \"${file:}\"\n", 2, "mqtt.username", "expected ${NAME}"},
		{"mqtt:\n  username: ${CONF_TEST_BYTES}\n", 2, "mqtt.username", "UTF-8"},
		{"mqtt:\n  username: \"${file:nonexistent}\"\n", 2, "mqtt.username",
	         "file \"/etc/gw/nonexistent\" does not exist"},
		{"mqtt:\n  username: \"${file:/}\"\n", 2, "mqtt.username", "is not a regular file"},
		{"mqtt:\n  username: \"${file:/dev/null}\"\n", 2, "mqtt.username",
	         "is not a regular file"},
	};

	(void)state;
	assert_int_equal(unsetenv("CONF_TEST_UNSET"), 0);
	assert_int_equal(setenv("CONF_TEST_EMPTY", "", 1), 0);
	assert_int_equal(setenv("CONF_TEST_BYTES", "\xc0\xaf", 1), 0);
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void keys_are_never_expanded(void **state)
{
	static const struct broken broken[] = {
		{"${CONF_TEST_A}: x\n", 1, "${CONF_TEST_A}", "unknown key \"${CONF_TEST_A}\""},
	};

	(void)state;
	assert_broken(broken, 1);
}

static void secret_files_lose_their_final_newline_only(void **state)
{
	static const struct {
		const char *bytes, *value;
	} cases[] = {
		{"s3cret", "s3cret"},     {"s3cret\n", "s3cret"},   {"s3cret\r\n", "s3cret"},
		{" blank \n", " blank "}, {"${HOME}\n", "${HOME}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct folder f;
		struct conf *conf = NULL;
		const char *path;

		folder_open(&f);
		path = folder_put(&f, "c.yaml",
		                  "mqtt: {username: u, password: \"${file:secret}\"}\n");
		(void)folder_put_bytes(&f, "secret", cases[i].bytes, strlen(cases[i].bytes));
		assert_int_equal(conf_load(path, NULL, NULL, &conf, NULL), ERR_OK);
		assert_string_equal(conf->mqtt.password, cases[i].value);
		conf_free(conf);
		folder_close(&f);
	}
}

static void useless_secret_files_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *part;
	} cases[] = {
		{"", 0, "is empty"},
		{"\n", 1, "is empty"},
		{"a\0b", 3, "holds a NUL byte"},
		{"two\nlines\n", 10, "must be one line"},
		{"\xff\xfe", 2, "must be UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err_detail detail = {0};
		struct folder f;
		struct conf *conf = NULL;
		const char *path;

		folder_open(&f);
		path = folder_put(&f, "c.yaml",
		                  "mqtt:\n  username: u\n  password: \"${file:secret}\"\n");
		(void)folder_put_bytes(&f, "secret", cases[i].bytes, cases[i].len);
		assert_int_equal(conf_load(path, NULL, NULL, &conf, &detail), ERR_PARSE);
		assert_int_equal(detail.line, 3);
		assert_string_equal(detail.key, "mqtt.password");
		assert_string_equal(detail.file, path);
		if (strstr(detail.text, cases[i].part) == NULL)
			fail_msg("%s", detail.text);
		folder_close(&f);
	}
}

static void oversized_secret_file_is_refused(void **state)
{
	struct err_detail detail = {0};
	struct folder f;
	struct conf *conf = NULL;
	const char *path;

	(void)state;
	folder_open(&f);
	path = folder_put(&f, "c.yaml", "mqtt: {username: u, password: \"${file:secret}\"}\n");
	assert_int_equal(truncate(folder_put(&f, "secret", "x"), 70000), 0);
	assert_int_equal(conf_load(path, NULL, NULL, &conf, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "larger than 64 KiB"));
	folder_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_replaced_in_values),
		cmocka_unit_test(numbers_and_words_may_come_from_the_environment),
		cmocka_unit_test(wrong_references_are_refused_with_their_place),
		cmocka_unit_test(keys_are_never_expanded),
		cmocka_unit_test(secret_files_lose_their_final_newline_only),
		cmocka_unit_test(useless_secret_files_are_refused),
		cmocka_unit_test(oversized_secret_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
