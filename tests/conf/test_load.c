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

static void the_demonstration_loads_with_its_environment(void **state)
{
	static const struct {
		const char *name, *value;
	} env[] = {
		{"MQTT_URL", "mqtt://127.0.0.1:2883"},
		{"HOOK_PORT", "8181"},
		{"ADMIN_PORT", "9181"},
		{"STORE_PATH", "/tmp/demo.db"},
		{"HOOK_HASH", HASH},
		{"OCAMBA_BASE", "http://127.0.0.1:1001"},
		{"OCAMBA_TOKEN", "t"},
		{"CONSTANT_CONTACT_BASE", "http://127.0.0.1:1002"},
		{"CONSTANT_CONTACT_SECRET", "s"},
		{"CONSTANT_CONTACT_REFRESH", "r"},
		{"SAMBA_BASE", "http://127.0.0.1:1003"},
		{"SAMBA_KEY", "k"},
		{"EVERLYTIC_BASE", "http://127.0.0.1:1004"},
		{"EVERLYTIC_KEY", "k"},
		{"PASSONA_BASE", "http://127.0.0.1:1005"},
		{"PASSONA_TOKEN", "t"},
		{"MAIL_URL", "imap://127.0.0.1:1006/INBOX"},
		{"MAIL_PASSWORD", "p"},
	};
	struct err_detail detail = {0};
	struct conf *conf = NULL;
	struct warnings w = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(env) / sizeof(env[0]); i++)
		assert_int_equal(setenv(env[i].name, env[i].value, 1), 0);
	assert_int_equal(conf_load("conf/examples/demo.yaml", warnings_add, &w, &conf, &detail),
	                 ERR_OK);
	assert_int_equal(w.count, 0);
	assert_string_equal(conf->instance, "demo");
	assert_int_equal(conf->mqtt.port, 2883);
	assert_string_equal(conf->listen[0].address, "127.0.0.1:8181");
	assert_int_equal(conf->account_count, 6);
	assert_string_equal(conf->accounts[5].name, "shop");
	assert_int_equal(source_table_count(conf->sources), 3 + 11 + 6);
	assert_non_null(
		source_table_find(conf->sources, STR_LIT("passona"), STR_LIT("delivery-csv")));
	assert_string_equal(conf->accounts[1].base, "http://127.0.0.1:1001");
	assert_int_equal(conf->accounts[4].report_count, 5);
	assert_string_equal(conf->accounts[4].reports[3].mailbox->url, "imap://127.0.0.1:1006");
	assert_string_equal(source_name(conf->accounts[4].reports[3].fallback), "alt_delivery");
	conf_free(conf);
}

/* The examples of vendors, and the files with their secrets, which nobody has. */
static const struct real_example {
	const char *path;
	const char *secrets[3];
	size_t webhooks, reports;
	const char *base;
} real_examples[] = {
	{"conf/examples/everlytic.yaml",
         {"secrets/mqtt", "secrets/everlytic-key"},
         2,
         2,
         "https://live1.everlytic.net"},
	{"conf/examples/ocamba.yaml", {"secrets/ocamba-token"}, 0, 1, "https://api.ocamba.com"},
	{"conf/examples/constant-contact.yaml",
         {"secrets/constant-contact-secret", "secrets/constant-contact-refresh"},
         0,
         1,
         "https://api.cc.email"},
	{"conf/examples/samba.yaml", {"secrets/samba-key"}, 0, 1, "https://api.samba.ai"},
	{"conf/examples/passona.yaml", {"secrets/passona-token"}, 0, 5, "https://passona.co.uk"},
	{"conf/examples/generic.yaml", {"secrets/acme-key"}, 0, 1, "https://api.acme.example"},
};

#define REAL_EXAMPLES (sizeof(real_examples) / sizeof(real_examples[0]))

static void real_examples_lack_nothing_but_their_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < REAL_EXAMPLES; i++) {
		struct err_detail detail = {0};
		struct conf *conf = NULL;
		char expected[64];

		assert_int_equal(conf_load(real_examples[i].path, NULL, NULL, &conf, &detail),
		                 ERR_PARSE);
		(void)snprintf(expected, sizeof(expected), "%s\" does not exist",
		               real_examples[i].secrets[0]);
		assert_non_null(strstr(detail.text, expected));
	}
}

