/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/oauth2.h"
#include "tests/receiver/report/vendor/scripted.h"

struct fixture {
	struct scripted s;
	struct oauth2 *oauth2;
	char token_url[96];
	unsigned dones;
	enum err err;
	char token[128], text[200];
	uint64_t commits; /* on disk when the token was given */
};

static struct oauth2_conf conf_of(struct fixture *f, const char *account, const char *refresh)
{
	(void)snprintf(f->token_url, sizeof(f->token_url), "%s/token", f->s.base);
	return (struct oauth2_conf){.account = account,
	                            .is_refresh = true,
	                            .token_url = str_from(f->token_url),
	                            .client_id = STR_LIT("app"),
	                            .client_secret = STR_LIT("s3cret"),
	                            .refresh_token = str_from(refresh)};
}

static struct oauth2 *oauth2_of(struct fixture *f, const char *account, const char *refresh)
{
	struct oauth2_conf conf = conf_of(f, account, refresh);
	struct oauth2 *o = NULL;

	assert_int_equal(oauth2_new(f->s.loop, f->s.http, f->s.store, &conf, &o), ERR_OK);
	return o;
}

static uint64_t commits_of(const struct fixture *f)
{
	struct store_stats stats;

	store_stats(f->s.store, &stats);
	return stats.commits;
}

static void on_token(void *arg, enum err err, struct str token, const char *text)
{
	struct fixture *f = arg;

	f->commits = commits_of(f);

	f->err = err;
	(void)snprintf(f->token, sizeof(f->token), "%.*s", STR_FMT(token));
	(void)snprintf(f->text, sizeof(f->text), "%s", text);
	f->dones++;
}

static void ask(struct fixture *f, struct oauth2 *o)
{
	unsigned before = f->dones;

	assert_int_equal(oauth2_token(o, on_token, f), ERR_OK);
	assert_int_equal(f->dones, before); /* nothing from within */
	scripted_wait(&f->s, &f->dones, before + 1);
}

static void assert_token(struct fixture *f, struct oauth2 *o, const char *token)
{
	ask(f, o);
	assert_string_equal(f->text, "");
	assert_int_equal(f->err, ERR_OK);
	assert_string_equal(f->token, token);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	scripted_open(&f->s);
	f->oauth2 = oauth2_of(f, "cc", "first");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	oauth2_free(f->oauth2);
	scripted_close(&f->s);
	free(f);
	return 0;
}

static const char *granted(const char *access, const char *refresh)
{
	char body[256];

	(void)snprintf(
		body, sizeof(body),
		"{\"access_token\":\"%s\",\"refresh_token\":\"%s\",\"token_type\":\"Bearer\","
		"\"expires_in\":86400}",
		access, refresh);
	return scripted_json(200, "", body);
}

static void the_first_token_comes_from_the_configured_one(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	assert_token(f, f->oauth2, "a1");
	assert_true(scripted_saw(&f->s, "grant_type=refresh_token&refresh_token=first"));
	assert_true(scripted_saw(&f->s, "Authorization: Basic YXBwOnMzY3JldA=="));
	assert_false(scripted_saw(&f->s, "s3cret"));
}

static void a_token_serves_until_it_is_due(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	assert_token(f, f->oauth2, "a1");
	assert_token(f, f->oauth2, "a1");
	assert_int_equal(scripted_count(&f->s, "POST /token"), 1);
}

static void those_who_ask_together_share_one_refresh(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	for (int i = 0; i < 5; i++)
		assert_int_equal(oauth2_token(f->oauth2, on_token, f), ERR_OK);
	scripted_wait(&f->s, &f->dones, 5);
	assert_int_equal(scripted_count(&f->s, "POST /token"), 1);
}

static void a_refused_token_is_replaced_once(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	scripted_add(&f->s, "POST /token", granted("a2", "r2"));
	assert_token(f, f->oauth2, "a1");
	oauth2_refused(f->oauth2, STR_LIT("a1"));
	assert_token(f, f->oauth2, "a2");
	oauth2_refused(f->oauth2, STR_LIT("a1")); /* of an older request */
	assert_token(f, f->oauth2, "a2");
	assert_true(scripted_saw(&f->s, "refresh_token=r1"));
	assert_int_equal(scripted_count(&f->s, "POST /token"), 2);
}

