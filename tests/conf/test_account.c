/* SPDX-License-Identifier: MIT */
#include "conf_text.h"

/* Line 1; what follows begins in line 2. */
#define HEAD      "listen: [{address: \"127.0.0.1:8080\"}]\n"
/* Lines 2 to 4; webhooks follow from line 5. */
#define EVERLYTIC HEAD "accounts:\n- vendor: everlytic\n  webhooks:\n"
#define GENERIC   HEAD "accounts:\n- vendor: generic\n  webhooks:\n"
#define BASIC     EVERLYTIC "  - webhook: sms\n    auth:\n      basic:\n"

static const struct broken broken[] = {
	{"accounts: {}\n", 1, "accounts", "expected a list"},
	{"accounts: [x]\n", 1, "accounts[0]", "expected \"vendor: NAME\""},
	{"accounts:\n- name: a\n", 2, "accounts[0]", "\"vendor\" is missing here"},
	{"accounts:\n- vendor:\n", 2, "accounts[0].vendor", "expected the name of a vendor"},
	{"accounts:\n- vendor: [a]\n", 2, "accounts[0].vendor", "expected the name of a vendor"},
	{"accounts:\n- vendor: everlitic\n", 2, "accounts[0].vendor",
         "there is no vendor \"everlitic\"; did you mean \"everlytic\"? there are: "},
	{"accounts:\n- vendor: acme-corp\n", 2, "accounts[0].vendor", "generic"},
	{"accounts:\n- vendr: everlytic\n", 2, "accounts[0].vendr", "did you mean \"vendor\"?"},
	{"accounts:\n- vendor: everlytic\n  name: a_b\n", 3, "accounts[0].name",
         "letters, digits and '-' only; not \"a_b\""},
	{"accounts:\n- vendor: everlytic\n  name: a/b\n", 3, "accounts[0].name", "letters, digits"},
	{"accounts:\n- vendor: everlytic\n  name: \"\"\n", 3, "accounts[0].name",
         "must not be empty"},
	{"accounts:\n- vendor: everlytic\n- vendor: everlytic\n", 3, "accounts[1].vendor",
         "an account named \"everlytic\" begins in line 2"},
	{"accounts:\n- {vendor: everlytic, name: x}\n- {vendor: generic, name: x}\n", 3,
         "accounts[1].name", "an account named \"x\" begins in line 2"},
	{"accounts:\n- vendor: everlytic\n  vars: [a]\n", 3, "accounts[0].vars", "NAME: TEXT"},
	{"accounts:\n- vendor: everlytic\n  vars: {apikey: x}\n", 3, "accounts[0].vars.apikey",
         "the vendor has no variable \"apikey\"; did you mean \"api_key\"? there are: "},
	{"accounts:\n- vendor: everlytic\n  vars: {host: [x]}\n", 3, "accounts[0].vars.host",
         "expected a text"},
	{"accounts:\n- vendor: everlytic\n  vars: {host: }\n", 3, "accounts[0].vars.host",
         "expected a text"},
	{"accounts:\n- vendor: everlytic\n  vars: {base: ftp://x}\n", 3, "accounts[0].vars.base",
         "begins with http:// or https://"},
	{EVERLYTIC "  - sms\n", 5, "accounts[0].webhooks[0]", "expected \"webhook: NAME\""},
	{EVERLYTIC "  - auth: none\n", 5, "accounts[0].webhooks[0]", "\"webhook\" is missing here"},
	{EVERLYTIC "  - webhook: smss\n    auth: none\n", 5, "accounts[0].webhooks[0].webhook",
         "the vendor has no webhook \"smss\"; did you mean \"sms\"? there are: sms, email"},
	{EVERLYTIC "  - webhook: sms\n", 5, "accounts[0].webhooks[0]",
         "\"auth\" is missing: give \"basic\" with user names and password hashes, or write "
         "\"auth: none\" if you mean it"},
	{EVERLYTIC "  - webhook: sms\n    auth:\n", 6, "accounts[0].webhooks[0].auth",
         "write \"auth: none\" if you mean it"},
	{EVERLYTIC "  - webhook: sms\n    auth: non\n", 6, "accounts[0].webhooks[0].auth",
         "expected \"basic:\""},
	{EVERLYTIC "  - webhook: sms\n    auth: {}\n", 6, "accounts[0].webhooks[0].auth",
         "\"basic\" needs at least one pair"},
	{EVERLYTIC "  - webhook: sms\n    auth: {basic: }\n", 6, "accounts[0].webhooks[0].auth",
         "\"basic\" needs at least one pair"},
	{EVERLYTIC "  - webhook: sms\n    auth: {token: x}\n", 6,
         "accounts[0].webhooks[0].auth.token", "unknown key \"token\"; known here: basic"},
	{BASIC "      - x\n", 8, "accounts[0].webhooks[0].auth.basic[0]", "{username: NAME"},
	{BASIC "      - username: u\n", 8, "accounts[0].webhooks[0].auth.basic[0]",
         "\"password_hash\" is missing here"},
	{BASIC "      - password_hash: x\n", 8, "accounts[0].webhooks[0].auth.basic[0]",
         "\"username\" is missing here"},
	{BASIC "      - {username: u, password: p}\n", 8,
         "accounts[0].webhooks[0].auth.basic[0].password", "known here: username, password_hash"},
	{BASIC "      - {username: \"a:b\", password_hash: \"" HASH "\"}\n", 8,
         "accounts[0].webhooks[0].auth.basic[0].username", "cannot hold ':'"},
	{BASIC "      - username: u\n        password_hash: plain\n", 9,
         "accounts[0].webhooks[0].auth.basic[0].password_hash",
         "expected an Argon2id string ($argon2id$v=19$m="},
	{BASIC "      - {username: u, password_hash: \"" HASH "\"}\n"
               "      - {username: v, password_hash: \"$2y$10$abc\"}\n",
         9, "accounts[0].webhooks[0].auth.basic[1].password_hash", "hash-password"},
	{BASIC "      - {username: u, password_hash: \"" HASH "\", until: tomorrow}\n", 8,
         "accounts[0].webhooks[0].auth.basic[0].until", "expected a time as RFC 3339"},
	{BASIC "      - {username: u, password_hash: \"" HASH "\", until: 2026-11-22}\n", 8,
         "accounts[0].webhooks[0].auth.basic[0].until", "expected a time as RFC 3339"},
	{BASIC "      - {username: u, password_hash: \"" HASH
               "\", until: \"2026-11-22T07:00:00\"}\n",
         8, "accounts[0].webhooks[0].auth.basic[0].until", "with its zone"},
	{EVERLYTIC "  - {webhook: sms, auth: none}\n  - {webhook: sms, auth: none}\n", 6,
         "accounts[0].webhooks[1].webhook", "already there in this account"},
	{EVERLYTIC "  - webhook: sms\n    auth: none\n    map: {}\n", 7,
         "accounts[0].webhooks[0].map", "has a mapping of its own"},
	{EVERLYTIC "  - webhook: sms\n    auth: none\n    decode: {}\n", 7,
         "accounts[0].webhooks[0].decode", "has a mapping of its own"},
	{EVERLYTIC "  - webhook: sms\n    auth: none\n    mapp: {}\n", 7,
         "accounts[0].webhooks[0].mapp", "did you mean \"map\"?"},
	{GENERIC "  - webhook: json\n    auth: none\n    decode: {as: xml}\n", 7,
         "accounts[0].webhooks[0].decode.as", ""},
	{GENERIC "  - webhook: json\n    auth: none\n    map: {kye: /id}\n", 7,
         "accounts[0].webhooks[0].map.kye", "did you mean \"key\"?"},
	{HEAD "accounts:\n- vendor: generic\n  vars:\n    tz: Mars/Phobos\n  webhooks:\n"
              "  - {webhook: json, auth: none}\n",
         5, "accounts[0].vars.tz", "no such time zone \"Mars/Phobos\""},
};

