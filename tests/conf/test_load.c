/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <unistd.h>

#include "conf_text.h"
#include "tests/folder.h"

#define CASES "tests/conf/cases"

static void reload_refuses_what_needs_a_restart(void **state)
{
	static const struct {
		const char *text, *key;
	} cases[] = {
		{GOOD, NULL},
		{"log: {level: debug}\nlimits: {body: 1MiB}\n" GOOD, NULL},
		{GOOD "- {vendor: generic}\n", NULL},
		{"store: {path: other.db}\n" GOOD, "store.path"},
		{"store: {max_bytes: 1GiB}\n" GOOD, "store.max_bytes"},
		{"store: {keep_settled: 1h}\n" GOOD, "store.keep_settled"},
		{"store: {dedupe_for: 1h}\n" GOOD, "store.dedupe_for"},
		{"mqtt: {url: mqtt://other}\n" GOOD, "mqtt.url"},
		{"mqtt: {username: u}\n" GOOD, "mqtt.username"},
		{"admin: {address: \"127.0.0.1:9\"}\n" GOOD, "admin.address"},
		{"instance: gw2\nlisten: [{address: \"127.0.0.1:8080\"}]\n", "instance"},
		{"instance: gw1\nlisten: [{address: \"127.0.0.1:8081\"}]\n", "listen"},
		{"instance: gw1\n", "listen"},
	};
	struct conf *old_conf = text_conf(GOOD);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err_detail detail = {0};
		struct conf *new_conf = text_conf(cases[i].text);
		enum err err = conf_check_reload(old_conf, new_conf, &detail);

		assert_int_equal(err, cases[i].key == NULL ? ERR_OK : ERR_INVAL);
		if (cases[i].key != NULL) {
			assert_string_equal(detail.key, cases[i].key);
			assert_non_null(strstr(detail.text, "restart"));
			assert_int_equal(conf_check_reload(old_conf, new_conf, NULL), ERR_INVAL);
		}
		conf_free(new_conf);
	}
	conf_free(old_conf);
}

static void missing_and_unreadable_files_are_told_apart(void **state)
{
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(conf_load("/nonexistent/c.yaml", NULL, NULL, &conf, &detail), ERR_NOENT);
	assert_string_equal(detail.file, "/nonexistent/c.yaml");
	assert_int_equal(conf_load("/", NULL, NULL, &conf, &detail), ERR_IO);
	assert_null(conf);
	conf_free(NULL);
}

static void file_and_store_are_absolute_beside_the_given_path(void **state)
{
	char here[4096], expected[5000];
	struct conf *conf = NULL;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(conf_load("conf/examples/minimal.yaml", NULL, NULL, &conf, NULL), ERR_OK);
	(void)snprintf(expected, sizeof(expected), "%s/conf/examples/minimal.yaml", here);
	assert_string_equal(conf->file, expected);
	(void)snprintf(expected, sizeof(expected), "%s/conf/examples/data/campaign2mqtt.db", here);
	assert_string_equal(conf->store.path, expected);
	conf_free(conf);
}

static void examples_load(void **state)
{
	struct err_detail detail = {0};
	struct conf *conf = NULL;
	struct warnings w = {0};

	(void)state;
	assert_int_equal(setenv("MQTT_URL", "mqtt://127.0.0.1:2883", 1), 0);
	assert_int_equal(setenv("HOOK_PORT", "8181", 1), 0);
	assert_int_equal(setenv("ADMIN_PORT", "9181", 1), 0);
	assert_int_equal(setenv("STORE_PATH", "/tmp/demo.db", 1), 0);
	assert_int_equal(setenv("HOOK_HASH", HASH, 1), 0);
	assert_int_equal(conf_load("conf/examples/demo.yaml", warnings_add, &w, &conf, &detail),
	                 ERR_OK);
	assert_int_equal(w.count, 0);
	assert_string_equal(conf->instance, "demo");
	assert_int_equal(conf->mqtt.port, 2883);
	assert_string_equal(conf->listen[0].address, "127.0.0.1:8181");
	assert_string_equal(conf->accounts[1].name, "shop");
	assert_int_equal(source_table_count(conf->sources), 3);
	conf_free(conf);
}

/* The broker's password of this example is in a file that nobody has: the only complaint. */
static void real_example_lacks_nothing_but_its_secret(void **state)
{
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(conf_load("conf/examples/everlytic.yaml", NULL, NULL, &conf, &detail),
	                 ERR_PARSE);
	assert_string_equal(detail.key, "mqtt.password");
	assert_non_null(strstr(detail.text, "secrets/mqtt\" does not exist"));
}

static void real_example_loads_with_its_secret(void **state)
{
	struct folder folder;
	const char *path;
	char bytes[8192];
	struct conf *conf = NULL;
	FILE *f = fopen("conf/examples/everlytic.yaml", "r");
	size_t len = 0;

	(void)state;
	assert_non_null(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	folder_open(&folder);
	path = folder_put_bytes(&folder, "c.yaml", bytes, len);
	folder_add(&folder, "secrets");
	(void)folder_put(&folder, "secrets/mqtt", "pw");
	assert_int_equal(conf_load(path, NULL, NULL, &conf, NULL), ERR_OK);
	assert_string_equal(conf->mqtt.password, "pw");
	assert_int_equal(conf->accounts[0].webhook_count, 2);
	conf_free(conf);
	folder_close(&folder);
}

/* NAME.expect is one line: "LINE KEY: part of the text"; an empty one means that it loads. */
static size_t check_case(const char *name)
{
	char path[512], expect[512] = "", got[512] = "";
	struct err_detail d = {0};
	struct conf *conf = NULL;
	FILE *f = NULL;

	(void)snprintf(path, sizeof(path), CASES "/%.*s.expect", (int)strlen(name) - 5, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(expect, sizeof(expect), f));
	(void)fclose(f);
	expect[strcspn(expect, "\n")] = '\0';
	(void)snprintf(path, sizeof(path), CASES "/%s", name);
	if (conf_load(path, NULL, NULL, &conf, &d) != ERR_OK)
		(void)snprintf(got, sizeof(got), "%u %s: %s", d.line, d.key, d.text);
	conf_free(conf);
	if ((expect[0] == '\0') == (got[0] == '\0') && strncmp(got, expect, strlen(expect)) == 0)
		return 0;
	print_error("%s\n expected: %s\n      got: %s\n", name, expect, got);
	return 1;
}

static void every_case_file_gives_what_it_expects(void **state)
{
	DIR *dir = opendir(CASES);
	size_t cases = 0, wrong = 0;

	(void)state;
	assert_non_null(dir);
	for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		size_t len = strlen(e->d_name);

		if (len < 6 || strcmp(e->d_name + len - 5, ".yaml") != 0)
			continue;
		cases++;
		wrong += check_case(e->d_name);
	}
	(void)closedir(dir);
	assert_true(cases >= 8);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reload_refuses_what_needs_a_restart),
		cmocka_unit_test(missing_and_unreadable_files_are_told_apart),
		cmocka_unit_test(file_and_store_are_absolute_beside_the_given_path),
		cmocka_unit_test(examples_load),
		cmocka_unit_test(real_example_lacks_nothing_but_its_secret),
		cmocka_unit_test(real_example_loads_with_its_secret),
		cmocka_unit_test(every_case_file_gives_what_it_expects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