/* What is on disk when somebody is given the new access token. */
static void the_new_refresh_token_is_on_disk_before_the_token_is_used(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	scripted_add(&f->s, "POST /token", granted("a2", "r2"));
	assert_token(f, f->oauth2, "a1");
	assert_int_equal(f->commits, 1);
	/* As after a crash: nothing more is written. */
	oauth2_free(f->oauth2);
	scripted_reopen(&f->s);
	f->oauth2 = oauth2_of(f, "cc", "first");
	assert_token(f, f->oauth2, "a1"); /* kept as well */
	oauth2_refused(f->oauth2, STR_LIT("a1"));
	assert_token(f, f->oauth2, "a2");
	assert_int_equal(scripted_count(&f->s, "refresh_token=first"), 1);
	assert_int_equal(scripted_count(&f->s, "refresh_token=r1"), 1);
}

static void a_new_token_in_the_configuration_begins_a_new_chain(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	scripted_add(&f->s, "POST /token", granted("b1", "s1"));
	assert_token(f, f->oauth2, "a1");
	oauth2_free(f->oauth2);
	f->oauth2 = oauth2_of(f, "cc", "second");
	assert_token(f, f->oauth2, "b1");
	assert_true(scripted_saw(&f->s, "refresh_token=second"));
	oauth2_free(f->oauth2);
	f->oauth2 = oauth2_of(f, "cc", ""); /* taken out: the chain goes on */
	assert_token(f, f->oauth2, "b1");
}

static void a_lasting_refresh_token_stays(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token",
	             scripted_json(200, "", "{\"access_token\":\"a1\",\"expires_in\":\"3600\"}"));
	scripted_add(&f->s, "POST /token", granted("a2", "first"));
	assert_token(f, f->oauth2, "a1");
	oauth2_refused(f->oauth2, STR_LIT("a1"));
	assert_token(f, f->oauth2, "a2");
	assert_int_equal(scripted_count(&f->s, "refresh_token=first"), 2);
}

static void invalid_grant_stops_this_account_only(void **state)
{
	struct fixture *f = *state;
	struct oauth2 *other = oauth2_of(f, "other", "theirs");

	scripted_add(
		&f->s, "POST /token",
		scripted_json(400, "",
	                      "{\"error\":\"invalid_grant\",\"error_description\":\"first\"}"));
	scripted_add(&f->s, "POST /token", granted("o1", "p1"));
	ask(f, f->oauth2);
	assert_int_equal(f->err, ERR_AUTH);
	assert_string_equal(f->text, "the token endpoint answered 400: invalid_grant: "
	                             "run \"campaign2mqtt authorize cc\"");
	ask(f, f->oauth2);
	assert_int_equal(f->err, ERR_AUTH);
	assert_int_equal(scripted_count(&f->s, "POST /token"), 1); /* final */
	assert_token(f, other, "o1");
	oauth2_free(other);
}

/* As after a reload, while the former one still works. */
static void a_token_that_another_has_replaced_is_not_the_end(void **state)
{
	struct fixture *f = *state;
	struct oauth2 *other = oauth2_of(f, "cc", "first");

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	scripted_add(&f->s, "POST /token", granted("a2", "r2"));
	scripted_add(&f->s, "POST /token", scripted_json(400, "", "{\"error\":\"invalid_grant\"}"));
	assert_token(f, f->oauth2, "a1");
	assert_token(f, other, "a1");
	oauth2_refused(f->oauth2, STR_LIT("a1"));
	assert_token(f, f->oauth2, "a2");
	oauth2_refused(other, STR_LIT("a1"));
	assert_token(f, other, "a2");
	assert_int_equal(scripted_count(&f->s, "refresh_token=r1"), 2);
	oauth2_free(other);
}

static void without_a_refresh_token_a_person_is_needed(void **state)
{
	struct fixture *f = *state;

	oauth2_free(f->oauth2);
	f->oauth2 = oauth2_of(f, "cc", "");
	ask(f, f->oauth2);
	assert_int_equal(f->err, ERR_AUTH);
	assert_int_equal(scripted_count(&f->s, "POST"), 0);
}