static void broken_accounts_are_refused_with_line_and_key(void **state)
{
	(void)state;
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void account_has_its_webhooks_and_credentials(void **state)
{
	struct conf *conf = text_conf(
		BASIC "      - {username: a, password_hash: \"" HASH "\"}\n"
		      "      - {username: b, password_hash: \"" HASH "\"}\n"
		      "  - {webhook: email, auth: none}\n- {vendor: generic, name: Shop-2}\n");
	const struct conf_account *account = &conf->accounts[0];

	(void)state;
	assert_int_equal(conf->account_count, 2);
	assert_string_equal(account->name, "everlytic");
	assert_int_equal(account->line, 3);
	assert_string_equal(profile_name(account->profile), "everlytic");
	assert_int_equal(account->webhook_count, 2);
	assert_string_equal(account->webhooks[0].name, "sms");
	assert_int_equal(account->webhooks[0].line, 5);
	assert_false(account->webhooks[0].auth_none);
	assert_int_equal(account->webhooks[0].basic_count, 2);
	assert_string_equal(account->webhooks[0].basic[1].username, "b");
	assert_string_equal(account->webhooks[0].basic[1].password_hash, HASH);
	assert_true(account->webhooks[1].auth_none);
	assert_int_equal(account->webhooks[1].basic_count, 0);
	assert_string_equal(source_name(account->webhooks[1].source), "email");
	/* Two webhooks, and the two reports that could be imported. */
	assert_int_equal(source_table_count(conf->sources), 2 + 2);
	assert_non_null(source_table_find(conf->sources, STR_LIT("everlytic"), STR_LIT("replies")));
	assert_ptr_equal(source_table_find(conf->sources, STR_LIT("everlytic"), STR_LIT("sms")),
	                 account->webhooks[0].source);
	assert_string_equal(conf->accounts[1].name, "Shop-2");
	assert_int_equal(conf->accounts[1].webhook_count, 0);
	conf_free(conf);
}

static void pairs_may_end_and_check_warns_when_they_have(void **state)
{
	struct warnings w = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(text_load(BASIC "      - {username: a, password_hash: \"" HASH
	                                 "\", until: \"2001-09-09T03:46:40+02:00\"}\n"
	                                 "      - {username: b, password_hash: \"" HASH
	                                 "\", until: 2190-01-01T00:00:00Z}\n",
	                           &w, &conf, NULL),
	                 ERR_OK);
	assert_int_equal(conf->accounts[0].webhooks[0].basic[0].until_ms, 1000000000000);
	assert_true(conf->accounts[0].webhooks[0].basic[1].until_ms > 6000000000000);
	assert_int_equal(w.count, 1);
	assert_string_equal(w.last.key, "accounts[0].webhooks[0].auth.basic[0].until");
	conf_free(conf);
}

static void a_list_without_pairs_is_empty_when_it_says_so(void **state)
{
	struct warnings w = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(
		text_load(EVERLYTIC "  - webhook: sms\n    auth: {basic: []}\n", &w, &conf, NULL),
		ERR_OK);
	assert_false(conf->accounts[0].webhooks[0].auth_none);
	assert_int_equal(conf->accounts[0].webhooks[0].basic_count, 0);
	assert_int_equal(w.count, 1);
	assert_non_null(strstr(w.last.text, "every call is refused"));
	conf_free(conf);
}

static const char *var_value(const struct conf_account *account, const char *name)
{
	for (size_t i = 0; i < account->var_count; i++) {
		if (strcmp(account->vars[i].name, name) == 0)
			return account->vars[i].value;
	}
	return NULL;
}

static void variables_are_given_ones_and_defaults(void **state)
{
	struct conf *conf = text_conf("accounts:\n- vendor: everlytic\n  vars: {base: "
	                              "\"http://127.0.0.1:1\", host: h}\n");

	(void)state;
	assert_string_equal(var_value(&conf->accounts[0], "base"), "http://127.0.0.1:1");
	assert_string_equal(var_value(&conf->accounts[0], "host"), "h");
	assert_string_equal(var_value(&conf->accounts[0], "tz"), "Africa/Johannesburg");
	conf_free(conf);
}

static void literal_secret_and_idle_accounts_are_warned_of(void **state)
{
	struct warnings w = {0};
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(text_load(HEAD "accounts:\n- vendor: everlytic\n  vars: {api_key: k}\n"
	                                "  webhooks: [{webhook: sms, auth: none}]\n",
	                           &w, &conf, &detail),
	                 ERR_OK);
	assert_int_equal(w.count, 1);
	assert_string_equal(w.last.key, "accounts[0].vars.api_key");
	conf_free(conf);
	assert_int_equal(text_load("accounts:\n- vendor: everlytic\n", &w, &conf, &detail), ERR_OK);
	assert_int_equal(w.count, 2);
	assert_non_null(strstr(w.last.text, "no webhooks and no reports"));
	conf_free(conf);
	assert_int_equal(text_load("accounts:\n", &w, &conf, &detail), ERR_OK);
	assert_int_equal(w.count, 3);
	assert_non_null(strstr(w.last.text, "no accounts"));
	conf_free(conf);
	w.count = 0;
	assert_int_equal(text_load(BASIC "      - {username: u, password_hash: \"" HASH "\"}\n", &w,
	                           &conf, &detail),
	                 ERR_OK);
	assert_int_equal(w.count, 0);
	conf_free(conf);
}

static void generic_webhook_takes_a_map_of_its_own(void **state)
{
	struct conf *conf = text_conf(
		GENERIC "  - webhook: json\n    auth: none\n    decode: {as: form}\n    map:\n"
			"      key: [/id]\n      status: {at: /s, map: {ok: delivered}}\n");

	(void)state;
	assert_int_equal(source_spec(conf->accounts[0].webhooks[0].source)->decode.as, DECODE_FORM);
	assert_int_equal(source_spec(conf->accounts[0].webhooks[0].source)->map_count, 1);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_accounts_are_refused_with_line_and_key),
		cmocka_unit_test(account_has_its_webhooks_and_credentials),
		cmocka_unit_test(variables_are_given_ones_and_defaults),
		cmocka_unit_test(literal_secret_and_idle_accounts_are_warned_of),
		cmocka_unit_test(generic_webhook_takes_a_map_of_its_own),
		cmocka_unit_test(pairs_may_end_and_check_warns_when_they_have),
		cmocka_unit_test(a_list_without_pairs_is_empty_when_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