static struct conf *load_with_secrets(struct folder *folder, const struct real_example *example,
                                      struct warnings *w)
{
	struct err_detail detail = {0};
	const char *path;
	char bytes[8192];
	struct conf *conf = NULL;
	FILE *f = fopen(example->path, "r");
	size_t len = 0;

	assert_non_null(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	assert_true(len < sizeof(bytes));
	(void)fclose(f);
	path = folder_put_bytes(folder, "c.yaml", bytes, len);
	for (size_t i = 0; i < 3 && example->secrets[i] != NULL; i++)
		(void)folder_put(folder, example->secrets[i], "pw");
	if (conf_load(path, warnings_add, w, &conf, &detail) != ERR_OK)
		fail_msg("%s:%u: %s: %s", example->path, detail.line, detail.key, detail.text);
	return conf;
}

/* What a person does who wants the lines that are there as comments. */
static void uncomment(char *text, const char *line)
{
	char *at = strstr(text, line);

	if (at == NULL)
		fail_msg("the example lacks %s", line);
	memmove(at, at + 2, strlen(at + 2) + 1);
}

static void passona_can_be_switched_to_mailed_csv(void **state)
{
	static const char *const lines[] = {"# - report: alt_delivery-csv", "#   every: 6h",
	                                    "#   timeout: 30m", "# mailbox: {"};
	struct folder folder;
	const char *path;
	char bytes[8192] = "";
	FILE *f = fopen("conf/examples/passona.yaml", "r");
	struct warnings w = {0};
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_non_null(f);
	assert_true(fread(bytes, 1, sizeof(bytes) - 1, f) < sizeof(bytes) - 1);
	(void)fclose(f);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		uncomment(bytes, lines[i]);
	folder_open(&folder);
	folder_add(&folder, "secrets");
	(void)folder_put(&folder, "secrets/passona-token", "pw");
	(void)folder_put(&folder, "secrets/imap", "pw");
	path = folder_put(&folder, "c.yaml", bytes);
	if (conf_load(path, warnings_add, &w, &conf, &detail) != ERR_OK)
		fail_msg("%u: %s: %s", detail.line, detail.key, detail.text);
	assert_int_equal(w.count, 0);
	assert_int_equal(conf->accounts[0].report_count, 6);
	assert_string_equal(conf->accounts[0].reports[5].mailbox->password, "pw");
	assert_int_equal(conf->accounts[0].reports[5].timeout_ms, 30 * 60000);
	conf_free(conf);
	folder_close(&folder);
}

static void real_examples_load_with_their_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < REAL_EXAMPLES; i++) {
		const struct real_example *example = &real_examples[i];
		struct warnings w = {0};
		struct folder folder;
		struct conf *conf = NULL;

		folder_open(&folder);
		folder_add(&folder, "secrets");
		conf = load_with_secrets(&folder, example, &w);
		assert_int_equal(w.count, 0);
		assert_int_equal(conf->account_count, 1);
		assert_int_equal(conf->accounts[0].webhook_count, example->webhooks);
		assert_int_equal(conf->accounts[0].report_count, example->reports);
		assert_string_equal(conf->accounts[0].base, example->base);
		conf_free(conf);
		folder_close(&folder);
	}
}

/* Each built-in vendor with reports has one. */
static void each_vendor_with_reports_has_an_example(void **state)
{
	struct conf *conf = text_conf(GOOD);

	(void)state;
	for (size_t i = 0; i < profile_set_count(conf->profiles); i++) {
		const struct profile *p = profile_set_at(conf->profiles, i);
		char path[128];

		(void)snprintf(path, sizeof(path), "conf/examples/%s.yaml", profile_name(p));
		if (profile_report_count(p) > 0)
			assert_int_equal(access(path, R_OK), 0);
	}
	conf_free(conf);
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
		cmocka_unit_test(the_demonstration_loads_with_its_environment),
		cmocka_unit_test(real_examples_lack_nothing_but_their_secrets),
		cmocka_unit_test(real_examples_load_with_their_secrets),
		cmocka_unit_test(passona_can_be_switched_to_mailed_csv),
		cmocka_unit_test(each_vendor_with_reports_has_an_example),
		cmocka_unit_test(every_case_file_gives_what_it_expects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