static void what_may_pass_is_told_as_such(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", scripted_json(429, "Retry-After: 30\r\n", "{}"));
	ask(f, f->oauth2);
	assert_int_equal(f->err, ERR_AGAIN);
	assert_string_equal(f->text, "the token endpoint answered 429");
	ask(f, f->oauth2); /* left alone for so long */
	assert_int_equal(f->err, ERR_AGAIN);
	assert_int_equal(scripted_count(&f->s, "POST /token"), 1);
}

static void a_page_instead_of_json_is_no_token(void **state)
{
	struct fixture *f = *state;

	scripted_add(
		&f->s, "POST /token",
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
	ask(f, f->oauth2);
	assert_int_equal(f->err, ERR_AGAIN);
	assert_string_equal(f->text, "the token endpoint's answer is no JSON");
}

static void a_token_that_would_break_a_header_is_none(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token",
	             scripted_json(200, "", "{\"access_token\":\"a\\r\\nX: y\"}"));
	ask(f, f->oauth2);
	assert_int_equal(f->err, ERR_AGAIN);
	assert_string_equal(f->token, "");
}

/* The answer just fits, what is to be stored of it does not. */
static void tokens_that_cannot_be_stored_are_not_used(void **state)
{
	static const char head[] = "{\"access_token\":\"a\",\"refresh_token\":\"";
	static char answer[70000], refresh[65480];
	struct fixture *f = *state;

	memset(refresh, 'r', sizeof(refresh) - 1);
	(void)snprintf(answer, sizeof(answer),
	               "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s%s\"}",
	               strlen(head) + sizeof(refresh) - 1 + 2, head, refresh);
	scripted_add(&f->s, "POST /token", answer);
	for (int i = 0; i < 2; i++) {
		ask(f, f->oauth2);
		assert_int_equal(f->err, ERR_IO);
		assert_string_equal(f->token, "");
	}
	assert_int_equal(scripted_count(&f->s, "POST /token"), 1); /* it would be void */
}

static void client_credentials_need_no_store(void **state)
{
	struct fixture *f = *state;
	struct oauth2_conf conf = conf_of(f, "cc", "");

	conf.is_refresh = false;
	conf.client_secret = STR_EMPTY;
	conf.scope = STR_LIT("a b");
	oauth2_free(f->oauth2);
	assert_int_equal(oauth2_new(f->s.loop, f->s.http, f->s.store, &conf, &f->oauth2), ERR_OK);
	scripted_add(&f->s, "POST /token", granted("c1", ""));
	assert_token(f, f->oauth2, "c1");
	assert_true(scripted_saw(&f->s, "grant_type=client_credentials&scope=a%20b&client_id=app"));
	assert_false(scripted_saw(&f->s, "Authorization"));
}

static void who_is_freed_while_waiting_is_told_nothing(void **state)
{
	struct fixture *f = *state;

	scripted_add(&f->s, "POST /token", granted("a1", "r1"));
	assert_int_equal(oauth2_token(f->oauth2, on_token, f), ERR_OK);
	loop_turn(f->s.loop, 20); /* the chain is being read */
	oauth2_free(f->oauth2);
	f->oauth2 = NULL;
	scripted_settle(&f->s);
	assert_int_equal(f->dones, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_token_comes_from_the_configured_one),
		TEST(a_token_serves_until_it_is_due),
		TEST(those_who_ask_together_share_one_refresh),
		TEST(a_refused_token_is_replaced_once),
		TEST(the_new_refresh_token_is_on_disk_before_the_token_is_used),
		TEST(a_new_token_in_the_configuration_begins_a_new_chain),
		TEST(a_lasting_refresh_token_stays),
		TEST(invalid_grant_stops_this_account_only),
		TEST(a_token_that_another_has_replaced_is_not_the_end),
		TEST(without_a_refresh_token_a_person_is_needed),
		TEST(what_may_pass_is_told_as_such),
		TEST(a_page_instead_of_json_is_no_token),
		TEST(a_token_that_would_break_a_header_is_none),
		TEST(tokens_that_cannot_be_stored_are_not_used),
		TEST(client_credentials_need_no_store),
		TEST(who_is_freed_while_waiting_is_told_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
